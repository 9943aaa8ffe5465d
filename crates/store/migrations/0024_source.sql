-- The service a session's tokens are for, where another program asks for them: it hears of the end as well.
ALTER TABLE acting_session ADD COLUMN service_id {id};
-- What a grant was made from on somebody's behalf: it ends with that.
ALTER TABLE token_grant ADD COLUMN source_id {id};
CREATE INDEX token_grant_source ON token_grant (source_id) WHERE source_id IS NOT NULL AND ended_at IS NULL;
-- Whether the request named the address its code goes to; then redeeming names it again.
ALTER TABLE authorization_code ADD COLUMN redirect_named {bool} NOT NULL DEFAULT TRUE;

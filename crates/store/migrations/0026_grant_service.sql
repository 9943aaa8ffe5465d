-- The services that tokens of a grant are for, where these are not its own application's: they hear of its end as well.
CREATE TABLE grant_service (
    grant_id {id} NOT NULL REFERENCES token_grant (id) ON DELETE CASCADE,
    service_id {id} NOT NULL REFERENCES service (id),
    PRIMARY KEY (grant_id, service_id)
){strict};

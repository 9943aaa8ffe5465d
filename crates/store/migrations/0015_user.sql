-- What a customer's directory knows about its users. A deleted one keeps its row for 30 days, without roles, and its sign-in name is
-- free: until it is purged `upn_key` ends in a space and the id, which no sign-in name has.
ALTER TABLE person ADD COLUMN given_name {text};
ALTER TABLE person ADD COLUMN family_name {text};
ALTER TABLE person ADD COLUMN usage_location {text};
ALTER TABLE person ADD COLUMN phone {text};
ALTER TABLE person ADD COLUMN department {text};
ALTER TABLE person ADD COLUMN job_title {text};
ALTER TABLE person ADD COLUMN must_change_password {bool} NOT NULL DEFAULT FALSE;
ALTER TABLE person ADD COLUMN signed_in_at {time};
ALTER TABLE person ADD COLUMN deleted_at {time};
ALTER TABLE person ADD COLUMN purged_at {time};
ALTER TABLE person ADD COLUMN version {int} NOT NULL DEFAULT 1;

DROP INDEX person_tenant;
CREATE INDEX person_living ON person (tenant_id, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX person_blocked ON person (tenant_id, name_key, id) WHERE deleted_at IS NULL AND NOT enabled;
CREATE INDEX person_deleted ON person (tenant_id, name_key, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX person_login ON person (tenant_id, upn_key, id);
CREATE INDEX person_purge ON person (deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

-- Users to be made from a file. Whoever asked is asked again at every batch, so their proof is kept with it.
CREATE TABLE user_import (
    id {id} NOT NULL PRIMARY KEY,
    customer_id {id} NOT NULL REFERENCES tenant (id),
    started_by {id} NOT NULL REFERENCES person (id),
    person_tenant_id {id} NOT NULL REFERENCES tenant (id),
    authenticated_at {time} NOT NULL,
    methods {text} NOT NULL,
    address {text},
    state {text} NOT NULL,
    stopped_why {text},
    created_at {time} NOT NULL,
    started_at {time},
    finished_at {time},
    lines {int} NOT NULL,
    wrong {int} NOT NULL,
    made {int} NOT NULL,
    fetched_at {time}
){strict};
CREATE INDEX user_import_customer ON user_import (customer_id, started_by, created_at, id);
CREATE INDEX user_import_running ON user_import (state, started_at, id) WHERE state = 'running';
CREATE INDEX user_import_checked ON user_import (created_at) WHERE state = 'checked';
CREATE INDEX user_import_holding ON user_import (finished_at, id) WHERE finished_at IS NOT NULL AND fetched_at IS NULL;
CREATE INDEX user_import_finished ON user_import (finished_at) WHERE finished_at IS NOT NULL;

-- One line of the file each. The password is sealed, and gone once it was fetched or a day has passed.
CREATE TABLE user_import_row (
    import_id {id} NOT NULL REFERENCES user_import (id) ON DELETE CASCADE,
    line {int} NOT NULL,
    content {text} NOT NULL,
    state {text} NOT NULL,
    fault {text},
    person_id {id},
    password {bytes},
    PRIMARY KEY (import_id, line)
){strict};
CREATE INDEX user_import_row_ready ON user_import_row (import_id, line) WHERE state = 'ready';
CREATE INDEX user_import_row_wrong ON user_import_row (import_id, line) WHERE state = 'wrong';

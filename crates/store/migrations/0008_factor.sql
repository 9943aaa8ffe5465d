-- Second factors. What a thief of the database could use is sealed (the secret of one-time codes) or hashed (recovery codes).

CREATE TABLE totp (
    person_id {id} NOT NULL PRIMARY KEY REFERENCES person (id),
    secret {bytes} NOT NULL,
    last_step {int} NOT NULL,
    confirmed_at {time} NOT NULL
){strict};

-- A passkey works at one host only, so its row says which.
CREATE TABLE passkey (
    id {id} NOT NULL PRIMARY KEY,
    person_id {id} NOT NULL REFERENCES person (id),
    host {text} NOT NULL,
    credential_id {bytes} NOT NULL UNIQUE,
    credential {bytes} NOT NULL,
    name {text} NOT NULL,
    created_at {time} NOT NULL,
    last_used_at {time}
){strict};
CREATE INDEX passkey_person ON passkey (person_id, created_at, id);

CREATE TABLE recovery_code (
    person_id {id} NOT NULL REFERENCES person (id),
    hash {bytes} NOT NULL,
    used_at {time},
    PRIMARY KEY (person_id, hash)
){strict};

-- What stands between a first proof and a session, or between asking for a factor and having it. Used once.
CREATE TABLE challenge (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    person_id {id} REFERENCES person (id),
    audience {text} NOT NULL,
    purpose {text} NOT NULL,
    methods {text} NOT NULL,
    secret {bytes},
    ceremony {bytes},
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
){strict};
CREATE INDEX challenge_person ON challenge (person_id);
CREATE INDEX challenge_expiry ON challenge (expires_at);

-- A session says where it was begun, so that its owner recognises it.
ALTER TABLE session ADD COLUMN address {text};

-- Whether an organisation's own people need two factors, and whether the people of its partners do when they act for it.
ALTER TABLE tenant ADD COLUMN second_factor_required {bool} NOT NULL DEFAULT FALSE;
ALTER TABLE tenant ADD COLUMN partner_second_factor {bool} NOT NULL DEFAULT TRUE;

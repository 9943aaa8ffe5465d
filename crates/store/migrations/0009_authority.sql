-- What tokens are signed with. The private half is sealed; the public one is what the world is told.
CREATE TABLE signing_key (
    id {text} NOT NULL PRIMARY KEY,
    cloud {text} NOT NULL,
    algorithm {text} NOT NULL,
    sealed {bytes} NOT NULL,
    jwk {text} NOT NULL,
    created_at {time} NOT NULL,
    signs_from {time} NOT NULL,
    signs_until {time},
    published_until {time}
){strict};
CREATE INDEX signing_key_cloud ON signing_key (cloud, algorithm, signs_from);

-- Applications, where their sign-in leads back to, what they may do alone, and how they prove themselves.
CREATE TABLE application (
    id {id} NOT NULL PRIMARY KEY,
    tenant_id {id} REFERENCES tenant (id),
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    confidential {bool} NOT NULL,
    algorithm {text} NOT NULL,
    device_code {bool} NOT NULL,
    identifier {text} UNIQUE,
    enabled {bool} NOT NULL,
    created_at {time} NOT NULL,
    version {int} NOT NULL
){strict};
CREATE INDEX application_tenant ON application (tenant_id, name_key, id);

CREATE TABLE application_redirect (
    application_id {id} NOT NULL REFERENCES application (id),
    position {int} NOT NULL,
    uri {text} NOT NULL,
    PRIMARY KEY (application_id, position)
){strict};

CREATE TABLE application_role (
    application_id {id} NOT NULL REFERENCES application (id),
    role {text} NOT NULL,
    PRIMARY KEY (application_id, role)
){strict};

-- A secret is stored as a hash, a key as its public half.
CREATE TABLE application_credential (
    id {id} NOT NULL PRIMARY KEY,
    application_id {id} NOT NULL REFERENCES application (id),
    kind {text} NOT NULL,
    label {text} NOT NULL,
    hint {text} NOT NULL,
    hash {bytes},
    jwk {text},
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    used_at {time},
    disabled_at {time}
){strict};
CREATE INDEX application_credential_application ON application_credential (application_id, created_at, id);
CREATE INDEX application_credential_idle ON application_credential (created_at) WHERE disabled_at IS NULL;

-- Assertions that were accepted once, until they would not be accepted anyway.
CREATE TABLE assertion_seen (
    application_id {id} NOT NULL REFERENCES application (id),
    assertion {bytes} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (application_id, assertion)
){strict};
CREATE INDEX assertion_seen_expiry ON assertion_seen (expires_at);

-- What a person let an application do. Its refresh tokens are a family: of them one is alive at a time.
CREATE TABLE token_grant (
    id {id} NOT NULL PRIMARY KEY,
    application_id {id} NOT NULL REFERENCES application (id),
    person_id {id} NOT NULL REFERENCES person (id),
    scope {text} NOT NULL,
    authenticated_at {time} NOT NULL,
    methods {text} NOT NULL,
    created_at {time} NOT NULL,
    used_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    ended_at {time}
){strict};
CREATE INDEX token_grant_person ON token_grant (person_id, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX token_grant_application ON token_grant (application_id) WHERE ended_at IS NULL;
CREATE INDEX token_grant_expiry ON token_grant (expires_at);

CREATE TABLE refresh_token (
    hash {bytes} NOT NULL PRIMARY KEY,
    grant_id {id} NOT NULL REFERENCES token_grant (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    used_at {time},
    successor {bytes}
){strict};
CREATE INDEX refresh_token_grant ON refresh_token (grant_id);

-- One-time values, a table for each kind.
CREATE TABLE authorization_code (
    hash {bytes} NOT NULL PRIMARY KEY,
    application_id {id} NOT NULL REFERENCES application (id),
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    person_id {id} NOT NULL REFERENCES person (id),
    redirect_uri {text} NOT NULL,
    challenge {text},
    nonce {text},
    scope {text} NOT NULL,
    authenticated_at {time} NOT NULL,
    methods {text} NOT NULL,
    expires_at {time} NOT NULL,
    grant_id {id},
    acting_id {id},
    used_at {time}
){strict};
CREATE INDEX authorization_code_expiry ON authorization_code (expires_at);

CREATE TABLE device_code (
    hash {bytes} NOT NULL PRIMARY KEY,
    user_hash {bytes} NOT NULL UNIQUE,
    application_id {id} NOT NULL REFERENCES application (id),
    tenant_id {id} REFERENCES tenant (id),
    scope {text} NOT NULL,
    expires_at {time} NOT NULL,
    polled_at {time},
    pause {int} NOT NULL,
    state {text} NOT NULL,
    person_id {id} REFERENCES person (id),
    authenticated_at {time},
    methods {text}
){strict};
CREATE INDEX device_code_expiry ON device_code (expires_at);

-- Partners' people at work for a customer. Nothing is decided from the roles kept here; they say what was done in which role.
CREATE TABLE acting_session (
    id {id} NOT NULL PRIMARY KEY,
    customer_id {id} NOT NULL REFERENCES tenant (id),
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    person_id {id} NOT NULL REFERENCES person (id),
    application_id {id} NOT NULL REFERENCES application (id),
    relationship_id {id} NOT NULL,
    relationship_version {int} NOT NULL,
    roles {text} NOT NULL,
    started_at {time} NOT NULL,
    tokens_until {time} NOT NULL,
    ended_at {time},
    ended_why {text}
){strict};
CREATE INDEX acting_session_customer ON acting_session (customer_id, tokens_until) WHERE ended_at IS NULL;
CREATE INDEX acting_session_pair ON acting_session (customer_id, partner_id, tokens_until) WHERE ended_at IS NULL;
CREATE INDEX acting_session_partner ON acting_session (partner_id, tokens_until) WHERE ended_at IS NULL;
CREATE INDEX acting_session_person ON acting_session (person_id, customer_id, application_id, tokens_until) WHERE ended_at IS NULL;
CREATE INDEX acting_session_application ON acting_session (application_id, tokens_until) WHERE ended_at IS NULL;
CREATE INDEX acting_session_ended ON acting_session (tokens_until);

-- What a customer stopped. The nil id stands for every partner and for everybody of one.
CREATE TABLE acting_stop (
    customer_id {id} NOT NULL REFERENCES tenant (id),
    partner_id {id} NOT NULL,
    person_id {id} NOT NULL,
    since {time} NOT NULL,
    stopped_by {id} NOT NULL REFERENCES person (id),
    PRIMARY KEY (customer_id, partner_id, person_id)
){strict};

-- The services whose administration portals partners open.
CREATE TABLE service (
    id {id} NOT NULL PRIMARY KEY,
    cloud {text} NOT NULL,
    name {text} NOT NULL,
    application_id {id} NOT NULL UNIQUE REFERENCES application (id),
    portal_url {text} NOT NULL,
    logout_url {text},
    events_url {text},
    events_token {bytes},
    created_at {time} NOT NULL,
    UNIQUE (cloud, name)
){strict};

CREATE TABLE service_role (
    service_id {id} NOT NULL REFERENCES service (id),
    role {id} NOT NULL,
    PRIMARY KEY (service_id, role)
){strict};

-- Organisations and their people.

CREATE TABLE tenant (
    id {id} NOT NULL PRIMARY KEY,
    cloud {text} NOT NULL,
    country {text} NOT NULL,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    domain {text} NOT NULL,
    language {text} NOT NULL,
    organisation {bool} NOT NULL,
    created_at {time} NOT NULL
){strict};

CREATE TABLE tenant_domain (
    domain {text} NOT NULL PRIMARY KEY,
    tenant_id {id} NOT NULL REFERENCES tenant (id)
){strict};
CREATE INDEX tenant_domain_tenant ON tenant_domain (tenant_id, domain);

CREATE TABLE partner (
    tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id),
    kind {text} NOT NULL,
    number {text} NOT NULL UNIQUE,
    name_skeleton {text} NOT NULL UNIQUE,
    provider_id {id} REFERENCES partner (tenant_id),
    standing {text} NOT NULL,
    since {time} NOT NULL
){strict};
CREATE INDEX partner_provider ON partner (provider_id);

CREATE TABLE partner_location (
    tenant_id {id} NOT NULL REFERENCES partner (tenant_id),
    position {int} NOT NULL,
    country {text} NOT NULL,
    PRIMARY KEY (tenant_id, position)
){strict};

CREATE TABLE person (
    id {id} NOT NULL PRIMARY KEY,
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    upn {text} NOT NULL,
    upn_key {text} NOT NULL UNIQUE,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    mail {text} NOT NULL,
    language {text},
    enabled {bool} NOT NULL,
    password_hash {text},
    created_at {time} NOT NULL
){strict};
CREATE INDEX person_tenant ON person (tenant_id, name_key, id);

-- A role is a partner role's code or a directory role's template id.
CREATE TABLE person_role (
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    role {text} NOT NULL,
    person_id {id} NOT NULL REFERENCES person (id),
    PRIMARY KEY (tenant_id, role, person_id)
){strict};
CREATE INDEX person_role_person ON person_role (person_id, role);

CREATE TABLE security_group (
    id {id} NOT NULL PRIMARY KEY,
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    name {text} NOT NULL,
    UNIQUE (tenant_id, name)
){strict};

CREATE TABLE security_group_member (
    group_id {id} NOT NULL REFERENCES security_group (id),
    person_id {id} NOT NULL REFERENCES person (id),
    PRIMARY KEY (group_id, person_id)
){strict};
CREATE INDEX security_group_member_person ON security_group_member (person_id);

-- Only a hash of the cookie's value: reading this table signs nobody in.
CREATE TABLE session (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    id {id} NOT NULL,
    person_id {id} NOT NULL REFERENCES person (id),
    audience {text} NOT NULL,
    created_at {time} NOT NULL,
    seen_at {time} NOT NULL,
    authenticated_at {time} NOT NULL,
    expires_at {time} NOT NULL
){strict};
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_expiry ON session (expires_at);

-- Rate limits hold across servers, so they live here.
CREATE TABLE attempt (
    subject {text} NOT NULL PRIMARY KEY,
    window_start {time} NOT NULL,
    tries {int} NOT NULL
){strict};
CREATE INDEX attempt_window ON attempt (window_start);

-- Numbers people read, dense within a tenant.
CREATE TABLE counter (
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    name {text} NOT NULL,
    value {int} NOT NULL,
    PRIMARY KEY (tenant_id, name)
){strict};

-- What the installation knows about itself.
CREATE TABLE setting (
    name {text} NOT NULL PRIMARY KEY,
    value {text} NOT NULL
){strict};

-- Requests, relationships and what hangs on them.

CREATE TABLE invitation (
    id {id} NOT NULL PRIMARY KEY,
    number {int} NOT NULL,
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    companion_id {id} REFERENCES partner (tenant_id),
    kind {text} NOT NULL,
    privileges {bool} NOT NULL,
    cloud {text} NOT NULL,
    country {text} NOT NULL,
    bound_domain {text},
    bound_tenant_id {id},
    recipient_mail {text},
    recipient_name {text},
    recipient_language {text} NOT NULL,
    subject {text} NOT NULL,
    body {text} NOT NULL,
    created_by {id} NOT NULL REFERENCES person (id),
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    restores_id {id},
    reminded_at {time},
    forwarded_at {time},
    state {text} NOT NULL,
    decided_at {time},
    decided_by {id},
    customer_id {id} REFERENCES tenant (id),
    granted_privileges {bool},
    reason {text},
    superseded_by {id},
    version {int} NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    UNIQUE (partner_id, number)
){strict};
CREATE INDEX invitation_state ON invitation (partner_id, state, number);
CREATE INDEX invitation_expiry ON invitation (expires_at) WHERE state IN ('draft', 'open');
CREATE INDEX invitation_reminder ON invitation (created_at) WHERE state = 'open' AND reminded_at IS NULL;
CREATE INDEX invitation_customer ON invitation (customer_id, decided_at);
CREATE INDEX invitation_restores ON invitation (restores_id) WHERE restores_id IS NOT NULL;

CREATE TABLE relationship (
    {rowid}
    id {id} NOT NULL UNIQUE,
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    customer_id {id} NOT NULL REFERENCES tenant (id),
    name_key {text} NOT NULL,
    search_text {text} NOT NULL,
    kind {text} NOT NULL,
    channel {text} NOT NULL,
    companion_id {id},
    invitation_id {id},
    started_at {time} NOT NULL,
    state {text} NOT NULL,
    ended_at {time},
    ended_by {id},
    privileges {text} NOT NULL,
    privileges_at {time},
    privileges_by {id},
    privileges_side {text},
    privileges_reason {text},
    version {int} NOT NULL,
    UNIQUE (partner_id, customer_id)
){strict};
CREATE INDEX relationship_name ON relationship (partner_id, name_key, customer_id) WHERE state = 'active';
CREATE INDEX relationship_since ON relationship (partner_id, started_at, customer_id) WHERE state = 'active';
CREATE INDEX relationship_privileges ON relationship (partner_id, privileges, name_key, customer_id) WHERE state = 'active';
CREATE INDEX relationship_customer ON relationship (customer_id, partner_id);

-- How many living relationships a partner has by state of privileges: counts on pages must not scan. Spread over shards, so
-- that two acceptances of one partner seldom touch one row.
CREATE TABLE relationship_count (
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    privileges {text} NOT NULL,
    shard {int} NOT NULL,
    value {int} NOT NULL,
    PRIMARY KEY (partner_id, privileges, shard)
){strict};

CREATE TABLE subscription (
    id {id} NOT NULL PRIMARY KEY,
    customer_id {id} NOT NULL REFERENCES tenant (id),
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    product {text} NOT NULL,
    billing {text} NOT NULL,
    quantity {int},
    created_at {time} NOT NULL,
    state {text} NOT NULL,
    version {int} NOT NULL
){strict};
CREATE INDEX subscription_customer ON subscription (customer_id, partner_id, created_at, id);

CREATE TABLE consent (
    id {id} NOT NULL PRIMARY KEY,
    customer_id {id} NOT NULL REFERENCES tenant (id),
    person_id {id} NOT NULL REFERENCES person (id),
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    companion_id {id},
    invitation_id {id},
    event_id {id} NOT NULL,
    decided_at {time} NOT NULL,
    asked_privileges {bool} NOT NULL,
    granted_privileges {bool} NOT NULL,
    agreement {text} NOT NULL,
    agreement_version {text} NOT NULL,
    language {text} NOT NULL,
    text_hash {bytes} NOT NULL,
    address {text}
){strict};
CREATE INDEX consent_customer ON consent (customer_id, decided_at);

-- One row for each thing that happened; `canonical` is the whole event in a fixed form, ready to be chained.
CREATE TABLE event (
    id {id} NOT NULL PRIMARY KEY,
    at {time} NOT NULL,
    kind {text} NOT NULL,
    partner_id {id},
    customer_id {id},
    canonical {text} NOT NULL
){strict};
CREATE INDEX event_pair ON event (customer_id, partner_id, id);

-- Whose activity page shows an event.
CREATE TABLE event_party (
    tenant_id {id} NOT NULL,
    event_id {id} NOT NULL REFERENCES event (id),
    PRIMARY KEY (tenant_id, event_id)
){strict};

-- Mail waiting to leave the house, and what became of it.
CREATE TABLE mail (
    id {id} NOT NULL PRIMARY KEY,
    event_id {id} NOT NULL,
    tenant_id {id},
    invitation_id {id},
    template {text} NOT NULL,
    recipient {text} NOT NULL,
    language {text} NOT NULL,
    content {text} NOT NULL,
    created_at {time} NOT NULL,
    state {text} NOT NULL,
    attempts {int} NOT NULL,
    next_at {time} NOT NULL,
    leased_until {time},
    answer {text},
    finished_at {time}
){strict};
CREATE INDEX mail_due ON mail (next_at, id) WHERE state IN ('queued', 'deferred');
CREATE INDEX mail_invitation ON mail (invitation_id, id);

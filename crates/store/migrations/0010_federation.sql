-- A tenant's own provider of identity. The secret is sealed; domains are separated by spaces.
CREATE TABLE identity_provider (
    tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id),
    issuer {text} NOT NULL,
    client_id {text} NOT NULL,
    client_secret {bytes},
    domains {text} NOT NULL,
    enabled {bool} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version {int} NOT NULL
){strict};

-- Who a subject of an issuer is. Both ways unique: one person for a subject, one subject for a person.
CREATE TABLE identity_link (
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    issuer {text} NOT NULL,
    subject {text} NOT NULL,
    person_id {id} NOT NULL REFERENCES person (id),
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject),
    UNIQUE (tenant_id, issuer, person_id)
){strict};
CREATE INDEX identity_link_person ON identity_link (person_id);

-- Sign-ins under way: each is used once, by the browser that began it. Hashes of what the browser and the provider hold.
CREATE TABLE federation_request (
    state_hash {bytes} NOT NULL PRIMARY KEY,
    browser_hash {bytes} NOT NULL,
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    audience {text} NOT NULL,
    return_path {text} NOT NULL,
    nonce {text} NOT NULL,
    verifier {bytes} NOT NULL,
    provider_version {int} NOT NULL,
    expires_at {time} NOT NULL
){strict};
CREATE INDEX federation_request_expiry ON federation_request (expires_at);
CREATE INDEX federation_request_tenant ON federation_request (tenant_id);

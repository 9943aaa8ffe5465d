-- Where an organisation is and whom to write to there.
CREATE TABLE company (
    tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id),
    line1 {text} NOT NULL,
    line2 {text},
    city {text} NOT NULL,
    state {text},
    postal_code {text},
    contact {text} NOT NULL,
    mail {text} NOT NULL,
    phone {text},
    registration {text},
    changed_at {time} NOT NULL,
    changed_by {id} NOT NULL REFERENCES person (id),
    version {int} NOT NULL
){strict};

-- Customers that a partner created, by the form it filled in: what that sends twice is one customer.
CREATE TABLE customer_creation (
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    number {int} NOT NULL,
    form_id {id} NOT NULL,
    customer_id {id} NOT NULL UNIQUE REFERENCES tenant (id),
    administrator_id {id} NOT NULL REFERENCES person (id),
    created_by {id} NOT NULL REFERENCES person (id),
    created_at {time} NOT NULL,
    PRIMARY KEY (partner_id, number)
){strict};
CREATE UNIQUE INDEX customer_creation_form ON customer_creation (partner_id, form_id);

-- A partner's word that a customer signed the agreement; once a contact and version.
CREATE TABLE attestation (
    id {id} NOT NULL PRIMARY KEY,
    customer_id {id} NOT NULL REFERENCES tenant (id),
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    attested_by {id} NOT NULL REFERENCES person (id),
    attested_at {time} NOT NULL,
    signer {text} NOT NULL,
    signer_mail {text} NOT NULL,
    signer_mail_key {text} NOT NULL,
    signer_phone {text},
    signed_on {time} NOT NULL,
    agreement {text} NOT NULL,
    agreement_version {text} NOT NULL,
    language {text} NOT NULL,
    text_hash {bytes} NOT NULL
){strict};
CREATE UNIQUE INDEX attestation_contact ON attestation (customer_id, partner_id, agreement_version, signer_mail_key);
CREATE INDEX attestation_version ON attestation (customer_id, agreement_version);

-- Whether the agreement was accepted along with a decision, or had been signed before.
ALTER TABLE consent ADD COLUMN agreement_signed {bool} NOT NULL DEFAULT TRUE;

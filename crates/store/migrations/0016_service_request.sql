-- Questions to the operator. The partner is the one whose person opened it on the customer's behalf.
CREATE TABLE service_request (
    id {id} NOT NULL PRIMARY KEY,
    number {int} NOT NULL UNIQUE,
    customer_id {id} NOT NULL REFERENCES tenant (id),
    partner_id {id} REFERENCES partner (tenant_id),
    opened_by {id} NOT NULL REFERENCES person (id),
    opened_at {time} NOT NULL,
    topic {text} NOT NULL,
    severity {text} NOT NULL,
    subscription_id {id} REFERENCES subscription (id),
    title {text} NOT NULL,
    description {text} NOT NULL,
    answered_at {time},
    state {text} NOT NULL,
    closed_at {time},
    version {int} NOT NULL
){strict};
CREATE INDEX service_request_customer ON service_request (customer_id, number);
CREATE INDEX service_request_subscription ON service_request (subscription_id, number) WHERE subscription_id IS NOT NULL;
CREATE INDEX service_request_living ON service_request (number) WHERE state <> 'closed';

-- Where a partner's list looks: those it opened, sold or was asked to support once. Whether it still sees one is decided when read.
CREATE TABLE service_request_partner (
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    number {int} NOT NULL,
    PRIMARY KEY (partner_id, number)
){strict};

-- No author: the operator.
CREATE TABLE service_note (
    id {id} NOT NULL PRIMARY KEY,
    request_id {id} NOT NULL REFERENCES service_request (id),
    position {int} NOT NULL,
    author_id {id} REFERENCES person (id),
    author_tenant_id {id} REFERENCES tenant (id),
    at {time} NOT NULL,
    text {text} NOT NULL,
    UNIQUE (request_id, position)
){strict};

-- Without a note: uploaded, and not sent yet. The content is kept in parts, so that nothing has to hold the whole of it.
CREATE TABLE service_attachment (
    id {id} NOT NULL PRIMARY KEY,
    request_id {id} NOT NULL REFERENCES service_request (id),
    note_id {id} REFERENCES service_note (id),
    name {text} NOT NULL,
    kind {text} NOT NULL,
    size {int} NOT NULL,
    uploaded_by {id} NOT NULL REFERENCES person (id),
    uploaded_at {time} NOT NULL
){strict};
CREATE INDEX service_attachment_request ON service_attachment (request_id, id);
CREATE INDEX service_attachment_unsent ON service_attachment (uploaded_at) WHERE note_id IS NULL;

CREATE TABLE service_attachment_part (
    attachment_id {id} NOT NULL REFERENCES service_attachment (id),
    part {int} NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (attachment_id, part)
){strict};

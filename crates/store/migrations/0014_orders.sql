-- What was agreed about a subscription. What was sold before there were terms has none and goes on without.
ALTER TABLE subscription ADD COLUMN of_record_id {id} REFERENCES partner (tenant_id);
ALTER TABLE subscription ADD COLUMN name {text};
ALTER TABLE subscription ADD COLUMN parent_id {id} REFERENCES subscription (id);
ALTER TABLE subscription ADD COLUMN term {text};
ALTER TABLE subscription ADD COLUMN cycle {text};
ALTER TABLE subscription ADD COLUMN price {text};
ALTER TABLE subscription ADD COLUMN currency {text};
ALTER TABLE subscription ADD COLUMN began_at {time};
ALTER TABLE subscription ADD COLUMN ends_at {time};
ALTER TABLE subscription ADD COLUMN renews {bool};
ALTER TABLE subscription ADD COLUMN opened_at {time};
ALTER TABLE subscription ADD COLUMN floor {int};
CREATE INDEX subscription_due ON subscription (ends_at, id) WHERE state IN ('active', 'suspended') AND ends_at IS NOT NULL;
CREATE INDEX subscription_parent ON subscription (parent_id, id) WHERE parent_id IS NOT NULL;

CREATE TABLE customer_order (
    id {id} NOT NULL PRIMARY KEY,
    number {int} NOT NULL,
    partner_id {id} NOT NULL REFERENCES partner (tenant_id),
    customer_id {id} NOT NULL REFERENCES tenant (id),
    form_id {id} NOT NULL,
    placed_at {time} NOT NULL,
    placed_by {id} NOT NULL REFERENCES person (id),
    state {text} NOT NULL,
    cancelled_at {time},
    cancelled_by {id} REFERENCES person (id),
    version {int} NOT NULL
){strict};
-- What a form sends twice is one order.
CREATE UNIQUE INDEX customer_order_form ON customer_order (partner_id, form_id);
CREATE UNIQUE INDEX customer_order_number ON customer_order (customer_id, partner_id, number);

CREATE TABLE order_line (
    order_id {id} NOT NULL REFERENCES customer_order (id),
    line {int} NOT NULL,
    subscription_id {id} NOT NULL REFERENCES subscription (id),
    product {text} NOT NULL,
    quantity {int},
    term {text},
    cycle {text},
    price {text},
    currency {text},
    PRIMARY KEY (order_id, line)
){strict};
CREATE INDEX order_line_subscription ON order_line (subscription_id, order_id);

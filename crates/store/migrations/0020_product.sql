-- What a customer has of one product, for the units of its licences.
CREATE INDEX subscription_product ON subscription (customer_id, product, partner_id, created_at, id);

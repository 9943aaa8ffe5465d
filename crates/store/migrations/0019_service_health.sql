-- How a service does, as the operator says. Without a time it has been so since the service is there.
ALTER TABLE service ADD COLUMN health {text} NOT NULL DEFAULT 'healthy';
ALTER TABLE service ADD COLUMN health_since {time};
ALTER TABLE service ADD COLUMN health_en {text};
ALTER TABLE service ADD COLUMN health_zh {text};
ALTER TABLE service ADD COLUMN version {int} NOT NULL DEFAULT 1;

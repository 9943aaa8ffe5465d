-- Who holds a licence of what. The names stand here as in `person`, so that the holders of a SKU are listed in their order by an index
-- whose rows are all holders. What a deleted user held is kept, freed, for as long as the user.
CREATE TABLE licence (
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    sku_id {id} NOT NULL,
    person_id {id} NOT NULL REFERENCES person (id),
    name_key {text} NOT NULL,
    upn_key {text} NOT NULL,
    excluded {text} NOT NULL,
    since {time} NOT NULL,
    freed_at {time},
    PRIMARY KEY (person_id, sku_id)
){strict};
CREATE INDEX licence_name ON licence (tenant_id, sku_id, name_key, person_id) WHERE freed_at IS NULL;
CREATE INDEX licence_login ON licence (tenant_id, sku_id, upn_key, person_id) WHERE freed_at IS NULL;

-- How many licences of a SKU are in use: changed with every one of them, and what two who take the last one meet at.
CREATE TABLE licence_count (
    tenant_id {id} NOT NULL REFERENCES tenant (id),
    sku_id {id} NOT NULL,
    consumed {int} NOT NULL,
    PRIMARY KEY (tenant_id, sku_id)
){strict};

-- Substring search over one partner's customers. pg_trgm is a trusted extension since PostgreSQL 13; on 12 the owner creates it once.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX relationship_search ON relationship USING gin (search_text gin_trgm_ops);

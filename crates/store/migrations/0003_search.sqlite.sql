-- Substring search over one partner's customers; the index follows the table by triggers, so no write can forget it.
CREATE VIRTUAL TABLE relationship_search USING fts5(
    search_text, content = 'relationship', content_rowid = 'row', tokenize = 'trigram case_sensitive 1', detail = 'full'
);
CREATE TRIGGER relationship_search_insert AFTER INSERT ON relationship BEGIN
    INSERT INTO relationship_search (rowid, search_text) VALUES (new.row, new.search_text);
END;
CREATE TRIGGER relationship_search_delete AFTER DELETE ON relationship BEGIN
    INSERT INTO relationship_search (relationship_search, rowid, search_text) VALUES ('delete', old.row, old.search_text);
END;
CREATE TRIGGER relationship_search_update AFTER UPDATE OF search_text ON relationship BEGIN
    INSERT INTO relationship_search (relationship_search, rowid, search_text) VALUES ('delete', old.row, old.search_text);
    INSERT INTO relationship_search (rowid, search_text) VALUES (new.row, new.search_text);
END;

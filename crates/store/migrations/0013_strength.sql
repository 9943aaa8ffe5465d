-- Whether somebody acts for a customer on two factors: an organisation that begins to require them ends what rests on one. What
-- is running while this is applied counts as one; it lasts minutes.
ALTER TABLE acting_session ADD COLUMN strong {bool} NOT NULL DEFAULT FALSE;

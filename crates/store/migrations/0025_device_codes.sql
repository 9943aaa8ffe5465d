-- Whether people with powerful roles may sign in by typing a code that another device shows.
ALTER TABLE tenant ADD COLUMN powerful_device_codes {bool} NOT NULL DEFAULT FALSE;

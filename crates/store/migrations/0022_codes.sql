-- What was approved for somebody and not redeemed yet ends when they are signed out everywhere.
CREATE INDEX authorization_code_person ON authorization_code (person_id);
CREATE INDEX device_code_person ON device_code (person_id) WHERE person_id IS NOT NULL;

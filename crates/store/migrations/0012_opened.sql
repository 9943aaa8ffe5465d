-- When somebody opened a service last is read from sessions whether they ended by themselves or were ended.
DROP INDEX acting_session_person;
CREATE INDEX acting_session_person ON acting_session (person_id, customer_id, application_id, tokens_until);

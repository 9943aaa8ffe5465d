-- Whether the provider was asked to ask the person anew; then an answer that says it did not is refused.
ALTER TABLE federation_request ADD COLUMN fresh {bool} NOT NULL DEFAULT FALSE;

-- How the person proved who they are at `authenticated_at`.
ALTER TABLE session ADD COLUMN methods {text} NOT NULL DEFAULT 'pwd';

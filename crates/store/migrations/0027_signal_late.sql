-- What a receiver did not take yet and is told again.
CREATE INDEX signal_late ON signal (url, kind, created_at, id) WHERE state = 'deferred';

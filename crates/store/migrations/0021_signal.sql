-- The last word of a receiver, and what is over for so long that nobody asks about it any more.
CREATE INDEX signal_last ON signal (url, kind, finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX signal_finished ON signal (finished_at) WHERE finished_at IS NOT NULL;

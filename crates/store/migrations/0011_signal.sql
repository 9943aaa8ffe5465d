-- What relying services are told, and what became of it. The content is what the token says besides when it was signed and its
-- number; it is signed at delivery. The authorization is what the receiver wants to be shown, sealed.
CREATE TABLE signal (
    id {id} NOT NULL PRIMARY KEY,
    event_id {id} NOT NULL,
    kind {text} NOT NULL,
    url {text} NOT NULL,
    content {text} NOT NULL,
    "authorization" {bytes},
    created_at {time} NOT NULL,
    state {text} NOT NULL,
    attempts {int} NOT NULL,
    next_at {time} NOT NULL,
    leased_until {time},
    answer {text},
    finished_at {time}
){strict};
CREATE INDEX signal_due ON signal (next_at, id) WHERE state IN ('queued', 'deferred');
CREATE INDEX signal_in_hand ON signal (url, leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX signal_event ON signal (event_id, id);

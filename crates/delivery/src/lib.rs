//! What leaves the house: the outbox worker, SMTP, mail templates, timers.

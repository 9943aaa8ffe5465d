//! The loop that empties the outbox.
//!
//! One message at a time, oldest first. A claim is a lease in the database: whoever holds it may send, and if that
//! server dies the lease runs out and another takes over. The one duplicate that cannot be avoided (accepted by the
//! mail server, then lost power before the row was updated) carries the same `Message-ID`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use entente_domain::ids::MailId;
use entente_domain::time::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;

use crate::message::Outgoing;
use crate::retry;
use crate::smtp::{FailureKind, Transport};

/// How long a claim must last at least: longer than the slowest possible attempt, which is a dozen answers each just
/// within the transport's timeout.
pub const LEASE_SECONDS: i64 = 15 * 60;

/// How often the outbox is asked when nobody calls.
const POLL: Duration = Duration::from_secs(5);
/// Waits between attempts to record an outcome; a mail whose outcome is lost would be sent twice.
const RECORD_WAITS: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
];

/// Whatever went wrong on the way to the database.
pub type OutboxError = Box<dyn Error + Send + Sync>;

/// A claimed message.
#[derive(Debug, Clone)]
pub struct Due {
    /// The outbox row.
    pub id: MailId,
    /// How often it was tried before.
    pub attempts: u32,
    /// The message, composed when it was claimed so that the row never held its link.
    pub mail: Result<Outgoing, String>,
}

/// What the worker needs from the outbox. Methods block.
pub trait Outbox: Send + Sync + 'static {
    /// Takes up to `limit` messages that are due, oldest first, in one transaction that gives each a lease of at least
    /// [`LEASE_SECONDS`]. A row under a live lease, or recorded as sent or bounced, is never returned, on any server.
    /// A row that cannot be composed is returned with the reason in [`Due::mail`]; it will be recorded as bounced.
    ///
    /// # Errors
    /// When the database cannot be asked; the worker asks again later.
    fn claim_due(&self, limit: usize) -> Result<Vec<Due>, OutboxError>;
    /// The mail server accepted it. Ends the lease.
    ///
    /// # Errors
    /// When it could not be recorded; the worker repeats the call, so it must be repeatable.
    fn sent(&self, id: MailId, answer: &str) -> Result<(), OutboxError>;
    /// Not accepted yet: one attempt more on the row, due again at `next`. Ends the lease.
    ///
    /// # Errors
    /// As [`Outbox::sent`]. Repeating must not count the attempt twice.
    fn deferred(&self, id: MailId, answer: &str, next: Timestamp) -> Result<(), OutboxError>;
    /// Never accepted. Ends the lease.
    ///
    /// # Errors
    /// As [`Outbox::sent`].
    fn bounced(&self, id: MailId, answer: &str) -> Result<(), OutboxError>;
    /// The moment from which delays count: the clock is a parameter, and in the demo a virtual one.
    fn now(&self) -> Timestamp;
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Sent(String),
    Deferred(String, Timestamp),
    Bounced(String),
}

/// Carries messages from an [`Outbox`] to a [`Transport`].
pub struct Worker<O> {
    outbox: Arc<O>,
    transport: Arc<dyn Transport>,
    wake: Arc<Notify>,
    poll: Duration,
}

impl<O: Outbox> Worker<O> {
    /// A worker that looks when `wake` is notified (after a transaction that queued mail) and every five seconds.
    pub fn new(outbox: Arc<O>, transport: Arc<dyn Transport>, wake: Arc<Notify>) -> Self {
        Self { outbox, transport, wake, poll: POLL }
    }

    /// With another interval between looks.
    #[must_use]
    pub fn poll_every(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Runs until `stop` turns true or its sender is gone; the message in hand is finished and recorded first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() && stop.has_changed().is_ok() {
            if self.step().await {
                continue;
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(self.poll) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Handles the oldest due message; false when there is none or the database cannot be asked.
    async fn step(&self) -> bool {
        // One at a time: a claimed row that waits behind a slow one could outlive its lease, and would be sent twice.
        let outbox = self.outbox.clone();
        match spawn_blocking(move || outbox.claim_due(1)).await {
            Ok(Ok(due)) => {
                let found = !due.is_empty();
                for due in due {
                    self.handle(due).await;
                }
                found
            }
            Ok(Err(error)) => {
                tracing::warn!(error = %error, "failed to claim mail");
                false
            }
            Err(error) => {
                tracing::error!(error = %error, "claiming mail panicked");
                false
            }
        }
    }

    async fn handle(&self, due: Due) {
        let (outbox, transport) = (self.outbox.clone(), self.transport.clone());
        let id = due.id;
        let outcome = match spawn_blocking(move || attempt(&*outbox, &*transport, &due)).await {
            Ok(outcome) => outcome,
            // The lease runs out by itself; until then nobody repeats what made the attempt panic.
            Err(error) => return tracing::error!(mail.id = %id, error = %error, "sending mail panicked"),
        };
        self.record(id, outcome).await;
    }

    async fn record(&self, id: MailId, outcome: Outcome) {
        for wait in RECORD_WAITS.into_iter().map(Some).chain([None]) {
            let (outbox, outcome) = (self.outbox.clone(), outcome.clone());
            let recorded = spawn_blocking(move || match outcome {
                Outcome::Sent(answer) => outbox.sent(id, &answer),
                Outcome::Deferred(answer, next) => outbox.deferred(id, &answer, next),
                Outcome::Bounced(answer) => outbox.bounced(id, &answer),
            });
            let problem = match recorded.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            };
            tracing::warn!(mail.id = %id, error = problem, "failed to record the outcome of a mail");
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
            }
        }
    }
}

fn attempt<O: Outbox>(outbox: &O, transport: &dyn Transport, due: &Due) -> Outcome {
    let mail = match &due.mail {
        Ok(mail) => mail,
        Err(reason) => return Outcome::Bounced(reason.clone()),
    };
    match transport.send(mail) {
        Ok(accepted) => {
            tracing::info!(mail.id = %due.id, answer = accepted.answer, "mail accepted");
            Outcome::Sent(accepted.answer)
        }
        Err(failure) => {
            tracing::warn!(mail.id = %due.id, answer = failure.answer, kind = ?failure.kind, "mail not accepted");
            let next = retry::next_attempt(due.attempts.saturating_add(1), outbox.now());
            match (failure.kind, next) {
                (FailureKind::Deferred, Some(next)) => Outcome::Deferred(failure.answer, next),
                (FailureKind::Deferred, None) | (FailureKind::Bounced, _) => Outcome::Bounced(failure.answer),
            }
        }
    }
}

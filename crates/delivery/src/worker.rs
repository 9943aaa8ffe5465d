//! The loop that empties an outbox, of mail or of signals.
//!
//! Oldest first, and no more at a time than the outbox allows. A claim is a lease in the database: whoever holds it may send,
//! and if that server dies the lease runs out and another takes over. The one duplicate that cannot be avoided (accepted by
//! the receiver, then lost power before the row was updated) carries the same id.

use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use entente_domain::ids::MailId;
use entente_domain::time::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinSet, spawn_blocking};

use crate::message::Outgoing;
use crate::retry::Schedule;
use crate::smtp::{FailureKind, Transport};

/// How long a claim of mail must last at least: longer than the slowest possible attempt, which is a dozen answers each just
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
pub struct Due<I = MailId, L = Outgoing> {
    /// The outbox row.
    pub id: I,
    /// How often it was tried before.
    pub attempts: u32,
    /// The message, composed when it was claimed so that the row never held its link; or why it cannot be.
    pub load: Result<L, String>,
}

/// What an outbox hands out.
pub type Claimed<O> = Result<Vec<Due<<O as Outbox>::Id, <O as Outbox>::Load>>, OutboxError>;

/// What the worker needs from an outbox. Methods block.
pub trait Outbox: Send + Sync + 'static {
    /// What names a row.
    type Id: Copy + Display + Send + 'static;
    /// What is carried.
    type Load: Send + 'static;
    /// What the log calls a message.
    const KIND: &'static str;
    /// How many messages may be in hand at once. One waiting behind a slow one could outlive its lease and would be sent twice,
    /// so nothing is claimed that is not carried at once.
    const AT_ONCE: usize;
    /// When what was deferred is tried again.
    const SCHEDULE: Schedule;

    /// Takes up to `limit` messages that are due, oldest first, in one transaction that gives each a lease longer than the
    /// slowest possible attempt (for mail [`LEASE_SECONDS`]). A row under a live lease, or recorded as sent or bounced, is
    /// never returned, on any server. A row that cannot be composed is returned with the reason in [`Due::load`]; it will be
    /// recorded as bounced.
    ///
    /// # Errors
    /// When the database cannot be asked; the worker asks again later.
    fn claim_due(&self, limit: usize) -> Claimed<Self>;
    /// The receiver accepted it. Ends the lease.
    ///
    /// # Errors
    /// When it could not be recorded; the worker repeats the call, so it must be repeatable.
    fn sent(&self, id: Self::Id, answer: &str) -> Result<(), OutboxError>;
    /// Not accepted yet: one attempt more on the row, due again at `next`. Ends the lease.
    ///
    /// # Errors
    /// As [`Outbox::sent`]. Repeating must not count the attempt twice.
    fn deferred(&self, id: Self::Id, answer: &str, next: Timestamp) -> Result<(), OutboxError>;
    /// Never accepted. Ends the lease.
    ///
    /// # Errors
    /// As [`Outbox::sent`].
    fn bounced(&self, id: Self::Id, answer: &str) -> Result<(), OutboxError>;
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
pub struct Worker<O: Outbox> {
    outbox: Arc<O>,
    transport: Arc<dyn Transport<O::Load>>,
    wake: Arc<Notify>,
    poll: Duration,
}

impl<O: Outbox> Worker<O> {
    /// A worker that looks when `wake` is notified (after a transaction that queued something) and every five seconds.
    pub fn new(outbox: Arc<O>, transport: Arc<dyn Transport<O::Load>>, wake: Arc<Notify>) -> Self {
        Self { outbox, transport, wake, poll: POLL }
    }

    /// With another interval between looks.
    #[must_use]
    pub fn poll_every(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Runs until `stop` turns true or its sender is gone; the messages in hand are finished and recorded first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut in_hand = JoinSet::new();
        while !*stop.borrow() && stop.has_changed().is_ok() {
            if in_hand.len() < O::AT_ONCE {
                let due = self.claim().await;
                let found = !due.is_empty();
                for due in due {
                    in_hand.spawn(handle(Arc::clone(&self.outbox), Arc::clone(&self.transport), due));
                }
                if found {
                    continue;
                }
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(self.poll) => {}
                _ = stop.changed() => {}
                Some(_) = in_hand.join_next() => {}
            }
        }
        while in_hand.join_next().await.is_some() {}
    }

    /// The oldest due message; none when there is none or the database cannot be asked.
    async fn claim(&self) -> Vec<Due<O::Id, O::Load>> {
        let outbox = self.outbox.clone();
        match spawn_blocking(move || outbox.claim_due(1)).await {
            Ok(Ok(due)) => due,
            Ok(Err(error)) => {
                tracing::warn!(kind = O::KIND, error = %error, "failed to claim a message");
                Vec::new()
            }
            Err(error) => {
                tracing::error!(kind = O::KIND, error = %error, "claiming a message panicked");
                Vec::new()
            }
        }
    }
}

async fn handle<O: Outbox>(outbox: Arc<O>, transport: Arc<dyn Transport<O::Load>>, due: Due<O::Id, O::Load>) {
    let (id, sending) = (due.id, Arc::clone(&outbox));
    let outcome = match spawn_blocking(move || attempt(&*sending, &*transport, &due)).await {
        Ok(outcome) => outcome,
        // The lease runs out by itself; until then nobody repeats what made the attempt panic.
        Err(error) => return tracing::error!(kind = O::KIND, %id, error = %error, "sending a message panicked"),
    };
    record(&outbox, id, &outcome).await;
}

async fn record<O: Outbox>(outbox: &Arc<O>, id: O::Id, outcome: &Outcome) {
    for wait in RECORD_WAITS.into_iter().map(Some).chain([None]) {
        let (outbox, outcome) = (Arc::clone(outbox), outcome.clone());
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
        tracing::warn!(kind = O::KIND, %id, error = problem, "failed to record the outcome of a message");
        if let Some(wait) = wait {
            tokio::time::sleep(wait).await;
        }
    }
}

fn attempt<O: Outbox>(outbox: &O, transport: &dyn Transport<O::Load>, due: &Due<O::Id, O::Load>) -> Outcome {
    let id = due.id;
    let load = match &due.load {
        Ok(load) => load,
        Err(reason) => return Outcome::Bounced(reason.clone()),
    };
    match transport.send(load) {
        Ok(accepted) => {
            tracing::info!(kind = O::KIND, %id, answer = accepted.answer, "message accepted");
            Outcome::Sent(accepted.answer)
        }
        Err(failure) => {
            tracing::warn!(kind = O::KIND, %id, answer = failure.answer, failure = ?failure.kind, "message not accepted");
            let next = O::SCHEDULE.next_attempt(due.attempts.saturating_add(1), outbox.now());
            match (failure.kind, next) {
                (FailureKind::Deferred, Some(next)) => Outcome::Deferred(failure.answer, next),
                (FailureKind::Deferred, None) | (FailureKind::Bounced, _) => Outcome::Bounced(failure.answer),
            }
        }
    }
}

//! Signals to relying services waiting to leave the house, and what became of them.

use entente_domain::ids::{EventId, SignalId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::tenant::known;
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    INSERT = "INSERT INTO signal (id, event_id, kind, url, content, \"authorization\", created_at, state, attempts, next_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, $7)";
    /// One receiver at a time gets one signal at a time, from whichever server: whoever hangs holds up nobody else, and each
    /// learns what happened in its order.
    DUE = "SELECT id, event_id, kind, url, content, \"authorization\", created_at, state, attempts, answer, finished_at
        FROM signal s WHERE s.state IN ('queued', 'deferred') AND s.next_at <= $1
            AND NOT EXISTS (SELECT 1 FROM signal o WHERE o.url = s.url AND o.leased_until > $1)
        ORDER BY s.next_at, s.id LIMIT 1";
    LEASE = "UPDATE signal SET leased_until = $2 WHERE id = $1";
    FINISH = "UPDATE signal SET state = $2, answer = $3, finished_at = $4, attempts = attempts + 1, leased_until = NULL
        WHERE id = $1 AND state IN ('queued', 'deferred')";
    DEFER = "UPDATE signal SET state = 'deferred', answer = $2, next_at = $3, attempts = attempts + 1, leased_until = NULL
        WHERE id = $1 AND state IN ('queued', 'deferred') AND leased_until IS NOT NULL";
    OF_EVENT = "SELECT id, event_id, kind, url, content, \"authorization\", created_at, state, attempts, answer, finished_at
        FROM signal WHERE event_id = $1 ORDER BY id LIMIT 200";
    LAST = "SELECT id, event_id, kind, url, content, \"authorization\", created_at, state, attempts, answer, finished_at
        FROM signal WHERE url = $1 AND kind = $2 AND finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1";
    LATE = "SELECT id, event_id, kind, url, content, \"authorization\", created_at, state, attempts, answer, finished_at
        FROM signal WHERE url = $1 AND kind = $2 AND state = 'deferred' ORDER BY created_at, id LIMIT 1";
    SWEEP = "DELETE FROM signal WHERE finished_at <= $1";
}

/// What a signal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A logout token (OpenID Connect Back-Channel Logout 1.0).
    Logout,
    /// A security event token (RFC 8417) pushed to its receiver (RFC 8935).
    Caep,
}

/// Where a signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Waiting for its first attempt.
    Queued,
    /// The receiver took it.
    Delivered,
    /// An attempt failed for now; there will be another.
    Deferred,
    /// It was not taken and will not be.
    Failed,
}

entente_domain::codes! {
    Kind { Logout = "logout", Caep = "caep" }
    State { Queued = "queued", Delivered = "delivered", Deferred = "deferred", Failed = "failed" }
}

/// A signal as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Its id; the token's number (`jti`) of every attempt.
    pub id: SignalId,
    /// What it tells of.
    pub event: EventId,
    /// What it is.
    pub kind: Kind,
    /// Where it goes.
    pub url: String,
    /// What the token says, as JSON.
    pub content: String,
    /// What the receiver wants to be shown, sealed.
    pub authorization: Option<Vec<u8>>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// Attempts made.
    pub attempts: i64,
    /// What the receiver said last.
    pub answer: Option<String>,
    /// When it was delivered or given up.
    pub finished_at: Option<Timestamp>,
}

/// Puts a signal into the outbox, in the transaction of the event it tells of.
pub fn insert(tx: &Tx, signal: &Signal) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            signal.id,
            signal.event,
            signal.kind.code(),
            signal.url,
            signal.content,
            signal.authorization,
            signal.created_at
        ],
    )
    .map(|_| ())
}

/// The signal that is due, if there is one whose receiver has none in hand.
pub fn due(tx: &Tx, now: Timestamp) -> Result<Option<Signal>, StoreError> {
    tx.one(&DUE, params![now], read)
}

/// Takes the signal that is due for the time until `leased_until`; no other worker gets it meanwhile.
pub fn claim(tx: &Tx, now: Timestamp, leased_until: Timestamp) -> Result<Option<Signal>, StoreError> {
    let Some(signal) = due(tx, now)? else { return Ok(None) };
    tx.exec(&LEASE, params![signal.id, leased_until])?;
    Ok(Some(signal))
}

/// Writes down the end of a signal. Repeating it changes nothing.
pub fn finish(tx: &Tx, id: SignalId, state: State, answer: &str, at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&FINISH, params![id, state.code(), answer, at]).map(|_| ())
}

/// Writes down a failed attempt and when the next one is due. Repeating it changes nothing: the lease is gone.
pub fn defer(tx: &Tx, id: SignalId, answer: &str, next_at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&DEFER, params![id, answer, next_at]).map(|_| ())
}

/// The signals that tell of an event, at most 200.
pub fn of_event(tx: &Tx, event: EventId) -> Result<Vec<Signal>, StoreError> {
    tx.all(&OF_EVENT, params![event], read)
}

/// The signal of a kind to an address that was finished last, delivered or given up.
pub fn last(tx: &Tx, kind: Kind, url: &str) -> Result<Option<Signal>, StoreError> {
    tx.one(&LAST, params![url, kind.code()], read)
}

/// The oldest signal of a kind that the receiver at an address did not take yet and is told again.
pub fn late(tx: &Tx, kind: Kind, url: &str) -> Result<Option<Signal>, StoreError> {
    tx.one(&LATE, params![url, kind.code()], read)
}

/// Forgets what was finished until `before`. What still waits is kept however old it is.
pub fn sweep(tx: &Tx, _: &Permit, before: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, params![before])
}

fn read(row: &Row<'_>) -> Result<Signal, StoreError> {
    Ok(Signal {
        id: row.id(0)?,
        event: row.id(1)?,
        kind: known("signal", "kind", row.text(2)?, Kind::parse)?,
        url: row.text(3)?.to_owned(),
        content: row.text(4)?.to_owned(),
        authorization: row.opt_bytes(5)?.map(<[u8]>::to_vec),
        created_at: row.time(6)?,
        state: known("signal", "state", row.text(7)?, State::parse)?,
        attempts: row.int(8)?,
        answer: row.opt_text(9)?.map(ToOwned::to_owned),
        finished_at: row.opt_time(10)?,
    })
}

//! What relying services are told: written in the transaction of the event, delivered by a worker.

use entente_domain::ids::{EventId, Id as _, SignalId};
use entente_domain::time::Timestamp;
use entente_store::signal::{self, Signal};

use crate::{App, Ctx, Error, Work};

pub use entente_store::signal::{Kind, State};

/// What the sealed value is for.
const AUTHORIZATION: &str = "signal-authorization";

/// A signal to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// What it tells of.
    pub event: EventId,
    /// What it is.
    pub kind: Kind,
    /// Where it goes.
    pub url: String,
    /// What the token says, as a JSON object without `iat` and `jti`.
    pub content: String,
    /// The bearer token that the receiver wants to be shown.
    pub authorization: Option<String>,
}

/// A signal in hand.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id; the token's `jti`, equal at every attempt so that a receiver knows a repetition.
    pub id: SignalId,
    /// What it is.
    pub kind: Kind,
    /// Where it goes.
    pub url: String,
    /// What the token says, as a JSON object without `iat` and `jti`.
    pub content: String,
    /// The bearer token that the receiver wants to be shown.
    pub authorization: Option<String>,
    /// Attempts made.
    pub attempts: i64,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Puts a signal into the outbox, in the transaction of its event.
///
/// # Errors
/// When it cannot be written; then the operation fails with it.
pub fn queue(work: &Work<'_>, new: New) -> Result<SignalId, Error> {
    let id: SignalId = work.app.new_id();
    let sealed = new
        .authorization
        .map(|plain| work.app.seal().seal(work.app.random(), AUTHORIZATION, id.uuid().as_bytes(), plain.as_bytes()));
    let signal = Signal {
        id,
        event: new.event,
        kind: new.kind,
        url: new.url,
        content: new.content,
        authorization: sealed,
        created_at: work.now,
        state: State::Queued,
        attempts: 0,
        answer: None,
        finished_at: None,
    };
    signal::insert(work.tx, &signal)?;
    work.mailed.set(true);
    Ok(id)
}

/// A signal that its receiver did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// What it is.
    pub kind: Kind,
    /// [`State::Failed`] where it was given up, [`State::Deferred`] where it is told again.
    pub state: State,
    /// When it was given up, or since when it is told.
    pub at: Timestamp,
    /// What the receiver answered last, or why there was no answer.
    pub answer: String,
}

/// The last signal of a kind to an address, if it was given up: one that was delivered since says that all is well again. And the first
/// that is told again.
pub(crate) fn undelivered(work: &Work<'_>, kind: Kind, url: &str) -> Result<Vec<Undelivered>, Error> {
    let last = signal::last(work.tx, kind, url)?.filter(|it| it.state == State::Failed);
    let missed = last.into_iter().chain(signal::late(work.tx, kind, url)?);
    Ok(missed
        .map(|it| {
            let at = it.finished_at.unwrap_or(it.created_at);
            Undelivered { kind, state: it.state, at, answer: it.answer.unwrap_or_default() }
        })
        .collect())
}

/// Takes the signal that is due for so many seconds, if there is one. Looking costs a read; only taking is a write.
///
/// # Errors
/// When the database has no answer.
pub fn claim(app: &App, lease_seconds: i64) -> Result<Option<Row>, Error> {
    if app.read(&Ctx::system(), |work| Ok(signal::due(work.tx, work.now)?))?.is_none() {
        return Ok(None);
    }
    let claimed = app.write(&Ctx::system(), move |work| {
        Ok(signal::claim(work.tx, work.now, work.now.plus_seconds(lease_seconds))?)
    })?;
    Ok(claimed.map(|it| {
        let open = |sealed: Vec<u8>| app.seal().open(AUTHORIZATION, it.id.uuid().as_bytes(), &sealed);
        // What another instance key sealed cannot be shown any more; the receiver then says what it misses.
        let authorization = it.authorization.and_then(open).and_then(|plain| String::from_utf8(plain).ok());
        Row { id: it.id, kind: it.kind, url: it.url, content: it.content, authorization, attempts: it.attempts }
    }))
}

/// Notes the end of a signal with the receiver's answer: [`State::Delivered`] or [`State::Failed`].
///
/// # Errors
/// When the database has no answer.
pub fn finish(app: &App, id: SignalId, state: State, answer: &str) -> Result<(), Error> {
    let answer = answer.to_owned();
    app.write(&Ctx::system(), move |work| Ok(signal::finish(work.tx, id, state, &answer, work.now)?))
}

/// Notes a failed attempt and when to try again.
///
/// # Errors
/// When the database has no answer.
pub fn deferred(app: &App, id: SignalId, answer: &str, next: Timestamp) -> Result<(), Error> {
    let answer = answer.to_owned();
    app.write(&Ctx::system(), move |work| Ok(signal::defer(work.tx, id, &answer, next)?))
}

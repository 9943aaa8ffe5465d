//! Signed-in browsers, and how often somebody tried.

use entente_domain::assurance::Proof;
use entente_domain::ids::{SessionId, TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, person_id, audience, created_at, seen_at, authenticated_at, expires_at, methods, address FROM session
        WHERE token_hash = $1";
    /// A person's sessions that are alive: begun, used and not over.
    OF_PERSON = "SELECT id, person_id, audience, created_at, seen_at, authenticated_at, expires_at, methods, address FROM session
        WHERE person_id = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, id LIMIT 100";
    INSERT = "INSERT INTO session (token_hash, id, person_id, audience, created_at, seen_at, authenticated_at, expires_at, methods, address)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    TOUCH = "UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2";
    /// The same session under another cookie value, with a new proof.
    RENEW = "UPDATE session SET token_hash = $2, authenticated_at = $3, methods = $4, seen_at = $3 WHERE token_hash = $1";
    DELETE = "DELETE FROM session WHERE token_hash = $1";
    DELETE_ONE = "DELETE FROM session WHERE person_id = $1 AND id = $2";
    DELETE_OF_PERSON = "DELETE FROM session WHERE person_id = $1";
    DELETE_OTHERS = "DELETE FROM session WHERE person_id = $1 AND token_hash <> $2";
    DELETE_OF_TENANT = "DELETE FROM session WHERE methods = $2 AND person_id IN (SELECT id FROM person WHERE tenant_id = $1)";
    SWEEP = "DELETE FROM session WHERE expires_at <= $1";
    TRIES = "SELECT window_start, tries FROM attempt WHERE subject = $1";
    COUNT_TRY = "INSERT INTO attempt (subject, window_start, tries) VALUES ($1, $2, 1)
        ON CONFLICT (subject) DO UPDATE SET
            tries = CASE WHEN attempt.window_start <= $3 THEN 1 ELSE attempt.tries + 1 END,
            window_start = CASE WHEN attempt.window_start <= $3 THEN $2 ELSE attempt.window_start END";
    FORGET_TRIES = "DELETE FROM attempt WHERE subject = $1";
    SWEEP_TRIES = "DELETE FROM attempt WHERE window_start <= $1";
}

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, for lists; the cookie's value is another.
    pub id: SessionId,
    /// Who signed in.
    pub person: UserId,
    /// The portal it is good for.
    pub audience: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When and how the person last proved who they are.
    pub proof: Proof,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// The network address it was begun from.
    pub address: Option<String>,
}

/// The session whose cookie value has this hash.
pub fn get(tx: &Tx, token_hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    tx.one(&GET, params![token_hash], read)
}

/// The sessions of a person that have not ended at `now` and were used after `used_since`, latest use first, at most 100.
pub fn of_person(tx: &Tx, person: UserId, now: Timestamp, used_since: Timestamp) -> Result<Vec<Session>, StoreError> {
    tx.all(&OF_PERSON, params![person, now, used_since], read)
}

fn read(row: &Row<'_>) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.id(0)?,
        person: row.id(1)?,
        audience: row.text(2)?.to_owned(),
        created_at: row.time(3)?,
        seen_at: row.time(4)?,
        proof: Proof::parse(row.time(5)?, row.text(7)?)
            .map_err(|error| StoreError::inconsistent("session", "methods", error))?,
        expires_at: row.time(6)?,
        address: row.opt_text(8)?.map(ToOwned::to_owned),
    })
}

/// Gives a session another cookie value and a new proof; false when it has ended.
pub fn renew(tx: &Tx, _: &Permit, old: &[u8; 32], new: &[u8; 32], proof: &Proof) -> Result<bool, StoreError> {
    Ok(tx.exec(&RENEW, params![old, new, proof.at, proof.code()])? == 1)
}

/// Ends the session with this id if it is the person's; false when there was none.
pub fn delete_one(tx: &Tx, _: &Permit, person: UserId, id: SessionId) -> Result<bool, StoreError> {
    Ok(tx.exec(&DELETE_ONE, params![person, id])? == 1)
}

/// Begins a session.
pub fn insert(tx: &Tx, _: &Permit, token_hash: &[u8; 32], session: &Session) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            token_hash,
            session.id,
            session.person,
            session.audience,
            session.created_at,
            session.seen_at,
            session.proof.at,
            session.expires_at,
            session.proof.code(),
            session.address
        ],
    )
    .map(|_| ())
}

/// Notes that a session was used.
pub fn touch(tx: &Tx, token_hash: &[u8; 32], at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&TOUCH, params![token_hash, at]).map(|_| ())
}

/// Ends a session; false when there was none.
pub fn delete(tx: &Tx, _: &Permit, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(tx.exec(&DELETE, params![token_hash])? == 1)
}

/// Ends every session of a person.
pub fn delete_of(tx: &Tx, _: &Permit, person: UserId) -> Result<u64, StoreError> {
    tx.exec(&DELETE_OF_PERSON, params![person])
}

/// Ends every session of a person but the one whose cookie value has this hash.
pub fn delete_others(tx: &Tx, _: &Permit, person: UserId, token_hash: &[u8; 32]) -> Result<u64, StoreError> {
    tx.exec(&DELETE_OTHERS, params![person, token_hash])
}

/// Ends every session of an organisation's people that was proven by exactly these methods, as [`Proof::code`] names them.
pub fn delete_of_tenant(tx: &Tx, _: &Permit, tenant: TenantId, methods: &str) -> Result<u64, StoreError> {
    tx.exec(&DELETE_OF_TENANT, params![tenant, methods])
}

/// Removes what has ended.
pub fn sweep(tx: &Tx, _: &Permit, now: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, params![now])
}

/// How often `subject` was tried in its present window, and when that window began.
pub fn tries(tx: &Tx, subject: &str) -> Result<Option<(Timestamp, i64)>, StoreError> {
    tx.one(&TRIES, params![subject], |row| Ok((row.time(0)?, row.int(1)?)))
}

/// Counts one try; a window that began at or before `window_over` starts anew.
pub fn count_try(tx: &Tx, subject: &str, now: Timestamp, window_over: Timestamp) -> Result<(), StoreError> {
    tx.exec(&COUNT_TRY, params![subject, now, window_over]).map(|_| ())
}

/// Forgets the tries of `subject`, after a success.
pub fn forget_tries(tx: &Tx, subject: &str) -> Result<(), StoreError> {
    tx.exec(&FORGET_TRIES, params![subject]).map(|_| ())
}

/// Removes tries whose window began at or before `before`.
pub fn sweep_tries(tx: &Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&SWEEP_TRIES, params![before])
}

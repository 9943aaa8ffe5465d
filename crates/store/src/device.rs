//! Codes typed on another device (RFC 8628).

use entente_domain::assurance::Proof;
use entente_domain::ids::{ApplicationId, TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::grant::proof;
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT hash, application_id, tenant_id, scope, expires_at, polled_at, pause, state, person_id, authenticated_at, methods
        FROM device_code WHERE hash = $1";
    BY_USER_CODE = "SELECT hash, application_id, tenant_id, scope, expires_at, polled_at, pause, state, person_id, authenticated_at,
            methods
        FROM device_code WHERE user_hash = $1";
    INSERT = "INSERT INTO device_code (hash, user_hash, application_id, tenant_id, scope, expires_at, pause, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting')";
    POLLED = "UPDATE device_code SET polled_at = $2, pause = $3 WHERE hash = $1";
    APPROVE = "UPDATE device_code SET state = 'approved', person_id = $2, authenticated_at = $3, methods = $4
        WHERE hash = $1 AND state = 'waiting'";
    DENY = "UPDATE device_code SET state = 'denied' WHERE hash = $1 AND state = 'waiting'";
    DELETE = "DELETE FROM device_code WHERE hash = $1";
    DELETE_OF = "DELETE FROM device_code WHERE person_id = $1";
    SWEEP = "DELETE FROM device_code WHERE expires_at <= $1";
}

/// A device's request as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The hash of the device's own code.
    pub hash: Vec<u8>,
    /// The application that runs on it.
    pub application: ApplicationId,
    /// The organisation it asked at, if it named one.
    pub tenant: Option<TenantId>,
    /// What it asked for.
    pub scope: String,
    /// Good until then.
    pub expires_at: Timestamp,
    /// When the device last asked.
    pub polled_at: Option<Timestamp>,
    /// Seconds it has to leave between two questions.
    pub pause: i64,
    /// Whether somebody answered.
    pub answer: Answer,
}

/// What the person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Waiting,
    /// Yes.
    Approved {
        /// Who.
        person: UserId,
        /// How they proved who they are.
        proof: Proof,
    },
    /// No.
    Denied,
}

/// The request whose device code has this hash.
pub fn get(tx: &Tx, hash: &[u8; 32]) -> Result<Option<Device>, StoreError> {
    tx.one(&GET, params![hash], read)
}

/// The request whose user code has this hash.
pub fn by_user_code(tx: &Tx, hash: &[u8; 32]) -> Result<Option<Device>, StoreError> {
    tx.one(&BY_USER_CODE, params![hash], read)
}

/// Adds a request.
///
/// # Errors
/// A unique violation of `device_code.user_hash` when the user code is in use.
pub fn insert(tx: &Tx, _: &Permit, hash: &[u8; 32], user_hash: &[u8; 32], it: &Device) -> Result<(), StoreError> {
    tx.exec(&INSERT, params![hash, user_hash, it.application, it.tenant, it.scope, it.expires_at, it.pause]).map(|_| ())
}

/// Notes that the device asked, and how long it has to leave from now on.
pub fn polled(tx: &Tx, hash: &[u8; 32], at: Timestamp, pause: i64) -> Result<(), StoreError> {
    tx.exec(&POLLED, params![hash, at, pause]).map(|_| ())
}

/// Says yes; false when somebody answered before.
pub fn approve(tx: &Tx, _: &Permit, hash: &[u8], person: UserId, proof: &Proof) -> Result<bool, StoreError> {
    Ok(tx.exec(&APPROVE, params![hash, person, proof.at, proof.code()])? == 1)
}

/// Says no; false when somebody answered before.
pub fn deny(tx: &Tx, _: &Permit, hash: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.exec(&DENY, params![hash])? == 1)
}

/// Takes an answered request away, so that it is redeemed once; false when it is gone already.
pub fn take(tx: &Tx, _: &Permit, hash: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(tx.exec(&DELETE, params![hash])? == 1)
}

/// Removes what a person approved and no device has fetched yet.
pub fn delete_of(tx: &Tx, _: &Permit, person: UserId) -> Result<(), StoreError> {
    tx.exec(&DELETE_OF, params![person]).map(|_| ())
}

/// Removes what nobody answered in time.
pub fn sweep(tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, params![now])
}

fn read(row: &Row<'_>) -> Result<Device, StoreError> {
    let answer = match row.text(7)? {
        "waiting" => Answer::Waiting,
        "denied" => Answer::Denied,
        "approved" => {
            let missing = || StoreError::inconsistent("device_code", "person_id", "missing in this state");
            Answer::Approved { person: row.opt_id(8)?.ok_or_else(missing)?, proof: proof(row, "device_code", 9)? }
        }
        _ => return Err(StoreError::inconsistent("device_code", "state", "an unknown code")),
    };
    Ok(Device {
        hash: row.bytes(0)?.to_vec(),
        application: row.id(1)?,
        tenant: row.opt_id(2)?,
        scope: row.text(3)?.to_owned(),
        expires_at: row.time(4)?,
        polled_at: row.opt_time(5)?,
        pause: row.int(6)?,
        answer,
    })
}

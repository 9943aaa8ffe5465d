//! Second factors of people, and the challenges that stand between a first proof and a session.

use entente_domain::assurance::Proof;
use entente_domain::factor::Enrolled;
use entente_domain::ids::{PasskeyId, UserId};
use entente_domain::policy::Permit;
use entente_domain::text::FactorName;
use entente_domain::time::Timestamp;

use crate::tenant::parse;
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    TOTP = "SELECT secret, last_step, confirmed_at FROM totp WHERE person_id = $1";
    INSERT_TOTP = "INSERT INTO totp (person_id, secret, last_step, confirmed_at) VALUES ($1, $2, $3, $4)";
    /// A code is accepted once: of any number who use the same step, one finds the row.
    USE_STEP = "UPDATE totp SET last_step = $2 WHERE person_id = $1 AND last_step < $2";
    DELETE_TOTP = "DELETE FROM totp WHERE person_id = $1";
    PASSKEYS = "SELECT id, person_id, host, credential_id, credential, name, created_at, last_used_at FROM passkey
        WHERE person_id = $1 ORDER BY created_at, id LIMIT 100";
    COUNT_PASSKEYS = "SELECT COUNT(*) FROM passkey WHERE person_id = $1";
    PASSKEY_BY_CREDENTIAL = "SELECT id, person_id, host, credential_id, credential, name, created_at, last_used_at FROM passkey
        WHERE credential_id = $1";
    INSERT_PASSKEY = "INSERT INTO passkey (id, person_id, host, credential_id, credential, name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    USE_PASSKEY = "UPDATE passkey SET credential = $2, last_used_at = $3 WHERE id = $1";
    DELETE_PASSKEY = "DELETE FROM passkey WHERE id = $1 AND person_id = $2 RETURNING name";
    DELETE_PASSKEYS = "DELETE FROM passkey WHERE person_id = $1";
    CODES_LEFT = "SELECT COUNT(*) FROM recovery_code WHERE person_id = $1 AND used_at IS NULL";
    INSERT_CODE = "INSERT INTO recovery_code (person_id, hash) VALUES ($1, $2)";
    USE_CODE = "UPDATE recovery_code SET used_at = $3 WHERE person_id = $1 AND hash = $2 AND used_at IS NULL";
    DELETE_CODES = "DELETE FROM recovery_code WHERE person_id = $1";
    CHALLENGE = "SELECT person_id, audience, purpose, methods, secret, ceremony, created_at, expires_at FROM challenge
        WHERE token_hash = $1";
    INSERT_CHALLENGE = "INSERT INTO challenge
            (token_hash, person_id, audience, purpose, methods, secret, ceremony, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SET_CEREMONY = "UPDATE challenge SET ceremony = $2 WHERE token_hash = $1";
    DELETE_CHALLENGE = "DELETE FROM challenge WHERE token_hash = $1";
    DELETE_CHALLENGES = "DELETE FROM challenge WHERE person_id = $1";
    SWEEP_CHALLENGES = "DELETE FROM challenge WHERE expires_at <= $1";
}

/// An application that makes one-time codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totp {
    /// The sealed secret.
    pub secret: Vec<u8>,
    /// The last step of 30 seconds whose code was used.
    pub last_step: i64,
    /// Since when it is a factor.
    pub confirmed_at: Timestamp,
}

/// A passkey as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub person: UserId,
    /// The host it works at.
    pub host: String,
    /// The authenticator's name for it.
    pub credential_id: Vec<u8>,
    /// Its public key, counter and circumstances, as `identity` wrote them.
    pub credential: Vec<u8>,
    /// What its person calls it.
    pub name: FactorName,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// A step that waits for its second half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Who it is about; none while only a passkey can tell.
    pub person: Option<UserId>,
    /// The portal it is good for.
    pub audience: String,
    /// What it is for: a code of the caller's.
    pub purpose: String,
    /// What was proven so far, and when.
    pub proof: Proof,
    /// The sealed secret of an application that is being set up.
    pub secret: Option<Vec<u8>>,
    /// What `identity` has to remember of a passkey ceremony under way.
    pub ceremony: Option<Vec<u8>>,
    /// When it lapses.
    pub expires_at: Timestamp,
}

/// Which factors a person has.
pub fn enrolled(tx: &Tx, person: UserId) -> Result<Enrolled, StoreError> {
    let passkeys = tx.one(&COUNT_PASSKEYS, params![person], |row| row.int(0))?.unwrap_or(0);
    Ok(Enrolled { one_time_codes: totp(tx, person)?.is_some(), passkeys: usize::try_from(passkeys).unwrap_or(0) })
}

/// A person's application for one-time codes.
pub fn totp(tx: &Tx, person: UserId) -> Result<Option<Totp>, StoreError> {
    tx.one(&TOTP, params![person], |row| {
        Ok(Totp { secret: row.bytes(0)?.to_owned(), last_step: row.int(1)?, confirmed_at: row.time(2)? })
    })
}

/// Adds an application for one-time codes.
///
/// # Errors
/// A unique violation of `totp.person_id` when the person has one.
pub fn insert_totp(tx: &Tx, _: &Permit, person: UserId, totp: &Totp) -> Result<(), StoreError> {
    tx.exec(&INSERT_TOTP, params![person, totp.secret, totp.last_step, totp.confirmed_at]).map(|_| ())
}

/// Uses up the code of a step and of all before it; false when it was used already.
pub fn use_step(tx: &Tx, _: &Permit, person: UserId, step: i64) -> Result<bool, StoreError> {
    Ok(tx.exec(&USE_STEP, params![person, step])? == 1)
}

/// Removes the application; false when there was none.
pub fn delete_totp(tx: &Tx, _: &Permit, person: UserId) -> Result<bool, StoreError> {
    Ok(tx.exec(&DELETE_TOTP, params![person])? == 1)
}

/// A person's passkeys, oldest first.
pub fn passkeys(tx: &Tx, person: UserId) -> Result<Vec<Passkey>, StoreError> {
    tx.all(&PASSKEYS, params![person], read)
}

/// The passkey an authenticator names.
pub fn passkey(tx: &Tx, credential_id: &[u8]) -> Result<Option<Passkey>, StoreError> {
    tx.one(&PASSKEY_BY_CREDENTIAL, params![credential_id], read)
}

/// Adds a passkey.
///
/// # Errors
/// A unique violation of `passkey.credential_id` when somebody has it.
pub fn insert_passkey(tx: &Tx, _: &Permit, passkey: &Passkey) -> Result<(), StoreError> {
    let it = passkey;
    tx.exec(
        &INSERT_PASSKEY,
        params![it.id, it.person, it.host, it.credential_id, it.credential, it.name.as_str(), it.created_at],
    )
    .map(|_| ())
}

/// Notes that a passkey was used, with what its authenticator says about itself now; false when it is gone.
pub fn use_passkey(tx: &Tx, _: &Permit, id: PasskeyId, credential: &[u8], at: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.exec(&USE_PASSKEY, params![id, credential, at])? == 1)
}

/// Removes one of a person's passkeys and answers what it was called; nothing when there was none.
pub fn delete_passkey(tx: &Tx, _: &Permit, person: UserId, id: PasskeyId) -> Result<Option<FactorName>, StoreError> {
    tx.one(&DELETE_PASSKEY, params![id, person], |row| parse("passkey", "name", row.text(0)?))
}

/// Removes all of a person's passkeys.
pub fn delete_passkeys(tx: &Tx, _: &Permit, person: UserId) -> Result<u64, StoreError> {
    tx.exec(&DELETE_PASSKEYS, params![person])
}

/// How many recovery codes a person has left.
pub fn codes_left(tx: &Tx, person: UserId) -> Result<i64, StoreError> {
    Ok(tx.one(&CODES_LEFT, params![person], |row| row.int(0))?.unwrap_or(0))
}

/// Replaces a person's recovery codes by the ones with these hashes.
pub fn replace_codes(tx: &Tx, permit: &Permit, person: UserId, hashes: &[[u8; 32]]) -> Result<(), StoreError> {
    delete_codes(tx, permit, person)?;
    for hash in hashes {
        tx.exec(&INSERT_CODE, params![person, hash])?;
    }
    Ok(())
}

/// Uses up a recovery code; false when there is none with this hash, or it was used already.
pub fn use_code(tx: &Tx, _: &Permit, person: UserId, hash: &[u8; 32], at: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.exec(&USE_CODE, params![person, hash, at])? == 1)
}

/// Removes a person's recovery codes.
pub fn delete_codes(tx: &Tx, _: &Permit, person: UserId) -> Result<u64, StoreError> {
    tx.exec(&DELETE_CODES, params![person])
}

/// The challenge whose cookie value has this hash.
pub fn challenge(tx: &Tx, token_hash: &[u8; 32]) -> Result<Option<Challenge>, StoreError> {
    tx.one(&CHALLENGE, params![token_hash], |row| {
        Ok(Challenge {
            person: row.opt_id(0)?,
            audience: row.text(1)?.to_owned(),
            purpose: row.text(2)?.to_owned(),
            proof: Proof::parse(row.time(6)?, row.text(3)?)
                .map_err(|error| StoreError::inconsistent("challenge", "methods", error))?,
            secret: row.opt_bytes(4)?.map(ToOwned::to_owned),
            ceremony: row.opt_bytes(5)?.map(ToOwned::to_owned),
            expires_at: row.time(7)?,
        })
    })
}

/// Begins a challenge.
pub fn insert_challenge(tx: &Tx, _: &Permit, token_hash: &[u8; 32], it: &Challenge) -> Result<(), StoreError> {
    tx.exec(
        &INSERT_CHALLENGE,
        params![
            token_hash,
            it.person,
            it.audience,
            it.purpose,
            it.proof.code(),
            it.secret,
            it.ceremony,
            it.proof.at,
            it.expires_at
        ],
    )
    .map(|_| ())
}

/// Remembers a passkey ceremony, or forgets it; false when the challenge is gone.
pub fn set_ceremony(tx: &Tx, _: &Permit, token_hash: &[u8; 32], ceremony: Option<&[u8]>) -> Result<bool, StoreError> {
    Ok(tx.exec(&SET_CEREMONY, params![token_hash, ceremony])? == 1)
}

/// Uses a challenge up; false when somebody else did first.
pub fn delete_challenge(tx: &Tx, _: &Permit, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(tx.exec(&DELETE_CHALLENGE, params![token_hash])? == 1)
}

/// Ends every step a person has under way.
pub fn delete_challenges(tx: &Tx, _: &Permit, person: UserId) -> Result<u64, StoreError> {
    tx.exec(&DELETE_CHALLENGES, params![person])
}

/// Removes what has lapsed.
pub fn sweep(tx: &Tx, _: &Permit, now: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&SWEEP_CHALLENGES, params![now])
}

fn read(row: &Row<'_>) -> Result<Passkey, StoreError> {
    Ok(Passkey {
        id: row.id(0)?,
        person: row.id(1)?,
        host: row.text(2)?.to_owned(),
        credential_id: row.bytes(3)?.to_owned(),
        credential: row.bytes(4)?.to_owned(),
        name: parse("passkey", "name", row.text(5)?)?,
        created_at: row.time(6)?,
        last_used_at: row.opt_time(7)?,
    })
}

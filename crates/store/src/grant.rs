//! What people let applications do: grants with their refresh tokens, and the one-time values that lead to them.

use entente_domain::assurance::Proof;
use entente_domain::ids::{ActingId, ApplicationId, GrantId, ServiceId, TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, application_id, person_id, scope, authenticated_at, methods, created_at, used_at, expires_at, ended_at, source_id
        FROM token_grant WHERE id = $1";
    OF_PERSON = "SELECT id, application_id, person_id, scope, authenticated_at, methods, created_at, used_at, expires_at, ended_at, source_id
        FROM token_grant WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT 100";
    PUT = "INSERT INTO token_grant (id, application_id, person_id, scope, authenticated_at, methods, created_at, used_at, expires_at,
            source_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at";
    OF_SOURCE = "SELECT id, application_id, person_id, scope, authenticated_at, methods, created_at, used_at, expires_at, ended_at, source_id
        FROM token_grant WHERE source_id = $1 AND ended_at IS NULL ORDER BY created_at, id";
    TOUCH = "UPDATE token_grant SET used_at = $2 WHERE id = $1";
    END = "UPDATE token_grant SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    END_OF_PERSON = "UPDATE token_grant SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL";
    END_OF_APPLICATION = "UPDATE token_grant SET ended_at = $2 WHERE application_id = $1 AND ended_at IS NULL";
    END_OF_TENANT = "UPDATE token_grant SET ended_at = $3 WHERE methods = $2 AND ended_at IS NULL
        AND person_id IN (SELECT id FROM person WHERE tenant_id = $1)";
    AT_SERVICES = "SELECT g.id, g.application_id, g.person_id, g.scope, g.authenticated_at, g.methods, g.created_at, g.used_at,
            g.expires_at, g.ended_at, g.source_id
        FROM token_grant g
        WHERE g.person_id = $1 AND g.ended_at IS NULL AND g.expires_at > $2
            AND (EXISTS (SELECT 1 FROM service s WHERE s.application_id = g.application_id)
                OR EXISTS (SELECT 1 FROM grant_service t WHERE t.grant_id = g.id)) ORDER BY g.created_at, g.id";
    WEAK_AT_SERVICES = "SELECT g.id, g.application_id, g.person_id, g.scope, g.authenticated_at, g.methods, g.created_at, g.used_at,
            g.expires_at, g.ended_at, g.source_id
        FROM token_grant g
        WHERE g.methods = $2 AND g.ended_at IS NULL AND g.expires_at > $3
            AND g.person_id IN (SELECT id FROM person WHERE tenant_id = $1)
            AND (EXISTS (SELECT 1 FROM service s WHERE s.application_id = g.application_id)
                OR EXISTS (SELECT 1 FROM grant_service t WHERE t.grant_id = g.id)) ORDER BY g.created_at, g.id";
    ADD_SERVICE = "INSERT INTO grant_service (grant_id, service_id) VALUES ($1, $2) ON CONFLICT (grant_id, service_id) DO NOTHING";
    DELETE_CODES = "DELETE FROM authorization_code WHERE person_id = $1";
    SWEEP = "DELETE FROM token_grant WHERE expires_at <= $1";
    REFRESH = "SELECT hash, grant_id, created_at, used_at, successor FROM refresh_token WHERE hash = $1";
    ADD_REFRESH = "INSERT INTO refresh_token (hash, grant_id, created_at) VALUES ($1, $2, $3)";
    USE_REFRESH = "UPDATE refresh_token SET used_at = $2, successor = $3 WHERE hash = $1";
    CODE = "SELECT application_id, tenant_id, person_id, redirect_uri, challenge, nonce, scope, authenticated_at, methods, expires_at,
            grant_id, acting_id, used_at, redirect_named
        FROM authorization_code WHERE hash = $1";
    ADD_CODE = "INSERT INTO authorization_code (hash, application_id, tenant_id, person_id, redirect_uri, challenge, nonce, scope,
            authenticated_at, methods, expires_at, redirect_named)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    USE_CODE = "UPDATE authorization_code SET used_at = $2, grant_id = $3, acting_id = $4 WHERE hash = $1";
    SWEEP_CODES = "DELETE FROM authorization_code WHERE expires_at <= $1";
}

/// What a person let an application do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id, the claim `sid` of its tokens.
    pub id: GrantId,
    /// The application.
    pub application: ApplicationId,
    /// The person.
    pub person: UserId,
    /// What for, as asked.
    pub scope: String,
    /// How the person proved who they are.
    pub proof: Proof,
    /// Since when.
    pub created_at: Timestamp,
    /// When a token of it was last asked for.
    pub used_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// When it was ended before that.
    pub ended_at: Option<Timestamp>,
    /// The grant whose token it was made from on the person's behalf; it counts no longer than that one.
    pub source: Option<GrantId>,
}

impl Grant {
    /// Whether its tokens count at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// A refresh token as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// The hash of its value.
    pub hash: Vec<u8>,
    /// The family it belongs to.
    pub grant: GrantId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was redeemed.
    pub used_at: Option<Timestamp>,
    /// The hash of the one that replaced it.
    pub successor: Option<Vec<u8>>,
}

/// An authorization code as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Who may redeem it.
    pub application: ApplicationId,
    /// The authority it was made at; another organisation than the person's when they act on its behalf.
    pub tenant: TenantId,
    /// Who signed in.
    pub person: UserId,
    /// The address it was sent to.
    pub redirect: String,
    /// Whether the request named that address; then redeeming names it again (RFC 6749, section 4.1.3).
    pub redirect_named: bool,
    /// The challenge of RFC 7636.
    pub challenge: Option<String>,
    /// What the identity token repeats.
    pub nonce: Option<String>,
    /// What was asked for.
    pub scope: String,
    /// How the person proved who they are.
    pub proof: Proof,
    /// Good until then.
    pub expires_at: Timestamp,
    /// The grant it led to.
    pub grant: Option<GrantId>,
    /// The acting session it led to.
    pub acting: Option<ActingId>,
    /// When it was redeemed.
    pub used_at: Option<Timestamp>,
}

/// The grant with this id.
pub fn get(tx: &Tx, id: GrantId) -> Result<Option<Grant>, StoreError> {
    tx.one(&GET, params![id], read)
}

/// The grants of a person that are alive at `now`, newest first, at most 100.
pub fn of_person(tx: &Tx, person: UserId, now: Timestamp) -> Result<Vec<Grant>, StoreError> {
    tx.all(&OF_PERSON, params![person, now], read)
}

/// What was made from a grant on the person's behalf and is not ended.
pub fn of_source(tx: &Tx, source: GrantId) -> Result<Vec<Grant>, StoreError> {
    tx.all(&OF_SOURCE, params![source], read)
}

/// Adds a grant, or notes that a token of it was asked for.
pub fn put(tx: &Tx, _: &Permit, it: &Grant) -> Result<(), StoreError> {
    tx.exec(
        &PUT,
        params![
            it.id,
            it.application,
            it.person,
            it.scope,
            it.proof.at,
            it.proof.code(),
            it.created_at,
            it.used_at,
            it.expires_at,
            it.source
        ],
    )
    .map(|_| ())
}

/// Notes that a token of a grant is for a service.
pub fn add_service(tx: &Tx, _: &Permit, id: GrantId, service: ServiceId) -> Result<(), StoreError> {
    tx.exec(&ADD_SERVICE, params![id, service]).map(|_| ())
}

/// Notes that a token of a grant was asked for.
pub fn touch(tx: &Tx, id: GrantId, at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&TOUCH, params![id, at]).map(|_| ())
}

/// Ends a grant; false when it is over already.
pub fn end(tx: &Tx, _: &Permit, id: GrantId, at: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.exec(&END, params![id, at])? == 1)
}

/// Ends every grant of a person.
pub fn end_of_person(tx: &Tx, _: &Permit, person: UserId, at: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&END_OF_PERSON, params![person, at])
}

/// Ends every grant of an application.
pub fn end_of_application(tx: &Tx, _: &Permit, id: ApplicationId, at: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&END_OF_APPLICATION, params![id, at])
}

/// Ends every grant of an organisation's people that was proven by exactly these methods, as [`Proof::code`] names them.
pub fn end_of_tenant(tx: &Tx, _: &Permit, tenant: TenantId, methods: &str, at: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&END_OF_TENANT, params![tenant, methods, at])
}

/// What somebody is signed in to at services of the operator's, or has tokens for them by.
pub fn at_services(tx: &Tx, person: UserId, now: Timestamp) -> Result<Vec<Grant>, StoreError> {
    tx.all(&AT_SERVICES, params![person, now], read)
}

/// The same of an organisation's people, proven by exactly these methods.
pub fn weak_at_services(tx: &Tx, tenant: TenantId, methods: &str, now: Timestamp) -> Result<Vec<Grant>, StoreError> {
    tx.all(&WEAK_AT_SERVICES, params![tenant, methods, now], read)
}

/// Removes the authorization codes of a person.
pub fn delete_codes(tx: &Tx, _: &Permit, person: UserId) -> Result<(), StoreError> {
    tx.exec(&DELETE_CODES, params![person]).map(|_| ())
}

/// Removes grants that are over, with their refresh tokens, and codes that are too old to be redeemed.
pub fn sweep(tx: &Tx, _: &Permit, grants: Timestamp, codes: Timestamp) -> Result<u64, StoreError> {
    Ok(tx.exec(&SWEEP, params![grants])? + tx.exec(&SWEEP_CODES, params![codes])?)
}

/// The refresh token whose value has this hash.
pub fn refresh(tx: &Tx, hash: &[u8]) -> Result<Option<Refresh>, StoreError> {
    tx.one(&REFRESH, params![hash], |row| {
        Ok(Refresh {
            hash: row.bytes(0)?.to_vec(),
            grant: row.id(1)?,
            created_at: row.time(2)?,
            used_at: row.opt_time(3)?,
            successor: row.opt_bytes(4)?.map(<[u8]>::to_vec),
        })
    })
}

/// Adds a refresh token to a family.
pub fn add_refresh(tx: &Tx, _: &Permit, hash: &[u8; 32], grant: GrantId, at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&ADD_REFRESH, params![hash, grant, at]).map(|_| ())
}

/// Notes that a refresh token was redeemed, and what replaced it.
pub fn use_refresh(
    tx: &Tx,
    _: &Permit,
    hash: &[u8],
    at: Timestamp,
    successor: Option<&[u8; 32]>,
) -> Result<(), StoreError> {
    tx.exec(&USE_REFRESH, params![hash, at, successor]).map(|_| ())
}

/// The authorization code whose value has this hash.
pub fn code(tx: &Tx, hash: &[u8; 32]) -> Result<Option<Code>, StoreError> {
    tx.one(&CODE, params![hash], |row| {
        Ok(Code {
            application: row.id(0)?,
            tenant: row.id(1)?,
            person: row.id(2)?,
            redirect: row.text(3)?.to_owned(),
            challenge: row.opt_text(4)?.map(ToOwned::to_owned),
            nonce: row.opt_text(5)?.map(ToOwned::to_owned),
            scope: row.text(6)?.to_owned(),
            proof: proof(row, "authorization_code", 7)?,
            expires_at: row.time(9)?,
            grant: row.opt_id(10)?,
            acting: row.opt_id(11)?,
            used_at: row.opt_time(12)?,
            redirect_named: row.bool(13)?,
        })
    })
}

/// Adds an authorization code.
pub fn add_code(tx: &Tx, _: &Permit, hash: &[u8; 32], it: &Code) -> Result<(), StoreError> {
    tx.exec(
        &ADD_CODE,
        params![
            hash,
            it.application,
            it.tenant,
            it.person,
            it.redirect,
            it.challenge,
            it.nonce,
            it.scope,
            it.proof.at,
            it.proof.code(),
            it.expires_at,
            it.redirect_named
        ],
    )
    .map(|_| ())
}

/// Notes that a code was redeemed, and what it led to.
pub fn use_code(
    tx: &Tx,
    _: &Permit,
    hash: &[u8; 32],
    at: Timestamp,
    led_to: (Option<GrantId>, Option<ActingId>),
) -> Result<(), StoreError> {
    tx.exec(&USE_CODE, params![hash, at, led_to.0, led_to.1]).map(|_| ())
}

/// A proof from two neighbouring columns: when and how.
pub(crate) fn proof(row: &Row<'_>, table: &'static str, at: usize) -> Result<Proof, StoreError> {
    Proof::parse(row.time(at)?, row.text(at + 1)?).map_err(|error| StoreError::inconsistent(table, "methods", error))
}

fn read(row: &Row<'_>) -> Result<Grant, StoreError> {
    Ok(Grant {
        id: row.id(0)?,
        application: row.id(1)?,
        person: row.id(2)?,
        scope: row.text(3)?.to_owned(),
        proof: proof(row, "token_grant", 4)?,
        created_at: row.time(6)?,
        used_at: row.time(7)?,
        expires_at: row.time(8)?,
        ended_at: row.opt_time(9)?,
        source: row.opt_id(10)?,
    })
}

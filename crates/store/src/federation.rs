//! Providers of identity, whom their subjects are linked to, and sign-ins under way.

use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::federation::{ClientText, Issuer, Provider, WaysIn};
use entente_domain::ids::{TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::text::DomainName;
use entente_domain::time::Timestamp;

use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT tenant_id, issuer, client_id, domains, enabled, created_at, updated_at, version FROM identity_provider
        WHERE tenant_id = $1";
    /// The provider of the tenant that owns a domain.
    BY_DOMAIN = "SELECT i.tenant_id, i.issuer, i.client_id, i.domains, i.enabled, i.created_at, i.updated_at, i.version
        FROM tenant_domain d JOIN identity_provider i ON i.tenant_id = d.tenant_id WHERE d.domain = $1";
    SECRET = "SELECT client_secret FROM identity_provider WHERE tenant_id = $1";
    INSERT = "INSERT INTO identity_provider (tenant_id, issuer, client_id, domains, enabled, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    SAVE = "UPDATE identity_provider SET issuer = $2, client_id = $3, domains = $4, enabled = $5, updated_at = $6, version = $7 + 1
        WHERE tenant_id = $1 AND version = $7";
    SET_SECRET = "UPDATE identity_provider SET client_secret = $2 WHERE tenant_id = $1";
    DELETE = "DELETE FROM identity_provider WHERE tenant_id = $1";
    LINKED = "SELECT person_id FROM identity_link WHERE tenant_id = $1 AND issuer = $2 AND subject = $3";
    LINK_OF = "SELECT 1 FROM identity_link WHERE tenant_id = $1 AND issuer = $2 AND person_id = $3";
    COUNT_LINKS = "SELECT COUNT(*) FROM identity_link WHERE tenant_id = $1 AND issuer = $2";
    LINK = "INSERT INTO identity_link (tenant_id, issuer, subject, person_id, created_at) VALUES ($1, $2, $3, $4, $5)";
    UNLINK_ALL = "DELETE FROM identity_link WHERE tenant_id = $1";
    PASSWORDS = "SELECT COUNT(DISTINCT p.id) FROM person_role r JOIN person p ON p.id = r.person_id
        WHERE r.tenant_id = $1 AND r.role IN ($2, $3) AND p.enabled AND p.password_hash IS NOT NULL";
    LINKS = "SELECT COUNT(DISTINCT p.id) FROM person_role r JOIN person p ON p.id = r.person_id
        JOIN identity_link l ON l.person_id = p.id AND l.issuer = $4
        WHERE r.tenant_id = $1 AND r.role IN ($2, $3) AND p.enabled";
    BEGIN = "INSERT INTO federation_request
        (state_hash, browser_hash, tenant_id, audience, return_path, nonce, verifier, provider_version, expires_at, fresh)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// Taken by whoever comes first; everybody later finds nothing.
    TAKE = "DELETE FROM federation_request WHERE state_hash = $1 AND browser_hash = $2 AND audience = $3
        RETURNING tenant_id, return_path, nonce, verifier, provider_version, expires_at, fresh";
    FORGET = "DELETE FROM federation_request WHERE tenant_id = $1";
    SWEEP = "DELETE FROM federation_request WHERE expires_at <= $1";
}

/// A tenant's provider.
pub fn get(tx: &Tx, tenant: TenantId) -> Result<Option<Provider>, StoreError> {
    tx.one(&GET, params![tenant], read)
}

/// The provider of the tenant that owns this domain, whether or not it covers it.
pub fn by_domain(tx: &Tx, domain: &DomainName) -> Result<Option<Provider>, StoreError> {
    tx.one(&BY_DOMAIN, params![domain.as_str()], read)
}

/// The sealed client secret, if there is one.
pub fn secret(tx: &Tx, tenant: TenantId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(tx.one(&SECRET, params![tenant], |row| Ok(row.opt_bytes(0)?.map(<[u8]>::to_vec)))?.flatten())
}

/// Names a tenant's provider.
pub fn insert(tx: &Tx, _: &Permit, provider: &Provider) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            provider.tenant,
            provider.issuer.as_str(),
            provider.client_id.as_str(),
            joined(&provider.domains),
            provider.enabled,
            provider.created_at,
            provider.updated_at,
            provider.version
        ],
    )
    .map(|_| ())
}

/// Changes a tenant's provider, where the version is still the one that was read; false otherwise.
pub fn save(tx: &Tx, _: &Permit, provider: &Provider) -> Result<bool, StoreError> {
    let changed = tx.exec(
        &SAVE,
        params![
            provider.tenant,
            provider.issuer.as_str(),
            provider.client_id.as_str(),
            joined(&provider.domains),
            provider.enabled,
            provider.updated_at,
            provider.version
        ],
    )?;
    Ok(changed == 1)
}

/// Replaces the sealed client secret; none takes it away.
pub fn set_secret(tx: &Tx, _: &Permit, tenant: TenantId, sealed: Option<&[u8]>) -> Result<(), StoreError> {
    tx.exec(&SET_SECRET, params![tenant, sealed]).map(|_| ())
}

/// Removes a tenant's provider with all its links and the sign-ins under way; false when there was none.
pub fn delete(tx: &Tx, permit: &Permit, tenant: TenantId) -> Result<bool, StoreError> {
    unlink_all(tx, permit, tenant)?;
    forget(tx, permit, tenant)?;
    Ok(tx.exec(&DELETE, params![tenant])? == 1)
}

/// Ends all links of a tenant.
pub fn unlink_all(tx: &Tx, _: &Permit, tenant: TenantId) -> Result<u64, StoreError> {
    tx.exec(&UNLINK_ALL, params![tenant])
}

/// Ends the sign-ins of a tenant that are under way.
pub fn forget(tx: &Tx, _: &Permit, tenant: TenantId) -> Result<u64, StoreError> {
    tx.exec(&FORGET, params![tenant])
}

/// The person a subject is linked to.
pub fn linked(tx: &Tx, tenant: TenantId, issuer: &Issuer, subject: &str) -> Result<Option<UserId>, StoreError> {
    tx.one(&LINKED, params![tenant, issuer.as_str(), subject], |row| row.id(0))
}

/// Whether a person is linked to any subject of the issuer.
pub fn is_linked(tx: &Tx, tenant: TenantId, issuer: &Issuer, person: UserId) -> Result<bool, StoreError> {
    Ok(tx.one(&LINK_OF, params![tenant, issuer.as_str(), person], |row| row.int(0))?.is_some())
}

/// How many people are linked.
pub fn count_links(tx: &Tx, tenant: TenantId, issuer: &Issuer) -> Result<i64, StoreError> {
    Ok(tx.one(&COUNT_LINKS, params![tenant, issuer.as_str()], |row| row.int(0))?.unwrap_or(0))
}

/// Links a subject to a person.
///
/// # Errors
/// A unique violation when either is linked already.
pub fn link(
    tx: &Tx,
    _: &Permit,
    (tenant, issuer, subject): (TenantId, &Issuer, &str),
    person: UserId,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.exec(&LINK, params![tenant, issuer.as_str(), subject, person, at]).map(|_| ())
}

/// How the tenant's global administrators can sign in.
pub fn ways_in(tx: &Tx, tenant: TenantId, issuer: &Issuer) -> Result<WaysIn, StoreError> {
    let (one, other) = (PartnerRole::GlobalAdmin.code(), GLOBAL_ADMINISTRATOR.to_string());
    let passwords = tx.one(&PASSWORDS, params![tenant, one, other], |row| row.int(0))?.unwrap_or(0);
    let links = tx.one(&LINKS, params![tenant, one, other, issuer.as_str()], |row| row.int(0))?.unwrap_or(0);
    Ok(WaysIn { passwords, links })
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The tenant whose provider was asked.
    pub tenant: TenantId,
    /// Where the person wanted to go.
    pub return_path: String,
    /// What the provider has to repeat in its token.
    pub nonce: String,
    /// What proves to the provider that it is us who come back, sealed.
    pub verifier: Vec<u8>,
    /// The version of the provider that was asked.
    pub provider_version: i64,
    /// When it is over.
    pub expires_at: Timestamp,
    /// Whether the provider was asked to ask the person anew.
    pub fresh: bool,
}

/// Notes that a sign-in is under way, for one browser at one portal.
pub fn begin(
    tx: &Tx,
    _: &Permit,
    (state_hash, browser_hash, audience): (&[u8; 32], &[u8; 32], &str),
    request: &Request,
) -> Result<(), StoreError> {
    tx.exec(
        &BEGIN,
        params![
            state_hash,
            browser_hash,
            request.tenant,
            audience,
            request.return_path,
            request.nonce,
            request.verifier,
            request.provider_version,
            request.expires_at,
            request.fresh
        ],
    )
    .map(|_| ())
}

/// Takes the sign-in that this browser began at this portal; it cannot be taken again.
pub fn take(
    tx: &Tx,
    _: &Permit,
    (state_hash, browser_hash, audience): (&[u8; 32], &[u8; 32], &str),
) -> Result<Option<Request>, StoreError> {
    tx.one(&TAKE, params![state_hash, browser_hash, audience], |row| {
        Ok(Request {
            tenant: row.id(0)?,
            return_path: row.text(1)?.to_owned(),
            nonce: row.text(2)?.to_owned(),
            verifier: row.bytes(3)?.to_vec(),
            provider_version: row.int(4)?,
            expires_at: row.time(5)?,
            fresh: row.bool(6)?,
        })
    })
}

/// Removes what is over.
pub fn sweep(tx: &Tx, _: &Permit, now: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, params![now])
}

fn joined(domains: &[DomainName]) -> String {
    domains.iter().map(DomainName::as_str).collect::<Vec<_>>().join(" ")
}

fn read(row: &Row<'_>) -> Result<Provider, StoreError> {
    let broken =
        |column: &str, error: &dyn std::fmt::Display| StoreError::inconsistent("identity_provider", column, error);
    let domains: Result<Vec<DomainName>, _> = row.text(3)?.split_whitespace().map(str::parse).collect();
    Ok(Provider {
        tenant: row.id(0)?,
        // Whether plain http is allowed was decided when it was typed.
        issuer: Issuer::parse(row.text(1)?, true).map_err(|error| broken("issuer", &error))?,
        client_id: ClientText::parse(row.text(2)?).map_err(|error| broken("client_id", &error))?,
        domains: domains.map_err(|error| broken("domains", &error))?,
        enabled: row.bool(4)?,
        created_at: row.time(5)?,
        updated_at: row.time(6)?,
        version: row.int(7)?,
    })
}

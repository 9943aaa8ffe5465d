//! Organisations, their domains, and what makes one a partner.

use std::collections::HashMap;

use entente_domain::factor::Security;
use entente_domain::ids::TenantId;
use entente_domain::policy::Permit;
use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
use entente_domain::text::{DomainName, name_key, skeleton};
use entente_domain::time::Timestamp;

use crate::{Row, StoreError, Tx, params, statements};

statements! {
    /// One organisation.
    GET = "SELECT id, cloud, country, name, domain, language, organisation, created_at FROM tenant WHERE id = $1";
    /// The organisation that owns a verified domain.
    BY_DOMAIN = "SELECT t.id, t.cloud, t.country, t.name, t.domain, t.language, t.organisation, t.created_at
        FROM tenant_domain d JOIN tenant t ON t.id = d.tenant_id WHERE d.domain = $1";
    /// Everything, for the demo's summary; ordered by age.
    ALL_TENANTS = "SELECT id, cloud, country, name, domain, language, organisation, created_at FROM tenant
        ORDER BY created_at, id LIMIT $1";
    INSERT = "INSERT INTO tenant (id, cloud, country, name, name_key, domain, language, organisation, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    ADD_DOMAIN = "INSERT INTO tenant_domain (domain, tenant_id) VALUES ($1, $2)";
    NAMES = "SELECT id, name FROM tenant WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    DOMAINS = "SELECT domain FROM tenant_domain WHERE tenant_id = $1 ORDER BY domain";
    FOOTING = "SELECT p.standing, COALESCE(c.partner_second_factor, FALSE), h.second_factor_required, h.partner_second_factor,
            h.powerful_device_codes
        FROM tenant h
        LEFT JOIN partner p ON p.tenant_id = h.id LEFT JOIN tenant c ON c.id = $2 WHERE h.id = $1";
    STANDING = "SELECT standing FROM partner WHERE tenant_id = $1";
    PARTNER = "SELECT kind, number, provider_id, standing, since FROM partner WHERE tenant_id = $1";
    PARTNER_BY_NUMBER = "SELECT tenant_id FROM partner WHERE number = $1";
    LOCATIONS = "SELECT country FROM partner_location WHERE tenant_id = $1 ORDER BY position";
    /// The resellers an indirect provider transacts for.
    RESELLERS = "SELECT tenant_id FROM partner WHERE provider_id = $1 ORDER BY tenant_id LIMIT 200";
    LOOKALIKE = "SELECT tenant_id FROM partner WHERE name_skeleton = $1";
    INSERT_PARTNER = "INSERT INTO partner (tenant_id, kind, number, name_skeleton, provider_id, standing, since)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ADD_LOCATION = "INSERT INTO partner_location (tenant_id, position, country) VALUES ($1, $2, $3)";
    SET_STANDING = "UPDATE partner SET standing = $2 WHERE tenant_id = $1 AND standing <> $2";
    SECURITY = "SELECT second_factor_required, partner_second_factor, powerful_device_codes FROM tenant WHERE id = $1";
    SET_SECURITY = "UPDATE tenant SET second_factor_required = $2, partner_second_factor = $3, powerful_device_codes = $4 WHERE id = $1";
    ANY = "SELECT 1 FROM tenant LIMIT 1";
    ANY_PARTNER = "SELECT 1 FROM partner LIMIT 1";
}

/// The organisation, if there is one with this id.
pub fn get(tx: &Tx, id: TenantId) -> Result<Option<Tenant>, StoreError> {
    tx.one(&GET, params![id], read)
}

/// The organisation that owns this verified domain.
pub fn by_domain(tx: &Tx, domain: &DomainName) -> Result<Option<Tenant>, StoreError> {
    tx.one(&BY_DOMAIN, params![domain.as_str()], read)
}

/// The names of these organisations, a few statements for all of them.
pub fn names(tx: &Tx, ids: &[TenantId]) -> Result<HashMap<TenantId, String>, StoreError> {
    crate::sql::named(tx, &NAMES, ids)
}

/// The oldest `limit` organisations.
pub fn oldest(tx: &Tx, limit: i64) -> Result<Vec<Tenant>, StoreError> {
    tx.all(&ALL_TENANTS, params![limit], read)
}

/// Whether there is any organisation yet.
pub fn any(tx: &Tx) -> Result<bool, StoreError> {
    Ok(tx.one(&ANY, params![], |row| row.int(0))?.is_some())
}

/// Whether there is any partner yet.
pub fn any_partner(tx: &Tx) -> Result<bool, StoreError> {
    Ok(tx.one(&ANY_PARTNER, params![], |row| row.int(0))?.is_some())
}

/// Adds an organisation; its first domain counts as verified.
///
/// # Errors
/// A unique violation of `tenant_domain.domain` when the domain belongs to another organisation.
pub fn insert(tx: &Tx, _: &Permit, tenant: &Tenant) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            tenant.id,
            tenant.cloud.code(),
            tenant.country.as_str(),
            tenant.name.as_str(),
            name_key(tenant.name.as_str()),
            tenant.domain.as_str(),
            tenant.language.tag(),
            tenant.organisation,
            tenant.created_at
        ],
    )?;
    tx.exec(&ADD_DOMAIN, params![tenant.domain.as_str(), tenant.id])?;
    Ok(())
}

/// The domains an organisation has verified.
pub fn domains(tx: &Tx, id: TenantId) -> Result<Vec<DomainName>, StoreError> {
    tx.all(&DOMAINS, params![id], |row| parse("tenant_domain", "domain", row.text(0)?))
}

/// The organisation as a partner, if it is one.
pub fn partner(tx: &Tx, id: TenantId) -> Result<Option<Partner>, StoreError> {
    match get(tx, id)? {
        Some(tenant) => as_partner(tx, tenant),
        None => Ok(None),
    }
}

/// What acting for a customer rests on beside their relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footing {
    /// How the person's organisation stands as a partner, if it is one.
    pub partner: Option<Standing>,
    /// What it asks of its own people.
    pub home: Security,
    /// Whether the customer wants two factors of its partners' people.
    pub strong_wanted: bool,
}

/// What people of one organisation rest on when they act for another.
pub fn footing(tx: &Tx, home: TenantId, customer: TenantId) -> Result<Footing, StoreError> {
    let read = |row: &Row<'_>| {
        let partner = row.opt_text(0)?.map(|it| known("partner", "standing", it, Standing::parse)).transpose()?;
        Ok(Footing { partner, strong_wanted: row.bool(1)?, home: read_security(row, 2)? })
    };
    let nowhere = Footing { partner: None, home: Security::NOTHING, strong_wanted: false };
    Ok(tx.one(&FOOTING, params![home, customer], read)?.unwrap_or(nowhere))
}

/// How an organisation stands as a partner, if it is one.
pub fn standing(tx: &Tx, id: TenantId) -> Result<Option<Standing>, StoreError> {
    tx.one(&STANDING, params![id], |row| known("partner", "standing", row.text(0)?, Standing::parse))
}

/// What makes this organisation a partner, if it is one.
pub fn as_partner(tx: &Tx, tenant: Tenant) -> Result<Option<Partner>, StoreError> {
    let id = tenant.id;
    let partner = tx.one(&PARTNER, params![id], |row| {
        Ok((
            known("partner", "kind", row.text(0)?, PartnerKind::parse)?,
            row.text(1)?.to_owned(),
            row.opt_id(2)?,
            known("partner", "standing", row.text(3)?, Standing::parse)?,
            row.time(4)?,
        ))
    })?;
    let Some((kind, number, provider, standing, since)) = partner else { return Ok(None) };
    let locations = tx.all(&LOCATIONS, params![id], |row| parse("partner_location", "country", row.text(0)?))?;
    Ok(Some(Partner { tenant, kind, number, locations, provider, standing, since }))
}

/// The partner with this public number.
pub fn partner_by_number(tx: &Tx, number: &str) -> Result<Option<Partner>, StoreError> {
    match tx.one(&PARTNER_BY_NUMBER, params![number], |row| row.id(0))? {
        Some(id) => partner(tx, id),
        None => Ok(None),
    }
}

/// The resellers of an indirect provider, at most 200.
pub fn resellers(tx: &Tx, provider: TenantId) -> Result<Vec<Partner>, StoreError> {
    let ids: Vec<TenantId> = tx.all(&RESELLERS, params![provider], |row| row.id(0))?;
    let mut resellers = Vec::with_capacity(ids.len());
    for id in ids {
        resellers.extend(partner(tx, id)?);
    }
    Ok(resellers)
}

/// Whether an existing partner's name looks like this one to a reader (UTS 39; threat 31).
pub fn looks_like_a_partner(tx: &Tx, name: &str) -> Result<bool, StoreError> {
    Ok(tx.one(&LOOKALIKE, params![skeleton(name)], |row| row.id::<TenantId>(0))?.is_some())
}

/// Makes an organisation a partner.
///
/// # Errors
/// A unique violation of `partner.name_skeleton` when its name looks like another partner's, of `partner.number` when the number
/// is taken.
pub fn insert_partner(tx: &Tx, _: &Permit, partner: &Partner) -> Result<(), StoreError> {
    tx.exec(
        &INSERT_PARTNER,
        params![
            partner.tenant.id,
            partner.kind.code(),
            partner.number,
            skeleton(partner.tenant.name.as_str()),
            partner.provider,
            partner.standing.code(),
            partner.since
        ],
    )?;
    for (position, country) in (0_i64..).zip(&partner.locations) {
        tx.exec(&ADD_LOCATION, params![partner.tenant.id, position, country.as_str()])?;
    }
    Ok(())
}

/// Sets a partner's standing; false when it had that standing already.
pub fn set_standing(tx: &Tx, _: &Permit, id: TenantId, standing: Standing) -> Result<bool, StoreError> {
    Ok(tx.exec(&SET_STANDING, params![id, standing.code()])? == 1)
}

/// What an organisation asks of the people who sign in for it or act for it; nothing of an organisation that does not exist.
pub fn security(tx: &Tx, id: TenantId) -> Result<Security, StoreError> {
    Ok(tx.one(&SECURITY, params![id], |row| read_security(row, 0))?.unwrap_or(Security::NOTHING))
}

fn read_security(row: &Row<'_>, at: usize) -> Result<Security, StoreError> {
    Ok(Security { required: row.bool(at)?, partners: row.bool(at + 1)?, device_codes: row.bool(at + 2)? })
}

/// Replaces it.
pub fn set_security(tx: &Tx, _: &Permit, id: TenantId, security: Security) -> Result<(), StoreError> {
    tx.exec(&SET_SECURITY, params![id, security.required, security.partners, security.device_codes]).map(|_| ())
}

fn read(row: &Row<'_>) -> Result<Tenant, StoreError> {
    let created_at: Timestamp = row.time(7)?;
    Ok(Tenant {
        id: row.id(0)?,
        cloud: parse("tenant", "cloud", row.text(1)?)?,
        country: parse("tenant", "country", row.text(2)?)?,
        name: parse("tenant", "name", row.text(3)?)?,
        domain: parse("tenant", "domain", row.text(4)?)?,
        language: parse("tenant", "language", row.text(5)?)?,
        organisation: row.bool(6)?,
        created_at,
    })
}

/// Reads a stored text back into the domain type that once accepted it.
pub(crate) fn parse<T>(table: &'static str, column: &str, text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| StoreError::inconsistent(table, column, error))
}

/// The same for an optional column.
pub(crate) fn parse_opt<T>(table: &'static str, column: &str, text: Option<&str>) -> Result<Option<T>, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.map(|text| parse(table, column, text)).transpose()
}

/// Reads a stored code back into its enum.
pub(crate) fn known<T>(
    table: &'static str,
    column: &str,
    code: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(code).ok_or_else(|| StoreError::inconsistent(table, column, "an unknown code"))
}

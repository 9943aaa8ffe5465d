//! The catalogue of services.

use entente_domain::cloud::Cloud;
use entente_domain::ids::{ApplicationId, GrantId, ServiceId};
use entente_domain::policy::Permit;
use entente_domain::service::{Health, Level, Service, Trouble};

use crate::tenant::{known, parse, parse_opt};
use crate::{Row, StoreError, Tx, params, statements};

macro_rules! service {
    ($rest:literal) => {
        concat!(
            "SELECT id, cloud, name, application_id, portal_url, logout_url, events_url, created_at, health, health_since,
                health_en, health_zh, version FROM service ",
            $rest
        )
    };
}

statements! {
    GET = service!("WHERE id = $1");
    OF_CLOUD = service!("WHERE cloud = $1 ORDER BY name LIMIT 200");
    OF_APPLICATION = service!("WHERE application_id = $1");
    OF_GRANT = service!("WHERE id IN (SELECT service_id FROM grant_service WHERE grant_id = $1) ORDER BY id LIMIT 200");
    NAMED = service!("WHERE cloud = $1 AND name = $2");
    /// Goes through a cloud's services, of which there are at most 200.
    TROUBLED = service!("WHERE cloud = $1 AND health <> 'healthy' ORDER BY name LIMIT 200");
    INSERT = "INSERT INTO service (id, cloud, name, application_id, portal_url, logout_url, events_url, events_token, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SAVE_HEALTH = "UPDATE service SET health = $3, health_since = $4, health_en = $5, health_zh = $6, version = version + 1
        WHERE id = $1 AND version = $2";
    EVENTS_TOKEN = "SELECT events_token FROM service WHERE id = $1";
    ROLES = "SELECT role FROM service_role WHERE service_id = $1 ORDER BY role";
    ADD_ROLE = "INSERT INTO service_role (service_id, role) VALUES ($1, $2)";
}

/// The service with this id.
pub fn get(tx: &Tx, id: ServiceId) -> Result<Option<Service>, StoreError> {
    filled(tx, tx.one(&GET, params![id], read)?)
}

/// The services of a cloud by name, at most 200.
pub fn of_cloud(tx: &Tx, cloud: Cloud) -> Result<Vec<Service>, StoreError> {
    let found = tx.all(&OF_CLOUD, params![cloud.code()], read)?;
    found.into_iter().map(|it| fill(tx, it)).collect()
}

/// The service an application is the relying party of.
pub fn of_application(tx: &Tx, id: ApplicationId) -> Result<Option<Service>, StoreError> {
    filled(tx, tx.one(&OF_APPLICATION, params![id], read)?)
}

/// The services that tokens of a grant were for besides its own application's; without their roles, as of [`troubled`].
pub fn of_grant(tx: &Tx, id: GrantId) -> Result<Vec<Service>, StoreError> {
    tx.all(&OF_GRANT, params![id], read)
}

/// The service of a cloud with this name.
pub fn named(tx: &Tx, cloud: Cloud, name: &str) -> Result<Option<Service>, StoreError> {
    filled(tx, tx.one(&NAMED, params![cloud.code(), name], read)?)
}

/// The services of a cloud that are not healthy, by name, at most 200; without their roles, which whoever asks does not need.
pub fn troubled(tx: &Tx, cloud: Cloud) -> Result<Vec<Service>, StoreError> {
    tx.all(&TROUBLED, params![cloud.code()], read)
}

/// Writes down how a service does; `false` when somebody did since it was read.
pub fn save_health(tx: &Tx, _: &Permit, it: &Service) -> Result<bool, StoreError> {
    let trouble = it.health.trouble();
    let written = tx.exec(
        &SAVE_HEALTH,
        params![
            it.id,
            it.version,
            it.health.level().code(),
            it.health.since(),
            trouble.map(|it| it.english.as_str()),
            trouble.and_then(|it| it.chinese.as_ref()).map(AsRef::as_ref)
        ],
    )?;
    Ok(written == 1)
}

/// Adds a service; `events_token` is sealed.
///
/// # Errors
/// A unique violation of `service.cloud, service.name` when the name is taken.
pub fn insert(tx: &Tx, _: &Permit, it: &Service, events_token: Option<&[u8]>) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            it.id,
            it.cloud.code(),
            it.name,
            it.application,
            it.portal_url,
            it.logout_url,
            it.events_url,
            events_token,
            it.created_at
        ],
    )?;
    for role in &it.roles {
        tx.exec(&ADD_ROLE, params![it.id, *role])?;
    }
    Ok(())
}

/// What the service expects with its security events, sealed.
pub fn events_token(tx: &Tx, id: ServiceId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(tx.one(&EVENTS_TOKEN, params![id], |row| Ok(row.opt_bytes(0)?.map(<[u8]>::to_vec)))?.flatten())
}

fn filled(tx: &Tx, found: Option<Service>) -> Result<Option<Service>, StoreError> {
    found.map(|it| fill(tx, it)).transpose()
}

fn fill(tx: &Tx, mut it: Service) -> Result<Service, StoreError> {
    it.roles = tx.all(&ROLES, params![it.id], |row| row.id(0))?;
    Ok(it)
}

fn read(row: &Row<'_>) -> Result<Service, StoreError> {
    Ok(Service {
        id: row.id(0)?,
        cloud: parse("service", "cloud", row.text(1)?)?,
        name: row.text(2)?.to_owned(),
        application: row.id(3)?,
        portal_url: row.text(4)?.to_owned(),
        roles: Vec::new(),
        logout_url: row.opt_text(5)?.map(ToOwned::to_owned),
        events_url: row.opt_text(6)?.map(ToOwned::to_owned),
        created_at: row.time(7)?,
        health: health(row)?,
        version: row.int(12)?,
    })
}

fn health(row: &Row<'_>) -> Result<Health, StoreError> {
    let level = known("service", "health", row.text(8)?, Level::parse)?;
    let since = row.opt_time(9)?.map_or_else(|| row.time(7), Ok)?;
    let Some(extent) = level.extent() else { return Ok(Health::Healthy { since }) };
    let english = parse("service", "health_en", row.opt_text(10)?.unwrap_or_default())?;
    let chinese = parse_opt("service", "health_zh", row.opt_text(11)?)?;
    Ok(Health::Troubled(Trouble { extent, since, english, chinese }))
}

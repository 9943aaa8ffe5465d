//! The catalogue of services.

use entente_domain::cloud::Cloud;
use entente_domain::ids::{ApplicationId, ServiceId};
use entente_domain::policy::Permit;
use entente_domain::service::Service;

use crate::tenant::parse;
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, cloud, name, application_id, portal_url, logout_url, events_url, created_at FROM service WHERE id = $1";
    OF_CLOUD = "SELECT id, cloud, name, application_id, portal_url, logout_url, events_url, created_at FROM service
        WHERE cloud = $1 ORDER BY name LIMIT 200";
    OF_APPLICATION = "SELECT id, cloud, name, application_id, portal_url, logout_url, events_url, created_at FROM service
        WHERE application_id = $1";
    INSERT = "INSERT INTO service (id, cloud, name, application_id, portal_url, logout_url, events_url, events_token, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
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
    })
}

//! Applications and their credentials.

use entente_domain::application::{Application, Credential, CredentialKind, Signature};
use entente_domain::directory::PartnerRole;
use entente_domain::ids::{ApplicationId, CredentialId, Id, TenantId};
use entente_domain::policy::Permit;
use entente_domain::text::name_key;
use entente_domain::time::Timestamp;

use crate::tenant::{known, parse};
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, tenant_id, name, confidential, algorithm, device_code, identifier, enabled, created_at, version
        FROM application WHERE id = $1";
    BY_IDENTIFIER = "SELECT id, tenant_id, name, confidential, algorithm, device_code, identifier, enabled, created_at, version
        FROM application WHERE identifier = $1";
    OF_TENANT = "SELECT id, tenant_id, name, confidential, algorithm, device_code, identifier, enabled, created_at, version
        FROM application WHERE tenant_id = $1 ORDER BY name_key, id LIMIT 500";
    INSERT = "INSERT INTO application (id, tenant_id, name, name_key, confidential, algorithm, device_code, identifier, enabled,
            created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    SAVE = "UPDATE application SET name = $3, name_key = $4, algorithm = $5, device_code = $6, enabled = $7, version = version + 1
        WHERE id = $1 AND version = $2";
    /// Put in order by whoever reads it: every request of a program asks this, and sorting so few rows is a third of it in SQLite.
    REDIRECTS_AND_ROLES = "SELECT 0, position, uri FROM application_redirect WHERE application_id = $1
        UNION ALL SELECT 1, 0, role FROM application_role WHERE application_id = $1";
    CLEAR_REDIRECTS = "DELETE FROM application_redirect WHERE application_id = $1";
    ADD_REDIRECT = "INSERT INTO application_redirect (application_id, position, uri) VALUES ($1, $2, $3)";
    CLEAR_ROLES = "DELETE FROM application_role WHERE application_id = $1";
    ADD_ROLE = "INSERT INTO application_role (application_id, role) VALUES ($1, $2)";
    CREDENTIALS = "SELECT id, application_id, kind, label, hint, created_at, expires_at, used_at, disabled_at, hash, jwk
        FROM application_credential WHERE application_id = $1 ORDER BY created_at, id LIMIT 50";
    ADD_CREDENTIAL = "INSERT INTO application_credential (id, application_id, kind, label, hint, hash, jwk, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    REMOVE_CREDENTIAL = "DELETE FROM application_credential WHERE id = $1 AND application_id = $2";
    USED = "UPDATE application_credential SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)";
    END_CREDENTIALS = "UPDATE application_credential SET expires_at = $2 WHERE application_id = $1 AND expires_at > $2";
    /// Those of the operator's applications, which have no organisation, are left alone.
    IDLE = "SELECT id, application_id, kind, label, hint, created_at, expires_at, used_at, disabled_at FROM application_credential c
        WHERE disabled_at IS NULL AND created_at <= $1 AND (used_at IS NULL OR used_at <= $1) AND expires_at > $2
            AND EXISTS (SELECT 1 FROM application a WHERE a.id = c.application_id AND a.tenant_id IS NOT NULL)
        ORDER BY created_at LIMIT $3";
    DISABLE_CREDENTIAL = "UPDATE application_credential SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL";
    SEE_ASSERTION = "INSERT INTO assertion_seen (application_id, assertion, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (application_id, assertion) DO NOTHING";
    SWEEP_ASSERTIONS = "DELETE FROM assertion_seen WHERE expires_at <= $1";
}

/// What a credential is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The hash of a secret.
    Hash(Vec<u8>),
    /// A public key as a JSON Web Key (RFC 7517).
    Key(String),
}

/// The application with this id.
pub fn get(tx: &Tx, id: ApplicationId) -> Result<Option<Application>, StoreError> {
    filled(tx, tx.one(&GET, params![id], read)?)
}

/// The application that goes by this identifier.
pub fn by_identifier(tx: &Tx, identifier: &str) -> Result<Option<Application>, StoreError> {
    filled(tx, tx.one(&BY_IDENTIFIER, params![identifier], read)?)
}

/// The applications of an organisation by name, at most 500.
pub fn of_tenant(tx: &Tx, tenant: TenantId) -> Result<Vec<Application>, StoreError> {
    let found = tx.all(&OF_TENANT, params![tenant], read)?;
    found.into_iter().map(|it| fill(tx, it)).collect()
}

/// Registers an application.
///
/// # Errors
/// A unique violation of `application.identifier` when the identifier is taken.
pub fn insert(tx: &Tx, _: &Permit, it: &Application) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            it.id,
            it.owner,
            it.name.as_str(),
            name_key(it.name.as_str()),
            it.confidential,
            it.algorithm.code(),
            it.device_code,
            it.identifier,
            it.enabled,
            it.created_at,
            it.version
        ],
    )?;
    write_lists(tx, it)
}

/// Writes a changed application; false when somebody else changed it first. What kind it is stays.
pub fn save(tx: &Tx, _: &Permit, it: &Application) -> Result<bool, StoreError> {
    let written = tx.exec(
        &SAVE,
        params![
            it.id,
            it.version,
            it.name.as_str(),
            name_key(it.name.as_str()),
            it.algorithm.code(),
            it.device_code,
            it.enabled
        ],
    )?;
    if written == 0 {
        return Ok(false);
    }
    tx.exec(&CLEAR_REDIRECTS, params![it.id])?;
    tx.exec(&CLEAR_ROLES, params![it.id])?;
    write_lists(tx, it)?;
    Ok(true)
}

/// The credentials of an application with what each is checked against, oldest first.
pub fn credentials(tx: &Tx, id: ApplicationId) -> Result<Vec<(Credential, Check)>, StoreError> {
    tx.all(&CREDENTIALS, params![id], |row| {
        let check = match (row.opt_bytes(9)?, row.opt_text(10)?) {
            (Some(hash), None) => Check::Hash(hash.to_vec()),
            (None, Some(jwk)) => Check::Key(jwk.to_owned()),
            _ => {
                return Err(StoreError::inconsistent(
                    "application_credential",
                    "hash",
                    "neither hash nor key, or both",
                ));
            }
        };
        Ok((read_credential(row)?, check))
    })
}

/// Adds a credential.
pub fn add_credential(tx: &Tx, _: &Permit, it: &Credential, check: &Check) -> Result<(), StoreError> {
    let (hash, jwk) = match check {
        Check::Hash(hash) => (Some(hash), None),
        Check::Key(jwk) => (None, Some(jwk)),
    };
    tx.exec(
        &ADD_CREDENTIAL,
        params![it.id, it.application, it.kind.code(), it.label, it.hint, hash, jwk, it.created_at, it.expires_at],
    )
    .map(|_| ())
}

/// Takes a credential away; false when the application has no such credential.
pub fn remove_credential(
    tx: &Tx,
    _: &Permit,
    application: ApplicationId,
    id: CredentialId,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&REMOVE_CREDENTIAL, params![id, application])? == 1)
}

/// Lets no credential of an application be good for longer than until then.
pub fn end_credentials(tx: &Tx, _: &Permit, application: ApplicationId, until: Timestamp) -> Result<(), StoreError> {
    tx.exec(&END_CREDENTIALS, params![application, until]).map(|_| ())
}

/// Notes that a credential was used.
pub fn credential_used(tx: &Tx, id: CredentialId, at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&USED, params![id, at]).map(|_| ())
}

/// Up to `limit` credentials of partners' applications that nobody used since then and whose own end has not come at `now`.
pub fn idle_credentials(tx: &Tx, since: Timestamp, now: Timestamp, limit: i64) -> Result<Vec<Credential>, StoreError> {
    tx.all(&IDLE, params![since, now, limit], read_credential)
}

/// Switches a credential off; false when it is off already.
pub fn disable_credential(tx: &Tx, _: &Permit, id: CredentialId, at: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.exec(&DISABLE_CREDENTIAL, params![id, at])? == 1)
}

/// Keeps an assertion from being accepted again; false when it was accepted before.
pub fn see_assertion(
    tx: &Tx,
    application: ApplicationId,
    assertion: &[u8; 32],
    until: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&SEE_ASSERTION, params![application, assertion, until])? == 1)
}

/// Forgets assertions that are too old to be accepted.
pub fn sweep_assertions(tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&SWEEP_ASSERTIONS, params![now])
}

fn write_lists(tx: &Tx, it: &Application) -> Result<(), StoreError> {
    for (position, uri) in (0_i64..).zip(&it.redirects) {
        tx.exec(&ADD_REDIRECT, params![it.id, position, uri.as_str()])?;
    }
    for role in &it.roles {
        tx.exec(&ADD_ROLE, params![it.id, role.code()])?;
    }
    Ok(())
}

fn filled(tx: &Tx, found: Option<Application>) -> Result<Option<Application>, StoreError> {
    found.map(|it| fill(tx, it)).transpose()
}

fn fill(tx: &Tx, mut it: Application) -> Result<Application, StoreError> {
    let mut redirects = Vec::new();
    tx.each(&REDIRECTS_AND_ROLES, params![it.id], |row| {
        let text = row.text(2)?;
        match row.int(0)? {
            0 => redirects.push((row.int(1)?, parse("application_redirect", "uri", text)?)),
            _ => it.roles.push(known("application_role", "role", text, PartnerRole::parse)?),
        }
        Ok(())
    })?;
    redirects.sort_unstable_by_key(|(position, _)| *position);
    it.redirects = redirects.into_iter().map(|(_, uri)| uri).collect();
    it.roles.sort_unstable_by_key(|role| role.code());
    Ok(it)
}

fn read(row: &Row<'_>) -> Result<Application, StoreError> {
    Ok(Application {
        id: row.id(0)?,
        owner: row.opt_id(1)?,
        name: parse("application", "name", row.text(2)?)?,
        confidential: row.bool(3)?,
        redirects: Vec::new(),
        roles: Vec::new(),
        algorithm: known("application", "algorithm", row.text(4)?, Signature::parse)?,
        device_code: row.bool(5)?,
        identifier: row.opt_text(6)?.map(ToOwned::to_owned),
        enabled: row.bool(7)?,
        created_at: row.time(8)?,
        version: row.int(9)?,
    })
}

fn read_credential(row: &Row<'_>) -> Result<Credential, StoreError> {
    Ok(Credential {
        id: row.id(0)?,
        application: row.id(1)?,
        kind: known("application_credential", "kind", row.text(2)?, CredentialKind::parse)?,
        label: row.text(3)?.to_owned(),
        hint: row.text(4)?.to_owned(),
        created_at: row.time(5)?,
        expires_at: row.time(6)?,
        used_at: row.opt_time(7)?,
        disabled_at: row.opt_time(8)?,
    })
}

/// No organisation or person: the nil id, where a key column stands for all.
pub(crate) fn nil<I: Id>() -> I {
    I::from_uuid(uuid::Uuid::nil())
}

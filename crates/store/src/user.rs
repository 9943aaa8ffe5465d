//! The records of a customer's users: what [`crate::directory`] leaves out, deleted ones included.

use entente_domain::directory::Person;
use entente_domain::ids::{TenantId, UserId};
use entente_domain::language::Language;
use entente_domain::market::CountryCode;
use entente_domain::policy::Permit;
use entente_domain::text::name_key;
use entente_domain::time::Timestamp;
use entente_domain::user::{Details, Standing, User};

use crate::directory::{self, nobody};
use crate::tenant::parse_opt;
use crate::{Row, StoreError, Tx, params, statements};

/// The columns of a record; the first seven are those of a person.
macro_rules! record {
    ($rest:literal) => {
        concat!(
            "SELECT id, tenant_id, upn, name, mail, language, enabled, given_name, family_name, usage_location, phone, department,
            job_title, must_change_password, created_at, signed_in_at, deleted_at, version FROM person ",
            $rest
        )
    };
}

statements! {
    GET = record!("WHERE id = $1 AND purged_at IS NULL");
    LIVING = record!("WHERE tenant_id = $1 AND deleted_at IS NULL
        AND (name_key, id) > ($2, $3) AND name_key < $4 ORDER BY name_key, id LIMIT $5");
    ACTIVE = record!("WHERE tenant_id = $1 AND deleted_at IS NULL AND enabled
        AND (name_key, id) > ($2, $3) AND name_key < $4 ORDER BY name_key, id LIMIT $5");
    BLOCKED = record!("WHERE tenant_id = $1 AND deleted_at IS NULL AND NOT enabled
        AND (name_key, id) > ($2, $3) AND name_key < $4 ORDER BY name_key, id LIMIT $5");
    DELETED = record!("WHERE tenant_id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL AND deleted_at > $6
        AND (name_key, id) > ($2, $3) AND name_key < $4 ORDER BY name_key, id LIMIT $5");
    /// By sign-in name, of those whose name does not begin with the same: these stand on the pages before.
    LIVING_LOGIN = record!("WHERE tenant_id = $1 AND deleted_at IS NULL AND (name_key < $6 OR name_key >= $4)
        AND (upn_key, id) > ($2, $3) AND upn_key < $4 ORDER BY upn_key, id LIMIT $5");
    ACTIVE_LOGIN = record!("WHERE tenant_id = $1 AND deleted_at IS NULL AND enabled AND (name_key < $6 OR name_key >= $4)
        AND (upn_key, id) > ($2, $3) AND upn_key < $4 ORDER BY upn_key, id LIMIT $5");
    BLOCKED_LOGIN = record!("WHERE tenant_id = $1 AND deleted_at IS NULL AND NOT enabled
        AND (name_key < $6 OR name_key >= $4) AND (upn_key, id) > ($2, $3) AND upn_key < $4 ORDER BY upn_key, id LIMIT $5");
    DELETED_LOGIN = record!("WHERE tenant_id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL AND deleted_at > $7
        AND (name_key < $6 OR name_key >= $4) AND (upn_key, id) > ($2, $3) AND upn_key < $4 ORDER BY upn_key, id LIMIT $5");
    TAKEN = "SELECT id FROM person WHERE upn_key = $1";
    INSERT = "INSERT INTO person (id, tenant_id, upn, upn_key, name, name_key, mail, language, enabled, password_hash, created_at,
            given_name, family_name, usage_location, phone, department, job_title, must_change_password)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    SAVE = "UPDATE person SET name = $3, name_key = $4, mail = $5, given_name = $6, family_name = $7, usage_location = $8, phone = $9,
            department = $10, job_title = $11, version = version + 1
        WHERE id = $1 AND version = $2 AND deleted_at IS NULL";
    DELETE = "UPDATE person SET deleted_at = $2, upn_key = $3, version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
    RESTORE = "UPDATE person SET deleted_at = NULL, upn_key = $2, version = version + 1
        WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL";
    LEAVE_GROUPS = "DELETE FROM security_group_member WHERE person_id = $1";
    UNLINK = "DELETE FROM identity_link WHERE person_id = $1";
    TO_PURGE = record!("WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND deleted_at <= $1 ORDER BY deleted_at, id LIMIT $2");
    /// The name stays, for the records of what they did.
    PURGE = "UPDATE person SET purged_at = $2, upn = $3, mail = $3, upn_key = $3, password_hash = NULL, language = NULL,
            given_name = NULL, family_name = NULL, usage_location = NULL, phone = NULL, department = NULL, job_title = NULL
        WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL";
}

/// Which users to list.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// Only those who stand like this; none lists all who are not deleted.
    pub standing: Option<Standing>,
    /// Only those whose name or sign-in name begins with this, in the form of `name_key`.
    pub prefix: Option<&'a str>,
    /// Deleted users count as gone when they were deleted at or before this time.
    pub deleted_after: Timestamp,
}

/// Where the previous page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// What the list stands in the order of.
    pub by: By,
    /// The last name, or sign-in name, in that order's form.
    pub key: String,
    /// The last user.
    pub id: UserId,
}

/// What a list stands in the order of: a search lists those it finds by name first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The name.
    Name,
    /// The sign-in name.
    Login,
}

entente_domain::codes! {
    By { Name = "name", Login = "login" }
}

impl After {
    /// The place of a user in a list.
    pub fn user(by: By, user: &User) -> Self {
        let key = match by {
            By::Name => name_key(user.person.name.as_str()),
            By::Login => login_key(user),
        };
        Self { by, key, id: user.person.id }
    }
}

/// Up to `limit` users in the order of `by`, after the place given if it is one in that order.
pub fn page(
    tx: &Tx,
    tenant: TenantId,
    filter: &Filter<'_>,
    by: By,
    after: Option<&After>,
    limit: i64,
) -> Result<Vec<User>, StoreError> {
    let prefix = filter.prefix.unwrap_or_default();
    let end = format!("{prefix}\u{10ffff}");
    let (key, id) = after.filter(|it| it.by == by).map_or((prefix, nobody()), |it| (it.key.as_str(), it.id));
    let gone = filter.deleted_after;
    let users = match (by, filter.standing) {
        (By::Name, None) => tx.all(&LIVING, params![tenant, key, id, end, limit], read),
        (By::Name, Some(Standing::Active)) => tx.all(&ACTIVE, params![tenant, key, id, end, limit], read),
        (By::Name, Some(Standing::Blocked)) => tx.all(&BLOCKED, params![tenant, key, id, end, limit], read),
        (By::Name, Some(Standing::Deleted)) => tx.all(&DELETED, params![tenant, key, id, end, limit, gone], read),
        (By::Login, None) => tx.all(&LIVING_LOGIN, params![tenant, key, id, end, limit, prefix], read),
        (By::Login, Some(Standing::Active)) => {
            tx.all(&ACTIVE_LOGIN, params![tenant, key, id, end, limit, prefix], read)
        }
        (By::Login, Some(Standing::Blocked)) => {
            tx.all(&BLOCKED_LOGIN, params![tenant, key, id, end, limit, prefix], read)
        }
        (By::Login, Some(Standing::Deleted)) => {
            tx.all(&DELETED_LOGIN, params![tenant, key, id, end, limit, prefix, gone], read)
        }
    }?;
    users.into_iter().map(|user| with_roles(tx, user)).collect()
}

/// The record of somebody, deleted or not; none once it is purged.
pub fn get(tx: &Tx, id: UserId) -> Result<Option<User>, StoreError> {
    tx.one(&GET, params![id], read)?.map(|user| with_roles(tx, user)).transpose()
}

/// Who signs in with a name, in the form it is compared in.
pub fn holder(tx: &Tx, upn_key: &str) -> Result<Option<UserId>, StoreError> {
    tx.one(&TAKEN, params![upn_key], |row| row.id(0))
}

/// Adds a user without roles.
///
/// # Errors
/// A unique violation of `person.upn_key` when the sign-in name is taken.
pub fn insert(tx: &Tx, _: &Permit, user: &User, password_hash: &str) -> Result<(), StoreError> {
    let (person, known) = (&user.person, &user.details);
    tx.exec(
        &INSERT,
        params![
            person.id,
            person.tenant,
            person.upn.as_str(),
            person.upn.key(),
            known.name.as_str(),
            name_key(known.name.as_str()),
            known.mail.as_str(),
            person.language.map(Language::tag),
            person.enabled,
            password_hash,
            user.created_at,
            known.given_name.as_ref().map(AsRef::as_ref),
            known.family_name.as_ref().map(AsRef::as_ref),
            known.usage_location.as_ref().map(CountryCode::as_str),
            known.phone.as_ref().map(AsRef::as_ref),
            known.department.as_ref().map(AsRef::as_ref),
            known.job_title.as_ref().map(AsRef::as_ref),
            user.must_change_password
        ],
    )
    .map(|_| ())
}

/// Replaces what is known of a user; false when somebody else changed or deleted them first.
pub fn save(tx: &Tx, _: &Permit, id: UserId, version: i64, known: &Details) -> Result<bool, StoreError> {
    let changed = tx.exec(
        &SAVE,
        params![
            id,
            version,
            known.name.as_str(),
            name_key(known.name.as_str()),
            known.mail.as_str(),
            known.given_name.as_ref().map(AsRef::as_ref),
            known.family_name.as_ref().map(AsRef::as_ref),
            known.usage_location.as_ref().map(CountryCode::as_str),
            known.phone.as_ref().map(AsRef::as_ref),
            known.department.as_ref().map(AsRef::as_ref),
            known.job_title.as_ref().map(AsRef::as_ref)
        ],
    )?;
    if changed == 1 {
        crate::licence::rename(tx, id, &known.name)?;
    }
    Ok(changed == 1)
}

/// Deletes a user for now: the sign-in name is free, roles, groups and links to a provider are gone. False when they were deleted
/// already.
pub fn delete(tx: &Tx, permit: &Permit, user: &User, at: Timestamp) -> Result<bool, StoreError> {
    let gone = User { deleted_at: Some(at), ..user.clone() };
    if tx.exec(&DELETE, params![user.person.id, at, login_key(&gone)])? == 0 {
        return Ok(false);
    }
    let bare = Person { partner_roles: Vec::new(), directory_roles: Vec::new(), ..user.person.clone() };
    directory::save_roles(tx, permit, &bare)?;
    tx.exec(&LEAVE_GROUPS, params![user.person.id])?;
    tx.exec(&UNLINK, params![user.person.id])?;
    Ok(true)
}

/// Brings a deleted user back; false when they are back already.
///
/// # Errors
/// A unique violation of `person.upn_key` when the sign-in name is taken.
pub fn restore(tx: &Tx, _: &Permit, user: &User) -> Result<bool, StoreError> {
    Ok(tx.exec(&RESTORE, params![user.person.id, user.person.upn.key()])? == 1)
}

/// Up to `limit` users who were deleted at or before `until`, longest ago first.
pub fn to_purge(tx: &Tx, until: Timestamp, limit: i64) -> Result<Vec<User>, StoreError> {
    tx.all(&TO_PURGE, params![until, limit], read)
}

/// Forgets everything about a deleted user but the name that the records of what they did show; false when somebody else did.
pub fn purge(tx: &Tx, _: &Permit, id: UserId, at: Timestamp) -> Result<bool, StoreError> {
    // A name of RFC 2606 that no organisation can own.
    let nowhere = format!("{id}@purged.invalid");
    Ok(tx.exec(&PURGE, params![id, at, nowhere])? == 1)
}

/// What `upn_key` holds for a user. A deleted one's ends in a space and the id: it is found by its beginning and by nothing else.
fn login_key(user: &User) -> String {
    let key = user.person.upn.key();
    if user.deleted_at.is_some() { format!("{key} {}", user.person.id) } else { key }
}

fn with_roles(tx: &Tx, user: User) -> Result<User, StoreError> {
    Ok(User { person: directory::load_roles(tx, user.person)?, ..user })
}

fn read(row: &Row<'_>) -> Result<User, StoreError> {
    let person = directory::read(row)?;
    let details = Details {
        name: person.name.clone(),
        mail: person.mail.clone(),
        given_name: parse_opt("person", "given_name", row.opt_text(7)?)?,
        family_name: parse_opt("person", "family_name", row.opt_text(8)?)?,
        usage_location: parse_opt("person", "usage_location", row.opt_text(9)?)?,
        phone: parse_opt("person", "phone", row.opt_text(10)?)?,
        department: parse_opt("person", "department", row.opt_text(11)?)?,
        job_title: parse_opt("person", "job_title", row.opt_text(12)?)?,
    };
    Ok(User {
        person,
        details,
        must_change_password: row.bool(13)?,
        created_at: row.time(14)?,
        signed_in_at: row.opt_time(15)?,
        deleted_at: row.opt_time(16)?,
        version: row.int(17)?,
    })
}

//! People and groups of a tenant.

use std::collections::HashMap;

use entente_domain::directory::{Group, PartnerRole, Person};
use entente_domain::ids::{DirectoryRoleId, GroupId, TenantId, UserId};
use entente_domain::language::Language;
use entente_domain::policy::Permit;
use entente_domain::text::name_key;
use entente_domain::time::Timestamp;

use crate::tenant::{parse, parse_opt};
use crate::{Row, Sql, StoreError, Tx, Value, params, statements};

statements! {
    /// A row for each role: whoever asks anything begins here.
    GET = "SELECT p.id, p.tenant_id, p.upn, p.name, p.mail, p.language, p.enabled, r.role
        FROM person p LEFT JOIN person_role r ON r.person_id = p.id
        WHERE p.id = $1 AND p.deleted_at IS NULL ORDER BY r.role";
    BY_UPN = "SELECT p.id, p.tenant_id, p.upn, p.name, p.mail, p.language, p.enabled, r.role
        FROM person p LEFT JOIN person_role r ON r.person_id = p.id
        WHERE p.upn_key = $1 AND p.deleted_at IS NULL ORDER BY r.role";
    NAMES = "SELECT id, name FROM person WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    PASSWORD = "SELECT password_hash FROM person WHERE id = $1";
    ROLES = "SELECT role FROM person_role WHERE person_id = $1 ORDER BY role";
    PAGE = "SELECT id, tenant_id, upn, name, mail, language, enabled FROM person
        WHERE tenant_id = $1 AND deleted_at IS NULL AND (name_key, id) > ($2, $3) ORDER BY name_key, id LIMIT $4";
    HOLDERS = "SELECT p.id, p.tenant_id, p.upn, p.name, p.mail, p.language, p.enabled
        FROM person_role r JOIN person p ON p.id = r.person_id
        WHERE r.tenant_id = $1 AND r.role = $2 AND p.enabled ORDER BY r.person_id LIMIT $3";
    COUNT_HOLDERS = "SELECT COUNT(*) FROM person_role r JOIN person p ON p.id = r.person_id
        WHERE r.tenant_id = $1 AND r.role = $2 AND p.enabled";
    INSERT = "INSERT INTO person (id, tenant_id, upn, upn_key, name, name_key, mail, language, enabled, password_hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    CLEAR_ROLES = "DELETE FROM person_role WHERE person_id = $1";
    ADD_ROLE = "INSERT INTO person_role (tenant_id, role, person_id) VALUES ($1, $2, $3)";
    SET_ENABLED = "UPDATE person SET enabled = $2 WHERE id = $1 AND enabled <> $2";
    SET_PASSWORD = "UPDATE person SET password_hash = $2, must_change_password = $3 WHERE id = $1";
    SET_BY_ANOTHER = "SELECT must_change_password FROM person WHERE id = $1";
    SIGNED_IN = "UPDATE person SET signed_in_at = $2 WHERE id = $1";
    SET_LANGUAGE = "UPDATE person SET language = $2 WHERE id = $1";
    INSERT_GROUP = "INSERT INTO security_group (id, tenant_id, name) VALUES ($1, $2, $3)";
    ADD_MEMBER = "INSERT INTO security_group_member (group_id, person_id) VALUES ($1, $2)";
    REMOVE_MEMBER = "DELETE FROM security_group_member WHERE group_id = $1 AND person_id = $2";
    GROUPS_OF = "SELECT group_id FROM security_group_member WHERE person_id = $1 ORDER BY group_id LIMIT 5000";
    GROUPS = "SELECT id, tenant_id, name FROM security_group WHERE tenant_id = $1 ORDER BY name LIMIT 500";
}

/// The person with this id. Deleted people are nobody here: whatever somebody does or may do begins with this or [`by_upn`].
pub fn get(tx: &Tx, id: UserId) -> Result<Option<Person>, StoreError> {
    with_roles(tx, &GET, params![id])
}

/// The person who signs in with this name; compared without regard to case.
pub fn by_upn(tx: &Tx, upn_key: &str) -> Result<Option<Person>, StoreError> {
    with_roles(tx, &BY_UPN, params![upn_key])
}

/// The names of these people, also of deleted ones, a few statements for all of them.
pub fn names(tx: &Tx, ids: &[UserId]) -> Result<HashMap<UserId, String>, StoreError> {
    crate::sql::named(tx, &NAMES, ids)
}

/// The stored password hash, if the person has one.
pub fn password_hash(tx: &Tx, id: UserId) -> Result<Option<String>, StoreError> {
    Ok(tx.one(&PASSWORD, params![id], |row| Ok(row.opt_text(0)?.map(ToOwned::to_owned)))?.flatten())
}

/// Up to `limit` people by name, after the one given.
pub fn page(tx: &Tx, tenant: TenantId, after: Option<(&str, UserId)>, limit: i64) -> Result<Vec<Person>, StoreError> {
    let (name, id) = after.unwrap_or(("", nobody()));
    let people = tx.all(&PAGE, params![tenant, name, id, limit], read)?;
    people.into_iter().map(|person| load_roles(tx, person)).collect()
}

/// Up to `limit` enabled people holding a partner role, oldest first.
pub fn holders(tx: &Tx, tenant: TenantId, role: PartnerRole, limit: i64) -> Result<Vec<Person>, StoreError> {
    holders_of(tx, tenant, role.code(), limit)
}

/// Up to `limit` enabled people holding a directory role, oldest first.
pub fn directory_holders(
    tx: &Tx,
    tenant: TenantId,
    role: DirectoryRoleId,
    limit: i64,
) -> Result<Vec<Person>, StoreError> {
    holders_of(tx, tenant, &role.to_string(), limit)
}

/// How many enabled people hold a partner role.
pub fn count_holders(tx: &Tx, tenant: TenantId, role: PartnerRole) -> Result<i64, StoreError> {
    Ok(tx.one(&COUNT_HOLDERS, params![tenant, role.code()], |row| row.int(0))?.unwrap_or(0))
}

/// How many enabled people hold a directory role.
pub fn count_directory_holders(tx: &Tx, tenant: TenantId, role: DirectoryRoleId) -> Result<i64, StoreError> {
    Ok(tx.one(&COUNT_HOLDERS, params![tenant, role.to_string()], |row| row.int(0))?.unwrap_or(0))
}

/// Adds a person with their roles.
///
/// # Errors
/// A unique violation of `person.upn_key` when the sign-in name is taken.
pub fn insert(
    tx: &Tx,
    permit: &Permit,
    person: &Person,
    password_hash: Option<&str>,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            person.id,
            person.tenant,
            person.upn.as_str(),
            name_key(person.upn.as_str()),
            person.name.as_str(),
            name_key(person.name.as_str()),
            person.mail.as_str(),
            person.language.map(Language::tag),
            person.enabled,
            password_hash,
            at
        ],
    )?;
    save_roles(tx, permit, person)
}

/// Replaces the roles of a person by the ones the value holds.
pub fn save_roles(tx: &Tx, _: &Permit, person: &Person) -> Result<(), StoreError> {
    tx.exec(&CLEAR_ROLES, params![person.id])?;
    for role in &person.partner_roles {
        tx.exec(&ADD_ROLE, params![person.tenant, role.code(), person.id])?;
    }
    for role in &person.directory_roles {
        tx.exec(&ADD_ROLE, params![person.tenant, role.to_string(), person.id])?;
    }
    Ok(())
}

/// Blocks or unblocks a person; false when they were so already.
pub fn set_enabled(tx: &Tx, _: &Permit, id: UserId, enabled: bool) -> Result<bool, StoreError> {
    Ok(tx.exec(&SET_ENABLED, params![id, enabled])? == 1)
}

/// Replaces the password hash by that of one the person chose.
pub fn set_password(tx: &Tx, _: &Permit, id: UserId, hash: &str) -> Result<(), StoreError> {
    tx.exec(&SET_PASSWORD, params![id, hash, false]).map(|_| ())
}

/// Replaces the password hash by that of one somebody else knows: the person chooses their own when they sign in next.
pub fn set_first_password(tx: &Tx, _: &Permit, id: UserId, hash: &str) -> Result<(), StoreError> {
    tx.exec(&SET_PASSWORD, params![id, hash, true]).map(|_| ())
}

/// Whether the person's password is one that somebody else set.
pub fn password_set_by_another(tx: &Tx, id: UserId) -> Result<bool, StoreError> {
    Ok(tx.one(&SET_BY_ANOTHER, params![id], |row| row.bool(0))?.unwrap_or(false))
}

/// Notes that the person signed in.
pub fn signed_in(tx: &Tx, id: UserId, at: Timestamp) -> Result<(), StoreError> {
    tx.exec(&SIGNED_IN, params![id, at]).map(|_| ())
}

/// Stores the person's own choice of language.
pub fn set_language(tx: &Tx, _: &Permit, id: UserId, language: Option<Language>) -> Result<(), StoreError> {
    tx.exec(&SET_LANGUAGE, params![id, language.map(Language::tag)]).map(|_| ())
}

/// Adds a security group.
///
/// # Errors
/// A unique violation of `security_group.tenant_id, security_group.name` when the name is taken.
pub fn insert_group(tx: &Tx, _: &Permit, group: &Group) -> Result<(), StoreError> {
    tx.exec(&INSERT_GROUP, params![group.id, group.tenant, group.name]).map(|_| ())
}

/// Puts a person into a group.
pub fn add_member(tx: &Tx, _: &Permit, group: GroupId, person: UserId) -> Result<(), StoreError> {
    tx.exec(&ADD_MEMBER, params![group, person]).map(|_| ())
}

/// Takes a person out of a group.
pub fn remove_member(tx: &Tx, _: &Permit, group: GroupId, person: UserId) -> Result<(), StoreError> {
    tx.exec(&REMOVE_MEMBER, params![group, person]).map(|_| ())
}

/// The groups a person is a member of, sorted, at most 5,000.
pub fn groups_of(tx: &Tx, person: UserId) -> Result<Vec<GroupId>, StoreError> {
    tx.all(&GROUPS_OF, params![person], |row| row.id(0))
}

/// The groups of a tenant, at most 500.
pub fn groups(tx: &Tx, tenant: TenantId) -> Result<Vec<Group>, StoreError> {
    tx.all(&GROUPS, params![tenant], |row| {
        Ok(Group { id: row.id(0)?, tenant: row.id(1)?, name: row.text(2)?.to_owned() })
    })
}

fn holders_of(tx: &Tx, tenant: TenantId, role: &str, limit: i64) -> Result<Vec<Person>, StoreError> {
    let people = tx.all(&HOLDERS, params![tenant, role, limit], read)?;
    people.into_iter().map(|person| load_roles(tx, person)).collect()
}

/// Reads a person from a row that begins with the columns of `GET`.
pub(crate) fn read(row: &Row<'_>) -> Result<Person, StoreError> {
    Ok(Person {
        id: row.id(0)?,
        tenant: row.id(1)?,
        upn: parse("person", "upn", row.text(2)?)?,
        name: parse("person", "name", row.text(3)?)?,
        mail: parse("person", "mail", row.text(4)?)?,
        language: parse_opt("person", "language", row.opt_text(5)?)?,
        enabled: row.bool(6)?,
        partner_roles: Vec::new(),
        directory_roles: Vec::new(),
    })
}

fn with_roles(tx: &Tx, sql: &Sql, params: &[Value<'_>]) -> Result<Option<Person>, StoreError> {
    let mut found = None;
    tx.each(sql, params, |row| {
        let person = match &mut found {
            Some(person) => person,
            None => found.insert(read(row)?),
        };
        row.opt_text(7)?.map_or(Ok(()), |role| put_role(person, role))
    })?;
    Ok(found)
}

pub(crate) fn load_roles(tx: &Tx, mut person: Person) -> Result<Person, StoreError> {
    let id = person.id;
    tx.each(&ROLES, params![id], |row| put_role(&mut person, row.text(0)?))?;
    Ok(person)
}

fn put_role(person: &mut Person, role: &str) -> Result<(), StoreError> {
    match PartnerRole::parse(role) {
        Some(role) => person.partner_roles.push(role),
        None => person.directory_roles.push(parse("person_role", "role", role)?),
    }
    Ok(())
}

/// The smallest id: keyset pages start after it.
pub(crate) fn nobody() -> UserId {
    entente_domain::ids::Id::from_uuid(uuid::Uuid::nil())
}

//! Who holds a licence of what, and how many are in use.

use std::collections::HashMap;

use entente_domain::ids::{ServicePlanId, SkuId, TenantId, UserId};
use entente_domain::licence::Licence;
use entente_domain::policy::Permit;
use entente_domain::text::{PersonName, UserPrincipalName, name_key};
use entente_domain::time::Timestamp;
use entente_domain::user::User;

use crate::directory::nobody;
use crate::tenant::parse;
use crate::user::{After, By};
use crate::{Row, StoreError, Tx, params, statements};

/// The holders of a SKU, in the order [`holder`] takes their columns in.
macro_rules! holders {
    ($rest:literal) => {
        concat!(
            "SELECT l.person_id, p.name, p.upn, p.enabled, l.sku_id, l.excluded, l.since, l.name_key, l.upn_key
            FROM licence l JOIN person p ON p.id = l.person_id
            WHERE l.tenant_id = $1 AND l.sku_id = $2 AND l.freed_at IS NULL AND ",
            $rest
        )
    };
}

statements! {
    OF_PERSON = "SELECT sku_id, excluded, since FROM licence WHERE person_id = $1 AND freed_at IS NULL ORDER BY sku_id";
    /// What a deleted user held.
    FREED = "SELECT sku_id, excluded, since FROM licence WHERE person_id = $1 AND freed_at IS NOT NULL ORDER BY sku_id";
    OF_PEOPLE = "SELECT person_id, sku_id FROM licence WHERE freed_at IS NULL AND person_id
        IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ORDER BY person_id, sku_id";
    COUNTS = "SELECT sku_id, consumed FROM licence_count WHERE tenant_id = $1 ORDER BY sku_id LIMIT 1000";
    ADD_UP = "INSERT INTO licence_count (tenant_id, sku_id, consumed) VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, sku_id) DO UPDATE SET consumed = licence_count.consumed + $3";
    BY_NAME = holders!("(l.name_key, l.person_id) > ($3, $4) AND l.name_key < $5 ORDER BY l.name_key, l.person_id LIMIT $6");
    /// By sign-in name, of those whose name does not begin with the same: these stand on the pages before.
    BY_LOGIN = holders!("(l.name_key < $7 OR l.name_key >= $5)
        AND (l.upn_key, l.person_id) > ($3, $4) AND l.upn_key < $5 ORDER BY l.upn_key, l.person_id LIMIT $6");
    /// A row that another transaction wrote meanwhile makes PostgreSQL run this one again, where a plain INSERT would fail for good.
    INSERT = "INSERT INTO licence (tenant_id, sku_id, person_id, name_key, upn_key, excluded, since)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person_id, sku_id) DO NOTHING";
    SET_PLANS = "UPDATE licence SET excluded = $3 WHERE person_id = $1 AND sku_id = $2 AND freed_at IS NULL";
    DELETE = "DELETE FROM licence WHERE person_id = $1 AND sku_id = $2 AND freed_at IS NULL";
    RENAME = "UPDATE licence SET name_key = $2 WHERE person_id = $1";
    FREE = "UPDATE licence SET freed_at = $3 WHERE person_id = $1 AND sku_id = $2 AND freed_at IS NULL";
    TAKE_UP = "UPDATE licence SET freed_at = NULL WHERE person_id = $1 AND sku_id = $2 AND freed_at IS NOT NULL";
    FORGET = "DELETE FROM licence WHERE person_id = $1 AND freed_at IS NOT NULL";
}

/// Somebody who holds a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub id: UserId,
    /// How others see them.
    pub name: PersonName,
    /// What they sign in with.
    pub upn: UserPrincipalName,
    /// Whether they may sign in.
    pub enabled: bool,
    /// What they hold.
    pub licence: Licence,
    keys: (String, String),
}

impl Holder {
    /// Their place in a list.
    pub fn place(&self, by: By) -> After {
        let key = match by {
            By::Name => &self.keys.0,
            By::Login => &self.keys.1,
        };
        After { by, key: key.clone(), id: self.id }
    }
}

/// What somebody holds, by SKU.
pub fn of_person(tx: &Tx, person: UserId) -> Result<Vec<Licence>, StoreError> {
    tx.all(&OF_PERSON, params![person], |row| licence(row, 0))
}

/// What somebody held when they were deleted, by SKU.
pub fn freed(tx: &Tx, person: UserId) -> Result<Vec<Licence>, StoreError> {
    tx.all(&FREED, params![person], |row| licence(row, 0))
}

/// The SKUs these people hold, a few statements for all of them.
pub fn of_people(tx: &Tx, people: &[UserId]) -> Result<HashMap<UserId, Vec<SkuId>>, StoreError> {
    let mut held: HashMap<UserId, Vec<SkuId>> = HashMap::with_capacity(people.len());
    crate::sql::each_of(tx, &OF_PEOPLE, people, |row| {
        held.entry(row.id(0)?).or_default().push(row.id(1)?);
        Ok(())
    })?;
    Ok(held)
}

/// How many licences of each SKU are in use at a customer, at most 1,000 SKUs.
pub fn counts(tx: &Tx, tenant: TenantId) -> Result<Vec<(SkuId, i64)>, StoreError> {
    tx.all(&COUNTS, params![tenant], |row| Ok((row.id(0)?, row.int(1)?)))
}

/// Up to `limit` who hold a SKU and whose name or sign-in name begins with `prefix`, in the order of `by`, after the place given if it
/// is one in that order.
pub fn holders(
    tx: &Tx,
    tenant: TenantId,
    sku: SkuId,
    prefix: &str,
    by: By,
    after: Option<&After>,
    limit: i64,
) -> Result<Vec<Holder>, StoreError> {
    let end = format!("{prefix}\u{10ffff}");
    let (key, id) = after.filter(|it| it.by == by).map_or((prefix, nobody()), |it| (it.key.as_str(), it.id));
    match by {
        By::Name => tx.all(&BY_NAME, params![tenant, sku, key, id, end, limit], holder),
        By::Login => tx.all(&BY_LOGIN, params![tenant, sku, key, id, end, limit, prefix], holder),
    }
}

/// Gives somebody a licence they do not hold.
pub fn insert(tx: &Tx, _: &Permit, user: &User, licence: &Licence) -> Result<(), StoreError> {
    let person = &user.person;
    let inserted = tx.exec(
        &INSERT,
        params![
            person.tenant,
            licence.sku,
            person.id,
            name_key(person.name.as_str()),
            person.upn.key(),
            list(&licence.excluded),
            licence.since
        ],
    )?;
    if inserted == 0 {
        return Err(StoreError::inconsistent(
            "licence",
            "freed_at",
            "what a living user held is kept beside what they hold",
        ));
    }
    add_up(tx, person.tenant, licence.sku, 1)
}

/// Switches off these service plans and no others.
pub fn set_plans(
    tx: &Tx,
    _: &Permit,
    person: UserId,
    sku: SkuId,
    excluded: &[ServicePlanId],
) -> Result<(), StoreError> {
    tx.exec(&SET_PLANS, params![person, sku, list(excluded)]).map(|_| ())
}

/// Takes a licence from somebody; false when they do not hold it.
pub fn delete(tx: &Tx, _: &Permit, tenant: TenantId, person: UserId, sku: SkuId) -> Result<bool, StoreError> {
    let held = tx.exec(&DELETE, params![person, sku])? == 1;
    if held {
        add_up(tx, tenant, sku, -1)?;
    }
    Ok(held)
}

/// Frees a licence of somebody who was deleted. It is no longer in use, and what it was is kept.
pub fn free(
    tx: &Tx,
    _: &Permit,
    tenant: TenantId,
    person: UserId,
    sku: SkuId,
    at: Timestamp,
) -> Result<(), StoreError> {
    if tx.exec(&FREE, params![person, sku, at])? == 1 {
        add_up(tx, tenant, sku, -1)?;
    }
    Ok(())
}

/// Lets somebody who was brought back use again what was freed.
pub fn take_up(tx: &Tx, _: &Permit, tenant: TenantId, person: UserId, sku: SkuId) -> Result<(), StoreError> {
    if tx.exec(&TAKE_UP, params![person, sku])? == 1 {
        add_up(tx, tenant, sku, 1)?;
    }
    Ok(())
}

/// Forgets what was freed.
pub fn forget(tx: &Tx, _: &Permit, person: UserId) -> Result<(), StoreError> {
    tx.exec(&FORGET, params![person]).map(|_| ())
}

/// Lists somebody under another name.
pub(crate) fn rename(tx: &Tx, person: UserId, name: &PersonName) -> Result<(), StoreError> {
    tx.exec(&RENAME, params![person, name_key(name.as_str())]).map(|_| ())
}

fn add_up(tx: &Tx, tenant: TenantId, sku: SkuId, by: i64) -> Result<(), StoreError> {
    tx.exec(&ADD_UP, params![tenant, sku, by]).map(|_| ())
}

fn list(plans: &[ServicePlanId]) -> String {
    plans.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn licence(row: &Row<'_>, first: usize) -> Result<Licence, StoreError> {
    let excluded = row.text(first + 1)?.split_ascii_whitespace().map(|id| parse("licence", "excluded", id));
    Ok(Licence { sku: row.id(first)?, excluded: excluded.collect::<Result<_, _>>()?, since: row.time(first + 2)? })
}

fn holder(row: &Row<'_>) -> Result<Holder, StoreError> {
    Ok(Holder {
        id: row.id(0)?,
        name: parse("person", "name", row.text(1)?)?,
        upn: parse("person", "upn", row.text(2)?)?,
        enabled: row.bool(3)?,
        licence: licence(row, 4)?,
        keys: (row.text(7)?.to_owned(), row.text(8)?.to_owned()),
    })
}

//! Reseller relationships.

use entente_domain::ids::{RelationshipId, TenantId};
use entente_domain::policy::Permit;
use entente_domain::relationship::{Channel, Privileges, Relationship, RelationshipKind, Side, State};
use entente_domain::tenant::Tenant;
use entente_domain::text::name_key;
use entente_domain::time::Timestamp;

use crate::tenant::{known, parse_opt};
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, partner_id, customer_id, kind, channel, companion_id, invitation_id, started_at, state, ended_at, ended_by,
            privileges, privileges_at, privileges_by, privileges_side, privileges_reason, version
        FROM relationship WHERE id = $1";
    BETWEEN = "SELECT id, partner_id, customer_id, kind, channel, companion_id, invitation_id, started_at, state, ended_at, ended_by,
            privileges, privileges_at, privileges_by, privileges_side, privileges_reason, version
        FROM relationship WHERE partner_id = $1 AND customer_id = $2";
    OF_CUSTOMER = "SELECT id, partner_id, customer_id, kind, channel, companion_id, invitation_id, started_at, state, ended_at,
            ended_by, privileges, privileges_at, privileges_by, privileges_side, privileges_reason, version
        FROM relationship WHERE customer_id = $1 ORDER BY partner_id LIMIT 500";
    INSERT = "INSERT INTO relationship (id, partner_id, customer_id, name_key, search_text, kind, channel, companion_id, invitation_id,
            started_at, state, ended_at, ended_by, privileges, privileges_at, privileges_by, privileges_side, privileges_reason,
            version, name, domain, cloud, country)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";
    SAVE = "UPDATE relationship SET kind = $3, channel = $4, companion_id = $5, invitation_id = $6, started_at = $7, state = $8,
            ended_at = $9, ended_by = $10, privileges = $11, privileges_at = $12, privileges_by = $13, privileges_side = $14,
            privileges_reason = $15, version = version + 1
        WHERE id = $1 AND version = $2";
    COUNTED_AS = "SELECT state, privileges FROM relationship WHERE id = $1";
    COUNT = "INSERT INTO relationship_count (partner_id, privileges, shard, value) VALUES ($1, $2, $3, $4)
        ON CONFLICT (partner_id, privileges, shard) DO UPDATE SET value = relationship_count.value + $4";
    STARTED_BETWEEN = "SELECT COUNT(*) FROM relationship
        WHERE partner_id = $1 AND state = 'active' AND started_at >= $2 AND started_at < $3";
    /// What ended began before its end, so the index's range begins with $2 too.
    BEGAN_THEN_ENDED = "SELECT COUNT(*) FROM relationship
        WHERE partner_id = $1 AND state = 'ended' AND ended_at >= $2 AND started_at >= $2 AND started_at < $3";
    ENDED_SINCE = "SELECT COUNT(*) FROM relationship
        WHERE partner_id = $1 AND state = 'ended' AND ended_at >= $2 AND started_at < $2";
    /// Without those that were asked again.
    REMOVED = "SELECT r.customer_id, r.name, r.privileges_at FROM relationship r
        WHERE r.partner_id = $1 AND r.state = 'active' AND r.privileges = 'removed' AND r.privileges_side = 'customer'
            AND r.privileges_at >= $2
            AND NOT EXISTS (SELECT 1 FROM invitation i WHERE i.restores_id = r.id AND i.created_at >= r.privileges_at
                AND i.state <> 'cancelled')
        ORDER BY r.privileges_at DESC LIMIT $3";
    COUNTS = "SELECT privileges, CAST(SUM(value) AS bigint) FROM relationship_count WHERE partner_id = $1 GROUP BY privileges";
}

/// Counts are spread over this many rows a partner.
const SHARDS: u8 = 16;

/// How many living relationships a partner has, by state of privileges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// With privileges in force.
    pub granted: i64,
    /// With privileges taken back.
    pub removed: i64,
    /// Without privileges from the start.
    pub none: i64,
}

impl Counts {
    /// All of them.
    pub const fn all(self) -> i64 {
        self.granted + self.removed + self.none
    }
}

/// The relationship with this id.
pub fn get(tx: &Tx, id: RelationshipId) -> Result<Option<Relationship>, StoreError> {
    tx.one(&GET, params![id], read)
}

/// The relationship between these two, living or ended.
pub fn between(tx: &Tx, partner: TenantId, customer: TenantId) -> Result<Option<Relationship>, StoreError> {
    tx.one(&BETWEEN, params![partner, customer], read)
}

/// Every relationship of a customer, living or ended, at most 500.
pub fn of_customer(tx: &Tx, customer: TenantId) -> Result<Vec<Relationship>, StoreError> {
    tx.all(&OF_CUSTOMER, params![customer], read)
}

/// How many living relationships a partner has.
pub fn counts(tx: &Tx, partner: TenantId) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    tx.each(&COUNTS, params![partner], |row| {
        let value = row.int(1)?;
        match row.text(0)? {
            "granted" => counts.granted = value,
            "removed" => counts.removed = value,
            _ => counts.none = value,
        }
        Ok(())
    })?;
    Ok(counts)
}

/// How many of a partner's living relationships began in this half-open span.
pub fn started_between(tx: &Tx, partner: TenantId, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
    Ok(tx.one(&STARTED_BETWEEN, params![partner, from, to], |row| row.int(0))?.unwrap_or(0))
}

/// How many of a partner's ended relationships began in this time.
pub fn began_then_ended(tx: &Tx, partner: TenantId, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
    Ok(tx.one(&BEGAN_THEN_ENDED, params![partner, from, to], |row| row.int(0))?.unwrap_or(0))
}

/// How many of a partner's ended relationships lived at that moment.
pub fn alive_then_ended(tx: &Tx, partner: TenantId, at: Timestamp) -> Result<i64, StoreError> {
    Ok(tx.one(&ENDED_SINCE, params![partner, at], |row| row.int(0))?.unwrap_or(0))
}

/// Up to `limit` customers that took their privileges back since then and were not asked again, newest first.
pub fn removed_by_customers(
    tx: &Tx,
    partner: TenantId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<(TenantId, String, Timestamp)>, StoreError> {
    tx.all(&REMOVED, params![partner, since, limit], |row| Ok((row.id(0)?, row.text(1)?.to_owned(), row.time(2)?)))
}

/// Adds a relationship. What lists show of the customer is kept beside it, also in the form they sort and search by.
///
/// # Errors
/// A unique violation of `relationship.partner_id, relationship.customer_id` when the two are connected already.
pub fn insert(tx: &Tx, _: &Permit, rel: &Relationship, customer: &Tenant) -> Result<(), StoreError> {
    let key = name_key(customer.name.as_str());
    let search = search_text(customer);
    let cells = Cells::of(rel);
    tx.exec(
        &INSERT,
        params![
            rel.id,
            rel.partner,
            rel.customer,
            key,
            search,
            rel.kind.code(),
            rel.channel.code(),
            rel.channel.companion(),
            rel.invitation,
            rel.started_at,
            cells.state,
            cells.ended_at,
            cells.ended_by,
            rel.privileges.code(),
            cells.privileges_at,
            cells.privileges_by,
            cells.privileges_side,
            cells.privileges_reason,
            rel.version,
            customer.name.as_str(),
            customer.domain.as_str(),
            customer.cloud.code(),
            customer.country.as_str()
        ],
    )?;
    if rel.is_active() { count(tx, rel, rel.privileges.code(), 1) } else { Ok(()) }
}

/// Writes a changed relationship; false when somebody else changed it first.
pub fn save(tx: &Tx, _: &Permit, rel: &Relationship) -> Result<bool, StoreError> {
    let before = tx.one(&COUNTED_AS, params![rel.id], |row| Ok((row.text(0)? == "active", row.text(1)?.to_owned())))?;
    let cells = Cells::of(rel);
    let written = tx.exec(
        &SAVE,
        params![
            rel.id,
            rel.version,
            rel.kind.code(),
            rel.channel.code(),
            rel.channel.companion(),
            rel.invitation,
            rel.started_at,
            cells.state,
            cells.ended_at,
            cells.ended_by,
            rel.privileges.code(),
            cells.privileges_at,
            cells.privileges_by,
            cells.privileges_side,
            cells.privileges_reason
        ],
    )?;
    if written == 0 {
        return Ok(false);
    }
    if let Some((true, privileges)) = before {
        count(tx, rel, &privileges, -1)?;
    }
    if rel.is_active() {
        count(tx, rel, rel.privileges.code(), 1)?;
    }
    Ok(true)
}

/// What a search looks through: name, domain and id, in lower case.
pub(crate) fn search_text(customer: &Tenant) -> String {
    format!("{} {} {}", name_key(customer.name.as_str()), customer.domain.as_str(), customer.id)
}

fn count(tx: &Tx, rel: &Relationship, privileges: &str, by: i64) -> Result<(), StoreError> {
    let shard = entente_domain::ids::Id::uuid(rel.customer).as_bytes()[15] % SHARDS;
    tx.exec(&COUNT, params![rel.partner, privileges, i64::from(shard), by]).map(|_| ())
}

/// The parts of a relationship that one state has and another lacks.
#[derive(Default)]
struct Cells<'a> {
    state: &'static str,
    ended_at: Option<Timestamp>,
    ended_by: Option<entente_domain::ids::UserId>,
    privileges_at: Option<Timestamp>,
    privileges_by: Option<entente_domain::ids::UserId>,
    privileges_side: Option<&'static str>,
    privileges_reason: Option<&'a str>,
}

impl<'a> Cells<'a> {
    fn of(rel: &'a Relationship) -> Self {
        let mut cells = Self { state: "active", ..Self::default() };
        if let State::Ended { at, by } = rel.state {
            cells = Self { state: "ended", ended_at: Some(at), ended_by: Some(by), ..cells };
        }
        match &rel.privileges {
            Privileges::None => {}
            Privileges::Granted { since } => cells.privileges_at = Some(*since),
            Privileges::Removed { at, by, side, reason } => {
                cells.privileges_at = Some(*at);
                cells.privileges_by = Some(*by);
                cells.privileges_side = Some(side.code());
                cells.privileges_reason = reason.as_ref().map(entente_domain::text::Reason::as_str);
            }
        }
        cells
    }
}

fn read(row: &Row<'_>) -> Result<Relationship, StoreError> {
    const TABLE: &str = "relationship";
    let missing = |column: &str| StoreError::inconsistent(TABLE, column, "missing in this state");
    let companion: Option<TenantId> = row.opt_id(5)?;
    let channel = match (row.text(4)?, companion) {
        ("direct", _) => Channel::Direct,
        ("provider", Some(reseller)) => Channel::Provider { reseller },
        ("reseller", Some(provider)) => Channel::Reseller { provider },
        _ => return Err(StoreError::inconsistent(TABLE, "channel", "an unknown code or no companion")),
    };
    let state = match row.text(8)? {
        "active" => State::Active,
        "ended" => State::Ended {
            at: row.opt_time(9)?.ok_or_else(|| missing("ended_at"))?,
            by: row.opt_id(10)?.ok_or_else(|| missing("ended_by"))?,
        },
        _ => return Err(StoreError::inconsistent(TABLE, "state", "an unknown code")),
    };
    let privileges_at = || row.opt_time(12)?.ok_or_else(|| missing("privileges_at"));
    let privileges = match row.text(11)? {
        "none" => Privileges::None,
        "granted" => Privileges::Granted { since: privileges_at()? },
        "removed" => Privileges::Removed {
            at: privileges_at()?,
            by: row.opt_id(13)?.ok_or_else(|| missing("privileges_by"))?,
            side: known(TABLE, "privileges_side", row.opt_text(14)?.unwrap_or(""), Side::parse)?,
            reason: parse_opt(TABLE, "privileges_reason", row.opt_text(15)?)?,
        },
        _ => return Err(StoreError::inconsistent(TABLE, "privileges", "an unknown code")),
    };
    Ok(Relationship {
        id: row.id(0)?,
        partner: row.id(1)?,
        customer: row.id(2)?,
        kind: known(TABLE, "kind", row.text(3)?, RelationshipKind::parse)?,
        channel,
        invitation: row.opt_id(6)?,
        started_at: row.time(7)?,
        state,
        privileges,
        version: row.int(16)?,
    })
}

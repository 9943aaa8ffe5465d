//! What happened: one row an event, never changed, never removed.

use entente_domain::event::{Event, EventKind};
use entente_domain::ids::{EventId, Id, TenantId};
use entente_domain::time::Timestamp;

use crate::tenant::known;
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    INSERT = "INSERT INTO event (id, at, kind, partner_id, customer_id, canonical) VALUES ($1, $2, $3, $4, $5, $6)";
    ADD_PARTY = "INSERT INTO event_party (tenant_id, event_id) VALUES ($1, $2)";
    PAGE = "SELECT e.id, e.at, e.kind, e.canonical FROM event_party p JOIN event e ON e.id = p.event_id
        WHERE p.tenant_id = $1 AND p.event_id < $2 ORDER BY p.event_id DESC LIMIT $3";
    /// Walks the rows of $1: pass the side with fewer of them.
    COMMON = "SELECT e.id, e.at, e.kind, e.canonical FROM event_party p
        JOIN event_party q ON q.tenant_id = $2 AND q.event_id = p.event_id JOIN event e ON e.id = p.event_id
        WHERE p.tenant_id = $1 AND p.event_id < $3 ORDER BY p.event_id DESC LIMIT $4";
    PAIR = "SELECT id, at, kind, canonical FROM event
        WHERE customer_id = $1 AND partner_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4";
}

/// An event as stored: `canonical` is the whole of it in a fixed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: EventKind,
    /// The whole event as JSON with sorted names.
    pub canonical: String,
}

/// Writes an event for those it concerns.
pub fn insert(tx: &Tx, event: &Event, canonical: &str) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![event.id, event.at, event.what.kind.code(), event.what.partner, event.what.customer, canonical],
    )?;
    let what = &event.what;
    let mut parties: Vec<TenantId> =
        [what.partner, what.companion, what.customer, event.actor.tenant()].into_iter().flatten().collect();
    parties.sort_unstable();
    parties.dedup();
    for party in parties {
        tx.exec(&ADD_PARTY, params![party, event.id])?;
    }
    Ok(())
}

/// Up to `limit` events a tenant may read, newest first, before the one given.
pub fn page(tx: &Tx, tenant: TenantId, before: Option<EventId>, limit: i64) -> Result<Vec<Entry>, StoreError> {
    tx.all(&PAGE, params![tenant, before.unwrap_or_else(last), limit], read)
}

/// The same of what concerns both a customer and a partner, in whatever place.
pub fn common(
    tx: &Tx,
    customer: TenantId,
    partner: TenantId,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    tx.all(&COMMON, params![customer, partner, before.unwrap_or_else(last), limit], read)
}

/// The same between one customer and one partner.
pub fn between(
    tx: &Tx,
    customer: TenantId,
    partner: TenantId,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    tx.all(&PAIR, params![customer, partner, before.unwrap_or_else(last), limit], read)
}

fn last() -> EventId {
    EventId::from_uuid(uuid::Uuid::max())
}

fn read(row: &Row<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.id(0)?,
        at: row.time(1)?,
        kind: known("event", "kind", row.text(2)?, EventKind::parse)?,
        canonical: row.text(3)?.to_owned(),
    })
}

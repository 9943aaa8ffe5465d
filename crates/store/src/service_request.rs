//! Questions to the operator, with the notes that were added to them.

pub mod attachment;

use entente_domain::ids::{ServiceRequestId, SubscriptionId, TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::service_request::{Note, ServiceRequest, Severity, Standing, State};

use crate::tenant::{known, parse};
use crate::{Row, StoreError, Tx, params, statements};

/// Whole requests, in the order [`read`] takes their columns in.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT q.id, q.number, q.customer_id, q.partner_id, q.opened_by, q.opened_at, q.topic, q.severity, q.subscription_id,
            q.title, q.description, q.answered_at, q.state, q.closed_at, q.version ",
            $rest
        )
    };
}

statements! {
    BY_NUMBER = select!("FROM service_request q WHERE q.number = $1");
    NEXT = "SELECT COALESCE(MAX(number), $1) + 1 FROM service_request";
    OF_CUSTOMER = select!("FROM service_request q WHERE q.customer_id = $1 AND q.number < $2
            AND (q.state = $4 OR $4 IS NULL) AND (q.severity = $5 OR $5 IS NULL)
        ORDER BY q.number DESC LIMIT $3");
    /// Of one customer's those that a partner opened, or that are about what it sold or was chosen to support.
    OF_CUSTOMER_FOR = select!("FROM service_request q WHERE q.customer_id = $1 AND q.number < $2
            AND (q.state = $4 OR $4 IS NULL) AND (q.severity = $5 OR $5 IS NULL)
            AND (q.partner_id = $6 OR EXISTS (SELECT 1 FROM subscription s
                WHERE s.id = q.subscription_id AND (s.partner_id = $6 OR s.supported_by = $6)))
        ORDER BY q.number DESC LIMIT $3");
    /// The same of all customers the partner has a relationship with. A chosen supporter needs its privileges.
    OF_PARTNER = select!("FROM service_request_partner p JOIN service_request q ON q.number = p.number
            JOIN relationship r ON r.partner_id = p.partner_id AND r.customer_id = q.customer_id AND r.state = 'active'
        WHERE p.partner_id = $1 AND p.number < $2
            AND (q.state = $4 OR $4 IS NULL) AND (q.severity = $5 OR $5 IS NULL)
            AND (q.partner_id = $1 OR EXISTS (SELECT 1 FROM subscription s WHERE s.id = q.subscription_id
                AND (s.partner_id = $1 OR (s.supported_by = $1 AND r.privileges = 'granted'))))
        ORDER BY p.number DESC LIMIT $3");
    LIVING = select!("FROM service_request q WHERE q.state <> 'closed' AND q.number > $1
            AND (q.state = $3 OR $3 IS NULL) AND (q.severity = $4 OR $4 IS NULL)
        ORDER BY q.number LIMIT $2");
    INSERT = "INSERT INTO service_request (id, number, customer_id, partner_id, opened_by, opened_at, topic, severity, subscription_id,
            title, description, answered_at, state, closed_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    SAVE = "UPDATE service_request SET answered_at = $3, state = $4, closed_at = $5, version = version + 1
        WHERE id = $1 AND version = $2";
    ADD_PARTNER = "INSERT INTO service_request_partner (partner_id, number) VALUES ($1, $2)
        ON CONFLICT (partner_id, number) DO NOTHING";
    ADD_PARTNER_TO_ALL = "INSERT INTO service_request_partner (partner_id, number)
        SELECT p.tenant_id, q.number FROM service_request q JOIN partner p ON p.tenant_id = $2 WHERE q.subscription_id = $1
        ON CONFLICT (partner_id, number) DO NOTHING";
    COUNT_NOTES = "SELECT COUNT(*) FROM service_note WHERE request_id = $1";
    NOTES = "SELECT id, request_id, author_id, author_tenant_id, at, text, position FROM service_note
        WHERE request_id = $1 ORDER BY position LIMIT $2";
    ADD_NOTE = "INSERT INTO service_note (id, request_id, author_id, author_tenant_id, at, text, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

/// The number before the first. Seven digits read as a number of its own kind, beside those of a partner's requests.
const BEFORE_FIRST: i64 = 1_000_000;

/// What a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these.
    pub state: Option<Standing>,
    /// Only these.
    pub severity: Option<Severity>,
}

/// The request with this number.
pub fn by_number(tx: &Tx, number: i64) -> Result<Option<ServiceRequest>, StoreError> {
    tx.one(&BY_NUMBER, params![number], read)
}

/// The next number of the installation.
pub fn next_number(tx: &Tx) -> Result<i64, StoreError> {
    tx.one(&NEXT, params![BEFORE_FIRST], |row| row.int(0))?
        .ok_or_else(|| StoreError::inconsistent("service_request", "number", "nothing returned"))
}

/// Up to `limit` requests of a customer below a number, newest first; for a partner those that it can have to do with.
pub fn of_customer(
    tx: &Tx,
    customer: TenantId,
    partner: Option<TenantId>,
    filter: Filter,
    below: i64,
    limit: i64,
) -> Result<Vec<ServiceRequest>, StoreError> {
    let (state, severity) = codes(filter);
    match partner {
        None => tx.all(&OF_CUSTOMER, params![customer, below, limit, state, severity], read),
        Some(partner) => tx.all(&OF_CUSTOMER_FOR, params![customer, below, limit, state, severity, partner], read),
    }
}

/// Up to `limit` requests a partner has to do with at customers it has a relationship with, below a number, newest first.
pub fn of_partner(
    tx: &Tx,
    partner: TenantId,
    filter: Filter,
    below: i64,
    limit: i64,
) -> Result<Vec<ServiceRequest>, StoreError> {
    let (state, severity) = codes(filter);
    tx.all(&OF_PARTNER, params![partner, below, limit, state, severity], read)
}

/// Up to `limit` requests that are not closed above a number, oldest first.
pub fn living(tx: &Tx, filter: Filter, above: i64, limit: i64) -> Result<Vec<ServiceRequest>, StoreError> {
    let (state, severity) = codes(filter);
    tx.all(&LIVING, params![above, limit, state, severity], read)
}

fn codes(filter: Filter) -> (Option<&'static str>, Option<&'static str>) {
    (filter.state.map(Standing::code), filter.severity.map(Severity::code))
}

/// Adds a request; `partners` are those in whose lists it can stand.
pub fn insert(tx: &Tx, _: &Permit, it: &ServiceRequest, partners: &[TenantId]) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            it.id,
            it.number,
            it.customer,
            it.partner,
            it.opened_by,
            it.opened_at,
            it.topic,
            it.severity.code(),
            it.subscription,
            it.title.as_str(),
            it.description.as_str(),
            it.answered_at,
            it.state.standing().code(),
            closed_at(it),
            it.version
        ],
    )?;
    for partner in partners {
        tx.exec(&ADD_PARTNER, params![*partner, it.number])?;
    }
    Ok(())
}

/// Lets what was asked about a subscription stand in the list of a partner that supports it from now on.
pub fn supported_by(tx: &Tx, _: &Permit, subscription: SubscriptionId, supporter: TenantId) -> Result<(), StoreError> {
    tx.exec(&ADD_PARTNER_TO_ALL, params![subscription, supporter]).map(|_| ())
}

/// Writes a changed request; false when somebody else changed it first.
pub fn save(tx: &Tx, _: &Permit, it: &ServiceRequest) -> Result<bool, StoreError> {
    let standing = it.state.standing().code();
    Ok(tx.exec(&SAVE, params![it.id, it.version, it.answered_at, standing, closed_at(it)])? == 1)
}

const fn closed_at(it: &ServiceRequest) -> Option<entente_domain::time::Timestamp> {
    match it.state {
        State::Closed { at } => Some(at),
        State::Open | State::AttentionNeeded => None,
    }
}

/// How many notes a request holds.
pub fn count_notes(tx: &Tx, id: ServiceRequestId) -> Result<i64, StoreError> {
    Ok(tx.one(&COUNT_NOTES, params![id], |row| row.int(0))?.unwrap_or(0))
}

/// The first `limit` notes of a request, oldest first.
pub fn notes(tx: &Tx, id: ServiceRequestId, limit: i64) -> Result<Vec<Note>, StoreError> {
    tx.all(&NOTES, params![id, limit], |row| {
        Ok(Note {
            id: row.id(0)?,
            request: row.id(1)?,
            author: row.opt_id::<UserId>(2)?.zip(row.opt_id(3)?),
            at: row.time(4)?,
            text: parse("service_note", "text", row.text(5)?)?,
            position: row.int(6)?,
        })
    })
}

/// Adds a note.
pub fn add_note(tx: &Tx, _: &Permit, note: &Note) -> Result<(), StoreError> {
    let (author, tenant) = note.author.unzip();
    tx.exec(&ADD_NOTE, params![note.id, note.request, author, tenant, note.at, note.text.as_str(), note.position])
        .map(|_| ())
}

fn read(row: &Row<'_>) -> Result<ServiceRequest, StoreError> {
    const TABLE: &str = "service_request";
    let state = match known(TABLE, "state", row.text(12)?, Standing::parse)? {
        Standing::Open => State::Open,
        Standing::AttentionNeeded => State::AttentionNeeded,
        Standing::Closed => {
            let missing = || StoreError::inconsistent(TABLE, "closed_at", "missing in this state");
            State::Closed { at: row.opt_time(13)?.ok_or_else(missing)? }
        }
    };
    Ok(ServiceRequest {
        id: row.id(0)?,
        number: row.int(1)?,
        customer: row.id(2)?,
        partner: row.opt_id(3)?,
        opened_by: row.id(4)?,
        opened_at: row.time(5)?,
        topic: row.text(6)?.to_owned(),
        severity: known(TABLE, "severity", row.text(7)?, Severity::parse)?,
        subscription: row.opt_id(8)?,
        title: parse(TABLE, "title", row.text(9)?)?,
        description: parse(TABLE, "description", row.text(10)?)?,
        answered_at: row.opt_time(11)?,
        state,
        version: row.int(14)?,
    })
}

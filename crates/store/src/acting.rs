//! Partners' people at work for customers, and what customers stopped.

use std::collections::HashMap;

use entente_domain::acting::{End, Granted, Session, Stop};
use entente_domain::ids::{ActingId, ApplicationId, DirectoryRoleId, Id as _, ServiceId, TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::application::nil;
use crate::tenant::{known, parse};
use crate::{Row, Sql, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, customer_id, partner_id, person_id, application_id, relationship_id, relationship_version, roles, strong,
            started_at, tokens_until, ended_at, ended_why, service_id
        FROM acting_session WHERE id = $1";
    LATEST = "SELECT id, customer_id, partner_id, person_id, application_id, relationship_id, relationship_version, roles, strong,
            started_at, tokens_until, ended_at, ended_why, service_id
        FROM acting_session WHERE person_id = $1 AND customer_id = $2 AND application_id = $3 AND tokens_until > $4
            AND ended_at IS NULL AND relationship_id = $5 AND relationship_version = $6 AND roles = $7 AND strong = $8
            AND service_id IS NOT DISTINCT FROM $9
        ORDER BY tokens_until DESC LIMIT 1";
    OF_CUSTOMER = "SELECT id, customer_id, partner_id, person_id, application_id, relationship_id, relationship_version, roles, strong,
            started_at, tokens_until, ended_at, ended_why, service_id
        FROM acting_session WHERE customer_id = $1 AND tokens_until > $2 AND ended_at IS NULL ORDER BY tokens_until DESC LIMIT $3";
    OF_PAIR = "SELECT id, customer_id, partner_id, person_id, application_id, relationship_id, relationship_version, roles, strong,
            started_at, tokens_until, ended_at, ended_why, service_id
        FROM acting_session WHERE customer_id = $1 AND partner_id = $2 AND tokens_until > $3 AND ended_at IS NULL
        ORDER BY tokens_until LIMIT $4";
    OF_PARTNER = "SELECT id, customer_id, partner_id, person_id, application_id, relationship_id, relationship_version, roles, strong,
            started_at, tokens_until, ended_at, ended_why, service_id
        FROM acting_session WHERE partner_id = $1 AND tokens_until > $2 AND ended_at IS NULL ORDER BY tokens_until LIMIT $3";
    OF_PERSON = "SELECT id, customer_id, partner_id, person_id, application_id, relationship_id, relationship_version, roles, strong,
            started_at, tokens_until, ended_at, ended_why, service_id
        FROM acting_session WHERE person_id = $1 AND tokens_until > $2 AND ended_at IS NULL ORDER BY tokens_until LIMIT $3";
    OF_APPLICATION = "SELECT id, customer_id, partner_id, person_id, application_id, relationship_id, relationship_version, roles, strong,
            started_at, tokens_until, ended_at, ended_why, service_id
        FROM acting_session WHERE application_id = $1 AND tokens_until > $2 AND ended_at IS NULL ORDER BY tokens_until LIMIT $3";
    OPENED = "SELECT application_id, MAX(started_at) FROM acting_session WHERE person_id = $1 AND customer_id = $2
        GROUP BY application_id";
    INSERT = "INSERT INTO acting_session (id, customer_id, partner_id, person_id, application_id, relationship_id,
            relationship_version, roles, strong, started_at, tokens_until, service_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    PROLONG = "UPDATE acting_session SET tokens_until = $2 WHERE id = $1 AND tokens_until < $2 AND ended_at IS NULL";
    END = "UPDATE acting_session SET ended_at = $2, ended_why = $3 WHERE id = $1 AND ended_at IS NULL";
    SWEEP = "DELETE FROM acting_session WHERE tokens_until <= $1";
    STOPS = "SELECT partner_id, person_id, since, stopped_by FROM acting_stop WHERE customer_id = $1 ORDER BY since DESC LIMIT 500";
    REACHING = "SELECT partner_id, person_id, since, stopped_by FROM acting_stop
        WHERE customer_id = $1 AND partner_id IN ($2, $3) AND person_id IN ($2, $4)";
    STOP = "INSERT INTO acting_stop (customer_id, partner_id, person_id, since, stopped_by) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (customer_id, partner_id, person_id) DO NOTHING";
    ALLOW = "DELETE FROM acting_stop WHERE customer_id = $1 AND partner_id = $2 AND person_id = $3";
}

/// More sessions than one ending can meet; what is beyond loses its rights all the same, because they are read anew each time.
pub const MANY: i64 = 10_000;

/// Which sessions an ending reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All at a customer.
    Customer(TenantId),
    /// Those of one partner at a customer.
    Pair(TenantId, TenantId),
    /// All of a partner.
    Partner(TenantId),
    /// All of a person.
    Person(UserId),
    /// All through an application.
    Application(ApplicationId),
}

/// The session with this id.
pub fn get(tx: &Tx, id: ActingId) -> Result<Option<Session>, StoreError> {
    tx.one(&GET, params![id], read)
}

/// Which session of a person is meant.
#[derive(Debug, Clone, Copy)]
pub struct Of {
    /// The person.
    pub person: UserId,
    /// The customer.
    pub customer: TenantId,
    /// The application.
    pub application: ApplicationId,
    /// The service its tokens are for, as [`Session::service`] says.
    pub service: Option<ServiceId>,
    /// Whether the sign-in had two factors.
    pub strong: bool,
}

/// The last such session on these terms whose tokens ended after `since`.
pub fn latest(tx: &Tx, of: Of, on: &Granted, since: Timestamp) -> Result<Option<Session>, StoreError> {
    let Of { person, customer, application, service, strong } = of;
    let terms = (on.relationship, on.version, codes(&on.roles));
    tx.one(&LATEST, params![person, customer, application, since, terms.0, terms.1, terms.2, strong, service], read)
}

fn codes(roles: &[DirectoryRoleId]) -> String {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// When a person last began to act for a customer through each application, as far back as sessions are kept.
pub fn opened(tx: &Tx, person: UserId, customer: TenantId) -> Result<HashMap<ApplicationId, Timestamp>, StoreError> {
    let found = tx.all(&OPENED, params![person, customer], |row| Ok((row.id(0)?, row.time(1)?)))?;
    Ok(found.into_iter().collect())
}

/// Up to `limit` sessions within reach that go on at `now`.
pub fn live(tx: &Tx, reach: Reach, now: Timestamp, limit: i64) -> Result<Vec<Session>, StoreError> {
    let one = |sql: &Sql, id: uuid::Uuid| tx.all(sql, params![id, now, limit], read);
    match reach {
        Reach::Customer(id) => one(&OF_CUSTOMER, id.uuid()),
        Reach::Partner(id) => one(&OF_PARTNER, id.uuid()),
        Reach::Person(id) => one(&OF_PERSON, id.uuid()),
        Reach::Application(id) => one(&OF_APPLICATION, id.uuid()),
        Reach::Pair(customer, partner) => tx.all(&OF_PAIR, params![customer, partner, now, limit], read),
    }
}

/// Begins a session.
pub fn insert(tx: &Tx, _: &Permit, it: &Session) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            it.id,
            it.customer,
            it.partner,
            it.person,
            it.application,
            it.relationship,
            it.version,
            codes(&it.roles),
            it.strong,
            it.started_at,
            it.tokens_until,
            it.service
        ],
    )
    .map(|_| ())
}

/// Notes that its tokens are good for longer.
pub fn prolong(tx: &Tx, _: &Permit, id: ActingId, until: Timestamp) -> Result<(), StoreError> {
    tx.exec(&PROLONG, params![id, until]).map(|_| ())
}

/// Ends a session; false when it is over already.
pub fn end(tx: &Tx, _: &Permit, id: ActingId, at: Timestamp, why: End) -> Result<bool, StoreError> {
    Ok(tx.exec(&END, params![id, at, why.code()])? == 1)
}

/// Removes sessions whose last token ended before then.
pub fn sweep(tx: &Tx, _: &Permit, before: Timestamp) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, params![before])
}

/// What a customer stopped, newest first, at most 500.
pub fn stops(tx: &Tx, customer: TenantId) -> Result<Vec<Stop>, StoreError> {
    tx.all(&STOPS, params![customer], read_stop)
}

/// What of it reaches this person of this partner.
pub fn reaching(tx: &Tx, customer: TenantId, partner: TenantId, person: UserId) -> Result<Vec<Stop>, StoreError> {
    tx.all(&REACHING, params![customer, uuid::Uuid::nil(), partner, person], read_stop)
}

/// Stops; false when exactly that is stopped already.
pub fn stop(tx: &Tx, _: &Permit, customer: TenantId, it: &Stop) -> Result<bool, StoreError> {
    let (partner, person) = (it.partner.unwrap_or_else(nil), it.person.unwrap_or_else(nil));
    Ok(tx.exec(&STOP, params![customer, partner, person, it.since, it.by])? == 1)
}

/// Takes a stop back; false when there is none.
pub fn allow(
    tx: &Tx,
    _: &Permit,
    customer: TenantId,
    partner: Option<TenantId>,
    person: Option<UserId>,
) -> Result<bool, StoreError> {
    let (partner, person) = (partner.unwrap_or_else(nil), person.unwrap_or_else(nil));
    Ok(tx.exec(&ALLOW, params![customer, partner, person])? == 1)
}

fn read(row: &Row<'_>) -> Result<Session, StoreError> {
    const TABLE: &str = "acting_session";
    let roles: Vec<DirectoryRoleId> =
        row.text(7)?.split(' ').map(|role| parse(TABLE, "roles", role)).collect::<Result<_, _>>()?;
    let ended = match (row.opt_time(11)?, row.opt_text(12)?) {
        (Some(at), Some(why)) => Some((at, known(TABLE, "ended_why", why, End::parse)?)),
        (None, None) => None,
        _ => return Err(StoreError::inconsistent(TABLE, "ended_at", "without its other half")),
    };
    Ok(Session {
        id: row.id(0)?,
        customer: row.id(1)?,
        partner: row.id(2)?,
        person: row.id(3)?,
        application: row.id(4)?,
        relationship: row.id(5)?,
        version: row.int(6)?,
        roles,
        strong: row.bool(8)?,
        started_at: row.time(9)?,
        tokens_until: row.time(10)?,
        ended,
        service: row.opt_id(13)?,
    })
}

fn read_stop(row: &Row<'_>) -> Result<Stop, StoreError> {
    let (partner, person): (TenantId, UserId) = (row.id(0)?, row.id(1)?);
    Ok(Stop {
        partner: (partner != nil()).then_some(partner),
        person: (person != nil()).then_some(person),
        since: row.time(2)?,
        by: row.id(3)?,
    })
}

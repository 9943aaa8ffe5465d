//! Requests partners send.

use entente_domain::ids::{InvitationId, RelationshipId, TenantId};
use entente_domain::invitation::{Asks, Binding, Invitation, Message, Recipient, Standing, State};
use entente_domain::policy::Permit;
use entente_domain::relationship::RelationshipKind;
use entente_domain::text::{DomainName, EmailAddress, PersonName, Reason};
use entente_domain::time::Timestamp;

use crate::tenant::{known, parse, parse_opt};
use crate::{Row, StoreError, Tx, params, statements};

/// Whole requests, in the order [`read`] takes their columns in.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, partner_id, companion_id, kind, privileges, cloud, country, bound_domain, bound_tenant_id,
            recipient_mail, recipient_name, recipient_language, subject, body, created_by, created_at, expires_at, restores_id,
            reminded_at, forwarded_at, state, decided_at, decided_by, customer_id, granted_privileges, reason, superseded_by, version
        FROM invitation ",
            $rest
        )
    };
}

statements! {
    BY_TOKEN = select!("WHERE token_hash = $1");
    GET = select!("WHERE id = $1");
    BY_NUMBER = select!("WHERE partner_id = $1 AND number = $2");
    PAGE = select!("WHERE partner_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3");
    PAGE_IN_STATE = select!("WHERE partner_id = $1 AND state = $4 AND number < $2 ORDER BY number DESC LIMIT $3");
    COUNT_IN_STATE = "SELECT COUNT(*), MIN(created_at) FROM invitation WHERE partner_id = $1 AND state = $2";
    RESTORING = select!("WHERE restores_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1");
    PAST_VALIDITY = select!("WHERE state IN ('draft', 'open') AND expires_at <= $1 ORDER BY expires_at LIMIT $2");
    UNREMINDED = select!("WHERE state = 'open' AND reminded_at IS NULL AND created_at <= $1 AND created_at > $2
            AND recipient_mail IS NOT NULL
        ORDER BY created_at LIMIT $3");
    WAITING_FOR_TENANT = select!("WHERE bound_tenant_id = $1 AND state = 'open' AND expires_at > $2
        ORDER BY created_at DESC, id DESC LIMIT $3");
    WAITING_FOR_DOMAIN = select!("WHERE bound_domain = $1 AND state = 'open' AND expires_at > $2
        ORDER BY created_at DESC, id DESC LIMIT $3");
    /// Without those the sweep has yet to close.
    WAITING = "SELECT COUNT(*), MIN(created_at) FROM invitation WHERE partner_id = $1 AND state = 'open' AND expires_at > $2";
    /// By number, which is by age: a bound on the age would send SQLite through all requests of that age, answered ones too.
    LONGEST_WAITING = select!("WHERE partner_id = $1 AND state = 'open' AND forwarded_at IS NULL AND expires_at > $2
            ORDER BY number LIMIT $3");
    FORWARDED = select!("WHERE partner_id = $1 AND state = 'open' AND forwarded_at IS NOT NULL AND expires_at > $2
            ORDER BY forwarded_at LIMIT $3");
    DECLINED = select!("WHERE partner_id = $1 AND state = 'declined' AND decided_at >= $2 ORDER BY decided_at DESC LIMIT $3");
    /// A replaced request lives on in the one that took its place, which is counted.
    FUNNEL = "SELECT COUNT(*), COUNT(*) FILTER (WHERE state IN ('open', 'accepted', 'declined', 'expired')),
            COUNT(*) FILTER (WHERE state = 'accepted'), COUNT(*) FILTER (WHERE state = 'accepted' AND granted_privileges),
            COUNT(*) FILTER (WHERE state = 'declined'),
            COUNT(*) FILTER (WHERE state = 'expired' OR (state = 'open' AND expires_at <= $3))
        FROM invitation WHERE partner_id = $1 AND created_at >= $2 AND state <> 'superseded'";
    INSERT = "INSERT INTO invitation (id, number, partner_id, companion_id, kind, privileges, cloud, country, bound_domain,
            bound_tenant_id, recipient_mail, recipient_name, recipient_language, subject, body, created_by, created_at, expires_at,
            restores_id, reminded_at, forwarded_at, state, version, token_hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)";
    SAVE = "UPDATE invitation SET recipient_mail = $3, recipient_name = $4, recipient_language = $5, subject = $6, body = $7,
            reminded_at = $8, forwarded_at = $9, state = $10, decided_at = $11, decided_by = $12, customer_id = $13,
            granted_privileges = $14, reason = $15, superseded_by = $16, version = version + 1
        WHERE id = $1 AND version = $2";
}

/// What became of a partner's requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Funnel {
    /// All that were made.
    pub made: i64,
    /// Those that are out with a customer or were answered.
    pub sent: i64,
    /// Accepted.
    pub accepted: i64,
    /// Accepted, and privileges granted.
    pub with_privileges: i64,
    /// Declined.
    pub declined: i64,
    /// Not answered in time.
    pub expired: i64,
}

impl Funnel {
    /// Those that still wait for an answer.
    pub const fn waiting(self) -> i64 {
        self.sent - self.accepted - self.declined - self.expired
    }
}

/// The request whose link's token has this hash.
pub fn by_token(tx: &Tx, token_hash: &[u8; 32]) -> Result<Option<Invitation>, StoreError> {
    tx.one(&BY_TOKEN, params![token_hash], read)
}

/// The request with this id.
pub fn get(tx: &Tx, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
    tx.one(&GET, params![id], read)
}

/// The partner's request with this number.
pub fn by_number(tx: &Tx, partner: TenantId, number: i64) -> Result<Option<Invitation>, StoreError> {
    tx.one(&BY_NUMBER, params![partner, number], read)
}

/// Up to `limit` requests of a partner below a number, newest first, of one stored state or of all.
pub fn page(
    tx: &Tx,
    partner: TenantId,
    state: Option<Standing>,
    below: i64,
    limit: i64,
) -> Result<Vec<Invitation>, StoreError> {
    match state {
        None => tx.all(&PAGE, params![partner, below, limit], read),
        Some(state) => tx.all(&PAGE_IN_STATE, params![partner, below, limit, state.code()], read),
    }
}

/// How many requests of a partner are stored in this state, and when the oldest was made.
pub fn count(tx: &Tx, partner: TenantId, state: Standing) -> Result<(i64, Option<Timestamp>), StoreError> {
    Ok(tx
        .one(&COUNT_IN_STATE, params![partner, state.code()], |row| Ok((row.int(0)?, row.opt_time(1)?)))?
        .unwrap_or((0, None)))
}

/// How many requests of a partner wait for an answer, and when the oldest was made.
pub fn waiting(tx: &Tx, partner: TenantId, now: Timestamp) -> Result<(i64, Option<Timestamp>), StoreError> {
    let waiting = tx.one(&WAITING, params![partner, now], |row| Ok((row.int(0)?, row.opt_time(1)?)))?;
    Ok(waiting.unwrap_or((0, None)))
}

/// Up to `limit` open requests that nobody passed on, oldest first.
pub fn longest_waiting(tx: &Tx, partner: TenantId, now: Timestamp, limit: i64) -> Result<Vec<Invitation>, StoreError> {
    tx.all(&LONGEST_WAITING, params![partner, now, limit], read)
}

/// Up to `limit` open requests that were passed on to an administrator, longest ago first.
pub fn forwarded(tx: &Tx, partner: TenantId, now: Timestamp, limit: i64) -> Result<Vec<Invitation>, StoreError> {
    tx.all(&FORWARDED, params![partner, now, limit], read)
}

/// Up to `limit` requests declined since then, newest first.
pub fn declined(tx: &Tx, partner: TenantId, since: Timestamp, limit: i64) -> Result<Vec<Invitation>, StoreError> {
    tx.all(&DECLINED, params![partner, since, limit], read)
}

/// What became of the requests made since then.
pub fn funnel(tx: &Tx, partner: TenantId, since: Timestamp, now: Timestamp) -> Result<Funnel, StoreError> {
    let funnel = tx.one(&FUNNEL, params![partner, since, now], |row| {
        Ok(Funnel {
            made: row.int(0)?,
            sent: row.int(1)?,
            accepted: row.int(2)?,
            with_privileges: row.int(3)?,
            declined: row.int(4)?,
            expired: row.int(5)?,
        })
    })?;
    Ok(funnel.unwrap_or_default())
}

/// The newest request to restore this relationship's privileges.
pub fn restoring(tx: &Tx, relationship: RelationshipId) -> Result<Option<Invitation>, StoreError> {
    tx.one(&RESTORING, params![relationship], read)
}

/// Unanswered requests whose validity is over, longest first.
pub fn past_validity(tx: &Tx, now: Timestamp, limit: i64) -> Result<Vec<Invitation>, StoreError> {
    tx.all(&PAST_VALIDITY, params![now, limit], read)
}

/// Open requests with an address, made between the two times and never reminded.
pub fn unreminded(
    tx: &Tx,
    made_after: Timestamp,
    made_until: Timestamp,
    limit: i64,
) -> Result<Vec<Invitation>, StoreError> {
    tx.all(&UNREMINDED, params![made_until, made_after, limit], read)
}

/// Up to `limit` open requests bound to this organisation, by itself or by one of its domains, newest first.
pub fn waiting_for(
    tx: &Tx,
    customer: TenantId,
    domains: &[DomainName],
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Invitation>, StoreError> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut waiting = tx.all(&WAITING_FOR_TENANT, params![customer, now, most], read)?;
    // One statement a domain: each walks its index only as far as it shows, which one statement for all could not.
    for domain in domains {
        waiting.extend(tx.all(&WAITING_FOR_DOMAIN, params![domain.as_str(), now, most], read)?);
    }
    waiting.sort_by_key(|inv| std::cmp::Reverse((inv.created_at, inv.id)));
    waiting.truncate(limit);
    Ok(waiting)
}

/// Adds a request.
pub fn insert(tx: &Tx, _: &Permit, inv: &Invitation, token_hash: &[u8; 32]) -> Result<(), StoreError> {
    let (bound_domain, bound_tenant) = match &inv.binding {
        Binding::Any => (None, None),
        Binding::Domain(domain) => (Some(domain.as_str()), None),
        Binding::Tenant(tenant) => (None, Some(*tenant)),
    };
    tx.exec(
        &INSERT,
        params![
            inv.id,
            inv.number,
            inv.partner,
            inv.companion,
            inv.asks.kind.code(),
            inv.asks.privileges,
            inv.cloud.code(),
            inv.country.as_str(),
            bound_domain,
            bound_tenant,
            inv.recipient.email.as_ref().map(EmailAddress::as_str),
            inv.recipient.name.as_ref().map(PersonName::as_str),
            inv.recipient.language.tag(),
            inv.message.subject.as_str(),
            inv.message.body.as_str(),
            inv.created_by,
            inv.created_at,
            inv.expires_at,
            inv.restores,
            inv.reminded_at,
            inv.forwarded_at,
            state_code(&inv.state),
            inv.version,
            token_hash
        ],
    )
    .map(|_| ())
}

/// Writes a changed request; false when somebody else changed it first.
pub fn save(tx: &Tx, _: &Permit, inv: &Invitation) -> Result<bool, StoreError> {
    let mut decided_at = None;
    let mut decided_by = None;
    let mut customer = None;
    let mut granted = None;
    let mut reason = None;
    let mut superseded_by = None;
    match &inv.state {
        State::Draft | State::Open => {}
        State::Accepted { at, by, customer: whose, privileges } => {
            (decided_at, decided_by, customer, granted) = (Some(*at), Some(*by), Some(*whose), Some(*privileges));
        }
        State::Declined { at, by, customer: whose, reason: why } => {
            (decided_at, decided_by, customer, reason) = (Some(*at), Some(*by), Some(*whose), why.as_ref());
        }
        State::Cancelled { at, by } => (decided_at, decided_by) = (Some(*at), Some(*by)),
        State::Superseded { at, by } => (decided_at, superseded_by) = (Some(*at), Some(*by)),
        State::Expired { at } => decided_at = Some(*at),
    }
    Ok(tx.exec(
        &SAVE,
        params![
            inv.id,
            inv.version,
            inv.recipient.email.as_ref().map(EmailAddress::as_str),
            inv.recipient.name.as_ref().map(PersonName::as_str),
            inv.recipient.language.tag(),
            inv.message.subject.as_str(),
            inv.message.body.as_str(),
            inv.reminded_at,
            inv.forwarded_at,
            state_code(&inv.state),
            decided_at,
            decided_by,
            customer,
            granted,
            reason.map(Reason::as_str),
            superseded_by
        ],
    )? == 1)
}

const fn state_code(state: &State) -> &'static str {
    match state {
        State::Draft => Standing::Draft.code(),
        State::Open => Standing::Open.code(),
        State::Accepted { .. } => Standing::Accepted.code(),
        State::Declined { .. } => Standing::Declined.code(),
        State::Cancelled { .. } => Standing::Cancelled.code(),
        State::Superseded { .. } => Standing::Superseded.code(),
        State::Expired { .. } => Standing::Expired.code(),
    }
}

fn read(row: &Row<'_>) -> Result<Invitation, StoreError> {
    const TABLE: &str = "invitation";
    let missing = |column: &str| StoreError::inconsistent(TABLE, column, "missing in this state");
    let binding = match (row.opt_text(8)?, row.opt_id(9)?) {
        (None, None) => Binding::Any,
        (Some(domain), None) => Binding::Domain(parse(TABLE, "bound_domain", domain)?),
        (None, Some(tenant)) => Binding::Tenant(tenant),
        (Some(_), Some(_)) => return Err(StoreError::inconsistent(TABLE, "bound_domain", "two bindings")),
    };
    let at = || row.opt_time(22)?.ok_or_else(|| missing("decided_at"));
    let by = || row.opt_id(23)?.ok_or_else(|| missing("decided_by"));
    let customer = || row.opt_id(24)?.ok_or_else(|| missing("customer_id"));
    let state = match known(TABLE, "state", row.text(21)?, Standing::parse)? {
        Standing::Draft => State::Draft,
        Standing::Open => State::Open,
        Standing::Accepted => State::Accepted {
            at: at()?,
            by: by()?,
            customer: customer()?,
            privileges: row.opt_bool(25)?.ok_or_else(|| missing("granted_privileges"))?,
        },
        Standing::Declined => State::Declined {
            at: at()?,
            by: by()?,
            customer: customer()?,
            reason: parse_opt(TABLE, "reason", row.opt_text(26)?)?,
        },
        Standing::Cancelled => State::Cancelled { at: at()?, by: by()? },
        Standing::Superseded => {
            State::Superseded { at: at()?, by: row.opt_id(27)?.ok_or_else(|| missing("superseded_by"))? }
        }
        Standing::Expired => State::Expired { at: at()? },
    };
    Ok(Invitation {
        id: row.id(0)?,
        number: row.int(1)?,
        partner: row.id(2)?,
        companion: row.opt_id(3)?,
        asks: Asks { kind: known(TABLE, "kind", row.text(4)?, RelationshipKind::parse)?, privileges: row.bool(5)? },
        cloud: parse(TABLE, "cloud", row.text(6)?)?,
        country: parse(TABLE, "country", row.text(7)?)?,
        binding,
        recipient: Recipient {
            email: parse_opt(TABLE, "recipient_mail", row.opt_text(10)?)?,
            name: parse_opt(TABLE, "recipient_name", row.opt_text(11)?)?,
            language: parse(TABLE, "recipient_language", row.text(12)?)?,
        },
        message: Message {
            subject: parse(TABLE, "subject", row.text(13)?)?,
            body: parse(TABLE, "body", row.text(14)?)?,
        },
        created_by: row.id(15)?,
        created_at: row.time(16)?,
        expires_at: row.time(17)?,
        restores: row.opt_id(18)?,
        reminded_at: row.opt_time(19)?,
        forwarded_at: row.opt_time(20)?,
        state,
        version: row.int(28)?,
    })
}

//! A partner's customer list: keyset pages by name, filtered and searched, straight from the indexes.

use entente_domain::cloud::Cloud;
use entente_domain::ids::{Id, TenantId};
use entente_domain::market::CountryCode;
use entente_domain::time::Timestamp;
use uuid::Uuid;

use crate::tenant::parse;
use crate::{Row, StoreError, Tx, params, statements};

/// The columns of a row of the list; all of them stand in the relationship's own row.
macro_rules! list {
    ($rest:literal) => {
        concat!(
            "SELECT r.customer_id, r.name, r.domain, r.cloud, r.country, r.kind, r.channel, r.privileges, r.privileges_at,
            r.started_at, r.subscriptions, r.suspended, r.seats FROM relationship r ",
            $rest
        )
    };
}

statements! {
    BY_NAME = list!("WHERE r.partner_id = $1 AND r.state = 'active' AND (r.name_key, r.customer_id) > ($2, $3)
        ORDER BY r.name_key, r.customer_id LIMIT $4");
    BY_NAME_DOWN = list!("WHERE r.partner_id = $1 AND r.state = 'active' AND (r.name_key, r.customer_id) < ($2, $3)
        ORDER BY r.name_key DESC, r.customer_id DESC LIMIT $4");
    BY_SINCE = list!("WHERE r.partner_id = $1 AND r.state = 'active' AND (r.started_at, r.customer_id) > ($2, $3)
        ORDER BY r.started_at, r.customer_id LIMIT $4");
    BY_SINCE_DOWN = list!("WHERE r.partner_id = $1 AND r.state = 'active' AND (r.started_at, r.customer_id) < ($2, $3)
        ORDER BY r.started_at DESC, r.customer_id DESC LIMIT $4");
    WITH_PRIVILEGES = list!("WHERE r.partner_id = $1 AND r.state = 'active' AND r.privileges = $5
        AND (r.name_key, r.customer_id) > ($2, $3) ORDER BY r.name_key, r.customer_id LIMIT $4");
    /// Walks the partner's names in order and stops at the page's end: quick for common words.
    CONTAINING = split(
        list!("WHERE r.partner_id = $1 AND r.state = 'active' AND (r.privileges = $5 OR $5 IS NULL)
            AND (r.name_key, r.customer_id) > ($2, $3) AND r.search_text LIKE $6 ESCAPE '\\'
            AND CAST($7 AS text) IS NOT NULL
            ORDER BY r.name_key, r.customer_id LIMIT $4"),
        // On SQLite looking for bytes takes a third of the time of LIKE, which folds case.
        list!("WHERE r.partner_id = $1 AND r.state = 'active' AND (r.privileges = $5 OR $5 IS NULL)
            AND (r.name_key, r.customer_id) > ($2, $3) AND instr(r.search_text, $7) > 0 AND $6 IS NOT NULL
            ORDER BY r.name_key, r.customer_id LIMIT $4")
    );
    /// Goes through the trigram index first: quick for rare words.
    MATCHING = split(
        list!("WHERE r.partner_id = $1 AND r.state = 'active' AND (r.privileges = $5 OR $5 IS NULL)
            AND (r.name_key, r.customer_id) > ($2, $3) AND r.search_text LIKE $6 ESCAPE '\\'
            AND CAST($7 AS text) IS NOT NULL
            ORDER BY r.name_key, r.customer_id LIMIT $4"),
        // SQLite has no index on LIKE '%..%'; its full-text table answers the same question for three characters and more. The
        // plus keeps the planner from walking all of the partner's names for the sake of their order.
        list!("WHERE r.row IN (SELECT rowid FROM relationship_search WHERE search_text MATCH $7)
            AND +r.partner_id = $1 AND r.state = 'active' AND (r.privileges = $5 OR $5 IS NULL)
            AND (r.name_key, r.customer_id) > ($2, $3) AND r.search_text LIKE $6 ESCAPE '\\'
            ORDER BY r.name_key, r.customer_id LIMIT $4")
    );
    /// Whether a word is rare: counts no further than the limit.
    FREQUENCY = split(
        "SELECT COUNT(*) FROM (SELECT 1 FROM relationship WHERE search_text LIKE $1 ESCAPE '\\' AND CAST($3 AS text) IS NOT NULL LIMIT $2) AS few",
        "SELECT COUNT(*) FROM (SELECT 1 FROM relationship_search WHERE search_text MATCH $3 AND $1 IS NOT NULL LIMIT $2)"
    );
    ONE = list!("WHERE r.partner_id = $1 AND r.customer_id = $2 AND r.state = 'active'");
    STARTED_SINCE = "SELECT COUNT(*) FROM relationship WHERE partner_id = $1 AND state = 'active' AND started_at >= $2";
}

/// A word this frequent across all partners is looked for by walking the partner's own names.
const COMMON: i64 = 2_000;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The customer.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its verified domain.
    pub domain: String,
    /// Its cloud.
    pub cloud: Cloud,
    /// Its country.
    pub country: CountryCode,
    /// `reseller` or `advisor`.
    pub kind: &'static str,
    /// `direct`, `provider` or `reseller`.
    pub channel: &'static str,
    /// `granted`, `removed` or `none`.
    pub privileges: &'static str,
    /// Since when that is so.
    pub privileges_at: Option<Timestamp>,
    /// Customer since.
    pub started_at: Timestamp,
    /// How many subscriptions this partner provisioned.
    pub subscriptions: i64,
    /// How many of them are suspended.
    pub suspended: i64,
    /// Licences in them.
    pub seats: i64,
}

/// The orders a list can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Order {
    /// By name.
    #[default]
    Name,
    /// By name, last first.
    NameDown,
    /// Oldest customer first.
    Since,
    /// Newest customer first.
    SinceDown,
}

entente_domain::codes! {
    Order { Name = "name", NameDown = "-name", Since = "since", SinceDown = "-since" }
}

/// Where the previous page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The last name key.
    pub name_key: String,
    /// The last start.
    pub started_at: Timestamp,
    /// The last customer.
    pub id: TenantId,
}

/// What to list. A search or a filter always lists by name.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Only this state of privileges: `granted`, `removed`, `none`.
    pub privileges: Option<&'a str>,
    /// Only names, domains and ids containing this, already in lower case.
    pub containing: Option<&'a str>,
    /// The order.
    pub order: Order,
}

/// Up to `limit` customers of a partner after the page that ended at `after`.
pub fn page(
    tx: &Tx,
    partner: TenantId,
    filter: &Filter<'_>,
    after: Option<&After>,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    let (name, id) = after.map_or(("", nil()), |after| (after.name_key.as_str(), after.id));
    if let Some(wanted) = filter.containing {
        let pattern = format!("%{}%", wanted.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let phrase = format!("\"{}\"", wanted.replace('"', "\"\""));
        let indexable = wanted.chars().count() >= 3;
        let rare = indexable
            && tx.one(&FREQUENCY, params![pattern, COMMON, phrase], |row| row.int(0))?.unwrap_or(COMMON) < COMMON;
        return if rare {
            tx.all(&MATCHING, params![partner, name, id, limit, filter.privileges, pattern, phrase], read)
        } else {
            tx.all(&CONTAINING, params![partner, name, id, limit, filter.privileges, pattern, wanted], read)
        };
    }
    if let Some(privileges) = filter.privileges {
        return tx.all(&WITH_PRIVILEGES, params![partner, name, id, limit, privileges], read);
    }
    let (last_name, last_id) = after.map_or(("\u{10ffff}", Uuid::max()), |it| (it.name_key.as_str(), it.id.uuid()));
    match filter.order {
        Order::Name => tx.all(&BY_NAME, params![partner, name, id, limit], read),
        Order::NameDown => tx.all(&BY_NAME_DOWN, params![partner, last_name, last_id, limit], read),
        Order::Since => {
            let since = after.map_or(Timestamp::from_micros(0), |it| it.started_at);
            tx.all(&BY_SINCE, params![partner, since, id, limit], read)
        }
        Order::SinceDown => {
            let since = after.map_or(Timestamp::from_seconds(253_402_300_799), |it| it.started_at);
            tx.all(&BY_SINCE_DOWN, params![partner, since, last_id, limit], read)
        }
    }
}

/// One customer of a partner as the list shows it; none once the relationship has ended.
pub fn line(tx: &Tx, partner: TenantId, customer: TenantId) -> Result<Option<Line>, StoreError> {
    tx.one(&ONE, params![partner, customer], read)
}

/// How many of a partner's customers started at or after `since`.
pub fn started_since(tx: &Tx, partner: TenantId, since: Timestamp) -> Result<i64, StoreError> {
    Ok(tx.one(&STARTED_SINCE, params![partner, since], |row| row.int(0))?.unwrap_or(0))
}

fn nil() -> TenantId {
    TenantId::from_uuid(Uuid::nil())
}

fn read(row: &Row<'_>) -> Result<Line, StoreError> {
    Ok(Line {
        id: row.id(0)?,
        name: row.text(1)?.to_owned(),
        domain: row.text(2)?.to_owned(),
        cloud: parse("tenant", "cloud", row.text(3)?)?,
        country: parse("tenant", "country", row.text(4)?)?,
        kind: one_of(row, 5, "kind", &["reseller", "advisor"])?,
        channel: one_of(row, 6, "channel", &["direct", "provider", "reseller"])?,
        privileges: one_of(row, 7, "privileges", &["granted", "removed", "none"])?,
        privileges_at: row.opt_time(8)?,
        started_at: row.time(9)?,
        subscriptions: row.int(10)?,
        suspended: row.int(11)?,
        seats: row.int(12)?,
    })
}

/// A code of a closed set, without a copy of its own for every row.
fn one_of(row: &Row<'_>, at: usize, column: &'static str, codes: &[&'static str]) -> Result<&'static str, StoreError> {
    let code = row.text(at)?;
    let known = codes.iter().find(|known| **known == code);
    known.copied().ok_or_else(|| StoreError::inconsistent("relationship", column, "an unknown code"))
}

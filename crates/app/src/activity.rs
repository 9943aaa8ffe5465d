//! What happened, as each side may read it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

use entente_domain::event::EventKind;
use entente_domain::ids::{EventId, TenantId, UserId};
use entente_domain::policy::Action;
use entente_domain::time::Timestamp;
use entente_store::event::{self, Entry as Stored};
use entente_store::{StoreError, directory, tenant};
use serde::Deserialize;

use crate::{App, Ctx, Error, Work};

/// Which entries to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// A partner's reader: only what concerns this customer.
    pub customer: Option<TenantId>,
    /// A customer's reader: only what concerns this partner.
    pub partner: Option<TenantId>,
}

/// A page of the log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page begins, if there is one.
    pub next: Option<EventId>,
}

/// One thing that happened, in names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: EventKind,
    /// Who did it.
    pub actor: Who,
    /// The partner's name.
    pub partner: Option<String>,
    /// The name of the second partner of an indirect channel.
    pub companion: Option<String>,
    /// The customer's name.
    pub customer: Option<String>,
    /// The request's number, for the partner whose request it is.
    pub request: Option<i64>,
    /// The name of the person it was done to.
    pub person: Option<String>,
    /// The code of the product a subscription is of.
    pub subscription: Option<String>,
    /// The network address, of one's own people only.
    pub address: Option<String>,
    /// What else there is to tell, by name.
    pub detail: Vec<(String, String)>,
}

impl Entry {
    /// What it tells under a name.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.detail.iter().find(|(known, _)| known == name).map(|(_, said)| said.as_str())
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A person.
    Person {
        /// Their name.
        name: String,
        /// Their organisation's name.
        organisation: String,
    },
    /// Somebody not signed in.
    Anonymous,
    /// The operator.
    Operator,
    /// Entente itself.
    System,
}

/// What concerns a partner.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn of_partner(app: &App, ctx: &Ctx, filter: &Filter, before: Option<EventId>, limit: i64) -> Result<Page, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ViewPartnerActivity)?;
        let reader = partner.tenant.id;
        let rows = match filter.customer {
            None => event::page(work.tx, reader, before, limit + 1)?,
            Some(customer) => event::common(work.tx, customer, reader, before, limit + 1)?,
        };
        page(work, rows, reader, limit)
    })
}

/// What concerns a customer.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn of_customer(app: &App, ctx: &Ctx, filter: &Filter, before: Option<EventId>, limit: i64) -> Result<Page, Error> {
    app.read(ctx, |work| {
        let (me, _) = work.customer(Action::ViewCustomerActivity)?;
        let reader = me.tenant.id;
        let rows = match filter.partner {
            None => event::page(work.tx, reader, before, limit + 1)?,
            Some(partner) => event::common(work.tx, reader, partner, before, limit + 1)?,
        };
        page(work, rows, reader, limit)
    })
}

/// Details either side may read. What is not named here stays in the audit row: ids, sign-in names, numbers of a partner's requests.
const SHOWN: &[&str] = &[
    "acting_as",
    "application",
    "asked_privileges",
    "before",
    "called",
    "cloud",
    "country",
    "credential",
    "domain",
    "factor",
    "fields",
    "enabled",
    "granted_privileges",
    "grants",
    "group",
    "issuer",
    "language",
    "licences_freed",
    "licences_given",
    "licences_missing",
    "licences_plans",
    "licences_taken",
    "lines",
    "link",
    "order",
    "made",
    "policy",
    "portal",
    "privileges",
    "quantity",
    "reach",
    "reason",
    "refusal",
    "renews",
    "roles",
    "sessions",
    "service_request",
    "severity",
    "side",
    "signer",
    "support",
    "term",
    "version",
    "why",
    "wrong",
];

/// What the log needs of an event's canonical row.
#[derive(Deserialize)]
struct Row {
    actor: String,
    actor_id: Option<String>,
    actor_tenant: Option<String>,
    address: Option<String>,
    partner: Option<String>,
    companion: Option<String>,
    customer: Option<String>,
    person: Option<String>,
    #[serde(default)]
    detail: BTreeMap<String, String>,
}

fn page(work: &Work<'_>, mut stored: Vec<Stored>, reader: TenantId, limit: i64) -> Result<Page, Error> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = stored.len() > limit;
    stored.truncate(limit);
    let next = stored.last().filter(|_| more).map(|last| last.id);
    let rows = stored.iter().map(parsed).collect::<Result<Vec<_>, _>>()?;
    let names = Names::of(work, &rows)?;
    let entries = stored.iter().zip(rows).map(|(stored, row)| entry(stored, row, reader, &names)).collect();
    Ok(Page { entries, next })
}

fn parsed(stored: &Stored) -> Result<Row, Error> {
    serde_json::from_str(&stored.canonical)
        .map_err(|error| Error::Internal(StoreError::inconsistent("event", "canonical", error)))
}

/// Every name a page needs, looked up together.
struct Names {
    tenants: HashMap<TenantId, String>,
    people: HashMap<UserId, String>,
}

impl Names {
    fn of(work: &Work<'_>, rows: &[Row]) -> Result<Self, Error> {
        let tenants =
            distinct(rows.iter().flat_map(|row| [&row.actor_tenant, &row.partner, &row.companion, &row.customer]));
        let people = distinct(rows.iter().flat_map(|row| [&row.actor_id, &row.person]));
        Ok(Self { tenants: tenant::names(work.tx, &tenants)?, people: directory::names(work.tx, &people)? })
    }

    fn tenant(&self, id: Option<&String>) -> Option<String> {
        self.tenants.get(&id?.parse().ok()?).cloned()
    }

    fn person(&self, id: Option<&String>) -> Option<String> {
        self.people.get(&id?.parse().ok()?).cloned()
    }
}

fn distinct<'a, I: FromStr + Ord>(ids: impl Iterator<Item = &'a Option<String>>) -> Vec<I> {
    let known: BTreeSet<I> = ids.flatten().filter_map(|id| id.parse().ok()).collect();
    known.into_iter().collect()
}

fn entry(stored: &Stored, mut row: Row, reader: TenantId, names: &Names) -> Entry {
    let reader = reader.to_string();
    let own = |tenant: &Option<String>| tenant.as_ref() == Some(&reader);
    let number = row.detail.remove("number").filter(|_| own(&row.partner));
    Entry {
        id: stored.id,
        at: stored.at,
        kind: stored.kind,
        actor: who(&row, names),
        partner: names.tenant(row.partner.as_ref()),
        companion: names.tenant(row.companion.as_ref()),
        customer: names.tenant(row.customer.as_ref()),
        request: number.and_then(|it| it.strip_prefix("RQ-")?.parse().ok()),
        person: names.person(row.person.as_ref()),
        subscription: row.detail.remove("product"),
        address: row.address.filter(|_| own(&row.actor_tenant)),
        detail: row.detail.into_iter().filter(|(name, _)| SHOWN.contains(&name.as_str())).collect(),
    }
}

fn who(row: &Row, names: &Names) -> Who {
    match row.actor.as_str() {
        "person" => Who::Person {
            name: names.person(row.actor_id.as_ref()).unwrap_or_default(),
            organisation: names.tenant(row.actor_tenant.as_ref()).unwrap_or_default(),
        },
        "operator" => Who::Operator,
        "system" => Who::System,
        _ => Who::Anonymous,
    }
}

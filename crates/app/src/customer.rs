//! A partner's customers: the list, its file, one record.

use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::TenantId;
use entente_domain::policy::Action;
use entente_domain::relationship::Relationship;
use entente_domain::tenant::Tenant;
use entente_domain::text::{SearchText, name_key};
use entente_store::customer::{self, Filter};
pub use entente_store::customer::{After, Line, Order};
pub use entente_store::relationship::Counts;
use entente_store::{relationship, tenant};

use crate::sheet::{Sheet, day};
use crate::{App, Ctx, Error, Work};

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Part of a name, domain or id.
    pub search: Option<SearchText>,
    /// Only this state of privileges: `granted`, `removed`, `none`.
    pub privileges: Option<String>,
    /// The order; a search or a filter always lists by name.
    pub order: Order,
    /// Where the previous page ended.
    pub after: Option<After>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The customers.
    pub lines: Vec<Line>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
    /// How many there are in all.
    pub counts: Counts,
}

/// One customer's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The organisation.
    pub tenant: Tenant,
    /// The relationship.
    pub relationship: Relationship,
    /// What this partner provisioned.
    pub subscriptions: Vec<entente_domain::subscription::Subscription>,
}

/// One page of the partner's customers.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn list(app: &App, ctx: &Ctx, query: &Query, limit: i64) -> Result<Page, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ViewCustomers)?;
        let counts = relationship::counts(work.tx, partner.tenant.id)?;
        let mut lines = fetch(work, partner.tenant.id, query, query.after.as_ref(), limit + 1)?;
        let more = i64::try_from(lines.len()).unwrap_or(i64::MAX) > limit;
        if more {
            lines.pop();
        }
        let next = lines.last().filter(|_| more).map(after);
        Ok(Page { lines, next, counts })
    })
}

/// The customers that match the filters as CSV (RFC 4180), safe to open in a spreadsheet: every field quoted, formulas defused.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::StepUp`] without a fresh proof.
pub fn export(app: &App, ctx: &Ctx, query: &Query) -> Result<Vec<u8>, Error> {
    let file = app.read_long(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ExportCustomers)?;
        work.fresh(Action::ExportCustomers)?;
        let mut file = Sheet::new(["ID", "Company", "Primary domain", "Relationship", "Privileges", "Customer since"])?;
        let mut place = None;
        loop {
            let lines = fetch(work, partner.tenant.id, query, place.as_ref(), 1_000)?;
            for line in &lines {
                let (id, since) = (line.id.to_string(), day(line.started_at));
                file.row([&id, &line.name, &line.domain, line.kind, line.privileges, &since])?;
            }
            match lines.last() {
                Some(last) if lines.len() == 1_000 => place = Some(after(last)),
                _ => break,
            }
        }
        file.finish()
    })?;
    app.write(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ExportCustomers)?;
        work.record(Happened::new(EventKind::CustomersExported).partner(partner.tenant.id))?;
        Ok(())
    })?;
    Ok(file)
}

/// One customer's record.
///
/// # Errors
/// [`Error::NotFound`] for a stranger and after the relationship has ended.
pub fn record(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Record, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ViewCustomers)?;
        let rel = relationship::between(work.tx, partner.tenant.id, customer)?
            .filter(Relationship::is_active)
            .ok_or(Error::NotFound)?;
        let home = tenant::get(work.tx, customer)?.ok_or(Error::NotFound)?;
        let subscriptions = crate::subscription::of_partner(work, customer, partner.tenant.id)?;
        Ok(Record { tenant: home, relationship: rel, subscriptions })
    })
}

/// One customer as the list shows it.
///
/// # Errors
/// [`Error::NotFound`] for a stranger and after the relationship has ended.
pub fn line(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Line, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ViewCustomers)?;
        customer::line(work.tx, partner.tenant.id, customer)?.ok_or(Error::NotFound)
    })
}

fn fetch(
    work: &Work<'_>,
    partner: TenantId,
    query: &Query,
    place: Option<&After>,
    limit: i64,
) -> Result<Vec<Line>, Error> {
    let search = query.search.as_ref().map(SearchText::key);
    let filter = Filter { privileges: query.privileges.as_deref(), containing: search.as_deref(), order: query.order };
    Ok(customer::page(work.tx, partner, &filter, place, limit)?)
}

fn after(line: &Line) -> After {
    After { name_key: name_key(&line.name), started_at: line.started_at, id: line.id }
}

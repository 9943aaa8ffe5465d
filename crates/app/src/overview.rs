//! What a partner sees first: how many customers, how its requests do, and what waits for somebody.

use std::collections::BTreeSet;

use entente_domain::ids::TenantId;
use entente_domain::invitation::{Binding, Invitation, State};
use entente_domain::policy::{self, Action};
use entente_domain::text::{EmailAddress, PersonName};
use entente_domain::time::Timestamp;
pub use entente_store::invitation::Funnel;
pub use entente_store::relationship::Counts;
use entente_store::{customer, invitation, mail, relationship};

use crate::{App, Ctx, Error, Work};

/// What stands beside the navigation of every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Living relationships by state of privileges.
    pub counts: Counts,
    /// Customers since the first of this month (UTC).
    pub new_this_month: i64,
    /// Requests that wait for a customer's answer.
    pub waiting: i64,
    /// When the oldest of them was made.
    pub oldest_waiting: Option<Timestamp>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// How many there are today.
    pub numbers: Numbers,
    /// The last twelve months (UTC), this one as it stands now last.
    pub months: Vec<Month>,
    /// What became of the requests of the last 90 days.
    pub funnel: Funnel,
    /// What waits for somebody, most urgent first.
    pub todos: Vec<Todo>,
}

/// One month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// The moment counted at: its last second, or now.
    pub at: Timestamp,
    /// Customers at that moment.
    pub customers: i64,
    /// Customers that began in it, whether or not they still are.
    pub began: i64,
}

/// Something that waits for somebody at the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Todo {
    /// A customer took its privileges back and nobody has asked again.
    Removed {
        /// The customer.
        customer: TenantId,
        /// Its name.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// The mail of a request could not be delivered.
    Bounced {
        /// The request's number.
        number: i64,
        /// Who it is addressed to.
        recipient: String,
        /// What the mail server said.
        answer: String,
    },
    /// A customer declined.
    Declined {
        /// The request's number.
        number: i64,
        /// Who it is addressed to.
        recipient: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody without the right to accept passed the request on to their administrator.
    AwaitsAdministrator {
        /// The request's number.
        number: i64,
        /// Who it is addressed to.
        recipient: String,
        /// Since when.
        since: Timestamp,
    },
    /// Nobody has answered for a while.
    Unanswered {
        /// The request's number.
        number: i64,
        /// Who it is addressed to.
        recipient: String,
        /// When it was made.
        since: Timestamp,
        /// Whether a reminder can go out now.
        may_remind: bool,
    },
}

/// How many months the chart shows.
const MONTHS: usize = 12;
/// How many days back the funnel counts, and how long something removed or bounced waits for somebody.
const DAYS: i64 = 90;
/// How many days a refusal stays on the list.
const DECLINED_DAYS: i64 = 14;
/// How much waits at the most: a list nobody can finish helps nobody.
const TODOS: i64 = 8;

/// The numbers of the partner of whoever asks.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn numbers(app: &App, ctx: &Ctx) -> Result<Numbers, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ViewCustomers)?;
        count(work, partner.tenant.id)
    })
}

/// The overview of the partner of whoever asks.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn of_partner(app: &App, ctx: &Ctx) -> Result<Overview, Error> {
    app.read(ctx, |work| {
        let (me, partner, _) = work.partner(Action::ViewCustomers)?;
        let id = partner.tenant.id;
        let numbers = count(work, id)?;
        Ok(Overview {
            numbers,
            months: months(work, id, numbers.counts.all())?,
            funnel: invitation::funnel(work.tx, id, work.now.plus_days(-DAYS), work.now)?,
            todos: todos(work, id, policy::check(&me.person, Action::RequestRelationship).is_ok())?,
        })
    })
}

fn count(work: &Work<'_>, partner: TenantId) -> Result<Numbers, Error> {
    let (waiting, oldest_waiting) = invitation::waiting(work.tx, partner, work.now)?;
    let this_month = first_days(work.now).pop().unwrap_or(work.now);
    Ok(Numbers {
        counts: relationship::counts(work.tx, partner)?,
        new_this_month: customer::started_since(work.tx, partner, this_month)?,
        waiting,
        oldest_waiting,
    })
}

/// The first moments (UTC) of the last twelve months, this one's last.
fn first_days(now: Timestamp) -> Vec<Timestamp> {
    let at = jiff::Timestamp::from_microsecond(now.micros()).unwrap_or_default();
    let first = at.to_zoned(jiff::tz::TimeZone::UTC).date().first_of_month();
    let begin = |back: usize| {
        let back = jiff::Span::new().months(i64::try_from(back).unwrap_or(0));
        let day = first.checked_sub(back).ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Timestamp::from_seconds(day.timestamp().as_second()))
    };
    (0..MONTHS).rev().filter_map(begin).collect()
}

/// The months, counted back from today's number: what began since is taken off, what ended since put on. A customer that came back
/// after an end counts, and is new, from its return.
fn months(work: &Work<'_>, partner: TenantId, today: i64) -> Result<Vec<Month>, Error> {
    let mut months = Vec::with_capacity(MONTHS);
    let mut living = today;
    let mut counted = (work.now, work.now.plus_seconds(1), 0);
    for begin in first_days(work.now).into_iter().rev() {
        let (at, end, ended) = counted;
        let stayed = relationship::started_between(work.tx, partner, begin, end)?;
        let left = relationship::began_then_ended(work.tx, partner, begin, end)?;
        months.push(Month { at, customers: living + ended, began: stayed + left });
        living -= stayed;
        counted = (begin.plus_seconds(-1), begin, relationship::alive_then_ended(work.tx, partner, begin)?);
    }
    months.reverse();
    Ok(months)
}

/// What waits, most urgent first. Requests only for those who may do something about them.
fn todos(work: &Work<'_>, partner: TenantId, requests: bool) -> Result<Vec<Todo>, Error> {
    let long_ago = work.now.plus_days(-DAYS);
    let mut todos = Vec::new();
    if requests {
        todos.extend(bounced(work, partner, long_ago)?);
    }
    let removed = relationship::removed_by_customers(work.tx, partner, long_ago, TODOS)?;
    todos.extend(removed.into_iter().map(|(customer, name, at)| Todo::Removed { customer, name, at }));
    if requests {
        let since = work.now.plus_days(-DECLINED_DAYS);
        todos.extend(invitation::declined(work.tx, partner, since, TODOS)?.iter().filter_map(declined));
        todos.extend(invitation::forwarded(work.tx, partner, work.now, TODOS)?.iter().filter_map(forwarded));
        let long = work.now.plus_days(-work.app.settings().remind_after_days);
        let waiting = invitation::longest_waiting(work.tx, partner, work.now, TODOS)?;
        let waiting = waiting.into_iter().filter(|inv| inv.created_at <= long);
        todos.extend(waiting.map(|inv| unanswered(inv, work.now)));
    }
    todos.truncate(usize::try_from(TODOS).unwrap_or(0));
    Ok(todos)
}

/// One entry a request, however many of its mails came back.
fn bounced(work: &Work<'_>, partner: TenantId, since: Timestamp) -> Result<Vec<Todo>, Error> {
    let mut numbers = BTreeSet::new();
    let mut bounced = mail::bounced(work.tx, partner, since, work.now, TODOS)?;
    bounced.retain(|(number, ..)| numbers.insert(*number));
    Ok(bounced.into_iter().map(|(number, recipient, answer)| Todo::Bounced { number, recipient, answer }).collect())
}

fn declined(inv: &Invitation) -> Option<Todo> {
    let State::Declined { at, .. } = inv.state else { return None };
    Some(Todo::Declined { number: inv.number, recipient: recipient(inv), at })
}

fn forwarded(inv: &Invitation) -> Option<Todo> {
    let since = inv.forwarded_at?;
    Some(Todo::AwaitsAdministrator { number: inv.number, recipient: recipient(inv), since })
}

fn unanswered(inv: Invitation, now: Timestamp) -> Todo {
    let (number, recipient, since) = (inv.number, recipient(&inv), inv.created_at);
    Todo::Unanswered { number, recipient, since, may_remind: inv.remind(now).is_ok() }
}

/// Who a request is addressed to, as well as it is known.
fn recipient(inv: &Invitation) -> String {
    let to = &inv.recipient;
    let address = to.email.as_ref().map(EmailAddress::as_str);
    let bound = if let Binding::Domain(domain) = &inv.binding { Some(domain.as_str()) } else { None };
    address.or_else(|| to.name.as_ref().map(PersonName::as_str)).or(bound).unwrap_or_default().to_owned()
}

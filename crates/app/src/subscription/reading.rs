//! What was bought, as it is now: page by page, one with what belongs to it, and what other operations rest on.

use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::Action;
use entente_domain::relationship::Relationship;
use entente_domain::subscription::Subscription;
use entente_domain::tenant::Tenant;
use entente_store::{order, relationship, subscription, tenant};

use crate::{App, Ctx, Error, Work};

/// A page of a list of subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What is on it.
    pub rows: Vec<T>,
    /// What the next page begins after.
    pub next: Option<SubscriptionId>,
}

/// Up to `limit` of what a customer bought, after the one given: for its own people of everything, for a partner's of what that partner
/// provisioned.
///
/// # Errors
/// [`Error::NotFound`] for a stranger and when there is none to begin after, [`Error::Denied`] without the role.
pub fn list(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    after: Option<SubscriptionId>,
    limit: i64,
) -> Result<Listed<Subscription>, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewSubscriptions)?;
        let after = begins(work, customer, site.relationship.as_ref(), after)?;
        let (rows, next) = cut(limit, |limit| match &site.relationship {
            Some(rel) => {
                let stored = subscription::page_of_partner(work.tx, customer, rel.partner, after.as_ref(), limit)?;
                sold_by(work, customer, rel.partner, stored)
            }
            None => {
                bought_by(work, customer, subscription::page_of_customer(work.tx, customer, after.as_ref(), limit)?)
            }
        })?;
        Ok(Listed { rows, next })
    })
}

/// The subscription a page begins after, as far as the reader sees it.
fn begins(
    work: &Work<'_>,
    customer: TenantId,
    seller: Option<&Relationship>,
    after: Option<SubscriptionId>,
) -> Result<Option<Subscription>, Error> {
    let Some(id) = after else { return Ok(None) };
    let found = subscription::get(work.tx, customer, id)?;
    Ok(Some(found.filter(|it| seller.is_none_or(|rel| rel.partner == it.partner)).ok_or(Error::NotFound)?))
}

/// A page out of one row more than it has, and what the next one begins after.
fn cut(
    limit: i64,
    read: impl FnOnce(i64) -> Result<Vec<Subscription>, Error>,
) -> Result<(Vec<Subscription>, Option<SubscriptionId>), Error> {
    let mut rows = read(limit + 1)?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|it| it.id);
    Ok((rows, next))
}

/// One subscription with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The customer.
    pub customer: Tenant,
    /// The subscription.
    pub subscription: Subscription,
    /// What it extends.
    pub parent: Option<Subscription>,
    /// What extends it.
    pub add_ons: Vec<Subscription>,
    /// The number of the order it came from; none for what was sold before there were orders.
    pub order: Option<i64>,
    /// The name of the reseller it was sold through.
    pub of_record: Option<String>,
    /// The name of whom the customer calls.
    pub support: String,
}

/// One subscription. A partner's people see what that partner provisioned.
///
/// # Errors
/// [`Error::NotFound`] for a stranger's and another partner's, [`Error::Denied`] without the role.
pub fn get(app: &App, ctx: &Ctx, customer: TenantId, id: SubscriptionId) -> Result<View, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewSubscriptions)?;
        let sees = |it: &Subscription| site.relationship.as_ref().is_none_or(|rel| rel.partner == it.partner);
        let subscription = one(work, customer, id)?.filter(sees).ok_or(Error::NotFound)?;
        let parent = subscription.parent.map(|id| one(work, customer, id)).transpose()?.flatten();
        let found = order::of_subscription(work.tx, id)?;
        Ok(View {
            customer: site.customer,
            parent,
            add_ons: now(work, subscription::add_ons(work.tx, id)?),
            order: found.map(|it| it.number),
            of_record: subscription.of_record.map(|it| name_of(work, it)).transpose()?,
            support: name_of(work, subscription.supported_by)?,
            subscription,
        })
    })
}

/// What a customer has, as its own people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// The subscription.
    pub subscription: Subscription,
    /// What it extends.
    pub parent: Option<Subscription>,
    /// The name of who bills it.
    pub seller: String,
    /// The name of whom to call.
    pub support: String,
}

/// Up to `limit` of what the reader's own organisation has, after the one given.
///
/// # Errors
/// [`Error::Denied`] without the role; [`Error::NotFound`] when there is none to begin after.
pub fn bought(app: &App, ctx: &Ctx, after: Option<SubscriptionId>, limit: i64) -> Result<Listed<Bought>, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(work.me()?.tenant.id, Action::ViewSubscriptions)?;
        let home = site.customer.id;
        let after = begins(work, home, None, after)?;
        let (rows, next) = cut(limit, |limit| {
            bought_by(work, home, subscription::page_of_customer(work.tx, home, after.as_ref(), limit)?)
        })?;
        let mut concerned: Vec<TenantId> = rows.iter().flat_map(|it| [it.partner, it.supported_by]).collect();
        concerned.sort_unstable();
        concerned.dedup();
        let names = tenant::names(work.tx, &concerned)?;
        let name = |id: TenantId| names.get(&id).cloned().unwrap_or_default();
        let bought = |it: Subscription| {
            let parent = it.parent.map(|id| subscription::get(work.tx, home, id)).transpose()?.flatten();
            Ok(Bought { parent, seller: name(it.partner), support: name(it.supported_by), subscription: it })
        };
        Ok(Listed { rows: rows.into_iter().map(bought).collect::<Result<_, Error>>()?, next })
    })
}

/// What one partner provisioned for a customer, with the support contacts that hold now.
pub(crate) fn of_partner(work: &Work<'_>, customer: TenantId, partner: TenantId) -> Result<Vec<Subscription>, Error> {
    sold_by(work, customer, partner, subscription::of_partner(work.tx, customer, partner)?)
}

/// What a partner sold, as it is now.
fn sold_by(
    work: &Work<'_>,
    customer: TenantId,
    partner: TenantId,
    stored: Vec<Subscription>,
) -> Result<Vec<Subscription>, Error> {
    let sold = now(work, stored);
    // Only where somebody else was chosen does it matter how that one stands.
    if sold.iter().all(|it| it.supported_by == it.partner) {
        return Ok(sold);
    }
    let seller = relationship::between(work.tx, partner, customer)?.ok_or(Error::NotFound)?;
    let relationships = channel_of(work, seller)?;
    Ok(sold.into_iter().map(|it| it.supported_within(&relationships)).collect())
}

/// One subscription of a customer, whoever sold it, with the support contact that holds now.
pub(crate) fn one(work: &Work<'_>, customer: TenantId, id: SubscriptionId) -> Result<Option<Subscription>, Error> {
    let stored = subscription::get(work.tx, customer, id)?;
    Ok(bought_by(work, customer, stored.into_iter().collect())?.pop())
}

/// Everything a customer has, with the support contacts that hold now.
pub(crate) fn of_customer(work: &Work<'_>, customer: TenantId) -> Result<Vec<Subscription>, Error> {
    bought_by(work, customer, subscription::of_customer(work.tx, customer)?)
}

/// What a customer bought, as it is now.
fn bought_by(work: &Work<'_>, customer: TenantId, stored: Vec<Subscription>) -> Result<Vec<Subscription>, Error> {
    let relationships = relationship::of_customer(work.tx, customer)?;
    let sold = now(work, stored);
    Ok(sold.into_iter().map(|it| it.supported_within(&relationships)).collect())
}

/// A relationship and, in a two-tier channel, the one of the other partner there.
pub(super) fn channel_of(work: &Work<'_>, rel: Relationship) -> Result<Vec<Relationship>, Error> {
    let other = match rel.channel.companion() {
        Some(companion) => relationship::between(work.tx, companion, rel.customer)?,
        None => None,
    };
    Ok(std::iter::once(rel).chain(other).collect())
}

pub(super) fn name_of(work: &Work<'_>, partner: TenantId) -> Result<String, Error> {
    Ok(tenant::get(work.tx, partner)?.ok_or(Error::NotFound)?.name.into_string())
}

/// What the stored ones are at this time, whether the sweep came by or not, and which version they are once that is written.
fn now(work: &Work<'_>, stored: Vec<Subscription>) -> Vec<Subscription> {
    let as_written = |it: Subscription| match it.at(work.now) {
        (it, None) => it,
        (it, Some(_)) => Subscription { version: it.version + 1, ..it },
    };
    stored.into_iter().map(as_written).collect()
}

//! Subscriptions a partner provisioned and what becomes of them (requirements S11, S17). How they come into being is [`crate::order`]'s.

use entente_domain::event::Happened;
use entente_domain::ids::{SubscriptionId, TenantId, UserId};
use entente_domain::policy::{self, Action, OutOfReach, OutOfReachBecause, Permit, Unattended};
use entente_domain::relationship::{Channel, Relationship};
use entente_domain::subscription::{Refused, Subscription};
use entente_domain::tenant::{Partner, Tenant};
use entente_domain::term::{Cycle, Term};
use entente_domain::text::SubscriptionName;
use entente_store::{order, relationship, service_request, subscription, tenant};

use crate::order::Wish;
use crate::{App, Ctx, Error, Invalid, Work};

/// What a customer bought: for its own people all of it, for a partner's what that partner provisioned.
///
/// # Errors
/// [`Error::NotFound`] for a stranger, [`Error::Denied`] without the role.
pub fn list(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Vec<Subscription>, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewSubscriptions)?;
        match site.relationship {
            Some(rel) => of_partner(work, customer, rel.partner),
            None => of_customer(work, customer),
        }
    })
}

/// A page of a list of subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What is on it.
    pub rows: Vec<T>,
    /// What the next page begins after.
    pub next: Option<SubscriptionId>,
}

/// Up to `limit` of [`list`], after the one given.
///
/// # Errors
/// As [`list`]; [`Error::NotFound`] when there is none to begin after.
pub fn page(
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
        let all = match &site.relationship {
            Some(rel) => of_partner(work, customer, rel.partner)?,
            None => of_customer(work, customer)?,
        };
        let subscription = all.iter().find(|it| it.id == id).cloned().ok_or(Error::NotFound)?;
        let found = order::of_subscription(work.tx, id)?;
        Ok(View {
            customer: site.customer,
            parent: all.iter().find(|it| Some(it.id) == subscription.parent).cloned(),
            add_ons: all.iter().filter(|it| it.parent == Some(id)).cloned().collect(),
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

/// Orders a product under the usual terms: a year, billed monthly, renewing. See [`crate::order::place`].
///
/// # Errors
/// As [`crate::order::place`].
pub fn add(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    product: &str,
    quantity: Option<i64>,
) -> Result<Subscription, Error> {
    let wish = Wish {
        product: product.to_owned(),
        quantity,
        plan: Some((Term::Year, Cycle::Monthly)),
        renews: true,
        parent: None,
        name: None,
        form: app.new_id(),
    };
    crate::order::place(app, ctx, customer, wish).map(|(_, sub)| sub)
}

/// Stops a subscription this partner provisioned, and what extends it.
///
/// # Errors
/// [`Error::NotFound`] for a stranger's and another partner's, [`Error::Subscription`] when stopped already and when it is over.
pub fn suspend(app: &App, ctx: &Ctx, customer: TenantId, id: SubscriptionId) -> Result<(), Error> {
    change(app, ctx, customer, id, |scene| {
        let add_ons = settled_add_ons(scene.work, scene.permit, &scene.sub)?;
        scene.step(|sub, _| sub.suspend())?;
        for add_on in add_ons.into_iter().filter(Subscription::is_active) {
            let (add_on, happened) = add_on.suspend()?;
            write(scene.work, scene.permit, add_on, happened)?;
        }
        Ok(())
    })
}

/// Lets a stopped subscription run again; what extends it stays stopped until it is let run, too.
///
/// # Errors
/// As [`suspend`]; [`Error::Subscription`] for an add-on while what it extends does not run.
pub fn activate(app: &App, ctx: &Ctx, customer: TenantId, id: SubscriptionId) -> Result<(), Error> {
    change(app, ctx, customer, id, |scene| scene.step(Subscription::activate))
}

/// Calls a subscription something else; nothing calls it by its product again.
///
/// # Errors
/// As [`suspend`]; [`Error::Subscription`] while it is suspended.
pub fn rename(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    id: SubscriptionId,
    name: Option<SubscriptionName>,
) -> Result<(), Error> {
    change(app, ctx, customer, id, move |scene| {
        if scene.sub.name == name {
            return Ok(());
        }
        scene.step(|sub, _| sub.rename(name.clone()))
    })
}

/// Has more or fewer units from now on. `seen` is the version whoever asks decided upon.
///
/// # Errors
/// As [`suspend`]; [`Error::Conflict`] when it was changed since it was seen, [`Error::Subscription`] outside of what is possible now.
pub fn change_quantity(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    id: SubscriptionId,
    to: i64,
    seen: i64,
) -> Result<(), Error> {
    change(app, ctx, customer, id, move |scene| {
        if scene.sub.version != seen {
            return Err(Error::Conflict);
        }
        scene.step(|sub, _| sub.change_quantity(to, scene.work.now))
    })
}

/// Takes a subscription back, with what extends it; and its order, where nothing of that is left.
///
/// # Errors
/// As [`suspend`]; [`Error::Subscription`] once the days after the order or the renewal have passed.
pub fn cancel(app: &App, ctx: &Ctx, customer: TenantId, id: SubscriptionId) -> Result<(), Error> {
    change(app, ctx, customer, id, move |scene| {
        let add_ons = settled_add_ons(scene.work, scene.permit, &scene.sub)?;
        scene.step(|sub, _| sub.cancel(scene.work.now))?;
        for add_on in add_ons.into_iter().filter(|it| !it.state.is_over()) {
            let (add_on, happened) = add_on.cancel_with_parent()?;
            write(scene.work, scene.permit, add_on, happened)?;
        }
        // An order whose days have passed stays as it was: what is taken back then is a renewal.
        if let Some(found) = order::of_subscription(scene.work.tx, id)?
            && found.lines.iter().all(|line| line.subscription == id)
            && let Ok(cancelled) = found.cancel(scene.me, scene.work.now)
            && !order::save(scene.work.tx, scene.permit, &cancelled)?
        {
            return Err(Error::Conflict);
        }
        Ok(())
    })
}

/// Lets another term follow, or lets it end with the present one and with it what extends it.
///
/// # Errors
/// As [`suspend`]; [`Error::Subscription`] where there is no term, and for an add-on of something that ends.
pub fn set_renewal(app: &App, ctx: &Ctx, customer: TenantId, id: SubscriptionId, renews: bool) -> Result<(), Error> {
    change(app, ctx, customer, id, move |scene| {
        if renews {
            return scene.step(Subscription::renew);
        }
        let add_ons = settled_add_ons(scene.work, scene.permit, &scene.sub)?;
        scene.step(|sub, _| sub.let_end())?;
        let renewing = |it: &Subscription| !it.state.is_over() && it.commitment.is_some_and(|it| it.renews);
        for add_on in add_ons.into_iter().filter(renewing) {
            let (add_on, happened) = add_on.let_end()?;
            write(scene.work, scene.permit, add_on, happened)?;
        }
        Ok(())
    })
}

/// Says whom the customer calls about a subscription this partner provisioned (requirement S16).
///
/// # Errors
/// [`Error::Invalid`] on `support` when `supporter` is no candidate, [`Error::NotFound`] for a stranger's and another partner's.
pub fn assign_support(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    id: SubscriptionId,
    supporter: TenantId,
) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (_, partner, permit) = work.partner(Action::AssignSupport)?;
        let seller = living(work, partner.tenant.id, customer)?;
        let sub = own(work, &permit, &seller, id)?;
        let relationships = channel_of(work, seller)?;
        if sub.clone().supported_within(&relationships).supported_by == supporter {
            return Ok(());
        }
        let (sub, happened) =
            sub.assign_support(supporter, &relationships).map_err(|_| Error::field("support", Invalid::NotOffered))?;
        if !subscription::save(work.tx, &permit, &sub)? {
            return Err(Error::Conflict);
        }
        service_request::supported_by(work.tx, &permit, sub.id, supporter)?;
        work.record(happened.with("support", name_of(work, supporter)?))?;
        Ok(())
    })
}

/// Whom a customer can call about what is sold to it in this channel: the seller first.
///
/// # Errors
/// [`Error::NotFound`] for a stranger.
pub fn supporters(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Vec<Partner>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ViewCustomers)?;
        let mine = living(work, partner.tenant.id, customer)?;
        let seller = match mine.channel {
            Channel::Reseller { provider } => provider,
            Channel::Direct | Channel::Provider { .. } => partner.tenant.id,
        };
        let relationships = channel_of(work, mine)?;
        let mut candidates = Vec::new();
        for id in entente_domain::subscription::supporters(seller, customer, &relationships) {
            candidates.extend(tenant::partner(work.tx, id)?);
        }
        Ok(candidates)
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
fn channel_of(work: &Work<'_>, rel: Relationship) -> Result<Vec<Relationship>, Error> {
    let other = match rel.channel.companion() {
        Some(companion) => relationship::between(work.tx, companion, rel.customer)?,
        None => None,
    };
    Ok(std::iter::once(rel).chain(other).collect())
}

fn name_of(work: &Work<'_>, partner: TenantId) -> Result<String, Error> {
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

/// A subscription the partner of this relationship provisioned itself, settled; see [`settle`].
pub(crate) fn own(
    work: &Work<'_>,
    permit: &Permit,
    rel: &Relationship,
    id: SubscriptionId,
) -> Result<Subscription, Error> {
    let sub = subscription::get(work.tx, rel.customer, id)?.ok_or(Error::NotFound)?;
    match policy::subscription_in_reach(rel.partner, Some(rel), &sub) {
        // A partner may not know what other partners sold.
        Err(OutOfReach { because: OutOfReachBecause::OtherPartner }) => Err(Error::NotFound),
        answer => answer.map(|()| settle(work, permit, sub))?,
    }
}

/// What extends a subscription, settled.
pub(crate) fn settled_add_ons(
    work: &Work<'_>,
    permit: &Permit,
    sub: &Subscription,
) -> Result<Vec<Subscription>, Error> {
    subscription::add_ons(work.tx, sub.id)?.into_iter().map(|it| settle(work, permit, it)).collect()
}

/// Writes down that a term has passed, where one has, before anything else is decided.
pub(crate) fn settle(work: &Work<'_>, permit: &Permit, sub: Subscription) -> Result<Subscription, Error> {
    match sub.at(work.now) {
        (sub, None) => Ok(sub),
        (sub, Some(happened)) => write(work, permit, sub, happened),
    }
}

/// Saves a changed subscription and records what happened; returns it as it is stored now.
pub(crate) fn write(
    work: &Work<'_>,
    permit: &Permit,
    sub: Subscription,
    happened: Happened,
) -> Result<Subscription, Error> {
    if !subscription::save(work.tx, permit, &sub)? {
        return Err(Error::Conflict);
    }
    work.record(happened)?;
    Ok(Subscription { version: sub.version + 1, ..sub })
}

/// Handles terms that have passed, at most `limit`; returns how many.
///
/// # Errors
/// When the database has no answer.
pub(crate) fn sweep(app: &App, limit: i64) -> Result<u64, Error> {
    const SWEEP: Permit = Permit::unattended(Unattended::Sweep);
    app.write(&Ctx::system(), move |work| {
        let mut done = 0;
        for sub in subscription::due(work.tx, work.now, limit)? {
            settle(work, &SWEEP, sub)?;
            done += 1;
        }
        Ok(done)
    })
}

/// A subscription about to be changed by the partner that provisioned it.
struct Scene<'a> {
    work: &'a Work<'a>,
    permit: &'a Permit,
    me: UserId,
    sub: Subscription,
    parent: Option<Subscription>,
}

impl Scene<'_> {
    fn step(
        &self,
        step: impl Fn(Subscription, Option<&Subscription>) -> Result<(Subscription, Happened), Refused>,
    ) -> Result<(), Error> {
        let (sub, happened) = step(self.sub.clone(), self.parent.as_ref())?;
        write(self.work, self.permit, sub, happened).map(|_| ())
    }
}

fn change(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    id: SubscriptionId,
    act: impl Fn(&Scene<'_>) -> Result<(), Error> + Send + 'static,
) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::ManageSubscriptions)?;
        let rel = living(work, partner.tenant.id, customer)?;
        let sub = own(work, &permit, &rel, id)?;
        let parent = match sub.parent {
            Some(parent) => Some(own(work, &permit, &rel, parent)?),
            None => None,
        };
        act(&Scene { work, permit: &permit, me: me.person.id, sub, parent })
    })
}

pub(crate) fn living(work: &Work<'_>, partner: TenantId, customer: TenantId) -> Result<Relationship, Error> {
    relationship::between(work.tx, partner, customer)?.filter(Relationship::is_active).ok_or(Error::NotFound)
}

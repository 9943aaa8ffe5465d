//! Subscriptions a partner provisioned and what becomes of them (requirements S11, S17). How they come into being is [`crate::order`]'s.

mod reading;

use entente_domain::event::Happened;
use entente_domain::ids::{SubscriptionId, TenantId, UserId};
use entente_domain::policy::{self, Action, OutOfReach, OutOfReachBecause, Permit, Unattended};
use entente_domain::relationship::{Channel, Relationship};
use entente_domain::subscription::{Refused, Subscription};
use entente_domain::tenant::Partner;
use entente_domain::term::{Cycle, Term};
use entente_domain::text::SubscriptionName;
use entente_store::{order, relationship, service_request, subscription, tenant};

use crate::order::Wish;
pub use reading::{Bought, Listed, View, bought, get, list};
use reading::{channel_of, name_of};
pub(crate) use reading::{of_customer, of_partner, one};

use crate::{App, Ctx, Error, Invalid, Work};

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

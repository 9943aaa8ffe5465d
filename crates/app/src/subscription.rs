//! Subscriptions a partner provisions: add, suspend, activate (requirements S11, S17).

use entente_domain::catalogue::{self, Billing};
use entente_domain::event::Happened;
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::{self, Action, OutOfReach, OutOfReachBecause};
use entente_domain::relationship::{Channel, Relationship, RelationshipKind};
use entente_domain::subscription::{Action as Step, Because, MAX_QUANTITY, Refused, State, Subscription};
use entente_domain::tenant::Partner;
use entente_store::{relationship, service_request, subscription, tenant};

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

/// Provisions a product. Needs no privileges.
///
/// # Errors
/// [`Error::Subscription`] when the product is not on sale there, the quantity is wrong, or this partner does not place orders.
pub fn add(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    product: &str,
    quantity: Option<i64>,
) -> Result<Subscription, Error> {
    let product = product.to_owned();
    app.write(ctx, move |work| {
        let (_, partner, permit) = work.partner(Action::ManageSubscriptions)?;
        let rel = living(work, partner.tenant.id, customer)?;
        let home = tenant::get(work.tx, customer)?.ok_or(Error::NotFound)?;
        let refused = |because| Error::Subscription(Refused { action: Step::Add, because });
        if rel.kind == RelationshipKind::Advisor {
            return Err(refused(Because::Advisor));
        }
        if matches!(rel.channel, Channel::Reseller { .. }) {
            return Err(refused(Because::ProviderOrders));
        }
        let product = catalogue::find(&product)
            .filter(|product| product.on_sale(home.cloud, work.now))
            .ok_or_else(|| refused(Because::NotAvailable))?;
        let fits = match product.billing {
            Billing::Licence => quantity.is_some_and(|n| (1..=MAX_QUANTITY).contains(&n)),
            Billing::Usage => quantity.is_none(),
        };
        if !fits {
            return Err(refused(Because::Quantity));
        }
        let new = Subscription {
            id: work.app.new_id(),
            customer,
            partner: partner.tenant.id,
            supported_by: partner.tenant.id,
            product: product.code.to_owned(),
            billing: product.billing,
            quantity,
            created_at: work.now,
            state: State::Active,
            version: 1,
        };
        subscription::insert(work.tx, &permit, &new)?;
        work.record(new.added())?;
        Ok(new)
    })
}

/// Stops a subscription this partner provisioned.
///
/// # Errors
/// [`Error::NotFound`] for a stranger's, [`Error::OutOfReach`] for another partner's, [`Error::Subscription`] when stopped already.
pub fn suspend(app: &App, ctx: &Ctx, customer: TenantId, id: SubscriptionId) -> Result<(), Error> {
    turn(app, ctx, customer, id, Subscription::suspend)
}

/// Lets a stopped subscription run again.
///
/// # Errors
/// As [`suspend`].
pub fn activate(app: &App, ctx: &Ctx, customer: TenantId, id: SubscriptionId) -> Result<(), Error> {
    turn(app, ctx, customer, id, Subscription::activate)
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
        let sub = own(work, &seller, id)?;
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
    let sold = subscription::of_partner(work.tx, customer, partner)?;
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
    let relationships = relationship::of_customer(work.tx, customer)?;
    let sold = subscription::of_customer(work.tx, customer)?;
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

/// A subscription the partner of this relationship provisioned itself.
fn own(work: &Work<'_>, rel: &Relationship, id: SubscriptionId) -> Result<Subscription, Error> {
    let sub = subscription::get(work.tx, rel.customer, id)?.ok_or(Error::NotFound)?;
    match policy::subscription_in_reach(rel.partner, Some(rel), &sub) {
        // A partner may not know what other partners sold.
        Err(OutOfReach { because: OutOfReachBecause::OtherPartner }) => Err(Error::NotFound),
        answer => Ok(answer.map(|()| sub)?),
    }
}

fn turn(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    id: SubscriptionId,
    step: fn(Subscription) -> Result<(Subscription, Happened), Refused>,
) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (_, partner, permit) = work.partner(Action::ManageSubscriptions)?;
        let rel = living(work, partner.tenant.id, customer)?;
        let (sub, happened) = step(own(work, &rel, id)?)?;
        if !subscription::save(work.tx, &permit, &sub)? {
            return Err(Error::Conflict);
        }
        work.record(happened)?;
        Ok(())
    })
}

fn living(work: &Work<'_>, partner: TenantId, customer: TenantId) -> Result<Relationship, Error> {
    relationship::between(work.tx, partner, customer)?.filter(Relationship::is_active).ok_or(Error::NotFound)
}

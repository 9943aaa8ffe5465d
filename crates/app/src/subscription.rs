//! Subscriptions a partner provisions: add, suspend, activate (requirements S11, S17).

use entente_domain::catalogue::{self, Billing};
use entente_domain::event::Happened;
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::{self, Action, OutOfReach, OutOfReachBecause};
use entente_domain::relationship::{Channel, Relationship, RelationshipKind};
use entente_domain::subscription::{Action as Step, Because, MAX_QUANTITY, Refused, State, Subscription};
use entente_store::{relationship, subscription, tenant};

use crate::{App, Ctx, Error, Work};

/// What this partner provisioned for a customer.
///
/// # Errors
/// [`Error::NotFound`] for a stranger.
pub fn list(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Vec<Subscription>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ViewCustomers)?;
        living(work, partner.tenant.id, customer)?;
        Ok(subscription::of_partner(work.tx, customer, partner.tenant.id)?)
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
        let sub = subscription::get(work.tx, customer, id)?.ok_or(Error::NotFound)?;
        match policy::subscription_in_reach(partner.tenant.id, Some(&rel), &sub) {
            // A partner may not know what other partners sold.
            Err(OutOfReach { because: OutOfReachBecause::OtherPartner }) => return Err(Error::NotFound),
            answer => answer?,
        }
        let (sub, happened) = step(sub)?;
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

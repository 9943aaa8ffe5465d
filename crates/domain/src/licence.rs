//! Licences: how many units of a product a customer has, and who may be given one (requirements S9, S11; Partner Center contract,
//! subscribed SKUs and licence updates).
//!
//! Units are never stored. They follow from the customer's subscriptions, whoever sold them, and from a count of the licences in use,
//! so that suspending, ending or shrinking a subscription takes nothing away from anybody: what is in use beyond what is there stays
//! in use, nothing more can be given, and the pages say so.

use crate::catalogue::{self, Product, Sku};
use crate::ids::{ServicePlanId, SkuId, SubscriptionId};
use crate::subscription::{State, Subscription};
use crate::time::Timestamp;

/// Days for which the units of an expired subscription still count, with a warning: `total = active + warning` in the Partner Center
/// contract, which leaves their length to us. As long as a deleted user can be brought back.
pub const GRACE_DAYS: i64 = 30;

/// How many people can be given a licence, or lose it, at once.
pub const AT_ONCE: usize = 200;

/// The units of one SKU at a customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Units {
    /// Of subscriptions that run.
    pub enabled: i64,
    /// Of subscriptions that are stopped: kept, but nobody new is given one.
    pub suspended: i64,
    /// Of subscriptions that ended less than [`GRACE_DAYS`] ago.
    pub warning: i64,
    /// Licences people hold.
    pub consumed: i64,
}

impl Units {
    /// What can be in use: enabled and warning.
    pub const fn total(&self) -> i64 {
        self.enabled.saturating_add(self.warning)
    }

    /// What can still be given; none while more is in use than there is.
    pub const fn available(&self) -> i64 {
        let left = self.total().saturating_sub(self.consumed);
        if left > 0 { left } else { 0 }
    }

    /// How much more is in use than there is, what is suspended included: whoever holds that still holds something that is there.
    pub const fn over(&self) -> i64 {
        let over = self.consumed.saturating_sub(self.total().saturating_add(self.suspended));
        if over > 0 { over } else { 0 }
    }

    /// Whether the customer has anything of it, or anybody still holds it.
    pub const fn any(&self) -> bool {
        self.enabled > 0 || self.suspended > 0 || self.warning > 0 || self.consumed > 0
    }
}

/// The SKU a subscription has units of; none where it is paid for by usage.
pub fn sku_of(subscription: &Subscription) -> Option<&'static Sku> {
    catalogue::find(&subscription.product).and_then(|product| product.sku)
}

/// The products that are licences of a SKU, in the table's order.
pub fn products(sku: SkuId) -> impl Iterator<Item = &'static Product> {
    catalogue::all().iter().filter(move |product| product.sku.is_some_and(|it| it.id == sku))
}

/// The units of `sku` that these subscriptions of one customer make, where `consumed` are in use. The subscriptions are those of any
/// partner, as they are at `now` ([`Subscription::at`]).
pub fn units<'a>(
    sku: SkuId,
    subscriptions: impl IntoIterator<Item = &'a Subscription>,
    consumed: i64,
    now: Timestamp,
) -> Units {
    let mut units = Units { consumed, ..Units::default() };
    for it in subscriptions.into_iter().filter(|it| sku_of(it).is_some_and(|of| of.id == sku)) {
        let seats = it.quantity.unwrap_or(0).max(0);
        let place = match it.state {
            State::Active => &mut units.enabled,
            State::Suspended => &mut units.suspended,
            State::Expired if in_grace(it, now) => &mut units.warning,
            State::Cancelled | State::Expired => continue,
        };
        *place = place.saturating_add(seats);
    }
    units
}

/// Whether an expired subscription ended so lately that its units still count.
pub fn in_grace(subscription: &Subscription, now: Timestamp) -> bool {
    let ended = subscription.commitment.map(|it| it.ends_at);
    subscription.state == State::Expired && ended.is_some_and(|ended| now < ended.plus_days(GRACE_DAYS))
}

/// The subscription in which more units of `sku` can be had: one that runs, the latest of several.
pub fn to_grow<'a>(sku: SkuId, subscriptions: impl IntoIterator<Item = &'a Subscription>) -> Option<SubscriptionId> {
    let fits = |it: &&Subscription| it.is_active() && sku_of(it).is_some_and(|of| of.id == sku);
    subscriptions.into_iter().filter(fits).max_by_key(|it| (it.created_at, it.id)).map(|it| it.id)
}

/// A licence somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// Of what.
    pub sku: SkuId,
    /// The service plans that are switched off for them, sorted.
    pub excluded: Vec<ServicePlanId>,
    /// Since when.
    pub since: Timestamp,
}

/// What giving a licence comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// One more is in use.
    Given,
    /// They held it; other service plans are switched off now.
    PlansChanged,
    /// It is taken from them.
    Taken,
    /// They held it like that, or did not hold it.
    Nothing,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// There is no such user here, or not any more.
    NoSuchUser,
    /// Where they use services is not known, which a licence needs (Partner Center contract, licence updates).
    NoUsageLocation,
    /// The customer has no subscription of it.
    NotBought,
    /// What the customer has of it is suspended.
    AllSuspended,
    /// All of it is in use (Partner Center contract, code 60012).
    NoneLeft,
}

crate::codes! {
    Outcome { Given = "given", PlansChanged = "plans_changed", Taken = "taken", Nothing = "nothing" }
    Because {
        NoSuchUser = "no_such_user", NoUsageLocation = "no_usage_location", NotBought = "not_bought",
        AllSuspended = "all_suspended", NoneLeft = "none_left",
    }
}

/// Why somebody was not given a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot give this licence: {}", .because.code())]
pub struct Refused {
    /// Of what.
    pub sku: SkuId,
    /// Why not.
    pub because: Because,
    /// Where more of it can be had, as far as whoever asks may know.
    pub grow: Option<SubscriptionId>,
}

/// What giving a licence with these service plans switched off comes to, for somebody who is `located` or not and holds one already
/// or not. Blocked people are given licences like others: what is prepared for a newcomer waits for them.
///
/// # Errors
/// The first reason in the order of [`Because`]. Whoever holds one keeps it, whatever is left and wherever they are.
pub fn give(
    held: Option<&Licence>,
    excluded: &[ServicePlanId],
    located: bool,
    units: &Units,
) -> Result<Outcome, Because> {
    if let Some(held) = held {
        return Ok(if held.excluded == excluded { Outcome::Nothing } else { Outcome::PlansChanged });
    }
    if !located {
        return Err(Because::NoUsageLocation);
    }
    match (units.available(), units.total(), units.suspended) {
        (1.., _, _) => Ok(Outcome::Given),
        (_, 1.., _) => Err(Because::NoneLeft),
        (_, _, 1..) => Err(Because::AllSuspended),
        _ => Err(Because::NotBought),
    }
}

/// These service plans sorted and each once, if all of them are parts of the SKU.
pub fn parts(sku: &Sku, plans: &[ServicePlanId]) -> Option<Vec<ServicePlanId>> {
    let mut plans = plans.to_vec();
    plans.sort_unstable();
    plans.dedup();
    plans.iter().all(|id| sku.service_plans.iter().any(|plan| plan.id == *id)).then_some(plans)
}

//! What a partner provisioned for a customer: `active <-> suspended`, and then `cancelled` or `expired`, which are the end.
//!
//! Whether a term has passed is decided when it is read, by [`Subscription::at`]: whoever loads one for a decision settles it first. The
//! sweep only writes down what every reader saw already.

mod commitment;

use crate::catalogue::{self, Billing};
use crate::event::{EventKind, Happened};
use crate::ids::{SubscriptionId, TenantId};
use crate::relationship::{Channel, Relationship};
use crate::text::SubscriptionName;
use crate::time::Timestamp;

pub use commitment::{Commitment, Provisioning, WINDOW_DAYS, Window};

/// The most units one subscription can hold.
pub const MAX_QUANTITY: i64 = 10_000_000;

/// Seconds until what was ordered counts as set up.
const SETTING_UP: i64 = 60;

/// A subscription of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose it is.
    pub customer: TenantId,
    /// Who provisioned and bills it.
    pub partner: TenantId,
    /// Whom the customer calls: the seller, or its indirect reseller (requirement S16). As stored, this is the choice made;
    /// [`Subscription::supported_within`] makes it what holds now.
    pub supported_by: TenantId,
    /// The indirect reseller it was sold through, on the wire the partner of record; frozen at the time of the order.
    pub of_record: Option<TenantId>,
    /// The product's code in the catalogue.
    pub product: String,
    /// What the partner calls it.
    pub name: Option<SubscriptionName>,
    /// How it is billed, frozen at the time of the order.
    pub billing: Billing,
    /// Seats of a licence-based product; `None` for usage.
    pub quantity: Option<i64>,
    /// What an add-on extends.
    pub parent: Option<SubscriptionId>,
    /// Since when.
    pub created_at: Timestamp,
    /// What was agreed about it, where something was.
    pub commitment: Option<Commitment>,
    /// Whether it runs.
    pub state: State,
    /// Counts writes; two writers of one version cannot both win.
    pub version: i64,
}

/// Whether a subscription runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It runs and is billed.
    Active,
    /// It is stopped; the data is kept.
    Suspended,
    /// It was taken back in time and is not billed.
    Cancelled,
    /// Its term passed and no other followed.
    Expired,
}

impl State {
    /// Whether nothing can be done with it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::Expired)
    }
}

/// What can be tried with a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Order it.
    Add,
    /// Stop it.
    Suspend,
    /// Let it run again.
    Activate,
    /// Say whom the customer calls about it.
    AssignSupport,
    /// Call it something else.
    Rename,
    /// Have more or fewer units.
    ChangeQuantity,
    /// Take it back.
    Cancel,
    /// Let another term follow.
    Renew,
    /// Let it end with its term.
    LetEnd,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// It is in that state already.
    SameState,
    /// The product is not sold in this cloud or not any more.
    NotAvailable,
    /// A licence-based product needs a quantity between its least and its most; a usage-based one has none (Partner Center contract,
    /// codes 800066, 800067, 800088 and 800089).
    Quantity,
    /// An advisor does not sell.
    Advisor,
    /// An indirect reseller's provider places the orders.
    ProviderOrders,
    /// The relationship is over.
    RelationshipEnded,
    /// Neither the seller nor its indirect reseller with privileges.
    NotACandidate,
    /// It was cancelled, or its term passed.
    Over,
    /// What is suspended is not changed (code 800091).
    Suspended,
    /// Fewer units only while the last order, renewal or increase can be taken back (code 800090).
    CannotDecrease,
    /// The days in which it could be taken back have passed (code 900213).
    WindowPassed,
    /// What it extends is suspended (code 27009).
    ParentSuspended,
    /// What it extends ends with its term.
    ParentEnds,
    /// The product extends another one that is not named or not there.
    NeedsParent,
    /// The product does not extend that one.
    WrongParent,
    /// The product is not offered for that term, or not billed like that.
    TermNotOffered,
    /// It has no term.
    NoTerm,
}

crate::codes! {
    State { Active = "active", Suspended = "suspended", Cancelled = "cancelled", Expired = "expired" }
    Action {
        Add = "add", Suspend = "suspend", Activate = "activate", AssignSupport = "assign_support", Rename = "rename",
        ChangeQuantity = "change_quantity", Cancel = "cancel", Renew = "renew", LetEnd = "let_end",
    }
    Because {
        SameState = "same_state", NotAvailable = "not_available", Quantity = "quantity", Advisor = "advisor",
        ProviderOrders = "provider_orders", RelationshipEnded = "relationship_ended",
        NotACandidate = "not_a_candidate", Over = "over", Suspended = "suspended", CannotDecrease = "cannot_decrease",
        WindowPassed = "window_passed", ParentSuspended = "parent_suspended", ParentEnds = "parent_ends",
        NeedsParent = "needs_parent", WrongParent = "wrong_parent", TermNotOffered = "term_not_offered", NoTerm = "no_term",
    }
}

/// Why an action on a subscription did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {} this subscription: {}", .action.code(), .because.code())]
pub struct Refused {
    /// What was tried.
    pub action: Action,
    /// Why not.
    pub because: Because,
}

/// Who can support what `seller` sold to `customer`: the seller, and in its channel the indirect reseller while that holds privileges
/// (business rules, section 7).
pub fn supporters(seller: TenantId, customer: TenantId, relationships: &[Relationship]) -> Vec<TenantId> {
    let living =
        |partner| relationships.iter().find(|it| it.partner == partner && it.customer == customer && it.is_active());
    let reseller = match living(seller).map(|it| it.channel) {
        Some(Channel::Provider { reseller }) => Some(reseller),
        _ => None,
    };
    let entitled = |reseller: &TenantId| {
        living(*reseller)
            .is_some_and(|it| it.privileges.granted() && it.channel == Channel::Reseller { provider: seller })
    };
    std::iter::once(seller).chain(reseller.filter(entitled)).collect()
}

impl Subscription {
    /// Whether it runs.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, State::Active)
    }

    /// The units that count: none once it is over.
    pub const fn seats(&self) -> Option<i64> {
        if self.state.is_over() { None } else { self.quantity }
    }

    /// Whether what was ordered is there to be used. Nothing here takes long; tools that wait for it are told as they expect.
    pub fn provisioning(&self, now: Timestamp) -> Provisioning {
        let fresh = now < self.created_at.plus_seconds(SETTING_UP);
        match self.state {
            State::Active if fresh => Provisioning::Pending,
            State::Cancelled if fresh => Provisioning::Failed,
            _ => Provisioning::Success,
        }
    }

    /// The least and the most units it can be changed to now. Without a commitment there is nothing to stick to.
    pub fn range(&self, now: Timestamp) -> (i64, i64) {
        let (least, most) = catalogue::find(&self.product).and_then(|it| it.units).unwrap_or((1, MAX_QUANTITY));
        let now_held = self.quantity.unwrap_or(least);
        let least = match &self.commitment {
            Some(it) if it.window.is_open(now) => it.window.floor,
            Some(_) => now_held,
            None => least,
        };
        // What was sold under wider limits stays as it is.
        (least.min(now_held), most.max(now_held))
    }

    /// The first moment at which it cannot be cancelled any more; none where it always can. The days are counted from the order and
    /// from each renewal (code 900213).
    pub fn cancellable_until(&self) -> Option<Timestamp> {
        self.commitment.as_ref().map(|it| it.term_began().max(self.created_at).plus_days(WINDOW_DAYS))
    }

    /// Whether it can be cancelled.
    pub fn is_cancellable(&self, now: Timestamp) -> bool {
        !self.state.is_over() && self.cancellable_until().is_none_or(|until| now < until)
    }

    /// What it is at that time: another term has begun, or it has expired, with what happened. Nothing happened while its term lasts.
    #[must_use]
    pub fn at(self, now: Timestamp) -> (Self, Option<Happened>) {
        let Some(old) = self.commitment.filter(|it| !self.state.is_over() && it.ends_at <= now) else {
            return (self, None);
        };
        if !old.renews {
            let happened = self.about(EventKind::SubscriptionExpired);
            return (Self { state: State::Expired, ..self }, Some(happened));
        }
        let (began, ends_at) = old.term.around(old.began_at, now);
        let (least, _) = catalogue::find(&self.product).and_then(|it| it.units).unwrap_or((1, MAX_QUANTITY));
        let floor = self.quantity.map_or(least, |held| least.min(held));
        let listed = catalogue::offer(&self.product, old.term, began).and_then(|it| it.price(old.price.currency()));
        let commitment = Commitment {
            ends_at,
            price: listed.unwrap_or(old.price),
            window: Window { opened_at: began, floor },
            ..old
        };
        let happened = self.about(EventKind::SubscriptionRenewed).with("term", old.term.code());
        (Self { commitment: Some(commitment), ..self }, Some(happened))
    }

    /// The event of ordering it.
    pub fn added(&self) -> Happened {
        self.about(EventKind::SubscriptionAdded)
            .with_some("quantity", self.quantity.map(|n| n.to_string()))
            .with_some("term", self.commitment.map(|it| it.term.code()))
    }

    /// Says whom the customer calls about it.
    ///
    /// # Errors
    /// Refused unless `supporter` is the seller or its indirect reseller with privileges; see [`supporters`].
    pub fn assign_support(
        self,
        supporter: TenantId,
        relationships: &[Relationship],
    ) -> Result<(Self, Happened), Refused> {
        if !supporters(self.partner, self.customer, relationships).contains(&supporter) {
            return Err(Refused { action: Action::AssignSupport, because: Because::NotACandidate });
        }
        let happened = self.about(EventKind::SupportAssigned);
        let companion = (supporter != self.partner).then_some(supporter);
        Ok((Self { supported_by: supporter, ..self }, Happened { companion, ..happened }))
    }

    /// The subscription with the support contact that holds among these relationships of its customer: a reseller that lost its
    /// privileges or its relationship is one no more, and the seller is it again.
    #[must_use]
    pub fn supported_within(self, relationships: &[Relationship]) -> Self {
        let holds = supporters(self.partner, self.customer, relationships).contains(&self.supported_by);
        Self { supported_by: if holds { self.supported_by } else { self.partner }, ..self }
    }

    /// Calls it something else, or by its product again.
    ///
    /// # Errors
    /// Refused while it is suspended and once it is over.
    pub fn rename(self, name: Option<SubscriptionName>) -> Result<(Self, Happened), Refused> {
        self.check_running(Action::Rename)?;
        if self.name == name {
            return Err(Refused { action: Action::Rename, because: Because::SameState });
        }
        let happened = self
            .about(EventKind::SubscriptionRenamed)
            .with_some("before", self.name.as_ref().map(SubscriptionName::as_str))
            .with_some("called", name.as_ref().map(SubscriptionName::as_str));
        Ok((Self { name, ..self }, happened))
    }

    /// Has more or fewer units. More at any time; what was added after the days of the last order, renewal or increase had passed opens
    /// new ones, in which it alone can be taken back.
    ///
    /// # Errors
    /// Refused outside of [`Subscription::range`], for what is paid for by usage, while it is suspended and once it is over.
    pub fn change_quantity(self, to: i64, now: Timestamp) -> Result<(Self, Happened), Refused> {
        let refused = |because| Refused { action: Action::ChangeQuantity, because };
        let held = self.quantity.ok_or(refused(Because::Quantity))?;
        self.check_running(Action::ChangeQuantity)?;
        if to == held {
            return Err(refused(Because::SameState));
        }
        let (floor, most) = self.range(now);
        let least = catalogue::find(&self.product).and_then(|it| it.units).map_or(1, |(least, _)| least);
        if to > most || to < least {
            return Err(refused(Because::Quantity));
        }
        if to < floor {
            return Err(refused(Because::CannotDecrease));
        }
        let commitment = self.commitment.map(|it| {
            let window = match (to > held, it.window.is_open(now)) {
                (true, false) => Window { opened_at: now, floor: held },
                (true, true) => Window { opened_at: now, ..it.window },
                (false, _) => it.window,
            };
            Commitment { window, ..it }
        });
        let happened =
            self.about(EventKind::QuantityChanged).with("before", held.to_string()).with("quantity", to.to_string());
        Ok((Self { quantity: Some(to), commitment, ..self }, happened))
    }

    /// Takes it back.
    ///
    /// # Errors
    /// Refused once the days after the order or the renewal have passed, and once it is over.
    pub fn cancel(self, now: Timestamp) -> Result<(Self, Happened), Refused> {
        let refused = |because| Refused { action: Action::Cancel, because };
        if self.state.is_over() {
            return Err(refused(Because::Over));
        }
        if !self.is_cancellable(now) {
            return Err(refused(Because::WindowPassed));
        }
        let happened =
            self.about(EventKind::SubscriptionCancelled).with_some("quantity", self.quantity.map(|n| n.to_string()));
        Ok((Self { state: State::Cancelled, ..self }, happened))
    }

    /// Ends an add-on together with what it extends, whose days decided for both.
    ///
    /// # Errors
    /// Refused once it is over.
    pub fn cancel_with_parent(self) -> Result<(Self, Happened), Refused> {
        if self.state.is_over() {
            return Err(Refused { action: Action::Cancel, because: Because::Over });
        }
        let happened = self.about(EventKind::SubscriptionCancelled).with("with_parent", "yes");
        Ok((Self { state: State::Cancelled, ..self }, happened))
    }

    /// Lets another term follow.
    ///
    /// # Errors
    /// Refused without a term, while it is suspended, once it is over, and for an add-on whose `parent` ends with its term.
    pub fn renew(self, parent: Option<&Self>) -> Result<(Self, Happened), Refused> {
        self.check_running(Action::Renew)?;
        if parent.and_then(|it| it.commitment.as_ref()).is_some_and(|it| !it.renews) {
            return Err(Refused { action: Action::Renew, because: Because::ParentEnds });
        }
        self.set_renewal(true, Action::Renew)
    }

    /// Lets it end with its term. What ends something is not held up, so this can be done while it is suspended.
    ///
    /// # Errors
    /// Refused without a term and once it is over.
    pub fn let_end(self) -> Result<(Self, Happened), Refused> {
        self.set_renewal(false, Action::LetEnd)
    }

    fn set_renewal(self, renews: bool, action: Action) -> Result<(Self, Happened), Refused> {
        let refused = |because| Refused { action, because };
        if self.state.is_over() {
            return Err(refused(Because::Over));
        }
        let commitment = self.commitment.ok_or(refused(Because::NoTerm))?;
        if commitment.renews == renews {
            return Err(refused(Because::SameState));
        }
        let happened = self.about(EventKind::RenewalChanged).with("renews", if renews { "yes" } else { "no" });
        Ok((Self { commitment: Some(Commitment { renews, ..commitment }), ..self }, happened))
    }

    /// Stops it.
    ///
    /// # Errors
    /// Refused when it is suspended already and once it is over.
    pub fn suspend(self) -> Result<(Self, Happened), Refused> {
        self.turn(State::Suspended, Action::Suspend, EventKind::SubscriptionSuspended)
    }

    /// Lets it run again.
    ///
    /// # Errors
    /// Refused when it is active already, once it is over, and for an add-on while its `parent` does not run.
    pub fn activate(self, parent: Option<&Self>) -> Result<(Self, Happened), Refused> {
        if self.state == State::Suspended && parent.is_some_and(|it| !it.is_active()) {
            return Err(Refused { action: Action::Activate, because: Because::ParentSuspended });
        }
        self.turn(State::Active, Action::Activate, EventKind::SubscriptionActivated)
    }

    fn turn(self, to: State, action: Action, kind: EventKind) -> Result<(Self, Happened), Refused> {
        let because = match self.state {
            state if state == to => Because::SameState,
            state if state.is_over() => Because::Over,
            _ => {
                let happened = self.about(kind);
                return Ok((Self { state: to, ..self }, happened));
            }
        };
        Err(Refused { action, because })
    }

    /// What is suspended or over is not changed.
    fn check_running(&self, action: Action) -> Result<(), Refused> {
        let because = match self.state {
            State::Active => return Ok(()),
            State::Suspended => Because::Suspended,
            State::Cancelled | State::Expired => Because::Over,
        };
        Err(Refused { action, because })
    }

    fn about(&self, kind: EventKind) -> Happened {
        let happened = Happened::new(kind).partner(self.partner).customer(self.customer);
        Happened { subscription: Some(self.id), ..happened }.with("product", self.product.as_str())
    }
}

#[cfg(test)]
mod tests;

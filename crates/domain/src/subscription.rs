//! What a partner provisioned for a customer: `active <-> suspended`.

use crate::catalogue::Billing;
use crate::event::{EventKind, Happened};
use crate::ids::{SubscriptionId, TenantId};
use crate::time::Timestamp;

/// The most units one subscription can hold.
pub const MAX_QUANTITY: i64 = 10_000_000;

/// A subscription of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose it is.
    pub customer: TenantId,
    /// Who provisioned and bills it.
    pub partner: TenantId,
    /// The product's code in the catalogue.
    pub product: String,
    /// How it is billed, frozen at the time of the order.
    pub billing: Billing,
    /// Seats of a licence-based product; `None` for usage.
    pub quantity: Option<i64>,
    /// Since when.
    pub created_at: Timestamp,
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
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// It is in that state already.
    SameState,
    /// The product is not sold in this cloud or not any more.
    NotAvailable,
    /// A licence-based product needs a quantity between 1 and [`MAX_QUANTITY`]; a usage-based one has none.
    Quantity,
    /// An advisor does not sell.
    Advisor,
    /// An indirect reseller's provider places the orders.
    ProviderOrders,
    /// The relationship is over.
    RelationshipEnded,
}

crate::codes! {
    State { Active = "active", Suspended = "suspended" }
    Action { Add = "add", Suspend = "suspend", Activate = "activate" }
    Because {
        SameState = "same_state", NotAvailable = "not_available", Quantity = "quantity", Advisor = "advisor",
        ProviderOrders = "provider_orders", RelationshipEnded = "relationship_ended",
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

impl Subscription {
    /// Whether it runs.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, State::Active)
    }

    /// The event of ordering it.
    pub fn added(&self) -> Happened {
        self.happened(EventKind::SubscriptionAdded)
            .with("product", self.product.as_str())
            .with_some("quantity", self.quantity.map(|n| n.to_string()))
    }

    /// Stops it.
    ///
    /// # Errors
    /// Refused when it is suspended already.
    pub fn suspend(self) -> Result<(Self, Happened), Refused> {
        self.turn(State::Suspended, Action::Suspend, EventKind::SubscriptionSuspended)
    }

    /// Lets it run again.
    ///
    /// # Errors
    /// Refused when it is active already.
    pub fn activate(self) -> Result<(Self, Happened), Refused> {
        self.turn(State::Active, Action::Activate, EventKind::SubscriptionActivated)
    }

    fn turn(self, to: State, action: Action, kind: EventKind) -> Result<(Self, Happened), Refused> {
        if self.state == to {
            return Err(Refused { action, because: Because::SameState });
        }
        let happened = self.happened(kind).with("product", self.product.as_str());
        Ok((Self { state: to, ..self }, happened))
    }

    fn happened(&self, kind: EventKind) -> Happened {
        Happened { subscription: Some(self.id), ..Happened::new(kind).partner(self.partner).customer(self.customer) }
    }
}

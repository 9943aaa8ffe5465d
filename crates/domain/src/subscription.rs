//! What a partner provisioned for a customer: `active <-> suspended`.

use crate::catalogue::Billing;
use crate::event::{EventKind, Happened};
use crate::ids::{SubscriptionId, TenantId};
use crate::relationship::{Channel, Relationship};
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
    /// Whom the customer calls: the seller, or its indirect reseller (requirement S16). As stored, this is the choice made;
    /// [`Subscription::supported_within`] makes it what holds now.
    pub supported_by: TenantId,
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
    /// Say whom the customer calls about it.
    AssignSupport,
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
    /// Neither the seller nor its indirect reseller with privileges.
    NotACandidate,
}

crate::codes! {
    State { Active = "active", Suspended = "suspended" }
    Action { Add = "add", Suspend = "suspend", Activate = "activate", AssignSupport = "assign_support" }
    Because {
        SameState = "same_state", NotAvailable = "not_available", Quantity = "quantity", Advisor = "advisor",
        ProviderOrders = "provider_orders", RelationshipEnded = "relationship_ended",
        NotACandidate = "not_a_candidate",
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

    /// The event of ordering it.
    pub fn added(&self) -> Happened {
        self.happened(EventKind::SubscriptionAdded)
            .with("product", self.product.as_str())
            .with_some("quantity", self.quantity.map(|n| n.to_string()))
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
        let happened = self.happened(EventKind::SupportAssigned).with("product", self.product.as_str());
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

//! The reseller relationship between one customer and one partner: `active -> ended`, and the privileges on it.
//!
//! Authority is derived from here at every check and copied nowhere, so removing privileges is complete when this row says so.

use crate::event::{EventKind, Happened};
use crate::ids::{InvitationId, RelationshipId, TenantId, UserId};
use crate::subscription::Subscription;
use crate::text::Reason;
use crate::time::Timestamp;

/// One customer, one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// Its id.
    pub id: RelationshipId,
    /// The partner.
    pub partner: TenantId,
    /// The customer.
    pub customer: TenantId,
    /// Selling, or looking after what was bought elsewhere.
    pub kind: RelationshipKind,
    /// The partner's place in this customer's channel.
    pub channel: Channel,
    /// The acceptance it rests on; none for a standing link.
    pub invitation: Option<InvitationId>,
    /// Since when.
    pub started_at: Timestamp,
    /// Whether it lives.
    pub state: State,
    /// The classic privileges on it.
    pub privileges: Privileges,
    /// Counts writes; two writers of one version cannot both win.
    pub version: i64,
}

/// What the partner does for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RelationshipKind {
    /// Sells subscriptions, bills and supports.
    Reseller,
    /// Looks after services bought elsewhere: no orders, no billing.
    Advisor,
}

/// How the partner came to the customer (requirement S15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// On its own.
    Direct,
    /// As indirect provider, transacting for this reseller.
    Provider {
        /// The reseller it transacts for.
        reseller: TenantId,
    },
    /// As indirect reseller, buying from this provider.
    Reseller {
        /// The provider it buys from.
        provider: TenantId,
    },
}

impl Channel {
    /// The stable code used in storage and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Provider { .. } => "provider",
            Self::Reseller { .. } => "reseller",
        }
    }
    /// The other partner in the channel.
    pub const fn companion(self) -> Option<TenantId> {
        match self {
            Self::Direct => None,
            Self::Provider { reseller: other } | Self::Reseller { provider: other } => Some(other),
        }
    }
}

/// Whether the relationship lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It does.
    Active,
    /// The partner ended it.
    Ended {
        /// When.
        at: Timestamp,
        /// By whom.
        by: UserId,
    },
}

/// Classic delegated administration: Admin agents act as Global administrator, Helpdesk agents as Helpdesk administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Privileges {
    /// The partner did not ask, or the customer accepted as reseller only.
    None,
    /// In force, without an end date.
    Granted {
        /// Since when.
        since: Timestamp,
    },
    /// Taken back; only a new request can restore them.
    Removed {
        /// When.
        at: Timestamp,
        /// By whom.
        by: UserId,
        /// Whose person that was.
        side: Side,
        /// Why, in their words; the other side may read it.
        reason: Option<Reason>,
    },
}

impl Privileges {
    /// The stable code used in storage and on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Granted { .. } => "granted",
            Self::Removed { .. } => "removed",
        }
    }
    /// Whether they are in force.
    pub const fn granted(&self) -> bool {
        matches!(self, Self::Granted { .. })
    }
}

/// The two sides of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The customer.
    Customer,
    /// The partner.
    Partner,
}

crate::codes! {
    RelationshipKind { Reseller = "reseller", Advisor = "advisor" }
    Side { Customer = "customer", Partner = "partner" }
}

/// What can be tried with a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Grant privileges by accepting a request.
    GrantPrivileges,
    /// Take privileges back.
    RemovePrivileges,
    /// End the relationship.
    End,
    /// Accept this partner again after the end.
    Renew,
}

crate::codes! {
    Action {
        GrantPrivileges = "grant_privileges", RemovePrivileges = "remove_privileges", End = "end", Renew = "renew",
    }
}

/// Why an action on a relationship did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {} this relationship: {}", .action.code(), .because.code())]
pub struct Refused {
    /// What was tried.
    pub action: Action,
    /// Why not.
    pub because: Because,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// The relationship is over.
    Ended,
    /// The relationship is not over.
    StillActive,
    /// No privileges are in force.
    NoPrivileges,
    /// Privileges are in force already.
    GrantedAlready,
    /// Subscriptions are active; each must be suspended first (business rules, section 5).
    SubscriptionsActive,
    /// In a two-tier channel only the provider ends the relationship.
    OnlyProvider,
}

crate::codes! {
    Because {
        Ended = "ended", StillActive = "still_active", NoPrivileges = "no_privileges", GrantedAlready = "granted_already",
        SubscriptionsActive = "subscriptions_active", OnlyProvider = "only_provider",
    }
}

/// What a new relationship starts from.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Its id.
    pub id: RelationshipId,
    /// The partner.
    pub partner: TenantId,
    /// The customer.
    pub customer: TenantId,
    /// Selling or advising.
    pub kind: RelationshipKind,
    /// The channel.
    pub channel: Channel,
    /// The request accepted, if it was a personal link.
    pub invitation: Option<InvitationId>,
    /// Whether privileges are granted.
    pub privileges: bool,
}

impl Relationship {
    /// A relationship as an acceptance creates it. The acceptance is the event.
    pub fn establish(terms: Terms, now: Timestamp) -> Self {
        Self {
            id: terms.id,
            partner: terms.partner,
            customer: terms.customer,
            kind: terms.kind,
            channel: terms.channel,
            invitation: terms.invitation,
            started_at: now,
            state: State::Active,
            privileges: granted_or_none(terms.privileges, now),
            version: 1,
        }
    }

    /// Whether it is active.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, State::Active)
    }

    /// Whether it is the active one between these two.
    pub fn joins(&self, partner: TenantId, customer: TenantId) -> bool {
        self.is_active() && self.partner == partner && self.customer == customer
    }

    /// Grants privileges on a living relationship, first time or again. The acceptance is the event.
    ///
    /// # Errors
    /// Refused when the relationship has ended or the privileges are in force already.
    pub fn grant_privileges(self, now: Timestamp) -> Result<Self, Refused> {
        if !self.is_active() {
            return Err(refused(Action::GrantPrivileges, Because::Ended));
        }
        if self.privileges.granted() {
            return Err(refused(Action::GrantPrivileges, Because::GrantedAlready));
        }
        Ok(Self { privileges: Privileges::Granted { since: now }, ..self })
    }

    /// Starts again after the end, on the terms of a new acceptance.
    ///
    /// # Errors
    /// Refused while it lives.
    pub fn renew(self, terms: Terms, now: Timestamp) -> Result<Self, Refused> {
        if self.is_active() {
            return Err(refused(Action::Renew, Because::StillActive));
        }
        let version = self.version;
        Ok(Self { id: self.id, version, ..Self::establish(terms, now) })
    }

    /// Takes the privileges back. The relationship, the partner's duty to support and the agreement stay (requirement S12).
    ///
    /// # Errors
    /// Refused when the relationship has ended or no privileges are in force.
    pub fn remove_privileges(
        self,
        side: Side,
        by: UserId,
        reason: Option<Reason>,
        now: Timestamp,
    ) -> Result<(Self, Happened), Refused> {
        if !self.is_active() {
            return Err(refused(Action::RemovePrivileges, Because::Ended));
        }
        if !self.privileges.granted() {
            return Err(refused(Action::RemovePrivileges, Because::NoPrivileges));
        }
        let happened = self
            .happened(EventKind::PrivilegesRemoved)
            .with("side", side.code())
            .with_some("reason", reason.as_ref().map(Reason::as_str));
        Ok((Self { privileges: Privileges::Removed { at: now, by, side, reason }, ..self }, happened))
    }

    /// Ends the relationship. Privileges end with it, because nothing is derived from an ended relationship.
    ///
    /// # Errors
    /// Refused when already over, for an indirect reseller, and while any of `subscriptions` is active.
    pub fn end(self, by: UserId, subscriptions: &[Subscription], now: Timestamp) -> Result<(Self, Happened), Refused> {
        if !self.is_active() {
            return Err(refused(Action::End, Because::Ended));
        }
        if matches!(self.channel, Channel::Reseller { .. }) {
            return Err(refused(Action::End, Because::OnlyProvider));
        }
        if subscriptions.iter().any(Subscription::is_active) {
            return Err(refused(Action::End, Because::SubscriptionsActive));
        }
        let happened = self.happened(EventKind::RelationshipEnded);
        Ok((Self { state: State::Ended { at: now, by }, ..self }, happened))
    }

    /// A bare event about this relationship.
    pub fn happened(&self, kind: EventKind) -> Happened {
        Happened {
            relationship: Some(self.id),
            companion: self.channel.companion(),
            ..Happened::new(kind).partner(self.partner).customer(self.customer)
        }
    }
}

const fn granted_or_none(granted: bool, now: Timestamp) -> Privileges {
    if granted { Privileges::Granted { since: now } } else { Privileges::None }
}

const fn refused(action: Action, because: Because) -> Refused {
    Refused { action, because }
}

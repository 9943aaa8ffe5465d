//! Acting on behalf: a partner's person using a customer's rights (requirements S10, E6, E9).
//!
//! What somebody may do there is computed here at every token, check and page, from the relationship as it stands: nothing is
//! copied that would have to be taken back.

mod assignment;
mod session;

pub use assignment::{Assignment, CLASSIC, Holder, held};
pub use session::{CONTINUES_SECONDS, End, Session, Stop, TOKEN_SECONDS};

use crate::directory::Person;
use crate::ids::{DirectoryRoleId, GroupId, RelationshipId, TenantId};
use crate::relationship::Relationship;
use crate::tenant::Standing;

/// Everything the decision looks at, as one transaction sees it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The person who wants to act.
    pub person: &'a Person,
    /// The groups they are a member of; not looked at where no assignment is to a group.
    pub groups: &'a [GroupId],
    /// Who holds which role at the customer.
    pub assignments: &'a [Assignment],
    /// How their organisation stands as a partner, if it is one.
    pub partner: Option<Standing>,
    /// The customer.
    pub customer: TenantId,
    /// The relationship between the two, if there is or was one.
    pub relationship: Option<&'a Relationship>,
    /// What the customer stopped.
    pub stops: &'a [Stop],
    /// Whether they proved who they are with two factors.
    pub strong: bool,
    /// Whether the customer wants that.
    pub strong_wanted: bool,
}

/// What somebody may do at a customer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The relationship it rests on.
    pub relationship: RelationshipId,
    /// That relationship's version.
    pub version: i64,
    /// The roles, sorted, at least one.
    pub roles: Vec<DirectoryRoleId>,
}

/// Why somebody may not act there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("may not act on behalf of this customer: {}", .because.code())]
pub struct Refused {
    /// The rule that decided.
    pub because: Because,
}

/// The reasons of [`Refused`], in the order they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// The person is blocked.
    Blocked,
    /// Their organisation is no partner.
    NoPartner,
    /// There is no living relationship with this customer.
    NoRelationship,
    /// The operator suspended the partner.
    PartnerSuspended,
    /// The customer granted no privileges.
    NoPrivileges,
    /// The privileges were taken back.
    PrivilegesRemoved,
    /// The customer stopped this person, this partner or everybody.
    Stopped,
    /// None of the roles granted is held by this person.
    NoRole,
    /// None of the roles asked for is among those the person holds.
    RoleNotHeld,
    /// The customer wants two factors, and the sign-in had one.
    SecondFactorRequired,
}

crate::codes! {
    Because {
        Blocked = "blocked", NoPartner = "no_partner", NoRelationship = "no_relationship",
        PartnerSuspended = "partner_suspended", NoPrivileges = "no_privileges", PrivilegesRemoved = "privileges_removed",
        Stopped = "stopped_by_customer", NoRole = "no_role", RoleNotHeld = "role_not_held",
        SecondFactorRequired = "second_factor_required",
    }
}

/// Who can change what a refusal rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fixer {
    /// A global admin of the partner.
    PartnerAdministrator,
    /// A global administrator of the customer.
    CustomerAdministrator,
    /// The operator.
    Operator,
    /// The person themselves, by signing in again.
    Oneself,
}

crate::codes! {
    Fixer {
        PartnerAdministrator = "partner_administrator", CustomerAdministrator = "customer_administrator",
        Operator = "operator", Oneself = "oneself",
    }
}

impl Because {
    /// Who can fix it.
    pub const fn fixer(self) -> Fixer {
        match self {
            Self::Blocked | Self::NoRole | Self::RoleNotHeld => Fixer::PartnerAdministrator,
            Self::NoRelationship | Self::NoPrivileges | Self::PrivilegesRemoved | Self::Stopped => {
                Fixer::CustomerAdministrator
            }
            Self::NoPartner | Self::PartnerSuspended => Fixer::Operator,
            Self::SecondFactorRequired => Fixer::Oneself,
        }
    }
}

/// What somebody may do at a customer: granted ∩ requested ∩ their own. `requested` of `None` asks for all they hold.
///
/// # Errors
/// The first reason in the order of [`Because`].
pub fn check(facts: &Facts<'_>, requested: Option<&[DirectoryRoleId]>) -> Result<Granted, Refused> {
    let refused = |because| Err(Refused { because });
    if !facts.person.enabled {
        return refused(Because::Blocked);
    }
    let Some(standing) = facts.partner else { return refused(Because::NoPartner) };
    let home = facts.person.tenant;
    let Some(relationship) = facts.relationship.filter(|it| it.joins(home, facts.customer)) else {
        return refused(Because::NoRelationship);
    };
    if standing == Standing::Suspended {
        return refused(Because::PartnerSuspended);
    }
    match relationship.privileges {
        crate::relationship::Privileges::Granted { .. } => {}
        crate::relationship::Privileges::None => return refused(Because::NoPrivileges),
        crate::relationship::Privileges::Removed { .. } => return refused(Because::PrivilegesRemoved),
    }
    if facts.stops.iter().any(|it| it.reaches(home, facts.person.id)) {
        return refused(Because::Stopped);
    }
    let mut roles = held(facts.person, facts.groups, facts.assignments);
    if roles.is_empty() {
        return refused(Because::NoRole);
    }
    if let Some(requested) = requested {
        roles.retain(|role| requested.contains(role));
        if roles.is_empty() {
            return refused(Because::RoleNotHeld);
        }
    }
    if facts.strong_wanted && !facts.strong {
        return refused(Because::SecondFactorRequired);
    }
    Ok(Granted { relationship: relationship.id, version: relationship.version, roles })
}

//! Acting on behalf: a partner's person using a customer's rights (requirements S10, E6, E9).
//!
//! What somebody may do there is computed here at every token, check and page, from the relationship as it stands: nothing is
//! copied that would have to be taken back.

use crate::directory::{PartnerRole, Person};
use crate::directory_role::{GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR};
use crate::event::{EventKind, Happened};
use crate::ids::{ActingId, ApplicationId, DirectoryRoleId, GroupId, RelationshipId, ServiceId, TenantId, UserId};
use crate::relationship::Relationship;
use crate::tenant::Standing;
use crate::time::Timestamp;

/// The longest life of a token for acting on behalf, in seconds.
pub const TOKEN_SECONDS: i64 = 300;
/// Seconds after its last token in which a further token continues the same acting session.
pub const CONTINUES_SECONDS: i64 = 30 * 60;

/// Who holds a role at a customer: everybody with a role at the partner, or the members of one of its groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// People with this role at the partner.
    Role(PartnerRole),
    /// Members of this security group of the partner.
    Group(GroupId),
}

/// One role and who holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// Who.
    pub holder: Holder,
    /// The directory role they hold at the customer.
    pub role: DirectoryRoleId,
}

/// What the classic privileges are (business rules, section 3): two fixed assignments.
pub const CLASSIC: &[Assignment] = &[
    Assignment { holder: Holder::Role(PartnerRole::AdminAgent), role: GLOBAL_ADMINISTRATOR },
    Assignment { holder: Holder::Role(PartnerRole::HelpdeskAgent), role: HELPDESK_ADMINISTRATOR },
];

/// Everything the decision looks at, as one transaction sees it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The person who wants to act.
    pub person: &'a Person,
    /// The groups they are a member of, sorted.
    pub groups: &'a [GroupId],
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
    let living = |it: &&Relationship| it.is_active() && it.partner == home && it.customer == facts.customer;
    let Some(relationship) = facts.relationship.filter(living) else {
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
    let mut roles = held(facts.person, facts.groups, CLASSIC);
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

/// The roles a person holds through these assignments, sorted, each once. `groups` are sorted.
pub fn held(person: &Person, groups: &[GroupId], assignments: &[Assignment]) -> Vec<DirectoryRoleId> {
    let holds = |it: &&Assignment| match it.holder {
        Holder::Role(role) => person.partner_roles.contains(&role),
        Holder::Group(group) => groups.binary_search(&group).is_ok(),
    };
    let mut roles: Vec<DirectoryRoleId> = assignments.iter().filter(holds).map(|it| it.role).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// One person of a partner at work for one customer, through one application: from the first token to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, the claim `sid` of its tokens.
    pub id: ActingId,
    /// The customer.
    pub customer: TenantId,
    /// The partner.
    pub partner: TenantId,
    /// The person.
    pub person: UserId,
    /// The application that asks for the tokens.
    pub application: ApplicationId,
    /// The service the tokens are for, where that is another than the application's own.
    pub service: Option<ServiceId>,
    /// The relationship it rests on.
    pub relationship: RelationshipId,
    /// That relationship's version when it began.
    pub version: i64,
    /// The roles acted in, sorted.
    pub roles: Vec<DirectoryRoleId>,
    /// Whether the person proved who they are with two factors.
    pub strong: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// No token of it is valid at or after this time.
    pub tokens_until: Timestamp,
    /// When it was ended before its tokens ran out, and why.
    pub ended: Option<(Timestamp, End)>,
}

/// Why an acting session was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The person left.
    Left,
    /// The customer stopped it.
    Stopped,
    /// The privileges or the relationship are gone.
    Removed,
    /// The person may not sign in any more, or lost the role.
    Person,
    /// The operator suspended the partner.
    Suspended,
    /// The application was switched off.
    Application,
    /// The person's organisation requires two factors now, and the sign-in had one.
    SecondFactor,
}

crate::codes! {
    End {
        Left = "left", Stopped = "stopped", Removed = "removed", Person = "person", Suspended = "suspended",
        Application = "application", SecondFactor = "second_factor",
    }
}

impl Session {
    /// Whether it is going on: not ended, and with tokens that are still valid.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.tokens_until
    }

    /// Whether a further token at `now`, for a sign-in with two factors or not, belongs to it: the same terms, and not long after
    /// the last one.
    pub fn continues(&self, granted: &Granted, strong: bool, now: Timestamp) -> bool {
        self.ended.is_none()
            && self.strong == strong
            && now < self.tokens_until.plus_seconds(CONTINUES_SECONDS)
            && self.relationship == granted.relationship
            && self.version == granted.version
            && self.roles == granted.roles
    }

    /// A bare event about it.
    pub fn happened(&self, kind: EventKind) -> Happened {
        let mut happened = Happened::new(kind).partner(self.partner).customer(self.customer).person(self.person);
        happened.relationship = Some(self.relationship);
        happened
    }
}

/// What a customer stopped: nobody it reaches acts there until the customer allows it again. Privileges stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stop {
    /// The partner; none reaches every partner.
    pub partner: Option<TenantId>,
    /// The person; none reaches everybody at the partner.
    pub person: Option<UserId>,
    /// Since when.
    pub since: Timestamp,
    /// Which administrator stopped it.
    pub by: UserId,
}

impl Stop {
    /// Whether it keeps this person of this partner from acting.
    pub fn reaches(&self, partner: TenantId, person: UserId) -> bool {
        self.partner.is_none_or(|it| it == partner) && self.person.is_none_or(|it| it == person)
    }
}

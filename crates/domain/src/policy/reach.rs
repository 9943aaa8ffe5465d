//! How far what a partner's people may do goes into a customer's organisation.

use super::{Action, Allows, Denied, Permit, allows, check};
use crate::acting::{self, Facts};
use crate::ids::TenantId;
use crate::relationship::Relationship;
use crate::subscription::Subscription;
use crate::tenant::Standing;

/// Why somebody may not do something at a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotThere {
    /// It is their own organisation, and their roles do not allow it; or nobody does this in somebody else's.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// They are a partner's, and neither a role there nor what the customer granted is enough.
    #[error(transparent)]
    Acting(#[from] acting::Refused),
}

/// Whether the person of `facts` may do `action` in the customer's organisation: its own people by their directory roles there, a
/// partner's by the roles that need no privileges, or else by the directory roles they would act in (requirements S11, S12).
///
/// # Errors
/// [`NotThere::Denied`] names the roles that would be enough in one's own organisation, [`NotThere::Acting`] the first rule that
/// keeps a partner's person out.
pub fn at_customer(facts: &Facts<'_>, action: Action) -> Result<Permit, NotThere> {
    if facts.person.tenant == facts.customer {
        return Ok(check(facts.person, action)?);
    }
    let Allows::AtCustomer { seller, directory } = allows(action) else {
        return Err(Denied { action, allows: allows(action) }.into());
    };
    let living = facts.relationship.is_some_and(|it| it.joins(facts.person.tenant, facts.customer));
    if facts.person.enabled && living {
        if let Some(standing) = facts.partner {
            working(standing)?;
        }
        if seller.iter().any(|role| facts.person.partner_roles.contains(role)) {
            return Ok(Permit { action });
        }
        // Where selling is enough, whoever could not act either lacks a role, and asking the customer for privileges would not help.
        if !seller.is_empty() && acting::held(facts.person, facts.groups, facts.assignments).is_empty() {
            return Err(acting::Refused { because: acting::Because::NoRole }.into());
        }
    }
    acting::check(facts, Some(directory))?;
    Ok(Permit { action })
}

/// Whether people of a partner that stands like this may do `action` at home. A suspended one works for no customer: it sees which it has,
/// takes back and ends, and keeps its own house.
///
/// # Errors
/// [`acting::Because::PartnerSuspended`].
pub const fn outlasts(standing: Standing, action: Action) -> Result<(), acting::Refused> {
    let works_for_customers = match action {
        Action::ExportCustomers
        | Action::RequestPrivileges
        | Action::ManageSubscriptions
        | Action::AssignSupport
        | Action::CreateCustomers
        | Action::AttestAgreement => true,
        // Its requests stay to be seen and withdrawn; a new one is refused where it is made.
        Action::ViewCustomers
        | Action::RequestRelationship
        | Action::EndRelationship
        | Action::GiveUpPrivileges
        | Action::ViewPartnerActivity
        | Action::ManagePeople
        | Action::ManageApplications
        | Action::GiveRoles
        | Action::ResetFactors
        | Action::ManageOwnFactors
        | Action::SetPartnerSecurity
        | Action::SetPartnerProvider
        | Action::AnswerInvitation
        | Action::ForwardInvitation
        | Action::ViewPartners
        | Action::RemovePrivileges
        | Action::StopActing
        | Action::AllowActing
        | Action::ViewCustomerActivity
        | Action::SetCustomerSecurity
        | Action::SetCustomerProvider
        | Action::Unattended
        | Action::ViewSubscriptions
        | Action::ViewCompany
        | Action::ManageCompany
        | Action::ViewUsers
        | Action::ExportUsers
        | Action::ManageUsers
        | Action::DeleteUsers
        | Action::ResetPasswords
        | Action::AssignRoles
        | Action::ViewLicences
        | Action::AssignLicences
        | Action::ViewServiceRequests
        | Action::HandleServiceRequests => false,
    };
    if works_for_customers { working(standing) } else { Ok(()) }
}

/// Whether people of a partner that stands like this work in a customer's organisation at all.
///
/// # Errors
/// [`acting::Because::PartnerSuspended`].
pub const fn working(standing: Standing) -> Result<(), acting::Refused> {
    match standing {
        Standing::Active => Ok(()),
        Standing::Suspended => Err(acting::Refused { because: acting::Because::PartnerSuspended }),
    }
}

/// Why a partner may not do something at a customer although its own roles allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the relationship does not reach this: {}", .because.code())]
pub struct OutOfReach {
    /// Why not.
    pub because: OutOfReachBecause,
}

/// The reasons of [`OutOfReach`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutOfReachBecause {
    /// There is no living relationship.
    NoRelationship,
    /// Another partner provisioned it.
    OtherPartner,
    /// The customer granted no privileges, or took them back.
    NoPrivileges,
}

crate::codes! {
    OutOfReachBecause {
        NoRelationship = "no_relationship", OtherPartner = "other_partner", NoPrivileges = "no_privileges",
    }
}

/// Whether `partner` may suspend or activate `subscription`. Selling and the subscriptions a partner provisioned itself need no
/// privileges (requirement S11; business rules, section 4: orders stay possible without them); another partner's are never in reach.
///
/// # Errors
/// [`OutOfReach`] without a living relationship and for another partner's subscription.
pub fn subscription_in_reach(
    partner: TenantId,
    relationship: Option<&Relationship>,
    subscription: &Subscription,
) -> Result<(), OutOfReach> {
    if !relationship.is_some_and(|it| it.joins(partner, subscription.customer)) {
        return Err(OutOfReach { because: OutOfReachBecause::NoRelationship });
    }
    if subscription.partner != partner {
        return Err(OutOfReach { because: OutOfReachBecause::OtherPartner });
    }
    Ok(())
}

/// Whether `partner` may see the customer's directory details: contacts, address, users, licences (business rules, section 4).
///
/// # Errors
/// [`OutOfReach`] without a living relationship or without privileges.
pub fn directory_in_reach(partner: TenantId, relationship: Option<&Relationship>) -> Result<(), OutOfReach> {
    match relationship {
        Some(rel) if rel.is_active() && rel.partner == partner => {
            if rel.privileges.granted() {
                Ok(())
            } else {
                Err(OutOfReach { because: OutOfReachBecause::NoPrivileges })
            }
        }
        _ => Err(OutOfReach { because: OutOfReachBecause::NoRelationship }),
    }
}

/// How far an action of a partner's people goes into another organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Nowhere: it is done in one's own organisation.
    Nowhere,
    /// To any customer: asking needs nothing that would exist before.
    Anywhere,
    /// To customers with a living relationship.
    Relationship,
    /// To customers whose privileges are in force.
    Privileges,
}

/// How far `action` goes.
pub const fn carries(action: Action) -> Carries {
    match action {
        Action::RequestRelationship | Action::RequestPrivileges => Carries::Anywhere,
        Action::ViewCustomers
        | Action::ExportCustomers
        | Action::ManageSubscriptions
        | Action::AssignSupport
        | Action::AttestAgreement
        | Action::EndRelationship
        | Action::ViewSubscriptions
        | Action::ViewServiceRequests
        | Action::HandleServiceRequests => Carries::Relationship,
        Action::GiveUpPrivileges
        | Action::ViewCompany
        | Action::ManageCompany
        | Action::ViewUsers
        | Action::ExportUsers
        | Action::ManageUsers
        | Action::DeleteUsers
        | Action::ResetPasswords
        | Action::AssignRoles
        | Action::ViewLicences
        | Action::AssignLicences => Carries::Privileges,
        Action::ViewPartnerActivity
        | Action::CreateCustomers
        | Action::ManagePeople
        | Action::ManageApplications
        | Action::AnswerInvitation
        | Action::ForwardInvitation
        | Action::ViewPartners
        | Action::RemovePrivileges
        | Action::StopActing
        | Action::AllowActing
        | Action::ViewCustomerActivity
        | Action::ManageOwnFactors
        | Action::GiveRoles
        | Action::ResetFactors
        | Action::SetPartnerSecurity
        | Action::SetCustomerSecurity
        | Action::SetPartnerProvider
        | Action::SetCustomerProvider
        | Action::Unattended => Carries::Nowhere,
    }
}

/// Whether this relationship carries `action` to its customer.
///
/// # Errors
/// [`OutOfReach`] without a living relationship, or without privileges where they are needed.
pub fn carried(action: Action, relationship: Option<&Relationship>) -> Result<(), OutOfReach> {
    let refused = |because| Err(OutOfReach { because });
    let living = relationship.filter(|it| it.is_active());
    match (carries(action), living) {
        (Carries::Anywhere, _) | (Carries::Relationship, Some(_)) => Ok(()),
        (Carries::Privileges, Some(rel)) if rel.privileges.granted() => Ok(()),
        (Carries::Privileges, Some(_)) => refused(OutOfReachBecause::NoPrivileges),
        (Carries::Nowhere, _) | (_, None) => refused(OutOfReachBecause::NoRelationship),
    }
}

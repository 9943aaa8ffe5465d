//! Who may do what. Every answer is computed from live facts and names the rule that decided, so a refusal can explain itself.
//!
//! Writing functions of the store take the [`Permit`] that only this module gives out: an unchecked write does not compile.

use crate::directory::{PartnerRole, Person};
use crate::directory_role::{BILLING_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, GLOBAL_READER};
use crate::ids::{DirectoryRoleId, TenantId};
use crate::relationship::Relationship;
use crate::subscription::Subscription;

/// Proof that an action was checked. Cannot be made outside this module, nor copied.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    action: Action,
}

impl Permit {
    /// The action this permit is for.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// A permit for what nobody asked for in person: the sweep, the operator's command line, a person acting on themselves.
    pub const fn unattended(_why: Unattended) -> Self {
        Self { action: Action::Unattended }
    }
}

/// Why no person's role was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unattended {
    /// Time passed.
    Sweep,
    /// The operator acts on the command line or in the set-up.
    Operator,
    /// A person signs in, signs out, or changes what is their own.
    OwnAccount,
}

/// What people try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Partner: see the list of customers and their records.
    ViewCustomers,
    /// Partner: take the list out as a file.
    ExportCustomers,
    /// Partner: ask a customer for a relationship, follow, remind, withdraw.
    RequestRelationship,
    /// Partner: ask for administrator privileges along with it.
    RequestPrivileges,
    /// Partner: order, suspend and activate subscriptions.
    ManageSubscriptions,
    /// Partner: say whom a customer calls about a subscription.
    AssignSupport,
    /// Partner: end a relationship.
    EndRelationship,
    /// Partner: give privileges back without being asked.
    GiveUpPrivileges,
    /// Partner: read the activity log.
    ViewPartnerActivity,
    /// Partner: add people, change their roles, block them.
    ManagePeople,
    /// Partner: register applications, give them secrets and keys, switch them off.
    ManageApplications,
    /// Customer: accept or decline a request.
    AnswerInvitation,
    /// Customer: read a request without answering it, and pass it on.
    ForwardInvitation,
    /// Customer: see which partners can do what.
    ViewPartners,
    /// Customer: take privileges back.
    RemovePrivileges,
    /// Customer: stop partners' people from acting on its behalf.
    StopActing,
    /// Customer: let them act again.
    AllowActing,
    /// Customer: read what partners did.
    ViewCustomerActivity,
    /// Anybody: add and remove one's own second factors, make recovery codes.
    ManageOwnFactors,
    /// Partner: remove the second factors of somebody who lost them.
    ResetFactors,
    /// Partner: say whether its people need two factors.
    SetPartnerSecurity,
    /// Customer: say whether its people, and those who act for it, need two factors.
    SetCustomerSecurity,
    /// Partner: name the provider of identity its people sign in through.
    SetPartnerProvider,
    /// Customer: the same.
    SetCustomerProvider,
    /// No person's role decides; see [`Unattended`].
    Unattended,
}

crate::codes! {
    Action {
        ViewCustomers = "view_customers", ExportCustomers = "export_customers",
        RequestRelationship = "request_relationship", RequestPrivileges = "request_privileges",
        ManageSubscriptions = "manage_subscriptions", AssignSupport = "assign_support",
        EndRelationship = "end_relationship",
        GiveUpPrivileges = "give_up_privileges", ViewPartnerActivity = "view_partner_activity",
        ManagePeople = "manage_people", ManageApplications = "manage_applications", AnswerInvitation = "answer_invitation",
        ForwardInvitation = "forward_invitation", ViewPartners = "view_partners",
        RemovePrivileges = "remove_privileges", StopActing = "stop_acting",
        AllowActing = "allow_acting", ViewCustomerActivity = "view_customer_activity",
        ManageOwnFactors = "manage_own_factors", ResetFactors = "reset_factors",
        SetPartnerSecurity = "set_partner_security", SetCustomerSecurity = "set_customer_security",
        SetPartnerProvider = "set_partner_provider", SetCustomerProvider = "set_customer_provider",
        Unattended = "unattended",
    }
}

/// The roles that allow an action; holding one of them is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allows {
    /// Any of these roles in the partner's organisation.
    Partner(&'static [PartnerRole]),
    /// Any of these roles in the customer's directory.
    Directory(&'static [DirectoryRoleId]),
    /// Every person of the organisation.
    Everyone,
    /// No person.
    Nobody,
}

/// A role check failed. Says what would have been enough, so that a page can name who can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} needs another role", .action.code())]
pub struct Denied {
    /// What was tried.
    pub action: Action,
    /// What would have allowed it.
    pub allows: Allows,
}

/// The roles that allow `action` (business rules, sections 2 and 9).
pub const fn allows(action: Action) -> Allows {
    use PartnerRole::{AdminAgent, BillingAdmin, GlobalAdmin, HelpdeskAgent, SalesAgent, UserManagementAdmin};
    match action {
        Action::ViewCustomers => Allows::Partner(&[GlobalAdmin, AdminAgent, SalesAgent, HelpdeskAgent, BillingAdmin]),
        Action::ExportCustomers | Action::RequestRelationship | Action::ManageSubscriptions => {
            Allows::Partner(&[GlobalAdmin, AdminAgent, SalesAgent])
        }
        Action::RequestPrivileges | Action::GiveUpPrivileges | Action::ViewPartnerActivity => {
            Allows::Partner(&[GlobalAdmin, AdminAgent])
        }
        Action::AssignSupport => Allows::Partner(&[GlobalAdmin, AdminAgent, HelpdeskAgent]),
        Action::EndRelationship
        | Action::ManageApplications
        | Action::SetPartnerSecurity
        | Action::SetPartnerProvider => Allows::Partner(&[GlobalAdmin]),
        Action::ManagePeople | Action::ResetFactors => Allows::Partner(&[GlobalAdmin, UserManagementAdmin]),
        Action::AnswerInvitation
        | Action::RemovePrivileges
        | Action::StopActing
        | Action::AllowActing
        | Action::SetCustomerSecurity
        | Action::SetCustomerProvider => Allows::Directory(&[GLOBAL_ADMINISTRATOR]),
        Action::ViewPartners => Allows::Directory(&[GLOBAL_ADMINISTRATOR, GLOBAL_READER, BILLING_ADMINISTRATOR]),
        Action::ViewCustomerActivity => Allows::Directory(&[GLOBAL_ADMINISTRATOR, GLOBAL_READER]),
        Action::ForwardInvitation | Action::ManageOwnFactors => Allows::Everyone,
        Action::Unattended => Allows::Nobody,
    }
}

/// Whether an action needs a fresh proof of who asks (requirement: step-up). What gives more away does; what takes back, ends or
/// declines never does, so that nobody is held up on the way out. Answering an invitation needs it for accepting only, which the
/// operation that accepts asks.
pub const fn needs_fresh_proof(action: Action) -> bool {
    match action {
        Action::AnswerInvitation
        | Action::ExportCustomers
        | Action::ManageApplications
        | Action::AllowActing
        | Action::ManageOwnFactors
        | Action::ResetFactors
        | Action::SetPartnerSecurity
        | Action::SetCustomerSecurity
        | Action::SetPartnerProvider
        | Action::SetCustomerProvider => true,
        Action::ViewCustomers
        | Action::RequestRelationship
        | Action::RequestPrivileges
        | Action::ManageSubscriptions
        | Action::AssignSupport
        | Action::EndRelationship
        | Action::GiveUpPrivileges
        | Action::ViewPartnerActivity
        | Action::ManagePeople
        | Action::ForwardInvitation
        | Action::ViewPartners
        | Action::RemovePrivileges
        | Action::StopActing
        | Action::ViewCustomerActivity
        | Action::Unattended => false,
    }
}

/// Whether `person` may do `action` in their own organisation.
///
/// # Errors
/// [`Denied`] names the roles that would have been enough. A blocked person may do nothing.
pub fn check(person: &Person, action: Action) -> Result<Permit, Denied> {
    let allows = allows(action);
    let enough = person.enabled
        && match allows {
            Allows::Partner(roles) => roles.iter().any(|role| person.partner_roles.contains(role)),
            Allows::Directory(roles) => roles.iter().any(|role| person.directory_roles.contains(role)),
            Allows::Everyone => true,
            Allows::Nobody => false,
        };
    if enough { Ok(Permit { action }) } else { Err(Denied { action, allows }) }
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
    match relationship {
        Some(rel) if rel.is_active() && rel.partner == partner && rel.customer == subscription.customer => {}
        _ => return Err(OutOfReach { because: OutOfReachBecause::NoRelationship }),
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
        | Action::EndRelationship => Carries::Relationship,
        Action::GiveUpPrivileges => Carries::Privileges,
        Action::ViewPartnerActivity
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

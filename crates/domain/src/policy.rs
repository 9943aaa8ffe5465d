//! Who may do what. Every answer is computed from live facts and names the rule that decided, so a refusal can explain itself.
//!
//! Writing functions of the store take the [`Permit`] that only this module gives out: an unchecked write does not compile.

mod reach;

use crate::directory::{PartnerRole, Person};
use crate::directory_role::{
    BILLING_ADMINISTRATOR, DIRECTORY_READERS, DIRECTORY_WRITERS, GLOBAL_ADMINISTRATOR, GLOBAL_READER,
    HELPDESK_ADMINISTRATOR, LICENSE_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR, SERVICE_SUPPORT_ADMINISTRATOR, USER_ADMINISTRATOR,
};
use crate::ids::DirectoryRoleId;
pub use reach::{Carries, NotThere, OutOfReach, OutOfReachBecause, at_customer, carried, carries};
pub use reach::{directory_in_reach, outlasts, subscription_in_reach, working};

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
    /// Partner: create a customer with an organisation of its own.
    CreateCustomers,
    /// Partner: attest that a customer accepted the agreement.
    AttestAgreement,
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
    /// At a customer: see what it bought.
    ViewSubscriptions,
    /// At a customer: see its address, contact and registration number.
    ViewCompany,
    /// At a customer: change them.
    ManageCompany,
    /// At a customer: see its people and their roles.
    ViewUsers,
    /// At a customer: take the list of people out as a file.
    ExportUsers,
    /// At a customer: add and change people, block them and let them sign in again.
    ManageUsers,
    /// At a customer: delete people and bring them back.
    DeleteUsers,
    /// At a customer: give people new passwords.
    ResetPasswords,
    /// At a customer: give and take directory roles.
    AssignRoles,
    /// At a customer: see which licences there are and who has one.
    ViewLicences,
    /// At a customer: give people licences and take them back.
    AssignLicences,
    /// At a customer: read service requests.
    ViewServiceRequests,
    /// At a customer: open, answer and close service requests.
    HandleServiceRequests,
    /// Anybody: add and remove one's own second factors, make recovery codes.
    ManageOwnFactors,
    /// Partner: give its people roles, and put them into groups.
    GiveRoles,
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
        CreateCustomers = "create_customers", AttestAgreement = "attest_agreement",
        EndRelationship = "end_relationship",
        GiveUpPrivileges = "give_up_privileges", ViewPartnerActivity = "view_partner_activity",
        ManagePeople = "manage_people", ManageApplications = "manage_applications", AnswerInvitation = "answer_invitation",
        ForwardInvitation = "forward_invitation", ViewPartners = "view_partners",
        RemovePrivileges = "remove_privileges", StopActing = "stop_acting",
        AllowActing = "allow_acting", ViewCustomerActivity = "view_customer_activity",
        ViewCompany = "view_company", ManageCompany = "manage_company",
        ViewSubscriptions = "view_subscriptions", ViewUsers = "view_users", ExportUsers = "export_users",
        ManageUsers = "manage_users", DeleteUsers = "delete_users", ResetPasswords = "reset_passwords",
        AssignRoles = "assign_roles", ViewLicences = "view_licences", AssignLicences = "assign_licences",
        ViewServiceRequests = "view_service_requests", HandleServiceRequests = "handle_service_requests",
        ManageOwnFactors = "manage_own_factors", GiveRoles = "give_roles", ResetFactors = "reset_factors",
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
    /// In a customer's organisation: any of these directory roles, be it one's own there or one that the privileges give a partner's
    /// person; and, without privileges, these roles of a partner that has a living relationship.
    AtCustomer {
        /// Roles in the partner's organisation.
        seller: &'static [PartnerRole],
        /// Roles in the customer's directory.
        directory: &'static [DirectoryRoleId],
    },
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

/// The roles that read the people of a directory; whoever changes them reads them as well.
const READ_USERS: &[DirectoryRoleId] = &[
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    USER_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    LICENSE_ADMINISTRATOR,
    DIRECTORY_READERS,
    DIRECTORY_WRITERS,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
];

/// The roles that open service requests (`supportTickets/allEntities/allTasks`).
const SUPPORT: &[DirectoryRoleId] = &[
    GLOBAL_ADMINISTRATOR,
    SERVICE_SUPPORT_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    LICENSE_ADMINISTRATOR,
    BILLING_ADMINISTRATOR,
];

/// The roles that allow `action` (business rules, sections 2 and 9; for what is done at a customer the operations that need
/// delegated administration in the Partner Center contract).
pub const fn allows(action: Action) -> Allows {
    use PartnerRole::{AdminAgent, BillingAdmin, GlobalAdmin, HelpdeskAgent, SalesAgent, UserManagementAdmin};
    match action {
        Action::ViewCustomers => Allows::Partner(&[GlobalAdmin, AdminAgent, SalesAgent, HelpdeskAgent, BillingAdmin]),
        Action::ExportCustomers
        | Action::RequestRelationship
        | Action::ManageSubscriptions
        | Action::CreateCustomers
        | Action::AttestAgreement => Allows::Partner(&[GlobalAdmin, AdminAgent, SalesAgent]),
        Action::RequestPrivileges | Action::GiveUpPrivileges | Action::ViewPartnerActivity => {
            Allows::Partner(&[GlobalAdmin, AdminAgent])
        }
        Action::AssignSupport => Allows::Partner(&[GlobalAdmin, AdminAgent, HelpdeskAgent]),
        Action::EndRelationship
        | Action::ManageApplications
        | Action::SetPartnerSecurity
        | Action::SetPartnerProvider => Allows::Partner(&[GlobalAdmin]),
        Action::ManagePeople | Action::GiveRoles | Action::ResetFactors => {
            Allows::Partner(&[GlobalAdmin, UserManagementAdmin])
        }
        Action::AnswerInvitation
        | Action::RemovePrivileges
        | Action::StopActing
        | Action::AllowActing
        | Action::SetCustomerSecurity
        | Action::SetCustomerProvider => Allows::Directory(&[GLOBAL_ADMINISTRATOR]),
        Action::ViewPartners => Allows::Directory(&[GLOBAL_ADMINISTRATOR, GLOBAL_READER, BILLING_ADMINISTRATOR]),
        Action::ViewCustomerActivity => Allows::Directory(&[GLOBAL_ADMINISTRATOR, GLOBAL_READER]),
        Action::ViewSubscriptions => Allows::AtCustomer {
            seller: &[GlobalAdmin, AdminAgent, SalesAgent, HelpdeskAgent, BillingAdmin],
            directory: &[GLOBAL_ADMINISTRATOR, GLOBAL_READER, BILLING_ADMINISTRATOR, LICENSE_ADMINISTRATOR],
        },
        Action::ViewCompany => Allows::AtCustomer {
            seller: &[],
            directory: &[
                GLOBAL_ADMINISTRATOR,
                GLOBAL_READER,
                HELPDESK_ADMINISTRATOR,
                BILLING_ADMINISTRATOR,
                DIRECTORY_READERS,
                DIRECTORY_WRITERS,
            ],
        },
        Action::ManageCompany => {
            Allows::AtCustomer { seller: &[], directory: &[GLOBAL_ADMINISTRATOR, BILLING_ADMINISTRATOR] }
        }
        Action::ViewUsers => Allows::AtCustomer { seller: &[], directory: READ_USERS },
        Action::ExportUsers => {
            Allows::AtCustomer { seller: &[], directory: &[GLOBAL_ADMINISTRATOR, GLOBAL_READER, USER_ADMINISTRATOR] }
        }
        Action::ManageUsers => Allows::AtCustomer {
            seller: &[],
            directory: &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR, DIRECTORY_WRITERS],
        },
        Action::DeleteUsers => {
            Allows::AtCustomer { seller: &[], directory: &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR] }
        }
        Action::ResetPasswords => Allows::AtCustomer {
            seller: &[],
            directory: &[
                GLOBAL_ADMINISTRATOR,
                USER_ADMINISTRATOR,
                HELPDESK_ADMINISTRATOR,
                PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
            ],
        },
        Action::AssignRoles => {
            Allows::AtCustomer { seller: &[], directory: &[GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR] }
        }
        Action::ViewLicences => Allows::AtCustomer {
            seller: &[],
            directory: &[
                GLOBAL_ADMINISTRATOR,
                GLOBAL_READER,
                USER_ADMINISTRATOR,
                LICENSE_ADMINISTRATOR,
                DIRECTORY_READERS,
                DIRECTORY_WRITERS,
            ],
        },
        Action::AssignLicences => Allows::AtCustomer {
            seller: &[],
            directory: &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR, LICENSE_ADMINISTRATOR, DIRECTORY_WRITERS],
        },
        Action::ViewServiceRequests => {
            Allows::AtCustomer { seller: &[GlobalAdmin, AdminAgent, SalesAgent, HelpdeskAgent], directory: SUPPORT }
        }
        Action::HandleServiceRequests => {
            Allows::AtCustomer { seller: &[GlobalAdmin, AdminAgent, HelpdeskAgent], directory: SUPPORT }
        }
        Action::ForwardInvitation | Action::ManageOwnFactors => Allows::Everyone,
        Action::Unattended => Allows::Nobody,
    }
}

/// Whether `person` may do `action` at the customers of their partner by the roles that need no privileges, whichever customer it is.
///
/// # Errors
/// [`Denied`] names those roles. A blocked person may do nothing.
pub fn as_seller(person: &Person, action: Action) -> Result<Permit, Denied> {
    let seller = match allows(action) {
        Allows::AtCustomer { seller, .. } => seller,
        Allows::Partner(_) | Allows::Directory(_) | Allows::Everyone | Allows::Nobody => &[],
    };
    let enough = person.enabled && seller.iter().any(|role| person.partner_roles.contains(role));
    if enough { Ok(Permit { action }) } else { Err(Denied { action, allows: Allows::Partner(seller) }) }
}

/// Whether an action needs a fresh proof of who asks (requirement: step-up). What gives more away does; what takes back, ends or
/// declines never does, so that nobody is held up on the way out. Answering an invitation needs it for accepting only, which the
/// operation that accepts asks.
pub const fn needs_fresh_proof(action: Action) -> bool {
    match action {
        Action::AnswerInvitation
        | Action::ExportCustomers
        | Action::ExportUsers
        | Action::AssignRoles
        | Action::ManageApplications
        | Action::AllowActing
        | Action::ManageOwnFactors
        | Action::GiveRoles
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
        | Action::CreateCustomers
        | Action::AttestAgreement
        | Action::EndRelationship
        | Action::GiveUpPrivileges
        | Action::ViewPartnerActivity
        | Action::ManagePeople
        | Action::ViewSubscriptions
        | Action::ViewCompany
        | Action::ManageCompany
        | Action::ViewUsers
        | Action::ManageUsers
        | Action::DeleteUsers
        | Action::ResetPasswords
        | Action::ViewLicences
        | Action::AssignLicences
        | Action::ViewServiceRequests
        | Action::HandleServiceRequests
        | Action::ForwardInvitation
        | Action::ViewPartners
        | Action::RemovePrivileges
        | Action::StopActing
        | Action::ViewCustomerActivity
        | Action::Unattended => false,
    }
}

/// Whether an application that was given these roles may do `action` for its organisation.
pub fn application_may(given: &[PartnerRole], action: Action) -> bool {
    matches!(allows(action), Allows::Partner(roles) if roles.iter().any(|role| given.contains(role)))
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
            Allows::Directory(roles) | Allows::AtCustomer { directory: roles, .. } => {
                roles.iter().any(|role| person.directory_roles.contains(role))
            }
            Allows::Everyone => true,
            Allows::Nobody => false,
        };
    if enough { Ok(Permit { action }) } else { Err(Denied { action, allows }) }
}

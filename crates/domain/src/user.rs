//! The record of somebody in a customer's directory, and what those who manage users may do to each other (requirement S11; business
//! rules, sections 9 and 12).
//!
//! Which roles let somebody manage users at all is [`crate::policy`]'s, for the customer's own people and for its partners' alike. The
//! rules here keep a customer from locking itself out and whoever manages from rising above the rights they use. A partner's own
//! people are [`crate::people`]'s.

use crate::directory::{PartnerRole, Person};
use crate::directory_role::{self, GLOBAL_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR};
use crate::ids::DirectoryRoleId;
use crate::market::CountryCode;
use crate::people::stands_above;
use crate::text::{EmailAddress, JobText, PersonName, PhoneNumber};
use crate::time::Timestamp;

/// Days for which a deleted user can be brought back (business rules, section 12).
pub const KEPT_DAYS: i64 = 30;

/// What a directory knows about somebody besides who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who they are, with today's roles.
    pub person: Person,
    /// What is known of them.
    pub details: Details,
    /// Whether somebody else set their password, so that they choose their own when they sign in next.
    pub must_change_password: bool,
    /// Since when they are in the directory.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
    /// When they were deleted.
    pub deleted_at: Option<Timestamp>,
    /// Counts the changes, so that of two who change the record at once one learns of the other.
    pub version: i64,
}

/// What can be typed about a user, apart from the name they sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// How others see them.
    pub name: PersonName,
    /// Where their mail goes.
    pub mail: EmailAddress,
    /// Their given name.
    pub given_name: Option<PersonName>,
    /// Their family name.
    pub family_name: Option<PersonName>,
    /// Where they use services; licences need it.
    pub usage_location: Option<CountryCode>,
    /// Where they can be called.
    pub phone: Option<PhoneNumber>,
    /// Their department.
    pub department: Option<JobText>,
    /// What they do.
    pub job_title: Option<JobText>,
}

/// How a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// May sign in.
    Active,
    /// May not sign in.
    Blocked,
    /// Deleted, and can be brought back.
    Deleted,
}

crate::codes! {
    Standing { Active = "active", Blocked = "blocked", Deleted = "deleted" }
}

impl User {
    /// How they stand.
    pub const fn standing(&self) -> Standing {
        match (self.deleted_at, self.person.enabled) {
            (Some(_), _) => Standing::Deleted,
            (None, true) => Standing::Active,
            (None, false) => Standing::Blocked,
        }
    }

    /// Until when they can be brought back; none while they are not deleted.
    pub fn restorable_until(&self) -> Option<Timestamp> {
        self.deleted_at.map(|at| at.plus_days(KEPT_DAYS))
    }
}

/// What can be tried with a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Change what is known of them.
    Edit,
    /// Block them.
    Block,
    /// Let them sign in again.
    Unblock,
    /// Give them a new password.
    ResetPassword,
    /// Replace their directory roles.
    SetRoles,
    /// Delete them.
    Delete,
    /// Bring them back.
    Restore,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// Nobody blocks or deletes themselves; a new password for oneself takes the old one.
    Yourself,
    /// The user, or a role that is given or taken, stands above the rights of whoever manages.
    AboveYou,
    /// The organisation would be left without an administrator who can sign in.
    LastAdministrator,
    /// Somebody else signs in with this name by now.
    NameTaken,
    /// They were deleted too long ago.
    TooLate,
}

crate::codes! {
    Action {
        Edit = "edit", Block = "block", Unblock = "unblock", ResetPassword = "reset_password", SetRoles = "set_roles",
        Delete = "delete", Restore = "restore",
    }
    Because {
        Yourself = "yourself", AboveYou = "above_you", LastAdministrator = "last_administrator",
        NameTaken = "name_taken", TooLate = "too_late",
    }
}

/// Why an action on a user did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {} this user: {}", .action.code(), .because.code())]
pub struct Refused {
    /// What was tried.
    pub action: Action,
    /// Why not.
    pub because: Because,
}

/// Whoever manages, with the directory roles they use in this organisation: their own, or those they act in for a customer.
#[derive(Debug, Clone, Copy)]
pub struct Manager<'a> {
    /// Who.
    pub person: &'a Person,
    /// The roles.
    pub roles: &'a [DirectoryRoleId],
}

impl Manager<'_> {
    fn holds(&self, role: DirectoryRoleId) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the partner roles of somebody are within reach: only a global admin of the same partner is no lower than they are.
    fn reaches(&self, roles: &[PartnerRole], person: &Person) -> bool {
        let chief =
            self.person.tenant == person.tenant && self.person.partner_roles.contains(&PartnerRole::GlobalAdmin);
        chief || !roles.iter().any(|role| stands_above(*role))
    }
}

/// How many people who can sign in hold what an organisation cannot be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Administrators {
    /// Global administrators of the directory.
    pub directory: i64,
    /// Global admins of the partner, where the organisation is one.
    pub partner: i64,
}

/// Whether `manager` may do `action` to `person`, who would hold the directory `roles` afterwards.
///
/// # Errors
/// The first reason in the order: yourself, above you, last administrator.
pub fn check(
    manager: &Manager<'_>,
    person: &Person,
    action: Action,
    roles: &[DirectoryRoleId],
    administrators: Administrators,
) -> Result<(), Refused> {
    let refused = |because| Err(Refused { action, because });
    let oneself = manager.person.id == person.id;
    if oneself && matches!(action, Action::Block | Action::Delete | Action::ResetPassword) {
        return refused(Because::Yourself);
    }
    let own_record = oneself && action == Action::Edit;
    if !own_record && !within_rights(manager, person, action, roles) {
        return refused(Because::AboveYou);
    }
    let leaves = matches!(action, Action::Block | Action::Delete);
    let last = |held: bool, kept: bool, count: i64| person.enabled && held && (leaves || !kept) && count <= 1;
    let (held, kept) = (person.directory_roles.contains(&GLOBAL_ADMINISTRATOR), roles.contains(&GLOBAL_ADMINISTRATOR));
    let heads = person.partner_roles.contains(&PartnerRole::GlobalAdmin);
    if last(held, kept, administrators.directory) || last(heads, heads, administrators.partner) {
        return refused(Because::LastAdministrator);
    }
    Ok(())
}

/// A new password, another address for mail or a place among the blocked is as good as the role itself: whoever sets it can take the
/// person's place, or keep them from theirs. Roles are measured one by one, given and taken alike.
fn within_rights(manager: &Manager<'_>, person: &Person, action: Action, roles: &[DirectoryRoleId]) -> bool {
    if !manager.reaches(&person.partner_roles, person) {
        return false;
    }
    let privileged = |role: &DirectoryRoleId| directory_role::find(*role).is_none_or(|it| it.privileged);
    let concerned = match action {
        Action::SetRoles => {
            let changed = |role: &&DirectoryRoleId| roles.contains(role) != person.directory_roles.contains(role);
            roles.iter().chain(&person.directory_roles).filter(changed).any(privileged)
        }
        Action::Restore => false,
        Action::Edit | Action::Block | Action::Unblock | Action::ResetPassword | Action::Delete => {
            person.directory_roles.iter().any(privileged)
        }
    };
    let resets = action == Action::ResetPassword && manager.holds(PRIVILEGED_AUTHENTICATION_ADMINISTRATOR);
    !concerned || manager.holds(GLOBAL_ADMINISTRATOR) || resets
}

/// Whether a deleted user can still be brought back at `now`. `taken` says whether somebody else signs in with their name.
///
/// # Errors
/// [`Because::TooLate`] first, since a purged record is not worth a new name, then [`Because::NameTaken`].
pub fn restorable(user: &User, taken: bool, now: Timestamp) -> Result<(), Refused> {
    let refused = |because| Err(Refused { action: Action::Restore, because });
    if user.restorable_until().is_some_and(|until| now >= until) {
        return refused(Because::TooLate);
    }
    if taken { refused(Because::NameTaken) } else { Ok(()) }
}

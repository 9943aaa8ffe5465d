//! What the people who manage a partner's people may do to each other. Which roles let somebody manage people at all is
//! [`crate::policy`]'s; these rules keep a partner from locking itself out and a manager from rising above their own rights.

use crate::acting::{CLASSIC, Holder};
use crate::directory::{PartnerRole, Person};
use crate::directory_role;
use crate::factor::Security;

/// What can be tried with a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Add them to the directory.
    Add,
    /// Replace their roles.
    SetRoles,
    /// Replace the groups they are in.
    SetGroups,
    /// Block them.
    Block,
    /// Let them sign in again.
    Unblock,
    /// Give them a new password.
    ResetPassword,
    /// Remove the second factors they lost.
    ResetFactors,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// The partner would be left without a global admin who can sign in.
    LastAdministrator,
    /// Nobody blocks themselves; a new password for oneself takes the old one, and one's own factors are removed elsewhere.
    Yourself,
    /// Only a global admin gives the roles that stand above a user-management admin, touches the people who hold them, or changes
    /// who is in a group.
    AboveYou,
}

crate::codes! {
    Action {
        Add = "add", SetRoles = "set_roles", SetGroups = "set_groups", Block = "block", Unblock = "unblock", ResetPassword = "reset_password",
        ResetFactors = "reset_factors",
    }
    Because { LastAdministrator = "last_administrator", Yourself = "yourself", AboveYou = "above_you" }
}

/// Why an action on a person did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {} this person: {}", .action.code(), .because.code())]
pub struct Refused {
    /// What was tried.
    pub action: Action,
    /// Why not.
    pub because: Because,
}

/// Whether `manager` may do `action` to `person`, who would hold `roles` afterwards. `administrators` is how many global
/// admins the partner has who can sign in.
///
/// # Errors
/// The first reason in the order: yourself, above you, last administrator.
pub fn check(
    manager: &Person,
    person: &Person,
    action: Action,
    roles: &[PartnerRole],
    administrators: i64,
) -> Result<(), Refused> {
    let refused = |because| Err(Refused { action, because });
    let oneself = manager.id == person.id;
    if oneself && matches!(action, Action::Block | Action::ResetPassword | Action::ResetFactors) {
        return refused(Because::Yourself);
    }
    // A new password, a factor less or a place among the blocked is as good as the role itself: whoever sets it can take the person's place.
    // What a group reaches at customers is not seen from here: it may be everything.
    let rises =
        action == Action::SetGroups || roles.iter().any(|role| stands_above(*role)) || person_stands_above(person);
    if rises && !manager.partner_roles.contains(&PartnerRole::GlobalAdmin) {
        return refused(Because::AboveYou);
    }
    let leaves = action == Action::Block || !roles.contains(&PartnerRole::GlobalAdmin);
    let counted = person.enabled && person.partner_roles.contains(&PartnerRole::GlobalAdmin);
    if counted && leaves && administrators <= 1 {
        return refused(Because::LastAdministrator);
    }
    Ok(())
}

/// The roles only a global admin gives: they reach customers with everything a customer can grant.
pub const fn stands_above(role: PartnerRole) -> bool {
    matches!(role, PartnerRole::GlobalAdmin | PartnerRole::AdminAgent)
}

/// Whether somebody may sign in on another device by typing the code it shows. Whoever talks them into that has their rights (RFC 8628,
/// section 5.4), so people with powerful roles may only where their organisation says so.
pub fn may_type_codes(person: &Person, home: Security) -> bool {
    home.device_codes || !is_powerful(person)
}

/// Whether a person's roles reach customers or administer a directory.
fn is_powerful(person: &Person) -> bool {
    let reaches = |role: PartnerRole| CLASSIC.iter().any(|it| it.holder == Holder::Role(role));
    let powerful = |role: &PartnerRole| reaches(*role) || *role == PartnerRole::UserManagementAdmin;
    person_stands_above(person) || person.partner_roles.iter().any(powerful)
}

fn person_stands_above(person: &Person) -> bool {
    person.partner_roles.iter().any(|role| stands_above(*role))
        || person.directory_roles.iter().any(|role| directory_role::find(*role).is_none_or(|role| role.privileged))
}

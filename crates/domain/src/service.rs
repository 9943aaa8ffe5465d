//! The catalogue of services whose administration portals partners open on a customer's behalf (requirement S10).

use crate::cloud::Cloud;
use crate::ids::{ApplicationId, DirectoryRoleId, ServiceId};
use crate::time::Timestamp;

/// A service of one cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// The cloud whose customers have it.
    pub cloud: Cloud,
    /// Its name, the same in every language.
    pub name: String,
    /// The relying party people sign in to; one of the operator's applications.
    pub application: ApplicationId,
    /// Where its administration portal begins a sign-in somebody else asks for (OpenID Connect Core, section 4).
    pub portal_url: String,
    /// The directory roles that let somebody in; one of them is enough.
    pub roles: Vec<DirectoryRoleId>,
    /// Where it hears that a session ended (OpenID Connect Back-Channel Logout 1.0).
    pub logout_url: Option<String>,
    /// Where it receives security events (RFC 8935).
    pub events_url: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

impl Service {
    /// Which of the roles somebody holds let them in; `roles` stays in its order. Global administrators get in everywhere.
    pub fn opened_by(&self, roles: &[DirectoryRoleId]) -> Vec<DirectoryRoleId> {
        let global = crate::directory_role::GLOBAL_ADMINISTRATOR;
        roles.iter().filter(|role| **role == global || self.roles.contains(role)).copied().collect()
    }

    /// The roles that let somebody in, global administrators included.
    pub fn opening(&self) -> Vec<DirectoryRoleId> {
        let mut roles = self.roles.clone();
        roles.push(crate::directory_role::GLOBAL_ADMINISTRATOR);
        roles
    }
}

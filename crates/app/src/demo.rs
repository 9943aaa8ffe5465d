//! Demo mode: a clock that can be turned, a believable world seeded through the operations, and deciding as a customer by one call.

mod clock;
mod link;
mod seed;
mod story;
mod summary;
mod world;

use std::sync::Arc;

use entente_domain::cloud::Cloud;
use entente_domain::ids::{GroupId, TenantId, UserId};
use entente_domain::market::CountryCode;
use entente_domain::tenant::PartnerKind;

pub use clock::DemoClock;
pub use link::accept_as_admin;
pub use seed::seed;

/// The password of every demo account.
pub const PASSWORD: &str = "Entente-demo-2026";

/// What a seed needs besides the application.
#[derive(Clone)]
pub struct Options {
    /// The application's clock: the seed turns it back to live through a year, and leaves it as it found it.
    pub clock: Arc<DemoClock>,
}

/// What there is after the seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The organisations, partners first.
    pub tenants: Vec<Tenant>,
    /// Accounts that belong to no organisation.
    pub without_organisation: Vec<User>,
}

/// A seeded organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its domain.
    pub domain: String,
    /// Its cloud.
    pub cloud: Cloud,
    /// Its country.
    pub country: CountryCode,
    /// What makes it a partner, if it is one; the others are customers.
    pub partner_kind: Option<PartnerKind>,
    /// Its people: by name, those with roles first.
    pub users: Vec<User>,
    /// Its security groups.
    pub groups: Vec<(GroupId, String)>,
}

impl Tenant {
    /// `partner` or `customer`.
    pub const fn kind(&self) -> &'static str {
        if self.partner_kind.is_some() { "partner" } else { "customer" }
    }
}

/// A seeded person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they sign in with.
    pub upn: String,
    /// Their password.
    pub password: &'static str,
    /// Their name.
    pub display_name: String,
    /// The codes of their roles: a partner's own codes, `global_admin` for a customer's global administrator.
    pub roles: Vec<String>,
}

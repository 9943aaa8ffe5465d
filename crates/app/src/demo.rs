//! Demo mode: a clock that can be turned, a believable world seeded through the operations, and deciding as a customer by one call.

pub mod certification;
mod clock;
mod link;
mod programs;
mod seed;
mod story;
mod summary;
mod world;

use std::sync::Arc;

use entente_domain::cloud::Cloud;
use entente_domain::ids::{ApplicationId, GroupId, TenantId, UserId};
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
    /// The services whose portals partners open.
    pub services: Vec<Service>,
}

/// A seeded application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub client_id: ApplicationId,
    /// Its secret; none for a public one.
    pub secret: Option<String>,
    /// Where sign-in may lead back to.
    pub redirects: Vec<String>,
    /// Its name.
    pub name: String,
}

/// A seeded service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Where its portal begins a sign-in.
    pub portal_url: String,
    /// Its relying party.
    pub client_id: ApplicationId,
    /// That one's secret.
    pub secret: String,
    /// The name under which tokens for it are asked for.
    pub identifier: String,
    /// What it expects with its security events.
    pub events_token: &'static str,
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
    /// Its applications.
    pub apps: Vec<Application>,
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

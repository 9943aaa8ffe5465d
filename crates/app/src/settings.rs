//! What the operator configured and every operation may need. Links are built from here, never from a request (threat 5).

use entente_domain::cloud::Cloud;
use entente_domain::text::DomainName;
use entente_domain::validity::ValidityDays;

/// The installation's configuration as the operations see it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The operator's name on pages and in mail.
    pub vendor: String,
    /// What the domains of organisations that partners create end in.
    pub customer_domain: DomainName,
    /// The partner portal's address, without a slash at the end.
    pub partner_portal: String,
    /// Each cloud's customer portal address, without a slash at the end.
    pub customer_portals: Vec<(Cloud, String)>,
    /// The authority's address, without a slash at the end: what issuers begin with.
    pub authority: String,
    /// The address of the machine interfaces, without a slash at the end.
    pub api: String,
    /// Whether organisations may name servers of private networks, and over plain HTTP.
    pub private_addresses: bool,
    /// How long a personal link is valid.
    pub validity: ValidityDays,
    /// Days after which an unanswered request is reminded, once.
    pub remind_after_days: i64,
}

impl Settings {
    /// The customer portal of a cloud.
    pub fn customer_portal(&self, cloud: Cloud) -> &str {
        self.customer_portals.iter().find(|(it, _)| *it == cloud).map_or("", |(_, url)| url.as_str())
    }
}

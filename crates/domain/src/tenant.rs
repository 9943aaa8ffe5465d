//! Organisations and what makes one a partner.

use crate::cloud::Cloud;
use crate::ids::TenantId;
use crate::language::Language;
use crate::market::CountryCode;
use crate::text::{CompanyName, DomainName};
use crate::time::Timestamp;

/// An organisation with a directory. It is a customer, a partner, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id, the same on every face.
    pub id: TenantId,
    /// The cloud its directory lives in; never changes.
    pub cloud: Cloud,
    /// Where it is registered. Decides the region it buys in, whatever the place its people sit (business rules, section 6).
    pub country: CountryCode,
    /// Its legal name.
    pub name: CompanyName,
    /// The verified domain shown beside the name everywhere.
    pub domain: DomainName,
    /// The language of mail to people who have not chosen one.
    pub language: Language,
    /// False only for the holder of accounts that belong to no organisation.
    pub organisation: bool,
    /// When it joined.
    pub created_at: Timestamp,
}

/// What a tenant is allowed to sell, to whom and under which number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// The organisation itself.
    pub tenant: Tenant,
    /// Its place in the channel.
    pub kind: PartnerKind,
    /// The number customers can verify.
    pub number: String,
    /// Countries it may sell from: its legal location first, then further selling locations. Each opens its whole region.
    pub locations: Vec<CountryCode>,
    /// The indirect provider an indirect reseller buys from.
    pub provider: Option<TenantId>,
    /// Whether the operator lets it take new customers.
    pub standing: Standing,
    /// When it became a partner.
    pub since: Timestamp,
}

impl Partner {
    /// Whether this partner may serve a customer in `country` at `at`: the country lies in the region of one of its
    /// selling locations on that day (requirement S13).
    pub fn serves(&self, country: &CountryCode, at: Timestamp) -> bool {
        self.locations.iter().any(|location| crate::market::same_region(*location, *country, at))
    }
}

/// The kinds of partner in the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartnerKind {
    /// Sells to customers and bills them itself.
    Direct,
    /// Sells through indirect resellers, or directly.
    IndirectProvider,
    /// Manages customers; an indirect provider transacts for it.
    IndirectReseller,
}

/// Whether the operator lets a partner do new business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Business as usual.
    Active,
    /// May neither ask nor be accepted; what exists stays.
    Suspended,
}

crate::codes! {
    PartnerKind { Direct = "direct", IndirectProvider = "indirect_provider", IndirectReseller = "indirect_reseller" }
    Standing { Active = "active", Suspended = "suspended" }
}

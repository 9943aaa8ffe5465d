//! What whoever builds an [`App`](crate::App) or registers organisations has to name. The server has no arrow to the crates
//! these come from, and needs no more of them than this.

pub use entente_domain::application::RedirectUri;
pub use entente_domain::cloud::Cloud;
pub use entente_domain::directory::{PartnerRole, Person};
pub use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
pub use entente_domain::ids::{DirectoryRoleId, MailId, TenantId};
pub use entente_domain::language::Language;
pub use entente_domain::market::CountryCode;
pub use entente_domain::service::{Level, Report, Service};
pub use entente_domain::service_request::{Response, Severity, Standing as SupportStanding};
pub use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
pub use entente_domain::text::{
    CompanyName, DomainName, EmailAddress, HealthText, MessageText, PersonName, UserPrincipalName,
};
pub use entente_domain::time::Timestamp;
pub use entente_domain::validity::ValidityDays;
pub use entente_identity::{Cost, Fetch, FetchError, InstanceKey, Password, PasswordHasher, Random, SystemRandom};

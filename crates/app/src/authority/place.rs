//! Which organisation's authority was asked.

use entente_domain::ids::TenantId;
use entente_domain::tenant::Tenant;
use entente_domain::text::DomainName;
use entente_store::tenant;

use super::{Kind, Refusal};
use crate::{Error, Work};

/// What stands in an authority's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One organisation, by id or verified domain.
    Tenant(Box<Tenant>),
    /// `common` or `organizations`: the organisation of whoever signs in.
    Any,
}

impl Place {
    /// The organisation, where one is named.
    ///
    /// # Errors
    /// For `common` and `organizations`.
    pub fn tenant(&self) -> Result<&Tenant, Refusal> {
        match self {
            Self::Tenant(tenant) => Ok(tenant),
            Self::Any => Err(Refusal::new(
                Kind::InvalidRequest,
                900_023,
                "This request has to name a directory: its id or one of its domains, not 'common' or 'organizations'.",
            )),
        }
    }

    /// Whether people of this organisation sign in here.
    pub fn is_home_of(&self, id: TenantId) -> bool {
        match self {
            Self::Tenant(tenant) => tenant.id == id,
            Self::Any => true,
        }
    }
}

/// The place an address names.
///
/// # Errors
/// [`Refusal`] for what is no directory; unknown and malformed answer alike.
pub fn find(work: &Work<'_>, text: &str) -> Result<Place, Error> {
    if matches!(text, "common" | "organizations") {
        return Ok(Place::Any);
    }
    let found = match text.parse::<TenantId>() {
        Ok(id) => tenant::get(work.tx, id)?,
        Err(_) => match DomainName::parse(text) {
            Ok(domain) => tenant::by_domain(work.tx, &domain)?,
            Err(_) => None,
        },
    };
    let found = found.ok_or_else(|| {
        let text = "The directory is not found. Check the id or the domain in the authority's address.";
        Refusal::new(Kind::InvalidRequest, 90_002, text)
    })?;
    Ok(Place::Tenant(Box::new(found)))
}

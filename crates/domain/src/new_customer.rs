//! Customers a partner creates: who may, and what their organisation is called (business rules, sections 3 and 7).

use crate::cloud::Cloud;
use crate::market::CountryCode;
use crate::tenant::{Partner, PartnerKind, Standing};
use crate::text::{DomainName, TextError};
use crate::time::Timestamp;

/// The fewest characters before the operator's part of a domain.
pub const PREFIX_MIN: usize = 3;
/// The most; with the operator's part it still is the domain of a mail address.
pub const PREFIX_MAX: usize = 40;
/// What stands before the `@` in the sign-in name of the first administrator.
pub const FIRST_ADMINISTRATOR: &str = "admin";

/// Why a partner creates no customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot create a customer: {}", .because.code())]
pub struct Refused {
    /// Why not.
    pub because: Because,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// An indirect reseller creates none; its provider does so for it.
    ResellerCannotCreate,
}

crate::codes! {
    Because { ResellerCannotCreate = "reseller_cannot_create" }
}

/// Whether this partner may create customers at all.
///
/// # Errors
/// The first of [`Because`] that stands in the way.
pub fn check(partner: &Partner) -> Result<(), Refused> {
    if partner.kind == PartnerKind::IndirectReseller {
        return Err(Refused { because: Because::ResellerCannotCreate });
    }
    Ok(())
}

/// What is wrong with where a customer is to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotThere {
    /// The cloud does not serve the country.
    NotServed,
    /// The partner may not sell there (requirement S13).
    OutsideRegion,
}

/// Whether a partner may have a customer of this country in this cloud.
///
/// # Errors
/// [`NotThere`], the cloud's answer first.
pub fn place(partner: &Partner, cloud: Cloud, country: CountryCode, now: Timestamp) -> Result<(), NotThere> {
    if !cloud.facts().serves(country, now) {
        return Err(NotThere::NotServed);
    }
    if !partner.serves(&country, now) {
        return Err(NotThere::OutsideRegion);
    }
    Ok(())
}

/// Whether a provider may create a customer for this reseller: one of its own that does business in that country.
pub fn reseller_fits(provider: &Partner, reseller: &Partner, country: CountryCode, now: Timestamp) -> bool {
    provider.kind == PartnerKind::IndirectProvider
        && reseller.provider == Some(provider.tenant.id)
        && reseller.standing == Standing::Active
        && reseller.serves(&country, now)
}

/// The domain of a new organisation: what its partner chose before the operator's part.
///
/// # Errors
/// [`TextError::NotADomain`] for anything but letters, digits and hyphens between them; encoded names (`xn--`) as well, for nobody sees
/// what they say.
pub fn domain(prefix: &str, suffix: &DomainName) -> Result<DomainName, TextError> {
    let prefix = prefix.trim().to_ascii_lowercase();
    if prefix.is_empty() {
        return Err(TextError::Empty);
    }
    if prefix.chars().count() > PREFIX_MAX {
        return Err(TextError::TooLong { max: PREFIX_MAX });
    }
    let plain = prefix.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
    if !plain || prefix.len() < PREFIX_MIN || prefix.starts_with('-') || prefix.ends_with('-') || prefix.contains("--")
    {
        return Err(TextError::NotADomain);
    }
    DomainName::parse(&format!("{prefix}.{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_the_prefix_and_the_operators_part() {
        let suffix: DomainName = "cloud.example".parse().unwrap();
        for (typed, made) in [
            ("Nordlys", Ok("nordlys.cloud.example")),
            (" nord-lys2 ", Ok("nord-lys2.cloud.example")),
            ("", Err(TextError::Empty)),
            ("ab", Err(TextError::NotADomain)),
            ("a.b", Err(TextError::NotADomain)),
            ("-abc", Err(TextError::NotADomain)),
            ("abc-", Err(TextError::NotADomain)),
            ("xn--nrdlys-kxa", Err(TextError::NotADomain)),
            ("nørdlys", Err(TextError::NotADomain)),
            ("a b c", Err(TextError::NotADomain)),
        ] {
            assert_eq!(domain(typed, &suffix).as_ref().map(DomainName::as_str), made.as_ref().copied(), "{typed}");
        }
        assert_eq!(domain(&"a".repeat(41), &suffix), Err(TextError::TooLong { max: PREFIX_MAX }));
    }
}

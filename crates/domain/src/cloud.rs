//! The clouds: separate installations of the vendor's services, each with rules of its own (`data/clouds.tsv`).

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::market::{self, CountryCode, Region};
use crate::table;
use crate::time::Timestamp;

/// Which cloud a tenant lives in; never changes over its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cloud {
    /// The worldwide cloud.
    Public,
    /// The national cloud of Germany.
    Germany,
    /// The cloud for public bodies of the United States.
    UsGovernment,
    /// The national cloud of China.
    China,
}

/// The text names no cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cloud")]
pub struct NotACloud;

impl Cloud {
    /// Every cloud.
    pub const ALL: [Self; 4] = [Self::Public, Self::Germany, Self::UsGovernment, Self::China];

    /// The stable code used in storage, interfaces and configuration.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Germany => "germany",
            Self::UsGovernment => "us-government",
            Self::China => "china",
        }
    }

    /// The rules of this cloud.
    pub fn facts(self) -> &'static CloudFacts {
        &FACTS[self as usize]
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Cloud {
    type Err = NotACloud;
    fn from_str(text: &str) -> Result<Self, NotACloud> {
        Self::ALL.into_iter().find(|cloud| cloud.code() == text).ok_or(NotACloud)
    }
}

/// Where a customer of a cloud accepts a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalKind {
    /// The business store.
    Store,
    /// The administration portal.
    Administration,
}

impl PortalKind {
    /// The stable code: `store` or `administration`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Administration => "administration",
        }
    }
}

/// The countries a cloud serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Markets {
    /// Every country that is a market at the time.
    All,
    /// These countries and those of these regions.
    Only {
        /// Single countries.
        countries: Vec<CountryCode>,
        /// Whole regions, as they are at the time of asking.
        regions: Vec<&'static Region>,
    },
}

/// What differs from cloud to cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudFacts {
    /// The cloud these facts are of.
    pub cloud: Cloud,
    /// Whether a request may leave the administration privileges out.
    pub privileges_optional: bool,
    /// Where its customers accept.
    pub portal: PortalKind,
    /// Which countries it serves.
    pub markets: Markets,
    /// Whether a customer may have several partners.
    pub multi_partner: bool,
    /// Whether partners can send requests at all.
    pub invitations: bool,
}

impl CloudFacts {
    /// Whether tenants of this country can live in the cloud at that time.
    pub fn serves(&self, country: CountryCode, at: Timestamp) -> bool {
        let region = market::region_of(country, at);
        match &self.markets {
            Markets::All => region.is_some(),
            Markets::Only { countries, regions } => {
                region.is_some_and(|region| countries.contains(&country) || regions.contains(&region))
            }
        }
    }
}

static FACTS: LazyLock<[CloudFacts; 4]> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &["code", "portal", "privileges_optional", "multi_partner", "invitations", "markets"];
    let rows = table::load("clouds.tsv", include_str!("../data/clouds.tsv"), COLUMNS, |row| {
        Ok(CloudFacts {
            cloud: row.required("code")?.parse().map_err(|error: NotACloud| error.to_string())?,
            privileges_optional: row.flag("privileges_optional")?,
            portal: match row.required("portal")? {
                "store" => PortalKind::Store,
                "administration" => PortalKind::Administration,
                other => return Err(format!("unknown portal {other}")),
            },
            markets: markets(row.required("markets")?)?,
            multi_partner: row.flag("multi_partner")?,
            invitations: row.flag("invitations")?,
        })
    });
    // `Cloud::facts` indexes by declaration order, so the table must hold each cloud once and in that order.
    assert!(rows.iter().map(|facts| facts.cloud).eq(Cloud::ALL), "data/clouds.tsv: not one row per cloud, in order");
    rows.try_into().unwrap_or_else(|_| unreachable!("one row per cloud, as just checked"))
});

fn markets(text: &'static str) -> Result<Markets, String> {
    if text == "*" {
        return Ok(Markets::All);
    }
    let (mut countries, mut regions) = (Vec::new(), Vec::new());
    for item in text.split(',') {
        match item.split_once(':') {
            Some(("country", code)) => countries.push(code.parse().map_err(|_| format!("unknown country {code}"))?),
            Some(("region", code)) => {
                regions.push(market::region(code).ok_or_else(|| format!("unknown region {code}"))?);
            }
            _ => return Err(format!("{item:?} is neither country:XX nor region:CODE")),
        }
    }
    Ok(Markets::Only { countries, regions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_per_cloud() {
        let printed: Vec<_> = Cloud::ALL
            .into_iter()
            .map(|cloud| {
                let facts = cloud.facts();
                assert_eq!(facts.cloud, cloud);
                (cloud.code(), facts.privileges_optional, facts.portal, facts.multi_partner, facts.invitations)
            })
            .collect();
        assert_eq!(
            printed,
            [
                ("public", true, PortalKind::Store, true, true),
                ("germany", false, PortalKind::Administration, true, true),
                ("us-government", false, PortalKind::Administration, false, true),
                ("china", false, PortalKind::Administration, true, true),
            ]
        );
    }

    #[test]
    fn markets_per_cloud() {
        let at = table::date("2026-11-22").unwrap();
        for (country, clouds) in [
            ("NO", vec!["public", "germany"]),
            ("DE", vec!["public", "germany"]),
            ("US", vec!["public", "us-government"]),
            ("GU", vec!["public"]),
            ("CN", vec!["public", "china"]),
            ("RU", vec![]),
        ] {
            let country = country.parse().unwrap();
            let serving: Vec<_> =
                Cloud::ALL.into_iter().filter(|cloud| cloud.facts().serves(country, at)).map(Cloud::code).collect();
            assert_eq!(serving, clouds, "{country}");
        }
    }

    #[test]
    fn codes_round_trip() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.code().parse(), Ok(cloud));
        }
        for text in ["", "Public", "usgov", "us government"] {
            assert_eq!(text.parse::<Cloud>(), Err(NotACloud));
        }
    }

    #[test]
    fn wrong_market_lists_are_refused() {
        for text in ["", "DE", "country:ZZ", "region:nowhere", "country:DE,*"] {
            assert!(markets(text).is_err(), "{text}");
        }
    }
}

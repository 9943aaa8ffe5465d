//! Markets and regions: in which countries a partner may sell, and until when a table of them counted.
//!
//! A partner sells only to tenants whose country lies in the region of its own; regions have changed over the years, so
//! they are dated rows (`data/markets.tsv`, `data/regions.tsv`) and every question names its point in time.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::language::Language;
use crate::table::{self, Validity};
use crate::time::Timestamp;

/// ISO 3166-1 alpha-2 code of a country or territory that some market table, past or present, lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 2]);

/// The text is not the code of a listed country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a listed country")]
pub struct NotACountry;

impl CountryCode {
    /// The two upper-case letters.
    pub fn as_str(&self) -> &str {
        // Only `shape` makes the bytes, so they are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn shape(text: &str) -> Result<Self, NotACountry> {
        match *text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([a, b])),
            _ => Err(NotACountry),
        }
    }
}

impl FromStr for CountryCode {
    type Err = NotACountry;
    /// Accepts two upper-case letters that the table knows at any date.
    fn from_str(text: &str) -> Result<Self, NotACountry> {
        Self::shape(text).and_then(|code| if MARKETS.contains_key(&code) { Ok(code) } else { Err(NotACountry) })
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CountryCode({})", self.as_str())
    }
}

/// A group of markets; a partner sells only within the one its own country lies in.
#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    /// Our stable code, for example `europe`.
    pub code: &'static str,
    name_en: &'static str,
    name_zh: &'static str,
}

impl Region {
    /// The name people read.
    pub fn name(&self, language: Language) -> &'static str {
        language.pick(self.name_en, self.name_zh)
    }
}

/// One row of the table: a country, or a part of it that is sold to separately, for one currency.
struct Market {
    validity: Validity,
    region: &'static Region,
    country: CountryCode,
    subdivision: Option<&'static str>,
    name_en: &'static str,
    name_zh: &'static str,
    currency: Option<&'static str>,
}

static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(|| {
    table::load("regions.tsv", include_str!("../data/regions.tsv"), &["code", "name_en", "name_zh"], |row| {
        Ok(Region { code: row.required("code")?, name_en: row.required("name_en")?, name_zh: row.required("name_zh")? })
    })
});

static MARKETS: LazyLock<BTreeMap<CountryCode, Vec<Market>>> = LazyLock::new(|| {
    const COLUMNS: &[&str] =
        &["valid_from", "valid_to", "region", "country_code", "subdivision", "name_en", "name_zh", "currency"];
    let rows = table::load("markets.tsv", include_str!("../data/markets.tsv"), COLUMNS, |row| {
        let code = row.required("region")?;
        Ok(Market {
            validity: row.validity()?,
            region: region(code).ok_or_else(|| format!("unknown region {code}"))?,
            country: CountryCode::shape(row.required("country_code")?).map_err(|error| error.to_string())?,
            subdivision: row.optional("subdivision")?,
            name_en: row.required("name_en")?,
            name_zh: row.required("name_zh")?,
            currency: row.optional("currency")?,
        })
    });
    let mut markets = BTreeMap::<CountryCode, Vec<Market>>::new();
    for row in rows {
        markets.entry(row.country).or_default().push(row);
    }
    markets
});

fn rows(country: CountryCode, at: Timestamp) -> impl Iterator<Item = &'static Market> {
    MARKETS.get(&country).into_iter().flatten().filter(move |row| row.validity.contains(at))
}

/// Every region any table ever had.
pub fn regions() -> &'static [Region] {
    &REGIONS
}

/// The region with this code.
pub fn region(code: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.code == code)
}

/// The region a country belonged to at a point in time; nothing when the country was no market then.
pub fn region_of(country: CountryCode, at: Timestamp) -> Option<&'static Region> {
    rows(country, at).next().map(|row| row.region)
}

/// Whether both countries were markets of one region at that time. A country that is no market shares a region with none,
/// not even with itself.
pub fn same_region(a: CountryCode, b: CountryCode, at: Timestamp) -> bool {
    matches!((region_of(a, at), region_of(b, at)), (Some(a), Some(b)) if a == b)
}

/// The countries of a region at a point in time, in the order of their codes.
pub fn countries(region: &Region, at: Timestamp) -> Vec<CountryCode> {
    MARKETS.keys().copied().filter(|country| region_of(*country, at) == Some(region)).collect()
}

/// Every country that was a market at a point in time, in the order of their codes.
pub fn all_countries(at: Timestamp) -> Vec<CountryCode> {
    MARKETS.keys().copied().filter(|country| region_of(*country, at).is_some()).collect()
}

/// The country's name as the newest table has it. A country listed only by its parts (Caribbean Netherlands) is named by them.
pub fn country_name(country: CountryCode, language: Language) -> String {
    let rows = MARKETS.get(&country).map(Vec::as_slice).unwrap_or_default();
    let newest = rows.iter().map(|row| row.validity.from).max();
    let newest = || rows.iter().filter(|row| Some(row.validity.from) == newest);
    let name = |row: &Market| language.pick(row.name_en, row.name_zh);
    if let Some(whole) = newest().find(|row| row.subdivision.is_none()) {
        return name(whole).to_owned();
    }
    newest().map(name).collect::<Vec<_>>().join(language.pick(", ", "、"))
}

/// The ISO 4217 currency a country was billed in first of all; nothing where the table names none.
pub fn currency(country: CountryCode, at: Timestamp) -> Option<&'static str> {
    rows(country, at).find_map(|row| row.currency)
}

/// Every currency a country could be billed in, the usual one first (Brazil has two).
pub fn currencies(country: CountryCode, at: Timestamp) -> Vec<&'static str> {
    let mut all = Vec::new();
    for code in rows(country, at).filter_map(|row| row.currency) {
        if !all.contains(&code) {
            all.push(code);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::date;
    use std::collections::BTreeSet;

    fn code(text: &str) -> CountryCode {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Timestamp {
        date(text).unwrap()
    }

    fn now() -> Timestamp {
        day("2026-11-22")
    }

    #[test]
    fn every_region_has_its_markets() {
        let expected = [
            ("africa", 47),
            ("asia-pacific", 18),
            ("australia", 21),
            ("brazil", 2),
            ("canada", 2),
            ("china", 1),
            ("europe", 45),
            ("india", 1),
            ("japan", 1),
            ("korea", 1),
            ("latin-america", 53),
            ("middle-east-cee", 44),
            ("new-zealand", 3),
            ("taiwan", 1),
            ("united-states", 5),
        ];
        let mut counted = BTreeMap::new();
        for row in MARKETS.values().flatten().filter(|row| row.validity.contains(now())) {
            *counted.entry(row.region.code).or_insert(0) += 1;
        }
        assert_eq!(counted, BTreeMap::from(expected));
        assert_eq!(counted.values().sum::<i32>(), 245);
        // Brazil has two currencies and the Caribbean Netherlands three parts: 245 rows are 242 countries.
        assert_eq!(all_countries(now()).len(), 242);
        assert_eq!(regions().iter().map(|region| countries(region, now()).len()).sum::<usize>(), 242);
    }

    #[test]
    fn a_country_is_listed_once_at_any_time() {
        let changes: BTreeSet<Timestamp> =
            MARKETS.values().flatten().flat_map(|row| [Some(row.validity.from), row.validity.to]).flatten().collect();
        for at in changes {
            for (country, rows) in MARKETS.iter() {
                let valid: Vec<_> = rows.iter().filter(|row| row.validity.contains(at)).collect();
                let distinct: BTreeSet<_> = valid.iter().map(|row| (row.subdivision, row.currency)).collect();
                assert_eq!(distinct.len(), valid.len(), "{country} at {at:?}");
                assert!(valid.windows(2).all(|pair| pair[0].region == pair[1].region), "{country} at {at:?}");
            }
        }
    }

    #[test]
    fn names_are_whole_and_distinct() {
        for language in Language::ALL {
            let names: BTreeSet<_> = MARKETS.keys().map(|country| country_name(*country, language)).collect();
            assert_eq!(names.len(), MARKETS.len(), "two countries share a name in {language}");
        }
        for row in MARKETS.values().flatten() {
            assert!(!row.name_zh.is_ascii(), "{} has no Chinese name", row.country);
            assert!(row.currency.is_none_or(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
            assert!(row.subdivision.is_none_or(|part| part.starts_with(row.country.as_str())));
        }
    }

    #[test]
    fn questions() {
        assert_eq!(region_of(code("NO"), now()).map(|region| region.code), Some("europe"));
        assert_eq!(region("europe").unwrap().name(Language::ZhCn), "欧洲");
        assert!(same_region(code("NO"), code("DE"), now()));
        assert!(!same_region(code("NO"), code("US"), now()));
        assert_eq!(country_name(code("BQ"), Language::En), "Bonaire, Saba, Sint Eustatius");
        assert_eq!(country_name(code("BR"), Language::ZhCn), "巴西");
        assert_eq!(currency(code("NO"), now()), Some("NOK"));
        assert_eq!(currencies(code("BR"), now()), ["USD", "BRL"]);
        for country in ["VA", "KN", "BA", "MK", "PS"] {
            assert_eq!(currency(code(country), now()), None, "{country}");
        }
    }

    #[test]
    fn regions_change() {
        assert_eq!(region_of(code("RU"), now()), None);
        assert!(!same_region(code("RU"), code("RU"), now()));
        assert_eq!(currency(code("RU"), day("2021-06-01")), Some("RUB"));
        assert_eq!(region_of(code("RU"), day("2022-03-31")), None);
        assert!(same_region(code("GU"), code("AU"), day("2022-12-31")));
        assert!(same_region(code("GU"), code("US"), day("2023-01-01")));
    }

    #[test]
    fn codes() {
        for text in ["", "N", "no", "NOR", "ZZ", "N1", "É", "KP"] {
            assert_eq!(text.parse::<CountryCode>(), Err(NotACountry), "{text}");
        }
        assert_eq!(code("NO").to_string(), "NO");
    }
}

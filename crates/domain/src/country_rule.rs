//! What an address needs in each country (`data/country-rules.tsv`, `data/states.tsv`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::language::Language;
use crate::market::CountryCode;
use crate::table;

/// What an address names between city and country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum States {
    /// Nothing.
    None,
    /// Whatever the writer names, or nothing.
    Free,
    /// One of [`CountryRule::states`].
    Listed,
}

/// One entry of a list of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The second half of its ISO 3166-2 code.
    pub code: &'static str,
    name: &'static str,
    name_zh: Option<&'static str>,
}

impl State {
    /// What people call it.
    pub fn name(&self, language: Language) -> &'static str {
        language.pick(self.name, self.name_zh.unwrap_or(self.name))
    }
}

/// The rules of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryRule {
    /// How postal codes are written there, 9 for a digit and A for a letter; none where there is no such rule.
    postal: Vec<&'static str>,
    /// Whether a state is part of an address.
    pub state: States,
    /// The states to choose from, where they are listed.
    pub states: Vec<State>,
    /// Whether the organisation's registration number and telephone have to be known (business rules, section 6). Elsewhere the number
    /// is not taken.
    pub registration: bool,
}

impl CountryRule {
    /// Whether an address needs a postal code.
    pub fn postal_required(&self) -> bool {
        !self.postal.is_empty()
    }

    /// A postal code to show as an example.
    pub fn postal_example(&self) -> Option<String> {
        self.postal.first().map(|it| it.replace('9', "1"))
    }

    /// The postal code as the country writes it, whichever way somebody typed it; none when it is no code of the country.
    pub fn postal_code(&self, typed: &str) -> Option<String> {
        let signs: Vec<char> =
            typed.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect();
        self.postal.iter().find_map(|pattern| written(pattern, &signs))
    }

    /// The listed state with this code.
    pub fn find_state(&self, code: &str) -> Option<&State> {
        self.states.iter().find(|it| it.code == code)
    }
}

fn written(pattern: &str, signs: &[char]) -> Option<String> {
    let mut left = signs.iter().copied();
    let mut out = String::new();
    for place in pattern.chars() {
        out.push(match place {
            '9' => left.next().filter(char::is_ascii_digit)?,
            'A' => left.next().filter(char::is_ascii_uppercase)?,
            between => between,
        });
    }
    left.next().is_none().then_some(out)
}

static DEFAULT: CountryRule =
    CountryRule { postal: Vec::new(), state: States::None, states: Vec::new(), registration: false };

static RULES: LazyLock<BTreeMap<CountryCode, CountryRule>> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &["country", "postal", "state", "registration"];
    const STATES: &[&str] = &["country", "code", "name", "name_zh"];
    let states = table::load("states.tsv", include_str!("../data/states.tsv"), STATES, |row| {
        let state =
            State { code: row.required("code")?, name: row.required("name")?, name_zh: row.optional("name_zh")? };
        Ok((row.required("country")?, state))
    });
    let rows = table::load("country-rules.tsv", include_str!("../data/country-rules.tsv"), COLUMNS, |row| {
        let code = row.required("country")?;
        let state = match row.required("state")? {
            "none" => States::None,
            "free" => States::Free,
            "listed" => States::Listed,
            other => return Err(format!("unknown rule {other}")),
        };
        let of_it = states.iter().filter(|(country, _)| *country == code).map(|(_, state)| *state).collect();
        let rule = CountryRule {
            postal: row.optional("postal")?.map(|it| it.split('|').collect()).unwrap_or_default(),
            state,
            states: of_it,
            registration: row.flag("registration")?,
        };
        if (rule.state == States::Listed) == rule.states.is_empty() {
            return Err(format!("the states of {code} are not those of its rule"));
        }
        Ok((code.parse::<CountryCode>().map_err(|error| error.to_string())?, rule))
    });
    rows.into_iter().collect()
});

/// The rules of a country; one that is not listed needs a street and a city.
pub fn of(country: CountryCode) -> &'static CountryRule {
    RULES.get(&country).unwrap_or(&DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(code: &str) -> &'static CountryRule {
        of(code.parse().unwrap())
    }

    #[test]
    fn postal_codes_are_written_as_the_country_does() {
        for (country, typed, written) in [
            ("NO", "0150", Some("0150")),
            ("NO", "015", None),
            ("NO", "01500", None),
            ("US", "98052", Some("98052")),
            ("US", "98052 1234", Some("98052-1234")),
            ("CA", "k1a0b1", Some("K1A 0B1")),
            ("CA", "K1A-0B", None),
            ("GB", "sw1a1aa", Some("SW1A 1AA")),
            ("GB", "M1 1AE", Some("M1 1AE")),
            ("NL", "1011ab", Some("1011 AB")),
            ("NL", "１０11AB", None),
            ("LV", "lv1073", Some("LV-1073")),
            ("VN", "70010", Some("70010")),
        ] {
            assert_eq!(rule(country).postal_code(typed).as_deref(), written, "{country} {typed}");
        }
    }

    #[test]
    fn the_table_is_as_the_rules_say() {
        assert_eq!(RULES.values().filter(|it| it.registration).count(), 23);
        let listed: Vec<_> =
            RULES.iter().filter(|(_, it)| it.state == States::Listed).map(|(c, _)| c.as_str()).collect();
        assert_eq!(listed, ["CA", "CN", "MX", "US"]);
        assert!(rule("US").find_state("WA").is_some() && rule("US").find_state("XX").is_none());
        assert_eq!(rule("CN").find_state("BJ").unwrap().name(Language::ZhCn), "北京");
        assert_eq!(*rule("KE"), DEFAULT);
    }
}

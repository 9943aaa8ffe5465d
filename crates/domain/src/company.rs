//! Where an organisation is, whom to write to there and which register knows it; checked by its country's rules.

use crate::country_rule::{self, States};
use crate::market::CountryCode;
use crate::text::{AddressLine, EmailAddress, PersonName, PhoneNumber, RegistrationNumber};

/// What is known of an organisation besides its name and country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Street and number, or what stands in their place.
    pub line1: AddressLine,
    /// What else the address needs.
    pub line2: Option<AddressLine>,
    /// The city.
    pub city: AddressLine,
    /// The state: the code of a listed one, or a name where the country lists none.
    pub state: Option<AddressLine>,
    /// The postal code, as the country writes it.
    pub postal_code: Option<AddressLine>,
    /// Whom to write to.
    pub contact: PersonName,
    /// Where to.
    pub mail: EmailAddress,
    /// Where to call.
    pub phone: Option<PhoneNumber>,
    /// The number in the register of companies.
    pub registration: Option<RegistrationNumber>,
}

/// The parts that a country has rules about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The state.
    State,
    /// The postal code.
    PostalCode,
    /// The telephone.
    Phone,
    /// The registration number.
    Registration,
}

/// What is wrong with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The country needs it.
    Missing,
    /// The country has no such thing, or none of this form.
    NotThere,
}

impl Company {
    /// The record as its country writes it.
    ///
    /// # Errors
    /// Every part that does not fit the country's rules.
    pub fn settled(mut self, country: CountryCode) -> Result<Self, Vec<(Part, Fault)>> {
        let rule = country_rule::of(country);
        let mut wrong = Vec::new();
        match (rule.state, &self.state) {
            (States::Listed, None) => wrong.push((Part::State, Fault::Missing)),
            (States::Listed, Some(code)) if rule.find_state(code.as_str()).is_none() => {
                wrong.push((Part::State, Fault::NotThere));
            }
            (States::None, Some(_)) => wrong.push((Part::State, Fault::NotThere)),
            _ => {}
        }
        match &self.postal_code {
            None if rule.postal_required() => wrong.push((Part::PostalCode, Fault::Missing)),
            Some(typed) if rule.postal_required() => {
                let written = rule.postal_code(typed.as_str()).and_then(|it| AddressLine::parse(&it).ok());
                match written {
                    Some(code) => self.postal_code = Some(code),
                    None => wrong.push((Part::PostalCode, Fault::NotThere)),
                }
            }
            _ => {}
        }
        if rule.registration && self.phone.is_none() {
            wrong.push((Part::Phone, Fault::Missing));
        }
        match (&self.registration, rule.registration) {
            (None, true) => wrong.push((Part::Registration, Fault::Missing)),
            (Some(_), false) => wrong.push((Part::Registration, Fault::NotThere)),
            _ => {}
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// The names of what another record says differently, never what it says: the log is read by more people than the record.
    pub fn differs(&self, other: &Self) -> Vec<&'static str> {
        [
            ("line1", self.line1 != other.line1),
            ("line2", self.line2 != other.line2),
            ("city", self.city != other.city),
            ("state", self.state != other.state),
            ("postal_code", self.postal_code != other.postal_code),
            ("contact", self.contact != other.contact),
            ("mail", self.mail != other.mail),
            ("phone", self.phone != other.phone),
            ("registration", self.registration != other.registration),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn company(state: &str, postal: &str, phone: &str, registration: &str) -> Company {
        fn some<T: std::str::FromStr>(text: &str) -> Option<T> {
            (!text.is_empty()).then(|| text.parse().ok().unwrap())
        }
        Company {
            line1: "Main Street 1".parse().unwrap(),
            line2: None,
            city: "Town".parse().unwrap(),
            state: some(state),
            postal_code: some(postal),
            contact: "Ada Berg".parse().unwrap(),
            mail: "ada@example.org".parse().unwrap(),
            phone: some(phone),
            registration: some(registration),
        }
    }

    #[test]
    fn each_country_asks_for_what_it_needs() {
        use Fault::{Missing, NotThere};
        use Part::{Phone, PostalCode, Registration, State};
        type Case = (&'static str, Company, &'static [(Part, Fault)]);
        let cases: [Case; 9] = [
            ("NO", company("", "0150", "", ""), &[]),
            ("NO", company("Oslo", "", "", "1"), &[(State, NotThere), (PostalCode, Missing), (Registration, NotThere)]),
            ("NO", company("", "0150A", "", ""), &[(PostalCode, NotThere)]),
            ("US", company("WA", "98052", "", ""), &[]),
            ("US", company("", "98052", "", ""), &[(State, Missing)]),
            ("US", company("ZZ", "98052", "", ""), &[(State, NotThere)]),
            ("PL", company("", "00950", "+48 22 1", "0000028860"), &[]),
            ("PL", company("", "00-950", "", ""), &[(Phone, Missing), (Registration, Missing)]),
            ("KE", company("", "anything", "", ""), &[]),
        ];
        for (country, it, wrong) in cases {
            let settled = it.settled(country.parse().unwrap());
            assert_eq!(settled.err().unwrap_or_default(), wrong, "{country}");
        }
        let written = company("", "00950", "+48 22 1", "1").settled("PL".parse().unwrap()).unwrap();
        assert_eq!(written.postal_code.unwrap().as_str(), "00-950");
    }
}

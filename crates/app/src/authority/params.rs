//! The parameters of a request, read once and strictly.

use super::{Kind, Refusal};

/// Names and values of a form or query. A name sent twice is refused (RFC 6749, section 3.2): two readers could choose differently.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Takes decoded pairs.
    ///
    /// # Errors
    /// For a name that is there twice.
    pub fn new(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        for (at, (name, _)) in pairs.iter().enumerate() {
            if pairs.iter().skip(at + 1).any(|(other, _)| other == name) {
                let text = format!("The parameter '{}' is there twice.", name.escape_debug());
                return Err(Refusal::new(Kind::InvalidRequest, 90_014, text));
            }
        }
        Ok(Self(pairs))
    }

    /// The value, if there is one and it is not empty: an empty parameter counts as absent (RFC 6749, section 3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).filter(|it| !it.is_empty())
    }

    /// The value, which has to be there.
    ///
    /// # Errors
    /// When it is not, or is empty.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::missing(name))
    }
}

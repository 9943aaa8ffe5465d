//! Recovery codes: what somebody keeps on paper for the day their other factors are lost.

use entente_domain::ids::{Id as _, UserId};
use sha2::{Digest, Sha256};

use crate::random::Random;

/// Thirty-two signs that nobody mistakes for one another, so that each is worth five bits.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Signs of a code: 80 bits, more than anybody can try even with the hashes at hand.
const LENGTH: usize = 16;

/// One code. Shown once, never printed otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// A new unpredictable code.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; LENGTH];
        random.fill(&mut bytes);
        Self(bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte % 32)])).collect())
    }

    /// What somebody typed, without regard to case, spaces and dashes; `None` when it cannot be a code.
    pub fn parse(typed: &str) -> Option<Self> {
        let code: String = typed
            .chars()
            .filter(|sign| !sign.is_whitespace() && *sign != '-')
            .map(|sign| sign.to_ascii_lowercase())
            .take(LENGTH + 1)
            .collect();
        (code.len() == LENGTH && code.bytes().all(|sign| SIGNS.contains(&sign))).then_some(Self(code))
    }

    /// The code in groups of four, for the page that shows it.
    pub fn text(&self) -> String {
        let signs: Vec<char> = self.0.chars().collect();
        signs.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }

    /// What is stored: a hash over the person and the code, so that one table of guesses serves for no two people.
    pub fn hash(&self, person: UserId) -> [u8; 32] {
        let hasher = Sha256::new().chain_update(b"entente/recovery\0").chain_update(person.uuid().as_bytes());
        hasher.chain_update(self.0.as_bytes()).finalize().into()
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn person(number: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_code_is_read_however_it_is_written() {
        let code = RecoveryCode::generate(&SystemRandom);
        let text = code.text();
        assert_eq!(text.len(), 19);
        for typed in [text.clone(), text.to_uppercase(), text.replace('-', " "), format!(" {} ", text.replace('-', ""))]
        {
            assert_eq!(RecoveryCode::parse(&typed), Some(code.clone()), "{typed}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for bad in
            ["", "abcd", "abcd-efgh-ijkm-npq", "abcd-efgh-ijkm-npqrs", "abcd-efgh-ijkm-npq0", "abcd-efgh-ijkm-npqé"]
        {
            assert_eq!(RecoveryCode::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_hash_belongs_to_one_person_and_one_code() {
        let (one, two) = (RecoveryCode::generate(&SystemRandom), RecoveryCode::generate(&SystemRandom));
        assert_eq!(one.hash(person(1)), one.clone().hash(person(1)));
        assert_ne!(one.hash(person(1)), one.hash(person(2)));
        assert_ne!(one.hash(person(1)), two.hash(person(1)));
    }
}

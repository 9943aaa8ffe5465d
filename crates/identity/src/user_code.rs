//! The short code somebody reads off a device and types into a browser (RFC 8628 section 6.1).

use sha2::{Digest, Sha256};

use crate::random::Random;

/// Consonants: no words come about, nothing looks like a digit, and every keyboard has them.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// Eight of twenty letters: 34 bits, enough only because a code lives for minutes and guesses are counted (RFC 8628
/// section 5.1).
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// A new unpredictable code.
    pub fn generate(random: &dyn Random) -> Self {
        // Bytes from 240 on are drawn again: they would make the first letters of the alphabet likelier.
        let letter = || loop {
            let mut byte = [0];
            random.fill(&mut byte);
            if let [byte @ ..240] = byte {
                return LETTERS[usize::from(byte) % LETTERS.len()];
            }
        };
        Self(std::array::from_fn(|_| letter()))
    }

    /// Reads what somebody typed: in capitals or not, with hyphens or spaces anywhere or nowhere.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = text.chars().filter(|letter| *letter != '-' && !letter.is_whitespace());
        let mut code = [0; LENGTH];
        for place in &mut code {
            let letter = u8::try_from(letters.next()?.to_ascii_uppercase()).ok()?;
            *place = LETTERS.contains(&letter).then_some(letter)?;
        }
        letters.next().is_none().then_some(Self(code))
    }

    /// As it is shown: `XXXX-XXXX`.
    pub fn text(&self) -> String {
        let (left, right) = self.0.split_at(LENGTH / 2);
        format!("{}-{}", String::from_utf8_lossy(left), String::from_utf8_lossy(right))
    }

    /// What is stored and looked up. It keeps the code out of rows and logs for the minutes it lives; unlike the hash
    /// of a longer secret it can be searched through by whoever reads the database meanwhile.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"entente/user-code\0").chain_update(self.0).finalize().into()
    }
}

impl std::fmt::Debug for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserCode")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;
    use crate::random::SystemRandom;

    /// Hands out these bytes, one at a time.
    struct Listed(Mutex<std::vec::IntoIter<u8>>);

    impl Random for Listed {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.lock().unwrap().next().unwrap();
            }
        }
    }

    #[test]
    fn every_letter_is_equally_likely() {
        let mut count = [0; 256];
        for byte in 0..=u8::MAX {
            let bytes = vec![byte, 0, 0, 0, 0, 0, 0, 0, 0];
            count[usize::from(UserCode::generate(&Listed(Mutex::new(bytes.into_iter()))).0[0])] += 1;
        }
        // 240 bytes share out evenly; the other 16 are passed over, after which the next byte gives the first letter.
        let expected = LETTERS.map(|letter| if letter == b'B' { 12 + 16 } else { 12 });
        assert_eq!(LETTERS.map(|letter| count[usize::from(letter)]), expected);
    }

    #[test]
    fn what_people_type_is_understood() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        for text in ["wdjbmjht", " WDJB MJHT\n", "W-D-J-B-M-J-H-T", "wdjb\u{a0}mjht"] {
            assert_eq!(UserCode::parse(text), Some(code.clone()), "{text:?}");
        }
        for text in ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB_MJHT", "WDJB-MJH1", "ＷDJBMJHT", "ĸDJBMJHT"] {
            assert_eq!(UserCode::parse(text), None, "{text:?}");
        }
        assert_eq!(format!("{code:?}"), "UserCode");
    }

    #[test]
    fn codes_differ_and_so_do_their_hashes() {
        let (one, two) = (UserCode::generate(&SystemRandom), UserCode::generate(&SystemRandom));
        assert!(one != two && one.hash() != two.hash());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(seed: [u8; 32]) {
            let random = Listed(Mutex::new(seed.map(|byte| byte % 240).to_vec().into_iter()));
            let code = UserCode::generate(&random);
            prop_assert_eq!(code.text().len(), 9);
            prop_assert_eq!(UserCode::parse(&code.text()).map(|again| again.hash()), Some(code.hash()));
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,12}") {
            let _ = UserCode::parse(&text);
        }
    }
}

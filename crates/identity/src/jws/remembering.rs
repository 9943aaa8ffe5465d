//! A key that remembers which tokens it accepted: a program shows one token many times, and looking at its signature costs more
//! than everything else that is asked about it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value};

use super::token::{JwsError, Token, Types};
use super::verifying::VerifyingKey;

/// Tokens a key remembers at least, the latest ones; it forgets before it has twice as many.
const MANY: usize = 10_000;

type Digest = [u8; 32];

/// A key, and the digests of tokens whose signatures it found good.
///
/// What is remembered is that these very bytes carry a signature of this key, which stays true. Everything else about a token is
/// read and checked anew each time: its form and type here, its times, and whether the key and all the token says still count, by
/// whoever asks.
#[derive(Debug)]
pub struct RememberingKey {
    key: VerifyingKey,
    accepted: Mutex<Accepted>,
}

#[derive(Debug, Default)]
struct Accepted {
    latest: HashSet<Digest>,
    before: HashSet<Digest>,
}

impl RememberingKey {
    /// A key that remembers nothing yet.
    pub fn new(key: VerifyingKey) -> Self {
        Self { key, accepted: Mutex::default() }
    }

    /// As [`Token::verify`].
    ///
    /// # Errors
    /// [`JwsError`] says what is wrong.
    pub fn verify(&self, token: &Token<'_>, types: Types<'_>) -> Result<Map<String, Value>, JwsError> {
        token.checked(&self.key, types, |signed, signature| {
            let seen = digest_of(token.text);
            if self.remembers(&seen) {
                return true;
            }
            let good = self.key.accepts(signed, signature);
            if good {
                self.remember(seen);
            }
            good
        })
    }

    fn remembers(&self, seen: &Digest) -> bool {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.latest.contains(seen) || accepted.before.contains(seen)
    }

    fn remember(&self, seen: Digest) {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        if accepted.latest.len() >= MANY {
            accepted.before = std::mem::take(&mut accepted.latest);
        }
        accepted.latest.insert(seen);
    }
}

fn digest_of(token: &str) -> Digest {
    let mut seen = [0; 32];
    seen.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    seen
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jws::{Algorithm, SigningKey};

    const TYPES: Types<'_> = Types::OneOf(&["at+jwt"]);

    fn read(text: &str) -> Token<'_> {
        Token::read(text).expect("a token")
    }

    fn claims(number: usize) -> Map<String, Value> {
        json!({ "jti": number.to_string() }).as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_token_is_looked_at_once_and_read_each_time() {
        let own = SigningKey::generate(Algorithm::Es256);
        let key = RememberingKey::new(own.verifying());
        let token = own.sign("at+jwt", &claims(1));
        assert!(!key.remembers(&digest_of(&token)));
        for _ in 0..2 {
            assert_eq!(key.verify(&read(&token), TYPES), Ok(claims(1)));
            assert!(key.remembers(&digest_of(&token)));
        }
        assert_eq!(
            key.verify(&read(&token), Types::OneOf(&["logout+jwt"])),
            Err(JwsError::Type),
            "the type is asked each time"
        );
    }

    #[test]
    fn nothing_else_is_good_because_a_token_was() {
        let (own, other) = (SigningKey::generate(Algorithm::Es256), SigningKey::generate(Algorithm::Es256));
        let key = RememberingKey::new(own.verifying());
        let token = own.sign("at+jwt", &claims(1));
        assert!(key.verify(&read(&token), TYPES).is_ok());
        let (first, second) = (token.split('.').collect::<Vec<_>>(), own.sign("at+jwt", &claims(2)));
        let second: Vec<&str> = second.split('.').collect();
        for mixed in
            [[second[0], second[1], first[2]], [first[0], first[1], second[2]], [first[0], second[1], first[2]]]
        {
            let mixed = mixed.join(".");
            for _ in 0..2 {
                assert_eq!(key.verify(&read(&mixed), TYPES), Err(JwsError::Signature), "{mixed}");
            }
            assert!(!key.remembers(&digest_of(&mixed)));
        }
        assert!(
            RememberingKey::new(other.verifying()).verify(&read(&token), TYPES).is_err(),
            "another key remembers nothing of it"
        );
    }

    #[test]
    fn the_latest_are_remembered_and_the_oldest_forgotten() {
        let key = RememberingKey::new(SigningKey::generate(Algorithm::Es256).verifying());
        let seen = |number: usize| digest_of(&number.to_string());
        (0..3 * MANY).for_each(|number| key.remember(seen(number)));
        assert!(!key.remembers(&seen(0)));
        assert!((2 * MANY..3 * MANY).all(|number| key.remembers(&seen(number))));
        let accepted = key.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(accepted.latest.len() + accepted.before.len() <= 2 * MANY);
    }
}

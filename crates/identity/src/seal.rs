//! Values that the database keeps but must not be readable from a copy of it: private signing keys, shared keys of a
//! second factor, tokens for other people's systems.
//!
//! AES-256-GCM with a random nonce. What a value is for and whose it is are authenticated with it, so that whoever can
//! write rows still cannot make one row's value count in another row or for another use. A random 96-bit nonce is safe
//! for 2^32 values under one key (NIST SP 800-38D section 8.3), far more than an installation seals.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::random::Random;

/// First byte of a sealed value; another number is another format.
const FORMAT: u8 = 1;
const LABEL: &[u8] = b"entente/sealed/1\0";

/// The key that seals values; derived by [`crate::InstanceKey::seal_key`].
pub struct SealKey(LessSafeKey);

impl SealKey {
    /// From 32 derived bytes.
    #[expect(clippy::expect_used, reason = "a key of AES-256 is 32 bytes, whatever they are")]
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).expect("32 bytes are an AES-256 key")))
    }

    /// Seals `plain` for one purpose (a word of the code, such as `signing-key`) and one owner (the bytes of the row's
    /// id). The result is 29 bytes longer than `plain`.
    ///
    /// # Panics
    /// When `plain` is longer than 64 GiB, which AES-GCM cannot take.
    #[expect(clippy::expect_used, reason = "AES-GCM refuses only texts beyond 64 GiB")]
    pub fn seal(&self, random: &dyn Random, purpose: &str, owner: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut text = plain.to_vec();
        let context = Aad::from(context(purpose, owner));
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(nonce_used, context, &mut text).expect("the text is shorter than 64 GiB");
        [&[FORMAT], nonce.as_slice(), &text].concat()
    }

    /// What was sealed; `None` when it was sealed with another key, for another purpose or owner, or was altered.
    pub fn open(&self, purpose: &str, owner: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (&format, rest) = sealed.split_first()?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>()?;
        if format != FORMAT {
            return None;
        }
        let mut text = text.to_vec();
        let context = Aad::from(context(purpose, owner));
        let length = self.0.open_in_place(Nonce::assume_unique_for_key(*nonce), context, &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey")
    }
}

/// The purpose's length goes first, so that no end of a purpose can be read as the start of an owner.
fn context(purpose: &str, owner: &[u8]) -> Vec<u8> {
    [LABEL, &(purpose.len() as u64).to_be_bytes(), purpose.as_bytes(), owner].concat()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;
    use crate::random::SystemRandom;

    fn key() -> SealKey {
        SealKey::new(&[7; 32])
    }

    #[test]
    fn a_sealed_value_opens_only_for_its_purpose_and_owner() {
        let sealed = key().seal(&SystemRandom, "signing-key", b"row 1", b"secret");
        assert_eq!(key().open("signing-key", b"row 1", &sealed).unwrap(), b"secret");
        assert_eq!(key().open("signing-key", b"row 2", &sealed), None);
        assert_eq!(key().open("second-factor", b"row 1", &sealed), None);
        assert_eq!(key().open("signing-ke", b"yrow 1", &sealed), None);
        assert_eq!(SealKey::new(&[8; 32]).open("signing-key", b"row 1", &sealed), None);
    }

    #[test]
    fn equal_values_are_sealed_differently_and_show_nothing() {
        let (one, two) =
            (key().seal(&SystemRandom, "p", b"o", b"secret"), key().seal(&SystemRandom, "p", b"o", b"secret"));
        assert_ne!(one, two);
        assert_eq!(one.len(), b"secret".len() + 29);
        assert!(!one.windows(6).any(|part| part == b"secret"));
        assert_eq!(format!("{:?}", key()), "SealKey");
    }

    #[test]
    fn a_value_of_an_earlier_release_still_opens() {
        // A change here makes every sealed row unreadable: it needs a new format number and a migration.
        struct Fixed;
        impl Random for Fixed {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(9);
            }
        }
        let sealed = key().seal(&Fixed, "signing-key", b"row 1", b"secret");
        assert_eq!(URL_SAFE_NO_PAD.encode(sealed), "AQkJCQkJCQkJCQkJCVTg5-bbhO5haq-CV754FJihTzEWvbI");
    }

    proptest! {
        #[test]
        fn what_is_sealed_comes_back(plain: Vec<u8>, purpose in ".{0,20}", owner: Vec<u8>) {
            let sealed = key().seal(&SystemRandom, &purpose, &owner, &plain);
            prop_assert_eq!(key().open(&purpose, &owner, &sealed), Some(plain));
        }

        #[test]
        fn every_flipped_bit_is_noticed(plain: [u8; 20], position in 0usize..49, bit in 0u8..8) {
            let mut sealed = key().seal(&SystemRandom, "p", b"o", &plain);
            sealed[position] ^= 1 << bit;
            prop_assert_eq!(key().open("p", b"o", &sealed), None);
        }

        #[test]
        fn no_other_purpose_or_owner_opens_it(
            purpose in "[ab]{0,3}", owner in "[ab]{0,3}", other_purpose in "[ab]{0,3}", other_owner in "[ab]{0,3}",
        ) {
            let sealed = key().seal(&SystemRandom, &purpose, owner.as_bytes(), b"plain");
            let same = (&purpose, &owner) == (&other_purpose, &other_owner);
            prop_assert_eq!(key().open(&other_purpose, other_owner.as_bytes(), &sealed).is_some(), same);
        }

        #[test]
        fn every_shortening_is_refused(length in 0usize..49) {
            let mut sealed = key().seal(&SystemRandom, "p", b"o", &[5; 20]);
            sealed.truncate(length);
            prop_assert_eq!(key().open("p", b"o", &sealed), None);
        }

        #[test]
        fn arbitrary_bytes_are_refused(bytes: Vec<u8>) {
            prop_assert_eq!(key().open("p", b"o", &bytes), None);
        }
    }
}

//! Request tokens: proof that a posted form came from a page we served to this very session (CSRF).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const LABEL: &[u8] = b"entente/request-token/1\0";

/// The key that signs request tokens; derived by [`crate::InstanceKey::request_key`].
#[derive(Clone)]
pub struct RequestKey(hmac::Key);

impl RequestKey {
    /// From 32 derived bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    }
}

impl std::fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestKey")
    }
}

/// The hidden field of every form. It needs no storage: it is an HMAC over the hash of the session cookie, and dies
/// with the session because every sign-in, tenant switch and step-up gives the session a new value.
#[derive(Debug, Clone, Copy)]
pub struct RequestToken;

impl RequestToken {
    /// The field's value for a session ([`crate::SessionToken::hash`]) or, before sign-in, for a form cookie
    /// ([`crate::FormToken::hash`]).
    pub fn issue(key: &RequestKey, session_hash: &[u8; 32]) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&key.0, &input(session_hash)))
    }

    /// Whether the posted value belongs to this session; compared in constant time.
    pub fn verify(key: &RequestKey, session_hash: &[u8; 32], presented: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(presented)
            .is_ok_and(|tag| tag.len() == 32 && hmac::verify(&key.0, &input(session_hash), &tag).is_ok())
    }
}

fn input(session_hash: &[u8; 32]) -> Vec<u8> {
    [LABEL, session_hash].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_this_key_and_this_session() {
        let (key, other) = (RequestKey::new([1; 32]), RequestKey::new([2; 32]));
        let token = RequestToken::issue(&key, &[3; 32]);
        assert!(RequestToken::verify(&key, &[3; 32], &token));
        assert!(!RequestToken::verify(&key, &[4; 32], &token));
        assert!(!RequestToken::verify(&other, &[3; 32], &token));
    }

    #[test]
    fn bad_values_are_refused() {
        let key = RequestKey::new([1; 32]);
        let token = RequestToken::issue(&key, &[3; 32]);
        let cut = token.get(..42).unwrap();
        for bad in [
            "",
            "x",
            cut,
            &format!("{token}="),
            &format!("{token}A"),
            &"A".repeat(43),
            "\u{202e}",
            &token.to_lowercase(),
        ] {
            assert!(!RequestToken::verify(&key, &[3; 32], bad), "{bad:?} passed");
        }
    }

    proptest! {
        #[test]
        fn every_flipped_byte_is_noticed(session: [u8; 32], position in 0usize..32, bit in 0u8..8) {
            let key = RequestKey::new([1; 32]);
            let mut tag = URL_SAFE_NO_PAD.decode(RequestToken::issue(&key, &session)).unwrap();
            tag[position] ^= 1 << bit;
            prop_assert!(!RequestToken::verify(&key, &session, &URL_SAFE_NO_PAD.encode(tag)));
        }

        #[test]
        fn arbitrary_text_is_refused(text in ".{0,60}") {
            prop_assert!(!RequestToken::verify(&RequestKey::new([1; 32]), &[3; 32], &text));
        }
    }
}

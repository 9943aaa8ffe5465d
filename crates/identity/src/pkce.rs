//! Proof that whoever redeems a code is who asked for it: PKCE (RFC 7636), in its S256 form alone (RFC 9700 section
//! 2.1.1).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::Secret;

/// Whether a text can be an S256 challenge at all: 43 characters of base64url (RFC 7636 section 4.2). Asked when the
/// code is asked for, so that a slip shows there and not at the end.
pub fn is_challenge(text: &str) -> bool {
    Secret::parse(text).is_some()
}

/// Whether the verifier (43 to 128 unreserved characters, RFC 7636 section 4.1) belongs to the challenge; compared in
/// constant time.
pub fn matches(verifier: &str, challenge: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && verify_slices_are_equal(challenge_of(verifier).as_bytes(), challenge.as_bytes()).is_ok()
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        // RFC 7636 appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_challenge(challenge));
        assert!(matches(verifier, challenge));
        for other in [verifier, "", &challenge[..42], &challenge.to_lowercase(), &format!("{challenge}=")] {
            assert!(!matches(verifier, other), "{other:?} passed");
        }
    }

    #[test]
    fn a_verifier_of_another_length_or_alphabet_is_refused_though_its_hash_fits() {
        for (verifier, good) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("a".repeat(128), true),
            ("a".repeat(129), false),
            ("-._~".repeat(11), true),
            (format!("{} ", "a".repeat(43)), false),
            (format!("{}+", "a".repeat(43)), false),
            ("é".repeat(30), false),
        ] {
            assert_eq!(matches(&verifier, &challenge_of(&verifier)), good, "{verifier:?}");
        }
    }

    #[test]
    fn a_challenge_has_one_form() {
        let verifier = "a".repeat(43);
        assert!(is_challenge(&challenge_of(&verifier)));
        for text in ["", "plain", &"+".repeat(43), &"A".repeat(44), &format!("{}B", "A".repeat(42))] {
            assert!(!is_challenge(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn only_the_same_verifier_matches(one in "[A-Za-z0-9._~-]{43,128}", two in "[A-Za-z0-9._~-]{43,128}") {
            prop_assert!(matches(&one, &challenge_of(&one)));
            prop_assert_eq!(matches(&two, &challenge_of(&one)), one == two);
        }
    }
}

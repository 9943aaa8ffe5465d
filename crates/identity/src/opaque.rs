//! What the authority hands out that only the authority can read: it means something in our database and nothing
//! anywhere else, so it can be taken back at once.

use crate::secret::secrets;

secrets! {
    /// The code an application exchanges for tokens after somebody signed in (RFC 6749 section 4.1.2).
    AuthorizationCode, "code"
    /// What an application gets new access tokens with (RFC 6749 section 6).
    RefreshToken, "refresh"
    /// What a device without a keyboard asks with until somebody has entered its [`crate::UserCode`] (RFC 8628 section
    /// 3.2).
    DeviceCode, "device"
    /// An application's secret: generated, never chosen, so that its hash may be quick.
    ClientSecret, "client-secret"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::random::SystemRandom;
    use crate::{ChallengeToken, FormToken, LinkToken, SessionToken};

    #[test]
    fn a_value_comes_back_as_itself() {
        let secret = RefreshToken::generate(&SystemRandom);
        assert_eq!(RefreshToken::parse(&secret.text()), Some(secret.clone()));
        assert_ne!(secret, RefreshToken::generate(&SystemRandom));
        assert!(RefreshToken::parse(&format!("{}A", secret.text())).is_none());
    }

    #[test]
    fn one_kind_never_passes_as_another_and_none_is_printed() {
        let text = AuthorizationCode::generate(&SystemRandom).text();
        let mut hashes = BTreeSet::new();
        macro_rules! each {
            ($($kind:ident)+) => {$(
                let secret = $kind::parse(&text).unwrap();
                assert!(hashes.insert(secret.hash()), "{} shares its hash with another kind", stringify!($kind));
                assert_eq!(format!("{secret:?}"), stringify!($kind));
            )+};
        }
        each!(AuthorizationCode RefreshToken DeviceCode ClientSecret ChallengeToken SessionToken FormToken LinkToken);
    }
}

//! The one secret an installation keeps outside its database; everything signed or computed derives from it.

use aws_lc_rs::hkdf;

use crate::link::LinkKey;
use crate::random::Random;
use crate::request_token::RequestKey;
use crate::seal::SealKey;
use crate::secret::Secret;

/// 32 bytes from which sub-keys are derived by HKDF-SHA256 (RFC 5869), one per purpose: a leak of one sub-key tells
/// nothing about another. All servers of an installation share it; losing it kills every open link and form and makes
/// every sealed value unreadable.
#[derive(Clone)]
pub struct InstanceKey([u8; 32]);

impl InstanceKey {
    /// From bytes that were generated earlier.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new key, at first start.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self::new(bytes)
    }

    /// Reads the text that [`InstanceKey::to_text`] wrote, as found in the key file; surrounding white space, such as
    /// the line end editors add, is ignored.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(text.trim()).map(|secret| Self(secret.into_bytes()))
    }

    /// For the key file and for nothing else: 43 characters of base64url.
    pub fn to_text(&self) -> String {
        Secret::from_bytes(self.0).text()
    }

    /// Derives the key that invitation links are computed with.
    pub fn link_key(&self) -> LinkKey {
        LinkKey::new(self.derive(b"entente/link/1"))
    }

    /// Derives the key that signs request tokens.
    pub fn request_key(&self) -> RequestKey {
        RequestKey::new(self.derive(b"entente/request/1"))
    }

    /// Derives the key that seals what the database keeps but must not be readable from a copy of it.
    pub fn seal_key(&self) -> SealKey {
        SealKey::new(&self.derive(b"entente/seal/1"))
    }

    #[expect(clippy::expect_used, reason = "HKDF-SHA256 always yields one hash length")]
    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"entente/instance").extract(&self.0);
        let info = [purpose];
        let mut key = [0; 32];
        prk.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).expect("32 bytes are one hash length");
        key
    }
}

impl std::fmt::Debug for InstanceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstanceKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn sub_keys_differ_by_purpose_and_instance() {
        let (one, two) = (InstanceKey::new([1; 32]), InstanceKey::new([2; 32]));
        assert_ne!(one.derive(b"entente/link/1"), one.derive(b"entente/request/1"));
        assert_ne!(one.derive(b"entente/link/1"), two.derive(b"entente/link/1"));
        assert_ne!(one.derive(b"entente/link/1"), [1; 32]);
    }

    #[test]
    fn the_key_file_gives_the_same_key_back() {
        let key = InstanceKey::generate(&SystemRandom);
        let again = InstanceKey::parse(&format!("{}\n", key.to_text())).unwrap();
        assert_eq!(key.derive(b"x"), again.derive(b"x"));
        assert!(InstanceKey::parse("").is_none());
        assert!(InstanceKey::parse("short").is_none());
        assert_eq!(format!("{key:?}"), "InstanceKey");
    }
}

//! What all 256-bit values handed to people have in common: their text form and the hash that is stored instead of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Length of the text form: 32 bytes in base64url without padding.
pub const TEXT_LENGTH: usize = 43;

/// 256 bits that must not reach a row, a log or a debug print; wrapped by one newtype per kind.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Wraps raw bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw bytes back.
    pub(crate) const fn into_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Reads the one canonical spelling; padding, other alphabets and stray final bits are refused, so that one value
    /// has exactly one text.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TEXT_LENGTH {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The text form, for a cookie or a link and for nothing else.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// SHA-256 over the kind and the value. The kind keeps values of different kinds apart even if their bytes are
    /// equal; the value has full entropy, so a slow hash would add nothing.
    pub fn hash(&self, kind: &str) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"entente/");
        hasher.update(kind.as_bytes());
        hasher.update([0]);
        hasher.update(self.0);
        hasher.finalize().into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// One newtype per kind of random value, each with the word that keeps its hashes apart from all other kinds.
macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident, $kind:literal)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name($crate::secret::Secret);

        impl $name {
            /// A new unpredictable value.
            pub fn generate(random: &dyn $crate::random::Random) -> Self {
                let mut bytes = [0; 32];
                random.fill(&mut bytes);
                Self($crate::secret::Secret::from_bytes(bytes))
            }
            /// Reads a presented value; `None` when it cannot be one of ours.
            pub fn parse(text: &str) -> Option<Self> {
                $crate::secret::Secret::parse(text).map(Self)
            }
            /// The text for the one it is issued to: 43 characters of base64url.
            pub fn text(&self) -> String {
                self.0.text()
            }
            /// What the server remembers instead of the value.
            pub fn hash(&self) -> [u8; 32] {
                self.0.hash($kind)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )+};
}
pub(crate) use secrets;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        let text = Secret::from_bytes([0xA5; 32]).text();
        assert_eq!(text.len(), TEXT_LENGTH);
        let without_last = text.get(..42).unwrap();
        let bad = [
            String::new(),
            without_last.to_owned(),
            format!("{text}="),
            format!("{text}A"),
            format!(" {without_last}"),
            format!("{without_last}\n"),
            format!("{without_last}+"),
            format!("{without_last}/"),
            format!("{without_last}%"),
            // The last character carries four bits; "B" would set a bit that belongs to no byte.
            format!("{}B", "A".repeat(42)),
            "é".repeat(21) + "A",
        ];
        for text in bad {
            assert!(Secret::parse(&text).is_none(), "{text:?} was read");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(bytes: [u8; 32]) {
            let secret = Secret::from_bytes(bytes);
            prop_assert_eq!(Secret::parse(&secret.text()), Some(secret));
        }

        #[test]
        fn any_text_that_is_read_is_written_alike(text in "[A-Za-z0-9_-]{43}") {
            if let Some(secret) = Secret::parse(&text) {
                prop_assert_eq!(secret.text(), text);
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,64}") {
            let _ = Secret::parse(&text);
        }

        #[test]
        fn kinds_never_share_a_hash(bytes: [u8; 32]) {
            let secret = Secret::from_bytes(bytes);
            prop_assert_ne!(secret.hash("session"), secret.hash("link"));
        }
    }
}

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1). There is none for "no signature" and none with
/// a shared key, so no token can ask for either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256; the signature is two numbers of 32 bytes.
    Es256,
    /// RSA with PKCS #1 v1.5 padding and SHA-256.
    Rs256,
    /// RSA with PSS padding, SHA-256 and a salt of 32 bytes.
    Ps256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All of them, for discovery documents.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// The name in headers and keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads a name exactly as it is registered; names are case-sensitive (RFC 7515 section 4.1.1).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

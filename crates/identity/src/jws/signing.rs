use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::public::PublicNumbers;
use super::{Algorithm, VerifyingKey};

/// A private key, read once and kept, with the one algorithm it signs with.
pub struct SigningKey {
    pair: Pair,
    verifying: VerifyingKey,
}

enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'a str,
}

impl SigningKey {
    /// A new key; RSA keys have 2048 bits.
    ///
    /// The one place besides signing where randomness is not a parameter: the cryptographic library draws it from the
    /// operating system itself and offers no other way.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: going on would make a guessable key.
    #[expect(clippy::expect_used, reason = "a server without randomness must stop, not make guessable keys")]
    pub fn generate(algorithm: Algorithm) -> Self {
        let pair = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::P256),
            Algorithm::Rs256 | Algorithm::Ps256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        Self::new(algorithm, pair.expect("the operating system has randomness to give"))
            .expect("a generated key is valid")
    }

    /// Reads a private key in PKCS #8 form (RFC 5208), as [`SigningKey::pkcs8`] wrote it; `None` when it is no valid key
    /// for this algorithm.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Option<Self> {
        let pair = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::P256),
            Algorithm::Rs256 | Algorithm::Ps256 => RsaKeyPair::from_pkcs8(der).map(Pair::Rsa),
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed25519),
        };
        Self::new(algorithm, pair.ok()?)
    }

    fn new(algorithm: Algorithm, pair: Pair) -> Option<Self> {
        let numbers = match &pair {
            Pair::P256(key) => PublicNumbers::from_point(key.public_key().as_ref())?,
            Pair::Rsa(key) => PublicNumbers::from_rsa_public_key(key.public_key().as_ref())?,
            Pair::Ed25519(key) => PublicNumbers::Ed25519 { x: key.public_key().as_ref().try_into().ok()? },
        };
        Some(Self { pair, verifying: VerifyingKey::new(algorithm, numbers).ok()? })
    }

    /// The private key in PKCS #8 form, to be sealed ([`crate::SealKey`]) and stored, and for nothing else.
    ///
    /// # Panics
    /// When there is no memory left to write it to.
    #[expect(clippy::expect_used, reason = "every key that can be held can be written")]
    pub fn pkcs8(&self) -> Vec<u8> {
        match &self.pair {
            Pair::P256(key) => key.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Pair::Rsa(key) => key.as_der().map(|der: Pkcs8V1Der<'_>| der.as_ref().to_vec()),
            Pair::Ed25519(key) => key.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
        }
        .expect("a key that was made or read here has a written form")
    }

    /// The key's thumbprint by RFC 7638, which is the `kid` of everything it signs.
    pub fn key_id(&self) -> &str {
        self.verifying.key_id()
    }

    /// The public half.
    pub fn verifying(&self) -> VerifyingKey {
        self.verifying.clone()
    }

    /// A compact JWS over the claims, with `alg`, `kid` and this `typ` in its header.
    ///
    /// # Panics
    /// When the claims cannot be written as JSON, which no struct of texts, numbers and lists can bring about.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> String {
        let header = Header { alg: self.verifying.algorithm().name(), kid: self.key_id(), typ };
        let mut token = String::with_capacity(1024);
        URL_SAFE_NO_PAD.encode_string(json(&header), &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(json(claims), &mut token);
        let signature = self.signature(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// ECDSA and PSS draw randomness for each signature; like for new keys, the library takes it from the system.
    #[expect(clippy::expect_used, reason = "a valid key signs anything as long as there is memory")]
    pub(super) fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::P256(key) => key.sign(&random, message).expect("a valid key signs any message").as_ref().to_vec(),
            Pair::Rsa(key) => {
                let padding =
                    if self.verifying.algorithm() == Algorithm::Ps256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, message, &mut signature)
                    .expect("a valid key signs any message, and the signature is as long as its modulus");
                signature
            }
            Pair::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.key_id())
    }
}

#[expect(clippy::expect_used, reason = "our claims are structs of texts, numbers and lists")]
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts, numbers and lists under names that are texts are JSON")
}

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, RsaSubjectPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Algorithm;

/// Smallest and largest modulus of an RSA key, in bits (RFC 7518 section 3.3; above that one check costs too much).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// Start of a `SubjectPublicKeyInfo` (RFC 5480 section 2) for an uncompressed point on P-256, which follows.
const P256_INFO: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
/// Start of a `SubjectPublicKeyInfo` (RFC 8410 section 4) for Ed25519; the key's 32 bytes follow.
const ED25519_INFO: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// Why something is not a key we verify with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A member is missing, has another type or is not canonical base64url; or the PEM text or its DER is broken.
    #[error("key that cannot be read")]
    Malformed,
    /// A kind of key other than RSA, P-256 or Ed25519.
    #[error("unknown kind of key")]
    Kind,
    /// An algorithm we do not know, or that this kind of key has no use for.
    #[error("algorithm that does not fit the key")]
    Algorithm,
    /// A private or shared key: whoever sends it has given it away.
    #[error("key that must be kept secret")]
    Secret,
    /// `use` or `key_ops` do not allow to verify signatures with it.
    #[error("key for another use")]
    Use,
    /// An RSA modulus shorter than 2048 or longer than 8192 bits.
    #[error("RSA key shorter than 2048 or longer than 8192 bits")]
    Size,
    /// Numbers that are no valid key: a point off the curve, an even modulus.
    #[error("numbers that are no valid key")]
    Invalid,
}

/// The numbers that make up a public key, in the lengths that RFC 7518 section 6 and RFC 8037 section 2 prescribe.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum PublicNumbers {
    P256 { x: [u8; 32], y: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ed25519 { x: [u8; 32] },
}

impl PublicNumbers {
    pub(super) fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, KeyError> {
        let text = |name| jwk.get(name).and_then(Value::as_str);
        let bytes =
            |name| URL_SAFE_NO_PAD.decode(text(name).ok_or(KeyError::Malformed)?).map_err(|_| KeyError::Malformed);
        let number = |name| bytes(name)?.try_into().map_err(|_| KeyError::Malformed);
        match (text("kty").ok_or(KeyError::Malformed)?, text("crv")) {
            ("EC", Some("P-256")) => Ok(Self::P256 { x: number("x")?, y: number("y")? }),
            ("OKP", Some("Ed25519")) => Ok(Self::Ed25519 { x: number("x")? }),
            ("RSA", _) => Ok(Self::Rsa { n: bytes("n")?, e: bytes("e")? }),
            ("oct", _) => Err(KeyError::Secret),
            _ => Err(KeyError::Kind),
        }
    }

    /// From a DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
    pub(super) fn from_info(der: &[u8]) -> Result<Self, KeyError> {
        if let Some(point) = der.strip_prefix(P256_INFO) {
            return Self::from_point(point).ok_or(KeyError::Malformed);
        }
        if let Some(x) = der.strip_prefix(ED25519_INFO) {
            return x.try_into().map(|x| Self::Ed25519 { x }).map_err(|_| KeyError::Malformed);
        }
        let key = RsaSubjectPublicKey::from_der(der).map_err(|_| KeyError::Kind)?;
        // The reader takes other forms too, among them keys that may only be used with PSS; written again, those differ.
        let canonical = key.as_der().map_err(|_| KeyError::Malformed)?;
        if canonical.as_ref() != der {
            return Err(KeyError::Kind);
        }
        Self::from_rsa_public_key(key.as_ref()).ok_or(KeyError::Malformed)
    }

    /// From an uncompressed point on P-256: `04`, x, y.
    pub(super) fn from_point(point: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_first_chunk()?;
        Some(Self::P256 { x: *x, y: y.try_into().ok()? })
    }

    /// From a DER `RSAPublicKey` (RFC 8017 appendix A.1.1) that our cryptography wrote: a sequence of two integers.
    pub(super) fn from_rsa_public_key(der: &[u8]) -> Option<Self> {
        let (content, after) = der_value(der, 0x30)?;
        let (n, rest) = der_value(content, 0x02)?;
        let (e, rest) = der_value(rest, 0x02)?;
        let unsigned = |bytes: &[u8]| bytes.strip_prefix(&[0]).unwrap_or(bytes).to_vec();
        (after.is_empty() && rest.is_empty()).then(|| Self::Rsa { n: unsigned(n), e: unsigned(e) })
    }

    pub(super) fn default_algorithm(&self) -> Algorithm {
        match self {
            Self::P256 { .. } => Algorithm::Es256,
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::Ed25519 { .. } => Algorithm::EdDsa,
        }
    }

    /// The key ready for verification.
    pub(super) fn parse(&self, algorithm: Algorithm) -> Result<ParsedPublicKey, KeyError> {
        match (self, algorithm) {
            (Self::P256 { x, y }, Algorithm::Es256) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [&[4], x.as_slice(), y].concat())
            }
            (Self::Ed25519 { x }, Algorithm::EdDsa) => ParsedPublicKey::new(&ED25519, x),
            (Self::Rsa { n, e }, Algorithm::Rs256) => {
                ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa_info(n, e)?)
            }
            (Self::Rsa { n, e }, Algorithm::Ps256) => ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, rsa_info(n, e)?),
            _ => return Err(KeyError::Algorithm),
        }
        .map_err(|_| KeyError::Invalid)
    }

    /// The members that a JWK of this key must have, in the order and spelling that RFC 7638 section 3 hashes.
    fn required_members(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y)),
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n)),
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
        }
    }

    /// RFC 7638: SHA-256 of the required members, in base64url.
    pub(super) fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.required_members().as_bytes()))
    }

    #[expect(clippy::expect_used, reason = "the text is written above from base64url alone")]
    pub(super) fn to_jwk(&self) -> Map<String, Value> {
        serde_json::from_str(&self.required_members()).expect("names of ours and base64url, which need no escaping")
    }
}

/// A `SubjectPublicKeyInfo` of an RSA key of an allowed size. Going through it, rather than through the bare numbers,
/// makes the reader check them.
fn rsa_info(n: &[u8], e: &[u8]) -> Result<Vec<u8>, KeyError> {
    let leading = n.first().ok_or(KeyError::Malformed)?.leading_zeros() as usize;
    if leading == 8 {
        // RFC 7518 section 6.3.1.1: the fewest bytes that hold the number.
        return Err(KeyError::Malformed);
    }
    if !RSA_BITS.contains(&(n.len() * 8 - leading)) {
        return Err(KeyError::Size);
    }
    let der = RsaPublicKeyComponents { n, e }.as_der().map_err(|_| KeyError::Invalid)?;
    Ok(der.as_ref().to_vec())
}

/// The content of the DER value that `der` starts with, and what follows it; lengths below 64 KiB.
fn der_value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match (first, rest) {
        (..=0x7f, rest) => (usize::from(first), rest),
        (0x81, [length, rest @ ..]) => (usize::from(*length), rest),
        (0x82, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

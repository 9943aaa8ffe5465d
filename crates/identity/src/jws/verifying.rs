use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use serde_json::{Map, Value};
use webpki::EndEntityCert;

use super::public::PublicNumbers;
use super::token::unpadded;
use super::{Algorithm, Header, KeyError};

/// Most bytes of a key's name; longer ones are refused.
const MAX_NAME_BYTES: usize = 256;
/// Most bytes of a PEM text: a certificate with a long chain of names is far smaller.
const MAX_PEM_BYTES: usize = 32 * 1024;

/// A public key, read once and kept, with the one algorithm it verifies.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    numbers: PublicNumbers,
    pub(super) parsed: ParsedPublicKey,
    key_id: String,
    /// SHA-1 and SHA-256 of the key's certificate in base64url, as far as they are known.
    x5t: Option<String>,
    x5t_s256: Option<String>,
}

impl VerifyingKey {
    pub(super) fn new(algorithm: Algorithm, numbers: PublicNumbers) -> Result<Self, KeyError> {
        let (parsed, key_id) = (numbers.parse(algorithm)?, numbers.thumbprint());
        Ok(Self { algorithm, numbers, parsed, key_id, x5t: None, x5t_s256: None })
    }

    /// From a JSON Web Key (RFC 7517): RSA of 2048 to 8192 bits with RS256 unless its `alg` says PS256, EC on P-256, or
    /// Ed25519. Read a set from outside with [`crate::json::object`] first, so that no member counts twice.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong; a key that carries private members is refused, because it is no secret any more.
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        let jwk = jwk.as_object().ok_or(KeyError::Malformed)?;
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|name| jwk.contains_key(*name)) {
            return Err(KeyError::Secret);
        }
        check_use(jwk)?;
        let numbers = PublicNumbers::from_jwk(jwk)?;
        let algorithm = match jwk.get("alg") {
            None => numbers.default_algorithm(),
            Some(name) => name.as_str().and_then(Algorithm::parse).ok_or(KeyError::Algorithm)?,
        };
        let name = |member| match jwk.get(member) {
            None => Ok(None),
            Some(Value::String(name)) if (1..=MAX_NAME_BYTES).contains(&name.len()) => Ok(Some(name.clone())),
            Some(_) => Err(KeyError::Malformed),
        };
        let thumbprint = |member| Ok(name(member)?.map(|hash| unpadded(&hash)));
        let (x5t, x5t_s256) = (thumbprint("x5t")?, thumbprint("x5t#S256")?);
        let key = Self { x5t, x5t_s256, ..Self::new(algorithm, numbers)? };
        Ok(match name("kid")? {
            Some(key_id) => Self { key_id, ..key },
            None => key,
        })
    }

    /// From PEM text (RFC 7468): a `PUBLIC KEY`, or the public key of an X.509 version 3 `CERTIFICATE`; the first of
    /// these in the text counts. A certificate is a container here: neither its dates nor its issuer are looked at.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong; a text that holds a private key is refused, because it is no secret any more.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_PEM_BYTES {
            return Err(KeyError::Malformed);
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Secret);
        }
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
            match section.map_err(|_| KeyError::Malformed)? {
                (SectionKind::PublicKey, der) => return Self::from_info(&der),
                (SectionKind::Certificate, der) => return Self::from_certificate(&der),
                _ => {}
            }
        }
        Err(KeyError::Malformed)
    }

    fn from_info(der: &[u8]) -> Result<Self, KeyError> {
        let numbers = PublicNumbers::from_info(der)?;
        Self::new(numbers.default_algorithm(), numbers)
    }

    fn from_certificate(der: &[u8]) -> Result<Self, KeyError> {
        let certificate = CertificateDer::from(der);
        let info = EndEntityCert::try_from(&certificate).map_err(|_| KeyError::Malformed)?.subject_public_key_info();
        let thumbprint = |algorithm| Some(URL_SAFE_NO_PAD.encode(digest(algorithm, der)));
        let (x5t, x5t_s256) = (thumbprint(&SHA1_FOR_LEGACY_USE_ONLY), thumbprint(&SHA256));
        Ok(Self { x5t, x5t_s256, ..Self::from_info(&info)? })
    }

    /// The same key for another algorithm: an RSA key can verify RS256 or PS256, and a certificate does not say which.
    ///
    /// # Errors
    /// [`KeyError::Algorithm`] when the key cannot be used with it.
    pub fn with_algorithm(self, algorithm: Algorithm) -> Result<Self, KeyError> {
        Ok(Self { algorithm, parsed: self.numbers.parse(algorithm)?, ..self })
    }

    /// The key as a JWK with `kid`, `use` and `alg`, for a set of public keys.
    pub fn jwk(&self) -> Value {
        let mut jwk = self.numbers.to_jwk();
        for (name, value) in [("kid", self.key_id.as_str()), ("use", "sig"), ("alg", self.algorithm.name())] {
            jwk.insert(name.to_owned(), value.into());
        }
        Value::Object(jwk)
    }

    /// The key's name: the one its JWK brought, else its thumbprint by RFC 7638.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The one algorithm this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether a token's header may mean this key: by the thumbprints of its certificate where both sides have one,
    /// else by `kid`; a header without either may mean any key. This only chooses among keys that are trusted already.
    pub fn is_named_by(&self, header: &Header) -> bool {
        // Makers of tokens that sign with a certificate put names of their own into `kid`, so its thumbprint goes first.
        let mut by_certificate = [(&header.x5t, &self.x5t), (&header.x5t_s256, &self.x5t_s256)]
            .into_iter()
            .filter_map(|(hint, own)| Some(hint.as_ref()? == own.as_ref()?))
            .peekable();
        if by_certificate.peek().is_some() {
            return by_certificate.all(|same| same);
        }
        header.kid.as_ref().is_none_or(|id| *id == self.key_id)
    }

    pub(super) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({} {})", self.algorithm.name(), self.key_id)
    }
}

/// RFC 7517 sections 4.2 and 4.3.
fn check_use(jwk: &Map<String, Value>) -> Result<(), KeyError> {
    let for_signatures = jwk.get("use").is_none_or(|value| value == "sig");
    let to_verify = jwk
        .get("key_ops")
        .is_none_or(|value| value.as_array().is_some_and(|operations| operations.iter().any(|one| one == "verify")));
    if for_signatures && to_verify { Ok(()) } else { Err(KeyError::Use) }
}

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{Algorithm, VerifyingKey};
use crate::json;

/// Most bytes of a token; longer ones are refused unread.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Most bytes of a token's header, decoded: room for the chain of certificates that existing tools put into it (`x5c`),
/// though we do not look at it.
pub const MAX_HEADER_BYTES: usize = 8 * 1024;

/// Why a token is refused. Callers answer all of these alike; the difference is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// More than [`MAX_TOKEN_BYTES`], or a header of more than [`MAX_HEADER_BYTES`].
    #[error("token longer than allowed")]
    TooLong,
    /// Not three parts of unpadded base64url, or a header or payload that is no JSON object with names used once.
    #[error("token that cannot be read")]
    Malformed,
    /// The header demands an extension (`crit`, RFC 7515 section 4.1.11; `b64`, RFC 7797). We understand none.
    #[error("token with an extension")]
    Extension,
    /// An algorithm we do not know, or not the key's.
    #[error("algorithm other than the key's")]
    Algorithm,
    /// The header names another key.
    #[error("token of another key")]
    Key,
    /// A kind of token that is not due here.
    #[error("token of another type")]
    Type,
    /// The signature is not the key's over this very header and payload.
    #[error("signature that does not fit")]
    Signature,
}

/// What a token's header says; nothing of it is proven before the signature is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The algorithm it claims.
    pub alg: Algorithm,
    /// Name of the signing key.
    pub kid: Option<String>,
    /// Kind of token.
    pub typ: Option<String>,
    /// SHA-1 of the signing key's certificate in base64url (RFC 7515 section 4.1.7).
    pub x5t: Option<String>,
    /// SHA-256 of the signing key's certificate in base64url (RFC 7515 section 4.1.8).
    pub x5t_s256: Option<String>,
}

/// Which kinds of token (`typ`) are due, so that one of ours cannot be used as another (RFC 8725 section 3.11). Names
/// are compared without regard to case and to a leading `application/` (RFC 7515 section 4.1.9).
#[derive(Debug, Clone, Copy)]
pub enum Types<'a> {
    /// One of these must be stated.
    OneOf(&'a [&'a str]),
    /// One of these, or none at all: for tokens of strangers whose standard did not ask for a type, such as RFC 7523.
    OneOfOrNone(&'a [&'a str]),
}

impl Types<'_> {
    fn allow(self, typ: Option<&str>) -> bool {
        let (names, or_none) = match self {
            Self::OneOf(names) => (names, false),
            Self::OneOfOrNone(names) => (names, true),
        };
        typ.map_or(or_none, |typ| names.iter().any(|name| short(typ).eq_ignore_ascii_case(short(name))))
    }
}

/// A media type without its leading `application/`.
fn short(name: &str) -> &str {
    const PREFIX: &str = "application/";
    match name.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => name,
    }
}

/// A token taken apart, of which nothing is proven yet.
#[derive(Debug, Clone)]
pub struct Token<'a> {
    header: Header,
    /// The whole of it.
    pub(super) text: &'a str,
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Token<'a> {
    /// Takes it apart, to find the key to verify it with by its [`Self::header`].
    ///
    /// # Errors
    /// When it is too long, cannot be read, demands an extension or an algorithm we do not know.
    pub fn read(token: &'a str) -> Result<Self, JwsError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JwsError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed)?;
        if payload.contains('.') {
            return Err(JwsError::Malformed);
        }
        let header = decode(header)?;
        if header.len() > MAX_HEADER_BYTES {
            return Err(JwsError::TooLong);
        }
        Ok(Self { header: read_header(&object(&header)?)?, text: token, signed, payload, signature })
    }

    /// What its header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The claims, if this key signed them and the token is of a type due here. Their times are for [`super::Times`], and issuer and
    /// audience for the caller.
    ///
    /// # Errors
    /// [`JwsError`] says what is wrong.
    pub fn verify(&self, key: &VerifyingKey, types: Types<'_>) -> Result<Map<String, Value>, JwsError> {
        self.checked(key, types, |signed, signature| key.accepts(signed, signature))
    }

    /// As [`Self::verify`], where `accepts` says whether the signature is the key's.
    pub(super) fn checked(
        &self,
        key: &VerifyingKey,
        types: Types<'_>,
        accepts: impl FnOnce(&[u8], &[u8]) -> bool,
    ) -> Result<Map<String, Value>, JwsError> {
        if self.header.alg != key.algorithm() {
            return Err(JwsError::Algorithm);
        }
        if !key.is_named_by(&self.header) {
            return Err(JwsError::Key);
        }
        if !types.allow(self.header.typ.as_deref()) {
            return Err(JwsError::Type);
        }
        if !accepts(self.signed.as_bytes(), &decode(self.signature)?) {
            return Err(JwsError::Signature);
        }
        object(&decode(self.payload)?)
    }
}

fn read_header(members: &Map<String, Value>) -> Result<Header, JwsError> {
    if members.contains_key("crit") || members.contains_key("b64") {
        return Err(JwsError::Extension);
    }
    let text = |name| match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(JwsError::Malformed),
    };
    let alg = text("alg")?.ok_or(JwsError::Malformed)?;
    Ok(Header {
        alg: Algorithm::parse(&alg).ok_or(JwsError::Algorithm)?,
        kid: text("kid")?,
        typ: text("typ")?,
        x5t: text("x5t")?.map(|hash| unpadded(&hash)),
        x5t_s256: text("x5t#S256")?.map(|hash| unpadded(&hash)),
    })
}

/// A certificate's thumbprint as the standard spells it; existing tools pad it.
pub(super) fn unpadded(thumbprint: &str) -> String {
    thumbprint.trim_end_matches('=').to_owned()
}

fn decode(part: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Malformed)
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, JwsError> {
    json::object(bytes).ok_or(JwsError::Malformed)
}

/// The claims as they stand, unproven: only to find out whose keys to verify with.
pub(crate) fn unverified_claims(token: &str) -> Result<Map<String, Value>, JwsError> {
    object(&decode(Token::read(token)?.payload)?)
}

/// [`Token::verify`] where the key is known beforehand.
///
/// # Errors
/// [`JwsError`] says what is wrong.
pub fn verify(token: &str, key: &VerifyingKey, types: Types<'_>) -> Result<Map<String, Value>, JwsError> {
    Token::read(token)?.verify(key, types)
}

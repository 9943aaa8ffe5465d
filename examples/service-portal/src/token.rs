//! Tokens that the authority sends by itself: which are believed, and which were seen before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKeyUse, CoreJwsSigningAlgorithm, CoreProviderMetadata};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Service;
use crate::authority::{Issuer, Unreachable};

/// A token that was issued longer ago is not believed, and one that was seen is remembered as long, in seconds.
const OLDEST: i64 = 86_400;

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// It is no token of the kind that is sent here.
    #[error("{0}")]
    Malformed(&'static str),
    /// It is of somebody else.
    #[error("the issuer is not one of the authority's organisations")]
    Issuer,
    /// It was not signed by its issuer.
    #[error("the signature is not one of the issuer's keys'")]
    Signature,
    /// It is for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// The issuer's keys are not to be had now.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

/// What logout tokens and security event tokens say.
#[derive(Debug, Deserialize)]
pub struct Token {
    iss: String,
    aud: Audience,
    iat: i64,
    /// When it ends.
    pub exp: Option<i64>,
    /// Its own name.
    pub jti: String,
    /// Whose sessions.
    pub sub: Option<String>,
    /// Which session.
    pub sid: Option<String>,
    /// Makes it an ID token, whatever else it says.
    pub nonce: Option<Value>,
    /// What happened.
    pub events: Map<String, Value>,
    /// Whom it happened to (RFC 9493).
    pub sub_id: Option<SubjectId>,
}

/// A subject by issuer and name (RFC 9493, section 3.2.3).
#[derive(Debug, Deserialize)]
pub struct SubjectId {
    /// Has to be `iss_sub`.
    pub format: String,
    /// The issuer.
    pub iss: Option<String>,
    /// The subject.
    pub sub: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Value>,
}

/// Reads a token of a type and believes it if its issuer signed it for us.
pub async fn read(service: &Service, token: &str, typ: &str) -> Result<(Issuer, Token), Distrust> {
    let malformed = Distrust::Malformed("the token is not three parts of base64url");
    let Some((signed, signature)) = token.rsplit_once('.') else { return Err(malformed) };
    let Some((header, claims)) = signed.split_once('.') else { return Err(malformed) };
    let header: Header = part(header)?;
    let named = header.typ.as_deref().unwrap_or_default();
    // Without this an ID token of the same issuer would do (RFC 8725, section 3.11).
    if named.to_ascii_lowercase().trim_start_matches("application/") != typ {
        return Err(Distrust::Malformed("the token is of another type"));
    }
    if header.crit.is_some() {
        return Err(Distrust::Malformed("the token has critical members that are not understood"));
    }
    let algorithm = match header.alg.as_str() {
        "RS256" => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        "ES256" => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        _ => return Err(Distrust::Malformed("the token is signed with another algorithm than RS256 or ES256")),
    };
    let claims: Token = part(claims)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed)?;
    let authority = &service.0.authority;
    let issuer = authority.issuer(&claims.iss).ok_or(Distrust::Issuer)?;
    let fits = |metadata: &CoreProviderMetadata| {
        let named = |it: Option<&str>| header.kid.is_none() || it == header.kid.as_deref();
        let signs = |it: Option<&CoreJsonWebKeyUse>| it.is_none_or(|it| *it == CoreJsonWebKeyUse::Signature);
        metadata.jwks().keys().iter().any(|key| {
            named(key.key_id().map(|it| it.as_str()))
                && signs(key.key_use())
                && key.verify_signature(&algorithm, signed.as_bytes(), &signature).is_ok()
        })
    };
    // The authority may have changed its keys since we asked for them.
    if !fits(&authority.metadata(&issuer).await?) && !fits(&authority.renewed(&issuer).await?) {
        return Err(Distrust::Signature);
    }
    let ours = &service.0.settings.client_id;
    let for_us = match &claims.aud {
        Audience::One(one) => one == ours,
        Audience::Many(many) => many.contains(ours),
    };
    if !for_us {
        return Err(Distrust::Audience);
    }
    // Only the past is a reason: the authority's clock may be ahead, as a demonstration's is when it was turned, and a
    // token from the future can do no more harm than one of today.
    if service.now() - claims.iat > OLDEST {
        return Err(Distrust::Malformed("the token is too old"));
    }
    Ok((issuer, claims))
}

fn part<T: DeserializeOwned>(encoded: &str) -> Result<T, Distrust> {
    let bytes = URL_SAFE_NO_PAD
        .decode(encoded)
        .map_err(|_| Distrust::Malformed("the token is not three parts of base64url"))?;
    serde_json::from_slice(&bytes)
        .map_err(|_| Distrust::Malformed("the token lacks something, or holds it in another form"))
}

/// The tokens that were believed before, by issuer and name.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<(String, String), i64>>);

impl Seen {
    /// Whether this token comes for the first time. Only what is signed gets here, so nobody else can fill it.
    pub fn first(&self, issuer: &Issuer, jti: &str, now: i64) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, since| now - *since <= OLDEST);
        all.insert((issuer.url.to_string(), jti.to_owned()), now).is_none()
    }
}

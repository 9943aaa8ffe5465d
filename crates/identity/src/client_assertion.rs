//! Clients that prove themselves with a signed token instead of a secret: `private_key_jwt` (RFC 7523 section 3, with
//! the audience as narrow as its revision draft-ietf-oauth-rfc7523bis demands).

use entente_domain::time::Timestamp;
use serde_json::{Map, Value};

use crate::jws::{self, JwsError, TimeError, Times, Types, VerifyingKey};

/// Furthest a client may set its assertion's end ahead of our clock, in seconds, before [`SKEW_SECONDS`]: 10 minutes,
/// which is what the client libraries of existing tools take.
pub const LONGEST_SECONDS: i64 = 600;
/// How far a client's clock may differ from ours, in seconds.
pub const SKEW_SECONDS: i64 = 60;
/// Most keys that are tried for a token that names none.
pub const MAX_KEYS_TRIED: usize = 10;
/// Most bytes of an assertion's `jti`.
pub const MAX_JTI_BYTES: usize = 128;

/// Kinds of token that are due. Most makers say `JWT` or nothing; the revision asks for `client-authentication+jwt`.
const TYPES: Types<'_> = Types::OneOfOrNone(&["JWT", "client-authentication+jwt"]);

/// An assertion whose signature, names and times hold. Whoever takes it must still see to it that it is used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The assertion's own number, unique per client; to be remembered until [`Accepted::expires_at`].
    pub jti: String,
    /// From then on [`check`] refuses the assertion by itself: its `exp` plus [`SKEW_SECONDS`].
    pub expires_at: Timestamp,
}

/// Why an assertion is refused. The client hears `invalid_client` in every case; the difference is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// It names none of the client's keys.
    #[error("assertion of a key the client does not have")]
    NoKey,
    /// The token itself does not hold.
    #[error(transparent)]
    Token(#[from] JwsError),
    /// `iss` and `sub` must both be the client.
    #[error("assertion of another client")]
    Client,
    /// `aud` must be one of our names, alone.
    #[error("assertion for another audience")]
    Audience,
    /// A time claim is missing or does not hold.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// `exp` lies further ahead than [`LONGEST_SECONDS`].
    #[error("assertion that lives too long")]
    TooLong,
    /// `jti` is missing, empty or longer than [`MAX_JTI_BYTES`].
    #[error("assertion without a number of its own")]
    Number,
}

/// Which client an assertion claims to be from (its `sub`), for requests that leave `client_id` out (RFC 7521 section
/// 4.2). Nothing is proven by it: it says whose keys to call [`check`] with.
pub fn claimed_client(token: &str) -> Option<String> {
    text(&jws::unverified_claims(token).ok()?, "sub").map(str::to_owned)
}

/// Checks a client's assertion against its registered keys. `audiences` are the names we answer to: our issuer, and the
/// token endpoint because existing tools send that.
///
/// # Errors
/// [`AssertionError`] says what is wrong.
pub fn check(
    token: &str,
    keys: &[VerifyingKey],
    client_id: &str,
    audiences: &[&str],
    now: Timestamp,
) -> Result<Accepted, AssertionError> {
    let claims = verified(token, keys)?;
    if text(&claims, "iss") != Some(client_id) || text(&claims, "sub") != Some(client_id) {
        return Err(AssertionError::Client);
    }
    if !audience(&claims).is_some_and(|audience| audiences.contains(&audience)) {
        return Err(AssertionError::Audience);
    }
    let times = Times::check(&claims, now, SKEW_SECONDS)?;
    if times.expires_at > now.plus_seconds(LONGEST_SECONDS + SKEW_SECONDS) {
        return Err(AssertionError::TooLong);
    }
    let jti = text(&claims, "jti").filter(|jti| (1..=MAX_JTI_BYTES).contains(&jti.len()));
    Ok(Accepted {
        jti: jti.ok_or(AssertionError::Number)?.to_owned(),
        expires_at: times.expires_at.plus_seconds(SKEW_SECONDS),
    })
}

/// The claims, if one of the keys that the header may mean signed them.
fn verified(token: &str, keys: &[VerifyingKey]) -> Result<Map<String, Value>, AssertionError> {
    let token = jws::Token::read(token)?;
    let header = token.header();
    let mut refusal = AssertionError::NoKey;
    let fitting = keys.iter().filter(|key| key.algorithm() == header.alg && key.is_named_by(header));
    for key in fitting.take(MAX_KEYS_TRIED) {
        match token.verify(key, TYPES) {
            Ok(claims) => return Ok(claims),
            Err(error) => refusal = error.into(),
        }
    }
    Err(refusal)
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

/// The one audience: a text, or a list with a single text. A token made for several could be carried from one to
/// another.
fn audience(claims: &Map<String, Value>) -> Option<&str> {
    match claims.get("aud")? {
        Value::String(audience) => Some(audience),
        Value::Array(audiences) => match audiences.as_slice() {
            [Value::String(audience)] => Some(audience),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;

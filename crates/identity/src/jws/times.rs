use entente_domain::time::Timestamp;
use serde_json::{Map, Value};

/// The last second of the year 9999; later ones are nobody's honest claim.
const LATEST_SECOND: i64 = 253_402_300_799;

/// Why a token does not count at this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// `exp` is missing, or one of `exp`, `nbf` and `iat` is no number of seconds between 1970 and 9999.
    #[error("time that cannot be read")]
    Malformed,
    /// `exp` is over.
    #[error("expired token")]
    Expired,
    /// `nbf` or `iat` lies ahead.
    #[error("token that does not count yet")]
    NotYet,
}

/// The time claims of a token (RFC 7519 section 4.1) that counts now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// `exp`: from then on it is void.
    pub expires_at: Timestamp,
    /// `nbf`: before it does not count.
    pub not_before: Option<Timestamp>,
    /// `iat`: when it was issued.
    pub issued_at: Option<Timestamp>,
}

impl Times {
    /// Reads the claims and holds them against the time. The issuer's clock may differ from ours by `skew_seconds`: 0
    /// for our own tokens. Fractions of a second, which RFC 7519 section 2 allows and existing tools send, are dropped.
    ///
    /// # Errors
    /// [`TimeError`] says what is wrong.
    pub fn check(claims: &Map<String, Value>, now: Timestamp, skew_seconds: i64) -> Result<Self, TimeError> {
        let expires_at = time(claims, "exp")?.ok_or(TimeError::Malformed)?;
        let (not_before, issued_at) = (time(claims, "nbf")?, time(claims, "iat")?);
        if now >= expires_at.plus_seconds(skew_seconds) {
            return Err(TimeError::Expired);
        }
        let ahead = |start: Option<Timestamp>| start.is_some_and(|start| start > now.plus_seconds(skew_seconds));
        if ahead(not_before) || ahead(issued_at) {
            return Err(TimeError::NotYet);
        }
        Ok(Self { expires_at, not_before, issued_at })
    }
}

fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, TimeError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    match value.as_i64().or_else(|| whole_seconds(value.as_f64()?)) {
        Some(seconds @ 0..=LATEST_SECOND) => Ok(Some(Timestamp::from_seconds(seconds))),
        _ => Err(TimeError::Malformed),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what is in the range fits, and the fraction is to be dropped")]
fn whole_seconds(seconds: f64) -> Option<i64> {
    (0.0..1e12).contains(&seconds).then_some(seconds as i64)
}

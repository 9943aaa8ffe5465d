//! The facts of one request that every page needs.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use entente_app::sign_in::Audience;
use entente_domain::time::Timestamp;

use super::preferences::set_cookie;
use super::{FormGuard, Origin, Preferences};
use crate::Problem;
use crate::i18n::Words;

/// Names one request in logs, headers and on problem pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// Who asks, where, when and how they like their pages. Built once by [`super::shell`]; handlers take it as an argument.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Names this request.
    pub request_id: RequestId,
    /// The configured origin it came to; absolute links are built from this.
    pub origin: Origin,
    /// The client's address behind trusted proxies.
    pub address: IpAddr,
    /// When it arrived.
    pub now: Timestamp,
    /// Language, theme, density, shortcuts.
    pub preferences: Preferences,
    /// Path and query of a GET; where a form on this page returns to. `/` for other methods.
    pub path: String,
    /// Path and query that were asked for, whatever the method: where a confirmation leads back to.
    pub asked: String,
    /// The portal the address belongs to; none outside of all of them.
    pub audience: Option<Audience>,
    /// The operator's name as pages show it.
    pub vendor: Arc<str>,
    /// The form token of the session, if there is one.
    pub(crate) token: String,
}

impl Visit {
    /// The reader's words.
    pub fn words(&self) -> Words {
        Words::new(self.preferences.language)
    }

    /// A `Set-Cookie` value with our attributes; `max_age` in seconds, `None` until the browser closes, 0 removes.
    /// `None` when `value` holds characters a cookie cannot.
    pub fn cookie(&self, name: &str, value: &str, max_age: Option<i64>) -> Option<HeaderValue> {
        set_cookie(self.origin.is_https(), name, value, max_age)
    }

    /// The value of the hidden form field; empty when nobody's forms are guarded here (no session).
    pub fn form_token(&self) -> &str {
        &self.token
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut visit = parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)?;
        // The session middleware runs after the visit was built, so its token is read here.
        if let Some(guard) = parts.extensions.get::<FormGuard>() {
            guard.token().clone_into(&mut visit.token);
        }
        Ok(visit)
    }
}

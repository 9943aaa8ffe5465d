//! The cookie that names what waits: between the password and the session, or between asking for a factor and having it.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use entente_app::sign_in::Audience;
use entente_identity::ChallengeToken;
use entente_identity::session::CHALLENGE_SECONDS;

use crate::session::{challenge, challenge_cookie};
use crate::web::Visit;
use crate::{MaybeSession, Problem};

/// What waits in this browser, if anything.
#[derive(Debug, Clone)]
pub(crate) struct Waiting(pub(crate) Option<ChallengeToken>);

impl<S: Send + Sync> FromRequestParts<S> for Waiting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let here = <MaybeSession as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        Ok(Self(challenge(&parts.headers, &here.visit, here.audience)))
    }
}

/// Sets the cookie, or removes it.
pub(crate) fn with(
    visit: &Visit,
    audience: Audience,
    token: Option<&ChallengeToken>,
    mut response: Response,
) -> Response {
    let (value, age) = token.map_or((String::new(), 0), |token| (token.text(), CHALLENGE_SECONDS));
    if let Some(cookie) = visit.cookie(&challenge_cookie(audience), &value, Some(age)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What the script hands to the authenticator.
pub(crate) fn ceremony(options: &str) -> Response {
    match serde_json::from_str::<serde_json::Value>(options) {
        Ok(options) => Json(options).into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

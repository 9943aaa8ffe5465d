//! Access tokens in the Authorization header (RFC 6750): who holds one, for the routes that take one.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use entente_app::Error;
use entente_app::authority::bearer::{self, Bearer};

use crate::front::{Front, Visit};
use crate::problem::{refuse, respond};

/// The token of a request.
pub(crate) fn text(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|it| !it.is_empty())
}

/// Whoever holds a token that is for one of these audiences and counts now.
pub(crate) async fn holder(
    front: &Front,
    visit: &Visit,
    headers: &HeaderMap,
    audiences: Vec<String>,
) -> Result<Bearer, Response> {
    let Some(token) = text(headers).map(str::to_owned) else {
        return Err(challenge(front, refuse(StatusCode::UNAUTHORIZED, "token_required", None), None));
    };
    match front.run(&visit.ctx, move |app, ctx| bearer::check(app, ctx, &token, &audiences)).await {
        Ok(bearer) => Ok(bearer),
        Err(Error::Authority(refusal)) => {
            let said = refusal.to_string();
            let response = refuse(StatusCode::UNAUTHORIZED, refusal.kind.code(), Some(&said));
            Err(challenge(front, response, Some(refusal.kind.code())))
        }
        Err(error) => Err(respond(&error)),
    }
}

/// Says where tokens come from (RFC 6750, section 3; RFC 9728, section 5.1).
fn challenge(front: &Front, mut response: Response, error: Option<&str>) -> Response {
    let metadata = format!("{}/.well-known/oauth-protected-resource", front.app.settings().api);
    let error = error.map(|it| format!(", error=\"{it}\"")).unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(&format!("Bearer resource_metadata=\"{metadata}\"{error}")) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

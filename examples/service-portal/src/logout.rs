//! How access ends although nobody is looking: back-channel logout, and security events.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use crate::Service;
use crate::token::{Distrust, SubjectId, read};

/// The event of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// The event that says that a session is no longer good (OpenID CAEP 1.0, section 3.1).
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
/// How far a token may be over its end, in seconds: clocks differ.
const LEEWAY: i64 = 60;

/// Where the authority reaches us.
pub fn routes() -> Router<Service> {
    Router::new().route("/backchannel-logout", post(logout)).route("/events", post(event))
}

#[derive(Deserialize)]
struct Sent {
    logout_token: String,
}

/// How OpenID Connect Back-Channel Logout 1.0, section 2.8, refuses.
#[derive(Serialize)]
struct Refusal {
    error: &'static str,
    error_description: String,
}

async fn logout(State(service): State<Service>, form: Result<Form<Sent>, FormRejection>) -> Response {
    let done = match form {
        Ok(Form(sent)) => end_by_logout(&service, &sent.logout_token).await,
        Err(_) => Err(Distrust::Malformed("there is no form with a logout_token")),
    };
    match done {
        Ok(()) => StatusCode::OK.into_response(),
        // Not the sender's fault, and over soon: a refusal would be final, and the session would live on.
        Err(why @ Distrust::Unreachable(_)) => unavailable(&why),
        Err(why) => {
            let refusal = Refusal { error: "invalid_request", error_description: why.to_string() };
            (StatusCode::BAD_REQUEST, Json(refusal)).into_response()
        }
    }
}

/// The steps of OpenID Connect Back-Channel Logout 1.0, section 2.6.
async fn end_by_logout(service: &Service, token: &str) -> Result<(), Distrust> {
    let (issuer, token) = read(service, token, "logout+jwt").await?;
    let must = |holds: bool, otherwise| if holds { Ok(()) } else { Err(Distrust::Malformed(otherwise)) };
    must(token.exp.is_some_and(|exp| exp + LEEWAY > service.now()), "the token is over, or does not say when it is")?;
    must(token.events.get(LOGOUT).is_some_and(Value::is_object), "the token tells of no logout")?;
    must(token.nonce.is_none(), "the token holds a nonce")?;
    must(token.sid.is_some() || token.sub.is_some(), "the token names neither a session nor a subject")?;
    // A sender that missed our answer sends the same token again, and is answered alike; it ends nothing that began since.
    if service.0.seen.first(&issuer, &token.jti, service.now()) {
        service.0.sessions.end_all(&issuer, token.sid.as_deref(), token.sub.as_deref());
    }
    Ok(())
}

/// The token could not be looked at for now; it may be sent again.
fn unavailable(why: &Distrust) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, why.to_string()).into_response()
}

/// How RFC 8935, section 2.3, refuses.
#[derive(Serialize)]
struct EventRefusal {
    err: &'static str,
    description: String,
}

async fn event(State(service): State<Service>, headers: HeaderMap, body: String) -> Response {
    let refuse = |err, description: &str| {
        (StatusCode::BAD_REQUEST, Json(EventRefusal { err, description: description.to_owned() })).into_response()
    };
    let shown = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let expected = format!("Bearer {}", service.0.settings.events_token);
    if !bool::from(shown.ct_eq(expected.as_bytes())) {
        return refuse("authentication_failed", "the bearer token is missing or wrong");
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !kind.eq_ignore_ascii_case("application/secevent+jwt") {
        return refuse("invalid_request", "the content type is not application/secevent+jwt");
    }
    match end_by_event(&service, &body).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        // Not the sender's fault: it may send the same event again.
        Err(why @ Distrust::Unreachable(_)) => unavailable(&why),
        Err(why @ Distrust::Malformed(_)) => refuse("invalid_request", &why.to_string()),
        Err(why @ Distrust::Issuer) => refuse("invalid_issuer", &why.to_string()),
        Err(why @ Distrust::Signature) => refuse("invalid_key", &why.to_string()),
        Err(why @ Distrust::Audience) => refuse("invalid_audience", &why.to_string()),
    }
}

async fn end_by_event(service: &Service, token: &str) -> Result<(), Distrust> {
    let (issuer, token) = read(service, token.trim_ascii(), "secevent+jwt").await?;
    let malformed = |why| Err(Distrust::Malformed(why));
    if token.events.len() != 1 || !token.events.get(REVOKED).is_some_and(Value::is_object) {
        return malformed("the only event that is understood here is session-revoked");
    }
    let subject = match &token.sub_id {
        Some(SubjectId { format, iss: Some(iss), sub: Some(sub) }) if format == "iss_sub" => {
            if iss != issuer.url.as_str() {
                return malformed("the subject is another issuer's");
            }
            Some(sub.as_str())
        }
        Some(_) => return malformed("the subject is not given by issuer and name"),
        None => None,
    };
    if token.sid.is_none() && subject.is_none() {
        return malformed("the event names neither a session nor a subject");
    }
    // A sender that missed our answer sends the same event again, and is answered alike (RFC 8935, section 2).
    if service.0.seen.first(&issuer, &token.jti, service.now()) {
        service.0.sessions.end_all(&issuer, token.sid.as_deref(), subject);
    }
    Ok(())
}

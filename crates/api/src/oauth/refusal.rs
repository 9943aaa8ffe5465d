//! Refusals of the authority as existing libraries read them: the standard's members and Entra's numbers.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entente_app::Error;
use entente_app::authority::{Kind, Refusal};
use entente_domain::acting::Fixer;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::front::Visit;
use crate::problem::inputs;

#[derive(Debug, Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: String,
    trace_id: &'a str,
    correlation_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    suberror: Option<&'static str>,
    /// The rule that decided, for people (requirement E12); libraries ignore it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    /// What the rule looked at.
    #[serde(skip_serializing_if = "Map::is_empty")]
    inputs: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_by: Option<&'static str>,
}

/// What an operation answered, in the authority's words.
pub(crate) fn respond(error: &Error, visit: &Visit, now: String) -> Response {
    match error {
        Error::Authority(refusal) => refused(refusal, visit, now),
        Error::TooMany { .. } | Error::Unavailable | Error::Internal(_) => {
            let (status, code) = match error {
                Error::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
                Error::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
                _ => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
            };
            if let Error::Internal(source) = error {
                tracing::error!(error = %source, request.id = visit.id, "operation failed");
            }
            let mut response =
                (status, body(code, 90_033, "The authority cannot answer now.", visit, now)).into_response();
            if status != StatusCode::INTERNAL_SERVER_ERROR {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            response
        }
        _ => refused(&Refusal::new(Kind::InvalidRequest, 900_144, "The request cannot be answered."), visit, now),
    }
}

fn refused(refusal: &Refusal, visit: &Visit, now: String) -> Response {
    let status = match refusal.kind {
        Kind::InvalidClient | Kind::InvalidToken => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let Json(mut body) = body(refusal.kind.code(), refusal.number, &refusal.text, visit, now);
    body.suberror = (refusal.kind == Kind::InteractionRequired).then_some("basic_action");
    if let Some(why) = &refusal.why {
        body.rule = Some(why.explanation.rule);
        body.inputs = inputs(&why.explanation);
        body.fixed_by = why.explanation.fixed_by.map(Fixer::code);
    }
    let mut response = (status, Json(body)).into_response();
    // Asked for only where the request tried that way (RFC 6749, section 5.2); libraries read the body otherwise.
    if status == StatusCode::UNAUTHORIZED && visit.authorized {
        let value = HeaderValue::from_static("Basic realm=\"authority\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

fn body<'a>(error: &'a str, number: u32, text: &str, visit: &'a Visit, timestamp: String) -> Json<Body<'a>> {
    let (trace_id, correlation_id) = (&visit.id, visit.correlation.as_deref().unwrap_or(&visit.id));
    Json(Body {
        error,
        error_description: format!("AADSTS{number}: {text} Trace ID: {trace_id} Correlation ID: {correlation_id}"),
        error_codes: [number],
        timestamp,
        trace_id,
        correlation_id,
        suberror: None,
        rule: None,
        inputs: Map::new(),
        fixed_by: None,
    })
}

#[cfg(test)]
mod tests {
    use entente_app::Ctx;
    use entente_domain::language::Language;
    use entente_domain::time::Timestamp;

    use super::*;

    #[tokio::test]
    async fn what_cannot_be_answered_now_is_told_in_the_same_form_and_when_to_come_again() {
        let visit = |correlation: Option<&str>| Visit {
            ctx: Ctx::anonymous(None, Language::En),
            id: "request-1".to_owned(),
            correlation: correlation.map(str::to_owned),
            authorized: false,
        };
        for (error, status) in
            [(Error::TooMany { again_at: Timestamp::from_seconds(0) }, 429), (Error::Unavailable, 503)]
        {
            for (correlation, expected) in [(Some("a-1"), "a-1"), (None, "request-1")] {
                let response = respond(&error, &visit(correlation), "2026-11-23 09:00:00Z".to_owned());
                assert_eq!(response.status().as_u16(), status);
                assert_eq!(response.headers()[header::RETRY_AFTER], "5");
                let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
                let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let description = format!(
                    "AADSTS90033: The authority cannot answer now. Trace ID: request-1 Correlation ID: {expected}"
                );
                assert_eq!(
                    body,
                    serde_json::json!({
                        "error": "temporarily_unavailable", "error_description": description, "error_codes": [90_033],
                        "timestamp": "2026-11-23 09:00:00Z", "trace_id": "request-1", "correlation_id": expected,
                    })
                );
            }
        }
    }
}

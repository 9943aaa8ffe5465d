//! Refusals as problem documents (RFC 9457): one conversion from what an operation answers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entente_app::authority::Kind;
use entente_app::{Error, Invalid};
use entente_domain::acceptance::Refusal;
use entente_domain::acting::Because;
use serde::Serialize;

/// The document. `code` is stable and equals the one on the page a person would see.
#[derive(Debug, Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldDocument>,
}

#[derive(Debug, Serialize)]
struct FieldDocument {
    field: &'static str,
    code: &'static str,
}

/// A refusal that no operation spoke: the request itself cannot be read.
pub fn refuse(status: StatusCode, code: &str, detail: Option<&str>) -> Response {
    document(status, code, detail, Vec::new())
}

fn document(status: StatusCode, code: &str, detail: Option<&str>, fields: Vec<FieldDocument>) -> Response {
    let title = status.canonical_reason().unwrap_or("Refused");
    let document = Document { kind: "about:blank", title, status: status.as_u16(), code, detail, fields };
    match serde_json::to_vec(&document) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response(),
        Err(_) => status.into_response(),
    }
}

/// What an operation answered, as a problem document.
pub fn respond(error: &Error) -> Response {
    let said = format!("failed to {error}");
    let plain = |status, code| refuse(status, code, Some(&said));
    match error {
        Error::NotFound => refuse(StatusCode::NOT_FOUND, "not_found", None),
        Error::SignInRequired => refuse(StatusCode::UNAUTHORIZED, "sign_in_required", None),
        Error::WrongCredentials => plain(StatusCode::UNAUTHORIZED, "wrong_credentials"),
        Error::StepUp(it) => refuse(StatusCode::UNAUTHORIZED, "step_up_required", Some(&it.to_string())),
        Error::Factor(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Conflict => plain(StatusCode::CONFLICT, "conflict"),
        Error::Denied(denied) => refuse(StatusCode::FORBIDDEN, "forbidden", Some(&denied.to_string())),
        Error::OutOfReach(it) => refuse(StatusCode::FORBIDDEN, it.because.code(), Some(&it.to_string())),
        Error::Invitation(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Relationship(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Person(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Subscription(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Acceptance(refusal) => refuse(status(refusal), refusal.code(), None),
        Error::Authority(it) => {
            let status = if it.kind == Kind::InvalidToken { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
            refuse(status, it.because.map_or(it.kind.code(), Because::code), Some(&it.to_string()))
        }
        Error::Invalid(wrong) => {
            let fields = wrong.iter().map(|it| FieldDocument { field: it.name, code: why(it.why) }).collect();
            document(StatusCode::UNPROCESSABLE_ENTITY, "invalid", None, fields)
        }
        Error::TooMany { again_at } => {
            let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", None);
            let at = jiff::Timestamp::from_microsecond(again_at.micros())
                .map(|at| jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)));
            if let Ok(Ok(at)) = at
                && let Ok(value) = HeaderValue::from_str(&at.replace("+0000", "GMT"))
            {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
        Error::Unavailable => refuse(StatusCode::SERVICE_UNAVAILABLE, "unavailable", None),
        Error::Internal(source) => {
            tracing::error!(error = %source, "operation failed");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "internal", None)
        }
    }
}

/// The status of a refusal to accept; the portal's pages use the same.
const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::InviteInvalid => StatusCode::NOT_FOUND,
        Refusal::InviteRevoked { .. } | Refusal::InviteUsed { .. } | Refusal::InviteExpired { .. } => StatusCode::GONE,
        Refusal::SignInRequired => StatusCode::UNAUTHORIZED,
        Refusal::PersonalAccount | Refusal::WrongOrganisation { .. } | Refusal::NeedsGlobalAdmin => {
            StatusCode::FORBIDDEN
        }
        Refusal::CloudMismatch { .. }
        | Refusal::PartnerAsCustomer
        | Refusal::RegionMismatch { .. }
        | Refusal::PartnerSuspended { .. }
        | Refusal::ProviderMissing
        | Refusal::AlreadyConnected
        | Refusal::AgreementRequired
        | Refusal::MoreThanAsked
        | Refusal::PrivilegesIncluded => StatusCode::CONFLICT,
    }
}

const fn why(invalid: Invalid) -> &'static str {
    match invalid {
        Invalid::Text(_) => "text",
        Invalid::NotOffered => "not_offered",
        Invalid::OutOfRange { .. } => "out_of_range",
        Invalid::Taken => "taken",
        Invalid::LooksLikeAnother => "looks_like_another",
        Invalid::WrongPassword => "wrong_password",
        Invalid::Password(_) => "password",
        Invalid::OutsideRegion => "outside_region",
        Invalid::DomainDiffers => "domain_differs",
        Invalid::NotAKey => "not_a_key",
    }
}

//! Refusals as problem documents (RFC 9457): one conversion from what an operation answers.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use entente_app::authority::Kind;
use entente_app::{Error, Invalid};
use entente_domain::acceptance::Refusal;
use entente_domain::acting::{Because, Fixer};
use entente_domain::explain::Explanation;
use serde::Serialize;
use serde_json::{Map, Value};

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
    let mut response = told(error);
    if let Some(explanation) = explanation(error) {
        response.extensions_mut().insert(explanation);
    }
    response
}

/// The rule behind a refusal, where policy decided.
fn explanation(error: &Error) -> Option<Explanation> {
    match error {
        Error::Denied(it) => Some(Explanation::denied(*it, None)),
        Error::OutOfReach(it) => Some(Explanation::reach_rule(it.because)),
        Error::Acting(it) => Some(Explanation::acting_rule(it.because)),
        Error::Authority(it) => it.why.as_ref().map(|it| it.explanation.clone()),
        _ => None,
    }
}

/// Adds the rule, what it looked at and who can change that to the refusals of whoever asks with `?explain=1` (requirement E12).
pub async fn explain(request: Request, next: Next) -> Response {
    let wanted = request.uri().query().is_some_and(|it| it.split('&').any(|pair| pair == "explain=1"));
    let mut response = next.run(request).await;
    let Some(explanation) = response.extensions_mut().remove::<Explanation>().filter(|_| wanted) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    // A document of ours, a few hundred bytes long.
    let read = axum::body::to_bytes(body, 64 * 1024).await.ok();
    let document = read.and_then(|it| serde_json::from_slice::<Map<String, Value>>(&it).ok());
    let Some(mut document) = document else { return parts.status.into_response() };
    document.insert("rule".to_owned(), explanation.rule.into());
    document.insert("inputs".to_owned(), Value::Object(inputs(&explanation)));
    document.insert("fixed_by".to_owned(), explanation.fixed_by.map(Fixer::code).into());
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Value::Object(document).to_string().into())
}

/// What a rule looked at, by name.
pub(crate) fn inputs(explanation: &Explanation) -> Map<String, Value> {
    explanation.inputs.iter().map(|(name, it)| ((*name).to_owned(), it.as_str().into())).collect()
}

fn told(error: &Error) -> Response {
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
        Error::Acting(it) => refuse(StatusCode::FORBIDDEN, it.because.code(), Some(&it.to_string())),
        Error::Invitation(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Relationship(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Licence(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::NewCustomer(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Attestation(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::User(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::File(it) => refuse(StatusCode::UNPROCESSABLE_ENTITY, it.code(), Some(&it.to_string())),
        Error::Person(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Subscription(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::ServiceRequest(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Service(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Federation(it) => refuse(StatusCode::CONFLICT, it.because.code(), Some(&it.to_string())),
        Error::Acceptance(refusal) => refuse(status(refusal), refusal.code(), None),
        Error::Authority(it) => {
            let status = if it.kind == Kind::InvalidToken { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
            refuse(status, it.because().map_or(it.kind.code(), Because::code), Some(&it.to_string()))
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
        Invalid::Missing => "missing",
        Invalid::Day => "day",
        Invalid::Taken => "taken",
        Invalid::LooksLikeAnother => "looks_like_another",
        Invalid::WrongPassword => "wrong_password",
        Invalid::SamePassword => "same_password",
        Invalid::Password(_) => "password",
        Invalid::OutsideRegion => "outside_region",
        Invalid::DomainDiffers => "domain_differs",
        Invalid::NotAKey => "not_a_key",
        Invalid::NotAnIssuer => "not_an_issuer",
        Invalid::NotAClient => "not_a_client",
        Invalid::NeverAsked(_) => "never_asked",
        Invalid::FileKind => "file_kind",
        Invalid::FileTooBig { .. } => "file_too_big",
        Invalid::TooManyFiles { .. } => "too_many_files",
        Invalid::NoRoom { .. } => "no_room",
    }
}

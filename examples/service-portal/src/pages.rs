//! The mailboxes, and what is asked before one changes.

use askama::Template;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::mailbox::{Change, Overview};
use crate::session::{Found, Renewal, Session, Why};
use crate::web::{cookie, message, page};
use crate::{Service, login};

/// The name of the session's cookie.
pub const SESSION: &str = "mailboxes_session";

/// Directory roles that may change mailboxes: Global administrator and Exchange administrator. Their ids are the same
/// in every organisation.
const MANAGERS: [&str; 2] = ["62e90394-69f5-4237-9190-012177145e10", "29232cdf-9323-42fd-ade2-1d097af3e4de"];

/// The pages and their forms.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/", get(overview))
        .route("/mailboxes", post(add))
        .route("/mailboxes/{id}", post(rename))
        .route("/mailboxes/{id}/delete", post(delete))
        .route("/leave", post(leave))
}

#[derive(Template)]
#[template(path = "mailboxes.html")]
struct Mailboxes<'a> {
    session: &'a Session,
    overview: &'a Overview,
    may_change: bool,
    ends: Ends,
    refused: Option<String>,
}

/// The end of a session for people and for programs.
struct Ends {
    shown: String,
    exact: String,
}

impl Ends {
    fn of(session: &Session) -> Self {
        let at = jiff::Timestamp::from_second(session.ends).unwrap_or(jiff::Timestamp::MAX);
        Self { shown: at.strftime("%H:%M").to_string(), exact: at.to_string() }
    }
}

async fn overview(State(service): State<Service>, headers: HeaderMap) -> Response {
    let id = cookie(&headers, SESSION).unwrap_or_default();
    match service.0.sessions.find(id) {
        Found::Nobody => {
            let text = "Open this service from your organisation's portal, or from the page of a customer of yours.";
            message(StatusCode::OK, "Mailboxes", text, None)
        }
        Found::Ended(session, why) => ended(&session, why),
        Found::Open(session) if session.due(service.now()) => renew(&service, id, &session, None).await,
        Found::Open(session) => mailboxes(&service, &session, None),
    }
}

fn mailboxes(service: &Service, session: &Session, refused: Option<String>) -> Response {
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let overview = &service.0.mailboxes.of(&session.customer);
    let may_change = is_manager(&session.roles);
    page(status, &Mailboxes { session, overview, may_change, ends: Ends::of(session), refused })
}

fn ended(session: &Session, why: Why) -> Response {
    let customer = &session.customer.name;
    let (status, title) =
        if why == Why::Left { (StatusCode::OK, "Left") } else { (StatusCode::FORBIDDEN, "Access ended") };
    message(status, title, &format!("{customer}: {}", why.text()), Some(&session.again()))
}

/// Asks the authority for a new access token without asking the person anything.
async fn renew(service: &Service, id: &str, session: &Session, change: Option<Change>) -> Response {
    let renewal = Renewal { session: id.to_owned(), change };
    login::begin(service, session.issuer.clone(), Some(session.customer.domain.clone()), Some(renewal)).await
}

/// What every form carries.
#[derive(Deserialize)]
struct Filled {
    token: String,
    #[serde(default)]
    local: String,
    #[serde(default)]
    name: String,
}

type Sent = Result<Form<Filled>, FormRejection>;

async fn add(State(service): State<Service>, headers: HeaderMap, form: Sent) -> Response {
    change(&service, &headers, form, |Filled { local, name, .. }| Change::Add { local, name }).await
}

async fn rename(State(service): State<Service>, Path(id): Path<u64>, headers: HeaderMap, form: Sent) -> Response {
    change(&service, &headers, form, |Filled { name, .. }| Change::Rename { id, name }).await
}

async fn delete(State(service): State<Service>, Path(id): Path<u64>, headers: HeaderMap, form: Sent) -> Response {
    change(&service, &headers, form, |_| Change::Delete { id }).await
}

async fn change(service: &Service, headers: &HeaderMap, form: Sent, wanted: impl FnOnce(Filled) -> Change) -> Response {
    let (id, session, filled) = match sent(service, headers, form) {
        Ok(sent) => sent,
        Err(response) => return *response,
    };
    let wanted = wanted(filled);
    if session.due(service.now()) {
        return renew(service, id, &session, Some(wanted)).await;
    }
    carry_out(service, id, &session, &wanted).await
}

/// Asks the authority whether this person may still do this here, and only then does it (RFC 7662): a token that was
/// good when it was issued says nothing about now.
pub async fn carry_out(service: &Service, id: &str, session: &Session, change: &Change) -> Response {
    let answer = match service.0.authority.introspect(&session.issuer, &session.access_token).await {
        Ok(answer) => answer,
        Err(error) => {
            eprintln!("service-portal: {error}");
            let text = "Nothing was changed: whether you may do this could not be checked. Try again later.";
            return message(StatusCode::SERVICE_UNAVAILABLE, "Not now", text, Some("/"));
        }
    };
    if !answer.active {
        service.0.sessions.end(id, Why::Inactive);
        return ended(session, Why::Inactive);
    }
    if !is_manager(answer.wids.as_ref().unwrap_or(&session.roles)) {
        let text = "Nothing was changed: it takes a Global administrator or an Exchange administrator.";
        return message(StatusCode::FORBIDDEN, "Not allowed", text, Some("/"));
    }
    // Told meanwhile that it is over: what we asked may be older than what we were told.
    if !matches!(service.0.sessions.find(id), Found::Open(_)) {
        return Redirect::to("/").into_response();
    }
    match service.0.mailboxes.apply(&session.customer, change, &session.person) {
        Ok(()) => Redirect::to("/").into_response(),
        Err(why) => mailboxes(service, session, Some(why.to_string())),
    }
}

async fn leave(State(service): State<Service>, headers: HeaderMap, form: Sent) -> Response {
    match sent(&service, &headers, form) {
        Ok((id, ..)) => {
            service.0.sessions.end(id, Why::Left);
            Redirect::to("/").into_response()
        }
        Err(response) => *response,
    }
}

type Accepted<'a> = (&'a str, std::sync::Arc<Session>, Filled);

/// A form that came from a page of the session that sends it.
fn sent<'a>(service: &Service, headers: &'a HeaderMap, form: Sent) -> Result<Accepted<'a>, Box<Response>> {
    let id = cookie(headers, SESSION).unwrap_or_default();
    let stale = || {
        let text = "Nothing was changed: this page belongs to a session that is over.";
        Box::new(message(StatusCode::FORBIDDEN, "Not changed", text, Some("/")))
    };
    let session = match service.0.sessions.find(id) {
        Found::Open(session) => session,
        Found::Ended(session, why) => return Err(Box::new(ended(&session, why))),
        Found::Nobody => return Err(stale()),
    };
    let Form(filled) = form.map_err(|_| {
        let text = "Nothing was changed: the form was not complete.";
        Box::new(message(StatusCode::BAD_REQUEST, "Not changed", text, Some("/")))
    })?;
    if bool::from(filled.token.as_bytes().ct_eq(session.form_token.as_bytes())) {
        Ok((id, session, filled))
    } else {
        Err(stale())
    }
}

fn is_manager(roles: &[String]) -> bool {
    roles.iter().any(|role| MANAGERS.contains(&role.as_str()))
}

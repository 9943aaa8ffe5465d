//! What every machine route passes through. No cookie is read here, so no page of another site can borrow a visitor's session;
//! that is why these routes answer pages of any origin.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use entente_app::{App, Ctx, Error};
use entente_domain::language::Language;
use tower_http::catch_panic::CatchPanicLayer;

use crate::problem::refuse;

/// Bytes a request may have.
const MAX_BODY: usize = 64 * 1024;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(20);

type Address = dyn Fn(SocketAddr, &HeaderMap) -> String + Send + Sync;
type KnownHost = dyn Fn(&HeaderMap, &Uri) -> bool + Send + Sync;
type Ids = dyn Fn() -> String + Send + Sync;

/// What the machine faces are made of.
#[derive(Clone)]
pub struct Front {
    /// The application.
    pub app: App,
    /// Where a request came from: the peer, or what a trusted proxy says.
    pub address: Arc<Address>,
    /// Whether a request is for one of the configured addresses; others are refused (threat 5).
    pub known_host: Arc<KnownHost>,
    /// Makes an id for each request.
    pub ids: Arc<Ids>,
}

impl Front {
    /// Answers what reading alone answers on the worker that serves the connection, where reading waits for nothing: handing it over
    /// would cost more than it takes.
    pub(crate) fn at_once<T>(&self, ctx: &Ctx, operation: impl FnOnce(&App, &Ctx) -> Option<T>) -> Option<T> {
        if self.app.store().reads_inline() { operation(&self.app, ctx) } else { None }
    }

    /// Runs an operation on a thread that may wait for the disk.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        ctx: &Ctx,
        operation: impl FnOnce(&App, &Ctx) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (app, ctx) = (self.app.clone(), ctx.clone());
        tokio::task::spawn_blocking(move || operation(&app, &ctx)).await.unwrap_or(Err(Error::Unavailable))
    }
}

/// What is known of a request before anybody is.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) ctx: Ctx,
    /// This request's id.
    pub(crate) id: String,
    /// The caller's own id for it, if it has the form of one.
    pub(crate) correlation: Option<String>,
    /// Whether it came with an Authorization header.
    pub(crate) authorized: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Puts the checks around machine routes.
pub fn around(routes: Router, front: &Front) -> Router {
    routes
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "internal", None)
        }))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(front.clone(), guard))
}

async fn guard(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    if !(front.known_host)(request.headers(), request.uri()) {
        return refuse(StatusCode::MISDIRECTED_REQUEST, "misdirected", None);
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0);
    let address = peer.map(|peer| (front.address)(peer, request.headers()));
    let id = (front.ids)();
    let said = request.headers().get("client-request-id").and_then(|it| it.to_str().ok());
    // Echoed into answers and logs, so it has to look like the id it is.
    let plain = |it: &&str| it.len() <= 64 && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let correlation = said.filter(plain).map(str::to_owned);
    let authorized = request.headers().contains_key(header::AUTHORIZATION);
    let ctx = Ctx::anonymous(address, Language::En);
    request.extensions_mut().insert(Visit { ctx, id: id.clone(), correlation: correlation.clone(), authorized });
    let answer = tokio::time::timeout(PATIENCE, next.run(request)).await;
    let mut response =
        answer.unwrap_or_else(|_| refuse(StatusCode::SERVICE_UNAVAILABLE, "unavailable", None).into_response());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    }
    for (name, value) in [("request-id", Some(id)), ("client-request-id", correlation)] {
        if let Some(value) = value.and_then(|it| HeaderValue::from_str(&it).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

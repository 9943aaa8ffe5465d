//! The one layer around every page: checks before a handler runs, headers and problem pages after it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use entente_domain::time::Timestamp;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use super::origin::{addressed, sent_by_us};
use super::upload::{MAX_UPLOAD, is_upload};
use super::{Network, Origin, Preferences, RequestId, Visit, assets, client_address, preferences};
use crate::Problem;
use crate::problem;
use crate::session::{audience_of, takes_foreign_forms};

/// The content security policy of every page: nothing inline, nothing from elsewhere.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Two years, as preload lists ask for; sent only where the configured origin is https.
pub const HSTS: &str = "max-age=63072000";

/// Bytes a form may have. The largest legitimate one, 200 invitations pasted as CSV, stays below 64 KiB.
pub const MAX_BODY: usize = 1024 * 1024;

/// How long a form with files may take to arrive and be handled.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// Travels up with a file somebody uploaded. Whatever it contains, a browser that shows it after all gives it no origin, no script
/// and nothing to load.
#[derive(Debug, Clone, Copy)]
pub struct Download;

/// The policy of a [`Download`].
const DOWNLOAD_POLICY: &str =
    "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Travels up with a page that has one form for another site, such as the answer to a program that wants it posted: the policy
/// then lets forms end there as well.
#[derive(Debug, Clone)]
pub struct FormTarget(String);

impl FormTarget {
    /// The site an address belongs to.
    pub fn of(uri: &str) -> Self {
        let origin = url::Url::parse(uri).map(|url| url.origin());
        Self(origin.map(|it| it.ascii_serialization()).unwrap_or_default())
    }
}

type Clock = dyn Fn() -> Timestamp + Send + Sync;
type Ids = dyn Fn() -> String + Send + Sync;

/// What the shell has to know; built once from the configuration.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

struct Inner {
    vendor: Arc<str>,
    origins: Vec<Origin>,
    trusted: Vec<Network>,
    clock: Box<Clock>,
    ids: Box<Ids>,
    timeout: Duration,
}

impl Web {
    /// `vendor` is the operator's name as pages show it; `origins` are all addresses of the portals, and a request for
    /// any other host is refused; `clock` and `ids` are the process's only sources of time and of request ids.
    pub fn new(
        vendor: impl Into<Arc<str>>,
        origins: Vec<Origin>,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        ids: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            vendor: vendor.into(),
            origins,
            trusted: Vec::new(),
            clock: Box::new(clock),
            ids: Box::new(ids),
            timeout: Duration::from_secs(20),
        }))
    }

    /// Proxies whose `X-Forwarded-For` is believed. None by default. Call before the value is shared.
    #[must_use]
    pub fn with_proxies(mut self, trusted: Vec<Network>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.trusted = trusted;
        }
        self
    }

    /// How long a handler may take before the visitor gets a problem page; 20 s by default. Call before the value is shared.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.timeout = timeout;
        }
        self
    }

    /// Where a request came from: its peer, or what a trusted proxy says.
    pub fn address_of(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded = headers.get_all("x-forwarded-for").iter();
        client_address(peer.ip(), forwarded.map(|value| value.to_str().unwrap_or_default()), &self.0.trusted)
    }

    /// Whether a request is for one of the configured addresses.
    pub fn knows(&self, headers: &HeaderMap, uri: &axum::http::Uri) -> bool {
        addressed(&self.0.origins, headers, uri).is_some()
    }

    fn visit(&self, request: &Request, origin: Origin) -> Visit {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let forwarded = request.headers().get_all("x-forwarded-for").iter();
        let address = client_address(peer, forwarded.map(|value| value.to_str().unwrap_or_default()), &self.0.trusted);
        let path = match (request.method(), request.uri().path_and_query()) {
            (&Method::GET, Some(path)) => path.as_str().to_owned(),
            _ => "/".to_owned(),
        };
        Visit {
            request_id: RequestId((self.0.ids)().into()),
            origin,
            address,
            now: (self.0.clock)(),
            preferences: Preferences::read(request.headers()),
            path,
            asked: request.uri().path_and_query().map_or_else(|| "/".to_owned(), |it| it.as_str().to_owned()),
            audience: audience_of(request.uri().path()),
            vendor: Arc::clone(&self.0.vendor),
            token: String::new(),
        }
    }
}

/// Wraps `pages` with everything a page request passes through, and adds the static files, `POST /preferences` and the
/// page for unknown addresses. A session layer belongs inside `pages`: it then finds the [`Visit`] in the extensions.
pub fn shell(pages: Router, web: Web) -> Router {
    let own = Router::new()
        .route("/preferences", post(preferences::change))
        .route("/static/{name}", get(assets::file))
        .route("/favicon.ico", get(assets::favicon));
    pages
        .merge(own)
        .fallback(async || Problem::not_found())
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| Problem::internal().into_response()))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(web, guard))
        .layer(CompressionLayer::new())
}

async fn guard(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let addressed = addressed(&web.0.origins, request.headers(), request.uri()).cloned();
    let known_host = addressed.is_some();
    // A page for a foreign host still needs an origin for its headers; the first one is as good as any, since the page
    // contains no absolute address.
    let Some(origin) = addressed.or_else(|| web.0.origins.first().cloned()) else {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    };
    let visit = web.visit(&request, origin);
    let refused =
        if known_host { refuse(&request, &visit) } else { Some(Problem::status(StatusCode::MISDIRECTED_REQUEST)) };
    let response = if let Some(problem) = refused {
        problem.into_response()
    } else {
        request.extensions_mut().insert(visit.clone());
        let time = if is_upload(request.headers()) { UPLOAD_TIMEOUT } else { web.0.timeout };
        let answer = tokio::time::timeout(time, next.run(request)).await;
        answer.unwrap_or_else(|_| Problem::status(StatusCode::SERVICE_UNAVAILABLE).into_response())
    };
    let mut response = problem::render_any(response, &visit);
    let target = response.extensions_mut().remove::<FormTarget>();
    let download = response.extensions_mut().remove::<Download>();
    add_headers(response.headers_mut(), &visit);
    if download.is_some() {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOWNLOAD_POLICY));
    }
    if let Some(FormTarget(origin)) = target
        && let Ok(policy) =
            HeaderValue::from_str(&POLICY.replace("form-action 'self'", &format!("form-action 'self' {origin}")))
    {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn refuse(request: &Request, visit: &Visit) -> Option<Problem> {
    let anybody = request.method().is_safe() || takes_foreign_forms(request.uri().path());
    if !anybody && !sent_by_us(&visit.origin, request.headers()) {
        return Some(Problem::foreign_form());
    }
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    // Every other form refuses this type without reading it.
    let most = if is_upload(request.headers()) { MAX_UPLOAD } else { MAX_BODY };
    length.filter(|length| *length > most as u64).map(|_| Problem::status(StatusCode::PAYLOAD_TOO_LARGE))
}

fn add_headers(headers: &mut HeaderMap, visit: &Visit) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if visit.origin.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.append(header::VARY, HeaderValue::from_static("Cookie, Accept-Language"));
    }
    if let Ok(id) = HeaderValue::from_str(&visit.request_id.0) {
        headers.insert("x-request-id", id);
    }
}

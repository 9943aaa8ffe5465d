//! Routes of our own, and those of standards that only we speak here: who a token speaks for, and whether somebody may do
//! something (OpenID AuthZEN Authorization API 1.0).

mod authority;
mod authzen;
pub mod demo;
mod me;
mod question;
mod search;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use crate::front::{Front, around};
use crate::oauth::not_this_way;
use crate::problem;

/// What the handlers work with.
#[derive(Clone)]
struct Native {
    front: Front,
    /// Whether the installation is a demonstration, which answers the certification's questions as well.
    demo: bool,
}

/// Every native route, checked and headed. Only in a demonstration does the world of the certification exist.
pub fn routes(front: &Front, demo: bool) -> Router {
    let only_post = |it: MethodRouter<Native>| it.fallback(not_this_way);
    let mut routes = Router::new()
        .route("/api/v1/me", get(me::show))
        .route("/api/v1/authority/check", only_post(post(authority::check)))
        .route("/access/v1/evaluation", only_post(post(authzen::evaluation)))
        .route("/access/v1/evaluations", only_post(post(authzen::evaluations)))
        .route("/access/v1/search/action", only_post(post(search::actions)))
        .route("/.well-known/authzen-configuration", get(authzen::configuration));
    if demo {
        routes = routes
            .route("/access/v1/search/subject", only_post(post(search::subjects)))
            .route("/access/v1/search/resource", only_post(post(search::resources)));
    }
    let routes = routes.layer(from_fn(problem::explain)).layer(from_fn(echo));
    around(routes.with_state(Native { front: front.clone(), demo }), front)
}

/// The caller's own id for a request comes back with its answer (AuthZEN, section 10.1.3).
async fn echo(request: Request, next: Next) -> Response {
    const NAME: HeaderName = HeaderName::from_static("x-request-id");
    let said = request.headers().get(&NAME).cloned();
    let mut response = next.run(request).await;
    let plain = |it: &HeaderValue| it.len() <= 200 && it.as_bytes().iter().all(u8::is_ascii_graphic);
    if let Some(said) = said.filter(plain) {
        response.headers_mut().insert(NAME, said);
    }
    response
}

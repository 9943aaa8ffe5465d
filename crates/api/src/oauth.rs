//! The authority's machine routes, in the shape sign-in libraries for Entra expect: `{authority}/{tenant}/oauth2/v2.0/..`.
//! The pages people see (authorize, device login, sign-out) are the portal's.

mod discovery;
mod form;
pub(crate) mod refusal;
mod token;
mod userinfo;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::front::{Front, around};

pub(crate) use form::not_this_way;

/// Every machine route of the authority, checked and headed.
pub fn routes(front: &Front) -> Router {
    let only_post = |it: MethodRouter<Front>| it.fallback(form::not_this_way);
    let routes = Router::new()
        .route("/{place}/v2.0/.well-known/openid-configuration", get(discovery::openid))
        .route("/{place}/.well-known/openid-configuration", get(discovery::openid))
        .route("/.well-known/oauth-authorization-server/{place}/v2.0", get(discovery::openid))
        .route("/.well-known/oauth-protected-resource", get(discovery::protected_resource))
        .route("/common/discovery/instance", get(discovery::instance))
        .route("/{place}/discovery/v2.0/keys", get(discovery::keys))
        .route("/{place}/oauth2/v2.0/token", only_post(post(token::token)))
        .route("/{place}/oauth2/token", only_post(post(token::token)))
        .route("/{place}/oauth2/v2.0/devicecode", only_post(post(token::device_code)))
        .route("/{place}/oauth2/v2.0/introspect", only_post(post(token::introspect)))
        .route("/{place}/oauth2/v2.0/revoke", only_post(post(token::revoke)))
        .route("/oidc/userinfo", get(userinfo::show).post(userinfo::show))
        .with_state(front.clone());
    around(routes, front)
}

//! What the authority says about itself (OpenID Connect Discovery 1.0, RFC 8414, RFC 9728).

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use entente_app::authority::{authorize, bearer, keys, mint, token};
use entente_domain::tenant::Tenant;
use serde_json::{Value, json};

use super::form::{Place, now};
use super::refusal::respond;
use crate::front::{Front, Visit};

/// What may be kept for an hour: the documents change only with the configuration, keys are announced a day ahead.
fn kept(value: &Value) -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(value)).into_response()
}

pub(super) async fn openid(State(front): State<Front>, visit: Visit, Place(place): Place) -> Response {
    let named = place.clone();
    match front.run(&visit.ctx, move |app, ctx| authorize::directory(app, ctx, &named)).await {
        Ok(found) => kept(&document(&front, &place, found.as_ref())),
        Err(error) => respond(&error, &visit, now(&front)),
    }
}

fn document(front: &Front, place: &str, found: Option<&Tenant>) -> Value {
    let authority = &front.app.settings().authority;
    // A domain's document leads to the addresses by id, which stay when domains move.
    let place = found.map_or_else(|| place.to_owned(), |it| it.id.to_string());
    let at = |rest: &str| format!("{authority}/{place}/{rest}");
    let issuer = found.map_or_else(|| mint::any_issuer(&front.app), |it| mint::issuer(&front.app, it.id));
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("oauth2/v2.0/authorize"),
        "token_endpoint": at("oauth2/v2.0/token"),
        "device_authorization_endpoint": at("oauth2/v2.0/devicecode"),
        "end_session_endpoint": at("oauth2/v2.0/logout"),
        "introspection_endpoint": at("oauth2/v2.0/introspect"),
        "revocation_endpoint": at("oauth2/v2.0/revoke"),
        "jwks_uri": at("discovery/v2.0/keys"),
        "userinfo_endpoint": format!("{authority}/oidc/userinfo"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": token::GRANT_TYPES,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "client_secret_basic", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "introspection_endpoint_auth_methods_supported":
            ["client_secret_post", "client_secret_basic", "private_key_jwt"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nbf", "nonce", "tid", "oid", "name", "preferred_username", "email", "amr",
            "acr", "auth_time", "sid", "act", "wids", "acting_for", "acting_as"
        ],
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "tenant_region_scope": null,
        "http_logout_supported": false,
    })
}

/// What libraries ask before they trust an authority: which host serves it.
pub(super) async fn instance(State(front): State<Front>) -> Response {
    let authority = &front.app.settings().authority;
    kept(&json!({
        "tenant_discovery_endpoint": format!("{authority}/common/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [],
    }))
}

pub(super) async fn keys(State(front): State<Front>, visit: Visit, Place(place): Place) -> Response {
    let asked = front.run(&visit.ctx, move |app, ctx| {
        let cloud = authorize::directory(app, ctx, &place)?.map(|it| it.cloud);
        keys::published(app, cloud)
    });
    match asked.await {
        Ok(set) => kept(&set),
        Err(error) => respond(&error, &visit, now(&front)),
    }
}

pub(super) async fn protected_resource(State(front): State<Front>) -> Response {
    let settings = front.app.settings();
    kept(&json!({
        "resource": settings.api,
        "authorization_servers": [format!("{}/common/v2.0", settings.authority)],
        "bearer_methods_supported": ["header"],
        "resource_name": settings.vendor,
        "scopes_supported": bearer::audiences(&front.app).iter().map(|it| format!("{it}/.default")).collect::<Vec<_>>(),
    }))
}

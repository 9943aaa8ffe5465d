//! The token endpoint and its neighbours.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use entente_app::Error;
use entente_app::authority::token::{self, Request, TokenSet};
use entente_app::authority::{bearer, device};
use serde::Serialize;
use serde_json::json;

use super::form::{Form, Place, now};
use super::refusal::respond;
use crate::front::{Front, Visit};

#[derive(Debug, Serialize)]
struct Body {
    token_type: &'static str,
    scope: String,
    expires_in: i64,
    ext_expires_in: i64,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

impl From<TokenSet> for Body {
    fn from(it: TokenSet) -> Self {
        Self {
            token_type: "Bearer",
            scope: it.scope,
            expires_in: it.expires_in,
            ext_expires_in: it.expires_in,
            access_token: it.access_token,
            refresh_token: it.refresh_token,
            id_token: it.id_token,
            client_info: it.client_info,
            issued_token_type: it.issued_token_type,
        }
    }
}

pub(super) async fn token(
    State(front): State<Front>,
    visit: Visit,
    Place(place): Place,
    Form { params, presented }: Form,
) -> Response {
    let request = Request { place, params, presented };
    let issued = match front.at_once(&visit.ctx, |app, ctx| token::issue_at_once(app, ctx, &request)) {
        Some(issued) => issued,
        None => front.run(&visit.ctx, move |app, ctx| token::issue(app, ctx, &request)).await,
    };
    answer(&front, &visit, issued.map(|set| Json(Body::from(set))))
}

pub(super) async fn device_code(
    State(front): State<Front>,
    visit: Visit,
    Place(place): Place,
    Form { params, presented }: Form,
) -> Response {
    let begun = front.run(&visit.ctx, move |app, ctx| device::begin(app, ctx, &place, &params, &presented)).await;
    let body = begun.map(|it| {
        let message =
            format!("To sign in, open {} in a browser and enter the code {}.", it.verification_uri, it.user_code);
        Json(json!({
            "device_code": it.device_code, "user_code": it.user_code, "verification_uri": it.verification_uri,
            "expires_in": device::SECONDS, "interval": device::PAUSE, "message": message,
        }))
    });
    answer(&front, &visit, body)
}

pub(super) async fn introspect(
    State(front): State<Front>,
    visit: Visit,
    Place(place): Place,
    Form { params, presented }: Form,
) -> Response {
    let asked = front.run(&visit.ctx, move |app, ctx| bearer::introspect(app, ctx, &place, &params, &presented)).await;
    answer(&front, &visit, asked.map(Json))
}

pub(super) async fn revoke(
    State(front): State<Front>,
    visit: Visit,
    Place(place): Place,
    Form { params, presented }: Form,
) -> Response {
    let done = front.run(&visit.ctx, move |app, ctx| bearer::revoke(app, ctx, &place, &params, &presented)).await;
    answer(&front, &visit, done)
}

fn answer(front: &Front, visit: &Visit, answer: Result<impl IntoResponse, Error>) -> Response {
    match answer {
        Ok(body) => body.into_response(),
        Err(error) => respond(&error, visit, now(front)),
    }
}

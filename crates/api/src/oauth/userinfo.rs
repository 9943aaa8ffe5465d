//! Who somebody is (OpenID Connect Core, section 5.3).

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use entente_app::authority::bearer::{self, Holder};
use serde_json::json;

use crate::bearer::holder;
use crate::front::{Front, Visit};
use crate::problem::refuse;

pub(super) async fn show(State(front): State<Front>, visit: Visit, headers: HeaderMap) -> Response {
    let bearer = match holder(&front, &visit, &headers, bearer::audiences(&front.app)).await {
        Ok(bearer) => bearer,
        Err(response) => return response,
    };
    let person = match &bearer.holder {
        Holder::Person { person, .. } | Holder::OnBehalf { person, .. } => person,
        Holder::Application => {
            return refuse(axum::http::StatusCode::FORBIDDEN, "no_person", Some("the token speaks for no person"));
        }
    };
    let mut said = json!({
        "sub": person.id.to_string(), "name": person.name.as_str(), "preferred_username": person.upn.as_str(),
        "email": person.mail.as_str(), "tid": bearer.tenant.id.to_string(),
    });
    // What does not apply is left out, not null (OpenID Connect Core, section 5.3.2).
    if let Some(actor) = bearer.claims.get("act") {
        said["act"] = actor.clone();
    }
    Json(said).into_response()
}

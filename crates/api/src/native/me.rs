//! Who a token speaks for now.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use entente_app::authority::bearer::{self, Bearer, Holder};
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role;
use entente_domain::ids::DirectoryRoleId;
use entente_domain::language::Language;
use serde_json::{Value, json};

use super::Native;
use crate::bearer::holder;
use crate::front::Visit;

pub(super) async fn show(State(native): State<Native>, visit: Visit, headers: HeaderMap) -> Result<Response, Response> {
    let bearer = holder(&native.front, &visit, &headers, bearer::audiences(&native.front.app)).await?;
    Ok(Json(told(&bearer)).into_response())
}

/// Today's roles, not those the token was issued with: what somebody lost since is gone.
fn told(bearer: &Bearer) -> Value {
    let tenant = json!({
        "id": bearer.tenant.id.to_string(), "name": bearer.tenant.name.as_str(), "domain": bearer.tenant.domain.as_str(),
    });
    let until = bearer.claims.get("exp").and_then(Value::as_i64).and_then(|it| jiff::Timestamp::from_second(it).ok());
    let mut answer = json!({
        "application": { "client_id": bearer.client.id.to_string(), "name": bearer.client.name.as_str() },
        "until": until.map(|it| it.to_string()),
    });
    let more = match &bearer.holder {
        Holder::Person { person, .. } => json!({
            "speaks_for": "person", "person": described(person), "organisation": tenant,
            "roles": codes(&person.partner_roles), "directory_roles": named(&person.directory_roles),
        }),
        Holder::Application => json!({
            "speaks_for": "application", "organisation": tenant, "roles": codes(&bearer.client.roles),
        }),
        Holder::OnBehalf { person, session } => json!({
            "speaks_for": "person_on_behalf", "person": described(person), "acting_for": tenant,
            "acting_as": named(&session.roles), "acting_since": written(session.started_at.seconds()),
            "partner": {
                "id": session.partner.to_string(),
                "name": bearer.claims.get("act").and_then(|act| act.get("organisation")),
            },
            "relationship": session.relationship.to_string(), "revision": session.version,
        }),
    };
    if let (Some(answer), Value::Object(more)) = (answer.as_object_mut(), more) {
        answer.extend(more);
    }
    answer
}

fn described(person: &Person) -> Value {
    json!({ "id": person.id.to_string(), "name": person.name.as_str(), "upn": person.upn.as_str() })
}

fn codes(roles: &[PartnerRole]) -> Vec<&'static str> {
    roles.iter().map(|role| role.code()).collect()
}

fn named(roles: &[DirectoryRoleId]) -> Vec<Value> {
    let name = |id: DirectoryRoleId| directory_role::find(id).map_or("", |it| it.label(Language::En));
    roles.iter().map(|id| json!({ "id": id.to_string(), "name": name(*id) })).collect()
}

fn written(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|it| it.to_string())
}

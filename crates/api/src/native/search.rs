//! Searches (AuthZEN, section 8): for everybody what somebody may do to something; the other two in the certification's world
//! only, where a list is short.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use entente_app::authority::evaluate;
use entente_app::demo::certification::{self, Properties};
use serde_json::{Value, json};

use super::Native;
use super::authzen::{asked, unreadable};
use super::question::{self, Action, Entity, Evaluation, Object, Wrong};
use crate::front::Visit;
use crate::json::Raw;
use crate::problem::{refuse, respond};

fn results(found: &[Value]) -> Response {
    Json(json!({ "results": found })).into_response()
}

fn fixture(kind: &str) -> bool {
    kind == certification::RECORD
}

/// The context is read for its form alone: nothing here depends on it.
fn shared(object: &Object) -> Result<(), Wrong> {
    question::properties(object, "context").map(|_| ())
}

pub(super) async fn actions(
    State(native): State<Native>,
    visit: Visit,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Response> {
    let read = |object: &Object| {
        Ok(Evaluation {
            subject: question::entity(object, "subject")?,
            action: Action { name: String::new(), properties: Properties::new() },
            resource: question::entity(object, "resource")?,
            context: question::properties(object, "context")?,
        })
    };
    let (it, bearer) = asked(&native, &visit, &headers, &body, read, Evaluation::is_fixture).await?;
    let named =
        |names: Vec<&'static str>| results(&names.into_iter().map(|name| json!({ "name": name })).collect::<Vec<_>>());
    let Some(bearer) = bearer else {
        let known = it.subject.kind == certification::USER;
        let found = certification::actions(it.subject.thing(), it.resource.thing());
        return Ok(named(if known { found } else { Vec::new() }));
    };
    let question = it.question().map_err(|wrong| unreadable(&wrong))?;
    let found =
        native.front.run(&visit.ctx, move |app, ctx| evaluate::allowed_actions(app, ctx, &bearer, &question)).await;
    found.map(named).map_err(|error| respond(&error))
}

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sought {
    Subject,
    Resource,
}

pub(super) async fn subjects(
    State(native): State<Native>,
    visit: Visit,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Response> {
    search(&native, &visit, &headers, &body, Sought::Subject).await
}

pub(super) async fn resources(
    State(native): State<Native>,
    visit: Visit,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Response> {
    search(&native, &visit, &headers, &body, Sought::Resource).await
}

async fn search(
    native: &Native,
    visit: &Visit,
    headers: &HeaderMap,
    body: &Bytes,
    sought: Sought,
) -> Result<Response, Response> {
    let read = |object: &Object| {
        shared(object)?;
        let side =
            |name, is| if is == sought { question::target(object, name) } else { question::entity(object, name) };
        let subject = side("subject", Sought::Subject)?;
        Ok((subject, question::action(object)?, side("resource", Sought::Resource)?))
    };
    let is_fixture = |(_, _, resource): &(Entity, Action, Entity)| fixture(&resource.kind);
    let ((subject, action, resource), bearer) = asked(native, visit, headers, body, read, is_fixture).await?;
    not_searchable(bearer.is_some())?;
    let (kind, found) = match sought {
        Sought::Subject => {
            (certification::USER, certification::people(&subject.properties, action.thing(), resource.thing()))
        }
        Sought::Resource => {
            (certification::RECORD, certification::records(subject.thing(), action.thing(), &resource.properties))
        }
    };
    let found = found.into_iter().filter(|_| subject.kind == certification::USER);
    Ok(results(&found.map(|id| json!({ "type": kind, "id": id })).collect::<Vec<_>>()))
}

/// Who could do something, or where, is a list without end in a real installation; nothing is guessed.
#[expect(clippy::result_large_err, reason = "the refusal is the answer itself, made once")]
fn not_searchable(real: bool) -> Result<(), Response> {
    let text = "only actions can be searched for";
    if real { Err(refuse(StatusCode::NOT_IMPLEMENTED, "not_searchable", Some(text))) } else { Ok(()) }
}

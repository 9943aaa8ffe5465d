//! The Authorization API (OpenID AuthZEN Authorization API 1.0): one question, or several at once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use entente_app::authority::bearer::{self, Bearer};
use entente_app::authority::evaluate::{self, Decision};
use entente_domain::acting::Fixer;
use entente_domain::language::Language;
use serde_json::{Map, Value, json};

use super::Native;
use super::question::{Evaluation, Object, Wrong};
use crate::bearer::holder;
use crate::front::Visit;
use crate::json::{self, Raw};
use crate::problem::{inputs, refuse, respond};

/// Most questions of one request.
const MAX_QUESTIONS: usize = 100;

/// A question that cannot be read (section 10.1.2: 400, and also for another content type).
pub(super) fn unreadable(wrong: &Wrong) -> Response {
    refuse(StatusCode::BAD_REQUEST, "question_unreadable", Some(wrong))
}

/// Reads a body and finds out who asks. A demonstration answers the certification's questions to anybody, so there the question
/// is read before the token; anywhere else nobody unknown gets that far.
pub(super) async fn asked<T>(
    native: &Native,
    visit: &Visit,
    headers: &HeaderMap,
    body: &Bytes,
    read: impl FnOnce(&Object) -> Result<T, Wrong>,
    is_fixture: impl FnOnce(&T) -> bool,
) -> Result<(T, Option<Bearer>), Response> {
    #[expect(clippy::result_large_err, reason = "the refusal is the answer itself, made once")]
    let read = || -> Result<T, Response> {
        let object = json::object(headers, body, StatusCode::BAD_REQUEST)?;
        read(&object).map_err(|wrong| unreadable(&wrong))
    };
    if native.demo {
        let asked = read()?;
        if is_fixture(&asked) {
            return Ok((asked, None));
        }
        let bearer = holder(&native.front, visit, headers, bearer::audiences(&native.front.app)).await?;
        return Ok((asked, Some(bearer)));
    }
    let bearer = holder(&native.front, visit, headers, bearer::audiences(&native.front.app)).await?;
    Ok((read()?, Some(bearer)))
}

pub(super) async fn evaluation(
    State(native): State<Native>,
    visit: Visit,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Response> {
    let (asked, bearer) = asked(&native, &visit, &headers, &body, Evaluation::read, Evaluation::is_fixture).await?;
    single(&native, &visit, &asked, bearer.as_ref()).await
}

/// One decision, with 400 for what cannot be asked.
pub(super) async fn single(
    native: &Native,
    visit: &Visit,
    asked: &Evaluation,
    bearer: Option<&Bearer>,
) -> Result<Response, Response> {
    let decision = decide(native, visit, asked, bearer).await?;
    Ok(Json(decision.map_err(|wrong| unreadable(&wrong))?).into_response())
}

async fn decide(
    native: &Native,
    visit: &Visit,
    asked: &Evaluation,
    bearer: Option<&Bearer>,
) -> Result<Result<Value, Wrong>, Response> {
    if native.demo && asked.is_fixture() {
        return Ok(Ok(json!({ "decision": asked.fixture() })));
    }
    // Only a question about the certification's world comes without somebody who asks.
    let Some(bearer) = bearer.cloned() else { return Ok(Ok(json!({ "decision": false }))) };
    let question = match asked.question() {
        Ok(question) => question,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let answer = native.front.run(&visit.ctx, move |app, ctx| evaluate::evaluate(app, ctx, &bearer, &question)).await;
    match answer {
        Ok(decision) => Ok(Ok(told(&decision))),
        Err(error) => Err(respond(&error)),
    }
}

/// A decision on the wire (section 5.5), with its reason for both readers.
fn told(decision: &Decision) -> Value {
    let mut context = Map::new();
    if let Some((id, version)) = decision.relationship {
        context.insert("relationship".to_owned(), json!(id.to_string()));
        context.insert("revision".to_owned(), json!(version));
    }
    if let Some(why) = &decision.refused {
        let said = |of: &dyn Fn(Language) -> String| -> Value {
            Language::ALL
                .into_iter()
                .map(|it| (it.tag().to_owned(), Value::String(of(it))))
                .collect::<Map<_, _>>()
                .into()
        };
        context.insert("rule".to_owned(), json!(why.rule));
        context.insert("inputs".to_owned(), Value::Object(inputs(why)));
        context.insert("fixed_by".to_owned(), json!(why.fixed_by.map(Fixer::code)));
        context.insert("reason_admin".to_owned(), said(&|it| why.for_admin(it)));
        context.insert("reason_user".to_owned(), said(&|it| why.for_user(it)));
    }
    if !decision.roles.is_empty() {
        let ids: Vec<String> = decision.roles.iter().map(ToString::to_string).collect();
        context.insert("roles".to_owned(), json!(ids));
    }
    if decision.confirm {
        context.insert("fresh_proof_required".to_owned(), json!(true));
    }
    if decision.step_up {
        // What a sign-in has to bring, in the words of the claims it will bring it in.
        context.insert("acr_values".to_owned(), json!("2"));
        context.insert("amr_values".to_owned(), json!("mfa"));
    }
    let mut answer = json!({ "decision": decision.allowed() });
    if let Some(members) = answer.as_object_mut().filter(|_| !context.is_empty()) {
        members.insert("context".to_owned(), Value::Object(context));
    }
    answer
}

/// When to stop (section 7.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

entente_domain::codes! {
    Semantic {
        ExecuteAll = "execute_all", DenyOnFirstDeny = "deny_on_first_deny",
        PermitOnFirstPermit = "permit_on_first_permit",
    }
}

/// Several questions; without any, the one that the members on top ask (section 7.1).
#[derive(Debug)]
enum Batch {
    One(Box<Evaluation>),
    Many(Semantic, Vec<Result<Evaluation, Wrong>>),
}

impl Batch {
    fn read(object: &Object) -> Result<Self, Wrong> {
        let list = match object.get("evaluations") {
            None => &Vec::new(),
            Some(Value::Array(list)) => list,
            Some(_) => return Err("'evaluations' has to be an array".to_owned()),
        };
        if list.is_empty() {
            return Ok(Self::One(Box::new(Evaluation::read(object)?)));
        }
        if list.len() > MAX_QUESTIONS {
            return Err(format!("'evaluations' has more than {MAX_QUESTIONS} questions"));
        }
        let shared = ["subject", "action", "resource", "context"];
        if let Some(wrong) = shared.iter().find(|name| object.get(**name).is_some_and(|it| !it.is_object())) {
            return Err(format!("'{wrong}' has to be an object"));
        }
        let whole = |item: &Value| {
            let item = item.as_object().ok_or("a question has to be an object")?;
            let mut whole = item.clone();
            for name in shared {
                if let (false, Some(it)) = (whole.contains_key(name), object.get(name)) {
                    whole.insert(name.to_owned(), it.clone());
                }
            }
            Evaluation::read(&whole)
        };
        Ok(Self::Many(semantic(object)?, list.iter().map(whole).collect()))
    }

    fn is_fixture(&self) -> bool {
        match self {
            Self::One(it) => it.is_fixture(),
            Self::Many(_, list) => list.iter().flatten().all(Evaluation::is_fixture),
        }
    }
}

fn semantic(object: &Object) -> Result<Semantic, Wrong> {
    let options = super::question::properties(object, "options")?;
    match options.get("evaluations_semantic") {
        None => Ok(Semantic::ExecuteAll),
        Some(it) => it
            .as_str()
            .and_then(Semantic::parse)
            .ok_or_else(|| "'options.evaluations_semantic' is none of the three there are".to_owned()),
    }
}

pub(super) async fn evaluations(
    State(native): State<Native>,
    visit: Visit,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Response> {
    let (batch, bearer) = asked(&native, &visit, &headers, &body, Batch::read, Batch::is_fixture).await?;
    let (semantic, list) = match batch {
        Batch::One(it) => return single(&native, &visit, &it, bearer.as_ref()).await,
        Batch::Many(semantic, list) => (semantic, list),
    };
    let mut answers = Vec::with_capacity(list.len());
    for item in list {
        let answer = match item {
            Ok(asked) => decide(&native, &visit, &asked, bearer.as_ref()).await?,
            Err(wrong) => Err(wrong),
        };
        let answer = answer.unwrap_or_else(
            |wrong| json!({ "decision": false, "context": { "error": { "status": 400, "message": wrong } } }),
        );
        let allowed = answer.get("decision") == Some(&Value::Bool(true));
        answers.push(answer);
        match semantic {
            Semantic::DenyOnFirstDeny if !allowed => break,
            Semantic::PermitOnFirstPermit if allowed => break,
            _ => {}
        }
    }
    Ok(Json(json!({ "evaluations": answers })).into_response())
}

/// Where everything is (section 9).
pub(super) async fn configuration(State(native): State<Native>) -> Response {
    let here = &native.front.app.settings().api;
    let mut document = json!({
        "policy_decision_point": here,
        "access_evaluation_endpoint": format!("{here}/access/v1/evaluation"),
        "access_evaluations_endpoint": format!("{here}/access/v1/evaluations"),
        "search_action_endpoint": format!("{here}/access/v1/search/action"),
    });
    if let Some(members) = document.as_object_mut().filter(|_| native.demo) {
        for what in ["subject", "resource"] {
            members.insert(format!("search_{what}_endpoint"), json!(format!("{here}/access/v1/search/{what}")));
        }
    }
    Json(document).into_response()
}

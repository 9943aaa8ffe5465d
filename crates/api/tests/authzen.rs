//! The Authorization API over HTTP: every case of the certification in a demonstration, and what an installation answers.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use entente_api::{Front, native};
use entente_app::authority::client::Presented;
use entente_app::authority::{Params, authorize, keys, token};
use entente_app::service;
use entente_app::sign_in::{self, Audience};
use entente_app::{App, Ctx, acceptance, invitation, relationship};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::HELPDESK_ADMINISTRATOR;
use entente_domain::language::Language;
use entente_domain::tenant::PartnerKind;
use entente_testkit::TestApp;
use entente_testkit::app::PASSWORD;
use entente_testkit::requests::{ALL, draft_to, opened};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const BACK: &str = "https://tool.example/back";
const EVALUATION: &str = "/access/v1/evaluation";
const EVALUATIONS: &str = "/access/v1/evaluations";
const CHECK: &str = "/api/v1/authority/check";

struct World {
    _folder: tempfile::TempDir,
    test: TestApp,
    router: Router,
}

impl World {
    fn new(demo: bool) -> Self {
        let (store, folder) = entente_testkit::sqlite();
        let test = TestApp::new(&store);
        keys::tend(&test.app).unwrap();
        let front = Front {
            app: test.app.clone(),
            address: Arc::new(|peer, _| peer.ip().to_string()),
            known_host: Arc::new(|_, _| true),
            ids: Arc::new(|| "request-1".to_owned()),
        };
        Self { _folder: folder, router: native::routes(&front, demo), test }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, axum::http::HeaderMap, Value) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn post(&self, path: &str, token: Option<&str>, body: impl Into<Body>) -> (StatusCode, Value) {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let (status, _, body) = self.send(request.body(body.into()).unwrap()).await;
        (status, body)
    }

    /// A token of an admin agent of a partner that has no customers.
    fn token(&self) -> String {
        let (app, nobody) = (&self.test.app, Ctx::anonymous(None, Language::En));
        let partner = self.test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let tom = self.test.person(&partner.tenant, "Tom", &[PartnerRole::AdminAgent], false);
        let new = service::New {
            cloud: Cloud::Public,
            name: "Mailboxes".parse().unwrap(),
            portal_url: "https://mail.example/launch".to_owned(),
            redirect: BACK.parse().unwrap(),
            identifier: "urn:halden:mailboxes".to_owned(),
            roles: vec![HELPDESK_ADMINISTRATOR],
            logout_url: None,
            events: None,
        };
        let added = service::add(app, &Ctx::operator(), new).unwrap();
        let (id, secret) = (added.service.application.to_string(), added.secret.text());
        let scope = "https://halden.example/native/.default";
        let asked = params(&[("client_id", &id), ("response_type", "code"), ("redirect_uri", BACK), ("scope", scope)]);
        let checked = authorize::check(app, &tom, "organizations", &asked).unwrap();
        let code = authorize::issue(app, &tom, &checked).unwrap().code.text();
        let form = params(&[
            ("grant_type", "authorization_code"),
            ("client_id", &id),
            ("client_secret", &secret),
            ("code", &code),
            ("redirect_uri", BACK),
        ]);
        let presented = Presented::read(&form, None).unwrap();
        let request = token::Request { place: "organizations".to_owned(), params: form, presented };
        token::issue(app, &nobody, &request).unwrap().access_token
    }
}

fn params(pairs: &[(&str, &str)]) -> Params {
    Params::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()).unwrap()
}

fn sign_in(app: &App, name: &str) -> Ctx {
    let nobody = Ctx::anonymous(None, Language::En);
    sign_in::start(app, &nobody, Audience::Partner, name, PASSWORD).unwrap().session().unwrap().1
}

fn cases() -> Vec<Value> {
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/authzen.json")).unwrap();
    assert_eq!(cases.len(), 50);
    cases
}

fn fixture() -> Value {
    json!({
        "subject": { "type": "user", "id": "alice" }, "action": { "name": "read" },
        "resource": { "type": "record", "id": "record-1" },
    })
}

fn real(action: &str, resource: &str) -> Value {
    json!({
        "subject": { "type": "user", "id": "tom@brightwater.no" }, "action": { "name": action },
        "resource": { "type": "customer", "id": resource },
    })
}

#[tokio::test]
async fn a_demonstration_passes_the_certification() {
    let world = World::new(true);
    for case in cases() {
        let path = case["path"].as_str().unwrap();
        let (status, body) = world.post(path, None, case["body"].to_string()).await;
        assert_eq!(u64::from(status.as_u16()), case["status"], "{case}: {body}");
        if let Some(answer) = case.get("answer") {
            assert_eq!(&body, answer, "{case}");
        }
    }
}

#[tokio::test]
async fn an_installation_knows_nothing_of_it() {
    let world = World::new(false);
    for case in cases() {
        let path = case["path"].as_str().unwrap();
        let (status, _) = world.post(path, None, case["body"].to_string()).await;
        let there = !matches!(path, "/access/v1/search/subject" | "/access/v1/search/resource");
        assert_eq!(status, if there { StatusCode::UNAUTHORIZED } else { StatusCode::NOT_FOUND }, "{case}");
    }
    let token = world.token();
    let (status, body) = world.post(EVALUATION, Some(&token), fixture().to_string()).await;
    assert_eq!(
        (status, &body["decision"], &body["context"]["rule"]),
        (StatusCode::OK, &json!(false), &json!("unknown"))
    );
}

#[tokio::test]
async fn real_people_are_asked_about_with_a_token_only() {
    let world = World::new(true);
    let question = real("view_customers", "brightwater.no").to_string();
    for path in [EVALUATION, EVALUATIONS, CHECK] {
        assert_eq!(world.post(path, None, question.clone()).await.0, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(world.post(path, Some("x.y.z"), question.clone()).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    // One real question among those of the certification asks for the token of the whole request.
    let mixed = json!({ "evaluations": [fixture(), real("view_customers", "brightwater.no")] }).to_string();
    assert_eq!(world.post(EVALUATIONS, None, mixed.clone()).await.0, StatusCode::UNAUTHORIZED);
    let token = world.token();
    for path in [EVALUATION, EVALUATIONS, CHECK] {
        let (status, body) = world.post(path, Some(&token), question.clone()).await;
        assert_eq!((status, body), (StatusCode::OK, json!({ "decision": true })), "{path}");
    }
    let (_, body) = world.post(EVALUATIONS, Some(&token), mixed).await;
    assert_eq!(body, json!({ "evaluations": [{ "decision": true }, { "decision": true }] }));
    let (_, body) = world.post(CHECK, Some(&token), fixture().to_string()).await;
    assert_eq!(body["context"]["rule"], "unknown", "the certification's world is not here");
    let (status, _) = world.post("/access/v1/search/subject", Some(&token), question.clone()).await;
    assert_eq!(status, StatusCode::NOT_IMPLEMENTED);
    let (_, body) = world.post("/access/v1/search/action", Some(&token), question).await;
    assert!(body["results"].as_array().unwrap().contains(&json!({ "name": "view_customers" })), "{body}");
}

#[tokio::test]
async fn a_no_says_why_in_both_languages() {
    let world = World::new(false);
    let token = world.token();
    let (_, body) = world.post(CHECK, Some(&token), real("manage_people", "brightwater.no").to_string()).await;
    insta::assert_snapshot!("no", serde_json::to_string_pretty(&body).unwrap());
    let (_, same) = world.post(EVALUATION, Some(&token), real("manage_people", "brightwater.no").to_string()).await;
    assert_eq!(same, body);
}

#[tokio::test]
async fn a_decision_is_never_older_than_what_the_caller_saw() {
    let world = World::new(false);
    let token = world.token();
    let (app, at) = (&world.test.app, |body: &Value| body["context"]["revision"].as_u64());
    let customer = world.test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
    let admin = world.test.person(&customer, "Ingrid", &[], true);
    let tom = sign_in(app, "tom@brightwater.no");
    let view = invitation::create(app, &tom, draft_to("ingrid@fjordline.no")).unwrap();
    acceptance::accept(app, &admin, &opened(&view), Cloud::Public, ALL).unwrap();
    let asked = |revision: Value| {
        let mut question = real("act_on_behalf", "fjordline.no");
        question["context"] = json!({ "at_least_revision": revision });
        question.to_string()
    };
    let (status, before) = world.post(EVALUATION, Some(&token), asked(json!(0))).await;
    assert_eq!((status, &before["decision"]), (StatusCode::OK, &json!(true)), "{before}");
    relationship::remove_privileges(app, &admin, view.invitation.partner, None).unwrap();
    for path in [EVALUATION, CHECK] {
        let (_, after) = world.post(path, Some(&token), asked(json!(at(&before)))).await;
        assert_eq!(after["decision"], false, "{after}");
        assert!(at(&after) > at(&before), "the answer says how new it is");
    }
    for wrong in [json!("3"), json!(-1), json!(1.5), json!(null), json!([1]), json!({})] {
        for path in [EVALUATION, CHECK, "/access/v1/search/action"] {
            let (status, body) = world.post(path, Some(&token), asked(wrong.clone())).await;
            assert_eq!((status, &body["code"]), (StatusCode::BAD_REQUEST, &json!("question_unreadable")), "{wrong}");
        }
    }
}

#[tokio::test]
async fn a_batch_stops_where_it_is_told_to() {
    let world = World::new(true);
    let item = |who: &str| json!({ "subject": { "type": "user", "id": who } });
    let list = json!([item("alice"), item("bob"), item("alice")]);
    for (semantic, expected) in [
        ("execute_all", json!([true, false, true])),
        ("deny_on_first_deny", json!([true, false])),
        ("permit_on_first_permit", json!([true])),
    ] {
        let body = json!({
            "action": { "name": "write" }, "resource": { "type": "record", "id": "record-1" }, "evaluations": list,
            "options": { "evaluations_semantic": semantic },
        });
        let (_, answer) = world.post(EVALUATIONS, None, body.to_string()).await;
        let decisions: Vec<&Value> =
            answer["evaluations"].as_array().unwrap().iter().map(|it| &it["decision"]).collect();
        assert_eq!(json!(decisions), expected, "{semantic}");
    }
    for (name, wrong) in [
        ("options", json!({ "evaluations_semantic": "sometimes" })),
        ("options", json!({ "evaluations_semantic": 1 })),
        ("options", json!([])),
        ("evaluations", json!({})),
        ("evaluations", json!(vec![json!({}); 101])),
        ("subject", json!("alice")),
    ] {
        let mut body = json!({ "evaluations": [fixture()] });
        body[name] = wrong;
        let (status, _) = world.post(EVALUATIONS, None, body.to_string()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let world = World::new(true);
    let whole = fixture().to_string();
    let doubled = whole.replacen("\"type\":\"user\"", "\"type\":\"user\",\"type\":\"group\"", 1);
    let hidden = whole.replacen('{', "{\"context\":{\"deep\":[{\"a\":1,\"a\":2}]},", 1);
    assert!(doubled != whole && hidden != whole);
    let deep = format!("{{\"context\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    for body in ["", "{", "[]", "null", "\"alice\"", "{}", "{\"subject\":", &doubled, &hidden, &deep, "\u{feff}{}"] {
        let (status, _) = world.post(EVALUATION, None, body.to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{}", &body[..body.len().min(80)]);
    }
    assert_eq!(world.post(EVALUATION, None, vec![0xff_u8, 0xfe]).await.0, StatusCode::BAD_REQUEST);
    let huge = whole.replacen('{', &format!("{{\"note\":\"{}\",", "x".repeat(1024 * 1024)), 1);
    assert_eq!(world.post(EVALUATION, None, huge).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    for kind in [None, Some("text/plain"), Some("application/jsonp"), Some("application/x-www-form-urlencoded")] {
        let mut request = Request::post(EVALUATION);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let (status, _, _) = world.send(request.body(Body::from(whole.clone())).unwrap()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{kind:?}");
    }
    let charset = Request::post(EVALUATION).header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    assert_eq!(world.send(charset.body(Body::from(whole)).unwrap()).await.0, StatusCode::OK);
    let (status, headers, _) = world.send(Request::get(EVALUATION).body(Body::empty()).unwrap()).await;
    assert_eq!((status, &headers[header::ALLOW]), (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap()));
}

#[tokio::test]
async fn the_callers_own_id_comes_back() {
    let world = World::new(true);
    let asked = |id: &str| {
        let request = Request::post(EVALUATION)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-request-id", id)
            .body(Body::from(fixture().to_string()))
            .unwrap();
        world.send(request)
    };
    assert_eq!(
        asked("bfe9eb29-ab87-4ca3-be83-a1d5d8305716").await.1["x-request-id"],
        "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"
    );
    for strange in ["two words", &"x".repeat(201)] {
        assert!(asked(strange).await.1.get("x-request-id").is_none(), "{strange}");
    }
}

#[tokio::test]
async fn the_configuration_lists_what_is_there() {
    for demo in [true, false] {
        let world = World::new(demo);
        let request = Request::get("/.well-known/authzen-configuration").body(Body::empty()).unwrap();
        let (status, _, body) = world.send(request).await;
        assert_eq!((status, &body["policy_decision_point"]), (StatusCode::OK, &json!("https://halden.example")));
        for (name, value) in body.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint")) {
            let path = value.as_str().unwrap().strip_prefix("https://halden.example").unwrap();
            let (status, _) = world.post(path, None, "{}").await;
            assert!(matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED), "{name}: {status}");
        }
        assert_eq!(body.get("search_subject_endpoint").is_some(), demo);
    }
}

#[tokio::test]
async fn a_token_says_whom_it_speaks_for() {
    let world = World::new(false);
    let me = |token: Option<String>| {
        let mut request = Request::get("/api/v1/me");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        world.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(me(None).await.0, StatusCode::UNAUTHORIZED);
    let (status, _, body) = me(Some(world.token())).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&body["speaks_for"], &body["person"]["upn"], &body["organisation"]["domain"], &body["roles"], &body["until"]),
        (
            &json!("person"),
            &json!("tom@brightwater.no"),
            &json!("brightwater.no"),
            &json!(["admin_agent"]),
            &json!("2026-11-23T10:00:00Z")
        ),
        "{body}"
    );
}

//! A partner whose program may do all that programs do, a customer it acts for, and the authority's routes on top of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_api::{Front, oauth};
use entente_app::application::{self, Choice};
use entente_app::authority::authorize::{self, Unanswerable};
use entente_app::{Ctx, acceptance, invitation};
use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_testkit::TestApp;
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::tokens::{Program, REDIRECT, params};
use http_body_util::BodyExt as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::ServiceExt as _;

pub const FORM: &str = "application/x-www-form-urlencoded";
/// How a program calls its own request.
pub const CORRELATION: &str = "5d1f6e0c-1f0e-4f5e-9d63-2f2d6c9f0a11";

pub struct World {
    _folder: tempfile::TempDir,
    router: Router,
    pub test: TestApp,
    pub partner: Partner,
    pub chief: Ctx,
    /// Tom, who acts on behalf of customers.
    pub agent: Ctx,
    /// Priya, who does not.
    pub sales: Ctx,
    pub customer: Tenant,
    pub program: Program,
}

/// What a program is registered as, changed where a test is about it.
pub fn choice(name: &str) -> Choice {
    Choice {
        name: name.parse().unwrap(),
        redirects: vec![REDIRECT.parse().unwrap()],
        roles: vec![PartnerRole::HelpdeskAgent, PartnerRole::BillingAdmin],
        algorithm: Signature::Es256,
        device_code: true,
    }
}

impl World {
    pub fn new() -> Self {
        let (store, folder) = entente_testkit::sqlite();
        let test = TestApp::new(&store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let chief = test.person(&partner.tenant, "Maya", &[PartnerRole::GlobalAdmin], false);
        let agent = test.person(&partner.tenant, "Tom", &[PartnerRole::AdminAgent], false);
        let sales = test.person(&partner.tenant, "Priya", &[PartnerRole::SalesAgent], false);
        let customer = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let view = invitation::create(&test.app, &agent, draft_to("ingrid@fjordline.no")).unwrap();
        acceptance::accept(&test.app, &admin, &opened(&view), Cloud::Public, ALL).unwrap();
        let program = registered(&test, &chief, choice("Console"));
        let front = Front {
            app: test.app.clone(),
            address: Arc::new(|peer, _| peer.ip().to_string()),
            known_host: Arc::new(|_, _| true),
            ids: Arc::new(|| "request-1".to_owned()),
        };
        let router = oauth::routes(&front);
        Self { _folder: folder, router, test, partner, chief, agent, sales, customer, program }
    }

    pub fn home(&self) -> String {
        self.partner.tenant.id.to_string()
    }

    pub fn register(&self, choice: Choice) -> Program {
        registered(&self.test, &self.chief, choice)
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts a form as it is written here.
    pub async fn raw(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, FORM).header("client-request-id", CORRELATION);
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.raw(path, form(fields)).await
    }

    /// Asks for tokens at `place`, with the secret of a program.
    pub async fn token(&self, program: &Program, place: &str, fields: &[(&str, &str)]) -> Answer {
        let id = program.id.to_string();
        let mut all = vec![("client_id", &*id), ("client_secret", &*program.secret)];
        all.extend_from_slice(fields);
        self.post(&format!("/{place}/oauth2/v2.0/token"), &all).await
    }

    /// A code for somebody who is signed in, or what the program is told in place of one.
    pub fn code(&self, program: &Program, who: &Ctx, more: &[(&str, &str)]) -> Result<String, (&'static str, u32)> {
        let id = program.id.to_string();
        let mut fields = vec![("client_id", &*id), ("redirect_uri", REDIRECT), ("response_type", "code")];
        fields.extend_from_slice(more);
        match authorize::check(&self.test.app, who, "organizations", &params(&fields)) {
            Ok(checked) => Ok(authorize::issue(&self.test.app, who, &checked).unwrap().code.text()),
            Err(Unanswerable::Sent(back, refusal)) if back.uri == REDIRECT => {
                Err((refusal.kind.code(), refusal.number))
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn registered(test: &TestApp, chief: &Ctx, choice: Choice) -> Program {
    let chief = test.confirmed(chief);
    let id = application::register(&test.app, &chief, choice, true).unwrap().id;
    Program { id, secret: application::add_secret(&test.app, &chief, id, "test", 365).unwrap().text() }
}

pub fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

/// Header and claims of a token.
pub fn parts(token: &str) -> (Value, Value) {
    let part = |at| {
        let text = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()
    };
    (part(0), part(1))
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// A token of the answer.
    #[track_caller]
    pub fn text(&self, name: &str) -> &str {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body[name].as_str().unwrap()
    }

    /// That it refuses with the standard's code and the number, in the whole form existing tools read.
    #[track_caller]
    pub fn refused(&self, what: &str, expected: (u16, &str, u32)) {
        self.refused_with(what, expected, &[]);
    }

    /// The same with these members besides those of every refusal.
    pub fn refused_with(&self, what: &str, (status, error, number): (u16, &str, u32), more: &[&str]) {
        let Self { body, .. } = self;
        let said = (self.status.as_u16(), body["error"].as_str(), &body["error_codes"]);
        assert_eq!(said, (status, Some(error), &serde_json::json!([number])), "{what}: {body}");
        let members: BTreeSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        let all = ["error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id"];
        assert_eq!(members, all.iter().chain(more).copied().collect(), "{what}");
        let text = |name: &str| body[name].as_str().unwrap();
        let (trace, correlation) = (text("trace_id"), text("correlation_id"));
        let description = text("error_description");
        assert!(description.starts_with(&format!("AADSTS{number}: ")), "{what}: {description}");
        let ids = format!(" Trace ID: {trace} Correlation ID: {correlation}");
        assert!(description.ends_with(&ids), "{what}: {description}");
        assert_eq!(text("timestamp"), "2026-11-23 09:00:00Z", "{what}");
        assert_eq!((trace, correlation), (self.header("request-id"), CORRELATION), "{what}");
        assert_eq!(self.header("client-request-id"), CORRELATION, "{what}");
        assert_eq!(self.header("content-type"), "application/json", "{what}");
        assert_eq!((self.header("cache-control"), self.header("pragma")), ("no-store", "no-cache"), "{what}");
    }
}

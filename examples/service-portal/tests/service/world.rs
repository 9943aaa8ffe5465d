//! The service, its authority and its clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use serde_json::{Value, json};
use service_portal::{Service, Settings};

use crate::browser::{Answer, Browser};
use crate::fake::{CLIENT, Fake, SECRET};

pub const FJORDLINE: &str = "4ad1c9f1-7f53-4d4c-9d29-31f0d5c5c0de";
pub const HARBOUR: &str = "77c1c9f1-7f53-4d4c-9d29-31f0d5c5c0de";
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
pub const NOW: i64 = 1_800_000_000;
pub const EVENTS_TOKEN: &str = "events-token";

pub struct World {
    pub fake: Fake,
    pub clock: Arc<AtomicI64>,
    pub router: Router,
}

impl World {
    pub async fn new() -> Self {
        let fake = Fake::start().await;
        let clock = Arc::new(AtomicI64::new(NOW));
        let settings = Settings {
            listen: "localhost:8090".to_owned(),
            url: "http://localhost:8090".to_owned(),
            authority: fake.base.clone(),
            ca: None,
            client_id: CLIENT.to_owned(),
            client_secret: SECRET.to_owned(),
            identifier_uri: "api://mailboxes".to_owned(),
            events_token: EVENTS_TOKEN.to_owned(),
        };
        let read = Arc::clone(&clock);
        let service = Service::new(settings, Arc::new(move || read.load(Ordering::SeqCst))).unwrap();
        Self { fake, clock, router: service.router() }
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    pub fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub fn issuer(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0", self.fake.base)
    }

    pub fn launch(&self, tenant: &str) -> String {
        format!("/launch?iss={}&login_hint=fjordline.example", self.issuer(tenant))
    }

    /// What an ID token says about somebody of a partner who acts for Fjordline.
    pub fn acting(&self) -> Value {
        json!({
            "iss": self.issuer(FJORDLINE), "aud": CLIENT, "sub": "tom", "tid": FJORDLINE, "sid": "session-1",
            "iat": self.now(), "exp": self.now() + 3600, "name": "Tom Berg",
            "preferred_username": "tom.berg@brightwater.example",
            "act": {"sub": "tom", "name": "Tom Berg", "organisation": "Brightwater IT"},
            "acting_for": {"id": FJORDLINE, "name": "Fjordline Logistics AS", "domain": "fjordline.example"},
            "acting_as": [{"id": GLOBAL_ADMINISTRATOR, "name": "Global administrator"}],
            "wids": [GLOBAL_ADMINISTRATOR],
        })
    }

    /// Answers as the authority does after `asked` led there: with a code that becomes these claims and the nonce.
    pub async fn answer(&self, browser: &mut Browser, asked: &Answer, mut claims: Value) -> Answer {
        let query = asked.query();
        if claims.get("nonce").is_none() {
            claims["nonce"] = query["nonce"].clone().into();
        }
        let id_token = self.fake.sign("JWT", &claims);
        self.answer_token(browser, asked, Some(id_token)).await
    }

    /// The same with an ID token of any kind, or none.
    pub async fn answer_token(&self, browser: &mut Browser, asked: &Answer, id_token: Option<String>) -> Answer {
        let query = asked.query();
        self.fake.told(|told| told.codes.insert("code".to_owned(), (query["code_challenge"].clone(), id_token)));
        let issuer = asked.location().split("/oauth2/").next().unwrap().to_owned();
        browser.get(&format!("/callback?code=code&state={}&iss={issuer}/v2.0", query["state"])).await
    }

    /// Somebody signed in with these claims.
    pub async fn signed_in(&self, claims: Value) -> Browser {
        let mut browser = self.browser();
        let asked = browser.get(&self.launch(claims["tid"].as_str().unwrap())).await;
        let answer = self.answer(&mut browser, &asked, claims).await;
        assert_eq!(answer.location(), "/");
        browser
    }
}

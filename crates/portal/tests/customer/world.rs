//! A partner with customers in two clouds, the portals on top of them, and browsers.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use entente_app::invitation::{self, Draft, View};
use entente_app::{Clock as _, Ctx};
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_READER;
use entente_domain::event::EventKind;
use entente_domain::ids::{AttachmentId, TenantId};
use entente_domain::invitation::Binding;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_identity::Password;
use entente_portal::Portal;
use entente_portal::web::Web;
use entente_testkit::TestApp;
use entente_testkit::app::PASSWORD;
use entente_testkit::requests::draft_to;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// The host of the tests; its origin is https, so that cookies are the strict ones.
pub const HOST: &str = "portal.good.example";

/// Brightwater in Norway, its customer Fjordline there with an administrator and a user, and Rheintal in Germany.
pub struct World {
    _folder: tempfile::TempDir,
    pub test: TestApp,
    pub router: Router,
    pub partner: Partner,
    pub agent: Ctx,
    pub customer: Tenant,
    /// Ingrid, its global administrator.
    pub admin: Ctx,
    pub german: Tenant,
}

impl World {
    pub fn new() -> Self {
        let (store, folder) = entente_testkit::sqlite();
        let test = TestApp::new(&store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO", "US"], None);
        let agent = test.person(&partner.tenant, "Maya", &[PartnerRole::AdminAgent, PartnerRole::GlobalAdmin], false);
        let customer = test.tenant("Fjordline Logistics AS", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        test.person(&customer, "Ola", &[], false);
        let german = test.tenant("Rheintal Technik GmbH", "rheintal.de", Cloud::Germany, "DE");
        test.person(&german, "Greta", &[], true);
        let clock = test.clock.clone();
        let web = Web::new(
            "Halden Cloud",
            vec![format!("https://{HOST}").parse().unwrap()],
            move || clock.now(),
            || "trace-1".to_owned(),
        );
        let router = entente_portal::router(Portal { app: test.app.clone(), web, demo: false });
        Self { _folder: folder, test, router, partner, agent, customer, admin, german }
    }

    pub fn ask(&self, draft: Draft) -> View {
        invitation::create(&self.test.app, &self.agent, draft).unwrap()
    }

    /// A request to the customer for everything, and its path at the store portal.
    pub fn asked(&self) -> (View, String) {
        let view = self.ask(draft());
        let path = path_of(&view, "/portal");
        (view, path)
    }

    pub fn events(&self, tenant: TenantId, kind: EventKind) -> usize {
        let entries = self.all_events(tenant);
        entries.into_iter().filter(|it| *it == kind).count()
    }

    pub fn all_events(&self, tenant: TenantId) -> Vec<EventKind> {
        self.test.events(tenant)
    }

    /// Rolf, who may look at everything of the customer and change nothing; his sign-in name.
    pub fn reader(&self) -> &'static str {
        let upn = "rolf@fjordline.no";
        let person = Person {
            id: self.test.app.new_id(),
            tenant: self.customer.id,
            upn: upn.parse().unwrap(),
            name: "Rolf".parse().unwrap(),
            mail: upn.parse().unwrap(),
            language: None,
            enabled: true,
            partner_roles: Vec::new(),
            directory_roles: vec![GLOBAL_READER],
        };
        let password = Password::new(PASSWORD).unwrap();
        entente_app::tenant::add_person(&self.test.app, &Ctx::operator(), person, Some(&password)).unwrap();
        upn
    }

    /// A service request with a note and a file, as the partner's agent opened it.
    pub fn service_request(&self) -> (i64, AttachmentId) {
        self.test.service_request(&self.agent, self.customer.id, b"log")
    }

    pub fn version(&self, view: &View) -> i64 {
        invitation::view(&self.test.app, &self.agent, view.invitation.number).unwrap().invitation.version
    }

    pub fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
            language: "en",
            headers: Vec::new(),
            token: String::new(),
        }
    }

    /// A browser in which somebody is signed in at the portal below `base`.
    pub async fn as_person(&self, base: &str, upn: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(base, upn).await;
        browser
    }

    pub async fn ingrid(&self) -> Browser {
        self.as_person("/portal", "ingrid@fjordline.no").await
    }

    pub async fn ola(&self) -> Browser {
        self.as_person("/portal", "ola@fjordline.no").await
    }

    /// The customer has accepted everything.
    pub async fn connected(&self) -> Browser {
        let (_, path) = self.asked();
        let mut ingrid = self.ingrid().await;
        ingrid.get(&format!("{path}/review")).await;
        let done = ingrid.post(&format!("{path}/review"), ACCEPT).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        ingrid
    }
}

/// Everything is accepted, with the agreement of the day on which the tests begin.
pub const ACCEPT: &[(&str, &str)] = &[("decision", "privileges"), ("agreement", "2026-09-01")];

/// The path of a personal link at the portal below `base`.
pub fn path_of(view: &View, base: &str) -> String {
    let (_, token) = view.link.as_deref().unwrap().rsplit_once('/').unwrap();
    format!("{base}/accept/{token}")
}

pub fn draft() -> Draft {
    draft_to("ingrid@fjordline.no")
}

/// For whoever opens it first.
pub fn unbound() -> Draft {
    Draft { binding: Binding::Any, ..draft() }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The text people read, without tags and with entities resolved.
    pub fn text(&self) -> String {
        let main = self.body.split("<main").nth(1).unwrap_or(&self.body);
        let (mut text, mut inside) = (String::new(), true);
        for character in main.chars() {
            match character {
                '<' => inside = true,
                '>' => inside = false,
                other if !inside => text.push(other),
                _ => {}
            }
        }
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.text().contains(words), "{words:?} not in {}: {}", self.status, self.text());
        self
    }

    #[track_caller]
    pub fn is(&self, status: StatusCode) -> &Self {
        assert_eq!(self.status, status, "{} {}", self.header("location"), self.text());
        self
    }

    #[track_caller]
    pub fn has_code(&self, code: &str) -> &Self {
        assert!(self.body.contains(&format!("<code>{code}</code>")), "{code} not in {}", self.text());
        self
    }
}

/// Cookies of one site, the language of its owner, and the form token of the page seen last.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    pub language: &'static str,
    /// Sent along with everything.
    pub headers: Vec<(&'static str, String)>,
    pub token: String,
}

impl Browser {
    pub async fn send(&mut self, method: Method, path: &str, host: &str, extra: &[(&str, &str)], body: String) -> Page {
        let mut request =
            Request::builder().method(method).uri(path).header("host", host).header("accept-language", self.language);
        if !self.cookies.is_empty() {
            let all: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", all.join("; "));
        }
        for (name, value) in
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).chain(extra.iter().copied())
        {
            request = request.header(name, value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let page = Page { status: parts.status, headers: parts.headers, body };
        for set in page.set_cookies() {
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some((_, rest)) = page.body.split_once("name=\"_token\" value=\"") {
            rest.split('"').next().unwrap().clone_into(&mut self.token);
        }
        page
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, HOST, &[], String::new()).await
    }

    /// Sends a form of the page seen last, as a browser does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.token.clone();
        self.post_with(
            path,
            &token,
            fields,
            &[("origin", &format!("https://{HOST}")), ("sec-fetch-site", "same-origin")],
        )
        .await
    }

    pub async fn post_with(
        &mut self,
        path: &str,
        token: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Page {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        let first = std::iter::once(("_token", token));
        let body = first.chain(fields.iter().copied()).map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = body.collect::<Vec<_>>().join("&");
        self.send(Method::POST, path, HOST, &all, body).await
    }

    pub async fn sign_in(&mut self, base: &str, upn: &str) {
        self.get(&format!("{base}/sign-in?switch=1")).await.is(StatusCode::OK);
        let page = self.post(&format!("{base}/sign-in"), &[("username", upn), ("password", PASSWORD)]).await;
        page.is(StatusCode::SEE_OTHER);
    }

    /// The one session cookie of a portal, by its name in the jar.
    pub fn session(&self, part: &str) -> Option<String> {
        self.cookies
            .iter()
            .find(|(name, _)| name.contains(part) && !name.contains("form"))
            .map(|(_, value)| value.clone())
    }
}

pub fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

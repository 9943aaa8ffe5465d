//! A partner with people in every role, customers, and browsers that keep cookies.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use entente_app::acceptance;
use entente_app::activity::{self, Filter};
use entente_app::invitation::{self, Draft, View};
use entente_app::{Ctx, application, subscription, user, user_import};
use entente_domain::acceptance::Choice;
use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::{ApplicationId, AttachmentId, CredentialId, ImportId, SubscriptionId, TenantId, UserId};
use entente_domain::invitation::Asks;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_portal::web::Web;
use entente_portal::{Portal, router};
use entente_testkit::TestApp;
use entente_testkit::app::PASSWORD;
use entente_testkit::requests::{ALL, draft_to, opened};
use http_body_util::BodyExt as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower::ServiceExt as _;

pub const HOST: &str = "halden.example";

/// The installation every test begins with.
pub struct World {
    pub test: TestApp,
    pub router: Router,
    /// A direct partner in Norway.
    pub partner: Partner,
    /// Its global admin.
    pub maya: Ctx,
    /// Accepted with privileges.
    pub customer: Tenant,
    pub admin: Ctx,
    _folder: tempfile::TempDir,
}

/// What a page answered.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Whether it is something to look at, rather than a file.
    pub fn is_page(&self) -> bool {
        self.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// A page of this status that says all of this.
    #[track_caller]
    pub fn says(&self, status: StatusCode, texts: &[&str]) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        for text in texts {
            assert!(self.body.contains(text), "no `{text}` in {}", self.body);
        }
        self
    }

    #[track_caller]
    pub fn silent(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(!self.body.contains(text), "`{text}` in {}", self.body);
        }
        self
    }

    /// The answer to a form that was handled.
    #[track_caller]
    pub fn goes(&self, place: &str) -> &Self {
        assert_eq!((self.status, self.location()), (StatusCode::SEE_OTHER, place), "{}", self.body);
        self
    }
}

impl World {
    pub fn new() -> Self {
        let (store, folder) = entente_testkit::sqlite();
        let test = TestApp::new(&store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = test.person(&partner.tenant, "Maya", &[PartnerRole::GlobalAdmin], false);
        let customer = test.tenant("Fjordline Logistics AS", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let clock = test.app.clone();
        let origins = vec![format!("https://{HOST}").parse().unwrap()];
        let web = Web::new("Halden Cloud", origins, move || clock.now(), || "trace-1".to_owned());
        let router = router(Portal { app: test.app.clone(), web, demo: false });
        let world = Self { test, router, partner, maya, customer, admin, _folder: folder };
        world.connect(&world.maya, &world.customer, &world.admin, true);
        world
    }

    /// Somebody of a partner, by first name.
    pub fn person(&self, partner: &Partner, name: &str, role: PartnerRole) -> Ctx {
        self.test.person(&partner.tenant, name, &[role], false)
    }

    pub fn draft(&self, who: &Ctx, to: &Tenant, privileges: bool) -> View {
        let draft = Draft {
            asks: Asks { kind: RelationshipKind::Reseller, privileges },
            cloud: to.cloud,
            country: to.country,
            ..draft_to(&format!("ingrid@{}", to.domain))
        };
        invitation::create(&self.test.app, who, draft).unwrap()
    }

    /// Asks and accepts.
    pub fn connect(&self, who: &Ctx, customer: &Tenant, admin: &Ctx, privileges: bool) -> View {
        let view = self.draft(who, customer, privileges);
        let choice = Choice { privileges, ..ALL };
        acceptance::accept(&self.test.app, admin, &opened(&view), customer.cloud, choice).unwrap();
        view
    }

    /// A customer that accepted, by name and domain.
    pub fn customer(&self, name: &str, domain: &str, privileges: bool) -> TenantId {
        let tenant = self.test.tenant(name, domain, Cloud::Public, "NO");
        let admin = self.test.person(&tenant, "Admin", &[], true);
        self.connect(&self.maya, &tenant, &admin, privileges);
        tenant.id
    }

    pub fn subscribe(&self, quantity: i64) -> SubscriptionId {
        let app = &self.test.app;
        subscription::add(app, &self.maya, self.customer.id, "productivity-standard", Some(quantity)).unwrap().id
    }

    /// A service request with a note and a file, as the partner's global admin opened it.
    pub fn service_request(&self) -> (i64, AttachmentId) {
        self.test.service_request(&self.maya, self.customer.id, b"<b>log</b>")
    }

    /// A confidential application of the partner with a secret of half a year.
    pub fn application(&self, name: &str) -> (ApplicationId, CredentialId) {
        let app = &self.test.app;
        let choice = application::Choice { name: name.parse().unwrap(), ..choice() };
        let id = application::register(app, &self.maya, choice, true).unwrap().id;
        application::add_secret(app, &self.maya, id, "build server", 180).unwrap();
        (id, application::get(app, &self.maya, id).unwrap().credentials[0].id)
    }

    /// A user of the customer, added by its administrator.
    pub fn user(&self, name: &str) -> UserId {
        let upn = format!("{}@fjordline.no", name.to_lowercase().replace(' ', "."));
        let details = user::Details {
            name: name.parse().unwrap(),
            mail: upn.parse().unwrap(),
            given_name: None,
            family_name: None,
            usage_location: None,
            phone: None,
            department: None,
            job_title: None,
        };
        let new = user::New { upn: upn.parse().unwrap(), details };
        user::create(&self.test.app, &self.admin, self.customer.id, new).unwrap().user.person.id
    }

    /// Somebody who holds every role that matters at once: they see every page there is, with everything on it.
    pub fn everything(&self) -> Ctx {
        let roles = [PartnerRole::GlobalAdmin, PartnerRole::AdminAgent, PartnerRole::HelpdeskAgent];
        self.test.person(&self.partner.tenant, "Liv", &roles, false)
    }

    /// A file of two users, one line of which cannot be used, brought by [`World::everything`].
    pub fn import(&self) -> ImportId {
        let file = b"Sign-in name,Display name\nbo@fjordline.no,Bo\nkim@elsewhere.no,Kim\n";
        user_import::check(&self.test.app, &self.everything(), self.customer.id, file).unwrap()
    }

    /// A browser of [`World::everything`], once they are there.
    pub async fn browser_of_everything(&self) -> Browser {
        self.browser("liv").await
    }

    /// How much has happened so far, as the partner's global admin may read it. Signing in is no part of it.
    pub fn events(&self) -> usize {
        let (mut count, mut before) = (0, None);
        loop {
            let page = activity::of_partner(&self.test.app, &self.maya, &Filter::default(), before, 100).unwrap();
            count += page.entries.iter().filter(|it| !matches!(it.kind, EventKind::SignedIn)).count();
            before = match page.next {
                Some(next) => Some(next),
                None => return count,
            };
        }
    }

    pub fn stranger(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: Vec::new() }
    }

    /// A browser in which this person of the partner signed in with the common password.
    pub async fn browser(&self, name: &str) -> Browser {
        self.browser_of(&format!("{name}@brightwater.no"), PASSWORD).await
    }

    /// A browser of somebody who came in with a password another set, and chose the common one.
    pub async fn browser_of_new(&self, upn: &str, first: &str) -> Browser {
        let mut browser = self.stranger();
        let answer = browser.sign_in(upn, first).await;
        answer.goes("/partner/sign-in/password?return=/partner/overview");
        let place = answer.location().to_owned();
        browser.get(&place).await.says(StatusCode::OK, &["Choose your password", upn]);
        let chosen = browser.post("/partner/sign-in/password", &[("password", PASSWORD), ("repeat", PASSWORD)]).await;
        assert_eq!(chosen.location(), "/partner/overview", "{}", chosen.body);
        browser
    }

    pub async fn browser_of(&self, upn: &str, password: &str) -> Browser {
        let mut browser = self.stranger();
        let answer = browser.sign_in(upn, password).await;
        assert_eq!(answer.location(), "/partner/overview", "{}", answer.body);
        browser
    }
}

/// What an ordinary application is like.
pub fn choice() -> application::Choice {
    application::Choice {
        name: "Console".parse().unwrap(),
        redirects: vec!["https://console.brightwater.no/callback".parse().unwrap()],
        roles: Vec::new(),
        algorithm: Signature::Es256,
        device_code: false,
    }
}

/// Keeps cookies, follows nothing.
pub struct Browser {
    router: Router,
    pub cookies: Vec<(String, String)>,
}

impl Browser {
    async fn send(&mut self, method: Method, path: &str, body: String) -> Answer {
        self.send_as(method, path, "application/x-www-form-urlencoded", Body::from(body)).await
    }

    /// Posts a form with files: names, and what is in them.
    pub async fn send_files(
        &mut self,
        path: &str,
        token: Option<&str>,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in token.map(|token| ("_token", token)).iter().chain(fields) {
            body.extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (field, name, content) in files {
            let head = format!("--XX\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n");
            body.extend(head.bytes());
            body.extend(b"Content-Type: image/png\r\n\r\n");
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--XX--\r\n");
        self.send_as(Method::POST, path, "multipart/form-data; boundary=XX", Body::from(body)).await
    }

    /// Posts this as the file of a form.
    pub async fn bring(&mut self, path: &str, file: &[u8]) -> Answer {
        let token = self.token().await;
        self.send_files(path, Some(&token), &[], &[("file", "u.csv", file)]).await
    }

    /// Posts this as a form with files.
    pub async fn send_as_form(&mut self, path: &str, body: Vec<u8>) -> Answer {
        self.send_as(Method::POST, path, "multipart/form-data; boundary=XX", Body::from(body)).await
    }

    /// The token that this browser's pages carry.
    pub async fn token(&mut self) -> String {
        let page = self.get("/partner/settings").await;
        let page = if page.status == StatusCode::OK { page } else { self.get("/partner/sign-in").await };
        let (_, rest) =
            page.body.split_once("name=\"_token\" value=\"").unwrap_or_else(|| panic!("no form in {}", page.body));
        rest.split('"').next().unwrap().to_owned()
    }

    async fn send_as(&mut self, method: Method, path: &str, kind: &str, body: Body) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header("origin", format!("https://{HOST}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, kind)
            .body(body)
            .unwrap();
        let peer: SocketAddr = "192.0.2.7:4000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    /// Posts exactly these fields.
    pub async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.send(Method::POST, path, body.join("&")).await
    }

    /// Posts these fields with the token that this browser's pages carry.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let mut all = vec![("_token", token.as_str())];
        all.extend_from_slice(fields);
        self.post_bare(path, &all).await
    }

    pub async fn sign_in(&mut self, upn: &str, password: &str) -> Answer {
        self.post("/partner/sign-in", &[("username", upn), ("password", password)]).await
    }
}

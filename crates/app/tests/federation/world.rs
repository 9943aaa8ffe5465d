//! An organisation whose people sign in at its own provider.

use std::sync::Arc;

use entente_app::federation::{self, Answer, Arrived, Leaving, Side, Wanted};
use entente_app::sign_in::{self, Audience, Entered, second};
use entente_app::{Ctx, Error, factor};
use entente_domain::cloud::Cloud;
use entente_domain::event::EventKind;
use entente_domain::federation::Because;
use entente_domain::ids::UserId;
use entente_domain::language::Language;
use entente_domain::tenant::Tenant;
use entente_domain::text::FactorName;
use entente_identity::{SessionToken, VisitToken};
use entente_store::Store;
use entente_testkit::app::PASSWORD;
use entente_testkit::provider::{CLIENT, Provider, SECRET};
use entente_testkit::{Authenticator, TestApp};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://login.fjordline.example";
pub const OLA: &str = "ola@fjordline.no";
/// The address of the portals.
pub const ORIGIN: &str = "https://halden.example";
pub const PORTAL: Audience = Audience::Customer(Cloud::Public);

/// Fjordline with its administrator and a user, whose provider is switched on for its one domain.
pub struct World {
    pub test: TestApp,
    pub fjordline: Tenant,
    pub admin: Ctx,
    pub ola: Ctx,
    pub provider: Arc<Provider>,
}

/// Changes the claims of a finished token.
pub type Forge = fn(&mut Value);

/// Somebody who came in.
#[derive(Debug)]
pub struct Came {
    pub token: SessionToken,
    pub ctx: Ctx,
    pub return_path: String,
}

/// Somebody in front of a browser.
pub struct Browser {
    pub visit: VisitToken,
}

impl World {
    pub fn new(store: &Store) -> Self {
        let world = Self::before(store);
        world.configure(wanted(&["fjordline.no"], None)).unwrap();
        federation::set_enabled(&world.test.app, &world.admin, Side::Customer, true).unwrap();
        world
    }

    /// The same before anybody has named a provider.
    pub fn before(store: &Store) -> Self {
        let test = TestApp::new(store);
        let fjordline = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&fjordline, "Ingrid", &[], true);
        let ola = test.person(&fjordline, "Ola", &[], false);
        let provider = Provider::begin(&test, ISSUER);
        provider.says().claims = claims("ola", OLA);
        Self { test, fjordline, admin, ola, provider }
    }

    pub fn configure(&self, wanted: Wanted) -> Result<(), Error> {
        federation::configure(&self.test.app, &self.admin, Side::Customer, wanted)
    }

    pub fn begin(&self, name: &str) -> Result<Option<(Browser, String)>, Error> {
        self.begin_at(PORTAL, name, "/portal/settings", false)
    }

    pub fn begin_at(
        &self,
        at: Audience,
        name: &str,
        return_path: &str,
        fresh: bool,
    ) -> Result<Option<(Browser, String)>, Error> {
        let visit = VisitToken::generate(self.test.app.random());
        let nobody = Ctx::anonymous(Some("192.0.2.7".to_owned()), Language::En);
        let begun =
            federation::begin(&self.test.app, &nobody, at, name, Leaving { visit: &visit, return_path, fresh })?;
        Ok(begun.map(|it| {
            assert_eq!(it.organisation, "Fjordline");
            (Browser { visit }, it.url)
        }))
    }

    /// Where the provider sends Ola back to, and the browser that brings it.
    pub fn sent_back(&self) -> (Browser, Answer) {
        let (browser, url) = self.begin(OLA).unwrap().unwrap();
        (browser, answer(&self.provider.sign_in(&url)))
    }

    fn arrived(&self, browser: &Browser, answer: &Answer) -> Result<Arrived, Error> {
        let nobody = Ctx::anonymous(Some("192.0.2.7".to_owned()), Language::En);
        federation::finish(&self.test.app, &nobody, PORTAL, answer, Some(&browser.visit))
    }

    pub fn finish(&self, browser: &Browser, answer: &Answer) -> Result<Came, Error> {
        let arrived = self.arrived(browser, answer)?;
        let (token, ctx) = arrived.entered.session().unwrap();
        Ok(Came { token, ctx, return_path: arrived.return_path })
    }

    /// The whole way.
    pub fn enter(&self) -> Result<Came, Error> {
        let (browser, answer) = self.sent_back();
        self.finish(&browser, &answer)
    }

    /// The whole way, wherever it ends: in a session, or before a step that is still needed.
    pub fn entered(&self) -> Result<Entered, Error> {
        let (browser, answer) = self.sent_back();
        Ok(self.arrived(&browser, &answer)?.entered)
    }

    pub fn password(&self, name: &str) -> Result<(), Error> {
        let nobody = Ctx::anonymous(None, Language::En);
        sign_in::start(&self.test.app, &nobody, PORTAL, name, PASSWORD).map(|_| ())
    }

    /// Sets a passkey up, as the person could while nothing but us let them in.
    pub fn add_passkey(&self, who: &Ctx) -> Authenticator {
        let app = &self.test.app;
        let who = self.test.confirmed(who);
        let (token, options) = factor::begin_passkey(app, &who, PORTAL, ORIGIN).unwrap();
        let (key, answer) = Authenticator::create(&options, ORIGIN);
        let name = FactorName::parse("Laptop").unwrap();
        factor::add_passkey(app, &who, PORTAL, ORIGIN, &token, &name, &answer).unwrap();
        key
    }

    /// Signs in with a passkey and nothing else.
    pub fn with_passkey(&self, key: &Authenticator) -> Result<Entered, Error> {
        let nobody = Ctx::anonymous(None, Language::En);
        let (token, options) = second::begin_alone(&self.test.app, &nobody, PORTAL, ORIGIN)?;
        second::finish_alone(&self.test.app, &nobody, PORTAL, ORIGIN, &token, &key.get(&options, ORIGIN))
    }

    pub fn count(&self, kind: EventKind) -> usize {
        self.test.events(self.fjordline.id).into_iter().filter(|it| *it == kind).count()
    }
}

pub fn claims(subject: &str, email: &str) -> Value {
    json!({ "sub": subject, "preferred_username": email, "email": email, "email_verified": true })
}

pub fn wanted(domains: &[&str], version: Option<i64>) -> Wanted {
    Wanted {
        issuer: ISSUER.to_owned(),
        client_id: CLIENT.to_owned(),
        secret: SECRET.to_owned(),
        domains: domains.iter().map(|it| (*it).to_owned()).collect(),
        version,
    }
}

pub fn answer(back: &str) -> Answer {
    answer_at("/portal/public", back)
}

/// What a browser brings back to the portal below `base`.
pub fn answer_at(base: &str, back: &str) -> Answer {
    let (place, query) = back.split_once('?').unwrap();
    assert_eq!(place, format!("{ORIGIN}{base}/sign-in/federated"));
    let get = |name: &str| {
        query.split('&').find_map(|it| {
            it.strip_prefix(name)?.strip_prefix('=').map(|it| it.replace("%3A", ":").replace("%2F", "/"))
        })
    };
    Answer { state: get("state").unwrap(), code: get("code"), issuer: get("iss") }
}

pub fn because<T: std::fmt::Debug>(answer: Result<T, Error>) -> Because {
    match answer.unwrap_err() {
        Error::Federation(refused) => refused.because,
        other => panic!("{other:?}"),
    }
}

/// Blocks somebody, or lets them sign in again.
pub fn set_enabled(w: &World, person: UserId, enabled: bool) {
    use entente_domain::policy::{Permit, Unattended};
    let permit = || Permit::unattended(Unattended::Operator);
    w.test.app.store().write(move |tx| entente_store::directory::set_enabled(tx, &permit(), person, enabled)).unwrap();
}

//! A partner with three people, and their authenticators.

use entente_app::factor::{self, Codes};
use entente_app::sign_in::{self, Audience, Entered, second};
use entente_app::{Answer, Ctx, Error};
use entente_domain::assurance::{Method, Next, Proof};
use entente_domain::directory::PartnerRole::{AdminAgent, GlobalAdmin, UserManagementAdmin};
use entente_domain::event::EventKind;
use entente_domain::factor::Security;
use entente_domain::language::Language;
use entente_domain::tenant::{Partner, PartnerKind};
use entente_domain::text::FactorName;
use entente_identity::{ChallengeToken, SessionToken, TotpSecret};
use entente_testkit::app::PASSWORD;
use entente_testkit::{Authenticator, TestApp, for_each_engine};

/// The portal of these tests.
pub const HERE: Audience = Audience::Partner;
/// Its address.
pub const ORIGIN: &str = "https://halden.example";

pub struct World {
    pub test: TestApp,
    pub partner: Partner,
    pub maya: Ctx,
    pub wei: Ctx,
    pub tom: Ctx,
    pub ada: Ctx,
    pub kari: Ctx,
    pub nobody: Ctx,
}

pub fn in_each(check: impl Fn(&World)) {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
        let wei = test.person(&partner.tenant, "Wei", &[UserManagementAdmin], false);
        let tom = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
        let other = test.partner("Nordlys", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let kari = test.person(&other.tenant, "Kari", &[GlobalAdmin], false);
        let nobody = Ctx::anonymous(Some("192.0.2.9".to_owned()), Language::En);
        let ada = test.person(&partner.tenant, "Ada", &[GlobalAdmin], false);
        check(&World { test, partner, maya, wei, tom, ada, kari, nobody });
    });
}

impl World {
    pub fn password(&self, name: &str) -> Result<Entered, Error> {
        sign_in::start(&self.test.app, &self.nobody, HERE, &format!("{name}@brightwater.no"), PASSWORD)
    }

    pub fn session_of(&self, name: &str) -> (SessionToken, Ctx) {
        self.password(name).unwrap().session().unwrap()
    }

    /// Types name and password; something is still needed after that.
    pub fn pending(&self, name: &str, next: Next) -> ChallengeToken {
        match self.password(name).unwrap() {
            Entered::Pending(token, needed) => {
                assert_eq!(needed, next);
                token
            }
            Entered::Session(..) => panic!("{name} is in with a password alone"),
        }
    }

    pub fn second(&self, token: &ChallengeToken, answer: &Answer) -> Result<(SessionToken, Ctx), Error> {
        let entered = second::finish(&self.test.app, &self.nobody, HERE, ORIGIN, token, answer)?;
        entered.session().ok_or(Error::WrongCredentials)
    }

    pub fn refused(&self, token: &ChallengeToken, code: &str) -> bool {
        matches!(self.second(token, &Answer::Code(code.to_owned())), Err(Error::WrongCredentials))
    }

    /// The same person, who proved it with two factors a moment ago.
    pub fn strong(&self, ctx: &Ctx) -> Ctx {
        let proof = Proof::new(self.test.app.now(), vec![Method::Password, Method::OneTimeCode]);
        Ctx { proof: Some(proof), ..ctx.clone() }
    }

    pub fn secret(&self, who: &Ctx, token: &ChallengeToken) -> TotpSecret {
        factor::adding(&self.test.app, who, HERE, ORIGIN, token).unwrap().secret.unwrap()
    }

    pub fn add_application(&self, who: &Ctx, name: &str) -> (TotpSecret, Codes) {
        let app = &self.test.app;
        let token = factor::begin_application(app, who, HERE).unwrap();
        let pending = factor::adding(app, who, HERE, ORIGIN, &token).unwrap();
        assert!(pending.me.person.upn.as_str().starts_with(name));
        let secret = pending.secret.unwrap();
        let codes = factor::add_application(app, who, HERE, &token, &secret.code(app.now())).unwrap();
        (secret, codes.unwrap_or_default())
    }

    pub fn add_passkey(&self, who: &Ctx, name: &str) -> (Authenticator, Option<Codes>) {
        let app = &self.test.app;
        let (token, options) = factor::begin_passkey(app, who, HERE, ORIGIN).unwrap();
        let (key, answer) = Authenticator::create(&options, ORIGIN);
        let name = FactorName::parse(name).unwrap();
        let codes = factor::add_passkey(app, who, HERE, ORIGIN, &token, &name, &answer).unwrap();
        (key, codes)
    }

    /// Signs in with a passkey and nothing else.
    pub fn with_passkey(&self, key: &Authenticator) -> Result<(Ctx, SessionToken), Error> {
        let (token, options) = second::begin_alone(&self.test.app, &self.nobody, HERE, ORIGIN).unwrap();
        let answer = key.get(&options, ORIGIN);
        let entered = second::finish_alone(&self.test.app, &self.nobody, HERE, ORIGIN, &token, &answer)?;
        let (token, ctx) = entered.session().unwrap();
        Ok((ctx, token))
    }

    /// The partner requires a second factor of its people.
    pub fn require(&self) {
        let security = Security { required: true, ..Security::NOTHING };
        entente_app::tenant::set_security(&self.test.app, &Ctx::operator(), self.partner.tenant.id, security).unwrap();
    }

    pub fn events(&self, kind: EventKind) -> usize {
        self.test.events(self.partner.tenant.id).iter().filter(|it| **it == kind).count()
    }
}

//! A direct partner, a provider with its reseller, and customers they create.

use entente_app::new_customer::{self, Created, New};
use entente_app::sign_in::{self, Audience, Entered};
use entente_app::{Ctx, Error, Invalid, activity, invitation};
use entente_domain::assurance::Next;
use entente_domain::attestation::Signed;
use entente_domain::cloud::Cloud;
use entente_domain::company::Company;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::factor::Security;
use entente_domain::ids::TenantId;
use entente_domain::language::Language;
use entente_domain::tenant::{Partner, PartnerKind};
use entente_store::Store;
use entente_testkit::TestApp;
use entente_testkit::app::PASSWORD;

pub struct World {
    pub test: TestApp,
    pub direct: Partner,
    pub tom: Ctx,
    pub provider: Partner,
    pub kaspar: Ctx,
    pub reseller: Partner,
    pub oskar: Ctx,
}

impl World {
    pub fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let direct = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let tom = test.person(&direct.tenant, "Tom", &[PartnerRole::AdminAgent], false);
        let provider = test.partner("Skagerrak", "skagerrak.no", PartnerKind::IndirectProvider, &["NO"], None);
        let kaspar = test.person(&provider.tenant, "Kaspar", &[PartnerRole::AdminAgent], false);
        let of = Some(provider.tenant.id);
        let reseller = test.partner("Lindgren", "lindgren.se", PartnerKind::IndirectReseller, &["SE"], of);
        let oskar = test.person(&reseller.tenant, "Oskar", &[PartnerRole::AdminAgent], false);
        Self { test, direct, tom, provider, kaspar, reseller, oskar }
    }

    /// A customer in Norway, from a form of its own.
    pub fn wish(&self, prefix: &str) -> New {
        New {
            name: "Nordlys Bakeri AS".parse().unwrap(),
            prefix: prefix.to_owned(),
            cloud: Cloud::Public,
            country: "NO".parse().unwrap(),
            company: company(),
            language: Language::En,
            reseller: None,
            signed: None,
            form: self.test.app.new_id(),
        }
    }

    pub fn create(&self, prefix: &str) -> Created {
        new_customer::create(&self.test.app, &self.tom, self.wish(prefix)).unwrap()
    }

    /// The first administrator, signed in with a password of their own.
    pub fn administrator(&self, created: &Created) -> Ctx {
        let app = &self.test.app;
        let (login, password) = (created.login.as_str(), created.password.as_deref().unwrap());
        let here = Audience::Customer(created.tenant.cloud);
        let nobody = Ctx::anonymous(None, Language::En);
        let token = match sign_in::start(app, &nobody, here, login, password).unwrap() {
            Entered::Pending(token, Next::NewPassword) => token,
            other => panic!("the first password is replaced first: {other:?}"),
        };
        let entered = sign_in::password::finish(app, &nobody, here, &token, PASSWORD).unwrap();
        entered.session().unwrap().1
    }

    /// Lets partners' people act there with one factor.
    pub fn without_second_factor(&self, customer: TenantId) {
        let security = Security::NOTHING;
        entente_app::tenant::set_security(&self.test.app, &Ctx::operator(), customer, security).unwrap();
    }

    pub fn connect(&self, partner: &Ctx, admin: &Ctx, agreement: Option<&'static str>) -> Result<(), Error> {
        use entente_domain::acceptance::Choice;
        let view = invitation::create(&self.test.app, partner, entente_testkit::requests::draft())?;
        let opened = entente_testkit::requests::opened(&view);
        let choice = Choice { privileges: true, agreement };
        entente_app::acceptance::accept(&self.test.app, admin, &opened, Cloud::Public, choice).map(|_| ())
    }

    pub fn count(&self, tenant: TenantId, kind: EventKind) -> usize {
        self.test.events(tenant).iter().filter(|it| **it == kind).count()
    }

    /// What a partner reads of a kind of event.
    pub fn entries(&self, reader: &Ctx, kind: EventKind) -> Vec<activity::Entry> {
        let page = activity::of_partner(&self.test.app, reader, &activity::Filter::default(), None, 50).unwrap();
        page.entries.into_iter().filter(|it| it.kind == kind).collect()
    }
}

pub fn company() -> Company {
    Company {
        line1: "Storgata 1".parse().unwrap(),
        line2: None,
        city: "Bergen".parse().unwrap(),
        state: None,
        postal_code: Some("5003".parse().unwrap()),
        contact: "Nora Dahl".parse().unwrap(),
        mail: "nora@bakeri.no".parse().unwrap(),
        phone: None,
        registration: None,
    }
}

pub fn signed(on: &str, version: &'static str) -> Signed {
    Signed {
        name: "Nora Dahl".parse().unwrap(),
        mail: "nora@bakeri.no".parse().unwrap(),
        phone: None,
        on: entente_domain::time::day(on).unwrap(),
        version,
    }
}

/// The fields that were refused, each with why.
pub fn wrong<T: std::fmt::Debug>(answer: Result<T, Error>) -> Vec<(&'static str, Invalid)> {
    match answer {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|it| (it.name, it.why)).collect(),
        other => panic!("{other:?}"),
    }
}

//! A customer with administrators of several kinds and a partner that holds privileges there, and another that does not.

use entente_app::acceptance;
use entente_app::invitation;
use entente_app::sign_in::{self, Audience, Entered};
use entente_app::user::{self, Details, New, Password, Query, Standing, User};
use entente_app::{Ctx, Error};
use entente_domain::acceptance::Choice;
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::event::EventKind;
use entente_domain::ids::{DirectoryRoleId, TenantId, UserId};
use entente_domain::language::Language;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_domain::user::Because;
use entente_store::Store;
use entente_testkit::TestApp;
use entente_testkit::app::PASSWORD;
use entente_testkit::requests::{ALL, draft, opened};

pub struct World {
    pub test: TestApp,
    pub partner: Partner,
    /// Acts as global administrator.
    pub tom: Ctx,
    /// Acts as helpdesk administrator.
    pub ali: Ctx,
    pub customer: Tenant,
    /// Its global administrator.
    pub ingrid: Ctx,
}

impl World {
    pub fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let tom = test.person(&partner.tenant, "Tom", &[PartnerRole::AdminAgent], false);
        let ali = test.person(&partner.tenant, "Ali", &[PartnerRole::HelpdeskAgent], false);
        let customer = test.tenant("Fjordline AS", "fjordline.no", Cloud::Public, "NO");
        let ingrid = test.person(&customer, "Ingrid", &[], true);
        let world = Self { test, partner, tom, ali, customer, ingrid };
        world.connect(&world.tom, &world.ingrid, ALL);
        world
    }

    pub fn connect(&self, partner: &Ctx, admin: &Ctx, choice: Choice) {
        let view = invitation::create(&self.test.app, partner, draft()).unwrap();
        acceptance::accept(&self.test.app, admin, &opened(&view), Cloud::Public, choice).unwrap();
    }

    /// Another partner of this customer, which only sells.
    pub fn seller(&self) -> Ctx {
        let other = self.test.partner("Nordlys", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let kari = self.test.person(&other.tenant, "Kari", &[PartnerRole::AdminAgent], false);
        self.connect(&kari, &self.ingrid, Choice { privileges: false, ..ALL });
        kari
    }

    /// Somebody of the customer with these directory roles, signed in.
    pub fn holder(&self, name: &str, roles: &[DirectoryRoleId]) -> Ctx {
        let upn = format!("{}@fjordline.no", name.to_lowercase());
        let person = Person {
            id: self.test.app.new_id(),
            tenant: self.customer.id,
            upn: upn.parse().unwrap(),
            name: name.parse().unwrap(),
            mail: upn.parse().unwrap(),
            language: None,
            enabled: true,
            partner_roles: Vec::new(),
            directory_roles: roles.to_vec(),
        };
        let password = entente_identity::Password::new(PASSWORD).unwrap();
        entente_app::tenant::add_person(&self.test.app, &Ctx::operator(), person, Some(&password)).unwrap();
        self.sign_in(&upn, PASSWORD).unwrap().session().unwrap().1
    }

    pub fn sign_in(&self, upn: &str, password: &str) -> Result<Entered, Error> {
        let nobody = Ctx::anonymous(None, Language::En);
        sign_in::start(&self.test.app, &nobody, Audience::Customer(Cloud::Public), upn, password)
    }

    pub fn create(&self, who: &Ctx, name: &str) -> Result<Password, Error> {
        let upn = format!("{}@fjordline.no", name.to_lowercase().replace(' ', "."));
        user::create(&self.test.app, who, self.customer.id, New { upn: upn.parse().unwrap(), details: details(name) })
    }

    /// Adds somebody and answers who.
    pub fn added(&self, name: &str) -> UserId {
        self.create(&self.tom, name).unwrap().user.person.id
    }

    pub fn get(&self, who: &Ctx, id: UserId) -> Result<User, Error> {
        user::get(&self.test.app, who, self.customer.id, id)
    }

    pub fn names(&self, who: &Ctx, search: &str, standing: Option<Standing>) -> Vec<String> {
        let search = (!search.is_empty()).then(|| search.parse().unwrap());
        let query = Query { search, standing, after: None };
        let page = user::list(&self.test.app, who, self.customer.id, &query, 100).unwrap();
        page.users.into_iter().map(|user| user.person.name.to_string()).collect()
    }

    pub fn count(&self, tenant: TenantId, kind: EventKind) -> usize {
        self.test.events(tenant).into_iter().filter(|it| *it == kind).count()
    }
}

pub fn id(ctx: &Ctx) -> UserId {
    ctx.person.unwrap()
}

pub fn details(name: &str) -> Details {
    Details {
        name: name.parse().unwrap(),
        mail: format!("{}@mail.example", name.to_lowercase().replace(' ', ".")).parse().unwrap(),
        given_name: None,
        family_name: None,
        usage_location: None,
        phone: None,
        department: None,
        job_title: None,
    }
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: &Result<T, Error>, because: Because) {
    assert!(matches!(answer, Err(Error::User(refused)) if refused.because == because), "{answer:?}");
}

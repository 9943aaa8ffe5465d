//! A customer of two partners, and what the tests say all the time.

use entente_app::service_request::{self as requests, Filter, New, attachment, desk};
use entente_app::{Ctx, Error, Invalid, acceptance, subscription};
use entente_domain::acceptance::Choice;
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::ids::{AttachmentId, DirectoryRoleId, SubscriptionId};
use entente_domain::service_request::{Because, Severity, Standing};
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_domain::text::MessageText;
use entente_store::Store;
use entente_testkit::TestApp;
use entente_testkit::requests::{ALL, draft_to, opened};

pub struct World {
    pub test: TestApp,
    pub partner: Partner,
    /// A helpdesk agent of the partner.
    pub ali: Ctx,
    /// An admin agent of the partner.
    pub maya: Ctx,
    pub other: Partner,
    /// An admin agent of the other partner.
    pub otto: Ctx,
    pub customer: Tenant,
    /// The customer's global administrator.
    pub ingrid: Ctx,
    pub sold: SubscriptionId,
}

impl World {
    /// A customer of two partners, without privileges; the first sold it something.
    pub fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = test.person(&partner.tenant, "Maya", &[PartnerRole::AdminAgent], false);
        let ali = test.person(&partner.tenant, "Ali", &[PartnerRole::HelpdeskAgent], false);
        let other = test.partner("Nordlys", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let otto = test.person(&other.tenant, "Otto", &[PartnerRole::AdminAgent], false);
        let customer = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let ingrid = test.person(&customer, "Ingrid", &[], true);
        for agent in [&maya, &otto] {
            connect(&test, agent, &customer, &ingrid, false);
        }
        let sold = subscription::add(&test.app, &maya, customer.id, "mail-plan", Some(5)).unwrap().id;
        Self { test, partner, ali, maya, other, otto, customer, ingrid, sold }
    }

    pub fn open(&self, who: &Ctx, about: Option<SubscriptionId>) -> Result<i64, Error> {
        requests::open(&self.test.app, who, self.customer.id, new(about))
    }

    pub fn note(&self, who: &Ctx, number: i64) -> Result<(), Error> {
        requests::note(&self.test.app, who, self.customer.id, number, text("It is still so."), Vec::new())
    }

    pub fn view(&self, who: &Ctx, number: i64) -> Result<requests::View, Error> {
        requests::view(&self.test.app, who, self.customer.id, number)
    }

    pub fn standing(&self, number: i64) -> Standing {
        desk::view(&self.test.app, number).unwrap().line.request.state.standing()
    }

    pub fn numbers(&self, who: &Ctx) -> Vec<i64> {
        let lines = requests::list(&self.test.app, who, self.customer.id, Filter::default(), None, 10).unwrap();
        lines.iter().map(|it| it.request.number).collect()
    }

    pub fn numbers_of_all(&self, who: &Ctx) -> Vec<i64> {
        let lines = requests::of_partner(&self.test.app, who, Filter::default(), None, 10).unwrap();
        lines.iter().map(|it| it.request.number).collect()
    }

    pub fn upload(&self, who: &Ctx, number: i64, name: &str, content: &[u8]) -> Result<AttachmentId, Error> {
        attachment::upload(&self.test.app, who, self.customer.id, number, name, content.to_vec())
    }

    /// Somebody of the customer with these directory roles.
    pub fn employee(&self, name: &str, roles: &[DirectoryRoleId]) -> Ctx {
        let ctx = self.test.person(&self.customer, name, &[], false);
        let upn = format!("{}2@fjordline.no", name.to_lowercase());
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
        entente_app::tenant::add_person(&self.test.app, &Ctx::operator(), person.clone(), None).unwrap();
        Ctx { person: Some(person.id), ..ctx }
    }

    /// Who got which mail since the outbox was emptied last.
    pub fn mail(&self) -> Vec<String> {
        let due = entente_app::mail::claim(&self.test.app, 60, 100).unwrap();
        for mail in &due {
            entente_app::mail::sent(&self.test.app, mail.id, "250").unwrap();
        }
        let mut said: Vec<String> = due
            .iter()
            .filter(|it| it.template.starts_with("support"))
            .map(|it| {
                assert!(!it.content.contains("since Monday") && !it.content.contains("still so"), "{}", it.content);
                format!("{} to {}", it.template, it.recipient)
            })
            .collect();
        said.sort();
        said
    }
}

pub fn connect(test: &TestApp, agent: &Ctx, customer: &Tenant, admin: &Ctx, privileges: bool) {
    let draft = draft_to(&format!("ingrid@{}", customer.domain));
    let asks = entente_domain::invitation::Asks { privileges, ..draft.asks };
    let view =
        entente_app::invitation::create(&test.app, agent, entente_app::invitation::Draft { asks, ..draft }).unwrap();
    acceptance::accept(&test.app, admin, &opened(&view), customer.cloud, Choice { privileges, ..ALL }).unwrap();
}

pub fn new(about: Option<SubscriptionId>) -> New {
    New {
        topic: "domains".to_owned(),
        severity: Severity::Moderate,
        subscription: about,
        title: "Mail is late".parse().unwrap(),
        description: text("Late since Monday."),
    }
}

pub fn text(text: &str) -> MessageText {
    text.parse().unwrap()
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<T, Error>, because: Because) {
    match answer {
        Err(Error::ServiceRequest(it)) => assert_eq!(it.because, because),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub fn invalid<T: std::fmt::Debug>(answer: Result<T, Error>, name: &str, why: Invalid) {
    match answer {
        Err(Error::Invalid(it)) => assert_eq!((it[0].name, it[0].why), (name, why)),
        other => panic!("{other:?}"),
    }
}

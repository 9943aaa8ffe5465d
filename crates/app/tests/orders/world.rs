//! A partner with privileges at one customer, and what it orders there.

use entente_app::acceptance;
use entente_app::order::{self, Wish};
use entente_app::{Ctx, Error, customer, invitation, subscription};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::subscription::{Because, Subscription};
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_domain::term::{Cycle, Term};
use entente_store::Store;
use entente_testkit::TestApp;
use entente_testkit::requests::{ALL, draft, opened};

pub struct World {
    pub test: TestApp,
    pub partner: Partner,
    pub maya: Ctx,
    pub customer: Tenant,
    pub admin: Ctx,
}

impl World {
    pub fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = test.person(&partner.tenant, "Maya", &[PartnerRole::AdminAgent], false);
        let customer = test.tenant("Fjordline AS", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let view = invitation::create(&test.app, &maya, draft()).unwrap();
        acceptance::accept(&test.app, &admin, &opened(&view), Cloud::Public, ALL).unwrap();
        Self { test, partner, maya, customer, admin }
    }

    pub fn wish(&self, product: &str, quantity: Option<i64>) -> Wish {
        Wish {
            product: product.to_owned(),
            quantity,
            plan: Some((Term::Year, Cycle::Monthly)),
            renews: true,
            parent: None,
            name: None,
            form: self.test.app.new_id(),
        }
    }

    pub fn place(&self, wish: Wish) -> Result<Subscription, Error> {
        order::place(&self.test.app, &self.maya, self.customer.id, wish).map(|(_, sub)| sub)
    }

    pub fn buy(&self, product: &str, quantity: i64) -> Subscription {
        self.place(self.wish(product, Some(quantity))).unwrap()
    }

    pub fn add_on(&self, parent: &Subscription, product: &str, quantity: i64) -> Result<Subscription, Error> {
        self.place(Wish { parent: Some(parent.id), ..self.wish(product, Some(quantity)) })
    }

    pub fn now(&self, id: SubscriptionId) -> Subscription {
        subscription::get(&self.test.app, &self.maya, self.customer.id, id).unwrap().subscription
    }

    pub fn change(&self, id: SubscriptionId, to: i64) -> Result<(), Error> {
        let seen = self.now(id).version;
        subscription::change_quantity(&self.test.app, &self.maya, self.customer.id, id, to, seen)
    }

    pub fn turn(
        &self,
        id: SubscriptionId,
        step: fn(&entente_app::App, &Ctx, TenantId, SubscriptionId) -> Result<(), Error>,
    ) -> Result<(), Error> {
        step(&self.test.app, &self.maya, self.customer.id, id)
    }

    pub fn renewal(&self, id: SubscriptionId, renews: bool) -> Result<(), Error> {
        subscription::set_renewal(&self.test.app, &self.maya, self.customer.id, id, renews)
    }

    pub fn count(&self, kind: EventKind) -> usize {
        self.test.events(self.customer.id).into_iter().filter(|it| *it == kind).count()
    }

    /// Subscriptions, suspended ones and seats as the list of customers shows them.
    pub fn sums(&self) -> (i64, i64, i64) {
        let line = customer::line(&self.test.app, &self.maya, self.customer.id).unwrap();
        (line.subscriptions, line.suspended, line.seats)
    }
}

pub fn because<T: std::fmt::Debug>(answer: Result<T, Error>) -> Because {
    match answer {
        Err(Error::Subscription(refused)) => refused.because,
        other => panic!("not refused: {other:?}"),
    }
}

pub fn end_role(w: &World) -> Ctx {
    w.test.person(&w.partner.tenant, "Greta", &[PartnerRole::GlobalAdmin], false)
}

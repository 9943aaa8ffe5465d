//! Whom a customer calls about a subscription (requirement S16), on both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::acceptance::{self, Opened};
use entente_app::{Ctx, Error, Invalid, activity, customer, invitation, relationship, subscription};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_store::Store;
use entente_testkit::requests::ALL;
use entente_testkit::{TestApp, for_each_engine};

struct World {
    test: TestApp,
    provider: Partner,
    reseller: Partner,
    helpdesk: Ctx,
    customer: Tenant,
    admin: Ctx,
    sold: SubscriptionId,
}

impl World {
    /// A customer of a provider and its reseller; the provider sold it something.
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let provider = test.partner("Skagerrak", "skagerrak.no", PartnerKind::IndirectProvider, &["NO"], None);
        let seller = test.person(&provider.tenant, "Kaspar", &[PartnerRole::AdminAgent], false);
        let helpdesk = test.person(&provider.tenant, "Ali", &[PartnerRole::HelpdeskAgent], false);
        let of = Some(provider.tenant.id);
        let reseller = test.partner("Lindgren", "lindgren.se", PartnerKind::IndirectReseller, &["SE"], of);
        test.person(&reseller.tenant, "Oskar", &[PartnerRole::AdminAgent], false);
        let customer = test.tenant("Havn AS", "havn.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Torunn", &[], true);
        let (partner, number) = (reseller.tenant.id, Some(reseller.number.clone()));
        let opened = Opened::Standing { partner, provider: of, number, privileges: true, cloud: Cloud::Public };
        acceptance::accept(&test.app, &admin, &opened, Cloud::Public, ALL).unwrap();
        let sold = subscription::add(&test.app, &seller, customer.id, "mail-plan", Some(5)).unwrap().id;
        Self { test, provider, reseller, helpdesk, customer, admin, sold }
    }

    fn assign(&self, to: TenantId) -> Result<(), Error> {
        subscription::assign_support(&self.test.app, &self.helpdesk, self.customer.id, self.sold, to)
    }

    /// As the seller and as the customer see it.
    fn supporter(&self) -> TenantId {
        let app = &self.test.app;
        let sold = subscription::list(app, &self.helpdesk, self.customer.id, None, 1_000).unwrap().rows;
        let record = customer::record(app, &self.helpdesk, self.customer.id).unwrap();
        let partners = relationship::partners(app, &self.admin).unwrap();
        let seen = partners.iter().find(|it| it.partner.tenant.id == self.provider.tenant.id).unwrap();
        let answer = sold[0].supported_by;
        assert_eq!((record.subscriptions[0].supported_by, seen.subscriptions[0].supported_by), (answer, answer));
        assert!(seen.supporters.iter().any(|(id, name)| *id == answer && !name.is_empty()));
        answer
    }

    fn candidates(&self) -> Vec<TenantId> {
        let candidates = subscription::supporters(&self.test.app, &self.helpdesk, self.customer.id).unwrap();
        candidates.into_iter().map(|it| it.tenant.id).collect()
    }
}

#[test]
fn the_seller_supports_until_its_reseller_is_assigned() {
    for_each_engine(|store| {
        let world = World::new(store);
        let (provider, reseller) = (world.provider.tenant.id, world.reseller.tenant.id);
        assert_eq!(world.supporter(), provider);
        assert_eq!(world.candidates(), [provider, reseller]);
        world.assign(reseller).unwrap();
        world.assign(reseller).unwrap();
        assert_eq!(world.supporter(), reseller);
        let chief = world.test.person(&world.provider.tenant, "Astrid", &[PartnerRole::GlobalAdmin], false);
        let page = activity::of_partner(&world.test.app, &chief, &activity::Filter::default(), None, 50).unwrap();
        let told: Vec<_> = page.entries.iter().filter(|it| it.kind == EventKind::SupportAssigned).collect();
        assert_eq!(told.len(), 1, "the repetition is none");
        assert!(told[0].detail.contains(&("support".to_owned(), "Lindgren".to_owned())));
        world.assign(provider).unwrap();
        assert_eq!(world.supporter(), provider);
    });
}

#[test]
fn a_reseller_without_privileges_supports_nothing() {
    for_each_engine(|store| {
        let world = World::new(store);
        let (provider, reseller) = (world.provider.tenant.id, world.reseller.tenant.id);
        world.assign(reseller).unwrap();
        relationship::remove_privileges(&world.test.app, &world.admin, reseller, None).unwrap();
        assert_eq!(world.supporter(), provider, "at once");
        assert_eq!(world.candidates(), [provider]);
        let again = world.assign(reseller);
        assert!(
            matches!(&again, Err(Error::Invalid(it)) if it[0].name == "support" && it[0].why == Invalid::NotOffered),
            "{again:?}"
        );
    });
}

#[test]
fn strangers_and_other_roles_may_not() {
    for_each_engine(|store| {
        let world = World::new(store);
        let app = &world.test.app;
        let sales = world.test.person(&world.provider.tenant, "Elena", &[PartnerRole::SalesAgent], false);
        let to = world.provider.tenant.id;
        let answer = subscription::assign_support(app, &sales, world.customer.id, world.sold, to);
        assert!(matches!(answer, Err(Error::Denied(_))));
        // The reseller sees that the provider sells, but what it sold is not the reseller's to change.
        let agent = world.test.person(&world.reseller.tenant, "Sofia", &[PartnerRole::AdminAgent], false);
        let answer = subscription::assign_support(app, &agent, world.customer.id, world.sold, to);
        assert!(matches!(answer, Err(Error::NotFound)));
        let stranger = world.test.partner("Nordlys", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let kari = world.test.person(&stranger.tenant, "Kari", &[PartnerRole::AdminAgent], false);
        assert!(matches!(subscription::supporters(app, &kari, world.customer.id), Err(Error::NotFound)));
        assert!(matches!(world.assign(stranger.tenant.id), Err(Error::Invalid(_))));
    });
}

#[test]
fn companions_are_the_other_side_of_the_channel() {
    for_each_engine(|store| {
        let world = World::new(store);
        let names = |ctx: &Ctx| {
            let companions = invitation::companions(&world.test.app, ctx).unwrap();
            companions.into_iter().map(|it| it.tenant.name.into_string()).collect::<Vec<_>>()
        };
        let sales =
            |partner: &Partner, name| world.test.person(&partner.tenant, name, &[PartnerRole::SalesAgent], false);
        assert_eq!(names(&sales(&world.provider, "Elena")), ["Lindgren"]);
        assert_eq!(names(&sales(&world.reseller, "Sofia")), ["Skagerrak"]);
        let direct = world.test.partner("Nordlys", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        assert_eq!(names(&sales(&direct, "Kari")), [""; 0]);
    });
}

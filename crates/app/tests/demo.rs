//! The demo's seed: what DESIGN section 8 requires of it, checked against what the operations answer, on both engines.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeSet;

use entente_app::acceptance::Accepted;
use entente_app::demo::{self, Options, PASSWORD, Summary, Tenant};
use entente_app::invitation;
use entente_app::sign_in::{self, Audience};
use entente_app::{Clock as _, Ctx, Error, customer, overview, relationship, subscription, tenant};
use entente_domain::acceptance::Refusal;
use entente_domain::catalogue::Billing;
use entente_domain::cloud::Cloud;
use entente_domain::directory::Group;
use entente_domain::invitation::Standing;
use entente_domain::language::Language;
use entente_domain::relationship::{Channel, Privileges};
use entente_domain::tenant::PartnerKind;
use entente_store::Store;
use entente_testkit::{TestApp, for_each_engine};

struct Demo {
    test: TestApp,
    summary: Summary,
}

impl Demo {
    fn new(store: &Store) -> Self {
        let (test, clock) = TestApp::in_demo(store);
        let summary = demo::seed(&test.app, &Options { clock: clock.clone() }).expect("seeded");
        assert_eq!(clock.offset(), 0, "the clock is back where it was");
        let again = demo::seed(&test.app, &Options { clock }).expect("found");
        assert_eq!(again, summary, "a second start answers the same");
        Self { test, summary }
    }

    fn partner(&self, kind: PartnerKind) -> &Tenant {
        self.summary.tenants.iter().find(|it| it.partner_kind == Some(kind)).expect("a partner of this kind")
    }

    fn customers(&self) -> impl Iterator<Item = &Tenant> {
        self.summary.tenants.iter().filter(|it| it.kind() == "customer")
    }

    /// Signs in with the published password, as a newcomer would.
    fn sign_in(&self, tenant: &Tenant, role: &str) -> Ctx {
        let user = tenant.users.iter().find(|it| it.roles.iter().any(|it| it == role)).expect("a person with the role");
        let audience = if tenant.partner_kind.is_some() { Audience::Partner } else { Audience::Customer(tenant.cloud) };
        let nobody = Ctx::anonymous(None, Language::En);
        sign_in::start(&self.test.app, &nobody, audience, &user.upn, user.password)
            .expect("answered")
            .session()
            .expect("signed in")
            .1
    }

    fn lines(&self, ctx: &Ctx) -> Vec<customer::Line> {
        customer::list(&self.test.app, ctx, &customer::Query::default(), 100).expect("a list").lines
    }

    /// The relationships of each customer, as it sees them.
    fn connected(&self, tenant: &Tenant) -> Vec<relationship::Connected> {
        relationship::partners(&self.test.app, &self.sign_in(tenant, "global_admin")).expect("partners")
    }
}

#[test]
fn everything_the_design_lists_is_there() {
    for_each_engine(|store| {
        let demo = Demo::new(store);
        people_and_groups(&demo);
        customers_of_the_direct_partner(&demo);
        the_unconnected(&demo);
        channels(&demo);
        history_and_mail(&demo);
        links(&demo);
    });
}

fn people_and_groups(demo: &Demo) {
    assert!(demo.summary.tenants[..3].iter().all(|it| it.kind() == "partner"), "partners first");
    assert!(
        demo.summary.tenants[3..].iter().all(|it| it.kind() == "customer" && it.users[0].roles == ["global_admin"])
    );
    for kind in [PartnerKind::Direct, PartnerKind::IndirectProvider, PartnerKind::IndirectReseller] {
        let partner = demo.partner(kind);
        for role in ["global_admin", "admin_agent", "sales_agent", "helpdesk_agent"] {
            demo.sign_in(partner, role);
        }
        assert_eq!(partner.groups.len(), 2, "{}", partner.name);
    }
    demo.sign_in(demo.partner(PartnerKind::Direct), "user_management_admin");
    for customer in demo.customers() {
        demo.sign_in(customer, "global_admin");
        assert!(customer.users.iter().any(|it| it.roles.is_empty()), "{} has an ordinary user", customer.name);
        assert!(customer.users.iter().all(|it| it.password == PASSWORD));
    }
    let [alone] = demo.summary.without_organisation.as_slice() else { panic!("one account without organisation") };
    assert!(alone.roles.is_empty());
    let names: BTreeSet<_> = demo.customers().map(|it| it.name.chars().next().unwrap() as u32 / 0x400).collect();
    assert!(names.len() >= 3, "names in several scripts");
}

fn customers_of_the_direct_partner(demo: &Demo) {
    let agent = demo.sign_in(demo.partner(PartnerKind::Direct), "admin_agent");
    let app = &demo.test.app;
    let lines = demo.lines(&agent);
    let with = |privileges: &str| lines.iter().filter(|it| it.privileges == privileges).collect::<Vec<_>>();
    assert!(with("granted").len() >= 3);
    let large = demo.customers().find(|it| it.users.len() == 60).expect("60 people");
    let line = lines.iter().find(|it| it.id == large.id).expect("a customer");
    assert_eq!(line.privileges, "granted");
    let sold = subscription::list(app, &agent, large.id, None, 1_000).unwrap().rows;
    assert!(sold.iter().any(|it| it.quantity.is_some_and(|seats| (60..=66).contains(&seats))), "nearly used up");
    let licences = entente_app::licence::list(app, &agent, large.id).unwrap();
    let left: Vec<i64> = licences.iter().map(|it| it.units.available()).collect();
    assert_eq!(left, [4, 0], "one nearly used up, one with none left");
    let usage_without = with("none").into_iter().any(|line| {
        let sold = subscription::list(app, &agent, line.id, None, 1_000).unwrap().rows;
        !sold.is_empty() && sold.iter().all(|it| it.billing == Billing::Usage)
    });
    assert!(usage_without, "without privileges, with a subscription billed by usage");
    let removed = with("removed");
    let record = customer::record(app, &agent, removed[0].id).unwrap();
    assert!(matches!(record.relationship.privileges, Privileges::Removed { reason: Some(_), .. }));
    let open = invitation::list(app, &agent, Some(Standing::Open), None, 50).unwrap();
    assert!(!open.is_empty(), "one is invited");
    assert!(!invitation::view(app, &agent, open[0].number).unwrap().mail.is_empty(), "and was sent a mail");
    assert!(!invitation::list(app, &agent, Some(Standing::Declined), None, 50).unwrap().is_empty());
}

fn the_unconnected(demo: &Demo) {
    let alone: Vec<_> = demo.customers().filter(|it| demo.connected(it).is_empty()).collect();
    let count =
        |cloud, country: &str| alone.iter().filter(|it| it.cloud == cloud && it.country.as_str() == country).count();
    let own = demo.partner(PartnerKind::Direct).country.as_str();
    assert!(count(Cloud::Public, own) >= 2);
    assert_eq!(count(Cloud::Public, "JP"), 1, "outside the region");
    assert!(count(Cloud::Germany, "DE") >= 1 && count(Cloud::UsGovernment, "US") >= 1);
}

fn channels(demo: &Demo) {
    let all: Vec<_> = demo.customers().map(|it| demo.connected(it)).collect();
    let living = |it: &&relationship::Connected| it.relationship.is_active();
    let two = |channel: fn(&Channel) -> bool| {
        all.iter().any(|it| {
            let living: Vec<_> = it.iter().filter(living).collect();
            living.len() == 2 && living.iter().all(|it| channel(&it.relationship.channel))
        })
    };
    assert!(two(|channel| *channel == Channel::Direct), "one is served by two partners");
    assert!(two(|channel| *channel != Channel::Direct), "one by provider and reseller together");
    let reseller = demo.partner(PartnerKind::IndirectReseller);
    let supported = |it: &relationship::Connected| it.subscriptions.iter().any(|sub| sub.supported_by == reseller.id);
    assert!(all.iter().flatten().any(supported), "the reseller supports what the provider sold");
}

fn history_and_mail(demo: &Demo) {
    let agent = demo.sign_in(demo.partner(PartnerKind::Direct), "global_admin");
    let overview = overview::of_partner(&demo.test.app, &agent).unwrap();
    let values: BTreeSet<_> = overview.months.iter().map(|it| it.customers).collect();
    assert!(values.len() >= 6, "the chart moves: {:?}", overview.months);
    assert_eq!(overview.months.last().unwrap().customers, overview.numbers.counts.all());
    assert!(overview.months.iter().filter(|it| it.began > 0).count() >= 6, "so does the other: {:?}", overview.months);
    assert!(!overview.todos.is_empty());
    let troubled = entente_app::service::troubled(&demo.test.app, &agent).unwrap();
    assert!(troubled.iter().any(|it| it.trouble.chinese.is_some()), "a service is in trouble: {troubled:?}");
    let due = entente_app::mail::claim(&demo.test.app, 60, 500).unwrap();
    assert!((1..=12).contains(&due.len()), "the newest few are delivered: {}", due.len());
    let now = demo.test.clock.now();
    assert!(due.iter().all(|mail| now.days_since(mail.created_at) < 5));
}

fn links(demo: &Demo) {
    let app = &demo.test.app;
    let agent = demo.sign_in(demo.partner(PartnerKind::Direct), "admin_agent");
    let find = |domain: &str| demo.customers().find(|it| it.domain == domain).expect("a customer");
    let open = invitation::list(app, &agent, Some(Standing::Open), None, 50).unwrap();
    let view = invitation::view(app, &agent, open[0].number).unwrap();
    let invited = find("vestland-bygg.example");
    let Accepted { privileges, .. } = demo::accept_as_admin(app, &view.link.unwrap(), invited.id).expect("accepted");
    assert!(privileges);
    for (domain, cloud) in [("solberg-eiendom.example", Cloud::Public), ("rheintal-technik.example", Cloud::Germany)] {
        let link = invitation::standing_link(app, &agent, cloud, true).unwrap();
        demo::accept_as_admin(app, &format!("{link}#/invitation"), find(domain).id).expect("accepted");
    }
    let reseller = demo.sign_in(demo.partner(PartnerKind::IndirectReseller), "admin_agent");
    let link = invitation::standing_link(app, &reseller, Cloud::Public, false).unwrap();
    let accepted = demo::accept_as_admin(app, &link, find("aas-regnskap.example").id).expect("accepted");
    assert!(!accepted.privileges);
    let link = invitation::standing_link(app, &agent, Cloud::Public, true).unwrap();
    let abroad = demo::accept_as_admin(app, &link, find("fujimi-seisakusho.example").id);
    assert!(matches!(abroad, Err(Error::Acceptance(Refusal::RegionMismatch { .. }))), "{abroad:?}");
    for nonsense in ["", "https://halden.example/portal/public/accept/short", "https://elsewhere.example/accept/x"] {
        assert!(matches!(demo::accept_as_admin(app, nonsense, invited.id), Err(Error::NotFound)), "{nonsense}");
    }
}

#[test]
fn groups_have_names_and_members_of_their_own() {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        let home = test.tenant("Somebody", "somebody.example", Cloud::Public, "NO");
        let other = test.tenant("Somebody else", "else.example", Cloud::Public, "NO");
        let stranger = test.person(&other, "Ola", &[], false).person.unwrap();
        let group = |name: &str| Group { id: test.app.new_id(), tenant: home.id, name: name.to_owned() };
        let add = |group, members| tenant::add_group(&test.app, &Ctx::operator(), group, members);
        add(group("Support"), Vec::new()).unwrap();
        assert!(matches!(add(group("Support"), Vec::new()), Err(Error::Invalid(it)) if it[0].name == "name"));
        assert!(matches!(add(group("Operations"), vec![stranger]), Err(Error::NotFound)));
    });
}

#[test]
fn a_database_with_anything_else_in_it_is_not_seeded() {
    for_each_engine(|store| {
        let (test, clock) = TestApp::in_demo(store);
        test.tenant("Somebody else", "somebody.example", Cloud::Public, "NO");
        assert!(matches!(demo::seed(&test.app, &Options { clock }), Err(Error::Conflict)));
    });
}

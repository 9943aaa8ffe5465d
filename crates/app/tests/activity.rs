//! Two views of what happened: each side reads what concerns it, in names, and nothing of the other's house. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::acceptance;
use entente_app::activity::{self, Entry, Filter, Page, Who};
use entente_app::invitation::{self, View};
use entente_app::{App, Ctx, Error, customer, relationship, subscription};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_store::Store;
use entente_testkit::requests::{ALL, draft, opened};
use entente_testkit::{TestApp, for_each_engine};

struct World {
    test: TestApp,
    partner: Partner,
    agent: Ctx,
    other: Partner,
    other_agent: Ctx,
    customer: Tenant,
    admin: Ctx,
    view: View,
}

impl World {
    /// One customer with two partners; the first sold something and lost its privileges.
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let roles = [PartnerRole::GlobalAdmin, PartnerRole::AdminAgent];
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let agent = test.person(&partner.tenant, "Maya", &roles, false);
        let other = test.partner("Nordlys Data", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let other_agent = test.person(&other.tenant, "Kari", &roles, false);
        let customer = test.tenant("Fjordline Logistics AS", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let view = connect(&test.app, &agent, &admin);
        connect(&test.app, &other_agent, &admin);
        // Ids sort by age to the millisecond; the clock of tests stands still between turns.
        test.clock.advance_seconds(60);
        subscription::add(&test.app, &agent, customer.id, "mail-plan", Some(5)).unwrap();
        test.clock.advance_seconds(60);
        let reason = Some("We try without.".parse().unwrap());
        relationship::remove_privileges(&test.app, &admin, partner.tenant.id, reason).unwrap();
        Self { test, partner, agent, other, other_agent, customer, admin, view }
    }

    fn partner_reads(&self, filter: &Filter) -> Vec<Entry> {
        activity::of_partner(&self.test.app, &self.agent, filter, None, 100).unwrap().entries
    }

    fn customer_reads(&self, filter: &Filter) -> Vec<Entry> {
        activity::of_customer(&self.test.app, &self.admin, filter, None, 100).unwrap().entries
    }
}

fn connect(app: &App, agent: &Ctx, admin: &Ctx) -> View {
    let view = invitation::create(app, agent, draft()).unwrap();
    acceptance::accept(app, admin, &opened(&view), Cloud::Public, ALL).unwrap();
    view
}

fn of(entries: &[Entry], kind: EventKind) -> &Entry {
    entries.iter().find(|it| it.kind == kind).unwrap()
}

#[test]
fn each_side_reads_the_same_thing_in_names() {
    for_each_engine(|store| {
        let world = World::new(store);
        let (partner, customer) = (world.partner_reads(&Filter::default()), world.customer_reads(&Filter::default()));
        for entries in [&partner, &customer] {
            let removed = of(entries, EventKind::PrivilegesRemoved);
            let who = Who::Person { name: "Ingrid".to_owned(), organisation: world.customer.name.to_string() };
            assert_eq!(removed.actor, who);
            assert_eq!(removed.partner.as_deref(), Some("Brightwater IT"));
            assert_eq!(removed.customer.as_deref(), Some("Fjordline Logistics AS"));
            assert_eq!((removed.said("side"), removed.said("reason")), (Some("customer"), Some("We try without.")));
            let added = of(entries, EventKind::SubscriptionAdded);
            assert_eq!((added.subscription.as_deref(), added.said("quantity")), (Some("mail-plan"), Some("5")));
        }
        assert!(partner.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");
        assert_eq!(of(&partner, EventKind::TenantAdded).actor, Who::Operator);
    });
}

#[test]
fn request_numbers_are_the_partners_own() {
    for_each_engine(|store| {
        let world = World::new(store);
        let accepted = of(&world.partner_reads(&Filter::default()), EventKind::InvitationAccepted).clone();
        assert_eq!(accepted.request, Some(world.view.invitation.number));
        assert_eq!(accepted.said("number"), None);
        let seen = world.customer_reads(&Filter::default());
        assert!(seen.iter().any(|it| it.kind == EventKind::InvitationAccepted));
        assert!(seen.iter().all(|it| it.request.is_none() && it.said("number").is_none()));
        assert!(seen.iter().all(|it| it.kind != EventKind::InvitationCreated), "what the partner drafted is its own");
    });
}

#[test]
fn addresses_are_of_ones_own_people() {
    for_each_engine(|store| {
        let world = World::new(store);
        for (entries, own) in [
            (world.partner_reads(&Filter::default()), world.partner.tenant.name.as_str()),
            (world.customer_reads(&Filter::default()), world.customer.name.as_str()),
        ] {
            let mut own_seen = 0;
            for entry in entries {
                let mine = matches!(&entry.actor, Who::Person { organisation, .. } if organisation == own);
                assert_eq!(entry.address.is_some(), mine, "{entry:?}");
                own_seen += usize::from(mine);
            }
            assert!(own_seen > 0);
        }
    });
}

#[test]
fn nobody_reads_what_concerns_others() {
    for_each_engine(|store| {
        let world = World::new(store);
        let other = activity::of_partner(&world.test.app, &world.other_agent, &Filter::default(), None, 100).unwrap();
        assert!(other.entries.iter().all(|it| it.partner.as_deref() != Some("Brightwater IT")));
        assert!(other.entries.iter().all(|it| it.kind != EventKind::PrivilegesRemoved));
        // Naming another's customer or partner shows no more than what both have in common.
        let stranger = world.test.tenant("Solberg AS", "solberg.no", Cloud::Public, "NO");
        world.test.person(&stranger, "Nina", &[], true);
        let filter = Filter { customer: Some(stranger.id), partner: None };
        assert_eq!(world.partner_reads(&filter), []);
    });
}

#[test]
fn the_filters_show_what_two_have_in_common() {
    for_each_engine(|store| {
        let world = World::new(store);
        let with = Filter { customer: Some(world.customer.id), partner: None };
        let kinds: Vec<_> = world.partner_reads(&with).iter().map(|it| it.kind).collect();
        let expected = [EventKind::PrivilegesRemoved, EventKind::SubscriptionAdded, EventKind::InvitationAccepted];
        assert_eq!(kinds, expected);
        let with = Filter { customer: None, partner: Some(world.other.tenant.id) };
        let kinds: Vec<_> = world.customer_reads(&with).iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [EventKind::InvitationAccepted]);
    });
}

#[test]
fn pages_join_without_gap_or_repetition() {
    for_each_engine(|store| {
        let world = World::new(store);
        let all: Vec<_> = world.partner_reads(&Filter::default()).into_iter().map(|it| it.id).collect();
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let Page { entries, next } =
                activity::of_partner(&world.test.app, &world.agent, &Filter::default(), before, 2).unwrap();
            seen.extend(entries.into_iter().map(|it| it.id));
            before = next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    });
}

#[test]
fn the_log_needs_its_role() {
    for_each_engine(|store| {
        let world = World::new(store);
        let app = &world.test.app;
        let sales = world.test.person(&world.partner.tenant, "Priya", &[PartnerRole::SalesAgent], false);
        let user = world.test.person(&world.customer, "Ola", &[], false);
        assert!(matches!(activity::of_partner(app, &sales, &Filter::default(), None, 10), Err(Error::Denied(_))));
        assert!(matches!(activity::of_customer(app, &user, &Filter::default(), None, 10), Err(Error::Denied(_))));
        assert!(matches!(activity::of_partner(app, &world.admin, &Filter::default(), None, 10), Err(Error::NotFound)));
        let line = customer::line(app, &world.agent, world.customer.id).unwrap();
        assert_eq!((line.name.as_str(), line.privileges), ("Fjordline Logistics AS", "removed"));
        let stranger = customer::line(app, &world.agent, world.other.tenant.id);
        assert!(matches!(stranger, Err(Error::NotFound)));
    });
}

//! The partner's first page: numbers that add up with what happened, and what waits for somebody. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::acceptance::{self, Opened};
use entente_app::invitation::{self, Draft, View};
use entente_app::overview::{self, Funnel, Overview, Todo};
use entente_app::{Clock as _, Ctx, Error, mail, relationship, subscription, sweep};
use entente_domain::acceptance::{Choice, Refusal};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::TenantId;
use entente_domain::invitation::{Because, Recipient};
use entente_domain::language::Language;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_domain::time::Timestamp;
use entente_identity::LinkToken;
use entente_store::Store;
use entente_testkit::app::BEGIN;
use entente_testkit::requests::{ALL, draft, opened};
use entente_testkit::{TestApp, for_each_engine};

struct World {
    test: TestApp,
    partner: Partner,
    agent: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let roles = [PartnerRole::GlobalAdmin, PartnerRole::AdminAgent];
        let agent = test.person(&partner.tenant, "Maya", &roles, false);
        Self { test, partner, agent }
    }

    fn customer(&self, name: &str) -> (Tenant, Ctx) {
        let tenant = self.test.tenant(name, &format!("{}.no", name.to_lowercase()), Cloud::Public, "NO");
        let admin = self.test.person(&tenant, &format!("Admin{name}"), &[], true);
        (tenant, admin)
    }

    fn ask(&self, to: &str) -> View {
        let draft = Draft { recipient: Recipient { email: Some(to.parse().unwrap()), ..draft().recipient }, ..draft() };
        let view = invitation::create(&self.test.app, &self.agent, draft).unwrap();
        invitation::send(&self.test.app, &self.agent, view.invitation.number).unwrap();
        view
    }

    fn connect(&self, name: &str, privileges: bool) -> (TenantId, Ctx) {
        let (tenant, admin) = self.customer(name);
        let choice = Choice { privileges, ..ALL };
        let view = self.ask("it@customer.no");
        acceptance::accept(&self.test.app, &admin, &opened(&view), Cloud::Public, choice).unwrap();
        (tenant.id, admin)
    }

    fn overview(&self) -> Overview {
        overview::of_partner(&self.test.app, &self.agent).unwrap()
    }
}

#[test]
fn an_empty_house_is_all_zeroes() {
    for_each_engine(|store| {
        let overview = World::new(store).overview();
        assert_eq!(
            (overview.numbers.counts.all(), overview.numbers.waiting, overview.numbers.oldest_waiting),
            (0, 0, None)
        );
        assert_eq!(overview.months.len(), 12);
        assert!(overview.months.iter().all(|it| (it.customers, it.began) == (0, 0)));
        assert_eq!((overview.funnel, overview.todos.len()), (Funnel::default(), 0));
    });
}

#[test]
fn months_count_who_was_a_customer_then() {
    for_each_engine(|store| {
        // Everything begins on 23 November 2026; the page is read on 20 February 2027.
        let world = World::new(store);
        world.connect("First", true);
        let (gone, _) = world.connect("Second", false);
        world.test.clock.advance_days(20);
        world.connect("Third", false);
        world.test.clock.advance_days(35);
        subscription::list(&world.test.app, &world.agent, gone, None, 1).unwrap();
        relationship::end(&world.test.app, &world.agent, gone).unwrap();
        world.test.clock.advance_days(34);
        world.connect("Fourth", true);
        let overview = world.overview();
        let counts: Vec<_> = overview.months.iter().map(|it| it.customers).collect();
        assert_eq!(counts, [0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 2, 3]);
        let began: Vec<_> = overview.months.iter().map(|it| it.began).collect();
        assert_eq!(
            began,
            [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 1],
            "one that is no customer any more was new all the same"
        );
        assert_eq!(overview.months[11].at, world.test.clock.now(), "this month as it stands");
        assert_eq!(overview.months[8].at, Timestamp::from_seconds(1_796_083_199), "2026-11-30T23:59:59Z");
        assert_eq!(
            (overview.numbers.new_this_month, overview.numbers.counts.all(), overview.numbers.counts.granted),
            (1, 3, 2)
        );
    });
}

#[test]
fn the_funnel_counts_ninety_days() {
    for_each_engine(|store| {
        let world = World::new(store);
        world.ask("old@customer.no");
        world.test.clock.advance_days(91);
        sweep::run(&world.test.app).unwrap();
        world.connect("First", true);
        world.connect("Second", false);
        let (_, admin) = world.customer("Third");
        acceptance::decline(&world.test.app, &admin, &opened(&world.ask("a@b.no")), Cloud::Public, None).unwrap();
        let replaced = world.ask("again@customer.no");
        invitation::reissue(&world.test.app, &world.agent, replaced.invitation.number).unwrap();
        world.ask("open@customer.no");
        let overview = world.overview();
        let expected = Funnel { made: 5, sent: 4, accepted: 2, with_privileges: 1, declined: 1, expired: 0 };
        assert_eq!(overview.funnel, expected, "the replaced one lives on in a draft; the old one is too old");
        assert_eq!(overview.funnel.waiting(), 1);
        assert_eq!((overview.numbers.waiting, overview.numbers.oldest_waiting), (1, Some(world.test.clock.now())));
        world.test.clock.advance_days(89);
        assert_eq!(world.overview().funnel.expired, 0);
        world.test.clock.advance_days(1);
        assert_eq!((world.overview().funnel.expired, world.overview().numbers.waiting), (1, 0), "before any sweep");
    });
}

#[test]
fn what_waits_is_told_by_urgency() {
    for_each_engine(|store| {
        let world = World::new(store);
        let app = &world.test.app;
        let waiting = world.ask("waiting@customer.no");
        let passed_on = world.ask("user@customer.no");
        let (customer, admin) = world.customer("Fourth");
        let user = world.test.person(&customer, "Ola", &[], false);
        acceptance::forward(app, &user, &opened(&passed_on), Cloud::Public, admin.person.unwrap()).unwrap();
        world.test.clock.advance_days(7);
        let (removed, its_admin) = world.connect("First", true);
        relationship::remove_privileges(app, &its_admin, world.partner.tenant.id, None).unwrap();
        let refused = world.ask("refused@customer.no");
        acceptance::decline(app, &admin, &opened(&refused), Cloud::Public, None).unwrap();
        let lost = world.ask("lost@nowhere.no");
        for mail in mail::claim(app, 60, 100).unwrap() {
            match mail.recipient.as_str() {
                "lost@nowhere.no" => mail::bounced(app, mail.id, "550 no such user").unwrap(),
                _ => mail::sent(app, mail.id, "250 ok").unwrap(),
            }
        }
        let at = world.test.clock.now();
        let number = |view: &View| view.invitation.number;
        let expected = [
            Todo::Bounced {
                number: number(&lost),
                recipient: "lost@nowhere.no".to_owned(),
                answer: "550 no such user".to_owned(),
            },
            Todo::Removed { customer: removed, name: "First".to_owned(), at },
            Todo::Declined { number: number(&refused), recipient: "refused@customer.no".to_owned(), at },
            Todo::AwaitsAdministrator {
                number: number(&passed_on),
                recipient: "user@customer.no".to_owned(),
                since: BEGIN,
            },
            Todo::Unanswered {
                number: number(&waiting),
                recipient: "waiting@customer.no".to_owned(),
                since: BEGIN,
                may_remind: true,
            },
        ];
        assert_eq!(world.overview().todos, expected);
        invitation::remind(app, &world.agent, number(&waiting)).unwrap();
        assert!(matches!(world.overview().todos[4], Todo::Unanswered { may_remind: false, .. }));
        // Somebody who may not handle requests is not sent to them.
        let helpdesk = world.test.person(&world.partner.tenant, "Jonas", &[PartnerRole::HelpdeskAgent], false);
        let seen = overview::of_partner(app, &helpdesk).unwrap().todos;
        assert!(matches!(seen.as_slice(), [Todo::Removed { .. }]), "{seen:?}");
        let manager = world.test.person(&world.partner.tenant, "Wei", &[PartnerRole::UserManagementAdmin], false);
        assert!(matches!(overview::of_partner(app, &manager), Err(Error::Denied(_))));
    });
}

#[test]
fn whoever_holds_an_expired_link_asks_for_a_new_one_once_a_day() {
    for_each_engine(|store| {
        let world = World::new(store);
        let app = &world.test.app;
        let view = world.ask("late@customer.no");
        let stranger = Ctx::anonymous(Some("203.0.113.9".to_owned()), Language::En);
        let ask = || acceptance::ask_new_link(app, &stranger, &opened(&view));
        let early = ask();
        assert!(matches!(&early, Err(Error::Invitation(it)) if it.because == Because::TooEarly), "{early:?}");
        world.test.clock.advance_days(90);
        ask().unwrap();
        assert!(matches!(ask(), Err(Error::TooMany { .. })));
        sweep::run(app).unwrap();
        assert!(matches!(ask(), Err(Error::TooMany { .. })), "the sweep forgets no limit");
        world.test.clock.advance_days(1);
        let (_, admin) = world.customer("Fourth");
        acceptance::ask_new_link(app, &admin, &opened(&view)).unwrap();
        let mails = store.read(|tx| entente_store::mail::of_invitation(tx, view.invitation.id)).unwrap();
        let wanted: Vec<_> = mails.iter().filter(|it| it.template == "new_link_wanted").collect();
        assert_eq!(wanted.len(), 2);
        assert!(wanted.iter().all(|it| it.recipient == "maya@brightwater.no"), "to the sender alone");
        let here = world.partner.tenant.id;
        let events = store.read(|tx| entente_store::event::page(tx, here, None, 100)).unwrap();
        assert_eq!(events.iter().filter(|it| it.kind == EventKind::NewLinkWanted).count(), 2);
        invitation::reissue(app, &world.agent, view.invitation.number).unwrap();
        let replaced = ask();
        assert!(matches!(&replaced, Err(Error::Invitation(it)) if it.because == Because::Closed), "{replaced:?}");
        let unknown = Opened::Personal(LinkToken::parse(&"A".repeat(43)).unwrap());
        let answer = acceptance::ask_new_link(app, &stranger, &unknown);
        assert!(matches!(answer, Err(Error::Acceptance(Refusal::InviteInvalid))), "{answer:?}");
    });
}

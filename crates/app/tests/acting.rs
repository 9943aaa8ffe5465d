//! The customer's glass: who acts on its behalf, stopping them, and what tokens are worth afterwards. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::acting::{self, Target, Whom};
use entente_app::{Ctx, Error, activity, invitation, relationship, service, sweep};
use entente_domain::acting::{Because, TOKEN_SECONDS};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::{GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR};
use entente_domain::event::EventKind;
use entente_domain::ids::{DirectoryRoleId, UserId};
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_store::Store;
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::tokens::{self, Program};
use entente_testkit::{TestApp, for_each_engine};

use PartnerRole::{AdminAgent, GlobalAdmin, HelpdeskAgent, SalesAgent};

/// Two partners with privileges at one customer, each with a program, and their people.
struct World {
    test: TestApp,
    first: Side,
    second: Side,
    customer: Tenant,
    admin: Ctx,
    user: Ctx,
}

struct Side {
    partner: Partner,
    program: Program,
    agent: Ctx,
    helpdesk: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let customer = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let user = test.person(&customer, "Ola", &[], false);
        let side = |name: &str, domain: &str| {
            let partner = test.partner(name, domain, PartnerKind::Direct, &["NO"], None);
            let chief = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
            let agent = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
            let helpdesk = test.person(&partner.tenant, "Ali", &[HelpdeskAgent], false);
            let view = invitation::create(&test.app, &agent, draft_to("ingrid@fjordline.no")).unwrap();
            entente_app::acceptance::accept(&test.app, &admin, &opened(&view), Cloud::Public, ALL).unwrap();
            let program = test.program(&chief, "Console");
            Side { partner, program, agent, helpdesk }
        };
        let (first, second) = (side("Brightwater IT", "brightwater.no"), side("Nordlys", "nordlys.no"));
        Self { test, first, second, customer, admin, user }
    }

    fn act(&self, side: &Side, who: &Ctx) -> Result<String, Error> {
        self.test.authority().act(&side.program, who, self.customer.id)
    }

    /// A service of the customer's cloud, as the relying party it is.
    fn service(&self, name: &str, roles: &[DirectoryRoleId]) -> Program {
        self.test.service(service::New { roles: roles.to_vec(), ..tokens::service(name) })
    }

    /// Tokens of the first partner's agent and helpdesk agent, and of the second partner's agent.
    fn three(&self) -> [String; 3] {
        let (one, two) = (&self.first, &self.second);
        [self.act(one, &one.agent), self.act(one, &one.helpdesk), self.act(two, &two.agent)].map(Result::unwrap)
    }

    fn count(&self, tokens: &[String]) -> Vec<bool> {
        tokens.iter().map(|it| self.test.authority().counts(it)).collect()
    }

    /// Who acts, as the glass shows it: person and partner.
    fn seen(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = acting::glass(&self.test.app, &self.admin)
            .unwrap()
            .acting
            .into_iter()
            .map(|it| (it.person, it.partner))
            .collect();
        all.sort();
        all
    }

    fn happened(&self, kind: EventKind) -> usize {
        self.test.events(self.customer.id).into_iter().filter(|it| *it == kind).count()
    }

    #[track_caller]
    fn refused(&self, side: &Side, who: &Ctx) -> Because {
        match self.act(side, who) {
            Err(Error::Authority(refusal)) => refusal.because().unwrap(),
            other => panic!("not refused: {other:?}"),
        }
    }
}

fn id(ctx: &Ctx) -> UserId {
    ctx.person.unwrap()
}

#[test]
fn the_glass_shows_who_acts_with_what_and_until_when() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let glass = acting::glass(app, &w.admin).unwrap();
        assert!(glass.acting.is_empty() && glass.stopped.is_empty());
        w.three();
        let seen = acting::glass(app, &w.admin).unwrap().acting;
        assert_eq!(seen.len(), 3);
        let one = seen.iter().find(|it| it.session.person == id(&w.first.helpdesk)).unwrap();
        assert_eq!(
            (one.person.as_str(), one.partner.as_str(), one.application.as_str()),
            ("Ali", "Brightwater IT", "Console")
        );
        assert_eq!(one.session.roles, [HELPDESK_ADMINISTRATOR]);
        assert_eq!(one.session.started_at, app.now());
        assert!(one.session.tokens_until >= app.now().plus_seconds(TOKEN_SECONDS));
        let other = seen.iter().find(|it| it.session.person == id(&w.second.agent)).unwrap();
        assert_eq!((other.partner.as_str(), &*other.session.roles), ("Nordlys", &[GLOBAL_ADMINISTRATOR][..]));
        // Nobody does anything any more: the glass is empty again, without a sweep.
        w.test.clock.advance_seconds(TOKEN_SECONDS + 60);
        assert_eq!(w.seen(), []);
    });
}

#[test]
fn stopping_a_person_reaches_nobody_else_and_their_token_is_worth_nothing_at_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let tokens = w.three();
        assert_eq!(w.count(&tokens), [true; 3]);
        let whom = Whom::Person(w.first.partner.tenant.id, id(&w.first.agent));
        let target = acting::target(app, &w.admin, whom).unwrap();
        let (partner, person) = (Some("Brightwater IT".to_owned()), Some("Tom".to_owned()));
        assert_eq!(target, Target { partner, person, sessions: 1 });
        acting::stop(app, &w.admin, whom).unwrap();
        assert_eq!(w.count(&tokens), [false, true, true]);
        assert_eq!(w.refused(&w.first, &w.first.agent), Because::Stopped);
        assert_eq!(
            w.seen(),
            [("Ali", "Brightwater IT"), ("Tom", "Nordlys")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        acting::stop(app, &w.admin, whom).unwrap();
        assert_eq!((w.happened(EventKind::ActingStopped), w.happened(EventKind::ActingEnded)), (1, 1), "once");
        let stopped = acting::glass(app, &w.admin).unwrap().stopped;
        let names: Vec<_> = stopped.iter().map(|it| (it.partner.as_deref(), it.person.as_deref())).collect();
        assert_eq!(names, [(Some("Brightwater IT"), Some("Tom"))]);
        let log = activity::of_customer(app, &w.admin, &activity::Filter::default(), None, 50).unwrap();
        let entry = log.entries.iter().find(|it| it.kind == EventKind::ActingStopped).unwrap();
        assert_eq!(entry.detail, [("reach".to_owned(), "person".to_owned())]);
        let ended = log.entries.iter().find(|it| it.kind == EventKind::ActingEnded).unwrap();
        assert_eq!(ended.detail, [("why".to_owned(), "stopped".to_owned())]);
    });
}

#[test]
fn stopping_a_partner_or_everybody_lasts_until_exactly_that_is_allowed_again() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let first = Whom::Partner(w.first.partner.tenant.id);
        let tokens = w.three();
        acting::stop(app, &w.admin, first).unwrap();
        assert_eq!(w.count(&tokens), [false, false, true]);
        assert_eq!(acting::target(app, &w.admin, Whom::Everybody).unwrap().sessions, 1);
        acting::stop(app, &w.admin, Whom::Everybody).unwrap();
        assert_eq!(w.count(&tokens), [false; 3]);
        assert_eq!(w.seen(), []);
        acting::allow(app, &w.admin, Whom::Everybody).unwrap();
        assert_eq!(w.refused(&w.first, &w.first.helpdesk), Because::Stopped, "its own stop is still there");
        assert_eq!(w.count(&tokens), [false; 3], "what was ended does not come back");
        w.act(&w.second, &w.second.agent).expect("allowed again");
        acting::allow(app, &w.admin, first).unwrap();
        acting::allow(app, &w.admin, first).unwrap();
        w.act(&w.first, &w.first.helpdesk).expect("allowed again");
        assert_eq!(w.happened(EventKind::ActingAllowed), 2, "once each");
        // Privileges were never touched.
        let partners = relationship::partners(app, &w.admin).unwrap();
        assert!(partners.iter().all(|it| it.relationship.privileges.granted()));
    });
}

#[test]
fn strangers_are_not_found_and_others_may_not() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let tokens = w.three();
        let stranger = w.test.partner("Orchard", "orchard.no", PartnerKind::Direct, &["NO"], None);
        let pia = w.test.person(&stranger.tenant, "Pia", &[AdminAgent], false);
        let (first, second) = (w.first.partner.tenant.id, w.second.partner.tenant.id);
        for whom in [
            Whom::Partner(stranger.tenant.id),
            Whom::Person(stranger.tenant.id, id(&pia)),
            // Somebody of another partner, under this one's name; and nobody at all.
            Whom::Person(first, id(&w.second.agent)),
            Whom::Person(second, app.new_id()),
            Whom::Partner(app.new_id()),
        ] {
            assert!(matches!(acting::target(app, &w.admin, whom), Err(Error::NotFound)), "{whom:?}");
            assert!(matches!(acting::stop(app, &w.admin, whom), Err(Error::NotFound)), "{whom:?}");
            assert!(matches!(acting::allow(app, &w.admin, whom), Err(Error::NotFound)), "{whom:?}");
        }
        for who in [&w.user, &w.first.agent] {
            for whom in [Whom::Everybody, Whom::Partner(first)] {
                assert!(matches!(acting::target(app, who, whom), Err(Error::Denied(_))));
                assert!(matches!(acting::stop(app, who, whom), Err(Error::Denied(_))));
                assert!(matches!(acting::allow(app, who, whom), Err(Error::Denied(_))));
            }
            assert!(matches!(acting::glass(app, who), Err(Error::Denied(_))));
        }
        assert_eq!(w.count(&tokens), [true; 3]);
        // Allowing gives something back, so it needs a fresh sign-in; stopping never does.
        w.test.clock.advance_seconds(11 * 60);
        acting::stop(app, &w.admin, Whom::Everybody).unwrap();
        assert!(matches!(acting::allow(app, &w.admin, Whom::Everybody), Err(Error::StepUp(_))));
        assert_eq!(w.refused(&w.second, &w.test.confirmed(&w.second.agent)), Because::Stopped);
    });
}

#[test]
fn what_a_partner_finds_of_the_services_follows_the_relationship() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        w.service("Mailboxes", &[HELPDESK_ADMINISTRATOR]);
        w.service("Vault", &[]);
        let reach = |who: &Ctx| {
            let (_, offered) = service::offered(app, who, w.customer.id).unwrap();
            let named = offered.into_iter().map(|it| (it.name, it.reach.map_err(|it| it.because)));
            named.collect::<Vec<_>>()
        };
        let both = |why: Because| vec![("Mailboxes".to_owned(), Err(why)), ("Vault".to_owned(), Err(why))];
        let helpdesk = reach(&w.first.helpdesk);
        assert_eq!(helpdesk[0], ("Mailboxes".to_owned(), Ok(vec![HELPDESK_ADMINISTRATOR])));
        assert_eq!(helpdesk[1], ("Vault".to_owned(), Err(Because::RoleNotHeld)));
        assert!(reach(&w.first.agent).iter().all(|(_, it)| *it == Ok(vec![GLOBAL_ADMINISTRATOR])));
        let seller = w.test.person(&w.first.partner.tenant, "Elena", &[SalesAgent], false);
        assert_eq!(reach(&seller), both(Because::NoRole));
        let (_, offered) = service::offered(app, &w.first.agent, w.customer.id).unwrap();
        let issuer = w.customer.id.to_string().replace('-', "%2D");
        assert!(offered[0].launch.starts_with("https://mail.example/launch?iss=https%3A%2F%2F"));
        assert!(offered[0].launch.contains(&issuer) && offered[0].launch.ends_with("&login_hint=fjordline%2Eno"));
        acting::stop(app, &w.admin, Whom::Partner(w.first.partner.tenant.id)).unwrap();
        assert_eq!(reach(&w.first.agent), both(Because::Stopped));
        relationship::remove_privileges(app, &w.admin, w.first.partner.tenant.id, None).unwrap();
        assert_eq!(reach(&w.first.agent), both(Because::PrivilegesRemoved));
        let orchard = w.test.partner("Orchard", "orchard.no", PartnerKind::Direct, &["NO"], None);
        let pia = w.test.person(&orchard.tenant, "Pia", &[AdminAgent], false);
        assert!(matches!(service::offered(app, &pia, w.customer.id), Err(Error::NotFound)));
    });
}

#[test]
fn a_service_says_when_whoever_asks_opened_it_for_this_customer_last() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let (mailboxes, _) = (w.service("Mailboxes", &[]), w.service("Vault", &[]));
        let opened = |who: &Ctx| {
            let (_, offered) = service::offered(app, who, w.customer.id).unwrap();
            offered.into_iter().map(|it| it.opened).collect::<Vec<_>>()
        };
        let open = |who: &Ctx| {
            let (authority, here) = (w.test.authority(), w.customer.id.to_string());
            let code = authority.code(&mailboxes, &w.test.confirmed(who), &here, "openid").unwrap();
            authority.redeem(&mailboxes, &here, &code).unwrap();
            app.now()
        };
        let (agent, helpdesk) = (&w.first.agent, &w.first.helpdesk);
        let first = open(agent);
        assert_eq!(opened(agent), [Some(first), None]);
        assert_eq!((opened(helpdesk), opened(&w.second.agent)), (vec![None, None], vec![None, None]), "others did not");
        w.test.clock.advance_days(2);
        let again = open(agent);
        assert_eq!(opened(agent), [Some(again), None]);
        // What the customer ended was opened all the same.
        acting::stop(app, &w.admin, Whom::Partner(w.first.partner.tenant.id)).unwrap();
        assert_eq!(opened(agent), [Some(again), None]);
        w.test.clock.advance_days(29);
        sweep::run(app).unwrap();
        assert_eq!(opened(agent), [Some(again), None]);
        w.test.clock.advance_days(2);
        sweep::run(app).unwrap();
        assert_eq!(opened(agent), [None, None], "kept for thirty days");
        assert!(first < again);
    });
}

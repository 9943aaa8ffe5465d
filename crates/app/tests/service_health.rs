//! How services do, as the operator says: who sees it, what is refused, and that each report is written down once. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::acceptance;
use entente_app::service::{self, New, Troubled};
use entente_app::{Clock as _, Ctx, Error, invitation};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::ids::TenantId;
use entente_domain::language::Language;
use entente_domain::service::{Because, Extent, Health, Level, Report, Service, Trouble};
use entente_domain::tenant::PartnerKind;
use entente_domain::text::HealthText;
use entente_domain::time::Timestamp;
use entente_store::{Sql, Store, params};
use entente_testkit::requests::{RESELLER_ONLY, draft, opened};
use entente_testkit::{TestApp, for_each_engine, together};

/// How often two reports meet.
const ROUNDS: usize = 25;

static REPORTS: Sql = Sql::new("SELECT canonical FROM event WHERE kind = 'service_health_changed' ORDER BY id");

struct World {
    test: TestApp,
    customer: TenantId,
    admin: Ctx,
    agent: Ctx,
}

impl World {
    /// A customer whose partner holds no privileges, and two services of its cloud.
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let agent = test.person(&partner.tenant, "Tom", &[PartnerRole::AdminAgent], false);
        let customer = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let view = invitation::create(&test.app, &agent, draft()).unwrap();
        acceptance::accept(&test.app, &admin, &opened(&view), Cloud::Public, RESELLER_ONLY).unwrap();
        let world = Self { test, customer: customer.id, admin, agent };
        world.add(Cloud::Public, "Mailboxes");
        world.add(Cloud::Public, "Vault");
        world
    }

    fn add(&self, cloud: Cloud, name: &str) {
        let new = New {
            cloud,
            name: name.parse().unwrap(),
            portal_url: "https://mail.example/launch".to_owned(),
            redirect: "https://mail.example/callback".parse().unwrap(),
            identifier: format!("urn:{}:{name}", cloud.code()),
            roles: Vec::new(),
            logout_url: None,
            events: None,
        };
        service::add(&self.test.app, &Ctx::operator(), new).unwrap();
    }

    fn say(&self, name: &str, level: Level, english: Option<&str>) -> Result<Service, Error> {
        let report = Report { level, english: english.map(text), chinese: None };
        service::report(&self.test.app, Cloud::Public, name, report)
    }

    fn troubled(&self, who: &Ctx) -> Vec<Troubled> {
        service::troubled(&self.test.app, who).unwrap()
    }

    /// What stands in the log of each report, oldest first.
    fn written(store: &Store) -> Vec<String> {
        store.read(|tx| tx.all(&REPORTS, params![], |row| Ok(row.text(0)?.to_owned()))).unwrap()
    }
}

fn text(text: &str) -> HealthText {
    HealthText::parse(text).unwrap()
}

fn slow(since: Timestamp) -> Trouble {
    Trouble { extent: Extent::Degraded, since, english: text("Searching is slow."), chinese: None }
}

fn refused(answer: &Result<Service, Error>, because: Because) {
    assert!(matches!(answer, Err(Error::Service(it)) if it.because == because), "{answer:?}");
}

#[test]
fn partners_and_customers_see_what_the_operator_says_until_it_says_otherwise() {
    for_each_engine(|store| {
        let w = World::new(store);
        let offered = || {
            let (_, offered) = service::offered(&w.test.app, &w.agent, w.customer).unwrap();
            assert!(offered.iter().all(|it| it.reach.is_err()), "health is no matter of privileges");
            offered.into_iter().map(|it| (it.name, it.health)).collect::<Vec<_>>()
        };
        let begun = w.test.clock.now();
        let healthy = |name: &str, since| (name.to_owned(), Health::Healthy { since });
        assert_eq!(offered(), [healthy("Mailboxes", begun), healthy("Vault", begun)], "since they are there");
        assert_eq!(w.troubled(&w.admin), []);
        w.test.clock.advance_days(1);
        let since = w.test.clock.now();
        w.say("Mailboxes", Level::Degraded, Some("Searching is slow.")).unwrap();
        w.test.clock.advance_seconds(3_600);
        assert_eq!(offered(), [("Mailboxes".to_owned(), Health::Troubled(slow(since))), healthy("Vault", begun)]);
        assert_eq!(w.troubled(&w.admin), [Troubled { name: "Mailboxes".to_owned(), trouble: slow(since) }]);
        w.say("Mailboxes", Level::Down, Some("Nobody gets in.")).unwrap();
        let down = w.test.clock.now();
        w.test.clock.advance_seconds(60);
        w.say("Mailboxes", Level::Down, Some("Nobody gets in; we are at it.")).unwrap();
        let seen = w.troubled(&w.admin).remove(0).trouble;
        assert_eq!((seen.extent, seen.since), (Extent::Down, down), "other words are the same trouble");
        assert_eq!(seen.english, text("Nobody gets in; we are at it."));
        w.test.clock.advance_seconds(60);
        w.say("Mailboxes", Level::Healthy, None).unwrap();
        assert_eq!((w.troubled(&w.admin), offered()[0].clone()), (vec![], healthy("Mailboxes", w.test.clock.now())));
        let written = World::written(store);
        assert_eq!(written.len(), 4, "{written:?}");
        for part in
            ["Mailboxes", "Searching is slow.", "\"health\":\"degraded\"", "\"health_before\":\"healthy\"", "operator"]
        {
            assert!(written[0].contains(part), "{part} in {}", written[0]);
        }
        assert!(!written[3].contains("message"), "{}", written[3]);
    });
}

#[test]
fn everybody_of_an_organisation_sees_its_own_cloud_alone() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.add(Cloud::Germany, "Mailboxes");
        w.say("Mailboxes", Level::Degraded, Some("Searching is slow.")).unwrap();
        let berlin = w.test.tenant("Spree GmbH", "spree.de", Cloud::Germany, "DE");
        let frieda = w.test.person(&berlin, "Frieda", &[], true);
        assert_eq!(w.troubled(&frieda), []);
        let german = Report { level: Level::Down, english: Some(text("Down.")), chinese: Some(text("中断。")) };
        service::report(&w.test.app, Cloud::Germany, "Mailboxes", german).unwrap();
        assert_eq!(w.troubled(&frieda)[0].trouble.told(Language::ZhCn), (&text("中断。"), Language::ZhCn));
        assert_eq!(w.troubled(&w.admin).len(), 1);
        assert_eq!(w.troubled(&w.admin)[0].trouble.told(Language::ZhCn).1, Language::En);
        let nobody = Ctx::anonymous(None, Language::En);
        assert!(matches!(service::troubled(&w.test.app, &nobody), Err(Error::SignInRequired)));
    });
}

#[test]
fn what_cannot_stand_is_refused_and_leaves_no_trace() {
    for_each_engine(|store| {
        let w = World::new(store);
        refused(&w.say("Vault", Level::Down, None), Because::MessageRequired);
        refused(&w.say("Vault", Level::Healthy, Some("All is well.")), Because::MessageUnwanted);
        refused(&w.say("Vault", Level::Healthy, None), Because::Unchanged);
        assert!(matches!(w.say("Vaults", Level::Down, Some("Down.")), Err(Error::NotFound)));
        w.add(Cloud::China, "Archive");
        assert!(matches!(w.say("Archive", Level::Down, Some("Down.")), Err(Error::NotFound)), "of another cloud");
        let known = service::known(&w.test.app).unwrap();
        let known: Vec<_> = known.iter().map(|it| (it.name.as_str(), it.cloud)).collect();
        assert_eq!(known, [("Mailboxes", Cloud::Public), ("Vault", Cloud::Public), ("Archive", Cloud::China)]);
        assert_eq!((w.troubled(&w.admin).len(), World::written(store).len()), (0, 0));
    });
}

#[test]
fn of_two_who_report_the_same_one_is_written_down() {
    for_each_engine(|store| {
        let w = World::new(store);
        for round in 0..ROUNDS {
            let message = format!("Round {round}.");
            let report = || w.say("Mailboxes", Level::Down, Some(&message));
            let (one, two) = together(report, report);
            let (won, lost): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
            assert_eq!(won.len(), 1, "{won:?} {lost:?}");
            assert!(
                matches!(&lost[0], Err(Error::Conflict))
                    || matches!(&lost[0], Err(Error::Service(it)) if it.because == Because::Unchanged),
                "{lost:?}"
            );
            assert_eq!(World::written(store).len(), round + 1);
        }
    });
}

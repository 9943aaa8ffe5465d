//! Secrets of services: replaced without locking the service out, and not lost by resting. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::service::{self, New, Renewed, Watched};
use entente_app::{Ctx, Error, Invalid, sweep};
use entente_domain::application::{CREDENTIAL_DAYS, MAX_CREDENTIALS, SOON_DAYS, SWITCH_DAYS, UNUSED_DAYS};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::ids::ApplicationId;
use entente_domain::tenant::PartnerKind;
use entente_store::{Sql, Store, application, params};
use entente_testkit::tokens::{Program, REDIRECT};
use entente_testkit::{TestApp, for_each_engine};

static EVENTS: Sql = Sql::new("SELECT kind, canonical FROM event WHERE kind LIKE 'credential%' ORDER BY id");

struct World {
    test: TestApp,
    tom: Ctx,
    id: ApplicationId,
    first: String,
}

impl World {
    /// A service of the public cloud, and somebody of it.
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let tom = test.person(&partner.tenant, "Tom", &[PartnerRole::AdminAgent], false);
        let new = New {
            cloud: Cloud::Public,
            name: "Mailboxes".parse().unwrap(),
            portal_url: "https://mail.example/".to_owned(),
            redirect: REDIRECT.parse().unwrap(),
            identifier: "urn:mailboxes".to_owned(),
            roles: Vec::new(),
            logout_url: None,
            events: None,
        };
        let added = service::add(&test.app, &Ctx::operator(), new).unwrap();
        Self { test, tom, id: added.service.application, first: added.secret.text() }
    }

    fn renew(&self, revoke_old: bool) -> Renewed {
        service::renew_secret(&self.test.app, Cloud::Public, "Mailboxes", revoke_old).unwrap()
    }

    /// Whether somebody gets into the service that proves itself with this secret.
    fn good(&self, secret: &str) -> bool {
        let program = Program { id: self.id, secret: secret.to_owned() };
        let tom = self.test.confirmed(&self.tom);
        match self.test.authority().sign_in(&program, &tom, "openid") {
            Ok(_) => true,
            Err(Error::Authority(_)) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    fn kept(&self) -> usize {
        self.test.app.store().read(|tx| application::credentials(tx, self.id)).unwrap().len()
    }

    fn events(&self) -> Vec<(String, String)> {
        let read = |row: &entente_store::Row<'_>| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
        self.test.app.store().read(|tx| tx.all(&EVENTS, params![], read)).unwrap()
    }
}

#[test]
fn a_service_is_switched_over_within_a_week() {
    for_each_engine(|store| {
        let w = World::new(store);
        let unknown = |cloud, name| service::renew_secret(&w.test.app, cloud, name, false);
        for (cloud, name) in [(Cloud::Germany, "Mailboxes"), (Cloud::Public, "mailboxes")] {
            assert!(matches!(unknown(cloud, name), Err(Error::NotFound)), "{name}");
        }
        assert_eq!(w.events(), []);
        let renewed = w.renew(false);
        let now = w.test.app.now();
        assert_eq!(renewed.older_until, Some(now.plus_days(SWITCH_DAYS)));
        assert_eq!(renewed.expires_at, now.plus_days(CREDENTIAL_DAYS));
        let second = renewed.secret.text();
        assert!(w.good(&w.first) && w.good(&second));
        let events = w.events();
        assert_eq!(events.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["credential_added"]);
        assert!(events[0].1.contains("older_until") && events[0].1.contains("Mailboxes"), "{events:?}");
        assert!(!events[0].1.contains(&second[4..]), "never the secret");

        // One more does not make the first live longer.
        w.test.clock.advance_days(SWITCH_DAYS - 1);
        let third = w.renew(false).secret.text();
        assert!(w.good(&w.first) && w.good(&second) && w.good(&third));
        w.test.clock.advance_days(1);
        assert!(!w.good(&w.first) && w.good(&second) && w.good(&third));
        w.test.clock.advance_days(SWITCH_DAYS - 1);
        assert!(!w.good(&second) && w.good(&third));
        w.renew(false);
        assert_eq!(w.kept(), 2, "what is over is not kept");
    });
}

#[test]
fn a_secret_somebody_else_may_have_ends_at_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        for _ in 1..MAX_CREDENTIALS {
            w.renew(false);
        }
        let max = i64::try_from(MAX_CREDENTIALS).unwrap();
        match service::renew_secret(&w.test.app, Cloud::Public, "Mailboxes", false) {
            Err(Error::Invalid(fields)) => {
                let [it] = &fields[..] else { panic!("{fields:?}") };
                assert_eq!((it.name, it.why), ("secret", Invalid::OutOfRange { min: 0, max }));
            }
            other => panic!("{other:?}"),
        }
        let renewed = w.renew(true);
        assert!(!w.good(&w.first) && w.good(&renewed.secret.text()));
        assert_eq!((renewed.older_until, w.kept()), (None, 1));
        let events = w.events();
        let count = |kind| events.iter().filter(|it| it.0 == kind).count();
        assert_eq!((count("credential_removed"), count("credential_added")), (MAX_CREDENTIALS, MAX_CREDENTIALS));
        let switched = events.iter().filter(|it| it.1.contains("older_until")).count();
        assert_eq!(switched, MAX_CREDENTIALS - 1, "all but the last left time to switch over");
    });
}

#[test]
fn a_service_that_nobody_opened_for_a_season_is_not_locked_out() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.test.clock.advance_days(UNUSED_DAYS + 1);
        assert!(w.good(&w.first), "before a sweep");
        w.test.clock.advance_days(UNUSED_DAYS + 1);
        sweep::run(&w.test.app).unwrap();
        assert!(w.good(&w.first), "after one");
        assert_eq!(w.events(), []);
        w.test.clock.advance_days(CREDENTIAL_DAYS - 2 * (UNUSED_DAYS + 1) - 1);
        assert!(w.good(&w.first), "its last day");
        w.test.clock.advance_days(1);
        assert!(!w.good(&w.first), "it is good for two years and no longer");
    });
}

#[test]
fn the_operator_sees_in_time_that_a_secret_ends() {
    for_each_engine(|store| {
        let w = World::new(store);
        let ends = || {
            let [mailboxes]: [Watched; 1] = service::watched(&w.test.app).unwrap().try_into().unwrap();
            mailboxes.secret_ends
        };
        w.test.clock.advance_days(CREDENTIAL_DAYS - SOON_DAYS - 1);
        assert_eq!(ends(), None);
        w.test.clock.advance_days(1);
        let until = w.test.app.now().plus_days(SOON_DAYS);
        assert_eq!(ends(), Some(until));
        w.test.clock.advance_days(SOON_DAYS + 1);
        assert_eq!(ends(), Some(until), "nor is it silent about one that has ended");
        w.renew(false);
        assert_eq!(ends(), None);
    });
}

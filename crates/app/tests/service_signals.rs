//! What services did not take: kept in sight until something is delivered again, and not for ever. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::service::{self, New, Watched};
use entente_app::signal::{self, Kind, State, Undelivered};
use entente_app::{Ctx, Error, Invalid, sweep};
use entente_domain::cloud::Cloud;
use entente_domain::ids::{EventId, SignalId};
use entente_store::Store;
use entente_testkit::{TestApp, for_each_engine};

const LOGOUT: &str = "https://mail.example/logout";
const EVENTS: &str = "https://mail.example/events";

struct World {
    test: TestApp,
    event: EventId,
}

impl World {
    /// Two services, of which one hears what happens.
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let world = Self { event: test.app.new_id(), test };
        world.add("Mailboxes", Some(LOGOUT), Some(EVENTS)).unwrap();
        world.add("Vault", None, None).unwrap();
        world
    }

    fn add(&self, name: &str, logout: Option<&str>, events: Option<&str>) -> Result<(), Error> {
        let new = New {
            cloud: Cloud::Public,
            name: name.parse().unwrap(),
            portal_url: "https://mail.example/".to_owned(),
            redirect: "https://mail.example/callback".parse().unwrap(),
            identifier: format!("urn:{name}"),
            roles: Vec::new(),
            logout_url: logout.map(ToOwned::to_owned),
            events: events.map(|it| (it.to_owned(), "token".to_owned())),
        };
        service::add(&self.test.app, &Ctx::operator(), new).map(|_| ())
    }

    fn queue(&self, kind: Kind, url: &str) -> SignalId {
        let new =
            signal::New { event: self.event, kind, url: url.to_owned(), content: "{}".to_owned(), authorization: None };
        self.test.app.write(&Ctx::system(), move |work| signal::queue(work, new.clone())).unwrap()
    }

    /// A signal that comes to this end, a second after the one before.
    fn ends(&self, kind: Kind, url: &str, state: State, answer: &str) {
        self.test.clock.advance_seconds(1);
        signal::finish(&self.test.app, self.queue(kind, url), state, answer).unwrap();
    }

    /// What did not reach the first service. The second hears nothing, so it misses nothing.
    fn missed(&self) -> Vec<Undelivered> {
        let [mailboxes, vault]: [Watched; 2] = service::watched(&self.test.app).unwrap().try_into().unwrap();
        assert_eq!((vault.service.name.as_str(), vault.undelivered), ("Vault", Vec::new()));
        mailboxes.undelivered
    }

    fn kept(&self) -> usize {
        self.test.signals(self.event).len()
    }
}

#[test]
fn what_a_service_did_not_take_is_seen_until_it_takes_something() {
    for_each_engine(|store| {
        let w = World::new(store);
        assert_eq!(w.missed(), []);
        w.ends(Kind::Logout, LOGOUT, State::Delivered, "200");
        w.ends(Kind::Caep, EVENTS, State::Failed, "400 first");
        w.ends(Kind::Caep, EVENTS, State::Failed, "400 second");
        let event = Undelivered {
            kind: Kind::Caep,
            state: State::Failed,
            at: w.test.app.now(),
            answer: "400 second".to_owned(),
        };
        assert_eq!(w.missed(), std::slice::from_ref(&event), "the last one, and the logout arrived");
        // What waits says nothing yet.
        w.queue(Kind::Caep, EVENTS);
        // Nor does what another service took or missed.
        w.ends(Kind::Caep, "https://other.example/", State::Delivered, "202");
        w.ends(Kind::Logout, "https://other.example/", State::Failed, "410");
        assert_eq!(w.missed(), std::slice::from_ref(&event));
        w.ends(Kind::Logout, LOGOUT, State::Failed, "failed to reach the server");
        let logout = w.test.app.now();
        let logout = Undelivered {
            kind: Kind::Logout,
            state: State::Failed,
            at: logout,
            answer: "failed to reach the server".to_owned(),
        };
        assert_eq!(w.missed(), [logout, event.clone()]);
        w.ends(Kind::Logout, LOGOUT, State::Delivered, "200");
        assert_eq!(w.missed(), [event]);
        w.ends(Kind::Caep, EVENTS, State::Delivered, "202");
        assert_eq!(w.missed(), []);
    });
}

#[test]
fn what_a_service_is_told_again_is_seen_since_when_until_it_takes_it() {
    for_each_engine(|store| {
        let w = World::new(store);
        let now = || w.test.app.now();
        let logout = |state, at, answer: &str| Undelivered { kind: Kind::Logout, state, at, answer: answer.to_owned() };
        let since = now();
        let ids = ["503 first", "503 second"].map(|answer| {
            let id = w.queue(Kind::Logout, LOGOUT);
            w.test.clock.advance_seconds(1);
            assert_eq!(signal::claim(&w.test.app, 60).unwrap().unwrap().id, id);
            signal::deferred(&w.test.app, id, answer, now().plus_seconds(90)).unwrap();
            id
        });
        assert_eq!(w.missed(), [logout(State::Deferred, since, "503 first")]);
        signal::finish(&w.test.app, ids[0], State::Failed, "400").unwrap();
        let given_up = logout(State::Failed, now(), "400");
        assert_eq!(w.missed(), [given_up, logout(State::Deferred, since.plus_seconds(1), "503 second")]);
        w.test.clock.advance_seconds(1);
        signal::finish(&w.test.app, ids[1], State::Delivered, "200").unwrap();
        assert_eq!(w.missed(), []);
    });
}

#[test]
fn what_is_finished_is_forgotten_after_thirty_days_and_what_waits_is_not() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.queue(Kind::Logout, LOGOUT);
        w.ends(Kind::Logout, LOGOUT, State::Delivered, "200");
        w.test.clock.advance_days(1);
        w.ends(Kind::Caep, EVENTS, State::Failed, "400");
        w.test.clock.advance_days(28);
        sweep::run(&w.test.app).unwrap();
        assert_eq!(w.kept(), 3);
        w.test.clock.advance_days(1);
        sweep::run(&w.test.app).unwrap();
        assert_eq!((w.kept(), w.missed().len()), (2, 1), "the first to end");
        w.test.clock.advance_days(1);
        sweep::run(&w.test.app).unwrap();
        assert_eq!((w.kept(), w.missed().len()), (1, 0), "the one that waits");
        assert!(signal::claim(&w.test.app, 60).unwrap().is_some(), "and is delivered yet");
    });
}

#[test]
fn an_address_that_is_never_asked_makes_no_service() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.test.fetch.refuses("it is not https");
        for (field, logout, events) in [
            ("logout_url", Some(LOGOUT), None),
            ("events_url", None, Some(EVENTS)),
            ("logout_url", Some(LOGOUT), Some(EVENTS)),
        ] {
            match w.add("Pages", logout, events) {
                Err(Error::Invalid(fields)) => {
                    let [it] = &fields[..] else { panic!("{fields:?}") };
                    assert_eq!((it.name, it.why), (field, Invalid::NeverAsked("it is not https")));
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(service::known(&w.test.app).unwrap().len(), 2);
        w.add("Pages", None, None).unwrap();
    });
}

//! Signals to receivers that take them, refuse them, are away or hang; the real outbox, worker and client, on both engines.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use entente_app::signal::{self, Kind, New, Row, State};
use entente_app::wiring::Fetch as _;
use entente_app::{App, Ctx};
use entente_delivery::signal::{Receivers, Signals};
use entente_delivery::worker::Worker;
use entente_domain::ids::EventId;
use entente_testkit::{Signal, Store, TestApp, for_each_engine};
use tokio::sync::{Notify, watch};

use super::{LIMIT, PRIVATE, Script, Server};

const TAKEN: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

struct World {
    test: TestApp,
    event: EventId,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let names = ureq::unversioned::resolver::DefaultResolver::default();
        let http = entente_delivery::Http::with(PRIVATE, None, LIMIT * 5, names).unwrap();
        test.fetch.answers(move |request| http.send(request.clone()));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { event: test.app.new_id(), test, runtime }
    }

    /// As an operation does it, in its transaction.
    fn queue(&self, kind: Kind, url: String, authorization: Option<&str>) {
        let new = New {
            event: self.event,
            kind,
            url,
            content: r#"{"sub":"x"}"#.to_owned(),
            authorization: authorization.map(ToOwned::to_owned),
        };
        self.test.app.write(&Ctx::system(), move |work| signal::queue(work, new.clone())).unwrap();
    }

    fn all(&self) -> Vec<Signal> {
        self.test.signals(self.event)
    }

    /// The signal to this address.
    fn to(&self, url: &str) -> Signal {
        self.all().into_iter().find(|it| it.url == url).unwrap()
    }

    /// Runs the worker, does something, and waits until the condition holds; answers how long that took.
    fn run(&self, then: impl FnOnce(&Self, &Notify), until: impl Fn(&[Signal]) -> bool) -> Duration {
        let (stop, stopped) = watch::channel(false);
        let wake = Arc::new(Notify::new());
        let sign = |row: &Row| Ok(format!("header.{}.{}", row.id, row.content.len()));
        let receivers = Receivers::new(self.test.app.clone(), Box::new(sign));
        let worker = Worker::new(Arc::new(Signals::new(self.test.app.clone())), Arc::new(receivers), Arc::clone(&wake));
        let running = self.runtime.spawn(worker.poll_every(Duration::from_mins(10)).run(stopped));
        then(self, &wake);
        let begun = Instant::now();
        wake.notify_one();
        while !until(&self.all()) {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", self.all());
            self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(5)).await });
        }
        let took = begun.elapsed();
        stop.send(true).unwrap();
        self.runtime.block_on(running).unwrap();
        took
    }
}

fn every(state: State) -> impl Fn(&[Signal]) -> bool {
    move |all| all.iter().all(|it| it.state == state)
}

#[test]
fn a_receiver_is_told_within_a_second_of_the_commit() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (one, other) = (Server::start(Script::Say(TAKEN)), Server::start(Script::Say(TAKEN)));
        let queue = |w: &World, _: &Notify| {
            w.queue(Kind::Logout, one.url("/backchannel"), None);
            w.queue(Kind::Caep, other.url("/events"), Some("their-token"));
        };
        let took = w.run(queue, every(State::Delivered));
        assert!(took < Duration::from_secs(1), "{took:?}");
        let (first, second) = (w.to(&one.url("/backchannel")), w.to(&other.url("/events")));
        for it in [&first, &second] {
            assert_eq!((it.attempts, it.answer.as_deref()), (1, Some("202")), "{it:?}");
        }
        let heard = one.heard().to_lowercase();
        assert!(heard.starts_with("post /backchannel "), "{heard}");
        assert!(heard.contains("content-type: application/x-www-form-urlencoded\r\n"), "{heard}");
        assert!(heard.ends_with(&format!("logout_token=header.{}.11", first.id)), "{heard}");
        assert!(!heard.contains("authorization"), "{heard}");
        let heard = other.heard().to_lowercase();
        assert!(heard.contains("content-type: application/secevent+jwt\r\n"), "{heard}");
        assert!(heard.contains("authorization: bearer their-token\r\n"), "{heard}");
        assert!(heard.ends_with(&format!("\r\n\r\nheader.{}.11", second.id)), "{heard}");
        // A copy of the database shows nobody the receiver's token.
        let kept = second.authorization.unwrap();
        assert!(!kept.windows(11).any(|it| it == b"their-token"));
        assert!(!format!("{:?}", signal_row(&w.test.app)).contains("their-token"));
    });
}

/// A row as the worker holds it.
fn signal_row(app: &App) -> Row {
    Row {
        id: app.new_id(),
        kind: Kind::Caep,
        url: String::new(),
        content: String::new(),
        authorization: Some("their-token".to_owned()),
        attempts: 0,
    }
}

#[test]
fn a_receiver_that_is_away_is_told_when_it_is_back() {
    for_each_engine(|store| {
        let w = World::new(store);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let queue = |w: &World, _: &Notify| w.queue(Kind::Caep, format!("http://127.0.0.1:{port}/"), None);
        w.run(queue, |all| all[0].attempts == 1);
        let all = w.all();
        assert_eq!((all[0].state, all[0].finished_at), (State::Deferred, None));
        assert!(all[0].answer.as_deref().unwrap().starts_with("failed to reach the server"), "{all:?}");
        // Not before it is due.
        assert_eq!(signal::claim(&w.test.app, 60).unwrap(), None);
        w.test.clock.advance_seconds(1);
        w.run(|_, _| {}, |all| all[0].attempts == 2);
        let back = Server::at(port, Script::Say(TAKEN));
        w.test.clock.advance_seconds(5);
        w.run(|_, _| {}, every(State::Delivered));
        assert_eq!((w.all()[0].attempts, back.connections()), (3, 1));
    });
}

#[test]
fn what_a_receiver_refuses_is_kept_with_its_answer_and_not_repeated() {
    for_each_engine(|store| {
        let w = World::new(store);
        let body = r#"{"err":"invalid_issuer","description":"who is this"}"#;
        let refusal = format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let server = Server::start(Script::Say(refusal.leak()));
        w.run(|w, _| w.queue(Kind::Caep, server.url("/"), None), every(State::Failed));
        let refused = w.to(&server.url("/"));
        assert_eq!(refused.answer.as_deref(), Some(format!("400 {body}").as_str()));
        assert!(refused.finished_at.is_some());
        let echo = "HTTP/1.1 400 Bad Request\r\nContent-Length: 25\r\n\r\nyou said: their-token, no!";
        let echoing = Server::start(Script::Say(echo));
        w.run(|w, _| w.queue(Kind::Caep, echoing.url("/"), Some("their-token")), every(State::Failed));
        assert_eq!(w.to(&echoing.url("/")).answer.as_deref(), Some("400 (the answer repeats what was sent)"));
        let moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        let moving = Server::start(Script::Say(moved));
        w.run(|w, _| w.queue(Kind::Logout, moving.url("/"), None), every(State::Failed));
        let inside = "http://169.254.169.254/";
        w.run(|w, _| w.queue(Kind::Logout, inside.to_owned(), None), every(State::Failed));
        assert_eq!(w.to(inside).answer.as_deref(), Some("failed to ask this address: it leads to no server"));
        let busy = Server::start(Script::Say("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"));
        w.run(
            |w, _| w.queue(Kind::Logout, busy.url("/"), None),
            |all| all.iter().any(|it| it.state == State::Deferred),
        );
        assert_eq!(server.connections() + echoing.connections() + moving.connections() + busy.connections(), 4);
    });
}

#[test]
fn a_receiver_that_hangs_holds_up_nobody_else() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (hanging, good) = (Server::start(Script::Silence), Server::start(Script::Say(TAKEN)));
        let queue = |w: &World, wake: &Notify| {
            for _ in 0..30 {
                w.queue(Kind::Caep, hanging.url("/"), None);
            }
            // Its first signal is in hand before the other's is written.
            wake.notify_one();
            w.queue(Kind::Caep, good.url("/"), None);
        };
        let took = w.run(queue, |all| all.iter().any(|it| it.state == State::Delivered));
        assert!(took < Duration::from_secs(1), "{took:?}");
        assert!(hanging.connections() <= 1, "one receiver has one signal in hand");
    });
}

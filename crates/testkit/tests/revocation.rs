//! Revocation races against checks (reliability gate R3): two servers, one database; once "stop" or "suspend" is acknowledged,
//! no exchange and no token is good for anything on either of them.
//!
//! `ENTENTE_LONG=1` runs the full size: 200,000 checks against 2,000 revocations on each engine. It wants a release build:
//! `ENTENTE_LONG=1 cargo xtask postgres cargo test --release -p entente-testkit --test revocation -- --nocapture --test-threads 1`.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::print_stdout, reason = "how much was checked belongs to the result")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use entente_app::acting::{self, Whom};
use entente_app::{Ctx, invitation, people, relationship, tenant};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
use entente_identity::SystemRandom;
use entente_store::{PostgresOptions, Store};
use entente_testkit::history::{History, Verdict};
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::tokens::{self, Program};
use entente_testkit::{TestApp, postgres::Database, sqlite};

use PartnerRole::{AdminAgent, GlobalAdmin};

/// Customers whose rights come and go, each with a revoker and checkers of its own.
const SUBJECTS: usize = 2;
/// Checkers of a subject; they ask the two servers in turn.
const CHECKERS: usize = 2;

/// The name under which tokens for the service are asked for.
const MAILBOXES: &str = "urn:Mailboxes";

struct Size {
    checks: u64,
    revocations: u64,
}

#[expect(clippy::disallowed_methods, reason = "the long run is asked for by the environment")]
fn size() -> Size {
    if std::env::var_os("ENTENTE_LONG").is_some() {
        Size { checks: 200_000, revocations: 2_000 }
    } else {
        Size { checks: 4_200, revocations: 60 }
    }
}

/// One partner with its agent, and one customer.
struct Subject {
    customer: Tenant,
    admin: Ctx,
    partner: Partner,
    chief: Ctx,
    agent: Ctx,
    program: Program,
}

fn subject(test: &TestApp, number: usize) -> Subject {
    let domain = format!("customer{number}.no");
    let customer = test.tenant(&format!("Customer {number}"), &domain, Cloud::Public, "NO");
    let admin = test.person(&customer, "Ingrid", &[], true);
    let name = ["Brightwater IT", "Nordlys Data"][number];
    let partner = test.partner(name, &format!("partner{number}.no"), PartnerKind::Direct, &["NO"], None);
    let chief = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
    let agent = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
    let program = test.program(&chief, "Console");
    let subject = Subject { customer, admin, partner, chief, agent, program };
    subject.connect(test);
    subject
}

impl Subject {
    /// Takes the right away in one of the ways there are, and answers how to give it back.
    fn revoke<'a>(&'a self, test: &'a TestApp, round: u64) -> Box<dyn FnOnce() + 'a> {
        let app = test.app.clone();
        let person = self.agent.person.unwrap();
        let operator = Ctx::operator();
        let home = self.partner.tenant.id;
        let stops = [Whom::Person(home, person), Whom::Partner(home), Whom::Everybody];
        match round % 8 {
            at @ 0..=2 => {
                let whom = stops[usize::try_from(at).unwrap()];
                acting::stop(&app, &self.admin, whom).unwrap();
                Box::new(move || acting::allow(&app, &self.admin, whom).unwrap())
            }
            3 => {
                people::set_roles(&app, &self.chief, person, vec![PartnerRole::SalesAgent]).unwrap();
                Box::new(move || people::set_roles(&app, &self.chief, person, vec![AdminAgent]).unwrap())
            }
            4 => {
                people::set_enabled(&app, &self.chief, person, false).unwrap();
                Box::new(move || people::set_enabled(&app, &self.chief, person, true).unwrap())
            }
            5 => {
                tenant::set_standing(&app, &operator, home, Standing::Suspended).unwrap();
                Box::new(move || assert!(tenant::set_standing(&app, &operator, home, Standing::Active).unwrap()))
            }
            6 => {
                relationship::remove_privileges(&app, &self.admin, home, None).unwrap();
                Box::new(|| self.connect(test))
            }
            _ => {
                relationship::end(&app, &self.chief, self.customer.id).unwrap();
                Box::new(|| self.connect(test))
            }
        }
    }

    /// Asks for everything and is given it.
    fn connect(&self, test: &TestApp) {
        let address = format!("ingrid@{}", self.customer.domain.as_str());
        let view = invitation::create(&test.app, &self.agent, draft_to(&address)).unwrap();
        entente_app::acceptance::accept(&test.app, &self.admin, &opened(&view), Cloud::Public, ALL).unwrap();
    }
}

/// Races on one database behind two applications with caches of their own.
fn race(store: &Store, other: &Store) -> Verdict {
    let one = TestApp::with_random(store, Arc::new(SystemRandom));
    let two = TestApp::with_random(other, Arc::new(SystemRandom));
    let subjects: Vec<Subject> = (0..SUBJECTS).map(|number| subject(&one, number)).collect();
    let service = one.service(tokens::service("Mailboxes"));
    let origin = Instant::now();
    let histories: Vec<History> = subjects.iter().map(|_| History::new(origin)).collect();
    let over = AtomicBool::new(false);
    let Size { checks, revocations } = size();
    let (each_checks, each_revocations) = (checks / SUBJECTS as u64, revocations / SUBJECTS as u64);
    thread::scope(|scope| {
        let revokers: Vec<_> = subjects
            .iter()
            .zip(&histories)
            .map(|(subject, history)| {
                let one = &one;
                scope.spawn(move || {
                    for round in 0..each_revocations {
                        // Checks have to fall on both sides of every revocation, or the race proves nothing.
                        let between = each_checks / each_revocations / 2;
                        history.await_checks(between);
                        let mut back: Option<Box<dyn FnOnce()>> = None;
                        history.revoke(|| back = Some(subject.revoke(one, round)));
                        history.await_checks(between);
                        history.give_back(back.unwrap());
                    }
                })
            })
            .collect();
        for (subject, history) in subjects.iter().zip(&histories) {
            for checker in 0..CHECKERS {
                let (one, two, service, over) = (&one, &two, &service, &over);
                scope.spawn(move || check(subject, service, history, [one, two], checker, over));
            }
        }
        for revoker in revokers {
            revoker.join().unwrap();
        }
        over.store(true, Ordering::SeqCst);
    });
    histories.iter().map(History::verdict).fold(Verdict::default(), |sum, it| sum + it)
}

/// A token for acting, and whom it is shown to.
enum Held {
    /// One of the local interfaces.
    Ours(String),
    /// The service, which asks for each what it is worth.
    Service(String),
}

/// Asks for a token as often as it can, and uses what it has, on both servers in turn.
fn check(
    subject: &Subject,
    service: &Program,
    history: &History,
    servers: [&TestApp; 2],
    checker: usize,
    over: &AtomicBool,
) {
    let sign_in = |test: &TestApp| test.authority().sign_in(&subject.program, &subject.agent, "openid");
    let mut own = sign_in(servers[0]).unwrap().access_token;
    let mut held: Option<Held> = None;
    let mut turn = checker;
    while !over.load(Ordering::SeqCst) {
        turn += 1;
        let server = servers[turn % 2].authority();
        match &held {
            // A token that counts is used some times before another is asked for.
            Some(token) if !turn.is_multiple_of(5) => {
                let counts = history.check(|| match token {
                    Held::Ours(token) => server.counts(token),
                    Held::Service(token) => server.introspect(service, token).unwrap()["active"] == true,
                });
                if !counts {
                    held = None;
                }
            }
            last => {
                let ours = matches!(last, Some(Held::Service(_)));
                let mut got = None;
                let allowed = history.check(|| {
                    let customer = subject.customer.id;
                    let set = if ours {
                        server.exchange(&subject.program, &own, customer)
                    } else {
                        server.exchange_for(&subject.program, &own, customer, MAILBOXES)
                    };
                    got = set.ok().map(|it| it.access_token).map(if ours { Held::Ours } else { Held::Service });
                    got.is_some()
                });
                held = got.or(held);
                // Whoever was blocked meanwhile has to sign in again.
                if !allowed
                    && !server.counts(&own)
                    && let Ok(set) = sign_in(servers[turn % 2])
                {
                    own = set.access_token;
                }
            }
        }
    }
}

fn judge(engine: &str, verdict: Verdict) {
    println!("{engine}: {verdict:?}");
    let Size { checks, revocations } = size();
    assert!(verdict.checks >= checks && verdict.revocations >= revocations, "{engine}: too little: {verdict:?}");
    assert!(verdict.allowed > verdict.checks / 20, "{engine}: hardly anything was allowed: {verdict:?}");
    assert!(verdict.allowed < verdict.checks, "{engine}: nothing was refused: {verdict:?}");
    assert_eq!(verdict.stale, 0, "{engine}: rights that were gone: {verdict:?}");
}

#[test]
fn after_a_revocation_nothing_is_allowed_on_sqlite() {
    let (store, _folder) = sqlite();
    judge("sqlite", race(&store, &store));
}

#[test]
fn after_a_revocation_nothing_is_allowed_by_two_servers_on_postgres() {
    let database = Database::new();
    let open = || Store::open_postgres(database.url(), &PostgresOptions::default()).unwrap();
    judge("postgres", race(&open(), &open()));
}

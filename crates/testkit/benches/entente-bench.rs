//! `cargo xtask bench`: the figures of the design as ratios within one run on one machine, never absolute times as verdicts.
//!
//! Arguments: `--customers N` for the size of the large installation (1,000,000 when left out).
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded to two places anyway")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entente_app::acceptance::{self, Opened};
use entente_app::customer::{self, Query};
use entente_app::invitation::{self, Draft};
use entente_app::{Ctx, Error};
use entente_domain::acceptance::Choice;
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::ids::{InvitationId, TenantId};
use entente_domain::invitation::{Asks, Binding, Message, Recipient};
use entente_domain::language::Language;
use entente_domain::policy::{self, Action, Permit, Unattended};
use entente_domain::relationship::{Channel, Relationship, RelationshipKind, Terms};
use entente_domain::tenant::{PartnerKind, Tenant};
use entente_identity::SystemRandom;
use entente_store::{SqliteOptions, Store, relationship, tenant};
use entente_testkit::{TestApp, names};

const PERMIT: Permit = Permit::unattended(Unattended::Operator);
/// Customers of one partner, out of ten partners.
const PARTNERS: usize = 10;

struct Installation {
    test: TestApp,
    agent: Ctx,
    /// Of the first partner.
    customers: Vec<TenantId>,
}

fn main() {
    let mut size = 1_000_000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--customers" => size = arguments.next().and_then(|it| it.parse().ok()).expect("a number of customers"),
            // Cargo adds it for every benchmark.
            "--bench" => {}
            other => panic!("no argument {other}"),
        }
    }
    // Beside the build rather than in /tmp, which may be memory: the figures are about a disk.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("| what | measured | wanted |\n|---|---|---|");
    decision();
    accept_ratio(folder.path());
    growth(folder.path(), size);
}

fn row(what: &str, measured: &str, wanted: &str) {
    println!("| {what} | {measured} | {wanted} |");
}

/// The middle of many timings of one thing.
fn median(mut timings: Vec<Duration>) -> Duration {
    timings.sort_unstable();
    timings[timings.len() / 2]
}

fn timed(times: usize, mut what: impl FnMut(usize)) -> Vec<Duration> {
    (0..times)
        .map(|n| {
            let start = Instant::now();
            what(n);
            start.elapsed()
        })
        .collect()
}

fn decision() {
    let person = Person {
        id: entente_domain::ids::Id::from_uuid(entente_domain::ids::Id::uuid(GLOBAL_ADMINISTRATOR)),
        tenant: entente_domain::ids::Id::from_uuid(entente_domain::ids::Id::uuid(GLOBAL_ADMINISTRATOR)),
        upn: "maya@brightwater.no".parse().unwrap(),
        name: "Maya Okafor".parse().unwrap(),
        mail: "maya@brightwater.no".parse().unwrap(),
        language: None,
        enabled: true,
        partner_roles: vec![PartnerRole::HelpdeskAgent, PartnerRole::AdminAgent],
        directory_roles: Vec::new(),
    };
    let times = 1_000_000_u32;
    let start = Instant::now();
    for _ in 0..times {
        black_box(policy::check(black_box(&person), black_box(Action::RequestPrivileges)).is_ok());
    }
    row("role decision in process, warm", &format!("{} ns", (start.elapsed() / times).as_nanos()), "< 1 µs");
}

/// Durable acceptances at 64 concurrent, group commit against one commit each, alternating on the same disk.
fn accept_ratio(folder: &Path) {
    let rate = |name: &str, group_commit: usize| {
        let options = SqliteOptions { group_commit, ..SqliteOptions::default() };
        let store = Store::open_sqlite_with(&folder.join(name), &options).unwrap();
        store.migrate().unwrap();
        let world = install(&store, 10);
        let requests = requests(&world, 1_500);
        let (next, start) = (AtomicUsize::new(0), Instant::now());
        std::thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    while let Some((id, admin)) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                        accept(&world.test, *id, admin).expect("accepted");
                    }
                });
            }
        });
        requests.len() as f64 / start.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<(f64, f64, f64)> = (0..3)
        .map(|round| {
            let single = rate(&format!("single{round}.db"), 1);
            let grouped = rate(&format!("grouped{round}.db"), SqliteOptions::default().group_commit);
            (grouped / single, grouped, single)
        })
        .collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, grouped, single) = ratios[1];
    row(
        "durable acceptances at 64 concurrent, against one commit each",
        &format!("{ratio:.1} x ({grouped:.0}/s against {single:.0}/s)"),
        "5 x",
    );
}

/// What a page, a record, a search and an acceptance cost with many customers, as a multiple of what they cost with few.
fn growth(folder: &Path, size: usize) {
    let small = measure(&folder.join("small.db"), 10_000);
    let large = measure(&folder.join("large.db"), size);
    for (what, few, many) in [
        ("page of 50", small.page, large.page),
        ("record of one customer", small.record, large.record),
        ("acceptance", small.accept, large.accept),
    ] {
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        row(
            &format!("cost growth from 10,000 to {size} customers: {what}"),
            &format!("{ratio:.2} x ({} µs to {} µs)", few.as_micros(), many.as_micros()),
            "< 1.3 x",
        );
    }
    row(
        &format!("search by substring over {size} customers, p99"),
        &format!("{:.1} ms", large.search.as_secs_f64() * 1e3),
        "< 20 ms",
    );
}

struct Costs {
    page: Duration,
    record: Duration,
    accept: Duration,
    search: Duration,
}

fn measure(path: &Path, size: usize) -> Costs {
    let store = Store::open_sqlite(path).unwrap();
    store.migrate().unwrap();
    let world = install(&store, size);
    let Installation { test, agent, customers } = &world;
    let list = |query: &Query| customer::list(&test.app, agent, query, 50).expect("a page");
    timed(50, |_| drop(list(&Query::default())));
    let page = median(timed(500, |_| drop(black_box(list(&Query::default())))));
    let record = median(timed(2_000, |n| {
        let id = customers[n * 7_919 % customers.len()];
        drop(black_box(customer::record(&test.app, agent, id).expect("a record")));
    }));
    let words =
        ["contoso", "logist", "光合科技", "fjord12", "bakeri 7", "stein druck", "zzz", "elia", "ltd", "1.no", "物流"];
    let mut searches = timed(1_100, |n| {
        let query = Query { search: Some(words[n % words.len()].parse().expect("a word")), ..Query::default() };
        drop(black_box(list(&query)));
    });
    searches.sort_unstable();
    let requests = requests(&world, 400);
    let accept = median(timed(requests.len(), |n| {
        accept(test, requests[n].0, &requests[n].1).expect("accepted");
    }));
    Costs { page, record, accept, search: searches[searches.len() * 99 / 100] }
}

/// An installation of this many customers, spread over ten partners.
fn install(store: &Store, size: usize) -> Installation {
    let test = TestApp::with_random(store, Arc::new(SystemRandom));
    let partners: Vec<_> = (0..PARTNERS)
        .map(|n| {
            let (name, domain) = (
                format!("Partner {}", ["Ask", "Berg", "Dal", "Eng", "Fjell", "Gard", "Hav", "Kyst", "Nes", "Vik"][n]),
                format!("partner{n}.no"),
            );
            test.partner(&name, &domain, PartnerKind::Direct, &["NO"], None)
        })
        .collect();
    let agent = test.person(&partners[0].tenant, "Maya", &[PartnerRole::AdminAgent], false);
    let mut customers = Vec::new();
    for batch in (0..size).collect::<Vec<_>>().chunks(5_000) {
        let rows: Vec<(Tenant, Relationship)> = batch
            .iter()
            .map(|n| {
                let home = tenant_row(&test, *n);
                let terms = Terms {
                    id: test.app.new_id(),
                    partner: partners[n % PARTNERS].tenant.id,
                    customer: home.id,
                    kind: RelationshipKind::Reseller,
                    channel: Channel::Direct,
                    invitation: None,
                    privileges: n % 3 != 0,
                };
                let rel = Relationship::establish(terms, test.app.now().plus_days(-i64::try_from(n % 900).unwrap()));
                (home, rel)
            })
            .collect();
        customers.extend(rows.iter().filter(|(_, rel)| rel.partner == partners[0].tenant.id).map(|(home, _)| home.id));
        store
            .write(move |tx| {
                for (home, rel) in &rows {
                    tenant::insert(tx, &PERMIT, home)?;
                    relationship::insert(tx, &PERMIT, rel, home)?;
                }
                Ok::<_, entente_store::StoreError>(())
            })
            .unwrap();
    }
    Installation { test, agent, customers }
}

fn tenant_row(test: &TestApp, n: usize) -> Tenant {
    Tenant {
        id: test.app.new_id(),
        cloud: Cloud::Public,
        country: "NO".parse().unwrap(),
        name: names::company(n).parse().unwrap(),
        domain: names::domain(n).parse().unwrap(),
        language: Language::En,
        organisation: true,
        created_at: test.app.now(),
    }
}

/// Open requests to fresh customers, each with its administrator.
fn requests(world: &Installation, count: usize) -> Vec<(InvitationId, Person)> {
    let Installation { test, agent, .. } = world;
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let makers: Vec<_> = (0..64)
            .map(|_| {
                scope.spawn(|| {
                    let mut made = Vec::new();
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= count {
                            return made;
                        }
                        made.push(request(test, agent, 50_000_000 + n));
                    }
                })
            })
            .collect();
        makers.into_iter().flat_map(|it| it.join().unwrap()).collect()
    })
}

fn request(test: &TestApp, agent: &Ctx, n: usize) -> (InvitationId, Person) {
    let home = tenant_row(test, n);
    entente_app::tenant::add(&test.app, &Ctx::operator(), home.clone()).unwrap();
    let address = format!("admin@{}", home.domain.as_str());
    let admin = Person {
        id: test.app.new_id(),
        tenant: home.id,
        upn: address.parse().unwrap(),
        name: "Ingrid Solberg".parse().unwrap(),
        mail: address.parse().unwrap(),
        language: None,
        enabled: true,
        partner_roles: Vec::new(),
        directory_roles: vec![GLOBAL_ADMINISTRATOR],
    };
    entente_app::tenant::add_person(&test.app, &Ctx::operator(), admin.clone(), None).unwrap();
    let draft = Draft {
        asks: Asks { kind: RelationshipKind::Reseller, privileges: true },
        cloud: Cloud::Public,
        country: "NO".parse().unwrap(),
        companion: None,
        binding: Binding::Tenant(home.id),
        recipient: Recipient { email: None, name: None, language: Language::En },
        message: Message { subject: "As agreed".parse().unwrap(), body: "Hello".parse().unwrap() },
    };
    (invitation::create(&test.app, agent, draft).unwrap().invitation.id, admin)
}

fn accept(test: &TestApp, id: InvitationId, admin: &Person) -> Result<(), Error> {
    let opened = Opened::Personal(test.app.links().token(id, 1));
    let choice = Choice { privileges: true, agreement: true };
    let ctx = Ctx::signed_in(admin, None, Language::En);
    acceptance::accept(&test.app, &ctx, &opened, Cloud::Public, choice).map(|_| ())
}

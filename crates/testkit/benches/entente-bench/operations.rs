//! What operations cost in process: a decision, durable acceptances, and how costs grow with the number of customers.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entente_app::customer::{self, Query};
use entente_domain::acting::{self, Assignment, Facts, Holder};
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::{self, GLOBAL_ADMINISTRATOR};
use entente_domain::ids::{GroupId, Id, TenantId};
use entente_domain::policy::{self, Action};
use entente_domain::relationship::{Channel, Relationship, RelationshipKind, Terms};
use entente_domain::tenant::Standing;
use entente_domain::time::Timestamp;
use entente_store::SqliteOptions;
use uuid::Uuid;

use crate::authority;
use crate::installation::{Installation, accept, install, open, requests};
use crate::{percentile, row, timed};

/// Whether a person's roles allow an action.
pub fn decision() {
    let person = Person {
        id: Id::from_uuid(Id::uuid(GLOBAL_ADMINISTRATOR)),
        tenant: Id::from_uuid(Id::uuid(GLOBAL_ADMINISTRATOR)),
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

    let group = |n: usize| format!("00000000-0000-0000-0000-{n:012}").parse::<GroupId>().expect("an id");
    let groups: Vec<GroupId> = (0..100).map(|n| group(2 * n)).collect();
    let roles = directory_role::all();
    // Every other one to a group the person is a member of.
    let assignments: Vec<Assignment> =
        (0..50).map(|n| Assignment { holder: Holder::Group(group(3 * n)), role: roles[n % roles.len()].id }).collect();
    assert_eq!(acting::held(&person, &groups, &assignments).len(), 25);
    let start = Instant::now();
    for _ in 0..times {
        black_box(acting::held(black_box(&person), black_box(&groups), black_box(&assignments)).len());
    }
    let each = (start.elapsed() / times).as_nanos();
    row("roles at a customer through 100 groups and 50 assignments, warm", &format!("{each} ns"), "< 1 µs");
    among_customers(&person, &groups, &assignments);
}

/// The whole decision for customers of a million in memory: warm, for the thousand that are being worked for, over and over; and for
/// all of them in no order that a cache could guess, where waiting for memory is half of it.
fn among_customers(person: &Person, groups: &[GroupId], assignments: &[Assignment]) {
    const CUSTOMERS: u128 = 1_000_000;
    let relationships: HashMap<TenantId, Relationship> = (1..=CUSTOMERS)
        .map(|number| {
            let customer = TenantId::from_uuid(Uuid::from_u128(number));
            let terms = Terms {
                id: Id::from_uuid(Uuid::from_u128(number)),
                partner: person.tenant,
                customer,
                kind: RelationshipKind::Reseller,
                channel: Channel::Direct,
                invitation: None,
                privileges: true,
            };
            (customer, Relationship::establish(terms, Timestamp::from_seconds(1_795_424_400)))
        })
        .collect();
    // A step that has no factor in common with their number visits each once.
    let steps = (0..CUSTOMERS).map(|step| TenantId::from_uuid(Uuid::from_u128(step * 611_953 % CUSTOMERS + 1)));
    let all: Vec<TenantId> = steps.collect();
    let decide = |customers: &[TenantId]| {
        let start = Instant::now();
        for customer in customers.iter().cycle().take(all.len()) {
            let facts = Facts {
                person: black_box(person),
                groups,
                assignments: black_box(assignments),
                partner: Some(Standing::Active),
                customer: *customer,
                relationship: relationships.get(customer),
                stops: &[],
                strong: true,
                strong_wanted: true,
            };
            let granted = acting::check(&facts, None).expect("granted");
            black_box(granted.roles.len());
        }
        format!("{} ns", start.elapsed().as_nanos() / CUSTOMERS)
    };
    let what = "acting for a customer among 1,000,000, decided through 100 groups and 50 assignments, in process";
    row(&format!("{what}, warm (1,000 of them over and over)"), &decide(&all[..1_000]), "< 1 µs");
    row(&format!("{what}, each customer once"), &decide(&all), "none");
}

/// Durable acceptances at 64 concurrent, group commit against one commit each, alternating on the same disk.
pub fn accept_ratio(folder: &Path) {
    let rate = |name: &str, group_commit: usize| {
        let options = SqliteOptions { group_commit, ..SqliteOptions::default() };
        let world = install(&open(&folder.join(name), &options), 10);
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

/// What one of something costs in an installation.
type Cost = fn(&Installation) -> Duration;

/// What a page, a record, a search, a check and an acceptance cost with many customers, as a multiple of what they cost with few. The
/// two installations take turns, so that a slow minute of the machine meets both. Returns the large one.
pub fn growth(folder: &Path, size: usize) -> Installation {
    let make = |name: &str, size| install(&open(&folder.join(name), &SqliteOptions::default()), size);
    let (small, large) = (make("small.db", 10_000), make("large.db", size));
    let costs: [(&str, Cost); 4] =
        [("page of 50", page), ("record", record), ("acceptance", acceptance), ("check of a token", check)];
    for (what, cost) in costs {
        cost(&small);
        cost(&large);
        let mut rounds: Vec<(f64, Duration, Duration)> = (0..5)
            .map(|_| {
                let (few, many) = (cost(&small), cost(&large));
                (many.as_secs_f64() / few.as_secs_f64(), few, many)
            })
            .collect();
        rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, few, many) = rounds[2];
        row(
            &format!("cost growth from 10,000 to {size} customers: {what}"),
            &format!("{ratio:.2} x ({} µs to {} µs)", few.as_micros(), many.as_micros()),
            "< 1.3 x",
        );
    }
    row(
        &format!("search by substring over {size} customers, p99"),
        &format!("{:.1} ms", search(&large).as_secs_f64() * 1e3),
        "< 20 ms",
    );
    large
}

fn list(world: &Installation, query: &Query) -> customer::Page {
    customer::list(&world.test.app, &world.agent, query, 50).expect("a page")
}

fn page(world: &Installation) -> Duration {
    percentile(timed(200, |_| drop(black_box(list(world, &Query::default())))), 50)
}

fn record(world: &Installation) -> Duration {
    let Installation { test, agent, customers, .. } = world;
    let timings = timed(1_000, |n| {
        let id = customers[n * 7_919 % customers.len()];
        drop(black_box(customer::record(&test.app, agent, id).expect("a record")));
    });
    percentile(timings, 50)
}

/// What an interface asks at every call of somebody who acts: whether they still may.
fn check(world: &Installation) -> Duration {
    let token = authority::acting(world);
    percentile(timed(1_000, |_| assert!(world.test.authority().counts(black_box(&token)))), 50)
}

fn acceptance(world: &Installation) -> Duration {
    let requests = requests(world, 100);
    percentile(timed(requests.len(), |n| accept(&world.test, requests[n].0, &requests[n].1).expect("accepted")), 50)
}

/// Rare words, common words, words that nobody has, words of two letters, in several scripts.
fn search(world: &Installation) -> Duration {
    let words =
        ["contoso", "logist", "光合科技", "fjord12", "bakeri 7", "stein druck", "zzz", "elia", "ltd", "1.no", "物流"];
    let timings = timed(1_100, |n| {
        let query = Query { search: Some(words[n % words.len()].parse().expect("a word")), ..Query::default() };
        drop(black_box(list(world, &query)));
    });
    percentile(timings, 99)
}

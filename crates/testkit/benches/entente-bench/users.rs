//! What a page of a customer's users costs when it has many.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use entente_app::Ctx;
use entente_app::user::{self, Query, Standing};
use entente_domain::cloud::Cloud;
use entente_domain::directory::Person;
use entente_domain::ids::TenantId;
use entente_domain::policy::{Permit, Unattended};
use entente_store::SqliteOptions;
use entente_testkit::TestApp;

use crate::installation::open;
use crate::{percentile, row, timed};

const PERMIT: Permit = Permit::unattended(Unattended::Operator);
const FEW: usize = 50;
const MANY: usize = 50_000;

/// A customer with this many users, every other one blocked, and its administrator.
fn customer(test: &TestApp, name: &str, size: usize) -> (TenantId, Ctx) {
    let domain = format!("{}.no", name.to_lowercase());
    let home = test.tenant(name, &domain, Cloud::Public, "NO");
    let admin = test.person(&home, "Ingrid", &[], true);
    for batch in (0..size).collect::<Vec<_>>().chunks(5_000) {
        let people: Vec<Person> = batch
            .iter()
            .map(|n| {
                // Spread over the alphabet, and the sign-in name begins otherwise than the name.
                let upn = format!("u{n:05}@{domain}");
                Person {
                    id: test.app.new_id(),
                    tenant: home.id,
                    upn: upn.parse().unwrap(),
                    name: format!("{:04x} Berg {n}", n * 40_503 % 65_536).parse().unwrap(),
                    mail: upn.parse().unwrap(),
                    language: None,
                    enabled: n % 2 == 0,
                    partner_roles: Vec::new(),
                    directory_roles: Vec::new(),
                }
            })
            .collect();
        let (store, now) = (test.app.store(), test.app.now());
        store
            .write(move |tx| {
                people.iter().try_for_each(|it| entente_store::directory::insert(tx, &PERMIT, it, None, now))
            })
            .unwrap();
    }
    (home.id, admin)
}

fn list(test: &TestApp, (id, admin): &(TenantId, Ctx), query: &Query, limit: usize) -> usize {
    let limit = i64::try_from(limit).unwrap();
    user::list(&test.app, admin, *id, query, limit).expect("a page").users.len()
}

/// The first page, a filtered one, and searches by either name, with 50,000 users against 50. The two take turns, so that a slow
/// minute of the machine meets both.
pub fn list_ratio(folder: &Path) {
    let test = TestApp::new(&open(&folder.join("users.db"), &SqliteOptions::default()));
    let few = customer(&test, "Few", FEW);
    let many = customer(&test, "Many", MANY);
    let search = |text: &str| Query { search: Some(text.parse().unwrap()), ..Query::default() };
    let queries = [
        ("first page", Query::default()),
        ("active", Query { standing: Some(Standing::Active), ..Query::default() }),
        ("blocked", Query { standing: Some(Standing::Blocked), ..Query::default() }),
        ("search by name", search("0")),
        ("search by sign-in name", search("u000")),
        ("search, none found", search("zzz")),
    ];
    for (what, query) in queries {
        // As many rows on either side, since showing rows costs what it costs.
        let limit = list(&test, &few, &query, 25).max(1);
        let cost = |side: &(TenantId, Ctx)| {
            percentile(timed(200, |_| assert!(black_box(list(&test, side, &query, limit)) <= limit)), 50)
        };
        cost(&few);
        cost(&many);
        let mut rounds: Vec<(f64, Duration, Duration)> = (0..5)
            .map(|_| {
                let (small, large) = (cost(&few), cost(&many));
                (large.as_secs_f64() / small.as_secs_f64(), small, large)
            })
            .collect();
        rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, small, large) = rounds[2];
        let measured = format!("{ratio:.2} x ({} µs to {} µs)", small.as_micros(), large.as_micros());
        row(&format!("cost growth from {FEW} to {MANY} users of a customer: {what}"), &measured, "< 2 x");
    }
}

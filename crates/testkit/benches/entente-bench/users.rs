//! What a customer with many users costs: a page of them, a page of those who hold a licence, and making them from a file.

use std::collections::HashSet;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use entente_app::Ctx;
use entente_app::user::{self, Query, Standing};
use entente_app::{acceptance, invitation, licence, subscription, user_import};
use entente_domain::catalogue::{self, Billing};
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::ids::{SkuId, TenantId};
use entente_domain::licence::Licence;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::tenant::PartnerKind;
use entente_domain::user_import::State;
use entente_identity::SystemRandom;
use entente_store::{SqliteOptions, Store};
use entente_testkit::TestApp;
use entente_testkit::requests::{ALL, draft, opened};

use crate::installation::open;
use crate::{percentile, row, timed};

const PERMIT: Permit = Permit::unattended(Unattended::Operator);
const FEW: usize = 50;
const MANY: usize = 50_000;
const FROM_A_FILE: usize = 10_000;

fn sku() -> SkuId {
    catalogue::sku("SPE_E3").unwrap().id
}

/// A customer with this many users, every other one blocked and all with a licence, and its administrator.
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
                people.iter().try_for_each(|it| {
                    entente_store::directory::insert(tx, &PERMIT, it, None, now)?;
                    let user = entente_store::user::get(tx, it.id)?.expect("just made");
                    let licence = Licence { sku: sku(), excluded: Vec::new(), since: now };
                    entente_store::licence::insert(tx, &PERMIT, &user, &licence)
                })
            })
            .unwrap();
    }
    (home.id, admin)
}

/// Lets both customers buy: the large one 200 subscriptions, the small one enough for a page, of every product in turn.
fn sell(test: &TestApp, few: &(TenantId, Ctx), many: &(TenantId, Ctx)) {
    let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
    let agent = test.person(&partner.tenant, "Tom", &[PartnerRole::AdminAgent], false);
    for ((id, admin), subscriptions) in [(few, 30), (many, 200)] {
        let asked = invitation::create(&test.app, &agent, draft()).unwrap();
        acceptance::accept(&test.app, admin, &opened(&asked), Cloud::Public, ALL).unwrap();
        let products = catalogue::available(Cloud::Public, test.app.now()).filter(|it| !it.is_add_on());
        for product in products.collect::<Vec<_>>().into_iter().cycle().take(subscriptions) {
            let quantity = (product.billing == Billing::Licence).then_some(5);
            subscription::add(&test.app, &agent, *id, product.code, quantity).unwrap();
        }
    }
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
    sell(&test, &few, &many);
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
        compare(what, |side| {
            let customer = if side == FEW { &few } else { &many };
            assert!(black_box(list(&test, customer, &query, limit)) <= limit);
        });
    }
    compare("subscriptions, 200 of them against 30", |side| {
        let (_, admin) = if side == FEW { &few } else { &many };
        assert_eq!(black_box(subscription::bought(&test.app, admin, None, 25).expect("a page").rows.len()), 25);
    });
    for (what, query) in [
        ("holders of a licence", licence::Query::default()),
        ("search among the holders", licence::Query { search: Some("0".parse().unwrap()), after: None }),
    ] {
        let holders = |(id, admin): &(TenantId, Ctx), limit| {
            licence::holders(&test.app, admin, *id, sku(), &query, limit).expect("a page").holders.len()
        };
        let limit = i64::try_from(holders(&few, 25).max(1)).unwrap();
        compare(what, |side| {
            black_box(holders(if side == FEW { &few } else { &many }, limit));
        });
    }
}

/// The p95 of one thing done for the customer with few users against that for the one with many, in turns.
fn compare(what: &str, mut once: impl FnMut(usize)) {
    let mut cost = |side| percentile(timed(200, |_| once(side)), 95);
    cost(FEW);
    cost(MANY);
    let mut rounds: Vec<(f64, Duration, Duration)> = (0..5)
        .map(|_| {
            let (small, large) = (cost(FEW), cost(MANY));
            (large.as_secs_f64() / small.as_secs_f64(), small, large)
        })
        .collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, small, large) = rounds[2];
    let measured = format!("{ratio:.2} x ({} µs to {} µs)", small.as_micros(), large.as_micros());
    row(&format!("p95 growth from {FEW} to {MANY} users of a customer: {what}"), &measured, "< 2 x");
}

/// Makes 10,000 users from a file, by a server that ends in the middle and one that begins with nothing but the database, and counts
/// them.
pub fn from_a_file(folder: &Path) {
    let path = folder.join("import.db");
    let app_on = |store: &Store| TestApp::with_random(store, Arc::new(SystemRandom));
    let made_by = |test: &TestApp, enough: usize| {
        let mut made = 0;
        while made < enough {
            match usize::try_from(user_import::work(&test.app, 20).unwrap()).unwrap() {
                0 => break,
                more => made += more,
            }
        }
        made
    };
    let first = app_on(&open(&path, &SqliteOptions::default()));
    let home = first.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
    let admin = first.person(&home, "Ingrid", &[], true);
    let lines: Vec<_> = (0..FROM_A_FILE).map(|n| format!("user{n}@fjordline.no,User {n}\n")).collect();
    let file = format!("Sign-in name,Display name\n{}", lines.concat());
    let import = user_import::check(&first.app, &admin, home.id, file.as_bytes()).unwrap();
    user_import::start(&first.app, &admin, home.id, import).unwrap();
    let begun = Instant::now();
    let before = made_by(&first, FROM_A_FILE / 2);
    drop(first);
    let next = app_on(&open(&path, &SqliteOptions::default()));
    let after = made_by(&next, FROM_A_FILE);
    let each = begun.elapsed().as_secs_f64() / FROM_A_FILE as f64;
    let found = user_import::get(&next.app, &admin, home.id, import).unwrap();
    assert_eq!(found.state, State::Done);
    let query = Query { search: Some("user".parse().unwrap()), ..Query::default() };
    let users = user::list(&next.app, &admin, home.id, &query, i64::MAX - 1).unwrap().users;
    let different: HashSet<_> = users.iter().map(|it| it.person.upn.as_str().to_owned()).collect();
    assert_eq!((users.len(), different.len()), (FROM_A_FILE, FROM_A_FILE));
    let measured = format!("each once ({before} before it, {after} after it, {:.1} ms a user)", each * 1_000.0);
    row(&format!("{FROM_A_FILE} users from a file, with a restart in the middle"), &measured, "each once");
}

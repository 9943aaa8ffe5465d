//! Accepts every open request in a database as fast as it can and prints the id of each one after it was acknowledged.
//! The crash test kills this process at a moment of its choosing.
#![expect(clippy::expect_used, reason = "a helper of one test, which reads what it prints")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entente_app::Ctx;
use entente_app::acceptance::{self, Opened};
use entente_domain::assurance::Proof;
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::ids::TenantId;
use entente_domain::invitation::{Binding, Standing};
use entente_domain::language::Language;
use entente_identity::SystemRandom;
use entente_store::{Store, directory, invitation};
use entente_testkit::TestApp;
use entente_testkit::app::BEGIN;
use entente_testkit::requests::ALL;

const THREADS: usize = 32;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the database");
    let partner: TenantId = arguments.next().expect("the partner").parse().expect("an id");
    let store = Store::open_sqlite(Path::new(&path)).expect("a database");
    let test = TestApp::with_random(&store, Arc::new(SystemRandom));
    let open = store
        .read(|tx| {
            let mut work = Vec::new();
            for inv in invitation::page(tx, partner, Some(Standing::Draft), i64::MAX, 10_000)? {
                let Binding::Tenant(customer) = inv.binding else { continue };
                let admin = directory::directory_holders(tx, customer, GLOBAL_ADMINISTRATOR, 1)?.remove(0);
                work.push((inv.id, inv.cloud, admin));
            }
            Ok::<_, entente_store::StoreError>(work)
        })
        .expect("the open requests");
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((id, cloud, admin)) = open.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let ctx = Ctx::signed_in(admin, Proof::password(BEGIN), None, Language::En);
                    let opened = Opened::Personal(test.app.links().token(*id, 1));
                    acceptance::accept(&test.app, &ctx, &opened, *cloud, ALL).expect("accepted");
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "{id}").and_then(|()| out.flush()).expect("a reader");
                }
            });
        }
    });
}

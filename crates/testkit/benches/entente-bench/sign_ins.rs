//! Hashing passwords cannot starve the server: what others wait while many sign in.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use entente_store::SqliteOptions;

use crate::installation::{install, open};
use crate::process::Server;
use crate::{percentile, row, timed};

/// Sign-ins at a time.
const IN_FLIGHT: usize = 64;
/// Pages a round: a percentile of fewer is the luck of three or four of them.
const PAGES: usize = 2_000;

/// Prints the ratio of the p99 of a page while [`IN_FLIGHT`] sign-ins are under way to the one of an idle server; the two take turns.
pub fn others_wait(folder: &Path) {
    let data = folder.join("sign-ins");
    std::fs::create_dir(&data).expect("a folder");
    drop(install(&open(&data.join("entente.db"), &SqliteOptions::default()), 1_000));
    let (server, _) = Server::start(false, &data);
    let headers = format!("Cookie: {}\r\n", server.sign_in("maya@partner0.no"));
    let page = || -> Duration {
        let pages = timed(PAGES, |_| {
            let answer = server.ask("GET", "/partner/customers", &headers, "").expect("a page");
            assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
        });
        percentile(pages, 99)
    };
    page();
    let done = AtomicUsize::new(0);
    let mut rounds: Vec<(f64, Duration, Duration)> = (0..5)
        .map(|_| {
            let idle = page();
            let busy = while_signing_in(&server, &done, page);
            (busy.as_secs_f64() / idle.as_secs_f64(), idle, busy)
        })
        .collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, idle, busy) = rounds[2];
    row(
        &format!("p99 of a page with {IN_FLIGHT} sign-ins in flight, against an idle server"),
        &format!("{ratio:.1} x ({:.1} ms to {:.1} ms)", idle.as_secs_f64() * 1e3, busy.as_secs_f64() * 1e3),
        "< 3 x",
    );
}

/// Measures while accounts that nobody counted yet are tried, each from an address of its own: no limit shortens the work, and an
/// account that does not exist costs what one does that exists.
fn while_signing_in(server: &Server, done: &AtomicUsize, what: impl Fn() -> Duration) -> Duration {
    let over = AtomicBool::new(false);
    let before = done.load(Ordering::Relaxed);
    let form = server.sign_in_form();
    std::thread::scope(|scope| {
        for _ in 0..IN_FLIGHT {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let n = done.fetch_add(1, Ordering::Relaxed);
                    let address = format!("X-Forwarded-For: 10.{}.{}.{}\r\n", n >> 16, (n >> 8) & 255, n & 255);
                    let answer = server.try_sign_in(&form, &format!("nobody{n}@partner0.no"), &address);
                    assert!(answer.starts_with("HTTP/1.0 422") || answer.starts_with("HTTP/1.0 503"), "{answer}");
                }
            });
        }
        // Not before each of them is under way.
        while done.load(Ordering::Relaxed) < before + IN_FLIGHT {
            std::thread::yield_now();
        }
        let measured = what();
        over.store(true, Ordering::Relaxed);
        measured
    })
}

//! `cargo xtask bench`: the figures of the design as ratios within one run on one machine, never absolute times as verdicts.
//!
//! Arguments: `--customers N` for the size of the large installation (1,000,000 when left out); `--only PART` for one of
//! `decision`, `accept`, `exchange`, `users`, `import`, `growth` (with `http`, on the same installation), `sign-ins`, `process`.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded to two places anyway")]

mod authority;
mod http;
mod installation;
mod operations;
mod process;
mod sign_ins;
mod users;

use std::time::{Duration, Instant};

/// The server's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut size = 1_000_000;
    let mut only = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--customers" => size = arguments.next().and_then(|it| it.parse().ok()).expect("a number of customers"),
            "--only" => only = arguments.next(),
            // Cargo adds it for every benchmark.
            "--bench" => {}
            other => panic!("no argument {other}"),
        }
    }
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    // Beside the build rather than in /tmp, which may be memory: the figures are about a disk.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("| what | measured | wanted |\n|---|---|---|");
    if wanted("decision") {
        operations::decision();
    }
    if wanted("accept") {
        operations::accept_ratio(folder.path());
    }
    if wanted("exchange") {
        let options = entente_store::SqliteOptions::default();
        let store = installation::open(&folder.path().join("exchange.db"), &options);
        authority::exchange_ratio(installation::install(&store, 10_000));
    }
    if wanted("users") {
        users::list_ratio(folder.path());
    }
    if wanted("import") {
        users::from_a_file(folder.path());
    }
    if wanted("growth") {
        let large = operations::growth(folder.path(), size);
        http::page_ratio(&large, size);
    }
    if wanted("sign-ins") {
        sign_ins::others_wait(folder.path());
    }
    if wanted("process") {
        process::start_and_memory(folder.path());
    }
}

fn row(what: &str, measured: &str, wanted: &str) {
    println!("| {what} | {measured} | {wanted} |");
}

fn percentile(mut timings: Vec<Duration>, percent: usize) -> Duration {
    timings.sort_unstable();
    timings[(timings.len() - 1) * percent / 100]
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

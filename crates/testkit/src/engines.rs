//! Runs a test on both engines, always both.

use std::sync::Barrier;
use std::thread;

use entente_store::{PostgresOptions, Store};

use crate::postgres::Database;

/// Runs the closure on a fresh migrated SQLite database and then on a fresh migrated PostgreSQL database.
///
/// # Panics
/// When a database cannot be made.
pub fn for_each_engine(mut test: impl FnMut(&Store)) {
    // Shown with the failure only, because the test harness keeps the output of tests that pass.
    eprintln!("on sqlite");
    let (store, folder) = sqlite();
    test(&store);
    drop(store);
    drop(folder);

    eprintln!("on postgres");
    let database = Database::new();
    let store = Store::open_postgres(database.url(), &PostgresOptions::default())
        .unwrap_or_else(|error| panic!("failed to open a database: {error:?}"));
    test(&store);
}

/// A fresh migrated SQLite database, for tests of faces, which need only one engine. It lives as long as the folder.
///
/// # Panics
/// When it cannot be made.
pub fn sqlite() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("failed to make a folder: {error}"));
    let store = Store::open_sqlite(&folder.path().join("test.db"))
        .and_then(|store| store.migrate().map(|()| store))
        .unwrap_or_else(|error| panic!("failed to make a database: {error:?}"));
    (store, folder)
}

/// Runs both at the same moment and returns their answers.
///
/// # Panics
/// When one of them does.
pub fn together<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let begun = scope.spawn(|| {
            start.wait();
            one()
        });
        start.wait();
        let second = other();
        (begun.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), second)
    })
}

//! Every statement of every module is prepared on both engines, and none may read a whole table without a reason.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use entente_store::statements;
use entente_testkit::for_each_engine;

/// Statements that read a whole table on purpose, on one engine or both.
const MAY_SCAN: &[(&str, &str)] = &[
    // The oldest organisations for the operator's summary; an index by age would serve nothing else.
    ("tenant", "ALL_TENANTS"),
    // Asks for any one row, so it stops at the first.
    ("tenant", "ANY"),
    ("tenant", "ANY_PARTNER"),
];

/// Whether a line of a plan reads a whole table, or a whole index from end to end.
fn scans(engine: &str, line: &str) -> bool {
    match engine {
        // A subquery's own rows have a line of their own. The full-text table says SCAN even when it looks words up in
        // its index, which the M of its index number tells (ext/fts5/fts5_main.c, `fts5BestIndexMethod`).
        "sqlite" => {
            line.starts_with("SCAN ") && !line.starts_with("SCAN (") && !line.contains(" VIRTUAL TABLE INDEX 0:M")
        }
        "postgres" => line.contains("Seq Scan on "),
        other => panic!("no rule to read the plans of {other}"),
    }
}

#[test]
fn every_statement_is_understood_and_finds_its_rows_by_an_index() {
    let mut scanning = BTreeSet::new();
    for_each_engine(|store| {
        let engine = store.engine();
        let mut plans = String::new();
        for (module, name, sql) in statements() {
            let plan = store.plan(sql).unwrap_or_else(|error| panic!("{module}::{name} on {engine}: {error:?}"));
            writeln!(plans, "{module}::{name}").unwrap();
            for line in plan {
                if scans(engine, &line) {
                    scanning.insert((module, name));
                }
                writeln!(plans, "    {line}").unwrap();
            }
        }
        // Shown with a failure only.
        eprintln!("{plans}");
        // SQLite comes with this workspace. PostgreSQL's plans differ between its versions, so only the absence of
        // full scans is asked of them.
        if engine == "sqlite" {
            insta::assert_snapshot!("plans_on_sqlite", plans);
        }
    });
    let allowed: BTreeSet<(&str, &str)> = MAY_SCAN.iter().copied().collect();
    let unexpected: Vec<_> = scanning.difference(&allowed).collect();
    assert!(unexpected.is_empty(), "full scans that nobody allowed: {unexpected:?}");
    let stale: Vec<_> = allowed.difference(&scanning).collect();
    assert!(stale.is_empty(), "allowed to scan without doing so: {stale:?}");
}

#[test]
fn names_of_statements_are_unique() {
    let all: Vec<_> = statements().map(|(module, name, _)| (module, name)).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    let modules: BTreeSet<_> = all.iter().map(|(module, _)| module).collect();
    assert_eq!(modules.len(), 26, "a module has no statements any more, or is missing here");
}

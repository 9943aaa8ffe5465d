//! The arrows between crates. A crate exists to enforce one of them, so a new arrow is the rarest kind of change:
//! it belongs in an ADR first and in `TABLE` second.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, Metadata};

use crate::process;

/// What one crate may use of the workspace in its normal dependencies.
struct Row {
    name: &'static str,
    may_use: &'static [&'static str],
}

const TABLE: &[Row] = &[
    Row { name: "entente-domain", may_use: &[] },
    Row { name: "entente-store", may_use: &["entente-domain"] },
    Row { name: "entente-identity", may_use: &["entente-domain"] },
    Row { name: "entente-app", may_use: &["entente-domain", "entente-store", "entente-identity"] },
    Row { name: "entente-api", may_use: &["entente-domain", "entente-app", "entente-identity"] },
    Row { name: "entente-portal", may_use: &["entente-domain", "entente-app", "entente-identity"] },
    Row { name: "entente-delivery", may_use: &["entente-domain", "entente-app"] },
    Row {
        name: "entente-server",
        may_use: &["entente-store", "entente-app", "entente-api", "entente-portal", "entente-delivery"],
    },
    Row {
        name: TESTKIT,
        may_use: &[
            "entente-domain",
            "entente-store",
            "entente-app",
            "entente-identity",
            "entente-api",
            "entente-portal",
            "entente-delivery",
        ],
    },
    // Stands for a third party's program, which has nothing of ours either.
    Row { name: "entente-example-service-portal", may_use: &[] },
    Row { name: "xtask", may_use: &[] },
];

const TESTKIT: &str = "entente-testkit";

/// An outside crate that only these crates may use in their normal dependencies.
struct Reserved {
    package: &'static str,
    only: &'static [&'static str],
    because: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved { package: "rusqlite", only: &["entente-store"], because: "only the store knows SQL" },
    Reserved {
        package: "postgres",
        only: &["entente-store", TESTKIT],
        because: "only the store knows SQL; the testkit makes a schema for each test",
    },
];

/// Outside crates that would bring I/O, wire formats, a clock or randomness into the domain.
const NOT_IN_DOMAIN: &[&str] =
    &["tokio", "serde", "serde_json", "jiff", "chrono", "time", "rand", "getrandom", "rusqlite", "postgres"];

/// One dependency as `Cargo.toml` states it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Arrow {
    from: String,
    to: String,
    for_tests: bool,
}

/// Compares the workspace with the table.
pub fn run() -> Result<()> {
    let metadata = metadata()?;
    let members: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let arrows: Vec<Arrow> = metadata
        .workspace_packages()
        .iter()
        .flat_map(|package| {
            package.dependencies.iter().map(|dependency| Arrow {
                from: package.name.to_string(),
                to: dependency.name.clone(),
                for_tests: dependency.kind == DependencyKind::Development,
            })
        })
        .collect();
    let complaints = complaints(&members, &arrows);
    if complaints.is_empty() {
        let inner = arrows.iter().filter(|arrow| members.contains(&arrow.to)).count();
        println!("arch: {} crates, {inner} arrows between them, all in the table", members.len());
        return Ok(());
    }
    for complaint in &complaints {
        println!("arch: {complaint}");
    }
    bail!("{} forbidden or unknown arrows (the table is in xtask/src/arch.rs)", complaints.len());
}

/// The workspace as cargo sees it, without resolving outside crates.
pub fn metadata() -> Result<Metadata> {
    Ok(cargo_metadata::MetadataCommand::new().current_dir(process::root()).no_deps().exec()?)
}

fn complaints(members: &BTreeSet<String>, arrows: &[Arrow]) -> Vec<String> {
    let unknown = members
        .iter()
        .filter(|member| row(member).is_none())
        .map(|member| format!("{member} is not in the table; a new crate needs a row there"));
    let gone = TABLE
        .iter()
        .filter(|row| !members.contains(row.name))
        .map(|row| format!("{} is in the table but not in the workspace", row.name));
    let wrong = arrows.iter().filter_map(|arrow| {
        if members.contains(&arrow.to) { forbidden_inside(arrow) } else { forbidden_outside(arrow) }
    });
    unknown.chain(gone).chain(wrong).collect()
}

fn row(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

fn forbidden_inside(arrow: &Arrow) -> Option<String> {
    let may_use = row(&arrow.from)?.may_use;
    let allowed = may_use.contains(&arrow.to.as_str()) || (arrow.for_tests && arrow.to == TESTKIT);
    if allowed {
        return None;
    }
    let kind = if arrow.for_tests { "dev-dependency" } else { "dependency" };
    let list = if may_use.is_empty() { "nothing".to_owned() } else { may_use.join(", ") };
    Some(format!(
        "{} -> {} ({kind}) is forbidden; {} may use {list}, and {TESTKIT} in tests",
        arrow.from, arrow.to, arrow.from
    ))
}

fn forbidden_outside(arrow: &Arrow) -> Option<String> {
    if arrow.for_tests {
        return None;
    }
    if arrow.from == "entente-domain" && NOT_IN_DOMAIN.contains(&arrow.to.as_str()) {
        let list = NOT_IN_DOMAIN.join(", ");
        return Some(format!(
            "entente-domain -> {} is forbidden; the domain is pure and uses none of {list}",
            arrow.to
        ));
    }
    let reserved = RESERVED.iter().find(|reserved| reserved.package == arrow.to)?;
    if reserved.only.contains(&arrow.from.as_str()) {
        return None;
    }
    let list = reserved.only.join(", ");
    Some(format!("{} -> {} is forbidden; allowed for {list}, because {}", arrow.from, arrow.to, reserved.because))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Arrow, TABLE, complaints};

    fn members() -> BTreeSet<String> {
        TABLE.iter().map(|row| row.name.to_owned()).collect()
    }

    fn arrow(from: &str, to: &str, for_tests: bool) -> Arrow {
        Arrow { from: from.to_owned(), to: to.to_owned(), for_tests }
    }

    #[track_caller]
    fn check(arrow: Arrow, expected: Option<&str>) {
        let found = complaints(&members(), &[arrow]);
        match expected {
            None => assert_eq!(found, Vec::<String>::new()),
            Some(text) => {
                assert_eq!(found.len(), 1, "one complaint, found {found:?}");
                assert!(found[0].contains(text), "{:?} does not contain {text:?}", found[0]);
            }
        }
    }

    #[test]
    fn arrows_inside_the_workspace() {
        check(arrow("entente-app", "entente-store", false), None);
        check(arrow("entente-server", "entente-portal", false), None);
        check(
            arrow("entente-api", "entente-store", false),
            Some(
                "entente-api -> entente-store (dependency) is forbidden; entente-api may use entente-domain, entente-app, entente-identity",
            ),
        );
        check(arrow("entente-portal", "entente-store", true), Some("(dev-dependency) is forbidden"));
        check(arrow("entente-domain", "entente-store", false), Some("may use nothing"));
        check(arrow("entente-api", "entente-portal", false), Some("entente-api -> entente-portal"));
    }

    #[test]
    fn nobody_depends_on_the_server() {
        for row in TABLE {
            for for_tests in [false, true] {
                check(arrow(row.name, "entente-server", for_tests), Some("is forbidden"));
            }
        }
    }

    #[test]
    fn the_testkit_is_only_for_tests() {
        check(arrow("entente-app", "entente-testkit", true), None);
        check(arrow("entente-server", "entente-testkit", true), None);
        check(arrow("entente-app", "entente-testkit", false), Some("entente-app -> entente-testkit (dependency)"));
    }

    #[test]
    fn sql_clients_and_the_pure_domain() {
        check(arrow("entente-store", "rusqlite", false), None);
        check(arrow("entente-testkit", "postgres", false), None);
        check(arrow("entente-testkit", "rusqlite", false), Some("allowed for entente-store,"));
        check(arrow("entente-app", "postgres", false), Some("entente-app -> postgres is forbidden"));
        check(arrow("entente-app", "rusqlite", true), None);
        for package in ["tokio", "serde", "jiff", "rand", "getrandom"] {
            check(arrow("entente-domain", package, false), Some("the domain is pure"));
            check(arrow("entente-domain", package, true), None);
        }
        check(arrow("entente-domain", "uuid", false), None);
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate() {
        let mut more = members();
        more.insert("entente-extra".to_owned());
        assert_eq!(complaints(&more, &[]), ["entente-extra is not in the table; a new crate needs a row there"]);
        let mut fewer = members();
        fewer.remove("entente-api");
        assert_eq!(complaints(&fewer, &[]), ["entente-api is in the table but not in the workspace"]);
    }

    #[test]
    fn the_table_has_no_cycle() {
        let mut settled: BTreeSet<&str> = BTreeSet::new();
        while settled.len() < TABLE.len() {
            let next: Vec<&str> = TABLE
                .iter()
                .filter(|row| !settled.contains(row.name) && row.may_use.iter().all(|used| settled.contains(used)))
                .map(|row| row.name)
                .collect();
            assert!(!next.is_empty(), "cycle among the crates outside {settled:?}");
            settled.extend(next);
        }
    }
}

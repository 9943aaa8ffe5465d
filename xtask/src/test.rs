//! Everything CI runs, in the order that finds mistakes soonest.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::postgres::{self, Cluster};
use crate::setup::{self, Need};
use crate::steps::Steps;
use crate::{check, e2e, process};

/// A group of steps, as `--only` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Formatting, lints, documentation, arrows, dependencies, paths.
    Check,
    /// Every Rust test on both database engines, and the examples in the documentation.
    Unit,
    /// The browser journeys.
    E2e,
}

/// Options of `cargo xtask test`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Run only these groups; the set-up covers just what they need.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Group>,
    /// Run later groups although an earlier one failed. The run still fails.
    #[arg(long)]
    keep_going: bool,
    /// Accept a group that has nothing to run.
    #[arg(long)]
    allow_empty: bool,
}

impl Options {
    fn wants(&self, group: Group) -> bool {
        self.only.is_empty() || self.only.contains(&group)
    }
}

/// Runs the chosen groups, or all of them.
pub fn run(options: &Options) -> Result<()> {
    let own_cluster = options.wants(Group::Unit) && process::env(postgres::VARIABLE).is_none();
    let need = Need { postgres: own_cluster, e2e: options.wants(Group::E2e), deny: options.wants(Group::Check) };
    let mut steps = Steps::new(options.keep_going);
    // Without its set-up, a later step would only fail in a more confusing way: `keep_going` does not help here.
    if steps.step("setup", || setup::run(need)).is_none() {
        return steps.finish();
    }
    let mut cluster = None;
    if own_cluster {
        cluster = steps.step("postgres", Cluster::start);
        if cluster.is_none() {
            return steps.finish();
        }
    }
    let url = cluster.as_ref().map(|cluster| cluster.url().to_owned()).or_else(|| process::env(postgres::VARIABLE));

    if options.wants(Group::Check) && steps.enter("check") {
        for check in check::ALL {
            steps.step(check.name(), || check.work());
        }
    }
    if options.wants(Group::Unit) && steps.enter("unit") {
        let url = url.unwrap_or_default();
        steps.step("unit", || unit(&url));
        steps.step("doctest", || doctest(&url));
    }
    if options.wants(Group::E2e) && steps.enter("e2e") {
        steps.step("e2e", || e2e::run(options.allow_empty));
    }
    steps.finish()
}

fn unit(url: &str) -> Result<()> {
    if url.is_empty() {
        bail!("{} is not set; the tests of the PostgreSQL engine are never skipped", postgres::VARIABLE);
    }
    let nextest = process::find(&["cargo-nextest"]).is_some();
    let mut command = if nextest {
        process::cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"])
    } else {
        println!("cargo-nextest is not installed; cargo test runs the same tests, more slowly");
        process::cargo(&["test", "--workspace", "--lib", "--bins", "--tests", "--locked", "--no-fail-fast"])
    };
    process::run(command.env(postgres::VARIABLE, url).env("INSTA_UPDATE", "no"))
}

/// nextest does not run the examples in documentation comments.
fn doctest(url: &str) -> Result<()> {
    process::run(process::cargo(&["test", "--workspace", "--doc", "--locked"]).env(postgres::VARIABLE, url))
}

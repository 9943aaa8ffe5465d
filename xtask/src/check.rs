//! What can be said about the source without running it.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::steps::Steps;
use crate::{arch, paths, process, setup};

/// One check; the names are those of `--only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Check {
    /// rustfmt.
    Fmt,
    /// Crate arrows.
    Arch,
    /// Folders of developers' machines in files.
    Paths,
    /// clippy with warnings as errors.
    Clippy,
    /// rustdoc with warnings as errors.
    Docs,
    /// Licences, forbidden and doubled dependencies.
    Deny,
}

/// Quick checks first, so that a small mistake shows before the long builds.
pub const ALL: [Check; 6] = [Check::Fmt, Check::Arch, Check::Paths, Check::Clippy, Check::Docs, Check::Deny];

impl Check {
    /// The name on the command line and in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Arch => "arch",
            Self::Paths => "paths",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Deny => "deny",
        }
    }

    /// Runs this check.
    pub fn work(self) -> Result<()> {
        match self {
            Self::Fmt => process::run(&mut process::cargo(&["fmt", "--all", "--check"])),
            Self::Arch => arch::run(),
            Self::Paths => paths::run(),
            Self::Clippy => process::run(&mut process::cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ])),
            Self::Docs => process::run(
                process::cargo(&["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"),
            ),
            Self::Deny => deny(),
        }
    }
}

/// Runs the chosen checks, or all of them.
pub fn run(only: &[Check]) -> Result<()> {
    let mut steps = Steps::new(false);
    for check in ALL.into_iter().filter(|check| only.is_empty() || only.contains(check)) {
        steps.step(check.name(), || check.work());
    }
    steps.finish()
}

/// Advisories are left to a scheduled job: their database changes from day to day, so the same commit would pass
/// today and fail tomorrow, and fetching it needs a network that a build machine may not have.
fn deny() -> Result<()> {
    let deny = setup::deny()?;
    process::run(
        Command::new(deny).args(["--locked", "check", "bans", "licenses", "sources"]).current_dir(process::root()),
    )
}

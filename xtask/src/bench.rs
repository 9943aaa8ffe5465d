//! Finds and runs the benchmark.

use anyhow::{Result, bail};
use cargo_metadata::TargetKind;

use crate::{arch, process};

/// The target that prints the ratios; it may be a program or a `[[bench]]` of any crate.
const NAME: &str = "entente-bench";

/// Builds the benchmark in release mode and runs it with these arguments.
pub fn run(arguments: &[String]) -> Result<()> {
    let metadata = arch::metadata()?;
    let found = metadata.workspace_packages().into_iter().find_map(|package| {
        let target = package.targets.iter().find(|target| target.name == NAME)?;
        Some((package.name.to_string(), target.kind.contains(&TargetKind::Bench)))
    });
    let Some((package, is_bench)) = found else {
        bail!("no crate has a program or benchmark named {NAME}");
    };
    process::run(&mut process::cargo(&["bench", "--package", "entente-domain", "--bench", "decisions", "--locked"]))?;
    // The other one also starts the real program.
    process::run(&mut process::cargo(&[
        "build",
        "--release",
        "--package",
        "entente-server",
        "--bin",
        "entente",
        "--locked",
    ]))?;
    let how: &[&str] = if is_bench { &["bench", "--bench", NAME] } else { &["run", "--release", "--bin", NAME] };
    process::run(process::cargo(how).args(["--package", &package, "--locked", "--"]).args(arguments))
}

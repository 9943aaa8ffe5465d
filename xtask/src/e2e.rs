//! The browser tests: a real server in demo mode, a real browser, one person per browser context; and the tests of the
//! helpers that the journeys stand on.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{arch, process, python};

/// A journey that takes longer than this hangs, in milliseconds.
const TIMEOUT_MS: u32 = 900_000;

/// Installs the locked packages, builds the server and runs every `*.test.mjs` below `e2e`.
pub fn run(allow_empty: bool) -> Result<()> {
    let folder = process::root().join("e2e");
    let tests = tests(&folder)?;
    if tests.is_empty() {
        println!("e2e: there is nothing named *.test.mjs");
        return if allow_empty { Ok(()) } else { bail!("no browser tests in e2e (--allow-empty accepts that)") };
    }
    process::run(Command::new("npm").args(["ci", "--no-fund", "--no-audit"]).current_dir(&folder))?;
    // With the tests, so that what was built for these is built for the browser as well: alone, the programs get other features.
    process::run(&mut process::cargo(&["build", "--locked", "--workspace", "--bins", "--tests"]))?;
    let built = arch::metadata()?.target_directory.join("debug");
    process::run(
        Command::new("node")
            .args(["--test", "--test-timeout", &TIMEOUT_MS.to_string()])
            .args(&tests)
            .env("ENTENTE_BIN", built.join("entente"))
            .env("ENTENTE_SERVICE_PORTAL", built.join("service-portal"))
            .env(python::VARIABLE, python::environment()?)
            .current_dir(&folder),
    )
}

/// The test files relative to `folder`, in a stable order.
fn tests(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| format!("failed to list {}", next.display()))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "node_modules" && !name.starts_with('.') {
                    waiting.push(path);
                }
            } else if name.ends_with(".test.mjs") {
                found.push(path.strip_prefix(folder)?.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}

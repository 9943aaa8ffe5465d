//! Makes sure that what the tests need is on this machine. As root on a Debian-like system, missing packages are
//! installed; elsewhere one line says what to install, and the run ends.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow, bail};

use crate::{process, python};

/// What the selected steps will use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Need {
    /// The server programs of PostgreSQL.
    pub postgres: bool,
    /// Chromium with a font for Chinese, Node with npm, and Python with the libraries of `e2e/clients`.
    pub e2e: bool,
    /// cargo-deny.
    pub deny: bool,
}

impl Need {
    /// Everything that any step uses.
    pub fn all() -> Self {
        Self { postgres: true, e2e: true, deny: true }
    }
}

/// The oldest Node on which playwright-core and `node --test --test-timeout` both work.
const NODE: (u32, u32) = (20, 11);

/// The version that reads the format of `deny.toml` here.
const DENY: &str = "0.20.2";

/// Checks for everything in `need`, and installs what is missing where that is possible.
pub fn run(need: Need) -> Result<()> {
    let mut missing: Vec<&str> = Vec::new();
    if need.postgres && postgres_bin().is_none() {
        missing.extend(["postgresql", "postgresql-contrib"]);
    }
    if need.e2e {
        if python::base().is_none() {
            missing.extend(["python3", "python3-venv"]);
        }
        if chromium().is_none() {
            // The second is the engine alone, for the tests that need no more; they can do without it.
            missing.extend(["chromium", "chromium-headless-shell"]);
        }
        if !has_chinese_font() {
            missing.extend(["fontconfig", "fonts-wqy-zenhei"]);
        }
    }
    if !missing.is_empty() {
        install(&missing)?;
    }
    if need.postgres {
        let bin = postgres_bin().ok_or_else(|| anyhow!("PostgreSQL's server programs are still not found"))?;
        println!("postgres: {}", process::output(Command::new(bin.join("postgres")).arg("--version"))?);
    }
    if need.e2e {
        let chromium = chromium().ok_or_else(|| anyhow!("Chromium is still not found"))?;
        if !has_chinese_font() {
            bail!("no font for Chinese is found (fc-list :lang=zh prints nothing)");
        }
        println!("chromium: {}, with a font for Chinese", chromium.display());
        node()?;
        println!("python: {}", process::output(Command::new(python::environment()?).arg("--version"))?);
    }
    if need.deny {
        println!("cargo-deny: {}", process::output(Command::new(deny()?).arg("--version"))?);
    }
    Ok(())
}

/// The folder with `initdb` and `pg_ctl`. Debian keeps the server programs out of `PATH`, one folder a version.
pub fn postgres_bin() -> Option<PathBuf> {
    let on_path = process::find(&["initdb"]).and_then(|initdb| initdb.parent().map(Path::to_path_buf));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .max();
    on_path.or(newest.map(|(_, bin)| bin))
}

/// The cargo-deny to use: the one on `PATH`, or our own, which is built here first if need be (a few minutes, once).
pub fn deny() -> Result<PathBuf> {
    let tools = process::root().join("target/tools");
    let own = tools.join("bin/cargo-deny");
    if let Some(deny) = process::find(&["cargo-deny"]) {
        return Ok(deny);
    }
    if !own.is_file() {
        println!("cargo-deny is not installed; building {DENY} once, into target/tools");
        let build = tools.join("build");
        // An unoptimised build takes half the time, and the check itself about a second more.
        process::run(
            process::cargo(&["install", "cargo-deny", "--version", DENY, "--locked", "--debug", "--quiet", "--root"])
                .arg(&tools)
                .arg("--target-dir")
                .arg(&build)
                .env("CARGO_PROFILE_DEV_DEBUG", "0"),
        )?;
        std::fs::remove_dir_all(&build)?;
    }
    Ok(own)
}

fn chromium() -> Option<PathBuf> {
    process::find(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
}

fn has_chinese_font() -> bool {
    process::find(&["fc-list"])
        .is_some_and(|list| process::output(Command::new(list).arg(":lang=zh")).is_ok_and(|fonts| !fonts.is_empty()))
}

fn node() -> Result<()> {
    let (Some(node), Some(_)) = (process::find(&["node"]), process::find(&["npm"])) else {
        bail!(
            "Node.js {}.{} or newer with npm is needed for the browser journeys: install it from nodejs.org",
            NODE.0,
            NODE.1
        );
    };
    let version = process::output(Command::new(node).arg("--version"))?;
    if parse_node(&version).is_none_or(|found| found < NODE) {
        bail!("Node.js {}.{} or newer is needed, found {version}", NODE.0, NODE.1);
    }
    println!("node: {version}");
    Ok(())
}

fn parse_node(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let debian = Path::new("/etc/debian_version").exists() && process::find(&["apt-get"]).is_some();
    if !debian {
        bail!("missing: {list} (Debian's names); install them with this system's package manager and run again");
    }
    if !process::is_root() {
        bail!("missing: {list}; run: sudo apt-get update && sudo apt-get install -y --no-install-recommends {list}");
    }
    let apt = |arguments: &[&str]| {
        process::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat())
}

#[cfg(test)]
mod tests {
    use super::parse_node;

    #[test]
    fn node_versions() {
        for (text, expected) in
            [("v20.20.2", Some((20, 20))), ("v9.1.0", Some((9, 1))), ("20.1.0", None), ("v", None), ("vx.1", None)]
        {
            assert_eq!(parse_node(text), expected, "{text}");
        }
        assert!(parse_node("v9.99.0") < Some(super::NODE), "versions compare as numbers");
    }
}

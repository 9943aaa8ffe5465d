//! The Python in which the clients of `e2e/clients` run: a virtual environment with the pinned libraries.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow};

use crate::process;

/// Which Python the tests use, as they find it in their environment.
pub const VARIABLE: &str = "ENTENTE_PYTHON";

/// A Python that can make virtual environments; Debian's needs a package more for that.
pub fn base() -> Option<PathBuf> {
    let python = process::find(&["python3"])?;
    let check = Command::new(&python).args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status();
    check.is_ok_and(|status| status.success()).then_some(python)
}

/// The Python of the environment, which is made or renewed first if the pinned libraries are not those in it.
pub fn environment() -> Result<PathBuf> {
    let folder = process::root().join("target/python");
    let python = folder.join("bin/python");
    let requirements = process::root().join("e2e/clients/requirements.txt");
    let wanted = fs::read_to_string(&requirements).context("failed to read e2e/clients/requirements.txt")?;
    let installed = folder.join("installed.txt");
    if python.is_file() && fs::read_to_string(&installed).is_ok_and(|it| it == wanted) {
        return Ok(python);
    }
    let base = base().ok_or_else(|| anyhow!("a Python that can make virtual environments is still not found"))?;
    process::run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
    process::run(Command::new(&python).args(install).arg(&requirements))?;
    // Written last: an installation that broke off is begun again.
    fs::write(&installed, wanted)?;
    Ok(python)
}

//! The binary as a process.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The binary with these arguments, and nothing of ours in its environment.
pub fn entente(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
    command.args(arguments).env_clear().current_dir("/");
    command
}

/// A folder for one test.
pub fn folder() -> TempDir {
    tempfile::Builder::new().prefix("entente-server-").tempdir().unwrap()
}

/// A folder's path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Output {
    entente(arguments).output().unwrap()
}

/// A server that runs; killed when a test fails.
pub struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    /// What it said until it was ready.
    pub said: String,
    /// From start to that.
    pub took: Duration,
    log: std::path::PathBuf,
}

impl Server {
    /// Starts it and waits for the line that begins with `last`. Ports are held by then, so a request made now is answered.
    pub fn start(command: &mut Command, log: &Path, last: &str) -> Self {
        let begun = Instant::now();
        let child = command.stdout(Stdio::piped()).stderr(File::create(log).unwrap()).spawn();
        let mut child = child.unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        loop {
            let mut line = String::new();
            if out.read_line(&mut line).unwrap() == 0 {
                let status = child.wait().unwrap();
                panic!("ended with {status} before it was ready: {said}{}", fs::read_to_string(log).unwrap());
            }
            said.push_str(&line);
            if line.starts_with(last) {
                break;
            }
        }
        Self { child, out, said, took: begun.elapsed(), log: log.to_owned() }
    }

    /// What follows `label` on a line of its own.
    pub fn word(&self, label: &str) -> &str {
        let line = self.said.lines().find_map(|line| line.trim_start().strip_prefix(label));
        line.unwrap_or_else(|| panic!("no {label:?} in {}", self.said)).trim()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Asks it to end, as service managers do, and waits for that.
    pub fn stop(self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }

    /// Waits for its end.
    pub fn ended(mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        while self.out.read_line(&mut rest).unwrap() > 0 {}
        assert_eq!(rest, "", "nothing else goes to standard output");
        status
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([format!("-{name}"), id]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone when the test went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

//! One throw-away PostgreSQL cluster for a whole run.
//!
//! The cluster is kept by a small shell that waits for the end of its input, a pipe that this program holds. When
//! this program ends, in whatever way, the pipe closes, and the shell stops the cluster and removes its folder.
//! That also covers Ctrl-C and `kill -9`, for which no destructor of this program would run.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};

use crate::{process, setup};

/// The environment variable under which tests find the cluster.
pub const VARIABLE: &str = "ENTENTE_TEST_POSTGRES";

/// Arguments: the folder of PostgreSQL's programs, our folder, the port, then further arguments for initdb.
const KEEPER: &str = r#"
trap '' INT TERM HUP
umask 077
bin=$1 dir=$2 port=$3
shift 3
fail() { cat "$dir"/*.log >&2; rm -rf "$dir"; exit 1; }
"$bin/initdb" -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 --no-sync "$@" >"$dir/initdb.log" 2>&1 || fail
"$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 -o "-c listen_addresses=127.0.0.1 -c port=$port \
  -c unix_socket_directories=$dir -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
  -c max_connections=200 -c max_locks_per_transaction=256" start >"$dir/start.log" 2>&1 </dev/null || fail
echo ready
cat >/dev/null
"$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$dir"
"#;

/// A running cluster, stopped and removed when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    keeper: Child,
}

impl Cluster {
    /// Makes and starts a cluster on a free port of the loopback address. Durability is switched off: the data is
    /// gone after the run anyway.
    pub fn start() -> Result<Self> {
        let bin = setup::postgres_bin()
            .ok_or_else(|| anyhow!("PostgreSQL's server programs are not found; run `cargo xtask setup`"))?;
        let folder = Folder::create()?;
        let port = free_port()?;
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&bin).arg(&folder.path).arg(port.to_string());
        keeper.args(locale(&bin)?);
        if let Some((user, group)) = folder.owner {
            keeper.uid(user).gid(group);
        }
        let mut keeper = keeper
            .current_dir(&folder.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start the shell that keeps PostgreSQL")?;
        let mut answer = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout).read_line(&mut answer)?;
        }
        if answer.trim() != "ready" {
            keeper.wait()?;
            bail!("PostgreSQL did not start; its log is above");
        }
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        println!("postgres: {url}");
        Ok(Self { url, keeper })
    }

    /// The address with user and database, as the tests take it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // `wait` closes the pipe first, which is the keeper's signal to stop.
        if let Err(error) = self.keeper.wait() {
            eprintln!("failed to wait for PostgreSQL to stop: {error}");
        }
    }
}

/// Runs one command with a cluster of its own, or with the one that the environment already names.
pub fn run_with(words: &[String]) -> Result<()> {
    let (program, arguments) = words.split_first().context("no command given")?;
    let mut command = Command::new(program);
    command.args(arguments);
    if process::env(VARIABLE).is_some() {
        return process::run(&mut command);
    }
    let cluster = Cluster::start()?;
    process::run(command.env(VARIABLE, cluster.url()))
}

/// A linguistic sort order where this PostgreSQL can have one without the system's help: like most real
/// installations, and unlike SQLite, so that a column that forgot its own collation is found out.
fn locale(bin: &Path) -> Result<Vec<&'static str>> {
    let help = process::output(Command::new(bin.join("initdb")).arg("--help"))?;
    let mut arguments = vec!["--locale=C.UTF-8"];
    if help.contains("--icu-locale") {
        arguments.extend(["--locale-provider=icu", "--icu-locale=en-US"]);
    }
    Ok(arguments)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The cluster's folder. PostgreSQL refuses to run as root, so root hands it to the user that the package made.
struct Folder {
    path: PathBuf,
    owner: Option<(u32, u32)>,
}

impl Folder {
    fn create() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("entente-postgres-{}", std::process::id()));
        std::fs::create_dir(&path).with_context(|| format!("failed to make {}", path.display()))?;
        let owner = if process::is_root() { Some((id("-u")?, id("-g")?)) } else { None };
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(&path, Some(user), Some(group))?;
        }
        Ok(Self { path, owner })
    }
}

fn id(which: &str) -> Result<u32> {
    let text = process::output(Command::new("id").args([which, "postgres"]))
        .context("root needs the user `postgres` to run a cluster")?;
    Ok(text.parse()?)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::Cluster;

    #[test]
    fn a_cluster_answers_while_it_lives_and_is_gone_afterwards() {
        let cluster = Cluster::start().unwrap();
        let address = cluster.url().trim_start_matches("postgres://postgres@").trim_end_matches("/postgres").to_owned();
        let folder = std::env::temp_dir().join(format!("entente-postgres-{}", std::process::id()));
        assert!(TcpStream::connect(&address).is_ok());
        assert!(folder.exists());
        drop(cluster);
        assert!(TcpStream::connect(&address).is_err(), "the server still listens");
        assert!(!folder.exists(), "the folder is still there");
    }
}

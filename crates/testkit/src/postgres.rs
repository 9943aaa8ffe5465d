//! A PostgreSQL for tests: one server per test process, one database per test.
//!
//! `ENTENTE_TEST_POSTGRES` names a server to share between processes (its user must be allowed to create databases).
//! Without it the installed server is started in a temporary folder, reachable through a socket in that folder only. A
//! small shell waits for the end of the test process, however it ends, and then stops the server and removes the folder.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use entente_store::{PostgresOptions, Store};
use postgres::config::Host;
use postgres::{Client, Config, NoTls};

/// A migrated database that exists as long as this value.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// Makes one from a template that is migrated once.
    ///
    /// # Panics
    /// When there is no server to be had; the message says how to install one.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| done("migrate a template", make_template()));
        let name = format!("entente_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        done("create a database", admin().and_then(|mut it| it.batch_execute(&create)));
        Self { url: url_of(&name), name }
    }

    /// What [`Store::open_postgres`] takes.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server is thrown away anyway unless it is a shared one; a test that fails should fail for its own reason.
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = admin().and_then(|mut it| it.batch_execute(&drop)) {
            eprintln!("failed to drop {}: {error}", self.name);
        }
    }
}

fn done<T, E: std::error::Error>(what: &str, result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| {
        let mut message = format!("failed to {what}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            // Writing to a String cannot fail.
            let _ = write!(message, ": {cause}");
            source = cause.source();
        }
        panic!("{message}")
    })
}

/// The template's name; it is made under a lock, because processes may share the server.
fn make_template() -> Result<String, postgres::Error> {
    // PostgreSQL cuts names at 63 bytes.
    let name = format!("entente_template_{}", &entente_store::schema_id()[..32]);
    let mut client = admin()?;
    client.batch_execute("SELECT pg_advisory_lock(7316402518)")?;
    if client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])?.is_none() {
        let draft = format!("{name}_draft");
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)"))?;
        client.batch_execute(&format!("CREATE DATABASE {draft} TEMPLATE template0 ENCODING 'UTF8'"))?;
        let store = done("open the template", Store::open_postgres(&url_of(&draft), &PostgresOptions::default()));
        done("migrate the template", store.migrate());
        drop(store);
        client.batch_execute(&format!("ALTER DATABASE {draft} RENAME TO {name}"))?;
    }
    Ok(name)
}

fn admin() -> Result<Client, postgres::Error> {
    server().config.connect(NoTls)
}

fn url_of(database: &str) -> String {
    let config = &server().config;
    let mut url = String::new();
    let mut say = |key: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = write!(url, "{key}='{}' ", value.replace('\\', "\\\\").replace('\'', "\\'"));
    };
    for host in config.get_hosts() {
        match host {
            Host::Tcp(name) => say("host", name),
            Host::Unix(path) => say("host", &path.to_string_lossy()),
        }
    }
    for port in config.get_ports() {
        say("port", &port.to_string());
    }
    if let Some(user) = config.get_user() {
        say("user", user);
    }
    if let Some(password) = config.get_password() {
        say("password", &String::from_utf8_lossy(password));
    }
    say("dbname", database);
    url.trim_end().to_owned()
}

struct Server {
    config: Config,
    /// Holds the pipe whose end tells the shell that this process is gone.
    _watch: Option<Child>,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| match environment("ENTENTE_TEST_POSTGRES") {
        Some(url) => {
            let url = url.to_string_lossy();
            Server { config: done("read ENTENTE_TEST_POSTGRES", url.parse()), _watch: None }
        }
        None => start(),
    })
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration file")]
fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

fn start() -> Server {
    let binaries = binaries().unwrap_or_else(|| {
        panic!("no PostgreSQL server found; install one: apt-get install postgresql postgresql-contrib")
    });
    let folder = done("make a folder", tempfile::Builder::new().prefix("entente-pg-").tempdir()).keep();
    let as_root = run(Command::new("id").arg("-u")).trim() == "0";
    if as_root {
        // PostgreSQL refuses to run as root.
        run(Command::new("chown").arg("postgres").arg(&folder));
    }
    let data = folder.join("data");
    let tool = |name: &str| quoted(&binaries.join(name));
    let stop = format!("{} -D {} -m immediate stop", tool("pg_ctl"), quoted(&data));
    let stop = if as_root { format!("su -s /bin/sh postgres -c {}", quoted(Path::new(&stop))) } else { stop };
    let watch = Command::new("sh")
        .arg("-c")
        .arg(format!("read -r _; {stop}; rm -rf {}", quoted(&folder)))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Not to be interrupted together with the tests.
        .process_group(0)
        .spawn();
    let watch = done("watch over the server", watch);

    // A linguistic sort order, like most real installations and unlike SQLite: a text column that forgot its own
    // collation is found out.
    let help = run(Command::new(binaries.join("initdb")).arg("--help"));
    let order = if help.contains("--icu-locale") { "--locale-provider=icu --icu-locale=en-US" } else { "" };
    let initdb = format!(
        "{} -D {} -U postgres -A trust -E UTF8 --locale=C.UTF-8 {order} --no-sync",
        tool("initdb"),
        quoted(&data)
    );
    run(&mut shell(as_root, &initdb));
    // Nothing here has to survive a crash.
    let settings = format!(
        "-F -k {} -c listen_addresses= -c full_page_writes=off -c max_connections=200 -c max_wal_size=4GB",
        folder.display()
    );
    let start = format!(
        "{} -D {} -w -t 120 -l {} -o {} start",
        tool("pg_ctl"),
        quoted(&data),
        quoted(&folder.join("log")),
        quoted(Path::new(&settings))
    );
    run(&mut shell(as_root, &start));
    let mut config = Config::new();
    config.host_path(&folder).user("postgres").dbname("postgres");
    Server { config, _watch: Some(watch) }
}

/// The folder of the newest server installed.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|it| it.path().join("bin")).collect())
        .unwrap_or_default();
    found.sort_by_key(|bin| {
        bin.parent().and_then(Path::file_name).and_then(|it| it.to_str()).and_then(|it| it.parse::<u32>().ok())
    });
    found.reverse();
    found.extend(environment("PATH").iter().flat_map(std::env::split_paths));
    found.into_iter().find(|bin| bin.join("initdb").is_file() && bin.join("pg_ctl").is_file())
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

fn shell(as_root: bool, script: &str) -> Command {
    let mut command = Command::new(if as_root { "su" } else { "sh" });
    if as_root {
        command.args(["-s", "/bin/sh", "postgres"]);
    }
    command.arg("-c").arg(script).current_dir("/");
    command
}

/// Runs a tool to its end and returns what it said.
fn run(command: &mut Command) -> String {
    // The server inherits these from pg_ctl and would keep a pipe open for as long as it lives, hence the files.
    let [said, complained] = [(); 2].map(|()| done("make a file", tempfile::tempfile()));
    let copy = |file: &std::fs::File| Stdio::from(done("share a file", file.try_clone()));
    let status = command.stdin(Stdio::null()).stdout(copy(&said)).stderr(copy(&complained)).status();
    let text = |mut file: std::fs::File| {
        let mut text = String::new();
        done("rewind", std::io::Seek::rewind(&mut file));
        done("read", std::io::Read::read_to_string(&mut file, &mut text));
        text
    };
    let said = text(said);
    assert!(done("run a tool", status).success(), "failed to run {command:?}: {said}{}", text(complained));
    said
}

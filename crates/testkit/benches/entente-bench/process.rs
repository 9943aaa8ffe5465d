//! The real program: how long it takes to be ready, and how much memory it holds.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use entente_store::SqliteOptions;
use entente_testkit::app::PASSWORD;

use crate::installation::{install, open};
use crate::row;

const RELATIONSHIPS: usize = 100_000;

/// A running server; ends with this value.
pub struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // What it held is of no use any more; there is nothing to finish.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts it and says how long it took to be ready.
    pub fn start(demo: bool, data: &Path) -> (Self, Duration) {
        let port = free_port();
        let mut command = Command::new(program());
        command.args(["serve", "--http", &format!("127.0.0.1:{port}"), "--data"]).arg(data);
        if demo {
            command.args(["--demo", "--https", &format!("127.0.0.1:{}", free_port())]);
        }
        command.env("ENTENTE__LISTEN__TRUSTED_PROXIES", "127.0.0.1");
        command.env("ENTENTE__ADDRESS__PARTNER_PORTAL", format!("http://127.0.0.1:{port}"));
        let begun = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server program starts");
        let mut server = Self { child, port };
        while !server.ask("GET", "/readyz", "", "").is_some_and(|answer| answer.starts_with("HTTP/1.0 200")) {
            assert!(server.child.try_wait().expect("a state").is_none(), "the server ended by itself");
            assert!(begun.elapsed() < Duration::from_mins(1), "the server does not get ready");
            std::thread::yield_now();
        }
        (server, begun.elapsed())
    }

    /// The whole answer, or nothing while nobody listens.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Option<String> {
        let port = self.port;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Signs somebody in at the partner portal and returns the cookie to send.
    pub fn sign_in(&self, name: &str) -> String {
        let answer = self.try_sign_in(&self.sign_in_form(), name, "");
        assert!(answer.starts_with("HTTP/1.0 303"), "{answer}");
        cookie(&answer).expect("a session")
    }

    /// The token of a sign-in form and its cookie.
    pub fn sign_in_form(&self) -> (String, String) {
        let page = self.ask("GET", "/partner/sign-in", "", "").expect("the sign-in page");
        let (_, token) = page.split_once("name=\"_token\" value=\"").expect("a form token");
        let token = token.split('"').next().expect("its end").to_owned();
        (token, cookie(&page).expect("a cookie for the form"))
    }

    /// Sends a sign-in with everybody's password; `headers` come on top.
    pub fn try_sign_in(&self, (token, form): &(String, String), name: &str, headers: &str) -> String {
        let fields =
            format!("_token={token}&username={}&password={}", name.replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let headers = format!("Cookie: {form}\r\n{headers}");
        self.ask("POST", "/partner/sign-in", &headers, &fields).expect("an answer")
    }

    fn resident_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib / 1024
    }
}

/// The cookie an answer sets.
pub fn cookie(answer: &str) -> Option<String> {
    let value = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "))?;
    value.split(';').next().map(str::to_owned)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port()
}

/// `cargo xtask bench` builds it first.
fn program() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder").join("release/entente")
}

/// Five fresh demonstrations, one after the other; then one installation with many relationships, after its pages were used.
pub fn start_and_memory(folder: &Path) {
    let mut starts: Vec<Duration> = (0..5).map(|n| Server::start(true, &folder.join(format!("demo{n}"))).1).collect();
    starts.sort_unstable();
    row("start of a fresh demonstration until it is ready", &format!("{:.2} s", starts[2].as_secs_f64()), "< 1 s");

    let data = folder.join("installation");
    fs::create_dir(&data).expect("a folder");
    drop(install(&open(&data.join("entente.db"), &SqliteOptions::default()), RELATIONSHIPS));
    let (server, _) = Server::start(false, &data);
    let headers = format!("Cookie: {}\r\n", server.sign_in("maya@partner0.no"));
    for n in 0..300 {
        let words = ["", "?q=logist", "?priv=granted", "?sort=-since", "?q=fjord12"];
        let path = format!("/partner/customers{}", words[n % words.len()]);
        let answer = server.ask("GET", &path, &headers, "").expect("a page");
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    }
    row(
        &format!("resident memory at {RELATIONSHIPS} relationships, after 300 pages"),
        &format!("{} MiB", server.resident_mib()),
        "< 150 MiB",
    );
}

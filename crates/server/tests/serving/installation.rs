//! An installation that is no demonstration: first start, set-up, what it refuses, how it ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::http::{Answer, Client};
use crate::process::{Server, entente, folder, run, text};

/// The usual public address; pages are only served to whoever asks for it.
const HOST: &str = "localhost:8080";

fn serve(data: &Path, more: &[&str]) -> Server {
    let arguments = [&["serve", "--data", text(data), "--http", "127.0.0.1:0"], more].concat();
    Server::start(&mut entente(&arguments), &data.join("log"), "Listening on")
}

fn client(server: &Server) -> Client {
    Client::new(server.word("Listening on"), None).host(HOST)
}

fn link(server: &Server) -> String {
    server.word("http://localhost:8080/_setup/").to_owned()
}

/// A page without what differs from request to request: its number, its time, and the way back to it.
fn bare(answer: &Answer, path: &str) -> (u16, String) {
    let mut body = answer.body.replace(&format!("value=\"{path}\""), "");
    for tag in ["code", "time"] {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        while let Some(from) = body.find(&open) {
            let until = body.get(from..).and_then(|rest| rest.find(&close)).expect("closed") + from + close.len();
            body.replace_range(from..until, "");
        }
    }
    (answer.status, body)
}

const FIRST: &str = "name=Halden+Cloud&domain=halden.example&country=NO&person=Ada+Halden&upn=ada%40halden.example\
    &password=a+long+enough+one&again=a+long+enough+one";

#[test]
fn the_first_start_is_set_up_through_its_link_once() {
    let data = folder();
    let server = serve(data.path(), &[]);
    let (client, token) = (client(&server), link(&server));
    let path = format!("/_setup/{token}");
    assert_eq!(client.get("/readyz").status, 200);

    let page = client.get(&path);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Set up this installation"), "{}", page.body);
    let chinese = client.send("GET", &path, "Accept-Language: zh-CN\r\n", "");
    assert!(chinese.body.contains("设置此系统"), "{}", chinese.body);

    let unknown = bare(&client.get("/no-such-page"), "/no-such-page");
    assert_eq!(unknown.0, 404);
    for wrong in ["x", "", &token.to_lowercase(), &format!("{token}A"), &"A".repeat(43)] {
        if *wrong != token {
            let wrong = format!("/_setup/{wrong}");
            assert!(bare(&client.get(&wrong), &wrong) == unknown, "{wrong}");
            assert_eq!(client.form(&wrong, FIRST).status, 404, "{wrong}");
        }
    }
    let elsewhere = "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://evil.example\r\n";
    assert_eq!(client.send("POST", &path, elsewhere, FIRST).status, 403);

    let bad = FIRST.replace("ada%40halden.example", "ada%40other.example");
    let kept = client.form(&path, &bad);
    assert_eq!(kept.status, 422);
    assert!(kept.body.contains("ada@other.example") && !kept.body.contains("a long enough one"), "{}", kept.body);
    let differs = client.form(&path, &FIRST.replace("again=a+long", "again=another"));
    assert!(differs.status == 422 && differs.body.contains("The two passwords differ"), "{}", differs.body);

    let done = client.form(&path, FIRST);
    assert_eq!((done.status, done.header("location")), (303, Some("/partner/sign-in")));
    assert!(bare(&client.get(&path), &path) == unknown, "the link is used up");
    assert_eq!(client.form(&path, FIRST).status, 404);
    for secret in [token.as_str(), "a long enough one", "a+long+enough+one"] {
        assert!(!server.log().contains(secret), "in the log: {secret}");
    }
    assert_eq!(server.stop().code(), Some(0));

    // From now on it needs no set-up and may be reached by others.
    let open = ["serve", "--data", text(data.path()), "--http", "0.0.0.0:0"];
    let server = Server::start(&mut entente(&open), &data.path().join("log"), "Listening on");
    assert!(!server.said.contains("_setup"), "{}", server.said);
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn nobody_else_reaches_a_server_without_an_administrator() {
    let data = folder();
    let output = run(&["serve", "--data", text(data.path()), "--http", "0.0.0.0:0"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("0.0.0.0:") && told.contains("no administrator yet"), "{told}");
    assert!(output.stdout.is_empty(), "no link is printed either");
}

#[test]
fn nothing_of_a_demonstration_exists() {
    let data = folder();
    let server = serve(data.path(), &[]);
    let client = client(&server);
    let json = "Content-Type: application/json\r\n";
    let ask = |method: &str, path: &str| bare(&client.send(method, path, json, "{}"), path);
    for path in [
        "/_demo/clock",
        "/_demo/invitations/accept",
        "/_demo/admin-relationships/1/approve",
        "/_demo/mail",
        "/_demo/mail/20261123T090000.000000Z-x.eml",
        "/_demo",
        "/_ui",
        "/_ui/focus",
    ] {
        for method in ["GET", "POST"] {
            let answer = ask(method, path);
            assert_eq!(answer.0, 404, "{method} {path}");
            assert!(answer == ask(method, "/no-such-page"), "{method} {path}");
        }
    }
    server.stop();
}

#[test]
fn probes_are_answered_under_any_name_and_kept_by_no_cache() {
    let data = folder();
    let server = serve(data.path(), &[]);
    let client = client(&server).host("10.0.0.7:80");
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = client.get(path);
        assert_eq!(
            (answer.status, answer.body.as_str(), answer.header("cache-control")),
            (200, body, Some("no-store"))
        );
    }
    assert_eq!(client.get("/").status, 421, "pages are for their own address only");
    server.stop();
}

#[test]
fn a_mail_server_that_is_down_stops_nothing() {
    let data = folder();
    let file = data.path().join("entente.toml");
    // Port 1 of this machine: refused at once.
    let text_of = "[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = 1\nfrom = \"noreply@halden.example\"\n";
    fs::write(&file, text_of).unwrap();
    let server = serve(data.path(), &["--config", text(&file)]);
    assert_eq!(client(&server).get("/readyz").status, 200);
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn without_migrating_a_database_that_is_behind_is_refused() {
    let data = folder();
    let refused = run(&["serve", "--data", text(data.path()), "--http", "127.0.0.1:0", "--no-migrate"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("behind this release") && told.contains("without --no-migrate"), "{told}");
    serve(data.path(), &[]).stop();
    assert_eq!(serve(data.path(), &["--no-migrate"]).stop().code(), Some(0));
}

#[test]
fn the_instance_key_is_its_owners_and_stays() {
    let data = folder();
    serve(data.path(), &[]).stop();
    let key = data.path().join("instance.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let made = fs::read_to_string(&key).unwrap();
    let server = serve(data.path(), &[]);
    assert!(!server.log().contains(made.trim()) && !server.said.contains(made.trim()));
    server.stop();
    assert_eq!(fs::read_to_string(&key).unwrap(), made);
    fs::write(&key, "nonsense").unwrap();
    let told = String::from_utf8(run(&["serve", "--data", text(data.path()), "--http", "127.0.0.1:0"]).stderr).unwrap();
    assert!(told.contains("holds no instance key"), "{told}");
}

#[test]
fn https_comes_from_the_operators_files() {
    let data = folder();
    let (certificate, key) = (data.path().join("cert.pem"), data.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let file = data.path().join("entente.toml");
    let config = format!(
        "[address]\npartner_portal = \"https://127.0.0.1:8443\"\n[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n"
    );
    fs::write(&file, config).unwrap();
    let mut command = entente(&["serve", "--data", text(data.path()), "--config", text(&file)]);
    command.env("ENTENTE__LISTEN__HTTP", "").env("ENTENTE__LISTEN__HTTPS", "127.0.0.1:0");
    let server = Server::start(&mut command, &data.path().join("log"), "Listening on");
    let origin = server.word("Listening on").to_owned();
    let answer = Client::new(&origin, Some(&certificate)).host("127.0.0.1:8443").get("/");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000"));
    server.stop();

    let without = run(&["serve", "--data", text(data.path()), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]);
    assert!(String::from_utf8_lossy(&without.stderr).contains("tls.certificate and tls.key"), "{without:?}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let data = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["serve", "--data", text(data.path()), "--http", &address]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && told.contains(&format!("failed to listen on {address}")), "{told}");
}

#[test]
fn a_request_in_hand_is_finished_before_the_end() {
    let data = folder();
    let server = serve(data.path(), &[]);
    let address = server.word("Listening on").strip_prefix("http://").expect("an address").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /_setup/x HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 6\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n", "a handler waits for the body");
    server.signal("TERM");
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(b"name=x").unwrap();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("HTTP/1.1 404 Not Found"), "{rest}");
    assert_eq!(server.ended().code(), Some(0));
}

//! Asking other servers over real sockets: what is never asked, and how long and how much is waited for.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be prepared has failed; clippy knows only functions marked as tests"
)]

mod refused;
mod server;
mod signals;
mod trust;

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use entente_app::wiring::{Fetch as _, FetchError};
use entente_delivery::{Allowed, Http};
use http::{Request, Response, Uri};
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use self::server::{Script, Server};

const PRIVATE: Allowed = Allowed { private: true };
/// For tests of the limit itself.
const LIMIT: Duration = Duration::from_millis(400);
/// For everything else, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Names that lead where a test says: each look-up takes the next answer, the last one stays.
#[derive(Debug)]
struct Names(Mutex<Vec<Vec<SocketAddr>>>);

impl Names {
    fn new(answers: &[&[SocketAddr]]) -> Self {
        Self(Mutex::new(answers.iter().rev().map(|it| it.to_vec()).collect()))
    }
}

impl Resolver for Names {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop() } else { answers.first().cloned() };
        let mut found = self.empty();
        answer.unwrap().into_iter().for_each(|it| found.push(it));
        Ok(found)
    }
}

fn get(client: &Http, url: &str) -> Result<Response<Vec<u8>>, FetchError> {
    client.send(Request::get(url).body(Vec::new()).unwrap())
}

fn why(client: &Http, url: &str) -> FetchError {
    get(client, url).unwrap_err()
}

fn client() -> Http {
    within(PATIENCE)
}

fn within(limit: Duration) -> Http {
    Http::with(PRIVATE, None, limit, ureq::unversioned::resolver::DefaultResolver::default()).unwrap()
}

#[test]
fn an_answer_arrives_whole_whatever_its_status() {
    let server = Server::start(Script::Say("HTTP/1.1 418 Odd\r\nX-Kind: pot\r\nContent-Length: 5\r\n\r\nshort"));
    let request = Request::post(server.url("/brew?milk=1"))
        .header("content-type", "text/plain")
        .body(b"two cups".to_vec())
        .unwrap();
    let answer = client().send(request).unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_slice()), (418, b"short".as_slice()));
    assert_eq!(answer.headers()["x-kind"], "pot");
    let heard = server.heard();
    assert!(heard.starts_with("POST /brew?milk=1 HTTP/1.1\r\n"), "{heard}");
    assert!(heard.ends_with("\r\n\r\ntwo cups"), "{heard}");
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Server::start(Script::Say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    for status in [301, 302, 303, 307, 308] {
        let there = elsewhere.url("/");
        let text = format!("HTTP/1.1 {status} Moved\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n");
        let server = Server::start(Script::Say(text.leak()));
        let answer = get(&client(), &server.url("/")).unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.headers()["location"], there.as_str());
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_body_of_any_length_is_read_to_the_limit() {
    let exactly = format!("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n{}", "x".repeat(65536));
    let server = Server::start(Script::Say(exactly.leak()));
    assert_eq!(get(&client(), &server.url("/")).unwrap().body().len(), 65536);
    let longer = format!("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n{}", "x".repeat(65537));
    let server = Server::start(Script::Say(longer.leak()));
    assert_eq!(why(&client(), &server.url("/")), FetchError::TooLarge);
    let server =
        Server::start(Script::Endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nmore\r\n"));
    assert_eq!(why(&client(), &server.url("/")), FetchError::TooLarge);
    let server = Server::start(Script::Endless("HTTP/1.1 200 OK\r\n", "X-More: more\r\n"));
    assert!(matches!(get(&client(), &server.url("/")), Err(FetchError::TooLarge | FetchError::Other(_))));
}

#[test]
fn no_server_holds_us_longer_than_the_limit() {
    for script in [
        Script::Silence,
        Script::Trickle("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", "x"),
        Script::Trickle("HTTP/1.1 200 OK\r\n", "X-A: b\r\n"),
    ] {
        let server = Server::start(script);
        assert_eq!(why(&within(LIMIT), &server.url("/")), FetchError::Timeout, "{script:?}");
    }
}

#[test]
fn nobody_listening_is_an_error_of_its_own() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert!(matches!(get(&client(), &format!("http://127.0.0.1:{port}/")), Err(FetchError::Other(_))));
}

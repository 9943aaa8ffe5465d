//! What is never asked.

use std::net::SocketAddr;

use entente_app::wiring::FetchError;
use entente_delivery::{Allowed, Http};
use http::{Request, Uri};

use super::{Names, PATIENCE, PRIVATE, Script, Server, get, why};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Ways to write an address that leads where no request of ours may go. `{}` is the port of a server that listens.
const TRICKS: &[&str] = &[
    "http://127.0.0.1:{}/",
    "https://127.0.0.1:{}/",
    "https://localhost:{}/",
    "https://LOCALHOST.:{}/",
    "https://[::1]/",
    "https://0.0.0.0/",
    "https://0/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://169.254.170.2/",
    "https://100.64.0.1/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://192.0.0.1/",
    "https://198.18.0.1/",
    "https://[fc00::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[ff02::1]/",
    "https://255.255.255.255/",
    "https://224.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "ftp://127.0.0.1/",
    "unix:/var/run/docker.sock",
    "https://user:pass@127.0.0.1/",
    "https://someone@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com#@127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https:\\\\127.0.0.1\\",
    "https://127.0.0.1%2f@example.com/",
    "https://\u{24db}\u{24de}\u{24d2}\u{24d0}\u{24db}\u{24d7}\u{24de}\u{24e2}\u{24e3}/",
    "https://\u{ff11}\u{ff12}\u{ff17}.\u{ff10}.\u{ff10}.\u{ff11}/",
    "https://127\u{3002}0\u{3002}0\u{3002}1/",
    "https://127.0.0.1:22/",
    "https://example.com:22/",
    "https://example.com:25/",
    "http://example.com/",
    "//127.0.0.1/",
    "/",
    "*",
    "javascript:alert(1)",
    "",
    " https://127.0.0.1/",
];

#[test]
fn every_trick_is_refused_and_nothing_is_sent() {
    let server = Server::start(Script::Say(OK));
    // A name that nobody tricked leads to a private address all the same, so that no test ever reaches the internet.
    let to: SocketAddr = ([127, 0, 0, 1], server.port()).into();
    let asked = |url: &str| {
        let outside = url.contains("example.com");
        let url = url.replace("{}", &server.port().to_string());
        let Ok(request) = Request::get(&url).body(Vec::new()) else { return true };
        let client = if outside {
            Http::with(Allowed::default(), None, PATIENCE, Names::new(&[&[to]])).unwrap()
        } else {
            Http::new(Allowed::default(), None).unwrap()
        };
        matches!(entente_app::wiring::Fetch::send(&client, request), Err(FetchError::Refused(_)))
    };
    for url in TRICKS {
        assert!(asked(url), "{url} was not refused");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn private_networks_are_asked_only_where_the_operator_allows_it_and_some_addresses_never() {
    let server = Server::start(Script::Say(OK));
    let open = Http::new(PRIVATE, None).unwrap();
    assert_eq!(get(&open, &server.url("/")).unwrap().body(), b"ok");
    for never in ["https://169.254.169.254/", "http://0.0.0.0/", "http://224.0.0.1/", "https://[::ffff:127.0.0.1]/"] {
        assert!(matches!(get(&open, never), Err(FetchError::Refused(_))), "{never}");
    }
    // Written for one reader and understood by another.
    assert!(matches!(get(&open, "http://2130706433/"), Err(FetchError::Refused(_))));
}

#[test]
fn a_name_that_leads_elsewhere_the_second_time_gains_nothing() {
    let server = Server::start(Script::Say(OK));
    let to: SocketAddr = ([127, 0, 0, 1], server.port()).into();
    let metadata: SocketAddr = ([169, 254, 169, 254], 80).into();
    let url = format!("http://rebinding.example:{}/", server.port());

    // One request looks the name up once: were it looked up again for connecting, the second answer would refuse it.
    let client = Http::with(PRIVATE, None, PATIENCE, Names::new(&[&[to], &[metadata]])).unwrap();
    assert_eq!(get(&client, &url).unwrap().body(), b"ok");
    assert_eq!(why(&client, &url), FetchError::Refused("it leads to no server"));

    // Nor does a good address beside a wrong one help, in either order.
    for both in [[to, metadata], [metadata, to]] {
        let client = Http::with(PRIVATE, None, PATIENCE, Names::new(&[&both])).unwrap();
        assert_eq!(why(&client, &url), FetchError::Refused("it leads to no server"));
    }
    let client = Http::with(Allowed::default(), None, PATIENCE, Names::new(&[&[to]])).unwrap();
    let refused = why(&client, "https://private.example/");
    assert_eq!(refused, FetchError::Refused("it leads into a private network"));
    assert_eq!(server.connections(), 1);
}

#[test]
fn an_address_that_one_reader_only_understands_does_not_even_parse() {
    // What these spell is taken for a host by browsers; the request type itself has no place for them.
    for url in ["https://example.com\\@127.0.0.1/", "https://\u{24db}/", " https://127.0.0.1/", ""] {
        assert!(url.parse::<Uri>().is_err(), "{url}");
    }
}

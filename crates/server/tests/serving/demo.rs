//! The demonstration, as DESIGN section 8 promises it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Client;
use crate::process::{Server, entente, folder, run, text};

fn serve(data: &Path) -> (Server, Value) {
    let arguments = ["serve", "--demo", "--data", text(data), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"];
    let server = Server::start(&mut entente(&arguments), &data.with_extension("log"), "Ctrl-C");
    let document = serde_json::from_str(&fs::read_to_string(data.join("demo.json")).unwrap()).unwrap();
    (server, document)
}

fn said<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn portal(document: &Value) -> Client {
    Client::new(said(document, "portal_url"), None)
}

fn tenants<'a>(document: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    document["tenants"].as_array().unwrap().iter().filter(move |it| it["kind"] == kind)
}

/// A personal link that somebody was mailed and nobody has answered, with the tenant it went to.
fn open_request(client: &Client, document: &Value) -> (String, String) {
    let mails = client.get("/_demo/mail?format=json").json();
    for mail in mails.as_array().unwrap() {
        let Some(link) =
            mail["links"].as_array().unwrap().iter().filter_map(Value::as_str).find(|it| it.contains("/accept/"))
        else {
            continue;
        };
        let domain = said(mail, "to").rsplit('@').next().unwrap().trim_end_matches('>').to_owned();
        if let Some(tenant) = tenants(document, "customer").find(|it| it["domain"] == domain.as_str()) {
            return (link.to_owned(), said(tenant, "id").to_owned());
        }
    }
    panic!("no open request among {mails}");
}

#[test]
fn it_starts_complete_and_quickly() {
    let folder = folder();
    let data = folder.path().join("data");
    let (server, document) = serve(&data);
    eprintln!("start to ready, fresh: {:?}", server.took);
    let client = portal(&document);
    assert_eq!(client.get("/readyz").status, 200);

    let port = |name: &str| said(&document, name).rsplit(':').next().unwrap().parse::<u16>().unwrap();
    assert!(port("portal_url") != 0 && port("api_url") != 0);
    assert!(said(&document, "portal_url").starts_with("http://"));
    assert_eq!(said(&document, "api_url"), said(&document, "authority_url"));
    assert!(said(&document, "now").parse::<jiff::Timestamp>().is_ok());
    assert!(Path::new(said(&document, "mail_dir")).is_dir());
    for tenant in document["tenants"].as_array().unwrap() {
        for name in ["id", "name", "domain", "cloud", "country", "kind"] {
            assert!(!said(tenant, name).is_empty());
        }
        assert_eq!(tenant["kind"] == "partner", tenant["partner_kind"].is_string(), "{tenant}");
        assert!(tenant["apps"].is_array() && tenant["groups"].is_array());
        for user in tenant["users"].as_array().unwrap() {
            for name in ["id", "upn", "password", "display_name"] {
                assert!(!said(user, name).is_empty());
            }
            assert!(user["roles"].is_array());
        }
    }
    assert!(tenants(&document, "partner").count() >= 3 && tenants(&document, "customer").count() >= 12);
    assert!(!document["accounts_without_organisation"].as_array().unwrap().is_empty());
    assert!(server.said.contains(said(&document, "portal_url")), "{}", server.said);
    let account = said(&document["tenants"][0]["users"][0], "upn");
    assert!(server.said.contains(account.rsplit('@').next().unwrap()), "{}", server.said);

    // The same pages with TLS, under the authority it made itself.
    let authority = Path::new(said(&document, "ca_pem"));
    let origin = format!("https://127.0.0.1:{}", port("api_url"));
    let secure = Client::new(&origin, Some(authority));
    for host in ["127.0.0.1", "localhost"] {
        let answer = secure.clone().host(&format!("{host}:{}", port("api_url"))).get("/");
        assert_eq!(answer.status, 200, "{host}");
        assert!(answer.header("strict-transport-security").is_some());
    }
    let plain = client.get("/");
    assert!(plain.status == 200 && plain.header("strict-transport-security").is_none());
    assert_eq!(secure.get("/readyz").status, 200);
    assert_eq!(client.get("/_ui").status, 200);
    assert_eq!(server.stop().code(), Some(0));

    let (server, again) = serve(&data);
    eprintln!("start to ready, again: {:?}", server.took);
    assert_eq!(again["tenants"], document["tenants"], "the second start finds what the first one made");
    // The authority was kept, so whoever trusts it still does.
    let origin = format!("https://127.0.0.1:{}", said(&again, "api_url").rsplit(':').next().unwrap());
    assert_eq!(Client::new(&origin, Some(authority)).get("/healthz").status, 200);
    if cfg!(not(debug_assertions)) {
        assert!(server.took < Duration::from_secs(1), "{:?}", server.took);
    }
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn the_clock_turns_and_what_falls_due_happens() {
    let folder = folder();
    let data = folder.path().join("data");
    let (server, document) = serve(&data);
    let client = portal(&document);
    let before: jiff::Timestamp = said(&document, "now").parse().unwrap();
    let (link, tenant) = open_request(&client, &document);
    let mails = |client: &Client| client.get("/_demo/mail?format=json").json().as_array().unwrap().len();
    let written = mails(&client);

    for (body, status) in [
        ("{}", 400),
        ("{\"advance\":\"-P1D\"}", 400),
        ("{\"advance\":\"P900Y\"}", 400),
        ("{\"advance\":\"soon\"}", 400),
        ("{\"advance\":30}", 400),
        ("{\"advance\":\"P1D\",\"more\":1}", 400),
        ("not json", 400),
    ] {
        let answer = client.json("/_demo/clock", body);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/problem+json")),
            "{body}"
        );
    }
    let long = format!("{{\"advance\":\"{}\"}}", "P".repeat(20_000));
    assert_eq!(client.json("/_demo/clock", &long).status, 413);
    // What a form on another site can send.
    let form = "Content-Type: text/plain\r\n";
    assert_eq!(client.send("POST", "/_demo/clock", form, "{\"advance\":\"P1D\"}").status, 415);
    let foreign = "Content-Type: application/json\r\nOrigin: https://evil.example\r\n";
    assert_eq!(client.send("POST", "/_demo/clock", foreign, "{\"advance\":\"P1D\"}").status, 403);
    assert_eq!(client.clone().host("evil.example").json("/_demo/clock", "{\"advance\":\"P1D\"}").status, 421);
    assert_eq!(client.get("/_demo/clock").status, 405);

    let answer = client.json("/_demo/clock", "{\"advance\":\"P200D\"}");
    assert_eq!(answer.status, 200, "{answer:?}");
    let now: jiff::Timestamp = said(&answer.json(), "now").parse().unwrap();
    assert!(now.duration_since(before).as_secs() >= 200 * 86_400, "{before} {now}");
    assert!(mails(&client) > written, "what fell due was mailed before the answer");

    let body = json!({"link": link, "tenant": tenant}).to_string();
    let refused = client.json("/_demo/invitations/accept", &body);
    assert_eq!((refused.status, said(&refused.json(), "code")), (410, "invite_expired"), "{refused:?}");
    server.stop();

    let (server, again) = serve(&data);
    let restarted: jiff::Timestamp = said(&again, "now").parse().unwrap();
    assert!(restarted >= now, "the clock is where it was: {restarted}");
    server.stop();
}

#[test]
fn a_customer_accepts_by_one_call() {
    let folder = folder();
    let data = folder.path().join("data");
    let (server, document) = serve(&data);
    let client = portal(&document);
    let (link, tenant) = open_request(&client, &document);
    let body = json!({"link": link, "tenant": tenant}).to_string();
    let accepted = client.json("/_demo/invitations/accept", &body);
    assert_eq!(accepted.status, 200, "{accepted:?}");
    let accepted = accepted.json();
    assert_eq!(accepted["accepted"], true);
    assert!(accepted["privileges"].is_boolean());
    assert!(tenants(&document, "partner").any(|it| it["id"] == accepted["partner"]), "{accepted}");
    assert!(!said(&accepted, "record").is_empty());
    assert_eq!(client.json("/_demo/invitations/accept", &body).json(), accepted, "repeated, with the same answer");

    for (link, tenant) in [("http://localhost:1/x", tenant.as_str()), (&link, "nobody"), (&link, &"0".repeat(36))] {
        let answer = client.json("/_demo/invitations/accept", &json!({"link": link, "tenant": tenant}).to_string());
        assert_eq!(answer.status, 404, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    server.stop();
}

#[test]
fn captured_mail_can_be_read() {
    let folder = folder();
    let data = folder.path().join("data");
    let (server, document) = serve(&data);
    let client = portal(&document);
    assert_eq!(client.json("/_demo/clock", "{\"advance\":\"PT1S\"}").status, 200);
    let mails = client.get("/_demo/mail?format=json").json();
    let first = &mails[0];
    let (name, subject) = (said(first, "name"), said(first, "subject"));
    assert!(data.join("mail").join(name).is_file());
    let list = client.get("/_demo/mail");
    assert!(list.status == 200 && list.body.contains(&format!("/_demo/mail/{name}")), "{}", list.body);
    let page = client.get(&format!("/_demo/mail/{name}"));
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let source = client.get(&format!("/_demo/mail/{name}?format=eml"));
    assert_eq!(source.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(!subject.is_empty() && source.body.contains("Subject: "), "{}", source.body);
    for wrong in ["..%2f..%2fdemo.json", "%2e%2e%2fdemo.json", "no-such.eml", "demo.json"] {
        assert_eq!(client.get(&format!("/_demo/mail/{wrong}")).status, 404, "{wrong}");
    }
    server.stop();
}

#[test]
fn demonstrations_and_installations_never_share_a_folder() {
    let folder = folder();
    let data = folder.path().join("data");
    serve(&data).0.stop();
    let real = run(&["serve", "--data", text(&data), "--http", "127.0.0.1:0"]);
    assert!(String::from_utf8_lossy(&real.stderr).contains("holds a demonstration"), "{real:?}");
    let other = folder.path().join("real");
    assert!(
        run(&[
            "tenant",
            "add",
            "--data",
            text(&other),
            "--name",
            "A",
            "--domain",
            "a.example",
            "--cloud",
            "public",
            "--country",
            "NO"
        ])
        .status
        .success()
    );
    let demo = run(&["serve", "--demo", "--data", text(&other), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]);
    assert!(String::from_utf8_lossy(&demo.stderr).contains("no demonstration"), "{demo:?}");
    let open = run(&["serve", "--demo", "--data", text(&data), "--http", "0.0.0.0:0", "--https", "127.0.0.1:0"]);
    assert!(String::from_utf8_lossy(&open.stderr).contains("this machine only"), "{open:?}");
}

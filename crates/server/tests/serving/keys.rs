//! Keys replaced by hand while a server runs.

use std::path::Path;

use serde_json::Value;

use crate::http::Client;
use crate::process::{Server, entente, folder, run, text};

const HOST: &str = "localhost:8080";

fn command(data: &Path, arguments: &[&str]) -> String {
    let output = run(&[arguments, &["--data", text(data)]].concat());
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What follows `label` on a line of its own.
fn word<'a>(said: &'a str, label: &str) -> &'a str {
    said.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("no {label:?} in {said}"))
}

/// A program that gets tokens for itself and asks whether they count.
struct Program {
    client: Client,
    place: String,
    credentials: String,
}

impl Program {
    fn begin(data: &Path) -> (Server, Self) {
        let address = ["--name", "Halden", "--domain", "halden.example", "--cloud", "public", "--country", "NO"];
        let added = command(data, &[&["tenant", "add"][..], &address].concat());
        let place = word(&added, "registered Halden as ").to_owned();
        let service = [
            "service",
            "add",
            "--name",
            "Mailboxes",
            "--portal-url",
            "https://mail.example/launch",
            "--redirect-uri",
            "https://mail.example/callback",
            "--identifier",
            "urn:halden:mailboxes",
        ];
        let added = command(data, &service);
        let (id, secret) = (word(&added, "client_id: "), word(&added, "client_secret: "));
        let credentials = format!("client_id={id}&client_secret={secret}");
        let server = start(data);
        let client = client(&server);
        (server, Self { client, place, credentials })
    }

    fn ask(&self, endpoint: &str, form: &str) -> Value {
        let answer = self
            .client
            .form(&format!("/{}/oauth2/v2.0/{endpoint}", self.place), &format!("{}&{form}", self.credentials));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    fn token(&self) -> String {
        let form = "grant_type=client_credentials&scope=urn%3Ahalden%3Amailboxes%2F.default";
        self.ask("token", form)["access_token"].as_str().unwrap().to_owned()
    }

    fn counts(&self, token: &str) -> bool {
        self.ask("introspect", &format!("token={token}"))["active"] == true
    }

    fn published(&self) -> Vec<String> {
        let set = self.client.get(&format!("/{}/discovery/v2.0/keys", self.place)).json();
        set["keys"].as_array().unwrap().iter().map(|it| it["kid"].as_str().unwrap().to_owned()).collect()
    }
}

fn start(data: &Path) -> Server {
    let arguments = ["serve", "--data", text(data), "--http", "127.0.0.1:0"];
    Server::start(&mut entente(&arguments), &data.join("log"), "Listening on")
}

fn client(server: &Server) -> Client {
    Client::new(server.word("Listening on"), None).host(HOST)
}

#[test]
fn keys_are_listed_replaced_and_revoked_while_a_server_runs() {
    let data = folder();
    assert!(command(data.path(), &["keys", "list"]).starts_with("no keys yet"));
    let (server, mut program) = Program::begin(data.path());
    let token = program.token();
    let first = program.published();
    let listed = command(data.path(), &["keys", "list"]);
    assert_eq!(listed.lines().count(), 4, "one a cloud: {listed}");
    assert!(listed.contains(&format!("public  ES256  {}  signs since ", first[0])), "{listed}");

    let rotate = ["keys", "rotate", "--cloud", "public"];
    let said = command(data.path(), &rotate);
    let second = word(&said, "published ").to_owned();
    assert!(said.contains(&format!("public  ES256  {second}  published, signs from ")), "{said}");
    assert_eq!(program.published(), [first[0].clone(), second.clone()], "told at once");
    assert!(program.counts(&token) && program.counts(&program.token()));
    assert!(command(data.path(), &rotate).starts_with("nothing to do"));

    let said = command(data.path(), &[&rotate[..], &["--revoke-old"]].concat());
    let third = word(&said, "published ").to_owned();
    for old in [&first[0], &second] {
        assert!(said.contains(&format!("revoked {old}\n")), "{said}");
    }
    assert_eq!(program.published(), [third], "the old ones are gone at once");
    assert!(!program.counts(&token), "with all they signed");
    // A server that signed a moment ago goes on with its old key for some seconds; one that starts does not.
    server.stop();
    let server = start(data.path());
    program.client = client(&server);
    assert!(program.counts(&program.token()));
    server.stop();

    let nowhere = run(&["keys", "rotate", "--data", text(data.path())]);
    assert_eq!(nowhere.status.code(), Some(2), "a cloud has to be named");
}

//! Commands that end by themselves.

use entente_store::{Sql, Store, StoreError, params};

use crate::process::{entente, folder, run, text};

static GIVEN_UP: Sql = Sql::new(
    "INSERT INTO signal (id, event_id, kind, url, content, created_at, state, attempts, next_at, answer, finished_at)
        VALUES (X'00000000000000000000000000000001', X'00000000000000000000000000000002', 'logout', 'http://10.0.0.1/logout', '{}', 0, 'failed', 1, 0, '400 who is this', 1795132800000000)",
);
static STANDINGS: Sql =
    Sql::new("SELECT kind FROM event WHERE kind IN ('partner_suspended', 'partner_reinstated') ORDER BY id");

#[test]
fn a_bad_configuration_is_told_and_nothing_starts() {
    let folder = folder();
    let file = folder.path().join("entente.toml");
    std::fs::write(&file, "[mail]\nhots = \"smtp.example.org\"\n[listen]\nhttp = \"nowhere\"\n").unwrap();
    for arguments in [["config", "check"], ["config", "print"], ["serve", "--no-migrate"]] {
        let output = run(&[&arguments[..], &["--config", text(&file)]].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(told.contains("entente.toml:2: unknown key mail.hots; did you mean mail.host?"), "{told}");
        assert!(told.contains("entente.toml:4: listen.http is \"nowhere\"; expected host:port"), "{told}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_defaults_are_a_configuration() {
    let folder = folder();
    let printed = run(&["config", "print", "--defaults"]);
    assert!(printed.status.success());
    let file = folder.path().join("entente.toml");
    std::fs::write(&file, &printed.stdout).unwrap();
    let output = run(&["config", "check", "--config", text(&file)]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_environment_is_read_and_its_secrets_are_hidden() {
    let output = entente(&["config", "print"])
        .env("ENTENTE__DATABASE__POSTGRES", "postgres://entente:hunter2@db/entente")
        .env("ENTENTE__VENDOR__NAME", "Halden Cloud")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("name = \"Halden Cloud\"  # set by variable ENTENTE__VENDOR__NAME"), "{printed}");
    assert!(printed.contains("postgres = \"********\"") && !printed.contains("hunter2"), "{printed}");
}

#[test]
fn the_operator_registers_organisations_and_people() {
    let folder = folder();
    let data = text(folder.path());
    let add = |more: &[&str]| run(&[&["tenant", "add", "--data", data], more].concat());
    let partner = [
        "--name",
        "Brightwater IT",
        "--domain",
        "brightwater.example",
        "--cloud",
        "public",
        "--country",
        "NO",
        "--partner",
        "direct",
        "--number",
        "4471208",
        "--location",
        "DE",
    ];
    let output = add(&partner);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("partner number 4471208"), "{output:?}");
    let again = add(&partner);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("domain (Taken)"), "{again:?}");
    let lonely = add(&["--name", "X", "--domain", "x.example", "--cloud", "moon", "--country", "NO"]);
    assert_eq!(lonely.status.code(), Some(2), "a cloud that is none is refused before anything happens");

    let person = [
        "person",
        "add",
        "--data",
        data,
        "--tenant",
        "brightwater.example",
        "--name",
        "Maya Okafor",
        "--upn",
        "maya@brightwater.example",
        "--roles",
        "global_admin,admin_agent",
    ];
    let output = run(&person);
    let said = String::from_utf8(output.stdout).unwrap();
    let password = said.lines().find_map(|line| line.strip_prefix("password: ")).expect("a password");
    assert_eq!(password.len(), 23, "{password}");
    assert_eq!(run(&person).status.code(), Some(1), "the sign-in name is taken");
    let nobody = ["person", "add", "--data", data, "--tenant", "no.example", "--name", "M", "--upn", "m@no.example"];
    assert!(String::from_utf8_lossy(&run(&nobody).stderr).contains("no organisation has the domain no.example"));
}

#[test]
fn the_operator_suspends_a_partner_and_lets_it_go_on() {
    let folder = folder();
    let data = text(folder.path());
    let tenant = |more: &[&str]| run(&[&["tenant", more[0], "--data", data], &more[1..]].concat());
    let said = |more: &[&str]| {
        let output = tenant(more);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let told = |more: &[&str]| {
        let output = tenant(more);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap().trim().to_owned()
    };
    let add = |name, domain, more: &[&str]| {
        let add = ["add", "--name", name, "--domain", domain, "--cloud", "public", "--country", "NO"];
        said(&[&add, more].concat())
    };
    let registered = add("Brightwater IT", "brightwater.example", &["--partner", "direct", "--number", "4471208"]);
    let id = registered.split(' ').find_map(|word| word.strip_suffix(',').filter(|it| it.len() == 36)).expect("an id");
    let customer = add("Fjordline", "fjordline.example", &[]);
    assert!(customer.contains("registered Fjordline"), "{customer}");

    assert_eq!(told(&["suspend", "no.example"]), "entente: no organisation has the domain no.example");
    let nobody = "0193575e-0000-7000-8000-000000000000";
    assert_eq!(told(&["suspend", nobody]), format!("entente: no organisation has the id {nobody}"));
    assert_eq!(
        told(&["suspend", "fjordline.example"]),
        "entente: Fjordline (fjordline.example) is no partner",
        "customers are not suspended"
    );
    assert_eq!(tenant(&["suspend", "Brightwater IT"]).status.code(), Some(2), "a name is neither domain nor id");

    let active = |word| format!("Brightwater IT (brightwater.example) is active {word}");
    let suspended = |word| format!("Brightwater IT (brightwater.example) is suspended {word}");
    assert_eq!(said(&["resume", "brightwater.example"]), active("already"));
    assert_eq!(said(&["suspend", "brightwater.example"]), suspended("now"));
    assert_eq!(said(&["suspend", id]), suspended("already"), "by its id");
    assert_eq!(said(&["resume", id]), active("now"));
    assert_eq!(said(&["resume", "BRIGHTWATER.example"]), active("already"));
    let store = Store::open_sqlite(&folder.path().join("entente.db")).unwrap();
    let kinds = store.glance(|tx| tx.all(&STANDINGS, params![], |row| Ok(row.text(0)?.to_owned()))).unwrap();
    assert_eq!(kinds, ["partner_suspended", "partner_reinstated"], "what changed nothing is no event");
}

#[test]
fn the_operator_gives_a_service_a_new_secret() {
    let folder = folder();
    let data = text(folder.path());
    let service = |more: &[&str]| run(&[&["service", more[0], "--data", data], &more[1..]].concat());
    let said = |more: &[&str]| {
        let output = service(more);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let told = |more: &[&str]| {
        let output = service(more);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "no secret is printed: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let word = |said: &str, label: &str| {
        said.lines().find_map(|line| line.strip_prefix(label)).expect("a line with this label").to_owned()
    };
    let added = said(&[
        "add",
        "--name",
        "Mailboxes",
        "--cloud",
        "germany",
        "--identifier",
        "urn:halden:mailboxes",
        "--portal-url",
        "https://mail.example/launch",
        "--redirect-uri",
        "https://mail.example/callback",
    ]);
    let unknown = told(&["secret", "Mailboxes"]);
    assert!(unknown.contains("cloud public has no service \"Mailboxes\"; known: Mailboxes (germany)"), "{unknown}");
    let renew = ["secret", "Mailboxes", "--cloud", "germany"];
    let renewed = said(&renew);
    assert!(renewed.starts_with("Mailboxes (germany): new secret, good until 20"), "{renewed}");
    assert!(word(&renewed, "older secrets: ").starts_with("good until 20"), "{renewed}");
    assert_eq!(word(&renewed, "client_id: "), word(&added, "client_id: "), "the same relying party");
    let (first, second) = (word(&added, "client_secret: "), word(&renewed, "client_secret: "));
    assert!(second.len() == 43 && first != second, "{second}");
    for _ in 0..8 {
        said(&renew);
    }
    let many = told(&renew);
    assert!(many.contains("Mailboxes has too many good secrets") && many.contains("--revoke-old"), "{many}");
    let alone = said(&[&renew[..], &["--revoke-old"]].concat());
    assert_eq!(word(&alone, "older secrets: "), "none are good any more");
    said(&renew);
}

#[test]
fn the_operator_says_how_a_service_does() {
    let folder = folder();
    let data = text(folder.path());
    let service = |more: &[&str]| run(&[&["service", more[0], "--data", data], &more[1..]].concat());
    let said = |more: &[&str]| String::from_utf8(service(more).stdout).unwrap();
    let told = |more: &[&str]| {
        let output = service(more);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let place = ["--portal-url", "https://mail.example/launch", "--redirect-uri", "https://mail.example/callback"];
    assert_eq!(said(&["list"]).trim(), "no services yet");
    assert!(
        told(&["health", "Mailboxes", "healthy"])
            .contains("cloud public has no service \"Mailboxes\"; known: none yet")
    );
    for (name, cloud) in [("Mailboxes", "public"), ("Vault", "germany")] {
        let identifier = format!("urn:halden:{name}");
        let add = ["add", "--name", name, "--cloud", cloud, "--identifier", &identifier];
        assert!(service(&[&add[..], &place].concat()).status.success());
    }
    let pages = [&["add", "--name", "Pages", "--identifier", "urn:halden:pages"][..], &place].concat();
    for (url, why) in [
        ("http://pages.example/logout", "it is not https"),
        ("pages.example/logout", "it is no address"),
        ("https://10.0.0.1/logout", "it leads into a private network"),
        ("https://pages.example:22/logout", "its port is none of 443, 80 and 8443"),
    ] {
        let refused = told(&[&pages[..], &["--logout-url", url]].concat());
        assert!(refused.contains(&format!("not accepted: logout_url: {why}")), "{url}: {refused}");
        let refused = told(&[&pages[..], &["--events-url", url, "--events-token", "x"]].concat());
        assert!(refused.contains(&format!("not accepted: events_url: {why}")), "{url}: {refused}");
    }
    let unknown = told(&["health", "Vault", "down", "--message-en", "Down."]);
    assert!(unknown.contains("no service \"Vault\"; known: Mailboxes (public), Vault (germany)"), "{unknown}");
    assert!(told(&["health", "Mailboxes", "down"]).contains("health_message_required"));
    assert!(told(&["health", "Mailboxes", "down", "--message-zh", "中断。"]).contains("health_message_required"));
    assert!(told(&["health", "Mailboxes", "healthy", "--message-en", "Fine."]).contains("health_message_unwanted"));
    let report = ["health", "Mailboxes", "degraded", "--message-en", "Slow.", "--message-zh", "缓慢。"];
    assert!(said(&report).contains("Mailboxes (public): degraded, since 20"));
    assert!(told(&report).contains("health_unchanged"));
    let list = said(&["list"]);
    assert!(list.contains("\n  Slow.\n  缓慢。\nVault (germany): healthy, since 20"), "{list}");
    assert!(said(&["health", "Mailboxes", "healthy"]).contains("Mailboxes (public): healthy, since"));
    assert!(!said(&["list"]).contains("Slow."));
    assert_eq!(service(&["health", "Mailboxes", "poorly"]).status.code(), Some(2), "no such state");

    let inside = ["--logout-url", "http://10.0.0.1/logout"];
    let allowed = entente(&[&["service", "add", "--data", data], &pages[1..], &inside].concat())
        .env("ENTENTE__OUTBOUND__ALLOW_PRIVATE", "true")
        .output()
        .unwrap();
    assert!(allowed.status.success(), "{allowed:?}");
    let store = Store::open_sqlite(&folder.path().join("entente.db")).unwrap();
    let written: Result<u64, StoreError> = store.write(|tx| tx.exec(&GIVEN_UP, params![]));
    assert_eq!(written.unwrap(), 1);
    let list = said(&["list"]);
    let line = "\n  last logout not delivered, given up 2026-11-20T00:00:00Z: 400 who is this\nVault (germany)";
    assert!(list.contains(line), "{list}");
    let long = "x".repeat(301);
    assert_eq!(service(&["health", "Mailboxes", "down", "--message-en", &long]).status.code(), Some(2));
}

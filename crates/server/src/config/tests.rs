//! What bad configurations are told, and that the printed defaults are the defaults.

use std::ffi::OsString;

use super::given::Given;
use super::keys::KEYS;
use super::{Config, Database, Wrong, checked, print};

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, Wrong> {
    checked::config(given(file, variables))
}

fn given(file: &str, variables: &[(&str, &str)]) -> Given {
    let mut given = Given::default();
    given.file("entente.toml", file);
    given.environment(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))));
    given
}

fn told(file: &str, variables: &[(&str, &str)]) -> String {
    load(file, variables).expect_err("refused").to_string()
}

#[test]
fn nothing_at_all_starts() {
    let config = load("", &[("PATH", "/bin"), ("ENTENTE_TEST_POSTGRES", "x")]).unwrap();
    assert_eq!(config.vendor, "Entente");
    assert_eq!(config.addresses.api.as_str(), "http://localhost:8080");
    assert_eq!(config.addresses.customer_portals.len(), 4);
    assert_eq!(config.database, Database::Sqlite(None));
    assert!(config.mail.is_none());
}

#[test]
fn the_printed_defaults_are_the_defaults() {
    let printed = print::defaults();
    let read = given(&printed, &[]);
    assert_eq!(read.complaints, []);
    for key in KEYS {
        assert_eq!(read.get(key).map(|(value, _)| value), Some(&key.default.plain()), "{}", key.name);
    }
    checked::config(read).unwrap();
    insta::assert_snapshot!(printed);
}

#[test]
fn slips_are_named_with_their_place_and_the_nearest_key_all_at_once() {
    insta::assert_snapshot!(told(
        r#"
vendr = "Halden"
[vendor]
nmae = "Halden Cloud"
[mail]
hots = "smtp.example.org"
port = "587"
allow_unencrypted = 1
security = "ssl"
[listen]
http = "8080"
trusted_proxies = ["10.0.0.0/8", "the office"]
[adress]
partner_portal = "https://partner.example.org"
[requests]
valid_days = 0
remind_after_days = 1.5
completely_different = true
[log]
filter = "loud=very="
[database]
postgres = "hunter2"
"#,
        &[]
    ));
}

#[test]
fn broken_toml_says_where() {
    insta::assert_snapshot!(told("[mail]\nhost = smtp.example.org\n[listen\nhttp = \"\"\n", &[]));
}

#[test]
fn variables_are_checked_like_the_file() {
    insta::assert_snapshot!(told(
        "",
        &[
            ("ENTENTE__MAIL__HOTS", "smtp.example.org"),
            ("ENTENTE__MAIL__PORT", "many"),
            ("ENTENTE__MAIL__ALLOW_UNENCRYPTED", "yes"),
            ("ENTENTE__VENDOR__NAME", "Halden\u{7}"),
            ("ENTENTE__MAIL__PASSWORD_FILE", "/does/not/exist"),
            ("ENTENTE__ADDRESS__API", "partner.example.org/api"),
            ("ENTENTE__", "x"),
        ]
    ));
}

#[test]
fn values_have_to_fit_each_other() {
    insta::assert_snapshot!(told(
        r#"
[listen]
http = ""
[tls]
key = "key.pem"
[database]
sqlite = "a.db"
postgres = "postgres://entente@db/entente"
[mail]
transport = "smtp"
security = "none"
user = "entente"
"#,
        &[]
    ));
}

#[test]
fn a_password_never_travels_in_the_clear() {
    let told = told(
        "[mail]\ntransport = \"smtp\"\nhost = \"relay\"\nfrom = \"a@b.example\"\nsecurity = \"none\"\n\
         allow_unencrypted = true\nuser = \"u\"\npassword = \"hunter2hunter2\"\n",
        &[],
    );
    assert!(told.contains("in the clear") && !told.contains("hunter2"), "{told}");
}

#[test]
fn variables_win_over_the_file_and_secrets_can_lie_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("password");
    std::fs::write(&secret, "hunter2 hunter2 \n").unwrap();
    let file = "[mail]\ntransport = \"smtp\"\nhost = \"old\"\nuser = \"u\"\nfrom = \"a@b.example\"\n";
    let variables = [("ENTENTE__MAIL__HOST", "new"), ("ENTENTE__MAIL__PASSWORD_FILE", secret.to_str().unwrap())];
    let mail = load(file, &variables).unwrap().mail.unwrap();
    assert_eq!(mail.smtp.host, "new");
    assert_eq!(mail.smtp.credentials, Some(("u".to_owned(), "hunter2 hunter2 ".to_owned())));
    let printed = print::effective(&given(file, &variables));
    assert!(!printed.contains("hunter2") && printed.contains("host = \"new\"  # set by variable"), "{printed}");
    let twice = [("ENTENTE__MAIL__PASSWORD", "x"), ("ENTENTE__MAIL__PASSWORD_FILE", secret.to_str().unwrap())];
    assert!(told(file, &twice).contains("keep one of them"));
}

//! Every key there is: name, default, what is expected, what it is for. Reading, checking and printing all follow this table.

use super::Plain;

/// One key of the configuration.
#[derive(Debug)]
pub(super) struct Key {
    /// `section.key`.
    pub(super) name: &'static str,
    /// What counts when nobody says otherwise. Its kind is the kind the key takes.
    pub(super) default: Default,
    /// Completes "expected ..".
    pub(super) expected: &'static str,
    /// For the comment above it.
    pub(super) about: &'static str,
    /// Never shown, and readable from a file that `.._FILE` names.
    pub(super) secret: bool,
}

/// A default that can stand in a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Default {
    Text(&'static str),
    Number(i64),
    Flag(bool),
    /// Always empty.
    List,
}

impl Default {
    pub(super) fn plain(self) -> Plain {
        match self {
            Self::Text(text) => Plain::Text(text.to_owned()),
            Self::Number(number) => Plain::Number(number),
            Self::Flag(flag) => Plain::Flag(flag),
            Self::List => Plain::List(Vec::new()),
        }
    }

    /// The kind in words.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Text(_) => "a text in quotation marks",
            Self::Number(_) => "a whole number",
            Self::Flag(_) => "true or false",
            Self::List => "a list of texts",
        }
    }
}

const fn key(name: &'static str, default: Default, expected: &'static str, about: &'static str) -> Key {
    Key { name, default, expected, about, secret: false }
}

const fn secret(name: &'static str, expected: &'static str, about: &'static str) -> Key {
    Key { name, default: Default::Text(""), expected, about, secret: true }
}

const ORIGIN: &str = "an address of the form https://host or https://host:port";
const ENDPOINT: &str = "host:port such as 127.0.0.1:8080 or [::1]:8080";
const PATH: &str = "the path of a file";

/// The table, in the order it is printed; keys of one section stand together.
pub(super) const KEYS: &[Key] = &[
    key(
        "vendor.name",
        Default::Text("Entente"),
        "a name of 1 to 120 characters",
        "The operator's name on pages and in mail.",
    ),
    key(
        "vendor.customer_domain",
        Default::Text("customers.localhost"),
        "a domain such as customers.example.org",
        "What the domains of organisations that partners create end in.",
    ),
    key(
        "address.partner_portal",
        Default::Text("http://localhost:8080"),
        ORIGIN,
        "Where people reach the partner portal. Links in mail are built from here and never from a request.",
    ),
    key(
        "address.customer_public",
        Default::Text(""),
        ORIGIN,
        "Where customers of each cloud reach their portal. Empty: the same address as the partner portal.",
    ),
    key("address.customer_germany", Default::Text(""), ORIGIN, ""),
    key("address.customer_us_government", Default::Text(""), ORIGIN, ""),
    key("address.customer_china", Default::Text(""), ORIGIN, ""),
    key("address.api", Default::Text(""), ORIGIN, "Where programs reach the interfaces. Empty: as the partner portal."),
    key("address.authority", Default::Text(""), ORIGIN, "Where programs get tokens. Empty: as the partner portal."),
    key(
        "listen.http",
        Default::Text("127.0.0.1:8080"),
        ENDPOINT,
        "Where to listen for plain HTTP, for a reverse proxy or this machine. Empty: nowhere. Port 0: any free one.",
    ),
    key(
        "listen.https",
        Default::Text(""),
        ENDPOINT,
        "Where to listen for HTTPS with the certificate below. Empty: nowhere.",
    ),
    key(
        "listen.trusted_proxies",
        Default::List,
        "addresses or ranges such as 10.0.0.0/8",
        "Reverse proxies whose X-Forwarded-For is believed.",
    ),
    key("tls.certificate", Default::Text(""), PATH, "The certificate with its chain, and its key, both in PEM."),
    key("tls.key", Default::Text(""), PATH, ""),
    key(
        "data.folder",
        Default::Text("entente-data"),
        "the path of a folder",
        "What this server keeps: instance key, SQLite database.",
    ),
    key(
        "data.instance_key",
        Default::Text(""),
        PATH,
        "The key that links are computed with; all servers of one installation share it. Empty: in the data folder.",
    ),
    key("database.sqlite", Default::Text(""), PATH, "The SQLite database. Empty: in the data folder."),
    secret(
        "database.postgres",
        "a PostgreSQL address such as postgres://user:password@host/database",
        "A PostgreSQL database (12 or newer) in place of SQLite. Connections are not encrypted: use a socket or a trusted network.",
    ),
    key(
        "mail.transport",
        Default::Text("off"),
        "off or smtp",
        "How mail leaves. While it is off, mail waits in the outbox.",
    ),
    key("mail.host", Default::Text(""), "a host name", "The mail server; the name its certificate carries."),
    key(
        "mail.port",
        Default::Number(0),
        "a whole number from 0 to 65535",
        "0: 587, 465 or 25, as the security demands.",
    ),
    key(
        "mail.security",
        Default::Text("starttls"),
        "starttls, tls or none",
        "starttls: encrypted before anything is said. tls: from the first byte. none: never, for a relay on this machine.",
    ),
    key("mail.allow_unencrypted", Default::Flag(false), "true or false", "Has to be true for security = \"none\"."),
    key("mail.user", Default::Text(""), "a user name", "How to sign in at the mail server. Empty: not at all."),
    secret("mail.password", "a password", ""),
    key("mail.from", Default::Text(""), "a mail address", "The sender of every mail."),
    key(
        "outbound.allow_private",
        Default::Flag(false),
        "true or false",
        "Whether organisations may name servers of this machine and of private networks, and reach them over plain HTTP.",
    ),
    key(
        "outbound.authorities",
        Default::Text(""),
        PATH,
        "Certificate authorities to believe besides those of this machine, in PEM.",
    ),
    key("requests.valid_days", Default::Number(90), "a whole number from 1 to 180", "How long a personal link works."),
    key(
        "requests.remind_after_days",
        Default::Number(7),
        "a whole number from 1 to 90",
        "Days after which an unanswered request is reminded, once.",
    ),
    key(
        "log.filter",
        Default::Text("info"),
        "a level such as info, or target=level pairs such as info,entente_store=debug",
        "What is written to standard error.",
    ),
];

/// The key of this name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The key somebody may have meant.
pub(super) fn nearest(name: &str) -> Option<&'static Key> {
    let alike = |key: &&'static Key| {
        let whole = strsim::jaro_winkler(name, key.name);
        match (name.split_once('.'), key.name.split_once('.')) {
            // A right key in the wrong section is as likely as a slip of the finger.
            (Some((_, wanted)), Some((_, known))) => 0.8 * strsim::jaro_winkler(wanted, known) + 0.2 * whole,
            _ => whole,
        }
    };
    let best = KEYS.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)))?;
    (alike(&best) > 0.8).then_some(best)
}

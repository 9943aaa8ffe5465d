//! The configuration: one TOML file, then the environment. What is wrong is said all at once, each with its place.
//!
//! To add a key: a row in [`keys`], a field here, and a line in [`checked`]. Anything that cannot be meant is refused at
//! start rather than ignored: an unknown key is an error that names the nearest known one.

mod checked;
mod given;
mod keys;
mod print;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use entente_app::wiring::{Cloud, EmailAddress};
use entente_portal::web::{Network, Origin};

use self::given::{Given, Place};

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The operator's name.
    pub vendor: String,
    /// Public addresses.
    pub addresses: Addresses,
    /// What the domains of organisations that partners create end in.
    pub customer_domain: String,
    /// Where to listen.
    pub listen: Listen,
    /// Certificate and key, when HTTPS is served from files.
    pub tls: Option<TlsFiles>,
    /// The data folder.
    pub data: PathBuf,
    /// The instance key, when it lies elsewhere.
    pub instance_key: Option<PathBuf>,
    /// The database.
    pub database: Database,
    /// How mail leaves; `None` while it is off.
    pub mail: Option<Mail>,
    /// Which other servers are asked, and believed.
    pub outbound: Outbound,
    /// Days a personal link works.
    pub valid_days: u16,
    /// Days until the one reminder.
    pub remind_after_days: i64,
    /// What is logged.
    pub log: String,
}

/// Public addresses.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The partner portal's.
    pub partner_portal: Origin,
    /// Each cloud's customer portal's.
    pub customer_portals: Vec<(Cloud, Origin)>,
    /// The interfaces'.
    pub api: Origin,
    /// The token service's.
    pub authority: Origin,
}

/// Where to listen.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Plain HTTP.
    pub http: Option<Endpoint>,
    /// HTTPS.
    pub https: Option<Endpoint>,
    /// Believed reverse proxies.
    pub trusted_proxies: Vec<Network>,
}

/// A host, by name or address, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Without brackets.
    pub host: String,
    /// 0 is any free one.
    pub port: u16,
}

impl FromStr for Endpoint {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (host, port) = text.rsplit_once(':').ok_or(())?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let plain = !host.is_empty() && !host.contains([':', '/', '@', '[', ']', ' ']);
        let host = bare.or_else(|| plain.then_some(host)).ok_or(())?;
        Ok(Self { host: host.to_owned(), port: port.parse().map_err(|_| ())? })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Files in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate and its chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Which database.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file; `None`: in the data folder.
    Sqlite(Option<PathBuf>),
    /// An address with its password.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// The mail server.
#[derive(Debug, Clone)]
pub struct Mail {
    /// How to reach it.
    pub smtp: entente_delivery::SmtpConfig,
    /// The sender of every mail.
    pub from: EmailAddress,
}

/// Other servers: providers of identity, services to be told.
#[derive(Debug, Clone, Default)]
pub struct Outbound {
    /// Which addresses may be asked.
    pub allowed: entente_delivery::Allowed,
    /// More certificate authorities to believe, in PEM.
    pub authorities: Option<PathBuf>,
}

/// Something wrong in the configuration, for people. Sorts by place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// Where it was written; a default that does not fit was written nowhere.
    place: Option<Place>,
    text: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// All that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub Vec<Complaint>);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used")?;
        self.0.iter().try_for_each(|complaint| write!(f, "\n  {complaint}"))
    }
}

impl std::error::Error for Wrong {}

/// A value as written, before anybody knows what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plain {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<String>),
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(items) => write!(f, "{items:?}"),
        }
    }
}

/// Reads and checks the file, if one is named, and the environment.
///
/// # Errors
/// Everything that is wrong.
pub fn load(file: Option<&Path>) -> Result<Config, Wrong> {
    checked::config(read(file, environment())?)
}

/// The configuration in force as TOML, secrets hidden.
///
/// # Errors
/// Everything that is wrong.
pub fn print_effective(file: Option<&Path>) -> Result<String, Wrong> {
    let given = read(file, environment())?;
    let text = print::effective(&given);
    checked::config(given).map(|_| text)
}

/// Every key with its default as TOML.
pub fn print_defaults() -> String {
    print::defaults()
}

fn read(file: Option<&Path>, variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Given, Wrong> {
    let mut given = Given::default();
    if let Some(path) = file {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => given.file(&name, &text),
            Err(error) => {
                let text = format!("failed to read {name}: {error}");
                return Err(Wrong(vec![Complaint { place: None, text }]));
            }
        }
    }
    given.environment(variables);
    Ok(given)
}

/// The one reader of the environment.
fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

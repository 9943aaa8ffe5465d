//! What the service is told at start: on the command line, in one JSON file, or in both; the command line wins.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use clap::Parser;
use openidconnect::url::{Host, Url};
use serde::Deserialize;

/// Where the service listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8090";

/// A toy mailbox service that partners manage on their customers' behalf.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "service-portal", version, about)]
pub struct Options {
    /// A JSON file with the options below, named with underscores; there, `client_secret` may hold the secret itself.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The demo.json of a demonstration of Entente, which knows all of this about the service that it comes with.
    #[arg(long, value_name = "FILE")]
    pub demo: Option<PathBuf>,
    /// The options that the file may hold as well.
    #[command(flatten)]
    pub given: Given,
}

/// One source of settings.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Given {
    /// Where to listen [default: 127.0.0.1:8090].
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// The address at which browsers and the authority reach the service [default: LISTEN, a loopback address as localhost].
    #[arg(long)]
    pub url: Option<String>,
    /// The authority, such as <https://localhost:8443>.
    #[arg(long, value_name = "URL")]
    pub authority: Option<String>,
    /// A PEM file with the certificates that the authority's own has to lead to.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The service's application at the authority.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// The application's secret.
    #[arg(skip)]
    pub client_secret: Option<String>,
    /// A file that holds the application's secret.
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// The service's name as a resource: whom its access tokens are for.
    #[arg(long, value_name = "URI")]
    pub identifier_uri: Option<String>,
    /// The bearer token that the authority shows when it sends an event.
    #[arg(long, value_name = "TOKEN")]
    pub events_token: Option<String>,
}

/// The settings, complete and checked.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen, as `host:port`.
    pub listen: String,
    /// The service's own origin, without a slash at the end.
    pub url: String,
    /// The authority's origin, without a slash at the end.
    pub authority: String,
    /// The certificates to trust, in PEM; only needed for an authority with TLS.
    pub ca: Option<PathBuf>,
    /// The application at the authority.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Whom access tokens are for.
    pub identifier_uri: String,
    /// What the authority shows when it sends an event.
    pub events_token: String,
}

impl Settings {
    /// Reads the file, if one is named, and puts the command line on top. Fails with what is missing or wrong.
    pub fn read(options: &Options) -> Result<Self> {
        let file = match &options.config {
            Some(path) => serde_json::from_str(&text(path)?)
                .with_context(|| format!("{} cannot be understood", path.display()))?,
            None => Given::default(),
        };
        let demo = match &options.demo {
            Some(path) => serde_json::from_str::<Demonstration>(&text(path)?)
                .with_context(|| format!("{} cannot be understood", path.display()))?
                .into_given()?,
            None => Given::default(),
        };
        options.given.clone().or(file).or(demo).complete()
    }
}

/// What a demonstration writes down for programs, as far as it matters here.
#[derive(Deserialize)]
struct Demonstration {
    authority_url: String,
    ca_pem: PathBuf,
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    client_id: String,
    client_secret: String,
    identifier_uri: String,
    events_token: String,
}

impl Demonstration {
    fn into_given(self) -> Result<Given> {
        let service = self.services.into_iter().next().context("the demonstration has no service")?;
        Ok(Given {
            listen: None,
            url: None,
            authority: Some(self.authority_url),
            ca: Some(self.ca_pem),
            client_id: Some(service.client_id),
            client_secret: Some(service.client_secret),
            client_secret_file: None,
            identifier_uri: Some(service.identifier_uri),
            events_token: Some(service.events_token),
        })
    }
}

impl Given {
    fn or(self, other: Self) -> Self {
        // A secret and the file of a secret are one setting, so either hides both of the other source.
        let secret = self.client_secret.is_some() || self.client_secret_file.is_some();
        let of_secret = if secret { &self } else { &other };
        let (client_secret, client_secret_file) =
            (of_secret.client_secret.clone(), of_secret.client_secret_file.clone());
        Self {
            listen: self.listen.or(other.listen),
            url: self.url.or(other.url),
            authority: self.authority.or(other.authority),
            ca: self.ca.or(other.ca),
            client_id: self.client_id.or(other.client_id),
            client_secret,
            client_secret_file,
            identifier_uri: self.identifier_uri.or(other.identifier_uri),
            events_token: self.events_token.or(other.events_token),
        }
    }

    fn complete(self) -> Result<Settings> {
        let listen = self.listen.unwrap_or_else(|| LISTEN.to_owned());
        let url = self.url.unwrap_or_else(|| usual_url(&listen));
        let authority = origin("authority", &needed("authority", self.authority)?)?;
        ensure!(
            self.ca.is_some() || !authority.starts_with("https:"),
            "--ca is missing: {authority} has a certificate, and only what this file names is trusted"
        );
        let client_secret = match (self.client_secret, self.client_secret_file) {
            (Some(secret), None) => secret,
            (None, Some(path)) => text(&path)?.trim_end().to_owned(),
            (Some(_), Some(_)) => bail!("client_secret and client_secret_file are both given; one is enough"),
            (None, None) => bail!("--client-secret-file is missing"),
        };
        Ok(Settings {
            listen,
            url: origin("url", &url)?,
            authority,
            ca: self.ca,
            client_id: needed("client-id", self.client_id)?,
            client_secret: needed("client-secret-file", Some(client_secret))?,
            identifier_uri: needed("identifier-uri", self.identifier_uri)?,
            events_token: needed("events-token", self.events_token)?,
        })
    }
}

/// Browsers keep cookies by name of the host, and people type this one.
fn usual_url(listen: &str) -> String {
    let loopback = listen.parse::<SocketAddr>().ok().filter(|it| it.ip().is_loopback());
    loopback.map_or_else(|| format!("http://{listen}"), |it| format!("http://localhost:{}", it.port()))
}

fn needed(name: &str, value: Option<String>) -> Result<String> {
    value.filter(|it| !it.is_empty()).with_context(|| format!("--{name} is missing"))
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
}

/// An address without path. Tokens travel to it, so without TLS it has to be this machine (RFC 8252, section 7.3).
fn origin(name: &str, text: &str) -> Result<String> {
    let url: Url = text.parse().with_context(|| format!("--{name}: {text} is no address"))?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let origin = url.origin().ascii_serialization();
    ensure!(
        text.trim_end_matches('/') == origin,
        "--{name}: {text} has to be an origin such as https://localhost:8443"
    );
    ensure!(
        url.scheme() == "https" || (url.scheme() == "http" && here),
        "--{name}: {text} has to be https, except on this machine"
    );
    Ok(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Given {
        let text = |it: &str| Some(it.to_owned());
        Given {
            authority: text("http://localhost:1/"),
            client_id: text("id"),
            client_secret: text("secret"),
            identifier_uri: text("api://mailboxes"),
            events_token: text("token"),
            ..Given::default()
        }
    }

    #[track_caller]
    fn refused(given: Given, why: &str) {
        let error = given.complete().err().map(|it| format!("{it:#}")).unwrap_or_default();
        assert!(error.contains(why), "{error:?} does not contain {why:?}");
    }

    #[test]
    fn defaults_and_origins() {
        let settings = whole().complete().unwrap();
        assert_eq!((settings.listen.as_str(), settings.url.as_str()), (LISTEN, "http://localhost:8090"));
        assert_eq!(settings.authority, "http://localhost:1");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        refused(Given { client_id: None, ..whole() }, "--client-id is missing");
        refused(Given { events_token: Some(String::new()), ..whole() }, "--events-token is missing");
        refused(Given { client_secret: None, ..whole() }, "--client-secret-file is missing");
        refused(Given { client_secret_file: Some("x".into()), ..whole() }, "both given");
        for (address, why) in [
            ("https://localhost:8443", "--ca is missing"),
            ("http://login.example", "has to be https"),
            ("https://login.example/tenant", "has to be an origin"),
            ("https://me@login.example", "has to be an origin"),
            ("localhost:8443", "has to be an origin"),
            ("", "--authority is missing"),
        ] {
            refused(Given { authority: Some(address.to_owned()), ..whole() }, why);
        }
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let config = write(
            "config.json",
            r#"{"authority":"http://localhost:1","client_id":"file","client_secret":"file","identifier_uri":"a:b","events_token":"t"}"#,
        );
        let secret = write("secret", "typed\n");
        let given = Given { client_id: Some("typed".to_owned()), client_secret_file: Some(secret), ..Given::default() };
        let settings = Settings::read(&Options { config: Some(config), demo: None, given }).unwrap();
        assert_eq!((settings.client_id.as_str(), settings.client_secret.as_str()), ("typed", "typed"));
        assert_eq!(settings.identifier_uri, "a:b");
        let wrong = write("wrong.json", r#"{"secret":"x"}"#);
        let error = Settings::read(&Options { config: Some(wrong), ..Options::default() }).err().unwrap();
        assert!(format!("{error:#}").contains("unknown field `secret`"), "{error:#}");
    }

    #[test]
    fn a_demonstration_says_it_all() {
        let folder = tempfile::tempdir().unwrap();
        let demo = folder.path().join("demo.json");
        let text = r#"{"authority_url":"https://localhost:8443","ca_pem":"ca.pem","tenants":[],"services":[{"name":"Mailboxes",
            "client_id":"id","client_secret":"secret","identifier_uri":"urn:mailboxes","events_token":"token"}]}"#;
        fs::write(&demo, text).unwrap();
        let settings = Settings::read(&Options { demo: Some(demo.clone()), ..Options::default() }).unwrap();
        assert_eq!(settings.url, "http://localhost:8090");
        assert_eq!((settings.authority.as_str(), settings.ca), ("https://localhost:8443", Some("ca.pem".into())));
        assert_eq!((settings.client_id.as_str(), settings.client_secret.as_str()), ("id", "secret"));
        fs::write(&demo, r#"{"authority_url":"https://localhost:8443","ca_pem":"ca.pem","services":[]}"#).unwrap();
        let error = Settings::read(&Options { demo: Some(demo), ..Options::default() }).err().unwrap();
        assert!(format!("{error:#}").contains("has no service"), "{error:#}");
    }
}

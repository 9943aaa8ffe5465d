//! Handing a message to a mail server, and what it answered.
//!
//! Encryption is required unless the operator asked for none in so many words; a server that stops offering STARTTLS
//! gets nothing, in particular no clear text. The server's own answer is kept because it is what an operator needs.

use std::io::ErrorKind;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use crate::message::Outgoing;

/// Longest answer that is kept, in characters.
const MAX_ANSWER: usize = 500;
/// How long a server may take to say goodbye: the message is already accepted, so nothing depends on it.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// The server took responsibility for the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its answer, such as `250 2.0.0 Ok: queued as 4F1A2`.
    pub answer: String,
}

/// What to do about a message that was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Try again later.
    Deferred,
    /// Never try again: the server refuses this message or this recipient.
    Bounced,
}

/// The message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Whether another attempt makes sense.
    pub kind: FailureKind,
    /// The server's answer, or what went wrong before it could answer.
    pub answer: String,
}

impl Failure {
    /// Another attempt makes sense.
    pub fn deferred(answer: impl AsRef<str>) -> Self {
        Self { kind: FailureKind::Deferred, answer: tidy(answer.as_ref()) }
    }
    /// No attempt makes sense any more.
    pub fn bounced(answer: impl AsRef<str>) -> Self {
        Self { kind: FailureKind::Bounced, answer: tidy(answer.as_ref()) }
    }
}

/// Where messages go; mail unless another kind of message is named. Blocks; called from blocking threads only.
pub trait Transport<L = Outgoing>: Send + Sync + 'static {
    /// Hands over one message; returns when the server has answered or given up on.
    ///
    /// # Errors
    /// [`Failure`] says whether to try again and carries the answer.
    fn send(&self, message: &L) -> Result<Accepted, Failure>;
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// Plain connection that must turn into TLS before anything is said; usually port 587.
    #[default]
    StartTls,
    /// TLS from the first byte; usually port 465.
    Implicit,
    /// No encryption: only for a relay on the same machine or a network that is protected otherwise.
    None,
}

/// The operator's mail server.
#[derive(Clone)]
pub struct SmtpConfig {
    /// Host name; also the name its certificate must carry.
    pub host: String,
    /// Port; by default 587, 465 or 25 as the security demands.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: Security,
    /// User name and password.
    pub credentials: Option<(String, String)>,
    /// PEM certificates to trust instead of the system's, for servers with a private authority.
    pub ca_pem: Option<Vec<u8>>,
    /// The name we greet with; by default this machine's.
    pub hello_name: Option<String>,
    /// Longest wait for a connection and for each single answer.
    pub timeout: Duration,
}

impl SmtpConfig {
    /// STARTTLS, no credentials, the system's certificates and 30 s of patience.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            security: Security::StartTls,
            credentials: None,
            ca_pem: None,
            hello_name: None,
            timeout: Duration::from_secs(30),
        }
    }
}

impl std::fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("credentials", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}

/// A configuration that can never work; found at start without talking to the server.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// The certificates or the host name are unusable.
    #[error("the certificates to trust cannot be used: {0}")]
    Certificates(#[source] Error),
    /// A password would travel in the clear.
    #[error("a password needs encryption: choose STARTTLS or implicit TLS, or remove the credentials")]
    PasswordInClear,
}

/// Sends through the operator's mail server, one connection a message.
pub struct Smtp {
    config: SmtpConfig,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Smtp").field(&self.config).finish()
    }
}

impl Smtp {
    /// Checks the configuration. Does not connect: the server starts whether or not mail works.
    ///
    /// # Errors
    /// When no attempt could ever succeed.
    pub fn new(config: SmtpConfig) -> Result<Self, BadConfig> {
        if config.security == Security::None && config.credentials.is_some() {
            return Err(BadConfig::PasswordInClear);
        }
        let tls = match config.security {
            Security::None => None,
            Security::StartTls | Security::Implicit => Some(tls(&config).map_err(BadConfig::Certificates)?),
        };
        let hello = config.hello_name.clone().map_or_else(ClientId::default, ClientId::Domain);
        Ok(Self { config, tls, hello })
    }

    /// Connects, protects the connection and signs in; what fails here is never the message's fault.
    fn connect(&self) -> Result<SmtpConnection, Failure> {
        let config = &self.config;
        let wrapper = if config.security == Security::Implicit { self.tls.as_ref() } else { None };
        let address = (config.host.as_str(), port(config));
        let timeout = Some(config.timeout);
        let mut connection = SmtpConnection::connect(address, timeout, &self.hello, wrapper, None)
            .map_err(|error| not_reached(&error))?;
        let outcome = self.prepare(&mut connection);
        if outcome.is_err() {
            connection.abort();
        }
        outcome.map(|()| connection)
    }

    fn prepare(&self, connection: &mut SmtpConnection) -> Result<(), Failure> {
        if self.config.security == Security::StartTls {
            let Some(tls) = self.tls.as_ref().filter(|_| connection.can_starttls()) else {
                return Err(Failure::deferred(
                    "the mail server offers no STARTTLS, which is required: nothing was sent",
                ));
            };
            connection.starttls(tls, &self.hello).map_err(|error| not_reached(&error))?;
        }
        if let Some((user, password)) = &self.config.credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .map_err(|error| not_reached(&error))?;
        }
        Ok(())
    }
}

impl Transport for Smtp {
    fn send(&self, mail: &Outgoing) -> Result<Accepted, Failure> {
        let message = mail.message().map_err(|error| Failure::bounced(error.to_string()))?;
        let mut connection = self.connect()?;
        let outcome = submit(&mut connection, message.envelope(), &message.formatted());
        // An error leaves the connection unusable and lettre has closed it.
        if outcome.is_ok() && connection.set_timeout(Some(QUIT_TIMEOUT)).is_ok() {
            connection.abort();
        }
        outcome
    }
}

fn submit(connection: &mut SmtpConnection, envelope: &Envelope, bytes: &[u8]) -> Result<Accepted, Failure> {
    match connection.send(envelope, bytes) {
        Ok(response) => Ok(Accepted { answer: tidy(&spoken(&response)) }),
        Err(error) => Err(refused(&error)),
    }
}

/// A failure before the message was offered: our configuration or the server's health, so worth another attempt even
/// for answers that call themselves permanent.
fn not_reached(error: &Error) -> Failure {
    Failure::deferred(told(error))
}

/// A failure while the message was offered.
fn refused(error: &Error) -> Failure {
    // 530, 534, 535 and 538 (RFC 4954, RFC 3207) say that we must sign in or encrypt: the operator can mend that.
    let ours = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    if error.is_permanent() && !ours { Failure::bounced(told(error)) } else { Failure::deferred(told(error)) }
}

fn told(error: &Error) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    match (error.status(), source) {
        (Some(code), Some(text)) => format!("{code} {text}"),
        (Some(code), None) => code.to_string(),
        (None, _) if is_timeout(error) => "the mail server did not answer in time".to_owned(),
        (None, _) => error.to_string(),
    }
}

/// A read that ran into its time limit is "timed out" on some systems and "would block" on others; lettre knows the
/// first only.
fn is_timeout(error: &Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
        }
        cause = error.source();
    }
    false
}

fn spoken(response: &Response) -> String {
    format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" "))
}

/// One line of at most [`MAX_ANSWER`] characters: the answer is shown to people and written to logs.
fn tidy(answer: &str) -> String {
    let visible: String = answer.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_ANSWER).collect()
}

fn port(config: &SmtpConfig) -> u16 {
    config.port.unwrap_or(match config.security {
        Security::StartTls => 587,
        Security::Implicit => 465,
        Security::None => 25,
    })
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(pem) = &config.ca_pem {
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(Certificate::from_pem(pem)?);
    }
    builder.build()
}

//! The one HTTP client: for addresses that people outside of the operator's house can choose (threat 22).
//!
//! A name is looked up once, every address it leads to is checked, and the connection goes to exactly those addresses.
//! Deliberately absent: redirects, proxies from the environment, cookies, compressed answers and connections kept open. To
//! let another network be asked, look at [`mod@address`]; the client itself knows no exceptions.

pub mod address;
mod resolver;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use entente_app::wiring::{Fetch, FetchError};
use http::{Request, Response};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::DefaultConnector;

use self::address::check;
use self::resolver::{Checked, Refused};

/// Most bytes of an answer's body that are read.
pub const MAX_BODY: u64 = 64 * 1024;
/// Most bytes of an answer's header that are read.
const MAX_HEADER: usize = 32 * 1024;
/// How long one request may take from the look-up of the name to the last byte.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// Which addresses may be asked besides public ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allowed {
    /// This machine and private networks: over plain HTTP too, and at any port.
    pub private: bool,
}

/// The client. Cheap to share.
#[derive(Debug)]
pub struct Http {
    agent: Agent,
    allowed: Allowed,
}

impl Http {
    /// Trusts what this machine trusts, and the certificate authorities in `extra` (PEM) besides.
    ///
    /// # Errors
    /// When `extra` is not PEM.
    pub fn new(allowed: Allowed, extra: Option<&str>) -> io::Result<Self> {
        Self::with(allowed, extra, TIMEOUT, DefaultResolver::default())
    }

    /// The same with another time limit and another way to look names up, for tests.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn with(allowed: Allowed, extra: Option<&str>, limit: Duration, names: impl Resolver) -> io::Result<Self> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Arc::new(roots(extra)?)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_response_header_size(MAX_HEADER)
            .max_idle_connections(0)
            .timeout_global(Some(limit))
            .user_agent("entente")
            .accept("")
            .accept_encoding("")
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Checked { names, allowed });
        Ok(Self { agent, allowed })
    }
}

impl Fetch for Http {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        check(request.uri(), self.allowed).map_err(FetchError::Refused)?;
        let (parts, body) = self.agent.run(request).map_err(failed)?.into_parts();
        let body = body.into_with_config().limit(MAX_BODY).read_to_vec().map_err(failed)?;
        Ok(Response::from_parts(parts, body))
    }

    fn may_ask(&self, address: &str) -> Result<(), &'static str> {
        check(&address.parse().map_err(|_| "it is no address")?, self.allowed)
    }
}

/// What the machine trusts and what is added to it.
fn roots(extra: Option<&str>) -> io::Result<Vec<Certificate<'static>>> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        tracing::warn!(errors = ?found.errors, "this machine trusts no certificate authority; https to others will fail");
    }
    let added: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(extra.unwrap_or_default().as_bytes()).collect();
    let added = added.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
    Ok(found.certs.iter().chain(&added).map(|it| Certificate::from_der(it).to_owned()).collect())
}

fn failed(error: ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(_) => FetchError::Timeout,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => FetchError::TooLarge,
        ureq::Error::Rustls(error) => FetchError::Tls(error.to_string()),
        ureq::Error::Tls(error) => FetchError::Tls(error.to_owned()),
        ureq::Error::Other(error) => match error.downcast::<Refused>() {
            Ok(refused) => FetchError::Refused(refused.0),
            Err(error) => FetchError::Other(error.to_string()),
        },
        ureq::Error::Io(error) => match error.get_ref().and_then(|it| it.downcast_ref::<rustls::Error>()) {
            Some(error) => FetchError::Tls(error.to_string()),
            None => FetchError::Other(error.to_string()),
        },
        other => FetchError::Other(other.to_string()),
    }
}

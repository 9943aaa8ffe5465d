//! A client of a few lines: one request a connection, plain or over TLS.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Where requests go.
#[derive(Clone)]
pub struct Client {
    /// `host:port` to connect to.
    address: String,
    /// What the `Host` header says.
    host: String,
    tls: Option<Arc<ClientConfig>>,
}

impl Client {
    /// Of `http://host:port` or `https://host:port`, the latter trusting this authority alone.
    pub fn new(origin: &str, authority: Option<&Path>) -> Self {
        let (scheme, address) = origin.split_once("://").expect("an origin");
        let tls = (scheme == "https").then(|| trusting(authority.expect("an authority")));
        Self { address: address.to_owned(), host: address.to_owned(), tls }
    }

    /// Asking for another host than the one connected to, as through a proxy.
    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", "")
    }

    pub fn form(&self, path: &str, fields: &str) -> Answer {
        self.send("POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", fields)
    }

    pub fn json(&self, path: &str, body: &str) -> Answer {
        self.send("POST", path, "Content-Type: application/json\r\n", body)
    }

    pub fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        // HTTP/1.0: the answer ends with the connection and comes in one piece.
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            self.host,
            body.len()
        );
        let stream = TcpStream::connect(&self.address).unwrap_or_else(|error| panic!("{}: {error}", self.address));
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let bytes = match &self.tls {
            None => exchange(stream, &request),
            Some(config) => {
                let name = self.host.rsplit_once(':').map_or(self.host.as_str(), |(name, _)| name).to_owned();
                let session = ClientConnection::new(Arc::clone(config), ServerName::try_from(name).unwrap()).unwrap();
                exchange(StreamOwned::new(session, stream), &request)
            }
        };
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }
}

fn exchange(mut stream: impl Read + Write, request: &str) -> Vec<u8> {
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        // A server that closes without TLS's own goodbye; the content length says that nothing is missing.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
        read => drop(read.unwrap()),
    }
    bytes
}

fn trusting(authority: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

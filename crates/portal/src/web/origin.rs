//! The addresses this installation answers under. Links, cookies and checks follow the configuration, never a header.

use std::str::FromStr;

use axum::http::{HeaderMap, Uri, header};

/// The text was not `http(s)://host[:port]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnOrigin;

impl std::fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not an address of the form https://host or https://host:port")
    }
}

impl std::error::Error for NotAnOrigin {}

/// A configured `https://host[:port]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    https: bool,
}

impl Origin {
    /// As browsers write it in the `Origin` header.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is served over TLS, possibly by a proxy.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Host and port as browsers write them in the `Host` header.
    pub fn host(&self) -> &str {
        self.text.split_once("://").map_or("", |(_, host)| host)
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = url::Url::parse(text).map_err(|_| NotAnOrigin)?;
        let https = url.scheme() == "https";
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !bare || !url.has_host() || !(https || url.scheme() == "http") {
            return Err(NotAnOrigin);
        }
        Ok(Self { text: url.origin().ascii_serialization(), https })
    }
}

/// The configured origin a request came to, by its `Host` (or `:authority` in HTTP/2). `None` for a foreign, missing,
/// doubled or contradictory one.
pub(super) fn addressed<'a>(origins: &'a [Origin], headers: &HeaderMap, uri: &Uri) -> Option<&'a Origin> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let first = hosts.next().map(|host| host.to_str().ok()).or_else(|| uri.authority().map(|a| Some(a.as_str())))??;
    let contradicted = uri.authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(first));
    if hosts.next().is_some() || contradicted {
        return None;
    }
    origins.iter().find(|origin| origin.host().eq_ignore_ascii_case(first))
}

/// Whether a request that may change something was sent by one of our own pages.
///
/// Browsers send `Origin` with every post, but our own `Referrer-Policy: no-referrer` turns it into `null` when a form
/// is sent without the script (Fetch standard, "append a request `Origin` header"). `null` therefore counts as ours only
/// beside `Sec-Fetch-Site: same-origin`, which no page can forge; alone it is what sandboxed frames send, and refused.
/// A client that sends neither header is no browser and carries no cookie it was tricked into sending.
pub(super) fn sent_by_us(origin: &Origin, headers: &HeaderMap) -> bool {
    let sites = headers.get_all("sec-fetch-site");
    let same_site = sites.iter().all(|site| site == "same-origin");
    let vouched = same_site && sites.iter().next().is_some();
    let from_here = |sent: &[u8]| sent == origin.as_str().as_bytes() || (vouched && sent == b"null");
    same_site && headers.get_all(header::ORIGIN).iter().all(|sent| from_here(sent.as_bytes()))
}

//! Looking a name up, with the check of where it leads: the client connects to what this returns and to nothing else, so a name
//! that leads elsewhere a moment later (DNS rebinding) gains nothing.

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::Allowed;
use super::address::check_all;

/// A resolver whose answers are checked.
#[derive(Debug)]
pub struct Checked<R> {
    pub names: R,
    pub allowed: Allowed,
}

/// Why an answer was not used; travels through the client's own error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub &'static str);

impl<R: Resolver> Resolver for Checked<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let addresses = self.names.resolve(uri, config, timeout)?;
        check_all(uri.scheme(), &addresses, self.allowed).map_err(|why| Error::Other(Box::new(Refused(why))))?;
        Ok(addresses)
    }
}

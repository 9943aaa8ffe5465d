//! Asking another server over HTTP. Here is only what such a request is; `delivery` holds the one client that carries it out.

/// One request, one answer. Every address that somebody outside of the operator's house can choose is asked through it.
///
/// Blocks the calling thread, for as long as the implementation's time limit allows: call it from a blocking thread, never
/// inside a store transaction.
pub trait Fetch: Send + Sync {
    /// Sends the request and reads the whole answer, whatever its status. A redirect is an answer and is not followed.
    ///
    /// # Errors
    /// When there is no complete answer.
    fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, FetchError>;

    /// Whether an address may be asked at all, as far as its text tells: nothing is sent and no name is looked up. What is
    /// refused here is what [`Fetch::send`] refuses every time, so that whoever names an address learns it in time.
    ///
    /// # Errors
    /// Why it is never asked.
    fn may_ask(&self, address: &str) -> Result<(), &'static str>;
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is none that may be asked, in itself or because of where its name leads (threat 22). Nothing was sent.
    #[error("ask this address: {0}")]
    Refused(&'static str),
    /// The time limit passed.
    #[error("get an answer in time")]
    Timeout,
    /// The answer is longer than anything useful.
    #[error("read an answer of this length")]
    TooLarge,
    /// The server could not show that it is who its address says.
    #[error("trust the server: {0}")]
    Tls(String),
    /// No connection, or an answer that is not HTTP.
    #[error("reach the server: {0}")]
    Other(String),
}

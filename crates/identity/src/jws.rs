//! JSON Web Signatures in their compact form (RFC 7515): the only tokens we write and read.
//!
//! Keys are read once and kept: reading one costs as much as a signature. A key has one algorithm, and a token is
//! verified with the algorithm of the key, never with the one its header asks for (RFC 8725 section 3.1). Members of a
//! header that bring or point at a key (`jwk`, `x5c`, `jku`, `x5u`) are never looked at, and `crit` and `b64` are
//! refused because we understand no extension. To add an algorithm, add it to [`Algorithm`] and follow the compiler.

mod algorithm;
mod public;
mod remembering;
mod signing;
#[cfg(test)]
pub(crate) mod tests;
mod times;
mod token;
mod verifying;

pub use algorithm::Algorithm;
pub use public::KeyError;
pub use remembering::RememberingKey;
pub use signing::SigningKey;
pub use times::{TimeError, Times};
pub(crate) use token::unverified_claims;
pub use token::{Header, JwsError, MAX_HEADER_BYTES, MAX_TOKEN_BYTES, Token, Types, verify};
pub use verifying::VerifyingKey;

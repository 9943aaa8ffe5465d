//! Credentials, sessions, request tokens and link tokens: mechanics without routes.
//!
//! Nothing here reads a clock, a database or a request: time and randomness are parameters, what must be remembered is
//! returned as a hash for the caller to store. Every random value has its own type and its own hash prefix, so that a
//! value of one kind can never be redeemed as another (threat 16). To add a kind of secret, add a file with a newtype
//! over [`secret::Secret`] and a label that no other kind uses.

pub mod federation;
pub mod fetch;
pub mod instance_key;
pub mod link;
pub mod password;
pub mod random;
pub mod request_token;
pub mod seal;
pub mod secret;
pub mod session;

pub use fetch::{Fetch, FetchError};
pub use instance_key::InstanceKey;
pub use link::{LinkKey, LinkToken};
pub use password::{Cost, Password, PasswordError, PasswordHasher};
pub use random::{Random, SystemRandom};
pub use request_token::{RequestKey, RequestToken};
pub use seal::SealKey;
pub use session::{
    Audience, FormToken, SessionToken, StateToken, VisitToken, cookie_name, form_cookie_name, visit_cookie_name,
};

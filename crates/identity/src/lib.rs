//! Credentials, sessions, signed tokens, keys and one-time secrets: mechanics without routes.
//!
//! Nothing here reads a clock, a database or a request: time and randomness are parameters (but for new keys and
//! signatures, whose randomness the cryptographic library draws itself), what must be remembered is returned as a hash
//! for the caller to store or sealed with a [`SealKey`].
//!
//! - What only we can read ([`opaque`], [`session`], [`user_code`]): every kind of random value has its own type and its
//!   own hash prefix, so that a value of one kind can never be redeemed as another (threat 16). To add a kind, add it to
//!   a list of `secrets!` with a word that no other kind uses.
//! - What others can read ([`jws`]): signed tokens, kept apart by their `typ` (threat 18), over keys that are read once.
//! - How others prove themselves: [`password`], [`pkce`], [`client_assertion`].

pub mod client_assertion;
pub mod federation;
pub mod fetch;
pub mod instance_key;
pub mod json;
pub mod jws;
pub mod link;
pub mod opaque;
pub mod passkey;
pub mod password;
pub mod pkce;
pub mod random;
pub mod recovery;
pub mod request_token;
pub mod seal;
pub mod secret;
pub mod session;
pub mod totp;
pub mod user_code;

pub use fetch::{Fetch, FetchError};
pub use instance_key::InstanceKey;
pub use link::{LinkKey, LinkToken};
pub use opaque::{AuthorizationCode, ClientSecret, DeviceCode, RefreshToken};
pub use passkey::Passkeys;
pub use password::{Cost, LONGEST_LINE, Password, PasswordError, PasswordHasher, Queued};
pub use random::{Random, SystemRandom};
pub use recovery::RecoveryCode;
pub use request_token::{RequestKey, RequestToken};
pub use seal::SealKey;
pub use session::{
    Audience, ChallengeToken, FormToken, SessionToken, StateToken, VisitToken, challenge_cookie_name, cookie_name,
    form_cookie_name, visit_cookie_name,
};
pub use totp::TotpSecret;
pub use user_code::UserCode;

//! The authority: OAuth 2.0 and OpenID Connect for the people and programs of every organisation.
//!
//! [`authorize`] turns a signed-in person into a code, [`token`] turns codes, credentials and other tokens into tokens,
//! [`bearer`] says who holds a token, from the facts as they stand. Claims inform; whether something is allowed is read from
//! the database at each use, so that what was taken back is gone at once (requirement E6). [`evaluate`] answers others who ask
//! what somebody may do. [`keys`] holds what is signed with.
//!
//! Nothing here knows a route. A new grant gets a file of its own under `authority/` and one line in [`token::issue`].

mod act;
pub mod authorize;
pub mod bearer;
pub mod client;
pub mod code;
pub mod device;
pub mod evaluate;
pub mod exchange;
pub mod keys;
pub mod mint;
mod params;
mod place;
mod refresh;
mod refusal;
mod scope;
pub mod token;
mod told;

pub use params::Params;
pub use place::{Place, find};
pub use refusal::{Kind, Refusal, Why};
pub use scope::{Asked, Resource};
pub use told::sign;
pub(crate) use told::{tell, tell_of_grant};

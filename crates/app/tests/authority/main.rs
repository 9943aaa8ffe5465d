//! The authority: every one-time value is good once and for one thing, every token for whom it says, and what was taken back counts
//! no more. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod acting;
mod codes;
mod devices;
mod introspection;
mod keys;
mod on_behalf_of;
mod refresh;
mod revocation;
mod services;
mod standing;
mod tokens;
mod told;
mod world;

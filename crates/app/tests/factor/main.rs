//! Second factors, confirmations and sessions, on both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod confirm;
mod factors;
mod mail;
mod required;
mod sessions;
mod world;

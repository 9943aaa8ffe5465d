//! The service against a small authority that answers over real HTTP, and a browser that only keeps cookies.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod browser;
mod callback;
mod fake;
mod launch;
mod logout;
mod mailboxes;
mod world;

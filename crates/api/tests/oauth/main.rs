//! The authority's machine routes as programs meet them: what is read, what is answered, and what a refusal says.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod addresses;
mod assertions;
mod claims;
mod doors;
mod pkce;
mod refusals;
mod signatures;
mod standing;
mod world;

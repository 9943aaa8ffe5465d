//! Signing in at an organisation's own provider: who is linked, who comes in, and every reason why not. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod arrival;
mod covered;
mod freshness;
mod provider;
mod world;

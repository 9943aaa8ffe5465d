//! Customers that partners create, their records and the agreement, on both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod agreement;
mod company;
mod create;
mod world;

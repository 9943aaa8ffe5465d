//! Orders, what becomes of what was ordered, and reading it, on both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod ordering;
mod reading;
mod world;

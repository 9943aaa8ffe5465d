//! A customer's users, looked after by its own administrators and its partners' people. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod imports;
mod passwords;
mod races;
mod records;
mod refusals;
mod strangers;
mod world;

//! A customer's licences: the units of its products, who holds one, giving and taking them, on both engines.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests themselves")]

mod giving;
mod races;
mod refusals;
mod shelf;
#[path = "../user/world.rs"]
#[expect(dead_code, reason = "made for the tests of users, which need more of it")]
mod world;

//! The customer portals over the real router: what people see, what they may not do, and what an attacker gets.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod answers;
mod authorize;
mod company;
mod federated;
mod fields;
mod glass;
mod guards;
mod health;
mod journey;
mod leaving;
mod licences;
mod parallel;
mod prompts;
mod refusals;
mod routes;
mod service_requests;
mod sign_in;
mod users;
mod world;

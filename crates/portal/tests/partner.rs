//! The partner portal over its real router: what each page does, who may open it, what its forms refuse.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests themselves")]

#[path = "partner/applications.rs"]
mod applications;
#[path = "partner/buying.rs"]
mod buying;
#[path = "partner/fields.rs"]
mod fields;
#[path = "partner/licences.rs"]
mod licences;
#[path = "partner/pages.rs"]
mod pages;
#[path = "partner/people.rs"]
mod people;
#[path = "partner/probes.rs"]
mod probes;
#[path = "partner/security.rs"]
mod security;
#[path = "partner/service_requests.rs"]
mod service_requests;
#[path = "partner/users.rs"]
mod users;
#[path = "partner/world.rs"]
mod world;

//! Entente's words, state machines and policy.
//!
//! Pure by rule: no I/O, no async, no serde, no clock, no randomness. Time and identifiers arrive as parameters,
//! a transition consumes a state and returns the new one together with the [`event::Event`] that records it.
//! To add an aggregate, add a file named after it here and files of the same name in `store` and `app`.

pub mod acceptance;
pub mod acting;
pub mod agreement;
pub mod application;
pub mod assurance;
pub mod catalogue;
pub mod cloud;
mod codes;
pub mod directory;
pub mod directory_role;
pub mod event;
pub mod explain;
pub mod factor;
pub mod federation;
pub mod ids;
pub mod invitation;
pub mod language;
pub mod licence;
pub mod market;
pub mod money;
pub mod order;
pub mod people;
pub mod policy;
pub mod relationship;
pub mod service;
pub mod service_request;
pub mod subscription;
mod table;
pub mod tenant;
pub mod term;
pub mod text;
pub mod time;
pub mod user;
pub mod user_import;
pub mod validity;

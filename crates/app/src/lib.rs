//! The operations: authorise, load, decide in the domain, save, record the event. One operation is one function, one transaction, one event.
//!
//! Synchronous by rule. Faces call these functions and contain no rule of their own. To add an operation, add it to the file of
//! its aggregate: take [`Ctx`] first, open [`App::write`], ask `policy`, and pass what the domain says happened to
//! [`Work::record`], which writes the audit row and the mail in the same transaction.

pub mod acceptance;
pub mod account;
pub mod acting;
pub mod activity;
pub mod application;
pub mod authority;
pub mod context;
pub mod customer;
pub mod demo;
mod error;
pub mod factor;
pub mod federation;
pub mod grant;
pub mod invitation;
pub mod licence;
pub mod mail;
pub mod order;
pub mod overview;
pub mod people;
mod proof;
mod record;
pub mod relationship;
pub mod service;
pub mod service_request;
pub mod session;
pub mod settings;
pub mod setup;
pub mod sheet;
pub mod sign_in;
pub mod signal;
pub mod site;
pub mod subscription;
pub mod sweep;
pub mod tenant;
mod tries;
pub mod user;
pub mod user_import;
pub mod wiring;

pub use context::{App, Clock, Ctx, Work};
pub use error::{Error, Field, Invalid};
pub use proof::Answer;
pub use settings::Settings;

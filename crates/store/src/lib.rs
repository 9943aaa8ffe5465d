//! Everything that knows SQL: the two engines, migrations, one module per aggregate.
//!
//! [`Store`] runs closures in transactions: [`Store::read`], [`Store::glance`], [`Store::read_long`] and [`Store::write`].
//! A closure gets a [`Tx`], is run again after a conflict with another transaction and must therefore have no effect
//! outside of it. The aggregate modules declare their statements with [`statements!`], pass parameters with [`params!`]
//! and map a [`Row`] to a domain value; they never learn which engine they run on.
//!
//! This crate decides nothing: no rule, no clock, no randomness.

pub mod acting;
pub mod application;
pub mod consent;
pub mod counter;
pub mod customer;
pub mod device;
pub mod directory;
mod engine;
mod error;
pub mod event;
pub mod factor;
pub mod federation;
pub mod grant;
pub mod invitation;
pub mod licence;
pub mod mail;
mod migrate;
pub mod order;
pub mod relationship;
pub mod service;
pub mod service_request;
pub mod session;
pub mod signal;
pub mod signing_key;
mod sql;
pub mod subscription;
pub mod tenant;
pub mod user;
pub mod user_import;

pub use engine::postgres::PostgresOptions;
pub use engine::sqlite::SqliteOptions;
pub use engine::{Store, Tx};
pub use error::{Cause, ConstraintKind, StoreError};
pub use migrate::{Migration, schema_id};
pub use sql::{Row, Sql, ToValue, Value};

/// Every statement of every module, by module and name: what the plan test prepares on both engines.
pub fn statements() -> impl Iterator<Item = (&'static str, &'static str, &'static Sql)> {
    [
        ("acting", acting::ALL),
        ("application", application::ALL),
        ("consent", consent::ALL),
        ("counter", counter::ALL),
        ("customer", customer::ALL),
        ("device", device::ALL),
        ("directory", directory::ALL),
        ("event", event::ALL),
        ("grant", grant::ALL),
        ("factor", factor::ALL),
        ("federation", federation::ALL),
        ("invitation", invitation::ALL),
        ("licence", licence::ALL),
        ("mail", mail::ALL),
        ("order", order::ALL),
        ("relationship", relationship::ALL),
        ("service", service::ALL),
        ("service_request", service_request::ALL),
        ("service_request::attachment", service_request::attachment::ALL),
        ("session", session::ALL),
        ("signing_key", signing_key::ALL),
        ("signal", signal::ALL),
        ("subscription", subscription::ALL),
        ("tenant", tenant::ALL),
        ("user", user::ALL),
        ("user_import", user_import::ALL),
    ]
    .into_iter()
    .flat_map(|(module, all)| all.iter().map(move |(name, sql)| (module, *name, *sql)))
}

//! The test application, fixtures and both engines. Only ever a dev-dependency.

pub mod app;
pub mod authenticator;
mod engines;
pub mod fetch;
pub mod history;
pub mod names;
pub mod postgres;
pub mod provider;
pub mod requests;
pub mod tokens;

pub use app::TestApp;
pub use authenticator::Authenticator;
pub use engines::{for_each_engine, sqlite, together};
pub use entente_store::Store;
pub use entente_store::signal::Signal;

//! The test application, fixtures and both engines. Only ever a dev-dependency.

pub mod app;
mod engines;
pub mod names;
pub mod postgres;
pub mod requests;
pub mod tokens;

pub use app::TestApp;
pub use engines::{for_each_engine, sqlite};

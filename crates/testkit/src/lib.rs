//! The test application, fixtures and both engines. Only ever a dev-dependency.

mod engines;
pub mod postgres;

pub use engines::for_each_engine;

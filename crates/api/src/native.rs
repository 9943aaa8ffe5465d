//! Routes of our own.

pub mod demo;

//! The real binary, started as people start it: on free ports, with a folder of its own, and stopped by a signal.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic like the tests themselves")]

mod cli;
mod demo;
mod http;
mod installation;
mod keys;
mod postgres;
mod process;

//! What CI and developers run: `cargo xtask test | check | arch | bench | postgres | setup`.
//!
//! This crate is compiled before anything else, so it keeps to a handful of dependencies. It must not contain a
//! rule of the product. A new step gets one function that returns `anyhow::Result<()>` and one line in `test`
//! or `check`; a step that finds nothing to do is an error, never a silent success.
#![expect(clippy::print_stdout, reason = "the output of a command line tool is its purpose")]

mod arch;
mod bench;
mod check;
mod e2e;
mod paths;
mod postgres;
mod process;
mod python;
mod setup;
mod sizes;
mod steps;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What CI and developers of Entente run")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything CI runs: set-up, checks, tests, browser journeys.
    Test(test::Options),
    /// Formatting, lints, documentation, crate arrows, dependencies and machine paths; no tests.
    Check {
        /// Run only these checks (fmt, clippy, docs, arch, deny, paths).
        #[arg(long, value_delimiter = ',')]
        only: Vec<check::Check>,
    },
    /// Compare the crates' dependencies with the table in `xtask/src/arch.rs`.
    Arch {
        /// Also print the largest source files.
        #[arg(long)]
        sizes: bool,
    },
    /// Build the benchmark `entente-bench` in release mode and run it with these arguments.
    Bench {
        /// Handed to the benchmark unchanged.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run one command with a throw-away PostgreSQL cluster in `ENTENTE_TEST_POSTGRES`.
    Postgres {
        /// The command and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Make sure that everything the tests need is on this machine.
    Setup,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Task::Test(options) => test::run(&options),
        Task::Check { only } => check::run(&only),
        Task::Arch { sizes } => {
            let arrows = arch::run();
            if sizes { sizes::report().and(arrows) } else { arrows }
        }
        Task::Bench { arguments } => bench::run(&arguments),
        Task::Postgres { command } => postgres::run_with(&command),
        Task::Setup => setup::run(setup::Need::all()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

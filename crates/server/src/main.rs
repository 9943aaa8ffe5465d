//! The binary `entente`: command line, configuration, wiring, lifecycle. No rules.
//!
//! [`serve`] is the whole wiring in the order it happens: configuration, ports, data folder, database, application, faces,
//! then [`lifecycle`] runs it. [`admin`] and [`support`] hold the operator's commands, [`demo`] what only a demonstration has.

mod admin;
mod cli;
mod clock;
mod config;
mod delivery;
mod demo;
mod folder;
mod health;
mod lifecycle;
mod listen;
mod open;
mod say;
mod serve;
mod support;
mod tls;

use std::process::ExitCode;

use clap::Parser as _;
use entente_app::wiring::Standing;

use self::cli::{Cli, Command, ConfigCommand, KeysCommand, PersonCommand, ServiceCommand, TenantCommand};
use self::say::say;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not through the log, which may not exist yet or be silenced; this is the answer to a command.
            eprintln!("entente: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(options) => serve::serve(&options),
        Command::Config(ConfigCommand::Check { config }) => {
            config::load(config.as_deref())?;
            say("the configuration is fine");
            Ok(())
        }
        Command::Config(ConfigCommand::Print { defaults: true, .. }) => {
            say(config::print_defaults().trim_end());
            Ok(())
        }
        Command::Config(ConfigCommand::Print { config, .. }) => {
            say(config::print_effective(config.as_deref())?.trim_end());
            Ok(())
        }
        Command::Tenant(TenantCommand::Add(add)) => {
            say(&admin::add_tenant(add)?);
            Ok(())
        }
        Command::Tenant(TenantCommand::Suspend(one)) => {
            say(&admin::set_standing(&one, Standing::Suspended)?);
            Ok(())
        }
        Command::Tenant(TenantCommand::Resume(one)) => {
            say(&admin::set_standing(&one, Standing::Active)?);
            Ok(())
        }
        Command::Person(PersonCommand::Add(add)) => {
            say(&admin::add_person(add)?);
            Ok(())
        }
        Command::Service(ServiceCommand::Add(add)) => {
            say(&admin::add_service(add)?);
            Ok(())
        }
        Command::Service(ServiceCommand::List(list)) => {
            say(&admin::list_services(&list)?);
            Ok(())
        }
        Command::Service(ServiceCommand::Health(health)) => {
            say(&admin::report_service(health)?);
            Ok(())
        }
        Command::Service(ServiceCommand::Secret(secret)) => {
            say(&admin::renew_secret(&secret)?);
            Ok(())
        }
        Command::Keys(KeysCommand::List(list)) => {
            say(&admin::list_keys(&list)?);
            Ok(())
        }
        Command::Keys(KeysCommand::Rotate(rotate)) => {
            say(&admin::rotate_keys(&rotate)?);
            Ok(())
        }
        Command::Support(command) => {
            say(&support::run(command)?);
            Ok(())
        }
    }
}

//! The binary: command line, clock, port.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use service_portal::{Options, Service, Settings};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("service-portal: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let settings = Settings::read(options)?;
    let (listen, url) = (settings.listen.clone(), settings.url.clone());
    let router = Service::new(settings, Arc::new(now))?.router();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(&listen).await.with_context(|| format!("failed to listen on {listen}"))?;
        let mut stop = signal(SignalKind::terminate())?;
        let stopped = async move {
            tokio::select! {
                _ = stop.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        };
        writeln!(std::io::stdout(), "Listening on {url}")?;
        axum::serve(listener, router).with_graceful_shutdown(stopped).await?;
        Ok(())
    })
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock; everything else is handed it")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|it| i64::try_from(it.as_secs()).ok()).unwrap_or(0)
}

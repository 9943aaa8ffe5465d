//! Running and stopping: listeners, the worker and the sweep run until somebody asks the process to end, then finish what
//! they have in hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use entente_app::{App, sweep, user_import};
use entente_delivery::signal::Signals;
use entente_delivery::worker::Worker;
use rustls::ServerConfig;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::delivery::Delivery;
use crate::health::Health;
use crate::listen::Taken;
use crate::say::say;

/// How long requests in hand may take to finish.
const GRACE: Duration = Duration::from_secs(10);
/// How long a new connection may take to say what it wants.
const FIRST_REQUEST: Duration = Duration::from_secs(30);
/// How often what falls due is looked for.
const SWEEP: Duration = Duration::from_mins(1);

/// How often files of users are looked for: another server may have taken one in, and nothing tells this one but the database. While
/// one is worked off nothing is waited for.
const IMPORTS: Duration = Duration::from_secs(1);
/// Users made in one transaction: few, so that others can write in between.
const USERS_AT_ONCE: i64 = 20;

/// Everything that runs until the end.
pub struct Running {
    /// What is served.
    pub router: Router,
    /// Ports of plain HTTP.
    pub http: Option<Taken>,
    /// Ports of HTTPS and their certificate.
    pub https: Option<(Taken, Arc<ServerConfig>)>,
    /// The application, for the sweep.
    pub app: App,
    /// The worker that tells relying services.
    pub signals: Worker<Signals>,
    /// The worker of mail; none while mail is off.
    pub delivery: Option<Delivery>,
    /// Told when the end begins.
    pub health: Health,
}

impl Running {
    /// Serves until SIGTERM or SIGINT; a second one ends at once. What `ready` answers goes to standard output; it is awaited
    /// once everything runs and both signals are heard.
    pub async fn until_stopped(self, ready: impl Future<Output = Result<String>>) -> Result<()> {
        let mut ends = Ends::new()?;
        let (stop, stopping) = watch::channel(false);
        let handle = Handle::new();
        let mut tasks = JoinSet::new();
        let service = self.router.into_make_service_with_connect_info::<SocketAddr>();
        for listener in self.http.into_iter().flat_map(|taken| taken.listeners) {
            let server = axum_server::from_tcp(listener)?.first_request_timeout(FIRST_REQUEST).handle(handle.clone());
            tasks.spawn(served(server.serve(service.clone())));
        }
        if let Some((taken, certificate)) = self.https {
            for listener in taken.listeners {
                let certificate = RustlsConfig::from_config(Arc::clone(&certificate));
                let server = axum_server::from_tcp_rustls(listener, certificate)?
                    .first_request_timeout(FIRST_REQUEST)
                    .handle(handle.clone());
                tasks.spawn(served(server.serve(service.clone())));
            }
        }
        if let Some(delivery) = self.delivery {
            let stopping = stopping.clone();
            tasks.spawn(async move {
                delivery.worker.run(stopping).await;
                Ok(())
            });
        }
        let (signals, until) = (self.signals, stopping.clone());
        tasks.spawn(async move {
            signals.run(until).await;
            Ok(())
        });
        tasks.spawn(importing(self.app.clone(), stopping.clone()));
        tasks.spawn(sweeping(self.app, stopping));
        let failed = match ready.await {
            Err(error) => Some(Ok(Err(error))),
            Ok(said) => {
                say(&said);
                tokio::select! {
                    () = ends.next() => None,
                    // Nothing above ends by itself unless it failed.
                    ended = tasks.join_next() => ended,
                }
            }
        };
        tracing::info!("stopping");
        self.health.leave();
        handle.graceful_shutdown(Some(GRACE));
        stop.send_replace(true);
        tokio::select! {
            () = ends.next() => tracing::warn!("asked twice: stopping at once"),
            () = async { while tasks.join_next().await.is_some() {} } => {}
        }
        match failed {
            Some(ended) => ended.context("a part of the server panicked")?,
            None => Ok(()),
        }
    }
}

async fn served(serving: impl Future<Output = std::io::Result<()>>) -> Result<()> {
    serving.await.context("failed to serve")
}

/// What falls due as time passes, at the start and every minute.
async fn sweeping(app: App, mut stopping: watch::Receiver<bool>) -> Result<()> {
    while !*stopping.borrow_and_update() {
        let sweeping = app.clone();
        match tokio::task::spawn_blocking(move || sweep::run(&sweeping)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(changed)) => tracing::info!(changed, "handled what fell due"),
            Ok(Err(error)) => tracing::warn!(%error, "failed to handle what fell due"),
            Err(error) => tracing::error!(%error, "the sweep panicked"),
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => {}
            _ = stopping.changed() => {}
        }
    }
    Ok(())
}

/// Makes users from files, a few at a time. Stops between two batches; what is left is made after the next start.
async fn importing(app: App, mut stopping: watch::Receiver<bool>) -> Result<()> {
    while !*stopping.borrow_and_update() {
        let working = app.clone();
        let idle = match tokio::task::spawn_blocking(move || user_import::work(&working, USERS_AT_ONCE)).await {
            Ok(Ok(settled)) => settled == 0,
            Ok(Err(error)) => {
                tracing::warn!(%error, "failed to make users from a file");
                true
            }
            Err(error) => {
                tracing::error!(%error, "making users from a file panicked");
                true
            }
        };
        if idle {
            tokio::select! {
                () = tokio::time::sleep(IMPORTS) => {}
                _ = stopping.changed() => {}
            }
        }
    }
    Ok(())
}

/// The signals that end the process.
struct Ends {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Ends {
    fn new() -> Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

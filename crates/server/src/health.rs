//! `/healthz`: this process is alive. `/readyz`: it can do its work. Outside of the checks every page passes, because whoever
//! probes knows the server by another name than its visitors do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use entente_app::App;
use entente_store::{StoreError, tenant};

/// How long the database may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a probe looks at.
#[derive(Clone)]
pub struct Health {
    app: App,
    leaving: Arc<AtomicBool>,
}

impl Health {
    /// Of this application, whose database is up to date by now.
    pub fn new(app: App) -> Self {
        Self { app, leaving: Arc::new(AtomicBool::new(false)) }
    }

    /// From now on a load balancer should send nobody here.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    async fn ready(&self) -> bool {
        if self.leaving.load(Ordering::Relaxed) {
            return false;
        }
        let app = self.app.clone();
        let asked = tokio::task::spawn_blocking(move || app.store().glance(|tx| tenant::any(tx).map(drop::<bool>)));
        matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(Ok::<(), StoreError>(()))))
    }
}

/// Both routes.
pub fn routes(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(async || plain(StatusCode::OK, "ok\n")))
        .route("/readyz", get(readyz))
        .with_state(health)
}

async fn readyz(State(health): State<Health>) -> Response {
    if health.ready().await {
        plain(StatusCode::OK, "ready\n")
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, headers, text).into_response()
}

//! Serves the component gallery at port 8099 of localhost, path `/_ui`, without database or sign-in.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use entente_domain::time::Timestamp;
use entente_portal::gallery;
use entente_portal::web::{FormGuard, Web, shell};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ids = AtomicU64::new(0);
    // A fixed time, so that two screenshots differ only where the components do.
    let clock = || Timestamp::from_seconds(1_795_427_880);
    let origins = vec!["http://localhost:8099".parse()?];
    let web = Web::new("Halden Cloud", origins, clock, move || format!("{:08x}", ids.fetch_add(1, Ordering::Relaxed)));
    let pages: Router = gallery::routes().layer(axum::Extension(FormGuard::new("sample", |token| token == "sample")));
    let listener = tokio::net::TcpListener::bind("localhost:8099").await?;
    axum::serve(listener, shell(pages, web)).await?;
    Ok(())
}

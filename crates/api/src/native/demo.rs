//! The controls of a demonstration: turning its clock, and accepting a link as a customer would. Mounted in demo mode only,
//! inside the layer that checks host and origin of every page.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use entente_app::acceptance::Accepted;
use entente_app::{App, Error, demo, sweep};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::problem::{refuse, respond};

/// Bytes a body may have.
const MAX_BODY: usize = 16 * 1024;
/// The furthest one call may turn the clock: ten years, in seconds.
const FURTHEST: i64 = 10 * 366 * 86_400;

/// The virtual time of a demonstration, as its server keeps it.
pub trait Time: Send + Sync + 'static {
    /// Moves the clock on and keeps that for the next start. Blocks.
    ///
    /// # Errors
    /// When it could not be kept.
    fn advance(&self, seconds: i64) -> std::io::Result<()>;
    /// Resolves once mail that is due by now has been delivered.
    fn delivered(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// What the controls work on.
#[derive(Clone)]
pub struct Controls {
    /// The application.
    pub app: App,
    /// Its time.
    pub time: Arc<dyn Time>,
}

/// `POST /_demo/clock` and `POST /_demo/invitations/accept`.
pub fn routes(controls: Controls) -> Router {
    Router::new()
        .route("/_demo/clock", post(advance_clock).fallback(not_this_way))
        .route("/_demo/invitations/accept", post(accept_invitation).fallback(not_this_way))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(controls)
}

async fn not_this_way() -> Response {
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", None);
    response.headers_mut().insert(axum::http::header::ALLOW, axum::http::HeaderValue::from_static("POST"));
    response
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: String,
}

#[derive(Debug, Serialize)]
struct Now {
    now: String,
}

async fn advance_clock(State(controls): State<Controls>, Body(body): Body<Advance>) -> Response {
    let Controls { app, time } = controls;
    let Some(seconds) = seconds_of(&body.advance, app.now().micros()) else {
        let expected = "advance: a duration of ISO 8601 such as P30D or PT12H, of at most ten years and not backwards";
        return refuse(StatusCode::BAD_REQUEST, "duration_unreadable", Some(expected));
    };
    let clock = Arc::clone(&time);
    let done = blocking(&app, move |app| {
        clock.advance(seconds).map_err(|error| {
            tracing::error!(%error, "failed to keep the clock");
            Error::Unavailable
        })?;
        sweep::run(app)
    })
    .await;
    if let Err(error) = done {
        return respond(&error);
    }
    time.delivered().await;
    Json(Now { now: written(app.now().micros()) }).into_response()
}

/// Whole seconds from now; days and longer units as a calendar in UTC has them.
fn seconds_of(text: &str, now: i64) -> Option<i64> {
    // jiff also reads "30 days"; the documented form is the only one here.
    let span: jiff::Span = text.starts_with('P').then(|| text.parse().ok()).flatten()?;
    let here = jiff::Timestamp::from_microsecond(now).ok()?.to_zoned(TimeZone::UTC);
    let seconds = span.to_duration(&here).ok()?.as_secs();
    (0..=FURTHEST).contains(&seconds).then_some(seconds).filter(|_| !span.is_negative())
}

fn written(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map(|at| at.to_string()).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptAs {
    link: String,
    tenant: String,
}

#[derive(Debug, Serialize)]
struct AcceptedBody {
    accepted: bool,
    record: String,
    partner: String,
    privileges: bool,
}

impl From<Accepted> for AcceptedBody {
    fn from(it: Accepted) -> Self {
        Self {
            accepted: true,
            record: it.consent.to_string(),
            partner: it.partner.to_string(),
            privileges: it.privileges,
        }
    }
}

async fn accept_invitation(State(controls): State<Controls>, Body(body): Body<AcceptAs>) -> Response {
    // What is no identifier names nobody, like one that is unknown.
    let Ok(tenant) = body.tenant.parse() else { return respond(&Error::NotFound) };
    match blocking(&controls.app, move |app| demo::accept_as_admin(app, &body.link, tenant)).await {
        Ok(accepted) => Json(AcceptedBody::from(accepted)).into_response(),
        Err(error) => respond(&error),
    }
}

/// Operations wait for the disk, so they run on a thread that may.
async fn blocking<T: Send + 'static>(
    app: &App,
    operation: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let app = app.clone();
    tokio::task::spawn_blocking(move || operation(&app)).await.unwrap_or(Err(Error::Unavailable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_iso_8601_writes_them_and_never_backwards() {
        // 2026-11-23T09:00:00Z
        let read = |text| seconds_of(text, 1_795_424_400_000_000);
        for (text, seconds) in [
            ("P30D", Some(30 * 86_400)),
            ("P2W", Some(14 * 86_400)),
            ("PT12H", Some(12 * 3_600)),
            ("P1DT1M1S", Some(86_461)),
            ("P1M", Some(30 * 86_400)),
            ("P1Y", Some(365 * 86_400)),
            ("PT0S", Some(0)),
            ("P10Y", Some(3_653 * 86_400)),
            ("P11Y", None),
            ("P9999Y", None),
            ("P999999999999D", None),
            ("-P1D", None),
            ("P-1D", None),
            ("30 days", None),
            ("30", None),
            ("P", None),
            ("", None),
            ("P1D; DROP", None),
        ] {
            assert_eq!(read(text), seconds, "{text}");
        }
    }
}

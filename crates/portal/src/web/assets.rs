//! The three static files, embedded, addressed by the hash of their content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::Problem;

static CSS: &[u8] = include_bytes!("../../static/app.css");
static JS: &[u8] = include_bytes!("../../static/app.js");
static ICON: &[u8] = include_bytes!("../../static/favicon.svg");

/// Addresses of the static files of this build. A changed file has a changed address, so each may be cached for ever.
#[derive(Debug)]
pub struct Assets {
    /// The stylesheet.
    pub css: String,
    /// The script.
    pub js: String,
    /// The icon.
    pub icon: String,
}

/// The addresses, computed once.
pub fn assets() -> &'static Assets {
    static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
        css: format!("/static/app.{:016x}.css", fingerprint(CSS)),
        js: format!("/static/app.{:016x}.js", fingerprint(JS)),
        icon: format!("/static/favicon.{:016x}.svg", fingerprint(ICON)),
    });
    &ASSETS
}

/// FNV-1a; it only has to change when the file does, nobody gains from a collision.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

pub(super) async fn file(Path(name): Path<String>) -> Response {
    let known = assets();
    let (bytes, kind) = match format!("/static/{name}") {
        path if path == known.css => (CSS, "text/css; charset=utf-8"),
        path if path == known.js => (JS, "text/javascript; charset=utf-8"),
        path if path == known.icon => (ICON, "image/svg+xml"),
        _ => return Problem::not_found().into_response(),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, bytes).into_response()
}

/// Browsers ask for this address unasked; the page itself names the hashed one.
pub(super) async fn favicon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")], ICON).into_response()
}

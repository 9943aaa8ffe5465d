//! Tables to be kept as files.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use entente_domain::time::Timestamp;

use crate::Problem;

/// A table as CSV, to be kept under this name and the day it was made.
///
/// # Errors
/// A problem when the name cannot stand in a header.
pub fn table_file(name: &str, now: Timestamp, file: Vec<u8>) -> Result<Response, Problem> {
    let day = crate::i18n::rfc3339(now);
    let name = format!("attachment; filename=\"{name}-{}.csv\"", day.get(..10).unwrap_or_default());
    let name = HeaderValue::from_str(&name).map_err(|_| Problem::internal())?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], file).into_response())
}

//! What an address names.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::Problem;

/// The one variable part of an address. What cannot be read answers like what does not exist.
#[derive(Debug, Clone, Copy)]
pub struct Named<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let text = path.map_err(|_| Problem::not_found())?.0;
        text.parse().map(Self).map_err(|_| Problem::not_found())
    }
}

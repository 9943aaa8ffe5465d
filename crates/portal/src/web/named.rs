//! What an address names.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, RawPathParams};
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

/// The last variable part of an address, for pages that stand at several addresses with more or fewer of them before it.
#[derive(Debug, Clone, Copy)]
pub struct Last<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Last<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let last = path.iter().last().and_then(|(_, text)| text.parse().ok());
        last.map(Self).ok_or_else(Problem::not_found)
    }
}

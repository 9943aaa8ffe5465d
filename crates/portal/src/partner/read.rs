//! Reading what addresses and forms hold.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::Problem;

/// Two things an address names, the second within the first.
pub(super) struct Within<A, B>(pub(super) A, pub(super) B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Within<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (a, b) = path.map_err(|_| Problem::not_found())?.0;
        match (a.parse(), b.parse()) {
            (Ok(a), Ok(b)) => Ok(Self(a, b)),
            _ => Err(Problem::not_found()),
        }
    }
}

/// A request's number in an address, in its one spelling.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number(pub(crate) i64);

impl FromStr for Number {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let number: i64 = text.parse().map_err(|_| Problem::not_found())?;
        if number.to_string() == text { Ok(Self(number)) } else { Err(Problem::not_found()) }
    }
}

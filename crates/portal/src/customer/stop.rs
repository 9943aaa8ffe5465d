//! Why a handler of a link's pages ends early.

use axum::response::{IntoResponse, Response};
use entente_app::Error;

use crate::Problem;

/// A page instead of the one asked for. Boxed, since handlers carry it in every `Result`.
#[derive(Debug)]
pub(super) struct Stop(Box<Response>);

impl From<Response> for Stop {
    fn from(page: Response) -> Self {
        Self(Box::new(page))
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem.into_response()))
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        *self.0
    }
}

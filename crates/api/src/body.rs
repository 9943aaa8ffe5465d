//! Request bodies: JSON by content type, no unknown members, problem documents for everything else.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::problem;

/// A JSON body. The content type is required, because it is what a form on another site cannot send (threat 28).
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => {
                let (status, code) = match rejection.status() {
                    StatusCode::UNSUPPORTED_MEDIA_TYPE => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_required"),
                    StatusCode::PAYLOAD_TOO_LARGE => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
                    _ => (StatusCode::BAD_REQUEST, "body_unreadable"),
                };
                Err(problem::refuse(status, code, Some(&rejection.body_text())))
            }
        }
    }
}

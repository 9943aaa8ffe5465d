//! A form that can bring a file (RFC 7578), as strict as [`super::Form`].

use std::collections::BTreeMap;

use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};

use super::form::fields;
use super::{FORM_TOKEN_FIELD, FormGuard};
use crate::Problem;

/// Bytes such a form may have: a file of 2 MiB, as much text beside it that browsers write as three bytes a line, and what stands
/// between the parts.
pub const MAX_UPLOAD: usize = 2 * 1024 * 1024 + 256 * 1024;
/// Parts a form of ours can have at most.
const PARTS: usize = 8;

/// The parts of a post by somebody signed in, by name: its hidden token was checked against the session's [`FormGuard`].
#[derive(Debug, Clone)]
pub struct Upload(BTreeMap<String, Vec<u8>>);

impl Upload {
    /// What a part holds; nothing where it was left empty, as browsers send fields and files nobody filled in.
    pub fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        self.0.remove(name).filter(|bytes| !bytes.is_empty())
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Problem> {
        let guard = request.extensions().get::<FormGuard>().cloned();
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut parts = if is_upload(kind) {
            DefaultBodyLimit::max(MAX_UPLOAD).apply(&mut request);
            parts(Multipart::from_request(request, state).await.map_err(|_| Problem::broken_form())?).await?
        } else {
            // Without a file the same fields come as any other form's do.
            let pairs = fields(request).await?.into_pairs();
            pairs.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
        };
        let token = parts.remove(FORM_TOKEN_FIELD).and_then(|bytes| String::from_utf8(bytes).ok());
        if guard.is_some_and(|guard| token.is_some_and(|token| guard.accepts(&token))) {
            Ok(Self(parts))
        } else {
            Err(Problem::stale_form())
        }
    }
}

async fn parts(mut form: Multipart) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Problem::broken_form(),
    };
    let mut parts = BTreeMap::new();
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(broken)?;
        // Two parts of one name could be read either way.
        if parts.len() == PARTS || parts.insert(name, bytes.to_vec()).is_some() {
            return Err(Problem::broken_form());
        }
    }
    Ok(parts)
}

/// Whether a content type is that of a form with files.
pub(super) fn is_upload(kind: &str) -> bool {
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

//! A form that may bring files along: `multipart/form-data` (RFC 7578), read as it arrives, one file in memory at a time.
//!
//! The token of the session comes first, as `Page::csrf` puts it: without it no file is read. A form without files, and one that a
//! browser sends the plain way, are read by the rules of [`super::Form`].

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use entente_app::user_import::MAX_BYTES;
use entente_domain::service_request::attachment::{MAX_PER_NOTE, MAX_SIZE};
use serde::de::DeserializeOwned;

use super::form::{Fields, FormGuard, fields};
use crate::Problem;

/// Bytes such a form may have: as many as a note can bring in files, and its fields.
pub const MAX_UPLOAD: usize = MAX_PER_NOTE * MAX_SIZE + 128 * 1024;
/// Bytes the fields beside the files may have together: a table can be pasted instead of brought as a file.
const MAX_FIELDS: usize = MAX_BYTES + 64 * 1024;

/// A file as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What its sender calls it.
    pub name: String,
    /// What is in it; none when that is more than was asked for.
    pub content: Option<Vec<u8>>,
}

/// The body of a post by somebody signed in, with or without files.
pub struct Upload {
    guard: Option<FormGuard>,
    fields: Fields,
    size: usize,
    parts: Option<Multipart>,
}

impl Upload {
    /// The next file of up to `max` bytes; none behind the last.
    ///
    /// # Errors
    /// When the body cannot be read, or its token is not this session's.
    pub async fn next(&mut self, max: usize) -> Result<Option<File>, Problem> {
        loop {
            let Some(parts) = &mut self.parts else { return Ok(None) };
            let read = parts.next_field().await.map_err(|error| broken(error.status()))?;
            let Some(mut part) = read else { return Ok(None) };
            let field = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            if file.is_some() && !self.guard.as_ref().is_some_and(|guard| guard.accepts(&self.fields)) {
                return Err(Problem::stale_form());
            }
            let most = if file.is_some() { max } else { MAX_FIELDS.saturating_sub(self.size) };
            let mut content = Some(Vec::new());
            // What is too much is read and forgotten, so that the browser gets to see the answer.
            while let Some(some) = part.chunk().await.map_err(|error| broken(error.status()))? {
                content = content.filter(|kept| kept.len() + some.len() <= most);
                if let Some(kept) = &mut content {
                    kept.extend_from_slice(&some);
                }
            }
            match file {
                // Where nothing is chosen, browsers send a file without name and content.
                Some(name) if name.is_empty() && content.as_ref().is_some_and(Vec::is_empty) => {}
                Some(name) => return Ok(Some(File { name, content })),
                None => {
                    let text = content.and_then(|it| String::from_utf8(it).ok()).ok_or_else(Problem::broken_form)?;
                    self.size += text.len();
                    self.fields.add(field, text).ok_or_else(Problem::broken_form)?;
                }
            }
        }
    }

    /// The fields beside the files, once [`Self::next`] found no more of those.
    ///
    /// # Errors
    /// When one is missing or not of its type, or the token is not this session's.
    pub fn fields<T: DeserializeOwned>(self) -> Result<T, Problem> {
        if !self.guard.is_some_and(|guard| guard.accepts(&self.fields)) {
            return Err(Problem::stale_form());
        }
        self.fields.into().ok_or_else(Problem::broken_form)
    }
}

fn broken(status: StatusCode) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::status(status),
        _ => Problem::broken_form(),
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let guard = request.extensions().get::<FormGuard>().cloned();
        if is_upload(request.headers()) {
            let mut request = request;
            DefaultBodyLimit::max(MAX_UPLOAD).apply(&mut request);
            let parts = Multipart::from_request(request, state).await.map_err(|_| Problem::broken_form())?;
            return Ok(Self { guard, fields: Fields::default(), size: 0, parts: Some(parts) });
        }
        Ok(Self { guard, fields: fields(request).await?, size: 0, parts: None })
    }
}

/// Whether a form with files is sent: then more may arrive, and it may take longer.
pub(super) fn is_upload(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

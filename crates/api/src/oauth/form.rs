//! Reading requests of the authority strictly: one content type, no broken escapes, no parameter twice.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entente_app::Error;
use entente_app::authority::client::Presented;
use entente_app::authority::{Kind, Params, Refusal};
use percent_encoding::percent_decode;

use super::refusal::respond;
use crate::front::{Front, Visit};
use crate::problem::refuse;

/// Most parameters of a request; libraries send about twenty.
const MAX_PARAMETERS: usize = 100;

/// What stands in the authority's address. What is no text names no directory either, and is refused like one that does not exist.
pub(super) struct Place(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let named = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(named.map_or_else(|_| String::new(), |Path(it)| it)))
    }
}

/// A form and what it says about its application.
pub(super) struct Form {
    pub(super) params: Params,
    pub(super) presented: Presented,
}

impl FromRequest<Front> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, front: &Front) -> Result<Self, Response> {
        let Some(visit) = request.extensions().get::<Visit>().cloned() else {
            return Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, "internal", None));
        };
        let read = async {
            let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim();
            if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
                let text = "The body has to be application/x-www-form-urlencoded.";
                return Err(Refusal::new(Kind::InvalidRequest, 900_144, text));
            }
            let proof = basic(request.headers());
            let body = Bytes::from_request(request, &()).await.map_err(|_| Refusal::malformed("body"))?;
            let params = Params::new(pairs(&body).ok_or_else(|| Refusal::malformed("body"))?)?;
            let presented = Presented::read(&params, proof?)?;
            Ok(Self { params, presented })
        };
        read.await.map_err(|refusal| respond(&Error::from(refusal), &visit, now(front)))
    }
}

/// Decoded names and values. `None` for broken escapes, text that is not UTF-8, a NUL, or far too many.
pub(super) fn pairs(encoded: &[u8]) -> Option<Vec<(String, String)>> {
    let parts = encoded.split(|it| *it == b'&').filter(|it| !it.is_empty());
    let pairs: Vec<_> = parts
        .map(|pair| {
            let at = pair.iter().position(|it| *it == b'=').unwrap_or(pair.len());
            Some((decoded(pair.get(..at)?)?, decoded(pair.get(at + 1..).unwrap_or_default())?))
        })
        .collect::<Option<_>>()?;
    (pairs.len() <= MAX_PARAMETERS).then_some(pairs)
}

fn decoded(text: &[u8]) -> Option<String> {
    // Tokens are long and have neither.
    if !text.iter().any(|it| matches!(it, b'+' | b'%' | 0)) {
        return String::from_utf8(text.to_vec()).ok();
    }
    let spaced: Vec<u8> = text.iter().map(|it| if *it == b'+' { b' ' } else { *it }).collect();
    let escapes = spaced.iter().enumerate().filter(|(_, it)| **it == b'%');
    let whole = |at: usize| spaced.get(at + 1..at + 3).is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit));
    let sound = escapes.map(|(at, _)| at).all(whole);
    let text = percent_decode(&spaced).decode_utf8().ok()?.into_owned();
    (sound && !text.contains('\0')).then_some(text)
}

/// User and password of the Authorization header; both are form-encoded inside it (RFC 6749, section 2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Refusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let malformed = || Refusal::new(Kind::InvalidClient, 7_000_218, "The Authorization header cannot be read.");
    let (scheme, rest) = value.to_str().ok().and_then(|it| it.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let text = STANDARD.decode(rest.trim()).map_err(|_| malformed())?;
    let at = text.iter().position(|it| *it == b':').ok_or_else(malformed)?;
    let part = |range: &[u8]| decoded(range).ok_or_else(malformed);
    Ok(Some((part(text.get(..at).unwrap_or_default())?, part(text.get(at + 1..).unwrap_or_default())?)))
}

/// The installation's time in the form error bodies have.
pub(super) fn now(front: &Front) -> String {
    jiff::Timestamp::from_microsecond(front.app.now().micros())
        .map(|it| it.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
        .unwrap_or_default()
}

pub(crate) async fn not_this_way() -> Response {
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", None);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_strictly() {
        let read = |text: &str| pairs(text.as_bytes());
        let one = |name: &str, value: &str| Some(vec![(name.to_owned(), value.to_owned())]);
        assert_eq!(read("a=b%20c+d"), one("a", "b c d"));
        assert_eq!(read("a"), one("a", ""));
        assert_eq!(read(""), Some(vec![]));
        for bad in ["a=%", "a=%2", "a=%zz", "a=%ff", "a=%00"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&"a=1&".repeat(101)), None);
    }

    #[test]
    fn the_header_carries_form_encoded_parts() {
        let header = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(text).expect("a header"));
            basic(&headers)
        };
        let encoded = STANDARD.encode("client:se%3Acret+x");
        let parts = header(&format!("Basic {encoded}")).expect("read");
        assert_eq!(parts, Some(("client".to_owned(), "se:cret x".to_owned())));
        for bad in ["Basic !!", "Basic", "Bearer x", &format!("Basic {}", STANDARD.encode("no colon"))] {
            assert!(header(bad).is_err(), "{bad}");
        }
    }
}

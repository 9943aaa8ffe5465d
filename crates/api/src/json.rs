//! JSON bodies read strictly: no member twice, because two readers could choose differently, and no depth that costs more than it
//! says (`serde_json` stops at 128).

use std::fmt;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::refuse;

/// A body as it came, within the size a request may have.
#[derive(Debug)]
pub(crate) struct Raw(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => refuse(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", None),
            _ => refuse(StatusCode::BAD_REQUEST, "body_unreadable", None),
        })
    }
}

/// The object in a body.
///
/// # Errors
/// The refusal to answer; `other_kind` is its status when the content type is another.
#[expect(clippy::result_large_err, reason = "the refusal is the answer itself, made once")]
pub(crate) fn object(
    headers: &HeaderMap,
    body: &Bytes,
    other_kind: StatusCode,
) -> Result<Map<String, Value>, Response> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(refuse(other_kind, "json_required", Some("the body has to be application/json")));
    }
    match serde_json::from_slice(body) {
        Ok(Once(Value::Object(object))) => Ok(object),
        Ok(_) => Err(refuse(StatusCode::BAD_REQUEST, "body_unreadable", Some("the body has to be an object"))),
        Err(error) => Err(refuse(StatusCode::BAD_REQUEST, "body_unreadable", Some(&error.to_string()))),
    }
}

/// A value none of whose objects has a member twice.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }
    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(it.into())
    }
    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(it.into())
    }
    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(Number::from_f64(it).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(it.into())
    }
    fn visit_string<E>(self, it: String) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Once(value)) = access.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Once(value))) = access.next_entry::<String, Once>()? {
            if object.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format!("the member '{}' is there twice", name.escape_debug())));
            }
        }
        Ok(Value::Object(object))
    }
}

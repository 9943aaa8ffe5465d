//! Reading forms and queries strictly: what cannot be read answers 400 with a problem page, never a framework's text.
//!
//! Unknown fields are ignored (browsers' extensions add some), a field sent twice is refused (two readers could choose
//! differently), except names ending in `[]`, which are lists: `roles[]` fills `roles: Vec<String>`.
//! An empty text is `None` for an `Option`; a ticked box (`on`) is `true`, so give `bool` and `Vec` `#[serde(default)]`.

use std::fmt;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use crate::Problem;

/// Name of the hidden field that holds the form token.
pub const FIELD: &str = "_token";

/// A form that holds nothing but its token: its button says everything.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Nothing {}

type Check = dyn Fn(&str) -> bool + Send + Sync;

/// What the session middleware puts into the request's extensions: the token this session's forms carry, and how to
/// check one that came back. [`Form`] refuses every post while it is absent.
#[derive(Clone)]
pub struct FormGuard {
    token: Arc<str>,
    check: Arc<Check>,
}

impl FormGuard {
    /// `token` goes into the page, `check` says whether a posted one belongs to this session.
    pub fn new(token: impl Into<Arc<str>>, check: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { token: token.into(), check: Arc::new(check) }
    }
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Whether the token among these fields belongs to this session.
    pub(super) fn accepts(&self, fields: &Fields) -> bool {
        fields.get(FIELD).is_some_and(|token| (self.check)(token))
    }
}

/// Values a form or a query can have at most.
const MAX_VALUES: usize = 2_000;

/// The fields of a form or a query as they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, Vec<String>)>);

impl Fields {
    /// Reads `a=1&b=2`. `None` for broken escapes, text that is not UTF-8, a NUL, a doubled field, or over 2,000 fields.
    pub fn parse(encoded: &[u8]) -> Option<Self> {
        let mut fields = Self::default();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let name = decode(pair.get(..at)?)?;
            let value = decode(pair.get(at + 1..).unwrap_or_default())?;
            fields.add(name, value)?;
        }
        Some(fields)
    }

    /// One more field. `None` for a NUL, for a doubled field, and above [`MAX_VALUES`].
    pub(super) fn add(&mut self, name: String, value: String) -> Option<()> {
        if self.0.iter().map(|(_, values)| values.len()).sum::<usize>() >= MAX_VALUES {
            return None;
        }
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            _ if value.contains('\0') => return None,
            Some((_, values)) if name.ends_with("[]") => values.push(value),
            Some(_) => return None,
            None => self.0.push((name, vec![value])),
        }
        Some(())
    }

    /// The value of a single field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// All values of a list field, in the order sent.
    pub fn all(&self, name: &str) -> &[String] {
        self.0.iter().find(|(known, _)| known == name).map_or(&[], |(_, values)| values)
    }

    /// Every name with its first value.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0.into_iter().filter_map(|(name, values)| Some((name, values.into_iter().next()?))).collect()
    }

    /// Fills a struct. `None` when a field is missing or not of its type.
    pub fn into<T: DeserializeOwned>(self) -> Option<T> {
        let fields = self.0.into_iter().map(|(name, values)| {
            let name = name.strip_suffix("[]").map(str::to_owned).unwrap_or(name);
            (name, Values(values))
        });
        T::deserialize(MapDeserializer::new(fields))
            .map_err(|error: NotFilled| tracing::debug!(%error, "form refused"))
            .ok()
    }
}

fn decode(text: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let well_formed = spaced
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| spaced.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    let decoded = percent_encoding::percent_decode(&spaced).decode_utf8().ok()?;
    (well_formed && !decoded.contains('\0')).then(|| decoded.into_owned())
}

#[derive(Debug)]
struct NotFilled(String);

impl fmt::Display for NotFilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotFilled {}

impl serde::de::Error for NotFilled {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

struct Values(Vec<String>);

impl IntoDeserializer<'_, NotFilled> for Values {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Values {
    fn text(self) -> Result<String, NotFilled> {
        self.0.into_iter().next().ok_or_else(|| NotFilled("no value".to_owned()))
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotFilled> {
            visitor.$visit(self.text()?.trim().parse().map_err(|error| NotFilled(format!("{error}")))?)
        }
    )+};
}

impl<'de> Deserializer<'de> for Values {
    type Error = NotFilled;

    parsed! {
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32 deserialize_i64 visit_i64
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
        deserialize_f32 visit_f32 deserialize_f64 visit_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotFilled> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotFilled> {
        match self.text()?.as_str() {
            "on" | "true" | "yes" | "1" => visitor.visit_bool(true),
            "" | "off" | "false" | "no" | "0" => visitor.visit_bool(false),
            other => Err(NotFilled(format!("`{}` is neither yes nor no", other.escape_debug()))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotFilled> {
        if self.0.iter().all(String::is_empty) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotFilled> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter().map(|value| Self(vec![value]))))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NotFilled> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotFilled> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

/// The body of a form as it was sent, not yet read: nothing about it was checked but its type and size.
#[derive(Debug, Clone)]
pub struct FormBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        body(request).await.map(Self)
    }
}

pub(super) async fn fields(request: Request) -> Result<Fields, Problem> {
    Fields::parse(&body(request).await?).ok_or_else(Problem::broken_form)
}

async fn body(request: Request) -> Result<Bytes, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Problem::broken_form(),
    })
}

/// The body of a post by somebody signed in: its hidden token was checked against the session's [`FormGuard`].
#[derive(Debug, Clone)]
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let guard = request.extensions().get::<FormGuard>().cloned();
        let fields = fields(request).await?;
        if !guard.is_some_and(|guard| guard.accepts(&fields)) {
            return Err(Problem::stale_form());
        }
        fields.into().map(Self).ok_or_else(Problem::broken_form)
    }
}

/// The body of a post by anybody, such as sign-in before there is a session: only the origin was checked.
#[derive(Debug, Clone)]
pub struct OpenForm<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OpenForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        fields(request).await?.into().map(Self).ok_or_else(Problem::broken_form)
    }
}

/// The query of an address, read by the same rules.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let fields = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
        fields.and_then(Fields::into).map(Self).ok_or_else(Problem::broken_form)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Reseller,
        Advisor,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        name: String,
        kind: Kind,
        days: Option<u32>,
        #[serde(default)]
        dap: bool,
        #[serde(default)]
        roles: Vec<String>,
    }

    fn read(body: &str) -> Option<Sample> {
        Fields::parse(body.as_bytes()).and_then(Fields::into)
    }

    #[test]
    fn a_form_fills_its_struct() {
        let sample = read("name=A+%26+B&kind=advisor&days=365&dap=on&roles%5B%5D=a&roles%5B%5D=b&extension=1");
        let roles = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(
            sample,
            Some(Sample { name: "A & B".into(), kind: Kind::Advisor, days: Some(365), dap: true, roles })
        );
        let sample = read("name=%E5%85%89&kind=reseller&days=");
        assert_eq!(
            sample,
            Some(Sample { name: "光".into(), kind: Kind::Reseller, days: None, dap: false, roles: vec![] })
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for bad in [
            "",
            "name=a",
            "name=a&name=b&kind=advisor",
            "name=a&kind=owner",
            "name=a&kind=advisor&days=x",
            "name=a&kind=advisor&days=-1",
            "name=a&kind=advisor&dap=maybe",
            "name=%ff&kind=advisor",
            "name=%zz&kind=advisor",
            "name=%0&kind=advisor",
            "name=a%00&kind=advisor",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}

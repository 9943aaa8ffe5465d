//! Reading what addresses and forms hold.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use entente_app::Field;

use super::words;
use crate::{PartnerSession, Problem, ui};

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

/// The messages of a refused form, by field.
#[derive(Debug, Clone, Default)]
pub(super) struct Wrong(Vec<(&'static str, String)>);

impl Wrong {
    pub(super) fn of(s: &PartnerSession, fields: &[Field]) -> Self {
        let words = s.visit.words();
        Self(fields.iter().map(|field| (field.name, words::field(words, field.name, field.why))).collect())
    }

    /// One field in words of its own.
    pub(super) fn said(name: &'static str, text: String) -> Self {
        Self(vec![(name, text)])
    }

    /// With another field, where something is wrong with it.
    pub(super) fn and(mut self, name: &'static str, text: Option<String>) -> Self {
        self.0.extend(text.map(|text| (name, text)));
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone())
    }

    pub(super) fn list(&self, s: &PartnerSession) -> ui::Errors {
        let items = self.0.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
        ui::Errors { words: s.visit.words(), items }
    }
}

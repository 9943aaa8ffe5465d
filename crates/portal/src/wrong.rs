//! What is wrong with a form that was refused, in the reader's words, by field.

use entente_app::{Field, Invalid};

use crate::i18n::Words;
use crate::ui;

/// The messages of a refused form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wrong(Vec<(&'static str, String)>);

impl Wrong {
    pub(crate) fn of(words: Words, fields: &[Field]) -> Self {
        Self(fields.iter().map(|field| (field.name, message(words, field.name, field.why))).collect())
    }

    /// One field in words of its own.
    pub(crate) fn said(name: &'static str, text: String) -> Self {
        Self(vec![(name, text)])
    }

    /// With another field, where something is wrong with it.
    pub(crate) fn and(mut self, name: &'static str, text: Option<String>) -> Self {
        self.0.extend(text.map(|text| (name, text)));
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone())
    }

    pub(crate) fn list(&self, words: Words) -> ui::Errors {
        let items = self.0.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
        ui::Errors { words, items }
    }
}

/// What is wrong with a field. A few fields have words of their own; the rest is said alike on every page.
pub(crate) fn message(words: Words, name: &str, why: Invalid) -> String {
    match (name, why) {
        ("country", Invalid::OutsideRegion) => words.t("field-country-region"),
        ("country", Invalid::NotOffered) => words.t("field-country-cloud"),
        ("privileges", Invalid::NotOffered) => words.t("field-privileges"),
        ("mail", Invalid::DomainDiffers) => words.t("field-mail-domain"),
        ("upn", Invalid::DomainDiffers) => words.t("field-upn-domain"),
        ("upn", Invalid::Taken) => words.t("field-upn-taken"),
        _ => crate::field_message(words, why),
    }
}

//! Going through a list page by page: keyset places in the address, and the way back.
//!
//! Keyset pages know only what comes next, so the address carries the places behind it.

use std::str::FromStr;

use serde::Deserialize;

use crate::Problem;
use crate::i18n::Words;
use crate::session::in_query;
use crate::ui::{Pager, arg};

/// Places one can go back one by one; from deeper down "Previous" leads to the first page.
const LENGTH: usize = 12;

/// Where in a list a page stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// What the page begins after; none on the first.
    pub(crate) cursor: Option<&'a str>,
    /// The cursors of the pages before it, joined by dots. Cursors hold none.
    pub(crate) trail: Option<&'a str>,
    /// The position of its first row, from 1.
    pub(crate) from: Option<u32>,
}

/// Where in a list a page stands, as its address says it; for lists that have no filters.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Asked {
    cursor: Option<String>,
    trail: Option<String>,
    from: Option<u32>,
}

impl Asked {
    /// What the page begins after; nothing on the first.
    ///
    /// # Errors
    /// For a cursor that is none of this list's.
    pub(crate) fn after<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        self.read(|text| text.parse().ok())
    }

    /// As [`Self::after`], for cursors in a spelling of their own.
    pub(crate) fn read<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        self.cursor.as_deref().map(|text| read(text).ok_or_else(Problem::broken_form)).transpose()
    }

    /// The place.
    pub(crate) fn place(&self) -> Place<'_> {
        Place { cursor: self.cursor.as_deref(), trail: self.trail.as_deref(), from: self.from }
    }
}

/// What of the list is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// Rows a page has at most.
    pub(crate) rows: i64,
    /// Rows on this page.
    pub(crate) here: usize,
    /// Rows in all, where the list's own query counted them.
    pub(crate) all: Option<i64>,
}

impl Place<'_> {
    /// The pager under a list. `base` is the address of its first page with all filters; `next` the cursor of the next page.
    pub(crate) fn pager(self, words: Words, base: &str, shown: Shown, next: Option<&str>) -> Pager {
        let first = i64::from(self.from.unwrap_or(1).max(1));
        let last = first + i64::try_from(shown.here).unwrap_or(0) - 1;
        let said = match shown.all {
            Some(n) => words.t_with("pager-count", &[arg("from", first), arg("to", last), arg("n", n)]),
            None => words.t_with("pager-part", &[arg("from", first), arg("to", last)]),
        };
        let behind: Vec<&str> = self.trail.unwrap_or_default().split('.').filter(|it| !it.is_empty()).collect();
        let to = |cursor: &str, trail: &[&str], from: i64| {
            at(base, &[("cursor", cursor), ("trail", &trail.join(".")), ("from", &from.max(1).to_string())])
        };
        let previous = self.cursor.map(|_| match behind.split_last() {
            Some((cursor, before)) => to(cursor, before, first - shown.rows),
            None => base.to_owned(),
        });
        let next = next.map(|place| {
            let mut trail = behind.clone();
            trail.extend(self.cursor);
            let trail = trail.split_off(trail.len().saturating_sub(LENGTH));
            to(place, &trail, last + 1)
        });
        Pager { words, said, previous, next }
    }
}

/// An address with more in its query; empty values are left out.
pub(crate) fn at(base: &str, more: &[(&str, &str)]) -> String {
    let mut path = base.to_owned();
    for (name, value) in more.iter().filter(|(_, value)| !value.is_empty()) {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(name);
        path.push('=');
        path.push_str(&in_query(value));
    }
    path
}

/// Text as an address can carry it without escapes: hexadecimal digits.
pub(crate) fn pack(text: &str) -> String {
    text.bytes()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The inverse of [`pack`].
pub(crate) fn unpack(packed: &str) -> Option<String> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = packed.as_bytes().as_chunks::<2>() else { return None };
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[test]
    fn packed_text_comes_back_and_nothing_else_is_read() {
        for text in ["", "a b · 光", "..&=%"] {
            assert_eq!(unpack(&pack(text)).as_deref(), Some(text));
        }
        for bad in ["0", "zz", "ff", "+1", "61 62"] {
            assert_eq!(unpack(bad), None, "{bad}");
        }
    }

    #[test]
    fn one_can_go_forth_and_back() {
        let words = Words::new(Language::En);
        let shown = Shown { rows: 2, here: 2, all: Some(5) };
        let first = Place { cursor: None, trail: None, from: None }.pager(words, "/l?q=a", shown, Some("x"));
        assert_eq!((first.previous.as_deref(), first.next.as_deref()), (None, Some("/l?q=a&cursor=x&from=3")));
        let second = Place { cursor: Some("x"), trail: None, from: Some(3) }.pager(words, "/l?q=a", shown, Some("y"));
        assert_eq!(second.previous.as_deref(), Some("/l?q=a"));
        assert_eq!(second.next.as_deref(), Some("/l?q=a&cursor=y&trail=x&from=5"));
        assert_eq!(second.said, "3–4 of 5");
        let third = Place { cursor: Some("y"), trail: Some("x"), from: Some(5) };
        let third = third.pager(words, "/l?q=a", Shown { here: 1, ..shown }, None);
        assert_eq!((third.previous.as_deref(), third.next), (Some("/l?q=a&cursor=x&from=3"), None));
    }
}

//! The languages every page, mail and legal text exists in.

use std::fmt;
use std::str::FromStr;

/// A language of the user interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// English, the language used when nobody asked for another.
    #[default]
    En,
    /// Simplified Chinese.
    ZhCn,
}

/// The text names no language we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a supported language")]
pub struct NotALanguage;

/// Ranges beyond these are ignored: no browser sends as many, and the header comes from strangers.
const MAX_RANGES: usize = 32;

impl Language {
    /// Every language, in the order a picker shows them.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The BCP 47 tag, as in the `lang` attribute and in stored rows.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language's name in itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::ZhCn => "简体中文",
        }
    }

    /// Chooses between the two forms of a bilingual text.
    #[must_use]
    pub fn pick<T>(self, en: T, zh_cn: T) -> T {
        match self {
            Self::En => en,
            Self::ZhCn => zh_cn,
        }
    }

    /// The language that serves a BCP 47 range. Traditional script is not served by Simplified texts: such a reader's
    /// next preference counts.
    fn serving(range: &str) -> Option<Self> {
        let range = range.to_ascii_lowercase();
        let mut subtags = range.split('-');
        match subtags.next()? {
            "en" => Some(Self::En),
            "zh" => match subtags.next() {
                None | Some("hans" | "cn" | "sg") => Some(Self::ZhCn),
                Some(_) => None,
            },
            _ => None,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = NotALanguage;
    /// Accepts the exact tags of [`Language::tag`] only; what people's browsers send goes through [`negotiate`].
    fn from_str(text: &str) -> Result<Self, NotALanguage> {
        Self::ALL.into_iter().find(|language| language.tag() == text).ok_or(NotALanguage)
    }
}

/// The best of our languages for an `Accept-Language` header (RFC 9110 section 12.5.4), or nothing when none is named.
/// Malformed parts are skipped; at equal weight the first counts; `*` names no language and chooses none.
pub fn negotiate(accept_language: &str) -> Option<Language> {
    let mut best: Option<(u16, Language)> = None;
    for part in accept_language.split(',').take(MAX_RANGES) {
        let mut pieces = part.split(';');
        let Some(language) = pieces.next().map(str::trim).and_then(Language::serving) else { continue };
        let weight = match pieces.next() {
            None => Some(1_000),
            Some(parameter) => thousandths(parameter),
        };
        let Some(weight) = weight.filter(|weight| *weight > 0) else { continue };
        if best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// The value of `q=0.123` in thousandths; nothing when it is not a weight between 0 and 1 with at most three decimals.
fn thousandths(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, decimals) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers() {
        use Language::{En, ZhCn};
        for (header, expected) in [
            ("", None),
            ("*", None),
            ("de", None),
            ("en", Some(En)),
            ("en-GB,en;q=0.8", Some(En)),
            ("zh", Some(ZhCn)),
            ("zh-CN", Some(ZhCn)),
            ("ZH-hans-cn", Some(ZhCn)),
            ("zh-Hans;q=0.5, en;q=0.4", Some(ZhCn)),
            ("zh-CN;q=0.4, en;q=0.5", Some(En)),
            ("zh-TW, en;q=0.3", Some(En)),
            ("zh-Hant", None),
            ("zh-TW,zh;q=0.9,en;q=0.8", Some(ZhCn)),
            ("en;q=0, zh;q=0.001", Some(ZhCn)),
            ("en;q=0.000", None),
            ("en;q=1.001, zh;q=0.2", Some(ZhCn)),
            ("en;q=abc", None),
            ("en;q=0.1234", None),
            ("en;x=1", None),
            (";;;,,,q=1,=,zh ; q = 0.7", Some(ZhCn)),
            ("fr, de;q=0.9, en;q=0.1", Some(En)),
            ("english", None),
        ] {
            assert_eq!(negotiate(header), expected, "{header:?}");
        }
    }

    #[test]
    fn a_long_header_is_not_read_to_its_end() {
        assert_eq!(negotiate(&("de,".repeat(MAX_RANGES) + "en")), None);
    }

    #[test]
    fn tags_round_trip() {
        for language in Language::ALL {
            assert_eq!(language.tag().parse(), Ok(language));
            assert_eq!(negotiate(language.tag()), Some(language));
        }
        assert_eq!("EN".parse::<Language>(), Err(NotALanguage));
    }

    proptest! {
        #[test]
        fn any_header_is_survived(header in any::<String>()) {
            let _ = negotiate(&header);
        }
        #[test]
        fn the_heavier_wins(a in 1_u16..=999, b in 1_u16..=999) {
            let chosen = negotiate(&format!("en;q=0.{a:03},zh;q=0.{b:03}"));
            prop_assert_eq!(chosen, Some(if b > a { Language::ZhCn } else { Language::En }));
        }
    }
}

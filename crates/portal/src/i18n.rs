//! Words in the reader's language: Fluent messages embedded in the binary, numbers and dates by locale.
//!
//! Message keys are `page-element` (Fluent identifiers cannot hold dots): `customers-title`, `problem-not-found-text`.
//! To add a text, put the key with the same variables into `i18n/en.ftl` and `i18n/zh-CN.ftl` and use it as
//! `page.t("key")`, `page.t_with("key", ..)` or `page.rich("key", ..)`. `tests/words.rs` fails on a key that is missing,
//! unused or has different variables in the two languages, so a key must stand as a literal right after the bracket;
//! a key chosen at run time is written as `key!("..")` where it is chosen.
//! Bidirectional isolation marks are off: names are shown in elements of their own, and pages stay plain text for tests.

use std::sync::LazyLock;

use entente_domain::time::Timestamp;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::ui::Html;

/// Marks a message key chosen at run time, so that the test for missing and unused keys finds it.
#[macro_export]
macro_rules! key {
    ($key:literal) => {
        $key
    };
}

/// A language the portals speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, the language of last resort.
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Language {
    /// Every language, in the order in which pickers list them.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The tag for `lang=` and the preference cookie.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language's own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::ZhCn => "简体中文",
        }
    }

    /// The language of a tag as browsers write it; only the primary subtag counts.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else if primary.eq_ignore_ascii_case("zh") {
            Some(Self::ZhCn)
        } else {
            None
        }
    }

    /// The best language for an `Accept-Language` header (RFC 9110 section 12.5.4); English when none matches.
    pub fn negotiate(accept: &str) -> Self {
        let mut best = (0_u16, Self::En);
        for range in accept.split(',').take(32) {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(Self::parse) else { continue };
            let weight = parts.next().and_then(|q| q.trim().strip_prefix("q=")).map_or(1000, thousandths);
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// A quality value as thousandths; a malformed one counts as zero.
fn thousandths(q: &str) -> u16 {
    let (whole, part) = q.trim().split_once('.').unwrap_or((q.trim(), ""));
    let Ok(whole) = whole.parse::<u16>() else { return 0 };
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    digits.parse::<u16>().map_or(0, |part| whole.saturating_mul(1000).saturating_add(part).min(1000))
}

/// A value put into a message.
#[derive(Clone, Debug)]
pub enum Arg<'a> {
    /// Inserted as it is.
    Text(&'a str),
    /// Chooses the plural form and is written with grouping.
    Number(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

macro_rules! number_args {
    ($($int:ty)+) => {$(
        impl From<$int> for Arg<'_> {
            fn from(number: $int) -> Self { Self::Number(i64::try_from(number).unwrap_or(i64::MAX)) }
        }
        impl From<&$int> for Arg<'_> {
            fn from(number: &$int) -> Self { Self::from(*number) }
        }
    )+};
}

number_args! { u16 i32 u32 i64 u64 usize }

/// A named value for [`Words::t_with`]: `arg("n", count)`.
pub fn arg<'a>(name: &'a str, value: impl Into<Arg<'a>>) -> (&'a str, Arg<'a>) {
    (name, value.into())
}

/// The words of one language. Cheap to copy; the messages are parsed once per process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(Language);

type Bundle = FluentBundle<FluentResource>;

static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En, include_str!("../i18n/en.ftl")));
static ZH_CN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::ZhCn, include_str!("../i18n/zh-CN.ftl")));

fn bundle(language: Language, source: &str) -> Bundle {
    let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(readable, errors)| {
        tracing::error!(language = language.code(), ?errors, "failed to read some messages");
        readable
    });
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(number) if number.value.fract() == 0.0 && number.value.abs() < 9e15 => {
            // Both bounds were just checked, so the conversion keeps the value.
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            let whole = number.value as i64;
            Some(grouped(whole))
        }
        _ => None,
    }));
    if let Err(errors) = bundle.add_resource(resource) {
        tracing::error!(language = language.code(), ?errors, "failed to add some messages");
    }
    bundle
}

/// Digits in threes with commas, which is what both English and Chinese readers expect.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        out.push('−');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl Words {
    /// The words of `language`.
    pub const fn new(language: Language) -> Self {
        Self(language)
    }

    /// Which language these words are in.
    pub const fn language(self) -> Language {
        self.0
    }

    /// The message without variables. An unknown key is shown as it is and logged: a page with one raw key is better
    /// than no page.
    pub fn t(self, key: &str) -> String {
        self.format(key, None)
    }

    /// The message with its variables filled in.
    pub fn t_with(self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            match value {
                Arg::Text(text) => values.set(*name, *text),
                Arg::Number(number) => values.set(*name, *number),
            }
        }
        self.format(key, Some(&values))
    }

    /// The message with HTML for its variables, for a link or an emphasis inside a sentence. The message itself is
    /// escaped; the values are inserted as the HTML they are.
    pub fn rich(self, key: &str, args: &[(&str, Html)]) -> Html {
        let mut values = FluentArgs::with_capacity(args.len());
        for (at, (name, _)) in args.iter().enumerate() {
            // A private-use character cannot occur in a message, so it marks the place unmistakably.
            values.set(*name, mark(at).to_string());
        }
        let mut html = Html::text(&self.format(key, Some(&values))).into_string();
        for (at, (_, value)) in args.iter().enumerate() {
            html = html.replace(mark(at), value.as_str());
        }
        Html::trusted(html)
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle: &Bundle = match self.0 {
            Language::En => &EN,
            Language::ZhCn => &ZH_CN,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, language = self.0.code(), "message is missing");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, args, &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, language = self.0.code(), ?errors, "message could not be filled in");
        }
        text
    }

    /// A whole number with grouping, such as `1,204`.
    pub fn number(self, number: impl Into<Arg<'static>>) -> String {
        match number.into() {
            Arg::Number(number) => grouped(number),
            Arg::Text(text) => text.to_owned(),
        }
    }

    /// The day, such as `12 Mar 2027` or `2027年3月12日`, in UTC.
    pub fn date(self, at: Timestamp) -> String {
        let Some(at) = zoned(at) else { return "–".to_owned() };
        match self.0 {
            Language::En => format!("{} {} {}", at.day(), month(at.month()), at.year()),
            Language::ZhCn => format!("{}年{}月{}日", at.year(), at.month(), at.day()),
        }
    }

    /// The day and the minute with the time zone, for tooltips and logs.
    pub fn date_time(self, at: Timestamp) -> String {
        let Some(time) = zoned(at) else { return "–".to_owned() };
        match self.0 {
            Language::En => format!("{}, {:02}:{:02} UTC", self.date(at), time.hour(), time.minute()),
            Language::ZhCn => format!("{} {:02}:{:02} UTC", self.date(at), time.hour(), time.minute()),
        }
    }
}

fn mark(at: usize) -> char {
    u32::try_from(at).ok().and_then(|at| char::from_u32(0xE000 + at)).unwrap_or('\u{F8FF}')
}

fn zoned(at: Timestamp) -> Option<jiff::Zoned> {
    jiff::Timestamp::from_microsecond(at.micros()).ok().map(|at| at.to_zoned(jiff::tz::TimeZone::UTC))
}

/// The machine-readable form for `<time datetime>` (RFC 3339, UTC, whole seconds).
pub(crate) fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| String::new(), |at| at.to_string())
}

/// The form of HTTP headers (RFC 9110 section 5.6.7).
pub(crate) fn http_date(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds())
        .map_or_else(|_| String::new(), |at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

const fn month(month: i8) -> &'static str {
    match month {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_gets_the_language_it_prefers_most() {
        for (accept, expected) in [
            ("", Language::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::ZhCn),
            ("en;q=0.5, zh;q=0.7", Language::ZhCn),
            ("de, fr;q=0.9", Language::En),
            ("zh;q=0, en;q=0.1", Language::En),
            ("zh;q=x, en;q=0.1", Language::En),
        ] {
            assert_eq!(Language::negotiate(accept), expected, "{accept}");
        }
    }

    #[test]
    fn numbers_and_dates_follow_the_locale() {
        let at = Timestamp::from_seconds(1_804_844_520);
        let (en, zh) = (Words::new(Language::En), Words::new(Language::ZhCn));
        assert_eq!(en.date(at), "12 Mar 2027");
        assert_eq!(zh.date(at), "2027年3月12日");
        assert_eq!(en.date_time(at), "12 Mar 2027, 09:42 UTC");
        assert_eq!(rfc3339(at), "2027-03-12T09:42:00Z");
        assert_eq!(en.number(1_204), "1,204");
        assert_eq!(en.number(-1_234_567), "−1,234,567");
        assert_eq!(en.number(7), "7");
    }

    #[test]
    fn plural_forms_and_grouping_come_from_the_message() {
        let en = Words::new(Language::En);
        let said = |n: i64| en.t_with("pager-count", &[arg("from", 1), arg("to", n), arg("n", n)]);
        assert_eq!(said(1_204), "1–1,204 of 1,204");
    }

    #[test]
    fn html_goes_only_where_a_variable_was() {
        let values = [("from", Html::strong("a<b>")), ("to", Html::text("2")), ("n", Html::text("3"))];
        let html = Words::new(Language::En).rich("pager-count", &values);
        assert_eq!(html.as_str(), "<strong>a&lt;b&gt;</strong>–2 of 3");
    }

    #[test]
    fn a_missing_key_is_shown() {
        assert_eq!(Words::new(Language::En).t(key_that_does_not_exist()), "no-such-message");
    }

    /// Keeps the key out of the bracket, where the test for missing keys would find it.
    fn key_that_does_not_exist() -> &'static str {
        "no-such-message"
    }
}

//! The words of the mails: Fluent messages embedded in the binary.
//!
//! A key is `mail-part`, such as `invite-subject`. The tests fail on a key that is missing, unused or has other
//! variables in one of the languages.

use std::sync::LazyLock;

use entente_domain::language::Language;
use entente_domain::time::Timestamp;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// The English source.
pub(crate) const EN: &str = include_str!("../i18n/en.ftl");
/// The Simplified Chinese source.
pub(crate) const ZH_CN: &str = include_str!("../i18n/zh-CN.ftl");

static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Language::En, EN));
static CHINESE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Language::ZhCn, ZH_CN));

/// A broken file shows at the first test, not in production: what could be read is used.
fn bundle(language: Language, source: &str) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(read, _)| read);
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolation marks would stand in subjects as odd characters; names are cleaned of bidirectional controls instead.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

/// The text of a key; the key itself when there is none, so that a mail is never stopped by a missing word.
pub(crate) fn text(language: Language, key: &str, args: &FluentArgs<'_>) -> String {
    let bundle = language.pick(&*ENGLISH, &*CHINESE);
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        tracing::error!(key, "missing words for a mail");
        return key.to_owned();
    };
    bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned()
}

/// A day in UTC: `12 Mar 2027` or `2027年3月12日`.
pub(crate) fn date(language: Language, at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| String::new(), |at| at.strftime(language.pick("%-d %b %Y", "%Y年%-m月%-d日")).to_string())
}

/// A minute in UTC: `12 Mar 2027, 14:05 UTC` or `2027年3月12日 14:05 UTC`.
pub(crate) fn moment(language: Language, at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(
        |_| String::new(),
        |at| at.strftime(language.pick("%-d %b %Y, %H:%M UTC", "%Y年%-m月%-d日 %H:%M UTC")).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::render::tests::every_key;

    fn variables(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let resource = fluent_syntax::parser::parse(source).unwrap();
        let mut found = BTreeMap::new();
        for entry in &resource.body {
            let fluent_syntax::ast::Entry::Message(message) = entry else { continue };
            let text = format!("{:?}", message.value);
            let names = text
                .split("VariableReference { id: Identifier { name: \"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .map(str::to_owned)
                .collect();
            assert!(found.insert(message.id.name.to_owned(), names).is_none(), "{} stands twice", message.id.name);
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_keys_and_variables_and_none_is_unused() {
        let (english, chinese) = (variables(EN), variables(ZH_CN));
        assert!(english.values().any(|names| names.contains("partner")), "the test sees no variables");
        assert_eq!(english, chinese);
        assert_eq!(english.keys().cloned().collect::<BTreeSet<_>>(), every_key());
    }

    #[test]
    fn dates() {
        let at = Timestamp::from_seconds(1_804_809_600);
        assert_eq!(date(Language::En, at), "12 Mar 2027");
        assert_eq!(date(Language::ZhCn, at), "2027年3月12日");
        assert_eq!(date(Language::En, Timestamp::from_micros(i64::MAX)), "");
        let at = Timestamp::from_seconds(1_804_860_300);
        assert_eq!(moment(Language::En, at), "12 Mar 2027, 14:05 UTC");
        assert_eq!(moment(Language::ZhCn, at), "2027年3月12日 14:05 UTC");
        assert_eq!(moment(Language::En, Timestamp::from_micros(i64::MAX)), "");
    }
}

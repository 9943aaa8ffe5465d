//! The customer agreement: dated versions for the clouds they are signed in, each in every language (`data/agreements/`).
//!
//! A consent names the version and the language that were shown. A published text is therefore never edited: a change is a
//! new version.

use std::sync::LazyLock;

use crate::cloud::Cloud;
use crate::language::Language;
use crate::table;
use crate::time::Timestamp;

/// The code of the one agreement there is.
pub const CUSTOMER_AGREEMENT: &str = "customer-agreement";

/// One version of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Which agreement, [`CUSTOMER_AGREEMENT`].
    pub code: &'static str,
    /// The version, a `YYYY-MM-DD` date.
    pub version: &'static str,
    /// From when this version is put before those who sign.
    pub valid_from: Timestamp,
    /// The clouds it is signed in.
    pub clouds: Vec<Cloud>,
    /// How many printed pages it has, so that people know before they open it.
    pub pages: u32,
    texts: [&'static str; 2],
}

impl Agreement {
    /// The text with its `{vendor}` placeholders; what is hashed and kept with a consent is [`Agreement::rendered`].
    pub fn text(&self, language: Language) -> &'static str {
        let [en, zh] = self.texts;
        language.pick(en, zh)
    }

    /// The text as people read and sign it, with the operator's name in place.
    pub fn rendered(&self, language: Language, vendor: &str) -> String {
        self.text(language).replace("{vendor}", vendor)
    }

    /// What people call it: the first line of the text.
    pub fn title(&self, language: Language, vendor: &str) -> String {
        self.text(language).lines().next().unwrap_or_default().replace("{vendor}", vendor)
    }
}

const TEXTS: &[(&str, [&str; 2])] = &[
    (
        "2025-03-01",
        [
            include_str!("../data/agreements/customer-agreement.2025-03-01.en.txt"),
            include_str!("../data/agreements/customer-agreement.2025-03-01.zh-CN.txt"),
        ],
    ),
    (
        "2026-06-01",
        [
            include_str!("../data/agreements/customer-agreement.china.2026-06-01.en.txt"),
            include_str!("../data/agreements/customer-agreement.china.2026-06-01.zh-CN.txt"),
        ],
    ),
    (
        "2026-09-01",
        [
            include_str!("../data/agreements/customer-agreement.2026-09-01.en.txt"),
            include_str!("../data/agreements/customer-agreement.2026-09-01.zh-CN.txt"),
        ],
    ),
];

static VERSIONS: LazyLock<Vec<Agreement>> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &["code", "clouds", "version", "valid_from", "pages"];
    let versions = table::load("agreements/index.tsv", include_str!("../data/agreements/index.tsv"), COLUMNS, |row| {
        let version = row.required("version")?;
        let (_, texts) = TEXTS.iter().find(|(of, _)| *of == version).ok_or_else(|| format!("no text for {version}"))?;
        Ok(Agreement {
            code: row.required("code")?,
            version,
            valid_from: table::date(row.required("valid_from")?)?,
            clouds: clouds(row.required("clouds")?)?,
            pages: row.required("pages")?.parse().map_err(|_| "pages is not a number".to_owned())?,
            texts: *texts,
        })
    });
    assert!(
        versions.windows(2).all(|pair| pair[0].valid_from < pair[1].valid_from)
            && Cloud::ALL.iter().all(|cloud| versions.iter().any(|it| it.clouds.contains(cloud))),
        "data/agreements/index.tsv: a cloud without a version, or not in the order of valid_from"
    );
    versions
});

fn clouds(text: &str) -> Result<Vec<Cloud>, String> {
    text.split(',').map(|code| code.parse().map_err(|_| format!("unknown cloud {code}"))).collect()
}

/// The version in force in a cloud at a point in time; before the first, the first.
pub fn current(cloud: Cloud, at: Timestamp) -> &'static Agreement {
    let here = || VERSIONS.iter().filter(|it| it.clouds.contains(&cloud));
    here().rev().find(|version| version.valid_from <= at).or_else(|| here().next()).unwrap_or(&VERSIONS[0])
}

/// The named version.
pub fn find(version: &str) -> Option<&'static Agreement> {
    VERSIONS.iter().find(|agreement| agreement.version == version)
}

/// The text of the named version in a language, with its placeholders.
pub fn text(version: &str, language: Language) -> Option<&'static str> {
    find(version).map(|agreement| agreement.text(language))
}

/// Every version, oldest first.
pub fn all() -> &'static [Agreement] {
    &VERSIONS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::date;

    #[test]
    fn every_version_is_complete() {
        assert_eq!(all().len(), TEXTS.len());
        for agreement in all() {
            assert_eq!(agreement.code, CUSTOMER_AGREEMENT);
            assert_eq!(find(agreement.version), Some(agreement));
            let [en, zh] = Language::ALL.map(|language| agreement.text(language));
            assert!(en.len() > 2_000 && zh.chars().count() > 800);
            // The languages must say the same: at least they have the same clauses in the same order.
            let clauses =
                |text: &str| text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).count();
            assert_eq!(clauses(en), clauses(zh), "{}", agreement.version);
            for text in [en, zh] {
                assert!(text.contains(agreement.version));
                let rendered = text.replace("{vendor}", "");
                assert!(!rendered.contains(['{', '}', '\r', '\t']), "a placeholder nobody fills");
            }
        }
    }

    #[test]
    fn versions_follow_each_other() {
        for (cloud, at, version) in [
            (Cloud::Public, "2020-01-01", "2025-03-01"),
            (Cloud::Public, "2025-03-01", "2025-03-01"),
            (Cloud::Public, "2026-08-31", "2025-03-01"),
            (Cloud::Public, "2026-09-01", "2026-09-01"),
            (Cloud::Germany, "2030-01-01", "2026-09-01"),
            (Cloud::China, "2026-05-31", "2025-03-01"),
            (Cloud::China, "2026-06-01", "2026-06-01"),
            (Cloud::China, "2030-01-01", "2026-06-01"),
        ] {
            assert_eq!(current(cloud, date(at).unwrap()).version, version, "{cloud} {at}");
        }
        assert_ne!(text("2025-03-01", Language::En), text("2026-09-01", Language::En));
        assert_eq!(text("2019-01-01", Language::En), None);
    }

    #[test]
    fn the_operator_is_named() {
        let text = current(Cloud::Public, date("2026-11-22").unwrap()).rendered(Language::ZhCn, "Halden Cloud");
        assert!(text.contains("Halden Cloud") && !text.contains("{vendor}"));
    }
}

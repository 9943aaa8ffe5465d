//! What a service request can be about (`data/support-topics.tsv`): the same in every cloud.

use std::sync::LazyLock;

use crate::language::Language;
use crate::table;

/// What a service request can be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The stable code kept in service requests; never reused for another topic.
    pub code: &'static str,
    name_en: &'static str,
    name_zh: &'static str,
    about_en: &'static str,
    about_zh: &'static str,
}

impl Topic {
    /// The name people read.
    pub fn name(&self, language: Language) -> &'static str {
        language.pick(self.name_en, self.name_zh)
    }

    /// What belongs there.
    pub fn about(&self, language: Language) -> &'static str {
        language.pick(self.about_en, self.about_zh)
    }
}

static TOPICS: LazyLock<Vec<Topic>> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &["code", "name_en", "name_zh", "about_en", "about_zh"];
    table::load("support-topics.tsv", include_str!("../../data/support-topics.tsv"), COLUMNS, |row| {
        Ok(Topic {
            code: row.required("code")?,
            name_en: row.required("name_en")?,
            name_zh: row.required("name_zh")?,
            about_en: row.required("about_en")?,
            about_zh: row.required("about_zh")?,
        })
    })
});

/// The topic with this code.
pub fn find(code: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.code == code)
}

/// Every topic, in the order in which they are offered.
pub fn all() -> &'static [Topic] {
    &TOPICS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(all().iter().map(|topic| topic.code).collect::<BTreeSet<_>>().len(), all().len());
        for topic in all() {
            assert_eq!(find(topic.code), Some(topic));
            assert!(topic.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", topic.code);
            assert!(
                !topic.name(Language::ZhCn).is_ascii() && !topic.about(Language::ZhCn).is_ascii(),
                "{}",
                topic.code
            );
        }
        assert_eq!(find("nothing"), None);
    }
}

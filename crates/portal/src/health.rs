//! How a service does, in words with a sign of its own, as both portals show it.

use entente_domain::service::{Extent, Health, Trouble};

use crate::i18n::Words;
use crate::ui::{self, Html};
use crate::{key, session};

/// A service in trouble, on a page.
pub(crate) struct Shown {
    /// Its name; empty where it stands beside.
    pub(crate) name: String,
    /// How it does.
    pub(crate) badge: Html,
    /// Since when.
    pub(crate) since: Html,
    /// What the operator says, with its language where that is not the page's.
    pub(crate) told: Html,
}

/// The sign of a state of health. Healthy is as it should be and gets no colour.
pub(crate) fn badge(words: Words, health: &Health) -> Html {
    match health.trouble() {
        None => ui::sign("", "check-circle", words.t("health-healthy")),
        Some(trouble) => extent(words, trouble.extent),
    }
}

fn extent(words: Words, extent: Extent) -> Html {
    match extent {
        Extent::Degraded => ui::sign("warn", "warning", words.t("health-degraded")),
        Extent::Down => ui::sign("bad", "error", words.t("health-down")),
    }
}

/// What is wrong with a service.
pub(crate) fn shown(words: Words, name: &str, trouble: &Trouble) -> Shown {
    let (text, language) = trouble.told(session::spoken(words.language()));
    let mut told = Html::text(text.as_str());
    if language.tag() != words.language().code() {
        told = Html::trusted(format!("<span lang=\"{}\">{told}</span>", language.tag()));
    }
    Shown {
        name: name.to_owned(),
        badge: extent(words, trouble.extent),
        since: words.rich(key!("health-since"), &[("when", ui::moment(words, trouble.since))]),
        told,
    }
}

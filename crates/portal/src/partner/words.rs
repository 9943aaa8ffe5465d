//! Words that several pages of the partner portal share, beside those of [`crate::words`].

use entente_app::customer::Line;
use entente_domain::directory::PartnerRole;
use entente_domain::invitation::Standing;

pub(super) use crate::words::{
    asks, cloud, country, details, directory_roles, happened, mark, privileges, product, relationship, role,
};

use crate::i18n::Words;
use crate::key;
use crate::ui::{Html, arg, badge};

/// What the privileges of a line of the list mean today.
pub(super) fn administration(words: Words, line: &Line) -> String {
    let on = line.privileges_at.map(|at| words.date(at)).unwrap_or_default();
    match line.privileges {
        "granted" => words.t_with("priv-granted-text", &[arg("date", &on)]),
        "removed" => words.t_with("priv-removed-text", &[arg("date", &on)]),
        _ => words.t("priv-none-text"),
    }
}

/// Where a request stands, as a badge.
pub(super) fn standing(words: Words, standing: Standing) -> Html {
    let tone = match standing {
        Standing::Draft => "info",
        Standing::Open => "warn",
        Standing::Accepted => "ok",
        Standing::Declined | Standing::Expired => "bad",
        Standing::Cancelled | Standing::Superseded => "",
    };
    badge(tone, state(words, standing))
}

/// Where a request stands, in a word.
pub(super) fn state(words: Words, standing: Standing) -> String {
    words.t(match standing {
        Standing::Draft => key!("state-draft"),
        Standing::Open => key!("state-open"),
        Standing::Accepted => key!("state-accepted"),
        Standing::Declined => key!("state-declined"),
        Standing::Cancelled => key!("state-cancelled"),
        Standing::Superseded => key!("state-superseded"),
        Standing::Expired => key!("state-expired"),
    })
}

/// What a role allows, in a sentence.
pub(super) fn reach(words: Words, role: PartnerRole) -> String {
    words.t(match role {
        PartnerRole::GlobalAdmin => key!("role-global-admin-text"),
        PartnerRole::AdminAgent => key!("role-admin-agent-text"),
        PartnerRole::SalesAgent => key!("role-sales-agent-text"),
        PartnerRole::HelpdeskAgent => key!("role-helpdesk-agent-text"),
        PartnerRole::UserManagementAdmin => key!("role-user-management-admin-text"),
        PartnerRole::BillingAdmin => key!("role-billing-admin-text"),
    })
}

/// What stands between the members of a list.
pub(super) const fn comma(words: Words) -> &'static str {
    match words.language() {
        crate::i18n::Language::En => ", ",
        crate::i18n::Language::ZhCn => "、",
    }
}

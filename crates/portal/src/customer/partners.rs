//! C4, who can do what here: the partners there are, and below them those there were.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use entente_app::acceptance::{self, Waiting};
use entente_app::relationship::{self, Connected};
use entente_domain::directory_role::{GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR};
use entente_domain::policy::Action;
use entente_domain::relationship::{Privileges, RelationshipKind, State};

use super::glass::{self, On};
use super::link::Way;
use super::{ask, page, troubles};
use crate::health::Shown;
use crate::i18n::Words;
use crate::session::see_other;
use crate::ui::{self, Html, Page, arg};
use crate::{CustomerSession, Problem, words};

#[derive(Template)]
#[template(path = "customer/partners.html")]
struct View {
    page: Page,
    activity: Option<String>,
    waiting: Vec<Asking>,
    troubles: Vec<Shown>,
    advice: Option<(String, String)>,
    rows: Vec<Row>,
    said: String,
    ended: Vec<Ended>,
    removals: Vec<super::remove::Removal>,
    glass: Html,
}

/// One request that waits for an answer.
struct Asking {
    href: String,
    name: String,
    asks: String,
    sent: Html,
    until: Html,
    /// The button's words for screen readers.
    label: String,
}

/// One partner.
struct Row {
    href: String,
    name: String,
    place: String,
    kind: String,
    badge: Html,
    reach: Html,
    since: Html,
    /// Where to remove the privileges, its dialog, and its words for screen readers.
    remove: Option<(String, String, String)>,
}

/// One who was a partner.
struct Ended {
    href: String,
    name: String,
    kind: String,
    from: Html,
    until: Html,
}

pub(super) async fn show(s: CustomerSession) -> Result<Response, Problem> {
    if !s.me.may(Action::ViewPartners) {
        // Sign-in leads here; whoever may not see partners begins where there is something for them.
        return Ok(see_other(&s.path("/settings")));
    }
    let words = s.visit.words();
    let waiting = ask(&s, acceptance::waiting).await?;
    let all = ask(&s, relationship::partners).await?;
    let (living, over): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.relationship.is_active());
    let may_remove = s.me.may(Action::RemovePrivileges);
    let holders: Vec<&Connected> = living.iter().filter(|it| it.relationship.privileges.granted()).collect();
    let advice = holders.first().map(|first| {
        let name = first.partner.tenant.name.to_string();
        let said = words.t_with("partners-advice", &[arg("partner", &name), arg("n", holders.len())]);
        (said, s.path(&format!("/partners/{}", first.partner.tenant.id)))
    });
    let removals = if may_remove { holders.iter().map(|it| super::remove::removal(&s, it)).collect() } else { vec![] };
    let page = page(&s, words.t("partners-title"), "/partners");
    let glass = glass::cards(&s, &page, On::All(!holders.is_empty())).await?;
    let view = View {
        page,
        glass,
        activity: s.me.may(Action::ViewCustomerActivity).then(|| s.path("/activity")),
        troubles: troubles(&s).await?,
        waiting: waiting.iter().filter_map(|it| asking(&s, it)).collect(),
        advice,
        rows: living.iter().map(|it| row(&s, it, may_remove)).collect(),
        said: words.t_with("partners-count", &[arg("n", living.len())]),
        ended: over.iter().map(|it| ended(&s, it)).collect(),
        removals,
    };
    Ok(ui::render(&view)?.into_response())
}

/// The roles that the classic privileges give, by name.
pub(super) fn roles(words: Words) -> String {
    words::directory_roles(words, &[GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR])
}

/// Where a partner is and under which number it is known.
pub(super) fn place(words: Words, it: &Connected) -> String {
    let country = words::country(words, it.partner.tenant.country);
    words.t_with("partners-place", &[arg("country", &country), arg("no", &it.partner.number)])
}

/// What its privileges reach today.
pub(super) fn reach(words: Words, it: &Connected) -> Html {
    match &it.relationship.privileges {
        Privileges::Granted { .. } => Html::text(&roles(words)),
        Privileges::Removed { at, .. } => words.rich("partners-removed-on", &[("date", ui::day(words, at))]),
        Privileges::None if it.relationship.kind == RelationshipKind::Advisor => {
            Html::text(&words.t("partners-none-advisor"))
        }
        Privileges::None => Html::text(&words.t("partners-none-reseller")),
    }
}

/// The state of its privileges. Granted without an end is the state that deserves a second look.
pub(super) fn state(words: Words, it: &Connected) -> Html {
    match &it.relationship.privileges {
        Privileges::Granted { .. } => ui::badge("warn", words.t("partners-no-end")),
        other => words::privileges(words, other.code()),
    }
}

fn asking(s: &CustomerSession, it: &Waiting) -> Option<Asking> {
    let words = s.visit.words();
    let name = it.partner.to_string();
    Some(Asking {
        href: s.path(&Way::pasted(&it.link, s.cloud)?.below("/review")),
        asks: words::asks(words, it.asks),
        sent: ui::day(words, it.sent_at),
        until: ui::day(words, it.expires_at),
        label: words.t_with("waiting-review-of", &[arg("partner", &name)]),
        name,
    })
}

fn row(s: &CustomerSession, it: &Connected, may_remove: bool) -> Row {
    let words = s.visit.words();
    let id = it.partner.tenant.id;
    let name = it.partner.tenant.name.to_string();
    let remove = (may_remove && it.relationship.privileges.granted()).then(|| {
        let label = words.t_with("remove-of", &[arg("partner", &name)]);
        (s.path(&format!("/partners/{id}/remove")), format!("rm-{id}"), label)
    });
    Row {
        href: s.path(&format!("/partners/{id}")),
        place: place(words, it),
        kind: words::relationship(words, it.relationship.kind.code(), it.relationship.channel.code()),
        badge: state(words, it),
        reach: reach(words, it),
        since: ui::day(words, it.relationship.started_at),
        remove,
        name,
    }
}

fn ended(s: &CustomerSession, it: &Connected) -> Ended {
    let words = s.visit.words();
    let until = match it.relationship.state {
        State::Ended { at, .. } => ui::day(words, at),
        State::Active => Html::text("–"),
    };
    Ended {
        href: s.path(&format!("/partners/{}", it.partner.tenant.id)),
        name: it.partner.tenant.name.to_string(),
        kind: words::relationship(words, it.relationship.kind.code(), it.relationship.channel.code()),
        from: ui::day(words, it.relationship.started_at),
        until,
    }
}

//! C5, one partner: what it can do here, what it bills, whom to call, and what happened.

use askama::Template;
use entente_app::activity;
use entente_app::relationship::Connected;
use entente_domain::ids::TenantId;
use entente_domain::policy::Action;
use entente_domain::relationship::{Privileges, Side, State};
use entente_domain::subscription::Subscription;

use super::glass::{self, On};
use super::remove::{Removal, one, removal};
use super::{ask, page, partners};
use crate::i18n::Words;
use crate::ui::{self, Crumbs, Html, Page, Permissions, Rendered, Timeline, arg};
use crate::web::Named;
use crate::{CustomerSession, Problem, words};

/// How much of the history this page shows; the rest is in the activity log.
const RECENT: i64 = 10;
/// Subscriptions the page shows before it leads to the list of all.
const NAMED: usize = 25;

#[derive(Template)]
#[template(path = "customer/partner.html")]
struct View {
    page: Page,
    crumbs: Crumbs,
    lead: String,
    removal: Option<Removal>,
    badge: Html,
    note: Option<(Html, Option<String>)>,
    abilities: Permissions,
    nothing: bool,
    subscriptions: Vec<Row>,
    /// The way to all of them, where there are more.
    more: Option<String>,
    facts: Vec<(String, Html)>,
    history: Option<Timeline>,
    all_history: String,
    glass: Option<Html>,
}

struct Row {
    name: String,
    quantity: String,
    badge: Html,
    support: String,
}

pub(super) async fn show(s: CustomerSession, Named(id): Named<TenantId>) -> Result<Rendered, Problem> {
    let words = s.visit.words();
    let it = one(&s, id).await?;
    let active = it.relationship.is_active();
    let granted = active && it.relationship.privileges.granted();
    let history = if s.me.may(Action::ViewCustomerActivity) {
        let filter = activity::Filter { partner: Some(id), ..activity::Filter::default() };
        let page = ask(&s, move |app, ctx| activity::of_customer(app, ctx, &filter, None, RECENT)).await?;
        Some(super::activity::timeline(words, &page.entries))
    } else {
        None
    };
    let name = it.partner.tenant.name.to_string();
    let page = page(&s, name.clone(), "/partners");
    let glass = if active { Some(glass::cards(&s, &page, On::One(id, granted)).await?) } else { None };
    let view = View {
        page,
        glass,
        crumbs: Crumbs { words, above: vec![(s.path("/partners"), words.t("partners-title"))], here: name },
        lead: partners::place(words, &it),
        removal: (granted && s.me.may(Action::RemovePrivileges)).then(|| removal(&s, &it)),
        badge: if active { partners::state(words, &it) } else { ui::badge("", words.t("partner-ended")) },
        note: note(words, &it),
        abilities: if active { abilities(words, &it) } else { Permissions { items: Vec::new() } },
        nothing: !active,
        subscriptions: it.subscriptions.iter().take(NAMED).map(|sub| row(words, &it, sub)).collect(),
        more: (it.subscriptions.len() > NAMED).then(|| s.path("/subscriptions")),
        facts: facts(words, &it),
        history,
        all_history: s.path(&format!("/activity?partner={id}")),
    };
    ui::render(&view)
}

fn abilities(words: Words, it: &Connected) -> Permissions {
    let asks = entente_domain::invitation::Asks {
        kind: it.relationship.kind,
        privileges: it.relationship.privileges.granted(),
    };
    super::review::reach_of(words, asks, it.partner.tenant.name.as_str())
}

/// Who took the privileges back, when and why.
fn note(words: Words, it: &Connected) -> Option<(Html, Option<String>)> {
    let Privileges::Removed { at, side, reason, .. } = &it.relationship.privileges else { return None };
    let values = [("partner", Html::strong(it.partner.tenant.name.as_str())), ("date", ui::day(words, at))];
    let said = match side {
        Side::Customer => words.rich("partner-removed-by-us", &values),
        Side::Partner => words.rich("partner-removed-by-them", &values),
    };
    Some((said, reason.as_ref().map(ToString::to_string)))
}

fn row(words: Words, it: &Connected, sub: &Subscription) -> Row {
    let support = it.supporters.iter().find(|(id, _)| *id == sub.supported_by).map(|(_, name)| name.clone());
    Row {
        name: words::product(words, &sub.product),
        quantity: sub.quantity.map_or_else(|| words.t("partner-by-usage"), |n| words.number(n)),
        badge: if sub.is_active() {
            ui::badge("ok", words.t("partner-running"))
        } else {
            ui::badge("warn", words.t("partner-suspended"))
        },
        support: support.unwrap_or_else(|| it.partner.tenant.name.to_string()),
    }
}

fn facts(words: Words, it: &Connected) -> Vec<(String, Html)> {
    let rel = &it.relationship;
    let mut facts = vec![
        (
            words.t("partners-relationship"),
            Html::text(&words::relationship(words, rel.kind.code(), rel.channel.code())),
        ),
        (words.t("partner-number"), Html::text(&it.partner.number)),
        (words.t("partner-domain"), Html::text(it.partner.tenant.domain.as_str())),
        (words.t("partner-country"), Html::text(&words::country(words, it.partner.tenant.country))),
        (words.t("partners-since"), ui::day(words, rel.started_at)),
    ];
    if let State::Ended { at, .. } = rel.state {
        facts.push((words.t("partners-until"), ui::day(words, at)));
    }
    let since = words.date(it.partner.since);
    facts.push((
        words.t("partner-verified"),
        Html::text(&words.t_with("partner-verified-since", &[arg("date", &since)])),
    ));
    facts
}

//! C7, what partners and one's own people did here; the customer's half of the log.

use askama::Template;
use entente_app::activity::{self, Entry, Filter, Who};
use entente_app::relationship;
use entente_domain::ids::{EventId, TenantId};
use entente_domain::policy::Action;
use serde::Deserialize;

use super::{ask, page};
use crate::i18n::Words;
use crate::ui::{self, Html, Moment, Page, Rendered, Segment, Segments, Timeline, arg};
use crate::web::Query;
use crate::{CustomerSession, Problem, words};

const LINES: i64 = 50;

#[derive(Template)]
#[template(path = "customer/activity.html")]
struct View {
    page: Page,
    partners: Option<Segments>,
    timeline: Timeline,
    empty: bool,
    older: Option<String>,
    newest: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Which {
    partner: Option<String>,
    before: Option<String>,
}

pub(super) async fn show(s: CustomerSession, Query(which): Query<Which>) -> Result<Rendered, Problem> {
    let words = s.visit.words();
    let partner: Option<TenantId> = named(which.partner)?;
    let before: Option<EventId> = named(which.before)?;
    let filter = Filter { partner, ..Filter::default() };
    let log = ask(&s, move |app, ctx| activity::of_customer(app, ctx, &filter, before, LINES)).await?;
    let partners = if s.me.may(Action::ViewPartners) { ask(&s, relationship::partners).await? } else { Vec::new() };
    let here = |partner: Option<TenantId>| match partner {
        Some(partner) => s.path(&format!("/activity?partner={partner}")),
        None => s.path("/activity"),
    };
    let mut parts =
        vec![Segment { href: here(None), label: words.t("log-all"), count: None, current: partner.is_none() }];
    parts.extend(partners.iter().map(|it| Segment {
        href: here(Some(it.partner.tenant.id)),
        label: it.partner.tenant.name.to_string(),
        count: None,
        current: partner == Some(it.partner.tenant.id),
    }));
    let mark = if partner.is_some() { '&' } else { '?' };
    let view = View {
        page: page(&s, words.t("log-title"), "/activity"),
        partners: (parts.len() > 1).then(|| Segments { label: words.t("log-filter"), parts }),
        empty: log.entries.is_empty(),
        timeline: timeline(words, &log.entries),
        older: log.next.map(|next| format!("{}{mark}before={next}", here(partner))),
        newest: before.map(|_| here(partner)),
    };
    ui::render(&view)
}

fn named<T: std::str::FromStr>(text: Option<String>) -> Result<Option<T>, Problem> {
    text.map(|text| text.parse().map_err(|_| Problem::not_found())).transpose()
}

/// A history of entries, newest first.
pub(super) fn timeline(words: Words, entries: &[Entry]) -> Timeline {
    Timeline { moments: entries.iter().map(|entry| moment(words, entry)).collect() }
}

fn moment(words: Words, entry: &Entry) -> Moment {
    let (icon, tone) = words::mark(entry.kind);
    let who = match &entry.actor {
        Who::Person { name, organisation } => words.t_with("log-by", &[arg("person", name), arg("org", organisation)]),
        Who::Anonymous => words.t("log-anonymous"),
        Who::Operator => words.t("log-operator"),
        Who::System => words.t("log-system"),
    };
    let from = entry.address.as_ref().map(|address| words.t_with("log-from", &[arg("address", address)]));
    let reason = entry.said("reason").map(|text| format!("“{text}”"));
    let sub: Vec<String> = std::iter::once(who).chain(words::details(words, entry)).chain(from).chain(reason).collect();
    Moment {
        icon,
        tone,
        what: words::happened(words, entry),
        when: ui::moment(words, entry.at),
        sub: Some(Html::text(&sub.join(" · "))),
        future: false,
    }
}

//! P4: every request this partner made, newest first, and its standing links.

use askama::Template;
use entente_app::{App, Ctx, Error, invitation};
use entente_domain::cloud::Cloud;
use entente_domain::invitation::{Binding, Invitation, Standing};
use entente_domain::text::PersonName;
use serde::Deserialize;

use super::{Desk, Number, ask, words};
use crate::i18n::Words;
use crate::key;
use crate::trail::{Place, Shown, at};
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::Query;
use crate::{PartnerSession, Problem};

/// Requests on a page.
const ROWS: usize = 25;
const HERE: &str = "/partner/requests";

/// The filters of the list as its address holds them.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    state: Option<String>,
    cursor: Option<String>,
    trail: Option<String>,
    from: Option<u32>,
}

impl Asked {
    fn state(&self) -> Option<Standing> {
        self.state.as_deref().and_then(Standing::parse)
    }
}

#[derive(Template)]
#[template(path = "partner/requests.html")]
struct View {
    page: Page,
    segments: ui::Segments,
    rows: Vec<Row>,
    filtered: bool,
    pager: ui::Pager,
    standing: Vec<(String, ui::LinkBox)>,
}

struct Row {
    href: String,
    number: i64,
    recipient: String,
    asks: String,
    badge: Html,
    made: Html,
    until: Html,
    copy: Html,
}

/// Who a request is addressed to, as well as it is known.
pub(super) fn recipient(words: Words, inv: &Invitation) -> String {
    let mail = inv.recipient.email.as_ref().map(ToString::to_string);
    let name = inv.recipient.name.as_ref().map(PersonName::to_string);
    let bound = match &inv.binding {
        Binding::Domain(domain) => Some(domain.display().into_owned()),
        Binding::Tenant(id) => Some(id.to_string()),
        Binding::Any => None,
    };
    mail.or(name).or(bound).unwrap_or_else(|| words.t("requests-anybody"))
}

/// `GET /partner/requests`
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    let below = match asked.cursor.as_deref() {
        Some(text) => Some(text.parse::<Number>().map_err(|_| Problem::broken_form())?.0),
        None => None,
    };
    let state = asked.state();
    let s = &desk.s;
    let (mut found, links) = ask(s, move |app, ctx| {
        let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        let found = invitation::list(app, ctx, state, below, limit)?;
        let found: Vec<_> = found
            .into_iter()
            .map(|inv| {
                let link = inv.awaits_answer(app.now()).then(|| invitation::link(app, &inv));
                (inv, link)
            })
            .collect();
        Ok((found, standing_links(app, ctx)?))
    })
    .await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| more).map(|(inv, _)| inv.number.to_string());
    let words = s.visit.words();
    let base = at(HERE, &[("state", state.map(Standing::code).unwrap_or_default())]);
    let place = Place { cursor: asked.cursor.as_deref(), trail: asked.trail.as_deref(), from: asked.from };
    let rows = i64::try_from(ROWS).unwrap_or(i64::MAX);
    let view = View {
        page: desk.page(words.t("requests-title"), HERE),
        segments: segments(words, state),
        pager: place.pager(words, &base, Shown { rows, here: found.len(), all: None }, next.as_deref()),
        rows: found.iter().map(|(inv, link)| row(s, inv, link.as_deref())).collect(),
        filtered: state.is_some(),
        standing: links.into_iter().map(|(cloud, privileges, url)| standing(words, cloud, privileges, url)).collect(),
    };
    ui::render(&view)
}

/// The standing links this person may hand out: cloud, whether it asks for privileges, address.
fn standing_links(app: &App, ctx: &Ctx) -> Result<Vec<(Cloud, bool, String)>, Error> {
    let mut links: Vec<(Cloud, bool, String)> = Vec::new();
    for cloud in Cloud::ALL {
        if !cloud.facts().invitations || invitation::countries(app, ctx, cloud)?.is_empty() {
            continue;
        }
        for privileges in [true, false] {
            match invitation::standing_link(app, ctx, cloud, privileges) {
                // Where privileges cannot be left out both are the same link.
                Ok(url) if links.iter().any(|(_, _, known)| *known == url) => {}
                Ok(url) => links.push((cloud, privileges, url)),
                Err(Error::Denied(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(links)
}

fn standing(words: Words, cloud: Cloud, privileges: bool, url: String) -> (String, ui::LinkBox) {
    let cloud = words::cloud(words, cloud);
    let name = [arg("cloud", &cloud)];
    let name = if privileges { words.t_with("standing-with", &name) } else { words.t_with("standing-without", &name) };
    (name, ui::LinkBox { url, copy: words.t("message-copy-link") })
}

fn segments(words: Words, now: Option<Standing>) -> ui::Segments {
    let offered = [
        Standing::Draft,
        Standing::Open,
        Standing::Accepted,
        Standing::Declined,
        Standing::Expired,
        Standing::Cancelled,
    ];
    let part = |state: Option<Standing>| ui::Segment {
        href: at(HERE, &[("state", state.map(Standing::code).unwrap_or_default())]),
        label: state.map_or_else(|| words.t(key!("segment-all")), |it| words::state(words, it)),
        count: None,
        current: now == state,
    };
    let parts = std::iter::once(None).chain(offered.into_iter().map(Some)).map(part).collect();
    ui::Segments { label: words.t("requests-state"), parts }
}

fn row(s: &PartnerSession, inv: &Invitation, link: Option<&str>) -> Row {
    let words = s.visit.words();
    let number = inv.number.to_string();
    Row {
        href: format!("{HERE}/{number}"),
        recipient: recipient(words, inv),
        asks: words::asks(words, inv.asks),
        badge: words::standing(words, inv.standing(s.visit.now)),
        made: ui::day(words, inv.created_at),
        until: ui::day(words, inv.expires_at),
        copy: link.map_or_else(Html::default, |link| {
            ui::copy_button(link, &words.t_with("requests-copy-link", &[arg("number", number.as_str())]))
        }),
        number: inv.number,
    }
}

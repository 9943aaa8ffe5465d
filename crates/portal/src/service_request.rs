//! P12: service requests, for the partner portal and the customer portals alike: the list, a new one, and what was said.
//!
//! Which requests somebody sees and what they may do is decided by `entente_app::service_request`.

mod file;
mod new;
mod record;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use entente_app::service_request::{self as requests, Filter, Line};
use entente_domain::ids::AttachmentId;
use entente_domain::policy::Action;
use entente_domain::service_request::{Response, ServiceRequest, Severity, Standing, topic};
use entente_domain::time::Timestamp;
use serde::Deserialize;

use crate::at_customer::{AtCustomer, ask};
use crate::i18n::{Words, arg};
use crate::partner::read::Number;
use crate::session::spoken;
use crate::trail::{Place, Shown, at};
use crate::ui::{self, Html, Page, Rendered, badge};
use crate::web::{Query, Visit};
use crate::{Problem, key};

pub(crate) use file::download;
pub(crate) use new::{blank, open};
pub(crate) use record::{act, note, show};

/// Requests on a page.
const ROWS: usize = 25;

/// The address of a customer's service requests.
fn here(room: &impl AtCustomer) -> String {
    format!("{}/service-requests", room.base())
}

/// The way back from a page below a customer's service requests.
fn crumbs(room: &impl AtCustomer, here: String) -> ui::Crumbs {
    let words = room.visit().words();
    let mut above = room.above();
    above.push((self::here(room), words.t("requests-support-title")));
    ui::Crumbs { words, above, here }
}

/// A request's number in an address.
pub(crate) struct No(i64);

/// A request's number and a file of it.
pub(crate) struct FileOf(i64, AttachmentId);

/// The part of an address with this name. What cannot be read answers like what does not exist.
pub(crate) async fn part<T: std::str::FromStr, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<T, Problem> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
    let text = params.iter().find(|(known, _)| *known == name).map(|(_, text)| text).unwrap_or_default();
    text.parse().map_err(|_| Problem::not_found())
}

impl<S: Send + Sync> FromRequestParts<S> for No {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        part::<Number, S>(parts, state, "no").await.map(|Number(number)| Self(number))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for FileOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let No(number) = No::from_request_parts(parts, state).await?;
        Ok(Self(number, part(parts, state, "fid").await?))
    }
}

/// The filters of a list as its address holds them.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Asked {
    state: Option<String>,
    severity: Option<String>,
    cursor: Option<String>,
    trail: Option<String>,
    from: Option<u32>,
}

impl Asked {
    /// What is asked for; what there is no such thing of is not asked for.
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            state: self.state.as_deref().and_then(Standing::parse),
            severity: self.severity.as_deref().and_then(Severity::parse),
        }
    }

    /// The number the page begins below.
    pub(crate) fn below(&self) -> Result<Option<i64>, Problem> {
        let read = |text: &str| text.parse().map(|Number(number)| number).map_err(|_| Problem::broken_form());
        self.cursor.as_deref().map(read).transpose()
    }
}

/// One more than a page shows, so that it knows whether there is another.
pub(crate) fn limit() -> i64 {
    i64::try_from(ROWS + 1).unwrap_or(i64::MAX)
}

/// The list as both kinds of page show it.
pub(crate) struct Listing {
    pub(crate) states: ui::Segments,
    pub(crate) severities: ui::Segments,
    pub(crate) rows: Vec<Row>,
    pub(crate) filtered: bool,
    pub(crate) clear: String,
    pub(crate) pager: ui::Pager,
}

pub(crate) struct Row {
    pub(crate) href: String,
    pub(crate) number: i64,
    pub(crate) title: String,
    pub(crate) customer: String,
    pub(crate) about: String,
    pub(crate) who: String,
    pub(crate) when: Html,
    pub(crate) severity: Html,
    pub(crate) state: Html,
    pub(crate) response: Html,
}

impl Listing {
    /// `here` is the address of the list, `path` that of one of its requests.
    pub(crate) fn of(
        words: Words,
        now: Timestamp,
        here: &str,
        asked: &Asked,
        mut found: Vec<Line>,
        path: impl Fn(&ServiceRequest) -> String,
    ) -> Self {
        let filter = asked.filter();
        let more = found.len() > ROWS;
        found.truncate(ROWS);
        let next = found.last().filter(|_| more).map(|it| it.request.number.to_string());
        let to = |filter: Filter| {
            let (state, severity) = (filter.state.map(Standing::code), filter.severity.map(Severity::code));
            at(here, &[("state", state.unwrap_or_default()), ("severity", severity.unwrap_or_default())])
        };
        let place = Place { cursor: asked.cursor.as_deref(), trail: asked.trail.as_deref(), from: asked.from };
        let shown = Shown { rows: i64::try_from(ROWS).unwrap_or(i64::MAX), here: found.len(), all: None };
        let all = || words.t("segment-all");
        let state = |it: Option<Standing>| ui::Segment {
            href: to(Filter { state: it, ..filter }),
            label: it.map_or_else(all, |it| standing_word(words, it)),
            count: None,
            current: filter.state == it,
        };
        let severity = |it: Option<Severity>| ui::Segment {
            href: to(Filter { severity: it, ..filter }),
            label: it.map_or_else(all, |it| severity_word(words, it)),
            count: None,
            current: filter.severity == it,
        };
        let states = std::iter::once(None).chain(Standing::ALL.iter().copied().map(Some)).map(state).collect();
        let severities = std::iter::once(None).chain(Severity::ALL.iter().copied().map(Some)).map(severity).collect();
        Self {
            states: ui::Segments { label: words.t("requests-state"), parts: states },
            severities: ui::Segments { label: words.t("support-severity"), parts: severities },
            pager: place.pager(words, &to(filter), shown, next.as_deref()),
            filtered: filter != Filter::default(),
            clear: here.to_owned(),
            rows: found.into_iter().map(|it| row(words, now, path(&it.request), it)).collect(),
        }
    }
}

fn row(words: Words, now: Timestamp, href: String, line: Line) -> Row {
    let it = &line.request;
    Row {
        href,
        number: it.number,
        title: it.title.to_string(),
        about: line
            .product
            .as_deref()
            .map_or_else(|| topic_word(words, &it.topic), |it| crate::words::product(words, it)),
        who: words
            .t_with("support-person-at", &[arg("person", &line.opened_by), arg("organisation", &line.organisation)]),
        when: ui::day(words, it.opened_at),
        severity: severity_badge(words, it.severity),
        state: standing_badge(words, it.state.standing()),
        response: response(words, it, now),
        customer: line.customer,
    }
}

/// A topic's name; its code where this release knows no such topic.
fn topic_word(words: Words, code: &str) -> String {
    topic::find(code).map_or_else(|| code.to_owned(), |it| it.name(spoken(words.language())).to_owned())
}

/// Where a service request stands, in a word.
fn standing_word(words: Words, standing: Standing) -> String {
    words.t(match standing {
        Standing::Open => key!("support-open"),
        Standing::AttentionNeeded => key!("support-attention"),
        Standing::Closed => key!("support-closed"),
    })
}

/// The same as a badge: what waits for the reader's side stands out.
fn standing_badge(words: Words, standing: Standing) -> Html {
    let tone = match standing {
        Standing::Open => "info",
        Standing::AttentionNeeded => "warn",
        Standing::Closed => "",
    };
    badge(tone, standing_word(words, standing))
}

fn severity_word(words: Words, severity: Severity) -> String {
    words.t(match severity {
        Severity::Critical => key!("support-critical"),
        Severity::Moderate => key!("support-moderate"),
        Severity::Minimal => key!("support-minimal"),
    })
}

fn severity_badge(words: Words, severity: Severity) -> Html {
    let word = severity_word(words, severity);
    if severity == Severity::Critical { badge("bad", word) } else { Html::text(&word) }
}

/// How the operator keeps to the time in which it answers first.
fn response(words: Words, it: &ServiceRequest, now: Timestamp) -> Html {
    match it.response(now) {
        Response::Due(until) => {
            let minutes = until.seconds_since(now).div_euclid(60);
            let left = [arg("hours", minutes / 60), arg("minutes", minutes % 60)];
            Html::text(&words.t_with("support-due", &left))
        }
        Response::Missed(_) => badge("bad", words.t("support-missed")),
        Response::Met(_) => Html::text(&words.t("support-met")),
        Response::Late(_) => Html::text(&words.t("support-late")),
        Response::NotNeeded => Html::text("–"),
    }
}

#[derive(Template)]
#[template(path = "service_request/list.html")]
struct View {
    page: Page,
    crumbs: Option<ui::Crumbs>,
    lead: String,
    new: Option<ui::Button>,
    /// Why nothing can be opened here.
    why: Option<String>,
    list: Listing,
    customers: bool,
}

/// `GET {base}/service-requests`
pub(crate) async fn list<R: AtCustomer>(room: R, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    let (filter, below) = (asked.filter(), asked.below()?);
    let lines =
        ask(&room, move |app, ctx, customer| requests::list(app, ctx, customer, filter, below, limit())).await?;
    let words = room.visit().words();
    let here = here(&room);
    let (above, customer) = (room.above(), &room.reach().customer);
    let new = ui::link(format!("{here}/new"), words.t("support-new")).primary().icon("plus");
    let view = View {
        page: room.page(words.t("requests-support-title")),
        lead: words.t_with("support-lead", &[arg("customer", customer.name.as_str())]),
        crumbs: (!above.is_empty()).then(|| ui::Crumbs { words, above, here: words.t("requests-support-title") }),
        new: room.may(Action::HandleServiceRequests).then_some(new),
        why: room.reach().why_not(Action::HandleServiceRequests).map(|it| it.for_user(spoken(words.language()))),
        list: Listing::of(words, room.visit().now, &here, &asked, lines, |it| format!("{here}/{}", it.number)),
        customers: false,
    };
    ui::render(&view)
}

/// The page of all customers' requests; `path` is the address of one of them.
pub(crate) fn all(
    page: Page,
    visit: &Visit,
    here: &str,
    asked: &Asked,
    lines: Vec<Line>,
    path: impl Fn(&ServiceRequest) -> String,
) -> Result<Rendered, Problem> {
    let words = visit.words();
    let list = Listing::of(words, visit.now, here, asked, lines, path);
    let lead = words.t("support-lead-all");
    ui::render(&View { page, crumbs: None, lead, new: None, why: None, list, customers: true })
}

/// What was done, by the word in the address.
pub(crate) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "request-opened" => key!("support-done-opened"),
        "request-noted" => key!("support-done-noted"),
        "request-closed" => key!("support-done-closed"),
        "request-reopened" => key!("support-done-reopened"),
        _ => return None,
    })
}

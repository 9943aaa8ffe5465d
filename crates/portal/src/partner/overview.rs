//! P1: what needs somebody today, how the customers grow, and where requests stall.

use askama::Template;
use axum::response::{IntoResponse, Response};
use entente_app::overview::{Funnel, Month, Todo};
use entente_domain::policy::Action;
use entente_domain::time::Timestamp;

use super::{Desk, ask};
use crate::i18n::{Language, Words};
use crate::key;
use crate::session::see_other;
use crate::ui::{self, Button, Caption, Html, Page, Point, arg, badge};
use crate::{PartnerSession, Problem};

#[derive(Template)]
#[template(path = "partner/overview.html")]
struct View {
    page: Page,
    lead: String,
    todos: ui::Todos,
    line: Option<Html>,
    new: Option<Html>,
    funnel: Option<Html>,
    funnel_note: String,
    may_request: bool,
    first: bool,
}

/// `GET /partner`: the address people type.
pub(super) async fn enter(_: PartnerSession) -> Response {
    see_other("/partner/overview")
}

/// `GET /partner/overview`
pub(super) async fn show(desk: Desk) -> Result<Response, Problem> {
    let s = &desk.s;
    if desk.numbers.is_none() {
        // Somebody who may not see customers begins where they do have something to do.
        return Ok(see_other("/partner/settings"));
    }
    let overview = &ask(s, entente_app::overview::of_partner).await?;
    let words = s.visit.words();
    let todos = overview.todos.iter().map(|it| todo(s, it)).collect();
    let Funnel { declined, expired, made, .. } = overview.funnel;
    let view = View {
        page: desk.page(words.t("overview-title"), "/partner/overview"),
        lead: words.t_with("overview-lead", &[arg("n", overview.todos.len())]),
        todos: ui::Todos { items: todos },
        line: line(words, &overview.months),
        new: new(words, &overview.months),
        funnel: funnel(words, overview.funnel),
        funnel_note: words.t_with("overview-funnel-note", &[arg("declined", declined), arg("expired", expired)]),
        may_request: s.me.may(Action::RequestRelationship),
        first: overview.numbers.counts.all() == 0 && made == 0,
    };
    Ok(ui::render(&view)?.into_response())
}

fn todo(s: &PartnerSession, it: &Todo) -> ui::Todo {
    let words = s.visit.words();
    let days = |since: Timestamp| words.t_with("todo-days", &[arg("n", s.visit.now.days_since(since))]);
    let day = |at: &Timestamp| Html::text(&words.date(*at));
    let request = |number: &i64| format!("/partner/requests/{number}");
    let open = |number: &i64| Some(ui::link(request(number), words.t("todo-open")).small());
    let to = |number: &i64, recipient: &str| {
        Html::trusted(format!("<strong>{}</strong> (RQ-{number})", Html::text(recipient)))
    };
    let may = |action, button: Option<Button>| button.filter(|_| s.me.may(action));
    let (badge, text, action) = match it {
        Todo::Removed { customer, name, at } => {
            let link = ui::link(format!("/partner/customers/{customer}/restore"), words.t("restore-button")).small();
            let named = Html::link(&format!("/partner/customers/{customer}"), name);
            let text = words.rich("todo-removed", &[("customer", named), ("date", day(at))]);
            (badge("bad", words.t("todo-removed-badge")), text, may(Action::RequestPrivileges, Some(link)))
        }
        Todo::Bounced { number, recipient, answer } => {
            let args = [("to", to(number, recipient)), ("answer", Html::text(answer))];
            let link = ui::link(format!("{}/message", request(number)), words.t("todo-correct")).small();
            (badge("bad", words.t("delivery-bounced")), words.rich("todo-bounced", &args), Some(link))
        }
        Todo::Declined { number, recipient, at } => {
            let args = [("to", to(number, recipient)), ("date", day(at))];
            (badge("bad", words.t("state-declined")), words.rich("todo-declined", &args), open(number))
        }
        Todo::AwaitsAdministrator { number, recipient, since } => {
            let text = words.rich("todo-administrator", &[("to", to(number, recipient))]);
            (badge("info", days(*since)), text, open(number))
        }
        Todo::Unanswered { number, recipient, since, may_remind } => {
            let text = words.rich("todo-unanswered", &[("to", to(number, recipient))]);
            let action = if *may_remind { Some(remind(words, *number)) } else { open(number) };
            (badge("info", days(*since)), text, action)
        }
    };
    ui::Todo { badge, text, action }
}

/// The form stands beside the list; its button says which request.
fn remind(words: Words, number: i64) -> Button {
    let number = number.to_string();
    let label = words.t_with("todo-remind-one", &[arg("number", &number)]);
    let button = ui::submit(words.t("todo-remind")).small().sends("do", "remind").label(label).form("remind");
    button.action(format!("/partner/requests/{number}"))
}

fn points(words: Words, months: &[Month], value: impl Fn(&Month) -> i64) -> Vec<Point> {
    let point = |it: &Month| {
        let (short, long) = month(words, it.at);
        Point::new(short, u32::try_from(value(it)).unwrap_or(u32::MAX)).long(long)
    };
    months.iter().map(point).collect()
}

/// How many customers there were; none where there never was one.
fn line(words: Words, months: &[Month]) -> Option<Html> {
    let points = points(words, months, |it| it.customers);
    let (first, last) = (points.first()?, points.last()?);
    if points.iter().all(|it| it.value == 0) {
        return None;
    }
    let (title, heads) = (words.t("overview-line-title"), [words.t("overview-month"), words.t("customers-title")]);
    let args = [arg("first", first.value), arg("from", &first.long), arg("last", last.value), arg("to", &last.long)];
    let text = words.t_with("overview-line-text", &args);
    let heads = [heads[0].as_str(), heads[1].as_str()];
    Some(ui::line(Caption { words, title: &title, text: &text, heads }, &points))
}

/// How many were new; none where nobody was.
fn new(words: Words, months: &[Month]) -> Option<Html> {
    let points = points(words, months, |it| it.began);
    let all: i64 = months.iter().map(|it| it.began).sum();
    if all == 0 {
        return None;
    }
    let (title, text) = (words.t("overview-new-title"), words.t_with("overview-new-text", &[arg("n", all)]));
    let heads = [words.t("overview-month"), words.t("overview-new")];
    let heads = [heads[0].as_str(), heads[1].as_str()];
    Some(ui::columns(Caption { words, title: &title, text: &text, heads }, &points))
}

/// A month as short as its place under a chart, and with its year.
fn month(words: Words, at: Timestamp) -> (String, String) {
    let date = words.date(at);
    match words.language() {
        Language::En => {
            let long = date.split_once(' ').map_or("", |(_, month)| month);
            (long.split(' ').next().unwrap_or_default().to_owned(), long.to_owned())
        }
        Language::ZhCn => {
            let long = date.split_inclusive('月').next().unwrap_or_default();
            (long.split('年').next_back().unwrap_or_default().to_owned(), long.to_owned())
        }
    }
}

/// What became of the requests; none where there were none.
fn funnel(words: Words, funnel: Funnel) -> Option<Html> {
    if funnel.made == 0 {
        return None;
    }
    let point = |label: String, n: i64| Point::new(label, u32::try_from(n).unwrap_or(0));
    let stage = |label: String, n: i64, of: Option<i64>| {
        let point = point(label, n);
        match of.filter(|of| *of > 0) {
            Some(of) => point.note(words.t_with(key!("overview-share"), &[arg("n", n * 100 / of)])),
            None => point,
        }
    };
    let stages = [
        stage(words.t("overview-made"), funnel.made, None),
        stage(words.t("overview-sent"), funnel.sent, Some(funnel.made)),
        stage(words.t("overview-accepted"), funnel.accepted, Some(funnel.sent)),
        stage(words.t("overview-with"), funnel.with_privileges, Some(funnel.accepted)),
    ];
    let others = [
        point(words.t("state-open"), funnel.waiting()),
        point(words.t("state-declined"), funnel.declined),
        point(words.t("state-expired"), funnel.expired),
    ];
    let (title, heads) = (words.t("overview-funnel-title"), [words.t("overview-stage"), words.t("requests-title")]);
    let heads = [heads[0].as_str(), heads[1].as_str()];
    Some(ui::funnel(Caption { words, title: &title, text: "", heads }, &stages, &others))
}

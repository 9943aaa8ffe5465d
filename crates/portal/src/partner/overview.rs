//! P1: what needs somebody today, how the customers grow, and where requests stall.

use askama::Template;
use axum::response::{IntoResponse, Response};
use entente_app::overview::{Funnel, Overview, Todo};
use entente_domain::policy::Action;
use entente_domain::time::Timestamp;

use super::{Desk, ask};
use crate::i18n::{Language, Words};
use crate::key;
use crate::session::see_other;
use crate::ui::{self, Button, Html, Page, Point, arg, badge};
use crate::{PartnerSession, Problem};

#[derive(Template)]
#[template(path = "partner/overview.html")]
struct View {
    page: Page,
    lead: String,
    todos: ui::Todos,
    line: Html,
    funnel: Html,
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
        line: line(words, overview),
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

fn line(words: Words, overview: &Overview) -> Html {
    // Each month is counted at its last moment, and that is the first of the next one.
    let point = |(at, n): &(Timestamp, i64)| {
        Point::new(month(words, at.plus_seconds(-1)), u32::try_from(*n).unwrap_or(u32::MAX))
    };
    let points: Vec<Point> = overview.months.iter().map(point).collect();
    let (first, last) = (points.first().map_or(0, |it| it.value), points.last().map_or(0, |it| it.value));
    let title = words.t_with("overview-line-title", &[arg("first", first), arg("last", last)]);
    ui::line(&title, &words.t("overview-table"), &points)
}

/// A month as short as its place under the line.
fn month(words: Words, at: Timestamp) -> String {
    let date = words.date(at);
    match words.language() {
        Language::En => date.split(' ').nth(1).unwrap_or_default().to_owned(),
        Language::ZhCn => date
            .split_once('年')
            .and_then(|(_, rest)| rest.split_once('月'))
            .map(|(month, _)| format!("{month}月"))
            .unwrap_or_default(),
    }
}

fn funnel(words: Words, funnel: Funnel) -> Html {
    let stage = |label: String, n: i64, of: Option<i64>| {
        let point = Point::new(label, u32::try_from(n).unwrap_or(0));
        match of.filter(|of| *of > 0) {
            Some(of) => point.note(words.t_with(key!("overview-share"), &[arg("n", n * 100 / of)])),
            None => point,
        }
    };
    ui::funnel(&[
        stage(words.t("overview-made"), funnel.made, None),
        stage(words.t("overview-sent"), funnel.sent, Some(funnel.made)),
        stage(words.t("overview-accepted"), funnel.accepted, Some(funnel.sent)),
        stage(words.t("overview-with"), funnel.with_privileges, Some(funnel.accepted)),
    ])
}

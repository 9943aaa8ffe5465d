//! P13: what was ordered for a customer: the history, one order, its file, and taking one back.

use askama::Template;
use axum::response::Response;
use entente_app::Error;
use entente_app::order::{self, View as Found};
use entente_domain::ids::TenantId;
use entente_domain::order::{Line, Order, State};
use entente_domain::policy::Action;
use entente_domain::tenant::Tenant;

use super::end::Confirm;
use super::{Desk, Named, Number, Within, after, ask, require};
use crate::i18n::Words;
use crate::trail::{Asked, Shown};
use crate::ui::{self, Html, Page, Rendered, arg, badge};
use crate::web::{Form, Nothing, Query, table_file};
use crate::words::buying;
use crate::{PartnerSession, Problem, words};

/// Orders on a page.
const ROWS: i64 = 25;

#[derive(Template)]
#[template(path = "partner/orders.html")]
struct History {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    rows: Vec<Row>,
    pager: ui::Pager,
    export: Option<String>,
    subscriptions: String,
}

struct Row {
    href: String,
    number: i64,
    placed: Html,
    lines: String,
    who: String,
    total: String,
    badge: Html,
}

#[derive(Template)]
#[template(path = "partner/order.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    badge: Html,
    facts: Vec<(String, Html)>,
    lines: Vec<Ordered>,
    cancel: Option<ui::Button>,
}

struct Ordered {
    href: String,
    product: String,
    quantity: String,
    plan: String,
    price: String,
    total: String,
}

fn at(id: TenantId) -> String {
    format!("/partner/customers/{id}/orders")
}

fn crumbs(words: Words, customer: &Tenant, above: Option<String>, here: String) -> ui::Crumbs {
    let account = format!("/partner/customers/{}", customer.id);
    let mut all =
        vec![("/partner/customers".to_owned(), words.t("customers-title")), (account, customer.name.to_string())];
    all.extend(above.map(|name| (at(customer.id), name)));
    ui::Crumbs { words, above: all, here }
}

fn state(words: Words, order: &Order) -> Html {
    match order.state {
        State::Completed => badge("ok", words.t("orders-completed")),
        State::Cancelled { .. } => badge("", words.t("orders-cancelled")),
    }
}

/// What comes with each bill, one amount after the other.
fn totals(words: Words, order: &Order) -> String {
    let each: Vec<_> = order.totals().into_iter().map(|(cycle, sum)| buying::each(words, cycle, sum)).collect();
    if each.is_empty() { words.t("subs-usage") } else { each.join(super::words::comma(words)) }
}

/// `GET /partner/customers/{id}/orders`
pub(super) async fn list(
    desk: Desk,
    Named(id): Named<TenantId>,
    Query(asked): Query<Asked>,
) -> Result<Rendered, Problem> {
    let before = asked.after::<Number>()?.map(|it| it.0);
    let s = &desk.s;
    let words = s.visit.words();
    let found = ask(s, move |app, ctx| order::list(app, ctx, id, before, ROWS)).await?;
    let place = asked.place();
    let shown = Shown { rows: ROWS, here: found.orders.len(), all: None };
    let next = found.next.map(|it| it.to_string());
    ui::render(&History {
        page: desk.page(words.t("orders-title"), "/partner/customers"),
        crumbs: crumbs(words, &found.customer, None, words.t("orders-title")),
        lead: words.t_with("orders-lead", &[arg("customer", found.customer.name.as_str())]),
        rows: found.orders.iter().map(|it| row(words, it)).collect(),
        pager: place.pager(words, &at(id), shown, next.as_deref()),
        export: s.me.may(Action::ExportCustomers).then(|| format!("{}/export.csv", at(id))),
        subscriptions: format!("/partner/customers/{id}/subscriptions"),
    })
}

fn row(words: Words, it: &Found) -> Row {
    let named = |line: &Line| {
        let quantity = line.quantity.map(|n| format!(" · {}", words.number(n))).unwrap_or_default();
        format!("{}{quantity}", words::product(words, &line.product))
    };
    Row {
        href: format!("{}/{}", at(it.order.customer), it.order.number),
        number: it.order.number,
        placed: ui::day(words, it.order.placed_at),
        lines: it.order.lines.iter().map(named).collect::<Vec<_>>().join(super::words::comma(words)),
        who: it.placed_by.clone(),
        total: totals(words, &it.order),
        badge: state(words, &it.order),
    }
}

/// One order with its customer.
async fn found(s: &PartnerSession, id: TenantId, number: i64) -> Result<(Tenant, Found), Problem> {
    let both = ask(s, move |app, ctx| {
        let found = order::get(app, ctx, id, number)?;
        Ok((entente_app::customer::record(app, ctx, id)?.tenant, found))
    });
    Ok(both.await?)
}

/// `GET /partner/customers/{id}/orders/{no}`
pub(super) async fn show(
    desk: Desk,
    Within(id, Number(number)): Within<TenantId, Number>,
) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let (customer, it) = found(s, id, number).await?;
    let order = &it.order;
    let title = words.t_with("orders-one", &[arg("number", &number.to_string())]);
    let may = s.me.may(Action::ManageSubscriptions) && order.clone().cancel(s.me.person.id, s.visit.now).is_ok();
    let mut facts = vec![
        (words.t("orders-date"), ui::moment(words, order.placed_at)),
        (words.t("orders-who"), it.placed_by.as_str().into()),
        (words.t("orders-total"), Html::strong(&totals(words, order))),
    ];
    match (order.state, &it.cancelled_by) {
        (State::Cancelled { at, .. }, by) => {
            facts.push((words.t("orders-cancelled-on"), ui::moment(words, at)));
            facts.extend(by.as_ref().map(|by| (words.t("orders-cancelled-by"), by.as_str().into())));
        }
        (State::Completed, _) => {
            let until = words.date_time(order.cancellable_until());
            let said = if s.visit.now < order.cancellable_until() {
                words.t_with("orders-cancel-until", &[arg("date", &until)])
            } else {
                words.t_with("orders-cancel-passed", &[arg("date", &until)])
            };
            facts.push((words.t("orders-cancel-fact"), said.into()));
        }
    }
    ui::render(&View {
        page: desk.page(&title, "/partner/customers"),
        crumbs: crumbs(words, &customer, Some(words.t("orders-title")), title.clone()),
        lead: words.t_with("orders-one-lead", &[arg("customer", customer.name.as_str())]),
        badge: state(words, order),
        facts,
        lines: order.lines.iter().map(|line| ordered(words, order, line)).collect(),
        cancel: may
            .then(|| ui::link(format!("{}/{number}/cancel", at(id)), words.t("orders-cancel")).danger().icon("undo")),
    })
}

fn ordered(words: Words, order: &Order, line: &Line) -> Ordered {
    let none = || "–".to_owned();
    Ordered {
        href: format!("/partner/customers/{}/subscriptions/{}", order.customer, line.subscription),
        product: words::product(words, &line.product),
        quantity: line.quantity.map_or_else(none, |n| words.number(n)),
        plan: line.agreed.map_or_else(|| words.t("subs-usage"), |(term, cycle, _)| buying::plan(words, term, cycle)),
        price: line.agreed.map_or_else(none, |(_, _, price)| buying::money(words, price)),
        total: line.total().map_or_else(none, |(cycle, total)| buying::each(words, cycle, total)),
    }
}

/// `POST /partner/customers/{id}/orders/export.csv`. No GET, because that it left the house is written down.
pub(super) async fn export(
    s: PartnerSession,
    Named(id): Named<TenantId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let file = ask(&s, move |app, ctx| order::export(app, ctx, id)).await;
    let file = file.map_err(|error| Problem::from(error).back(at(id)))?;
    table_file("orders", s.visit.now, file)
}

/// `GET /partner/customers/{id}/orders/{no}/cancel`
pub(super) async fn confirm_cancel(
    desk: Desk,
    Within(id, Number(number)): Within<TenantId, Number>,
) -> Result<Rendered, Problem> {
    require(&desk.s, Action::ManageSubscriptions)?;
    let s = &desk.s;
    let (customer, it) = found(s, id, number).await?;
    let back = format!("{}/{number}", at(id));
    it.order
        .clone()
        .cancel(s.me.person.id, s.visit.now)
        .map_err(|refused| Problem::from(Error::from(refused)).back(back.clone()))?;
    let words = s.visit.words();
    let lines = vec![
        ("x", "risk", words.t("orders-cancel-effect-use").into()),
        ("check", "yes", words.t("sub-cancel-effect-bill").into()),
        ("info", "no", words.t("sub-cancel-effect-told").into()),
    ];
    let named = number.to_string();
    ui::render(&Confirm {
        page: desk.page(words.t_with("orders-cancel-title", &[arg("number", &named)]), "/partner/customers"),
        crumbs: crumbs(words, &customer, Some(words.t("orders-title")), words.t("orders-cancel")),
        here: format!("{back}/cancel"),
        effects: Html::trusted(ui::Keep { lines }.to_string()),
        back,
        keep: words.t("orders-cancel-no"),
        go: words.t("orders-cancel"),
    })
}

/// `POST /partner/customers/{id}/orders/{no}/cancel`
pub(super) async fn cancel(
    s: PartnerSession,
    Within(id, Number(number)): Within<TenantId, Number>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let back = format!("{}/{number}", at(id));
    let done = ask(&s, move |app, ctx| order::cancel(app, ctx, id, number)).await;
    done.map_err(|error| Problem::from(error).back(back.clone()))?;
    Ok(after(&back, "order-cancelled"))
}

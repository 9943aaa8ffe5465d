//! P2: the customers, their record beside each name, and the list as a file.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::customer::{self, After, Counts, Line, Order, Query as Listing};
use entente_domain::policy::Action;
use entente_domain::text::{SearchText, TextError};
use entente_domain::time::Timestamp;
use serde::Deserialize;

use super::{Desk, Wrong, ask, words};
use crate::trail::{Place, Shown, at, pack, unpack};
use crate::ui::{self, Html, Page, Rendered, SortOrder, arg};
use crate::web::{Form, Nothing, Query, table_file};
use crate::{PartnerSession, Problem, key};

/// Customers on a page.
const ROWS: i64 = 25;
/// The address of the list.
const HERE: &str = "/partner/customers";

/// The filters of the list as its address holds them.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(rename = "priv")]
    privileges: Option<String>,
    sort: Option<String>,
    cursor: Option<String>,
    trail: Option<String>,
    from: Option<u32>,
    open: Option<String>,
}

impl Asked {
    fn privileges(&self) -> Option<&str> {
        self.privileges.as_deref().filter(|it| matches!(*it, "granted" | "removed" | "none"))
    }

    fn filtered(&self) -> bool {
        self.privileges().is_some() || !self.q.trim().is_empty()
    }

    /// A search or a filter always lists by name.
    fn order(&self) -> Order {
        let wanted = self.sort.as_deref().and_then(Order::parse).unwrap_or_default();
        if self.filtered() { Order::Name } else { wanted }
    }

    fn search(&self) -> Result<Option<SearchText>, TextError> {
        match SearchText::parse(&self.q) {
            Ok(text) => Ok(Some(text)),
            Err(TextError::Empty) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn listing(&self, search: Option<SearchText>) -> Result<Listing, Problem> {
        let after =
            self.cursor.as_deref().map(|text| read_cursor(text).ok_or_else(Problem::broken_form)).transpose()?;
        Ok(Listing { search, privileges: self.privileges().map(str::to_owned), order: self.order(), after })
    }

    /// The first page of the list with this search, filter and order.
    fn first_page(&self) -> String {
        self.within(HERE)
    }

    fn within(&self, path: &str) -> String {
        let order = self.order();
        let sort = if order == Order::default() { "" } else { order.code() };
        at(path, &[("q", self.q.trim()), ("priv", self.privileges().unwrap_or_default()), ("sort", sort)])
    }
}

/// Where a page of the list ends, as text nobody needs to read. It holds no secret: the list is the partner's own whatever
/// stands in it.
fn write_cursor(after: &After) -> String {
    pack(&format!("{} {} {}", after.id, after.started_at.micros(), after.name_key))
}

fn read_cursor(text: &str) -> Option<After> {
    let text = unpack(text)?;
    let mut parts = text.splitn(3, ' ');
    let (id, started_at, name_key) = (parts.next()?, parts.next()?, parts.next()?);
    let started_at = Timestamp::from_micros(started_at.parse().ok()?);
    Some(After { id: id.parse().ok()?, started_at, name_key: name_key.to_owned() })
}

#[derive(Template)]
#[template(path = "partner/customers.html")]
struct View<'a> {
    page: Page,
    query: &'a Asked,
    errors: ui::Errors,
    stats: ui::Stats,
    segments: ui::Segments,
    heads: Vec<Html>,
    caption: String,
    rows: Vec<Row>,
    pager: ui::Pager,
    filtered: bool,
    export: Option<String>,
    may_request: bool,
    create: Option<ui::Button>,
    may_activity: bool,
}

struct Row {
    id: String,
    name: String,
    domain: String,
    href: String,
    kind: String,
    privileges: Html,
    subscriptions: String,
    seats: String,
    status: Html,
    since: Html,
    place: String,
    administration: String,
    copy_label: String,
    restore: Option<ui::Button>,
    expander: Html,
    open: bool,
}

/// `GET /partner/customers`
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (search, refused) = match asked.search() {
        Ok(search) => (search, None),
        Err(error) => (None, Some(error)),
    };
    let listing = asked.listing(search)?;
    let found = ask(&desk.s, move |app, ctx| customer::list(app, ctx, &listing, ROWS)).await?;
    // What cannot be searched for matches nobody.
    let lines = if refused.is_some() { &[] } else { found.lines.as_slice() };
    let next = found.next.as_ref().filter(|_| refused.is_none());
    let rendered = render(&desk, &asked, lines, next, found.counts, refused)?;
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, rendered).into_response())
}

fn render(
    desk: &Desk,
    asked: &Asked,
    lines: &[Line],
    next: Option<&After>,
    counts: Counts,
    refused: Option<TextError>,
) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let fields = refused.map(|why| entente_app::Field { name: "q", why: entente_app::Invalid::Text(why) });
    let view = View {
        page: desk.page(words.t("customers-title"), HERE),
        query: asked,
        errors: Wrong::of(s.visit.words(), fields.as_slice()).list(s.visit.words()),
        stats: stats(desk, counts),
        segments: segments(s, asked, counts),
        heads: heads(s, asked),
        caption: words.t(match asked.order() {
            Order::Name | Order::NameDown => key!("customers-by-name"),
            Order::Since | Order::SinceDown => key!("customers-by-since"),
        }),
        rows: lines.iter().map(|line| row(s, asked, line)).collect(),
        pager: pager(s, asked, lines.len(), next, counts),
        filtered: asked.filtered(),
        export: s.me.may(Action::ExportCustomers).then(|| asked.within("/partner/customers/export.csv")),
        may_request: s.me.may(Action::RequestRelationship),
        create: entente_app::new_customer::open_to(&s.me)
            .then(|| ui::link("/partner/customers/new", s.visit.words().t("new-customer-title")).icon("building")),
        may_activity: s.me.may(Action::ViewPartnerActivity),
    };
    ui::render(&view)
}

fn stats(desk: &Desk, counts: Counts) -> ui::Stats {
    let s = &desk.s;
    let words = s.visit.words();
    let stat = |label: String, count, note, href: &str| ui::Stat {
        label,
        value: words.number(count),
        note,
        href: Some(href.to_owned()),
    };
    let numbers = desk.numbers;
    let new = numbers.map_or(0, |it| it.new_this_month);
    let new = (new > 0).then(|| ("up", words.t_with("stats-new", &[arg("n", new)])));
    let mut items = vec![stat(words.t("customers-title"), counts.all(), new, HERE)];
    if let Some(numbers) = numbers.filter(|_| s.me.may(Action::RequestRelationship)) {
        let oldest = numbers
            .oldest_waiting
            .map(|at| ("", words.t_with("stats-oldest", &[arg("n", s.visit.now.days_since(at))])));
        items.push(stat(words.t("stats-waiting"), numbers.waiting, oldest, "/partner/requests?state=open"));
    }
    let asks = counts.removed > 0 && s.me.may(Action::RequestPrivileges);
    let removed = asks.then(|| ("soon", words.t("stats-restore")));
    items.push(stat(words.t("stats-granted"), counts.granted, None, "/partner/customers?priv=granted"));
    items.push(stat(words.t("stats-removed"), counts.removed, removed, "/partner/customers?priv=removed"));
    ui::Stats { items }
}

fn segments(s: &PartnerSession, asked: &Asked, counts: Counts) -> ui::Segments {
    let words = s.visit.words();
    let part = |value: &str, key, count| {
        let filters =
            Asked { q: asked.q.clone(), privileges: (!value.is_empty()).then(|| value.to_owned()), ..Asked::default() };
        ui::Segment {
            href: filters.first_page(),
            label: words.t(key),
            // With a search the counts of all customers would not be those of the list.
            count: asked.q.trim().is_empty().then(|| words.number(count)),
            current: asked.privileges().unwrap_or_default() == value,
        }
    };
    ui::Segments {
        label: words.t("account-administration"),
        parts: vec![
            part("", key!("segment-all"), counts.all()),
            part("granted", key!("priv-granted"), counts.granted),
            part("removed", key!("priv-removed"), counts.removed),
            part("none", key!("segment-none"), counts.none),
        ],
    }
}

fn heads(s: &PartnerSession, asked: &Asked) -> Vec<Html> {
    let words = s.visit.words();
    let plain =
        |label: &str, class: &str| Html::trusted(format!("<th scope=\"col\"{class}>{}</th>", Html::text(label)));
    let sorted = |label: &str, up: Order, down: Order| {
        let order = match asked.order() {
            now if now == up => Some(SortOrder::Ascending),
            now if now == down => Some(SortOrder::Descending),
            _ => None,
        };
        if asked.filtered() {
            return plain(label, if order.is_some() { " aria-sort=\"ascending\"" } else { "" });
        }
        let next = if order == Some(SortOrder::Ascending) { down } else { up };
        let sort = if next == Order::default() { "" } else { next.code() };
        ui::sort_head(&at(HERE, &[("sort", sort)]), label, order, false)
    };
    vec![
        sorted(&words.t("customers-customer"), Order::Name, Order::NameDown),
        plain(&words.t("account-relationship"), ""),
        plain(&words.t("customers-privileges"), ""),
        plain(&words.t("subs-title"), " class=\"num\""),
        plain(&words.t("customers-seats"), " class=\"num\""),
        plain(&words.t("customers-status"), ""),
        sorted(&words.t("subs-since"), Order::Since, Order::SinceDown),
    ]
}

fn row(s: &PartnerSession, asked: &Asked, line: &Line) -> Row {
    let words = s.visit.words();
    let id = line.id.to_string();
    let href = format!("/partner/customers/{id}");
    let open = asked.open.as_deref() == Some(id.as_str());
    let from = asked.from.map(|from| from.to_string()).unwrap_or_default();
    let (cursor, trail) = (asked.cursor.as_deref().unwrap_or_default(), asked.trail.as_deref().unwrap_or_default());
    let toggle = at(
        &asked.first_page(),
        &[("cursor", cursor), ("trail", trail), ("from", &from), ("open", if open { "" } else { &id })],
    );
    let name = [arg("name", &line.name)];
    let label = if open { words.t_with("customers-collapse", &name) } else { words.t_with("customers-expand", &name) };
    let asks = line.privileges != "granted" && s.me.may(Action::RequestPrivileges);
    let status = match line.suspended {
        0 => Html::text(&words.t(if line.kind == "advisor" {
            key!("customers-no-billing")
        } else {
            key!("subs-active")
        })),
        n => ui::badge("warn", words.t_with("customers-suspended", &[arg("n", n)])),
    };
    Row {
        kind: words::relationship(words, line.kind, line.channel),
        privileges: words::privileges(words, line.privileges),
        subscriptions: words.number(line.subscriptions),
        seats: if line.seats > 0 { words.number(line.seats) } else { "–".to_owned() },
        status,
        since: ui::day(words, line.started_at),
        place: format!("{} · {}", words::country(words, line.country), words::cloud(words, line.cloud)),
        administration: words::administration(words, line),
        copy_label: words.t_with("customers-copy-id", &name),
        restore: asks.then(|| {
            let key = if line.privileges == "removed" { key!("restore-button") } else { key!("restore-ask") };
            ui::link(format!("{href}/restore"), words.t(key)).small()
        }),
        expander: ui::expander(&toggle, &format!("d-{id}"), open, &label),
        name: line.name.clone(),
        domain: line.domain.clone(),
        id,
        href,
        open,
    }
}

fn pager(s: &PartnerSession, asked: &Asked, shown: usize, next: Option<&After>, counts: Counts) -> ui::Pager {
    let all = match asked.privileges() {
        _ if !asked.q.trim().is_empty() => None,
        None => Some(counts.all()),
        Some("granted") => Some(counts.granted),
        Some("removed") => Some(counts.removed),
        Some(_) => Some(counts.none),
    };
    let place = Place { cursor: asked.cursor.as_deref(), trail: asked.trail.as_deref(), from: asked.from };
    let next = next.map(write_cursor);
    place.pager(s.visit.words(), &asked.first_page(), Shown { rows: ROWS, here: shown, all }, next.as_deref())
}

/// `POST /partner/customers/export.csv`: what the list shows with these filters, all pages of it. No GET, because that every
/// customer's name left the house is written down.
pub(super) async fn export(
    s: PartnerSession,
    Query(asked): Query<Asked>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let search = asked.search().map_err(|_| Problem::broken_form())?;
    let listing = Asked { cursor: None, ..asked }.listing(search)?;
    let file = ask(&s, move |app, ctx| customer::export(app, ctx, &listing)).await;
    let file = file.map_err(|error| Problem::from(error).back("/partner/customers"))?;
    table_file("customers", s.visit.now, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_were_and_nothing_else_is_one() {
        let after = After {
            name_key: "a b · 光".to_owned(),
            started_at: Timestamp::from_micros(-7),
            id: "0190a5c4-0000-7000-8000-000000000001".parse().unwrap(),
        };
        assert_eq!(read_cursor(&write_cursor(&after)), Some(after));
        for bad in ["", "x", "????", "QUFB", "'; DROP TABLE tenant; --", "AAAA AAAA"] {
            assert_eq!(read_cursor(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_address_keeps_the_filters_and_a_filter_lists_by_name() {
        let asked = Asked { q: " a&b ".to_owned(), sort: Some("-since".to_owned()), ..Asked::default() };
        assert_eq!(asked.first_page(), "/partner/customers?q=a%26b");
        let asked = Asked { sort: Some("-since".to_owned()), ..Asked::default() };
        assert_eq!((asked.first_page().as_str(), asked.order()), ("/partner/customers?sort=-since", Order::SinceDown));
        let asked = Asked { privileges: Some("everything".to_owned()), ..Asked::default() };
        assert!(!asked.filtered());
    }
}

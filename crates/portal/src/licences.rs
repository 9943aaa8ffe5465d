//! P10 and C9, a customer's licences: the products with their units, who holds one, and giving and taking them. The same pages for the
//! customer's own administrators and its partners' people; which buttons there are follows what each may do there now.

pub(crate) mod assign;
pub(crate) mod of_user;
mod plans;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::licence::{self as operations, Holder, Line, Query as Listing, Whom};
use entente_app::{Error, Invalid};
use entente_domain::catalogue;
use entente_domain::ids::{SkuId, SubscriptionId, UserId};
use entente_domain::licence::{Because, GRACE_DAYS, Refused, Units};
use entente_domain::policy::Action;
use entente_domain::text::SearchText;
use serde::Deserialize;

use crate::at_customer::{AtCustomer, Door, ask, closed};
use crate::i18n::Words;
use crate::session::see_other;
use crate::trail::{Place, Shown, at as address};
use crate::ui::{self, Html, Page, Rendered, arg, badge};
use crate::users::{read_cursor, write_cursor};
use crate::web::{Form, Last, Query};
use crate::words::product;
use crate::wrong::Wrong;
use crate::{Problem, key};

/// Holders on a page.
const ROWS: i64 = 50;

/// The address of the list of products.
fn here(room: &impl AtCustomer) -> String {
    format!("{}/licences", room.base())
}

/// The way up from a page below the list.
fn crumbs(room: &impl AtCustomer, below: &[(String, String)], title: String) -> ui::Crumbs {
    let words = room.visit().words();
    let mut above = room.above();
    above.push((here(room), words.t("licences-title")));
    above.extend_from_slice(below);
    ui::Crumbs { words, above, here: title }
}

/// What the action before a page did; `None` for what these pages never say.
pub(crate) fn done(code: &str) -> Option<&'static str> {
    Some(match code {
        "licences-assigned" => key!("done-licences-assigned"),
        "licences-removed" => key!("done-licences-removed"),
        "licences-saved" => key!("done-licences-saved"),
        _ => return None,
    })
}

/// Where more units of a product can be had, for whoever may have them there.
fn quantity_form(room: &impl AtCustomer, grow: Option<SubscriptionId>) -> Option<ui::Button> {
    let place = room.quantity_form(grow?)?;
    Some(ui::link(place, room.visit().words().t("licences-grow")).icon("plus"))
}

/// Why somebody was not given a licence, in a sentence.
fn why(words: Words, refused: Refused) -> String {
    words.t(reason(refused.because))
}

/// The words of a refusal.
pub(crate) const fn reason(because: Because) -> &'static str {
    match because {
        Because::NoSuchUser => key!("licence-no-such-user"),
        Because::NoUsageLocation => key!("licence-no-usage-location"),
        Because::NotBought => key!("licence-not-bought"),
        Because::AllSuspended => key!("licence-all-suspended"),
        Because::NoneLeft => key!("licence-none-left"),
    }
}

/// The name of a product by its SKU, for pages that know no more of it.
pub(crate) fn sku_name(words: Words, sku: SkuId) -> String {
    let found = entente_domain::licence::products(sku).next();
    found.map_or_else(|| sku.to_string(), |it| product(words, it.code))
}

/// How many licences are in use, as a bar. The numbers stand beside it in the table, too.
fn bar(words: Words, name: &str, units: Units) -> Html {
    let (used, total) = (words.number(units.consumed), words.number(units.total()));
    let args = [arg("product", name), arg("used", &used), arg("total", &total)];
    ui::usage(units.consumed, units.total(), &words.t_with("licences-bar", &args))
}

/// What is exceptional about a product, as a badge.
fn standing(words: Words, units: Units) -> Option<Html> {
    match (units.over(), units.available(), units.warning) {
        (over @ 1.., _, _) => Some(badge("bad", words.t_with("licences-over", &[arg("n", over)]))),
        (_, 0, _) if units.total() > 0 => Some(badge("warn", words.t("licences-none-left"))),
        (_, 0, _) => Some(badge("warn", words.t("licences-suspended-all"))),
        (_, _, 1..) => Some(badge("warn", words.t("licences-ending"))),
        _ => None,
    }
}

struct Row {
    href: String,
    name: String,
    bar: Html,
    /// How many of how many are in use.
    of: String,
    figures: [String; 5],
    badge: Option<Html>,
}

/// The five figures: enabled, assigned, available, suspended, warning.
fn figures(words: Words, units: Units) -> [String; 5] {
    [units.enabled, units.consumed, units.available(), units.suspended, units.warning].map(|n| words.number(n))
}

#[derive(Template)]
#[template(path = "licences/list.html")]
struct List {
    page: Page,
    crumbs: ui::Crumbs,
    rows: Vec<Row>,
    grace: String,
}

/// `GET {customer}/licences`
pub(crate) async fn show<R: AtCustomer>(room: R) -> Result<Response, Problem> {
    let words = room.visit().words();
    let title = words.t("licences-title");
    if let Some(page) = closed(&room, Action::ViewLicences, Door::Front, title.clone())? {
        return Ok(page);
    }
    let here = here(&room);
    let lines = ask(&room, operations::list).await?;
    let row = |line: &Line| {
        let name = product(words, &line.product);
        Row {
            href: format!("{here}/{}", line.sku),
            bar: bar(words, &name, line.units),
            of: {
                let (used, total) = (words.number(line.units.consumed), words.number(line.units.total()));
                words.t_with("licences-of", &[arg("used", &used), arg("total", &total)])
            },
            figures: figures(words, line.units),
            badge: standing(words, line.units),
            name,
        }
    };
    let view = List {
        page: room.page(title.clone()),
        crumbs: ui::Crumbs { words, above: room.above(), here: title },
        rows: lines.iter().map(row).collect(),
        grace: words.t_with("licences-grace", &[arg("n", GRACE_DAYS)]),
    };
    Ok(ui::render(&view)?.into_response())
}

/// Whose names to list, and where in the list the page stands.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    cursor: Option<String>,
    trail: Option<String>,
    from: Option<u32>,
}

impl Asked {
    /// Text that nothing can begin with finds nothing, and says so under the field.
    fn search(&self) -> Result<Option<SearchText>, Invalid> {
        if self.q.trim().is_empty() {
            return Ok(None);
        }
        SearchText::parse(&self.q).map(Some).map_err(Invalid::Text)
    }

    fn after(&self) -> Result<Option<operations::After>, Problem> {
        self.cursor.as_deref().map(|text| read_cursor(text).ok_or_else(Problem::broken_form)).transpose()
    }

    fn pager(&self, words: Words, here: &str, shown: usize, next: Option<&operations::After>) -> ui::Pager {
        let place = Place { cursor: self.cursor.as_deref(), trail: self.trail.as_deref(), from: self.from };
        let first = address(here, &[("q", self.q.trim())]);
        place.pager(words, &first, Shown { rows: ROWS, here: shown, all: None }, next.map(write_cursor).as_deref())
    }
}

struct Person {
    id: UserId,
    href: String,
    name: String,
    upn: String,
    blocked: bool,
    plans: String,
    since: Html,
}

fn person(room: &impl AtCustomer, holder: &Holder) -> Person {
    let words = room.visit().words();
    let all = catalogue::sku_by_id(holder.licence.sku).map_or(0, |sku| sku.service_plans.len());
    let on = i64::try_from(all.saturating_sub(holder.licence.excluded.len())).unwrap_or(0);
    let all = i64::try_from(all).unwrap_or(0);
    Person {
        id: holder.id,
        href: format!("{}/users/{}#licences", room.base(), holder.id),
        name: holder.name.to_string(),
        upn: holder.upn.to_string(),
        blocked: !holder.enabled,
        plans: words.t_with("licences-plans-on", &[arg("on", on), arg("all", all)]),
        since: ui::day(words, holder.licence.since),
    }
}

#[derive(Template)]
#[template(path = "licences/product.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    here: String,
    lead: String,
    bar: Html,
    badge: Option<Html>,
    facts: Vec<(String, String)>,
    notes: Vec<(&'static str, String)>,
    buttons: Vec<ui::Button>,
    errors: ui::Errors,
    q: String,
    caption: String,
    holders: Vec<Person>,
    removes: bool,
    pager: ui::Pager,
}

fn notes(words: Words, units: Units) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    if units.over() > 0 {
        notes.push(("bad", words.t_with("licences-over-text", &[arg("n", units.over())])));
    } else if units.available() == 0 {
        notes.push(("warn", words.t("licences-none-left-text")));
    }
    if units.warning > 0 {
        let args = [arg("n", units.warning), arg("days", GRACE_DAYS)];
        notes.push(("warn", words.t_with("licences-warning-text", &args)));
    }
    if units.suspended > 0 {
        notes.push(("", words.t_with("licences-suspended-text", &[arg("n", units.suspended)])));
    }
    notes
}

async fn product_page(
    room: &impl AtCustomer,
    sku: SkuId,
    asked: &Asked,
    wrong: Option<Wrong>,
) -> Result<(StatusCode, Rendered), Problem> {
    let words = room.visit().words();
    let search = asked.search();
    let wrong = wrong.or_else(|| search.as_ref().err().map(|why| Wrong::said("q", crate::field_message(words, *why))));
    let listing = Listing { search: search.unwrap_or_default(), after: asked.after()? };
    let rows = if asked.search().is_ok() { ROWS } else { 0 };
    let found = ask(room, move |app, ctx, customer| operations::holders(app, ctx, customer, sku, &listing, rows));
    let found = found.await?;
    let (name, units) = (product(words, &found.line.product), found.line.units);
    let here = format!("{}/{sku}", here(room));
    let assigns = room.may(Action::AssignLicences);
    let mut buttons = Vec::new();
    if units.available() == 0 {
        buttons.extend(quantity_form(room, found.line.grow));
    }
    if assigns {
        buttons.push(ui::link(format!("{here}/assign"), words.t("licences-assign")).primary().icon("plus").new_key());
    }
    let labels = [
        words.t("licences-enabled"),
        words.t("licences-consumed"),
        words.t("licences-available"),
        words.t("licences-suspended"),
        words.t("licences-warning"),
    ];
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = View {
        page: room.page(name.clone()),
        crumbs: crumbs(room, &[], name.clone()),
        lead: catalogue::sku_by_id(sku).map_or("", |sku| sku.part_number).to_owned(),
        bar: bar(words, &name, units),
        badge: standing(words, units),
        facts: labels.into_iter().zip(figures(words, units)).collect(),
        notes: notes(words, units),
        buttons,
        errors: wrong.unwrap_or_default().list(words),
        q: asked.q.clone(),
        caption: words.t_with("licences-holders", &[arg("product", &name)]),
        holders: found.holders.iter().map(|it| person(room, it)).collect(),
        removes: assigns,
        pager: asked.pager(words, &here, found.holders.len(), found.next.as_ref()),
        here,
    };
    Ok((status, ui::render(&view)?))
}

/// `GET {customer}/licences/{sku}`
pub(crate) async fn one<R: AtCustomer>(
    room: R,
    Last(sku): Last<SkuId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let title = room.visit().words().t("licences-title");
    if let Some(page) = closed(&room, Action::ViewLicences, Door::Behind, title)? {
        return Ok(page);
    }
    Ok(product_page(&room, sku, &asked, None).await?.into_response())
}

/// Those who are chosen from a list.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    users: Vec<String>,
}

fn users(typed: &[String]) -> Result<Vec<UserId>, Error> {
    let read = |text: &String| text.parse().map_err(|_| Error::field("users", Invalid::NotOffered));
    typed.iter().map(read).collect()
}

/// `POST {customer}/licences/{sku}`: takes the licence from those who are ticked.
pub(crate) async fn remove<R: AtCustomer>(
    room: R,
    Last(sku): Last<SkuId>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let title = room.visit().words().t("licences-title");
    if let Some(page) = closed(&room, Action::AssignLicences, Door::Behind, title)? {
        return Ok(page);
    }
    let answer = match users(&chosen.users) {
        Ok(users) => {
            let whom = Whom { users, names: Vec::new() };
            ask(&room, move |app, ctx, customer| operations::remove(app, ctx, customer, sku, whom)).await
        }
        Err(error) => Err(error),
    };
    match answer {
        Ok(_) => Ok(see_other(&format!("{}/{sku}?done=licences-removed", here(&room)))),
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::of(room.visit().words(), &fields);
            Ok(product_page(&room, sku, &Asked::default(), Some(wrong)).await?.into_response())
        }
        Err(error) => Err(error.into()),
    }
}

//! Giving a product's licences to many people: ticked on a page of users, or typed by sign-in name. Who did not get one is named, with
//! the reason and the way on.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::licence::{self as operations, Line, Told, Whom};
use entente_app::user::{self as listing, User};
use entente_app::{Error, Field, Invalid};
use entente_domain::catalogue;
use entente_domain::ids::{SkuId, UserId};
use entente_domain::licence::{self, Because, Outcome};
use entente_domain::policy::Action;
use entente_domain::text::UserPrincipalName;
use serde::Deserialize;

use super::plans::{self, Sent};
use super::{Asked, ROWS, crumbs, figures, here, quantity_form, users, why};
use crate::Problem;
use crate::at_customer::{AtCustomer, Door, ask, closed};
use crate::i18n::Words;
use crate::session::see_other;
use crate::ui::{self, Html, Page, Rendered, arg, badge};
use crate::web::{Form, Last, Query};
use crate::words::product;
use crate::wrong::Wrong;

/// Somebody who can be ticked.
struct Row {
    id: UserId,
    href: String,
    name: String,
    upn: String,
    blocked: bool,
    ticked: bool,
    can: Can,
}

/// Whether somebody can be given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Can {
    BeGiven,
    /// They have it.
    HoldsIt,
    /// Where they use services is not known.
    Nowhere,
}

/// What was chosen and typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    users: Vec<String>,
    names: String,
    shown: Vec<String>,
    on: Vec<String>,
}

impl Typed {
    fn whom(&self) -> Result<Whom, Error> {
        let lines = self.names.split(['\n', ';', ',']).map(str::trim).filter(|it| !it.is_empty());
        let read = |text: &str| UserPrincipalName::parse(text);
        let names = lines.map(read).collect::<Result<Vec<_>, _>>();
        let names = names.map_err(|why| Error::field("names", Invalid::Text(why)))?;
        Ok(Whom { users: users(&self.users)?, names })
    }
}

#[derive(Template)]
#[template(path = "licences/assign.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    here: String,
    list: String,
    left: String,
    grow: Option<ui::Button>,
    errors: ui::Errors,
    q: String,
    rows: Vec<Row>,
    pager: ui::Pager,
    names: ui::Area,
    sku: SkuId,
    plans: Vec<ui::Choice>,
}

async fn line(room: &impl AtCustomer, sku: SkuId) -> Result<Line, Problem> {
    let lines = ask(room, operations::list).await?;
    lines.into_iter().find(|it| it.sku == sku).ok_or_else(Problem::not_found)
}

/// The message of a field, in words about this form.
fn wrong(words: Words, fields: &[Field]) -> Wrong {
    let Some(Field { why: Invalid::OutOfRange { max, .. }, .. }) = fields.iter().find(|it| it.name == "users") else {
        return Wrong::of(words, fields);
    };
    Wrong::said("users", words.t_with("licences-users-range", &[arg("max", *max)]))
}

async fn form(
    room: &impl AtCustomer,
    sku: SkuId,
    asked: &Asked,
    typed: &Typed,
    wrong: Option<Wrong>,
) -> Result<(StatusCode, Rendered), Problem> {
    let words = room.visit().words();
    let line = line(room, sku).await?;
    let search = asked.search();
    let wrong = wrong.or_else(|| search.as_ref().err().map(|why| Wrong::said("q", crate::field_message(words, *why))));
    let rows = if search.is_ok() { ROWS } else { 0 };
    let query = listing::Query { search: search.unwrap_or_default(), standing: None, after: asked.after()? };
    let found = ask(room, move |app, ctx, customer| listing::list(app, ctx, customer, &query, rows)).await?;
    let holds = |user: &User| {
        let held = found.licences.as_ref().and_then(|all| all.get(&user.person.id));
        held.is_some_and(|skus| skus.contains(&sku))
    };
    let answer = |user: &User| licence::give(None, &[], user.details.usage_location.is_some(), &line.units);
    let row = |user: &User| Row {
        id: user.person.id,
        href: format!("{}/users/{}", room.base(), user.person.id),
        name: user.person.name.to_string(),
        upn: user.person.upn.to_string(),
        blocked: !user.person.enabled,
        can: if holds(user) {
            Can::HoldsIt
        } else if answer(user) == Err(Because::NoUsageLocation) {
            Can::Nowhere
        } else {
            // Also when none is left: then the answer names who got none, and the way on.
            Can::BeGiven
        },
        ticked: typed.users.contains(&user.person.id.to_string()),
    };
    let (name, place) = (product(words, &line.product), format!("{}/{sku}", here(room)));
    let here = format!("{place}/assign");
    let title = words.t_with("licences-assign-title", &[arg("product", &name)]);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let wrong = wrong.unwrap_or_default();
    let [_, _, available, _, _] = figures(words, line.units);
    let view = View {
        page: room.page(title.clone()),
        crumbs: crumbs(room, &[(place.clone(), name)], words.t("licences-assign")),
        list: place,
        left: words.t_with("licences-left-lead", &[arg("n", line.units.available()), arg("said", &available)]),
        grow: quantity_form(room, line.grow.filter(|_| line.units.available() == 0)),
        errors: wrong.list(words),
        q: asked.q.clone(),
        rows: found.users.iter().map(row).collect(),
        pager: asked.pager(words, &here, found.users.len(), found.next.as_ref()),
        names: ui::area("names", words.t("licences-names"))
            .value(&typed.names)
            .optional(words.t("form-optional"))
            .hint(words.t("licences-names-hint"))
            .max(20_000)
            .short()
            .error(wrong.get("names")),
        sku,
        plans: catalogue::sku_by_id(sku).map(|sku| plans::ticks(sku, &[])).unwrap_or_default(),
        here,
    };
    Ok((status, ui::render(&view)?))
}

/// `GET {customer}/licences/{sku}/assign`
pub(crate) async fn choose<R: AtCustomer>(
    room: R,
    Last(sku): Last<SkuId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let title = room.visit().words().t("licences-assign");
    if let Some(page) = closed(&room, Action::AssignLicences, Door::Behind, title)? {
        return Ok(page);
    }
    Ok(form(&room, sku, &asked, &Typed::default(), None).await?.into_response())
}

#[derive(Template)]
#[template(path = "licences/told.html")]
struct Results {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    grow: Option<ui::Button>,
    rows: Vec<Fate>,
    back: String,
    again: String,
}

/// What became of one person.
struct Fate {
    name: String,
    href: Option<String>,
    badge: Html,
    said: String,
}

fn result(room: &impl AtCustomer, told: &Told) -> Fate {
    let words = room.visit().words();
    let anchor = match told.answer {
        Err(refused) if refused.because == Because::NoUsageLocation => "#usage_location",
        _ => "",
    };
    let (badge, said) = match told.answer {
        Ok(Outcome::Given | Outcome::Taken) => (badge("ok", words.t("licences-got")), String::new()),
        Ok(Outcome::PlansChanged | Outcome::Nothing) => (badge("", words.t("licences-had")), String::new()),
        Err(refused) => (badge("bad", words.t("licences-got-none")), why(words, refused)),
    };
    let href = told.user.map(|id| format!("{}/users/{id}{anchor}", room.base()));
    Fate { name: told.name.clone(), href, badge, said }
}

async fn results(room: &impl AtCustomer, sku: SkuId, told: &[Told]) -> Result<(StatusCode, Rendered), Problem> {
    let words = room.visit().words();
    let line = line(room, sku).await?;
    let (name, place) = (product(words, &line.product), format!("{}/{sku}", here(room)));
    let without = told.iter().filter(|it| it.answer.is_err()).count();
    let grow = told.iter().find_map(|it| it.answer.err().and_then(|refused| refused.grow));
    // Where somebody got one, something was done; the page still says who did not.
    let status = if without == told.len() { StatusCode::CONFLICT } else { StatusCode::OK };
    let args = [arg("with", told.len() - without), arg("without", without)];
    let view = Results {
        page: room.page(words.t_with("licences-assign-title", &[arg("product", &name)])),
        crumbs: crumbs(room, &[(place.clone(), name)], words.t("licences-assign")),
        lead: words.t_with("licences-told", &args),
        grow: quantity_form(room, grow),
        rows: told.iter().map(|it| result(room, it)).collect(),
        again: format!("{place}/assign"),
        back: place,
    };
    Ok((status, ui::render(&view)?))
}

/// `POST {customer}/licences/{sku}/assign`
pub(crate) async fn assign<R: AtCustomer>(
    room: R,
    Last(sku): Last<SkuId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let title = room.visit().words().t("licences-assign");
    // Whoever may not give any learns that first, not what is wrong with a name.
    if let Some(page) = closed(&room, Action::AssignLicences, Door::Behind, title)? {
        return Ok(page);
    }
    let known = catalogue::sku_by_id(sku).ok_or_else(Problem::not_found)?;
    let answer = match typed.whom().and_then(|whom| Ok((whom, Sent::read(&typed.shown, &typed.on)?))) {
        Ok((whom, sent)) => {
            let excluded = sent.excluded(known, None);
            ask(&room, move |app, ctx, customer| operations::assign(app, ctx, customer, sku, whom, excluded)).await
        }
        Err(error) => Err(error),
    };
    match answer {
        Ok(told) if told.iter().all(|it| it.answer.is_ok()) => {
            Ok(see_other(&format!("{}/{sku}?done=licences-assigned", here(&room))))
        }
        Ok(told) => Ok(results(&room, sku, &told).await?.into_response()),
        Err(Error::Invalid(fields)) => {
            let wrong = wrong(room.visit().words(), &fields);
            Ok(form(&room, sku, &Asked::default(), &typed, Some(wrong)).await?.into_response())
        }
        Err(error) => Err(error.into()),
    }
}

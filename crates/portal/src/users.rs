//! P10 and C9, a customer's users: the list, one record, adding somebody and adding many from a file. The same pages for the
//! customer's own administrators and its partners' people; which buttons there are follows what each may do there now.

pub(crate) mod import;
pub(crate) mod new_user;
pub(crate) mod user;

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::Invalid;
use entente_app::user::{self as operations, After, Order, Query as Listing, Standing, User};
use entente_domain::ids::{SkuId, UserId};
use entente_domain::policy::Action;
use entente_domain::text::SearchText;
use serde::Deserialize;

use crate::at_customer::{AtCustomer, Door, ask, closed};
use crate::i18n::Words;
use crate::trail::{Place, Shown, at as address, pack, unpack};
use crate::ui::{self, Html, Page, badge};
use crate::web::{Form, Nothing, Query, table_file};
use crate::words::directory_roles;
use crate::wrong::Wrong;
use crate::{Problem, key};

/// Users on a page.
const ROWS: i64 = 50;

/// The address of the list.
fn here(room: &impl AtCustomer) -> String {
    format!("{}/users", room.base())
}

/// The way up from a page below the list.
fn crumbs(room: &impl AtCustomer, title: String) -> ui::Crumbs {
    let words = room.visit().words();
    let mut above = room.above();
    above.push((here(room), words.t("users-title")));
    ui::Crumbs { words, above, here: title }
}

/// What the action before a page did; `None` for what these pages never say.
pub(crate) fn done(code: &str) -> Option<&'static str> {
    Some(match code {
        "user-saved" => key!("done-user-saved"),
        "user-blocked" => key!("done-user-blocked"),
        "user-unblocked" => key!("done-user-unblocked"),
        "user-roles" => key!("done-user-roles"),
        "user-deleted" => key!("done-user-deleted"),
        "user-restored" => key!("done-user-restored"),
        "user-restored-without" => key!("done-user-restored-without"),
        "import-started" => key!("done-import-started"),
        "import-stopped" => key!("done-import-stopped"),
        _ => return None,
    })
}

/// How a user stands, as a badge.
fn standing(words: Words, user: &User) -> Html {
    match user.standing() {
        Standing::Active => badge("ok", words.t("users-active")),
        Standing::Blocked => badge("bad", words.t("users-blocked")),
        Standing::Deleted => badge("warn", words.t("users-deleted")),
    }
}

/// What to list, and where in the list the page stands.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    state: Option<String>,
    cursor: Option<String>,
    trail: Option<String>,
    from: Option<u32>,
}

impl Asked {
    fn standing(&self) -> Option<Standing> {
        self.state.as_deref().and_then(Standing::parse)
    }

    fn first_page(&self, here: &str) -> String {
        address(here, &[("q", self.q.trim()), ("state", self.standing().map(Standing::code).unwrap_or_default())])
    }

    /// Text that nothing can begin with finds nothing, and says so under the field.
    fn search(&self) -> Result<Option<SearchText>, Invalid> {
        if self.q.trim().is_empty() {
            return Ok(None);
        }
        SearchText::parse(&self.q).map(Some).map_err(Invalid::Text)
    }

    fn listing(&self, search: Option<SearchText>) -> Result<Listing, Problem> {
        let after =
            self.cursor.as_deref().map(|text| read_cursor(text).ok_or_else(Problem::broken_form)).transpose()?;
        Ok(Listing { search, standing: self.standing(), after })
    }
}

pub(crate) fn write_cursor(after: &After) -> String {
    pack(&format!("{} {} {}", after.by.code(), after.id, after.key))
}

pub(crate) fn read_cursor(text: &str) -> Option<After> {
    let text = unpack(text)?;
    let mut parts = text.splitn(3, ' ');
    let by = Order::parse(parts.next()?)?;
    Some(After { by, id: parts.next()?.parse().ok()?, key: parts.next()?.to_owned() })
}

#[derive(Template)]
#[template(path = "users/list.html")]
struct List {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    buttons: Vec<ui::Button>,
    export: Option<String>,
    here: String,
    errors: ui::Errors,
    asked: Asked,
    state: &'static str,
    segments: ui::Segments,
    filtered: bool,
    deleted: bool,
    licences: bool,
    caption: String,
    rows: Vec<Row>,
    pager: ui::Pager,
}

struct Row {
    href: String,
    name: String,
    upn: String,
    roles: String,
    licences: String,
    last: Html,
    badge: Html,
}

fn row(words: Words, here: &str, user: &User, licences: Option<&HashMap<UserId, Vec<SkuId>>>) -> Row {
    let person = &user.person;
    let held = licences.and_then(|all| all.get(&person.id)).map(Vec::as_slice).unwrap_or_default();
    let held: Vec<String> = held.iter().map(|sku| crate::licences::sku_name(words, *sku)).collect();
    let last = match (user.restorable_until(), user.signed_in_at) {
        (Some(until), _) => ui::day(words, until),
        (None, Some(at)) => ui::day(words, at),
        (None, None) => Html::text(&words.t("users-never")),
    };
    Row {
        href: format!("{here}/{}", person.id),
        name: person.name.to_string(),
        upn: person.upn.to_string(),
        roles: directory_roles(words, &person.directory_roles),
        licences: held.join(&words.t("list-comma")),
        last,
        badge: standing(words, user),
    }
}

fn segments(words: Words, here: &str, asked: &Asked) -> ui::Segments {
    let part = |standing: Option<Standing>, key| {
        let state = standing.map(|it| it.code().to_owned());
        let filters = Asked { q: asked.q.clone(), state, ..Asked::default() };
        ui::Segment {
            href: filters.first_page(here),
            label: words.t(key),
            count: None,
            current: asked.standing() == standing,
        }
    };
    ui::Segments {
        label: words.t("users-standing"),
        parts: vec![
            part(None, key!("users-all")),
            part(Some(Standing::Active), key!("users-active")),
            part(Some(Standing::Blocked), key!("users-blocked")),
            part(Some(Standing::Deleted), key!("users-deleted")),
        ],
    }
}

/// `GET {customer}/users`
pub(crate) async fn show<R: AtCustomer>(room: R, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let words = room.visit().words();
    if let Some(page) = closed(&room, Action::ViewUsers, Door::Front, words.t("users-title"))? {
        return Ok(page);
    }
    let (here, search) = (here(&room), asked.search());
    let status = if search.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let errors = search.as_ref().err().map(|why| Wrong::said("q", crate::field_message(words, *why)));
    let found = match search {
        Ok(search) => {
            let listing = asked.listing(search)?;
            ask(&room, move |app, ctx, customer| operations::list(app, ctx, customer, &listing, ROWS)).await?
        }
        Err(_) => operations::Page { users: Vec::new(), next: None, licences: None },
    };
    let first = asked.first_page(&here);
    let place = Place { cursor: asked.cursor.as_deref(), trail: asked.trail.as_deref(), from: asked.from };
    let next = found.next.as_ref().map(write_cursor);
    let shown = Shown { rows: ROWS, here: found.users.len(), all: None };
    let pager = place.pager(words, &first, shown, next.as_deref());
    let mut buttons = Vec::new();
    if room.may(Action::ManageUsers) {
        buttons.push(ui::link(format!("{here}/import"), words.t("import-title")).icon("clipboard"));
        buttons.push(ui::link(format!("{here}/new"), words.t("users-add")).primary().icon("plus").new_key());
    }
    let deleted = asked.standing() == Some(Standing::Deleted);
    let view = List {
        page: room.page(words.t("users-title")),
        crumbs: ui::Crumbs { words, above: room.above(), here: words.t("users-title") },
        lead: words.t("users-lead"),
        buttons,
        export: room.may(Action::ExportUsers).then(|| {
            address(
                &format!("{here}/export.csv"),
                &[("q", asked.q.trim()), ("state", asked.standing().map(Standing::code).unwrap_or_default())],
            )
        }),
        errors: errors.unwrap_or_default().list(words),
        segments: segments(words, &here, &asked),
        filtered: !asked.q.trim().is_empty() || asked.standing().is_some(),
        state: asked.standing().map(Standing::code).unwrap_or_default(),
        caption: if deleted { words.t("users-caption-deleted") } else { words.t("users-caption") },
        deleted,
        licences: found.licences.is_some() && !deleted,
        rows: found.users.iter().map(|user| row(words, &here, user, found.licences.as_ref())).collect(),
        pager,
        asked,
        here,
    };
    Ok((status, ui::render(&view)?).into_response())
}

/// `POST {customer}/users/export.csv`: what the list shows with these filters, all pages of it. No GET, because that the list left the
/// house is written down.
pub(crate) async fn export<R: AtCustomer>(
    room: R,
    Query(asked): Query<Asked>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let search = asked.search().map_err(|_| Problem::broken_form())?;
    let listing = Asked { cursor: None, ..asked }.listing(search)?;
    let back = here(&room);
    let file = ask(&room, move |app, ctx, customer| operations::export(app, ctx, customer, &listing)).await;
    let file = file.map_err(|error| Problem::from(error).back(back))?;
    table_file("users", room.visit().now, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_were_and_nothing_else_is_one() {
        for by in Order::ALL {
            let id = "0190a5c4-0000-7000-8000-000000000001".parse().unwrap();
            let after = After { by: *by, key: "a b · 光".to_owned(), id };
            assert_eq!(read_cursor(&write_cursor(&after)), Some(after));
        }
        for bad in ["", "x", "QUFB", &pack("name"), &pack("age 0190a5c4-0000-7000-8000-000000000001 a")] {
            assert_eq!(read_cursor(bad), None, "{bad}");
        }
    }
}

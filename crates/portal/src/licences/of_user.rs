//! The licences on a user's page: a tick for each product, with its service plans folded out. Saving sends one difference.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::licence::{self as operations, Change, Licence, Line};
use entente_app::user::User;
use entente_app::{Error, Invalid};
use entente_domain::catalogue;
use entente_domain::ids::{SkuId, UserId};
use entente_domain::licence::{self, Refused};
use entente_domain::policy::Action;
use serde::Deserialize;

use super::plans::{self, Sent};
use super::{quantity_form, sku_name, why};
use crate::Problem;
use crate::at_customer::{AtCustomer, Door, ask, closed};
use crate::session::see_other;
use crate::ui::{self, Html, arg};
use crate::users;
use crate::web::{Form, Last};
use crate::words::product;
use crate::wrong::Wrong;

/// The part of a user's page about licences.
pub(crate) struct Section {
    pub(crate) action: String,
    /// Why nothing can be given yet, with where that is changed.
    pub(crate) location: Option<(String, String)>,
    pub(crate) refused: Option<String>,
    pub(crate) grow: Option<ui::Button>,
    pub(crate) error: Option<String>,
    /// What they hold, for whoever may only look.
    pub(crate) held: Vec<String>,
    pub(crate) products: Vec<Product>,
    pub(crate) changes: bool,
}

/// One product on that page.
pub(crate) struct Product {
    pub(crate) sku: SkuId,
    pub(crate) held: bool,
    pub(crate) tick: ui::Choice,
    pub(crate) plans: Vec<ui::Choice>,
    pub(crate) summary: String,
}

/// Reads the section of a user; none where whoever looks may not know, and for deleted users, who hold nothing.
pub(crate) async fn section(room: &impl AtCustomer, user: &User) -> Result<Option<Section>, Problem> {
    if user.deleted_at.is_some() || !room.may(Action::ViewLicences) {
        return Ok(None);
    }
    let id = user.person.id;
    let lines = ask(room, move |app, ctx, customer| operations::of_user(app, ctx, customer, id)).await?;
    let words = room.visit().words();
    let located = user.details.usage_location.is_some();
    let changes = room.may(Action::AssignLicences);
    let location = (changes && !located).then(|| {
        let place = if room.may(Action::ManageUsers) { "#usage_location".to_owned() } else { String::new() };
        (words.t("licences-needs-location"), place)
    });
    Ok(Some(Section {
        action: format!("{}/users/{id}/licences", room.base()),
        location,
        refused: None,
        grow: None,
        error: None,
        held: lines.iter().filter(|(_, held)| held.is_some()).map(|(line, _)| product(words, &line.product)).collect(),
        products: lines.iter().map(|(line, held)| offered(room, line, held.as_ref(), located)).collect(),
        changes,
    }))
}

fn offered(room: &impl AtCustomer, line: &Line, held: Option<&Licence>, located: bool) -> Product {
    let words = room.visit().words();
    let answer = licence::give(held, held.map_or(&[], |it| &it.excluded), located, &line.units);
    let hint = match (held, answer) {
        (Some(it), _) => words.t_with("licences-since", &[arg("date", &words.date(it.since))]),
        (None, Err(because)) => words.t(super::reason(because)),
        (None, Ok(_)) => words.t_with("licences-left", &[arg("n", line.units.available())]),
    };
    let sku = catalogue::sku_by_id(line.sku);
    let excluded = held.map(|it| it.excluded.as_slice()).unwrap_or_default();
    let plans = sku.map(|sku| plans::ticks(sku, excluded)).unwrap_or_default();
    let on = i64::try_from(plans.len().saturating_sub(excluded.len())).unwrap_or(0);
    let all = i64::try_from(plans.len()).unwrap_or(0);
    let name = product(words, &line.product);
    Product {
        sku: line.sku,
        held: held.is_some(),
        tick: ui::tick("licences[]", name.clone())
            .value(line.sku.to_string())
            .checked(held.is_some())
            .disabled(answer.is_err())
            .hint(Html::from(hint)),
        plans,
        summary: words.t_with("licences-plans-of", &[arg("product", &name), arg("on", on), arg("all", all)]),
    }
}

/// What the section sends: what it showed as held, what is ticked, and the plans.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ticked {
    had: Vec<String>,
    licences: Vec<String>,
    shown: Vec<String>,
    on: Vec<String>,
}

impl Ticked {
    /// The difference to what the form showed, so that what somebody else gave or took meanwhile stays as it is.
    fn change(&self, held: &[(Line, Option<Licence>)]) -> Result<Change, Error> {
        let read = |texts: &[String]| -> Result<Vec<SkuId>, Error> {
            let id = |text: &String| text.parse().map_err(|_| Error::field("licences", Invalid::NotOffered));
            texts.iter().map(id).collect()
        };
        let (had, ticked) = (read(&self.had)?, read(&self.licences)?);
        let sent = Sent::read(&self.shown, &self.on)?;
        let mut give = Vec::new();
        for id in &ticked {
            let sku = catalogue::sku_by_id(*id).ok_or(Error::field("licences", Invalid::NotOffered))?;
            let holds = held.iter().find(|(line, _)| line.sku == *id).and_then(|(_, it)| it.as_ref());
            // What somebody else took away meanwhile is not given again by whoever only left the tick where it was.
            if holds.is_some() || !had.contains(id) {
                give.push((*id, sent.excluded(sku, holds)));
            }
        }
        Ok(Change { give, take: had.into_iter().filter(|id| !ticked.contains(id)).collect() })
    }
}

/// `POST {customer}/users/{uid}/licences`
pub(crate) async fn save<R: AtCustomer>(
    room: R,
    Last(id): Last<UserId>,
    Form(ticked): Form<Ticked>,
) -> Result<Response, Problem> {
    let title = room.visit().words().t("licences-title");
    if let Some(page) = closed(&room, Action::AssignLicences, Door::Behind, title)? {
        return Ok(page);
    }
    let held = ask(&room, move |app, ctx, customer| operations::of_user(app, ctx, customer, id)).await?;
    let answer = match ticked.change(&held) {
        Ok(change) => ask(&room, move |app, ctx, customer| operations::change(app, ctx, customer, id, change)).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(_) => Ok(see_other(&format!("{}/users/{id}?done=licences-saved#licences", room.base()))),
        Err(Error::Licence(refused)) => again(&room, id, Some(refused), None).await,
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::of(room.visit().words(), &fields);
            again(&room, id, None, Some(wrong)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The user's page with what was refused. Nothing has changed, so it shows what they hold.
async fn again(
    room: &impl AtCustomer,
    id: UserId,
    refused: Option<Refused>,
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let words = room.visit().words();
    let status = if refused.is_some() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    // Both fields stand in the one part of the page.
    let error = wrong.and_then(|it| it.get("licences").or_else(|| it.get("plans")));
    let wrong = error.clone().map_or_else(Wrong::default, |text| Wrong::said("licences", text));
    let page = users::user::with_licences(room, id, &wrong, move |section| {
        if let Some(refused) = refused {
            let name = sku_name(words, refused.sku);
            let because = why(words, refused);
            let args = [arg("product", &name), arg("why", &because)];
            section.refused = Some(words.t_with("licences-refused", &args));
            section.grow = quantity_form(room, refused.grow);
        }
        section.error = error;
    });
    Ok((status, page.await?).into_response())
}

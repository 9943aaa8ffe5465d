//! Choosing a password of one's own on the way in, where somebody else set the present one. The page is there only for those who
//! typed that a moment ago; everybody else is led to the beginning.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::context::Me;
use entente_app::sign_in::password;
use entente_app::{Error, Field};
use serde::Deserialize;

use super::step::begin_again;
use super::waiting::Waiting;
use super::{Way, attempt, go_on, portal, way_back};
use crate::session::base;
use crate::ui::{self, Account, Page};
use crate::web::{Form, Query};
use crate::{MaybeSession, Problem, field_message, key, run};

#[derive(Template)]
#[template(path = "sign_in/password.html")]
struct View {
    page: Page,
    action: String,
    back: String,
    account: Account,
    username: String,
    errors: ui::Errors,
    password: ui::Field,
    repeat: ui::Field,
}

#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(rename = "return")]
    back: Option<String>,
    #[serde(default)]
    password: String,
    #[serde(default)]
    repeat: String,
}

async fn waits(who: &MaybeSession, Waiting(token): Waiting) -> Result<Me, Error> {
    let (ctx, audience) = (who.ctx.clone(), who.audience);
    let token = token.ok_or(Error::SignInRequired)?;
    run(&who.app, move |app| password::waiting(app, &ctx, audience, &token)).await
}

/// What was wrong, by field, in the reader's words.
type Said = (&'static str, String);

fn page(who: &MaybeSession, back: &str, me: &Me, wrong: Option<&Said>) -> Result<Response, Problem> {
    let words = who.visit.words();
    let said = |name: &str| wrong.filter(|(field, _)| *field == name).map(|(_, text)| text.clone());
    let field = |name: &'static str, label: String| {
        ui::field(name, label).kind("password").autocomplete("new-password").max(256).required().error(said(name))
    };
    let view = View {
        page: Page::new(&who.visit, portal(who.audience), words.t("choose-title")),
        action: format!("{}/sign-in/password", base(who.audience)),
        back: back.to_owned(),
        account: Account::of(&me.person, &me.tenant),
        username: me.person.upn.to_string(),
        password: field("password", words.t("choose-password")).hint(words.t("choose-hint")),
        repeat: field("repeat", words.t("own-repeat")),
        errors: ui::Errors {
            words,
            items: wrong.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect(),
        },
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, ui::render(&view)?).into_response())
}

/// The page for whoever waits, or the way back to the beginning.
async fn asked(who: &MaybeSession, waiting: Waiting, back: &str, wrong: Option<Said>) -> Result<Response, Problem> {
    match waits(who, waiting).await {
        Ok(me) => page(who, back, &me, wrong.as_ref()),
        Err(Error::SignInRequired) => Ok(begin_again(who.audience, back)),
        Err(error) => Err(error.into()),
    }
}

/// `GET {base}/sign-in/password`
pub(super) async fn show(who: MaybeSession, waiting: Waiting, Query(way): Query<Way>) -> Result<Response, Problem> {
    let back = way_back(who.audience, way.back.as_deref());
    asked(&who, waiting, &back, None).await
}

/// `POST {base}/sign-in/password`
pub(super) async fn take(who: MaybeSession, waiting: Waiting, Form(sent): Form<Sent>) -> Result<Response, Problem> {
    let back = way_back(who.audience, sent.back.as_deref());
    let words = who.visit.words();
    if sent.password != sent.repeat {
        let wrong = Some(("repeat", words.t(key!("own-differ"))));
        return asked(&who, waiting, &back, wrong).await;
    }
    let (audience, Waiting(token)) = (who.audience, waiting.clone());
    let entered = attempt(&who, move |app, ctx| {
        let token = token.ok_or(Error::SignInRequired)?;
        password::finish(app, ctx, audience, &token, &sent.password)
    });
    match entered.await {
        Ok(entered) => go_on(&who, entered, &back).await,
        Err(Error::SignInRequired) => Ok(begin_again(audience, &back)),
        Err(Error::Invalid(fields)) => {
            let wrong = fields.first().map(|Field { why, .. }| ("password", field_message(words, *why)));
            asked(&who, waiting, &back, wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

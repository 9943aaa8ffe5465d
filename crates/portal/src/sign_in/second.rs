//! The second step of a sign-in. The page is there only for those who typed the right password a moment ago; everybody else is led to
//! the beginning.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::context::Me;
use entente_app::sign_in::Audience;
use entente_app::sign_in::second::{self, Pending};
use entente_app::{Answer, Error};
use serde::Deserialize;

use super::waiting::{Waiting, ceremony};
use super::{Way, attempt, go_on, portal, way_back};
use crate::session::{base, see_other, sign_in_path};
use crate::ui::{self, Account, Page};
use crate::web::{Form, Query};
use crate::{MaybeSession, Problem, key, run};

#[derive(Template)]
#[template(path = "sign_in/second.html")]
struct View {
    page: Page,
    action: String,
    back: String,
    account: Option<Account>,
    failed: Option<String>,
    /// The field for codes says whether there is an application.
    application: bool,
    passkey: bool,
    again: String,
}

#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(rename = "do", default)]
    what: String,
    #[serde(rename = "return")]
    back: Option<String>,
    #[serde(default)]
    code: String,
    /// What the authenticator answered; empty the first time.
    #[serde(default)]
    credential: String,
}

/// Who is about to sign in, so that nobody types a code into somebody else's sign-in.
pub(super) fn account(pending: &Pending) -> Account {
    whose(&pending.me)
}

pub(super) fn whose(me: &Me) -> Account {
    Account {
        name: me.person.name.to_string(),
        mail: Some(me.person.upn.to_string()),
        role: me.tenant.name.to_string(),
        switch: None,
    }
}

fn view(who: &MaybeSession, back: String, pending: Option<&Pending>) -> View {
    let words = who.visit.words();
    View {
        page: Page::new(&who.visit, portal(who.audience), words.t("two-title")),
        action: format!("{}/sign-in/second", base(who.audience)),
        again: sign_in_path(who.audience, &back),
        back,
        account: pending.map(account),
        failed: None,
        application: pending.is_none_or(|it| it.enrolled.one_time_codes),
        passkey: pending.is_some_and(|it| it.passkey_here),
    }
}

/// What waits, for a page that shows it.
async fn pending(who: &MaybeSession, Waiting(token): Waiting) -> Result<Pending, Error> {
    let (ctx, audience, origin) = (who.ctx.clone(), who.audience, who.visit.origin.as_str().to_owned());
    let token = token.ok_or(Error::SignInRequired)?;
    run(&who.app, move |app| second::waiting(app, &ctx, audience, &origin, &token)).await
}

/// Back to the beginning.
pub(super) fn begin_again(audience: Audience, back: &str) -> Response {
    see_other(&sign_in_path(audience, back))
}

/// `GET {base}/sign-in/second`
pub(super) async fn show(who: MaybeSession, waiting: Waiting, Query(way): Query<Way>) -> Result<Response, Problem> {
    let back = way_back(who.audience, way.back.as_deref());
    match pending(&who, waiting).await {
        Ok(pending) => Ok(ui::render(&view(&who, back, Some(&pending)))?.into_response()),
        Err(Error::SignInRequired) => Ok(begin_again(who.audience, &back)),
        Err(error) => Err(error.into()),
    }
}

/// `POST {base}/sign-in/second`
pub(super) async fn take(who: MaybeSession, waiting: Waiting, Form(sent): Form<Sent>) -> Result<Response, Problem> {
    let back = way_back(who.audience, sent.back.as_deref());
    let (audience, origin) = (who.audience, who.visit.origin.as_str().to_owned());
    let Waiting(token) = waiting.clone();
    let with_passkey = sent.what == "passkey";
    if with_passkey && sent.credential.is_empty() {
        let ctx = who.ctx.clone();
        let asked = run(&who.app, move |app| {
            let token = token.ok_or(Error::WrongCredentials)?;
            second::begin_passkey(app, &ctx, audience, &origin, &token)
        });
        return Ok(ceremony(&asked.await?));
    }
    let answer = if with_passkey { Answer::Passkey(sent.credential) } else { Answer::typed(&sent.code) };
    let entered = attempt(&who, move |app, ctx| {
        let token = token.ok_or(Error::WrongCredentials)?;
        second::finish(app, ctx, audience, &origin, &token, &answer)
    });
    match entered.await {
        Ok(entered) => go_on(&who, entered, &back).await,
        Err(Error::WrongCredentials) => {
            // Wrong, used up, lapsed and nothing at all look alike, but for the account, which only a living step shows.
            let pending = pending(&who, waiting).await.ok();
            let failed = Some(who.visit.words().t(key!("two-wrong")));
            let page = ui::render(&View { failed, ..view(&who, back, pending.as_ref()) })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

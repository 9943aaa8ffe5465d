//! The second step of a sign-in. The page is there only for those who typed the right password a moment ago; everybody else is led to
//! the beginning.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::sign_in::second::{self, Pending};
use entente_app::{Answer, Error};

use super::step::{self, Sent, Step};
use super::waiting::Waiting;
use super::{Way, go_on, portal, way_back};
use crate::session::sign_in_path;
use crate::ui::{self, Account, Page};
use crate::web::{Form, Query};
use crate::{MaybeSession, Problem, key};

const STEP: Step = Step { name: "second", waiting: second::waiting, begin_passkey: second::begin_passkey };

#[derive(Template)]
#[template(path = "sign_in/second.html")]
struct View {
    page: Page,
    action: String,
    back: String,
    /// Who is about to sign in, so that nobody types a code into somebody else's sign-in.
    account: Option<Account>,
    failed: Option<String>,
    /// The field for codes says whether there is an application.
    application: bool,
    passkey: bool,
    again: String,
}

fn view(who: &MaybeSession, back: String, pending: Option<&Pending>) -> View {
    let words = who.visit.words();
    View {
        page: Page::new(&who.visit, portal(who.audience), words.t("two-title")),
        action: STEP.action(who),
        again: sign_in_path(who.audience, &back),
        back,
        account: pending.map(|it| Account::of(&it.me.person, &it.me.tenant)),
        failed: None,
        application: pending.is_none_or(|it| it.enrolled.one_time_codes),
        passkey: pending.is_some_and(|it| it.passkey_here),
    }
}

/// `GET {base}/sign-in/second`
pub(super) async fn show(who: MaybeSession, waiting: Waiting, Query(way): Query<Way>) -> Result<Response, Problem> {
    let back = way_back(who.audience, way.back.as_deref());
    let page = |it: &Pending| Ok(ui::render(&view(&who, back.clone(), Some(it)))?.into_response());
    STEP.show(&who, waiting, &back, page).await
}

/// `POST {base}/sign-in/second`
pub(super) async fn take(who: MaybeSession, waiting: Waiting, Form(sent): Form<Sent>) -> Result<Response, Problem> {
    if sent.asks_for_ceremony() {
        return STEP.passkey(&who, waiting).await;
    }
    let back = way_back(who.audience, sent.back.as_deref());
    let answer = if sent.with_passkey() { Answer::Passkey(sent.credential) } else { Answer::typed(&sent.code) };
    let entered = step::take(&who, waiting.clone(), move |app, ctx, audience, origin, token| {
        second::finish(app, ctx, audience, origin, token, &answer)
    });
    match entered.await {
        Ok(entered) => go_on(&who, entered, &back).await,
        Err(Error::WrongCredentials) => {
            // Wrong, used up, lapsed and nothing at all look alike, but for the account, which only a living step shows.
            let pending = STEP.pending(&who, waiting).await.ok();
            let failed = Some(who.visit.words().t(key!("two-wrong")));
            let page = ui::render(&View { failed, ..view(&who, back, pending.as_ref()) })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

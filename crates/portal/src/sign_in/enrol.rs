//! Setting up a first second factor on the way in, where the organisation requires one. The recovery codes are on the answer and
//! nowhere else.

use axum::response::{IntoResponse, Response};
use entente_app::Error;
use entente_app::sign_in::enrol::{self, First};
use entente_app::sign_in::second::Pending;
use entente_domain::text::FactorName;
use serde::Deserialize;

use super::second::{account, begin_again};
use super::waiting::{Waiting, ceremony};
use super::{Way, attempt, portal, way_back, with_session};
use crate::security::codes;
use crate::security::setup::{Setup, View};
use crate::session::base;
use crate::ui::{self, Page};
use crate::web::{Form, Query};
use crate::{MaybeSession, Problem, key, run};

#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(rename = "do", default)]
    what: String,
    #[serde(rename = "return")]
    back: Option<String>,
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    /// What the authenticator answered; empty the first time.
    #[serde(default)]
    credential: String,
}

async fn pending(who: &MaybeSession, Waiting(token): Waiting) -> Result<Pending, Error> {
    let (ctx, audience, origin) = (who.ctx.clone(), who.audience, who.visit.origin.as_str().to_owned());
    let token = token.ok_or(Error::SignInRequired)?;
    run(&who.app, move |app| enrol::waiting(app, &ctx, audience, &origin, &token)).await
}

fn page(who: &MaybeSession, back: &str, pending: &Pending, failed: Option<String>) -> Result<Response, Problem> {
    let words = who.visit.words();
    let secret = pending.secret.as_ref().ok_or_else(Problem::internal)?;
    let action = format!("{}/sign-in/enrol", base(who.audience));
    let view = View {
        page: Page::new(&who.visit, portal(who.audience), words.t("enrol-title")),
        lead: words.t("enrol-lead"),
        account: Some(account(pending)),
        setup: Setup::new(&who.app, words, &pending.me.person, secret),
        passkey: pending.passkeys,
        cancel: None,
        failed,
        back: Some(back.to_owned()),
        action,
    };
    view.answer()
}

/// `GET {base}/sign-in/enrol`
pub(super) async fn show(who: MaybeSession, waiting: Waiting, Query(way): Query<Way>) -> Result<Response, Problem> {
    let back = way_back(who.audience, way.back.as_deref());
    match pending(&who, waiting).await {
        Ok(pending) => page(&who, &back, &pending, None),
        Err(Error::SignInRequired) => Ok(begin_again(who.audience, &back)),
        Err(error) => Err(error.into()),
    }
}

/// `POST {base}/sign-in/enrol`
pub(super) async fn take(who: MaybeSession, waiting: Waiting, Form(sent): Form<Sent>) -> Result<Response, Problem> {
    let back = way_back(who.audience, sent.back.as_deref());
    let (audience, origin) = (who.audience, who.visit.origin.as_str().to_owned());
    let Waiting(token) = waiting.clone();
    let with_passkey = sent.what == "passkey";
    if with_passkey && sent.credential.is_empty() {
        let ctx = who.ctx.clone();
        let asked = run(&who.app, move |app| {
            let token = token.ok_or(Error::WrongCredentials)?;
            enrol::begin_passkey(app, &ctx, audience, &origin, &token)
        });
        return Ok(ceremony(&asked.await?));
    }
    let words = who.visit.words();
    let named = FactorName::parse(&sent.name).or_else(|_| FactorName::parse(&words.t("security-passkey-unnamed")));
    let first = match named {
        Ok(name) if with_passkey => First::Passkey(sent.credential, name),
        _ => First::Code(sent.code),
    };
    let entered = attempt(&who, move |app, ctx| {
        let token = token.ok_or(Error::WrongCredentials)?;
        enrol::finish(app, ctx, audience, &origin, &token, &first)
    });
    match entered.await {
        Ok((token, _, codes)) => {
            let page = Page::new(&who.visit, portal(audience), words.t("codes-title"));
            let page = ui::render(&codes::View { page, codes, on: back })?;
            with_session(&who, &token, page.into_response()).await
        }
        Err(Error::WrongCredentials) => match pending(&who, waiting).await {
            Ok(pending) => page(&who, &back, &pending, Some(words.t(key!("two-wrong")))),
            Err(Error::SignInRequired) => Ok(begin_again(audience, &back)),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

//! Setting up a first second factor on the way in, where the organisation requires one. The recovery codes are on the answer and
//! nowhere else.

use axum::response::{IntoResponse, Response};
use entente_app::Error;
use entente_app::sign_in::enrol::{self, First};
use entente_app::sign_in::second::Pending;
use entente_domain::text::FactorName;

use super::step::{self, Sent, Step};
use super::waiting::Waiting;
use super::{Way, portal, way_back, with_session};
use crate::security::codes;
use crate::security::setup::{Setup, View};
use crate::ui::{self, Account, Page};
use crate::web::{Form, Query};
use crate::{MaybeSession, Problem, key};

const STEP: Step = Step { name: "enrol", waiting: enrol::waiting, begin_passkey: enrol::begin_passkey };

fn page(who: &MaybeSession, back: &str, pending: &Pending, failed: Option<String>) -> Result<Response, Problem> {
    let words = who.visit.words();
    let secret = pending.secret.as_ref().ok_or_else(Problem::internal)?;
    let view = View {
        page: Page::new(&who.visit, portal(who.audience), words.t("enrol-title")),
        lead: words.t("enrol-lead"),
        account: Some(Account::of(&pending.me.person, &pending.me.tenant)),
        setup: Setup::new(&who.app, words, &pending.me.person, secret),
        passkey: pending.passkeys,
        cancel: None,
        failed,
        back: Some(back.to_owned()),
        action: STEP.action(who),
    };
    view.answer()
}

/// `GET {base}/sign-in/enrol`
pub(super) async fn show(who: MaybeSession, waiting: Waiting, Query(way): Query<Way>) -> Result<Response, Problem> {
    let back = way_back(who.audience, way.back.as_deref());
    STEP.show(&who, waiting, &back, |it| page(&who, &back, it, None)).await
}

/// `POST {base}/sign-in/enrol`
pub(super) async fn take(who: MaybeSession, waiting: Waiting, Form(sent): Form<Sent>) -> Result<Response, Problem> {
    if sent.asks_for_ceremony() {
        return STEP.passkey(&who, waiting).await;
    }
    let back = way_back(who.audience, sent.back.as_deref());
    let words = who.visit.words();
    let named = FactorName::parse(&sent.name).or_else(|_| FactorName::parse(&words.t("security-passkey-unnamed")));
    let first = match named {
        Ok(name) if sent.with_passkey() => First::Passkey(sent.credential, name),
        _ => First::Code(sent.code),
    };
    let entered = step::take(&who, waiting.clone(), move |app, ctx, audience, origin, token| {
        enrol::finish(app, ctx, audience, origin, token, &first)
    });
    match entered.await {
        Ok((token, _, codes)) => {
            let page = Page::new(&who.visit, portal(who.audience), words.t("codes-title"));
            let page = ui::render(&codes::View { page, codes, on: back })?;
            with_session(&who, &token, page.into_response()).await
        }
        Err(Error::WrongCredentials) => {
            let failed = Some(words.t(key!("two-wrong")));
            STEP.show(&who, waiting, &back, |it| page(&who, &back, it, failed)).await
        }
        Err(error) => Err(error.into()),
    }
}

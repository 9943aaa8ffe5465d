//! "Confirm it is you": asked before something sensitive, with the strongest the person has. The session goes on under a new value.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use entente_app::sign_in::confirm::{self, Shown, Ways};
use entente_app::{Answer, Error};
use entente_domain::factor::Enrolled;
use serde::Deserialize;

use super::step::begin_again;
use super::waiting::{self, Waiting, ceremony};
use super::{Way, federated, portal, way_back};
use crate::i18n::arg;
use crate::session::{base, confirm_path, see_other, session_cookie};
use crate::ui::{self, Account, Page};
use crate::web::{Form, Query};
use crate::{MaybeSession, Problem, key, run};

#[derive(Template)]
#[template(path = "sign_in/confirm.html")]
struct View {
    page: Page,
    action: String,
    back: String,
    account: Account,
    /// Whose password is asked for; nobody's where none counts.
    username: Option<String>,
    failed: Option<String>,
    /// Which code is asked for beside the password.
    enrolled: Enrolled,
    passkey: bool,
    /// What to do at the organisation's own provider, and the words that lead there, where it can be asked.
    provider: Option<(String, String)>,
}

#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(rename = "do", default)]
    what: String,
    #[serde(rename = "return")]
    back: Option<String>,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    /// What the authenticator answered; empty the first time.
    #[serde(default)]
    credential: String,
}

async fn page(who: &MaybeSession, back: String, failed: Option<String>) -> Result<Response, Problem> {
    let Some(me) = &who.me else { return Ok(begin_again(who.audience, &back)) };
    let (ctx, origin) = (who.ctx.clone(), who.visit.origin.as_str().to_owned());
    let Ways { enrolled, passkey_here, provider, kept_here } =
        run(&who.app, move |app| confirm::ways(app, &ctx, &origin)).await?;
    let words = who.visit.words();
    let named = [arg("organisation", me.tenant.name.as_str())];
    let lead = if kept_here { key!("confirm-provider-or") } else { key!("confirm-provider") };
    let status = if failed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = View {
        page: Page::new(&who.visit, portal(who.audience), words.t("confirm-title")),
        action: format!("{}/sign-in/confirm", base(who.audience)),
        account: Account::of(&me.person, &me.tenant),
        username: kept_here.then(|| me.person.upn.to_string()),
        back,
        failed,
        enrolled,
        passkey: passkey_here && kept_here,
        provider: provider.then(|| (words.t_with(lead, &named), words.t_with("federated-go", &named))),
    };
    Ok((status, ui::render(&view)?).into_response())
}

/// `GET {base}/sign-in/confirm`
pub(super) async fn show(who: MaybeSession, Query(way): Query<Way>) -> Result<Response, Problem> {
    let back = way_back(who.audience, way.back.as_deref());
    page(&who, back, None).await
}

/// `POST {base}/sign-in/confirm`
pub(super) async fn take(
    who: MaybeSession,
    Waiting(challenge): Waiting,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let back = way_back(who.audience, sent.back.as_deref());
    let Some(held) = who.token.clone() else {
        return Ok(begin_again(who.audience, &confirm_path(who.audience, &back)));
    };
    let (ctx, audience, origin) = (who.ctx.clone(), who.audience, who.visit.origin.as_str().to_owned());
    // The provider is asked by signing in there anew; whoever comes back has a new session and is where they were.
    if sent.what == "provider"
        && let Some(me) = &who.me
    {
        return match federated::send(&who, me.person.upn.as_str(), (&back, true), false).await? {
            Some(page) => Ok(page),
            None => Ok(see_other(&confirm_path(audience, &back))),
        };
    }
    let with_passkey = sent.what == "passkey";
    if with_passkey && sent.credential.is_empty() {
        let begun = run(&who.app, move |app| confirm::begin_passkey(app, &ctx, audience, &origin)).await?;
        return Ok(waiting::with(&who.visit, audience, Some(&begun.0), ceremony(&begun.1)));
    }
    let shown = if with_passkey {
        Shown { password: None, answer: Some(Answer::Passkey(sent.credential)), challenge }
    } else {
        let answer = (!sent.code.trim().is_empty()).then(|| Answer::typed(&sent.code));
        Shown { password: Some(sent.password), answer, challenge: None }
    };
    match run(&who.app, move |app| confirm::confirm(app, &ctx, audience, &origin, &held, &shown)).await {
        Ok(token) => {
            let mut response = super::arrive(&who, &back)?;
            if let Some(cookie) = who.visit.cookie(&session_cookie(audience), &token.text(), None) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(if with_passkey { waiting::with(&who.visit, audience, None, response) } else { response })
        }
        Err(Error::WrongCredentials) => {
            let failed = who.visit.words().t(key!("confirm-wrong"));
            page(&who, back, Some(failed)).await
        }
        Err(error) => Err(error.into()),
    }
}

//! S1, signing in and out: one page a portal. Where the visitor wanted to go is kept, and the session's value is new every time.

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use entente_app::Error;
use entente_app::sign_in::{self, Audience};
use serde::Deserialize;

use crate::authority::onward;
use crate::session::{self, MaybeSession, audience_of, base, home, run, see_other, session_cookie};
use crate::ui::{self, Page, Portal, Rendered};
use crate::web::{Form, Nothing, Query, ReturnPath, Visit};
use crate::{Problem, key};

/// Sign-in and sign-out of one portal.
pub(crate) fn routes(audience: Audience) -> Router {
    let base = base(audience);
    Router::new()
        .route(&format!("{base}/sign-in"), get(show).post(enter))
        .route(&format!("{base}/sign-out"), post(leave))
}

#[derive(Deserialize)]
struct Way {
    #[serde(rename = "return")]
    back: Option<String>,
    /// Somebody signed in wants to be somebody else.
    #[serde(default)]
    switch: bool,
    /// The name to sign in with, if a program knows it.
    username: Option<String>,
    /// Set after signing out.
    #[serde(default)]
    out: bool,
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    #[serde(rename = "return")]
    back: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignIn {
    page: Page,
    action: String,
    back: String,
    username: String,
    failed: Option<String>,
    signed_out: bool,
    lead: String,
}

/// Only an address of the same portal is a way back: another portal would ask to sign in again.
fn way_back(audience: Audience, wanted: Option<&str>) -> String {
    let path = wanted.and_then(ReturnPath::parse).map(|path| path.to_string());
    let here = |path: &String| audience_of(path.split('?').next().unwrap_or_default()) == Some(audience);
    path.filter(here).unwrap_or_else(|| home(audience).to_owned())
}

fn view(visit: &Visit, audience: Audience, back: String, username: String) -> SignIn {
    let portal = match audience {
        Audience::Partner => Portal::Partner,
        Audience::Customer(_) => Portal::Customer,
        Audience::Authority => Portal::Authority,
    };
    let words = visit.words();
    let lead = match audience {
        Audience::Partner => words.t("sign-in-lead-partner"),
        Audience::Customer(_) => words.t("sign-in-lead-customer"),
        Audience::Authority => words.t("sign-in-lead-authority"),
    };
    SignIn {
        page: Page::new(visit, portal, words.t("sign-in-title")),
        action: format!("{}/sign-in", base(audience)),
        back,
        username,
        failed: None,
        signed_out: false,
        lead,
    }
}

async fn show(who: MaybeSession, Query(way): Query<Way>) -> Result<Response, Problem> {
    let back = way_back(who.audience, way.back.as_deref());
    if who.me.is_some() && !way.switch {
        return Ok(see_other(&back));
    }
    let view = SignIn { signed_out: way.out, ..view(&who.visit, who.audience, back, way.username.unwrap_or_default()) };
    Ok(ui::render(&view)?.into_response())
}

async fn enter(who: MaybeSession, Form(typed): Form<Credentials>) -> Result<Response, Problem> {
    let MaybeSession { app, ctx, visit, audience, token: old, .. } = who.clone();
    let back = way_back(audience, typed.back.as_deref());
    let Credentials { username, password, .. } = typed;
    let (from, upn) = (ctx.clone(), username.clone());
    let entered = run(&app, move |app| {
        let nobody = entente_app::Ctx { person: None, ..from.clone() };
        let entered = sign_in::start(app, &nobody, audience, &upn, &password)?;
        let (token, _) = entered.session().ok_or(Error::WrongCredentials)?;
        if let Some(old) = old {
            // The browser forgets this session now; nobody else may find it alive.
            sign_in::end(app, &from, &old)?;
        }
        Ok(token)
    })
    .await;
    let token = match entered {
        Ok(token) => token,
        Err(Error::WrongCredentials) => return refused(&visit, audience, back, username),
        Err(error) => return Err(error.into()),
    };
    // From here a program's request goes on to the program, which no form of ours may end at.
    let mut response = if audience == Audience::Authority { onward(&who, &back)? } else { see_other(&back) };
    let cookies = [
        visit.cookie(&session_cookie(audience), &token.text(), None),
        visit.cookie(&session::form_cookie(audience), "", Some(0)),
    ];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn refused(visit: &Visit, audience: Audience, back: String, username: String) -> Result<Response, Problem> {
    let failed = Some(visit.words().t(key!("sign-in-wrong")));
    let page: Rendered = ui::render(&SignIn { failed, ..view(visit, audience, back, username) })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn leave(who: MaybeSession, Form(Nothing {}): Form<Nothing>) -> Result<Response, Problem> {
    let MaybeSession { app, ctx, visit, audience, token, .. } = who;
    if let Some(token) = token {
        run(&app, move |app| sign_in::end(app, &ctx, &token)).await?;
    }
    let mut response = see_other(&format!("{}/sign-in?out=1", base(audience)));
    if let Some(gone) = visit.cookie(&session_cookie(audience), "", Some(0)) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    Ok(response)
}

//! S1, signing in and out: one page a portal. Where the visitor wanted to go is kept, and the session's value is new every time.
//!
//! What comes after the password has a file of its own: `second` asks for the second factor, `enrol` sets a first one up,
//! `password` replaces one that somebody else set, `alone` signs in with a passkey, `confirm` asks again before something sensitive. Each works for every audience.

mod alone;
mod confirm;
mod enrol;
mod federated;
mod password;
mod second;
mod step;
pub(crate) mod waiting;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use entente_app::sign_in::{self, Audience, Entered};
use entente_app::{App, Ctx, Error};
use entente_domain::assurance::Next;
use entente_identity::SessionToken;
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
        .route(&format!("{base}/sign-in/passkey"), post(alone::sign_in))
        .route(&format!("{base}/sign-in/second"), get(second::show).post(second::take))
        .route(&format!("{base}/sign-in/password"), get(password::show).post(password::take))
        .route(&format!("{base}/sign-in/enrol"), get(enrol::show).post(enrol::take))
        .route(&format!("{base}/sign-in/confirm"), get(confirm::show).post(confirm::take))
        .route(&format!("{base}/sign-in/federated"), get(federated::come_back))
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
    /// Whoever sends them here wants them asked anew, wherever they sign in.
    #[serde(default)]
    fresh: bool,
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    #[serde(rename = "return")]
    back: Option<String>,
    #[serde(default)]
    fresh: bool,
}

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignIn {
    page: Page,
    action: String,
    back: String,
    username: String,
    fresh: bool,
    failed: Option<String>,
    signed_out: bool,
    lead: String,
    /// Where passkeys work: what their form posts to.
    passkey: Option<String>,
}

/// Only an address of the same portal is a way back: another portal would ask to sign in again.
fn way_back(audience: Audience, wanted: Option<&str>) -> String {
    let path = wanted.and_then(ReturnPath::parse).map(|path| path.to_string());
    let here = |path: &String| audience_of(path.split('?').next().unwrap_or_default()) == Some(audience);
    path.filter(here).unwrap_or_else(|| home(audience).to_owned())
}

/// The frame of this audience's pages.
pub(crate) const fn portal(audience: Audience) -> Portal {
    match audience {
        Audience::Partner => Portal::Partner,
        Audience::Customer(_) => Portal::Customer,
        Audience::Authority => Portal::Authority,
    }
}

/// Whether browsers know passkeys at the address the visitor uses.
fn passkeys_work(app: &App, visit: &Visit) -> bool {
    entente_identity::Passkeys::at(visit.origin.as_str(), &app.settings().vendor).is_some()
}

fn view(app: &App, visit: &Visit, audience: Audience, back: String, username: String) -> SignIn {
    let words = visit.words();
    let lead = match audience {
        Audience::Partner => words.t("sign-in-lead-partner"),
        Audience::Customer(_) => words.t("sign-in-lead-customer"),
        Audience::Authority => words.t("sign-in-lead-authority"),
    };
    SignIn {
        page: Page::new(visit, portal(audience), words.t("sign-in-title")),
        action: format!("{}/sign-in", base(audience)),
        back,
        username,
        fresh: false,
        failed: None,
        signed_out: false,
        lead,
        passkey: passkeys_work(app, visit).then(|| format!("{}/sign-in/passkey", base(audience))),
    }
}

async fn show(who: MaybeSession, Query(way): Query<Way>) -> Result<Response, Problem> {
    let back = way_back(who.audience, way.back.as_deref());
    if who.me.is_some() && !way.switch {
        return Ok(see_other(&back));
    }
    let view = SignIn {
        signed_out: way.out,
        fresh: way.fresh,
        ..view(&who.app, &who.visit, who.audience, back, way.username.unwrap_or_default())
    };
    Ok(ui::render(&view)?.into_response())
}

/// Checks what was typed. An organisation with a provider of its own is led there from here, by the domain of the name, before any
/// password is looked at.
async fn enter(who: MaybeSession, Form(typed): Form<Credentials>) -> Result<Response, Problem> {
    let back = way_back(who.audience, typed.back.as_deref());
    let Credentials { username, password, fresh, .. } = typed;
    // The name alone is enough where its organisation's own provider asks for the rest.
    if password.is_empty()
        && let Some(page) = federated::send(&who, &username, (&back, fresh), false).await?
    {
        return Ok(page);
    }
    let (audience, upn) = (who.audience, username.clone());
    match attempt(&who, move |app, ctx| sign_in::start(app, ctx, audience, &upn, &password)).await {
        Ok(entered) => go_on(&who, entered, &back).await,
        Err(Error::WrongCredentials) => match federated::send(&who, &username, (&back, fresh), true).await? {
            Some(page) => Ok(page),
            None => refused(&who, back, username, fresh),
        },
        Err(error) => Err(error.into()),
    }
}

/// Runs an attempt to sign in as nobody yet, whoever the browser's session is.
async fn attempt<T: Send + 'static>(
    who: &MaybeSession,
    operation: impl FnOnce(&App, &Ctx) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let nobody = Ctx { person: None, proof: None, ..who.ctx.clone() };
    run(&who.app, move |app| operation(app, &nobody)).await
}

/// The page after an attempt that went well: the one wanted, or the step that is still needed.
async fn go_on(who: &MaybeSession, entered: Entered, back: &str) -> Result<Response, Problem> {
    match entered {
        Entered::Session(token, _) => with_session(who, &token, arrive(who, back)?).await,
        Entered::Pending(token, next) => {
            let step = match next {
                Next::Enrol => "enrol",
                Next::NewPassword => "password",
                Next::FirstFactor | Next::SecondFactor | Next::Done => "second",
            };
            let path = format!("{}/sign-in/{step}?return={}", base(who.audience), session::in_query(back));
            Ok(waiting::with(&who.visit, who.audience, Some(&token), see_other(&path)))
        }
    }
}

/// Where the visitor wanted to go. From the authority that leads on to a program, which no form of ours may end at.
fn arrive(who: &MaybeSession, back: &str) -> Result<Response, Problem> {
    if who.audience == Audience::Authority { onward(who, back) } else { Ok(see_other(back)) }
}

/// Gives the browser its session. The one it held ends: the browser forgets it now, and nobody else may find it alive. The cookies of
/// the way here have served.
async fn with_session(who: &MaybeSession, token: &SessionToken, mut response: Response) -> Result<Response, Problem> {
    if let Some(old) = who.token.clone() {
        let ctx = who.ctx.clone();
        run(&who.app, move |app| sign_in::end(app, &ctx, &old)).await?;
    }
    let cookies = [
        who.visit.cookie(&session_cookie(who.audience), &token.text(), None),
        who.visit.cookie(&session::form_cookie(who.audience), "", Some(0)),
    ];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(waiting::with(&who.visit, who.audience, None, response))
}

fn refused(who: &MaybeSession, back: String, username: String, fresh: bool) -> Result<Response, Problem> {
    let failed = Some(who.visit.words().t(key!("sign-in-wrong")));
    let page: Rendered =
        ui::render(&SignIn { fresh, failed, ..view(&who.app, &who.visit, who.audience, back, username) })?;
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

//! Signing in at the organisation's own provider: the page in between, and the way back.
//!
//! The content security policy lets a form lead to our own pages only, so the answer to the form is a page, and that page goes
//! on by itself. The browser keeps a cookie that it has to show on its return: a way back that somebody else began, sent to a
//! victim, signs the victim in as nobody (RFC 6749 section 10.12).

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use entente_app::federation::{self, Answer, Begun};
use entente_app::sign_in::{self, Audience};
use entente_app::{App, Ctx, Error};
use entente_domain::federation::{Because, REQUEST_SECONDS};
use entente_identity::VisitToken;
use serde::Deserialize;

use super::{entered_with, way_back};
use crate::i18n::arg;
use crate::session::{self, MaybeSession, run, sign_in_path};
use crate::ui::{self, Page, Portal};
use crate::web::{Query, Visit};
use crate::{Problem, key};

#[derive(Template)]
#[template(path = "sign_in/federated.html")]
struct View {
    page: Page,
    lead: String,
    url: String,
    go: String,
    failed: Option<String>,
}

/// Somebody who typed a name, and wants to go somewhere.
pub(super) struct Away<'a> {
    pub(super) app: &'a App,
    pub(super) ctx: &'a Ctx,
    pub(super) visit: &'a Visit,
    pub(super) audience: Audience,
    pub(super) back: &'a str,
    pub(super) name: &'a str,
}

impl Away<'_> {
    /// The page that leads to the provider; none when the name's domain has none. After a `wrong` password it waits for the
    /// visitor, who may have meant the password.
    pub(super) async fn send(&self, wrong: bool) -> Result<Option<Response>, Problem> {
        let (visit, audience) = (self.visit, self.audience);
        let token = VisitToken::generate(self.app.random());
        let (ctx, name, back) = (Ctx { person: None, ..self.ctx.clone() }, self.name.to_owned(), self.back.to_owned());
        let browser = token.clone();
        let begun = run(self.app, move |app| federation::begin(app, &ctx, audience, &name, (&browser, &back))).await;
        let Begun { organisation, url } = match begun {
            Ok(Some(begun)) => begun,
            Ok(None) => return Ok(None),
            // Whoever typed a password gets the answer to that.
            Err(Error::Federation(_)) if wrong => return Ok(None),
            Err(error) => return Err(explained(error, audience)),
        };
        let words = visit.words();
        let portal = match audience {
            Audience::Partner => Portal::Partner,
            Audience::Customer(_) => Portal::Customer,
        };
        let named = [arg("organisation", organisation.as_str())];
        let next = HeaderValue::from_str(&format!("0; url={url}")).map_err(|_| Problem::internal())?;
        let view = View {
            page: Page::new(visit, portal, words.t_with("federated-title", &named)),
            lead: words.t_with("federated-lead", &named),
            url,
            go: words.t_with("federated-go", &named),
            failed: wrong.then(|| words.t("sign-in-wrong")),
        };
        let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let mut response = (status, ui::render(&view)?).into_response();
        if !wrong {
            // What `<meta http-equiv="refresh">` does, without a place in the head of every page.
            response.headers_mut().insert(HeaderName::from_static("refresh"), next);
        }
        let cookie = visit.cookie(&session::visit_cookie(audience), &token.text(), Some(REQUEST_SECONDS));
        response.headers_mut().extend(cookie.map(|it| (header::SET_COOKIE, it)));
        Ok(Some(response))
    }
}

/// What a provider adds to the address it sends people back to (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207). An `error` is
/// told by the missing code; its text is the provider's and shown to nobody.
#[derive(Deserialize)]
pub(super) struct Brought {
    #[serde(default)]
    state: String,
    code: Option<String>,
    iss: Option<String>,
}

/// `GET {base}/sign-in/federated`: the one GET that begins something, since the protocol brings people back by a redirect.
/// It works once, and only in the browser that was sent away.
pub(super) async fn come_back(
    who: MaybeSession,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Result<Response, Problem> {
    let MaybeSession { app, ctx, visit, audience, token: old, .. } = who;
    let browser = session::visit_token(&headers, &visit, audience);
    let answer = Answer { state: brought.state, code: brought.code, issuer: brought.iss };
    let entered = run(&app, move |app| {
        let entered =
            federation::finish(app, &Ctx { person: None, ..ctx.clone() }, audience, &answer, browser.as_ref())?;
        if let Some(old) = old {
            // The browser forgets this session now; nobody else may find it alive.
            sign_in::end(app, &ctx, &old)?;
        }
        Ok(entered)
    })
    .await
    .map_err(|error| explained(error, audience))?;
    let back = way_back(audience, Some(&entered.return_path));
    let mut response = entered_with(&visit, audience, &entered.token, &back);
    let gone = visit.cookie(&session::visit_cookie(audience), "", Some(0));
    response.headers_mut().extend(gone.map(|it| (header::SET_COOKIE, it)));
    Ok(response)
}

/// A refusal with the way back to where everybody can try again.
fn explained(error: Error, audience: Audience) -> Problem {
    let again = matches!(&error, Error::Federation(refused) if refused.because != Because::LastWayIn);
    let problem = Problem::from(error);
    if again { problem.action(sign_in_path(audience, "/"), key!("federated-again")) } else { problem }
}

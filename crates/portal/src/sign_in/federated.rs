//! Signing in at the organisation's own provider: the page in between, and the way back.
//!
//! The content security policy lets a form lead to our own pages only, so the answer to the form is a page, and that page goes
//! on by itself. The browser keeps a cookie that it has to show on its return: a way back that somebody else began, sent to a
//! victim, signs the victim in as nobody (RFC 6749 section 10.12).

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use entente_app::Error;
use entente_app::federation::{self, Answer, Begun, Leaving};
use entente_app::sign_in::Audience;
use entente_domain::federation::{Because, REQUEST_SECONDS};
use entente_identity::VisitToken;
use serde::Deserialize;

use super::{attempt, go_on, portal, way_back};
use crate::i18n::arg;
use crate::session::{self, MaybeSession, sign_in_path};
use crate::ui::{self, Page};
use crate::web::Query;
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

/// The page that leads somebody who typed a name to the provider; none when the name's domain has none. After a `wrong` password it
/// waits for the visitor, who may have meant the password. Where a `fresh` proof is wanted, the provider has to ask anew.
pub(super) async fn send(
    who: &MaybeSession,
    name: &str,
    (back, fresh): (&str, bool),
    wrong: bool,
) -> Result<Option<Response>, Problem> {
    let (visit, audience) = (&who.visit, who.audience);
    let token = VisitToken::generate(who.app.random());
    let (name, back, browser) = (name.to_owned(), back.to_owned(), token.clone());
    let begun = attempt(who, move |app, ctx| {
        federation::begin(app, ctx, audience, &name, Leaving { visit: &browser, return_path: &back, fresh })
    });
    let Begun { organisation, url } = match begun.await {
        Ok(Some(begun)) => begun,
        Ok(None) => return Ok(None),
        // Whoever typed a password gets the answer to that.
        Err(Error::Federation(_)) if wrong => return Ok(None),
        Err(error) => return Err(explained(error, audience)),
    };
    let words = visit.words();
    let named = [arg("organisation", organisation.as_str())];
    let mut page = Page::new(visit, portal(audience), words.t_with("federated-title", &named));
    if !wrong {
        page = page.onward(url.as_str());
    }
    let view = View {
        page,
        lead: words.t_with("federated-lead", &named),
        url,
        go: words.t_with("federated-go", &named),
        failed: wrong.then(|| words.t("sign-in-wrong")),
    };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = (status, ui::render(&view)?).into_response();
    let cookie = visit.cookie(&session::visit_cookie(audience), &token.text(), Some(REQUEST_SECONDS));
    response.headers_mut().extend(cookie.map(|it| (header::SET_COOKIE, it)));
    Ok(Some(response))
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
    let audience = who.audience;
    let browser = session::visit_token(&headers, &who.visit, audience);
    let answer = Answer { state: brought.state, code: brought.code, issuer: brought.iss };
    let arrived = attempt(&who, move |app, ctx| federation::finish(app, ctx, audience, &answer, browser.as_ref()))
        .await
        .map_err(|error| explained(error, audience))?;
    let back = way_back(audience, Some(&arrived.return_path));
    let mut response = go_on(&who, arrived.entered, &back).await?;
    let gone = who.visit.cookie(&session::visit_cookie(audience), "", Some(0));
    response.headers_mut().extend(gone.map(|it| (header::SET_COOKIE, it)));
    Ok(response)
}

/// A refusal with the way back to where everybody can try again.
fn explained(error: Error, audience: Audience) -> Problem {
    let again = matches!(&error, Error::Federation(refused) if refused.because != Because::LastWayIn);
    let problem = Problem::from(error);
    if again { problem.action(sign_in_path(audience, "/"), key!("federated-again")) } else { problem }
}

//! `GET /{tenant}/oauth2/v2.0/authorize`: a program sends a person here; signed in, they go back with a code. `POST` brings the same
//! request in a form.

use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::Error;
use entente_app::authority::authorize::{self, Back, Checked, Mode, Unanswerable};
use entente_app::authority::{Kind, Params, Refusal};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};

use super::{ask, sign_in};
use crate::session::{in_query, see_other};
use crate::ui::{self, Account, Page, Portal};
use crate::web::{Fields, FormBody, FormTarget, ReturnPath};
use crate::{MaybeSession, Problem, key};

/// What stands as it is in the first part of an address: names of directories, of domains and ids.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.');

/// Names and values of a query, decoded as strictly as every form.
fn params(query: Option<&str>) -> Result<Params, Problem> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes()).ok_or_else(Problem::broken_form)?;
    Params::new(fields.into_pairs()).map_err(|refusal| Error::from(refusal).into())
}

/// The address of a request, as far as one can be carried through a sign-in and back.
fn address(place: &str, query: &str) -> Result<String, Problem> {
    // A slash at its beginning would make a host of the rest.
    let address = format!("/{}/oauth2/v2.0/authorize?{query}", utf8_percent_encode(place, SEGMENT));
    if address.len() > ReturnPath::MAX {
        return Err(Problem::status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    Ok(address)
}

/// A query with these parameters left out, so that what they asked for is not asked again.
fn without(query: &str, names: &[&str]) -> String {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !names.contains(&pair.split('=').next().unwrap_or_default()))
        .filter(|pair| !pair.is_empty())
        .collect();
    kept.join("&")
}

/// The request a form brings, as an address: every parameter as it was sent, the doubled and the broken ones too, so that one place
/// checks them all.
pub(super) async fn lead_on(Path(place): Path<String>, FormBody(body): FormBody) -> Result<Response, Problem> {
    // What a form may hold as it is and an address may not.
    const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\\');
    Ok(see_other(&address(&place, &percent_encode(&body, UNSAFE).to_string())?))
}

pub(super) async fn show(
    s: MaybeSession,
    Path(place): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = params(query.as_deref())?;
    let (at, asked) = (place.clone(), params);
    let checked = ask(&s, move |app, ctx| Ok(authorize::check(app, ctx, &at, &asked))).await?;
    let checked = match checked {
        Ok(checked) => checked,
        Err(Unanswerable::Shown(error)) => return Err(error.into()),
        Err(Unanswerable::Sent(back, refusal)) => return answer(&s, &back, &refused(&back, &refusal)),
    };
    // An age of zero has become a wish for a new sign-in; any other is measured on what is brought back too.
    let met: &[&str] = if checked.max_age.is_none() { &["prompt", "max_age"] } else { &["prompt"] };
    let here = address(&place, &without(query.as_deref().unwrap_or_default(), met))?;
    let fresh = s.ctx.proof.as_ref().is_some_and(|proof| checked.is_recent(proof, s.visit.now));
    if s.me.is_none() || !fresh || checked.prompt.login {
        if checked.prompt.none {
            let refusal = Refusal::new(Kind::LoginRequired, 50_058, "Nobody is signed in, and no page may be shown.");
            return answer(&s, &checked.back, &refused(&checked.back, &refusal));
        }
        return Ok(sign_in(&here, (s.me.is_some(), checked.wants_fresh()), checked.login_hint.as_deref()));
    }
    if checked.prompt.select_account {
        return Ok(choose(&s, &checked, &here)?.into_response());
    }
    let asked = checked.clone();
    match ask(&s, move |app, ctx| authorize::issue(app, ctx, &asked)).await {
        Ok(it) => answer(&s, &checked.back, &[("code", it.code.text()), ("iss", it.issuer)]),
        Err(Error::SignInRequired) => Ok(sign_in(&here, (false, false), checked.login_hint.as_deref())),
        Err(Error::Authority(refusal)) if checked.prompt.none => {
            answer(&s, &checked.back, &refused(&checked.back, &refusal))
        }
        Err(Error::Authority(refusal)) => Err(dead_end(&s, &checked, *refusal, &here)),
        Err(error) => Err(error.into()),
    }
}

/// Signed in, but not as somebody who may: the page says why, and leads to another account or back to the program.
fn dead_end(s: &MaybeSession, checked: &Checked, refusal: Refusal, here: &str) -> Problem {
    // Where a form has to carry the answer, the request without a page makes it.
    let back = located(&checked.back, &refused(&checked.back, &refusal));
    let back = back.unwrap_or_else(|| format!("{here}&prompt=none"));
    let mut problem = Problem::from(Error::from(refusal));
    if let Some(me) = &s.me {
        problem = problem.account(Account::of(&me.person, &me.tenant));
    }
    let other = format!("/authority/sign-in?return={}&switch=1", in_query(here));
    problem.action(other, key!("refused-switch")).action(back, key!("authorize-back"))
}

#[derive(Template)]
#[template(path = "authority/choose.html")]
struct Choose {
    page: Page,
    lead: String,
    name: String,
    upn: String,
    organisation: String,
    go: String,
    other: String,
}

fn choose(s: &MaybeSession, checked: &Checked, here: &str) -> Result<ui::Rendered, Problem> {
    let words = s.visit.words();
    let Some(me) = &s.me else { return Err(Problem::internal()) };
    let lead = words.t_with("authorize-choose-lead", &[ui::arg("application", checked.application.name.as_str())]);
    ui::render(&Choose {
        page: Page::new(&s.visit, Portal::Authority, words.t("authorize-choose-title")),
        lead,
        name: me.person.name.to_string(),
        upn: me.person.upn.to_string(),
        organisation: me.tenant.name.to_string(),
        go: here.to_owned(),
        other: format!("/authority/sign-in?return={}&switch=1", in_query(here)),
    })
}

/// A refusal for the application, with who refuses (RFC 9207).
fn refused(back: &Back, refusal: &Refusal) -> Vec<(&'static str, String)> {
    vec![
        ("error", refusal.kind.code().to_owned()),
        ("error_description", refusal.to_string()),
        ("iss", back.issuer.clone()),
    ]
}

#[derive(Template)]
#[template(path = "authority/post.html")]
struct Post {
    page: Page,
    action: String,
    fields: Vec<(&'static str, String)>,
}

/// Sends the answer to the application the way it asked for.
fn answer(s: &MaybeSession, back: &Back, said: &[(&'static str, String)]) -> Result<Response, Problem> {
    if let Some(place) = located(back, said) {
        return Ok(see_other(&place));
    }
    let words = s.visit.words();
    let mut fields = said.to_vec();
    fields.extend(back.state.clone().map(|state| ("state", state)));
    let page = Page::new(&s.visit, Portal::Authority, words.t("authorize-going-title"));
    let mut response = ui::render(&Post { page, action: back.uri.clone(), fields })?.into_response();
    response.extensions_mut().insert(FormTarget::of(&back.uri));
    Ok(response)
}

/// The address that carries the answer; none when a form has to.
fn located(back: &Back, said: &[(&'static str, String)]) -> Option<String> {
    let state = back.state.as_ref().map(|state| ("state", state.clone()));
    let pairs: Vec<String> =
        said.iter().cloned().chain(state).map(|(name, value)| format!("{name}={}", in_query(&value))).collect();
    let pairs = pairs.join("&");
    match back.mode {
        Mode::Query if back.uri.contains('?') => Some(format!("{}&{pairs}", back.uri)),
        Mode::Query => Some(format!("{}?{pairs}", back.uri)),
        Mode::Fragment => Some(format!("{}#{pairs}", back.uri)),
        Mode::FormPost => None,
    }
}

//! The authority's pages: what a person sees between a program that wants them to sign in and the answer it gets.
//!
//! They live beside the machine routes of the same addresses (`entente-api`), but inside the shell of all pages: cookies, forms
//! and words are the portals'. Sign-in itself is `crate::sign_in` with the audience of the authority.

mod authorize;
mod device;
mod leave;

use askama::Template;
use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use entente_app::{App, Ctx, Error};

use crate::session::in_query;
use crate::ui::{self, Page, Portal};
use crate::{MaybeSession, Problem};

/// The pages of the authority.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/{place}/oauth2/v2.0/authorize", get(authorize::show))
        .route("/{place}/oauth2/v2.0/logout", get(leave::confirm).post(leave::leave))
        .route("/devicelogin", get(device::show).post(device::act))
}

/// What other sites' pages post to the authority. Outside of the layer that reads cookies: browsers send none along with such a
/// form, and the answer must not set any in place of those they hold.
pub(crate) fn open_routes() -> Router {
    Router::new().route("/{place}/oauth2/v2.0/authorize", post(authorize::lead_on))
}

/// Runs an operation for whoever is here.
async fn ask<T: Send + 'static>(
    s: &MaybeSession,
    operation: impl FnOnce(&App, &Ctx) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let ctx = s.ctx.clone();
    crate::run(&s.app, move |app| operation(app, &ctx)).await
}

/// To the authority's sign-in page, and back to `path` afterwards. Where a `fresh` proof is wanted, an organisation's own provider is
/// told to ask anew, or it would answer out of the session it has.
fn sign_in(path: &str, (switch, fresh): (bool, bool), hint: Option<&str>) -> Response {
    let switch = if switch { "&switch=1" } else { "" };
    let fresh = if fresh { "&fresh=1" } else { "" };
    // Only a sign-in name fills the field; tools also send domains.
    let hint = hint.filter(|it| it.contains('@')).map(|it| format!("&username={}", in_query(it))).unwrap_or_default();
    crate::see_other(&format!("/authority/sign-in?return={}{switch}{fresh}{hint}", in_query(path)))
}

#[derive(Template)]
#[template(path = "onward.html")]
struct Onward {
    page: Page,
    to: String,
}

/// A page that leads on by itself, to another site after a form: our policy lets no form end elsewhere, so the way on is a
/// navigation of its own, and a link for whoever is not taken along.
pub(crate) fn onward(s: &MaybeSession, to: &str) -> Result<Response, Problem> {
    let page = Page::new(&s.visit, Portal::Authority, s.visit.words().t("authorize-going-title")).onward(to);
    Ok(ui::render(&Onward { page, to: to.to_owned() })?.into_response())
}

//! C10, the customer's own provider of identity.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use entente_app::Error;
use entente_app::sign_in::Audience;

use super::stop::Stop;
use super::{after, page};
use crate::CustomerSession;
use crate::provider::{Panel, Place, Typed};
use crate::ui::{self, Page};
use crate::web::Form;

pub(super) const HERE: &str = "/settings/sign-in";

#[derive(Template)]
#[template(path = "customer/provider.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    panel: Panel,
}

fn place<'a>(s: &'a CustomerSession, here: &'a str) -> Place<'a> {
    Place { app: &s.app, ctx: &s.ctx, words: s.visit.words(), audience: Audience::Customer(s.cloud), here }
}

fn render(s: &CustomerSession, panel: Panel, status: StatusCode) -> Result<Response, Stop> {
    let words = s.visit.words();
    let crumbs =
        ui::Crumbs { words, above: vec![(s.path("/settings"), words.t("me-title"))], here: words.t("provider-title") };
    let view = View { page: page(s, words.t("provider-title"), "/settings"), crumbs, panel };
    Ok((status, ui::render(&view)?).into_response())
}

pub(super) async fn show(s: CustomerSession) -> Result<Response, Stop> {
    let panel = place(&s, &s.path(HERE)).panel().await?;
    render(&s, panel, StatusCode::OK)
}

pub(super) async fn act(s: CustomerSession, Form(typed): Form<Typed>) -> Result<Response, Stop> {
    let here = s.path(HERE);
    match place(&s, &here).act(&typed).await {
        Ok(done) => Ok(after(&here, done)),
        Err(Error::Invalid(fields)) => {
            let panel = place(&s, &here).refused(&typed, &fields).await?;
            render(&s, panel, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(error.into()),
    }
}

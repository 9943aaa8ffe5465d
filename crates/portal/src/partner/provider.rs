//! P22, the partner's own provider of identity.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use entente_app::Error;
use entente_app::sign_in::Audience;

use super::{Desk, after, settings};
use crate::provider::{Panel, Place, Typed};
use crate::ui::{self, Page, Rendered};
use crate::web::Form;
use crate::{PartnerSession, Problem};

pub(super) const HERE: &str = "/partner/settings/sign-in";

#[derive(Template)]
#[template(path = "partner/provider.html")]
struct View {
    page: Page,
    tabs: ui::Segments,
    panel: Panel,
}

fn place(s: &PartnerSession) -> Place<'_> {
    Place { app: &s.app, ctx: &s.ctx, words: s.visit.words(), audience: Audience::Partner, here: HERE }
}

fn render(desk: &Desk, panel: Panel) -> Result<Rendered, Problem> {
    let words = desk.s.visit.words();
    let page = desk.page(words.t("provider-title"), settings::HERE);
    ui::render(&View { page, tabs: settings::tabs(&desk.s, HERE), panel })
}

/// `GET /partner/settings/sign-in`
pub(super) async fn show(desk: Desk) -> Result<Rendered, Problem> {
    let panel = place(&desk.s).panel().await?;
    render(&desk, panel)
}

/// `POST /partner/settings/sign-in`
pub(super) async fn act(s: PartnerSession, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    match place(&s).act(&typed).await {
        Ok(done) => Ok(after(HERE, done)),
        Err(Error::Invalid(fields)) => {
            let panel = place(&s).refused(&typed, &fields).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&Desk::of(s).await?, panel)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

//! C1, what a link shows to whoever opens it, mail scanners included: who writes and what kind of request it is,
//! nothing else. Opening changes nothing, however often.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use entente_app::acceptance::{self, Review};
use entente_app::{Error, sign_in::Audience};
use entente_domain::acceptance::Refusal;
use serde::Deserialize;

use super::link::Way;
use super::stop::Stop;
use super::{ask_any, refused};
use crate::session::{see_other, sign_in_path};
use crate::ui::{self, Page, Portal};
use crate::web::Query;
use crate::{MaybeSession, words};

#[derive(Template)]
#[template(path = "customer/landing.html")]
struct Landing {
    page: Page,
    partner: String,
    place: String,
    sender: String,
    companion: Option<String>,
    sign_in: String,
    valid: Option<String>,
}

/// What the link asks, for whoever looks; the page for a link that is none otherwise.
pub(super) async fn look(s: &MaybeSession, way: &Way) -> Result<Review, Stop> {
    let Some(opened) = way.opened.clone() else { return Err(refused::invalid(s, None)?.into()) };
    let cloud = s.cloud();
    match ask_any(s, move |app, ctx| acceptance::review(app, ctx, &opened, cloud)).await {
        Ok(review) => Ok(review),
        Err(Error::Acceptance(Refusal::InviteInvalid)) => Err(refused::invalid(s, None)?.into()),
        Err(error) => Err(error.into()),
    }
}

/// The first look.
pub(super) async fn show(s: MaybeSession, way: Way) -> Result<Response, Stop> {
    let review = look(&s, &way).await?;
    match &review.refusal {
        Some(Refusal::SignInRequired) => {}
        Some(refusal) => return Ok(refused::show(&s, &way, &review, refusal)?),
        None => return Ok(see_other(&way.to(&s, "/review"))),
    }
    let words = s.visit.words();
    let page = Page::new(&s.visit, Portal::Customer, super::review::title(words, &review.offer));
    let partner = &review.offer.partner;
    let view = Landing {
        page,
        partner: partner.tenant.name.to_string(),
        place: words.t_with("accept-partner-in", &[ui::arg("country", &words::country(words, partner.tenant.country))]),
        sender: super::review::sender(&s, &review),
        companion: review.offer.companion.as_ref().map(|it| super::review::together(words, &review.offer, it)),
        sign_in: sign_in_path(Audience::Customer(s.cloud()), &way.to(&s, "/review")),
        valid: super::review::valid(words, &review.offer),
    };
    Ok(ui::render(&view)?.into_response())
}

#[derive(Deserialize)]
pub(super) struct Pasted {
    link: Option<String>,
}

/// Takes a whole link that somebody pasted and goes to its page.
pub(super) async fn find(s: MaybeSession, Query(pasted): Query<Pasted>) -> Result<Response, Stop> {
    let text = pasted.link.unwrap_or_default();
    match Way::pasted(&text, s.cloud()) {
        Some(way) => Ok(see_other(&way.to(&s, ""))),
        None => Ok(refused::invalid(&s, Some(text).filter(|text| !text.is_empty()))?),
    }
}

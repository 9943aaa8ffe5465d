//! What is posted about a link: accept, decline, pass on, ask for a new one. Each is one operation that decides by
//! itself; what the page showed before counts for nothing.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use entente_app::{Error, acceptance};
use entente_domain::acceptance::{Choice, Refusal};
use entente_domain::agreement;
use entente_domain::directory::Person;
use entente_domain::ids::UserId;
use entente_domain::text::Reason;
use serde::Deserialize;

use super::link::Way;
use super::review::Typed;
use super::stop::Stop;
use super::{ask_any, landing, refused, review};
use crate::refusal::field_message;
use crate::session::{see_other, sign_in_path};
use crate::ui::{self, Account, Choice as Card, Errors, Page, Portal, arg};
use crate::web::{Form, Nothing, Query};
use crate::{MaybeSession, Problem};

#[derive(Deserialize)]
pub(super) struct Decision {
    decision: Option<String>,
    /// The version of the agreement that was on the page and ticked.
    agreement: Option<String>,
}

/// Accepts, and goes to the proof of it.
pub(super) async fn accept(s: MaybeSession, way: Way, Form(posted): Form<Decision>) -> Result<Response, Stop> {
    let opened = entered(&s, &way)?;
    let privileges = match posted.decision.as_deref() {
        Some("privileges") => true,
        Some("reseller") => false,
        _ => {
            let typed = Typed { decision_wrong: true, ..Typed::default() };
            return shown_again(&s, &way, typed).await;
        }
    };
    let read = posted.agreement.as_deref().and_then(agreement::find).map(|it| it.version);
    let choice = Choice { privileges, agreement: read };
    let cloud = s.cloud();
    let accepted = ask_any(&s, move |app, ctx| acceptance::accept(app, ctx, &opened, cloud, choice)).await;
    let refusal = match accepted {
        Ok(accepted) => return Ok(see_other(&way.with(&s, "/done", &format!("record={}", accepted.consent)))),
        Err(Error::Acceptance(Refusal::InviteInvalid)) => return Ok(refused::invalid(&s, None)?),
        Err(Error::Acceptance(refusal)) => refusal,
        Err(error) => return Err(error.into()),
    };
    if refusal == Refusal::AgreementRequired && posted.agreement.is_none() {
        let typed = Typed { decision: posted.decision, agreement_wrong: true, ..Typed::default() };
        return shown_again(&s, &way, typed).await;
    }
    let review = landing::look(&s, &way).await?;
    Ok(refused::show(&s, &way, &review, &refusal)?)
}

/// The form with its messages; or, when it cannot be filled in any more, the reason for that.
async fn shown_again(s: &MaybeSession, way: &Way, typed: Typed) -> Result<Response, Stop> {
    let review = landing::look(s, way).await?;
    match &review.refusal {
        None => Ok(review::form(s, way, &review, &typed)?),
        Some(refusal) => Ok(refused::show(s, way, &review, refusal)?),
    }
}

/// The link, once somebody is signed in; strangers are led to sign-in and come back to the request.
fn entered(s: &MaybeSession, way: &Way) -> Result<acceptance::Opened, Stop> {
    let Some(opened) = way.opened.clone() else { return Err(refused::invalid(s, None)?.into()) };
    if s.me.is_none() {
        return Err(see_other(&sign_in_path(s.audience, &way.to(s, "/review"))).into());
    }
    Ok(opened)
}

#[derive(Template)]
#[template(path = "customer/decline.html")]
struct Decline {
    page: Page,
    account: Option<Account>,
    partner: String,
    errors: Errors,
    reason: ui::Area,
    here: String,
    back: String,
}

#[derive(Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    unknown: bool,
}

/// Asks whether to decline, and why.
pub(super) async fn confirm_decline(s: MaybeSession, way: Way, Query(why): Query<Why>) -> Result<Response, Stop> {
    entered(&s, &way)?;
    let review = landing::look(&s, &way).await?;
    if let Some(refusal) = &review.refusal {
        return Ok(refused::show(&s, &way, &review, refusal)?);
    }
    let words = s.visit.words();
    let reason = if why.unknown { words.t("decline-unknown") } else { String::new() };
    decline_page(&s, &way, review.offer.partner.tenant.name.as_str(), reason, None)
}

fn decline_page(
    s: &MaybeSession,
    way: &Way,
    partner: &str,
    reason: String,
    wrong: Option<String>,
) -> Result<Response, Stop> {
    let words = s.visit.words();
    let back = way.to(s, "/review");
    let items = wrong.iter().map(|text| ("reason".to_owned(), text.clone())).collect();
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = Decline {
        page: Page::new(&s.visit, Portal::Customer, words.t_with("decline-title", &[arg("partner", partner)])),
        account: review::account(s, &back),
        partner: partner.to_owned(),
        errors: Errors { words, items },
        reason: ui::area("reason", words.t("decline-why"))
            .optional(words.t("form-optional-seen"))
            .value(reason)
            .max(500)
            .short()
            .error(wrong),
        here: way.to(s, "/decline"),
        back,
    };
    Ok((status, ui::render(&view).map_err(Stop::from)?).into_response())
}

#[derive(Deserialize)]
pub(super) struct Declined {
    #[serde(default)]
    reason: String,
}

/// Declines.
pub(super) async fn decline(s: MaybeSession, way: Way, Form(posted): Form<Declined>) -> Result<Response, Stop> {
    let opened = entered(&s, &way)?;
    let typed = posted.reason.trim().to_owned();
    let reason = match Some(typed.as_str()).filter(|text| !text.is_empty()).map(Reason::parse).transpose() {
        Ok(reason) => reason,
        Err(why) => {
            let review = landing::look(&s, &way).await?;
            let message = field_message(s.visit.words(), entente_app::Invalid::Text(why));
            let partner = review.offer.partner.tenant.name.to_string();
            return decline_page(&s, &way, &partner, posted.reason, Some(message));
        }
    };
    let cloud = s.cloud();
    let declined = ask_any(&s, move |app, ctx| acceptance::decline(app, ctx, &opened, cloud, reason)).await;
    match declined {
        Ok(()) => Ok(super::after(&s.path("/partners"), "declined")),
        Err(Error::Acceptance(refusal)) => Ok(because(&s, &way, &refusal).await?),
        Err(error) => Err(error.into()),
    }
}

async fn because(s: &MaybeSession, way: &Way, refusal: &Refusal) -> Result<Response, Stop> {
    let review = landing::look(s, way).await?;
    Ok(refused::show(s, way, &review, refusal)?)
}

#[derive(Template)]
#[template(path = "customer/forward.html")]
struct Forward {
    page: Page,
    lead: String,
    account: Option<Account>,
    errors: Errors,
    administrators: Vec<Card>,
    here: String,
    back: String,
    sent: bool,
}

#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    sent: bool,
}

/// Which administrator to pass the request on to; afterwards, that it was.
pub(super) async fn choose_administrator(
    s: MaybeSession,
    way: Way,
    Query(Sent { sent }): Query<Sent>,
) -> Result<Response, Stop> {
    entered(&s, &way)?;
    forward_page(&s, &way, sent, false).await
}

async fn forward_page(s: &MaybeSession, way: &Way, sent: bool, missing: bool) -> Result<Response, Stop> {
    let review = landing::look(s, way).await?;
    if let Some(refusal) = review.refusal.as_ref().filter(|it| **it != Refusal::NeedsGlobalAdmin) {
        return Ok(refused::show(s, way, &review, refusal)?);
    }
    let words = s.visit.words();
    let admins = ask_any(s, acceptance::forward_targets).await?;
    let own = s.me.as_ref().map(|me| me.person.id);
    let others = admins.iter().filter(|admin| Some(admin.id) != own);
    let partner = review.offer.partner.tenant.name.to_string();
    let wrong = missing.then(|| ("to".to_owned(), words.t("forward-choose")));
    let (title, lead) = if sent {
        (words.t("forward-sent-title"), words.t_with("forward-sent-text", &[arg("partner", &partner)]))
    } else {
        (words.t("forward-title"), words.t_with("forward-lead", &[arg("partner", &partner)]))
    };
    let back = way.to(s, "/review");
    let view = Forward {
        page: Page::new(&s.visit, Portal::Customer, title),
        lead,
        account: review::account(s, &back),
        errors: Errors { words, items: wrong.into_iter().collect() },
        administrators: others.map(card).collect(),
        here: way.to(s, "/forward"),
        back,
        sent,
    };
    let status = if missing { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, ui::render(&view)?).into_response())
}

fn card(admin: &Person) -> Card {
    ui::choice("to", admin.id.to_string(), admin.name.to_string()).hint(masked(admin.mail.as_str())).required()
}

/// An address that its owner's colleagues recognise and nobody else can write to.
fn masked(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

#[derive(Deserialize)]
pub(super) struct To {
    to: Option<String>,
}

/// Passes the request on.
pub(super) async fn forward(s: MaybeSession, way: Way, Form(posted): Form<To>) -> Result<Response, Stop> {
    let opened = entered(&s, &way)?;
    let Some(to) = posted.to else { return forward_page(&s, &way, false, true).await };
    let to: UserId = to.parse().map_err(|_| Problem::not_found())?;
    let cloud = s.cloud();
    match ask_any(&s, move |app, ctx| acceptance::forward(app, ctx, &opened, cloud, to)).await {
        Ok(()) => Ok(see_other(&way.with(&s, "/forward", "sent=1"))),
        Err(Error::Acceptance(refusal)) => Ok(because(&s, &way, &refusal).await?),
        Err(error) => Err(error.into()),
    }
}

/// Tells the sender that somebody wants a new link. Whoever holds the old one may ask, signed in or not.
pub(super) async fn ask_new_link(s: MaybeSession, way: Way, Form(Nothing {}): Form<Nothing>) -> Result<Response, Stop> {
    let Some(opened) = way.opened.clone() else { return Ok(refused::invalid(&s, None)?) };
    match ask_any(&s, move |app, ctx| acceptance::ask_new_link(app, ctx, &opened)).await {
        Ok(()) => Ok(see_other(&way.with(&s, "", "asked=1"))),
        Err(Error::Acceptance(Refusal::InviteInvalid)) => Ok(refused::invalid(&s, None)?),
        Err(Error::Acceptance(refusal)) => Ok(because(&s, &way, &refusal).await?),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_recognised_but_not_told() {
        assert_eq!(masked("ingrid@fjordline.no"), "i•••@fjordline.no");
        assert_eq!(masked("光@光合.cn"), "光•••@光合.cn");
    }
}

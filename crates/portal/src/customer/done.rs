//! C3, the proof: what was granted, by whom, under which number, and what comes next.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use entente_app::acceptance::Review;
use entente_domain::ids::ConsentId;
use entente_domain::invitation::{Asks, State};
use entente_domain::policy::Action;
use entente_domain::relationship::RelationshipKind;
use entente_domain::time::Timestamp;
use serde::Deserialize;

use super::link::Way;
use super::stop::Stop;
use super::{landing, refused};
use crate::session::{see_other, sign_in_path};
use crate::ui::{self, Html, Page, Parties, Portal, arg};
use crate::web::Query;
use crate::{MaybeSession, key, words};

#[derive(Template)]
#[template(path = "customer/done.html")]
struct View {
    page: Page,
    parties: Parties,
    lead: String,
    facts: Vec<(String, Html)>,
    next: Vec<String>,
    partner: String,
    all: String,
}

#[derive(Deserialize)]
pub(super) struct Proof {
    record: Option<String>,
}

/// What was accepted, as the records say it now.
struct Accepted {
    privileges: bool,
    at: Timestamp,
    /// Whether the records name this person as the one who decided.
    mine: bool,
}

pub(super) async fn show(s: MaybeSession, way: Way, Query(proof): Query<Proof>) -> Result<Response, Stop> {
    if s.me.is_none() {
        return Ok(see_other(&sign_in_path(s.audience, &way.to(&s, "/done"))));
    }
    let review = landing::look(&s, &way).await?;
    let Some(accepted) = accepted(&s, &review) else {
        return match &review.refusal {
            Some(refusal) => Ok(refused::show(&s, &way, &review, refusal).await?),
            None => Ok(see_other(&way.to(&s, "/review"))),
        };
    };
    let record = proof.record.and_then(|text| text.parse::<ConsentId>().ok());
    Ok(ui::render(&view(&s, &review, &accepted, record))?.into_response())
}

/// What this administrator accepted of a personal link, or this organisation of a standing one.
fn accepted(s: &MaybeSession, review: &Review) -> Option<Accepted> {
    let me = s.me.as_ref().filter(|me| me.may(Action::AnswerInvitation))?;
    if let Some(invitation) = review.offer.invitation() {
        let State::Accepted { at, by, privileges, .. } = invitation.state else { return None };
        return (by == me.person.id).then_some(Accepted { privileges, at, mine: true });
    }
    let rel = review.existing.iter().find(|it| it.partner == review.offer.partner.tenant.id && it.is_active())?;
    Some(Accepted { privileges: rel.privileges.granted(), at: rel.started_at, mine: false })
}

fn view(s: &MaybeSession, review: &Review, accepted: &Accepted, record: Option<ConsentId>) -> View {
    let words = s.visit.words();
    let offer = &review.offer;
    let partner = offer.partner.tenant.name.to_string();
    let named = [arg("partner", &partner)];
    let (org, person) =
        s.me.as_ref().map_or_else(Default::default, |me| (me.tenant.name.to_string(), me.person.name.to_string()));
    let title = match offer.asks.kind {
        RelationshipKind::Reseller => words.t_with("accepted-title", &named),
        RelationshipKind::Advisor => words.t_with("accepted-title-advisor", &named),
    };
    let granted = if accepted.privileges { key!("accepted-with") } else { key!("accepted-without") };
    let asks = Asks { privileges: accepted.privileges, ..offer.asks };
    let mut facts = vec![(words.t("accepted-what"), Html::text(&words::asks(words, asks)))];
    if let Some(companion) = &offer.companion {
        facts.push((words.t("accepted-together"), Html::text(companion.tenant.name.as_str())));
    }
    if accepted.mine {
        facts.push((words.t("accepted-by"), Html::text(&person)));
    }
    facts.push((words.t("accepted-when"), ui::moment(words, accepted.at)));
    if let Some(record) = record {
        facts.push((words.t("accepted-record"), Html::text(&record.to_string())));
    }
    let mut next = vec![words.t_with("accepted-next-contact", &named)];
    if accepted.privileges {
        next.push(words.t_with("accepted-next-undo", &named));
    } else {
        next.push(words.t_with("accepted-next-again", &named));
    }
    next.push(words.t("accepted-next-mail"));
    let place = words::country(words, offer.partner.tenant.country);
    View {
        page: Page::new(&s.visit, Portal::Customer, title),
        parties: Parties {
            from: (partner.clone(), words.t_with("accept-partner-in", &[arg("country", &place)])),
            to: (org, words.t("accept-your-organisation")),
        },
        lead: words.t_with(granted, &named),
        facts,
        next,
        partner: s.path(&format!("/partners/{}", offer.partner.tenant.id)),
        all: s.path("/partners"),
    }
}

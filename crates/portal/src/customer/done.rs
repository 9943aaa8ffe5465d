//! C3, the proof: what was granted, by whom, under which number, and what comes next.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use entente_app::acceptance::{self, Record};
use entente_domain::agreement;
use entente_domain::ids::ConsentId;
use entente_domain::relationship::RelationshipKind;
use serde::Deserialize;

use super::link::Way;
use super::stop::Stop;
use super::{ask_any, landing, refused};
use crate::i18n::Words;
use crate::session::{see_other, sign_in_path, spoken};
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

pub(super) async fn show(s: MaybeSession, way: Way, Query(proof): Query<Proof>) -> Result<Response, Stop> {
    if way.opened.is_none() {
        return Ok(refused::invalid(&s, None)?);
    }
    let number = proof.record.and_then(|text| text.parse::<ConsentId>().ok());
    if s.me.is_none() {
        let here = number.map_or_else(|| way.to(&s, "/done"), |it| way.with(&s, "/done", &format!("record={it}")));
        return Ok(see_other(&sign_in_path(s.audience, &here)));
    }
    if let Some(number) = number {
        let record = ask_any(&s, move |app, ctx| acceptance::record(app, ctx, number)).await?;
        return Ok(ui::render(&view(&s, &record))?.into_response());
    }
    let review = landing::look(&s, &way).await?;
    match &review.refusal {
        Some(refusal) => Ok(refused::show(&s, &way, &review, refusal)?),
        None => Ok(see_other(&way.to(&s, "/review"))),
    }
}

fn view(s: &MaybeSession, record: &Record) -> View {
    let words = s.visit.words();
    let partner = record.partner.tenant.name.to_string();
    let named = [arg("partner", &partner)];
    let org = s.me.as_ref().map(|me| me.tenant.name.to_string()).unwrap_or_default();
    let mine = s.me.as_ref().is_some_and(|me| me.person.id == record.decided_by);
    let title = match record.granted.kind {
        RelationshipKind::Reseller => words.t_with("accepted-title", &named),
        RelationshipKind::Advisor => words.t_with("accepted-title-advisor", &named),
    };
    let (lead, later) = if record.granted.privileges {
        (key!("accepted-with"), key!("accepted-next-undo"))
    } else {
        (key!("accepted-without"), key!("accepted-next-again"))
    };
    let mut next = vec![words.t_with("accepted-next-contact", &named), words.t_with(later, &named)];
    if mine {
        next.push(words.t("accepted-next-mail"));
    }
    let place = words::country(words, record.partner.tenant.country);
    View {
        page: Page::new(&s.visit, Portal::Customer, title),
        parties: Parties {
            from: (partner.clone(), words.t_with("accept-partner-in", &[arg("country", &place)])),
            to: (org, words.t("accept-your-organisation")),
        },
        lead: words.t_with(lead, &named),
        facts: facts(s, words, record),
        next,
        partner: s.path(&format!("/partners/{}", record.partner.tenant.id)),
        all: s.path("/partners"),
    }
}

fn facts(s: &MaybeSession, words: Words, record: &Record) -> Vec<(String, Html)> {
    let mut facts = vec![(words.t("accepted-what"), Html::text(&words::asks(words, record.granted)))];
    if let Some(companion) = &record.companion {
        facts.push((words.t("accepted-together"), Html::text(companion.tenant.name.as_str())));
    }
    facts.push((words.t("accepted-by"), Html::text(record.name.as_str())));
    facts.push((words.t("accepted-when"), ui::moment(words, record.decided_at)));
    if let Some(agreement) = agreement::find(&record.agreement_version) {
        let text = agreement.rendered(spoken(words.language()), &s.visit.vendor);
        let title = text.lines().next().unwrap_or_default();
        let version = words.date(agreement.valid_from);
        let said = words.t_with("accepted-agreement-version", &[arg("agreement", title), arg("version", &version)]);
        facts.push((words.t("accepted-agreement"), Html::text(&said)));
    }
    facts.push((words.t("accepted-record"), Html::text(&record.id.to_string())));
    facts
}

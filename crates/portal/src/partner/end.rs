//! The two steps back that a partner can take: giving privileges up, and removing the relationship. Each asks once more on
//! a page of its own; with the script the same words stand in a dialog.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::{Error, relationship};
use entente_domain::ids::TenantId;
use entente_domain::policy::Action;
use entente_domain::relationship::{Because, Refused};

use super::account::{Known, active, effects, ending, giving_up, known, only_provider, running};
use super::{Desk, Named, after, ask, require};
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::{Form, Nothing};
use crate::{PartnerSession, Problem};

/// A question before something that is hard to undo.
#[derive(Template)]
#[template(path = "partner/confirm.html")]
pub(super) struct Confirm {
    pub(super) page: Page,
    pub(super) crumbs: ui::Crumbs,
    /// Where the form goes.
    pub(super) here: String,
    /// What follows from it.
    pub(super) effects: Html,
    /// The way back, and its words.
    pub(super) back: String,
    pub(super) keep: String,
    /// The words of the button that does it.
    pub(super) go: String,
}

/// Why a relationship cannot be removed now, with the way to change that.
#[derive(Template)]
#[template(path = "partner/blocked.html")]
struct Blocked {
    page: Page,
    crumbs: ui::Crumbs,
    text: String,
    running: Vec<(String, String)>,
    code: &'static str,
    back: String,
    subscriptions: Option<String>,
}

fn crumbs(desk: &Desk, known: &Known, here: String) -> ui::Crumbs {
    let words = desk.s.visit.words();
    let tenant = &known.record.tenant;
    let above = vec![
        ("/partner/customers".to_owned(), words.t("customers-title")),
        (format!("/partner/customers/{}", tenant.id), tenant.name.to_string()),
    ];
    ui::Crumbs { words, above, here }
}

/// `GET /partner/customers/{id}/remove`
pub(super) async fn confirm(desk: Desk, Named(id): Named<TenantId>) -> Result<Response, Problem> {
    require(&desk.s, Action::EndRelationship)?;
    let known = known(&desk.s, id).await?;
    if let Err(refused) = ending(&desk.s, &known.record) {
        return blocked(&desk, &known, refused);
    }
    let words = desk.s.visit.words();
    let name = known.record.tenant.name.as_str();
    let view = Confirm {
        page: desk.page(words.t_with("end-title", &[arg("customer", name)]), "/partner/customers"),
        crumbs: crumbs(&desk, &known, words.t("end-link")),
        here: format!("/partner/customers/{id}/remove"),
        effects: Html::trusted(effects(&desk.s, name).to_string()),
        back: format!("/partner/customers/{id}"),
        keep: words.t("end-no"),
        go: words.t("end-yes"),
    };
    Ok(ui::render(&view)?.into_response())
}

/// `POST /partner/customers/{id}/remove`
pub(super) async fn end(
    s: PartnerSession,
    Named(id): Named<TenantId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    match ask(&s, move |app, ctx| relationship::end(app, ctx, id)).await {
        Ok(()) => Ok(after("/partner/customers", "ended")),
        Err(Error::Relationship(refused)) => {
            let known = known(&s, id).await?;
            blocked(&Desk::of(s).await?, &known, refused)
        }
        Err(error) => Err(error.into()),
    }
}

fn blocked(desk: &Desk, known: &Known, refused: Refused) -> Result<Response, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let name = known.record.tenant.name.as_str();
    let back = format!("/partner/customers/{}", known.record.tenant.id);
    let (status, text, code) = match refused.because {
        Because::SubscriptionsActive => {
            let n = active(&known.record);
            (StatusCode::CONFLICT, words.t_with("end-blocked", &[arg("n", n)]), refused.because.code())
        }
        Because::OnlyProvider => (StatusCode::FORBIDDEN, only_provider(s, known), "indirect_reseller_cannot_end"),
        _ => return Err(Error::Relationship(refused).into()),
    };
    let running = if refused.because == Because::SubscriptionsActive { running(s, &known.record) } else { Vec::new() };
    let view = Blocked {
        page: desk.page(words.t_with("end-blocked-title", &[arg("customer", name)]), "/partner/customers"),
        crumbs: crumbs(desk, known, words.t("end-link")),
        text,
        subscriptions: (!running.is_empty()).then(|| format!("{back}/subscriptions")),
        running,
        code,
        back,
    };
    Ok((status, ui::render(&view)?).into_response())
}

/// `GET /partner/customers/{id}/give-up`
pub(super) async fn confirm_give_up(desk: Desk, Named(id): Named<TenantId>) -> Result<Rendered, Problem> {
    require(&desk.s, Action::GiveUpPrivileges)?;
    let known = known(&desk.s, id).await?;
    giving_up(&desk.s, &known.record.relationship).map_err(Error::Relationship)?;
    let words = desk.s.visit.words();
    let name = known.record.tenant.name.as_str();
    ui::render(&Confirm {
        page: desk.page(words.t_with("give-up-title", &[arg("customer", name)]), "/partner/customers"),
        crumbs: crumbs(&desk, &known, words.t("give-up-button")),
        here: format!("/partner/customers/{id}/give-up"),
        effects: Html::trusted(format!("<p>{}</p>", Html::text(&words.t("give-up-text")))),
        back: format!("/partner/customers/{id}"),
        keep: words.t("give-up-no"),
        go: words.t("give-up-yes"),
    })
}

/// `POST /partner/customers/{id}/give-up`
pub(super) async fn give_up(
    s: PartnerSession,
    Named(id): Named<TenantId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    ask(&s, move |app, ctx| relationship::give_up_privileges(app, ctx, id)).await?;
    Ok(after(&format!("/partner/customers/{id}"), "given-up"))
}

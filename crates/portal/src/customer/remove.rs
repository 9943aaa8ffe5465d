//! Taking the privileges back: what ends, what stays, and a word to the partner. A dialog with the script, a page
//! without.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use entente_app::relationship::{self, Connected};
use entente_app::{Error, Invalid};
use entente_domain::ids::TenantId;
use entente_domain::relationship::RelationshipKind;
use entente_domain::subscription::Subscription;
use entente_domain::text::Reason;
use serde::Deserialize;

use super::stop::Stop;
use super::{after, ask, page, partners};
use crate::refusal::field_message;
use crate::ui::{self, Area, Crumbs, Errors, Html, Keep, Page, arg};
use crate::web::{Form, Named};
use crate::{CustomerSession, Problem};

/// What the dialog and the page say alike.
#[derive(Template)]
#[template(path = "customer/removal.html")]
pub(super) struct Removal {
    pub(super) dialog: String,
    pub(super) title: String,
    pub(super) action: String,
    lead: String,
    keep: Keep,
    reason: Area,
}

impl Removal {
    /// Everything between the headline and the buttons.
    pub(super) fn body(&self) -> Html {
        self.render().map_or_else(|_| Html::default(), Html::trusted)
    }
}

#[derive(Template)]
#[template(path = "customer/remove.html")]
struct View {
    page: Page,
    crumbs: Crumbs,
    errors: Errors,
    removal: Removal,
    back: String,
}

/// What removing this partner's privileges means.
pub(super) fn removal(s: &CustomerSession, it: &Connected) -> Removal {
    let words = s.visit.words();
    let id = it.partner.tenant.id;
    let partner = it.partner.tenant.name.to_string();
    let named = [arg("partner", &partner)];
    let running: Vec<&Subscription> = it.subscriptions.iter().filter(|sub| sub.is_active()).collect();
    let seats: i64 = running.iter().filter_map(|sub| sub.quantity).sum();
    let stays = match it.relationship.kind {
        RelationshipKind::Reseller => {
            words.t_with("remove-stays", &[arg("partner", &partner), arg("s", running.len()), arg("u", seats)])
        }
        RelationshipKind::Advisor => words.t_with("remove-stays-advisor", &named),
    };
    let ends = words.rich("remove-roles", &[("roles", Html::strong(&partners::roles(words)))]);
    let lines = vec![
        ("x", "no", ends),
        ("check", "yes", Html::text(&stays)),
        ("check", "yes", Html::text(&words.t("remove-owes"))),
        ("check", "yes", Html::text(&words.t("remove-again"))),
    ];
    let reason = ui::area(format!("reason-{id}"), words.t("remove-why"))
        .named("reason")
        .optional(words.t("form-optional-seen"))
        .max(500)
        .short();
    Removal {
        dialog: format!("rm-{id}"),
        title: words.t_with("remove-title", &named),
        action: s.path(&format!("/partners/{id}/remove")),
        lead: words.t_with("remove-effect", &named),
        keep: Keep { lines },
        reason,
    }
}

/// The partner by its id; a stranger answers like one that does not exist.
pub(super) async fn one(s: &CustomerSession, id: TenantId) -> Result<Connected, Problem> {
    let all = ask(s, relationship::partners).await?;
    all.into_iter().find(|it| it.partner.tenant.id == id).ok_or_else(Problem::not_found)
}

/// Asks first.
pub(super) async fn confirm(s: CustomerSession, Named(id): Named<TenantId>) -> Result<Response, Stop> {
    let it = one(&s, id).await?;
    if !it.relationship.is_active() || !it.relationship.privileges.granted() {
        return Err(Problem::not_found().into());
    }
    show(&s, &it, String::new(), None)
}

fn show(s: &CustomerSession, it: &Connected, typed: String, wrong: Option<String>) -> Result<Response, Stop> {
    let words = s.visit.words();
    let removal = removal(s, it);
    let back = s.path(&format!("/partners/{}", it.partner.tenant.id));
    let name = it.partner.tenant.name.to_string();
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let field = format!("reason-{}", it.partner.tenant.id);
    let items = wrong.iter().map(|text| (field.clone(), text.clone())).collect();
    let view = View {
        page: page(s, removal.title.clone(), "/partners"),
        crumbs: Crumbs {
            words,
            above: vec![(s.path("/partners"), words.t("partners-title")), (back.clone(), name)],
            here: words.t("remove-yes"),
        },
        errors: Errors { words, items },
        removal: Removal { reason: removal.reason.clone().value(typed).error(wrong), ..removal },
        back,
    };
    Ok((status, ui::render(&view)?).into_response())
}

#[derive(Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    reason: String,
}

/// Removes them.
pub(super) async fn remove(
    s: CustomerSession,
    Named(id): Named<TenantId>,
    Form(why): Form<Why>,
) -> Result<Response, Stop> {
    let typed = why.reason.trim();
    let reason = match Some(typed).filter(|text| !text.is_empty()).map(Reason::parse).transpose() {
        Ok(reason) => reason,
        Err(wrong) => {
            let it = one(&s, id).await?;
            let message = field_message(s.visit.words(), Invalid::Text(wrong));
            return show(&s, &it, why.reason, Some(message));
        }
    };
    ask(&s, move |app, ctx| relationship::remove_privileges(app, ctx, id, reason)).await.map_err(
        |error| match error {
            Error::NotFound => Problem::not_found(),
            error => error.into(),
        },
    )?;
    Ok(after(&s.path(&format!("/partners/{id}")), "removed"))
}

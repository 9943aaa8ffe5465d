//! Taking a subscription back asks once more on a page of its own.

use axum::response::Response;
use entente_app::{Error, subscription};
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::Action;

use super::{at, crumbs};
use crate::partner::end::Confirm;
use crate::partner::{Desk, Within, after, ask, require};
use crate::ui::{self, Html, Rendered, arg};
use crate::web::{Form, Nothing};
use crate::words::buying;
use crate::{PartnerSession, Problem};

/// `GET /partner/customers/{id}/subscriptions/{sid}/cancel`
pub(in crate::partner) async fn confirm_cancel(
    desk: Desk,
    Within(id, sid): Within<TenantId, SubscriptionId>,
) -> Result<Rendered, Problem> {
    require(&desk.s, Action::ManageSubscriptions)?;
    let s = &desk.s;
    let found = ask(s, move |app, ctx| subscription::get(app, ctx, id, sid)).await?;
    found
        .subscription
        .clone()
        .cancel(s.visit.now)
        .map_err(|refused| Problem::from(Error::from(refused)).back(at(id, sid)))?;
    let words = s.visit.words();
    let title = buying::title(words, &found.subscription);
    let mut lines = vec![
        ("x", "risk", words.t("sub-cancel-effect-use").into()),
        ("check", "yes", words.t("sub-cancel-effect-bill").into()),
        ("info", "no", words.t("sub-cancel-effect-told").into()),
    ];
    for it in found.add_ons.iter().filter(|it| !it.state.is_over()) {
        let name = [("product", Html::strong(&buying::title(words, it)))];
        lines.insert(1, ("x", "risk", words.rich("sub-cancel-effect-add-on", &name)));
    }
    ui::render(&Confirm {
        page: desk.page(words.t_with("sub-cancel-title", &[arg("product", &title)]), "/partner/customers"),
        crumbs: crumbs(words, &found, title),
        here: format!("{}/cancel", at(id, sid)),
        effects: Html::trusted(ui::Keep { lines }.to_string()),
        back: at(id, sid),
        keep: words.t("sub-cancel-no"),
        go: words.t("sub-cancel-yes"),
    })
}

/// `POST /partner/customers/{id}/subscriptions/{sid}/cancel`
pub(in crate::partner) async fn cancel(
    s: PartnerSession,
    Within(id, sid): Within<TenantId, SubscriptionId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let done = ask(&s, move |app, ctx| subscription::cancel(app, ctx, id, sid)).await;
    done.map_err(|error| Problem::from(error).back(at(id, sid)))?;
    Ok(after(&at(id, sid), "cancelled"))
}

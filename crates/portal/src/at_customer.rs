//! Pages about a customer that its own administrators and its partners' people share. A portal gives its own frame through
//! [`AtCustomer`] and mounts the handlers; what whoever asks may do there is in [`Reach`], as of this request.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::account::Profile;
use entente_app::site::Reach;
use entente_app::{App, Ctx, Error};
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::Action;

use crate::session::spoken;
use crate::ui::{self, Page};
use crate::web::Visit;
use crate::{Problem, run};

/// Somebody signed in, at work in a customer's organisation.
pub(crate) trait AtCustomer: Send + Sync {
    /// The application.
    fn app(&self) -> &App;
    /// Who asks.
    fn ctx(&self) -> &Ctx;
    /// The request's facts.
    fn visit(&self) -> &Visit;
    /// The person and their organisation.
    fn me(&self) -> &Profile;
    /// What they may do here.
    fn reach(&self) -> &Reach;
    /// Where this customer's pages live, without a slash at the end.
    fn base(&self) -> String;
    /// A page among them.
    fn page(&self, title: String) -> Page;
    /// The pages above the customer's own ones, as addresses and names.
    fn above(&self) -> Vec<(String, String)>;
    /// How a partner asks for privileges that are missing.
    fn ask_for_privileges(&self) -> Option<ui::Button>;

    /// Where whoever asks can have more units of a subscription; none where they cannot.
    fn quantity_form(&self, subscription: SubscriptionId) -> Option<String>;

    /// The customer.
    fn customer(&self) -> TenantId {
        self.reach().customer.id
    }

    /// Whether an action is open, so that a page offers only what the operation would do.
    fn may(&self, action: Action) -> bool {
        self.reach().may(action)
    }
}

/// Runs an operation for whoever is signed in.
pub(crate) async fn ask<T: Send + 'static>(
    at: &impl AtCustomer,
    operation: impl FnOnce(&App, &Ctx, TenantId) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (ctx, customer) = (at.ctx().clone(), at.customer());
    run(at.app(), move |app| operation(app, &ctx, customer)).await
}

#[derive(Template)]
#[template(path = "users/closed.html")]
struct Closed {
    page: Page,
    crumbs: ui::Crumbs,
    why: String,
    ask: Option<ui::Button>,
}

/// How an area is closed: its front page tells a partner so and is no refusal by itself; everything behind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// The page that the customer's record links to.
    Front,
    /// What stands behind it.
    Behind,
}

/// The page in the place of one that is closed to whoever asks: the rule that decided, in the words of every face, and what they can do
/// about it. None where the page is open.
pub(crate) fn closed(
    at: &impl AtCustomer,
    action: Action,
    door: Door,
    title: String,
) -> Result<Option<Response>, Problem> {
    let Some(why) = at.reach().why_not(action) else { return Ok(None) };
    let words = at.visit().words();
    let view = Closed {
        page: at.page(title.clone()),
        crumbs: ui::Crumbs { words, above: at.above(), here: title },
        why: why.for_user(spoken(words.language())),
        ask: at.ask_for_privileges(),
    };
    let told = door == Door::Front && at.reach().relationship.is_some();
    let status = if told { StatusCode::OK } else { StatusCode::FORBIDDEN };
    Ok(Some((status, ui::render(&view)?).into_response()))
}

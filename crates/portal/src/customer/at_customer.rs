//! A customer's own person at work in their organisation: the frame of the customer portal around the pages both portals share.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use entente_app::account::Profile;
use entente_app::site::{self, Reach};
use entente_app::{App, Ctx};
use entente_domain::ids::SubscriptionId;

use super::ask;
use crate::at_customer::AtCustomer;
use crate::ui::{self, Page};
use crate::web::Visit;
use crate::{CustomerSession, Problem};

/// Somebody of a customer, in their own organisation.
pub(super) struct Here {
    s: CustomerSession,
    reach: Reach,
}

impl<S: Send + Sync> FromRequestParts<S> for Here {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let s = CustomerSession::from_request_parts(parts, state).await?;
        let id = s.me.tenant.id;
        let reach = ask(&s, move |app, ctx| site::reach(app, ctx, id)).await;
        Ok(Self { s, reach: reach.map_err(|error| Problem::from(error).into_response())? })
    }
}

impl AtCustomer for Here {
    fn app(&self) -> &App {
        &self.s.app
    }
    fn ctx(&self) -> &Ctx {
        &self.s.ctx
    }
    fn visit(&self) -> &Visit {
        &self.s.visit
    }
    fn me(&self) -> &Profile {
        &self.s.me
    }
    fn reach(&self) -> &Reach {
        &self.reach
    }
    fn base(&self) -> String {
        self.s.path("")
    }
    fn page(&self, title: String) -> Page {
        // The entry of the navigation is called like the first part of the address.
        let path = self.s.visit.asked.strip_prefix(&self.base()).unwrap_or_default();
        let entry = path.split(['/', '?']).nth(1).unwrap_or_default();
        super::page(&self.s, title, &format!("/{entry}"))
    }
    fn above(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Who sold it has more of it, too; a customer asks them.
    fn quantity_form(&self, _: SubscriptionId) -> Option<String> {
        None
    }
    fn ask_for_privileges(&self) -> Option<ui::Button> {
        None
    }
}

//! A partner's person at work in a customer's organisation: the frame of the partner portal around the pages both portals share.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use entente_app::account::Profile;
use entente_app::site::{self, Reach};
use entente_app::{App, Ctx};
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::Action;
use entente_domain::relationship::Privileges;

use super::{Desk, ask, require};
use crate::at_customer::AtCustomer;
use crate::ui::{self, Page};
use crate::web::Visit;
use crate::{PartnerSession, Problem, key};

/// Somebody of a partner, with the customer the address names.
pub(super) struct There {
    desk: Desk,
    reach: Reach,
}

impl There {
    async fn of(s: PartnerSession, id: Option<TenantId>) -> Result<Self, Problem> {
        let id = id.ok_or_else(Problem::not_found)?;
        let reach = ask(&s, move |app, ctx| site::reach(app, ctx, id)).await?;
        // Whoever may not see customers learns nothing about one, a stranger not even that it is there.
        require(&s, Action::ViewCustomers)?;
        Ok(Self { desk: Desk::of(s).await?, reach })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for There {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let s = PartnerSession::from_request_parts(parts, state).await?;
        let path = RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|_| Problem::not_found().into_response())?;
        let id = path.iter().find(|(name, _)| *name == "id").and_then(|(_, text)| text.parse().ok());
        Self::of(s, id).await.map_err(IntoResponse::into_response)
    }
}

impl AtCustomer for There {
    fn app(&self) -> &App {
        &self.desk.s.app
    }
    fn ctx(&self) -> &Ctx {
        &self.desk.s.ctx
    }
    fn visit(&self) -> &Visit {
        &self.desk.s.visit
    }
    fn me(&self) -> &Profile {
        &self.desk.s.me
    }
    fn reach(&self) -> &Reach {
        &self.reach
    }
    fn base(&self) -> String {
        format!("/partner/customers/{}", self.reach.customer.id)
    }
    fn page(&self, title: String) -> Page {
        self.desk.page(title, "/partner/customers")
    }
    fn above(&self) -> Vec<(String, String)> {
        let words = self.visit().words();
        let name = self.reach.customer.name.to_string();
        vec![("/partner/customers".to_owned(), words.t("customers-title")), (self.base(), name)]
    }
    fn quantity_form(&self, subscription: SubscriptionId) -> Option<String> {
        let may = self.me().may(Action::ManageSubscriptions);
        may.then(|| format!("{}/subscriptions/{subscription}#quantity", self.base()))
    }
    fn ask_for_privileges(&self) -> Option<ui::Button> {
        let relationship = self.reach.relationship.as_ref()?;
        let asks = !relationship.privileges.granted() && self.me().may(Action::RequestPrivileges);
        let label = match relationship.privileges {
            Privileges::Removed { .. } => key!("restore-button"),
            Privileges::None | Privileges::Granted { .. } => key!("restore-ask"),
        };
        let path = format!("{}/restore", self.base());
        asks.then(|| ui::link(path, self.visit().words().t(label)).primary().icon("send"))
    }
}

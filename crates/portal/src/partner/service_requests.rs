//! P12 in the partner portal: the frame around the shared pages, and the list of all customers' service requests.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use entente_app::service_request as requests;
use entente_app::{App, Ctx};
use entente_domain::ids::TenantId;

use super::{Desk, ask};
use crate::Problem;
use crate::service_request::{self as shared, Asked, Ground};
use crate::ui::{Page, Rendered};
use crate::web::{Query, Visit};

const HERE: &str = "/partner/service-requests";

/// Somebody of a partner at one of its customers, by the address.
pub(super) struct AtCustomer {
    desk: Desk,
    id: TenantId,
}

impl<S: Send + Sync> FromRequestParts<S> for AtCustomer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let desk = Desk::from_request_parts(parts, state).await?;
        let id = shared::part(parts, state, "id").await.map_err(IntoResponse::into_response)?;
        Ok(Self { desk, id })
    }
}

impl Ground for AtCustomer {
    fn app(&self) -> &App {
        &self.desk.s.app
    }
    fn ctx(&self) -> &Ctx {
        &self.desk.s.ctx
    }
    fn visit(&self) -> &Visit {
        &self.desk.s.visit
    }
    fn customer(&self) -> TenantId {
        self.id
    }
    fn here(&self) -> String {
        format!("/partner/customers/{}/service-requests", self.id)
    }
    fn page(&self, title: String) -> Page {
        self.desk.page(title, "/partner/customers")
    }
    fn above(&self, customer: &str) -> Vec<(String, String)> {
        let customers = ("/partner/customers".to_owned(), self.visit().words().t("customers-title"));
        vec![customers, (format!("/partner/customers/{}", self.id), customer.to_owned())]
    }
}

/// `GET /partner/service-requests`
pub(super) async fn all(desk: Desk, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    let (filter, below) = (asked.filter(), asked.below()?);
    let limit = shared::limit();
    let lines = ask(&desk.s, move |app, ctx| requests::of_partner(app, ctx, filter, below, limit)).await?;
    let page = desk.page(desk.s.visit.words().t("requests-support-title"), HERE);
    shared::all(page, &desk.s.visit, HERE, &asked, lines, |it| {
        format!("/partner/customers/{}/service-requests/{}", it.customer, it.number)
    })
}

//! P12 in the partner portal: the list of all customers' service requests.

use entente_app::service_request as requests;

use super::{Desk, ask};
use crate::Problem;
use crate::service_request::{self as shared, Asked};
use crate::ui::Rendered;
use crate::web::Query;

const HERE: &str = "/partner/service-requests";

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

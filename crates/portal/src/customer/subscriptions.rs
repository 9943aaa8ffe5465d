//! C8, what this organisation has, who bills it and whom to call. Whoever sold it changes it.

use askama::Template;
use entente_app::subscription::{self, Bought};
use entente_domain::ids::SubscriptionId;
use serde::Deserialize;

use super::{ask, page};
use crate::partner::trail::{Place, Shown};
use crate::ui::{self, Html, Page, Rendered};
use crate::web::Query;
use crate::words::buying;
use crate::{CustomerSession, Problem, words};

#[derive(Template)]
#[template(path = "customer/subscriptions.html")]
struct View {
    page: Page,
    rows: Vec<Row>,
    pager: ui::Pager,
}

/// Subscriptions on a page.
const ROWS: i64 = 25;

/// Where in the list a page stands.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    cursor: Option<String>,
    trail: Option<String>,
    from: Option<u32>,
}

struct Row {
    name: String,
    /// The product, where the partner calls the subscription something else.
    product: Option<String>,
    extends: Option<String>,
    quantity: String,
    badge: Html,
    renewal: String,
    seller: String,
    support: String,
}

/// `GET /portal/subscriptions`
pub(super) async fn show(s: CustomerSession, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    let words = s.visit.words();
    let cursor = asked.cursor.as_deref().map(str::parse::<SubscriptionId>).transpose();
    let cursor = cursor.map_err(|_| Problem::broken_form())?;
    let listed = ask(&s, move |app, ctx| subscription::bought(app, ctx, cursor, ROWS)).await?;
    let place = Place { cursor: asked.cursor.as_deref(), trail: asked.trail.as_deref(), from: asked.from };
    let shown = Shown { rows: ROWS, here: listed.rows.len(), all: None };
    let next = listed.next.map(|it| it.to_string());
    ui::render(&View {
        page: page(&s, words.t("bought-title"), "/subscriptions"),
        rows: listed.rows.iter().map(|it| row(&s, it)).collect(),
        pager: place.pager(words, &s.path("/subscriptions"), shown, next.as_deref()),
    })
}

fn row(s: &CustomerSession, it: &Bought) -> Row {
    let words = s.visit.words();
    let sub = &it.subscription;
    Row {
        name: buying::title(words, sub),
        product: sub.name.as_ref().map(|_| words::product(words, &sub.product)),
        extends: it
            .parent
            .as_ref()
            .map(|parent| words.t_with("bought-extends", &[ui::arg("product", &buying::title(words, parent))])),
        quantity: sub.quantity.map_or_else(|| words.t("bought-usage"), |n| words.number(n)),
        badge: buying::running(words, sub),
        renewal: buying::renewal(words, sub).unwrap_or_else(|| "–".to_owned()),
        seller: it.seller.clone(),
        support: it.support.clone(),
    }
}

//! C8, what this organisation has, who bills it and whom to call. Whoever sold it changes it.

use askama::Template;
use entente_app::subscription::{self, Bought};

use super::{ask, page};
use crate::trail::{Asked, Shown};
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
    let after = asked.after()?;
    let listed = ask(&s, move |app, ctx| subscription::bought(app, ctx, after, ROWS)).await?;
    let place = asked.place();
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

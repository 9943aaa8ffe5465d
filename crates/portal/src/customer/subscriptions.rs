//! C8, what this organisation has, who bills it and whom to call. Whoever sold it changes it.

use askama::Template;
use entente_app::subscription::{self, Bought};

use super::{ask, page};
use crate::ui::{self, Html, Page, Rendered};
use crate::words::buying;
use crate::{CustomerSession, Problem, words};

#[derive(Template)]
#[template(path = "customer/subscriptions.html")]
struct View {
    page: Page,
    rows: Vec<Row>,
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
pub(super) async fn show(s: CustomerSession) -> Result<Rendered, Problem> {
    let all = ask(&s, subscription::bought).await?;
    let rows = all.iter().map(|it| row(&s, it, &all)).collect();
    ui::render(&View { page: page(&s, s.visit.words().t("bought-title"), "/subscriptions"), rows })
}

fn row(s: &CustomerSession, it: &Bought, all: &[Bought]) -> Row {
    let words = s.visit.words();
    let sub = &it.subscription;
    let parent = all.iter().map(|it| &it.subscription).find(|it| Some(it.id) == sub.parent);
    Row {
        name: buying::title(words, sub),
        product: sub.name.as_ref().map(|_| words::product(words, &sub.product)),
        extends: parent.map(|it| words.t_with("bought-extends", &[ui::arg("product", &buying::title(words, it))])),
        quantity: sub.quantity.map_or_else(|| words.t("bought-usage"), |n| words.number(n)),
        badge: buying::running(words, sub),
        renewal: buying::renewal(words, sub).unwrap_or_else(|| "–".to_owned()),
        seller: it.seller.clone(),
        support: it.support.clone(),
    }
}

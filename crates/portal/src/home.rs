//! `/`: the way to the portals, for whoever typed the bare address.

use askama::Template;
use axum::Router;
use axum::routing::get;
use entente_app::sign_in::Audience;
use entente_domain::cloud::Cloud;

use crate::session::home;
use crate::ui::{self, Page, Portal, Rendered};
use crate::web::Visit;
use crate::{Problem, words};

pub(crate) fn routes() -> Router {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "home/home.html")]
struct Home {
    page: Page,
    partner: String,
    customers: Vec<(String, String)>,
}

async fn show(visit: Visit) -> Result<Rendered, Problem> {
    let said = visit.words();
    let customers =
        Cloud::ALL.map(|cloud| (home(Audience::Customer(cloud)).to_owned(), words::cloud(said, cloud))).to_vec();
    let page = Page::new(&visit, Portal::Customer, said.t("home-title"));
    ui::render(&Home { page, partner: home(Audience::Partner).to_owned(), customers })
}

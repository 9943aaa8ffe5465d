//! Human faces: the partner portal and the customer portals.
//!
//! Pages are server-rendered and work without JavaScript; a handler extracts, calls one operation of `entente-app`, fills
//! a plain view model and renders a template. No rule lives here. To add a page:
//! 1. a view model holding `page: ui::Page` with `#[derive(Template)]`, and a template that extends `layout/partner.html`,
//!    `layout/customer.html` or `layout/focus.html`; components are in `templates/ui.html` (blocks) and [`ui`] (small ones);
//! 2. its words in both files of `i18n/`;
//! 3. a handler taking a session ([`session`]) and [`web::Form`] or [`web::Query`], answering `Result<ui::Rendered, Problem>`;
//! 4. its route in `partner::routes` or `customer::routes`, by its whole path.
//!
//! What must not happen here: inline styles or scripts (the content security policy forbids them and a test looks),
//! addresses built from request headers, a GET that changes anything (but for the way back from a provider of identity).

pub(crate) mod at_customer;
pub(crate) mod authority;
pub(crate) mod company;
pub mod customer;
pub mod demo;
pub mod gallery;
mod health;
mod home;
pub mod i18n;
mod licences;
pub mod partner;
pub mod problem;
mod provider;
pub mod refusal;
mod security;
mod service_request;
pub mod session;
pub mod setup;
pub mod sign_in;
mod trail;
pub mod ui;
mod users;
pub mod web;
mod words;
mod wrong;

use axum::Router;
use entente_app::App;
use entente_app::sign_in::Audience;
use entente_domain::cloud::Cloud;

pub use problem::Problem;
pub use refusal::field_message;
pub use session::{CustomerSession, MaybeSession, PartnerSession, run, see_other};

/// What the portals are made of.
#[derive(Clone)]
pub struct Portal {
    /// The application.
    pub app: App,
    /// Addresses, clock and limits of the pages.
    pub web: web::Web,
    /// Whether this is a demonstration: then the component gallery is there as well.
    pub demo: bool,
}

/// Every page of every portal, inside the layer that checks and heads them. Paths are whole, so it is mounted at the root.
pub fn router(portal: Portal) -> Router {
    router_with(portal, Router::new())
}

/// The same with further routes inside that layer: what only a demonstration or a first start has.
pub fn router_with(portal: Portal, more: Router) -> Router {
    let Portal { app, web, demo } = portal;
    let mut pages = more.merge(home::routes());
    let partner = partner::routes().merge(sign_in::routes(Audience::Partner));
    pages = pages.merge(session::layer(partner, &app, Audience::Partner));
    let authority = authority::routes().merge(sign_in::routes(Audience::Authority));
    pages = pages.merge(session::layer(authority, &app, Audience::Authority)).merge(authority::open_routes());
    for cloud in Cloud::ALL {
        let audience = Audience::Customer(cloud);
        let customer = customer::routes(cloud).merge(sign_in::routes(audience));
        pages = pages.merge(session::layer(customer, &app, audience));
    }
    if demo {
        pages = pages.merge(gallery::routes());
    }
    web::shell(pages, web)
}

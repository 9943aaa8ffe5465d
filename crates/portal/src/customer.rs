//! The customer portals: one code base, one portal a cloud, with that cloud's own address, name and words.
//!
//! Every path begins with `crate::session::base`. The pages about a link (`landing`, `review`, `decide`,
//! `done`, `refused`) serve personal and standing links alike: `link::Way` knows which one was opened. In what
//! order a link is checked and why it is refused is decided by `entente_app::acceptance`; the pages only put it into
//! words.

mod acting;
mod activity;
mod at_customer;
mod decide;
mod done;
mod glass;
mod landing;
mod link;
mod partner;
mod partners;
mod provider;
mod refused;
mod remove;
mod review;
mod security;
mod settings;
mod stop;
mod subscriptions;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use entente_app::sign_in::Audience;
use entente_app::{App, Ctx, Error, service};
use entente_domain::cloud::Cloud;
use entente_domain::policy::Action;

use crate::company;
use crate::health::{self, Shown};
use crate::key;
use crate::licences::{self, assign, of_user};
use crate::security as shared;
use crate::service_request as support;
use crate::session::{base, see_other};
use crate::ui::{Nav, NavItem, Page, Person, Portal};
use crate::users::{self, import, new_user, user};
use crate::web::Fields;
use crate::{CustomerSession, MaybeSession};
use at_customer::Here;

/// The pages of one cloud's customer portal.
pub(crate) fn routes(cloud: Cloud) -> Router {
    let at = |rest: &str| format!("{}{rest}", base(Audience::Customer(cloud)));
    let pages = Router::new()
        .route(&at("/accept"), get(landing::find))
        .route(&at("/accept/{token}"), get(landing::show))
        .route(&at("/accept/{token}/review"), get(review::show).post(decide::accept))
        .route(&at("/accept/{token}/decline"), get(decide::confirm_decline).post(decide::decline))
        .route(&at("/accept/{token}/forward"), get(decide::choose_administrator).post(decide::forward))
        .route(&at("/accept/{token}/new-link"), post(decide::ask_new_link))
        .route(&at("/accept/{token}/done"), get(done::show))
        .route(&at("/partners"), get(partners::show))
        .route(&at("/partners/{id}"), get(partner::show))
        .route(&at("/partners/{id}/remove"), get(remove::confirm).post(remove::remove))
        .route(&at("/subscriptions"), get(subscriptions::show))
        .route(&at("/acting/stop"), get(acting::confirm).post(acting::stop))
        .route(&at("/acting/allow"), post(acting::allow))
        .route(&at("/activity"), get(activity::show))
        .route(&at("/users"), get(users::show::<Here>))
        .route(&at("/users/export.csv"), post(users::export::<Here>))
        .route(&at("/users/new"), get(new_user::blank::<Here>).post(new_user::add::<Here>))
        .route(&at("/users/import"), get(import::show::<Here>).post(import::check::<Here>))
        .route(&at("/users/import/{import}"), get(import::follow::<Here>).post(import::act::<Here>))
        .route(&at("/users/import/{import}/result.csv"), post(import::result::<Here>))
        .route(&at("/users/{uid}"), get(user::show::<Here>).post(user::act::<Here>))
        .route(&at("/users/{uid}/licences"), post(of_user::save::<Here>))
        .route(&at("/licences"), get(licences::show::<Here>))
        .route(&at("/licences/{sku}"), get(licences::one::<Here>).post(licences::remove::<Here>))
        .route(&at("/licences/{sku}/assign"), get(assign::choose::<Here>).post(assign::assign::<Here>))
        .route(&at("/company"), get(company::show::<Here>).post(company::save::<Here>))
        .route(&at("/service-requests"), get(support::list::<Here>))
        .route(&at("/service-requests/new"), get(support::blank::<Here>).post(support::open::<Here>))
        .route(&at("/service-requests/{no}"), get(support::show::<Here>).post(support::act::<Here>))
        .route(&at("/service-requests/{no}/notes"), post(support::note::<Here>))
        .route(&at("/service-requests/{no}/files/{fid}"), get(support::download::<Here>))
        .route(&at("/settings"), get(settings::show).post(settings::save))
        .route(&at("/settings/security"), get(shared::show::<S>).post(shared::act::<S>))
        .route(&at("/settings/security/application"), get(shared::setting_up::<S>).post(shared::set_up::<S>))
        .route(&at("/settings/sign-in"), get(provider::show).post(provider::act));
    if !cloud.facts().invitations {
        return pages;
    }
    pages
        .route(&at("/partner-invitation"), get(landing::show))
        .route(&at("/partner-invitation/review"), get(review::show).post(decide::accept))
        .route(&at("/partner-invitation/done"), get(done::show))
}

/// Who the shared settings pages are for here.
type S = CustomerSession;

/// Runs an operation for whoever is signed in.
async fn ask<T: Send + 'static>(
    s: &CustomerSession,
    operation: impl FnOnce(&App, &Ctx) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let ctx = s.ctx.clone();
    crate::run(&s.app, move |app| operation(app, &ctx)).await
}

/// Runs an operation for whoever holds a link, signed in or not.
async fn ask_any<T: Send + 'static>(
    s: &MaybeSession,
    operation: impl FnOnce(&App, &Ctx) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let ctx = s.ctx.clone();
    crate::run(&s.app, move |app| operation(app, &ctx)).await
}

/// The services of this cloud that are in trouble, for the pages people arrive at.
async fn troubles(s: &CustomerSession) -> Result<Vec<Shown>, Error> {
    let words = s.visit.words();
    let found = ask(s, service::troubled).await?;
    Ok(found.iter().map(|it| health::shown(words, &it.name, &it.trouble)).collect())
}

/// A page of this portal with its navigation; `here` is the address of the entry it belongs to, without the base.
fn page(s: &CustomerSession, title: impl Into<String>, here: &str) -> Page {
    let words = s.visit.words();
    let mut main = Vec::new();
    if s.me.may(Action::ViewPartners) {
        main.push(NavItem::new(s.path("/partners"), "handshake", words.t("partners-title")).key('p'));
    }
    if s.me.may(Action::ViewSubscriptions) {
        main.push(NavItem::new(s.path("/subscriptions"), "package", words.t("bought-title")));
    }
    if s.me.may(Action::ViewUsers) {
        main.push(NavItem::new(s.path("/users"), "users", words.t("users-title")).key('u'));
    }
    if s.me.may(Action::ViewLicences) {
        main.push(NavItem::new(s.path("/licences"), "clipboard", words.t("licences-title")));
    }
    if s.me.may(Action::ViewCustomerActivity) {
        main.push(NavItem::new(s.path("/activity"), "activity", words.t("log-title")).key('a'));
    }
    if s.me.may(Action::ViewServiceRequests) {
        main.push(NavItem::new(s.path("/service-requests"), "support", words.t("requests-support-title")).key('t'));
    }
    main.push(NavItem::new(s.path("/settings"), "settings", words.t("me-title")).key('s'));
    let person = Person {
        name: s.me.person.name.to_string(),
        mail: s.me.person.upn.to_string(),
        organisation: s.me.tenant.name.to_string(),
    };
    Page::new(&s.visit, Portal::Customer, title)
        .nav(vec![Nav { title: None, items: main }], s.path(here))
        .person(person)
        .toast(done(s))
}

/// What the action before this page did. The address names it; the words come from a fixed list, so a link made by
/// somebody else can at most show one of these.
fn done(s: &CustomerSession) -> Option<String> {
    let (_, query) = s.visit.path.split_once('?')?;
    let fields = Fields::parse(query.as_bytes())?;
    let key = match fields.get("done")? {
        "declined" => key!("told-declined"),
        "removed" => key!("told-removed"),
        "stopped" => key!("told-stopped"),
        "allowed" => key!("told-allowed"),
        "language" => key!("told-language"),
        "password" => key!("told-password"),
        "factor-added" => key!("done-factor-added"),
        "factor-removed" => key!("done-factor-removed"),
        "session-ended" => key!("done-session-ended"),
        "security" | "company" => key!("done-saved"),
        other => crate::provider::done(other)
            .or_else(|| users::done(other))
            .or_else(|| licences::done(other))
            .or_else(|| support::done(other))?,
    };
    Some(s.visit.words().t(key))
}

/// Goes to `path` and says there what was done.
fn after(path: &str, done: &str) -> Response {
    see_other(&format!("{path}?done={done}"))
}

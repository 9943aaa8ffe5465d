//! The partner portal: overview, customers, requests, subscriptions, what happened, people and settings.
//!
//! Every path begins with `/partner`. A page takes `Desk`, asks the operations of `entente-app` and fills a view model;
//! which buttons it shows follows [`entente_app::account::Profile::may`] and what the domain answers when asked
//! beforehand. The operation decides anyway, in its own transaction.

mod account;
mod activity;
mod agreement;
mod application;
mod applications;
mod at_customer;
mod credential;
mod customers;
mod detail;
mod end;
mod message;
mod new_customer;
mod orders;
mod overview;
mod people;
mod person;
mod provider;
pub(crate) mod read;
mod register;
mod request;
mod restore;
mod security;
mod service_requests;
mod services;
mod settings;
mod subscription;
mod subscriptions;
mod words;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use entente_app::overview::Numbers;
use entente_app::{App, Ctx, Error};
use entente_domain::policy::{self, Action};

use crate::company;
use crate::key;
use crate::licences::{self, assign, of_user};
use crate::security as shared;
use crate::service_request as support;
use crate::session::see_other;
use crate::ui::{Nav, NavItem, Page, Person, Portal};
use crate::users::{self, import, new_user, user};
use crate::web::{Fields, Named};
use crate::wrong::Wrong;
use crate::{PartnerSession, Problem};
use at_customer::There;
use read::{Number, Within};

macro_rules! routes {
    ($($path:literal => $($verb:ident $handler:path),+;)+) => {
        /// Every route of this portal as a path and its methods: what the tests probe.
        pub const ROUTES: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($verb)),+])),+];

        /// The routes of the partner portal, by their whole paths.
        pub fn routes() -> Router {
            Router::new()$(.route($path, MethodRouter::new()$(.$verb($handler))+))+
        }
    };
}

routes! {
    "/partner" => get overview::enter;
    "/partner/overview" => get overview::show;
    "/partner/customers" => get customers::show;
    "/partner/customers/export.csv" => post customers::export;
    "/partner/customers/new" => get new_customer::show, post new_customer::create;
    "/partner/customers/{id}" => get account::show;
    "/partner/customers/{id}/company" => get company::show::<There>, post company::save::<There>;
    "/partner/customers/{id}/agreement" => get agreement::show, post agreement::attest;
    "/partner/customers/{id}/remove" => get end::confirm, post end::end;
    "/partner/customers/{id}/give-up" => get end::confirm_give_up, post end::give_up;
    "/partner/customers/{id}/restore" => get restore::show, post restore::ask_again;
    "/partner/customers/{id}/services" => get services::show;
    "/partner/customers/{id}/subscriptions" => get subscriptions::show, post subscriptions::add;
    "/partner/customers/{id}/subscriptions/{sid}" => get subscription::show, post subscriptions::turn;
    "/partner/customers/{id}/subscriptions/{sid}/change" => post subscription::change_it;
    "/partner/customers/{id}/subscriptions/{sid}/cancel" => get subscription::confirm_cancel, post subscription::cancel;
    "/partner/customers/{id}/orders" => get orders::list;
    "/partner/customers/{id}/orders/export.csv" => post orders::export;
    "/partner/customers/{id}/orders/{no}" => get orders::show;
    "/partner/customers/{id}/orders/{no}/cancel" => get orders::confirm_cancel, post orders::cancel;
    "/partner/customers/{id}/users" => get users::show::<There>;
    "/partner/customers/{id}/users/export.csv" => post users::export::<There>;
    "/partner/customers/{id}/users/new" => get new_user::blank::<There>, post new_user::add::<There>;
    "/partner/customers/{id}/users/import" => get import::show::<There>, post import::check::<There>;
    "/partner/customers/{id}/users/import/{import}" => get import::follow::<There>, post import::act::<There>;
    "/partner/customers/{id}/users/import/{import}/result.csv" => post import::result::<There>;
    "/partner/customers/{id}/users/{uid}" => get user::show::<There>, post user::act::<There>;
    "/partner/customers/{id}/users/{uid}/licences" => post of_user::save::<There>;
    "/partner/customers/{id}/licences" => get licences::show::<There>;
    "/partner/customers/{id}/licences/{sku}" => get licences::one::<There>, post licences::remove::<There>;
    "/partner/customers/{id}/licences/{sku}/assign" => get assign::choose::<There>, post assign::assign::<There>;
    "/partner/customers/{id}/service-requests" => get support::list::<There>;
    "/partner/customers/{id}/service-requests/new" => get support::blank::<There>, post support::open::<There>;
    "/partner/customers/{id}/service-requests/{no}" => get support::show::<There>, post support::act::<There>;
    "/partner/customers/{id}/service-requests/{no}/notes" => post support::note::<There>;
    "/partner/customers/{id}/service-requests/{no}/files/{fid}" => get support::download::<There>;
    "/partner/service-requests" => get service_requests::all;
    "/partner/requests" => get register::show;
    "/partner/requests/new" => get request::show, post request::create;
    "/partner/requests/{no}" => get detail::show, post detail::act;
    "/partner/requests/{no}/revoke" => get detail::confirm_revoke, post detail::revoke;
    "/partner/requests/{no}/message" => get message::show, post message::save;
    "/partner/activity" => get activity::show;
    "/partner/settings" => get settings::show, post settings::save;
    "/partner/settings/security" => get shared::show::<Desk>, post shared::act::<Desk>;
    "/partner/settings/security/application" => get shared::setting_up::<Desk>, post shared::set_up::<Desk>;
    "/partner/settings/sign-in" => get provider::show, post provider::act;
    "/partner/settings/people" => get people::list;
    "/partner/settings/people/new" => get people::blank, post people::add;
    "/partner/settings/people/{id}" => get person::show, post person::act;
    "/partner/settings/applications" => get applications::list;
    "/partner/settings/applications/new" => get applications::blank, post applications::add;
    "/partner/settings/applications/{id}" => get application::show, post application::save;
    "/partner/settings/applications/{id}/off" => get application::confirm_off, post application::off;
    "/partner/settings/applications/{id}/on" => post application::on;
    "/partner/settings/applications/{id}/credentials" => get credential::blank, post credential::add;
    "/partner/settings/applications/{id}/credentials/{cid}" => get credential::confirm_remove, post credential::remove;
}

/// Runs an operation for whoever is signed in.
async fn ask<T: Send + 'static>(
    s: &PartnerSession,
    operation: impl FnOnce(&App, &Ctx) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let ctx = s.ctx.clone();
    crate::run(&s.app, move |app| operation(app, &ctx)).await
}

/// Stops where the person's roles do not allow what a page is for, as the operation behind its form would.
fn require(s: &PartnerSession, action: Action) -> Result<(), Problem> {
    policy::check(&s.me.person, action).map(|_| ()).map_err(|denied| Error::from(denied).into())
}

/// Somebody signed in at this portal, with the numbers that stand beside the navigation of every page.
struct Desk {
    s: PartnerSession,
    /// None for people who may not see customers.
    numbers: Option<Numbers>,
}

impl Desk {
    async fn of(s: PartnerSession) -> Result<Self, Problem> {
        let sees = s.me.may(Action::ViewCustomers);
        let numbers = if sees { Some(ask(&s, entente_app::overview::numbers).await?) } else { None };
        Ok(Self { s, numbers })
    }

    /// A page of this portal; `here` is the entry of the navigation it belongs to.
    fn page(&self, title: impl Into<String>, here: &str) -> Page {
        let s = &self.s;
        let words = s.visit.words();
        let count = |item: NavItem, n: Option<i64>| match n {
            Some(n) => item.count(words.number(n)),
            None => item,
        };
        let mut main = Vec::new();
        if s.me.may(Action::ViewCustomers) {
            main.push(NavItem::new("/partner/overview", "overview", words.t("overview-title")).key('o'));
            let customers = NavItem::new("/partner/customers", "users", words.t("customers-title")).key('c');
            main.push(count(customers, self.numbers.map(|it| it.counts.all())));
        }
        if s.me.may(Action::RequestRelationship) {
            let requests = NavItem::new("/partner/requests", "send", words.t("requests-title")).key('r');
            main.push(count(requests, self.numbers.map(|it| it.waiting)));
        }
        if s.me.sells(Action::ViewServiceRequests) {
            let support = NavItem::new("/partner/service-requests", "support", words.t("requests-support-title"));
            main.push(support.key('t'));
        }
        let mut own = Vec::new();
        if s.me.may(Action::ViewPartnerActivity) {
            own.push(NavItem::new("/partner/activity", "activity", words.t("seen-title")));
        }
        own.push(NavItem::new("/partner/settings", "settings", words.t("own-title")));
        let person = Person {
            name: s.me.person.name.to_string(),
            mail: s.me.person.upn.to_string(),
            organisation: s.me.tenant.name.to_string(),
        };
        let mut nav = vec![Nav { title: None, items: main }, Nav { title: Some(words.t("nav-account")), items: own }];
        nav.retain(|group| !group.items.is_empty());
        let mut page = Page::new(&s.visit, Portal::Partner, title).nav(nav, here).person(person).toast(done(s));
        if s.me.may(Action::ViewCustomers) {
            page = page.search("/partner/customers", words.t("customers-search-all"));
        }
        if s.me.may(Action::RequestRelationship) {
            page = page.new_href("/partner/requests/new");
        }
        page
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let s = PartnerSession::from_request_parts(parts, state).await?;
        Self::of(s).await.map_err(IntoResponse::into_response)
    }
}

/// What the action before this page did. The address names it; the words come from a fixed list, so a link made by
/// somebody else can at most show one of these.
fn done(s: &PartnerSession) -> Option<String> {
    let (_, query) = s.visit.path.split_once('?')?;
    let fields = Fields::parse(query.as_bytes())?;
    let key = match fields.get("done")? {
        "saved" | "security" | "company" => key!("done-saved"),
        "sent" => key!("done-sent"),
        "reminded" => key!("done-reminded"),
        "revoked" => key!("done-revoked"),
        "reissued" => key!("done-reissued"),
        "opened" => key!("done-opened"),
        "attested" => key!("done-attested"),
        "ended" => key!("done-ended"),
        "given-up" => key!("done-given-up"),
        "added" => key!("done-added"),
        "suspended" => key!("done-suspended"),
        "activated" => key!("done-activated"),
        "cancelled" => key!("done-cancelled"),
        "order-cancelled" => key!("done-order-cancelled"),
        "password" => key!("done-password"),
        "factor-added" => key!("done-factor-added"),
        "factor-removed" => key!("done-factor-removed"),
        "session-ended" => key!("done-session-ended"),
        "factors-reset" => key!("done-factors-reset"),
        "blocked" => key!("done-blocked"),
        "unblocked" => key!("done-unblocked"),
        "registered" => key!("done-registered"),
        "switched-off" => key!("done-switched-off"),
        "switched-on" => key!("done-switched-on"),
        "key-added" => key!("done-key-added"),
        "credential-removed" => key!("done-credential-removed"),
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

//! P11: the services of a customer, and opening their administration portals on its behalf.

use askama::Template;
use entente_app::service::{self, Offered};
use entente_domain::acting::Because;
use entente_domain::ids::TenantId;
use entente_domain::policy::Action;
use entente_domain::relationship::{Privileges, Side};

use super::account::{Known, known};
use super::{Desk, Named, ask, words};
use crate::health::{self, Shown};
use crate::refusal::acting;
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::{PartnerSession, Problem, key};

#[derive(Template)]
#[template(path = "partner/services.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    refused: Option<Refused>,
    tiles: Vec<Tile>,
}

/// Why the person opens nothing here, with the way on where there is one.
struct Refused {
    title: Option<String>,
    text: String,
    reason: Option<String>,
    restore: Option<ui::Button>,
    code: &'static str,
}

/// One service.
struct Tile {
    name: String,
    roles: String,
    /// How it does.
    health: Html,
    /// What is wrong with it, where something is.
    trouble: Option<Shown>,
    /// When the person opened it last, if they did lately.
    opened: Option<Html>,
    /// Where it opens, and the link's words for screen readers.
    open: Option<(String, String)>,
    /// Why it does not, where that differs from one service to the next.
    why: Option<String>,
}

/// `GET /partner/customers/{id}/services`
pub(super) async fn show(desk: Desk, Named(id): Named<TenantId>) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let (tenant, offered) = ask(s, move |app, ctx| service::offered(app, ctx, id)).await?;
    let known = known(s, id).await?;
    let words = s.visit.words();
    let name = tenant.name.as_str();
    let view = View {
        page: desk.page(words.t_with("services-title-of", &[arg("customer", name)]), "/partner/customers"),
        crumbs: ui::Crumbs {
            words,
            above: vec![
                ("/partner/customers".to_owned(), words.t("customers-title")),
                (format!("/partner/customers/{id}"), name.to_owned()),
            ],
            here: words.t("services-title"),
        },
        lead: words.t_with("services-lead", &[arg("customer", name)]),
        refused: everywhere(&offered).map(|because| refused(s, &known, because)),
        tiles: offered.into_iter().map(|it| tile(s, name, it)).collect(),
    };
    ui::render(&view)
}

/// The reason that keeps the person out of every service; one that is about a single service stands with it.
fn everywhere(offered: &[Offered]) -> Option<Because> {
    let because = offered.first()?.reach.as_ref().err()?.because;
    (because != Because::RoleNotHeld).then_some(because)
}

fn refused(s: &PartnerSession, known: &Known, because: Because) -> Refused {
    let words = s.visit.words();
    let tenant = &known.record.tenant;
    let (title, reason) = match &known.record.relationship.privileges {
        Privileges::Removed { at, side: Side::Customer, reason, .. } if because == Because::PrivilegesRemoved => {
            let date = words.date(*at);
            let title = words.t_with("restore-quote", &[arg("customer", tenant.name.as_str()), arg("date", &date)]);
            (Some(title), reason.as_ref().map(ToString::to_string))
        }
        _ => (None, None),
    };
    let ask = match because {
        Because::PrivilegesRemoved => Some(key!("restore-button")),
        Because::NoPrivileges => Some(key!("restore-ask")),
        _ => None,
    };
    let ask = ask.filter(|_| s.me.may(Action::RequestPrivileges));
    Refused {
        title,
        text: words.t(acting(because)),
        reason,
        restore: ask.map(|ask| {
            ui::link(format!("/partner/customers/{}/restore", tenant.id), words.t(ask)).small().icon("send")
        }),
        code: because.code(),
    }
}

fn tile(s: &PartnerSession, customer: &str, it: Offered) -> Tile {
    let words = s.visit.words();
    let opened = it.opened.map(|at| words.rich(key!("services-opened"), &[("when", ui::moment(words, at))]));
    let health = health::badge(words, &it.health);
    let trouble = it.health.trouble().map(|trouble| health::shown(words, &it.name, trouble));
    match it.reach {
        Ok(roles) => {
            let label = words.t_with("services-open-named", &[arg("service", &it.name), arg("customer", customer)]);
            let roles = words::directory_roles(words, &roles);
            Tile {
                roles: words.t_with("services-as", &[arg("roles", &roles)]),
                health,
                trouble,
                opened,
                open: Some((it.launch, label)),
                why: None,
                name: it.name,
            }
        }
        Err(refused) => Tile {
            name: it.name,
            roles: String::new(),
            health,
            trouble,
            opened,
            open: None,
            why: (refused.because == Because::RoleNotHeld).then(|| words.t(acting(refused.because))),
        },
    }
}

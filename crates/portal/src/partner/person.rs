//! P22, one of the partner's people: roles, blocking, a new password.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::people::{self, Membership};
use entente_app::{Error, Field};
use entente_domain::directory::Person;
use entente_domain::ids::{GroupId, UserId};
use serde::Deserialize;

use super::people::{HERE, crumbs, once, role_boxes, roles, standing};
use super::{Desk, Named, Wrong, after, ask};
use crate::ui::{self, Html, Page, Rendered};
use crate::web::Form;
use crate::{PartnerSession, Problem};

#[derive(Template)]
#[template(path = "partner/person.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    errors: ui::Errors,
    here: String,
    badge: Html,
    upn: String,
    facts: Vec<(String, String)>,
    roles: Vec<ui::Choice>,
    roles_error: Option<String>,
    groups: Vec<ui::Choice>,
    enabled: bool,
    oneself: bool,
    factors: bool,
}

fn group_box(it: Membership) -> ui::Choice {
    ui::tick("groups[]", it.group.name).value(it.group.id.to_string()).checked(it.member)
}

async fn render(desk: &Desk, person: &Person, wrong: &Wrong) -> Result<Rendered, Problem> {
    let id = person.id;
    let (factors, groups) = ask(&desk.s, move |app, ctx| {
        Ok::<_, Error>((people::has_factors(app, ctx, id)?, people::groups(app, ctx, id)?))
    })
    .await?;
    let words = desk.s.visit.words();
    let view = View {
        page: desk.page(person.name.as_str(), super::settings::HERE),
        crumbs: crumbs(words, person.name.to_string()),
        errors: wrong.list(desk.s.visit.words()),
        here: format!("{HERE}/{}", person.id),
        badge: standing(words, person),
        upn: person.upn.to_string(),
        facts: vec![(words.t("people-upn"), person.upn.to_string()), (words.t("people-mail"), person.mail.to_string())],
        roles: role_boxes(words, |role| person.partner_roles.contains(&role)),
        roles_error: wrong.get("roles"),
        groups: groups.into_iter().map(group_box).collect(),
        enabled: person.enabled,
        oneself: person.id == desk.s.me.person.id,
        factors,
    };
    ui::render(&view)
}

/// `GET /partner/settings/people/{id}`
pub(super) async fn show(desk: Desk, Named(id): Named<UserId>) -> Result<Rendered, Problem> {
    let person = ask(&desk.s, move |app, ctx| people::get(app, ctx, id)).await?;
    render(&desk, &person, &Wrong::default()).await
}

/// What the page's buttons send.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Step {
    #[serde(rename = "do")]
    what: What,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Roles,
    Groups,
    Block,
    Unblock,
    Reset,
    Factors,
}

/// `POST /partner/settings/people/{id}`
pub(super) async fn act(
    s: PartnerSession,
    Named(id): Named<UserId>,
    Form(step): Form<Step>,
) -> Result<Response, Problem> {
    let here = format!("{HERE}/{id}");
    match step.what {
        What::Roles => match roles(&step.roles) {
            Ok(roles) => {
                ask(&s, move |app, ctx| people::set_roles(app, ctx, id, roles)).await?;
                Ok(after(&here, "saved"))
            }
            Err(why) => {
                let person = ask(&s, move |app, ctx| people::get(app, ctx, id)).await?;
                let wrong = Wrong::of(s.visit.words(), &[Field { name: "roles", why }]);
                let page = render(&Desk::of(s).await?, &person, &wrong).await?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
        },
        What::Groups => {
            let groups = step.groups.iter().map(|it| it.parse()).collect::<Result<Vec<GroupId>, _>>();
            let groups = groups.map_err(|_| Error::NotFound)?;
            ask(&s, move |app, ctx| people::set_groups(app, ctx, id, groups)).await?;
            Ok(after(&here, "saved"))
        }
        What::Block => {
            ask(&s, move |app, ctx| people::set_enabled(app, ctx, id, false)).await?;
            Ok(after(&here, "blocked"))
        }
        What::Unblock => {
            ask(&s, move |app, ctx| people::set_enabled(app, ctx, id, true)).await?;
            Ok(after(&here, "unblocked"))
        }
        What::Factors => {
            ask(&s, move |app, ctx| people::reset_factors(app, ctx, id)).await?;
            Ok(after(&here, "factors-reset"))
        }
        What::Reset => {
            let (person, password) = ask(&s, move |app, ctx| {
                let password = people::reset_password(app, ctx, id)?;
                Ok::<_, Error>((people::get(app, ctx, id)?, password))
            })
            .await?;
            Ok(once(&Desk::of(s).await?, &person, password)?.into_response())
        }
    }
}

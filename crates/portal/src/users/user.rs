//! One user: what is known of them, their directory roles, blocking, a new password, deleting and bringing back.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::user::{self as operations, User};
use entente_app::{Error, Field, Invalid};
use entente_domain::directory_role::{self, DirectoryRole};
use entente_domain::ids::{DirectoryRoleId, UserId};
use entente_domain::policy::Action;
use serde::Deserialize;

use super::new_user::{Fields, Typed, once};
use super::{Wrong, crumbs, here, standing};
use crate::Problem;
use crate::at_customer::{AtCustomer, Door, ask, closed};
use crate::i18n::Words;
use crate::licences::of_user::{Section, section};
use crate::session::{see_other, spoken};
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::{Form, Last};
use crate::words::directory_roles;

#[derive(Template)]
#[template(path = "users/user.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    upn: String,
    here: String,
    badge: Html,
    errors: ui::Errors,
    facts: Vec<(String, Html)>,
    version: i64,
    fields: Option<Fields>,
    roles: String,
    choose: Option<Roles>,
    roles_error: Option<String>,
    deleted: Option<String>,
    restore: Option<ui::Button>,
    licences: Option<Section>,
    oneself: bool,
    /// What can be done besides, each with what follows from it.
    steps: Vec<(String, ui::Button)>,
}

/// The roles one can tick: those that are common or held, and all others.
struct Roles {
    common: Vec<ui::Choice>,
    others: Vec<ui::Choice>,
}

impl Roles {
    fn of(words: Words, held: &[DirectoryRoleId]) -> Self {
        let language = spoken(words.language());
        let one = |role: &&DirectoryRole| {
            let tick = ui::tick("roles[]", role.label(language)).value(role.id.to_string());
            let tick = tick.checked(held.contains(&role.id));
            match (role.reach(language), role.privileged) {
                (Some(reach), _) => tick.hint(reach),
                (None, true) => tick.hint(words.t("users-privileged")),
                (None, false) => tick,
            }
        };
        let mut all: Vec<&DirectoryRole> = directory_role::all().iter().collect();
        all.sort_by_key(|role| role.label(language));
        // What partners are commonly granted has words in every language.
        let (common, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|role| role.is_common() || held.contains(&role.id));
        Self { common: common.iter().map(one).collect(), others: others.iter().map(one).collect() }
    }
}

fn facts(words: Words, user: &User) -> Vec<(String, Html)> {
    let known = &user.details;
    let mut facts = vec![
        (words.t("people-upn"), Html::text(user.person.upn.as_str())),
        (words.t("people-mail"), Html::text(known.mail.as_str())),
    ];
    let mut add = |label: String, text: Option<String>| facts.extend(text.map(|text| (label, Html::from(text))));
    add(words.t("users-given-name"), known.given_name.as_ref().map(ToString::to_string));
    add(words.t("users-family-name"), known.family_name.as_ref().map(ToString::to_string));
    add(words.t("users-usage-location"), known.usage_location.map(|code| crate::words::country(words, code)));
    add(words.t("users-phone"), known.phone.as_ref().map(ToString::to_string));
    add(words.t("users-department"), known.department.as_ref().map(ToString::to_string));
    add(words.t("users-job-title"), known.job_title.as_ref().map(ToString::to_string));
    facts.push((words.t("users-added"), ui::day(words, user.created_at)));
    let last = user.signed_in_at.map_or_else(|| Html::text(&words.t("users-never")), |at| ui::moment(words, at));
    facts.push((words.t("users-last"), last));
    if user.must_change_password {
        facts.push((words.t("people-sign-in"), words.t("users-must-change").into()));
    }
    facts
}

/// What whoever looks may do to somebody's sign-in and record now.
fn steps(room: &impl AtCustomer, enabled: bool) -> Vec<(String, ui::Button)> {
    let words = room.visit().words();
    let mut steps = Vec::new();
    if room.may(Action::ResetPasswords) && enabled {
        let reset = ui::submit(words.t("people-reset")).small().icon("key").sends("do", "reset");
        steps.push((words.t("users-reset-text"), reset));
    }
    if room.may(Action::ManageUsers) {
        steps.push(if enabled {
            let block = ui::submit(words.t("people-block")).danger().small().sends("do", "block");
            (words.t("people-block-text"), block)
        } else {
            let unblock = ui::submit(words.t("people-unblock")).small().sends("do", "unblock");
            (words.t("people-unblock-text"), unblock)
        });
    }
    if room.may(Action::DeleteUsers) {
        let delete = ui::submit(words.t("users-delete")).danger().small().icon("trash").sends("do", "delete");
        steps.push((words.t("users-delete-text"), delete));
    }
    steps
}

/// The page of a user, with what `say` says in the part about licences.
pub(crate) async fn with_licences(
    room: &impl AtCustomer,
    id: UserId,
    wrong: &Wrong,
    say: impl FnOnce(&mut Section) + Send,
) -> Result<Rendered, Problem> {
    let user = found(room, id).await?;
    let mut licences = section(room, &user).await?;
    if let Some(section) = &mut licences {
        say(section);
    }
    render(room, &user, &Typed::of(&user), wrong, licences)
}

fn render(
    room: &impl AtCustomer,
    user: &User,
    typed: &Typed,
    wrong: &Wrong,
    licences: Option<Section>,
) -> Result<Rendered, Problem> {
    let words = room.visit().words();
    let living = user.deleted_at.is_none();
    let may = |action| living && room.may(action);
    let until = user.restorable_until().map(|at| words.date(at));
    let view = View {
        page: room.page(user.person.name.to_string()),
        crumbs: crumbs(room, user.person.name.to_string()),
        upn: user.person.upn.to_string(),
        here: format!("{}/{}", here(room), user.person.id),
        badge: standing(words, user),
        errors: wrong.list(words),
        facts: facts(words, user),
        version: user.version,
        fields: may(Action::ManageUsers).then(|| Fields::new(words, room.visit().now, typed, wrong)),
        roles: directory_roles(words, &user.person.directory_roles),
        choose: may(Action::AssignRoles).then(|| Roles::of(words, &user.person.directory_roles)),
        roles_error: wrong.get("roles"),
        deleted: until.map(|date| words.t_with("users-deleted-text", &[arg("date", &date)])),
        restore: (!living && room.may(Action::DeleteUsers))
            .then(|| ui::submit(words.t("users-restore")).small().icon("undo").sends("do", "restore")),
        licences,
        oneself: user.person.id == room.me().person.id,
        steps: if living { steps(room, user.person.enabled) } else { Vec::new() },
    };
    ui::render(&view)
}

async fn found(room: &impl AtCustomer, id: UserId) -> Result<User, Error> {
    ask(room, move |app, ctx, customer| operations::get(app, ctx, customer, id)).await
}

/// `GET {customer}/users/{uid}`
pub(crate) async fn show<R: AtCustomer>(room: R, Last(id): Last<UserId>) -> Result<Response, Problem> {
    let title = room.visit().words().t("users-title");
    if let Some(page) = closed(&room, Action::ViewUsers, Door::Behind, title)? {
        return Ok(page);
    }
    Ok(with_licences(&room, id, &Wrong::default(), |_| ()).await?.into_response())
}

/// What the page's buttons send.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Step {
    #[serde(rename = "do")]
    what: What,
    #[serde(default)]
    roles: Vec<String>,
    /// The version of the record that was changed.
    #[serde(default)]
    version: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    mail: String,
    #[serde(default)]
    given_name: String,
    #[serde(default)]
    family_name: String,
    #[serde(default)]
    usage_location: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    department: String,
    #[serde(default)]
    job_title: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Save,
    Roles,
    Block,
    Unblock,
    Reset,
    Delete,
    Restore,
}

/// `POST {customer}/users/{uid}`
pub(crate) async fn act<R: AtCustomer>(
    room: R,
    Last(id): Last<UserId>,
    Form(step): Form<Step>,
) -> Result<Response, Problem> {
    let place = format!("{}/{id}", here(&room));
    let done = |what: &str| Ok(see_other(&format!("{place}?done={what}")));
    match step.what {
        What::Save => save(&room, id, step).await,
        What::Roles => {
            let roles: Result<Vec<DirectoryRoleId>, Invalid> =
                step.roles.iter().map(|role| role.parse().map_err(|_| Invalid::NotOffered)).collect();
            let set = match roles {
                Ok(roles) => {
                    ask(&room, move |app, ctx, customer| operations::set_roles(app, ctx, customer, id, roles)).await
                }
                Err(why) => Err(Error::field("roles", why)),
            };
            match set {
                Ok(()) => done("user-roles"),
                Err(Error::Invalid(fields)) => refused(&room, id, None, &fields).await,
                Err(error) => Err(error.into()),
            }
        }
        What::Block | What::Unblock => {
            let enabled = matches!(step.what, What::Unblock);
            ask(&room, move |app, ctx, customer| operations::set_enabled(app, ctx, customer, id, enabled)).await?;
            done(if enabled { "user-unblocked" } else { "user-blocked" })
        }
        What::Reset => {
            let reset =
                ask(&room, move |app, ctx, customer| operations::reset_password(app, ctx, customer, id)).await?;
            Ok(once(&room, reset)?.into_response())
        }
        What::Delete => {
            ask(&room, move |app, ctx, customer| operations::delete(app, ctx, customer, id)).await?;
            done("user-deleted")
        }
        What::Restore => {
            let missing = ask(&room, move |app, ctx, customer| operations::restore(app, ctx, customer, id)).await?;
            done(if missing.is_empty() { "user-restored" } else { "user-restored-without" })
        }
    }
}

async fn save(room: &impl AtCustomer, id: UserId, step: Step) -> Result<Response, Problem> {
    let user = found(room, id).await?;
    let version = step.version;
    let typed = Typed::sent(step);
    let answer = match typed.details(user.person.upn.as_str()) {
        Ok(details) => {
            ask(room, move |app, ctx, customer| operations::edit(app, ctx, customer, id, version, details)).await
        }
        Err(fields) => Err(Error::Invalid(fields)),
    };
    match answer {
        Ok(()) => Ok(see_other(&format!("{}/{id}?done=user-saved", here(room)))),
        Err(Error::Invalid(fields)) => refused(room, id, Some(typed), &fields).await,
        Err(error) => Err(error.into()),
    }
}

/// The record again with what was wrong; who may not even see it learns nothing more.
async fn refused(
    room: &impl AtCustomer,
    id: UserId,
    typed: Option<Typed>,
    fields: &[Field],
) -> Result<Response, Problem> {
    let user = found(room, id).await?;
    let typed = typed.unwrap_or_else(|| Typed::of(&user));
    let licences = section(room, &user).await?;
    let page = render(room, &user, &typed, &Wrong::of(room.visit().words(), fields), licences)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

impl Typed {
    fn sent(step: Step) -> Self {
        Self {
            name: step.name,
            upn: String::new(),
            mail: step.mail,
            given_name: step.given_name,
            family_name: step.family_name,
            usage_location: step.usage_location,
            phone: step.phone,
            department: step.department,
            job_title: step.job_title,
        }
    }
}

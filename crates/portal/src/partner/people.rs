//! P22, people: who may sign in for this partner, and adding somebody. A new password is shown once, on the answer to the
//! form that made it; it is in no address and in no list.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::people::{self, After, New};
use entente_app::{Error, Field, Invalid};
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::policy::Action;
use entente_domain::text::{EmailAddress, PersonName, UserPrincipalName};
use serde::Deserialize;

use super::settings::tabs;
use super::{Desk, Wrong, ask, require, words};
use crate::i18n::Words;
use crate::trail::{Asked, Shown, pack, unpack};
use crate::ui::{self, Html, Page, Rendered, arg, badge};
use crate::web::{Form, Query};
use crate::{PartnerSession, Problem};

/// People on a page.
const ROWS: i64 = 50;
pub(super) const HERE: &str = "/partner/settings/people";

#[derive(Template)]
#[template(path = "partner/people.html")]
struct List {
    page: Page,
    tabs: ui::Segments,
    rows: Vec<Row>,
    pager: ui::Pager,
}

struct Row {
    href: String,
    name: String,
    upn: String,
    roles: String,
    badge: Html,
}

/// Whether somebody may sign in, as a badge.
pub(super) fn standing(words: Words, person: &Person) -> Html {
    if person.enabled { badge("ok", words.t("people-active")) } else { badge("bad", words.t("people-blocked")) }
}

fn read_cursor(text: &str) -> Option<After> {
    let text = unpack(text)?;
    let (id, name_key) = text.split_once(' ')?;
    Some(After { id: id.parse().ok()?, name_key: name_key.to_owned() })
}

/// `GET /partner/settings/people`
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    let place = asked.read(read_cursor)?;
    let s = &desk.s;
    let found = ask(s, move |app, ctx| people::list(app, ctx, place.as_ref(), ROWS)).await?;
    let words = s.visit.words();
    let row = |person: &Person| {
        let roles: Vec<String> = person.partner_roles.iter().map(|role| words::role(words, *role)).collect();
        Row {
            href: format!("{HERE}/{}", person.id),
            name: person.name.to_string(),
            upn: person.upn.to_string(),
            roles: if roles.is_empty() { words.t("people-no-roles") } else { roles.join(words::comma(words)) },
            badge: standing(words, person),
        }
    };
    let next = found.next.map(|it| pack(&format!("{} {}", it.id, it.name_key)));
    let place = asked.place();
    let view = List {
        page: desk.page(words.t("people-title"), super::settings::HERE),
        tabs: tabs(s, HERE),
        rows: found.people.iter().map(row).collect(),
        pager: place.pager(words, HERE, Shown { rows: ROWS, here: found.people.len(), all: None }, next.as_deref()),
    };
    ui::render(&view)
}

/// What was typed about somebody new.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    upn: String,
    mail: String,
    roles: Vec<String>,
}

impl Typed {
    fn read(&self) -> Result<New, Vec<Field>> {
        let name = PersonName::parse(&self.name).map_err(Invalid::Text);
        let upn = UserPrincipalName::parse(&self.upn).map_err(Invalid::Text);
        // Most people's mail goes to their sign-in name.
        let typed = if self.mail.trim().is_empty() { &self.upn } else { &self.mail };
        let mail = EmailAddress::parse(typed).map_err(Invalid::Text);
        let roles = roles(&self.roles);
        match (name, upn, mail, roles) {
            (Ok(name), Ok(upn), Ok(mail), Ok(roles)) => Ok(New { name, upn, mail, roles }),
            (name, upn, mail, roles) => {
                let mail = mail.err().filter(|_| !self.mail.trim().is_empty());
                let wrong = [("name", name.err()), ("upn", upn.err()), ("mail", mail), ("roles", roles.err())];
                Err(wrong.into_iter().filter_map(|(name, why)| Some(Field { name, why: why? })).collect())
            }
        }
    }
}

/// The roles ticked in a form.
pub(super) fn roles(codes: &[String]) -> Result<Vec<PartnerRole>, Invalid> {
    codes.iter().map(|code| PartnerRole::parse(code).ok_or(Invalid::NotOffered)).collect()
}

/// A box for every role, saying what it allows.
pub(super) fn role_boxes(words: Words, ticked: impl Fn(PartnerRole) -> bool) -> Vec<ui::Choice> {
    let one = |role: &PartnerRole| {
        let tick = ui::tick("roles[]", words::role(words, *role)).value(role.code());
        tick.hint(words::reach(words, *role)).checked(ticked(*role))
    };
    PartnerRole::ALL.iter().map(one).collect()
}

#[derive(Template)]
#[template(path = "partner/person_new.html")]
struct Blank {
    page: Page,
    crumbs: ui::Crumbs,
    errors: ui::Errors,
    name: ui::Field,
    upn: ui::Field,
    mail: ui::Field,
    roles: Vec<ui::Choice>,
    roles_error: Option<String>,
}

/// The way back up from a page about one person.
pub(super) fn crumbs(words: Words, here: String) -> ui::Crumbs {
    let above =
        vec![(super::settings::HERE.to_owned(), words.t("own-title")), (HERE.to_owned(), words.t("people-title"))];
    ui::Crumbs { words, above, here }
}

fn form(desk: &Desk, typed: &Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let example = format!("name@{}", s.me.tenant.domain);
    let view = Blank {
        page: desk.page(words.t("people-add"), super::settings::HERE),
        crumbs: crumbs(words, words.t("people-add")),
        errors: wrong.list(s.visit.words()),
        name: ui::field("name", words.t("people-name")).value(&typed.name).max(120).required().error(wrong.get("name")),
        upn: ui::field("upn", words.t("people-upn"))
            .value(&typed.upn)
            .max(254)
            .required()
            .hint(words.t_with("people-upn-hint", &[arg("example", &example)]))
            .error(wrong.get("upn")),
        mail: ui::field("mail", words.t("people-mail"))
            .value(&typed.mail)
            .max(254)
            .optional(words.t("form-optional"))
            .hint(words.t("people-mail-hint"))
            .error(wrong.get("mail")),
        roles: role_boxes(words, |role| typed.roles.iter().any(|code| code == role.code())),
        roles_error: wrong.get("roles"),
    };
    ui::render(&view)
}

/// `GET /partner/settings/people/new`
pub(super) async fn blank(desk: Desk) -> Result<Rendered, Problem> {
    require(&desk.s, Action::ManagePeople)?;
    form(&desk, &Typed::default(), &Wrong::default())
}

/// `POST /partner/settings/people/new`: answers with the first password.
pub(super) async fn add(s: PartnerSession, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    let answer = match typed.read() {
        Ok(new) => ask(&s, move |app, ctx| people::add(app, ctx, new)).await,
        // Whoever may not add anybody learns that first, not what is wrong with a name.
        Err(fields) => {
            require(&s, Action::ManagePeople)?;
            Err(Error::Invalid(fields))
        }
    };
    match answer {
        Ok(added) => {
            let desk = Desk::of(s).await?;
            Ok(once(&desk, &added.person, added.password)?.into_response())
        }
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::of(s.visit.words(), &fields);
            let page = form(&Desk::of(s).await?, &typed, &wrong)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "partner/password.html")]
struct Once {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    upn: String,
    password: ui::LinkBox,
    person: String,
}

/// The only page that ever shows a password. Like every page it is not to be stored.
pub(super) fn once(desk: &Desk, person: &Person, password: String) -> Result<Rendered, Problem> {
    let words = desk.s.visit.words();
    let name = person.name.as_str();
    let view = Once {
        page: desk.page(words.t("password-title"), super::settings::HERE),
        crumbs: crumbs(words, name.to_owned()),
        lead: words.t_with("password-lead", &[arg("person", name)]),
        upn: person.upn.to_string(),
        password: ui::LinkBox { url: password, copy: words.t("password-copy") },
        person: format!("{HERE}/{}", person.id),
    };
    ui::render(&view)
}

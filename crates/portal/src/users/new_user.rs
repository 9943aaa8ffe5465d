//! Adding a user, and the form that a record is typed into. A new password is shown once, on the answer to the form that made it; it
//! is in no address and in no list.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::user::{self as operations, Details, New, Password, User};
use entente_app::{Error, Field, Invalid};
use entente_domain::market::{self, CountryCode};
use entente_domain::policy::Action;
use entente_domain::text::{TextError, UserPrincipalName};
use entente_domain::time::Timestamp;
use serde::Deserialize;

use super::{Wrong, crumbs, here};
use crate::Problem;
use crate::at_customer::{AtCustomer, Door, ask, closed};
use crate::i18n::Words;
use crate::ui::{self, Page, Rendered, arg};
use crate::web::Form;

/// What was typed about a user.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    pub(super) name: String,
    pub(super) upn: String,
    pub(super) mail: String,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) usage_location: String,
    pub(super) phone: String,
    pub(super) department: String,
    pub(super) job_title: String,
}

impl Typed {
    /// What a record holds now.
    pub(super) fn of(user: &User) -> Self {
        let known = &user.details;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            name: known.name.to_string(),
            upn: user.person.upn.to_string(),
            mail: known.mail.to_string(),
            given_name: text(known.given_name.as_ref().map(AsRef::as_ref)),
            family_name: text(known.family_name.as_ref().map(AsRef::as_ref)),
            usage_location: text(known.usage_location.as_ref().map(CountryCode::as_str)),
            phone: text(known.phone.as_ref().map(AsRef::as_ref)),
            department: text(known.department.as_ref().map(AsRef::as_ref)),
            job_title: text(known.job_title.as_ref().map(AsRef::as_ref)),
        }
    }

    /// Reads everything but the sign-in name, which mail goes to where nothing else is typed.
    pub(super) fn details(&self, upn: &str) -> Result<Details, Vec<Field>> {
        let mut wrong = Vec::new();
        let mail = if self.mail.trim().is_empty() { upn } else { &self.mail };
        let name = read("name", &self.name, &mut wrong);
        let mail_typed = !self.mail.trim().is_empty();
        let mut unread = Vec::new();
        let mail = read("mail", mail, if mail_typed { &mut wrong } else { &mut unread });
        let given_name = optional("given_name", &self.given_name, &mut wrong);
        let family_name = optional("family_name", &self.family_name, &mut wrong);
        let usage_location = match self.usage_location.trim() {
            "" => None,
            code => {
                code.parse().map_err(|_| wrong.push(Field { name: "usage_location", why: Invalid::NotOffered })).ok()
            }
        };
        let phone = optional("phone", &self.phone, &mut wrong);
        let department = optional("department", &self.department, &mut wrong);
        let job_title = optional("job_title", &self.job_title, &mut wrong);
        match (name, mail) {
            (Some(name), Some(mail)) if wrong.is_empty() => {
                Ok(Details { name, mail, given_name, family_name, usage_location, phone, department, job_title })
            }
            _ => Err(wrong),
        }
    }

    fn read(&self) -> Result<New, Vec<Field>> {
        let upn = UserPrincipalName::parse(&self.upn).map_err(Invalid::Text);
        match (upn, self.details(&self.upn)) {
            (Ok(upn), Ok(details)) => Ok(New { upn, details }),
            (upn, details) => {
                let mut wrong = details.err().unwrap_or_default();
                wrong.extend(upn.err().map(|why| Field { name: "upn", why }));
                Err(wrong)
            }
        }
    }
}

fn read<T: std::str::FromStr<Err = TextError>>(name: &'static str, text: &str, wrong: &mut Vec<Field>) -> Option<T> {
    text.parse().map_err(|why| wrong.push(Field { name, why: Invalid::Text(why) })).ok()
}

fn optional<T: std::str::FromStr<Err = TextError>>(
    name: &'static str,
    text: &str,
    wrong: &mut Vec<Field>,
) -> Option<T> {
    if text.trim().is_empty() { None } else { read(name, text, wrong) }
}

/// The fields of a record, but for the sign-in name.
pub(super) struct Fields {
    pub(super) name: ui::Field,
    pub(super) mail: ui::Field,
    pub(super) given_name: ui::Field,
    pub(super) family_name: ui::Field,
    pub(super) usage_location: ui::Select,
    pub(super) phone: ui::Field,
    pub(super) department: ui::Field,
    pub(super) job_title: ui::Field,
}

impl Fields {
    pub(super) fn new(words: Words, now: Timestamp, typed: &Typed, wrong: &Wrong) -> Self {
        let field = |name: &'static str, label: String, value: &str, max: u32| {
            ui::field(name, label).value(value).max(max).error(wrong.get(name))
        };
        let optional = |field: ui::Field| field.optional(words.t("form-optional"));
        let mut countries = vec![ui::option("", words.t("users-no-location"))];
        countries.extend(countries_of(words, now).into_iter().map(|(code, name)| ui::option(code, name)));
        Self {
            name: field("name", words.t("users-name"), &typed.name, 120).required(),
            mail: optional(field("mail", words.t("people-mail"), &typed.mail, 254)).hint(words.t("people-mail-hint")),
            given_name: optional(field("given_name", words.t("users-given-name"), &typed.given_name, 120)),
            family_name: optional(field("family_name", words.t("users-family-name"), &typed.family_name, 120)),
            usage_location: ui::select("usage_location", words.t("users-usage-location"), countries)
                .value(typed.usage_location.trim())
                .optional(words.t("form-optional"))
                .hint(words.t("users-usage-location-hint"))
                .error(wrong.get("usage_location")),
            phone: optional(field("phone", words.t("users-phone"), &typed.phone, 40)),
            department: optional(field("department", words.t("users-department"), &typed.department, 100)),
            job_title: optional(field("job_title", words.t("users-job-title"), &typed.job_title, 100)),
        }
    }
}

/// Every country by its name in the reader's language.
fn countries_of(words: Words, now: Timestamp) -> Vec<(String, String)> {
    let named = |code: CountryCode| (code.to_string(), crate::words::country(words, code));
    let mut all: Vec<(String, String)> = market::all_countries(now).into_iter().map(named).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

#[derive(Template)]
#[template(path = "users/new.html")]
struct Blank {
    page: Page,
    crumbs: ui::Crumbs,
    here: String,
    errors: ui::Errors,
    upn: ui::Field,
    fields: Fields,
}

async fn form(room: &impl AtCustomer, typed: &Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let words = room.visit().words();
    let domains = ask(room, operations::domains).await?;
    let domains: Vec<String> = domains.iter().map(|domain| format!("@{domain}")).collect();
    let domains = domains.join(&words.t("list-comma"));
    let view = Blank {
        page: room.page(words.t("users-add")),
        crumbs: crumbs(room, words.t("users-add")),
        here: here(room),
        errors: wrong.list(words),
        upn: ui::field("upn", words.t("people-upn"))
            .value(&typed.upn)
            .max(254)
            .required()
            .hint(words.t_with("users-upn-hint", &[arg("domains", &domains)]))
            .error(wrong.get("upn")),
        fields: Fields::new(words, room.visit().now, typed, wrong),
    };
    ui::render(&view)
}

/// `GET {customer}/users/new`
pub(crate) async fn blank<R: AtCustomer>(room: R) -> Result<Response, Problem> {
    let title = room.visit().words().t("users-add");
    if let Some(page) = closed(&room, Action::ManageUsers, Door::Behind, title)? {
        return Ok(page);
    }
    Ok(form(&room, &Typed::default(), &Wrong::default()).await?.into_response())
}

/// `POST {customer}/users/new`: answers with the first password.
pub(crate) async fn add<R: AtCustomer>(room: R, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    let title = room.visit().words().t("users-add");
    // Whoever may not add anybody learns that first, not what is wrong with a name.
    if let Some(page) = closed(&room, Action::ManageUsers, Door::Behind, title)? {
        return Ok(page);
    }
    let answer = match typed.read() {
        Ok(new) => ask(&room, move |app, ctx, customer| operations::create(app, ctx, customer, new)).await,
        Err(fields) => Err(Error::Invalid(fields)),
    };
    match answer {
        Ok(added) => Ok(once(&room, added)?.into_response()),
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::of(room.visit().words(), &fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&room, &typed, &wrong).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "users/password.html")]
struct Once {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    upn: String,
    password: ui::LinkBox,
    user: String,
}

/// The only page that ever shows a password. Like every page it is not to be stored.
pub(super) fn once(room: &impl AtCustomer, Password { user, password }: Password) -> Result<Rendered, Problem> {
    let words = room.visit().words();
    let name = user.details.name.as_str();
    let view = Once {
        page: room.page(words.t("password-title")),
        crumbs: crumbs(room, name.to_owned()),
        lead: words.t_with("password-lead", &[arg("person", name)]),
        upn: user.person.upn.to_string(),
        password: ui::LinkBox { url: password, copy: words.t("password-copy") },
        user: format!("{}/{}", here(room), user.person.id),
    };
    ui::render(&view)
}

//! P21, the secrets and keys of an application. A new secret is shown once, on the answer to the form that made it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::application::{self, MAX_LABEL, Registered};
use entente_app::{Error, Field, Invalid};
use entente_domain::application::CREDENTIAL_DAYS;
use entente_domain::ids::{ApplicationId, CredentialId};
use serde::Deserialize;

use super::application::{called, one};
use super::applications::{HERE, crumbs};
use super::end::Confirm;
use super::{Desk, Named, Within, Wrong, after, ask};
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::{Form, Nothing};
use crate::{PartnerSession, Problem};

/// Half a year: long enough to forget about, short enough that somebody remembers how it was made.
const USUAL_DAYS: &str = "180";

/// What was typed about a new one.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    sort: String,
    label: String,
    days: String,
    key: String,
}

#[derive(Template)]
#[template(path = "partner/credential_new.html")]
struct Blank {
    page: Page,
    crumbs: ui::Crumbs,
    errors: ui::Errors,
    here: String,
    back: String,
    secret: ui::Choice,
    public_key: ui::Choice,
    sort_error: Option<String>,
    key: ui::Area,
    label: ui::Field,
    days: ui::Field,
}

fn form(desk: &Desk, found: &Registered, typed: &Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let back = format!("{HERE}/{}", found.application.id);
    let view = Blank {
        page: desk.page(words.t("credential-add"), super::settings::HERE),
        crumbs: crumbs(words, Some((back.clone(), found.application.name.to_string())), words.t("credential-add")),
        errors: wrong.list(s.visit.words()),
        here: format!("{back}/credentials"),
        back,
        secret: ui::choice("sort", "secret", words.t("credential-secret"))
            .hint(words.t("credential-secret-hint"))
            .checked(typed.sort == "secret")
            .required(),
        public_key: ui::choice("sort", "key", words.t("credential-key"))
            .hint(words.t("credential-key-hint"))
            .checked(typed.sort == "key")
            .required(),
        sort_error: wrong.get("sort"),
        key: ui::area("key", words.t("credential-key-text"))
            .value(&typed.key)
            .max(8_000)
            .hint(words.t("credential-key-text-hint"))
            .error(wrong.get("key")),
        label: ui::field("label", words.t("credential-label"))
            .value(&typed.label)
            .max(u32::try_from(MAX_LABEL).unwrap_or(u32::MAX))
            .optional(words.t("form-optional"))
            .hint(words.t("credential-label-hint"))
            .error(wrong.get("label")),
        days: ui::field("days", words.t("credential-days"))
            .kind("number")
            .value(&typed.days)
            .required()
            .hint(words.t_with("credential-days-hint", &[arg("max", CREDENTIAL_DAYS)]))
            .error(wrong.get("days")),
    };
    ui::render(&view)
}

/// `GET /partner/settings/applications/{id}/credentials`
pub(super) async fn blank(desk: Desk, Named(id): Named<ApplicationId>) -> Result<Rendered, Problem> {
    let found = one(&desk.s, id).await?;
    let typed = Typed { sort: "secret".to_owned(), days: USUAL_DAYS.to_owned(), ..Typed::default() };
    form(&desk, &found, &typed, &Wrong::default())
}

/// `POST /partner/settings/applications/{id}/credentials`: answers with the secret, if it is one.
pub(super) async fn add(
    s: PartnerSession,
    Named(id): Named<ApplicationId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let found = one(&s, id).await?;
    let refused = |name, why| Err(Error::Invalid(vec![Field { name, why }]));
    let asked = typed.clone();
    let answer = match (typed.days.trim().parse::<i64>(), typed.sort.as_str()) {
        (Err(_), _) => refused("days", Invalid::OutOfRange { min: 1, max: CREDENTIAL_DAYS }),
        (Ok(days), "secret") => {
            ask(&s, move |app, ctx| application::add_secret(app, ctx, id, &asked.label, days).map(Some)).await
        }
        (Ok(days), "key") => {
            let added = move |app: &_, ctx: &_| application::add_key(app, ctx, id, &asked.label, &asked.key, days);
            ask(&s, added).await.map(|()| None)
        }
        _ => refused("sort", Invalid::NotOffered),
    };
    match answer {
        Ok(Some(secret)) => Ok(once(&Desk::of(s).await?, &found, secret.text())?.into_response()),
        Ok(None) => Ok(after(&format!("{HERE}/{id}"), "key-added")),
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::of(s.visit.words(), &fields);
            let page = form(&Desk::of(s).await?, &found, &typed, &wrong)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "partner/secret.html")]
struct Once {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    id: String,
    secret: ui::LinkBox,
    back: String,
}

/// The only page that ever shows a secret. Like every page it is not to be stored.
fn once(desk: &Desk, found: &Registered, secret: String) -> Result<Rendered, Problem> {
    let words = desk.s.visit.words();
    let it = &found.application;
    let back = format!("{HERE}/{}", it.id);
    let view = Once {
        page: desk.page(words.t("secret-title"), super::settings::HERE),
        crumbs: crumbs(words, Some((back.clone(), it.name.to_string())), words.t("secret-title")),
        lead: words.t_with("secret-lead", &[arg("name", it.name.as_str())]),
        id: it.id.to_string(),
        secret: ui::LinkBox { url: secret, copy: words.t("secret-copy") },
        back,
    };
    ui::render(&view)
}

/// `GET /partner/settings/applications/{id}/credentials/{cid}`
pub(super) async fn confirm_remove(
    desk: Desk,
    Within(id, credential): Within<ApplicationId, CredentialId>,
) -> Result<Rendered, Problem> {
    let found = one(&desk.s, id).await?;
    let it = found.credentials.iter().find(|it| it.id == credential).ok_or_else(Problem::not_found)?;
    let words = desk.s.visit.words();
    let (back, name) = (format!("{HERE}/{id}"), called(words, it));
    let effects = ui::Keep {
        lines: vec![
            ("x", "risk", words.t("credential-remove-proves").into()),
            ("x", "risk", words.t("credential-remove-back").into()),
            ("check", "yes", words.t("credential-remove-stays").into()),
        ],
    };
    ui::render(&Confirm {
        page: desk.page(words.t_with("credential-remove-title", &[arg("name", &name)]), super::settings::HERE),
        crumbs: crumbs(words, Some((back.clone(), found.application.name.to_string())), words.t("credential-remove")),
        here: format!("{back}/credentials/{credential}"),
        effects: Html::trusted(effects.to_string()),
        back,
        keep: words.t("credential-keep"),
        go: words.t("credential-remove"),
    })
}

/// `POST /partner/settings/applications/{id}/credentials/{cid}`
pub(super) async fn remove(
    s: PartnerSession,
    Within(id, credential): Within<ApplicationId, CredentialId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    ask(&s, move |app, ctx| application::remove_credential(app, ctx, id, credential)).await?;
    Ok(after(&format!("{HERE}/{id}"), "credential-removed"))
}

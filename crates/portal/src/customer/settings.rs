//! C10, a person's own settings: language and password. Who may accept for the organisation is said, not chosen.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use entente_app::{Error, account};
use entente_domain::language::Language;
use entente_domain::policy::Action;
use serde::Deserialize;

use super::stop::Stop;
use super::{after, ask, page, troubles};
use crate::health::Shown;
use crate::refusal::field_message;
use crate::ui::{self, Errors, Field, Page, Select};
use crate::web::Form;
use crate::{CustomerSession, Problem};

#[derive(Template)]
#[template(path = "customer/settings.html")]
struct View {
    page: Page,
    /// For those who arrive here, as they may not see partners.
    troubles: Vec<Shown>,
    here: String,
    security: String,
    language: Select,
    errors: Errors,
    current: Field,
    password: Field,
    name: String,
    upn: String,
    mail: String,
    organisation: String,
    /// Where the organisation's record is, for those who may see it.
    company: Option<String>,
    /// Where global administrators name the organisation's own provider.
    provider: Option<String>,
}

/// What was posted; one button a form says which.
#[derive(Deserialize)]
pub(super) struct Change {
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn show(s: CustomerSession) -> Result<Response, Problem> {
    render(&s, &[]).await
}

async fn render(s: &CustomerSession, wrong: &[(&'static str, String)]) -> Result<Response, Problem> {
    let words = s.visit.words();
    let said = |name: &str| wrong.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone());
    let person = &s.me.person;
    let languages = Language::ALL.into_iter().map(|it| ui::option(it.tag(), it.own_name()));
    let options = std::iter::once(ui::option("", words.t("me-language-none"))).chain(languages).collect();
    let troubles = if s.me.may(Action::ViewPartners) { Vec::new() } else { troubles(s).await? };
    let view = View {
        page: page(s, words.t("me-title"), "/settings"),
        troubles,
        here: s.path("/settings"),
        security: s.path("/settings/security"),
        language: ui::select("language", words.t("me-language"), options)
            .value(person.language.map(Language::tag).unwrap_or_default())
            .hint(words.t("me-language-hint"))
            .error(said("language")),
        errors: Errors { words, items: wrong.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect() },
        current: ui::field("current", words.t("me-current"))
            .kind("password")
            .autocomplete("current-password")
            .max(256)
            .required()
            .error(said("current")),
        password: ui::field("password", words.t("me-new"))
            .kind("password")
            .autocomplete("new-password")
            .max(256)
            .hint(words.t("me-new-hint"))
            .required()
            .error(said("password")),
        name: person.name.to_string(),
        upn: person.upn.to_string(),
        mail: person.mail.to_string(),
        organisation: s.me.tenant.name.to_string(),
        company: s.me.may(Action::ViewCompany).then(|| s.path("/company")),
        provider: s.me.may(Action::SetCustomerProvider).then(|| s.path(super::provider::HERE)),
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, ui::render(&view)?).into_response())
}

pub(super) async fn save(s: CustomerSession, Form(change): Form<Change>) -> Result<Response, Stop> {
    let changed = match change.what.as_str() {
        "language" => language(&s, &change.language).await,
        "password" => password(&s, change).await,
        _ => return Err(Problem::broken_form().into()),
    };
    match changed {
        Ok(response) => Ok(response),
        Err(Error::Invalid(fields)) => {
            let words = s.visit.words();
            let wrong: Vec<_> = fields.iter().map(|it| (it.name, field_message(words, it.why))).collect();
            Ok(render(&s, &wrong).await?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn language(s: &CustomerSession, tag: &str) -> Result<Response, Error> {
    let chosen = match tag {
        "" => None,
        tag => Some(tag.parse().map_err(|_| Error::field("language", entente_app::Invalid::NotOffered))?),
    };
    ask(s, move |app, ctx| account::set_language(app, ctx, chosen)).await?;
    let mut response = after(&s.path("/settings"), "language");
    // A choice made on this browser outweighs the account's; whoever chooses here means the account's.
    if let Some(forget) = s.visit.cookie("lang", "", Some(0)) {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    Ok(response)
}

async fn password(s: &CustomerSession, change: Change) -> Result<Response, Error> {
    let keep = s.token.clone();
    ask(s, move |app, ctx| account::change_password(app, ctx, &keep, &change.current, &change.password)).await?;
    Ok(after(&s.path("/settings"), "password"))
}

//! The first start: whoever holds the link from the server's output names the operator's organisation and its first
//! administrator. Mounted only while there is none; a wrong link is a page that does not exist.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use entente_app::setup::{self, First};
use entente_app::sign_in::Audience;
use entente_app::{App, Ctx, Error, Field, Invalid};
use entente_domain::market::{self, CountryCode};
use entente_domain::text::TextError;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::session::{base, run, see_other, spoken};
use crate::ui::{self, Page, Portal};
use crate::web::{OpenForm, Visit};
use crate::{Problem, field_message, words};

/// A set-up that waits for its link to be opened.
#[derive(Clone)]
pub struct Setup {
    /// The application.
    pub app: App,
    /// [`setup::token_hash`] of the link's token; the token itself is kept nowhere.
    pub token: [u8; 32],
}

/// `/_setup/{token}`.
pub fn routes(setup: Setup) -> Router {
    Router::new().route("/_setup/{token}", get(show).post(finish)).with_state(Arc::new(setup))
}

impl Setup {
    /// Wrong, malformed and used up all look like any unknown address.
    async fn admit(&self, token: &str) -> Result<(), Problem> {
        if !bool::from(setup::token_hash(token).ct_eq(&self.token)) {
            return Err(Problem::not_found());
        }
        if run(&self.app, setup::needed).await? { Ok(()) } else { Err(Problem::not_found()) }
    }
}

/// What was typed, kept as it was typed; the password is typed again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    domain: String,
    country: String,
    person: String,
    upn: String,
    password: String,
    again: String,
}

impl Typed {
    fn first(&self) -> Result<First, Vec<Field>> {
        let mut wrong = Vec::new();
        let mut text =
            |name, why: Option<TextError>| wrong.extend(why.map(|why| Field { name, why: Invalid::Text(why) }));
        let (name, domain, person, upn) =
            (self.name.parse(), self.domain.parse(), self.person.parse(), self.upn.parse());
        text("name", name.as_ref().err().copied());
        text("domain", domain.as_ref().err().copied());
        text("person", person.as_ref().err().copied());
        text("upn", upn.as_ref().err().copied());
        let country = self.country.parse::<CountryCode>();
        if country.is_err() {
            wrong.push(Field { name: "country", why: Invalid::NotOffered });
        }
        if self.password != self.again {
            wrong.push(Field { name: "again", why: Invalid::NotOffered });
        }
        match (name, domain, country, person, upn, wrong.is_empty()) {
            (Ok(name), Ok(domain), Ok(country), Ok(person), Ok(upn), true) => {
                Ok(First { name, domain, country, person, upn, password: self.password.clone() })
            }
            _ => Err(wrong),
        }
    }
}

#[derive(Template)]
#[template(path = "setup/setup.html")]
struct View {
    page: Page,
    action: String,
    errors: ui::Errors,
    name: ui::Field,
    domain: ui::Field,
    country: ui::Select,
    person: ui::Field,
    upn: ui::Field,
    password: ui::Field,
    again: ui::Field,
}

fn view(visit: &Visit, typed: &Typed, wrong: &[Field]) -> View {
    let words = visit.words();
    let said = |it: &Field| match it.name {
        "again" => words.t("setup-again-differs"),
        _ => field_message(words, it.why),
    };
    let error = |name: &str| wrong.iter().find(|it| it.name == name).map(said);
    let field = |name: &str, label: &str, value: &str| {
        ui::field(name, words.t(label)).value(value).error(error(name)).required()
    };
    let mut countries: Vec<(String, CountryCode)> =
        market::all_countries(visit.now).into_iter().map(|it| (words::country(words, it), it)).collect();
    countries.sort();
    let options = countries.iter().map(|(name, code)| ui::option(code.as_str(), name.as_str())).collect();
    let secret = |name: &str, label: &str| {
        ui::field(name, words.t(label))
            .error(error(name))
            .kind("password")
            .autocomplete("new-password")
            .max(256)
            .required()
    };
    View {
        page: Page::new(visit, Portal::Partner, words.t("setup-title")),
        action: visit.path.clone(),
        errors: ui::Errors { words, items: wrong.iter().map(|it| (it.name.to_owned(), said(it))).collect() },
        name: field("name", crate::key!("setup-name"), &typed.name).autocomplete("organization").max(120).autofocus(),
        domain: field("domain", crate::key!("setup-domain"), &typed.domain).max(253).placeholder("example.org"),
        country: ui::select("country", words.t("setup-country"), options)
            .value(typed.country.as_str())
            .error(error("country"))
            .required(),
        person: field("person", crate::key!("setup-person"), &typed.person).autocomplete("name").max(120),
        upn: field("upn", crate::key!("setup-upn"), &typed.upn)
            .autocomplete("username")
            .max(254)
            .hint(words.t("setup-upn-hint")),
        password: secret("password", crate::key!("setup-password")).hint(words.t("setup-password-hint")),
        again: secret("again", crate::key!("setup-again")),
    }
}

async fn show(State(setup): State<Arc<Setup>>, Path(token): Path<String>, visit: Visit) -> Result<Response, Problem> {
    setup.admit(&token).await?;
    Ok(ui::render(&view(&visit, &Typed::default(), &[]))?.into_response())
}

async fn finish(
    State(setup): State<Arc<Setup>>,
    Path(token): Path<String>,
    visit: Visit,
    OpenForm(typed): OpenForm<Typed>,
) -> Result<Response, Problem> {
    setup.admit(&token).await?;
    let visit = Visit { path: format!("/_setup/{token}"), ..visit };
    let first = match typed.first() {
        Ok(first) => first,
        Err(wrong) => return again(&visit, &typed, &wrong),
    };
    let language = spoken(visit.preferences.language);
    let ctx = Ctx { address: Some(visit.address.to_string()), language, ..Ctx::operator() };
    match run(&setup.app, move |app| setup::finish(app, &ctx, first)).await {
        Ok(_) => Ok(see_other(&format!("{}/sign-in", base(Audience::Partner)))),
        Err(Error::Invalid(wrong)) => again(&visit, &typed, &wrong),
        Err(error) => Err(error.into()),
    }
}

fn again(visit: &Visit, typed: &Typed, wrong: &[Field]) -> Result<Response, Problem> {
    let page = ui::render(&view(visit, typed, wrong))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

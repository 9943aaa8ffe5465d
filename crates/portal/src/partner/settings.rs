//! P22: one's own account: language and password.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use entente_app::{Error, Field, Invalid, account};
use entente_domain::language::Language as Spoken;
use entente_domain::policy::Action;
use serde::Deserialize;

use super::{Desk, Wrong, after, ask, words};
use crate::i18n::Language;
use crate::ui::{self, Page, Rendered};
use crate::web::Form;
use crate::{PartnerSession, Problem};

pub(super) const HERE: &str = "/partner/settings";

#[derive(Template)]
#[template(path = "partner/settings.html")]
struct View {
    page: Page,
    tabs: ui::Segments,
    errors: ui::Errors,
    facts: Vec<(String, String)>,
    language: ui::Select,
    current: ui::Field,
    password: ui::Field,
    repeat: ui::Field,
    username: String,
}

/// What the page's two forms send.
#[derive(Clone, Deserialize)]
pub(super) struct Typed {
    #[serde(rename = "do")]
    what: What,
    #[serde(default)]
    language: String,
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    repeat: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Language,
    Password,
}

/// The pages of the settings this person has.
pub(super) fn tabs(s: &PartnerSession, here: &str) -> ui::Segments {
    let words = s.visit.words();
    let tab =
        |href: &str, label: String| ui::Segment { current: href == here, href: href.to_owned(), label, count: None };
    let mut parts =
        vec![tab(HERE, words.t("own-profile")), tab("/partner/settings/security", words.t("security-title"))];
    if s.me.may(Action::ManagePeople) {
        parts.push(tab("/partner/settings/people", words.t("people-title")));
    }
    if s.me.may(Action::SetPartnerProvider) {
        parts.push(tab(super::provider::HERE, words.t("provider-tab")));
    }
    if s.me.may(Action::ManageApplications) {
        parts.push(tab("/partner/settings/applications", words.t("applications-title")));
    }
    ui::Segments { label: words.t("own-title"), parts }
}

fn render(desk: &Desk, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let person = &s.me.person;
    let roles: Vec<String> = person.partner_roles.iter().map(|role| words::role(words, *role)).collect();
    let mut languages = vec![ui::option("", words.t("own-language-any"))];
    languages.extend(Language::ALL.map(|it| ui::option(it.code(), it.name())));
    // A password is never sent back to the page, whatever was wrong with it.
    let secret = |name: &'static str, label: String, purpose| {
        ui::field(name, label).kind("password").autocomplete(purpose).max(256).required().error(wrong.get(name))
    };
    let view = View {
        page: desk.page(words.t("own-title"), HERE),
        tabs: tabs(s, HERE),
        errors: wrong.list(s.visit.words()),
        facts: vec![
            (words.t("people-name"), person.name.to_string()),
            (words.t("people-upn"), person.upn.to_string()),
            (words.t("people-mail"), person.mail.to_string()),
            (words.t("own-organisation"), s.me.tenant.name.to_string()),
            (words.t("people-roles"), roles.join(words::comma(words))),
        ],
        language: ui::select("language", words.t("own-language"), languages)
            .value(person.language.map(Spoken::tag).unwrap_or_default())
            .hint(words.t("own-language-hint"))
            .error(wrong.get("language")),
        current: secret("current", words.t("own-current"), "current-password"),
        password: secret("password", words.t("own-new"), "new-password").hint(words.t("own-new-hint")),
        repeat: secret("repeat", words.t("own-repeat"), "new-password"),
        username: person.upn.to_string(),
    };
    ui::render(&view)
}

/// `GET /partner/settings`
pub(super) async fn show(desk: Desk) -> Result<Rendered, Problem> {
    render(&desk, &Wrong::default())
}

/// `POST /partner/settings`
pub(super) async fn save(s: PartnerSession, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    match typed.what {
        What::Language => language(s, &typed.language).await,
        // Only the page asks twice, so only the page can tell that the two differ.
        What::Password if typed.password != typed.repeat => {
            refused(s, |s| Wrong::said("repeat", s.visit.words().t("own-differ"))).await
        }
        What::Password => match password(&s, typed).await {
            Ok(()) => Ok(after(HERE, "password")),
            Err(Error::Invalid(fields)) => refused(s, |s| Wrong::of(s.visit.words(), &fields)).await,
            Err(error) => Err(error.into()),
        },
    }
}

async fn refused(s: PartnerSession, wrong: impl FnOnce(&PartnerSession) -> Wrong) -> Result<Response, Problem> {
    let wrong = wrong(&s);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&Desk::of(s).await?, &wrong)?).into_response())
}

/// The choice is the account's. What this browser was told earlier would outweigh it, so the browser forgets that.
async fn language(s: PartnerSession, typed: &str) -> Result<Response, Problem> {
    let chosen = match typed {
        "" => None,
        tag => {
            let Some(language) = Language::ALL.into_iter().find(|it| it.code() == tag) else {
                let fields = [Field { name: "language", why: Invalid::NotOffered }];
                return refused(s, |s| Wrong::of(s.visit.words(), &fields)).await;
            };
            Some(language)
        }
    };
    ask(&s, move |app, ctx| account::set_language(app, ctx, chosen.map(crate::session::spoken))).await?;
    let mut response = after(HERE, "saved");
    if let Some(cookie) = s.visit.cookie("lang", "", Some(0)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn password(s: &PartnerSession, typed: Typed) -> Result<(), Error> {
    let keep = s.token.clone();
    ask(s, move |app, ctx| account::change_password(app, ctx, &keep, &typed.current, &typed.password)).await
}

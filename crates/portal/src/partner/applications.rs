//! P21, the applications part: which programs of this partner the authority knows, and registering one.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::application::{self, Choice, Registered};
use entente_app::{Error, Field, Invalid};
use entente_domain::application::{Application, CredentialStanding, NotARedirect, RedirectUri, Signature};
use entente_domain::policy::Action;
use entente_domain::text::CompanyName;
use serde::Deserialize;

use super::people::{role_boxes, roles};
use super::settings::tabs;
use super::{Desk, Wrong, after, ask, require};
use crate::i18n::Words;
use crate::key;
use crate::ui::{self, Html, Page, Rendered, arg, badge};
use crate::web::Form;
use crate::{PartnerSession, Problem};

pub(super) const HERE: &str = "/partner/settings/applications";

#[derive(Template)]
#[template(path = "partner/applications.html")]
struct List {
    page: Page,
    tabs: ui::Segments,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    name: String,
    kind: String,
    credentials: Html,
    badge: Html,
}

/// `GET /partner/settings/applications`
pub(super) async fn list(desk: Desk) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let all = ask(s, application::list).await?;
    let words = s.visit.words();
    let row = |it: &Registered| Row {
        href: format!("{HERE}/{}", it.application.id),
        name: it.application.name.to_string(),
        kind: kind(words, it.application.confidential),
        credentials: credentials(s, it),
        badge: standing(words, &it.application),
    };
    let view = List {
        page: desk.page(words.t("applications-title"), super::settings::HERE),
        tabs: tabs(s, HERE),
        rows: all.iter().map(row).collect(),
    };
    ui::render(&view)
}

/// What an application can keep to itself.
pub(super) fn kind(words: Words, confidential: bool) -> String {
    words.t(if confidential { key!("applications-confidential") } else { key!("applications-public") })
}

/// Whether it is switched on, as a badge.
pub(super) fn standing(words: Words, it: &Application) -> Html {
    if it.enabled { badge("ok", words.t("applications-on")) } else { badge("bad", words.t("applications-off")) }
}

/// The worst that is to be said about its secrets and keys: only what needs somebody has a colour.
fn credentials(s: &PartnerSession, it: &Registered) -> Html {
    let words = s.visit.words();
    let count = |standing| it.credentials.iter().filter(|it| it.standing(s.visit.now) == standing).count();
    let said = |tone, key, n: usize| badge(tone, words.t_with(key, &[arg("n", n)]));
    let (good, soon) = (count(CredentialStanding::Good), count(CredentialStanding::EndsSoon));
    let (unused, expired) = (count(CredentialStanding::Unused), count(CredentialStanding::Expired));
    match (soon, unused, expired) {
        _ if !it.application.confidential => Html::text("–"),
        _ if it.credentials.is_empty() => badge("warn", words.t("applications-no-credentials")),
        (0, 0, 0) => Html::text(&words.t_with("applications-credentials-good", &[arg("n", good)])),
        (0, 0, n) => said("bad", key!("applications-credentials-expired"), n),
        (0, n, _) => said("bad", key!("applications-credentials-unused"), n),
        (n, _, _) => said("warn", key!("applications-credentials-soon"), n),
    }
}

/// What was typed about an application.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) redirects: String,
    pub(super) roles: Vec<String>,
    pub(super) algorithm: String,
    pub(super) device_code: bool,
    /// Which version was changed; only of one that is there already.
    pub(super) version: Option<i64>,
}

impl Typed {
    /// The same as a form holds it.
    pub(super) fn of(it: &Application) -> Self {
        Self {
            name: it.name.to_string(),
            kind: if it.confidential { "confidential" } else { "public" }.to_owned(),
            redirects: it.redirects.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join("\n"),
            roles: it.roles.iter().map(|role| role.code().to_owned()).collect(),
            algorithm: it.algorithm.code().to_owned(),
            device_code: it.device_code,
            version: Some(it.version),
        }
    }

    /// Whether it is confidential; none when neither was chosen.
    fn confidential(&self) -> Option<bool> {
        match self.kind.as_str() {
            "confidential" => Some(true),
            "public" => Some(false),
            _ => None,
        }
    }

    pub(super) fn read(&self, s: &PartnerSession) -> Result<Choice, Wrong> {
        let name = CompanyName::parse(&self.name).map_err(Invalid::Text);
        let redirects = redirects(s.visit.words(), &self.redirects);
        let roles = roles(&self.roles);
        let algorithm = Signature::parse(&self.algorithm).ok_or(Invalid::NotOffered);
        match (name, redirects, roles, algorithm) {
            (Ok(name), Ok(redirects), Ok(roles), Ok(algorithm)) => {
                Ok(Choice { name, redirects, roles, algorithm, device_code: self.device_code })
            }
            (name, redirects, roles, algorithm) => {
                let fields = [("name", name.err()), ("roles", roles.err()), ("algorithm", algorithm.err())];
                let fields: Vec<Field> =
                    fields.into_iter().filter_map(|(name, why)| Some(Field { name, why: why? })).collect();
                Err(Wrong::of(s.visit.words(), &fields).and("redirects", redirects.err()))
            }
        }
    }
}

/// One address a line. What is wrong names its line, since there are many.
fn redirects(words: Words, typed: &str) -> Result<Vec<RedirectUri>, String> {
    let lines = typed.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.is_empty());
    lines
        .map(|(at, line)| {
            RedirectUri::parse(line).map_err(|why| {
                let key = match why {
                    NotARedirect::Malformed => key!("field-redirect-malformed"),
                    NotARedirect::Fragment => key!("field-redirect-fragment"),
                    NotARedirect::Scheme => key!("field-redirect-scheme"),
                    NotARedirect::Insecure => key!("field-redirect-insecure"),
                };
                words.t_with(key, &[arg("line", at)])
            })
        })
        .collect()
}

/// The controls that a new application and a changed one share.
pub(super) struct Controls {
    pub(super) name: ui::Field,
    pub(super) redirects: ui::Area,
    pub(super) roles: Vec<ui::Choice>,
    pub(super) roles_error: Option<String>,
    pub(super) algorithm: ui::Select,
    pub(super) device_code: ui::Choice,
}

impl Controls {
    pub(super) fn of(words: Words, typed: &Typed, wrong: &Wrong) -> Self {
        let algorithms = Signature::ALL.iter().map(|it| ui::option(it.code(), it.code())).collect();
        Self {
            name: ui::field("name", words.t("applications-name"))
                .value(&typed.name)
                .max(120)
                .required()
                .hint(words.t("applications-name-hint"))
                .error(wrong.get("name")),
            redirects: ui::area("redirects", words.t("applications-redirects"))
                .value(&typed.redirects)
                .optional(words.t("form-optional"))
                .hint(words.t("applications-redirects-hint"))
                .error(wrong.get("redirects"))
                .short(),
            roles: role_boxes(words, |role| typed.roles.iter().any(|code| code == role.code())),
            roles_error: wrong.get("roles"),
            algorithm: ui::select("algorithm", words.t("applications-algorithm"), algorithms)
                .value(&typed.algorithm)
                .hint(words.t("applications-algorithm-hint"))
                .error(wrong.get("algorithm")),
            device_code: ui::tick("device_code", words.t("applications-device"))
                .hint(words.t("applications-device-hint"))
                .checked(typed.device_code),
        }
    }
}

#[derive(Template)]
#[template(path = "partner/application_new.html")]
struct Blank {
    page: Page,
    crumbs: ui::Crumbs,
    errors: ui::Errors,
    kinds: Vec<ui::Choice>,
    kind_error: Option<String>,
    it: Controls,
}

/// The way back up from a page about applications.
pub(super) fn crumbs(words: Words, more: Option<(String, String)>, here: String) -> ui::Crumbs {
    let mut above = vec![
        (super::settings::HERE.to_owned(), words.t("own-title")),
        (HERE.to_owned(), words.t("applications-title")),
    ];
    above.extend(more);
    ui::Crumbs { words, above, here }
}

fn form(desk: &Desk, typed: &Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let one = |code: &'static str, confidential, hint| {
        let chosen = typed.kind == code;
        ui::choice("kind", code, kind(words, confidential)).hint(words.t(hint)).checked(chosen).required()
    };
    let view = Blank {
        page: desk.page(words.t("applications-add"), super::settings::HERE),
        crumbs: crumbs(words, None, words.t("applications-add")),
        errors: wrong.list(s.visit.words()),
        kinds: vec![
            one("confidential", true, key!("applications-confidential-hint")),
            one("public", false, key!("applications-public-hint")),
        ],
        kind_error: wrong.get("kind"),
        it: Controls::of(words, typed, wrong),
    };
    ui::render(&view)
}

/// `GET /partner/settings/applications/new`
pub(super) async fn blank(desk: Desk) -> Result<Rendered, Problem> {
    require(&desk.s, Action::ManageApplications)?;
    form(&desk, &Typed::default(), &Wrong::default())
}

/// `POST /partner/settings/applications/new`
pub(super) async fn add(s: PartnerSession, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    // Whoever may not register anything learns that first, not what is wrong with a name.
    require(&s, Action::ManageApplications)?;
    let wrong = match (typed.read(&s), typed.confidential()) {
        (Ok(choice), Some(confidential)) => {
            match ask(&s, move |app, ctx| application::register(app, ctx, choice, confidential)).await {
                Ok(it) => return Ok(after(&format!("{HERE}/{}", it.id), "registered")),
                Err(Error::Invalid(fields)) => Wrong::of(s.visit.words(), &fields),
                Err(error) => return Err(error.into()),
            }
        }
        (read, kind) => {
            let none = kind.is_none().then(|| s.visit.words().t("field-not-offered"));
            read.err().unwrap_or_default().and("kind", none)
        }
    };
    let page = form(&Desk::of(s).await?, &typed, &wrong)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

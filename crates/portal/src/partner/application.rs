//! P21, one application: its addresses for whoever builds it, what it may do, its secrets and keys, and switching it off.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::application::{self, Registered};
use entente_app::{App, Error};
use entente_domain::application::{Application, Credential, CredentialKind, CredentialStanding};
use entente_domain::ids::{ApplicationId, TenantId};

use super::applications::{Controls, HERE, Typed, crumbs, kind, standing};
use super::end::Confirm;
use super::{Desk, Named, Wrong, after, ask};
use crate::i18n::Words;
use crate::key;
use crate::ui::{self, Html, Page, Rendered, arg, badge};
use crate::web::{Form, Nothing};
use crate::{PartnerSession, Problem};

#[derive(Template)]
#[template(path = "partner/application.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    errors: ui::Errors,
    here: String,
    lead: String,
    badge: Html,
    enabled: bool,
    confidential: bool,
    version: i64,
    it: Controls,
    addresses: Vec<(String, Html)>,
    rows: Vec<Row>,
}

/// A secret or key.
struct Row {
    name: String,
    what: String,
    used: Html,
    ends: Html,
    badge: Html,
    remove: String,
    /// The button's words for screen readers.
    label: String,
}

/// A secret or a key, in a word.
pub(super) fn sort(words: Words, kind: CredentialKind) -> String {
    words.t(match kind {
        CredentialKind::Secret => key!("credential-secret"),
        CredentialKind::Key => key!("credential-key"),
    })
}

/// What people know a credential by: what they called it, or else what it is.
pub(super) fn called(words: Words, it: &Credential) -> String {
    if it.label.is_empty() { sort(words, it.kind) } else { it.label.clone() }
}

fn state(words: Words, standing: CredentialStanding) -> Html {
    match standing {
        CredentialStanding::Good => badge("ok", words.t("credential-good")),
        CredentialStanding::EndsSoon => badge("warn", words.t("credential-ends-soon")),
        CredentialStanding::Unused => badge("bad", words.t("credential-unused")),
        CredentialStanding::Expired => badge("bad", words.t("credential-expired")),
    }
}

fn row(s: &PartnerSession, here: &str, it: &Credential) -> Row {
    let words = s.visit.words();
    let name = called(words, it);
    Row {
        what: words.t_with("credential-what", &[arg("sort", &sort(words, it.kind)), arg("hint", &it.hint)]),
        used: it.used_at.map_or_else(|| Html::text(&words.t("credential-never")), |at| ui::day(words, at)),
        ends: ui::day(words, it.expires_at),
        badge: state(words, it.standing(s.visit.now)),
        remove: format!("{here}/credentials/{}", it.id),
        label: words.t_with("credential-remove-named", &[arg("name", &name)]),
        name,
    }
}

/// What a tool has to be told, each with a button that copies it.
fn addresses(words: Words, app: &App, tenant: TenantId, it: &Application) -> Vec<(String, Html)> {
    let authority = format!("{}/{tenant}", app.settings().authority);
    let one = |label: String, value: &str| {
        let copy = ui::copy_button(value, &words.t_with("applications-copy", &[arg("what", &label)]));
        (label, Html::trusted(format!("<code>{}</code> {copy}", Html::text(value))))
    };
    vec![
        one(words.t("applications-id"), &it.id.to_string()),
        one(words.t("applications-authority"), &authority),
        one(words.t("applications-token"), &format!("{authority}/oauth2/v2.0/token")),
        one(words.t("applications-discovery"), &format!("{authority}/v2.0/.well-known/openid-configuration")),
    ]
}

fn render(desk: &Desk, found: &Registered, typed: &Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let it = &found.application;
    let here = format!("{HERE}/{}", it.id);
    let view = View {
        page: desk.page(it.name.as_str(), super::settings::HERE),
        crumbs: crumbs(words, None, it.name.to_string()),
        errors: wrong.list(s.visit.words()),
        lead: kind(words, it.confidential),
        badge: standing(words, it),
        enabled: it.enabled,
        confidential: it.confidential,
        version: typed.version.unwrap_or(it.version),
        it: Controls::of(words, typed, wrong),
        addresses: addresses(words, &s.app, s.me.tenant.id, it),
        rows: found.credentials.iter().map(|it| row(s, &here, it)).collect(),
        here,
    };
    ui::render(&view)
}

/// One of the partner's applications; anybody else's answers like one that does not exist.
pub(super) async fn one(s: &PartnerSession, id: ApplicationId) -> Result<Registered, Problem> {
    Ok(ask(s, move |app, ctx| application::get(app, ctx, id)).await?)
}

/// `GET /partner/settings/applications/{id}`
pub(super) async fn show(desk: Desk, Named(id): Named<ApplicationId>) -> Result<Rendered, Problem> {
    let found = one(&desk.s, id).await?;
    render(&desk, &found, &Typed::of(&found.application), &Wrong::default())
}

/// `POST /partner/settings/applications/{id}`
pub(super) async fn save(
    s: PartnerSession,
    Named(id): Named<ApplicationId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let found = one(&s, id).await?;
    let version = typed.version.ok_or_else(Problem::broken_form)?;
    let wrong = match typed.read(&s) {
        Ok(choice) => match ask(&s, move |app, ctx| application::change(app, ctx, id, version, choice)).await {
            Ok(()) => return Ok(after(&format!("{HERE}/{id}"), "saved")),
            Err(Error::Invalid(fields)) => Wrong::of(s.visit.words(), &fields),
            Err(error) => return Err(error.into()),
        },
        Err(wrong) => wrong,
    };
    let page = render(&Desk::of(s).await?, &found, &typed, &wrong)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `GET /partner/settings/applications/{id}/off`
pub(super) async fn confirm_off(desk: Desk, Named(id): Named<ApplicationId>) -> Result<Rendered, Problem> {
    let found = one(&desk.s, id).await?;
    let words = desk.s.visit.words();
    let name = found.application.name.as_str();
    let here = format!("{HERE}/{id}");
    let effects = ui::Keep {
        lines: vec![
            ("x", "risk", words.t("applications-off-tokens").into()),
            ("x", "risk", words.t("applications-off-people").into()),
            ("x", "risk", words.t("applications-off-new").into()),
            ("check", "yes", words.t("applications-off-stays").into()),
        ],
    };
    ui::render(&Confirm {
        page: desk.page(words.t_with("applications-off-title", &[arg("name", name)]), super::settings::HERE),
        crumbs: crumbs(words, Some((here.clone(), name.to_owned())), words.t("applications-off-yes")),
        here: format!("{here}/off"),
        effects: Html::trusted(effects.to_string()),
        back: here,
        keep: words.t("applications-off-no"),
        go: words.t("applications-off-yes"),
    })
}

/// `POST /partner/settings/applications/{id}/off`
pub(super) async fn off(
    s: PartnerSession,
    Named(id): Named<ApplicationId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    ask(&s, move |app, ctx| application::set_enabled(app, ctx, id, false)).await?;
    Ok(after(&format!("{HERE}/{id}"), "switched-off"))
}

/// `POST /partner/settings/applications/{id}/on`
pub(super) async fn on(
    s: PartnerSession,
    Named(id): Named<ApplicationId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let here = format!("{HERE}/{id}");
    match ask(&s, move |app, ctx| application::set_enabled(app, ctx, id, true)).await {
        Ok(()) => Ok(after(&here, "switched-on")),
        // The button stands on the application's page, so a confirmation leads back there.
        Err(error) => Err(Problem::from(error).back(here)),
    }
}

//! The settings about signing in, the same in every portal: one's second factors, one's sessions, the applications one is signed in
//! to, and for administrators what the organisation requires. A portal gives its own frame through [`Room`] and mounts the three handlers.

pub(crate) mod codes;
pub(crate) mod setup;

use askama::Template;
use axum::response::{IntoResponse, Response};
use entente_app::account::Profile;
use entente_app::factor::{self, Named, Overview};
use entente_app::session::{self, Mine};
use entente_app::sign_in::Audience;
use entente_app::{App, Ctx, Error, grant};
use entente_domain::factor::Security;
use entente_domain::ids::{GrantId, PasskeyId, SessionId};
use entente_domain::policy::Action;
use entente_domain::text::FactorName;
use entente_identity::SessionToken;
use serde::Deserialize;

use crate::i18n::Words;
use crate::session::{base, see_other};
use crate::sign_in::waiting::{self, Waiting, ceremony};
use crate::ui::{self, Html, Page, arg, day, moment};
use crate::web::{Form, Visit};
use crate::{Problem, key, run};
use setup::{Setup, View as SetupView};

/// Somebody signed in, and the frame of the portal they are in.
pub(crate) trait Room: Send {
    /// The application.
    fn app(&self) -> &App;
    /// Who asks.
    fn ctx(&self) -> &Ctx;
    /// The request's facts.
    fn visit(&self) -> &Visit;
    /// The person and their organisation.
    fn me(&self) -> &Profile;
    /// This browser's session.
    fn held(&self) -> &SessionToken;
    /// The portal.
    fn audience(&self) -> Audience;
    /// A page among this portal's settings.
    fn page(&self, title: String) -> Page;
    /// The neighbours of the page, where it has some.
    fn tabs(&self) -> Option<ui::Segments>;
    /// What an administrator here may require.
    fn policy(&self) -> Policy;
}

/// What an administrator may require of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Of a partner's own people.
    Partner,
    /// Of a customer's own people, and of those who act for it.
    Customer,
}

impl Policy {
    const fn action(self) -> Action {
        match self {
            Self::Partner => Action::SetPartnerSecurity,
            Self::Customer => Action::SetCustomerSecurity,
        }
    }
}

/// The address of the page.
pub(crate) fn here(audience: Audience) -> String {
    format!("{}/settings/security", base(audience))
}

async fn ask<T: Send + 'static>(
    room: &impl Room,
    operation: impl FnOnce(&App, &Ctx, &str) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (ctx, origin) = (room.ctx().clone(), room.visit().origin.as_str().to_owned());
    run(room.app(), move |app| operation(app, &ctx, &origin)).await
}

#[derive(Template)]
#[template(path = "security/security.html")]
struct View {
    page: Page,
    tabs: Option<ui::Segments>,
    here: String,
    failed: Option<String>,
    /// Since when there is an application.
    application: Option<String>,
    passkeys: Vec<Passkey>,
    passkeys_work: bool,
    codes: Option<String>,
    sessions: Vec<Session>,
    others: bool,
    applications: Vec<SignedIn>,
    required: bool,
    policy: Option<Vec<ui::Choice>>,
}

struct Passkey {
    id: String,
    name: String,
    facts: String,
}

struct Session {
    id: String,
    portal: String,
    address: String,
    since: Html,
    seen: Html,
    this: bool,
}

/// An application somebody is signed in to.
struct SignedIn {
    id: String,
    name: String,
    publisher: String,
    since: Html,
    used: Html,
}

fn passkey(words: Words, it: &Named) -> Passkey {
    let added = words.date(it.created_at);
    let facts = match it.last_used_at {
        Some(at) => words.t_with("security-passkey-used", &[arg("added", &added), arg("used", &words.date(at))]),
        None => words.t_with("security-passkey-unused", &[arg("added", &added)]),
    };
    Passkey { id: it.id.to_string(), name: it.name.to_string(), facts }
}

fn row(words: Words, it: Mine) -> Session {
    let portal = match it.audience {
        Some(Audience::Partner) => words.t("shell-partner-portal"),
        Some(Audience::Customer(cloud)) => crate::words::portal(words, cloud),
        Some(Audience::Authority) => words.t("shell-authority"),
        None => words.t("security-elsewhere"),
    };
    Session {
        id: it.id.to_string(),
        portal,
        address: it.address.unwrap_or_default(),
        since: day(words, it.since),
        seen: moment(words, it.seen_at),
        this: it.this,
    }
}

fn signed_in(words: Words, it: grant::Mine) -> SignedIn {
    SignedIn {
        id: it.id.to_string(),
        name: it.application,
        publisher: words.t_with("security-publisher", &[arg("organisation", &it.publisher)]),
        since: day(words, it.since),
        used: moment(words, it.used_at),
    }
}

/// What an administrator may tick; nothing for anybody else.
fn ticks(room: &impl Room, security: Security) -> Option<Vec<ui::Choice>> {
    let (words, name) = (room.visit().words(), room.me().tenant.name.as_str());
    let own = ui::tick("required", words.t_with("security-required", &[arg("organisation", name)]))
        .hint(words.t("security-required-hint"))
        .checked(security.required);
    let partners = ui::tick("partners", words.t("security-partners"))
        .hint(words.t("security-partners-hint"))
        .checked(security.partners);
    let codes = ui::tick("device_codes", words.t("security-codes-allowed"))
        .hint(words.t("security-codes-allowed-hint"))
        .checked(security.device_codes);
    room.me().may(room.policy().action()).then(|| match room.policy() {
        Policy::Partner => vec![own, codes],
        Policy::Customer => vec![own, partners, codes],
    })
}

async fn render(room: &impl Room, failed: Option<String>) -> Result<Response, Problem> {
    let held = room.held().clone();
    let asked = ask(room, move |app, ctx, origin| {
        Ok((factor::overview(app, ctx, origin)?, session::list(app, ctx, &held)?, grant::list(app, ctx)?))
    });
    let (found, sessions, applications): (Overview, Vec<Mine>, Vec<grant::Mine>) = asked.await?;
    let words = room.visit().words();
    let codes = words.t_with("security-codes-left", &[arg("n", found.codes_left)]);
    let status =
        if failed.is_some() { axum::http::StatusCode::UNPROCESSABLE_ENTITY } else { axum::http::StatusCode::OK };
    let view = View {
        page: room.page(words.t("security-title")),
        tabs: room.tabs(),
        here: here(room.audience()),
        failed,
        application: found.application.map(|at| words.t_with("security-since", &[arg("date", &words.date(at))])),
        passkeys: found.passkeys.iter().map(|it| passkey(words, it)).collect(),
        passkeys_work: found.passkeys_work,
        codes: found.enrolled().any().then_some(codes),
        others: sessions.len() > 1,
        sessions: sessions.into_iter().map(|it| row(words, it)).collect(),
        applications: applications.into_iter().map(|it| signed_in(words, it)).collect(),
        required: found.security.required,
        policy: ticks(room, found.security),
    };
    Ok((status, ui::render(&view)?).into_response())
}

/// `GET {base}/settings/security`
pub(crate) async fn show<R: Room>(room: R) -> Result<Response, Problem> {
    render(&room, None).await
}

/// What the page's forms send.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Step {
    #[serde(rename = "do")]
    what: What,
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    /// What the authenticator answered; empty the first time.
    #[serde(default)]
    credential: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    partners: bool,
    #[serde(default)]
    device_codes: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Application,
    RemoveApplication,
    Passkey,
    RemovePasskey,
    Codes,
    End,
    EndOthers,
    EndGrant,
    Policy,
}

/// `POST {base}/settings/security`
pub(crate) async fn act<R: Room>(
    room: R,
    Waiting(token): Waiting,
    Form(step): Form<Step>,
) -> Result<Response, Problem> {
    let audience = room.audience();
    let here = here(audience);
    let done = |what: &str| Ok(see_other(&format!("{here}?done={what}")));
    match step.what {
        What::Application => {
            let token = ask(&room, move |app, ctx, _| factor::begin_application(app, ctx, audience)).await?;
            Ok(waiting::with(room.visit(), audience, Some(&token), see_other(&format!("{here}/application"))))
        }
        What::RemoveApplication => {
            ask(&room, |app, ctx, _| factor::remove_application(app, ctx)).await?;
            done("factor-removed")
        }
        What::Passkey if step.credential.is_empty() => {
            let begun = ask(&room, move |app, ctx, origin| factor::begin_passkey(app, ctx, audience, origin)).await?;
            Ok(waiting::with(room.visit(), audience, Some(&begun.0), ceremony(&begun.1)))
        }
        What::Passkey => {
            let unnamed = room.visit().words().t("security-passkey-unnamed");
            let typed = if step.name.trim().is_empty() { unnamed } else { step.name };
            let Ok(name) = FactorName::parse(&typed) else {
                return render(&room, Some(room.visit().words().t(key!("security-name-wrong")))).await;
            };
            let added = ask(&room, move |app, ctx, origin| {
                let token = token.ok_or(Error::WrongCredentials)?;
                factor::add_passkey(app, ctx, audience, origin, &token, &name, &step.credential)
            });
            match added.await {
                Ok(codes) => finished(&room, codes),
                Err(Error::WrongCredentials) => {
                    render(&room, Some(room.visit().words().t(key!("security-passkey-wrong")))).await
                }
                Err(error) => Err(error.into()),
            }
        }
        What::RemovePasskey => {
            let id: PasskeyId = step.id.parse().map_err(|_| Problem::not_found())?;
            ask(&room, move |app, ctx, _| factor::remove_passkey(app, ctx, id)).await?;
            done("factor-removed")
        }
        What::Codes => {
            let codes = ask(&room, |app, ctx, _| factor::make_codes(app, ctx)).await?;
            finished(&room, Some(codes))
        }
        What::End => {
            let id: SessionId = step.id.parse().map_err(|_| Problem::not_found())?;
            ask(&room, move |app, ctx, _| session::end(app, ctx, id)).await?;
            done("session-ended")
        }
        What::EndOthers => {
            let held = room.held().clone();
            ask(&room, move |app, ctx, _| session::end_others(app, ctx, &held)).await?;
            done("session-ended")
        }
        What::EndGrant => {
            let id: GrantId = step.id.parse().map_err(|_| Problem::not_found())?;
            ask(&room, move |app, ctx, _| grant::end(app, ctx, id)).await?;
            done("session-ended")
        }
        What::Policy => {
            let Step { required, partners, device_codes, .. } = step;
            let (policy, security) = (room.policy(), Security { required, partners, device_codes });
            ask(&room, move |app, ctx, _| match policy {
                Policy::Partner => factor::set_partner_security(app, ctx, security),
                Policy::Customer => factor::set_customer_security(app, ctx, security),
            })
            .await?;
            done("security")
        }
    }
}

/// After a factor was added, or codes were made: the codes, when there are new ones.
fn finished(room: &impl Room, codes: Option<Vec<String>>) -> Result<Response, Problem> {
    let here = here(room.audience());
    let response = match codes {
        None => see_other(&format!("{here}?done=factor-added")),
        Some(codes) => {
            let page =
                Page::new(room.visit(), crate::sign_in::portal(room.audience()), room.visit().words().t("codes-title"));
            ui::render(&codes::View { page, codes, on: here })?.into_response()
        }
    };
    Ok(waiting::with(room.visit(), room.audience(), None, response))
}

async fn application(room: &impl Room, waiting: Waiting, failed: Option<String>) -> Result<Response, Problem> {
    let (audience, words) = (room.audience(), room.visit().words());
    let Some(token) = waiting.0 else { return Ok(see_other(&here(audience))) };
    let pending = match ask(room, move |app, ctx, origin| factor::adding(app, ctx, audience, origin, &token)).await {
        Ok(pending) => pending,
        // Begun too long ago, or finished: the page to begin at says how things are.
        Err(Error::NotFound) => return Ok(see_other(&here(audience))),
        Err(error) => return Err(error.into()),
    };
    let secret = pending.secret.as_ref().ok_or_else(Problem::internal)?;
    let view = SetupView {
        page: Page::new(room.visit(), crate::sign_in::portal(audience), words.t("setup-code-title")),
        lead: words.t("setup-code-lead"),
        account: None,
        setup: Setup::new(room.app(), words, &pending.me.person, secret),
        passkey: false,
        cancel: Some(here(audience)),
        failed,
        back: None,
        action: format!("{}/application", here(audience)),
    };
    view.answer()
}

/// `GET {base}/settings/security/application`
pub(crate) async fn setting_up<R: Room>(room: R, waiting: Waiting) -> Result<Response, Problem> {
    application(&room, waiting, None).await
}

/// The first code of a new application.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FirstCode {
    #[serde(default)]
    code: String,
}

/// `POST {base}/settings/security/application`
pub(crate) async fn set_up<R: Room>(
    room: R,
    waiting: Waiting,
    Form(typed): Form<FirstCode>,
) -> Result<Response, Problem> {
    let (audience, token) = (room.audience(), waiting.0.clone());
    let added = ask(&room, move |app, ctx, _| {
        let token = token.ok_or(Error::WrongCredentials)?;
        factor::add_application(app, ctx, audience, &token, &typed.code)
    });
    match added.await {
        Ok(codes) => finished(&room, codes),
        Err(Error::WrongCredentials) => {
            let failed = room.visit().words().t(key!("two-wrong"));
            application(&room, waiting, Some(failed)).await
        }
        Err(error) => Err(error.into()),
    }
}

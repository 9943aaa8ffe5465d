//! The programs of the demo: two applications of the direct partner, and a service whose portal partners open.
//!
//! Their secrets have to be the same at every start, so that a tool once set up goes on working: here alone a secret is kept, sealed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::{GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR, USER_ADMINISTRATOR};
use entente_domain::ids::{ApplicationId, TenantId};
use entente_domain::service::{Level, Report};
use entente_store::{application as store, counter, service as services};

use super::{Application, Service};
use crate::application::{self, Choice};
use crate::service::{self, New};
use crate::{App, Ctx, Error, Work};

/// Where the service's portal listens when it is started as its README says.
const SERVICE: &str = "http://localhost:8090";
/// What the service expects with its security events.
const EVENTS_TOKEN: &str = "demo-events-token";
/// What its users are told about the service.
const TROUBLE_EN: &str = "Searching old mail is slow. Sending and receiving work as usual.";
/// The same in Chinese.
const TROUBLE_ZH: &str = "搜索旧邮件较慢。收发邮件正常。";
/// Days the demo's secrets are good for.
const DAYS: i64 = 730;

/// Registers the applications of the direct partner, as its global admin, and the service, as the operator.
pub fn seed(app: &App, administrator: &Ctx) -> Result<(), Error> {
    let console = Choice {
        name: parsed("Brightwater Console")?,
        redirects: vec![redirect("http://localhost:3000/callback")?, redirect("http://localhost/callback")?],
        roles: vec![PartnerRole::AdminAgent],
        algorithm: Signature::Es256,
        device_code: false,
    };
    let id = application::register(app, administrator, console, true)?.id;
    keep(app, id, &application::add_secret(app, administrator, id, "demo", DAYS)?.text())?;
    let tool = Choice {
        name: parsed("Brightwater Command Line")?,
        redirects: vec![redirect("http://localhost")?],
        roles: Vec::new(),
        algorithm: Signature::Es256,
        device_code: true,
    };
    application::register(app, administrator, tool, false)?;
    let added = service::add(
        app,
        &Ctx::operator(),
        New {
            cloud: Cloud::Public,
            name: parsed("Mailboxes")?,
            portal_url: format!("{SERVICE}/launch"),
            redirect: redirect(&format!("{SERVICE}/callback"))?,
            identifier: "urn:halden:mailboxes".to_owned(),
            roles: vec![GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR, USER_ADMINISTRATOR],
            logout_url: Some(format!("{SERVICE}/backchannel-logout")),
            events: Some((format!("{SERVICE}/events"), EVENTS_TOKEN.to_owned())),
        },
    )?;
    let trouble =
        Report { level: Level::Degraded, english: Some(parsed(TROUBLE_EN)?), chinese: Some(parsed(TROUBLE_ZH)?) };
    service::report(app, Cloud::Public, &added.service.name, trouble)?;
    keep(app, added.service.application, &added.secret.text())
}

/// The applications of an organisation, with their secrets.
pub fn of(work: &Work<'_>, tenant: TenantId) -> Result<Vec<Application>, Error> {
    let mut all = Vec::new();
    for it in store::of_tenant(work.tx, tenant)? {
        let Some(secret) = kept(work, it.id)? else {
            if it.confidential {
                continue;
            }
            all.push(Application { secret: None, ..described(&it) });
            continue;
        };
        all.push(Application { secret: Some(secret), ..described(&it) });
    }
    Ok(all)
}

/// The services of the demo, with the secrets of their relying parties.
pub fn offered(work: &Work<'_>) -> Result<Vec<Service>, Error> {
    let mut all = Vec::new();
    for it in services::of_cloud(work.tx, Cloud::Public)? {
        let Some(secret) = kept(work, it.application)? else { continue };
        let Some(relying) = store::get(work.tx, it.application)? else { continue };
        all.push(Service {
            name: it.name,
            portal_url: it.portal_url,
            client_id: it.application,
            secret,
            identifier: relying.identifier.unwrap_or_default(),
            events_token: EVENTS_TOKEN,
        });
    }
    Ok(all)
}

fn described(it: &entente_domain::application::Application) -> Application {
    Application {
        client_id: it.id,
        secret: None,
        redirects: it.redirects.iter().map(ToString::to_string).collect(),
        name: it.name.as_str().to_owned(),
    }
}

fn setting(id: ApplicationId) -> String {
    format!("demo_secret:{id}")
}

fn keep(app: &App, id: ApplicationId, secret: &str) -> Result<(), Error> {
    let sealed = app.seal().seal(app.random(), "demo-secret", id.to_string().as_bytes(), secret.as_bytes());
    let text = STANDARD.encode(sealed);
    app.write(&Ctx::operator(), move |work| Ok(counter::set(work.tx, &setting(id), &text)?))
}

fn kept(work: &Work<'_>, id: ApplicationId) -> Result<Option<String>, Error> {
    let Some(text) = counter::setting(work.tx, &setting(id))? else { return Ok(None) };
    let sealed = STANDARD.decode(text).ok();
    let opened = sealed.and_then(|it| work.app.seal().open("demo-secret", id.to_string().as_bytes(), &it));
    Ok(opened.and_then(|it| String::from_utf8(it).ok()))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Internal(entente_store::StoreError::inconsistent("demo", "text", text)))
}

fn redirect(text: &str) -> Result<entente_domain::application::RedirectUri, Error> {
    parsed(text)
}

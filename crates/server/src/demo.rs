//! A demonstration: the clock that can be turned, `demo.json`, and what is printed.

use std::fmt::Write as _;
use std::fs;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use entente_api::native::demo::{Controls, Time};
use entente_app::App;
use entente_app::demo::{self, Application, DemoClock, Options, Service, Summary, Tenant, User};
use entente_app::sign_in::Audience;
use entente_app::wiring::{Cloud, PartnerKind};
use entente_delivery::Allowed;
use entente_portal::session::home;
use entente_portal::web::Origin;
use serde::Serialize;

use crate::clock::SystemClock;
use crate::config::{Addresses, Config, Database, Endpoint, Outbound};
use crate::delivery::Idle;
use crate::folder::{Folder, replace};
use crate::listen::Taken;

/// The operator of the demonstration.
const VENDOR: &str = "Halden Cloud";
const CUSTOMER_DOMAIN: &str = "halden.example";
/// What it leaves in its folder for programs.
const DOCUMENT: &str = "demo.json";
/// Where the demonstration listens unless told otherwise.
pub const HTTP: &str = "localhost:8080";
/// The same with TLS.
pub const HTTPS: &str = "localhost:8443";

/// The configuration of a demonstration: nothing of it comes from a file or the environment, except what is logged.
pub fn configure(config: &mut Config, http: &Endpoint, https: &Endpoint) -> Result<()> {
    let plain: Origin = format!("http://{http}").parse()?;
    let secure: Origin = format!("https://{https}").parse()?;
    VENDOR.clone_into(&mut config.vendor);
    CUSTOMER_DOMAIN.clone_into(&mut config.customer_domain);
    config.database = Database::Sqlite(None);
    config.instance_key = None;
    config.mail = None;
    // Nobody else reaches a demonstration, and whoever tries it has their provider of identity on the same machine.
    config.outbound = Outbound { allowed: Allowed { private: true }, authorities: None };
    config.listen.trusted_proxies.clear();
    let clouds = config.addresses.customer_portals.iter().map(|(cloud, _)| (*cloud, plain.clone())).collect();
    config.addresses =
        Addresses { customer_portals: clouds, partner_portal: plain, api: secure.clone(), authority: secure };
    Ok(())
}

/// Every address under which this machine may be asked for the demonstration.
pub fn origins(http: &Taken, https: &Taken) -> Result<Vec<Origin>> {
    let mut origins = Vec::new();
    for (scheme, taken) in [("http", http), ("https", https)] {
        let own = taken.endpoint.clone();
        for host in [own.host, "localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()] {
            let origin: Origin = format!("{scheme}://{}", Endpoint { host, port: own.port }).parse()?;
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
    }
    Ok(origins)
}

/// The clock, turned as far as it was when the last server of this folder stopped.
pub fn clock(folder: &Folder) -> Result<Arc<DemoClock>> {
    let clock = DemoClock::new(Arc::new(SystemClock));
    let path = folder.file("clock");
    match fs::read_to_string(&path) {
        Ok(text) => {
            let seconds = text.trim().parse().with_context(|| format!("{} holds no number", path.display()))?;
            clock.advance(seconds);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("failed to read {}", path.display())),
    }
    Ok(Arc::new(clock))
}

/// The demonstration's time, as its routes turn it.
struct Turned {
    clock: Arc<DemoClock>,
    kept: PathBuf,
    idle: Idle,
}

impl Time for Turned {
    fn advance(&self, seconds: i64) -> io::Result<()> {
        self.clock.advance(seconds);
        replace(&self.kept, &format!("{}\n", self.clock.offset()))
    }

    fn delivered(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.idle.reached())
    }
}

/// What the routes of the demonstration work on.
pub fn controls(app: &App, folder: &Folder, clock: Arc<DemoClock>, idle: Idle) -> Controls {
    let kept = folder.file("clock");
    Controls { app: app.clone(), time: Arc::new(Turned { clock, kept, idle }) }
}

/// Fills the database, or finds it filled.
pub fn seed(app: &App, clock: &Arc<DemoClock>) -> Result<Summary> {
    demo::seed(app, &Options { clock: Arc::clone(clock) }).context("failed to seed the demonstration")
}

/// `demo.json` (DESIGN, section 8).
#[derive(Debug, Serialize)]
struct Document<'a> {
    portal_url: &'a str,
    api_url: &'a str,
    authority_url: &'a str,
    ca_pem: PathBuf,
    now: String,
    mail_dir: PathBuf,
    tenants: Vec<TenantDocument<'a>>,
    accounts_without_organisation: Vec<UserDocument<'a>>,
    services: Vec<ServiceDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct TenantDocument<'a> {
    id: String,
    name: &'a str,
    domain: &'a str,
    cloud: &'static str,
    country: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_kind: Option<&'static str>,
    users: Vec<UserDocument<'a>>,
    groups: Vec<GroupDocument<'a>>,
    apps: Vec<AppDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct UserDocument<'a> {
    id: String,
    upn: &'a str,
    password: &'a str,
    display_name: &'a str,
    roles: &'a [String],
}

#[derive(Debug, Serialize)]
struct GroupDocument<'a> {
    id: String,
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct AppDocument<'a> {
    client_id: String,
    client_secret: Option<&'a str>,
    redirect_uris: &'a [String],
    name: &'a str,
}

impl<'a> From<&'a Application> for AppDocument<'a> {
    fn from(it: &'a Application) -> Self {
        Self {
            client_id: it.client_id.to_string(),
            client_secret: it.secret.as_deref(),
            redirect_uris: &it.redirects,
            name: &it.name,
        }
    }
}

#[derive(Debug, Serialize)]
struct ServiceDocument<'a> {
    name: &'a str,
    portal_url: &'a str,
    client_id: String,
    client_secret: &'a str,
    identifier_uri: &'a str,
    events_token: &'a str,
}

impl<'a> From<&'a Service> for ServiceDocument<'a> {
    fn from(it: &'a Service) -> Self {
        Self {
            name: &it.name,
            portal_url: &it.portal_url,
            client_id: it.client_id.to_string(),
            client_secret: &it.secret,
            identifier_uri: &it.identifier,
            events_token: it.events_token,
        }
    }
}

impl<'a> From<&'a User> for UserDocument<'a> {
    fn from(it: &'a User) -> Self {
        Self {
            id: it.id.to_string(),
            upn: &it.upn,
            password: it.password,
            display_name: &it.display_name,
            roles: &it.roles,
        }
    }
}

impl<'a> From<&'a Tenant> for TenantDocument<'a> {
    fn from(it: &'a Tenant) -> Self {
        Self {
            id: it.id.to_string(),
            name: &it.name,
            domain: &it.domain,
            cloud: it.cloud.code(),
            country: it.country.as_str(),
            kind: it.kind(),
            partner_kind: it.partner_kind.map(PartnerKind::code),
            users: it.users.iter().map(Into::into).collect(),
            groups: it.groups.iter().map(|(id, name)| GroupDocument { id: id.to_string(), name }).collect(),
            apps: it.apps.iter().map(Into::into).collect(),
        }
    }
}

/// A demonstration that runs.
pub struct Demonstration {
    /// The application.
    pub app: App,
    /// Its folder.
    pub folder: Folder,
    /// Its addresses.
    pub config: Config,
    /// What was seeded.
    pub summary: Summary,
    /// Where its authority's certificate lies.
    pub ca: PathBuf,
    /// Its worker.
    pub idle: Idle,
}

/// Takes away what an earlier start wrote: its ports may be others.
pub fn forget_document(folder: &Folder) -> Result<()> {
    match fs::remove_file(folder.file(DOCUMENT)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).context("failed to remove demo.json"),
        _ => Ok(()),
    }
}

impl Demonstration {
    /// Waits for the mail of the seed, writes `demo.json` in one step and answers what to print.
    pub async fn introduce(self) -> Result<String> {
        self.idle.reached().await;
        let mail = self.folder.file("mail");
        fs::create_dir_all(&mail)?;
        let Addresses { partner_portal, api, authority, .. } = &self.config.addresses;
        let document = Document {
            portal_url: partner_portal.as_str(),
            api_url: api.as_str(),
            authority_url: authority.as_str(),
            ca_pem: self.ca.clone(),
            now: jiff::Timestamp::from_microsecond(self.app.now().micros())?.to_string(),
            mail_dir: fs::canonicalize(mail)?,
            tenants: self.summary.tenants.iter().map(Into::into).collect(),
            accounts_without_organisation: self.summary.without_organisation.iter().map(Into::into).collect(),
            services: self.summary.services.iter().map(Into::into).collect(),
        };
        let text = serde_json::to_string_pretty(&document)?;
        replace(&self.folder.file(DOCUMENT), &format!("{text}\n")).context("failed to write demo.json")?;
        Ok(self.table())
    }

    /// What somebody who just started it needs: where to go and as whom.
    fn table(&self) -> String {
        let portal = self.config.addresses.partner_portal.as_str();
        let mut text = format!(
            "{VENDOR}, a demonstration of Entente\n\n\
             Partner portal   {portal}{}\n\
             Customer portal  {portal}{}\n\
             Other clouds     {portal}/\n\
             Captured mail    {portal}/_demo/mail\n\
             With TLS         {}\n\
             For programs     {}\n\n\
             Everybody's password is {}\n\n",
            home(Audience::Partner),
            home(Audience::Customer(Cloud::Public)),
            self.config.addresses.api.as_str(),
            self.folder.file(DOCUMENT).display(),
            demo::PASSWORD,
        );
        for tenant in &self.summary.tenants {
            let kind = tenant.partner_kind.map_or("customer", PartnerKind::code).replace('_', " ");
            let administrator = tenant.users.iter().find(|user| user.roles.iter().any(|role| role == "global_admin"));
            let upn = administrator.map_or("", |user| user.upn.as_str());
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{kind:<18} {:<14} {upn:<42} {}", tenant.cloud.code(), tenant.name);
        }
        for user in &self.summary.without_organisation {
            let _ = writeln!(text, "{:<18} {:<14} {:<42} {}", "no organisation", "", user.upn, user.display_name);
        }
        text.push_str("\nCtrl-C ends it; the next start finds everything as it was.");
        text
    }
}

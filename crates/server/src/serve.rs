//! `entente serve`: wires everything and runs it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use axum::Router;
use entente_api::Front;
use entente_app::App;
use entente_app::setup;
use entente_app::sign_in::Audience;
use entente_app::wiring::Cost;
use entente_portal::demo::Mailbox;
use entente_portal::session::home;
use entente_portal::setup::Setup;
use entente_portal::web::{Origin, Web};
use entente_portal::{Portal, router_with};
use rustls::ServerConfig;

use crate::admin::configured;
use crate::cli::Serve;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::demo::Demonstration;
use crate::folder::Folder;
use crate::health::{self, Health};
use crate::lifecycle::Running;
use crate::listen::Taken;
use crate::open::{Opened, open};
use crate::{delivery, demo, tls};

/// What is ready to run, and what to do and say once it does.
struct Ready {
    running: Running,
    then: Then,
}

/// The last step of starting.
enum Then {
    Say(String),
    Demonstrate(Box<Demonstration>),
}

/// Serves until stopped.
pub fn serve(options: &Serve) -> Result<()> {
    let mut config = configured(&options.place)?;
    log(&config)?;
    let ready = if options.demo { demonstration(options, &mut config)? } else { installation(options, &mut config)? };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let Ready { running, then } = ready;
    let outcome = runtime.block_on(running.until_stopped(async {
        match then {
            Then::Say(said) => Ok(said),
            Then::Demonstrate(it) => it.introduce().await,
        }
    }));
    // Blocking work that is stuck, such as a database that does not answer, must not keep the process alive.
    runtime.shutdown_background();
    outcome
}

fn log(config: &Config) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)?;
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).init();
    Ok(())
}

fn installation(options: &Serve, config: &mut Config) -> Result<Ready> {
    if options.http.is_some() {
        config.listen.http.clone_from(&options.http);
    }
    if options.https.is_some() {
        config.listen.https.clone_from(&options.https);
    }
    let http = config.listen.http.as_ref().map(Taken::take).transpose()?;
    let https = config.listen.https.as_ref().map(Taken::take).transpose()?;
    let certificate = match (&https, &config.tls) {
        (None, _) => None,
        (Some(_), Some(files)) => Some(tls::from_files(files)?),
        (Some(_), None) => {
            bail!("listen.https is set; tls.certificate and tls.key have to name a certificate and its key")
        }
    };
    let folder = Folder::open(&config.data, false)?;
    let Opened { app, wake, wake_signals } =
        open(config, &folder, Arc::new(SystemClock), Cost::STANDARD, !options.no_migrate)?;
    let mut said = String::new();
    let mut more = Router::new();
    let portal = config.addresses.partner_portal.as_str();
    if setup::needed(&app).map_err(|error| anyhow::anyhow!("failed to {error}"))? {
        refuse_strangers([&http, &https].into_iter().flatten())?;
        let token = setup::begin(&app);
        more = entente_portal::setup::routes(Setup { app: app.clone(), token: setup::token_hash(&token) });
        // Writing to a String cannot fail.
        let _ = writeln!(
            said,
            "This installation has no administrator yet. Set it up here, once:\n\n    {portal}/_setup/{token}\n"
        );
    }
    let _ = write!(said, "Partner portal   {portal}{}", home(Audience::Partner));
    for (scheme, taken) in [("http", &http), ("https", &https)] {
        if let Some(taken) = taken {
            let _ = write!(said, "\nListening on     {scheme}://{}", taken.endpoint);
        }
    }
    tend_keys(&app)?;
    let delivery = delivery::smtp(config, &app, wake)?;
    let addresses = &config.addresses;
    let mut origins: Vec<Origin> =
        vec![addresses.partner_portal.clone(), addresses.api.clone(), addresses.authority.clone()];
    origins.extend(addresses.customer_portals.iter().map(|(_, origin)| origin.clone()));
    let (router, health) = faces(&app, config, origins, false, more);
    let signals = delivery::signals(&app, wake_signals);
    let running = Running { router, http, https: https.zip(certificate), app, signals, delivery, health };
    Ok(Ready { running, then: Then::Say(said) })
}

/// Until there is an administrator, whoever reaches the server could try to become it (threat 50).
fn refuse_strangers<'a>(mut taken: impl Iterator<Item = &'a Taken>) -> Result<()> {
    match taken.find(|taken| !taken.is_loopback()) {
        Some(open) => bail!(
            "{} can be reached by others, and this installation has no administrator yet: start it once with \
             --http 127.0.0.1:8080, set it up through the link it prints, then start it with this address",
            open.endpoint
        ),
        None => Ok(()),
    }
}

fn demonstration(options: &Serve, config: &mut Config) -> Result<Ready> {
    let taken = |chosen: &Option<_>, usual: &str| match chosen {
        Some(endpoint) => Taken::take(endpoint),
        None => Taken::take(&usual.parse().map_err(|()| anyhow::anyhow!("{usual} is no address"))?),
    };
    let (http, https) = (taken(&options.http, demo::HTTP)?, taken(&options.https, demo::HTTPS)?);
    if let Some(open) = [&http, &https].into_iter().find(|taken| !taken.is_loopback()) {
        bail!(
            "{} can be reached by others; a demonstration, whose passwords are known, listens on this machine only",
            open.endpoint
        );
    }
    demo::configure(config, &http.endpoint, &https.endpoint)?;
    let folder = Folder::open(&config.data, true)?;
    demo::forget_document(&folder)?;
    let (certificate, ca): (Arc<ServerConfig>, PathBuf) = tls::development(&folder)?;
    let clock = demo::clock(&folder)?;
    // Its passwords are printed, so there is nothing that expensive hashes would protect.
    let Opened { app, wake, wake_signals } = open(config, &folder, clock.clone(), Cost::CHEAP, !options.no_migrate)?;
    // Before the worker: the seed lives through a year of the past.
    let summary = demo::seed(&app, &clock)?;
    tend_keys(&app)?;
    let delivery = delivery::captured(config, &app, wake, &folder)?;
    let origins = demo::origins(&http, &https)?;
    let addresses = origins.iter().map(|origin| origin.as_str().to_owned()).collect();
    let mailbox = Mailbox { folder: folder.file("mail"), addresses };
    let controls = demo::controls(&app, &folder, clock, delivery.idle.clone());
    let more = entente_portal::demo::routes(mailbox).merge(entente_api::native::demo::routes(controls));
    let (router, health) = faces(&app, config, origins, true, more);
    let config = config.clone();
    let then = Demonstration { app: app.clone(), folder, config, summary, ca, idle: delivery.idle.clone() };
    let signals = delivery::signals(&app, wake_signals);
    let running = Running {
        router,
        http: Some(http),
        https: Some((https, certificate)),
        app,
        signals,
        delivery: Some(delivery),
        health,
    };
    Ok(Ready { running, then: Then::Demonstrate(Box::new(then)) })
}

/// Before anybody asks for them: a key set is kept by whoever read it.
fn tend_keys(app: &App) -> Result<()> {
    entente_app::authority::keys::tend(app).map_err(|error| anyhow::anyhow!("failed to {error}"))
}

/// All pages, and the probes beside them.
fn faces(app: &App, config: &Config, mut origins: Vec<Origin>, demo: bool, more: Router) -> (Router, Health) {
    let mut known: Vec<Origin> = Vec::new();
    origins.retain(|origin| {
        let new = !known.contains(origin);
        known.push(origin.clone());
        new
    });
    let (clock, ids) = (app.clone(), app.clone());
    let web = Web::new(config.vendor.as_str(), origins, move || clock.now(), move || request_id(&ids))
        .with_proxies(config.listen.trusted_proxies.clone());
    let health = Health::new(app.clone());
    let front = front(app, &web);
    let pages = router_with(Portal { app: app.clone(), web, demo }, more);
    let machines = entente_api::oauth::routes(&front).merge(entente_api::native::routes(&front, demo));
    (health::routes(health.clone()).merge(machines).fallback_service(pages), health)
}

/// The machine faces, which know hosts and proxies as the pages do.
fn front(app: &App, web: &Web) -> Front {
    let (ids, address, host) = (app.clone(), web.clone(), web.clone());
    Front {
        app: app.clone(),
        address: Arc::new(move |peer, headers| address.address_of(peer, headers).to_string()),
        known_host: Arc::new(move |headers, uri| host.knows(headers, uri)),
        ids: Arc::new(move || request_id(&ids)),
    }
}

/// Sixteen hex digits; unguessable enough that nobody can name another visitor's request.
fn request_id(app: &App) -> String {
    let mut bytes = [0; 8];
    app.random().fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}

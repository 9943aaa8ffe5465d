//! From configuration to application: the store, the key, the operations. Used by the server and by every command.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use entente_app::context::Parts;
use entente_app::sign_in::Audience;
use entente_app::wiring::{Cost, PasswordHasher, SystemRandom, ValidityDays};
use entente_app::{App, Clock, Settings};
use entente_delivery::Http;
use entente_portal::session::base;
use entente_store::{PostgresOptions, Store, statements};
use tokio::sync::Notify;

use crate::config::{Addresses, Config, Database};
use crate::folder::Folder;

/// An application and the bell that rings when it has written mail.
pub struct Opened {
    /// The application.
    pub app: App,
    /// Rung after a transaction that wrote mail or signals, for the worker of mail.
    pub wake: Arc<Notify>,
    /// The same for the worker of signals.
    pub wake_signals: Arc<Notify>,
}

/// Opens the database, brings it up to date and builds the application.
pub fn open(config: &Config, folder: &Folder, clock: Arc<dyn Clock>, cost: Cost, migrate: bool) -> Result<Opened> {
    let store = store(config, folder)?;
    if migrate {
        store.migrate().context("failed to bring the database up to date")?;
    } else {
        refuse_when_behind(&store)?;
    }
    let key = folder.instance_key(config.instance_key.as_deref(), &SystemRandom)?;
    let wake = Arc::new(Notify::new());
    let wake_signals = Arc::new(Notify::new());
    let bells = [Arc::clone(&wake), Arc::clone(&wake_signals)];
    // One core is left to everybody who is not signing in.
    let passwords = std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1));
    let app = App::new(Parts {
        store,
        settings: settings(config)?,
        clock,
        random: Arc::new(SystemRandom),
        passwords: PasswordHasher::with_cost(passwords, cost),
        key,
        fetch: Arc::new(outbound(config)?),
        mail_written: Box::new(move || bells.iter().for_each(|bell| bell.notify_one())),
    });
    Ok(Opened { app, wake, wake_signals })
}

fn outbound(config: &Config) -> Result<Http> {
    let extra = config
        .outbound
        .authorities
        .as_ref()
        .map(|path| std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display())));
    Http::new(config.outbound.allowed, extra.transpose()?.as_deref()).context("failed to use outbound.authorities")
}

fn store(config: &Config, folder: &Folder) -> Result<Store> {
    match &config.database {
        Database::Sqlite(path) => {
            let path = path.clone().unwrap_or_else(|| folder.database());
            Store::open_sqlite(&path).with_context(|| format!("failed to open the database {}", path.display()))
        }
        // The address holds a password, so it is not repeated.
        Database::Postgres(address) => Store::open_postgres(address, &PostgresOptions::default())
            .context("failed to open the database of database.postgres"),
    }
}

/// A database that is behind does not know what this release asks. One that is ahead serves both releases while servers
/// are being replaced, so it is no reason to stop.
fn refuse_when_behind(store: &Store) -> Result<()> {
    for (module, name, sql) in statements() {
        if let Err(error) = store.plan(sql) {
            bail!(
                "the database is behind this release ({module}.{name}: {error}); start once without --no-migrate to bring it up to date"
            );
        }
    }
    Ok(())
}

fn settings(config: &Config) -> Result<Settings> {
    let Addresses { partner_portal, customer_portals, authority, api } = &config.addresses;
    Ok(Settings {
        vendor: config.vendor.clone(),
        customer_domain: config.customer_domain.parse()?,
        partner_portal: format!("{}{}", partner_portal.as_str(), base(Audience::Partner)),
        customer_portals: customer_portals
            .iter()
            .map(|(cloud, origin)| (*cloud, format!("{}{}", origin.as_str(), base(Audience::Customer(*cloud)))))
            .collect(),
        authority: authority.as_str().to_owned(),
        api: api.as_str().to_owned(),
        private_addresses: config.outbound.allowed.private,
        validity: ValidityDays::new(config.valid_days)?,
        remind_after_days: config.remind_after_days,
    })
}

//! The delivery worker, and how others learn that it has nothing left to do.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use entente_app::App;
use entente_app::wiring::{EmailAddress, MailId, Timestamp};
use entente_delivery::outbox::AppOutbox;
use entente_delivery::retry::{MAIL, Schedule};
use entente_delivery::signal::{Receivers, Signals};
use entente_delivery::worker::{Due, Outbox, OutboxError, Worker};
use entente_delivery::{Brand, Captured, Outgoing, Smtp, Transport};
use tokio::sync::{Notify, watch};

use crate::config::Config;
use crate::folder::Folder;

/// How long the demonstration's clock waits for mail to be written.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often signals that another server wrote are looked for.
const SIGNALS_EVERY: Duration = Duration::from_secs(1);

/// A worker that is ready to run, and its signs of life.
pub struct Delivery {
    /// To be run.
    pub worker: Worker<Watched>,
    /// For whoever waits.
    pub idle: Idle,
}

/// Through the configured mail server; `None` while mail is off, when it waits in the outbox.
pub fn smtp(config: &Config, app: &App, wake: Arc<Notify>) -> Result<Option<Delivery>> {
    let Some(mail) = &config.mail else {
        tracing::warn!("mail.transport is off: mail waits in the outbox");
        return Ok(None);
    };
    let transport = Smtp::new(mail.smtp.clone())?;
    Ok(Some(delivery(config, app, wake, mail.from.clone(), Arc::new(transport))))
}

/// Into the folder of a demonstration.
pub fn captured(config: &Config, app: &App, wake: Arc<Notify>, folder: &Folder) -> Result<Delivery> {
    let transport = Captured::new(folder.file("mail"));
    Ok(delivery(config, app, wake, "noreply@halden.example".parse()?, Arc::new(transport)))
}

fn delivery(
    config: &Config,
    app: &App,
    wake: Arc<Notify>,
    from: EmailAddress,
    transport: Arc<dyn Transport>,
) -> Delivery {
    let brand = Brand { vendor: config.vendor.clone(), url: config.addresses.partner_portal.as_str().to_owned() };
    let (found_nothing, looks) = watch::channel(0);
    let outbox = Watched { outbox: AppOutbox::new(app.clone(), brand, from), found_nothing };
    let idle = Idle { looks, wake: Arc::clone(&wake) };
    Delivery { worker: Worker::new(Arc::new(outbox), transport, wake), idle }
}

/// The worker that tells relying services. It is woken by the same bell as mail, and looks every second for what another server
/// of the installation wrote.
pub fn signals(app: &App, wake: Arc<Notify>) -> Worker<Signals> {
    let signer = app.clone();
    let receivers = Receivers::new(app.clone(), Box::new(move |row| entente_app::authority::sign(&signer, row)));
    Worker::new(Arc::new(Signals::new(app.clone())), Arc::new(receivers), wake).poll_every(SIGNALS_EVERY)
}

/// The outbox, counting the looks that found nothing due: the worker takes one message at a time, so by then all that was
/// due has been handed over and recorded.
pub struct Watched {
    outbox: AppOutbox,
    found_nothing: watch::Sender<u64>,
}

impl Outbox for Watched {
    type Id = MailId;
    type Load = Outgoing;
    const KIND: &'static str = "mail";
    const AT_ONCE: usize = 1;
    const SCHEDULE: Schedule = MAIL;

    fn claim_due(&self, limit: usize) -> Result<Vec<Due>, OutboxError> {
        let due = self.outbox.claim_due(limit)?;
        if due.is_empty() {
            self.found_nothing.send_modify(|looks| *looks += 1);
        }
        Ok(due)
    }

    fn sent(&self, id: MailId, answer: &str) -> Result<(), OutboxError> {
        self.outbox.sent(id, answer)
    }

    fn deferred(&self, id: MailId, answer: &str, next: Timestamp) -> Result<(), OutboxError> {
        self.outbox.deferred(id, answer, next)
    }

    fn bounced(&self, id: MailId, answer: &str) -> Result<(), OutboxError> {
        self.outbox.bounced(id, answer)
    }

    fn now(&self) -> Timestamp {
        self.outbox.now()
    }
}

/// Tells when the worker has nothing left to do.
#[derive(Debug, Clone)]
pub struct Idle {
    looks: watch::Receiver<u64>,
    wake: Arc<Notify>,
}

impl Idle {
    /// Waits until all that is due by now has been delivered, or for as long as anybody would wait.
    pub async fn reached(&self) {
        let mut looks = self.looks.clone();
        // The first empty look may have begun before the caller's change; the second cannot.
        for _ in 0..2 {
            let seen = *looks.borrow_and_update();
            self.wake.notify_one();
            if !matches!(tokio::time::timeout(PATIENCE, looks.wait_for(|now| *now > seen)).await, Ok(Ok(_))) {
                tracing::warn!("mail that is due was not delivered in time");
                return;
            }
        }
    }
}

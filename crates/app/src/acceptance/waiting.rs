//! The requests that wait for a customer's answer.

use entente_domain::acceptance;
use entente_domain::invitation::Asks;
use entente_domain::policy::{self, Action};
use entente_domain::text::CompanyName;
use entente_domain::time::Timestamp;
use entente_store::{invitation, relationship, tenant};

use super::{link, visitor};
use crate::{App, Ctx, Error};

/// How many are shown.
const MOST: usize = 20;
/// How many are looked at to find those: some cannot be accepted at the moment, and many of these must not hide the others.
const LOOKED_AT: usize = 60;

/// A request that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its personal link.
    pub link: String,
    /// The partner that asks.
    pub partner: CompanyName,
    /// What it asks.
    pub asks: Asks,
    /// When it was made.
    pub sent_at: Timestamp,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// The open requests to the organisation of whoever asks, newest first, at most 20, and only those that every check would let them
/// accept. Who may look but not answer finds none: a link is for those who can use it.
///
/// # Errors
/// [`Error::Denied`] without a role that may at least look.
pub fn waiting(app: &App, ctx: &Ctx) -> Result<Vec<Waiting>, Error> {
    app.read(ctx, |work| {
        let me = work.me()?;
        if policy::check(&me.person, Action::AnswerInvitation).is_err() {
            policy::check(&me.person, Action::ViewPartners)?;
            return Ok(Vec::new());
        }
        let domains = tenant::domains(work.tx, me.tenant.id)?;
        let mut waiting = Vec::new();
        for inv in invitation::waiting_for(work.tx, me.tenant.id, &domains, work.now, LOOKED_AT)? {
            let (asks, sent_at, expires_at) = (inv.asks, inv.created_at, inv.expires_at);
            let link = crate::invitation::link(app, &inv);
            let Some(offer) = link::personal(work, inv)? else { continue };
            let mut existing = Vec::new();
            for partner in offer.partners() {
                existing.extend(relationship::between(work.tx, partner.tenant.id, me.tenant.id)?);
            }
            let answerable =
                acceptance::check(&offer, me.tenant.cloud, Some(visitor(&me, &domains)), &existing, work.now);
            if answerable.is_ok() {
                waiting.push(Waiting { link, partner: offer.partner.tenant.name, asks, sent_at, expires_at });
            }
            if waiting.len() == MOST {
                break;
            }
        }
        Ok(waiting)
    })
}

//! What a customer does with a link: look, accept, decline. Looking changes nothing; deciding is one transaction with one winner.

mod link;
mod proof;
mod waiting;

pub use link::Opened;
pub use proof::{Record, record};
pub use waiting::{Waiting, waiting};

use link::{guarded, load};

use entente_domain::acceptance::{self, Choice, Offer, Refusal, Visitor};
use entente_domain::agreement;
use entente_domain::cloud::Cloud;
use entente_domain::event::{Event, EventKind, Happened};
use entente_domain::ids::{ConsentId, TenantId, UserId};
use entente_domain::invitation::{Invitation, State};
use entente_domain::policy::{self, Action, Permit};
use entente_domain::relationship::{Channel, Relationship, RelationshipKind, Terms};
use entente_domain::tenant::{Partner, PartnerKind};
use entente_domain::text::{PersonName, Reason};
use entente_domain::time::Timestamp;
use entente_store::consent::Consent;
use entente_store::{consent, directory, invitation, relationship, tenant};
use sha2::{Digest, Sha256};

use crate::context::Me;
use crate::{App, Ctx, Error, Work, attestation, tries};

/// A request is passed on no more often than this, in seconds: each time mails somebody.
const FORWARD_EVERY: i64 = 5 * 60;

/// What a visitor sees, and why they may not accept, if so.
#[derive(Debug, Clone)]
pub struct Review {
    /// What is asked.
    pub offer: Offer,
    /// Who looks, when signed in.
    pub me: Option<Me>,
    /// The customer's relationships with the partners concerned.
    pub existing: Vec<Relationship>,
    /// The name of the partner's person who asks.
    pub sender: Option<entente_domain::directory::Person>,
    /// Who answered it before; told to people of the same organisation only.
    pub answered_by: Option<PersonName>,
    /// When the version of the agreement in force was signed for the customer; none while it has yet to be.
    pub signed: Option<Timestamp>,
    /// The first check that failed.
    pub refusal: Option<Refusal>,
}

/// What was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The record number.
    pub consent: ConsentId,
    /// The partner.
    pub partner: TenantId,
    /// Whether privileges were granted.
    pub privileges: bool,
}

/// Looks at a link without changing anything; only a link that is none is counted.
///
/// # Errors
/// [`Refusal::InviteInvalid`] when there is no such link, [`Error::TooMany`] after too many of those from one address.
pub fn review(app: &App, ctx: &Ctx, opened: &Opened, here: Cloud) -> Result<Review, Error> {
    guarded(app, ctx, opened, || {
        app.read(ctx, |work| {
            let offer = load(work, opened)?;
            let me = if work.ctx.person.is_some() { Some(work.me()?) } else { None };
            let (existing, refusal) = checked(work, &offer, me.as_ref(), here)?;
            let sender = match offer.invitation() {
                Some(inv) => directory::get(work.tx, inv.created_by)?,
                None => None,
            };
            let answered_by = answered_by(work, &offer, me.as_ref())?;
            let signed = match &me {
                Some(me) => attestation::signed(work, me.tenant.id, offer.cloud)?,
                None => None,
            };
            Ok(Review { offer, me, existing, sender, answered_by, signed, refusal })
        })
    })
}

/// Runs a decision about a link for somebody signed in, in one transaction.
fn deciding<T: Send + 'static>(
    app: &App,
    ctx: &Ctx,
    opened: &Opened,
    decide: impl Fn(&Work<'_>, Offer, Me) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let link = opened.clone();
    guarded(app, ctx, opened, || {
        app.write(ctx, move |work| {
            let offer = load(work, &link)?;
            let me = work.me()?;
            decide(work, offer, me)
        })
    })
}

/// Accepts. Of any number of simultaneous decisions exactly one wins; the same person repeating it gets the same answer. An attempt
/// that the checks refuse is written down, so that the partner can see it (threat 6).
///
/// # Errors
/// [`Error::Acceptance`] with the first refusal in order; [`Error::StepUp`] when all is well but for the age or the strength of the
/// last proof; [`Error::Denied`] is never the answer here, because the order of checks
/// names it as a refusal.
pub fn accept(app: &App, ctx: &Ctx, opened: &Opened, here: Cloud, choice: Choice) -> Result<Accepted, Error> {
    let answer = deciding(app, ctx, opened, move |work, offer, me| {
        if let Some(done) = accepted_before(work, &offer, &me)? {
            return Ok(done);
        }
        let (existing, refusal) = checked(work, &offer, Some(&me), here)?;
        if let Some(refusal) = refusal {
            return Err(refusal.into());
        }
        let signed = attestation::signed(work, me.tenant.id, offer.cloud)?.is_some();
        acceptance::check_choice(&offer, choice, signed, work.now)?;
        let permit = policy::check(&me.person, Action::AnswerInvitation)?;
        work.fresh(Action::AnswerInvitation)?;
        let event = answer(work, &permit, &offer, &me, choice.privileges)?;
        for partner in offer.partners() {
            connect(work, &permit, &offer, partner, &me, &existing, choice.privileges)?;
        }
        let consent = write_consent(work, &permit, &offer, &me, &event, (choice.privileges, !signed))?;
        Ok(Accepted { consent, partner: offer.partner.tenant.id, privileges: choice.privileges })
    });
    if let Err(Error::Acceptance(refusal)) = &answer {
        record_refusal(app, ctx, opened, refusal)?;
    }
    answer
}

/// Declines. A standing link cannot be declined: it asks nobody in particular.
///
/// # Errors
/// [`Error::Acceptance`] with the first refusal in order. Being connected already is no reason against declining.
pub fn decline(app: &App, ctx: &Ctx, opened: &Opened, here: Cloud, reason: Option<Reason>) -> Result<(), Error> {
    deciding(app, ctx, opened, move |work, offer, me| {
        let Some(inv) = offer.invitation() else { return Err(Refusal::InviteInvalid.into()) };
        if let State::Declined { by, .. } = inv.state
            && by == me.person.id
        {
            return Ok(());
        }
        match checked(work, &offer, Some(&me), here)?.1 {
            None | Some(Refusal::AlreadyConnected | Refusal::PartnerSuspended { .. } | Refusal::ProviderMissing) => {}
            Some(refusal) => return Err(refusal.into()),
        }
        let permit = policy::check(&me.person, Action::AnswerInvitation)?;
        let (declined, happened) = inv.clone().decline(me.person.id, me.tenant.id, reason.clone(), work.now)?;
        save(work, &permit, &declined)?;
        work.record(happened)?;
        Ok(())
    })
}

/// Passes a request on to one of the visitor's own global administrators.
///
/// # Errors
/// [`Error::NotFound`] when `to` is no administrator of the visitor's organisation, [`Error::TooMany`] when it was passed on a
/// moment ago; otherwise the first refusal in order before the check for the administrator role.
pub fn forward(app: &App, ctx: &Ctx, opened: &Opened, here: Cloud, to: UserId) -> Result<(), Error> {
    deciding(app, ctx, opened, move |work, offer, me| {
        let Some(inv) = offer.invitation() else { return Err(Refusal::InviteInvalid.into()) };
        acceptance::check_link(&offer, here, work.now)?;
        acceptance::check_organisation(&offer, visitor(&me, &tenant::domains(work.tx, me.tenant.id)?), work.now)?;
        let permit = policy::check(&me.person, Action::ForwardInvitation)?;
        let admin = directory::get(work.tx, to)?
            .filter(|admin| admin.tenant == me.tenant.id && admin.is_global_administrator())
            .ok_or(Error::NotFound)?;
        if let Some(again_at) = inv.forwarded_at.map(|last| last.plus_seconds(FORWARD_EVERY))
            && work.now < again_at
        {
            return Err(Error::TooMany { again_at });
        }
        let (forwarded, happened) = inv.clone().forward(me.tenant.id, admin.id, work.now)?;
        save(work, &permit, &forwarded)?;
        work.record(happened)?;
        Ok(())
    })
}

fn save(work: &Work<'_>, permit: &Permit, inv: &Invitation) -> Result<(), Error> {
    if invitation::save(work.tx, permit, inv)? { Ok(()) } else { Err(Error::Conflict) }
}

/// The administrators a visitor may pass a request on to, at most 20.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is signed in.
pub fn forward_targets(app: &App, ctx: &Ctx) -> Result<Vec<entente_domain::directory::Person>, Error> {
    app.read(ctx, |work| {
        let me = work.me()?;
        Ok(directory::directory_holders(
            work.tx,
            me.tenant.id,
            entente_domain::directory_role::GLOBAL_ADMINISTRATOR,
            20,
        )?)
    })
}

/// Asks the sender for a new link. Whoever holds the old one may, signed in or not; they learn nothing by it.
///
/// # Errors
/// [`Refusal::InviteInvalid`] when there is no such personal link, [`Error::Invitation`] unless it has expired,
/// [`Error::TooMany`] within a day of the last time.
pub fn ask_new_link(app: &App, ctx: &Ctx, opened: &Opened) -> Result<(), Error> {
    let link = opened.clone();
    guarded(app, ctx, opened, || {
        app.write(ctx, move |work| {
            let offer = load(work, &link)?;
            let Some(inv) = offer.invitation() else { return Err(Refusal::InviteInvalid.into()) };
            let happened = inv.want_new_link(work.now)?;
            tries::count(work, &format!("new_link:{}", inv.id), 1, tries::DAY)?;
            work.record(happened)?;
            Ok(())
        })
    })
}

/// A link that is none concerns no partner; its tries are counted instead.
fn record_refusal(app: &App, ctx: &Ctx, opened: &Opened, refusal: &Refusal) -> Result<(), Error> {
    if *refusal == Refusal::InviteInvalid {
        return Ok(());
    }
    let (opened, code) = (opened.clone(), refusal.code());
    app.write(ctx, move |work| {
        let offer = load(work, &opened)?;
        let happened = match offer.invitation() {
            Some(inv) => inv.happened(EventKind::AcceptanceRefused),
            None => Happened::new(EventKind::AcceptanceRefused).partner(offer.partner.tenant.id),
        };
        work.record(happened.with("refusal", code))?;
        Ok(())
    })
}

fn visitor<'a>(me: &'a Me, domains: &'a [entente_domain::text::DomainName]) -> Visitor<'a> {
    Visitor { person: &me.person, tenant: &me.tenant, domains }
}

fn checked(
    work: &Work<'_>,
    offer: &Offer,
    me: Option<&Me>,
    here: Cloud,
) -> Result<(Vec<Relationship>, Option<Refusal>), Error> {
    let mut existing = Vec::new();
    let mut domains = Vec::new();
    if let Some(me) = me {
        domains = tenant::domains(work.tx, me.tenant.id)?;
        for partner in offer.partners() {
            existing.extend(relationship::between(work.tx, partner.tenant.id, me.tenant.id)?);
        }
    }
    let visitor = me.map(|me| visitor(me, &domains));
    let refusal = acceptance::check(offer, here, visitor, &existing, work.now).err();
    Ok((existing, refusal))
}

fn answered_by(work: &Work<'_>, offer: &Offer, me: Option<&Me>) -> Result<Option<PersonName>, Error> {
    let Some((me, inv)) = me.zip(offer.invitation()) else { return Ok(None) };
    let (State::Accepted { by, customer, .. } | State::Declined { by, customer, .. }) = &inv.state else {
        return Ok(None);
    };
    if *customer != me.tenant.id {
        return Ok(None);
    }
    Ok(directory::get(work.tx, *by)?.map(|person| person.name))
}

/// The same person pressing twice, or a browser repeating a POST, gets the answer of the first time.
fn accepted_before(work: &Work<'_>, offer: &Offer, me: &Me) -> Result<Option<Accepted>, Error> {
    let Some(inv) = offer.invitation() else { return Ok(None) };
    let State::Accepted { at, by, customer, privileges } = inv.state else { return Ok(None) };
    if by != me.person.id || customer != me.tenant.id {
        return Ok(None);
    }
    let mine = consent::of_invitation(work.tx, customer, at, inv.id)?;
    Ok(mine.map(|it| Accepted { consent: it.id, partner: it.partner, privileges }))
}

/// Answers the request and records the one event of this acceptance.
fn answer(work: &Work<'_>, permit: &Permit, offer: &Offer, me: &Me, privileges: bool) -> Result<Event, Error> {
    let happened = match offer.invitation() {
        Some(inv) => {
            let (accepted, happened) = inv.clone().accept(me.person.id, me.tenant.id, privileges, work.now)?;
            save(work, permit, &accepted)?;
            happened
        }
        None => Happened {
            companion: offer.companion.as_ref().map(|it| it.tenant.id),
            ..Happened::new(EventKind::InvitationAccepted)
                .partner(offer.partner.tenant.id)
                .customer(me.tenant.id)
                .with("link", "standing")
                .with("asked_privileges", if offer.asks.privileges { "yes" } else { "no" })
                .with("granted_privileges", if privileges { "yes" } else { "no" })
        },
    };
    work.record(happened)
}

/// Creates, renews or widens the relationship with one of the offer's partners. Never narrows one: that is the customer's own act.
fn connect(
    work: &Work<'_>,
    permit: &Permit,
    offer: &Offer,
    partner: &Partner,
    me: &Me,
    existing: &[Relationship],
    privileges: bool,
) -> Result<(), Error> {
    let terms = Terms {
        id: work.app.new_id(),
        partner: partner.tenant.id,
        customer: me.tenant.id,
        kind: offer.asks.kind,
        channel: channel(offer, partner),
        invitation: offer.invitation().map(|it| it.id),
        privileges,
    };
    let Some(rel) = existing.iter().find(|rel| rel.partner == partner.tenant.id) else {
        let rel = Relationship::establish(terms, work.now);
        return Ok(relationship::insert(work.tx, permit, &rel, &me.tenant)?);
    };
    let changed = if rel.is_active() {
        let kind = if rel.kind == RelationshipKind::Advisor { offer.asks.kind } else { rel.kind };
        let rel = Relationship { kind, ..rel.clone() };
        if privileges && !rel.privileges.granted() { rel.grant_privileges(work.now)? } else { rel }
    } else {
        rel.clone().renew(terms, work.now)?
    };
    if relationship::save(work.tx, permit, &changed)? { Ok(()) } else { Err(Error::Conflict) }
}

fn channel(offer: &Offer, partner: &Partner) -> Channel {
    let other = offer.partners().find(|it| it.tenant.id != partner.tenant.id).map(|it| it.tenant.id);
    match (partner.kind, other) {
        (PartnerKind::IndirectProvider, Some(reseller)) => Channel::Provider { reseller },
        (PartnerKind::IndirectReseller, Some(provider)) => Channel::Reseller { provider },
        _ => Channel::Direct,
    }
}

fn write_consent(
    work: &Work<'_>,
    permit: &Permit,
    offer: &Offer,
    me: &Me,
    event: &Event,
    (privileges, signs): (bool, bool),
) -> Result<ConsentId, Error> {
    let agreement = agreement::current(offer.cloud, work.now);
    let shown = agreement.rendered(work.ctx.language, &work.app.settings().vendor);
    let given = Consent {
        id: work.app.new_id(),
        customer: me.tenant.id,
        person: me.person.id,
        partner: offer.partner.tenant.id,
        companion: offer.companion.as_ref().map(|it| it.tenant.id),
        invitation: offer.invitation().map(|it| it.id),
        event: event.id,
        decided_at: work.now,
        asked_privileges: offer.asks.privileges,
        granted_privileges: privileges,
        agreement: agreement.code.to_owned(),
        agreement_version: agreement.version.to_owned(),
        agreement_signed: signs,
        language: work.ctx.language,
        text_hash: Sha256::digest(shown.as_bytes()).into(),
        address: work.ctx.address.clone(),
    };
    consent::insert(work.tx, permit, &given)?;
    Ok(given.id)
}

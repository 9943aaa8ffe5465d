//! What a partner does with its requests: draft, review, send, follow, remind, withdraw, replace.

use entente_domain::cloud::Cloud;
use entente_domain::event::Happened;
use entente_domain::ids::TenantId;
use entente_domain::invitation::{Asks, Binding, Invitation, Message, Recipient, Standing as InvitationStanding};
use entente_domain::market::{self, CountryCode};
use entente_domain::policy::{self, Action, Permit};
use entente_domain::tenant::{Partner, PartnerKind, Standing};
use entente_store::mail::Mail;
use entente_store::{counter, invitation, mail, relationship, tenant};

use crate::{App, Ctx, Error, Invalid, Work};

/// What the request page collects, already parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is asked.
    pub asks: Asks,
    /// The customer's cloud.
    pub cloud: Cloud,
    /// The customer's country.
    pub country: CountryCode,
    /// The other partner of an indirect request.
    pub companion: Option<TenantId>,
    /// Who may use the link.
    pub binding: Binding,
    /// Who it is addressed to.
    pub recipient: Recipient,
    /// The words around the link.
    pub message: Message,
}

/// A request with what a page about it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The request.
    pub invitation: Invitation,
    /// The personal link, while a customer can still answer.
    pub link: Option<String>,
    /// What became of its mail, newest first.
    pub mail: Vec<Mail>,
    /// Where it stands now.
    pub standing: InvitationStanding,
}

/// Drafts a request and makes its personal link.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::Invalid`] naming each field that is not offered to this partner.
pub fn create(app: &App, ctx: &Ctx, draft: Draft) -> Result<View, Error> {
    app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::RequestRelationship)?;
        if draft.asks.privileges {
            policy::check(&me.person, Action::RequestPrivileges)?;
        }
        let draft = offered(work, &partner, draft.clone())?;
        let inv = write(work, &permit, &partner, draft, None, me.person.id)?;
        view_of(work, inv)
    })
}

/// Asks a customer that removed its privileges to restore them. At most one such request is open; after a refusal a week has to
/// pass (UX specification, section 6).
///
/// # Errors
/// [`Error::NotFound`] without a living relationship, [`Error::TooMany`] while one is open or within a week of a refusal.
pub fn ask_to_restore(app: &App, ctx: &Ctx, customer: TenantId, draft: Draft) -> Result<View, Error> {
    app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::RequestPrivileges)?;
        let rel = relationship::between(work.tx, partner.tenant.id, customer)?
            .filter(entente_domain::relationship::Relationship::is_active)
            .ok_or(Error::NotFound)?;
        if rel.privileges.granted() {
            return Err(entente_domain::relationship::Refused {
                action: entente_domain::relationship::Action::GrantPrivileges,
                because: entente_domain::relationship::Because::GrantedAlready,
            }
            .into());
        }
        if let Some(last) = invitation::restoring(work.tx, rel.id)? {
            use entente_domain::invitation::State;
            if last.awaits_answer(work.now) {
                return Err(Error::TooMany { again_at: last.expires_at });
            }
            if let State::Declined { at, .. } = last.state
                && work.now < at.plus_days(7)
            {
                return Err(Error::TooMany { again_at: at.plus_days(7) });
            }
        }
        let home = tenant::get(work.tx, customer)?.ok_or(Error::NotFound)?;
        let draft = Draft {
            asks: Asks { kind: rel.kind, privileges: true },
            cloud: home.cloud,
            country: home.country,
            companion: None,
            binding: Binding::Tenant(customer),
            ..draft.clone()
        };
        let draft = offered(work, &partner, draft)?;
        let inv = write(work, &permit, &partner, draft, Some(rel.id), me.person.id)?;
        view_of(work, inv)
    })
}

/// One request with its link and its mail.
///
/// # Errors
/// [`Error::NotFound`] when the partner has no request of this number.
pub fn view(app: &App, ctx: &Ctx, number: i64) -> Result<View, Error> {
    app.read(ctx, |work| {
        let (_, inv, _) = mine(work, number)?;
        view_of(work, inv)
    })
}

/// Up to `limit` requests below a number, newest first.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn list(
    app: &App,
    ctx: &Ctx,
    state: Option<InvitationStanding>,
    below: Option<i64>,
    limit: i64,
) -> Result<Vec<Invitation>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::RequestRelationship)?;
        Ok(invitation::page(work.tx, partner.tenant.id, state, below.unwrap_or(i64::MAX), limit)?)
    })
}

/// Replaces recipient and words.
///
/// # Errors
/// [`Error::Invitation`] once the request is closed.
pub fn edit(app: &App, ctx: &Ctx, number: i64, recipient: Recipient, message: Message) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (_, inv, permit) = mine(work, number)?;
        let inv = inv.edit(recipient.clone(), message.clone(), work.now)?;
        save(work, &permit, &inv)
    })
}

/// Calls the draft finished: "Done".
///
/// # Errors
/// [`Error::Invitation`] when it is no draft.
pub fn open(app: &App, ctx: &Ctx, number: i64) -> Result<(), Error> {
    change(app, ctx, number, |inv, work| Ok(inv.open(work.now)?))
}

/// Has Entente mail it.
///
/// # Errors
/// [`Error::Invitation`] without an address and once closed.
pub fn send(app: &App, ctx: &Ctx, number: i64) -> Result<(), Error> {
    change(app, ctx, number, |inv, work| Ok(inv.send(work.now)?))
}

/// Reminds the recipient.
///
/// # Errors
/// [`Error::Invitation`] within a day of the last reminder, without an address, and once closed.
pub fn remind(app: &App, ctx: &Ctx, number: i64) -> Result<(), Error> {
    change(app, ctx, number, |inv, work| Ok(inv.remind(work.now)?))
}

/// Withdraws the request; its link is dead at once.
///
/// # Errors
/// [`Error::Invitation`] once closed.
pub fn cancel(app: &App, ctx: &Ctx, number: i64) -> Result<(), Error> {
    change(app, ctx, number, |inv, work| {
        let by = work.me()?.person.id;
        Ok(inv.cancel(by, work.now)?)
    })
}

/// Replaces the request by a new one with the same words and a new link; the old link is dead at once.
///
/// # Errors
/// [`Error::Invitation`] when it was answered, withdrawn or replaced; [`Error::Denied`] and [`Error::Invalid`] as for a new one.
pub fn reissue(app: &App, ctx: &Ctx, number: i64) -> Result<View, Error> {
    app.write(ctx, move |work| {
        let (partner, old, permit) = mine(work, number)?;
        let me = work.me()?;
        if old.asks.privileges {
            policy::check(&me.person, Action::RequestPrivileges)?;
        }
        let draft = Draft {
            asks: old.asks,
            cloud: old.cloud,
            country: old.country,
            companion: old.companion,
            binding: old.binding.clone(),
            recipient: old.recipient.clone(),
            message: old.message.clone(),
        };
        let draft = offered(work, &partner, draft)?;
        let restores = old.restores;
        let new = write(work, &permit, &partner, draft, restores, me.person.id)?;
        let (old, happened) = old.supersede(new.id, work.now)?;
        save(work, &permit, &old)?;
        work.record(happened)?;
        view_of(work, new)
    })
}

/// The partner's standing link for a cloud: reusable, without customer data (business rules, section 1, on our own host).
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn standing_link(app: &App, ctx: &Ctx, cloud: Cloud, privileges: bool) -> Result<String, Error> {
    app.read(ctx, |work| {
        let (me, partner, _) = work.partner(Action::RequestRelationship)?;
        let privileges = privileges || !entente_domain::acceptance::offers_without_privileges(cloud);
        if privileges {
            policy::check(&me.person, Action::RequestPrivileges)?;
        }
        let portal = work.app.settings().customer_portal(cloud);
        Ok(match (partner.kind, partner.provider) {
            (PartnerKind::IndirectReseller, Some(provider)) => format!(
                "{portal}/partner-invitation?invType=IndirectResellerRelationship&partnerId={}&msppId={}&indirectCSPId={provider}&DAP={privileges}",
                partner.tenant.id, partner.number,
            ),
            _ => format!(
                "{portal}/partner-invitation?invType=ResellerRelationship&partnerId={}&msppId=0&DAP={privileges}",
                partner.tenant.id
            ),
        })
    })
}

/// The address of a request's personal link.
pub fn link(app: &App, inv: &Invitation) -> String {
    format!("{}/accept/{}", app.settings().customer_portal(inv.cloud), app.links().token(inv.id, 1).text())
}

/// Corrects and checks a draft against what this partner may ask where.
fn offered(work: &Work<'_>, partner: &Partner, mut draft: Draft) -> Result<Draft, Error> {
    if partner.standing == Standing::Suspended {
        return Err(entente_domain::acceptance::Refusal::PartnerSuspended { partner: partner.tenant.id }.into());
    }
    let facts = draft.cloud.facts();
    let mut wrong = Vec::new();
    if !facts.invitations {
        wrong.push(crate::Field { name: "cloud", why: Invalid::NotOffered });
    }
    if !facts.serves(draft.country, work.now) {
        wrong.push(crate::Field { name: "country", why: Invalid::NotOffered });
    } else if !partner.serves(&draft.country, work.now) {
        wrong.push(crate::Field { name: "country", why: Invalid::OutsideRegion });
    }
    if !facts.privileges_optional && !draft.asks.privileges {
        wrong.push(crate::Field { name: "privileges", why: Invalid::NotOffered });
    }
    if let (Binding::Domain(domain), Some(mail)) = (&draft.binding, &draft.recipient.email)
        && mail.domain() != *domain
    {
        wrong.push(crate::Field { name: "mail", why: Invalid::DomainDiffers });
    }
    // A reseller always asks together with its provider; a provider may name one of its resellers.
    match (partner.kind, draft.companion) {
        (PartnerKind::IndirectReseller, _) => match partner.provider {
            Some(provider) => draft.companion = Some(provider),
            None => return Err(entente_domain::acceptance::Refusal::ProviderMissing.into()),
        },
        (_, None) => {}
        (PartnerKind::IndirectProvider, Some(reseller)) => {
            let known = tenant::partner(work.tx, reseller)?.filter(|it| it.provider == Some(partner.tenant.id));
            if known.is_none() {
                wrong.push(crate::Field { name: "companion", why: Invalid::NotOffered });
            }
        }
        (PartnerKind::Direct, Some(_)) => wrong.push(crate::Field { name: "companion", why: Invalid::NotOffered }),
    }
    if wrong.is_empty() { Ok(draft) } else { Err(Error::Invalid(wrong)) }
}

fn write(
    work: &Work<'_>,
    permit: &Permit,
    partner: &Partner,
    draft: Draft,
    restores: Option<entente_domain::ids::RelationshipId>,
    by: entente_domain::ids::UserId,
) -> Result<Invitation, Error> {
    let inv = Invitation {
        id: work.app.new_id(),
        number: counter::next(work.tx, partner.tenant.id, "invitation")?,
        partner: partner.tenant.id,
        companion: draft.companion,
        asks: draft.asks,
        cloud: draft.cloud,
        country: draft.country,
        binding: draft.binding,
        recipient: draft.recipient,
        message: draft.message,
        created_by: by,
        created_at: work.now,
        expires_at: work.now.plus_days(i64::from(work.app.settings().validity.days())),
        restores,
        reminded_at: None,
        forwarded_at: None,
        state: entente_domain::invitation::State::Draft,
        version: 1,
    };
    let token = work.app.links().token(inv.id, 1);
    invitation::insert(work.tx, permit, &inv, &token.hash())?;
    work.record(inv.created())?;
    Ok(inv)
}

fn mine(work: &Work<'_>, number: i64) -> Result<(Partner, Invitation, Permit), Error> {
    let (_, partner, permit) = work.partner(Action::RequestRelationship)?;
    let inv = invitation::by_number(work.tx, partner.tenant.id, number)?.ok_or(Error::NotFound)?;
    Ok((partner, inv, permit))
}

fn change(
    app: &App,
    ctx: &Ctx,
    number: i64,
    step: impl Fn(Invitation, &Work<'_>) -> Result<(Invitation, Happened), Error> + Send + 'static,
) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (_, inv, permit) = mine(work, number)?;
        let (inv, happened) = step(inv, work)?;
        save(work, &permit, &inv)?;
        work.record(happened)?;
        Ok(())
    })
}

fn save(work: &Work<'_>, permit: &Permit, inv: &Invitation) -> Result<(), Error> {
    if invitation::save(work.tx, permit, inv)? { Ok(()) } else { Err(Error::Conflict) }
}

fn view_of(work: &Work<'_>, inv: Invitation) -> Result<View, Error> {
    let standing = inv.standing(work.now);
    let link = inv.awaits_answer(work.now).then(|| link(work.app, &inv));
    let mail = mail::of_invitation(work.tx, inv.id)?;
    Ok(View { invitation: inv, link, mail, standing })
}

/// The partners a request can name as the other one of the channel: a reseller's provider, or a provider's resellers.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn companions(app: &App, ctx: &Ctx) -> Result<Vec<Partner>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::RequestRelationship)?;
        Ok(match (partner.kind, partner.provider) {
            (PartnerKind::IndirectProvider, _) => tenant::resellers(work.tx, partner.tenant.id)?,
            (_, Some(provider)) => tenant::partner(work.tx, provider)?.into_iter().collect(),
            (_, None) => Vec::new(),
        })
    })
}

/// The countries a partner may ask in, in one cloud, today.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn countries(app: &App, ctx: &Ctx, cloud: Cloud) -> Result<Vec<CountryCode>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::RequestRelationship)?;
        let mut open = market::all_countries(work.now);
        open.retain(|country| cloud.facts().serves(*country, work.now) && partner.serves(country, work.now));
        Ok(open)
    })
}

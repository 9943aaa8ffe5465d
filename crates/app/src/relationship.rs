//! Taking privileges back and ending relationships.

use entente_domain::acting::End;
use entente_domain::event::Happened;
use entente_domain::ids::TenantId;
use entente_domain::policy::{Action, Permit};
use entente_domain::relationship::{Relationship, Side};
use entente_domain::subscription::Subscription;
use entente_domain::tenant::Partner;
use entente_domain::text::Reason;
use entente_store::acting::Reach;
use entente_store::{relationship, subscription, tenant};

use crate::{App, Ctx, Error, Work, acting};

/// A partner as its customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// The partner.
    pub partner: Partner,
    /// The relationship.
    pub relationship: Relationship,
    /// What the partner provisioned here.
    pub subscriptions: Vec<Subscription>,
    /// The names of those whom the customer calls about them.
    pub supporters: Vec<(TenantId, String)>,
}

/// Every partner the customer has or had.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn partners(app: &App, ctx: &Ctx) -> Result<Vec<Connected>, Error> {
    app.read(ctx, |work| {
        let (me, _) = work.customer(Action::ViewPartners)?;
        let mut all = Vec::new();
        for rel in relationship::of_customer(work.tx, me.tenant.id)? {
            let Some(partner) = tenant::partner(work.tx, rel.partner)? else { continue };
            let subscriptions = crate::subscription::of_partner(work, me.tenant.id, rel.partner)?;
            let supporters = supporters(work, &partner, &subscriptions)?;
            all.push(Connected { partner, relationship: rel, subscriptions, supporters });
        }
        Ok(all)
    })
}

/// The partner's own name, and the reseller's where that one supports something.
fn supporters(
    work: &Work<'_>,
    partner: &Partner,
    subscriptions: &[Subscription],
) -> Result<Vec<(TenantId, String)>, Error> {
    let mut names = vec![(partner.tenant.id, partner.tenant.name.as_str().to_owned())];
    for sub in subscriptions {
        if names.iter().all(|(id, _)| *id != sub.supported_by) {
            let other = tenant::get(work.tx, sub.supported_by)?.ok_or(Error::NotFound)?;
            names.push((other.id, other.name.into_string()));
        }
    }
    Ok(names)
}

/// The customer takes the privileges of one partner back. Once this returns, nothing derived from them is allowed any more.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for a stranger, [`Error::Relationship`] when none are in force.
pub fn remove_privileges(app: &App, ctx: &Ctx, partner: TenantId, reason: Option<Reason>) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, permit) = work.customer(Action::RemovePrivileges)?;
        let rel = relationship::between(work.tx, partner, me.tenant.id)?.ok_or(Error::NotFound)?;
        let done = rel.remove_privileges(Side::Customer, me.person.id, reason.clone(), work.now)?;
        finish(work, &permit, done)
    })
}

/// The partner gives the privileges back without being asked.
///
/// # Errors
/// As [`remove_privileges`].
pub fn give_up_privileges(app: &App, ctx: &Ctx, customer: TenantId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::GiveUpPrivileges)?;
        let rel = relationship::between(work.tx, partner.tenant.id, customer)?.ok_or(Error::NotFound)?;
        let done = rel.remove_privileges(Side::Partner, me.person.id, None, work.now)?;
        finish(work, &permit, done)
    })
}

/// The partner ends the relationship; blocked while subscriptions are active (requirement S17).
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for a stranger, [`Error::Relationship`] while subscriptions are active,
/// for an indirect reseller, and when it is over already.
pub fn end(app: &App, ctx: &Ctx, customer: TenantId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::EndRelationship)?;
        let rel = relationship::between(work.tx, partner.tenant.id, customer)?.ok_or(Error::NotFound)?;
        let mut subscriptions = Vec::new();
        for sub in subscription::of_partner(work.tx, customer, partner.tenant.id)? {
            subscriptions.push(crate::subscription::settle(work, &permit, sub)?);
        }
        let done = rel.end(me.person.id, &subscriptions, work.now)?;
        finish(work, &permit, done)
    })
}

fn finish(work: &Work<'_>, permit: &Permit, (rel, happened): (Relationship, Happened)) -> Result<(), Error> {
    if !relationship::save(work.tx, permit, &rel)? {
        return Err(Error::Conflict);
    }
    work.record(happened)?;
    acting::end_all(work, permit, Reach::Pair(rel.customer, rel.partner), End::Removed)
}

//! The record of a decision, for those who have to know later what was granted, by whom and on which text.

use entente_domain::ids::{ConsentId, UserId};
use entente_domain::invitation::Asks;
use entente_domain::policy::Action;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::Partner;
use entente_domain::time::Timestamp;
use entente_store::{consent, directory, invitation, tenant};

use crate::{App, Ctx, Error, Work};

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The record number.
    pub id: ConsentId,
    /// The partner that was accepted.
    pub partner: Partner,
    /// The second partner of an indirect request.
    pub companion: Option<Partner>,
    /// What was granted; less than was asked, maybe.
    pub granted: Asks,
    /// When.
    pub decided_at: Timestamp,
    /// Who decided.
    pub decided_by: UserId,
    /// Their name.
    pub name: String,
    /// The agreement accepted along with it.
    pub agreement: String,
    /// Its version.
    pub agreement_version: String,
}

/// One decision of the organisation of whoever asks.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for an unknown number and for another organisation's alike.
pub fn record(app: &App, ctx: &Ctx, id: ConsentId) -> Result<Record, Error> {
    app.read(ctx, |work| {
        let (me, _) = work.customer(Action::ViewPartners)?;
        let given = consent::get(work.tx, id)?.filter(|it| it.customer == me.tenant.id).ok_or(Error::NotFound)?;
        let partner = |id| tenant::partner(work.tx, id)?.ok_or(Error::NotFound);
        let kind = kind(work, &given)?;
        Ok(Record {
            id: given.id,
            partner: partner(given.partner)?,
            companion: given.companion.map(partner).transpose()?,
            granted: Asks { kind, privileges: given.granted_privileges },
            decided_at: given.decided_at,
            decided_by: given.person,
            // Who decided stays on record after they have left the organisation.
            name: directory::names(work.tx, &[given.person])?.remove(&given.person).ok_or(Error::NotFound)?,
            agreement: given.agreement,
            agreement_version: given.agreement_version,
        })
    })
}

/// A standing link asks for the relationship of a reseller; what a personal one asked for stands in the request.
fn kind(work: &Work<'_>, given: &consent::Consent) -> Result<RelationshipKind, Error> {
    let Some(id) = given.invitation else { return Ok(RelationshipKind::Reseller) };
    Ok(invitation::get(work.tx, id)?.ok_or(Error::NotFound)?.asks.kind)
}

//! Whether a customer signed the agreement, and partners' words that it did.

use entente_domain::agreement::{self, Agreement};
use entente_domain::attestation::{self as domain, Attestation, Because, Fault, Refused, Signed};
use entente_domain::cloud::Cloud;
use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::TenantId;
use entente_domain::policy::{Action, Permit};
use entente_domain::relationship::Relationship;
use entente_domain::tenant::{Partner, Tenant};
use entente_domain::time::Timestamp;
use entente_store::{StoreError, attestation, consent, directory, relationship, tenant};
use sha2::{Digest as _, Sha256};

use crate::context::Me;
use crate::{App, Ctx, Error, Field, Invalid, Work};

/// Attestations a page shows.
const SHOWN: i64 = 20;

/// How a customer stands to the agreement, as a partner may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The version in force in the customer's cloud.
    pub in_force: &'static Agreement,
    /// When that version was signed, whoever did or attested it.
    pub signed: Option<Timestamp>,
    /// What this partner attested, the newest version first.
    pub attested: Vec<Attestation>,
    /// Why this partner cannot give its word; nothing where it can.
    pub refused: Option<Refused>,
}

/// How the customer's own people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The version in force in the customer's cloud.
    pub in_force: &'static Agreement,
    /// Who signed it, when, and by which partner's word.
    pub signed: Option<SignedBy>,
}

/// Who signed the version in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// When.
    pub at: Timestamp,
    /// Their name.
    pub name: String,
    /// The partner whose word that is; none where one of the customer's administrators accepted it here.
    pub partner: Option<String>,
}

/// Writes down a partner's word that its customer signed the agreement.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for a stranger, [`Error::Attestation`] where this partner cannot attest and
/// when it named the same contact for the same version before, [`Error::Invalid`] on `signed_on` and `agreement`.
pub fn attest(app: &App, ctx: &Ctx, customer: TenantId, signed: Signed) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::AttestAgreement)?;
        let rel = living(work, &partner, customer)?;
        domain::check(&partner, Some(&rel))?;
        let home = tenant::get(work.tx, customer)?.ok_or(Error::NotFound)?;
        let happened = write(work, &permit, (&me, &partner), &home, &signed)?;
        work.record(Happened { relationship: Some(rel.id), ..happened })?;
        Ok(())
    })
}

/// How one of the partner's customers stands to the agreement.
///
/// # Errors
/// [`Error::Denied`] without the role to see customers, [`Error::NotFound`] for a stranger.
pub fn status(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Status, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ViewCustomers)?;
        let rel = living(work, &partner, customer)?;
        let home = tenant::get(work.tx, customer)?.ok_or(Error::NotFound)?;
        Ok(Status {
            in_force: agreement::current(home.cloud, work.now),
            signed: signed(work, customer, home.cloud)?,
            attested: attestation::of_partner(work.tx, customer, partner.tenant.id, SHOWN)?,
            refused: domain::check(&partner, Some(&rel)).err(),
        })
    })
}

/// How a customer's own people see it.
///
/// # Errors
/// [`Error::Denied`] without a role that may see the organisation's record.
pub fn own(app: &App, ctx: &Ctx) -> Result<Own, Error> {
    app.read(ctx, |work| {
        let (me, _) = work.customer(Action::ViewCompany)?;
        let in_force = agreement::current(me.tenant.cloud, work.now);
        let signed = match consent::signing(work.tx, me.tenant.id, in_force.version)? {
            Some(given) => {
                let name = directory::names(work.tx, &[given.person])?.remove(&given.person).unwrap_or_default();
                Some(SignedBy { at: given.decided_at, name, partner: None })
            }
            None => match attestation::of_version(work.tx, me.tenant.id, in_force.version)? {
                Some(it) => {
                    let partner = tenant::names(work.tx, &[it.partner])?.remove(&it.partner);
                    Some(SignedBy { at: it.signed.on, name: it.signed.name.into_string(), partner })
                }
                None => None,
            },
        };
        Ok(Own { in_force, signed })
    })
}

/// When the version in force was signed for a customer: by one of its administrators here, or by a partner's word.
pub(crate) fn signed(work: &Work<'_>, customer: TenantId, cloud: Cloud) -> Result<Option<Timestamp>, Error> {
    let version = agreement::current(cloud, work.now).version;
    if let Some(given) = consent::signing(work.tx, customer, version)? {
        return Ok(Some(given.decided_at));
    }
    Ok(attestation::of_version(work.tx, customer, version)?.map(|it| it.signed.on))
}

/// Keeps what was attested and answers with what happened, for the caller to record.
pub(crate) fn write(
    work: &Work<'_>,
    permit: &Permit,
    (me, partner): (&Me, &Partner),
    customer: &Tenant,
    signed: &Signed,
) -> Result<Happened, Error> {
    domain::plausible(signed, customer.cloud, work.now).map_err(|faults| Error::Invalid(fields(&faults)))?;
    let agreement = agreement::find(signed.version).ok_or_else(|| Error::field("agreement", Invalid::NotOffered))?;
    let text = agreement.rendered(customer.language, &work.app.settings().vendor);
    let kept = Attestation {
        id: work.app.new_id(),
        customer: customer.id,
        partner: partner.tenant.id,
        by: me.person.id,
        at: work.now,
        signed: signed.clone(),
        agreement: agreement.code.to_owned(),
        language: customer.language,
        text_hash: Sha256::digest(text.as_bytes()).into(),
    };
    attestation::insert(work.tx, permit, &kept).map_err(twice)?;
    Ok(Happened::new(EventKind::AgreementAttested)
        .partner(partner.tenant.id)
        .customer(customer.id)
        .with("attestation", kept.id.to_string())
        .with("version", signed.version)
        .with("signer", signed.name.as_str()))
}

fn twice(error: StoreError) -> Error {
    let constraint = "attestation.customer_id, attestation.partner_id, attestation.agreement_version, \
                      attestation.signer_mail_key";
    if error.is_unique(constraint) { Refused { because: Because::AttestedAlready }.into() } else { error.into() }
}

fn fields(faults: &[Fault]) -> Vec<Field> {
    let field = |fault: &Fault| match fault {
        Fault::Day => Field { name: "signed_on", why: Invalid::Day },
        Fault::Version => Field { name: "agreement", why: Invalid::NotOffered },
    };
    faults.iter().map(field).collect()
}

fn living(work: &Work<'_>, partner: &Partner, customer: TenantId) -> Result<Relationship, Error> {
    relationship::between(work.tx, partner.tenant.id, customer)?.filter(Relationship::is_active).ok_or(Error::NotFound)
}

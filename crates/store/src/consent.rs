//! What administrators decided.

use entente_domain::ids::{ConsentId, EventId, InvitationId, TenantId, UserId};
use entente_domain::language::Language;
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::tenant::parse;
use crate::{Row, StoreError, Tx, params, statements};

/// Whole decisions, in the order [`read`] takes their columns in.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, customer_id, person_id, partner_id, companion_id, invitation_id, event_id, decided_at, asked_privileges,
            granted_privileges, agreement, agreement_version, language, text_hash, address, agreement_signed
        FROM consent ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO consent (id, customer_id, person_id, partner_id, companion_id, invitation_id, event_id, decided_at,
            asked_privileges, granted_privileges, agreement, agreement_version, language, text_hash, address, agreement_signed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    GET = select!("WHERE id = $1");
    /// With the time, which the request keeps as well: a customer's decisions are found by it.
    OF_INVITATION = select!("WHERE customer_id = $1 AND decided_at = $2 AND invitation_id = $3");
    /// The decision with which this version was signed.
    SIGNING = select!("WHERE customer_id = $1 AND agreement_version = $2 AND agreement_signed ORDER BY decided_at LIMIT 1");
    LATEST = select!("WHERE customer_id = $1 ORDER BY decided_at DESC LIMIT $2");
}

/// One decision: who, on which text, in which language, from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its id; the record number a customer is shown.
    pub id: ConsentId,
    /// The customer.
    pub customer: TenantId,
    /// The administrator.
    pub person: UserId,
    /// The partner accepted.
    pub partner: TenantId,
    /// The second partner of an indirect request.
    pub companion: Option<TenantId>,
    /// The request, when it was a personal link.
    pub invitation: Option<InvitationId>,
    /// The event it rests on.
    pub event: EventId,
    /// When.
    pub decided_at: Timestamp,
    /// Whether privileges were asked for.
    pub asked_privileges: bool,
    /// Whether privileges were granted.
    pub granted_privileges: bool,
    /// The agreement accepted along with it, or signed before.
    pub agreement: String,
    /// The agreement's version.
    pub agreement_version: String,
    /// Whether it was accepted along with this decision; otherwise it had been signed before.
    pub agreement_signed: bool,
    /// The language it was read in.
    pub language: Language,
    /// SHA-256 of the text as shown.
    pub text_hash: [u8; 32],
    /// The network address it came from.
    pub address: Option<String>,
}

/// Writes a decision.
pub fn insert(tx: &Tx, _: &Permit, consent: &Consent) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            consent.id,
            consent.customer,
            consent.person,
            consent.partner,
            consent.companion,
            consent.invitation,
            consent.event,
            consent.decided_at,
            consent.asked_privileges,
            consent.granted_privileges,
            consent.agreement,
            consent.agreement_version,
            consent.language.tag(),
            consent.text_hash,
            consent.address,
            consent.agreement_signed
        ],
    )
    .map(|_| ())
}

/// The decision with this record number.
pub fn get(tx: &Tx, id: ConsentId) -> Result<Option<Consent>, StoreError> {
    tx.one(&GET, params![id], read)
}

/// The customer's decision at that time about this request.
pub fn of_invitation(
    tx: &Tx,
    customer: TenantId,
    decided_at: Timestamp,
    invitation: InvitationId,
) -> Result<Option<Consent>, StoreError> {
    tx.one(&OF_INVITATION, params![customer, decided_at, invitation], read)
}

/// The decision with which a customer signed this version of the agreement.
pub fn signing(tx: &Tx, customer: TenantId, version: &str) -> Result<Option<Consent>, StoreError> {
    tx.one(&SIGNING, params![customer, version], read)
}

/// A customer's newest decisions.
pub fn latest(tx: &Tx, customer: TenantId, limit: i64) -> Result<Vec<Consent>, StoreError> {
    tx.all(&LATEST, params![customer, limit], read)
}

fn read(row: &Row<'_>) -> Result<Consent, StoreError> {
    Ok(Consent {
        id: row.id(0)?,
        customer: row.id(1)?,
        person: row.id(2)?,
        partner: row.id(3)?,
        companion: row.opt_id(4)?,
        invitation: row.opt_id(5)?,
        event: row.id(6)?,
        decided_at: row.time(7)?,
        asked_privileges: row.bool(8)?,
        granted_privileges: row.bool(9)?,
        agreement: row.text(10)?.to_owned(),
        agreement_version: row.text(11)?.to_owned(),
        agreement_signed: row.bool(15)?,
        language: parse("consent", "language", row.text(12)?)?,
        text_hash: row
            .bytes(13)?
            .try_into()
            .map_err(|_| StoreError::inconsistent("consent", "text_hash", "not 32 bytes"))?,
        address: row.opt_text(14)?.map(ToOwned::to_owned),
    })
}

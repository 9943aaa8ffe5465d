//! Partners' words that their customers signed the agreement.

use entente_domain::agreement;
use entente_domain::attestation::{Attestation, Signed};
use entente_domain::ids::TenantId;
use entente_domain::policy::Permit;

use crate::tenant::{known, parse, parse_opt};
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    INSERT = "INSERT INTO attestation (id, customer_id, partner_id, attested_by, attested_at, signer, signer_mail,
            signer_mail_key, signer_phone, signed_on, agreement, agreement_version, language, text_hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    OF_VERSION = "SELECT id, customer_id, partner_id, attested_by, attested_at, signer, signer_mail, signer_phone,
            signed_on, agreement, agreement_version, language, text_hash
        FROM attestation WHERE customer_id = $1 AND agreement_version = $2 ORDER BY id LIMIT 1";
    OF_PARTNER = "SELECT id, customer_id, partner_id, attested_by, attested_at, signer, signer_mail, signer_phone,
            signed_on, agreement, agreement_version, language, text_hash
        FROM attestation WHERE customer_id = $1 AND partner_id = $2 ORDER BY agreement_version DESC, signer_mail_key LIMIT $3";
}

/// Writes an attestation.
///
/// # Errors
/// A unique violation of `attestation` when the partner named the same contact for the same version before.
pub fn insert(tx: &Tx, _: &Permit, it: &Attestation) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            it.id,
            it.customer,
            it.partner,
            it.by,
            it.at,
            it.signed.name.as_str(),
            it.signed.mail.as_str(),
            it.signed.mail.key(),
            it.signed.phone.as_ref().map(AsRef::<str>::as_ref),
            it.signed.on,
            it.agreement,
            it.signed.version,
            it.language.tag(),
            it.text_hash
        ],
    )
    .map(|_| ())
}

/// The first attestation that this version was signed for a customer, whichever partner's word it is.
pub fn of_version(tx: &Tx, customer: TenantId, version: &str) -> Result<Option<Attestation>, StoreError> {
    tx.one(&OF_VERSION, params![customer, version], read)
}

/// Up to `limit` of one partner's attestations for a customer, those of the newest version first.
pub fn of_partner(tx: &Tx, customer: TenantId, partner: TenantId, limit: i64) -> Result<Vec<Attestation>, StoreError> {
    tx.all(&OF_PARTNER, params![customer, partner, limit], read)
}

fn read(row: &Row<'_>) -> Result<Attestation, StoreError> {
    let version = |text: &str| agreement::find(text).map(|it| it.version);
    Ok(Attestation {
        id: row.id(0)?,
        customer: row.id(1)?,
        partner: row.id(2)?,
        by: row.id(3)?,
        at: row.time(4)?,
        signed: Signed {
            name: parse("attestation", "signer", row.text(5)?)?,
            mail: parse("attestation", "signer_mail", row.text(6)?)?,
            phone: parse_opt("attestation", "signer_phone", row.opt_text(7)?)?,
            on: row.time(8)?,
            version: known("attestation", "agreement_version", row.text(10)?, version)?,
        },
        agreement: row.text(9)?.to_owned(),
        language: parse("attestation", "language", row.text(11)?)?,
        text_hash: row
            .bytes(12)?
            .try_into()
            .map_err(|_| StoreError::inconsistent("attestation", "text_hash", "not 32 bytes"))?,
    })
}

//! Where organisations are and whom to write to there.

use entente_domain::company::Company;
use entente_domain::ids::{TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::tenant::{parse, parse_opt};
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT line1, line2, city, state, postal_code, contact, mail, phone, registration, version FROM company
        WHERE tenant_id = $1";
    INSERT = "INSERT INTO company (tenant_id, line1, line2, city, state, postal_code, contact, mail, phone, registration,
            changed_at, changed_by, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)";
    SAVE = "UPDATE company SET line1 = $2, line2 = $3, city = $4, state = $5, postal_code = $6, contact = $7, mail = $8,
            phone = $9, registration = $10, changed_at = $11, changed_by = $12, version = version + 1
        WHERE tenant_id = $1 AND version = $13";
}

/// What is known of an organisation, with the version of the record.
pub fn get(tx: &Tx, tenant: TenantId) -> Result<Option<(Company, i64)>, StoreError> {
    tx.one(&GET, params![tenant], read)
}

/// Writes what was not known before.
///
/// # Errors
/// A unique violation of `company.tenant_id` when somebody else did so first.
pub fn insert(
    tx: &Tx,
    _: &Permit,
    tenant: TenantId,
    company: &Company,
    by: UserId,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            tenant,
            company.line1.as_str(),
            company.line2.as_ref().map(AsRef::<str>::as_ref),
            company.city.as_str(),
            company.state.as_ref().map(AsRef::<str>::as_ref),
            company.postal_code.as_ref().map(AsRef::<str>::as_ref),
            company.contact.as_str(),
            company.mail.as_str(),
            company.phone.as_ref().map(AsRef::<str>::as_ref),
            company.registration.as_ref().map(AsRef::<str>::as_ref),
            at,
            by
        ],
    )
    .map(|_| ())
}

/// Replaces it; false when the record has another version by now.
pub fn save(
    tx: &Tx,
    _: &Permit,
    tenant: TenantId,
    (company, version): (&Company, i64),
    by: UserId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let changed = tx.exec(
        &SAVE,
        params![
            tenant,
            company.line1.as_str(),
            company.line2.as_ref().map(AsRef::<str>::as_ref),
            company.city.as_str(),
            company.state.as_ref().map(AsRef::<str>::as_ref),
            company.postal_code.as_ref().map(AsRef::<str>::as_ref),
            company.contact.as_str(),
            company.mail.as_str(),
            company.phone.as_ref().map(AsRef::<str>::as_ref),
            company.registration.as_ref().map(AsRef::<str>::as_ref),
            at,
            by,
            version
        ],
    )?;
    Ok(changed == 1)
}

fn read(row: &Row<'_>) -> Result<(Company, i64), StoreError> {
    let company = Company {
        line1: parse("company", "line1", row.text(0)?)?,
        line2: parse_opt("company", "line2", row.opt_text(1)?)?,
        city: parse("company", "city", row.text(2)?)?,
        state: parse_opt("company", "state", row.opt_text(3)?)?,
        postal_code: parse_opt("company", "postal_code", row.opt_text(4)?)?,
        contact: parse("company", "contact", row.text(5)?)?,
        mail: parse("company", "mail", row.text(6)?)?,
        phone: parse_opt("company", "phone", row.opt_text(7)?)?,
        registration: parse_opt("company", "registration", row.opt_text(8)?)?,
    };
    Ok((company, row.int(9)?))
}

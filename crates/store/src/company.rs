//! Where organisations are and whom to write to there.

use entente_domain::company::Company;
use entente_domain::ids::{Id as _, TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::tenant::{parse, parse_opt};
use crate::{Row, StoreError, Tx, Value, params, statements};

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
    tx.exec(&INSERT, &columns(tenant, company, by, at)).map(|_| ())
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
    let mut parameters = columns(tenant, company, by, at).to_vec();
    parameters.push(Value::Int(version));
    Ok(tx.exec(&SAVE, &parameters)? == 1)
}

/// What both statements write, in the order of their parameters.
fn columns(tenant: TenantId, company: &Company, by: UserId, at: Timestamp) -> [Value<'_>; 12] {
    fn optional<T: AsRef<str>>(text: Option<&T>) -> Value<'_> {
        text.map_or(Value::Null, |text| Value::Text(text.as_ref()))
    }
    [
        Value::Id(tenant.uuid()),
        Value::Text(company.line1.as_str()),
        optional(company.line2.as_ref()),
        Value::Text(company.city.as_str()),
        optional(company.state.as_ref()),
        optional(company.postal_code.as_ref()),
        Value::Text(company.contact.as_str()),
        Value::Text(company.mail.as_str()),
        optional(company.phone.as_ref()),
        optional(company.registration.as_ref()),
        Value::Time(at),
        Value::Id(by.uuid()),
    ]
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

//! Which customers partners created, and by which form.

use entente_domain::ids::{FormId, TenantId, UserId};
use entente_domain::policy::Permit;
use entente_domain::time::Timestamp;

use crate::{Row, StoreError, Tx, params, statements};

statements! {
    BY_FORM = "SELECT partner_id, number, form_id, customer_id, administrator_id, created_by, created_at FROM customer_creation
        WHERE partner_id = $1 AND form_id = $2";
    OF_CUSTOMER = "SELECT partner_id, number, form_id, customer_id, administrator_id, created_by, created_at
        FROM customer_creation WHERE customer_id = $1";
    LAST = "SELECT number FROM customer_creation WHERE partner_id = $1 ORDER BY number DESC LIMIT 1";
    INSERT = "INSERT INTO customer_creation (partner_id, number, form_id, customer_id, administrator_id, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

/// One customer as it was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// Who created it.
    pub partner: TenantId,
    /// Counted within the partner from 1.
    pub number: i64,
    /// The form it came from.
    pub form: FormId,
    /// The customer.
    pub customer: TenantId,
    /// Its first administrator.
    pub administrator: UserId,
    /// The partner's person.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// What a form of this partner created before.
pub fn by_form(tx: &Tx, partner: TenantId, form: FormId) -> Result<Option<Creation>, StoreError> {
    tx.one(&BY_FORM, params![partner, form], read)
}

/// How a customer came to be, if a partner created it.
pub fn of_customer(tx: &Tx, customer: TenantId) -> Result<Option<Creation>, StoreError> {
    tx.one(&OF_CUSTOMER, params![customer], read)
}

/// The number of the customer this partner created last; 0 before the first.
pub fn last(tx: &Tx, partner: TenantId) -> Result<i64, StoreError> {
    Ok(tx.one(&LAST, params![partner], |row| row.int(0))?.unwrap_or(0))
}

/// Writes that a customer was created. Everything it names has to be there.
pub fn insert(tx: &Tx, _: &Permit, new: &Creation) -> Result<(), StoreError> {
    tx.exec(&INSERT, params![new.partner, new.number, new.form, new.customer, new.administrator, new.by, new.at])
        .map(|_| ())
}

fn read(row: &Row<'_>) -> Result<Creation, StoreError> {
    Ok(Creation {
        partner: row.id(0)?,
        number: row.int(1)?,
        form: row.id(2)?,
        customer: row.id(3)?,
        administrator: row.id(4)?,
        by: row.id(5)?,
        at: row.time(6)?,
    })
}

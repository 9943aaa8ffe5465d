//! What partners provisioned for customers.

use entente_domain::catalogue::Billing;
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::Permit;
use entente_domain::subscription::{State, Subscription};

use crate::tenant::known;
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, customer_id, partner_id, product, billing, quantity, created_at, state, version
        FROM subscription WHERE id = $1 AND customer_id = $2";
    OF_PARTNER = "SELECT id, customer_id, partner_id, product, billing, quantity, created_at, state, version
        FROM subscription WHERE customer_id = $1 AND partner_id = $2 ORDER BY created_at, id LIMIT 1000";
    OF_CUSTOMER = "SELECT id, customer_id, partner_id, product, billing, quantity, created_at, state, version
        FROM subscription WHERE customer_id = $1 ORDER BY partner_id, created_at, id LIMIT 1000";
    INSERT = "INSERT INTO subscription (id, customer_id, partner_id, product, billing, quantity, created_at, state, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SAVE = "UPDATE subscription SET state = $3, quantity = $4, version = version + 1 WHERE id = $1 AND version = $2";
}

/// One subscription of this customer.
pub fn get(tx: &Tx, customer: TenantId, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
    tx.one(&GET, params![id, customer], read)
}

/// What one partner provisioned for a customer, oldest first, at most 1,000.
pub fn of_partner(tx: &Tx, customer: TenantId, partner: TenantId) -> Result<Vec<Subscription>, StoreError> {
    tx.all(&OF_PARTNER, params![customer, partner], read)
}

/// Everything a customer has, by partner, at most 1,000.
pub fn of_customer(tx: &Tx, customer: TenantId) -> Result<Vec<Subscription>, StoreError> {
    tx.all(&OF_CUSTOMER, params![customer], read)
}

/// Adds a subscription.
pub fn insert(tx: &Tx, _: &Permit, sub: &Subscription) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            sub.id,
            sub.customer,
            sub.partner,
            sub.product,
            sub.billing.code(),
            sub.quantity,
            sub.created_at,
            sub.state.code(),
            sub.version
        ],
    )
    .map(|_| ())
}

/// Writes a changed subscription; false when somebody else changed it first.
pub fn save(tx: &Tx, _: &Permit, sub: &Subscription) -> Result<bool, StoreError> {
    Ok(tx.exec(&SAVE, params![sub.id, sub.version, sub.state.code(), sub.quantity])? == 1)
}

fn read(row: &Row<'_>) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        id: row.id(0)?,
        customer: row.id(1)?,
        partner: row.id(2)?,
        product: row.text(3)?.to_owned(),
        billing: known("subscription", "billing", row.text(4)?, Billing::parse)?,
        quantity: row.opt_int(5)?,
        created_at: row.time(6)?,
        state: known("subscription", "state", row.text(7)?, State::parse)?,
        version: row.int(8)?,
    })
}

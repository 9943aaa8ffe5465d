//! What partners provisioned for customers.

use entente_domain::catalogue::Billing;
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::Permit;
use entente_domain::subscription::{State, Subscription};

use crate::tenant::known;
use crate::{Row, StoreError, Tx, params, statements};

statements! {
    GET = "SELECT id, customer_id, partner_id, product, billing, quantity, created_at, state, version, supported_by
        FROM subscription WHERE id = $1 AND customer_id = $2";
    OF_PARTNER = "SELECT id, customer_id, partner_id, product, billing, quantity, created_at, state, version, supported_by
        FROM subscription WHERE customer_id = $1 AND partner_id = $2 ORDER BY created_at, id LIMIT 1000";
    OF_CUSTOMER = "SELECT id, customer_id, partner_id, product, billing, quantity, created_at, state, version, supported_by
        FROM subscription WHERE customer_id = $1 ORDER BY partner_id, created_at, id LIMIT 1000";
    INSERT = "INSERT INTO subscription (id, customer_id, partner_id, product, billing, quantity, created_at, state, version, supported_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// The list of customers shows these sums; the one place that writes them reads the truth.
    SUM_UP = "UPDATE relationship SET (subscriptions, suspended, seats) = (
            SELECT COUNT(*), COUNT(*) FILTER (WHERE s.state = 'suspended'), CAST(COALESCE(SUM(s.quantity), 0) AS bigint)
            FROM subscription s WHERE s.customer_id = $1 AND s.partner_id = $2)
        WHERE customer_id = $1 AND partner_id = $2";
    SAVE = "UPDATE subscription SET state = $3, quantity = $4, supported_by = $5, version = version + 1 WHERE id = $1 AND version = $2";
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
            sub.version,
            chosen(sub)
        ],
    )?;
    sum_up(tx, sub)
}

/// Writes a changed subscription; false when somebody else changed it first.
pub fn save(tx: &Tx, _: &Permit, sub: &Subscription) -> Result<bool, StoreError> {
    if tx.exec(&SAVE, params![sub.id, sub.version, sub.state.code(), sub.quantity, chosen(sub)])? == 0 {
        return Ok(false);
    }
    sum_up(tx, sub)?;
    Ok(true)
}

fn sum_up(tx: &Tx, sub: &Subscription) -> Result<(), StoreError> {
    tx.exec(&SUM_UP, params![sub.customer, sub.partner]).map(|_| ())
}

/// No choice is stored where the seller supports what it sold, so that rows from before there was a choice read alike.
fn chosen(sub: &Subscription) -> Option<TenantId> {
    (sub.supported_by != sub.partner).then_some(sub.supported_by)
}

fn read(row: &Row<'_>) -> Result<Subscription, StoreError> {
    let partner = row.id(2)?;
    Ok(Subscription {
        id: row.id(0)?,
        customer: row.id(1)?,
        partner,
        supported_by: row.opt_id(9)?.unwrap_or(partner),
        product: row.text(3)?.to_owned(),
        billing: known("subscription", "billing", row.text(4)?, Billing::parse)?,
        quantity: row.opt_int(5)?,
        created_at: row.time(6)?,
        state: known("subscription", "state", row.text(7)?, State::parse)?,
        version: row.int(8)?,
    })
}

//! What partners provisioned for customers.

use entente_domain::catalogue::Billing;
use entente_domain::ids::{Id as _, SubscriptionId, TenantId};
use entente_domain::money::{Currency, Money};
use entente_domain::policy::Permit;
use entente_domain::subscription::{Commitment, State, Subscription, Window};
use entente_domain::term::{Cycle, Term};
use entente_domain::text::SubscriptionName;
use entente_domain::time::Timestamp;

use uuid::Uuid;

use crate::tenant::{known, parse_opt};
use crate::{Row, StoreError, Tx, params, statements};

/// Whole subscriptions, in the order [`read`] takes their columns in.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, customer_id, partner_id, product, billing, quantity, created_at, state, version, supported_by, of_record_id,
            name, parent_id, term, cycle, price, currency, began_at, ends_at, renews, opened_at, floor FROM subscription ",
            $rest
        )
    };
}

statements! {
    GET = select!("WHERE id = $1 AND customer_id = $2");
    OF_PARTNER = select!("WHERE customer_id = $1 AND partner_id = $2 ORDER BY created_at, id");
    OF_CUSTOMER = select!("WHERE customer_id = $1 ORDER BY partner_id, created_at, id");
    OF_PRODUCT = select!("WHERE customer_id = $1 AND product = $2 ORDER BY partner_id, created_at, id");
    PAGE_OF_PARTNER = select!("WHERE customer_id = $1 AND partner_id = $2 AND (created_at, id) > ($3, $4)
        ORDER BY created_at, id LIMIT $5");
    PAGE_OF_CUSTOMER = select!("WHERE customer_id = $1 AND (partner_id, created_at, id) > ($2, $3, $4)
        ORDER BY partner_id, created_at, id LIMIT $5");
    ADD_ONS = select!("WHERE parent_id = $1 ORDER BY id");
    DUE = select!("WHERE state IN ('active', 'suspended') AND ends_at IS NOT NULL AND ends_at <= $1 ORDER BY ends_at, id LIMIT $2");
    INSERT = "INSERT INTO subscription (id, customer_id, partner_id, product, billing, quantity, created_at, state, version,
            supported_by, of_record_id, name, parent_id, term, cycle, price, currency, began_at, ends_at, renews, opened_at, floor)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";
    /// The list of customers shows these sums; the one place that writes them reads the truth. What is over does not count.
    SUM_UP = "UPDATE relationship SET (subscriptions, suspended, seats) = (
            SELECT COUNT(*), COUNT(*) FILTER (WHERE s.state = 'suspended'), CAST(COALESCE(SUM(s.quantity), 0) AS bigint)
            FROM subscription s WHERE s.customer_id = $1 AND s.partner_id = $2 AND s.state IN ('active', 'suspended'))
        WHERE customer_id = $1 AND partner_id = $2";
    SAVE = "UPDATE subscription SET state = $3, quantity = $4, supported_by = $5, name = $6, price = $7, ends_at = $8, renews = $9,
            opened_at = $10, floor = $11, version = version + 1 WHERE id = $1 AND version = $2";
}

/// One subscription of this customer.
pub fn get(tx: &Tx, customer: TenantId, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
    tx.one(&GET, params![id, customer], read)
}

/// What one partner provisioned for a customer, oldest first. All of it, as of the next three: decisions rest on there being no other.
pub fn of_partner(tx: &Tx, customer: TenantId, partner: TenantId) -> Result<Vec<Subscription>, StoreError> {
    tx.all(&OF_PARTNER, params![customer, partner], read)
}

/// Everything a customer has, by partner.
pub fn of_customer(tx: &Tx, customer: TenantId) -> Result<Vec<Subscription>, StoreError> {
    tx.all(&OF_CUSTOMER, params![customer], read)
}

/// Everything a customer has of one product, by partner.
pub fn of_product(tx: &Tx, customer: TenantId, product: &str) -> Result<Vec<Subscription>, StoreError> {
    tx.all(&OF_PRODUCT, params![customer, product], read)
}

/// Up to `limit` in the order of [`of_partner`], after the one given.
pub fn page_of_partner(
    tx: &Tx,
    customer: TenantId,
    partner: TenantId,
    after: Option<&Subscription>,
    limit: i64,
) -> Result<Vec<Subscription>, StoreError> {
    let (_, since, id) = place(after);
    tx.all(&PAGE_OF_PARTNER, params![customer, partner, since, id, limit], read)
}

/// Up to `limit` in the order of [`of_customer`], after the one given.
pub fn page_of_customer(
    tx: &Tx,
    customer: TenantId,
    after: Option<&Subscription>,
    limit: i64,
) -> Result<Vec<Subscription>, StoreError> {
    let (partner, since, id) = place(after);
    tx.all(&PAGE_OF_CUSTOMER, params![customer, partner, since, id, limit], read)
}

/// Where a list goes on; nothing comes before the place of none.
fn place(after: Option<&Subscription>) -> (TenantId, Timestamp, SubscriptionId) {
    after.map_or(
        (TenantId::from_uuid(Uuid::nil()), Timestamp::from_micros(0), SubscriptionId::from_uuid(Uuid::nil())),
        |it| (it.partner, it.created_at, it.id),
    )
}

/// What extends this one.
pub fn add_ons(tx: &Tx, parent: SubscriptionId) -> Result<Vec<Subscription>, StoreError> {
    tx.all(&ADD_ONS, params![parent], read)
}

/// Up to `limit` whose term has passed, the longest passed first.
pub fn due(tx: &Tx, now: Timestamp, limit: i64) -> Result<Vec<Subscription>, StoreError> {
    tx.all(&DUE, params![now, limit], read)
}

/// Adds a subscription.
pub fn insert(tx: &Tx, _: &Permit, sub: &Subscription) -> Result<(), StoreError> {
    let agreed = sub.commitment;
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
            chosen(sub),
            sub.of_record,
            sub.name.as_ref().map(SubscriptionName::as_str),
            sub.parent,
            agreed.map(|it| it.term.code()),
            agreed.map(|it| it.cycle.code()),
            agreed.map(|it| it.price.amount()),
            agreed.map(|it| it.price.currency().code()),
            agreed.map(|it| it.began_at),
            agreed.map(|it| it.ends_at),
            agreed.map(|it| it.renews),
            agreed.map(|it| it.window.opened_at),
            agreed.map(|it| it.window.floor)
        ],
    )?;
    sum_up(tx, sub)
}

/// Writes a changed subscription; false when somebody else changed it first.
pub fn save(tx: &Tx, _: &Permit, sub: &Subscription) -> Result<bool, StoreError> {
    let agreed = sub.commitment;
    let saved = tx.exec(
        &SAVE,
        params![
            sub.id,
            sub.version,
            sub.state.code(),
            sub.quantity,
            chosen(sub),
            sub.name.as_ref().map(SubscriptionName::as_str),
            agreed.map(|it| it.price.amount()),
            agreed.map(|it| it.ends_at),
            agreed.map(|it| it.renews),
            agreed.map(|it| it.window.opened_at),
            agreed.map(|it| it.window.floor)
        ],
    )?;
    if saved == 0 {
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
        of_record: row.opt_id(10)?,
        name: parse_opt("subscription", "name", row.opt_text(11)?)?,
        parent: row.opt_id(12)?,
        commitment: commitment(row)?,
    })
}

fn commitment(row: &Row<'_>) -> Result<Option<Commitment>, StoreError> {
    let Some(term) = row.opt_text(13)? else { return Ok(None) };
    Ok(Some(Commitment {
        term: known("subscription", "term", term, Term::parse)?,
        cycle: known("subscription", "cycle", row.text(14)?, Cycle::parse)?,
        price: money("subscription", row.text(15)?, row.text(16)?)?,
        began_at: row.time(17)?,
        ends_at: row.time(18)?,
        renews: row.bool(19)?,
        window: Window { opened_at: row.time(20)?, floor: row.int(21)? },
    }))
}

/// An amount as it is kept: plain digits beside their currency.
pub(crate) fn money(table: &'static str, amount: &str, currency: &str) -> Result<Money, StoreError> {
    let currency = known(table, "currency", currency, Currency::parse)?;
    Money::parse(amount, currency).map_err(|error| StoreError::inconsistent(table, "price", error))
}

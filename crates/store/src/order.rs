//! What partners ordered for customers.

use entente_domain::ids::{FormId, OrderId, SubscriptionId, TenantId, UserId};
use entente_domain::order::{Line, Order, State};
use entente_domain::policy::Permit;
use entente_domain::term::{Cycle, Term};

use crate::subscription::money;
use crate::tenant::known;
use crate::{Row, StoreError, Tx, params, statements};

/// Whole orders but for their lines, in the order [`read`] takes their columns in.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.number, o.partner_id, o.customer_id, o.form_id, o.placed_at, o.placed_by, o.state, o.cancelled_at,
            o.cancelled_by, o.version FROM customer_order o ",
            $rest
        )
    };
}

statements! {
    BY_NUMBER = select!("WHERE o.customer_id = $1 AND o.partner_id = $2 AND o.number = $3");
    BY_FORM = select!("WHERE o.partner_id = $1 AND o.form_id = $2");
    OF_SUBSCRIPTION = select!("JOIN order_line l ON l.order_id = o.id WHERE l.subscription_id = $1 ORDER BY l.order_id DESC LIMIT 1");
    PAGE = select!("WHERE o.customer_id = $1 AND o.partner_id = $2 AND o.number < $3 ORDER BY o.number DESC LIMIT $4");
    LINES = "SELECT order_id, subscription_id, product, quantity, term, cycle, price, currency FROM order_line
        WHERE order_id = $1 ORDER BY line";
    /// Of all orders of a page at once.
    LINES_BETWEEN = "SELECT l.order_id, l.subscription_id, l.product, l.quantity, l.term, l.cycle, l.price, l.currency
        FROM customer_order o JOIN order_line l ON l.order_id = o.id
        WHERE o.customer_id = $1 AND o.partner_id = $2 AND o.number >= $3 AND o.number <= $4 ORDER BY o.number, l.line";
    INSERT = "INSERT INTO customer_order (id, number, partner_id, customer_id, form_id, placed_at, placed_by, state, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    INSERT_LINE = "INSERT INTO order_line (order_id, line, subscription_id, product, quantity, term, cycle, price, currency)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SAVE = "UPDATE customer_order SET state = $3, cancelled_at = $4, cancelled_by = $5, version = version + 1
        WHERE id = $1 AND version = $2";
}

/// One order of a partner for this customer, by its number.
pub fn by_number(tx: &Tx, customer: TenantId, partner: TenantId, number: i64) -> Result<Option<Order>, StoreError> {
    with_lines(tx, tx.one(&BY_NUMBER, params![customer, partner, number], read)?)
}

/// The order a form of this partner made before.
pub fn by_form(tx: &Tx, partner: TenantId, form: FormId) -> Result<Option<Order>, StoreError> {
    with_lines(tx, tx.one(&BY_FORM, params![partner, form], read)?)
}

/// The order a subscription came from; none for what was sold before there were orders.
pub fn of_subscription(tx: &Tx, sub: SubscriptionId) -> Result<Option<Order>, StoreError> {
    with_lines(tx, tx.one(&OF_SUBSCRIPTION, params![sub], read)?)
}

/// Up to `limit` orders of a partner for this customer with numbers below `before`, newest first.
pub fn page(
    tx: &Tx,
    customer: TenantId,
    partner: TenantId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let mut orders = tx.all(&PAGE, params![customer, partner, before.unwrap_or(i64::MAX), limit], read)?;
    let (Some(newest), Some(oldest)) = (orders.first(), orders.last()) else { return Ok(orders) };
    let (newest, oldest) = (newest.number, oldest.number);
    for (id, line) in tx.all(&LINES_BETWEEN, params![customer, partner, oldest, newest], read_line)? {
        if let Some(order) = orders.iter_mut().find(|it| it.id == id) {
            order.lines.push(line);
        }
    }
    Ok(orders)
}

/// Adds an order with its lines. Its subscriptions have to be there.
pub fn insert(tx: &Tx, _: &Permit, order: &Order) -> Result<(), StoreError> {
    tx.exec(
        &INSERT,
        params![
            order.id,
            order.number,
            order.partner,
            order.customer,
            order.form,
            order.placed_at,
            order.placed_by,
            order.state.code(),
            order.version
        ],
    )?;
    for (number, line) in (1_i64..).zip(&order.lines) {
        let agreed = line.agreed;
        tx.exec(
            &INSERT_LINE,
            params![
                order.id,
                number,
                line.subscription,
                line.product,
                line.quantity,
                agreed.map(|(term, _, _)| term.code()),
                agreed.map(|(_, cycle, _)| cycle.code()),
                agreed.map(|(_, _, price)| price.amount()),
                agreed.map(|(_, _, price)| price.currency().code())
            ],
        )?;
    }
    Ok(())
}

/// Writes whether an order stands; false when somebody else changed it first.
pub fn save(tx: &Tx, _: &Permit, order: &Order) -> Result<bool, StoreError> {
    let (at, by) = match order.state {
        State::Completed => (None, None),
        State::Cancelled { at, by } => (Some(at), Some(by)),
    };
    Ok(tx.exec(&SAVE, params![order.id, order.version, order.state.code(), at, by])? > 0)
}

fn with_lines(tx: &Tx, order: Option<Order>) -> Result<Option<Order>, StoreError> {
    let Some(order) = order else { return Ok(None) };
    let lines = tx.all(&LINES, params![order.id], read_line)?;
    Ok(Some(Order { lines: lines.into_iter().map(|(_, line)| line).collect(), ..order }))
}

fn read(row: &Row<'_>) -> Result<Order, StoreError> {
    let state = match (row.text(7)?, row.opt_time(8)?, row.opt_id::<UserId>(9)?) {
        ("completed", None, None) => State::Completed,
        ("cancelled", Some(at), Some(by)) => State::Cancelled { at, by },
        _ => return Err(StoreError::inconsistent("customer_order", "state", "no state of an order")),
    };
    Ok(Order {
        id: row.id(0)?,
        number: row.int(1)?,
        partner: row.id(2)?,
        customer: row.id(3)?,
        form: row.id(4)?,
        placed_at: row.time(5)?,
        placed_by: row.id(6)?,
        lines: Vec::new(),
        state,
        version: row.int(10)?,
    })
}

fn read_line(row: &Row<'_>) -> Result<(OrderId, Line), StoreError> {
    let agreed = match row.opt_text(4)? {
        None => None,
        Some(term) => Some((
            known("order_line", "term", term, Term::parse)?,
            known("order_line", "cycle", row.text(5)?, Cycle::parse)?,
            money("order_line", row.text(6)?, row.text(7)?)?,
        )),
    };
    let line = Line { subscription: row.id(1)?, product: row.text(2)?.to_owned(), quantity: row.opt_int(3)?, agreed };
    Ok((row.id(0)?, line))
}

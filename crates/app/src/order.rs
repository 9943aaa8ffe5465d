//! Orders a partner places for a customer, and their history.

use entente_domain::catalogue::{self, Billing, Product};
use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::{FormId, Id as _, SubscriptionId, TenantId, UserId};
use entente_domain::money::Currency;
use entente_domain::order::{Line, Order, State};
use entente_domain::policy::Action;
use entente_domain::relationship::{Channel, Relationship, RelationshipKind};
use entente_domain::subscription::{
    self as domain, Action as Step, Because, Commitment, Refused, Subscription, Window,
};
use entente_domain::tenant::Tenant;
use entente_domain::term::{Cycle, Term};
use entente_domain::text::SubscriptionName;
use entente_domain::time::Timestamp;
use entente_store::{counter, directory, order, subscription, tenant};
use sha2::{Digest as _, Sha256};

use crate::sheet::{Sheet, day};
use crate::subscription::{living, own, settled_add_ons, write};
use crate::{App, Ctx, Error, Work};

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The product's code in the catalogue.
    pub product: String,
    /// Units; none where it is paid for by usage.
    pub quantity: Option<i64>,
    /// For how long and billed how. Not looked at where it is paid for by usage, nor for an add-on of something that has a term.
    pub plan: Option<(Term, Cycle)>,
    /// Whether another term follows.
    pub renews: bool,
    /// What an add-on extends.
    pub parent: Option<SubscriptionId>,
    /// What the partner calls it.
    pub name: Option<SubscriptionName>,
    /// The form it comes from: what that sends twice is one order.
    pub form: FormId,
}

/// An order, with the names of the people concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The order.
    pub order: Order,
    /// Who placed it.
    pub placed_by: String,
    /// Who took it back.
    pub cancelled_by: Option<String>,
}

/// A page of the history, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The customer.
    pub customer: Tenant,
    /// The orders.
    pub orders: Vec<View>,
    /// Below which number the next page begins, if there is one.
    pub next: Option<i64>,
}

/// Places an order and provisions what was ordered. Needs no privileges.
///
/// # Errors
/// [`Error::Subscription`] when the product is not on sale there, does not extend what is named, is not offered for that term or in
/// that quantity, or this partner does not place orders; [`Error::Conflict`] when the form made another order before.
pub fn place(app: &App, ctx: &Ctx, customer: TenantId, wish: Wish) -> Result<(Order, Subscription), Error> {
    app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::ManageSubscriptions)?;
        let rel = living(work, partner.tenant.id, customer)?;
        if let Some(before) = order::by_form(work.tx, rel.partner, wish.form)? {
            return again(work, &before, customer, &wish);
        }
        let parent = match wish.parent {
            Some(id) => Some(own(work, &permit, &rel, id)?),
            None => None,
        };
        let (product, agreed) = weigh(work, &rel, &wish, parent.as_ref())?;
        let new = Subscription {
            id: work.app.new_id(),
            customer,
            partner: rel.partner,
            supported_by: rel.partner,
            of_record: match rel.channel {
                Channel::Provider { reseller } => Some(reseller),
                _ => None,
            },
            product: product.code.to_owned(),
            name: wish.name.clone(),
            billing: product.billing,
            quantity: wish.quantity,
            parent: wish.parent,
            created_at: work.now,
            commitment: agreed,
            state: domain::State::Active,
            version: 1,
        };
        let placed = Order {
            id: work.app.new_id(),
            number: counter::next(work.tx, rel.partner, "order")?,
            partner: rel.partner,
            customer,
            form: wish.form,
            placed_at: work.now,
            placed_by: me.person.id,
            lines: vec![Line::of(&new)],
            state: State::Completed,
            version: 1,
        };
        subscription::insert(work.tx, &permit, &new)?;
        order::insert(work.tx, &permit, &placed)?;
        work.record(new.added().with("order", placed.number.to_string()))?;
        Ok((placed, new))
    })
}

/// What an order of something that extends nothing would commit to, by the rules that placing it follows; none where it is paid for
/// by usage. Nothing is ordered.
///
/// # Errors
/// As [`place`].
pub fn quote(app: &App, ctx: &Ctx, customer: TenantId, wish: &Wish) -> Result<Option<Commitment>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ManageSubscriptions)?;
        let rel = living(work, partner.tenant.id, customer)?;
        Ok(weigh(work, &rel, wish, None)?.1)
    })
}

/// Whether this partner may order what is wanted, and what that commits to.
fn weigh(
    work: &Work<'_>,
    rel: &Relationship,
    wish: &Wish,
    parent: Option<&Subscription>,
) -> Result<(&'static Product, Option<Commitment>), Error> {
    let home = tenant::get(work.tx, rel.customer)?.ok_or(Error::NotFound)?;
    if rel.kind == RelationshipKind::Advisor {
        return Err(refused(Because::Advisor));
    }
    if matches!(rel.channel, Channel::Reseller { .. }) {
        return Err(refused(Because::ProviderOrders));
    }
    let product = catalogue::find(&wish.product)
        .filter(|product| product.on_sale(home.cloud, work.now))
        .ok_or_else(|| refused(Because::NotAvailable))?;
    extends(product, parent)?;
    Ok((product, agree(product, wish, parent, Currency::of(home.country, work.now), work.now)?))
}

/// What a form sends twice is answered with the order it made; unless it now says something else, which nobody would notice.
fn again(work: &Work<'_>, before: &Order, customer: TenantId, wish: &Wish) -> Result<(Order, Subscription), Error> {
    let same = |line: &Line| {
        let plan = line.agreed.map(|(term, cycle, _)| (term, cycle));
        line.product == wish.product
            && line.quantity == wish.quantity
            && (plan.is_none() || wish.parent.is_some() || plan == wish.plan)
    };
    match before.lines.first().filter(|line| before.customer == customer && same(line)) {
        Some(line) => {
            let sub = subscription::get(work.tx, customer, line.subscription)?.ok_or(Error::NotFound)?;
            Ok((before.clone(), sub.at(work.now).0))
        }
        None => Err(Error::Conflict),
    }
}

fn refused(because: Because) -> Error {
    Error::Subscription(Refused { action: Step::Add, because })
}

/// Whether a product can be bought for `parent`, or by itself where there is none.
fn extends(product: &Product, parent: Option<&Subscription>) -> Result<(), Error> {
    match parent {
        None if product.is_add_on() => Err(refused(Because::NeedsParent)),
        Some(parent) if !product.add_on_to.contains(&parent.product.as_str()) => Err(refused(Because::WrongParent)),
        Some(parent) if parent.state.is_over() => Err(refused(Because::NeedsParent)),
        Some(parent) if !parent.is_active() => Err(refused(Because::ParentSuspended)),
        _ => Ok(()),
    }
}

/// The commitment an order makes. An add-on takes over that of what it extends, so that both end together.
fn agree(
    product: &Product,
    wish: &Wish,
    parent: Option<&Subscription>,
    currency: Currency,
    now: Timestamp,
) -> Result<Option<Commitment>, Error> {
    let (Billing::Licence, Some((least, most))) = (product.billing, product.units) else {
        return if wish.quantity.is_none() { Ok(None) } else { Err(refused(Because::Quantity)) };
    };
    if !wish.quantity.is_some_and(|n| (least..=most).contains(&n)) {
        return Err(refused(Because::Quantity));
    }
    let shared = parent.and_then(|it| it.commitment);
    let (term, cycle) =
        shared.map(|it| (it.term, it.cycle)).or(wish.plan).ok_or_else(|| refused(Because::TermNotOffered))?;
    let price = catalogue::offer(product.code, term, now)
        .filter(|offer| offer.cycles.contains(&cycle))
        .and_then(|offer| offer.price(currency))
        .ok_or_else(|| refused(Because::TermNotOffered))?;
    let window = Window { opened_at: now, floor: least };
    if let Some(of_parent) = shared {
        return Ok(Some(Commitment { price, window, renews: of_parent.renews && wish.renews, ..of_parent }));
    }
    let ends_at = term.around(now, now).1;
    Ok(Some(Commitment { term, cycle, price, began_at: now, ends_at, renews: wish.renews, window }))
}

/// The mark of a form that orders something for a customer, as whoever asks would see it now: the same until somebody of this partner
/// orders something there, so that looking twice shows the same page and sending twice makes one order.
///
/// # Errors
/// [`Error::NotFound`] for a stranger, [`Error::Denied`] without the role.
pub fn form(app: &App, ctx: &Ctx, customer: TenantId) -> Result<FormId, Error> {
    app.read(ctx, |work| {
        let (me, partner, _) = work.partner(Action::ManageSubscriptions)?;
        let rel = living(work, partner.tenant.id, customer)?;
        let last = order::page(work.tx, customer, rel.partner, None, 1)?.first().map_or(0, |it| it.number);
        let text = format!("entente/order {} {customer} {last}", me.person.id);
        let mut id = [0; 16];
        id.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
        Ok(FormId::from_uuid(uuid::Builder::from_custom_bytes(id).into_uuid()))
    })
}

/// One page of the orders this partner placed for a customer, newest first.
///
/// # Errors
/// [`Error::NotFound`] for a stranger, [`Error::Denied`] without the role.
pub fn list(app: &App, ctx: &Ctx, customer: TenantId, before: Option<i64>, limit: i64) -> Result<Page, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewSubscriptions)?;
        let rel = site.relationship.ok_or(Error::NotFound)?;
        let mut orders = order::page(work.tx, customer, rel.partner, before, limit + 1)?;
        let more = i64::try_from(orders.len()).unwrap_or(i64::MAX) > limit;
        if more {
            orders.pop();
        }
        let next = orders.last().filter(|_| more).map(|it| it.number);
        Ok(Page { customer: site.customer, orders: named(work, orders)?, next })
    })
}

/// One order.
///
/// # Errors
/// [`Error::NotFound`] for a stranger's and another partner's, [`Error::Denied`] without the role.
pub fn get(app: &App, ctx: &Ctx, customer: TenantId, number: i64) -> Result<View, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewSubscriptions)?;
        let rel = site.relationship.ok_or(Error::NotFound)?;
        let found = order::by_number(work.tx, customer, rel.partner, number)?.ok_or(Error::NotFound)?;
        named(work, vec![found])?.pop().ok_or(Error::NotFound)
    })
}

/// Takes an order back, with everything that came of it.
///
/// # Errors
/// [`Error::Subscription`] once its days have passed and when it was taken back before, [`Error::NotFound`] for a stranger's.
pub fn cancel(app: &App, ctx: &Ctx, customer: TenantId, number: i64) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::ManageSubscriptions)?;
        let rel = living(work, partner.tenant.id, customer)?;
        let found = order::by_number(work.tx, customer, rel.partner, number)?.ok_or(Error::NotFound)?;
        let lines = found.lines.clone();
        let found = found.cancel(me.person.id, work.now)?;
        if !order::save(work.tx, &permit, &found)? {
            return Err(Error::Conflict);
        }
        for line in lines {
            let sub = own(work, &permit, &rel, line.subscription)?;
            if sub.state.is_over() {
                continue;
            }
            let add_ons = settled_add_ons(work, &permit, &sub)?;
            let (sub, happened) = sub.cancel(work.now)?;
            write(work, &permit, sub, happened.with("order", number.to_string()))?;
            for add_on in add_ons.into_iter().filter(|it| !it.state.is_over()) {
                let (add_on, happened) = add_on.cancel_with_parent()?;
                write(work, &permit, add_on, happened)?;
            }
        }
        Ok(())
    })
}

/// The orders this partner placed for a customer as CSV (RFC 4180), one row a line, newest first; safe to open in a spreadsheet.
///
/// # Errors
/// [`Error::NotFound`] for a stranger, [`Error::Denied`] without the role, [`Error::StepUp`] without a fresh proof.
pub fn export(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Vec<u8>, Error> {
    let file = app.read_long(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ExportCustomers)?;
        let rel = living(work, partner.tenant.id, customer)?;
        work.fresh(Action::ExportCustomers)?;
        let mut file = Sheet::new([
            "Order",
            "Date",
            "Product",
            "Quantity",
            "Term",
            "Billing cycle",
            "Unit price a month",
            "Total a cycle",
            "Currency",
            "State",
            "Ordered by",
        ])?;
        let mut before = None;
        loop {
            let views = named(work, order::page(work.tx, customer, rel.partner, before, EXPORTED_AT_ONCE)?)?;
            for view in &views {
                for line in &view.order.lines {
                    file.row(record(view, line))?;
                }
            }
            match views.last() {
                Some(last) if i64::try_from(views.len()).is_ok_and(|n| n == EXPORTED_AT_ONCE) => {
                    before = Some(last.order.number);
                }
                _ => break,
            }
        }
        file.finish()
    })?;
    app.write(ctx, move |work| {
        let (_, partner, _) = work.partner(Action::ExportCustomers)?;
        let rel = living(work, partner.tenant.id, customer)?;
        work.record(Happened::new(EventKind::OrdersExported).partner(rel.partner).customer(customer))?;
        Ok(())
    })?;
    Ok(file)
}

/// How many orders one statement of an export reads.
const EXPORTED_AT_ONCE: i64 = 500;

fn record(view: &View, line: &Line) -> [String; 11] {
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        view.order.number.to_string(),
        day(view.order.placed_at),
        line.product.clone(),
        text(line.quantity.map(|it| it.to_string())),
        text(line.agreed.map(|(term, _, _)| term.code().to_owned())),
        text(line.agreed.map(|(_, cycle, _)| cycle.code().to_owned())),
        text(line.agreed.map(|(_, _, price)| price.amount())),
        text(line.total().map(|(_, total)| total.amount())),
        text(line.agreed.map(|(_, _, price)| price.currency().code().to_owned())),
        view.order.state.code().to_owned(),
        view.placed_by.clone(),
    ]
}

fn named(work: &Work<'_>, orders: Vec<Order>) -> Result<Vec<View>, Error> {
    let canceller = |it: &Order| match it.state {
        State::Completed => None,
        State::Cancelled { by, .. } => Some(by),
    };
    let mut people: Vec<UserId> = orders.iter().flat_map(|it| [Some(it.placed_by), canceller(it)]).flatten().collect();
    people.sort_unstable();
    people.dedup();
    let names = directory::names(work.tx, &people)?;
    let name = |id: UserId| names.get(&id).cloned().unwrap_or_default();
    let view =
        |order: Order| View { placed_by: name(order.placed_by), cancelled_by: canceller(&order).map(name), order };
    Ok(orders.into_iter().map(view).collect())
}

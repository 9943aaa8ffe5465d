//! Who holds a licence of what: the units of a customer's products, giving licences to people and taking them back. Every operation asks
//! `Work::at_customer`, so the customer's own administrators and its partners' people do the same here.
//!
//! The count of licences in use is read and written in the transaction that gives one. Two who take the last one meet at its row: on
//! SQLite one comes after the other, on PostgreSQL the later one runs again and finds none left.

use std::collections::HashMap;

use entente_domain::catalogue::{self, Sku};
use entente_domain::event::EventKind;
use entente_domain::ids::{ServicePlanId, SkuId, SubscriptionId, TenantId, UserId};
use entente_domain::licence::{self, Because, Refused};
pub use entente_domain::licence::{AT_ONCE, Licence, Outcome, Units};
use entente_domain::policy::{Action, Permit};
use entente_domain::subscription::Subscription;
use entente_domain::text::{SearchText, UserPrincipalName};
use entente_domain::user::User;
pub use entente_store::licence::Holder;
pub use entente_store::user::{After, By as Order};
use entente_store::{directory, licence as store, subscription, user as users};

use crate::site::Site;
use crate::{App, Ctx, Error, Invalid, Work};

/// A product of a customer with its units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What directories call it.
    pub sku: SkuId,
    /// The code of the product it was bought as.
    pub product: String,
    /// The units.
    pub units: Units,
    /// Where more of it can be had, as far as whoever asks may know: a partner does not learn what others sold.
    pub grow: Option<SubscriptionId>,
}

/// Which holders of a product to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// What the name or the sign-in name begins with.
    pub search: Option<SearchText>,
    /// Where the previous page ended.
    pub after: Option<After>,
}

/// A page of a product's holders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The product.
    pub line: Line,
    /// Who holds it; with a search those found by name first.
    pub holders: Vec<Holder>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
}

/// Whom to give a licence, or to take it from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whom {
    /// Users, as chosen from a list.
    pub users: Vec<UserId>,
    /// Sign-in names, as typed.
    pub names: Vec<UserPrincipalName>,
}

/// What to change about the licences of one user, all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// What they are to hold, each with the service plans that are switched off.
    pub give: Vec<(SkuId, Vec<ServicePlanId>)>,
    /// What they are not to hold any more.
    pub take: Vec<SkuId>,
}

/// What became of one of several people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The user; none where there is no such user here.
    pub user: Option<UserId>,
    /// Their name, or what was typed.
    pub name: String,
    /// What happened, or why nothing did.
    pub answer: Result<Outcome, Refused>,
}

/// A customer's products with their units, in the order of the catalogue: what it has, and what somebody still holds.
///
/// # Errors
/// [`Error::NotFound`] for strangers, [`Error::Denied`] and [`Error::Acting`] when roles or privileges are not enough.
pub fn list(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Vec<Line>, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewLicences)?;
        Ok(Stock::whole(work, &site)?.lines())
    })
}

/// One product of a customer with a page of those who hold it.
///
/// # Errors
/// As [`list`]; [`Error::NotFound`] also for what the customer does not have.
pub fn holders(app: &App, ctx: &Ctx, customer: TenantId, sku: SkuId, query: &Query, limit: i64) -> Result<Page, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewLicences)?;
        let line = Stock::of(work, &site, [sku])?.line(sku).ok_or(Error::NotFound)?;
        let mut found = fetch(work, site.customer.id, sku, query, limit + 1)?;
        let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
        if more {
            found.pop();
        }
        let next = found.last().filter(|_| more).map(|(by, holder)| holder.place(*by));
        Ok(Page { line, holders: found.into_iter().map(|(_, holder)| holder).collect(), next })
    })
}

/// Every product of a customer with the licence a user holds of it.
///
/// # Errors
/// As [`list`]; [`Error::NotFound`] also for somebody of another organisation and for one who is deleted.
pub fn of_user(app: &App, ctx: &Ctx, customer: TenantId, id: UserId) -> Result<Vec<(Line, Option<Licence>)>, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewLicences)?;
        let user = living(work, site.customer.id, id)?.ok_or(Error::NotFound)?;
        let held = store::of_person(work.tx, user.person.id)?;
        let with = |line: Line| (held.iter().find(|it| it.sku == line.sku).cloned(), line);
        Ok(Stock::whole(work, &site)?.lines().into_iter().map(with).map(|(licence, line)| (line, licence)).collect())
    })
}

/// Gives people a licence with these service plans switched off, in one transaction. Each of them gets it or learns why not, in the order
/// given; once none is left, those who follow do not get one. Whoever holds one already has its plans set.
///
/// # Errors
/// As [`list`]; [`Error::NotFound`] for what is no SKU, [`Error::Invalid`] on `plans` for one that is no part of it and on `users` for
/// nobody and for more than [`AT_ONCE`].
pub fn assign(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    sku: SkuId,
    whom: Whom,
    excluded: Vec<ServicePlanId>,
) -> Result<Vec<Told>, Error> {
    each(app, ctx, customer, sku, whom, move |sku| {
        Ok(Change { give: vec![(sku.id, parts(sku, &excluded)?)], take: Vec::new() })
    })
}

/// Takes a licence from people, in one transaction.
///
/// # Errors
/// As [`assign`].
pub fn remove(app: &App, ctx: &Ctx, customer: TenantId, sku: SkuId, whom: Whom) -> Result<Vec<Told>, Error> {
    each(app, ctx, customer, sku, whom, |sku| Ok(Change { give: Vec::new(), take: vec![sku.id] }))
}

/// Changes the licences of one user: all of it, or nothing where something is refused. False when nothing was different.
///
/// # Errors
/// [`Error::Licence`] for the first licence that cannot be given, [`Error::Invalid`] on `licences` for what is no SKU or both given
/// and taken and on `plans` for what is no part of it; otherwise as [`of_user`].
pub fn change(app: &App, ctx: &Ctx, customer: TenantId, id: UserId, change: Change) -> Result<bool, Error> {
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::AssignLicences)?;
        let user = living(work, site.customer.id, id)?.ok_or(Error::NotFound)?;
        let known = |sku: SkuId| catalogue::sku_by_id(sku).ok_or(Error::field("licences", Invalid::NotOffered));
        let mut give: Vec<(SkuId, Vec<ServicePlanId>)> = Vec::new();
        for (sku, excluded) in &change.give {
            if change.take.contains(sku) || give.iter().any(|(other, _)| other == sku) {
                return Err(Error::field("licences", Invalid::NotOffered));
            }
            give.push((*sku, parts(known(*sku)?, excluded)?));
        }
        for sku in &change.take {
            known(*sku)?;
        }
        let concerned = give.iter().map(|(sku, _)| *sku);
        let mut hand = Hand { work, stock: Stock::of(work, &site, concerned)?, site: &site };
        let outcome = hand.apply(&user, &Change { give, take: change.take.clone() })??;
        Ok(outcome != Outcome::Nothing)
    })
}

/// Frees what a user who is being deleted holds; what that was, for the record.
pub(crate) fn free(work: &Work<'_>, permit: &Permit, user: &User) -> Result<Option<String>, Error> {
    let held = store::of_person(work.tx, user.person.id)?;
    for it in &held {
        store::free(work.tx, permit, user.person.tenant, user.person.id, it.sku, work.now)?;
    }
    Ok(named(held.iter().map(|it| it.sku)))
}

/// What became of the licences of a user who was brought back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Back {
    /// What they hold again.
    pub held: Vec<SkuId>,
    /// What was not left.
    pub missing: Vec<SkuId>,
}

/// Gives a user who was brought back what they held, as far as it is left.
pub(crate) fn bring_back(work: &Work<'_>, site: &Site, user: &User) -> Result<Back, Error> {
    let freed = store::freed(work.tx, user.person.id)?;
    let mut back = Back::default();
    if freed.is_empty() {
        return Ok(back);
    }
    let mut stock = Stock::of(work, site, freed.iter().map(|it| it.sku))?;
    for it in freed {
        let located = user.details.usage_location.is_some();
        if licence::give(None, &it.excluded, located, &stock.units(it.sku)).is_ok() {
            store::take_up(work.tx, &site.permit, user.person.tenant, user.person.id, it.sku)?;
            stock.used(it.sku, 1);
            back.held.push(it.sku);
        } else {
            back.missing.push(it.sku);
        }
    }
    store::forget(work.tx, &site.permit, user.person.id)?;
    Ok(back)
}

/// SKUs as the log keeps them: by part number.
pub(crate) fn named(skus: impl IntoIterator<Item = SkuId>) -> Option<String> {
    let names: Vec<&str> = skus.into_iter().filter_map(catalogue::sku_by_id).map(|sku| sku.part_number).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// A customer's subscriptions as they are now, by what they are licences of, and the licences in use.
struct Stock {
    subscriptions: HashMap<SkuId, Vec<Subscription>>,
    consumed: HashMap<SkuId, i64>,
    /// Whose subscriptions whoever asks may know; none for the customer's own people, who know all.
    partner: Option<TenantId>,
    now: entente_domain::time::Timestamp,
}

impl Stock {
    /// All there is.
    fn whole(work: &Work<'_>, site: &Site) -> Result<Self, Error> {
        Self::from(work, site, subscription::of_customer(work.tx, site.customer.id)?)
    }

    /// What there is of these SKUs; of any other there seems to be nothing.
    fn of(work: &Work<'_>, site: &Site, skus: impl IntoIterator<Item = SkuId>) -> Result<Self, Error> {
        let mut stored = Vec::new();
        for product in skus.into_iter().flat_map(licence::products) {
            stored.append(&mut subscription::of_product(work.tx, site.customer.id, product.code)?);
        }
        Self::from(work, site, stored)
    }

    fn from(work: &Work<'_>, site: &Site, stored: Vec<Subscription>) -> Result<Self, Error> {
        let mut subscriptions: HashMap<SkuId, Vec<Subscription>> = HashMap::new();
        for it in stored {
            if let Some(sku) = licence::sku_of(&it) {
                subscriptions.entry(sku.id).or_default().push(it.at(work.now).0);
            }
        }
        Ok(Self {
            subscriptions,
            consumed: store::counts(work.tx, site.customer.id)?.into_iter().collect(),
            partner: site.relationship.as_ref().map(|rel| rel.partner),
            now: work.now,
        })
    }

    fn units(&self, sku: SkuId) -> Units {
        licence::units(sku, self.bought(sku), self.consumed.get(&sku).copied().unwrap_or(0), self.now)
    }

    fn bought(&self, sku: SkuId) -> &[Subscription] {
        self.subscriptions.get(&sku).map_or(&[], Vec::as_slice)
    }

    fn used(&mut self, sku: SkuId, more: i64) {
        *self.consumed.entry(sku).or_default() += more;
    }

    fn grow(&self, sku: SkuId) -> Option<SubscriptionId> {
        let known = |it: &&Subscription| self.partner.is_none_or(|partner| it.partner == partner);
        licence::to_grow(sku, self.bought(sku).iter().filter(known))
    }

    fn line(&self, sku: SkuId) -> Option<Line> {
        let units = Some(self.units(sku)).filter(Units::any)?;
        let product = match self.bought(sku).first() {
            Some(it) => it.product.clone(),
            None => licence::products(sku).next()?.code.to_owned(),
        };
        Some(Line { sku, product, units, grow: self.grow(sku) })
    }

    fn lines(&self) -> Vec<Line> {
        catalogue::skus().iter().filter_map(|sku| self.line(sku.id)).collect()
    }
}

/// Somebody at work on a customer's licences.
struct Hand<'a> {
    work: &'a Work<'a>,
    site: &'a Site,
    stock: Stock,
}

impl Hand<'_> {
    /// Changes the licences of one user, all or nothing, with one record of it.
    fn apply(&mut self, user: &User, change: &Change) -> Result<Result<Outcome, Refused>, Error> {
        let (work, permit, id) = (self.work, &self.site.permit, user.person.id);
        let held = store::of_person(work.tx, id)?;
        let mut steps = Vec::new();
        for (sku, excluded) in &change.give {
            let holds = held.iter().find(|it| it.sku == *sku);
            let located = user.details.usage_location.is_some();
            match licence::give(holds, excluded, located, &self.stock.units(*sku)) {
                Ok(outcome) => steps.push((*sku, excluded, outcome)),
                Err(because) => return Ok(Err(self.refused(*sku, because))),
            }
        }
        let mut done: [Vec<SkuId>; 3] = Default::default();
        let [given, plans, taken] = &mut done;
        for sku in &change.take {
            if store::delete(work.tx, permit, user.person.tenant, id, *sku)? {
                self.stock.used(*sku, -1);
                taken.push(*sku);
            }
        }
        for (sku, excluded, outcome) in steps {
            match outcome {
                Outcome::Given => {
                    let licence = Licence { sku, excluded: excluded.clone(), since: work.now };
                    store::insert(work.tx, permit, user, &licence)?;
                    self.stock.used(sku, 1);
                    given.push(sku);
                }
                Outcome::PlansChanged => {
                    store::set_plans(work.tx, permit, id, sku, excluded)?;
                    plans.push(sku);
                }
                Outcome::Taken | Outcome::Nothing => {}
            }
        }
        let outcome = match (given.is_empty(), taken.is_empty(), plans.is_empty()) {
            (false, _, _) => Outcome::Given,
            (_, false, _) => Outcome::Taken,
            (_, _, false) => Outcome::PlansChanged,
            _ => return Ok(Ok(Outcome::Nothing)),
        };
        let [given, plans, taken] = done.map(named);
        let happened = self.site.done(EventKind::LicencesChanged).person(id);
        let happened = happened.with_some("licences_given", given).with_some("licences_taken", taken);
        work.record(happened.with_some("licences_plans", plans))?;
        Ok(Ok(outcome))
    }

    fn refused(&self, sku: SkuId, because: Because) -> Refused {
        let grow = if because == Because::NoneLeft { self.stock.grow(sku) } else { None };
        Refused { sku, because, grow }
    }
}

/// Does the same to each of several people.
fn each(
    app: &App,
    ctx: &Ctx,
    customer: TenantId,
    sku: SkuId,
    whom: Whom,
    change: impl Fn(&'static Sku) -> Result<Change, Error> + Send + 'static,
) -> Result<Vec<Told>, Error> {
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::AssignLicences)?;
        let sku = catalogue::sku_by_id(sku).ok_or(Error::NotFound)?;
        let change = change(sku)?;
        let people = people(work, site.customer.id, &whom)?;
        if people.is_empty() || people.len() > AT_ONCE {
            let max = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
            return Err(Error::field("users", Invalid::OutOfRange { min: 1, max }));
        }
        let mut hand = Hand { work, stock: Stock::of(work, &site, [sku.id])?, site: &site };
        let mut told = Vec::with_capacity(people.len());
        for (name, user) in people {
            told.push(match user {
                Some(user) => Told {
                    user: Some(user.person.id),
                    name: user.person.name.to_string(),
                    answer: hand.apply(&user, &change)?,
                },
                None => Told { user: None, name, answer: Err(hand.refused(sku.id, Because::NoSuchUser)) },
            });
        }
        Ok(told)
    })
}

/// The users meant, each once, by what they were called. Somebody of another organisation is nobody here.
fn people(work: &Work<'_>, customer: TenantId, whom: &Whom) -> Result<Vec<(String, Option<User>)>, Error> {
    if whom.users.len() + whom.names.len() > AT_ONCE {
        let max = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        return Err(Error::field("users", Invalid::OutOfRange { min: 1, max }));
    }
    let mut meant: Vec<(String, Option<User>)> = Vec::new();
    let mut add = |name: String, user: Option<User>| {
        let there = |(known, it): &(String, Option<User>)| match (&user, it) {
            (Some(user), Some(it)) => it.person.id == user.person.id,
            (None, None) => *known == name,
            _ => false,
        };
        if !meant.iter().any(there) {
            meant.push((name, user));
        }
    };
    for id in &whom.users {
        add(id.to_string(), living(work, customer, *id)?);
    }
    for name in &whom.names {
        let user = match directory::by_upn(work.tx, &name.key())? {
            Some(person) => living(work, customer, person.id)?,
            None => None,
        };
        add(name.to_string(), user);
    }
    Ok(meant)
}

/// A user of the customer who is not deleted.
fn living(work: &Work<'_>, customer: TenantId, id: UserId) -> Result<Option<User>, Error> {
    Ok(users::get(work.tx, id)?.filter(|it| it.person.tenant == customer && it.deleted_at.is_none()))
}

fn parts(sku: &Sku, plans: &[ServicePlanId]) -> Result<Vec<ServicePlanId>, Error> {
    licence::parts(sku, plans).ok_or(Error::field("plans", Invalid::NotOffered))
}

/// Up to `limit` holders with the order each stands in: with a search first those found by name, then by sign-in name.
fn fetch(
    work: &Work<'_>,
    customer: TenantId,
    sku: SkuId,
    query: &Query,
    limit: i64,
) -> Result<Vec<(Order, Holder)>, Error> {
    let (place, prefix) = (query.after.as_ref(), query.search.as_ref().map(SearchText::key));
    let orders: &[Order] = if prefix.is_some() { &[Order::Name, Order::Login] } else { &[Order::Name] };
    let prefix = prefix.unwrap_or_default();
    let mut found: Vec<(Order, Holder)> = Vec::new();
    for by in orders.iter().copied().filter(|by| place.is_none_or(|it| it.by == Order::Name || *by == Order::Login)) {
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        if left > 0 {
            let holders = store::holders(work.tx, customer, sku, &prefix, by, place, left)?;
            found.extend(holders.into_iter().map(|holder| (by, holder)));
        }
    }
    Ok(found)
}

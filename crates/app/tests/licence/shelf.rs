//! The customer of the tests of users, with licences to give.

use entente_app::licence::{self, Change, Line, Outcome, Told, Units, Whom};
use entente_app::{Ctx, Error, subscription, user};
use entente_domain::catalogue::{self, Sku};
use entente_domain::ids::{ServicePlanId, SkuId, SubscriptionId, UserId};
use entente_domain::licence::Because;

use super::world::{World, details};

pub const NONE: &[ServicePlanId] = &[];

pub fn sku(part_number: &str) -> &'static Sku {
    catalogue::sku(part_number).unwrap()
}

pub fn standard() -> SkuId {
    sku("PRODUCTIVITY_STANDARD").id
}

pub fn buy(w: &World, product: &str, units: i64) -> SubscriptionId {
    subscription::add(&w.test.app, &w.tom, w.customer.id, product, Some(units)).unwrap().id
}

/// Adds somebody in Norway.
pub fn located(w: &World, name: &str) -> UserId {
    let id = w.added(name);
    let details = user::Details { usage_location: Some("NO".parse().unwrap()), ..details(name) };
    user::edit(&w.test.app, &w.tom, w.customer.id, id, 1, details).unwrap();
    id
}

pub fn people(users: &[UserId]) -> Whom {
    Whom { users: users.to_vec(), names: Vec::new() }
}

pub fn assign(w: &World, who: &Ctx, sku: SkuId, users: &[UserId]) -> Result<Vec<Told>, Error> {
    licence::assign(&w.test.app, who, w.customer.id, sku, people(users), NONE.to_vec())
}

/// The outcomes by code, in the order of those asked for.
pub fn codes(told: &[Told]) -> Vec<&'static str> {
    told.iter().map(|it| it.answer.map_or_else(|refused| refused.because.code(), Outcome::code)).collect()
}

pub fn change(w: &World, who: &Ctx, user: UserId, give: &[SkuId], take: &[SkuId]) -> Result<bool, Error> {
    let give = give.iter().map(|sku| (*sku, Vec::new())).collect();
    licence::change(&w.test.app, who, w.customer.id, user, Change { give, take: take.to_vec() })
}

pub fn line(w: &World, sku: SkuId) -> Line {
    let lines = licence::list(&w.test.app, &w.ingrid, w.customer.id).unwrap();
    lines.into_iter().find(|it| it.sku == sku).unwrap()
}

pub fn units(w: &World, sku: SkuId) -> Units {
    line(w, sku).units
}

/// What somebody holds, as their page says.
pub fn held(w: &World, user: UserId) -> Vec<(SkuId, Vec<ServicePlanId>)> {
    let lines = licence::of_user(&w.test.app, &w.ingrid, w.customer.id, user).unwrap();
    lines.into_iter().filter_map(|(line, it)| it.map(|it| (line.sku, it.excluded))).collect()
}

/// Everybody who holds a SKU, by name, however many pages that takes; the count agrees with them.
pub fn holders(w: &World, sku: SkuId) -> Vec<String> {
    let mut names = Vec::new();
    let mut query = licence::Query::default();
    loop {
        let page = licence::holders(&w.test.app, &w.ingrid, w.customer.id, sku, &query, 3).unwrap();
        names.extend(page.holders.into_iter().map(|it| it.name.to_string()));
        query.after = page.next;
        if query.after.is_none() {
            assert_eq!(i64::try_from(names.len()).unwrap(), page.line.units.consumed, "the count and the rows");
            return names;
        }
    }
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: &Result<T, Error>, because: Because) {
    assert!(matches!(answer, Err(Error::Licence(refused)) if refused.because == because), "{answer:?}");
}

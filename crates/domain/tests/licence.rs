//! What units a customer has and who may be given one, printed and compared with the reviewed tables, and tried with numbers of all sizes.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, fail by panicking")]

mod reviewed;

use entente_domain::catalogue::{self, Billing};
use entente_domain::ids::{Id, SkuId};
use entente_domain::licence::{self, Because, GRACE_DAYS, Licence, Units};
use entente_domain::money::{Currency, Money};
use entente_domain::subscription::{Commitment, State, Subscription, Window};
use entente_domain::term::{Cycle, Term};
use entente_domain::time::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

const BEGAN: Timestamp = Timestamp::from_seconds(1_700_000_000);
const END: Timestamp = BEGAN.plus_days(365);

fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

fn bought(number: u128, product: &str, state: State, quantity: i64) -> Subscription {
    Subscription {
        id: id(number),
        customer: id(2),
        partner: id(1),
        supported_by: id(1),
        of_record: None,
        product: product.to_owned(),
        name: None,
        billing: Billing::Licence,
        quantity: Some(quantity),
        parent: None,
        created_at: BEGAN,
        commitment: Some(Commitment {
            term: Term::Year,
            cycle: Cycle::Monthly,
            price: Money::parse("1.00", Currency::Eur).unwrap(),
            began_at: BEGAN,
            ends_at: END,
            renews: false,
            window: Window { opened_at: BEGAN, floor: 1 },
        }),
        state,
        version: 1,
    }
}

fn standard() -> SkuId {
    catalogue::sku("PRODUCTIVITY_STANDARD").unwrap().id
}

#[test]
fn units_by_how_the_subscriptions_stand() {
    let (before, grace) = (END.plus_days(-1), END.plus_days(GRACE_DAYS));
    let last = Timestamp::from_micros(grace.micros() - 1);
    let one = |state| vec![bought(4, "productivity-standard", state, 10)];
    let bare = Subscription { commitment: None, ..bought(4, "productivity-standard", State::Expired, 10) };
    let cases: [(&str, Vec<Subscription>, i64, Timestamp); 13] = [
        ("nothing", Vec::new(), 0, before),
        ("nothing, one in use", Vec::new(), 1, before),
        ("active", one(State::Active), 3, before),
        ("active, all in use", one(State::Active), 10, before),
        ("active, shrunk below what is in use", one(State::Active), 12, before),
        ("suspended", one(State::Suspended), 3, before),
        ("cancelled", one(State::Cancelled), 3, before),
        ("expired, at the end", one(State::Expired), 3, END),
        ("expired, last moment of grace", one(State::Expired), 3, last),
        ("expired, after the grace", one(State::Expired), 3, grace),
        ("expired without a term", vec![bare], 3, before),
        (
            "one of each",
            State::ALL.iter().map(|state| bought(4, "productivity-standard", *state, 10)).collect(),
            3,
            END,
        ),
        ("another product", vec![bought(4, "mail-plan", State::Active, 10)], 0, before),
    ];
    let mut rows =
        vec![row!["subscriptions", "enabled", "suspended", "warning", "in use", "total", "available", "over"]];
    for (name, subscriptions, consumed, now) in cases {
        let it = licence::units(standard(), &subscriptions, consumed, now);
        let figures = [it.enabled, it.suspended, it.warning, it.consumed, it.total(), it.available(), it.over()];
        rows.push(std::iter::once(name.to_owned()).chain(figures.iter().map(ToString::to_string)).collect());
    }
    reviewed::compare(
        "licence-units.txt",
        &reviewed::columns("The units of a product, ten in each subscription, by how these stand.", &rows),
    );
}

#[test]
fn who_is_given_one() {
    let stock = |enabled, suspended, consumed| Units { enabled, suspended, warning: 0, consumed };
    let stocks = [
        ("nothing bought", stock(0, 0, 0)),
        ("one left", stock(2, 0, 1)),
        ("none left", stock(2, 0, 2)),
        ("too many in use", stock(2, 0, 3)),
        ("all suspended", stock(0, 2, 0)),
        ("some suspended, none left", stock(1, 2, 1)),
        ("ended lately", Units { enabled: 0, suspended: 0, warning: 2, consumed: 1 }),
    ];
    let plan = id(7);
    let held = Licence { sku: standard(), excluded: vec![plan], since: BEGAN };
    let mut rows = vec![row!["stock", "holds it", "usage location", "outcome"]];
    for (name, units) in stocks {
        for (how, held, excluded) in
            [("-", None, vec![]), ("like that", Some(&held), vec![plan]), ("other plans", Some(&held), vec![])]
        {
            for located in [true, false] {
                let answer = licence::give(held, &excluded, located, &units);
                let outcome = answer.map_or_else(Because::code, licence::Outcome::code);
                rows.push(row![name, how, if located { "yes" } else { "-" }, outcome]);
            }
        }
    }
    reviewed::compare(
        "licence-rules.txt",
        &reviewed::columns("What giving somebody a licence comes to. Whoever holds one keeps it.", &rows),
    );
}

#[test]
fn more_is_had_in_what_runs_and_parts_belong_to_their_whole() {
    let (old, new) =
        (bought(4, "productivity-standard", State::Active, 1), bought(5, "productivity-standard", State::Active, 1));
    let stopped = bought(6, "productivity-standard", State::Suspended, 1);
    assert_eq!(licence::to_grow(standard(), [&new, &old, &stopped]), Some(new.id));
    assert_eq!(licence::to_grow(standard(), [&stopped]), None);
    let sku = catalogue::sku("PRODUCTIVITY_STANDARD").unwrap();
    let plans: Vec<_> = sku.service_plans.iter().map(|it| it.id).collect();
    let twice: Vec<_> = plans.iter().rev().chain(&plans).copied().collect();
    let mut sorted = plans.clone();
    sorted.sort_unstable();
    assert_eq!(licence::parts(sku, &twice), Some(sorted));
    let foreign = catalogue::sku("TELEPHONY").unwrap().service_plans[0].id;
    assert_eq!(licence::parts(sku, &[plans[0], foreign]), None);
    for product in catalogue::all() {
        let Some(sku) = product.sku else { continue };
        assert!(licence::products(sku.id).any(|it| it.code == product.code), "{}", product.code);
    }
}

proptest! {
    /// Whatever the numbers are, nobody is given what is not there, and no figure is negative.
    #[test]
    fn figures_agree(
        quantities in prop::collection::vec((0_usize..4, 0_i64..=i64::MAX), 0..6),
        consumed in 0_i64..=i64::MAX,
        days in 0_i64..500,
    ) {
        let subscriptions: Vec<Subscription> = quantities
            .iter()
            .map(|(state, quantity)| bought(4, "productivity-standard", State::ALL[*state], *quantity))
            .collect();
        let it = licence::units(standard(), &subscriptions, consumed, BEGAN.plus_days(days));
        prop_assert!([it.enabled, it.suspended, it.warning, it.available(), it.over()].iter().all(|n| *n >= 0));
        prop_assert!(it.available() == 0 || it.over() == 0);
        prop_assert!(it.available() <= it.total());
        prop_assert_eq!(licence::give(None, &[], true, &it).is_ok(), it.consumed < it.total());
        prop_assert!(licence::give(None, &[], false, &it).is_err());
    }
}

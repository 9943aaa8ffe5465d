use super::*;
use crate::ids::Id as _;
use crate::money::{Currency, Money};
use crate::table::date;
use crate::term::{Cycle, Term};
use proptest::prelude::*;

fn day(text: &str) -> Timestamp {
    date(text).unwrap()
}

fn bought(term: Term, on: Timestamp, quantity: i64) -> Subscription {
    let commitment = Commitment {
        term,
        cycle: Cycle::Monthly,
        price: Money::parse("10.40", Currency::Eur).unwrap(),
        began_at: on,
        ends_at: term.around(on, on).1,
        renews: true,
        window: Window { opened_at: on, floor: 1 },
    };
    let id = |number| uuid::Uuid::from_u128(number);
    Subscription {
        id: SubscriptionId::from_uuid(id(1)),
        customer: TenantId::from_uuid(id(2)),
        partner: TenantId::from_uuid(id(3)),
        supported_by: TenantId::from_uuid(id(3)),
        of_record: None,
        product: "productivity-standard".to_owned(),
        name: None,
        billing: Billing::Licence,
        quantity: Some(quantity),
        parent: None,
        created_at: on,
        commitment: Some(commitment),
        state: State::Active,
        version: 1,
    }
}

#[test]
fn a_renewal_takes_the_price_of_its_day_and_opens_the_days_again() {
    let sub = bought(Term::Year, day("2025-03-31"), 20);
    let (same, happened) = sub.clone().at(day("2026-03-30"));
    assert_eq!((same, happened), (sub.clone(), None));
    let (next, happened) = sub.clone().at(day("2026-04-02"));
    let it = next.commitment.unwrap();
    assert_eq!(happened.map(|it| it.kind), Some(EventKind::SubscriptionRenewed));
    assert_eq!((it.ends_at, it.window.opened_at, it.window.floor), (day("2027-03-31"), day("2026-03-31"), 1));
    assert_eq!(it.price.to_string(), "EUR 11.10");
    assert_eq!(next.cancellable_until(), Some(day("2026-04-07")));
    assert!(next.change_quantity(2, day("2026-04-02")).is_ok());
    // Nobody looked for years: one step makes up for all of them.
    let (late, _) = bought(Term::Month, day("2024-01-31"), 3).at(day("2026-02-28"));
    assert_eq!(late.commitment.map(|it| (it.term_began(), it.ends_at)), Some((day("2026-02-28"), day("2026-03-31"))));
}

#[test]
fn what_was_committed_to_before_an_increase_stays_committed() {
    let (sub, late) = (bought(Term::Year, day("2026-01-01"), 20), day("2026-06-01"));
    assert_eq!(sub.range(late), (20, MAX_QUANTITY));
    let (sub, _) = sub.change_quantity(25, late).unwrap();
    assert_eq!(sub.range(late), (20, MAX_QUANTITY));
    let (sub, _) = sub.change_quantity(30, late.plus_days(6)).unwrap();
    assert_eq!(sub.range(late.plus_days(12)), (20, MAX_QUANTITY));
    assert_eq!(sub.range(late.plus_days(13)), (30, MAX_QUANTITY));
    let refused = sub.change_quantity(29, late.plus_days(13)).unwrap_err();
    assert_eq!(refused.because, Because::CannotDecrease);
}

proptest! {
    #[test]
    fn quantity_never_falls_below_what_is_committed(changes in proptest::collection::vec((0_i64..20, 1_i64..60), 1..40)) {
        let mut sub = bought(Term::ThreeYears, day("2026-01-01"), 20);
        let mut now = day("2026-01-01");
        for (days, to) in changes {
            now = now.plus_days(days);
            let (least, most) = sub.range(now);
            let held = sub.quantity.unwrap();
            match sub.clone().change_quantity(to, now) {
                Ok((next, _)) => {
                    prop_assert!(least <= to && to <= most && to != held);
                    sub = next;
                }
                Err(_) => prop_assert!(to < least || to > most || to == held),
            }
            let (least, _) = sub.range(now);
            prop_assert!(least <= sub.quantity.unwrap());
        }
    }
}

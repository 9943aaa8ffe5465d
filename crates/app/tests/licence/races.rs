//! Two decide at the same moment: the last licence goes to one, a deleted user holds none, and the count agrees with the rows.

use entente_app::{Error, licence, subscription, user};
use entente_testkit::{for_each_engine, together};

use super::shelf::{assign, buy, codes, holders, located, people, standard, units};
use super::world::World;

const ROUNDS: usize = 12;

#[test]
fn of_two_who_take_the_last_licence_one_gets_it() {
    for_each_engine(|store| {
        let w = World::new(store);
        buy(&w, "productivity-standard", 1);
        let (anna, bo) = (located(&w, "Anna"), located(&w, "Bo"));
        for _ in 0..ROUNDS {
            let (one, two) = together(
                || assign(&w, &w.tom, standard(), &[anna]).unwrap(),
                || assign(&w, &w.ingrid, standard(), &[bo]).unwrap(),
            );
            let mut outcomes = [codes(&one), codes(&two)].concat();
            outcomes.sort_unstable();
            assert_eq!(outcomes, ["given", "none_left"]);
            assert_eq!(holders(&w, standard()).len(), 1);
            licence::remove(&w.test.app, &w.tom, w.customer.id, standard(), people(&[anna, bo])).unwrap();
        }
    });
}

#[test]
fn the_same_person_is_given_one_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        buy(&w, "productivity-standard", 5);
        for round in 0..ROUNDS {
            let kim = located(&w, &format!("Kim {round}"));
            let (one, two) = together(
                || assign(&w, &w.tom, standard(), &[kim]).unwrap(),
                || assign(&w, &w.ingrid, standard(), &[kim]).unwrap(),
            );
            let mut outcomes = [codes(&one), codes(&two)].concat();
            outcomes.sort_unstable();
            assert_eq!(outcomes, ["given", "nothing"]);
            assert_eq!(holders(&w, standard()).len(), 1);
            licence::remove(&w.test.app, &w.tom, w.customer.id, standard(), people(&[kim])).unwrap();
        }
    });
}

#[test]
fn nobody_who_is_deleted_holds_one() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        buy(&w, "productivity-standard", 50);
        for round in 0..ROUNDS {
            let kim = located(&w, &format!("Kim {round}"));
            let (given, gone) = together(
                || assign(&w, &w.tom, standard(), &[kim]).unwrap(),
                || user::delete(app, &w.ingrid, here, kim),
            );
            gone.unwrap();
            assert!(["given", "no_such_user"].contains(&codes(&given)[0]), "{given:?}");
            assert_eq!(units(&w, standard()).consumed, 0);
            assert!(holders(&w, standard()).is_empty());
        }
    });
}

#[test]
fn giving_and_lowering_the_quantity_happen_one_after_the_other() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let sub = buy(&w, "productivity-standard", 2);
        let (anna, bo) = (located(&w, "Anna"), located(&w, "Bo"));
        assign(&w, &w.tom, standard(), &[anna]).unwrap();
        for _ in 0..ROUNDS {
            let seen = subscription::get(app, &w.tom, here, sub).unwrap().subscription.version;
            let (given, lowered) = together(
                || assign(&w, &w.ingrid, standard(), &[bo]).unwrap(),
                || subscription::change_quantity(app, &w.tom, here, sub, 1, seen),
            );
            assert!(matches!(lowered, Ok(()) | Err(Error::Conflict)), "{lowered:?}");
            let it = units(&w, standard());
            // Who came first decided: the second licence was given and is too many now, or it was not there to be given.
            let expected = if codes(&given) == ["given"] { (2, 1) } else { (1, 0) };
            assert_eq!((it.consumed, it.over()), expected, "{given:?}");
            assert_eq!(holders(&w, standard()).len(), usize::try_from(it.consumed).unwrap());
            licence::remove(app, &w.tom, here, standard(), people(&[bo])).unwrap();
            let seen = subscription::get(app, &w.tom, here, sub).unwrap().subscription.version;
            subscription::change_quantity(app, &w.tom, here, sub, 2, seen).unwrap();
        }
    });
}

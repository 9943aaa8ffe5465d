//! Two decide at the same moment: one of them wins, the log agrees, and the organisation is not left without an administrator.

use entente_app::user::{self, Standing};
use entente_app::{Ctx, Error};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::EventKind;
use entente_domain::user::Because;
use entente_testkit::{for_each_engine, together};

use super::world::{World, id};

const ROUNDS: usize = 12;

/// What one administrator does to another.
type Step = fn(&World, &Ctx, &Ctx) -> Result<(), Error>;

#[test]
fn deleting_and_bringing_back_happen_one_after_the_other() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        for round in 0..ROUNDS {
            let kim = w.added(&format!("Kim {round}"));
            let (one, two) =
                together(|| user::delete(app, &w.tom, here, kim), || user::delete(app, &w.ingrid, here, kim));
            one.and(two).unwrap();
            assert_eq!(w.count(here, EventKind::UserDeleted), 2 * round + 1, "deleted once");
            let (one, two) =
                together(|| user::restore(app, &w.tom, here, kim), || user::restore(app, &w.ingrid, here, kim));
            one.and(two).unwrap();
            assert_eq!(w.count(here, EventKind::UserRestored), round + 1, "brought back once");
            let (gone, _) =
                together(|| user::delete(app, &w.tom, here, kim), || user::restore(app, &w.ingrid, here, kim));
            gone.unwrap();
            let standing = w.get(&w.tom, kim).unwrap().standing();
            // Whoever came last decided, and the log says so.
            let back = w.count(here, EventKind::UserRestored) == round + 2;
            assert_eq!(standing == Standing::Active, back);
            if back {
                user::delete(app, &w.tom, here, kim).unwrap();
            }
            if back {
                return;
            }
        }
    });
}

#[test]
fn of_two_administrators_one_stays() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let steps: [Step; 3] = [
            |w, who, whom| user::set_enabled(&w.test.app, who, w.customer.id, id(whom), false),
            |w, who, whom| user::delete(&w.test.app, who, w.customer.id, id(whom)),
            |w, who, whom| user::set_roles(&w.test.app, &w.test.confirmed(who), w.customer.id, id(whom), vec![]),
        ];
        let mut one = w.ingrid.clone();
        for round in 0..ROUNDS {
            let other = w.holder(&format!("Nora{round}"), &[GLOBAL_ADMINISTRATOR]);
            let step = steps[round % 3];
            let answers = together(|| step(&w, &one, &other), || step(&w, &other, &one));
            let answers = [answers.0, answers.1];
            assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
            let count = app
                .store()
                .read(|tx| entente_store::directory::count_directory_holders(tx, here, GLOBAL_ADMINISTRATOR));
            assert_eq!(count.unwrap(), 1);
            // Who was too late had lost the right by then, or would have been the last.
            let lost = |it: &Result<(), Error>| {
                matches!(it, Ok(()) | Err(Error::Denied(_) | Error::SignInRequired))
                    || matches!(it, Err(Error::User(refused)) if refused.because == Because::LastAdministrator)
            };
            assert!(answers.iter().all(lost), "{answers:?}");
            one = if answers[0].is_ok() { one } else { other };
        }
    });
}

#[test]
fn of_two_who_take_a_name_one_gets_it() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        for round in 0..ROUNDS {
            let name = format!("Kim {round}");
            let old = w.added(&name);
            user::delete(app, &w.tom, here, old).unwrap();
            let (made, restored) =
                together(|| w.create(&w.tom, &name).map(drop), || user::restore(app, &w.ingrid, here, old));
            let taken = matches!(&made, Err(Error::Invalid(_)));
            let kept = matches!(&restored, Err(Error::User(it)) if it.because == Because::NameTaken);
            assert!(made.is_ok() && kept || restored.is_ok() && taken, "{made:?} {restored:?}");
        }
    });
}

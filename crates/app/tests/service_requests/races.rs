//! Several at once.

use entente_app::Error;
use entente_app::service_request as requests;
use entente_domain::service_request::Standing;
use entente_testkit::for_each_engine;

use crate::world::World;

#[test]
fn of_two_who_close_one_wins_and_a_note_never_lands_in_a_closed_one() {
    for_each_engine(|store| {
        let w = World::new(store);
        let w = &w;
        for _ in 0..8 {
            let number = w.open(&w.ali, None).unwrap();
            let before = w.test.events(w.customer.id).len();
            let (closed, noted) = std::thread::scope(|scope| {
                let close = |who| scope.spawn(move || requests::close(&w.test.app, who, w.customer.id, number));
                let closers = [close(&w.ali), close(&w.ingrid), close(&w.maya)];
                let note = scope.spawn(|| w.note(&w.ali, number));
                (closers.map(|it| it.join().unwrap()), note.join().unwrap())
            });
            assert_eq!(closed.iter().filter(|it| it.is_ok()).count(), 1, "{closed:?}");
            for lost in closed.iter().filter_map(|it| it.as_ref().err()) {
                assert!(matches!(lost, Error::ServiceRequest(_) | Error::Conflict), "{lost:?}");
            }
            let seen = w.view(&w.ali, number).unwrap();
            assert_eq!(seen.line.request.state.standing(), Standing::Closed);
            assert_eq!(seen.notes.len(), usize::from(noted.is_ok()));
            assert_eq!(w.test.events(w.customer.id).len() - before, 1 + usize::from(noted.is_ok()));
        }
    });
}

#[test]
fn numbers_are_given_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        let w = &w;
        let mut numbers: Vec<i64> = std::thread::scope(|scope| {
            let open = |who| scope.spawn(move || (0..5).map(|_| w.open(who, None).unwrap()).collect::<Vec<_>>());
            [open(&w.ali), open(&w.ingrid), open(&w.otto)].into_iter().flat_map(|it| it.join().unwrap()).collect()
        });
        numbers.sort_unstable();
        assert_eq!(numbers, (1_000_001..=1_000_015).collect::<Vec<_>>());
    });
}

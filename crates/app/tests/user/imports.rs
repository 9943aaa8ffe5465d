//! Users from a file: checked before anybody is made, made exactly once whatever stops in between, passwords handed out once.

use std::collections::{BTreeMap, BTreeSet};

use entente_app::user::{self, Query};
use entente_app::user_import::{self, Unreadable};
use entente_app::{Error, relationship, sweep};
use entente_domain::event::EventKind;
use entente_domain::ids::ImportId;
use entente_domain::user_import::{Column, Fault, Line, State, Stopped, Why};
use entente_testkit::{TestApp, for_each_engine};

use super::world::{World, id};

fn file(names: impl IntoIterator<Item = usize>) -> String {
    let lines: Vec<String> = names.into_iter().map(|n| format!("user{n}@fjordline.no,User {n}\n")).collect();
    format!("Sign-in name,Display name\n{}", lines.concat())
}

fn check(w: &World, file: &str) -> ImportId {
    user_import::check(&w.test.app, &w.tom, w.customer.id, file.as_bytes()).unwrap()
}

fn run(test: &TestApp) {
    while user_import::work(&test.app, 3).unwrap() > 0 {}
}

fn users(w: &World) -> usize {
    let query = Query { search: Some("user".parse().unwrap()), ..Query::default() };
    user::list(&w.test.app, &w.ingrid, w.customer.id, &query, 10_000).unwrap().users.len()
}

#[test]
fn a_file_is_checked_before_anybody_is_made() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        w.added("Kim");
        let text = "Display name,Sign-in name,Usage location,Phone\n\
            Ada,ada@fjordline.no,no,+47 22 00 00 00\n\
            Kim,kim@fjordline.no,NO,\n\
            Ada Again,ADA@fjordline.no,NO,\n\
            ,bo@elsewhere.no,XX,call me\n\
            Eva,eva@elsewhere.no,,\n\
            \u{202e}Fay,fay@fjordline.no,,\n\
            Gus,gus,,\n\
            Hal,hal@fjordline.no\n";
        let import = check(&w, text);
        let faults: BTreeMap<i64, Vec<Fault>> = user_import::wrong(app, &w.tom, here, import, 0, 100)
            .unwrap()
            .into_iter()
            .map(|it| (it.line, it.faults))
            .collect();
        let one = |column, why| vec![Fault::new(column, why)];
        let expected = BTreeMap::from([
            (3, one(Column::SignInName, Why::Taken)),
            (4, one(Column::SignInName, Why::Repeated)),
            (
                5,
                vec![
                    Fault::new(Column::DisplayName, Why::Missing),
                    Fault::new(Column::UsageLocation, Why::NotACountry),
                    Fault::new(Column::Phone, Why::NotANumber),
                ],
            ),
            (6, one(Column::SignInName, Why::OtherDomain)),
            (7, one(Column::DisplayName, Why::NotAccepted)),
            (8, one(Column::SignInName, Why::NotAnAddress)),
            (9, one(Column::SignInName, Why::Cells)),
        ]);
        assert_eq!(faults, expected);
        let found = user_import::get(app, &w.tom, here, import).unwrap();
        assert_eq!((found.state, found.lines, found.wrong, found.made), (State::Checked, 8, 7, 0));
        assert_eq!(user_import::work(app, 10).unwrap(), 0, "nothing was started");
        assert_eq!(w.count(here, EventKind::PersonAdded), 2, "Ingrid and Kim");

        user_import::start(app, &w.tom, here, import).unwrap();
        user_import::start(app, &w.tom, here, import).unwrap();
        run(&w.test);
        let found = user_import::get(app, &w.tom, here, import).unwrap();
        assert_eq!((found.state, found.wrong, found.made), (State::Done, 7, 1));
        let ada = user::list(app, &w.tom, here, &Query { search: Some("ada".parse().unwrap()), ..Query::default() }, 9);
        let ada = ada.unwrap().users.pop().unwrap();
        assert_eq!(ada.details.usage_location.unwrap().as_str(), "NO");
        for side in [here, w.partner.tenant.id] {
            for kind in [EventKind::ImportChecked, EventKind::ImportStarted, EventKind::ImportEnded] {
                assert_eq!(w.count(side, kind), 1, "{}", kind.code());
            }
        }
    });
}

#[test]
fn one_bad_line_in_ten_thousand_is_found_and_named() {
    for_each_engine(|store| {
        let w = World::new(store);
        let mut text = file(0..9_999);
        text.push_str("user7@fjordline.no,The Seventh Again\n");
        let import = check(&w, &text);
        let wrong = user_import::wrong(&w.test.app, &w.tom, w.customer.id, import, 0, 10).unwrap();
        assert_eq!(wrong.iter().map(|it| it.line).collect::<Vec<_>>(), [10_001]);
        let found = user_import::get(&w.test.app, &w.tom, w.customer.id, import).unwrap();
        assert_eq!((found.lines, found.wrong), (10_000, 1));
        let answer = user_import::check(&w.test.app, &w.tom, w.customer.id, b"Name\nx\n");
        assert!(matches!(answer, Err(Error::File(Unreadable::ColumnMissing(Column::SignInName)))), "{answer:?}");
    });
}

#[test]
fn a_restart_in_the_middle_makes_each_user_exactly_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        let import = check(&w, &file(0..10));
        user_import::start(&w.test.app, &w.tom, w.customer.id, import).unwrap();
        assert_eq!(user_import::work(&w.test.app, 4).unwrap(), 4);
        assert_eq!(users(&w), 4);
        // The process ends here. Another one begins with nothing but the database; somebody took a name in the meantime.
        user::create(
            &w.test.app,
            &w.ingrid,
            w.customer.id,
            user::New { upn: "user8@fjordline.no".parse().unwrap(), details: super::world::details("Taken") },
        )
        .unwrap();
        let next = TestApp::with_random(store, std::sync::Arc::new(entente_identity::SystemRandom));
        let other = TestApp::with_random(store, std::sync::Arc::new(entente_identity::SystemRandom));
        // Two servers work at the same time.
        std::thread::scope(|scope| {
            for test in [&next, &other] {
                scope.spawn(move || {
                    for _ in 0..40 {
                        // On PostgreSQL the slower one may be refused a name the faster one gave; then it looks again.
                        let _ = user_import::work(&test.app, 2);
                    }
                });
            }
        });
        run(&next);
        let found = user_import::get(&w.test.app, &w.tom, w.customer.id, import).unwrap();
        assert_eq!((found.state, found.made, found.wrong), (State::Done, 9, 1));
        assert_eq!(users(&w), 9 + 1);
        let result = user_import::result(&w.test.app, &w.tom, w.customer.id, import).unwrap();
        let passwords: BTreeSet<_> = result.iter().filter_map(|it| it.password.as_deref()).collect();
        assert_eq!(passwords.len(), 9);
        let refused: Vec<_> = result.iter().filter(|it| it.state == Line::Wrong).map(|it| it.upn.as_str()).collect();
        assert_eq!(refused, ["user8@fjordline.no"]);
    });
}

#[test]
fn first_passwords_are_handed_out_once_to_whoever_started() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let import = check(&w, &file(0..2));
        user_import::start(app, &w.tom, here, import).unwrap();
        assert!(matches!(user_import::result(app, &w.tom, here, import), Err(Error::Conflict)), "not yet");
        run(&w.test);
        for other in [
            &w.ingrid,
            &w.test.person(&w.partner.tenant, "Liv", &[entente_domain::directory::PartnerRole::AdminAgent], false),
        ] {
            assert!(matches!(user_import::get(app, other, here, import), Err(Error::NotFound)));
            assert!(matches!(user_import::result(app, other, here, import), Err(Error::NotFound)));
        }
        let first = user_import::result(app, &w.tom, here, import).unwrap();
        let password = first[0].password.clone().unwrap();
        let entered = w.sign_in("user0@fjordline.no", &password).unwrap();
        assert!(entered.session().is_none(), "they choose their own first");
        let again = user_import::result(app, &w.tom, here, import).unwrap();
        assert!(again.iter().all(|it| it.password.is_none() && it.state == Line::Made));
        assert_eq!(w.count(here, EventKind::FirstPasswordsFetched), 1);

        let late = check(&w, &file(10..12));
        user_import::start(app, &w.tom, here, late).unwrap();
        run(&w.test);
        w.test.clock.advance_seconds(24 * 60 * 60);
        sweep::run(app).unwrap();
        let kept = app.store().read(|tx| entente_store::user_import::rows(tx, late, 0, 10)).unwrap();
        assert!(kept.iter().all(|it| it.password.is_none()), "gone after a day");
        assert!(user_import::result(app, &w.tom, here, late).unwrap().iter().all(|it| it.password.is_none()));
    });
}

#[test]
fn whoever_may_not_any_more_makes_nobody_more() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let import = check(&w, &file(0..6));
        user_import::start(app, &w.tom, here, import).unwrap();
        user_import::work(app, 2).unwrap();
        relationship::remove_privileges(app, &w.ingrid, w.partner.tenant.id, None).unwrap();
        run(&w.test);
        assert_eq!(users(&w), 2);
        let stored = app.store().read(|tx| entente_store::user_import::get(tx, import)).unwrap().unwrap();
        assert_eq!((stored.state, stored.stopped, stored.made), (State::Stopped, Some(Stopped::NotAllowed), 2));
        assert!(matches!(user_import::result(app, &w.tom, here, import), Err(Error::Acting(_))));
        assert_eq!(w.count(here, EventKind::ImportEnded), 1);

        let mine = user_import::check(app, &w.ingrid, here, file(20..26).as_bytes()).unwrap();
        user_import::start(app, &w.ingrid, here, mine).unwrap();
        user_import::work(app, 2).unwrap();
        user_import::cancel(app, &w.ingrid, here, mine).unwrap();
        user_import::cancel(app, &w.ingrid, here, mine).unwrap();
        run(&w.test);
        assert_eq!(users(&w), 4);
        let result = user_import::result(app, &w.ingrid, here, mine).unwrap();
        assert_eq!(result.iter().filter(|it| it.state == Line::Made).count(), 2);
        assert_eq!(result.iter().filter(|it| it.state == Line::Ready).count(), 4);
        assert_eq!(w.count(here, EventKind::ImportEnded), 2);
    });
}

#[test]
fn a_file_nobody_started_is_forgotten() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let first = check(&w, &file(0..2));
        let second = check(&w, &file(2..4));
        assert!(matches!(user_import::get(app, &w.tom, here, first), Err(Error::NotFound)), "the next one replaces it");
        assert_eq!(user_import::mine(app, &w.tom, here).unwrap().len(), 1);
        w.test.clock.advance_seconds(24 * 60 * 60);
        assert!(
            matches!(user_import::start(app, &w.tom, here, second), Err(Error::NotFound)),
            "read as gone before any sweep"
        );
        sweep::run(app).unwrap();
        assert_eq!(app.store().read(|tx| entente_store::user_import::get(tx, second)).unwrap(), None);
        assert!(id(&w.tom) != id(&w.ingrid));
    });
}

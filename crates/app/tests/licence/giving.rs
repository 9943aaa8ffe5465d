//! What is given, taken, freed and had back.

use entente_app::activity::{self, Filter};
use entente_app::licence::{self, Change, Query, Units, Whom};
use entente_app::{subscription, sweep, user};
use entente_domain::event::EventKind;
use entente_testkit::for_each_engine;

use super::shelf::{assign, buy, change, codes, held, holders, line, located, people, sku, standard, units};
use super::world::World;

#[test]
fn one_is_given_changed_and_taken_by_both_sides() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        buy(&w, "productivity-standard", 3);
        let kim = located(&w, "Kim");
        assert_eq!(codes(&assign(&w, &w.tom, standard(), &[kim]).unwrap()), ["given"]);
        // The same again is no news, for whoever does it.
        assert_eq!(codes(&assign(&w, &w.ingrid, standard(), &[kim, kim]).unwrap()), ["nothing"]);
        assert_eq!((units(&w, standard()).consumed, units(&w, standard()).available()), (1, 2));
        assert_eq!(w.count(here, EventKind::LicencesChanged), 1);
        let plan = sku("PRODUCTIVITY_STANDARD").service_plans[1].id;
        let without = |plans: Vec<_>| Change { give: vec![(standard(), plans)], take: Vec::new() };
        assert!(licence::change(app, &w.ingrid, here, kim, without(vec![plan, plan])).unwrap());
        assert!(!licence::change(app, &w.ingrid, here, kim, without(vec![plan])).unwrap());
        assert_eq!(held(&w, kim), [(standard(), vec![plan])]);
        assert_eq!((units(&w, standard()).consumed, w.count(here, EventKind::LicencesChanged)), (1, 2));
        let told = licence::remove(app, &w.tom, here, standard(), people(&[kim])).unwrap();
        assert_eq!(codes(&told), ["taken"]);
        let told = licence::remove(app, &w.tom, here, standard(), people(&[kim])).unwrap();
        assert_eq!(codes(&told), ["nothing"]);
        assert_eq!((units(&w, standard()).consumed, w.count(here, EventKind::LicencesChanged)), (0, 3));
        // Both sides read what was done, and in which role the partner's person did it.
        let entries = activity::of_customer(app, &w.ingrid, &Filter::default(), None, 9).unwrap().entries;
        let about = |it: &&activity::Entry| it.said("licences_given").is_some();
        let given = entries.iter().find(about).unwrap();
        assert_eq!(given.kind, EventKind::LicencesChanged);
        let names: Vec<&str> = given.detail.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((given.person.as_deref(), names), (Some("Kim"), vec!["acting_as", "licences_given"]));
    });
}

#[test]
fn many_each_learn_what_became_of_them() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        buy(&w, "productivity-standard", 2);
        let (anna, bo, cleo) = (located(&w, "Anna"), located(&w, "Bo"), located(&w, "Cleo"));
        let nowhere = w.added("Nora");
        let names = vec!["BO@fjordline.no".parse().unwrap(), "nobody@fjordline.no".parse().unwrap()];
        let whom = Whom { users: vec![nowhere, anna, bo, cleo], names };
        let told = licence::assign(app, &w.tom, here, standard(), whom.clone(), Vec::new()).unwrap();
        assert_eq!(codes(&told), ["no_usage_location", "given", "given", "none_left", "no_such_user"]);
        let called: Vec<&str> = told.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(called, ["Nora", "Anna", "Bo", "Cleo", "nobody@fjordline.no"]);
        assert_eq!(holders(&w, standard()), ["Anna", "Bo"]);
        // The subscription to grow is named to who sells it, and once it is grown the rest get theirs.
        let grow = told[3].answer.unwrap_err().grow.unwrap();
        let seen = subscription::get(app, &w.tom, here, grow).unwrap().subscription.version;
        subscription::change_quantity(app, &w.tom, here, grow, 3, seen).unwrap();
        let told = licence::assign(app, &w.ingrid, here, standard(), whom, Vec::new()).unwrap();
        assert_eq!(codes(&told), ["no_usage_location", "nothing", "nothing", "given", "no_such_user"]);
        assert_eq!(w.count(here, EventKind::LicencesChanged), 3);
    });
}

#[test]
fn what_is_refused_for_one_licence_leaves_all_as_they_were() {
    for_each_engine(|store| {
        let w = World::new(store);
        buy(&w, "productivity-standard", 5);
        buy(&w, "telephony", 1);
        let (anna, bo) = (located(&w, "Anna"), located(&w, "Bo"));
        let phone = sku("TELEPHONY").id;
        assert!(change(&w, &w.tom, anna, &[standard(), phone], &[]).unwrap());
        change(&w, &w.tom, bo, &[standard()], &[]).unwrap();
        let answer = change(&w, &w.tom, bo, &[phone], &[standard()]);
        super::shelf::refused(&answer, entente_domain::licence::Because::NoneLeft);
        assert_eq!(held(&w, bo), [(standard(), vec![])]);
        assert!(change(&w, &w.tom, anna, &[], &[phone]).unwrap());
        assert!(change(&w, &w.tom, bo, &[phone], &[standard()]).unwrap());
        assert_eq!((holders(&w, standard()), holders(&w, phone)), (vec!["Anna".to_owned()], vec!["Bo".to_owned()]));
    });
}

#[test]
fn deleting_frees_and_bringing_back_takes_what_is_left() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        buy(&w, "productivity-standard", 1);
        buy(&w, "mail-plan", 2);
        let mail = sku("MAIL_PLAN").id;
        let (anna, bo) = (located(&w, "Anna"), located(&w, "Bo"));
        change(&w, &w.tom, anna, &[standard(), mail], &[]).unwrap();
        // Blocked people keep theirs.
        user::set_enabled(app, &w.tom, here, anna, false).unwrap();
        assert_eq!(units(&w, standard()).consumed, 1);
        user::delete(app, &w.tom, here, anna).unwrap();
        assert_eq!((units(&w, standard()).consumed, units(&w, mail).consumed), (0, 0));
        assert!(holders(&w, standard()).is_empty());
        assert!(user::restore(app, &w.tom, here, anna).unwrap().is_empty());
        assert_eq!(held(&w, anna).len(), 2);
        user::delete(app, &w.tom, here, anna).unwrap();
        change(&w, &w.tom, bo, &[standard()], &[]).unwrap();
        assert_eq!(user::restore(app, &w.ingrid, here, anna).unwrap(), [standard()]);
        assert_eq!(held(&w, anna), [(mail, vec![])]);
        assert_eq!((holders(&w, standard()), holders(&w, mail)), (vec!["Bo".to_owned()], vec!["Anna".to_owned()]));
        let entries = activity::of_customer(app, &w.ingrid, &Filter::default(), None, 9).unwrap().entries;
        let restored = entries.iter().find(|it| it.kind == EventKind::UserRestored).unwrap();
        let said = |name: &str| restored.said(name);
        assert_eq!(said("licences_missing"), Some("PRODUCTIVITY_STANDARD"));
        assert_eq!(said("licences_given"), Some("MAIL_PLAN"));
        // What nobody brought back in time is gone, with what it held.
        user::delete(app, &w.tom, here, anna).unwrap();
        w.test.clock.advance_seconds(31 * 24 * 60 * 60);
        sweep::run(app).unwrap();
        let left = app.store().read(|tx| entente_store::licence::freed(tx, anna));
        assert!(left.unwrap().is_empty());
    });
}

#[test]
fn what_becomes_of_a_subscription_takes_nothing_from_anybody() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let sub = buy(&w, "productivity-standard", 3);
        let (anna, bo, cleo) = (located(&w, "Anna"), located(&w, "Bo"), located(&w, "Cleo"));
        assign(&w, &w.tom, standard(), &[anna, bo]).unwrap();
        let seen = || subscription::get(app, &w.tom, here, sub).unwrap().subscription.version;
        subscription::change_quantity(app, &w.tom, here, sub, 1, seen()).unwrap();
        let it = units(&w, standard());
        assert_eq!((it.enabled, it.consumed, it.available(), it.over()), (1, 2, 0, 1));
        let told = assign(&w, &w.tom, standard(), &[cleo, anna]).unwrap();
        assert_eq!(codes(&told), ["none_left", "nothing"]);
        subscription::suspend(app, &w.tom, here, sub).unwrap();
        let it = units(&w, standard());
        assert_eq!((it.enabled, it.suspended, it.consumed), (0, 1, 2));
        assert_eq!(codes(&assign(&w, &w.tom, standard(), &[cleo]).unwrap()), ["all_suspended"]);
        subscription::activate(app, &w.tom, here, sub).unwrap();
        subscription::change_quantity(app, &w.tom, here, sub, 3, seen()).unwrap();
        subscription::set_renewal(app, &w.tom, here, sub, false).unwrap();
        w.test.clock.advance_seconds(366 * 24 * 60 * 60);
        let w = &w;
        let (tom, ingrid) = (w.test.confirmed(&w.tom), w.test.confirmed(&w.ingrid));
        let lines = licence::list(app, &ingrid, here).unwrap();
        let it = lines.into_iter().find(|it| it.sku == standard()).unwrap().units;
        assert_eq!(it, Units { enabled: 0, suspended: 0, warning: 3, consumed: 2 });
        // In the days of grace what is there can be given; afterwards it stays with who has it and with nobody else.
        assert_eq!(codes(&assign(w, &tom, standard(), &[cleo]).unwrap()), ["given"]);
        licence::remove(app, &tom, here, standard(), people(&[cleo])).unwrap();
        sweep::run(app).unwrap();
        w.test.clock.advance_seconds(30 * 24 * 60 * 60);
        let told = assign(w, &tom, standard(), &[cleo, anna]).unwrap();
        assert_eq!(codes(&told), ["not_bought", "nothing"]);
        assert_eq!(holders(w, standard()), ["Anna", "Bo"]);
        licence::remove(app, &tom, here, standard(), people(&[anna, bo])).unwrap();
        assert!(licence::list(app, &ingrid, here).unwrap().is_empty());
    });
}

#[test]
fn holders_are_searched_paged_and_follow_a_new_name() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        buy(&w, "productivity-standard", 20);
        let ids: Vec<_> = ["Dan", "Anna", "Eva", "Bo", "Cleo", "Anton", "Finn"].map(|name| located(&w, name)).into();
        assign(&w, &w.tom, standard(), &ids).unwrap();
        assert_eq!(holders(&w, standard()), ["Anna", "Anton", "Bo", "Cleo", "Dan", "Eva", "Finn"]);
        let find = |text: &str| {
            let query = Query { search: Some(text.parse().unwrap()), after: None };
            let page = licence::holders(app, &w.tom, here, standard(), &query, 9).unwrap();
            page.holders.into_iter().map(|it| it.name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(find("AN"), ["Anna", "Anton"]);
        let known = user::Details { name: "Zoe".parse().unwrap(), ..w.get(&w.tom, ids[1]).unwrap().details };
        user::edit(app, &w.tom, here, ids[1], 2, known).unwrap();
        // Found by the sign-in name, which stays.
        assert_eq!(find("an"), ["Anton", "Zoe"]);
        assert_eq!(holders(&w, standard()).last().unwrap(), "Zoe");
        let page = user::list(app, &w.tom, here, &user::Query::default(), 9).unwrap();
        let licences = page.licences.unwrap();
        assert_eq!(licences.get(&ids[1]), Some(&vec![standard()]));
        assert_eq!(licences.len(), 7, "Ingrid has none");
        assert_eq!(line(&w, standard()).product, "productivity-standard");
    });
}

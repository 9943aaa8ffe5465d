//! The list and the record: what is kept, found, changed, deleted and brought back.

use entente_app::activity::{self, Filter};
use entente_app::user::{self, After, Details, New, Query, Standing};
use entente_app::{Error, Invalid, sweep};
use entente_domain::directory_role::{BILLING_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR};
use entente_domain::event::EventKind;
use entente_domain::user::Because;
use entente_testkit::app::PASSWORD;
use entente_testkit::for_each_engine;

use super::world::{World, details, id, refused};

fn full(name: &str) -> Details {
    Details {
        given_name: Some("Ida".parse().unwrap()),
        family_name: Some("Berg".parse().unwrap()),
        usage_location: Some("NO".parse().unwrap()),
        phone: Some("+47 22 00 00 00".parse().unwrap()),
        department: Some("Sales".parse().unwrap()),
        job_title: Some("=HYPERLINK(\"x\")".parse().unwrap()),
        ..details(name)
    }
}

#[test]
fn a_record_is_kept_as_typed_and_changed_by_one_at_a_time() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let new = New { upn: "Ida.Berg@fjordline.no".parse().unwrap(), details: full("Ida Berg") };
        let before = w.count(w.partner.tenant.id, EventKind::PersonAdded);
        let added = user::create(app, &w.tom, here, new.clone()).unwrap();
        let ida = added.user.person.id;
        // Both sides read the same record.
        for who in [&w.tom, &w.ali, &w.ingrid] {
            let user = w.get(who, ida).unwrap();
            assert_eq!((&user.details, user.must_change_password, user.version), (&new.details, true, 1));
            assert_eq!(user.standing(), Standing::Active);
        }
        let again = user::create(app, &w.ingrid, here, new);
        assert!(
            matches!(&again, Err(Error::Invalid(it)) if it[0].name == "upn" && it[0].why == Invalid::Taken),
            "{again:?}"
        );
        let elsewhere = New { upn: "ida@elsewhere.no".parse().unwrap(), details: details("Ida") };
        let answer = user::create(app, &w.tom, here, elsewhere);
        assert!(matches!(&answer, Err(Error::Invalid(it)) if it[0].why == Invalid::DomainDiffers), "{answer:?}");

        user::edit(app, &w.tom, here, ida, 1, details("Ida Dahl")).unwrap();
        let user = w.get(&w.ingrid, ida).unwrap();
        assert_eq!((user.details.name.as_str(), user.details.phone, user.version), ("Ida Dahl", None, 2));
        assert!(matches!(user::edit(app, &w.ingrid, here, ida, 1, full("Ida Lie")), Err(Error::Conflict)));
        // The same once more changes nothing, whichever version it was made to.
        user::edit(app, &w.ingrid, here, ida, 1, details("Ida Dahl")).unwrap();
        assert_eq!(w.count(here, EventKind::UserChanged), 1);
        assert_eq!(
            w.count(w.partner.tenant.id, EventKind::PersonAdded),
            before + 1,
            "both sides read that a partner added somebody"
        );
    });
}

#[test]
fn the_list_is_searched_by_both_names_filtered_and_paged() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        for name in ["Anna Lie", "Åse Moen", "Bo Anker", "Cato Vik"] {
            let upn = format!("{}@fjordline.no", name.split(' ').next_back().unwrap().to_lowercase());
            user::create(app, &w.tom, here, New { upn: upn.parse().unwrap(), details: details("X") })
                .unwrap_or_else(|_| panic!());
            let query = Query { search: Some("x".parse().unwrap()), ..Query::default() };
            let made = user::list(app, &w.tom, here, &query, 9).unwrap().users.pop().unwrap();
            let plain = Details { name: name.parse().unwrap(), ..made.details.clone() };
            user::edit(app, &w.tom, here, made.person.id, 1, plain).unwrap();
        }
        assert_eq!(w.names(&w.tom, "", None), ["Anna Lie", "Bo Anker", "Cato Vik", "Ingrid", "Åse Moen"]);
        // By name first, then by sign-in name; who is found by both stands once.
        assert_eq!(w.names(&w.tom, "AN", None), ["Anna Lie", "Bo Anker"]);
        assert_eq!(w.names(&w.tom, "vik@fjord", None), ["Cato Vik"]);
        assert_eq!(w.names(&w.tom, "ing", None), ["Ingrid"]);
        assert!(w.names(&w.tom, "nna", None).is_empty(), "beginnings only");
        assert!(w.names(&w.tom, "%", None).is_empty());

        let cato =
            user::list(app, &w.tom, here, &Query { search: Some("cato".parse().unwrap()), ..Query::default() }, 9);
        let cato = cato.unwrap().users[0].person.id;
        user::set_enabled(app, &w.tom, here, cato, false).unwrap();
        let bo = user::list(app, &w.tom, here, &Query { search: Some("bo".parse().unwrap()), ..Query::default() }, 9);
        user::delete(app, &w.tom, here, bo.unwrap().users[0].person.id).unwrap();
        assert_eq!(w.names(&w.ali, "", Some(Standing::Blocked)), ["Cato Vik"]);
        assert_eq!(w.names(&w.ali, "", Some(Standing::Active)), ["Anna Lie", "Ingrid", "Åse Moen"]);
        assert_eq!(w.names(&w.ali, "", Some(Standing::Deleted)), ["Bo Anker"]);
        assert_eq!(w.names(&w.ali, "anker", Some(Standing::Deleted)), ["Bo Anker"]);
        assert_eq!(w.names(&w.ali, "vik", Some(Standing::Blocked)), ["Cato Vik"]);
        assert_eq!(w.names(&w.ali, "", None), ["Anna Lie", "Cato Vik", "Ingrid", "Åse Moen"]);

        for (search, all) in [("", 4), ("a", 1), ("c", 1)] {
            let search = (!search.is_empty()).then(|| search.parse().unwrap());
            let (mut seen, mut after): (Vec<String>, Option<After>) = (Vec::new(), None);
            loop {
                let query = Query { search: search.clone(), standing: None, after: after.take() };
                let page = user::list(app, &w.ingrid, here, &query, 1).unwrap();
                seen.extend(page.users.iter().map(|it| it.person.name.to_string()));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
            assert_eq!((seen.len(), distinct.len()), (all, all), "{seen:?}");
        }
    });
}

#[test]
fn a_deleted_user_is_nobody_for_thirty_days_and_then_gone() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let bill = w.holder("Bill", &[BILLING_ADMINISTRATOR]);
        let (kim, bill_id) = (w.holder("Kim", &[]), id(&bill));
        user::delete(app, &w.tom, here, id(&kim)).unwrap();
        user::delete(app, &w.tom, here, bill_id).unwrap();
        user::delete(app, &w.tom, here, bill_id).unwrap();
        assert_eq!(w.count(here, EventKind::UserDeleted), 2, "the repetition is none");
        // Nothing of theirs counts any more: no session, no password, no role.
        assert!(matches!(entente_app::account::profile(app, &bill), Err(Error::SignInRequired)));
        assert!(matches!(w.sign_in("bill@fjordline.no", PASSWORD), Err(Error::WrongCredentials)));
        assert!(matches!(user::set_enabled(app, &w.tom, here, bill_id, false), Err(Error::NotFound)));
        assert!(matches!(user::reset_password(app, &w.tom, here, bill_id), Err(Error::NotFound)));
        assert!(matches!(user::set_roles(app, &w.test.confirmed(&w.tom), here, bill_id, vec![]), Err(Error::NotFound)));

        user::restore(app, &w.ingrid, here, bill_id).unwrap();
        user::restore(app, &w.ingrid, here, bill_id).unwrap();
        assert_eq!(w.count(here, EventKind::UserRestored), 1);
        let back = w.get(&w.tom, bill_id).unwrap();
        assert_eq!((back.standing(), back.person.directory_roles), (Standing::Active, vec![]), "roles are given again");
        w.sign_in("bill@fjordline.no", PASSWORD).unwrap().session().unwrap();

        // The name is free once somebody is deleted; whoever takes it keeps it.
        let other = w.create(&w.tom, "Kim").unwrap().user.person.id;
        refused(&user::restore(app, &w.tom, here, id(&kim)), Because::NameTaken);
        user::delete(app, &w.tom, here, other).unwrap();
        user::restore(app, &w.tom, here, id(&kim)).unwrap();
        user::delete(app, &w.tom, here, id(&kim)).unwrap();

        w.test.clock.advance_days(29);
        sweep::run(app).unwrap();
        assert_eq!(w.names(&w.ingrid, "", Some(Standing::Deleted)).len(), 2);
        w.test.clock.advance_days(1);
        // Read as gone before any sweep.
        assert!(w.names(&w.ingrid, "", Some(Standing::Deleted)).is_empty());
        assert!(matches!(user::restore(app, &w.ingrid, here, id(&kim)), Err(Error::NotFound)));
        assert!(sweep::run(app).unwrap() >= 2);
        assert_eq!(w.count(here, EventKind::UserPurged), 2);
        assert_eq!(sweep::run(app).unwrap(), 0);
        // What they did is still told by name.
        let log = activity::of_customer(app, &w.ingrid, &Filter::default(), None, 50).unwrap();
        let purged = log.entries.iter().find(|it| it.kind == EventKind::UserPurged).unwrap();
        assert_eq!(purged.person.as_deref(), Some("Kim"));
    });
}

#[test]
fn who_accepted_stays_on_record_after_they_are_gone() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let nora = w.holder("Nora", &[GLOBAL_ADMINISTRATOR]);
        let partners = entente_app::relationship::partners(app, &nora).unwrap();
        user::delete(app, &w.tom, here, id(&w.ingrid)).unwrap();
        let again = entente_app::relationship::partners(app, &nora).unwrap();
        assert_eq!(partners.len(), again.len());
        let log = activity::of_customer(app, &nora, &Filter::default(), None, 50).unwrap();
        let accepted = log.entries.iter().find(|it| it.kind == EventKind::InvitationAccepted).unwrap();
        assert!(matches!(&accepted.actor, activity::Who::Person { name, .. } if name == "Ingrid"));
        let deleted = log.entries.iter().find(|it| it.kind == EventKind::UserDeleted).unwrap();
        // A partner's person is named with their organisation and the role they used.
        assert!(
            matches!(&deleted.actor, activity::Who::Person { name, organisation } if name == "Tom" && organisation == "Brightwater IT")
        );
        assert!(deleted.detail.contains(&("acting_as".to_owned(), GLOBAL_ADMINISTRATOR.to_string())), "{deleted:?}");
    });
}

#[test]
fn the_export_is_safe_confirmed_and_on_record() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let new = New { upn: "ida@fjordline.no".parse().unwrap(), details: full("Ida Berg") };
        user::create(app, &w.tom, here, new).unwrap();
        w.test.clock.advance_seconds(700);
        assert!(matches!(user::export(app, &w.tom, here, &Query::default()), Err(Error::StepUp(_))));
        // Helpdesk administrators read users one by one, and take no list out.
        assert!(matches!(user::export(app, &w.test.confirmed(&w.ali), here, &Query::default()), Err(Error::Acting(_))));
        let file = user::export(app, &w.test.confirmed(&w.tom), here, &Query::default()).unwrap();
        let file = String::from_utf8(file).unwrap();
        assert!(file.starts_with("\"Sign-in name\",\"Display name\","), "{file}");
        assert!(file.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{file}");
        assert_eq!(file.lines().count(), 3);
        for side in [here, w.partner.tenant.id] {
            assert_eq!(w.count(side, EventKind::UsersExported), 1);
        }
        let manager = w.holder("Wei", &[USER_ADMINISTRATOR]);
        user::export(app, &manager, here, &Query { standing: Some(Standing::Deleted), ..Query::default() }).unwrap();
    });
}

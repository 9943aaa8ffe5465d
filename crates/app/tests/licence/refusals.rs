//! Who may not, what cannot be, and what a partner without privileges learns.

use entente_app::licence::{self, AT_ONCE, Change, Query, Whom};
use entente_app::{Ctx, Error, Invalid, relationship, user};
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::{
    BILLING_ADMINISTRATOR, DIRECTORY_READERS, GLOBAL_READER, HELPDESK_ADMINISTRATOR, LICENSE_ADMINISTRATOR,
    USER_ADMINISTRATOR,
};
use entente_domain::event::EventKind;
use entente_domain::ids::{Id, SkuId};
use entente_domain::licence::Because;
use entente_testkit::for_each_engine;
use uuid::Uuid;

use super::shelf::{assign, buy, change, codes, held, located, people, refused, sku, standard};
use super::world::World;

/// Whether somebody sees licences, and whether they may give them.
fn tried(w: &World, who: &Ctx, kim: entente_domain::ids::UserId) -> (bool, bool) {
    let (app, here) = (&w.test.app, w.customer.id);
    let sees = [
        licence::list(app, who, here).is_ok(),
        licence::holders(app, who, here, standard(), &Query::default(), 9).is_ok(),
        licence::of_user(app, who, here, kim).is_ok(),
    ];
    let gives = [
        assign(w, who, standard(), &[kim]).is_ok(),
        change(w, who, kim, &[standard()], &[]).is_ok(),
        licence::remove(app, who, here, standard(), people(&[kim])).is_ok(),
    ];
    assert!(sees.iter().all(|it| *it == sees[0]) && gives.iter().all(|it| *it == gives[0]), "{sees:?} {gives:?}");
    (sees[0], gives[0])
}

#[test]
fn roles_and_privileges_decide_who_sees_and_who_gives() {
    for_each_engine(|store| {
        let w = World::new(store);
        buy(&w, "productivity-standard", 5);
        let kim = located(&w, "Kim");
        for (name, role, expected) in [
            ("Rolf", GLOBAL_READER, (true, false)),
            ("Una", USER_ADMINISTRATOR, (true, true)),
            ("Lea", LICENSE_ADMINISTRATOR, (true, true)),
            ("Dina", DIRECTORY_READERS, (true, false)),
            ("Hans", HELPDESK_ADMINISTRATOR, (false, false)),
            ("Bill", BILLING_ADMINISTRATOR, (false, false)),
        ] {
            assert_eq!(tried(&w, &w.holder(name, &[role]), kim), expected, "{name}");
        }
        let seller = w.test.person(&w.partner.tenant, "Sara", &[PartnerRole::SalesAgent], false);
        let stranger = w.test.tenant("Orchard Press", "orchard.no", entente_domain::cloud::Cloud::Public, "NO");
        let pia = w.test.person(&stranger, "Pia", &[], true);
        let only_sells = w.seller();
        for (who, expected) in [
            (&w.ingrid, (true, true)),
            (&w.tom, (true, true)),
            (&w.ali, (false, false)),
            (&seller, (false, false)),
            (&only_sells, (false, false)),
            (&pia, (false, false)),
        ] {
            assert_eq!(tried(&w, who, kim), expected);
        }
        assert!(matches!(licence::list(&w.test.app, &pia, w.customer.id), Err(Error::NotFound)));
        let before = w.count(w.customer.id, EventKind::LicencesChanged);
        relationship::remove_privileges(&w.test.app, &w.ingrid, w.partner.tenant.id, None).unwrap();
        assert!(matches!(licence::list(&w.test.app, &w.tom, w.customer.id), Err(Error::Acting(_))));
        assert_eq!(tried(&w, &w.tom, kim), (false, false));
        assert_eq!(w.count(w.customer.id, EventKind::LicencesChanged), before);
    });
}

#[test]
fn what_cannot_be_given_is_refused_with_its_reason() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let (kim, nora) = (located(&w, "Kim"), w.added("Nora"));
        refused(&change(&w, &w.tom, kim, &[standard()], &[]), Because::NotBought);
        let sub = buy(&w, "productivity-standard", 1);
        refused(&change(&w, &w.tom, nora, &[standard()], &[]), Because::NoUsageLocation);
        change(&w, &w.tom, kim, &[standard()], &[]).unwrap();
        let details = user::Details { usage_location: Some("NO".parse().unwrap()), ..super::world::details("Nora") };
        user::edit(app, &w.tom, here, nora, 1, details).unwrap();
        let grow = |answer: Result<bool, Error>| match answer {
            Err(Error::Licence(it)) if it.because == Because::NoneLeft => it.grow,
            other => panic!("{other:?}"),
        };
        // Who sold it and the customer itself learn where more is to be had; another partner does not.
        assert_eq!(grow(change(&w, &w.tom, nora, &[standard()], &[])), Some(sub));
        assert_eq!(grow(change(&w, &w.ingrid, nora, &[standard()], &[])), Some(sub));
        let other = w.test.partner("Nordlys", "nordlys.no", entente_domain::tenant::PartnerKind::Direct, &["NO"], None);
        let kari = w.test.person(&other.tenant, "Kari", &[PartnerRole::AdminAgent], false);
        w.connect(&kari, &w.ingrid, entente_testkit::requests::ALL);
        assert_eq!(grow(change(&w, &kari, nora, &[standard()], &[])), None);

        user::delete(app, &w.tom, here, nora).unwrap();
        assert!(matches!(change(&w, &w.tom, nora, &[standard()], &[]), Err(Error::NotFound)));
        assert_eq!(codes(&assign(&w, &w.tom, standard(), &[nora]).unwrap()), ["no_such_user"]);
        let maya = w.tom.person.unwrap();
        assert_eq!(codes(&assign(&w, &w.tom, standard(), &[maya]).unwrap()), ["no_such_user"], "of the partner itself");
        assert!(matches!(licence::of_user(app, &w.tom, here, maya), Err(Error::NotFound)));
        assert_eq!(held(&w, kim).len(), 1);
    });
}

#[track_caller]
fn wrong<T: std::fmt::Debug>(answer: &Result<T, Error>, field: &str) {
    assert!(matches!(answer, Err(Error::Invalid(it)) if it[0].name == field), "{answer:?}");
}

#[test]
fn what_is_no_part_of_anything_is_not_offered() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        buy(&w, "productivity-standard", 1);
        let kim = located(&w, "Kim");
        let (foreign, nothing) = (sku("TELEPHONY").service_plans[0].id, SkuId::from_uuid(Uuid::from_u128(7)));
        let give = |sku, plans| Change { give: vec![(sku, plans)], take: Vec::new() };
        wrong(&licence::assign(app, &w.tom, here, standard(), people(&[kim]), vec![foreign]), "plans");
        wrong(&licence::change(app, &w.tom, here, kim, give(standard(), vec![foreign])), "plans");
        wrong(&licence::change(app, &w.tom, here, kim, give(nothing, Vec::new())), "licences");
        wrong(&change(&w, &w.tom, kim, &[], &[nothing]), "licences");
        wrong(&change(&w, &w.tom, kim, &[standard()], &[standard()]), "licences");
        wrong(&change(&w, &w.tom, kim, &[standard(), standard()], &[]), "licences");
        assert!(matches!(assign(&w, &w.tom, nothing, &[kim]), Err(Error::NotFound)));
        let holders = licence::holders(app, &w.tom, here, sku("TELEPHONY").id, &Query::default(), 9);
        assert!(matches!(holders, Err(Error::NotFound)));
        wrong(&licence::assign(app, &w.tom, here, standard(), Whom::default(), Vec::new()), "users");
        let crowd: Vec<_> = std::iter::repeat_n(kim, AT_ONCE + 1).collect();
        let answer = assign(&w, &w.tom, standard(), &crowd);
        assert!(
            matches!(&answer, Err(Error::Invalid(it)) if matches!(it[0].why, Invalid::OutOfRange { min: 1, .. })),
            "{answer:?}"
        );
        assert_eq!(w.count(here, EventKind::LicencesChanged), 0);
    });
}

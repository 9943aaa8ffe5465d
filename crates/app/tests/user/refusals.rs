//! Who may not: strangers, partners without privileges, roles that are not enough, and those who would rise above their own rights.

use entente_app::user::{self, Query};
use entente_app::{Ctx, Error, Invalid, relationship, user_import};
use entente_domain::acting;
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::{
    BILLING_ADMINISTRATOR, DIRECTORY_WRITERS, GLOBAL_ADMINISTRATOR, GLOBAL_READER, HELPDESK_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, SERVICE_SUPPORT_ADMINISTRATOR,
    USER_ADMINISTRATOR,
};
use entente_domain::ids::{Id, ImportId, UserId};
use entente_domain::tenant::PartnerKind;
use entente_domain::user::Because;
use entente_testkit::for_each_engine;

use super::world::{World, details, id, refused};

/// Every operation, tried on one user of the customer, by name.
fn every(w: &World, who: &Ctx, id: UserId) -> Vec<(&'static str, Result<(), Error>)> {
    let (app, here) = (&w.test.app, w.customer.id);
    let import = ImportId::from_uuid(id.uuid());
    let file = b"Sign-in name,Display name\nx@fjordline.no,X\n";
    vec![
        ("list", user::list(app, who, here, &Query::default(), 9).map(drop)),
        ("get", user::get(app, who, here, id).map(drop)),
        ("export", user::export(app, who, here, &Query::default()).map(drop)),
        ("edit", user::edit(app, who, here, id, 1, details("Somebody Else"))),
        ("block", user::set_enabled(app, who, here, id, false)),
        ("reset_password", user::reset_password(app, who, here, id).map(drop)),
        ("set_roles", user::set_roles(app, who, here, id, vec![BILLING_ADMINISTRATOR])),
        ("delete", user::delete(app, who, here, id)),
        ("restore", user::restore(app, who, here, id).map(drop)),
        ("check", user_import::check(app, who, here, file).map(drop)),
        ("imports", user_import::mine(app, who, here).map(drop)),
        ("start", user_import::start(app, who, here, import)),
        ("result", user_import::result(app, who, here, import).map(drop)),
        ("create", w.create(who, "New Person").map(drop)),
    ]
}

#[test]
fn strangers_learn_nothing_and_sellers_why() {
    for_each_engine(|store| {
        let w = World::new(store);
        let kim = w.added("Kim");
        let before = w.test.events(w.customer.id).len();
        let other = w.test.partner("Nordic", "nordic.no", PartnerKind::Direct, &["NO"], None);
        let otto = w.test.person(&other.tenant, "Otto", &[PartnerRole::GlobalAdmin, PartnerRole::AdminAgent], false);
        let havn = w.test.tenant("Havn AS", "havn.no", entente_domain::cloud::Cloud::Public, "NO");
        let torunn = w.test.person(&havn, "Torunn", &[], true);
        for who in [&otto, &torunn] {
            for (what, answer) in every(&w, who, kim) {
                assert!(matches!(answer, Err(Error::NotFound)), "{what}: {answer:?}");
            }
        }
        assert_eq!(w.test.events(w.customer.id).len(), before);
        let kari = w.seller();
        let before = w.test.events(w.customer.id).len();
        for (what, answer) in every(&w, &kari, kim) {
            let said = matches!(&answer, Err(Error::Acting(it)) if it.because == acting::Because::NoPrivileges);
            assert!(said, "{what}: {answer:?}");
        }
        assert_eq!(w.test.events(w.customer.id).len(), before);
        // Once the privileges are gone, so is everything here, and the page can say why and who can change it.
        relationship::remove_privileges(&w.test.app, &w.ingrid, w.partner.tenant.id, None).unwrap();
        for (what, answer) in every(&w, &w.tom, kim) {
            let said = matches!(&answer, Err(Error::Acting(it)) if it.because == acting::Because::PrivilegesRemoved);
            assert!(said, "{what}: {answer:?}");
        }
        let reach = entente_app::site::reach(&w.test.app, &w.tom, w.customer.id).unwrap();
        assert_eq!(reach.why_not(entente_domain::policy::Action::ViewUsers).unwrap().rule, "privileges_removed");
    });
}

#[test]
fn each_role_does_what_it_is_for() {
    for_each_engine(|store| {
        let w = World::new(store);
        for (name, roles, open) in [
            ("Reader", vec![GLOBAL_READER], vec!["list", "get", "export"]),
            ("Helper", vec![HELPDESK_ADMINISTRATOR], vec!["list", "get", "reset_password"]),
            (
                "Writer",
                vec![DIRECTORY_WRITERS],
                vec!["list", "get", "edit", "block", "check", "imports", "start", "result", "create"],
            ),
            ("Assigner", vec![PRIVILEGED_ROLE_ADMINISTRATOR], vec!["list", "get", "set_roles"]),
            ("Nobody", vec![], vec![]),
        ] {
            let who = w.holder(name, &roles);
            let target = w.added(&format!("Target Of {name}"));
            for (what, answer) in every(&w, &who, target) {
                let denied = matches!(answer, Err(Error::Denied(_)));
                let outcome = if what == "create" && !denied {
                    user::delete(&w.test.app, &w.tom, w.customer.id, newest(&w))
                } else {
                    Ok(())
                };
                outcome.unwrap();
                assert_eq!(!denied, open.contains(&what), "{name}: {what}: {answer:?}");
            }
        }
    });
}

fn newest(w: &World) -> UserId {
    let query = Query { search: Some("new person".parse().unwrap()), ..Query::default() };
    user::list(&w.test.app, &w.tom, w.customer.id, &query, 9).unwrap().users[0].person.id
}

#[test]
fn foreign_and_unknown_users_answer_alike() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let havn = w.test.tenant("Havn AS", "havn.no", entente_domain::cloud::Cloud::Public, "NO");
        let torunn = w.test.person(&havn, "Torunn", &[], true);
        let ingrid = w.test.confirmed(&w.ingrid);
        for other in [id(&torunn), id(&w.tom), UserId::from_uuid(uuid_of(7))] {
            for (what, answer) in every(&w, &ingrid, other) {
                if !matches!(what, "list" | "export" | "check" | "imports" | "create") {
                    assert!(matches!(answer, Err(Error::NotFound)), "{what}: {answer:?}");
                }
            }
            user::delete(app, &ingrid, here, newest(&w)).unwrap();
        }
    });
}

fn uuid_of(number: u8) -> uuid::Uuid {
    uuid::Uuid::from_bytes([number; 16])
}

#[test]
fn nobody_rises_above_the_rights_they_use() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let wei = w.holder("Wei", &[USER_ADMINISTRATOR]);
        let pia = w.holder("Pia", &[PRIVILEGED_ROLE_ADMINISTRATOR]);
        let per = w.holder("Per", &[PRIVILEGED_AUTHENTICATION_ADMINISTRATOR]);
        let (chief, kim) = (id(&w.ingrid), w.added("Kim"));
        for who in [&wei, &w.ali] {
            refused(&user::reset_password(app, who, here, chief), Because::AboveYou);
        }
        refused(&user::set_enabled(app, &wei, here, chief, false), Because::AboveYou);
        refused(&user::delete(app, &wei, here, chief), Because::AboveYou);
        refused(&user::edit(app, &wei, here, chief, 1, details("Ingrid")), Because::AboveYou);
        refused(&user::set_roles(app, &pia, here, kim, vec![GLOBAL_ADMINISTRATOR]), Because::AboveYou);
        refused(&user::set_roles(app, &pia, here, id(&pia), vec![GLOBAL_ADMINISTRATOR]), Because::AboveYou);
        refused(&user::set_roles(app, &pia, here, id(&wei), vec![]), Because::AboveYou);
        user::set_roles(app, &pia, here, kim, vec![SERVICE_SUPPORT_ADMINISTRATOR]).unwrap();
        // Whose work sign-in methods are may give administrators new passwords; nobody gives one to themselves.
        user::reset_password(app, &per, here, id(&wei)).unwrap();
        refused(&user::reset_password(app, &per, here, id(&per)), Because::Yourself);
        refused(&user::set_enabled(app, &w.ingrid, here, chief, false), Because::Yourself);
        refused(&user::delete(app, &w.ingrid, here, chief), Because::Yourself);
        let ingrid = w.test.confirmed(&w.ingrid);
        refused(&user::set_roles(app, &ingrid, here, chief, vec![]), Because::LastAdministrator);
        let tom = w.test.confirmed(&w.tom);
        refused(&user::delete(app, &tom, here, chief), Because::LastAdministrator);
        refused(&user::set_enabled(app, &tom, here, chief, false), Because::LastAdministrator);
        let unknown =
            user::set_roles(app, &tom, here, kim, vec![entente_domain::ids::DirectoryRoleId::from_uuid(uuid_of(9))]);
        assert!(matches!(&unknown, Err(Error::Invalid(it)) if it[0].why == Invalid::NotOffered), "{unknown:?}");
    });
}

#[test]
fn giving_roles_is_confirmed_and_a_partner_giving_one_is_told_to_the_administrators() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, here) = (&w.test.app, w.customer.id);
        let kim = w.added("Kim");
        let mails = |template: &str| {
            let now = app.now();
            let due = app.store().write(move |tx| entente_store::mail::claim(tx, now, now.plus_days(1), 100));
            due.unwrap().into_iter().filter(|it| it.template == template).map(|it| it.recipient).collect::<Vec<_>>()
        };
        w.test.clock.advance_seconds(700);
        let roles = vec![BILLING_ADMINISTRATOR, USER_ADMINISTRATOR];
        assert!(matches!(user::set_roles(app, &w.tom, here, kim, roles.clone()), Err(Error::StepUp(_))));
        user::set_roles(app, &w.test.confirmed(&w.tom), here, kim, roles.clone()).unwrap();
        let mut held = w.get(&w.ingrid, kim).unwrap().person.directory_roles;
        held.sort();
        let mut given = roles.clone();
        given.sort();
        assert_eq!(held, given);
        assert_eq!(mails("roles_given"), ["ingrid@fjordline.no"]);
        // Taking one away is told to nobody, nor what the customer does itself, nor a new password.
        user::set_roles(app, &w.test.confirmed(&w.tom), here, kim, vec![BILLING_ADMINISTRATOR]).unwrap();
        user::set_roles(app, &w.test.confirmed(&w.ingrid), here, kim, roles).unwrap();
        user::set_enabled(app, &w.tom, here, w.added("Lea"), false).unwrap();
        user::reset_password(app, &w.ali, here, w.added("Mia")).unwrap();
        assert!(mails("roles_given").is_empty());
    });
}

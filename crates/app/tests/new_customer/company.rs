//! An organisation's record: who sees it, who changes it.

use entente_app::company::{self, Record};
use entente_app::{Error, Invalid, relationship};
use entente_domain::company::Company;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_testkit::requests::AGREEMENT;
use entente_testkit::{for_each_engine, together};

use super::world::{World, company as known, wrong};

fn moved(city: &str) -> Company {
    Company { city: city.parse().unwrap(), ..known() }
}

#[test]
fn its_administrators_keep_it_and_a_partner_with_privileges() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, created) = (&w.test.app, w.create("nordlys"));
        let id = created.tenant.id;
        let nora = w.administrator(&created);
        w.without_second_factor(id);
        company::edit(app, &nora, id, 1, moved("Oslo")).unwrap();
        company::edit(app, &nora, id, 2, moved("Oslo")).unwrap();
        assert_eq!(w.count(id, EventKind::CompanyChanged), 1, "no change is none");
        assert_eq!(
            entente_app::new_customer::contact(app, &w.tom, id).unwrap(),
            None,
            "no longer what the partner wrote"
        );
        assert!(matches!(company::edit(app, &w.tom, id, 2, moved("Moss")), Err(Error::Acting(_))));
        w.connect(&w.tom, &nora, Some(AGREEMENT)).unwrap();
        assert_eq!(company::get(app, &w.tom, id).unwrap(), Record { company: Some(moved("Oslo")), version: 2 });
        company::edit(app, &w.tom, id, 2, moved("Moss")).unwrap();
        let mail = entente_app::mail::claim(app, 60, 50).unwrap();
        let told: Vec<_> = mail.iter().filter(|it| it.template == "company_changed").collect();
        assert_eq!(told.len(), 1, "nobody is told what they did themselves");
        assert!(told[0].content.contains(r#""fields":"city""#), "{}", told[0].content);
        let log = w.entries(&w.tom, EventKind::CompanyChanged);
        assert_eq!(log.len(), 1, "what its own people did is theirs");
        let helpdesk = w.test.person(&w.direct.tenant, "Ali", &[PartnerRole::HelpdeskAgent], false);
        assert_eq!(company::get(app, &helpdesk, id).unwrap().version, 3);
        assert!(matches!(company::edit(app, &helpdesk, id, 3, moved("Hamar")), Err(Error::Acting(_))));
        relationship::remove_privileges(app, &nora, w.direct.tenant.id, None).unwrap();
        assert!(matches!(company::get(app, &w.tom, id), Err(Error::Acting(_))), "at once");
        assert!(matches!(company::get(app, &w.kaspar, id), Err(Error::NotFound)), "a stranger");
        assert_eq!(
            wrong(company::edit(app, &nora, id, 3, Company { postal_code: None, ..known() })),
            [("postal_code", Invalid::Missing)]
        );
    });
}

#[test]
fn of_two_who_change_it_at_once_one_learns_of_the_other() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, created) = (&w.test.app, w.create("nordlys"));
        let (id, nora) = (created.tenant.id, w.administrator(&created));
        w.without_second_factor(id);
        w.connect(&w.tom, &nora, Some(AGREEMENT)).unwrap();
        for version in 1..8 {
            let (one, two) = together(
                || company::edit(app, &nora, id, version, moved(&format!("Oslo {version}"))),
                || company::edit(app, &w.tom, id, version, moved(&format!("Moss {version}"))),
            );
            assert!(
                matches!((&one, &two), (Ok(()), Err(Error::Conflict)) | (Err(Error::Conflict), Ok(()))),
                "{one:?} {two:?}"
            );
        }
        assert_eq!(w.count(id, EventKind::CompanyChanged), 7);
    });
}

#[test]
fn an_organisation_that_never_said_says_it_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        let home = w.test.tenant("Fjordline AS", "fjordline.no", entente_domain::cloud::Cloud::Public, "NO");
        let ingrid = w.test.person(&home, "Ingrid", &[], true);
        let app = &w.test.app;
        assert_eq!(company::get(app, &ingrid, home.id).unwrap(), Record { company: None, version: 0 });
        company::edit(app, &ingrid, home.id, 0, known()).unwrap();
        assert!(matches!(company::edit(app, &ingrid, home.id, 0, moved("Moss")), Err(Error::Conflict)));
        let user = w.test.person(&home, "Kim", &[], false);
        assert!(matches!(company::get(app, &user, home.id), Err(Error::Denied(_))));
    });
}

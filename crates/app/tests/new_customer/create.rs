//! Who creates customers, where, and what comes of it.

use entente_app::new_customer::{self, New};
use entente_app::{Error, Invalid, customer, tenant};
use entente_domain::acting;
use entente_domain::cloud::Cloud;
use entente_domain::company::Company;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::new_customer::Because;
use entente_domain::relationship::Channel;
use entente_domain::tenant::{Partner, PartnerKind, Standing};
use entente_domain::text::TextError;
use entente_testkit::{for_each_engine, together};

use super::world::{World, company, wrong};

#[test]
fn a_partner_creates_a_customer_and_gets_no_rights_in_it() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        assert!(new_customer::availability(app, &w.tom, "nordlys").unwrap().1);
        let created = w.create("Nordlys");
        assert_eq!(created.login.as_str(), "admin@nordlys.halden.example");
        assert!(!new_customer::availability(app, &w.tom, "nordlys").unwrap().1);
        let record = customer::record(app, &w.tom, created.tenant.id).unwrap();
        assert_eq!(record.relationship.privileges.code(), "none");
        assert_eq!(record.relationship.channel, Channel::Direct);
        for reader in [w.direct.tenant.id, created.tenant.id] {
            assert_eq!(w.count(reader, EventKind::CustomerCreated), 1);
        }
        assert!(matches!(entente_app::company::get(app, &w.tom, created.tenant.id), Err(Error::Acting(_))));
        let contact = new_customer::contact(app, &w.tom, created.tenant.id).unwrap().unwrap();
        assert_eq!((contact.0.as_str(), contact.1.as_str()), ("Nora Dahl", "nora@bakeri.no"));
        assert_eq!(new_customer::contact(app, &w.kaspar, created.tenant.id).unwrap(), None);
        let nora = w.administrator(&created);
        let record = entente_app::company::get(app, &nora, created.tenant.id).unwrap();
        assert_eq!(record.company, Some(company()));
    });
}

#[test]
fn the_contact_is_told_where_to_sign_in_and_never_the_password() {
    for_each_engine(|store| {
        let w = World::new(store);
        let created = w.create("nordlys");
        let mail = entente_app::mail::claim(&w.test.app, 60, 50).unwrap();
        let welcome: Vec<_> = mail.iter().filter(|it| it.template == "welcome").collect();
        assert_eq!(welcome.len(), 1);
        assert_eq!(welcome[0].recipient, "nora@bakeri.no");
        assert!(welcome[0].content.contains("admin@nordlys.halden.example"));
        assert!(mail.iter().all(|it| !it.content.contains(created.password.as_deref().unwrap())));
    });
}

#[test]
fn what_a_form_sends_twice_is_one_customer() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let form = new_customer::form(app, &w.tom).unwrap();
        assert_eq!(new_customer::form(app, &w.tom).unwrap(), form, "looking changes nothing");
        let wish = New { form, ..w.wish("nordlys") };
        let first = new_customer::create(app, &w.tom, wish.clone()).unwrap();
        let again = new_customer::create(app, &w.tom, wish.clone()).unwrap();
        assert_eq!(first.tenant, again.tenant);
        assert_ne!(first.password, again.password, "nobody may have seen the first one");
        assert_eq!(w.count(w.direct.tenant.id, EventKind::CustomerCreated), 1);
        assert_ne!(new_customer::form(app, &w.tom).unwrap(), form);
        let other = New { name: "Nordlys Fisk AS".parse().unwrap(), ..wish.clone() };
        assert!(matches!(new_customer::create(app, &w.tom, other), Err(Error::Conflict)));
        w.administrator(&again);
        assert_eq!(new_customer::create(app, &w.tom, wish).unwrap().password, None, "not once they have signed in");
    });
}

#[test]
fn of_two_who_take_a_domain_one_reads_that_it_is_taken() {
    for_each_engine(|store| {
        let w = World::new(store);
        for round in 0..8 {
            let prefix = format!("nordlys{round}");
            let (wish, other) = (w.wish(&prefix), w.wish(&prefix));
            let create = |who, wish| new_customer::create(&w.test.app, who, wish);
            let (one, two) = together(|| create(&w.tom, wish), || create(&w.kaspar, other));
            let (won, lost): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 1), "{lost:?}");
            assert_eq!(wrong(lost.into_iter().next().unwrap()), [("domain", Invalid::Taken)]);
        }
        let both = w.entries(&w.tom, EventKind::CustomerCreated).len();
        assert_eq!(both + w.entries(&w.kaspar, EventKind::CustomerCreated).len(), 8);
    });
}

#[test]
fn a_form_sent_twice_at_once_makes_one_customer() {
    for_each_engine(|store| {
        let w = World::new(store);
        let wish = w.wish("nordlys");
        let send = || new_customer::create(&w.test.app, &w.tom, wish.clone()).unwrap().tenant.id;
        let (one, two) = together(send, send);
        assert_eq!(one, two);
        assert_eq!(w.entries(&w.tom, EventKind::CustomerCreated).len(), 1);
    });
}

#[test]
fn a_provider_creates_customers_for_its_resellers_and_a_reseller_none() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let refused = |answer: Result<_, Error>| match answer {
            Err(Error::NewCustomer(it)) => it.because,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(new_customer::create(app, &w.oskar, w.wish("nordlys"))), Because::ResellerCannotCreate);
        assert!(matches!(new_customer::form(app, &w.oskar), Err(Error::NewCustomer(_))));
        let reseller = Some(w.reseller.tenant.id);
        let created = new_customer::create(app, &w.kaspar, New { reseller, ..w.wish("nordlys") }).unwrap();
        let channel = |who| customer::record(app, who, created.tenant.id).unwrap().relationship.channel;
        assert_eq!(channel(&w.kaspar), Channel::Provider { reseller: w.reseller.tenant.id });
        assert_eq!(channel(&w.oskar), Channel::Reseller { provider: w.provider.tenant.id });
        assert_eq!(w.entries(&w.oskar, EventKind::CustomerCreated).len(), 1, "the reseller reads it as well");
        // A direct partner has none, and nobody has another's.
        let answer = new_customer::create(app, &w.tom, New { reseller, ..w.wish("other") });
        assert_eq!(wrong(answer), [("reseller", Invalid::NotOffered)]);
        let other = w.test.partner("Fjell", "fjell.no", PartnerKind::IndirectProvider, &["NO"], None);
        let kari = w.test.person(&other.tenant, "Kari", &[PartnerRole::AdminAgent], false);
        let answer = new_customer::create(app, &kari, New { reseller, ..w.wish("other") });
        assert_eq!(wrong(answer), [("reseller", Invalid::NotOffered)]);
    });
}

#[test]
fn a_suspended_partner_creates_none() {
    for_each_engine(|store| {
        let w = World::new(store);
        let operator = entente_app::Ctx::operator();
        tenant::set_standing(&w.test.app, &operator, w.direct.tenant.id, Standing::Suspended).unwrap();
        let answer = new_customer::create(&w.test.app, &w.tom, w.wish("nordlys"));
        assert!(matches!(answer, Err(Error::Acting(it)) if it.because == acting::Because::PartnerSuspended));
    });
}

#[test]
fn only_in_the_partners_region_and_where_the_cloud_serves() {
    for_each_engine(|store| {
        let w = World::new(store);
        let create = |cloud, country: &str, state: Option<&str>, postal: Option<&str>| {
            let company = Company {
                state: state.map(|it| it.parse().unwrap()),
                postal_code: postal.map(|it| it.parse().unwrap()),
                ..company()
            };
            let wish =
                New { cloud, country: country.parse().unwrap(), company, ..w.wish(&country.to_lowercase().repeat(2)) };
            new_customer::create(&w.test.app, &w.tom, wish)
        };
        create(Cloud::Public, "SE", None, Some("11122")).unwrap();
        create(Cloud::Germany, "DE", None, Some("10115")).unwrap();
        let usa = create(Cloud::Public, "US", Some("WA"), Some("98052"));
        assert_eq!(wrong(usa), [("country", Invalid::OutsideRegion)]);
        let usa = create(Cloud::Germany, "US", Some("WA"), Some("98052"));
        assert_eq!(wrong(usa), [("country", Invalid::NotOffered)]);
        let china = create(Cloud::China, "NO", None, Some("5003"));
        assert_eq!(wrong(china), [("country", Invalid::NotOffered)]);
    });
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        let company = Company {
            state: Some("Vestland".parse().unwrap()),
            postal_code: Some("50031".parse().unwrap()),
            registration: Some("1".parse().unwrap()),
            ..company()
        };
        let wish = New { company, reseller: Some(w.direct.tenant.id), ..w.wish("a b") };
        assert_eq!(
            wrong(new_customer::create(&w.test.app, &w.tom, wish)),
            [
                ("domain", Invalid::Text(TextError::NotADomain)),
                ("state", Invalid::NotOffered),
                ("postal_code", Invalid::NotOffered),
                ("registration", Invalid::NotOffered),
                ("reseller", Invalid::NotOffered),
            ]
        );
        let poland = New { country: "PL".parse().unwrap(), ..w.wish("polska") };
        assert_eq!(
            wrong(new_customer::create(&w.test.app, &w.tom, poland)),
            [("postal_code", Invalid::NotOffered), ("phone", Invalid::Missing), ("registration", Invalid::Missing),]
        );
        assert!(w.entries(&w.tom, EventKind::CustomerCreated).is_empty());
    });
}

#[test]
fn each_role_may_what_the_table_says() {
    for_each_engine(|store| {
        let w = World::new(store);
        let try_as = |partner: &Partner, role: PartnerRole| {
            let who = w.test.person(&partner.tenant, &format!("{role:?}"), &[role], false);
            let prefix = role.code().replace('_', "-");
            new_customer::create(&w.test.app, &who, w.wish(&prefix))
        };
        for role in PartnerRole::ALL {
            let may = matches!(role, PartnerRole::GlobalAdmin | PartnerRole::AdminAgent | PartnerRole::SalesAgent);
            let answer = try_as(&w.direct, *role);
            assert_eq!(answer.is_ok(), may, "{role:?}");
            assert!(may || matches!(answer, Err(Error::Denied(_))));
        }
        let created = w.create("nordlys");
        let nora = w.administrator(&created);
        assert!(matches!(new_customer::create(&w.test.app, &nora, w.wish("own")), Err(Error::NotFound)));
    });
}

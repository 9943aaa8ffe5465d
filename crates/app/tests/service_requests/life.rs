//! From opening to closing: who sees it, who may do what, who is told.

use std::fmt::Write as _;

use entente_app::service_request::{self as requests, Filter, attachment, desk};
use entente_app::{Ctx, Error, Invalid, acceptance, relationship, subscription};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::{GLOBAL_READER, SERVICE_SUPPORT_ADMINISTRATOR, USER_ADMINISTRATOR};
use entente_domain::event::EventKind;
use entente_domain::ids::TenantId;
use entente_domain::service_request::{Because, Severity, Standing};
use entente_domain::tenant::PartnerKind;
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::{TestApp, for_each_engine};

use crate::world::{World, connect, invalid, new, refused, text};

#[test]
fn a_partner_without_privileges_opens_one_and_the_operator_answers() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.mail();
        let number = w.open(&w.ali, Some(w.sold)).unwrap();
        assert_eq!(number, 1_000_001);
        assert_eq!(w.mail(), ["support_opened to ali@brightwater.no", "support_opened to ingrid@fjordline.no"]);
        let seen = w.view(&w.ingrid, number).unwrap();
        assert_eq!((seen.line.opened_by.as_str(), seen.line.organisation.as_str()), ("Ali", "Brightwater IT"));
        assert_eq!(
            (seen.line.product.as_deref(), seen.supporter.as_deref()),
            (Some("mail-plan"), Some("Brightwater IT"))
        );
        let queue = desk::queue(&w.test.app, Filter::default(), 0, 10).unwrap();
        assert_eq!(queue.iter().map(|it| it.request.number).collect::<Vec<_>>(), [number]);

        w.test.clock.advance_seconds(3_600);
        desk::ask_back(&w.test.app, number, text("Which domain?")).unwrap();
        assert_eq!(w.standing(number), Standing::AttentionNeeded);
        assert_eq!(w.mail(), ["support_attention to ali@brightwater.no", "support_attention to ingrid@fjordline.no"]);
        w.note(&w.ingrid, number).unwrap();
        assert_eq!((w.standing(number), w.mail().len()), (Standing::Open, 0));
        desk::answer(&w.test.app, number, text("Repaired.")).unwrap();
        assert_eq!(w.mail(), ["support_answered to ali@brightwater.no", "support_answered to ingrid@fjordline.no"]);
        let notes = w.view(&w.ali, number).unwrap().notes;
        let said: Vec<_> = notes.iter().map(|it| (it.author.clone(), it.note.text.as_str())).collect();
        let ingrid = Some(("Ingrid".to_owned(), "Fjordline".to_owned()));
        assert_eq!(said, [(None, "Which domain?"), (ingrid, "It is still so."), (None, "Repaired.")]);

        requests::close(&w.test.app, &w.ingrid, w.customer.id, number).unwrap();
        assert_eq!(w.mail(), ["support_closed to ali@brightwater.no", "support_closed to ingrid@fjordline.no"]);
        assert!(desk::queue(&w.test.app, Filter::default(), 0, 10).unwrap().is_empty());
        let answered = desk::view(&w.test.app, number).unwrap().line.request.answered_at.unwrap();
        assert_eq!(answered.seconds_since(entente_testkit::app::BEGIN), 3_600, "the first answer counts");
        for tenant in [w.customer.id, w.partner.tenant.id] {
            let events = w.test.events(tenant);
            for kind in [
                EventKind::ServiceRequestOpened,
                EventKind::ServiceRequestNoted,
                EventKind::ServiceRequestAnswered,
                EventKind::ServiceRequestAskedBack,
                EventKind::ServiceRequestClosed,
            ] {
                assert!(events.contains(&kind), "{kind:?}");
            }
        }
        let told = |it: &EventKind| it.code().starts_with("service_request");
        assert!(!w.test.events(w.other.tenant.id).iter().any(told), "another partner read of it");
    });
}

#[test]
fn what_the_customer_opens_itself_is_mailed_to_whoever_did() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.mail();
        let number = w.open(&w.ingrid, None).unwrap();
        assert_eq!(w.mail(), ["support_opened to ingrid@fjordline.no"]);
        desk::close(&w.test.app, number).unwrap();
        assert_eq!(w.mail(), ["support_closed to ingrid@fjordline.no"]);
    });
}

#[test]
fn a_partner_sees_what_it_opened_sold_or_supports_and_nothing_else() {
    for_each_engine(|store| {
        let w = World::new(store);
        let own = w.open(&w.ingrid, None).unwrap();
        let about_sold = w.open(&w.ingrid, Some(w.sold)).unwrap();
        let by_other = w.open(&w.otto, None).unwrap();
        let by_partner = w.open(&w.maya, None).unwrap();
        assert_eq!(w.numbers(&w.ingrid), [by_partner, by_other, about_sold, own]);
        assert_eq!(
            (w.numbers(&w.ali), w.numbers_of_all(&w.ali)),
            (vec![by_partner, about_sold], vec![by_partner, about_sold])
        );
        assert_eq!((w.numbers(&w.otto), w.numbers_of_all(&w.otto)), (vec![by_other], vec![by_other]));
        for (who, hidden) in
            [(&w.ali, own), (&w.ali, by_other), (&w.otto, own), (&w.otto, about_sold), (&w.otto, by_partner)]
        {
            let app = &w.test.app;
            let at = w.customer.id;
            assert!(matches!(w.view(who, hidden), Err(Error::NotFound)));
            assert!(matches!(w.note(who, hidden), Err(Error::NotFound)));
            assert!(matches!(requests::close(app, who, at, hidden), Err(Error::NotFound)));
            assert!(matches!(requests::reopen(app, who, at, hidden), Err(Error::NotFound)));
            assert!(matches!(w.upload(who, hidden, "a.txt", b"x"), Err(Error::NotFound)));
        }
        // What another partner sold is nothing to open a request about.
        invalid(w.open(&w.otto, Some(w.sold)), "subscription", Invalid::NotOffered);
        assert!(requests::offered(&w.test.app, &w.otto, w.customer.id).unwrap().1.is_empty());
        // At another customer the number says nothing.
        let elsewhere = w.test.tenant("Havn", "havn.no", Cloud::Public, "NO");
        let hanna = w.test.person(&elsewhere, "Hanna", &[], true);
        assert!(matches!(requests::view(&w.test.app, &hanna, elsewhere.id, own), Err(Error::NotFound)));
        assert!(matches!(requests::view(&w.test.app, &hanna, w.customer.id, own), Err(Error::NotFound)));
        assert!(matches!(w.view(&w.ingrid, 7), Err(Error::NotFound)));
    });
}

#[test]
fn when_the_relationship_ends_so_does_the_view() {
    for_each_engine(|store| {
        let w = World::new(store);
        let number = w.open(&w.maya, Some(w.sold)).unwrap();
        subscription::suspend(&w.test.app, &w.maya, w.customer.id, w.sold).unwrap();
        let boss = w.test.person(&w.partner.tenant, "Vera", &[PartnerRole::GlobalAdmin], false);
        relationship::end(&w.test.app, &boss, w.customer.id).unwrap();
        assert!(matches!(w.view(&w.maya, number), Err(Error::NotFound)));
        assert!(matches!(w.open(&w.maya, None), Err(Error::NotFound)));
        assert!(w.numbers_of_all(&w.maya).is_empty());
        assert_eq!(w.numbers(&w.ingrid), [number]);
    });
}

#[test]
fn a_supporter_sees_it_while_it_supports() {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        let provider = test.partner("Skagerrak", "skagerrak.no", PartnerKind::IndirectProvider, &["NO"], None);
        let kaspar = test.person(&provider.tenant, "Kaspar", &[PartnerRole::AdminAgent], false);
        let of = Some(provider.tenant.id);
        let reseller = test.partner("Lindgren", "lindgren.no", PartnerKind::IndirectReseller, &["NO"], of);
        let sofia = test.person(&reseller.tenant, "Sofia", &[PartnerRole::AdminAgent], false);
        let customer = test.tenant("Havn", "havn.no", Cloud::Public, "NO");
        let hanna = test.person(&customer, "Hanna", &[], true);
        let draft = draft_to("hanna@havn.no");
        let draft = entente_app::invitation::Draft { companion: Some(reseller.tenant.id), ..draft };
        let view = entente_app::invitation::create(&test.app, &kaspar, draft).unwrap();
        acceptance::accept(&test.app, &hanna, &opened(&view), customer.cloud, ALL).unwrap();
        let (app, at) = (&test.app, customer.id);
        let sold = subscription::add(app, &kaspar, at, "mail-plan", Some(5)).unwrap().id;
        let number = requests::open(app, &hanna, at, new(Some(sold))).unwrap();
        let sees = |who: &Ctx| {
            let one = requests::view(app, who, at, number).is_ok();
            let listed = |lines: Vec<requests::Line>| lines.iter().any(|it| it.request.number == number);
            let here = listed(requests::list(app, who, at, Filter::default(), None, 10).unwrap());
            let all = listed(requests::of_partner(app, who, Filter::default(), None, 10).unwrap());
            assert_eq!((one, one), (here, all), "the lists say what the page says");
            one
        };
        assert_eq!((sees(&kaspar), sees(&sofia)), (true, false));
        subscription::assign_support(app, &kaspar, at, sold, reseller.tenant.id).unwrap();
        assert_eq!((sees(&kaspar), sees(&sofia)), (true, true));
        let supporter = requests::view(app, &hanna, at, number).unwrap().supporter;
        assert_eq!(supporter.as_deref(), Some("Lindgren"));
        subscription::assign_support(app, &kaspar, at, sold, provider.tenant.id).unwrap();
        assert_eq!((sees(&kaspar), sees(&sofia)), (true, false));
    });
}

#[test]
fn who_may_do_what() {
    let mut table = String::new();
    for_each_engine(|store| {
        table = String::from(
            "person                                 list all  list  open  view  note  upload  close  reopen\n",
        );
        let w = World::new(store);
        let granted = w.test.tenant("Havn", "havn.no", Cloud::Public, "NO");
        let hanna = w.test.person(&granted, "Hanna", &[], true);
        let kept = w.test.tenant("Skog", "skog.no", Cloud::Public, "NO");
        let sara = w.test.person(&kept, "Sara", &[], true);
        connect(&w.test, &w.maya, &granted, &hanna, true);
        connect(&w.test, &w.maya, &kept, &sara, true);
        relationship::remove_privileges(&w.test.app, &sara, w.partner.tenant.id, None).unwrap();
        let mut rows: Vec<(String, Ctx, TenantId, Ctx)> = Vec::new();
        for role in PartnerRole::ALL {
            let name = role.code().replace('_', "");
            let person = w.test.person(&w.partner.tenant, &name, &[*role], false);
            for (state, customer) in [("never granted", w.customer.id), ("granted", granted.id), ("removed", kept.id)] {
                rows.push((format!("{}, {state}", role.code()), person.clone(), customer, w.maya.clone()));
            }
        }
        let employees = [
            ("global administrator", w.ingrid.clone()),
            ("service support administrator", w.employee("Petter", &[SERVICE_SUPPORT_ADMINISTRATOR])),
            ("user administrator", w.employee("Ulla", &[USER_ADMINISTRATOR])),
            ("global reader", w.employee("Rolf", &[GLOBAL_READER])),
            ("no role", w.employee("Ola", &[])),
        ];
        for (name, person) in employees {
            rows.push((format!("customer's {name}"), person, w.customer.id, w.maya.clone()));
        }
        rows.push(("another partner's admin agent".to_owned(), w.otto.clone(), granted.id, w.maya.clone()));
        rows.push(("nobody".to_owned(), Ctx { person: None, ..w.ali.clone() }, w.customer.id, w.maya.clone()));
        let app = &w.test.app;
        for (name, person, at, opener) in rows {
            let fresh = || requests::open(app, &opener, at, new(None)).unwrap();
            let closed = || {
                let number = fresh();
                requests::close(app, &opener, at, number).unwrap();
                number
            };
            let word = |answer: Result<(), Error>| match answer {
                Ok(()) => "yes".to_owned(),
                Err(Error::Denied(_)) => "role".to_owned(),
                Err(Error::Acting(it)) => it.because.code().chars().take(8).collect(),
                Err(Error::NotFound) => "404".to_owned(),
                Err(Error::SignInRequired) => "401".to_owned(),
                Err(other) => panic!("{name}: {other:?}"),
            };
            let filter = Filter::default();
            let answers = [
                requests::of_partner(app, &person, filter, None, 5).map(drop),
                requests::list(app, &person, at, filter, None, 5).map(drop),
                requests::open(app, &person, at, new(None)).map(drop),
                requests::view(app, &person, at, fresh()).map(drop),
                requests::note(app, &person, at, fresh(), text("x"), Vec::new()),
                attachment::upload(app, &person, at, fresh(), "a.txt", b"x".to_vec()).map(drop),
                requests::close(app, &person, at, fresh()),
                requests::reopen(app, &person, at, closed()),
            ];
            let words: Vec<String> = answers.into_iter().map(|it| format!("{:9}", word(it))).collect();
            writeln!(table, "{name:40}{}", words.concat().trim_end()).unwrap();
        }
        insta::assert_snapshot!("who_may_do_what", table);
    });
}

#[test]
fn a_closed_one_takes_nothing_and_opens_again_for_fourteen_days() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let number = w.open(&w.ali, None).unwrap();
        requests::close(app, &w.ali, w.customer.id, number).unwrap();
        refused(w.note(&w.ali, number), Because::Closed);
        refused(w.upload(&w.ali, number, "a.txt", b"x"), Because::Closed);
        refused(desk::answer(app, number, text("x")), Because::Closed);
        refused(desk::close(app, number), Because::Closed);
        w.test.clock.advance_days(14);
        requests::reopen(app, &w.ingrid, w.customer.id, number).unwrap();
        refused(requests::reopen(app, &w.ali, w.customer.id, number), Because::NotClosed);
        desk::close(app, number).unwrap();
        w.test.clock.advance_days(14);
        w.test.clock.advance_seconds(1);
        refused(requests::reopen(app, &w.ali, w.customer.id, number), Because::TooLate);
    });
}

#[test]
fn lists_are_filtered_and_go_on_below_a_number() {
    for_each_engine(|store| {
        let w = World::new(store);
        let numbers: Vec<i64> = (0..5).map(|_| w.open(&w.ali, None).unwrap()).collect();
        desk::close(&w.test.app, numbers[1]).unwrap();
        desk::ask_back(&w.test.app, numbers[3], text("?")).unwrap();
        let list = |state, severity, below, limit| {
            let filter = Filter { state, severity };
            let own = requests::list(&w.test.app, &w.ali, w.customer.id, filter, below, limit).unwrap();
            let all = requests::of_partner(&w.test.app, &w.ali, filter, below, limit).unwrap();
            let theirs = requests::list(&w.test.app, &w.ingrid, w.customer.id, filter, below, limit).unwrap();
            assert!(own == all && own == theirs);
            own.iter().map(|it| it.request.number).collect::<Vec<_>>()
        };
        assert_eq!(list(Some(Standing::Closed), None, None, 9), [numbers[1]]);
        assert_eq!(list(Some(Standing::Open), None, Some(numbers[4]), 9), [numbers[2], numbers[0]]);
        assert_eq!(list(None, Some(Severity::Critical), None, 9), [0_i64; 0]);
        assert_eq!(list(None, Some(Severity::Moderate), None, 2), [numbers[4], numbers[3]]);
        let attention = Filter { state: Some(Standing::AttentionNeeded), severity: None };
        let queue = desk::queue(&w.test.app, attention, 0, 9).unwrap();
        assert_eq!(queue.iter().map(|it| it.request.number).collect::<Vec<_>>(), [numbers[3]]);
        let rest = desk::queue(&w.test.app, Filter::default(), numbers[2], 9).unwrap();
        assert_eq!(rest.len(), 2);
        let mut bad = new(None);
        bad.topic = "nothing".to_owned();
        invalid(requests::open(&w.test.app, &w.ali, w.customer.id, bad), "topic", Invalid::NotOffered);
    });
}

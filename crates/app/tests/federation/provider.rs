//! What an administrator says about the provider.

use entente_app::federation::{self, Side, Wanted};
use entente_app::{Ctx, Error, Field, Invalid, tenant};
use entente_domain::assurance::{FRESH_SECONDS, Proof, StepUp};
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::EventKind;
use entente_domain::federation::Because;
use entente_domain::language::Language;
use entente_domain::tenant::PartnerKind;
use entente_domain::text::TextError;
use entente_testkit::for_each_engine;

use crate::world::{OLA, World, because, claims, set_enabled, wanted};

#[test]
fn a_provider_is_described_field_by_field() {
    for_each_engine(|store| {
        let w = World::before(store);
        let refused = |wanted: Wanted| match w.configure(wanted).unwrap_err() {
            Error::Invalid(fields) => fields,
            other => panic!("{other:?}"),
        };
        let field = |name, why| vec![Field { name, why }];
        let good = wanted(&["fjordline.no"], None);
        for issuer in
            ["", "login.example", "http://login.example", "https://login.example?x", "https://a@login.example"]
        {
            let wrong = Wanted { issuer: issuer.to_owned(), ..good.clone() };
            assert_eq!(refused(wrong), field("issuer", Invalid::NotAnIssuer), "{issuer}");
        }
        assert_eq!(
            refused(Wanted { client_id: String::new(), ..good.clone() }),
            field("client_id", Invalid::NotAClient)
        );
        assert_eq!(
            refused(Wanted { secret: "\u{7}".to_owned(), ..good.clone() }),
            field("secret", Invalid::NotAClient)
        );
        assert_eq!(refused(wanted(&[], None)), field("domains", Invalid::Text(TextError::Empty)));
        for domain in ["kestrel.no", "no", "sub.fjordline.no"] {
            assert_eq!(refused(wanted(&["fjordline.no", domain], None)), field("domains", Invalid::NotOffered));
        }
        // A version that was not looked at is not overwritten.
        assert!(matches!(w.configure(wanted(&["fjordline.no"], Some(1))), Err(Error::Conflict)));
        w.configure(good.clone()).unwrap();
        assert!(matches!(w.configure(good), Err(Error::Conflict)));
        let view = federation::view(&w.test.app, &w.admin, Side::Customer).unwrap();
        let provider = view.provider.unwrap();
        assert!(!provider.enabled, "nobody is sent to a provider that nobody tested");
        assert_eq!(w.count(EventKind::ProviderChanged), 1);
        // A provider that does not answer is not switched on.
        w.provider.says().silent = true;
        let on = federation::set_enabled(&w.test.app, &w.admin, Side::Customer, true);
        assert_eq!(because(on), Because::Unreachable);
        w.provider.says().silent = false;
        federation::test(&w.test.app, &w.admin, Side::Customer).unwrap();
    });
}

#[test]
fn the_secret_never_travels_to_an_address_it_was_not_typed_for() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.enter().unwrap();
        let kept = Wanted { secret: String::new(), ..wanted(&["fjordline.no"], Some(2)) };
        w.configure(kept).unwrap();
        w.enter().expect("the secret is kept");
        let elsewhere = "https://login.other.example".to_owned();
        w.configure(Wanted { issuer: elsewhere, secret: String::new(), ..wanted(&["fjordline.no"], Some(3)) }).unwrap();
        let view = federation::view(&w.test.app, &w.admin, Side::Customer).unwrap();
        assert_eq!((view.secret, view.linked), (false, 0));
        assert!(!view.provider.unwrap().enabled, "another provider has to be switched on anew");
    });
}

#[test]
fn only_global_administrators_name_a_provider_and_each_for_their_own() {
    for_each_engine(|store| {
        let w = World::new(store);
        let kestrel = w.test.tenant("Kestrel", "kestrel.no", Cloud::Public, "NO");
        let pia = w.test.person(&kestrel, "Pia", &[], true);
        let app = &w.test.app;
        assert!(federation::view(app, &pia, Side::Customer).unwrap().provider.is_none());
        assert!(matches!(federation::set_enabled(app, &pia, Side::Customer, false), Err(Error::NotFound)));
        assert!(matches!(federation::remove(app, &pia, Side::Customer), Err(Error::NotFound)));
        assert!(matches!(federation::view(app, &w.admin, Side::Partner), Err(Error::NotFound)));
        let denied = |it: Result<(), Error>| assert!(matches!(it, Err(Error::Denied(_))), "{it:?}");
        denied(federation::view(app, &w.ola, Side::Customer).map(|_| ()));
        denied(federation::configure(app, &w.ola, Side::Customer, wanted(&["fjordline.no"], Some(2))));
        denied(federation::set_enabled(app, &w.ola, Side::Customer, false));
        denied(federation::test(app, &w.ola, Side::Customer));
        denied(federation::remove(app, &w.ola, Side::Customer));
        let partner = w.test.partner("Brightwater", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        for role in PartnerRole::ALL {
            let who = w.test.person(&partner.tenant, &role.code().replace('_', "x"), &[*role], false);
            let answer = federation::view(app, &who, Side::Partner);
            assert_eq!(answer.is_ok(), *role == PartnerRole::GlobalAdmin, "{role:?}");
        }
        let nobody = Ctx::anonymous(None, Language::En);
        assert!(matches!(federation::view(app, &nobody, Side::Customer), Err(Error::SignInRequired)));
    });
}

#[test]
fn a_provider_is_named_and_changed_by_whoever_has_just_proved_who_they_are() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let partner = w.test.partner("Brightwater", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = w.test.person(&partner.tenant, "Maya", &[PartnerRole::GlobalAdmin], false);
        w.test.clock.advance_seconds(FRESH_SECONDS + 1);
        let answers = |who: &Ctx, side, domain: &str, version| {
            [
                federation::view(app, who, side).map(|_| ()),
                federation::configure(app, who, side, wanted(&[domain], version)),
                federation::test(app, who, side),
                federation::set_enabled(app, who, side, true),
                federation::set_enabled(app, who, side, false),
                federation::remove(app, who, side),
            ]
        };
        for (at, answer) in answers(&w.admin, Side::Customer, "fjordline.no", Some(2))
            .into_iter()
            .chain(answers(&maya, Side::Partner, "brightwater.no", None))
            .enumerate()
        {
            assert!(matches!(answer, Err(Error::StepUp(StepUp::NotFresh))), "{at}: {answer:?}");
        }
        assert_eq!((w.count(EventKind::ProviderChanged), w.count(EventKind::ProviderRemoved)), (2, 0));
        for answer in answers(&w.test.confirmed(&w.admin), Side::Customer, "fjordline.no", Some(2)) {
            answer.unwrap();
        }
        federation::configure(app, &w.test.confirmed(&maya), Side::Partner, wanted(&["brightwater.no"], None)).unwrap();
    });
}

#[test]
fn a_global_administrator_always_keeps_a_way_in() {
    for_each_engine(|store| {
        let w = World::before(store);
        let app = &w.test.app;
        let siri = Person {
            id: app.new_id(),
            tenant: w.fjordline.id,
            upn: "siri@fjordline.no".parse().unwrap(),
            name: "Siri".parse().unwrap(),
            mail: "siri@fjordline.no".parse().unwrap(),
            language: None,
            enabled: true,
            partner_roles: Vec::new(),
            directory_roles: vec![GLOBAL_ADMINISTRATOR],
        };
        tenant::add_person(app, &Ctx::operator(), siri.clone(), None).unwrap();
        let siri = Ctx::signed_in(&siri, Proof::password(app.now()), None, Language::En);
        w.configure(wanted(&["fjordline.no"], None)).unwrap();
        let ingrid = w.admin.person.unwrap();
        set_enabled(&w, ingrid, false);
        // Siri has neither password nor link.
        let turn = |on| federation::set_enabled(app, &siri, Side::Customer, on);
        assert_eq!(because(turn(true)), Because::LastWayIn);
        set_enabled(&w, ingrid, true);
        turn(true).unwrap();
        w.provider.says().claims = claims("siri", "siri@fjordline.no");
        assert_eq!(w.enter().unwrap().ctx.person, siri.person);
        set_enabled(&w, ingrid, false);
        // Now her link is the only way in that is left.
        assert_eq!(because(turn(false)), Because::LastWayIn);
        assert_eq!(because(federation::remove(app, &siri, Side::Customer)), Because::LastWayIn);
        let moved = Wanted { issuer: "https://login.other.example".to_owned(), ..wanted(&["fjordline.no"], Some(2)) };
        assert_eq!(because(federation::configure(app, &siri, Side::Customer, moved)), Because::LastWayIn);
        w.enter().unwrap();
        set_enabled(&w, ingrid, true);
        federation::remove(app, &siri, Side::Customer).unwrap();
        assert!(w.begin(OLA).unwrap().is_none());
        w.password(OLA).unwrap();
        assert_eq!(w.count(EventKind::ProviderRemoved), 1);
    });
}

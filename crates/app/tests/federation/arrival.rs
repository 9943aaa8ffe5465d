//! Who comes in by way of the provider, who is linked, and who is not.

use entente_app::federation::{self, Answer, Leaving, Side};
use entente_app::sign_in::{self, Audience};
use entente_app::{Ctx, Error};
use entente_domain::assurance::Method;
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::federation::Because;
use entente_domain::language::Language;
use entente_domain::tenant::PartnerKind;
use entente_identity::VisitToken;
use entente_testkit::for_each_engine;
use entente_testkit::provider::{CLIENT, Signed};
use serde_json::{Value, json};

use crate::world::{Forge, OLA, ORIGIN, PORTAL, World, answer_at, because, claims, set_enabled, wanted};

#[test]
fn somebody_is_linked_once_and_comes_in_from_then_on() {
    for_each_engine(|store| {
        let w = World::new(store);
        let entered = w.enter().unwrap();
        assert_eq!(entered.ctx.person, w.ola.person);
        assert_eq!(entered.return_path, "/portal/settings");
        let resumed = sign_in::resume(&w.test.app, PORTAL, &entered.token, None).unwrap();
        assert_eq!(resumed.proof.unwrap().methods(), [Method::Federated]);
        assert_eq!((w.count(EventKind::PersonLinked), w.count(EventKind::SignedIn)), (1, 3));
        // Now the subject alone counts: other names, no address, a second factor.
        w.provider.says().claims = json!({ "sub": "ola", "preferred_username": "renamed", "amr": ["pwd", "mfa"] });
        let again = w.enter().unwrap();
        assert_eq!(again.ctx.person, w.ola.person);
        assert_eq!(again.ctx.proof.unwrap().methods(), [Method::FederatedStrong]);
        assert_eq!(w.count(EventKind::PersonLinked), 1);
        let view = federation::view(&w.test.app, &w.admin, Side::Customer).unwrap();
        assert_eq!((view.linked, view.secret), (1, true));
    });
}

#[test]
fn a_verified_address_told_at_the_userinfo_endpoint_counts_as_well() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.provider.says().claims = json!({ "sub": "ola" });
        w.provider.says().more = Some(json!({ "sub": "ola", "email": OLA, "email_verified": true }));
        assert_eq!(w.enter().unwrap().ctx.person, w.ola.person);
        // What it tells of somebody else is not believed.
        w.provider.says().claims = json!({ "sub": "other" });
        assert_eq!(because(w.enter()), Because::NotTrusted);
    });
}

#[test]
fn tools_sign_people_in_through_the_provider_at_the_authority() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, nobody) = (&w.test.app, Ctx::anonymous(None, Language::En));
        let back = "/fjordline.no/oauth2/v2.0/authorize?client_id=1";
        let (browser, url) = w.begin_at(Audience::Authority, OLA, back, false).unwrap().unwrap();
        let answer = answer_at("/authority", &w.provider.sign_in(&url));
        // The way back is good where it began and nowhere else.
        let elsewhere = federation::finish(app, &nobody, PORTAL, &answer, Some(&browser.visit));
        assert_eq!(because(elsewhere), Because::NotBegun);
        let arrived = federation::finish(app, &nobody, Audience::Authority, &answer, Some(&browser.visit)).unwrap();
        assert_eq!(arrived.return_path, back);
        let (token, ctx) = arrived.entered.session().unwrap();
        assert_eq!(ctx.person, w.ola.person);
        sign_in::resume(app, Audience::Authority, &token, None).unwrap();
        assert!(sign_in::resume(app, PORTAL, &token, None).is_err(), "a session of one is nothing at another");
        // Both addresses are told to whoever registers us at the provider.
        let told = |who: &Ctx, side| {
            let told = federation::view(app, who, side).unwrap().redirects.into_iter();
            told.map(|(_, at)| at.trim_start_matches(ORIGIN).to_owned()).collect::<Vec<_>>()
        };
        let (portal, authority) = ("/portal/public/sign-in/federated", "/authority/sign-in/federated");
        assert_eq!(told(&w.admin, Side::Customer), [portal, authority]);
        let partner = w.test.partner("Brightwater", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = w.test.person(&partner.tenant, "Maya", &[PartnerRole::GlobalAdmin], false);
        assert_eq!(told(&maya, Side::Partner), ["/partner/sign-in/federated", portal, authority]);
    });
}

#[test]
fn nobody_is_linked_without_a_verified_address_of_a_covered_domain() {
    for_each_engine(|store| {
        let w = World::new(store);
        let other = w.test.tenant("Kestrel", "kestrel.no", Cloud::Public, "NO");
        w.test.person(&other, "Pia", &[], false);
        for (claims, expected) in [
            (json!({ "sub": "x", "preferred_username": OLA }), Because::NotVerified),
            (json!({ "sub": "x", "email": OLA }), Because::NotVerified),
            (json!({ "sub": "x", "email": OLA, "email_verified": false }), Because::NotVerified),
            (
                json!({ "sub": "x", "preferred_username": OLA, "email": "ola@gmail.example", "email_verified": true }),
                Because::NotVerified,
            ),
            // A name somebody chose, beside an address that is their own.
            (
                json!({ "sub": "x", "preferred_username": "ingrid@fjordline.no", "email": OLA, "email_verified": true }),
                Because::NotVerified,
            ),
            (claims("x", "nobody@fjordline.no"), Because::NotHere),
            (claims("x", "pia@kestrel.no"), Because::NotHere),
            (json!({ "sub": "x" }), Because::NotHere),
        ] {
            w.provider.says().claims = claims.clone();
            let failed = w.count(EventKind::SignInFailed);
            assert_eq!(because(w.enter()), expected, "{claims}");
            assert_eq!(w.count(EventKind::SignInFailed), failed + 1);
        }
        assert_eq!(w.count(EventKind::PersonLinked), 0);
    });
}

#[test]
fn a_subject_and_a_person_belong_to_each_other_alone() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.enter().unwrap();
        // Another subject with Ola's names, for instance an account made anew after he left.
        w.provider.says().claims = claims("another", OLA);
        assert_eq!(because(w.enter()), Because::LinkedElsewhere);
        // Ola's subject with Ingrid's names is still Ola.
        w.provider.says().claims = claims("ola", "ingrid@fjordline.no");
        assert_eq!(w.enter().unwrap().ctx.person, w.ola.person);
    });
}

#[test]
fn a_way_back_is_good_once_in_one_browser_for_ten_minutes() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (browser, answer) = w.sent_back();
        let (stranger, _) = w.sent_back();
        assert_eq!(because(w.finish(&stranger, &answer)), Because::NotBegun, "a way back was sent to a victim");
        let nobody = Ctx::anonymous(None, Language::En);
        let none = federation::finish(&w.test.app, &nobody, PORTAL, &answer, None);
        assert_eq!(because(none), Because::NotBegun);
        let elsewhere = federation::finish(&w.test.app, &nobody, Audience::Partner, &answer, Some(&browser.visit));
        assert_eq!(because(elsewhere), Because::NotBegun);
        w.finish(&browser, &answer).unwrap();
        assert_eq!(because(w.finish(&browser, &answer)), Because::NotBegun, "used already");
        for state in ["", "x", &"A".repeat(43)] {
            let made_up = Answer { state: state.to_owned(), ..answer.clone() };
            assert_eq!(because(w.finish(&browser, &made_up)), Because::NotBegun);
        }
        let (browser, answer) = w.sent_back();
        w.test.clock.advance_seconds(10 * 60);
        assert_eq!(because(w.finish(&browser, &answer)), Because::TooLate);
        let (browser, answer) = w.sent_back();
        let declined = Answer { code: None, ..answer };
        assert_eq!(because(w.finish(&browser, &declined)), Because::Declined);
    });
}

#[test]
fn what_does_not_hold_is_not_believed() {
    for_each_engine(|store| {
        let w = World::new(store);
        for signed in [Signed::ByAnother, Signed::NotAtAll, Signed::WithTheSecret] {
            w.provider.says().signed = signed;
            assert_eq!(because(w.enter()), Because::NotTrusted, "{signed:?}");
        }
        w.provider.says().signed = Signed::Well;
        let forgeries: [(&str, Forge); 9] = [
            ("another issuer", |it| it["iss"] = json!("https://login.other.example")),
            ("another recipient", |it| it["aud"] = json!("another")),
            ("several recipients", |it| it["aud"] = json!([CLIENT, "another"])),
            ("issued for another", |it| it["azp"] = json!("another")),
            ("another nonce", |it| it["nonce"] = json!("another")),
            ("no nonce", |it| it["nonce"] = Value::Null),
            ("over", |it| it["exp"] = it["iat"].clone()),
            ("from the future", |it| it["iat"] = json!(it["iat"].as_i64().unwrap() + 3600)),
            ("nobody", |it| it["sub"] = Value::Null),
        ];
        for (said, forge) in forgeries {
            w.provider.says().forge = Box::new(forge);
            assert_eq!(because(w.enter()), Because::NotTrusted, "{said}");
        }
        w.provider.says().forge = Box::new(|_| {});
        // Who answers is said beside the code, and has to be who was asked.
        for issuer in [None, Some("https://login.other.example".to_owned())] {
            let (browser, answer) = w.sent_back();
            assert_eq!(because(w.finish(&browser, &Answer { issuer, ..answer })), Because::NotTrusted);
        }
        // A code of somebody else's sign-in is not redeemed, since the verifier is another.
        let ((browser, mine), (_, other)) = (w.sent_back(), w.sent_back());
        assert_eq!(because(w.finish(&browser, &Answer { code: other.code, ..mine })), Because::Declined);
        let (browser, answer) = w.sent_back();
        w.provider.says().describe = Box::new(|it| it["issuer"] = json!("https://login.other.example"));
        assert_eq!(because(w.finish(&browser, &answer)), Because::NotTrusted);
        w.provider.says().describe = Box::new(|_| {});
        let (browser, answer) = w.sent_back();
        w.provider.says().silent = true;
        assert_eq!(because(w.finish(&browser, &answer)), Because::Unreachable);
        assert_eq!(because(w.begin(OLA).map(|_| ())), Because::Unreachable);
        assert_eq!((w.count(EventKind::PersonLinked), w.count(EventKind::SignedIn)), (0, 2));
        w.provider.says().silent = false;
        w.enter().unwrap();
    });
}

#[test]
fn a_switched_off_or_changed_provider_and_a_blocked_person_let_nobody_in() {
    for_each_engine(|store| {
        let w = World::new(store);
        w.enter().unwrap();
        let (browser, answer) = w.sent_back();
        federation::set_enabled(&w.test.app, &w.admin, Side::Customer, false).unwrap();
        assert_eq!(because(w.finish(&browser, &answer)), Because::NotBegun, "what was under way has ended");
        assert!(w.begin(OLA).unwrap().is_none());
        w.password(OLA).unwrap();
        federation::set_enabled(&w.test.app, &w.admin, Side::Customer, true).unwrap();
        // Changed between the two looks of the way back: while the provider was asked.
        let (browser, answer) = w.sent_back();
        let (app, admin) = (w.test.app.clone(), w.admin.clone());
        let version = federation::view(&app, &admin, Side::Customer).unwrap().provider.unwrap().version;
        w.provider.says().forge = Box::new(move |_| {
            federation::configure(&app, &admin, Side::Customer, wanted(&["fjordline.no"], Some(version))).unwrap();
        });
        assert_eq!(because(w.finish(&browser, &answer)), Because::SwitchedOff);
        w.provider.says().forge = Box::new(|_| {});
        let (browser, answer) = w.sent_back();
        set_enabled(&w, w.ola.person.unwrap(), false);
        assert_eq!(because(w.finish(&browser, &answer)), Because::NotHere);
        assert_eq!(because(w.enter()), Because::NotHere);
    });
}

/// A customer's people are blocked where they are managed, which is not here yet; so the row is set.
#[test]
fn a_name_leads_to_the_provider_of_its_domain_and_nowhere_else() {
    for_each_engine(|store| {
        let w = World::new(store);
        let kestrel = w.test.tenant("Kestrel", "kestrel.no", Cloud::Public, "NO");
        w.test.person(&kestrel, "Pia", &[], false);
        // Whoever is asked for, known or not: the domain decides.
        for name in [OLA, "OLA@FJORDLINE.NO", "nobody@fjordline.no"] {
            assert!(w.begin(name).unwrap().is_some(), "{name}");
        }
        w.test.fetch.asked();
        for name in
            ["pia@kestrel.no", "nobody@kestrel.no", "nobody@nowhere.example", "ola@sub.fjordline.no", "", "ola", "@"]
        {
            assert!(w.begin(name).unwrap().is_none(), "{name}");
        }
        assert!(w.test.fetch.asked().is_empty(), "nobody is asked about other domains");
        // Other portals than the organisation's do not lead there either.
        let nobody = Ctx::anonymous(None, Language::En);
        let visit = VisitToken::generate(w.test.app.random());
        let leaving = Leaving { visit: &visit, return_path: "/", fresh: false };
        for audience in [Audience::Partner, Audience::Customer(Cloud::Germany)] {
            assert!(federation::begin(&w.test.app, &nobody, audience, OLA, leaving).unwrap().is_none());
        }
        // The password is the provider's matter now, except for the global administrator; other organisations keep theirs.
        assert!(matches!(w.password(OLA), Err(Error::WrongCredentials)));
        w.password("ingrid@fjordline.no").unwrap();
        w.password("pia@kestrel.no").unwrap();
    });
}

#[test]
fn tries_from_one_address_are_limited() {
    for_each_engine(|store| {
        let w = World::new(store);
        for _ in 0..100 {
            w.begin(OLA).unwrap();
        }
        assert!(matches!(w.begin(OLA), Err(Error::TooMany { .. })));
    });
}

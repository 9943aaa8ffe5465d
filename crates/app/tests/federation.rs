//! Signing in at an organisation's own provider: who is linked, who comes in, and every reason why not. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use entente_app::federation::{self, Answer, Side, Wanted};
use entente_app::sign_in::{self, Audience};
use entente_app::{Ctx, Error, Field, Invalid, tenant};
use entente_domain::assurance::{Method, Proof};
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::EventKind;
use entente_domain::federation::Because;
use entente_domain::ids::UserId;
use entente_domain::language::Language;
use entente_domain::tenant::{PartnerKind, Tenant};
use entente_domain::text::TextError;
use entente_identity::{SessionToken, VisitToken};
use entente_store::Store;
use entente_testkit::app::PASSWORD;
use entente_testkit::provider::{CLIENT, Provider, SECRET, Signed};
use entente_testkit::{TestApp, for_each_engine};
use serde_json::{Value, json};

const ISSUER: &str = "https://login.fjordline.example";
const OLA: &str = "ola@fjordline.no";
const PORTAL: Audience = Audience::Customer(Cloud::Public);

/// Fjordline with its administrator and a user, whose provider is switched on for its one domain.
struct World {
    test: TestApp,
    fjordline: Tenant,
    admin: Ctx,
    ola: Ctx,
    provider: Arc<Provider>,
}

/// Changes the claims of a finished token.
type Forge = fn(&mut Value);

/// Somebody who came in.
#[derive(Debug)]
struct Came {
    token: SessionToken,
    ctx: Ctx,
    return_path: String,
}

/// Somebody in front of a browser.
struct Browser {
    visit: VisitToken,
}

impl World {
    fn new(store: &Store) -> Self {
        let world = Self::before(store);
        world.configure(wanted(&["fjordline.no"], None)).unwrap();
        federation::set_enabled(&world.test.app, &world.admin, Side::Customer, true).unwrap();
        world
    }

    /// The same before anybody has named a provider.
    fn before(store: &Store) -> Self {
        let test = TestApp::new(store);
        let fjordline = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&fjordline, "Ingrid", &[], true);
        let ola = test.person(&fjordline, "Ola", &[], false);
        let provider = Provider::begin(&test, ISSUER);
        provider.says().claims = claims("ola", OLA);
        Self { test, fjordline, admin, ola, provider }
    }

    fn configure(&self, wanted: Wanted) -> Result<(), Error> {
        federation::configure(&self.test.app, &self.admin, Side::Customer, wanted)
    }

    fn begin(&self, name: &str) -> Result<Option<(Browser, String)>, Error> {
        let visit = VisitToken::generate(self.test.app.random());
        let nobody = Ctx::anonymous(Some("192.0.2.7".to_owned()), Language::En);
        let begun = federation::begin(&self.test.app, &nobody, PORTAL, name, (&visit, "/portal/settings"))?;
        Ok(begun.map(|it| {
            assert_eq!(it.organisation, "Fjordline");
            (Browser { visit }, it.url)
        }))
    }

    /// Where the provider sends Ola back to, and the browser that brings it.
    fn sent_back(&self) -> (Browser, Answer) {
        let (browser, url) = self.begin(OLA).unwrap().unwrap();
        (browser, answer(&self.provider.sign_in(&url)))
    }

    fn finish(&self, browser: &Browser, answer: &Answer) -> Result<Came, Error> {
        let nobody = Ctx::anonymous(Some("192.0.2.7".to_owned()), Language::En);
        let arrived = federation::finish(&self.test.app, &nobody, PORTAL, answer, Some(&browser.visit))?;
        let (token, ctx) = arrived.entered.session().unwrap();
        Ok(Came { token, ctx, return_path: arrived.return_path })
    }

    /// The whole way.
    fn enter(&self) -> Result<Came, Error> {
        let (browser, answer) = self.sent_back();
        self.finish(&browser, &answer)
    }

    fn password(&self, name: &str) -> Result<(), Error> {
        let nobody = Ctx::anonymous(None, Language::En);
        sign_in::start(&self.test.app, &nobody, PORTAL, name, PASSWORD).map(|_| ())
    }

    fn count(&self, kind: EventKind) -> usize {
        self.test.events(self.fjordline.id).into_iter().filter(|it| *it == kind).count()
    }
}

fn claims(subject: &str, email: &str) -> Value {
    json!({ "sub": subject, "preferred_username": email, "email": email, "email_verified": true })
}

fn wanted(domains: &[&str], version: Option<i64>) -> Wanted {
    Wanted {
        issuer: ISSUER.to_owned(),
        client_id: CLIENT.to_owned(),
        secret: SECRET.to_owned(),
        domains: domains.iter().map(|it| (*it).to_owned()).collect(),
        version,
    }
}

fn answer(back: &str) -> Answer {
    let (place, query) = back.split_once('?').unwrap();
    assert_eq!(place, "https://halden.example/portal/public/sign-in/federated");
    let get = |name: &str| {
        query.split('&').find_map(|it| {
            it.strip_prefix(name)?.strip_prefix('=').map(|it| it.replace("%3A", ":").replace("%2F", "/"))
        })
    };
    Answer { state: get("state").unwrap(), code: get("code"), issuer: get("iss") }
}

fn because<T: std::fmt::Debug>(answer: Result<T, Error>) -> Because {
    match answer.unwrap_err() {
        Error::Federation(refused) => refused.because,
        other => panic!("{other:?}"),
    }
}

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
fn set_enabled(w: &World, person: UserId, enabled: bool) {
    use entente_domain::policy::{Permit, Unattended};
    let permit = || Permit::unattended(Unattended::Operator);
    w.test.app.store().write(move |tx| entente_store::directory::set_enabled(tx, &permit(), person, enabled)).unwrap();
}

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
        for audience in [Audience::Partner, Audience::Customer(Cloud::Germany)] {
            assert!(federation::begin(&w.test.app, &nobody, audience, OLA, (&visit, "/")).unwrap().is_none());
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

//! What needs a fresh proof, what never does, and how somebody proves again who they are.

use std::sync::Barrier;
use std::thread;

use entente_app::acceptance::{self, Opened};
use entente_app::sign_in::confirm::{Shown, begin_passkey, confirm, ways};
use entente_app::sign_in::{self, Audience};
use entente_app::{Answer, Ctx, Error, customer, factor, people, relationship};
use entente_domain::assurance::{Method, Proof, StepUp};
use entente_domain::cloud::Cloud;
use entente_domain::event::EventKind;
use entente_domain::factor::Security;
use entente_domain::ids::{Id as _, PasskeyId};
use entente_identity::SessionToken;
use entente_testkit::app::PASSWORD;
use entente_testkit::requests::ALL;

use crate::world::{HERE, ORIGIN, World, in_each};

/// The customer side of a relationship that can be accepted through a standing link.
fn customer_of(w: &World) -> (Ctx, Opened) {
    let home = w.test.tenant("Fjordline AS", "fjordline.no", Cloud::Public, "NO");
    let admin = w.test.person(&home, "Ingrid", &[], true);
    let (partner, number) = (w.partner.tenant.id, Some(w.partner.number.clone()));
    (admin, Opened::Standing { partner, provider: None, number, privileges: true, cloud: Cloud::Public })
}

fn accept(w: &World, who: &Ctx, link: &Opened) -> Result<(), Error> {
    acceptance::accept(&w.test.app, who, link, Cloud::Public, ALL).map(|_| ())
}

type Try = fn(&World, &Ctx) -> Result<(), Error>;

/// Every operation of a partner's person that gives more away, on whoever it is given.
const PROTECTED: &[(&str, Try)] = &[
    ("export", |w, who| customer::export(&w.test.app, who, &customer::Query::default()).map(|_| ())),
    ("add an application", |w, who| factor::begin_application(&w.test.app, who, HERE).map(|_| ())),
    ("add a passkey", |w, who| factor::begin_passkey(&w.test.app, who, HERE, ORIGIN).map(|_| ())),
    ("remove an application", |w, who| factor::remove_application(&w.test.app, who)),
    ("remove a passkey", |w, who| factor::remove_passkey(&w.test.app, who, PasskeyId::from_uuid(uuid::Uuid::nil()))),
    ("make codes", |w, who| factor::make_codes(&w.test.app, who).map(|_| ())),
    ("require a factor", |w, who| {
        factor::set_partner_security(&w.test.app, who, Security { required: true, ..Security::NOTHING })
    }),
    ("reset factors", |w, who| people::reset_factors(&w.test.app, who, w.tom.person.unwrap())),
];

#[test]
fn what_gives_more_away_needs_a_fresh_and_strong_proof() {
    in_each(|w| {
        let at = |seconds: i64, methods: &[Method]| {
            let proof = Proof::new(w.test.app.now().plus_seconds(-seconds), methods.to_vec());
            Ctx { proof: Some(proof), ..w.maya.clone() }
        };
        let answers = |who: &Ctx| PROTECTED.iter().map(|(name, go)| (*name, go(w, who).err())).collect::<Vec<_>>();
        for (name, refused) in answers(&at(601, &[Method::Password])) {
            assert!(matches!(refused, Some(Error::StepUp(StepUp::NotFresh))), "{name}: {refused:?}");
        }
        for (name, refused) in answers(&Ctx { proof: None, ..w.maya.clone() }) {
            assert!(matches!(refused, Some(Error::StepUp(StepUp::NotFresh))), "{name}: {refused:?}");
        }
        for (name, refused) in answers(&at(600, &[Method::Password])) {
            assert!(!matches!(refused, Some(Error::StepUp(_))), "{name}: {refused:?}");
        }
        w.add_application(&w.maya, "maya");
        for (name, refused) in answers(&at(0, &[Method::Password])) {
            assert!(matches!(refused, Some(Error::StepUp(StepUp::NotStrong))), "{name}: {refused:?}");
        }
        for (name, refused) in answers(&at(0, &[Method::Password, Method::OneTimeCode])) {
            assert!(!matches!(refused, Some(Error::StepUp(_))), "{name}: {refused:?}");
        }
    });
}

#[test]
fn accepting_needs_it_and_taking_back_never_does() {
    in_each(|w| {
        let (admin, link) = customer_of(w);
        w.test.clock.advance_seconds(601);
        let refused = accept(w, &admin, &link);
        assert!(matches!(refused, Err(Error::StepUp(StepUp::NotFresh))), "{refused:?}");
        let policy =
            factor::set_customer_security(&w.test.app, &admin, Security { partners: true, ..Security::NOTHING });
        assert!(matches!(policy, Err(Error::StepUp(StepUp::NotFresh))));
        let fresh = w.test.confirmed(&admin);
        accept(w, &fresh, &link).unwrap();
        factor::set_customer_security(&w.test.app, &fresh, Security { partners: true, ..Security::NOTHING }).unwrap();
        w.test.clock.advance_seconds(601);
        relationship::remove_privileges(&w.test.app, &admin, w.partner.tenant.id, None).unwrap();
        relationship::end(&w.test.app, &w.maya, fresh_home(w, &admin)).unwrap();
    });
}

fn fresh_home(w: &World, admin: &Ctx) -> entente_domain::ids::TenantId {
    entente_app::account::profile(&w.test.app, admin).unwrap().tenant.id
}

fn shown(password: Option<&str>, answer: Option<Answer>) -> Shown {
    Shown { password: password.map(ToOwned::to_owned), answer, challenge: None }
}

fn try_it(w: &World, held: &SessionToken, shown: &Shown) -> Result<SessionToken, Error> {
    let who = sign_in::resume(&w.test.app, HERE, held, None)?;
    confirm(&w.test.app, &who, HERE, ORIGIN, held, shown)
}

#[test]
fn a_confirmation_renews_the_session_under_another_value() {
    in_each(|w| {
        let app = &w.test.app;
        let (held, ctx) = w.session_of("maya");
        assert!(!ways(app, &ctx, ORIGIN).unwrap().enrolled.any());
        w.test.clock.advance_seconds(700);
        for wrong in [shown(Some("wrong password"), None), shown(None, None), shown(Some(""), None)] {
            assert!(matches!(try_it(w, &held, &wrong), Err(Error::WrongCredentials)));
        }
        let new = try_it(w, &held, &shown(Some(PASSWORD), None)).unwrap();
        assert_ne!(new, held);
        assert!(matches!(sign_in::resume(app, HERE, &held, None), Err(Error::SignInRequired)), "the old value is dead");
        let ctx = sign_in::resume(app, HERE, &new, None).unwrap();
        assert_eq!(ctx.proof.as_ref().unwrap().at, app.now());
        customer::export(app, &ctx, &customer::Query::default()).unwrap();
        assert_eq!(w.events(EventKind::Confirmed), 1);
        assert!(sign_in::resume(app, Audience::Customer(Cloud::Public), &new, None).is_err());
    });
}

#[test]
fn it_takes_the_strongest_the_person_has() {
    in_each(|w| {
        let app = &w.test.app;
        let (mut held, ctx) = w.session_of("maya");
        let (secret, codes) = w.add_application(&ctx, "maya");
        w.test.clock.advance_seconds(700);
        let code = || Answer::Code(secret.code(app.now()));
        assert!(matches!(try_it(w, &held, &shown(Some(PASSWORD), None)), Err(Error::WrongCredentials)), "half of it");
        assert!(matches!(try_it(w, &held, &shown(None, Some(code()))), Err(Error::WrongCredentials)), "the other half");
        held = try_it(w, &held, &shown(Some(PASSWORD), Some(code()))).unwrap();
        assert!(sign_in::resume(app, HERE, &held, None).unwrap().proof.unwrap().strong());
        let again = try_it(w, &held, &shown(Some(PASSWORD), Some(code())));
        assert!(matches!(again, Err(Error::WrongCredentials)), "a code counts once here as well");
        held = try_it(w, &held, &shown(Some(PASSWORD), Some(Answer::Recovery(codes[0].clone())))).unwrap();

        let who = sign_in::resume(app, HERE, &held, None).unwrap();
        let (key, _) = w.add_passkey(&who, "Laptop");
        assert!(ways(app, &who, ORIGIN).unwrap().passkey_here);
        let (token, options) = begin_passkey(app, &who, HERE, ORIGIN).unwrap();
        let answer = Some(Answer::Passkey(key.get(&options, ORIGIN)));
        let foreign = Shown { challenge: Some(token.clone()), ..shown(None, answer.clone()) };
        let (of_ada, _) = w.session_of("ada");
        assert!(matches!(try_it(w, &of_ada, &foreign), Err(Error::WrongCredentials)), "somebody else's");
        held = try_it(w, &held, &foreign).unwrap();
        let replayed = Shown { challenge: Some(token), ..shown(None, answer) };
        assert!(matches!(try_it(w, &held, &replayed), Err(Error::WrongCredentials)), "once");
        assert_eq!(sign_in::resume(app, HERE, &held, None).unwrap().proof.unwrap().methods(), [Method::Passkey]);
    });
}

#[test]
fn guessing_is_limited_like_signing_in() {
    in_each(|w| {
        let (held, _) = w.session_of("maya");
        for _ in 0..10 {
            let refused = try_it(w, &held, &shown(Some("a wrong guess"), None));
            assert!(matches!(refused, Err(Error::WrongCredentials)), "{refused:?}");
        }
        assert!(matches!(try_it(w, &held, &shown(Some(PASSWORD), None)), Err(Error::TooMany { .. })));
        assert!(matches!(w.password("maya"), Err(Error::TooMany { .. })), "one count");
    });
}

#[test]
fn of_two_confirmations_of_one_session_one_wins() {
    in_each(|w| {
        let (held, _) = w.session_of("maya");
        let start = Barrier::new(2);
        let race = || {
            let who = sign_in::resume(&w.test.app, HERE, &held, None).unwrap();
            start.wait();
            confirm(&w.test.app, &who, HERE, ORIGIN, &held, &shown(Some(PASSWORD), None))
        };
        let outcomes = thread::scope(|scope| {
            let (a, b) = (scope.spawn(race), scope.spawn(race));
            [a.join().unwrap(), b.join().unwrap()]
        });
        assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().any(|it| matches!(it, Err(Error::SignInRequired))), "{outcomes:?}");
    });
}

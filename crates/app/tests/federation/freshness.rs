//! How old a provider's word is: as old as it says, whatever is proven here beside it.

use entente_app::sign_in::{Entered, second};
use entente_app::{Answer, Ctx, Error, factor};
use entente_domain::assurance::{FRESH_SECONDS, Method, Proof, StepUp};
use entente_domain::event::EventKind;
use entente_domain::federation::Because;
use entente_domain::language::Language;
use entente_testkit::for_each_engine;
use serde_json::json;

use crate::world::{Came, OLA, ORIGIN, PORTAL, World, answer, because, claims};

/// What the provider says of Ola, whom it asked so many seconds ago.
fn asked(w: &World, seconds: i64) {
    let mut said = claims("ola", OLA);
    said["auth_time"] = json!(w.test.app.now().seconds() - seconds);
    w.provider.says().claims = said;
}

/// Something that only a fresh proof opens.
fn sensitive(w: &World, who: &Ctx) -> Result<(), Error> {
    factor::begin_application(&w.test.app, who, PORTAL).map(|_| ())
}

#[test]
fn a_session_by_a_provider_is_as_fresh_as_the_provider_says() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        // Whoever signed in there this morning comes in without being asked, and confirms before something sensitive.
        asked(&w, 3 * 60 * 60);
        let ola = w.enter().unwrap();
        assert_eq!(ola.ctx.proof.as_ref().unwrap().at, app.now().plus_seconds(-3 * 60 * 60));
        let refused = sensitive(&w, &ola.ctx);
        assert!(matches!(refused, Err(Error::StepUp(StepUp::NotFresh))), "{refused:?}");
        for (seconds, counts) in [(FRESH_SECONDS, 0), (1, 0), (0, 0), (-3_600, 3_600), (-90 * 86_400, 90 * 86_400)] {
            asked(&w, seconds);
            let ola = w.enter().unwrap();
            // A clock that is ahead makes no proof younger than it is.
            assert_eq!(ola.ctx.proof.as_ref().unwrap().at, app.now().plus_seconds(-seconds - counts), "{seconds}");
            sensitive(&w, &ola.ctx).unwrap();
        }
        // A time from before there was any such provider is merely old.
        asked(&w, app.now().seconds() + 5_000_000_000);
        let ola = w.enter().unwrap();
        assert_eq!(ola.ctx.proof.as_ref().unwrap().at.seconds(), 0);
        // What does not say when is taken to be now, since nothing else was asked for.
        w.provider.says().claims = claims("ola", OLA);
        assert_eq!(w.enter().unwrap().ctx.proof.unwrap().at, app.now());
        w.provider.says().claims["auth_time"] = json!("a while ago");
        w.enter().unwrap_err();
    });
}

#[test]
fn a_second_factor_here_makes_the_providers_word_no_younger() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, key) = (&w.test.app, w.add_passkey(&w.ola));
        asked(&w, 3_600);
        let Entered::Pending(token, _) = w.entered().unwrap() else { panic!("Ola's passkey is not asked for") };
        let nobody = Ctx::anonymous(None, Language::En);
        let options = second::begin_passkey(app, &nobody, PORTAL, ORIGIN, &token).unwrap();
        let answer = Answer::Passkey(key.get(&options, ORIGIN));
        let (_, ctx) = second::finish(app, &nobody, PORTAL, ORIGIN, &token, &answer).unwrap().session().unwrap();
        let proof = Proof::new(app.now().plus_seconds(-3_600), vec![Method::Passkey, Method::Federated]);
        assert_eq!(ctx.proof.as_ref(), Some(&proof));
        let refused = sensitive(&w, &ctx);
        assert!(matches!(refused, Err(Error::StepUp(StepUp::NotFresh))), "{refused:?}");
    });
}

/// The whole way of somebody whom the provider is told to ask anew, and who takes so many seconds for it.
fn anew(w: &World, seconds: i64) -> Result<Came, Error> {
    let (browser, url) = w.begin_at(PORTAL, OLA, "/portal/settings", true).unwrap().unwrap();
    assert!(url.contains("prompt=login") && url.contains("max_age=0"), "{url}");
    let back = answer(&w.provider.sign_in(&url));
    w.test.clock.advance_seconds(seconds);
    w.finish(&browser, &back)
}

#[test]
fn where_a_fresh_proof_is_wanted_the_provider_asks_anew_and_says_so() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let (_, url) = w.begin(OLA).unwrap().unwrap();
        assert!(!url.contains("prompt=") && !url.contains("max_age="), "nobody is asked twice without a reason: {url}");
        let ola = anew(&w, 0).unwrap();
        assert_eq!(ola.ctx.proof.as_ref().unwrap().at, app.now());
        sensitive(&w, &ola.ctx).unwrap();
        // Whoever takes nine minutes over it has proved it when the provider asked, and not when they came back.
        asked(&w, -10);
        let when = app.now().plus_seconds(10);
        assert_eq!(anew(&w, 9 * 60).unwrap().ctx.proof.unwrap().at, when);
        // A clock may be two minutes behind; an answer out of this morning's session is none.
        for (seconds, taken) in [(120, true), (121, false), (3 * 60 * 60, false)] {
            asked(&w, seconds);
            let failed = w.count(EventKind::SignInFailed);
            let answer = anew(&w, 0);
            if taken {
                sensitive(&w, &answer.unwrap().ctx).unwrap();
            } else {
                assert_eq!(because(answer), Because::NotFresh, "{seconds}");
                assert_eq!(w.count(EventKind::SignInFailed), failed + 1);
            }
        }
        // Nor is one that does not say when.
        w.provider.says().claims = claims("ola", OLA);
        w.provider.says().forge = Box::new(|it| {
            it.as_object_mut().unwrap().remove("auth_time");
        });
        assert_eq!(because(anew(&w, 0)), Because::NotFresh);
        assert_eq!(w.enter().unwrap().ctx.proof.unwrap().at, app.now(), "not asked for, not missed");
    });
}

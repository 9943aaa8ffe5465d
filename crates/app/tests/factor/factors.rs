//! Each method good, wrong, repeated, lapsed and elsewhere; what an organisation requires.

use std::sync::Barrier;
use std::sync::atomic::Ordering;
use std::thread;

use entente_app::sign_in::{Audience, Entered, enrol, second};
use entente_app::{Answer, Ctx, Error, factor, people, sign_in};
use entente_domain::assurance::{Method, Next, StepUp};
use entente_domain::cloud::Cloud;
use entente_domain::event::EventKind;
use entente_domain::factor::{Because, Security};
use entente_domain::text::FactorName;
use entente_testkit::Authenticator;
use entente_testkit::app::PASSWORD;

use crate::world::{HERE, ORIGIN, in_each};

#[test]
fn one_time_codes_are_asked_for_and_count_once() {
    in_each(|w| {
        let app = &w.test.app;
        let (secret, codes) = w.add_application(&w.maya, "maya");
        assert_eq!(codes.len(), 10, "the first factor comes with recovery codes");
        let used = secret.code(app.now());

        let token = w.pending("maya", Next::SecondFactor);
        let waiting = second::waiting(app, &w.nobody, HERE, ORIGIN, &token).unwrap();
        assert!(waiting.enrolled.one_time_codes && waiting.secret.is_none() && !waiting.passkey_here);
        assert!(w.refused(&token, &used), "the code that set it up is used up");
        assert!(w.refused(&token, "000000") && w.refused(&token, "") && w.refused(&token, "abcdef"));

        w.test.clock.advance_seconds(30);
        let code = secret.code(app.now());
        let (session, ctx) = w.second(&token, &Answer::Code(code.clone())).unwrap();
        assert_eq!(ctx.proof.unwrap().methods(), [Method::Password, Method::OneTimeCode]);
        let seen = sign_in::resume(app, HERE, &session, None).unwrap();
        assert!(seen.proof.unwrap().strong());
        assert!(w.refused(&token, &secret.code(app.now().plus_seconds(30))), "the token is used up");
        let again = w.pending("maya", Next::SecondFactor);
        assert!(w.refused(&again, &code), "a code counts once, whoever saw it");
        assert_eq!(w.events(EventKind::SignedIn), 5, "four at the start and this one");
    });
}

#[test]
fn a_step_that_waits_is_good_for_one_portal_and_ten_minutes() {
    in_each(|w| {
        let app = &w.test.app;
        let (secret, _) = w.add_application(&w.maya, "maya");
        w.test.clock.advance_seconds(60);
        let token = w.pending("maya", Next::SecondFactor);
        let code = || Answer::Code(secret.code(app.now()));
        let elsewhere = Audience::Customer(Cloud::Public);
        let foreign = second::finish(app, &w.nobody, elsewhere, ORIGIN, &token, &code());
        assert!(matches!(foreign, Err(Error::WrongCredentials)));
        assert!(matches!(enrol::waiting(app, &w.nobody, HERE, ORIGIN, &token), Err(Error::SignInRequired)));
        let first = enrol::First::Code(secret.code(app.now()));
        assert!(matches!(enrol::finish(app, &w.nobody, HERE, ORIGIN, &token, &first), Err(Error::WrongCredentials)));
        w.test.clock.advance_seconds(599);
        second::waiting(app, &w.nobody, HERE, ORIGIN, &token).unwrap();
        w.test.clock.advance_seconds(1);
        assert!(matches!(second::waiting(app, &w.nobody, HERE, ORIGIN, &token), Err(Error::SignInRequired)));
        assert!(matches!(w.second(&token, &code()), Err(Error::WrongCredentials)));
        entente_app::sweep::run(app).unwrap();

        let token = w.pending("maya", Next::SecondFactor);
        people::set_enabled(app, &w.ada, w.maya.person.unwrap(), false).unwrap();
        assert!(matches!(w.second(&token, &code()), Err(Error::WrongCredentials)), "blocked meanwhile");
    });
}

#[test]
fn guessing_codes_is_limited_even_for_those_who_know_the_password() {
    in_each(|w| {
        let app = &w.test.app;
        let (secret, codes) = w.add_application(&w.maya, "maya");
        w.test.clock.advance_seconds(30);
        for _ in 0..10 {
            // Each right password forgets the tries of passwords; those of codes stay.
            assert!(w.refused(&w.pending("maya", Next::SecondFactor), "000000"));
        }
        let token = w.pending("maya", Next::SecondFactor);
        for right in [Answer::Code(secret.code(app.now())), Answer::Recovery(codes[0].clone())] {
            assert!(matches!(w.second(&token, &right), Err(Error::TooMany { .. })), "even the right one has to wait");
        }
        w.test.clock.advance_seconds(15 * 60);
        let token = w.pending("maya", Next::SecondFactor);
        w.second(&token, &Answer::Code(secret.code(app.now()))).unwrap();
    });
}

#[test]
fn recovery_codes_work_once_and_new_ones_void_the_old() {
    in_each(|w| {
        let app = &w.test.app;
        let (_, codes) = w.add_application(&w.maya, "maya");
        let token = w.pending("maya", Next::SecondFactor);
        let wrong = "abcd-efgh-ijkm-npqr";
        assert!(matches!(w.second(&token, &Answer::Recovery(wrong.to_owned())), Err(Error::WrongCredentials)));
        let (_, ctx) = w.second(&token, &Answer::Recovery(codes[3].to_uppercase())).unwrap();
        assert_eq!(ctx.proof.as_ref().unwrap().methods(), [Method::Password, Method::RecoveryCode]);
        assert_eq!(factor::overview(app, &ctx, ORIGIN).unwrap().codes_left, 9);
        assert_eq!(w.events(EventKind::RecoveryCodeUsed), 1);
        let token = w.pending("maya", Next::SecondFactor);
        assert!(matches!(w.second(&token, &Answer::Recovery(codes[3].clone())), Err(Error::WrongCredentials)));

        let new = factor::make_codes(app, &ctx).unwrap();
        assert!(new.len() == 10 && new.iter().all(|code| !codes.contains(code)));
        assert!(matches!(w.second(&token, &Answer::Recovery(codes[4].clone())), Err(Error::WrongCredentials)));
        w.second(&token, &Answer::Recovery(new[0].clone())).unwrap();
        assert!(matches!(factor::make_codes(app, &w.tom), Err(Error::Factor(it)) if it.because == Because::NoneYet));
    });
}

#[test]
fn a_passkey_signs_in_alone_and_as_second_factor() {
    in_each(|w| {
        let app = &w.test.app;
        let (key, codes) = w.add_passkey(&w.maya, "Laptop");
        assert_eq!(codes.unwrap().len(), 10);
        let (ctx, session) = w.with_passkey(&key).unwrap();
        assert_eq!(ctx.proof.unwrap().methods(), [Method::Passkey]);
        assert_eq!(ctx.person, w.maya.person);
        sign_in::resume(app, HERE, &session, None).unwrap();

        let token = w.pending("maya", Next::SecondFactor);
        assert!(second::waiting(app, &w.nobody, HERE, ORIGIN, &token).unwrap().passkey_here);
        let options = second::begin_passkey(app, &w.nobody, HERE, ORIGIN, &token).unwrap();
        let answer = key.get(&options, ORIGIN);
        let (_, ctx) = w.second(&token, &Answer::Passkey(answer.clone())).unwrap();
        assert_eq!(ctx.proof.unwrap().methods(), [Method::Password, Method::Passkey]);
        assert!(factor::overview(app, &w.maya, ORIGIN).unwrap().passkeys[0].last_used_at.is_some());
        let token = w.pending("maya", Next::SecondFactor);
        assert!(matches!(w.second(&token, &Answer::Passkey(answer)), Err(Error::WrongCredentials)), "no ceremony");
    });
}

#[test]
fn a_passkey_that_proves_nothing_is_refused() {
    in_each(|w| {
        let app = &w.test.app;
        let (key, _) = w.add_passkey(&w.maya, "Laptop");
        let (other, _) = w.add_passkey(&w.tom, "Phone");
        let token = w.pending("maya", Next::SecondFactor);
        let begin = || second::begin_passkey(app, &w.nobody, HERE, ORIGIN, &token).unwrap();
        let refused =
            |answer: String| matches!(w.second(&token, &Answer::Passkey(answer)), Err(Error::WrongCredentials));
        let options = begin();
        assert!(refused(key.get(&options, "https://evil.example")), "another site");
        assert!(refused(key.get(&options, ORIGIN)), "an answer is looked at once, whatever it was");
        assert!(refused(other.get(&begin(), ORIGIN)), "somebody else's key");
        assert!(refused(key.get_unverified(&begin(), ORIGIN)), "nobody was verified");
        let (old, _new) = (begin(), begin());
        assert!(refused(key.get(&old, ORIGIN)), "an older challenge");
        assert!(refused("{}".to_owned()) && refused(String::new()));
        w.second(&token, &Answer::Passkey(key.get(&begin(), ORIGIN))).unwrap();
        w.with_passkey(&key).unwrap();
        key.counter.store(1, Ordering::SeqCst);
        assert!(matches!(w.with_passkey(&key), Err(Error::WrongCredentials)), "a copy, whose counter went back");

        // A passkey of somebody who has no business at a portal opens nothing there.
        let portal = Audience::Customer(Cloud::Germany);
        let (token, options) = second::begin_alone(app, &w.nobody, portal, ORIGIN).unwrap();
        let answer = other.get(&options, ORIGIN);
        let elsewhere = second::finish_alone(app, &w.nobody, portal, ORIGIN, &token, &answer);
        assert!(matches!(elsewhere, Err(Error::WrongCredentials)));
        let (token, options) = second::begin_alone(app, &w.nobody, HERE, ORIGIN).unwrap();
        let answer = other.get(&options, ORIGIN);
        let finish = || second::finish_alone(app, &w.nobody, HERE, ORIGIN, &token, &answer);
        assert!(matches!(finish(), Ok(Entered::Session(..))));
        assert!(matches!(finish(), Err(Error::WrongCredentials)), "once");
        let at_an_address = second::begin_alone(app, &w.nobody, HERE, "http://127.0.0.1:8080");
        assert!(matches!(at_an_address, Err(Error::NotFound)), "browsers know no passkeys there");
    });
}

#[test]
fn factors_are_added_and_removed_by_the_rules() {
    in_each(|w| {
        let app = &w.test.app;
        let (_, codes) = w.add_application(&w.maya, "maya");
        assert_eq!(codes.len(), 10);
        // A password alone does not remove what was added to a password.
        assert!(matches!(factor::remove_application(app, &w.maya), Err(Error::StepUp(StepUp::NotStrong))));
        let maya = w.strong(&w.maya);
        let again = factor::begin_application(app, &maya, HERE);
        assert!(matches!(again, Err(Error::Factor(it)) if it.because == Because::AddedAlready));
        let (key, codes) = w.add_passkey(&maya, "Laptop");
        assert!(codes.is_none(), "there are codes already");
        factor::remove_application(app, &maya).unwrap();
        let overview = factor::overview(app, &maya, ORIGIN).unwrap();
        assert!(overview.application.is_none() && overview.codes_left == 10);
        let (id, name) = (overview.passkeys[0].id, overview.passkeys[0].name.as_str());
        assert_eq!((name, overview.passkeys.len()), ("Laptop", 1));
        assert!(matches!(factor::remove_passkey(app, &w.tom, id), Err(Error::NotFound)), "somebody else's");
        factor::remove_passkey(app, &maya, id).unwrap();
        assert_eq!(factor::overview(app, &maya, ORIGIN).unwrap().codes_left, 0, "codes stand in for nothing now");
        assert!(matches!(w.with_passkey(&key), Err(Error::WrongCredentials)));
        assert!(matches!(w.password("maya").unwrap(), Entered::Session(..)));
        assert_eq!((w.events(EventKind::FactorAdded), w.events(EventKind::FactorRemoved)), (2, 2));
    });
}

#[test]
fn adding_needs_the_right_code_of_ones_own_token() {
    in_each(|w| {
        let app = &w.test.app;
        let token = factor::begin_application(app, &w.maya, HERE).unwrap();
        let secret = factor::adding(app, &w.maya, HERE, ORIGIN, &token).unwrap().secret.unwrap();
        assert!(matches!(factor::adding(app, &w.tom, HERE, ORIGIN, &token), Err(Error::NotFound)));
        let code = secret.code(app.now());
        for (who, typed) in [(&w.tom, code.as_str()), (&w.maya, "000000")] {
            let refused = factor::add_application(app, who, HERE, &token, typed);
            assert!(matches!(refused, Err(Error::WrongCredentials)));
        }
        let other = factor::begin_application(app, &w.maya, HERE).unwrap();
        let (one, two) = (w.secret(&w.maya, &token), w.secret(&w.maya, &other));
        assert_ne!(one, two, "no other token ever shows the secret");
        factor::add_application(app, &w.maya, HERE, &token, &code).unwrap();
        let late = factor::add_application(app, &w.strong(&w.maya), HERE, &other, &two.code(app.now()));
        assert!(matches!(late, Err(Error::Factor(it)) if it.because == Because::AddedAlready));

        let (passkey, options) = factor::begin_passkey(app, &w.tom, HERE, ORIGIN).unwrap();
        let name = FactorName::parse("Key").unwrap();
        let (_, evil) = Authenticator::create(&options, "https://evil.example");
        let refused = factor::add_passkey(app, &w.tom, HERE, ORIGIN, &passkey, &name, &evil);
        assert!(matches!(refused, Err(Error::WrongCredentials)));
        let (_, late) = Authenticator::create(&options, ORIGIN);
        let refused = factor::add_passkey(app, &w.tom, HERE, ORIGIN, &passkey, &name, &late);
        assert!(matches!(refused, Err(Error::WrongCredentials)), "an answer is looked at once");
    });
}

#[test]
fn of_two_with_the_same_code_one_wins() {
    in_each(|w| {
        let app = &w.test.app;
        let (secret, codes) = w.add_application(&w.maya, "maya");
        w.test.clock.advance_seconds(30);
        let answers = [Answer::Code(secret.code(app.now())), Answer::Recovery(codes[0].clone())];
        for answer in &answers {
            let tokens = [w.pending("maya", Next::SecondFactor), w.pending("maya", Next::SecondFactor)];
            let start = Barrier::new(2);
            let race = |token| {
                start.wait();
                w.second(token, answer).map(|_| ())
            };
            let outcomes = thread::scope(|scope| {
                let (a, b) = (scope.spawn(|| race(&tokens[0])), scope.spawn(|| race(&tokens[1])));
                [a.join().unwrap(), b.join().unwrap()]
            });
            assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1, "{outcomes:?}");
            assert!(outcomes.iter().any(|it| matches!(it, Err(Error::WrongCredentials))), "{outcomes:?}");
        }
    });
}

#[test]
fn an_organisation_that_requires_a_factor_lets_nobody_in_without() {
    in_each(|w| {
        let app = &w.test.app;
        let none = factor::set_partner_security(app, &w.maya, Security { required: true, ..Security::NOTHING });
        assert!(matches!(none, Err(Error::Factor(it)) if it.because == Because::NoneYet), "not with none oneself");
        w.add_application(&w.maya, "maya");
        let maya = w.strong(&w.maya);
        assert!(matches!(
            factor::set_partner_security(app, &w.maya, Security { required: true, ..Security::NOTHING }),
            Err(Error::StepUp(StepUp::NotStrong))
        ));
        assert!(matches!(
            factor::set_partner_security(app, &w.strong(&w.tom), Security { required: true, ..Security::NOTHING }),
            Err(Error::Denied(_))
        ));
        factor::set_partner_security(app, &maya, Security { required: true, ..Security::NOTHING }).unwrap();
        factor::set_partner_security(app, &maya, Security { required: true, ..Security::NOTHING }).unwrap();
        assert_eq!(w.events(EventKind::SecurityPolicyChanged), 1, "the repetition is none");
        let last = factor::remove_application(app, &maya);
        assert!(matches!(last, Err(Error::Factor(it)) if it.because == Because::Required));

        let (token, rival) = (w.pending("tom", Next::Enrol), w.pending("tom", Next::Enrol));
        let waiting = |token| enrol::waiting(app, &w.nobody, HERE, ORIGIN, token).unwrap().secret.unwrap();
        let (secret, known_to_rival) = (waiting(&token), waiting(&rival));
        assert_ne!(secret, known_to_rival);
        let finish =
            |token, code: String| enrol::finish(app, &w.nobody, HERE, ORIGIN, token, &enrol::First::Code(code));
        assert!(matches!(finish(&token, "000000".to_owned()), Err(Error::WrongCredentials)));
        assert!(matches!(w.second(&token, &Answer::Code(secret.code(app.now()))), Err(Error::WrongCredentials)));
        let (_, ctx, codes) = finish(&token, secret.code(app.now())).unwrap();
        assert_eq!(codes.len(), 10);
        assert!(ctx.proof.unwrap().strong());
        let late = finish(&rival, known_to_rival.code(app.now()));
        assert!(matches!(late, Err(Error::WrongCredentials)), "whoever else knows the password comes too late");
        w.pending("tom", Next::SecondFactor);
    });
}

#[test]
fn a_first_passkey_is_set_up_during_the_sign_in() {
    in_each(|w| {
        let app = &w.test.app;
        w.require();
        let token = w.pending("tom", Next::Enrol);
        let options = enrol::begin_passkey(app, &w.nobody, HERE, ORIGIN, &token).unwrap();
        let (key, answer) = Authenticator::create(&options, ORIGIN);
        let first = enrol::First::Passkey(answer, FactorName::parse("Phone").unwrap());
        let (_, ctx, codes) = enrol::finish(app, &w.nobody, HERE, ORIGIN, &token, &first).unwrap();
        assert_eq!((ctx.person, codes.len()), (w.tom.person, 10));
        w.with_passkey(&key).unwrap();
    });
}

#[test]
fn lost_factors_are_removed_by_those_who_may_reset_passwords() {
    in_each(|w| {
        let app = &w.test.app;
        let ((lost, _), (other, _)) = (w.session_of("tom"), w.session_of("wei"));
        w.add_application(&w.tom, "tom");
        let tom = w.tom.person.unwrap();
        assert!(people::has_factors(app, &w.maya, tom).unwrap());
        assert!(matches!(people::reset_factors(app, &w.wei, tom), Err(Error::Person(_))), "tom stands above wei");
        assert!(matches!(people::reset_factors(app, &w.maya, w.maya.person.unwrap()), Err(Error::Person(_))));
        assert!(matches!(people::reset_factors(app, &w.kari, tom), Err(Error::NotFound)), "another partner's");
        w.test.clock.advance_seconds(601);
        assert!(matches!(people::reset_factors(app, &w.maya, tom), Err(Error::StepUp(StepUp::NotFresh))));
        let waiting = w.pending("tom", Next::SecondFactor);
        people::reset_factors(app, &w.test.confirmed(&w.maya), tom).unwrap();
        people::reset_factors(app, &w.test.confirmed(&w.maya), tom).unwrap();
        assert_eq!(w.events(EventKind::FactorRemoved), 1);
        assert!(matches!(second::waiting(app, &w.nobody, HERE, ORIGIN, &waiting), Err(Error::SignInRequired)));
        assert!(matches!(w.password("tom").unwrap(), Entered::Session(..)));
        assert!(matches!(sign_in::resume(app, HERE, &lost, None), Err(Error::SignInRequired)), "signed out");
        sign_in::resume(app, HERE, &other, None).unwrap();
        assert!(!people::has_factors(app, &w.maya, tom).unwrap());
    });
}

#[test]
fn no_row_shows_a_secret() {
    in_each(|w| {
        let (secret, codes) = w.add_application(&w.maya, "maya");
        let id = w.maya.person.unwrap();
        let kept = w.test.app.store().read(|tx| entente_store::factor::totp(tx, id)).unwrap().unwrap();
        assert!(!kept.secret.windows(20).any(|it| it == secret.bytes()));
        let home = w.partner.tenant.id;
        let rows = w.test.app.store().read(|tx| entente_store::event::page(tx, home, None, 1_000)).unwrap();
        let told = |it: &entente_store::event::Entry| codes.iter().any(|code| it.canonical.contains(code.as_str()));
        assert!(!rows.iter().any(told));
    });
}

#[test]
fn people_without_a_factor_sign_in_as_before() {
    in_each(|w| {
        let nobody = Ctx::anonymous(None, w.nobody.language);
        let entered = sign_in::start(&w.test.app, &nobody, HERE, "maya@brightwater.no", PASSWORD).unwrap();
        assert_eq!(entered.session().unwrap().1.proof.unwrap().methods(), [Method::Password]);
    });
}

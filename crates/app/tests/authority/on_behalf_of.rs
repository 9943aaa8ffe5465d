//! On-behalf-of: a program that was called by a person's token goes on for the same person, and for nobody who acts.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use entente_app::authority::exchange::{CHAIN, ON_BEHALF_OF, ON_ONE};
use entente_app::authority::token::TokenSet;
use entente_app::authority::{Kind, keys};
use entente_app::{Error, application, grant, people};
use entente_testkit::for_each_engine;
use entente_testkit::tokens::Program;

use crate::world::{OFFLINE, World, claims, refused};

/// The partner's program in the middle, and the name under which tokens for it are asked for.
fn middle(w: &World) -> (Program, String) {
    let middle = w.test.program(&w.chief, "Middle");
    let name = format!("api://{}", middle.id);
    (middle, name)
}

/// What a program gets for the token it was called with.
fn go_on(w: &World, program: &Program, assertion: &str) -> Result<TokenSet, Error> {
    go_on_to(w, program, assertion, OFFLINE)
}

/// The same, for this scope.
fn go_on_to(w: &World, program: &Program, assertion: &str, scope: &str) -> Result<TokenSet, Error> {
    let fields = [
        ("grant_type", ON_BEHALF_OF),
        ("requested_token_use", "on_behalf_of"),
        ("assertion", assertion),
        ("scope", scope),
    ];
    w.test.authority().request(program, "organizations", &fields)
}

/// The program in the middle, the tokens it was called with, and those it went on with.
fn called(w: &World) -> (Program, TokenSet, TokenSet) {
    let (middle, name) = middle(w);
    let scope = format!("openid offline_access {name}/.default");
    let first = w.test.authority().sign_in(&w.program, &w.agent, &scope).unwrap();
    let set = go_on(w, &middle, &first.access_token).unwrap();
    (middle, first, set)
}

#[test]
fn a_program_that_was_called_goes_on_for_the_same_person() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let (middle, first, set) = called(&w);
        assert!(authority.counts(&set.access_token));
        let (called, next) = (claims(&first.access_token), claims(&set.access_token));
        for same in ["iss", "tid", "sub", "oid", "roles", "wids", "amr", "acr", "auth_time"] {
            assert_eq!(next[same], called[same], "{same}");
        }
        assert_eq!((&called["aud"], &next["azp"]), (&next["azp"], &middle.id.to_string().into()));
        assert_eq!(next["aud"], "https://halden.example/graph");
        w.refresh(&middle, "organizations", &set.refresh_token.unwrap()).expect("it goes on by itself");

        // What it holds ends with what it was made from, however late it was made.
        w.test.clock.advance_days(89);
        keys::tend(&w.test.app).unwrap();
        let late = w.refresh(&w.program, "organizations", &first.refresh_token.unwrap()).unwrap().access_token;
        let late = go_on(&w, &middle, &late).unwrap().refresh_token.unwrap();
        w.test.clock.advance_seconds(24 * 60 * 60 - 1);
        let late = w.refresh(&middle, "organizations", &late).unwrap().refresh_token.unwrap();
        w.test.clock.advance_seconds(1);
        refused(&w.refresh(&middle, "organizations", &late), Kind::InvalidGrant);
    });
}

#[test]
fn what_a_program_got_ends_early_with_what_it_was_made_from() {
    type Way = fn(&World, &str);
    let ways: [(&str, Way); 3] = [
        ("the person signed out of the first program", |w, _| {
            let first = grant::list(&w.test.app, &w.agent).unwrap().into_iter().find(|it| it.application == "Console");
            grant::end(&w.test.app, &w.agent, first.unwrap().id).unwrap();
        }),
        ("the first program gave its token back", |w, refresh| {
            w.test.authority().revoke(&w.program, refresh).unwrap();
        }),
        ("the first program was switched off", |w, _| {
            application::set_enabled(&w.test.app, &w.test.confirmed(&w.chief), w.program.id, false).unwrap();
        }),
    ];
    for (what, end) in ways {
        for_each_engine(|store| {
            let w = World::new(store);
            let authority = w.test.authority();
            let (middle, first, set) = called(&w);
            let refresh = set.refresh_token.unwrap();
            let acting = w.refresh(&middle, &w.here(), &refresh).unwrap().access_token;
            let kept = authority.sign_in(&middle, &w.agent, OFFLINE).unwrap().access_token;
            assert!(authority.counts(&set.access_token) && authority.counts(&acting), "{what}: before");
            end(&w, &first.refresh_token.unwrap());
            assert!(!authority.counts(&set.access_token), "{what}");
            refused(&w.refresh(&middle, "organizations", &refresh), Kind::InvalidGrant);
            refused(&w.refresh(&middle, &w.here(), &refresh), Kind::InvalidGrant);
            assert!(authority.counts(&kept), "{what}: what the person let the program do itself goes on");
            let listed = grant::list(&w.test.app, &w.agent).unwrap();
            assert_eq!(listed.len(), 1, "{what}: what is over is not listed: {listed:?}");
        });
    }
}

/// What is made from what was made is read, and ended, one from the other: a program that calls itself makes no chain without an end.
#[test]
fn tokens_are_made_from_one_another_only_so_often() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (middle, name) = middle(&w);
        let scope = format!("{name}/.default");
        let again = |assertion: &str| go_on_to(&w, &middle, assertion, &scope);
        let first = w.test.authority().sign_in(&w.program, &w.agent, &scope).unwrap().access_token;
        let mut token = first.clone();
        for _ in 0..CHAIN {
            token = again(&token).unwrap().access_token;
        }
        refused(&again(&token), Kind::InvalidGrant);
        again(&first).expect("what it began with goes on");
    });
}

/// What was made from one grant is ended with it in one piece, so a program that is called again and again leaves one grant behind,
/// and no hostile one leaves any number.
#[test]
fn a_program_that_is_called_again_goes_on_with_the_grant_it_has() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let (middle, first, set) = called(&w);
        let grants = || grant::list(&w.test.app, &w.agent).unwrap().len();
        let before = grants();
        w.test.clock.advance_seconds(60);
        let again = go_on(&w, &middle, &first.access_token).unwrap();
        assert_eq!(grants(), before);
        assert_eq!(claims(&again.access_token)["sid"], claims(&set.access_token)["sid"]);
        for refresh in [set.refresh_token.unwrap(), again.refresh_token.unwrap()] {
            w.refresh(&middle, "organizations", &refresh).expect("each answer's refresh token counts");
        }

        let ask = |assertion: &str, scope: &str| go_on_to(&w, &middle, assertion, scope);
        let right = |number: usize| format!("https://graph.microsoft.com/Right.{number}");
        let other = |number: usize| ask(&first.access_token, &right(number));
        let itself = ask(&first.access_token, &format!("api://{}/.default", middle.id)).unwrap().access_token;
        // With the two above, as many as there can be.
        let made: Vec<String> = (1..ON_ONE - 1).map(|number| other(number).unwrap().access_token).collect();
        refused(&other(ON_ONE), Kind::InvalidGrant);
        refused(&ask(&itself, &right(1)), Kind::InvalidGrant);
        other(1).expect("what it has goes on");
        assert!(made.iter().all(|it| authority.counts(it)));

        authority.revoke(&middle, &made[0]).unwrap();
        ask(&itself, &right(1)).expect("one was given back");
        let ended = claims(&made[0])["sid"].clone();
        assert!(!authority.counts(&made[0]));
        refused(&other(1), Kind::InvalidGrant);
        authority.revoke(&middle, &made[1]).unwrap();
        let renewed = other(1).unwrap().access_token;
        assert_ne!(claims(&renewed)["sid"], ended, "what was ended does not go on");
        assert!(authority.counts(&renewed));

        authority.revoke(&w.program, &first.refresh_token.unwrap()).unwrap();
        assert!(!authority.counts(&renewed) && made.iter().all(|it| !authority.counts(it)));
    });
}

/// How many ask at the same moment.
const AT_ONCE: usize = 4;
const ROUNDS: usize = 5;

#[test]
fn programs_that_are_called_at_the_same_moment_make_no_more_than_one_after_another() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let (middle, first, _) = called(&w);
        let right = |number: usize| format!("https://graph.microsoft.com/Right.{number}");
        let ask = |number: usize| go_on_to(&w, &middle, &first.access_token, &right(number));
        let at_once = |numbers: [usize; AT_ONCE]| {
            let start = Barrier::new(AT_ONCE);
            let from = |number: usize| {
                start.wait();
                ask(number)
            };
            thread::scope(|scope| {
                let asking = numbers.map(|number| scope.spawn(move || from(number)));
                asking.map(|it| it.join().unwrap())
            })
        };
        // With the one they went on with first, two are left.
        for number in AT_ONCE..ON_ONE - 3 + AT_ONCE {
            ask(number).unwrap();
        }
        for round in 0..ROUNDS {
            let (made, refusals): (Vec<_>, Vec<_>) =
                at_once([0, 1, 2, 3]).into_iter().partition(|it: &Result<TokenSet, Error>| it.is_ok());
            assert_eq!((made.len(), refusals.len()), (2, AT_ONCE - 2), "round {round}");
            for refusal in &refusals {
                refused(refusal, Kind::InvalidGrant);
            }
            for set in made {
                authority.revoke(&middle, &set.unwrap().access_token).unwrap();
            }

            let same = at_once([0; AT_ONCE]).map(|it| it.unwrap().access_token);
            let grants: BTreeSet<_> = same.iter().map(|it| claims(it)["sid"].to_string()).collect();
            assert_eq!(grants.len(), 1, "round {round}: one grant for one scope");
            authority.revoke(&middle, &same[0]).unwrap();
        }
    });
}

#[test]
fn nobody_goes_on_who_was_not_called_by_somebody_who_is_still_there() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let (middle, name) = middle(&w);
        let scope = format!("{name}/.default");
        let called = authority.sign_in(&w.program, &w.agent, &scope).unwrap().access_token;
        for other in [&w.program, &w.other] {
            refused(&go_on(&w, other, &called), Kind::InvalidGrant);
        }
        refused(&go_on(&w, &middle, &w.sign_in(&w.agent).access_token), Kind::InvalidGrant);
        let alone = [("grant_type", "client_credentials"), ("scope", &*scope)];
        let alone = authority.request(&w.program, &w.partner.tenant.id.to_string(), &alone).unwrap().access_token;
        refused(&go_on(&w, &middle, &alone), Kind::InvalidGrant);
        let unsaid = [("grant_type", ON_BEHALF_OF), ("assertion", &*called), ("scope", OFFLINE)];
        refused(&authority.request(&middle, "organizations", &unsaid), Kind::InvalidRequest);

        let set = go_on(&w, &middle, &called).unwrap();
        people::set_enabled(&w.test.app, &w.chief, w.agent_id(), false).unwrap();
        refused(&go_on(&w, &middle, &called), Kind::InvalidGrant);
        assert!(!authority.counts(&set.access_token));
    });
}

#[test]
fn a_token_for_acting_leads_to_no_further_token() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let (middle, name) = middle(&w);
        let own = w.sign_in(&w.agent).access_token;
        let acting = authority.exchange_for(&w.program, &own, w.customer.id, &name).unwrap().access_token;
        assert_eq!(claims(&acting)["aud"], middle.id.to_string(), "it was called with it");
        for answer in [
            go_on(&w, &middle, &acting),
            authority.exchange(&middle, &acting, w.customer.id),
            authority.exchange(&middle, &acting, w.partner.tenant.id),
            authority.exchange(&w.program, &acting, w.customer.id),
        ] {
            refused(&answer, Kind::InvalidRequest);
            assert!(format!("{answer:?}").contains("cannot be exchanged"), "{answer:?}");
        }
    });
}

//! Refresh tokens are a family with one living member.

use std::sync::Barrier;
use std::thread;

use entente_app::authority::Kind;
use entente_domain::event::EventKind;
use entente_testkit::for_each_engine;

use crate::world::{World, refused};

#[test]
fn a_refresh_token_is_replaced_and_its_return_ends_the_family() {
    for_each_engine(|store| {
        let w = World::new(store);
        let set = w.sign_in(&w.agent);
        let first = set.refresh_token.unwrap();
        refused(&w.refresh(&w.other, "organizations", &first), Kind::InvalidGrant);
        let second = w.refresh(&w.program, "organizations", &first).unwrap().refresh_token.unwrap();
        assert_ne!(first, second);
        // The answer was lost on the way: the same request again gets another successor, and the first one is void.
        let third = w.refresh(&w.program, "organizations", &first).unwrap().refresh_token.unwrap();
        let fourth = w.refresh(&w.program, "organizations", &third).unwrap();
        assert!(w.test.authority().counts(&fourth.access_token));
        w.test.clock.advance_seconds(31);
        refused(&w.refresh(&w.program, "organizations", &first), Kind::InvalidGrant);
        refused(&w.refresh(&w.program, "organizations", &fourth.refresh_token.unwrap()), Kind::InvalidGrant);
        assert!(!w.test.authority().counts(&fourth.access_token), "also what the owner holds");
        assert!(w.test.events(w.partner.tenant.id).contains(&EventKind::TokenReplayed));
    });
}

#[test]
fn of_two_who_redeem_at_once_one_holds_the_family() {
    for_each_engine(|store| {
        let w = World::new(store);
        let first = w.sign_in(&w.agent).refresh_token.unwrap();
        let start = Barrier::new(2);
        let redeem = || {
            start.wait();
            w.refresh(&w.program, "organizations", &first).unwrap().refresh_token.unwrap()
        };
        let (one, two) = thread::scope(|scope| {
            let other = scope.spawn(redeem);
            (redeem(), other.join().unwrap())
        });
        let alive = |token: &str| w.refresh(&w.program, "organizations", token).is_ok();
        // Whichever was given out last lives; the other one was never used, and using it now is a replay.
        assert!(alive(&one) != alive(&two) || !alive(&two), "at most one successor lives");
    });
}

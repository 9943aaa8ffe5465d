//! The keys tokens are signed with, replaced in time and by hand.

use std::sync::Barrier;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entente_app::Ctx;
use entente_app::application::{self, Choice};
use entente_app::authority::keys;
use entente_app::authority::keys::State;
use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_identity::InstanceKey;
use entente_identity::jws::{Algorithm, SigningKey};
use entente_store::signing_key;
use entente_testkit::for_each_engine;
use entente_testkit::tokens::{Program, REDIRECT};
use serde_json::Value;

use crate::world::World;

/// The ids of the keys the world is told.
fn published(w: &World) -> Vec<String> {
    let set = keys::published(&w.test.app, Some(Cloud::Public)).unwrap();
    set["keys"].as_array().unwrap().iter().map(|it| it["kid"].as_str().unwrap().to_owned()).collect()
}

/// A token, and the id of the key that signed it.
fn signs(w: &World) -> (String, String) {
    let agent = w.test.confirmed(&w.agent);
    let token = w.test.authority().sign_in(&w.program, &agent, "openid").unwrap().access_token;
    let header = token.split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    (token, header["kid"].as_str().unwrap().to_owned())
}

fn states(w: &World) -> Vec<State> {
    let listed = keys::list(&w.test.app, &Ctx::operator(), Some(Cloud::Public)).unwrap();
    listed.into_iter().map(|it| it.state).collect()
}

#[test]
fn a_key_of_one_cloud_vouches_for_nobody_in_another() {
    for_each_engine(|store| {
        let w = World::new(store);
        keys::tend(&w.test.app).unwrap();
        let of = |cloud| keys::published(&w.test.app, Some(cloud)).unwrap()["keys"][0]["kid"].clone();
        assert_ne!(of(Cloud::Public), of(Cloud::Germany));
        let all = keys::published(&w.test.app, None).unwrap();
        assert_eq!(all["keys"].as_array().unwrap().len(), Cloud::ALL.len());
        // Nothing private is told.
        assert!(!all.to_string().contains("\"d\""));
    });
}

#[test]
fn keys_are_replaced_before_they_are_old_and_told_a_day_ahead() {
    for_each_engine(|store| {
        let w = World::new(store);
        keys::tend(&w.test.app).unwrap();
        let first = published(&w);
        assert_eq!(first.len(), 1);
        w.test.clock.advance_days(89);
        keys::tend(&w.test.app).unwrap();
        assert_eq!(published(&w).len(), 2, "the successor is told");
        let (old_token, old) = signs(&w);
        assert_eq!(old, first[0], "and does not sign yet");
        w.test.clock.advance_days(1);
        keys::tend(&w.test.app).unwrap();
        let (_, new) = signs(&w);
        assert_ne!(new, old);
        assert_eq!(published(&w).len(), 2, "the old one is told as long as its tokens live");
        assert!(!w.test.authority().counts(&old_token), "a day has passed");
        w.test.clock.advance_days(2);
        keys::tend(&w.test.app).unwrap();
        assert_eq!(published(&w), [new]);
    });
}

#[test]
fn a_successor_by_hand_is_told_at_once_and_signs_a_day_later() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, operator) = (&w.test.app, Ctx::operator());
        let rotate = || keys::rotate(app, &operator, Cloud::Public, false).unwrap();
        let (token, old) = signs(&w);
        let begun = app.now();
        w.test.clock.advance_seconds(60);
        let new = rotate().published;
        assert_eq!(published(&w), [old.clone(), new[0].clone()]);
        let tomorrow = app.now().plus_days(1);
        assert_eq!(states(&w), [State::Signs(begun), State::Waits(tomorrow)]);
        assert!(w.test.authority().counts(&token) && signs(&w).1 == old);
        assert_eq!(rotate(), keys::Rotated::default(), "one waits already");
        keys::tend(app).unwrap();
        assert_eq!(published(&w).len(), 2, "nor does time bring another");

        w.test.clock.advance_seconds(24 * 60 * 60 - 1);
        let (late, by) = signs(&w);
        assert_eq!(by, old);
        w.test.clock.advance_seconds(11);
        assert_eq!(signs(&w).1, new[0]);
        assert_eq!(states(&w), [State::Retired(None), State::Signs(tomorrow)]);
        keys::tend(app).unwrap();
        assert!(matches!(states(&w)[..], [State::Retired(Some(_)), State::Signs(_)]));
        assert!(w.test.authority().counts(&late), "what the old key signed counts until it expires");
        let elsewhere = keys::list(app, &operator, Some(Cloud::Germany)).unwrap();
        assert_eq!(elsewhere.len(), 1, "other clouds keep theirs");
    });
}

#[test]
fn revoked_keys_and_all_they_signed_count_no_more_at_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, operator) = (&w.test.app, Ctx::operator());
        keys::tend(app).unwrap();
        let germany = keys::published(app, Some(Cloud::Germany)).unwrap();
        let (token, old) = signs(&w);
        let waiting = keys::rotate(app, &operator, Cloud::Public, false).unwrap().published;
        let done = keys::rotate(app, &operator, Cloud::Public, true).unwrap();
        assert_eq!(done.revoked, [old, waiting[0].clone()], "the one that waited as well");
        assert_eq!(published(&w), done.published);
        assert_eq!(states(&w), [State::Signs(app.now())]);
        assert!(!w.test.authority().counts(&token));
        let (new, by) = signs(&w);
        assert!(w.test.authority().counts(&new) && by == done.published[0]);
        assert_eq!(keys::published(app, Some(Cloud::Germany)).unwrap(), germany);
        w.test.clock.advance_seconds(60);
        keys::tend(app).unwrap();
        assert_eq!(published(&w), done.published);
    });
}

#[test]
fn of_two_operators_at_once_one_publishes() {
    for_each_engine(|store| {
        let w = World::new(store);
        keys::tend(&w.test.app).unwrap();
        let start = Barrier::new(2);
        let rotate = || {
            start.wait();
            keys::rotate(&w.test.app, &Ctx::operator(), Cloud::Public, false).unwrap().published.len()
        };
        let published_by = thread::scope(|scope| {
            let (one, two) = (scope.spawn(rotate), scope.spawn(rotate));
            one.join().unwrap() + two.join().unwrap()
        });
        assert_eq!((published_by, published(&w).len()), (1, 2));
    });
}

#[test]
fn private_keys_are_sealed_each_for_its_own_row_of_this_installation() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let choice = Choice {
            name: "Old tool".parse().unwrap(),
            redirects: vec![REDIRECT.parse().unwrap()],
            roles: Vec::new(),
            algorithm: Signature::Rs256,
            device_code: false,
        };
        let chief = w.test.confirmed(&w.chief);
        let id = application::register(app, &chief, choice, true).unwrap().id;
        let secret = application::add_secret(app, &chief, id, "", 30).unwrap().text();
        let old = Program { id, secret };
        w.test.authority().sign_in(&old, &w.agent, "openid").unwrap();
        keys::tend(app).unwrap();
        keys::rotate(app, &Ctx::operator(), Cloud::Public, false).unwrap();
        let stored = app.store().read(|tx| signing_key::of_cloud(tx, Cloud::Public)).unwrap();
        let algorithms: Vec<_> = stored.iter().map(|it| it.algorithm).collect();
        assert_eq!(algorithms, [Signature::Es256, Signature::Es256, Signature::Rs256, Signature::Rs256]);
        let elsewhere = InstanceKey::new([8; 32]).seal_key();
        for row in &stored {
            let open = |owner: &str| app.seal().open("signing-key", owner.as_bytes(), &row.sealed);
            let der = open(&row.id).unwrap();
            let algorithm = if row.algorithm == Signature::Rs256 { Algorithm::Rs256 } else { Algorithm::Es256 };
            let key = SigningKey::from_pkcs8(algorithm, &der).unwrap();
            let jwk: Value = serde_json::from_str(&row.jwk).unwrap();
            assert_eq!((key.verifying().jwk(), key.key_id()), (jwk, &*row.id), "the key the world is told");
            // No part of the key is there to be read, plain or written as text.
            let text = STANDARD.encode(&der);
            let holds = |part: &[u8]| row.sealed.windows(part.len()).any(|it| it == part);
            assert!(!der.windows(16).any(holds) && !text.as_bytes().windows(16).any(holds), "{}", row.id);
            assert!(["d", "p", "q", "dp", "dq", "qi"].iter().all(|name| !row.jwk.contains(&format!("\"{name}\""))));
            for other in stored.iter().filter(|it| it.id != row.id) {
                assert!(open(&other.id).is_none(), "another row's name");
            }
            assert!(app.seal().open("second-factor", row.id.as_bytes(), &row.sealed).is_none(), "another use");
            assert!(elsewhere.open("signing-key", row.id.as_bytes(), &row.sealed).is_none(), "another installation");
        }
    });
}

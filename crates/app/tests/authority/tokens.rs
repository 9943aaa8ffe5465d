//! Tokens that were never ours.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_app::authority::{Kind, keys};
use entente_domain::cloud::Cloud;
use entente_identity::jws::{Algorithm, SigningKey};
use entente_testkit::for_each_engine;
use serde_json::{Value, json};

use crate::world::{World, claims, refused};

#[test]
fn tokens_that_were_never_ours_are_refused() {
    for_each_engine(|store| {
        let w = World::new(store);
        let token = w.sign_in(&w.agent).access_token;
        let mut parts = token.split('.');
        let (header, body, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let said = claims(&token);
        let changed = |name: &str, value: Value| {
            let mut claims = said.clone();
            claims[name] = value;
            claims
        };
        let counts = |token: &str| w.test.authority().counts(token);
        assert!(counts(&token));
        for (what, forged) in [
            ("the tenant swapped", format!("{header}.{}.{signature}", encoded(&changed("tid", json!(w.here()))))),
            ("no signature", format!("{}.{body}.", encoded(&json!({"alg": "none", "typ": "at+jwt"})))),
            ("cut", format!("{header}.{body}")),
            ("an unknown key", {
                let mut head = head.clone();
                head["kid"] = json!("../../etc/passwd");
                format!("{}.{body}.{signature}", encoded(&head))
            }),
            ("signed by a key of one's own under our name", {
                let own = SigningKey::generate(Algorithm::Es256).sign("at+jwt", &said);
                let mut own = own.split('.');
                let mut head: Value =
                    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(own.next().unwrap()).unwrap()).unwrap();
                head["kid"] =
                    serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()["kid"].clone();
                format!("{}.{}.{}", encoded(&head), own.next().unwrap(), own.next().unwrap())
            }),
        ] {
            assert!(!counts(&forged), "{what}");
        }
    });
}

#[test]
fn a_key_of_one_cloud_signs_nothing_that_counts_in_another() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        keys::tend(&w.test.app).unwrap();
        let own = w.sign_in(&w.agent).access_token;
        let acting = authority.exchange(&w.program, &own, w.customer.id).unwrap().access_token;
        for said in [claims(&own), claims(&acting)] {
            assert!(authority.counts(&authority.signed(Cloud::Public, &said)), "as it came");
            for cloud in Cloud::ALL.into_iter().filter(|it| *it != Cloud::Public) {
                let forged = authority.signed(cloud, &said);
                assert!(!authority.counts(&forged), "{cloud:?}");
                refused(&authority.exchange(&w.program, &forged, w.customer.id), Kind::InvalidGrant);
            }
        }
    });
}

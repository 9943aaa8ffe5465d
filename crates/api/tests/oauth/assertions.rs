//! Programs that prove themselves with a key in place of a secret (RFC 7523): each of the algorithms the document names, once, at the
//! authority that is asked.

use entente_app::application;
use entente_domain::cloud::Cloud;
use entente_identity::jws::{Algorithm, SigningKey};
use entente_testkit::tokens::{Program, spelled};
use serde_json::{Value, json};

use crate::world::{Answer, World, choice};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const REFUSED: (u16, &str, u32) = (401, "invalid_client", 700_027);

/// Registers a key as most tools write one: which padding an RSA key is for is not in it.
fn with_key(w: &World, program: &Program, algorithm: Algorithm) -> SigningKey {
    let key = SigningKey::generate(algorithm);
    let mut jwk = key.verifying().jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    application::add_key(&w.test.app, &w.test.confirmed(&w.chief), program.id, "", &jwk.to_string(), 30).unwrap();
    key
}

/// What an assertion says, with changes; null takes a member out.
fn said(w: &World, changes: &Value) -> Value {
    let (id, now) = (w.program.id.to_string(), w.test.app.now().seconds());
    let mut said = json!({
        "iss": id, "sub": id, "aud": format!("https://halden.example/{}/v2.0", w.home()), "exp": now + 300, "jti": "one",
    });
    for (name, value) in changes.as_object().unwrap() {
        said[name] = value.clone();
    }
    said.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    said
}

/// Asks at a route with an assertion alone; which program asks is in it.
async fn ask(w: &World, route: &str, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let proof = [("client_assertion_type", KIND), ("client_assertion", assertion)];
    w.post(&format!("/{}/{route}", w.home()), &[&proof[..], more].concat()).await
}

async fn token(w: &World, assertion: &str) -> Answer {
    let more = [("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")];
    ask(w, "oauth2/v2.0/token", assertion, &more).await
}

#[tokio::test]
async fn each_algorithm_of_the_document_proves() {
    let w = World::new();
    let document = w.get("/common/v2.0/.well-known/openid-configuration").await;
    let named = document.body["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap();
    assert_eq!(named.len(), 4);
    for (number, name) in named.iter().enumerate() {
        let key = with_key(&w, &w.program, Algorithm::parse(name.as_str().unwrap()).unwrap());
        let assertion = key.sign("JWT", &said(&w, &json!({ "jti": number.to_string() })));
        token(&w, &assertion).await.is(200);
    }
}

#[tokio::test]
async fn an_assertion_counts_once_whichever_route_it_comes_to() {
    let w = World::new();
    let key = with_key(&w, &w.program, Algorithm::Es256);
    let own = w.test.authority().sign_in(&w.program, &w.agent, "openid offline_access").unwrap();
    let refresh = own.refresh_token.unwrap();
    let routes = [
        ("oauth2/v2.0/token", ("grant_type", "client_credentials")),
        ("oauth2/token", ("grant_type", "client_credentials")),
        ("oauth2/v2.0/introspect", ("token", &*own.access_token)),
        ("oauth2/v2.0/devicecode", ("scope", "openid")),
        ("oauth2/v2.0/revoke", ("token", &*refresh)),
    ];
    for (number, (route, field)) in routes.iter().enumerate() {
        let assertion = key.sign("JWT", &said(&w, &json!({ "jti": number.to_string() })));
        ask(&w, route, &assertion, &[*field]).await.is(200);
        for (other, field) in &routes {
            ask(&w, other, &assertion, &[*field]).await.refused(&format!("{route}, then {other}"), REFUSED);
        }
    }
}

#[tokio::test]
async fn an_assertion_names_its_program_this_authority_and_its_own_short_time() {
    let w = World::new();
    let key = with_key(&w, &w.program, Algorithm::Es256);
    let (now, home) = (w.test.app.now().seconds(), w.home());
    let at = |rest: &str| json!(format!("https://halden.example/{home}/{rest}"));
    for (number, audience) in
        [at("v2.0"), at("oauth2/v2.0/token"), at("oauth2/token"), json!([at("v2.0")])].into_iter().enumerate()
    {
        let changes = json!({ "aud": audience, "jti": format!("good {number}") });
        token(&w, &key.sign("JWT", &said(&w, &changes))).await.is(200);
    }
    let other = w.register(choice("Other"));
    let their_key = with_key(&w, &other, Algorithm::Es256);
    let their_id = other.id.to_string();
    let before = w.test.written();
    for changes in [
        json!({ "aud": null }),
        json!({ "aud": "https://halden.example" }),
        json!({ "aud": at("") }),
        json!({ "aud": at("v2.0/") }),
        json!({ "aud": at("oauth2/v2.0/introspect") }),
        json!({ "aud": format!("https://halden.example/{}/v2.0", w.customer.id) }),
        json!({ "aud": [at("v2.0"), "https://other.example"] }),
        json!({ "aud": [] }),
        json!({ "iss": null }),
        json!({ "iss": their_id }),
        json!({ "iss": "https://evil.example" }),
        json!({ "exp": null }),
        json!({ "exp": now - 60 }),
        json!({ "exp": now + 661 }),
        json!({ "exp": (now + 300).to_string() }),
        json!({ "nbf": now + 61 }),
        json!({ "iat": now + 61 }),
        json!({ "jti": null }),
        json!({ "jti": "" }),
        json!({ "jti": "x".repeat(129) }),
    ] {
        token(&w, &key.sign("JWT", &said(&w, &changes))).await.refused(&changes.to_string(), REFUSED);
    }
    let (id, good) = (w.program.id.to_string(), said(&w, &json!({ "jti": "last" })));
    let head = json!({ "alg": "ES256", "kid": key.key_id(), "typ": "JWT" });
    let own = SigningKey::generate(Algorithm::Es256);
    for (what, assertion) in [
        ("another program's key", their_key.sign("JWT", &good)),
        ("another program's key by this one's name", spelled(&their_key, &head, &good)),
        (
            "a key it brings",
            spelled(&own, &json!({ "alg": "ES256", "typ": "JWT", "jwk": own.verifying().jwk() }), &good),
        ),
        ("no signature", format!("{}.", spelled(&key, &json!({ "alg": "none" }), &good).rsplit_once('.').unwrap().0)),
        ("an access token's type", key.sign("at+jwt", &good)),
        ("a logout token's type", key.sign("logout+jwt", &good)),
        ("our own key", w.test.authority().key(Cloud::Public).sign("JWT", &good)),
    ] {
        // Which program it is from is said beside it, because of some nothing can be read.
        let more = [("grant_type", "client_credentials"), ("client_id", &*id)];
        ask(&w, "oauth2/v2.0/token", &assertion, &more).await.refused(what, REFUSED);
    }
    assert_eq!(w.test.written(), before, "none of them was remembered");
    let assertion = key.sign("JWT", &good);
    for wrong in [&*their_id, "01900000-0000-7000-8000-000000000000"] {
        let more = [("grant_type", "client_credentials"), ("client_id", wrong)];
        ask(&w, "oauth2/v2.0/token", &assertion, &more).await.is(if wrong == their_id { 401 } else { 400 });
    }
    token(&w, &assertion).await.is(200);
}

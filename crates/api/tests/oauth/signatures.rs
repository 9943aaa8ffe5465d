//! Tokens read as strangers read them, by the keys the world is told, before and after these are replaced; and tokens that were never
//! ours, at the route that says who holds one.

use axum::body::Body;
use axum::http::{Request, header};
use entente_app::Ctx;
use entente_app::application::Choice;
use entente_app::authority::keys;
use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_identity::jws::{self, Algorithm, SigningKey, Types, VerifyingKey};
use entente_testkit::tokens::{Program, spelled};
use serde_json::{Value, json};

use crate::world::{Answer, World, choice, parts};

/// The published keys, by a path of the document.
async fn published(w: &World) -> Vec<Value> {
    let answer = w.get(&format!("/{}/discovery/v2.0/keys", w.home())).await;
    answer.is(200).body["keys"].as_array().unwrap().clone()
}

/// What a token says, by the one published key that its header names.
fn read(keys: &[Value], token: &str, typ: &str) -> Option<Value> {
    let kid = parts(token).0["kid"].clone();
    let key = keys.iter().find(|it| it["kid"] == kid)?;
    let key = VerifyingKey::from_jwk(key).unwrap();
    jws::verify(token, &key, Types::OneOf(&[typ])).ok().map(Value::Object)
}

fn access(w: &World, program: &Program) -> String {
    let agent = w.test.confirmed(&w.agent);
    w.test.authority().sign_in(program, &agent, "openid").unwrap().access_token
}

#[tokio::test]
async fn keys_overlap_when_they_are_replaced_so_that_no_token_becomes_unreadable() {
    for algorithm in [Signature::Es256, Signature::Rs256] {
        let w = World::new();
        let program = w.register(Choice { algorithm, ..choice("Tool") });
        let kid = |token: &str| parts(token).0["kid"].as_str().unwrap().to_owned();
        let early = access(&w, &program);
        let before = published(&w).await;
        assert_eq!(read(&before, &early, "at+jwt").unwrap()["client_id"], program.id.to_string());
        let signing = before.iter().find(|it| it["kid"] == kid(&early)).unwrap();
        assert_eq!((&signing["alg"], &signing["use"]), (&json!(algorithm.code()), &json!("sig")));
        keys::rotate(&w.test.app, &Ctx::operator(), Cloud::Public, false).unwrap();
        let both = published(&w).await;
        let of = |keys: &[Value]| keys.iter().filter(|it| it["alg"] == algorithm.code()).count();
        assert_eq!((of(&before), of(&both)), (1, 2));
        assert!(read(&both, &early, "at+jwt").is_some(), "signed before, read after");
        // Whoever keeps the old set for the hours it may be kept reads all that is signed until then.
        w.test.clock.advance_seconds(24 * 60 * 60 - 1);
        let late = access(&w, &program);
        assert!(read(&before, &late, "at+jwt").is_some());
        w.test.clock.advance_seconds(11);
        let new = access(&w, &program);
        assert_ne!(kid(&new), kid(&late));
        let keys = published(&w).await;
        for token in [&late, &new] {
            assert!(read(&keys, token, "at+jwt").is_some());
            assert!(w.test.authority().counts(token));
        }
        assert!(read(&before, &new, "at+jwt").is_none());
        assert!(keys.iter().all(|it| it.get("d").is_none() && it.get("p").is_none()), "nothing private");
    }
}

async fn userinfo(w: &World, token: &str) -> Answer {
    let request = Request::get("/oidc/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
    w.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_token_whose_header_brings_or_points_at_a_key_of_its_own_is_nobodys() {
    let w = World::new();
    let token = access(&w, &w.program);
    let (head, said) = parts(&token);
    let (ours, own) = (w.test.authority().key(Cloud::Public), SigningKey::generate(Algorithm::Es256));
    assert_eq!(head["kid"], ours.key_id());
    let with = |name: &str, value: Value| {
        let mut head = head.clone();
        head[name] = value;
        head
    };
    let keys = "https://evil.example/keys";
    let headers = [
        ("as it came", head.clone()),
        ("jwk", with("jwk", own.verifying().jwk())),
        ("jku", with("jku", json!(keys))),
        ("x5u", with("x5u", json!(keys))),
        ("x5c", with("x5c", json!(["AAAA"]))),
        ("its own kid", with("kid", json!(own.key_id()))),
    ];
    for (what, head) in headers {
        let answer = userinfo(&w, &spelled(&own, &head, &said)).await;
        answer.is(401);
        assert_eq!(answer.body["code"], "invalid_token", "{what}");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{what}");
        // By our key such a header changes nothing, unless it names another.
        let same = userinfo(&w, &spelled(&ours, &head, &said)).await;
        assert_eq!(same.status.as_u16(), if what == "its own kid" { 401 } else { 200 }, "{what}");
    }
    assert!(w.test.fetch.asked().is_empty(), "nobody was asked for a key");
}

#[tokio::test]
async fn no_key_but_the_one_a_token_names_and_no_kind_but_an_access_token_opens_the_interfaces() {
    let w = World::new();
    keys::tend(&w.test.app).unwrap();
    let set = w.test.authority().sign_in(&w.program, &w.agent, "openid offline_access").unwrap();
    let (head, said) = parts(&set.access_token);
    let ours = w.test.authority().key(Cloud::Public);
    let with = |value: &Value, changes: &[(&str, Value)]| {
        let mut value = value.clone();
        for (name, it) in changes {
            value[*name] = it.clone();
        }
        value
    };
    let sign = |changes: &[(&str, Value)], claims: &[(&str, Value)]| {
        spelled(&ours, &with(&head, changes), &with(&said, claims))
    };
    userinfo(&w, &sign(&[], &[])).await.is(200);
    let german = w.test.authority().key(Cloud::Germany);
    let (body, signature) = set.access_token.split_once('.').unwrap().1.split_once('.').unwrap();
    let unsigned = |alg: &str| {
        let head = spelled(&ours, &with(&head, &[("alg", json!(alg))]), &said);
        format!("{}.{body}.", head.split('.').next().unwrap())
    };
    let own = w.test.authority().sign_in(&w.program, &w.agent, &format!("api://{}/.default", w.program.id)).unwrap();
    let issuer = |id: &str| json!(format!("https://halden.example/{id}/v2.0"));
    let customer = w.customer.id.to_string();
    for (what, token) in [
        ("another tenant", sign(&[], &[("tid", json!(customer))])),
        ("another issuer", sign(&[], &[("iss", issuer(&customer))])),
        ("another tenant and issuer", sign(&[], &[("tid", json!(customer)), ("iss", issuer(&customer))])),
        ("an issuer with a slash", sign(&[], &[("iss", json!(format!("{}/", said["iss"].as_str().unwrap())))])),
        ("several audiences", sign(&[], &[("aud", json!([said["aud"], "https://other.example"]))])),
        ("no kid", sign(&[("kid", Value::Null)], &[])),
        ("the name of another cloud's key", sign(&[("kid", json!(german.key_id()))], &[])),
        ("another cloud's key by its name", spelled(&german, &with(&head, &[("kid", json!(german.key_id()))]), &said)),
        ("another cloud's key by ours", spelled(&german, &head, &said)),
        ("none", unsigned("none")),
        ("None", unsigned("None")),
        ("HS256", sign(&[("alg", json!("HS256"))], &[])),
        ("RS256 by a key for ES256", sign(&[("alg", json!("RS256"))], &[])),
        ("an extension", sign(&[("crit", json!(["x"])), ("x", json!(1))], &[])),
        ("another type", sign(&[("typ", json!("JWT"))], &[])),
        ("a logout token's type", sign(&[("typ", json!("logout+jwt"))], &[])),
        ("no type", sign(&[("typ", Value::Null)], &[])),
        ("another person", sign(&[], &[("sub", json!(w.sales.person.unwrap().to_string()))])),
        ("another grant", sign(&[], &[("sid", json!("01900000-0000-7000-8000-000000000000"))])),
        ("another program", sign(&[], &[("client_id", json!("01900000-0000-7000-8000-000000000000"))])),
        ("over", sign(&[], &[("exp", json!(said["iat"]))])),
        ("an end as text", sign(&[], &[("exp", json!(said["exp"].to_string()))])),
        ("not yet", sign(&[], &[("nbf", json!(said["iat"].as_i64().unwrap() + 61))])),
        (
            "another signature",
            format!(
                "{}.{body}.{}",
                set.access_token.split('.').next().unwrap(),
                signature.chars().rev().collect::<String>()
            ),
        ),
        ("an identity token", set.id_token.unwrap()),
        ("a refresh token", set.refresh_token.unwrap()),
        ("a token for a program", own.access_token),
        ("nothing", "x".to_owned()),
    ] {
        let answer = userinfo(&w, &token).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (401, &json!("invalid_token")), "{what}");
    }
    // A token in an address would be in every log.
    for path in ["/oidc/userinfo".to_owned(), format!("/oidc/userinfo?access_token={}", sign(&[], &[]))] {
        let answer = w.get(&path).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (401, &json!("token_required")), "{path}");
    }
}

//! What tokens say (RFC 9068, OpenID Connect Core section 2), and what an answer holds.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use entente_app::Ctx;
use entente_app::application::Choice;
use entente_domain::application::Signature;
use entente_domain::assurance::{Method as Proven, Proof};
use entente_testkit::tokens::REDIRECT;
use serde_json::{Value, json};

use crate::world::{Answer, World, choice, parts};

type Fields<'a> = &'a [(&'a str, &'a str)];

const BEGIN: i64 = entente_testkit::app::BEGIN.seconds();

async fn signed_in(w: &World, who: &Ctx, asked: Fields<'_>, more: Fields<'_>) -> Answer {
    let code = w.code(&w.program, who, asked).unwrap();
    let redeem = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", REDIRECT)];
    w.token(&w.program, "organizations", &[&redeem[..], more].concat()).await
}

fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_program_alone_is_its_own_subject_with_the_permissions_it_is_registered_with() {
    let w = World::new();
    let ask = async || {
        let fields = [("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")];
        parts(w.token(&w.program, &w.home(), &fields).await.text("access_token"))
    };
    let (head, mut claims) = ask().await;
    assert_eq!((&head["typ"], &head["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let number = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_ne!(number, ask().await.1["jti"], "each token has a number of its own");
    let id = w.program.id.to_string();
    assert_eq!(
        claims,
        json!({
            "iss": format!("https://halden.example/{}/v2.0", w.home()), "aud": "https://halden.example/graph",
            "sub": id, "oid": id, "client_id": id, "azp": id, "appid": id, "tid": w.home(), "idtyp": "app", "ver": "2.0",
            "iat": BEGIN, "nbf": BEGIN, "exp": BEGIN + 3600, "roles": ["billing_admin", "helpdesk_agent"],
        }),
        "and nothing of a person: no scp, no amr"
    );
}

#[tokio::test]
async fn a_persons_tokens_say_who_they_are_and_how_and_when_they_proved_it() {
    let w = World::new();
    let scope = ("scope", "openid profile offline_access https://graph.microsoft.com/.default");
    let earlier = w.test.app.now();
    let strong = Proof::new(earlier, vec![Proven::Password, Proven::OneTimeCode]);
    w.test.clock.advance_seconds(40);
    for (proof, amr, acr) in [
        (Proof::password(earlier), json!(["pwd"]), "1"),
        (strong, json!(["mfa", "otp", "pwd"]), "2"),
        (Proof::new(earlier, vec![Proven::Passkey]), json!(["hwk", "mfa", "user"]), "2"),
    ] {
        let who = Ctx { proof: Some(proof), ..w.agent.clone() };
        let answer = signed_in(&w, &who, &[scope, ("nonce", "n-1")], &[]).await;
        let person = w.agent.person.unwrap().to_string();
        let (head, access) = parts(answer.text("access_token"));
        assert_eq!(head["typ"], "at+jwt");
        for required in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
            assert!(!access[required].is_null(), "{required} (RFC 9068, section 2.2)");
        }
        assert_eq!(
            (&access["sub"], &access["oid"], &access["idtyp"]),
            (&json!(person), &json!(person), &json!("user"))
        );
        assert_eq!((&access["roles"], &access["scp"]), (&json!(["admin_agent"]), &json!("user_impersonation")));
        let (head, identity) = parts(answer.text("id_token"));
        assert_eq!(head["typ"], "JWT");
        assert_eq!(
            identity["aud"],
            w.program.id.to_string(),
            "for the program, where the access token is for the interface"
        );
        assert_eq!(
            (&identity["sub"], &identity["nonce"], &identity["tid"]),
            (&access["sub"], &json!("n-1"), &access["tid"])
        );
        for token in [&access, &identity] {
            let proven = (&token["amr"], &token["acr"], &token["auth_time"]);
            assert_eq!(proven, (&amr, &json!(acr), &json!(BEGIN)), "as old as the proof");
            assert_eq!((&token["iat"], &token["exp"]), (&json!(BEGIN + 40), &json!(BEGIN + 40 + 3600)));
        }
    }
}

#[tokio::test]
async fn a_nonce_is_there_exactly_when_one_was_sent() {
    let w = World::new();
    let scope = ("scope", "openid");
    for (sent, expected) in [(None, None), (Some(""), None), (Some("a b&c\u{e9}"), Some("a b&c\u{e9}"))] {
        let asked: Vec<_> = [scope].into_iter().chain(sent.map(|it| ("nonce", it))).collect();
        let answer = signed_in(&w, &w.agent, &asked, &[]).await;
        assert_eq!(parts(answer.text("id_token")).1.get("nonce").and_then(Value::as_str), expected);
    }
}

#[tokio::test]
async fn an_answer_holds_what_was_asked_for_and_nothing_else() {
    let w = World::new();
    let always = ["access_token", "expires_in", "ext_expires_in", "scope", "token_type"];
    let cases: [(&str, Fields<'_>, &[&str]); 6] = [
        ("https://graph.microsoft.com/.default", &[], &[]),
        ("openid", &[], &["id_token"]),
        ("offline_access", &[], &["refresh_token"]),
        ("openid", &[("client_info", "1")], &["id_token", "client_info"]),
        ("openid", &[("client_info", "0")], &["id_token"]),
        // What libraries send beside the standard is ignored.
        ("openid", &[("x-client-sku", "msal"), ("claims", "{}"), ("unknown", "1")], &["id_token"]),
    ];
    for (scope, more, extra) in cases {
        let answer = signed_in(&w, &w.agent, &[("scope", scope)], more).await;
        answer.is(200);
        assert_eq!(names(&answer.body), always.iter().chain(extra).copied().collect(), "{scope} {more:?}");
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
        assert_eq!((&answer.body["token_type"], &answer.body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    }
}

#[tokio::test]
async fn a_program_that_knows_rs256_only_gets_all_its_tokens_in_it_and_no_other_program_does() {
    let w = World::new();
    let old = w.register(Choice { algorithm: Signature::Rs256, ..choice("Old tool") });
    let set = w.test.authority().sign_in(&old, &w.agent, "openid").unwrap();
    let acting = w.test.authority().exchange(&old, &set.access_token, w.customer.id).unwrap().access_token;
    let fields = [("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")];
    let alone = w.token(&old, &w.home(), &fields).await;
    for token in [&*set.access_token, &set.id_token.unwrap(), &acting, alone.text("access_token")] {
        assert_eq!(parts(token).0["alg"], "RS256");
    }
    let other = w.test.authority().sign_in(&w.program, &w.agent, "openid").unwrap();
    assert_eq!(parts(&other.access_token).0["alg"], "ES256");
}

#[tokio::test]
async fn whose_a_token_is_can_be_asked_and_who_acts_stands_there_only_where_somebody_does() {
    let w = World::new();
    let own = w.test.authority().sign_in(&w.program, &w.agent, "openid").unwrap().access_token;
    let acting = w.test.authority().exchange(&w.program, &own, w.customer.id).unwrap().access_token;
    let person = w.agent.person.unwrap().to_string();
    for method in [Method::GET, Method::POST] {
        let ask = async |token: &str| {
            let request = Request::builder().method(&method).uri("/oidc/userinfo");
            let request = request.header("authorization", format!("Bearer {token}"));
            w.send(request.body(Body::empty()).unwrap()).await
        };
        let answer = ask(&own).await;
        assert_eq!(
            answer.is(200).body,
            json!({
                "sub": person, "name": "Tom", "preferred_username": "tom@brightwater.no", "email": "tom@brightwater.no",
                "tid": w.home(),
            }),
            "nothing that is null (OpenID Connect Core, section 5.3.2)"
        );
        let answer = ask(&acting).await;
        assert_eq!(
            (&answer.is(200).body["sub"], &answer.body["tid"]),
            (&json!(person), &json!(w.customer.id.to_string()))
        );
        assert_eq!(answer.body["act"]["tid"], w.home());
        let fields = [("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")];
        let alone = w.token(&w.program, &w.home(), &fields).await;
        assert_eq!(ask(alone.text("access_token")).await.is(403).body["code"], "no_person");
    }
}

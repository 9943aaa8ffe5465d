//! Proof that whoever redeems a code is who asked for it (RFC 7636).

use entente_app::application::{self, Choice};
use entente_testkit::tokens::{Program, REDIRECT};

use crate::world::{Answer, World, choice};

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CHALLENGED: &[(&str, &str)] = &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
const NOT_PROVEN: (u16, &str, u32) = (400, "invalid_grant", 501_481);

async fn redeem(w: &World, code: &str, verifier: Option<&str>) -> Answer {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
    fields.extend(verifier.map(|it| ("code_verifier", it)));
    w.token(&w.program, "organizations", &fields).await
}

#[tokio::test]
async fn a_code_that_was_asked_for_with_a_challenge_is_redeemed_with_its_verifier_alone() {
    let w = World::new();
    let code = w.code(&w.program, &w.agent, CHALLENGED).unwrap();
    let before = w.test.written();
    let other = format!("{}X", &VERIFIER[..42]);
    for wrong in [
        Some(&*other),
        None,
        Some(""),
        Some(CHALLENGE),
        Some(&VERIFIER[..42]),
        Some(&format!("{VERIFIER}=")),
        Some(&format!(" {VERIFIER}")),
        Some(&VERIFIER.to_lowercase()),
    ] {
        redeem(&w, &code, wrong).await.refused(&format!("{wrong:?}"), NOT_PROVEN);
    }
    assert_eq!(w.test.written(), before);
    redeem(&w, &code, Some(VERIFIER)).await.is(200);
}

#[tokio::test]
async fn a_code_that_was_asked_for_without_a_challenge_is_nothing_with_a_verifier() {
    let w = World::new();
    let code = w.code(&w.program, &w.agent, &[]).unwrap();
    redeem(&w, &code, Some(VERIFIER)).await.refused("with a verifier", NOT_PROVEN);
    redeem(&w, &code, Some("")).await.is(200);
}

#[tokio::test]
async fn a_public_program_gets_no_code_without_a_challenge_and_no_token_without_its_verifier() {
    let w = World::new();
    let chief = w.test.confirmed(&w.chief);
    let id = application::register(&w.test.app, &chief, Choice { roles: vec![], ..choice("Tool") }, false);
    let public = Program { id: id.unwrap().id, secret: String::new() };
    assert_eq!(w.code(&public, &w.agent, &[]), Err(("invalid_request", 9_002_325)));
    let code = w.code(&public, &w.agent, CHALLENGED).unwrap();
    let id = public.id.to_string();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &id),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let token = "/organizations/oauth2/v2.0/token";
    w.post(token, &form[..4]).await.refused("without a verifier", NOT_PROVEN);
    let with_secret = [&form[..], &[("client_secret", &w.program.secret)]].concat();
    w.post(token, &with_secret).await.refused("with a secret", (401, "invalid_client", 700_025));
    w.post(token, &form).await.is(200);
}

#[tokio::test]
async fn a_challenge_is_one_of_s256_or_none_at_all() {
    let w = World::new();
    for (more, refused) in [
        (vec![("code_challenge", VERIFIER), ("code_challenge_method", "plain")], 50_148),
        (vec![("code_challenge", CHALLENGE), ("code_challenge_method", "s256")], 50_148),
        (vec![("code_challenge", CHALLENGE), ("code_challenge_method", "")], 50_148),
        (vec![("code_challenge", CHALLENGE)], 50_148),
        (vec![("code_challenge_method", "S256")], 900_144),
        (vec![("code_challenge", ""), ("code_challenge_method", "S256")], 900_144),
        (vec![("code_challenge", &CHALLENGE[..42]), ("code_challenge_method", "S256")], 90_014),
    ] {
        assert_eq!(w.code(&w.program, &w.agent, &more), Err(("invalid_request", refused)), "{more:?}");
    }
}

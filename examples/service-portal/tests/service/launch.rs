use axum::http::header;

use crate::fake::UNKNOWN;
use crate::world::{FJORDLINE, HARBOUR, World};

#[tokio::test]
async fn a_launch_leads_to_the_customer_s_issuer_with_all_that_protects_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    let answer = browser.get(&world.launch(FJORDLINE)).await;
    assert!(
        answer.location().starts_with(&format!("{}/{FJORDLINE}/oauth2/v2.0/authorize?", world.fake.base)),
        "{}",
        answer.location()
    );
    let query = answer.query();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "mailboxes-client"),
        ("redirect_uri", "http://localhost:8090/callback"),
        ("scope", "openid profile api://mailboxes/.default"),
        ("code_challenge_method", "S256"),
        ("login_hint", "fjordline.example"),
    ] {
        assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert!(query[name].len() >= 22, "{name}");
    }
    assert!(!query.contains_key("prompt"));
    let cookie = answer.header(header::SET_COOKIE);
    for part in ["mailboxes_login_", "HttpOnly", "SameSite=Lax", "Path=/callback", "Max-Age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn two_launches_share_nothing_but_what_the_issuer_published() {
    let world = World::new().await;
    let mut browser = world.browser();
    let first = browser.get(&world.launch(FJORDLINE)).await.query();
    let second = browser.get(&world.launch(FJORDLINE)).await.query();
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(first[name], second[name], "{name}");
    }
    assert_eq!(world.fake.told(|told| told.discoveries), 1, "asked for once");
    browser.get(&world.launch(HARBOUR)).await;
    assert_eq!(world.fake.told(|told| told.discoveries), 2, "once for each issuer");
    world.wait(3601);
    browser.get(&world.launch(HARBOUR)).await;
    assert_eq!(world.fake.told(|told| told.discoveries), 3, "and again after an hour");
}

#[tokio::test]
async fn a_link_that_is_not_ours_leads_nowhere_and_nobody_is_asked() {
    let world = World::new().await;
    let good = world.issuer(FJORDLINE);
    for path in [
        "/launch".to_owned(),
        "/launch?login_hint=fjordline.example".to_owned(),
        "/launch?iss=".to_owned(),
        format!("/launch?iss=https://evil.example/{FJORDLINE}/v2.0"),
        format!("/launch?iss={}/common/v2.0", world.fake.base),
        format!("/launch?iss={}/{FJORDLINE}", world.fake.base),
        format!("/launch?iss={good}/"),
        format!("/launch?iss={good}&iss={good}"),
        format!("/launch?iss={good}&login_hint=a%0Ab"),
        format!("/launch?iss={good}&login_hint={}", "x".repeat(255)),
    ] {
        let answer = world.browser().get(&path).await;
        answer.says(400, "The link that led here");
        assert_eq!(answer.header(header::SET_COOKIE), "", "{path}");
    }
    assert_eq!(world.fake.told(|told| told.discoveries), 0);
}

#[tokio::test]
async fn an_organisation_that_the_authority_does_not_know_is_a_page_not_a_crash() {
    let world = World::new().await;
    world.browser().get(&world.launch(UNKNOWN)).await.says(502, "cannot be asked at the moment");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_in_its_place() {
    let world = World::new().await;
    for (path, cache) in [("/", "no-store"), ("/launch", "no-store"), ("/style.css", "public, max-age=3600")] {
        let answer = world.browser().get(path).await;
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
        assert!(policy.contains(&format!("form-action 'self' {};", world.fake.base)), "{policy}");
        assert_eq!(answer.header(header::CACHE_CONTROL), cache, "{path}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }
}

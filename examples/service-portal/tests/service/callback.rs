use axum::http::header;
use serde_json::{Value, json};

use crate::fake::Key;
use crate::world::{FJORDLINE, HARBOUR, NOW, World};

#[tokio::test]
async fn who_acts_for_a_customer_sees_the_strip_on_its_mailboxes() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let page = tom.get("/").await;
    page.says(200, "<aside class=\"strip\" aria-label=\"Acting on behalf of a customer\">");
    // NOW is eight o'clock, the session lasts an hour.
    for text in [
        "Acting for <strong>Fjordline Logistics AS</strong> as Global administrator.",
        "<time datetime=\"2027-01-15T09:00:00Z\">09:00</time>",
        "Signed in: Tom Berg at Brightwater IT",
        "support@fjordline.example",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
}

#[tokio::test]
async fn the_customer_s_own_administrator_sees_no_strip() {
    let world = World::new().await;
    let mut claims = world.acting();
    for name in ["act", "acting_for", "acting_as", "wids"] {
        claims.as_object_mut().unwrap().remove(name);
    }
    claims["name"] = "Ingrid Dahl".into();
    claims["organisation"] = "Fjordline Logistics AS".into();
    claims["preferred_username"] = "ingrid.dahl@fjordline.example".into();
    world.fake.told(|told| told.introspection.1["wids"] = json!([crate::world::GLOBAL_ADMINISTRATOR]));
    let mut ingrid = world.signed_in(claims).await;
    let page = ingrid.get("/").await;
    page.says(200, "Signed in: Ingrid Dahl<");
    assert!(page.text.contains("<h1>Mailboxes of Fjordline Logistics AS</h1>"));
    assert!(!page.text.contains("<aside"));
    assert!(page.text.contains("Add a mailbox"), "the roles come from the access token");
}

#[tokio::test]
async fn the_session_s_cookie_is_new_each_time_and_kept_from_scripts() {
    let world = World::new().await;
    let mut browser = world.browser();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let asked = browser.get(&world.launch(FJORDLINE)).await;
        let answer = world.answer(&mut browser, &asked, world.acting()).await;
        let cookie = answer.header(header::SET_COOKIE).to_owned();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(browser.cookies.len(), 1, "the sign-in's own cookie is gone");
        seen.push(browser.cookies["mailboxes_session"].clone());
    }
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn an_answer_counts_once_in_the_browser_that_asked_from_whom_was_asked() {
    let world = World::new().await;
    let mut browser = world.browser();
    let asked = browser.get(&world.launch(FJORDLINE)).await;
    let state = asked.query()["state"].clone();
    let issuer = world.issuer(FJORDLINE);
    let good = format!("/callback?code=code&state={state}&iss={issuer}");

    world.browser().get(&good).await.says(400, "not begun in this browser");
    let mut other = world.browser();
    other.get(&world.launch(FJORDLINE)).await;
    let renamed = other.cookies.pop_first().unwrap().1;
    other.cookies.insert(browser.cookies.keys().next().unwrap().clone(), renamed);
    other.get(&good).await.says(400, "not begun in this browser");
    browser.get(&format!("/callback?code=code&state=other&iss={issuer}")).await.says(400, "not begun in this browser");
    browser.get("/callback?code=code").await.says(400, "incomplete");

    for wrong in ["", &format!("&iss={}", world.issuer(HARBOUR))] {
        let asked = browser.get(&world.launch(FJORDLINE)).await;
        let state = asked.query()["state"].clone();
        browser.get(&format!("/callback?code=code&state={state}{wrong}")).await.says(400, "Somebody else answered");
    }

    let answer = world.answer(&mut browser, &asked, world.acting()).await;
    assert_eq!(answer.location(), "/");
    browser.get(&good).await.says(400, "not begun in this browser");

    let asked = browser.get(&world.launch(FJORDLINE)).await;
    world.wait(600);
    world.answer(&mut browser, &asked, world.acting()).await.says(400, "took too long");
}

#[tokio::test]
async fn a_refusal_of_the_authority_is_said_in_words() {
    let world = World::new().await;
    for (error, status, text) in [
        ("access_denied", 403, "You may not use this service for this customer."),
        ("server_error", 403, "cannot answer at the moment"),
        ("invalid_request", 403, "did not sign you in"),
    ] {
        let mut browser = world.browser();
        let state = browser.get(&world.launch(FJORDLINE)).await.query()["state"].clone();
        let issuer = world.issuer(FJORDLINE);
        let answer = browser.get(&format!("/callback?error={error}&state={state}&iss={issuer}")).await;
        answer.says(status, text);
        assert!(!browser.cookies.contains_key("mailboxes_session"));
    }
}

/// An ID token that something is wrong with becomes no session.
async fn distrusted(what: &str, spoil: impl Fn(&World, &mut Value)) {
    let world = World::new().await;
    let mut browser = world.browser();
    let asked = browser.get(&world.launch(FJORDLINE)).await;
    let mut claims = world.acting();
    spoil(&world, &mut claims);
    let answer = world.answer(&mut browser, &asked, claims).await;
    assert_eq!(answer.status, 400, "{what}: {}", answer.text);
    assert!(!browser.cookies.contains_key("mailboxes_session"), "{what}");
}

#[tokio::test]
async fn id_tokens_that_are_not_for_us_now_are_not_believed() {
    distrusted("nonce", |_, it| it["nonce"] = "other".into()).await;
    distrusted("audience", |_, it| it["aud"] = "other-client".into()).await;
    distrusted("issuer", |world, it| it["iss"] = world.issuer(HARBOUR).into()).await;
    distrusted("organisation", |_, it| it["tid"] = HARBOUR.into()).await;
    distrusted("no organisation", |_, it| drop(it.as_object_mut().unwrap().remove("tid"))).await;
    distrusted("time", |_, it| it["exp"] = (NOW - 1).into()).await;
    distrusted("access token", |_, it| it["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA".into()).await;
}

#[tokio::test]
async fn id_tokens_that_the_issuer_did_not_sign_are_not_believed() {
    let world = World::new().await;
    let stranger = Key::es256("first");
    let unsigned = |claims: &Value| {
        let token = stranger.sign_with(&json!({"alg": "none"}), claims);
        format!("{}.", token.rsplit_once('.').unwrap().0)
    };
    for (what, sign) in [
        ("nobody", None),
        ("stranger", Some((&|claims: &Value| stranger.sign("JWT", claims)) as &dyn Fn(&Value) -> String)),
        ("unsigned", Some(&unsigned)),
    ] {
        let mut browser = world.browser();
        let asked = browser.get(&world.launch(FJORDLINE)).await;
        let mut claims = world.acting();
        claims["nonce"] = asked.query()["nonce"].clone().into();
        let answer = world.answer_token(&mut browser, &asked, sign.map(|sign| sign(&claims))).await;
        assert!([400, 502].contains(&answer.status.as_u16()), "{what}: {}", answer.text);
        assert!(!browser.cookies.contains_key("mailboxes_session"), "{what}");
    }
}

#[tokio::test]
async fn a_code_that_the_authority_does_not_take_is_said_in_words() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.get(&world.launch(FJORDLINE)).await.query()["state"].clone();
    let issuer = world.issuer(FJORDLINE);
    browser
        .get(&format!("/callback?code=unknown&state={state}&iss={issuer}"))
        .await
        .says(400, "did not take its own code");
}

#[tokio::test]
async fn keys_may_change_between_two_sign_ins_and_may_be_of_either_kind() {
    let world = World::new().await;
    world.signed_in(world.acting()).await;
    world.wait(31);
    world.fake.told(|told| told.keys = vec![Key::rs256("second")]);
    world.signed_in(world.acting()).await;
    assert_eq!(world.fake.told(|told| told.discoveries), 2);
}

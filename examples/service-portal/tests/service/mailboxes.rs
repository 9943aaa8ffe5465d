use serde_json::json;

use crate::browser::Browser;
use crate::world::{FJORDLINE, World};

async fn add(browser: &mut Browser, token: &str, local: &str) -> crate::browser::Answer {
    browser.post("/mailboxes", &[("token", token), ("local", local), ("name", "Sales")]).await
}

#[tokio::test]
async fn every_change_is_asked_for_first_and_says_who_did_it() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = tom.form_token().await;
    assert_eq!(add(&mut tom, &token, "sales").await.location(), "/");
    assert_eq!(tom.post("/mailboxes/4", &[("token", &token), ("name", "Selling")]).await.location(), "/");
    assert_eq!(tom.post("/mailboxes/1/delete", &[("token", &token)]).await.location(), "/");
    let page = tom.get("/").await.text;
    for text in [
        "sales@fjordline.example added by Tom Berg at Brightwater IT",
        "sales@fjordline.example renamed from Sales to Selling by Tom Berg at Brightwater IT",
        "invoices@fjordline.example deleted by Tom Berg at Brightwater IT",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let expected = format!("{FJORDLINE} mailboxes-client:mailboxes-secret opaque");
    assert_eq!(world.fake.told(|told| told.introspected.clone()), vec![expected; 3]);
}

#[tokio::test]
async fn access_that_ended_changes_nothing_and_says_why() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = tom.form_token().await;
    world.fake.told(|told| told.introspection.1 = json!({"active": false}));
    let page = add(&mut tom, &token, "sales").await;
    page.says(403, "<h1>Access ended</h1>");
    assert!(page.text.contains("Fjordline Logistics AS: Nothing was changed."), "{}", page.text);
    assert!(page.text.contains("/launch?iss="), "a way to begin again");
    // It stays so, and a token that counts again does not bring the session back.
    world.fake.told(|told| told.introspection.1 = json!({"active": true}));
    tom.get("/").await.says(403, "Access ended");
    add(&mut tom, &token, "sales").await.says(403, "Access ended");
    let mut again = world.signed_in(world.acting()).await;
    assert!(!again.get("/").await.text.contains("sales@"));
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_done() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = tom.form_token().await;
    for answer in [(500, json!({"active": true})), (401, json!({"error": "invalid_client"})), (200, json!({}))] {
        world.fake.told(|told| told.introspection = answer);
        add(&mut tom, &token, "sales").await.says(503, "could not be checked");
    }
    assert!(!tom.get("/").await.text.contains("sales@"));
}

#[tokio::test]
async fn roles_decide_and_the_newest_ones_count() {
    let world = World::new().await;
    let mut claims = world.acting();
    claims["wids"] = json!(["729827e3-9c14-49f7-bb1b-9608f156bbb8"]);
    let mut tom = world.signed_in(claims).await;
    let page = tom.get("/").await;
    page.says(200, "You may look.");
    assert!(!page.text.contains("Add a mailbox"));
    let token = tom.form_token().await;
    add(&mut tom, &token, "sales").await.says(403, "it takes a Global administrator");

    let mut maya = world.signed_in(world.acting()).await;
    let token = maya.form_token().await;
    world.fake.told(|told| told.introspection.1["wids"] = json!([]));
    add(&mut maya, &token, "sales").await.says(403, "it takes a Global administrator");
    assert!(!maya.get("/").await.text.contains("sales@"));
}

#[tokio::test]
async fn a_form_of_another_session_or_site_is_refused() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let foreign = world.signed_in(world.acting()).await.form_token().await;
    for token in ["", "x", &foreign] {
        add(&mut tom, token, "sales").await.says(403, "session that is over");
        tom.post("/leave", &[("token", token)]).await.says(403, "session that is over");
    }
    tom.post("/mailboxes", &[]).await.says(400, "not complete");
    add(&mut world.browser(), &foreign, "sales").await.says(403, "session that is over");
    assert_eq!(world.fake.told(|told| told.introspected.len()), 0);
    tom.get("/").await.says(200, "Mailboxes of");
}

#[tokio::test]
async fn words_that_make_no_sense_are_answered_on_the_page() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = tom.form_token().await;
    let page = add(&mut tom, &token, "support").await;
    page.says(422, "role=\"alert\">Nothing was changed. There is a mailbox with this address already.");
    tom.post("/mailboxes/99/delete", &[("token", &token)]).await.says(422, "not there any more");
    let markup = [("token", token.as_str()), ("name", "<script>alert(1)</script>")];
    tom.post("/mailboxes/1", &markup).await;
    let page = tom.get("/").await.text;
    assert!(!page.contains("<script>") && page.contains("&#60;script&#62;"));
}

#[tokio::test]
async fn leaving_ends_the_session_and_offers_the_way_back() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = tom.form_token().await;
    assert_eq!(tom.post("/leave", &[("token", &token)]).await.location(), "/");
    tom.get("/").await.says(200, "Fjordline Logistics AS: You left.");
    add(&mut tom, &token, "sales").await.says(200, "You left.");
}

#[tokio::test]
async fn a_token_about_to_end_is_renewed_in_silence() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = tom.form_token().await;
    world.wait(269);
    tom.get("/").await.says(200, "Mailboxes of");
    world.wait(1);
    let asked = tom.get("/").await;
    assert_eq!(asked.query()["prompt"], "none");
    assert_eq!(asked.query()["login_hint"], "fjordline.example");
    world.fake.told(|told| told.access_token = "second".to_owned());
    let cookie = tom.cookies["mailboxes_session"].clone();
    assert_eq!(world.answer(&mut tom, &asked, world.acting()).await.location(), "/");
    assert_eq!(tom.cookies["mailboxes_session"], cookie);
    tom.get("/").await.says(200, "Mailboxes of");
    // A page that was open all the time still works.
    assert_eq!(add(&mut tom, &token, "sales").await.location(), "/");
    assert!(world.fake.told(|told| told.introspected[0].ends_with(" second")));
}

#[tokio::test]
async fn a_change_waits_for_the_renewal_it_needs() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = tom.form_token().await;
    world.wait(290);
    let asked = add(&mut tom, &token, "sales").await;
    assert_eq!(asked.query()["prompt"], "none");
    assert_eq!(world.fake.told(|told| told.introspected.len()), 0);
    assert_eq!(world.answer(&mut tom, &asked, world.acting()).await.location(), "/");
    assert!(tom.get("/").await.text.contains("sales@fjordline.example added by"));
}

#[tokio::test]
async fn somebody_else_s_answer_does_not_carry_out_what_was_waiting() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = tom.form_token().await;
    world.wait(290);
    let asked = add(&mut tom, &token, "sales").await;
    let mut claims = world.acting();
    claims["sub"] = "maya".into();
    claims["act"]["name"] = "Maya Rao".into();
    assert_eq!(world.answer(&mut tom, &asked, claims).await.location(), "/");
    let page = tom.get("/").await;
    page.says(200, "Signed in: Maya Rao at Brightwater IT");
    assert!(!page.text.contains("sales@"));
}

#[tokio::test]
async fn a_renewal_that_is_refused_ends_the_session_and_says_why() {
    for (error, text) in [
        ("login_required", "You are not signed in any more."),
        ("access_denied", "You may not act for this customer any more."),
        ("interaction_required", "You have to sign in again."),
    ] {
        let world = World::new().await;
        let mut tom = world.signed_in(world.acting()).await;
        world.wait(290);
        let state = tom.get("/").await.query()["state"].clone();
        let issuer = world.issuer(FJORDLINE);
        let answer = tom.get(&format!("/callback?error={error}&state={state}&iss={issuer}")).await;
        assert_eq!(answer.location(), "/");
        tom.get("/").await.says(403, text);
    }
}

//! Second factors over HTTP: what the steps of a sign-in answer, which cookies they set, and what a confirmation leads back to.

use axum::http::{StatusCode, header};
use entente_domain::directory::PartnerRole;
use entente_identity::TotpSecret;
use entente_testkit::Authenticator;
use entente_testkit::app::PASSWORD;

use super::world::{Answer, Browser, World};

const UPN: &str = "maya@brightwater.no";
const SETTINGS: &str = "/partner/settings/security";
const SECOND: &str = "/partner/sign-in/second?return=/partner/overview";

fn origin() -> String {
    format!("https://{}", super::world::HOST)
}

/// The secret a set-up page shows.
fn secret(page: &Answer) -> TotpSecret {
    let (_, rest) = page.body.split_once("<code tabindex=\"0\">").unwrap();
    let text: String = rest.split('<').next().unwrap().split(' ').collect();
    let signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let value = |sign| u8::try_from(signs.find(sign).unwrap()).unwrap();
    let bits: Vec<u8> = text.chars().flat_map(|sign| (0..5).rev().map(move |at| value(sign) >> at & 1)).collect();
    let bytes: Vec<u8> = bits.chunks(8).map(|it| it.iter().fold(0, |byte, bit| byte << 1 | bit)).collect();
    TotpSecret::from_bytes(&bytes).unwrap()
}

/// Sets up an application through the pages; answers its secret and the page with the recovery codes.
async fn set_up(w: &World, browser: &mut Browser) -> (TotpSecret, Answer) {
    let begun = browser.post(SETTINGS, &[("do", "application")]).await;
    begun.goes("/partner/settings/security/application");
    let page = browser.get("/partner/settings/security/application").await;
    page.says(StatusCode::OK, &["<svg class=\"qr\"", "otpauth://totp/Halden%20Cloud:maya%40brightwater.no?secret="]);
    let secret = secret(&page);
    let wrong = browser.post("/partner/settings/security/application", &[("code", "000000")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["This was not accepted"]);
    let code = secret.code(w.test.app.now());
    let codes = browser.post("/partner/settings/security/application", &[("code", &code)]).await;
    codes.says(StatusCode::OK, &["Keep your recovery codes"]);
    (secret, codes)
}

fn cookie<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let all = answer.headers.get_all(header::SET_COOKIE).iter();
    all.filter_map(|it| it.to_str().ok()).find(|it| it.starts_with(&format!("{name}=")))
}

#[tokio::test]
async fn the_second_step_comes_after_the_right_password_and_before_any_session() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let (secret, codes) = set_up(&w, &mut maya).await;
    assert_eq!(codes.body.matches("<li><code>").count(), 10);
    maya.get(SETTINGS).await.says(StatusCode::OK, &["10 codes are left"]).silent(&["<li><code>"]);
    w.test.clock.advance_seconds(30);

    let mut browser = w.stranger();
    for (upn, password) in [(UPN, "wrong password"), ("nobody@brightwater.no", PASSWORD)] {
        let refused = browser.sign_in(upn, password).await;
        refused.says(StatusCode::UNPROCESSABLE_ENTITY, &["do not belong together"]);
        assert!(cookie(&refused, "__Host-entente-partner-challenge").is_none());
    }
    browser.get(SECOND).await.goes("/partner/sign-in?return=/partner/overview");
    let right = browser.sign_in(UPN, PASSWORD).await;
    right.goes(SECOND);
    let challenge = cookie(&right, "__Host-entente-partner-challenge").unwrap();
    for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/", "; Max-Age=600"] {
        assert!(challenge.contains(attribute), "{attribute} in {challenge}");
    }
    assert!(cookie(&right, "__Host-entente-partner").is_none(), "no session yet");
    browser.get(SECOND).await.says(StatusCode::OK, &["One more step", UPN]);
    browser.get("/partner/sign-in/enrol").await.goes("/partner/sign-in?return=/partner/overview");
    let wrong = browser.post("/partner/sign-in/second", &[("code", "000000")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["This was not accepted", UPN]);
    // With nothing behind it the answer is the same page, but for the account.
    let nothing = w.stranger().post("/partner/sign-in/second", &[("code", "000000")]).await;
    nothing.says(StatusCode::UNPROCESSABLE_ENTITY, &["This was not accepted"]).silent(&[UPN]);

    let code = secret.code(w.test.app.now());
    let fields = [("code", code.as_str()), ("return", "https://evil.example/")];
    let entered = browser.post("/partner/sign-in/second", &fields).await;
    entered.goes("/partner/overview");
    let session = cookie(&entered, "__Host-entente-partner").unwrap();
    assert!(session.contains("; HttpOnly") && session.contains("; Secure") && !session.contains("Max-Age"));
    assert!(cookie(&entered, "__Host-entente-partner-challenge").unwrap().contains("Max-Age=0"));
    browser.get("/partner/overview").await.says(StatusCode::OK, &[]);
}

#[tokio::test]
async fn passkeys_are_added_and_used_through_the_forms_the_script_sends() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let asked = maya.post(SETTINGS, &[("do", "passkey"), ("credential", "")]).await;
    asked.says(StatusCode::OK, &["\"residentKey\":\"preferred\"", "\"userVerification\":\"required\""]);
    assert_eq!(asked.headers[header::CONTENT_TYPE], "application/json");
    let (key, answer) = Authenticator::create(&asked.body, &origin());
    let broken = maya.post(SETTINGS, &[("do", "passkey"), ("credential", "{}")]).await;
    broken.says(StatusCode::UNPROCESSABLE_ENTITY, &["The passkey was not added"]);
    let late = maya.post(SETTINGS, &[("do", "passkey"), ("name", "Laptop"), ("credential", &answer)]).await;
    late.says(StatusCode::UNPROCESSABLE_ENTITY, &["The passkey was not added"]);
    drop(key);

    let asked = maya.post(SETTINGS, &[("do", "passkey"), ("credential", "")]).await;
    let (key, answer) = Authenticator::create(&asked.body, &origin());
    let odd = maya.post(SETTINGS, &[("do", "passkey"), ("name", "a\u{202e}b"), ("credential", &answer)]).await;
    odd.says(StatusCode::UNPROCESSABLE_ENTITY, &["up to 60 characters on one line"]);
    let fields = [("do", "passkey"), ("name", "<b>Laptop</b>"), ("credential", &answer)];
    maya.post(SETTINGS, &fields).await.says(StatusCode::OK, &["Keep your recovery codes"]);
    maya.get(SETTINGS).await.says(StatusCode::OK, &["&#60;b&#62;Laptop"]).silent(&["<b>Laptop"]);

    let mut browser = w.stranger();
    let asked = browser.post("/partner/sign-in/passkey", &[("credential", "")]).await;
    let answer = key.get(&asked.body, &origin());
    let fields = [("credential", answer.as_str()), ("return", "/partner/customers")];
    browser.post("/partner/sign-in/passkey", &fields).await.goes("/partner/customers");
    let mut other = w.stranger();
    let again = other.post("/partner/sign-in/passkey", &fields).await;
    again.says(StatusCode::UNPROCESSABLE_ENTITY, &["do not belong together"]);
    other.sign_in(UPN, PASSWORD).await.goes(SECOND);
    let asked = other.post("/partner/sign-in/second", &[("do", "passkey")]).await;
    let answer = key.get(&asked.body, &origin());
    other
        .post("/partner/sign-in/second", &[("do", "passkey"), ("credential", &answer)])
        .await
        .goes("/partner/overview");
}

#[tokio::test]
async fn what_needs_a_confirmation_says_so_and_comes_back() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    w.test.clock.advance_seconds(601);
    for (path, fields, back) in [
        (SETTINGS, &[("do", "application")][..], "/partner/settings/security"),
        ("/partner/customers/export.csv", &[][..], "/partner/customers"),
    ] {
        let refused = maya.post(path, fields).await;
        let way = format!("href=\"/partner/sign-in/confirm?return={back}\"");
        refused.says(StatusCode::UNAUTHORIZED, &["<code>step_up_required</code>", "Confirm it is you", &way]);
    }
    let confirm = "/partner/sign-in/confirm";
    maya.get("/partner/sign-in/confirm?return=/partner/customers").await.says(StatusCode::OK, &[UPN]);
    let wrong = maya.post(confirm, &[("password", "wrong password"), ("return", "/partner/customers")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Check your password", "value=\"/partner/customers\""]);
    let before = maya.cookies.clone();
    let fields = [("password", PASSWORD), ("return", "/partner/customers")];
    maya.post(confirm, &fields).await.goes("/partner/customers");
    let session = |cookies: &[(String, String)]| {
        cookies.iter().find(|(name, _)| name == "__Host-entente-partner").unwrap().1.clone()
    };
    assert_ne!(session(&before), session(&maya.cookies), "the session has another value");
    maya.post("/partner/customers/export.csv", &[]).await.says(StatusCode::OK, &["Fjordline"]);
    let mut copy = w.stranger();
    copy.cookies = before;
    assert_eq!(copy.get("/partner/overview").await.status, StatusCode::SEE_OTHER, "the old value is nothing any more");
    let stranger = w.stranger().get("/partner/sign-in/confirm?return=/partner/customers").await;
    stranger.goes("/partner/sign-in?return=/partner/customers");
    let elsewhere = maya.post(confirm, &[("password", PASSWORD), ("return", "/portal/partners")]).await;
    elsewhere.goes("/partner/overview");
}

#[tokio::test]
async fn sessions_and_the_policy_are_changed_on_the_page() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let mut elsewhere = w.browser("maya").await;
    let page = maya.get(SETTINGS).await;
    page.says(StatusCode::OK, &["This browser", "192.0.2.7", "Everybody at Brightwater IT needs two factors"]);
    let (_, rest) = page.body.split_once("name=\"id\" value=\"").unwrap();
    let id = rest.split('"').next().unwrap().to_owned();
    maya.post(SETTINGS, &[("do", "end"), ("id", "x")]).await.says(StatusCode::NOT_FOUND, &[]);
    maya.post(SETTINGS, &[("do", "end-others")]).await.goes("/partner/settings/security?done=session-ended");
    assert_eq!(elsewhere.get("/partner/overview").await.status, StatusCode::SEE_OTHER);
    maya.post(SETTINGS, &[("do", "end"), ("id", &id)]).await.says(StatusCode::NOT_FOUND, &[]);
    let none = maya.post(SETTINGS, &[("do", "policy"), ("required", "on")]).await;
    none.says(StatusCode::CONFLICT, &["<code>factor_none_yet</code>", "locked out"]);
    set_up(&w, &mut maya).await;
    let weak = maya.post(SETTINGS, &[("do", "policy"), ("required", "on")]).await;
    weak.says(StatusCode::UNAUTHORIZED, &["<code>step_up_required</code>"]);
    maya.post(SETTINGS, &[("do", "remove-application")]).await.says(StatusCode::UNAUTHORIZED, &[]);
}

#[tokio::test]
async fn applications_are_listed_with_their_publisher_and_signed_out_of_on_the_page() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    maya.get(SETTINGS).await.says(StatusCode::OK, &["No application is signed in as you"]);
    let program = w.test.program(&w.maya, "<i>Console</i>");
    let set = w.test.authority().sign_in(&program, &w.maya, "openid offline_access").unwrap();
    let page = maya.get(SETTINGS).await;
    page.says(StatusCode::OK, &["&#60;i&#62;Console", "By Brightwater IT", "value=\"end-grant\""]);
    page.silent(&["<i>Console", "No application is signed in"]);
    let (rest, _) = page.body.split_once("value=\"end-grant\"").unwrap();
    let (_, id) = rest.rsplit_once("name=\"id\" value=\"").unwrap();
    let id = id.split('"').next().unwrap().to_owned();

    w.person(&w.partner, "Tom", PartnerRole::AdminAgent);
    let mut tom = w.browser("tom").await;
    tom.get(SETTINGS).await.says(StatusCode::OK, &["No application is signed in as you"]);
    for (browser, id) in [(&mut tom, id.as_str()), (&mut maya, "x")] {
        browser.post(SETTINGS, &[("do", "end-grant"), ("id", id)]).await.says(StatusCode::NOT_FOUND, &[]);
    }
    assert!(w.test.authority().counts(&set.access_token));
    // Long after the sign-in: going out asks for no confirmation.
    w.test.clock.advance_seconds(601);
    let ended = maya.post(SETTINGS, &[("do", "end-grant"), ("id", &id)]).await;
    ended.goes("/partner/settings/security?done=session-ended");
    assert!(!w.test.authority().counts(&set.access_token));
    maya.get(SETTINGS).await.says(StatusCode::OK, &["No application is signed in as you"]);
    maya.post(SETTINGS, &[("do", "end-grant"), ("id", &id)]).await.says(StatusCode::NOT_FOUND, &[]);
}

//! Signing out of the authority at a program's wish (OpenID Connect RP-Initiated Logout 1.0).

use axum::http::StatusCode;
use entente_app::application;
use entente_testkit::tokens::REDIRECT;

use crate::answers::maya;
use crate::authorize::{AUTHORIZE, program, request};
use crate::world::{Browser, Page, World, encoded};

const LEAVE: &str = "/organizations/oauth2/v2.0/logout";

async fn is_signed_in(browser: &mut Browser, good: &str) -> bool {
    let page = browser.get(&format!("{AUTHORIZE}?{good}&prompt=none")).await;
    page.is(StatusCode::SEE_OTHER).header("location").contains("code=")
}

/// Follows a program's link to the end and answers the page after it.
async fn leaves(browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let query: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let page = browser.get(&format!("{LEAVE}?{}", query.join("&"))).await;
    page.is(StatusCode::OK);
    assert!(!page.body.contains("http-equiv") && page.header("location").is_empty(), "a link signs nobody out");
    browser.post(LEAVE, fields).await
}

#[tokio::test]
async fn a_link_asks_and_only_the_persons_own_form_signs_out() {
    let w = World::new();
    let program = program(&w);
    let good = request(&program, "s");
    let mut browser = maya(&w).await;
    let id = program.id.to_string();
    let fields = [("client_id", &*id), ("post_logout_redirect_uri", REDIRECT), ("state", "a b&c")];
    browser.get(LEAVE).await.is(StatusCode::OK);
    assert!(is_signed_in(&mut browser, &good).await);
    let origin = [("origin", "https://portal.good.example"), ("sec-fetch-site", "same-origin")];
    browser.post_with(LEAVE, "", &fields, &origin).await.is(StatusCode::FORBIDDEN);
    assert!(is_signed_in(&mut browser, &good).await);
    let session = browser.session("authority").unwrap();
    let page = leaves(&mut browser, &fields).await;
    page.is(StatusCode::OK);
    assert_eq!(crate::federated::leads(&page), format!("{REDIRECT}?state=a%20b%26c"));
    assert_eq!(browser.session("authority"), None);
    let mut kept = w.browser();
    kept.cookies.insert("__Host-entente-authority".to_owned(), session);
    assert!(!is_signed_in(&mut kept, &good).await, "nor does a copy of the cookie count");
}

#[tokio::test]
async fn signing_out_leads_to_an_address_of_the_program_itself_and_nowhere_else() {
    let w = World::new();
    let (program, off) = (program(&w), w.test.program(&w.agent, "Switched off"));
    application::set_enabled(&w.test.app, &w.test.confirmed(&w.agent), off.id, false).unwrap();
    let good = request(&program, "s");
    let (id, off) = (program.id.to_string(), off.id.to_string());
    let nobody = "01900000-0000-7000-8000-000000000000";
    let uri = "post_logout_redirect_uri";
    let (client, back) = (("client_id", &*id), (uri, REDIRECT));
    for (fields, leads) in [
        (vec![client, back], Some(REDIRECT)),
        (vec![client, back, ("state", "<\"'>")], Some("https://console.example/callback?state=%3C%22'%3E")),
        (vec![client], None),
        (vec![back, ("state", "s")], None),
        (vec![("client_id", nobody), back], None),
        (vec![("client_id", "x"), back], None),
        (vec![("client_id", &*off), back], None),
        (vec![client, (uri, "https://console.example/callback/")], None),
        (vec![client, (uri, "https://console.example/callback?x=1")], None),
        (vec![client, (uri, "https://console.example/")], None),
        (vec![client, (uri, "https://CONSOLE.example/callback")], None),
        (vec![client, (uri, "https://console.example@evil.example/callback")], None),
        (vec![client, (uri, "https://evil.example/")], None),
        (vec![client, (uri, "//evil.example/")], None),
        (vec![client, (uri, "javascript:alert(1)")], None),
        (vec![client, (uri, "")], None),
    ] {
        let mut browser = maya(&w).await;
        let page = leaves(&mut browser, &fields).await;
        if let Some(leads) = leads {
            assert_eq!(crate::federated::leads(&page), leads.replace('\'', "&#39;"), "{fields:?}");
        } else {
            page.is(StatusCode::SEE_OTHER);
            assert_eq!(page.header("location"), "/authority/sign-in?out=1", "{fields:?}");
        }
        assert!(!is_signed_in(&mut browser, &good).await, "{fields:?}");
    }
}

//! What a program wants of a sign-in: none to be seen, another one, a choice of account, and whose it expects.

use axum::http::StatusCode;
use entente_portal::web::ReturnPath;
use entente_testkit::tokens::REDIRECT;

use crate::answers::{ingrid, maya};
use crate::authorize::{AUTHORIZE, program, request, signs_in};
use crate::world::{Browser, HOST, Page, World, encoded};

/// What a page's way on says under a name.
fn said(page: &Page, name: &str) -> Option<String> {
    let here = url::Url::parse(&format!("https://{HOST}")).unwrap();
    let there = here.join(page.header("location")).unwrap();
    there.query_pairs().find(|(it, _)| it == name).map(|(_, it)| it.into_owned())
}

async fn asks(browser: &mut Browser, good: &str, more: &str) -> Page {
    browser.get(&format!("{AUTHORIZE}?{good}{more}")).await
}

/// That the program gets a code, with the state it sent.
#[track_caller]
fn answered(page: &Page, what: &str) {
    assert!(page.header("location").starts_with(&format!("{REDIRECT}?code=")), "{what}: {}", page.header("location"));
    assert_eq!(said(page, "state").as_deref(), Some("s"), "{what}");
}

/// That the program is told so, with the state it sent and who refuses.
#[track_caller]
fn told(page: &Page, error: &str, number: u32, what: &str) {
    page.is(StatusCode::SEE_OTHER);
    assert!(page.header("location").starts_with(&format!("{REDIRECT}?error=")), "{what}: {}", page.header("location"));
    assert_eq!((said(page, "error").as_deref(), said(page, "code")), (Some(error), None), "{what}");
    let text = said(page, "error_description").unwrap();
    assert!(text.starts_with(&format!("AADSTS{number}: ")), "{what}: {text}");
    assert_eq!(said(page, "state").as_deref(), Some("s"), "{what}");
    assert!(said(page, "iss").unwrap().starts_with("https://halden.example/"), "{what}");
}

/// That the person is asked to sign in; where that leads back to.
#[track_caller]
fn asked(page: &Page, fresh: bool, what: &str) -> String {
    assert!(page.header("location").starts_with("/authority/sign-in?return="), "{what}: {}", page.header("location"));
    assert_eq!(said(page, "fresh").is_some(), fresh, "{what}");
    said(page, "return").unwrap()
}

#[tokio::test]
async fn where_no_page_may_be_shown_the_program_is_told_that_nobody_is_signed_in() {
    let w = World::new();
    let good = request(&program(&w), "s");
    told(&asks(&mut w.browser(), &good, "&prompt=none").await, "login_required", 50_058, "nobody");
    let mut browser = maya(&w).await;
    answered(&asks(&mut browser, &good, "&prompt=none").await, "somebody");
    w.test.clock.advance_seconds(301);
    answered(&asks(&mut browser, &good, "&prompt=none&max_age=301").await, "as old as it may be");
    for old in ["&prompt=none&max_age=300", "&max_age=0&prompt=none"] {
        told(&asks(&mut browser, &good, old).await, "login_required", 50_058, old);
    }
    // A session of another portal is none here.
    let mut partner = w.as_person("/partner", "maya@brightwater.no").await;
    told(&asks(&mut partner, &good, "&prompt=none").await, "login_required", 50_058, "signed in elsewhere");
}

#[tokio::test]
async fn whoever_may_not_go_on_is_told_on_a_page_and_the_program_where_none_may_be_shown() {
    let w = World::new();
    let good = request(&program(&w), "s");
    let mut ingrid = ingrid(&w).await;
    told(&asks(&mut ingrid, &good, "&prompt=none").await, "access_denied", 50_020, "of another organisation");
    let page = asks(&mut ingrid, &good, "").await;
    page.is(StatusCode::FORBIDDEN).has_code("access_denied");
    let back = format!("{REDIRECT}?error=access_denied&#38;error_description=AADSTS50020");
    assert!(page.body.contains(&format!("href=\"{back}")), "the way back says why: {}", page.body);
    // The authority of a customer that gave the partner nothing.
    let mut browser = maya(&w).await;
    let there = format!("/{}/oauth2/v2.0/authorize?{good}&prompt=none", w.customer.id);
    told(&browser.get(&there).await, "access_denied", 50_020, "at a customer's authority");
}

#[tokio::test]
async fn a_program_that_wants_a_new_sign_in_gets_one_and_then_its_answer() {
    let w = World::new();
    let good = request(&program(&w), "s");
    for more in ["&prompt=login", "&prompt=login%20consent", "&prompt=login&max_age=300", "&max_age=0"] {
        let mut browser = maya(&w).await;
        answered(&asks(&mut browser, &good, "").await, "signed in already");
        let page = asks(&mut browser, &good, more).await;
        let back = asked(&page, true, more);
        assert!(!back.contains("prompt") && !back.contains("max_age=0"), "it is asked once: {back}");
        assert_eq!(back.contains("max_age"), more.contains("max_age=300"), "the new one is measured too: {back}");
        // The session does not lead around the page.
        let there = page.header("location").to_owned();
        browser.get(&there).await.is(StatusCode::OK).says("Sign in");
        let before = browser.session("authority").unwrap();
        assert_eq!(signs_in(&mut browser, &there).await, back);
        assert_ne!(browser.session("authority").unwrap(), before);
        answered(&browser.get(&back).await, more);
    }
    let mut browser = maya(&w).await;
    w.test.clock.advance_seconds(301);
    let back = asked(&asks(&mut browser, &good, "&max_age=300").await, true, "older than it may be");
    assert!(back.contains("max_age=300"), "the new one is measured too: {back}");
}

#[tokio::test]
async fn the_choice_of_account_is_the_persons() {
    let w = World::new();
    let good = request(&program(&w), "s");
    let select = "&prompt=select_account";
    asked(&asks(&mut w.browser(), &good, select).await, false, "nobody is there to choose");
    let mut browser = maya(&w).await;
    let page = asks(&mut browser, &good, select).await;
    page.is(StatusCode::OK).says("maya@brightwater.no").says("Brightwater IT").says("Console");
    let links: Vec<String> =
        page.body.split("href=\"").skip(1).map(|it| it.split('"').next().unwrap().replace("&#38;", "&")).collect();
    let go = links.iter().find(|it| it.starts_with(AUTHORIZE)).unwrap();
    assert!(!go.contains("prompt"), "{go}");
    answered(&browser.get(go).await, "the account there is");
    let other =
        links.iter().find(|it| it.starts_with("/authority/sign-in?return=") && it.contains("switch=1")).unwrap();
    browser.get(other).await.is(StatusCode::OK).says("Sign in");
    assert_eq!(signs_in(&mut browser, other).await, *go);
}

#[tokio::test]
async fn other_wishes_are_known_or_refused() {
    let w = World::new();
    let good = request(&program(&w), "s");
    let mut browser = maya(&w).await;
    for known in ["", "&prompt=", "&prompt=consent", "&prompt=create", "&prompt=none%20consent", "&prompt=%20none%20"] {
        answered(&asks(&mut browser, &good, known).await, known);
    }
    for wrong in ["maybe", "consent%20maybe", "LOGIN", "none,login", "none%20login", "select_account+none", "none%09"] {
        told(&asks(&mut browser, &good, &format!("&prompt={wrong}")).await, "invalid_request", 90_014, wrong);
    }
    for wrong in ["-1", "x", "1.5", "4294967296", "%2b1x"] {
        told(&asks(&mut browser, &good, &format!("&max_age={wrong}")).await, "invalid_request", 90_014, wrong);
    }
    let long = "y".repeat(2_001);
    let page = asks(&mut browser, &good, &format!("&nonce={long}")).await;
    told(&page, "invalid_request", 90_014, "a nonce nobody could carry");
    for object in ["&request=x", "&request_uri=https%3A%2F%2Fevil.example%2F"] {
        told(&asks(&mut browser, &good, object).await, "invalid_request", 90_014, object);
    }
    assert!(w.test.fetch.asked().is_empty(), "nothing is fetched for a program");
}

#[tokio::test]
async fn a_name_the_program_expects_stands_in_the_field_and_is_nothing_but_a_name() {
    let w = World::new();
    let good = request(&program(&w), "s");
    let mut browser = w.browser();
    let page = asks(&mut browser, &good, "&login_hint=maya%40brightwater.no").await;
    let form = browser.get(page.header("location")).await;
    assert!(form.is(StatusCode::OK).body.contains("value=\"maya@brightwater.no\""), "{}", form.body);
    // Tools send domains as well, which are no names.
    for none in ["&login_hint=brightwater.no", "&login_hint=", ""] {
        assert_eq!(said(&asks(&mut browser, &good, none).await, "username"), None, "{none}");
    }
    let probes = include_str!("data/markup.txt").lines().filter(|it| !it.starts_with('#'));
    let probes = probes.chain(["a\r\nset-cookie: evil=1", "&return=//evil.example/", "a&switch=1#b", "\u{202e}a"]);
    let mut count = 0;
    for probe in probes {
        count += 1;
        let hint = format!("{probe}@brightwater.no");
        let page = asks(&mut browser, &good, &format!("&login_hint={}", encoded(&hint))).await;
        let back = asked(&page, false, &hint);
        assert_eq!(back.split('?').next(), Some(AUTHORIZE), "{hint}");
        assert_eq!(said(&page, "username").as_deref(), Some(&*hint));
        assert!(!page.set_cookies().iter().any(|it| it.contains("evil")), "{hint}");
        let form = browser.get(page.header("location")).await;
        form.is(StatusCode::OK);
        let (_, field) = form.body.split_once("name=\"username\"").unwrap();
        let field = field.split_once('>').unwrap().0;
        assert!(!field.contains('<') && field.matches('"').count() % 2 == 0, "{hint}: {field}");
        assert!(!probe.contains('<') || !form.body.contains(probe), "{hint}");
    }
    assert!(count > 7);
    // Carried twice, it could grow beyond what is read.
    let long = format!("{}@x", "y".repeat(ReturnPath::MAX));
    asks(&mut browser, &good, &format!("&login_hint={long}")).await.is(StatusCode::PAYLOAD_TOO_LARGE);
}

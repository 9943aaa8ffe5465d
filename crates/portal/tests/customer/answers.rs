//! Where a program's answer goes and how it travels: to its own address alone, the way it asked for.

use axum::http::StatusCode;
use entente_app::application::{self, Choice};
use entente_domain::application::Signature;
use entente_testkit::tokens::{Program, REDIRECT};

use crate::authorize::{AUTHORIZE, program, request, signs_in};
use crate::world::{Browser, Page, World, encoded};

/// A challenge, which a public program has to send; nobody redeems what it leads to.
const CHALLENGE: &str = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn registered(w: &World, redirects: &[&str], confidential: bool) -> Program {
    let choice = Choice {
        name: "Tool".parse().unwrap(),
        redirects: redirects.iter().map(|it| it.parse().unwrap()).collect(),
        roles: Vec::new(),
        algorithm: Signature::Es256,
        device_code: false,
    };
    let agent = w.test.confirmed(&w.agent);
    let id = application::register(&w.test.app, &agent, choice, confidential).unwrap().id;
    Program { id, secret: String::new() }
}

/// A browser in which Maya is signed in at the authority.
pub async fn maya(w: &World) -> Browser {
    let mut browser = w.browser();
    browser.get("/authority/sign-in").await.is(StatusCode::OK);
    signs_in(&mut browser, "/authority/sign-in?return=%2Fdevicelogin").await;
    browser
}

/// Somebody of a customer, signed in at the authority.
pub async fn ingrid(w: &World) -> Browser {
    let mut browser = w.browser();
    browser.get("/authority/sign-in").await;
    let fields = [("username", "ingrid@fjordline.no"), ("password", entente_testkit::app::PASSWORD)];
    browser.post("/authority/sign-in", &fields).await.is(StatusCode::OK);
    browser
}

async fn asks(browser: &mut Browser, program: &Program, redirect: &str) -> Page {
    let query = format!("client_id={}&redirect_uri={}&response_type=code&state=s", program.id, encoded(redirect));
    browser.get(&format!("{AUTHORIZE}?{query}{CHALLENGE}")).await
}

/// That the person is told on a page, which leads nowhere near the address either.
#[track_caller]
fn shown_and_not_sent(page: &Page, what: &str) {
    assert_eq!((page.status, page.header("location")), (StatusCode::BAD_REQUEST, ""), "{what}");
    for way in ["href=\"", "action=\"", "content=\"0;url="] {
        let mut ways = page.body.split(way).skip(1).map(|it| it.split('"').next().unwrap());
        assert!(ways.all(|to| to.starts_with('/') || to.starts_with('#')), "{what}: {way}");
    }
}

#[tokio::test]
async fn an_address_that_resembles_the_programs_own_is_none_of_its() {
    let w = World::new();
    let program = program(&w);
    let mut browser = maya(&w).await;
    let good = asks(&mut browser, &program, REDIRECT).await;
    assert!(
        good.header("location").starts_with("https://console.example/callback?code="),
        "{}",
        good.header("location")
    );
    for other in [
        "https://console.example/callback/",
        "https://console.example/callback?",
        "https://console.example/callback?x=1",
        "https://console.example/callback#",
        "https://console.example/callback#evil",
        "https://console.example/Callback",
        "https://CONSOLE.example/callback",
        "HTTPS://console.example/callback",
        "https://console.example./callback",
        "https://console.example:443/callback",
        "https://console.example:8443/callback",
        "https://evil@console.example/callback",
        "https://console.example@evil.example/callback",
        "https://console.example:443@evil.example/callback",
        "https://console.example.evil.example/callback",
        "https://evilconsole.example/callback",
        "https://console.example\\@evil.example/callback",
        "https://console.example%2eevil.example/callback",
        "https://console.example/call%62ack",
        "https://console.example//callback",
        "https://console.example/./callback",
        "https://console.example/x/../callback",
        "https://console.example/callback/../evil",
        "https://console.example/callback/..%2fevil",
        "https://console.example/callback;evil",
        "https://console.example/callback\tevil",
        "https://console.example/callback\r\nset-cookie: evil=1",
        " https://console.example/callback",
        "https://console.example/callback ",
        "https://evil.example/?u=https://console.example/callback",
        "https://evil.example/#https://console.example/callback",
        "http://console.example/callback",
        "//console.example/callback",
        "/callback",
        "callback",
        "javascript:alert(1)",
        "data:text/html,evil",
        "com.example.console:/callback",
        "*",
    ] {
        shown_and_not_sent(&asks(&mut browser, &program, other).await, other);
    }
}

#[tokio::test]
async fn only_a_program_on_the_persons_own_machine_is_free_in_its_port() {
    let w = World::new();
    let redirects = &["http://localhost", "http://127.0.0.1:8400/cb", "https://tool.example/cb"];
    let public = registered(&w, redirects, false);
    let mut browser = maya(&w).await;
    for good in [
        "http://localhost",
        "http://localhost/",
        "http://localhost:53682",
        "http://localhost:53682/",
        "http://127.0.0.1:8400/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1/cb",
    ] {
        let location = asks(&mut browser, &public, good).await.header("location").to_owned();
        assert!(location.starts_with(&format!("{good}?code=")), "{good}: {location}");
    }
    for other in [
        "http://localhost:53682/evil",
        "http://localhost:53682/?evil",
        "http://localhost:53682@evil.example/",
        "http://localhost.evil.example:53682/",
        "http://localhost:65536",
        "http://localhost:",
        "http://localhost:0x50",
        "http://localhost:53682#evil",
        "https://localhost:53682",
        "http://LOCALHOST:53682",
        "http://127.0.0.1:1/CB",
        "http://127.0.0.1:1/cb/",
        "http://127.1:1/cb",
        "http://[::1]:1/cb",
        "https://tool.example:8443/cb",
    ] {
        shown_and_not_sent(&asks(&mut browser, &public, other).await, other);
    }
    let server = registered(&w, &["http://localhost:3000/cb"], true);
    assert_eq!(asks(&mut browser, &server, "http://localhost:3000/cb").await.status, StatusCode::SEE_OTHER);
    for other in ["http://localhost:3001/cb", "http://localhost/cb"] {
        shown_and_not_sent(&asks(&mut browser, &server, other).await, other);
    }
}

#[tokio::test]
async fn an_address_may_be_left_out_only_where_there_is_one() {
    let w = World::new();
    let (one, two) = (program(&w), registered(&w, &["https://tool.example/a", "https://tool.example/b"], true));
    let mut browser = maya(&w).await;
    for empty in ["", "&redirect_uri="] {
        let ask = |program: &Program| format!("{AUTHORIZE}?client_id={}&response_type=code{empty}", program.id);
        let answer = browser.get(&ask(&one)).await;
        assert!(answer.header("location").starts_with(&format!("{REDIRECT}?code=")));
        shown_and_not_sent(&browser.get(&ask(&two)).await, "which of two");
    }
    application::set_enabled(&w.test.app, &w.test.confirmed(&w.agent), one.id, false).unwrap();
    shown_and_not_sent(&asks(&mut browser, &one, REDIRECT).await, "a program that was switched off");
    let nobody = Program { id: w.test.app.new_id(), secret: String::new() };
    shown_and_not_sent(&asks(&mut browser, &nobody, "https://evil.example/").await, "an unknown program");
}

/// What a posted answer holds: where the form ends, and its fields.
fn posted(page: &Page) -> (String, Vec<(String, String)>) {
    let between = |text: &str, from: &str| text.split_once(from).unwrap().1.split_once('"').unwrap().0.to_owned();
    let form = page.body.split("<form ").find(|it| it.contains("data-submit")).unwrap();
    let form = form.split_once("</form>").unwrap().0;
    let fields = form.split("<input type=\"hidden\"").skip(1);
    (between(form, "action=\""), fields.map(|it| (between(it, "name=\""), between(it, "value=\""))).collect())
}

#[tokio::test]
async fn an_answer_travels_the_way_the_program_asked_for() {
    let w = World::new();
    let program = program(&w);
    let mut browser = maya(&w).await;
    let good = request(&program, "a%26b");
    let home = w.partner.tenant.id;
    for (mode, begins) in
        [("", '?'), ("&response_mode=", '?'), ("&response_mode=query", '?'), ("&response_mode=fragment", '#')]
    {
        let page = browser.get(&format!("{AUTHORIZE}?{good}{mode}")).await;
        let location = page.is(StatusCode::SEE_OTHER).header("location").to_owned();
        let rest = location.strip_prefix(&format!("{REDIRECT}{begins}code=")).unwrap_or_else(|| panic!("{location}"));
        assert_eq!(rest.get(43..).unwrap(), format!("&iss=https://halden.example/{home}/v2.0&state=a%26b"), "{mode}");
    }
    let page = browser.get(&format!("{AUTHORIZE}?{good}&response_mode=form_post")).await;
    page.is(StatusCode::OK);
    let (action, fields) = posted(&page);
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((&*action, &*names), (REDIRECT, &["code", "iss", "state"][..]));
    assert_eq!(fields[2].1, "a&#38;b");
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://console.example;"), "{policy}");
    // Refusals go the same way.
    let wrong = good.replace("response_type=code", "response_type=token");
    let page = browser.get(&format!("{AUTHORIZE}?{wrong}&response_mode=fragment")).await;
    assert!(page.header("location").starts_with(&format!("{REDIRECT}#error=unsupported_response_type&")));
    let page = browser.get(&format!("{AUTHORIZE}?{wrong}&response_mode=form_post")).await;
    assert_eq!(posted(&page).1[0], ("error".to_owned(), "unsupported_response_type".to_owned()));
    for unknown in ["web_message", "QUERY", "query.jwt"] {
        let page = browser.get(&format!("{AUTHORIZE}?{good}&response_mode={unknown}")).await;
        assert!(page.header("location").starts_with(&format!("{REDIRECT}?error=invalid_request&")), "{unknown}");
    }
    // An address with a query of its own keeps it.
    let with_query = registered(&w, &["https://tool.example/cb?x=1"], true);
    let page = asks(&mut browser, &with_query, "https://tool.example/cb?x=1").await;
    assert!(page.header("location").starts_with("https://tool.example/cb?x=1&code="), "{}", page.header("location"));
}

#[tokio::test]
async fn a_page_that_refuses_leads_back_to_a_program_that_wants_its_answer_posted() {
    let w = World::new();
    let good = request(&program(&w), "s");
    let mut ingrid = ingrid(&w).await;
    let page = ingrid.get(&format!("{AUTHORIZE}?{good}&response_mode=form_post")).await;
    page.is(StatusCode::FORBIDDEN).has_code("access_denied");
    let links = page.body.split("href=\"").filter_map(|it| it.split('"').next());
    let back = links.into_iter().find(|it| it.ends_with("prompt=none")).expect("a way back").replace("&#38;", "&");
    let page = ingrid.get(&back).await;
    let (action, fields) = posted(page.is(StatusCode::OK));
    assert_eq!((&*action, &fields[0]), (REDIRECT, &("error".to_owned(), "access_denied".to_owned())));
    assert_eq!(fields.last(), Some(&("state".to_owned(), "s".to_owned())));
}

#[tokio::test]
async fn whatever_a_program_wants_back_stays_words_on_the_page_that_posts_it() {
    let w = World::new();
    let program = program(&w);
    let mut browser = maya(&w).await;
    let lines = include_str!("data/markup.txt").lines().filter(|it| !it.starts_with('#'));
    let mut count = 0;
    for hostile in lines {
        count += 1;
        let good = request(&program, &encoded(hostile));
        let page = browser.get(&format!("{AUTHORIZE}?{good}&response_mode=form_post")).await;
        let (_, fields) = posted(page.is(StatusCode::OK));
        assert_eq!(fields.len(), 3, "{hostile}");
        assert!(!fields[2].1.contains(['<', '>', '\'']), "{hostile}: {}", fields[2].1);
    }
    assert!(count > 3);
}

#[tokio::test]
async fn only_codes_are_answered() {
    let w = World::new();
    let program = program(&w);
    let mut browser = maya(&w).await;
    let good = request(&program, "s");
    for (other, error) in [
        ("token", "unsupported_response_type"),
        ("id_token", "unsupported_response_type"),
        ("code+id_token", "unsupported_response_type"),
        ("code+token", "unsupported_response_type"),
        ("none", "unsupported_response_type"),
        ("CODE", "unsupported_response_type"),
        ("code+", "unsupported_response_type"),
        ("", "invalid_request"),
    ] {
        let query = good.replace("response_type=code", &format!("response_type={other}"));
        let page = browser.get(&format!("{AUTHORIZE}?{query}")).await;
        let location = page.is(StatusCode::SEE_OTHER).header("location").to_owned();
        assert!(location.starts_with(&format!("{REDIRECT}?error={error}&")), "{other}: {location}");
        assert!(location.ends_with("&state=s") && !location.contains("code="), "{other}: {location}");
    }
}

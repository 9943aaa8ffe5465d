//! A program's request to the authority, in an address and in a form posted from its own site.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use entente_portal::web::ReturnPath;
use entente_testkit::app::PASSWORD;
use entente_testkit::tokens::{Program, REDIRECT};

use crate::world::{Browser, HOST, Page, World, encoded};

/// What a browser says of a form on another site's page.
const ELSEWHERE: &[(&str, &str)] = &[
    ("origin", "https://console.example"),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-mode", "navigate"),
    ("content-type", "application/x-www-form-urlencoded"),
];
pub const AUTHORIZE: &str = "/organizations/oauth2/v2.0/authorize";

pub fn program(w: &World) -> Program {
    w.test.program(&w.agent, "Console")
}

pub fn request(program: &Program, state: &str) -> String {
    let redirect = encoded(REDIRECT);
    format!("client_id={}&redirect_uri={redirect}&response_type=code&scope=openid&state={state}", program.id)
}

async fn posted(browser: &mut Browser, path: &str, body: &str) -> Page {
    // A cross-site form carries none of the cookies.
    let held = std::mem::take(&mut browser.cookies);
    let page = browser.send(Method::POST, path, HOST, ELSEWHERE, body.to_owned()).await;
    assert!(page.set_cookies().is_empty(), "nothing takes the place of what the browser holds");
    browser.cookies = held;
    page
}

/// Follows a form's way on to the page it leads to.
async fn followed(browser: &mut Browser, body: &str) -> Page {
    let page = posted(browser, AUTHORIZE, body).await;
    page.is(StatusCode::SEE_OTHER);
    browser.get(page.header("location")).await
}

/// Fills in the sign-in page that a request led to; where that leads.
pub async fn signs_in(browser: &mut Browser, page: &str) -> String {
    let here = url::Url::parse(&format!("https://{HOST}{page}")).unwrap();
    let back = here.query_pairs().find(|(name, _)| name == "return").unwrap().1.into_owned();
    let fields = [("username", "maya@brightwater.no"), ("password", PASSWORD), ("return", &*back)];
    let entered = browser.post("/authority/sign-in", &fields).await;
    entered.is(StatusCode::OK);
    crate::federated::leads(&entered)
}

#[tokio::test]
async fn a_form_is_answered_as_the_same_request_in_an_address_after_a_sign_in() {
    let w = World::new();
    let program = program(&w);
    let mut browser = w.browser();
    // Spaces and signs as forms and programs write them, some of them as they are.
    for state in ["s1", "a%26b+%E5%85%89", "a#b<\"\\>c", "%23%3F%3D"] {
        let mut browser = browser.clone();
        let page = followed(&mut browser, &request(&program, state)).await;
        page.is(StatusCode::SEE_OTHER);
        let sign_in = page.header("location").to_owned();
        assert!(sign_in.starts_with("/authority/sign-in?return="), "{sign_in}");
        browser.get(&sign_in).await.is(StatusCode::OK);
        let entered = signs_in(&mut browser, &sign_in).await;
        let back = browser.get(&entered).await;
        back.is(StatusCode::SEE_OTHER);
        let answer = url::Url::parse(back.header("location")).unwrap();
        let said = |name: &str| answer.query_pairs().find(|(it, _)| it == name).map(|(_, it)| it.into_owned());
        assert!(answer.as_str().starts_with(REDIRECT) && said("code").is_some(), "{answer}");
        let sent: String = url::form_urlencoded::parse(format!("s={state}").as_bytes()).next().unwrap().1.into_owned();
        assert_eq!(said("state").as_deref(), Some(&*sent));
    }
    browser.get("/authority/sign-in").await;
    signs_in(&mut browser, "/authority/sign-in?return=%2Fdevicelogin").await;
    let here = followed(&mut browser, &request(&program, "s2")).await;
    assert!(here.header("location").starts_with(&format!("{REDIRECT}?code=")), "{}", here.header("location"));
}

#[tokio::test]
async fn powerful_people_type_codes_once_their_organisation_lets_them() {
    let w = World::new();
    let mut browser = w.browser();
    browser.get("/authority/sign-in").await;
    signs_in(&mut browser, "/authority/sign-in?return=%2Fdevicelogin").await;
    browser.get("/devicelogin").await.is(StatusCode::OK);
    let typed = [("do", "look"), ("user_code", "BCDF-GHJK")];
    browser.post("/devicelogin", &typed).await.is(StatusCode::FORBIDDEN).says("you sign in on the device itself");
    browser.language = "zh-CN";
    browser.post("/devicelogin", &typed).await.is(StatusCode::FORBIDDEN).says("请直接在设备上登录");
    browser.language = "en";

    let settings = "/partner/settings/security";
    let mut maya = w.as_person("/partner", "maya@brightwater.no").await;
    let title = "People with powerful roles may sign in with a code";
    let ticked = "name=\"device_codes\" value=\"on\" checked";
    let before = maya.get(settings).await;
    assert!(!before.is(StatusCode::OK).says(title).body.contains(ticked));
    let saved = maya.post(settings, &[("do", "policy"), ("device_codes", "on")]).await;
    assert_eq!(saved.header("location"), "/partner/settings/security?done=security");
    assert!(maya.get(settings).await.body.contains(ticked));
    maya.get("/partner/activity").await.says("People with powerful roles may now type codes of other devices");
    browser.post("/devicelogin", &typed).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("know this code");
    maya.post(settings, &[("do", "policy")]).await.is(StatusCode::SEE_OTHER);
    maya.get("/partner/activity").await.says("People with powerful roles may no longer type codes of other devices");
    browser.post("/devicelogin", &typed).await.is(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_program_that_wants_a_fresh_sign_in_has_the_provider_asked_for_one() {
    let w = World::new();
    let provider = crate::federated::federated(&w).await;
    let program = program(&w);
    for (more, fresh) in [("", false), ("&prompt=login", true), ("&max_age=300", true)] {
        let mut browser = w.browser();
        let sent = browser.get(&format!("{AUTHORIZE}?{}{more}", request(&program, "s"))).await;
        let there = sent.header("location").to_owned();
        let page = browser.get(&there).await;
        let asks = page.body.contains("name=\"fresh\" value=\"1\"");
        assert_eq!(asks, fresh, "{there}");
        let there = url::Url::parse(&format!("https://{HOST}{there}")).unwrap();
        let back = there.query_pairs().find(|(name, _)| name == "return").unwrap().1.into_owned();
        let fields = [
            ("username", "ola@fjordline.no"),
            ("return", &*back),
            ("password", ""),
            ("fresh", if asks { "1" } else { "" }),
        ];
        let between = browser.post("/authority/sign-in", &fields).await;
        let url = crate::federated::leads(&between);
        assert_eq!(url.contains("max_age=0&prompt=login"), fresh, "{url}");
        let came = provider.sign_in(&url);
        let (_, query) = came.split_once("/authority/sign-in/federated?").unwrap();
        let entered = browser.get(&format!("/authority/sign-in/federated?{query}")).await;
        entered.is(StatusCode::OK);
        assert_eq!(crate::federated::leads(&entered), back, "the way goes on to where the program sent them");
    }
}

#[tokio::test]
async fn a_form_is_checked_as_strictly_as_an_address() {
    let w = World::new();
    let program = program(&w);
    let good = request(&program, "s");
    let mut browser = w.browser();
    for (body, status) in [
        (String::new(), 400),
        (format!("{good}&client_id={}", program.id), 400),
        (format!("{good}&state=other"), 400),
        (good.replace("state=s", "state=%zz"), 400),
        (good.replace("state=s", "state=%00"), 400),
        (good.replace(&encoded(REDIRECT), "https%3A%2F%2Fevil.example%2F"), 400),
        (good.replace("client_id", "client"), 400),
        (good.replace("response_type=code&", ""), 303),
        (good.replace("response_type=code", "response_type=token"), 303),
    ] {
        let (by_form, by_address) =
            (followed(&mut browser, &body).await, w.browser().get(&format!("{AUTHORIZE}?{body}")).await);
        assert_eq!((by_form.status.as_u16(), by_address.status.as_u16()), (status, status), "{body}");
        assert_eq!(by_form.header("location"), by_address.header("location"));
        let location = by_form.header("location");
        assert!(location.is_empty() || location.starts_with(&format!("{REDIRECT}?error=")), "{location}");
    }
    let json = [("content-type", "application/json"), ("origin", "https://console.example")];
    browser.send(Method::POST, AUTHORIZE, HOST, &json, "{}".to_owned()).await.is(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let other_host = browser.send(Method::POST, AUTHORIZE, "evil.example", ELSEWHERE, good.clone()).await;
    other_host.is(StatusCode::MISDIRECTED_REQUEST);
    for place in ["%2F%2Fevil.example", "%5C%5Cevil.example", "nowhere%0d%0aset-cookie:x"] {
        let page = posted(&mut browser, &format!("/{place}/oauth2/v2.0/authorize"), &good).await;
        let location = page.header("location");
        assert!(location.is_empty() || location.starts_with('/') && !location.starts_with("//"), "{location}");
    }
}

#[tokio::test]
async fn what_no_sign_in_could_carry_is_refused_at_once() {
    let w = World::new();
    let program = program(&w);
    let room = ReturnPath::MAX - AUTHORIZE.len() - 1 - request(&program, "").len();
    let mut browser = w.browser();
    for (extra, fits) in [(0, true), (1, false)] {
        // Ignored by the authority, but carried.
        let long = format!("{}&x={}", request(&program, ""), "y".repeat(room - 3 + extra));
        let (by_form, by_address) =
            (posted(&mut browser, AUTHORIZE, &long).await, browser.get(&format!("{AUTHORIZE}?{long}")).await);
        let expected = if fits { StatusCode::SEE_OTHER } else { StatusCode::PAYLOAD_TOO_LARGE };
        by_form.is(expected);
        by_address.is(expected);
        if fits {
            let sign_in = by_address.header("location").to_owned();
            browser.get(&sign_in).await;
            let entered = signs_in(&mut browser, &sign_in).await;
            assert_eq!(entered, format!("{AUTHORIZE}?{long}"));
        }
    }
}

/// Method and route of each page of the authority that is not sign-in, and what another site's page gets from it.
const FOREIGN: &[(&str, &str, u16)] = &[
    ("GET", "/{place}/oauth2/v2.0/authorize", 400),
    ("POST", "/{place}/oauth2/v2.0/authorize", 303),
    ("GET", "/{place}/oauth2/v2.0/logout", 200),
    ("POST", "/{place}/oauth2/v2.0/logout", 403),
    ("GET", "/devicelogin", 303),
    ("POST", "/devicelogin", 403),
];

#[tokio::test]
async fn other_sites_post_to_nothing_else() {
    let mut declared = BTreeSet::new();
    for line in include_str!("../../src/authority.rs").lines().filter(|it| it.contains(".route(\"")) {
        let route = line.split('"').nth(1).unwrap();
        for (call, method) in [("get(", "GET"), ("post(", "POST")] {
            if line.contains(call) {
                declared.insert((method, route));
            }
        }
    }
    assert_eq!(declared, FOREIGN.iter().map(|(method, route, _)| (*method, *route)).collect());
    let w = World::new();
    for (method, route, expected) in FOREIGN {
        let path = route.replace("{place}", "organizations");
        let page = w.browser().send(method.parse().unwrap(), &path, HOST, ELSEWHERE, String::new()).await;
        assert_eq!(page.status.as_u16(), *expected, "{method} {route}");
        if *expected == 403 {
            page.has_code("form_from_elsewhere");
        }
    }
    for path in [
        "/authority/authorize",
        "/portal/sign-in",
        "/a/b/oauth2/v2.0/authorize",
        "/organizations/oauth2/v2.0/authorize/x",
    ] {
        let page = w.browser().send(Method::POST, path, HOST, ELSEWHERE, String::new()).await;
        page.is(StatusCode::FORBIDDEN).has_code("form_from_elsewhere");
    }
}

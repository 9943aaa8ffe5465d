//! Signing in: no session is inherited, no answer tells who exists, and no way back leads out of the portal.

use axum::http::StatusCode;
use entente_app::{Ctx, people, service};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_testkit::app::PASSWORD;
use entente_testkit::tokens::{Program, REDIRECT};

use crate::world::{Page, World, encoded};

const INGRID: &str = "ingrid@fjordline.no";

#[tokio::test]
async fn a_session_begins_with_a_value_nobody_knew() {
    let w = World::new();
    let mut browser = w.browser();
    let planted = entente_identity::SessionToken::generate(w.test.app.random()).text();
    browser.cookies.insert("__Host-entente-portal-public".to_owned(), planted.clone());
    browser.sign_in("/portal", INGRID).await;
    let first = browser.session("portal-public").unwrap();
    assert_ne!(first, planted);
    // Signing in again replaces the session, and the old one is dead.
    browser.sign_in("/portal", INGRID).await;
    let second = browser.session("portal-public").unwrap();
    assert_ne!(first, second);
    browser.get("/portal/settings").await.is(StatusCode::OK);
    let mut old = w.browser();
    old.cookies.insert("__Host-entente-portal-public".to_owned(), first);
    old.get("/portal/settings").await.is(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn cookies_are_the_strict_ones_over_tls() {
    let w = World::new();
    let mut browser = w.browser();
    let form = browser.get("/portal/sign-in").await;
    let entered = browser.post("/portal/sign-in", &[("username", INGRID), ("password", PASSWORD)]).await;
    entered.is(StatusCode::SEE_OTHER);
    let set: Vec<&str> = form.set_cookies().into_iter().chain(entered.set_cookies()).collect();
    assert!(set.len() >= 3, "{set:?}");
    for cookie in set {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }
    // A cookie of the plain name could have been set by a neighbour of this host, so it signs nobody in.
    let session = browser.session("portal-public").unwrap();
    let mut other = w.browser();
    other.cookies.insert("entente-portal-public".to_owned(), session);
    other.get("/portal/settings").await.is(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_of_one_portal_is_nothing_at_another() {
    let w = World::new();
    let mut maya = w.as_person("/partner", "maya@brightwater.no").await;
    let session = maya.session("entente-partner").unwrap();
    maya.get("/partner/customers").await.is(StatusCode::OK);
    let mut mixed = w.browser();
    for name in ["__Host-entente-portal-public", "__Host-entente-portal-germany"] {
        mixed.cookies.insert(name.to_owned(), session.clone());
    }
    mixed.get("/portal/settings").await.is(StatusCode::SEE_OTHER);
    mixed.get("/germany/portal/settings").await.is(StatusCode::SEE_OTHER);
    let ingrid = w.ingrid().await.session("portal-public").unwrap();
    mixed.cookies.insert("__Host-entente-partner".to_owned(), ingrid);
    mixed.get("/partner/customers").await.is(StatusCode::SEE_OTHER);
    // Side by side in one browser both go on, each at its own portal.
    maya.sign_in("/portal", INGRID).await;
    maya.get("/partner/customers").await.is(StatusCode::OK);
    maya.get("/portal/settings").await.is(StatusCode::OK).says("ingrid@fjordline.no");
    maya.get("/portal/settings").await;
    maya.post("/portal/sign-out", &[]).await.is(StatusCode::SEE_OTHER);
    maya.get("/portal/settings").await.is(StatusCode::SEE_OTHER);
    maya.get("/partner/customers").await.is(StatusCode::OK);
}

/// The answer with what the visitor typed and what differs from form to form taken out.
fn comparable(page: &Page, typed: &str, token: &str) -> (StatusCode, String, Vec<(String, String)>) {
    // The length is that of the text.
    let same = page.headers.iter().filter(|(name, _)| *name != "content-length");
    let mut headers: Vec<_> =
        same.map(|(name, value)| (name.to_string(), value.to_str().unwrap().replace(token, "[token]"))).collect();
    headers.sort();
    (page.status, page.body.replace(typed, "[name]").replace(token, "[token]"), headers)
}

#[tokio::test]
async fn wrong_passwords_and_unknown_accounts_answer_alike() {
    let w = World::new();
    let blocked = w.test.person(&w.partner.tenant, "Siri", &[PartnerRole::SalesAgent], false).person.unwrap();
    people::set_enabled(&w.test.app, &w.agent, blocked, false).unwrap();
    // Of each page the first is somebody's.
    for (base, tries) in [
        (
            "/portal",
            [
                (INGRID, "not the password"),
                ("astrid@fjordline.no", PASSWORD),
                ("astrid@nowhere.test", PASSWORD),
                // Somebody of another portal, and a name that cannot be one.
                ("greta@rheintal.de", PASSWORD),
                ("no name, not of any", PASSWORD),
            ],
        ),
        (
            "/germany/portal",
            [
                ("greta@rheintal.de", "not the password"),
                ("grita@rheintal.de", PASSWORD),
                ("greta@nowhere.abc", PASSWORD),
                ("ola@fjordline.no", PASSWORD),
                ("no name, not any", PASSWORD),
            ],
        ),
        (
            "/partner",
            [
                ("maya@brightwater.no", "not the password"),
                ("mara@brightwater.no", PASSWORD),
                ("siri@brightwater.no", PASSWORD),
                (INGRID, PASSWORD),
                ("no name, not of any", PASSWORD),
            ],
        ),
        (
            "/authority",
            [
                ("maya@brightwater.no", "not the password"),
                (INGRID, "not the password"),
                ("mara@brightwater.no", PASSWORD),
                ("siri@brightwater.no", PASSWORD),
                ("no name, not of any", PASSWORD),
            ],
        ),
    ] {
        let mut answers = Vec::new();
        for (name, password) in tries {
            let mut browser = w.browser();
            browser.get(&format!("{base}/sign-in")).await;
            let page = browser.post(&format!("{base}/sign-in"), &[("username", name), ("password", password)]).await;
            page.is(StatusCode::UNPROCESSABLE_ENTITY).says("do not belong together here");
            assert!(!page.body.contains(password), "a password never comes back");
            answers.push((name, comparable(&page, name, &browser.token)));
        }
        for (name, answer) in &answers[1..] {
            assert_eq!(*answer, answers[0].1, "{base} {name}");
        }
    }
}

#[tokio::test]
async fn too_many_tries_have_to_wait() {
    let w = World::new();
    let mut browser = w.browser();
    for name in [INGRID, "nobody@fjordline.no"] {
        for _ in 0..10 {
            browser.get("/portal/sign-in").await;
            let page = browser.post("/portal/sign-in", &[("username", name), ("password", "wrong wrong")]).await;
            page.is(StatusCode::UNPROCESSABLE_ENTITY);
        }
        browser.get("/portal/sign-in").await;
        // Even the right password has to wait, and an account that does not exist waits alike.
        let page = browser.post("/portal/sign-in", &[("username", name), ("password", PASSWORD)]).await;
        page.is(StatusCode::TOO_MANY_REQUESTS).has_code("too_many_tries").says("You can try again at");
    }
    assert_eq!(w.events(w.customer.id, EventKind::SignedIn), 2, "only those that made the world");
    w.test.clock.advance_seconds(15 * 60);
    browser.sign_in("/portal", INGRID).await;
}

#[tokio::test]
async fn the_way_back_stays_inside_the_portal() {
    let w = World::new();
    let bad = include_str!("data/return-paths.txt").lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for target in bad {
        count += 1;
        let mut browser = w.browser();
        let page = browser.get(&format!("/portal/sign-in?return={}", encoded(target))).await;
        page.is(StatusCode::OK);
        assert!(page.body.contains("name=\"return\" value=\"/portal/partners\""), "{target}");
        let fields = [("username", INGRID), ("password", PASSWORD), ("return", target)];
        let entered = browser.post("/portal/sign-in", &fields).await;
        assert_eq!(entered.header("location"), "/portal/partners", "{target}");
        let again = browser.get(&format!("/portal/sign-in?return={}", encoded(target))).await;
        assert_eq!(again.header("location"), "/portal/partners", "{target}");
    }
    assert!(count > 20);
    let mut browser = w.browser();
    for good in ["/portal/activity?partner=x", "/portal/settings", "/portal/partners"] {
        browser.get("/portal/sign-in?switch=1").await;
        let fields = [("username", INGRID), ("password", PASSWORD), ("return", good)];
        assert_eq!(browser.post("/portal/sign-in", &fields).await.header("location"), good);
    }
}

#[tokio::test]
async fn switching_the_account_leads_back_to_where_it_began() {
    let w = World::new();
    let (_, path) = w.asked();
    let mut browser = w.ola().await;
    let page = browser.get(&format!("{path}/review")).await;
    let switch = format!("/portal/sign-in?return={path}/review&amp;switch=1");
    assert!(page.body.contains(&switch) || page.body.contains(&switch.replace("&amp;", "&#38;")), "{}", page.body);
    let form = browser.get(&format!("/portal/sign-in?return={path}/review&switch=1")).await;
    form.is(StatusCode::OK);
    let back = format!("{path}/review");
    let fields = [("username", INGRID), ("password", PASSWORD), ("return", back.as_str())];
    assert_eq!(browser.post("/portal/sign-in", &fields).await.header("location"), back);
    browser.get(&back).await.is(StatusCode::OK).says("ingrid@fjordline.no");
}

#[tokio::test]
async fn pages_speak_the_accounts_language_then_the_browsers() {
    let w = World::new();
    let mut ola = w.ola().await;
    ola.get("/portal/settings").await.says("Change password");
    ola.language = "zh-CN";
    ola.get("/portal/settings").await.says("更改密码");
    ola.post("/portal/settings", &[("do", "language"), ("language", "en")]).await;
    ola.get("/portal/settings").await.says("Change password");
    // Problem pages too, although they are made outside of the session's layer.
    ola.get("/portal/partners/0198c1de-0000-7000-8000-00000000000a").await.says("You may not do this");
    let mut browser = w.browser();
    browser.language = "zh-CN";
    browser.get("/").await.is(StatusCode::OK).says("客户");
}

#[tokio::test]
async fn people_of_a_customer_sign_out_of_an_application_of_the_operator() {
    let w = World::new();
    let new = service::New {
        cloud: Cloud::Public,
        name: "Mailboxes".parse().unwrap(),
        portal_url: "https://mail.example/".to_owned(),
        redirect: REDIRECT.parse().unwrap(),
        identifier: "urn:mailboxes".to_owned(),
        roles: Vec::new(),
        logout_url: None,
        events: None,
    };
    let added = service::add(&w.test.app, &Ctx::operator(), new).unwrap();
    let program = Program { id: added.service.application, secret: added.secret.text() };
    let set = w.test.authority().sign_in(&program, &w.admin, "openid offline_access").unwrap();
    let mut ingrid = w.as_person("/portal", INGRID).await;
    let page = ingrid.get("/portal/settings/security").await;
    page.is(StatusCode::OK).says("Mailboxes").says("By Halden Cloud");
    let id = entente_app::grant::list(&w.test.app, &w.admin).unwrap()[0].id.to_string();
    let ended = ingrid.post("/portal/settings/security", &[("do", "end-grant"), ("id", &id)]).await;
    assert_eq!(ended.header("location"), "/portal/settings/security?done=session-ended");
    assert!(!w.test.authority().counts(&set.access_token));
    ingrid.get("/portal/settings/security").await.says("No application is signed in as you");
}

//! What stands between a page and an attacker: scanners, other sites, forged hosts, markup in names.

use axum::http::{Method, StatusCode};
use entente_app::invitation::Draft;
use entente_app::{relationship, subscription};
use entente_domain::cloud::Cloud;
use entente_domain::invitation::{Message, Recipient};
use entente_domain::tenant::PartnerKind;

use crate::world::{ACCEPT, HOST, Page, World, draft, path_of, unbound};

const SCANNERS: [&str; 5] = [
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0) SafeLinks",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 Proofpoint URL Defense",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mimecast/1.0",
];

#[tokio::test]
async fn opening_a_link_a_hundred_times_changes_nothing() {
    let w = World::new();
    let (view, path) = w.asked();
    let mut ingrid = w.ingrid().await;
    let (version, partner, customer) =
        (w.version(&view), w.all_events(w.partner.tenant.id), w.all_events(w.customer.id));
    let pages = ["", "/review", "/decline", "/decline?unknown=1", "/forward", "/done"];
    for n in 0..100 {
        let mut scanner = w.browser();
        let agent = [("user-agent", SCANNERS[n % SCANNERS.len()])];
        let page = format!("{path}{}", pages[n % pages.len()]);
        for method in [Method::GET, Method::HEAD] {
            let answer = scanner.send(method, &page, HOST, &agent, String::new()).await;
            assert!(answer.status.is_success() || answer.status.is_redirection(), "{page}: {}", answer.status);
            let answer = ingrid.send(Method::GET, &page, HOST, &agent, String::new()).await;
            assert!(answer.status.is_success() || answer.status.is_redirection(), "{page}: {}", answer.status);
        }
    }
    assert_eq!(w.version(&view), version);
    assert_eq!(w.all_events(w.partner.tenant.id), partner);
    assert_eq!(w.all_events(w.customer.id), customer);
    let new_link = ingrid.get(&format!("{path}/new-link")).await;
    new_link.is(StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn forms_from_elsewhere_or_for_somebody_else_decide_nothing() {
    let w = World::new();
    let (view, path) = w.asked();
    let review = format!("{path}/review");
    let mut ingrid = w.ingrid().await;
    ingrid.get(&review).await;
    let own = ingrid.token.clone();
    let mut foreign = w.ola().await;
    foreign.get("/portal/settings").await;
    let mut stranger = w.browser();
    stranger.get(&path).await;
    stranger.get("/portal/sign-in").await;
    let mut maya = w.as_person("/partner", "maya@brightwater.no").await;
    maya.get("/partner/requests/new").await;
    let version = w.version(&view);
    for (headers, why) in [
        (vec![("origin", "https://evil.example")], "another site"),
        (vec![("origin", "null")], "a sandboxed frame"),
        (vec![("sec-fetch-site", "cross-site")], "a form elsewhere"),
        (vec![("origin", "https://portal.good.example"), ("sec-fetch-site", "same-site")], "a neighbour"),
    ] {
        let page = ingrid.post_with(&review, &own, ACCEPT, &headers).await;
        page.is(StatusCode::FORBIDDEN).has_code("form_from_elsewhere");
        assert_eq!(w.version(&view), version, "{why}");
    }
    for (token, why) in [
        (String::new(), "none"),
        ("x".repeat(own.len()), "made up"),
        (foreign.token.clone(), "of a colleague's session"),
        (stranger.token.clone(), "of nobody's session"),
        (maya.token.clone(), "of the partner portal's session"),
        (own.chars().rev().collect(), "turned round"),
    ] {
        assert_ne!(token, own);
        for page in ["review", "decline", "forward", "new-link"] {
            let answer = ingrid.post_with(&format!("{path}/{page}"), &token, ACCEPT, &[]).await;
            answer.is(StatusCode::FORBIDDEN).has_code("form_expired");
        }
        let answer = ingrid.post_with("/portal/settings", &token, &[("do", "language")], &[]).await;
        answer.is(StatusCode::FORBIDDEN).has_code("form_expired");
        assert_eq!(w.version(&view), version, "{why}");
    }
    ingrid.post_with(&review, &own, ACCEPT, &[]).await.is(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn no_header_changes_where_a_page_leads() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let (_, path) = w.asked();
    let german = w.ask(Draft { cloud: Cloud::Germany, country: "DE".parse().unwrap(), ..unbound() });
    let mismatch = path_of(&german, "/portal");
    let partner = format!("/portal/partners/{}", w.partner.tenant.id);
    let review = format!("{path}/review");
    let lines = include_str!("data/proxy-headers.txt").lines().filter(|line| !line.starts_with('#'));
    for page in [mismatch.as_str(), &partner, "/portal/partners", "/portal/activity", &review, &path] {
        let plain = ingrid.get(page).await;
        let without_tokens = |page: &Page| {
            let mut parts = page.body.split("name=\"_token\" value=\"");
            let first = parts.next().unwrap().to_owned();
            parts.fold(first, |all, part| all + part.split_once('"').unwrap().1)
        };
        for line in lines.clone() {
            let header = line.split_once(": ").unwrap();
            let answer = ingrid.send(Method::GET, page, HOST, &[header], String::new()).await;
            assert_eq!(
                (answer.status, without_tokens(&answer)),
                (plain.status, without_tokens(&plain)),
                "{page} {line}"
            );
            assert_eq!(answer.header("location"), plain.header("location"), "{page} {line}");
            assert!(!answer.body.contains("evil.example"));
        }
    }
    let mut stranger = w.browser();
    for line in lines {
        let header = line.split_once(": ").unwrap();
        let led = stranger.send(Method::GET, &review, HOST, &[header], String::new()).await;
        assert_eq!(led.header("location"), format!("/portal/sign-in?return={review}"), "{line}");
    }
    for host in ["evil.example", "portal.good.example:99999", "portal.good.example.evil.example", ""] {
        let refused = ingrid.send(Method::GET, "/portal/partners", host, &[], String::new()).await;
        refused.is(StatusCode::MISDIRECTED_REQUEST).has_code("wrong_host");
        assert!(!refused.body.contains("evil.example") && !refused.body.contains("Brightwater"));
    }
}

/// No element, attribute or style that did not come from a template.
fn assert_inert(page: &Page, path: &str) {
    let body = page.body.to_lowercase();
    for found in ["<script>", "<img", "<math", "<svg/", "style=", "<style", "href=\"javascript:", "<%="] {
        // What is text appears escaped; what is markup would appear as it was written.
        assert!(!body.contains(found), "{path} {found}");
    }
    assert_eq!(body.matches("<script").count(), 1, "{path}: only the one file of ours");
    assert!(!body.contains("<a href=\"https://evil.example\""), "{path}");
    assert!(!body.contains(">49<"), "{path}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}");
}

#[tokio::test]
async fn markup_in_names_and_reasons_stays_text() {
    let markup = || include_str!("data/markup.txt").lines().filter(|line| !line.starts_with('#'));
    let w = World::new();
    let mut tried = 0;
    for (n, text) in markup().enumerate() {
        // A name that the rules for names refuse is not stored in the first place; whatever passes has to be harmless.
        let Ok(company) = format!("{text} {n}").parse() else { continue };
        let Ok(person) = format!("{text} {n}").parse() else { continue };
        tried += 1;
        let kind = PartnerKind::Direct;
        let partner = {
            let mut partner = w.test.partner(&format!("Harbour {n}"), &format!("harbour{n}.no"), kind, &["NO"], None);
            let tenant = entente_domain::tenant::Tenant {
                id: w.test.app.new_id(),
                name: company,
                domain: format!("markup{n}.no").parse().unwrap(),
                ..partner.tenant.clone()
            };
            let operator = entente_app::Ctx::operator();
            entente_app::tenant::add(&w.test.app, &operator, tenant.clone()).unwrap();
            partner.number = format!("77{n:05}");
            partner.tenant = tenant;
            entente_app::tenant::make_partner(&w.test.app, &operator, partner.clone()).unwrap();
            partner
        };
        let roles = [entente_domain::directory::PartnerRole::GlobalAdmin];
        let agent = w.test.person(&partner.tenant, &format!("Agent{n}"), &roles, false);
        let customer = w.test.tenant(&format!("Customer{n}"), &format!("customer{n}.no"), Cloud::Public, "NO");
        let admin = entente_domain::directory::Person {
            id: w.test.app.new_id(),
            tenant: customer.id,
            upn: format!("admin@customer{n}.no").parse().unwrap(),
            name: person,
            mail: format!("admin@customer{n}.no").parse().unwrap(),
            language: None,
            enabled: true,
            partner_roles: Vec::new(),
            directory_roles: vec![entente_domain::directory_role::GLOBAL_ADMINISTRATOR],
        };
        let password = entente_identity::Password::new(entente_testkit::app::PASSWORD).unwrap();
        let operator = entente_app::Ctx::operator();
        entente_app::tenant::add_person(&w.test.app, &operator, admin, Some(&password)).unwrap();
        w.test.person(&customer, &format!("User{n}"), &[], false);
        let words = Draft {
            message: Message { body: text.parse().unwrap_or(draft().message.body), ..draft().message },
            recipient: Recipient { email: None, ..draft().recipient },
            ..unbound()
        };
        let asked = || {
            let view = entente_app::invitation::create(&w.test.app, &agent, words.clone()).unwrap();
            path_of(&view, "/portal")
        };
        let path = asked();
        let mut user = w.as_person("/portal", &format!("user{n}@customer{n}.no")).await;
        let mut browser = w.browser();
        assert_inert(&browser.get(&path).await, &path);
        browser.sign_in("/portal", &format!("admin@customer{n}.no")).await;
        for page in ["review", "decline", "forward"] {
            let page = format!("{path}/{page}");
            assert_inert(&browser.get(&page).await, &page);
            assert_inert(&user.get(&page).await, &page);
        }
        browser.get(&format!("{path}/decline")).await;
        browser.post(&format!("{path}/decline"), &[("reason", text)]).await.is(StatusCode::SEE_OTHER);
        let path = asked();
        browser.get(&format!("{path}/review")).await;
        let accepted = browser.post(&format!("{path}/review"), ACCEPT).await;
        accepted.is(StatusCode::SEE_OTHER);
        let one = format!("/portal/partners/{}", partner.tenant.id);
        let remove = format!("{one}/remove");
        let activity = format!("/portal/activity?partner={}", partner.tenant.id);
        let again = asked();
        for page in
            [accepted.header("location"), "/portal/partners", &one, &remove, &activity, &again, "/portal/settings"]
        {
            assert_inert(&browser.get(page).await, page);
        }
        browser.post(&remove, &[("reason", text)]).await.is(StatusCode::SEE_OTHER);
        let detail = browser.get(&one).await;
        assert_inert(&detail, &one);
        detail.says(text);
    }
    assert!(tried >= 8, "only {tried} of the texts can be a name at all");
    let pasted = w.browser().get("/portal/accept?link=%3Cscript%3Ex()%3C/script%3E").await;
    assert_inert(&pasted, "pasted");
}

#[tokio::test]
async fn pages_of_a_session_are_never_stored() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    subscription::add(&w.test.app, &w.agent, w.customer.id, "productivity-standard", Some(3)).unwrap();
    relationship::give_up_privileges(&w.test.app, &w.agent, w.customer.id).unwrap();
    let (_, path) = w.asked();
    let partner = format!("/portal/partners/{}", w.partner.tenant.id);
    for page in [
        "/portal/partners",
        &partner,
        "/portal/activity",
        "/portal/settings",
        &path,
        &format!("{path}/review"),
        &format!("{path}/decline"),
        &format!("{path}/forward"),
        "/portal/nothing",
        "/portal/sign-in",
    ] {
        let answer = ingrid.get(page).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{page}");
        assert!(answer.header("vary").contains("ookie") || answer.status.is_redirection(), "{page}");
    }
}

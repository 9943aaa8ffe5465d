//! Applications and services: what the pages show, that a secret is shown once, and how a service is opened.

use axum::http::{StatusCode, header};
use entente_app::acting::{self, Whom};
use entente_app::{Ctx, relationship, service};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::HELPDESK_ADMINISTRATOR;
use entente_domain::service::{Level, Report};

use entente_testkit::tokens::{Program, REDIRECT};

use super::world::World;

const HERE: &str = "/partner/settings/applications";

fn shown(body: &str) -> String {
    let (_, rest) = body.split_once("<code tabindex=\"0\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_application_is_registered_and_its_secret_shown_once() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    maya.get(HERE).await.says(StatusCode::OK, &["No application is registered yet"]);
    let fields = [
        ("name", "Night Import"),
        ("kind", "confidential"),
        ("redirects", "https://import.brightwater.no/callback\n\n http://localhost:3000/x "),
        ("roles[]", "admin_agent"),
        ("algorithm", "RS256"),
        ("device_code", "on"),
    ];
    let added = maya.post(&format!("{HERE}/new"), &fields).await;
    let here = added.location().split('?').next().unwrap().to_owned();
    added.goes(&format!("{here}?done=registered"));
    let tenant = w.partner.tenant.id;
    let page = maya.get(&here).await;
    page.says(StatusCode::OK, &["Night Import", "Without a secret or key", "http://localhost:3000/x"]);
    page.says(StatusCode::OK, &[here.rsplit('/').next().unwrap(), &format!("/{tenant}/oauth2/v2.0/token<")]);
    page.says(StatusCode::OK, &["value=\"RS256\" selected", "name=\"device_code\" value=\"on\" checked"]);
    let secret =
        maya.post(&format!("{here}/credentials"), &[("sort", "secret"), ("days", "20"), ("label", "vm 7")]).await;
    secret.says(StatusCode::OK, &["It is shown this once", "Night Import"]);
    assert_eq!(secret.headers[header::CACHE_CONTROL], "no-store");
    assert!(!secret.headers.contains_key(header::LOCATION) && !secret.headers.contains_key(header::SET_COOKIE));
    let text = shown(&secret.body);
    assert!(text.len() >= 40, "{text}");
    for (attribute, _) in secret.body.match_indices("href=\"").chain(secret.body.match_indices("action=\"")) {
        let address = secret.body[attribute..].split('"').nth(1).unwrap();
        assert!(!address.contains(&text), "the secret is in the address {address}");
    }
    let page = maya.get(&here).await;
    page.says(StatusCode::OK, &["vm 7", "Ends soon", &text[..4]]).silent(&[&text]);
    maya.get(HERE).await.says(StatusCode::OK, &["Night Import", "1 ends within 30 days"]).silent(&[&text]);
    w.test.clock.advance_days(20);
    let mut maya = w.browser("maya").await;
    maya.get(HERE).await.says(StatusCode::OK, &["1 has expired"]);
}

#[tokio::test]
async fn a_secret_that_nobody_used_is_marked_and_can_be_removed() {
    let w = World::new();
    let (id, credential) = w.application("Console");
    w.test.clock.advance_days(90);
    let mut maya = w.browser("maya").await;
    maya.get(HERE).await.says(StatusCode::OK, &["1 off, nobody used it"]);
    let here = format!("{HERE}/{id}");
    maya.get(&here).await.says(StatusCode::OK, &["Off, not used", "Remove build server"]);
    let ask = format!("{here}/credentials/{credential}");
    maya.get(&ask).await.says(StatusCode::OK, &["Remove “build server”?", "no longer proves"]);
    maya.post(&ask, &[]).await.goes(&format!("{here}?done=credential-removed"));
    maya.get(HERE).await.says(StatusCode::OK, &["None yet"]);
    maya.get(&ask).await.says(StatusCode::NOT_FOUND, &["<code>not_found</code>"]);
}

#[tokio::test]
async fn a_credential_of_another_application_is_not_reached_through_ones_own() {
    let w = World::new();
    let ((one, _), (_, other)) = (w.application("One"), w.application("Other"));
    let mut maya = w.browser("maya").await;
    let path = format!("{HERE}/{one}/credentials/{other}");
    maya.get(&path).await.says(StatusCode::NOT_FOUND, &[]);
    maya.post(&path, &[]).await.says(StatusCode::NOT_FOUND, &[]);
}

#[tokio::test]
async fn switching_off_asks_first_and_can_be_undone_after_a_fresh_sign_in() {
    let w = World::new();
    let (id, _) = w.application("Console");
    let mut maya = w.browser("maya").await;
    let here = format!("{HERE}/{id}");
    maya.get(&format!("{here}/off"))
        .await
        .says(StatusCode::OK, &["Switch off Console?", "stop counting at once", "stay"]);
    maya.post(&format!("{here}/off"), &[]).await.goes(&format!("{here}?done=switched-off"));
    maya.get(&here).await.says(StatusCode::OK, &["This application is switched off", "Switch on"]);
    maya.get(HERE).await.says(StatusCode::OK, &["badge bad\">Off"]);
    w.test.clock.advance_seconds(11 * 60);
    let stale = maya.post(&format!("{here}/on"), &[]).await;
    stale.says(StatusCode::UNAUTHORIZED, &["<code>step_up_required</code>", &format!("return={here}\"")]);
    let mut maya = w.browser("maya").await;
    maya.post(&format!("{here}/on"), &[]).await.goes(&format!("{here}?done=switched-on"));
}

#[tokio::test]
async fn the_log_says_which_application_and_which_roles_in_words() {
    let w = World::new();
    w.application("Console");
    let tom = w.person(&w.partner, "Tom", PartnerRole::AdminAgent);
    let program = w.test.program(&w.maya, "Night Import");
    w.test.authority().act(&program, &tom, w.customer.id).unwrap();
    acting::stop(&w.test.app, &w.admin, Whom::Partner(w.partner.tenant.id)).unwrap();
    w.test.authority().act(&program, &tom, w.customer.id).unwrap_err();
    let mut maya = w.browser("maya").await;
    let page = maya.get("/partner/activity").await;
    page.says(StatusCode::OK, &["Application: Console", "Application: Night Import · Roles: Global administrator"]);
    page.says(
        StatusCode::OK,
        &["Everybody of Brightwater IT", "The customer stopped it", "The customer had stopped it"],
    );
    page.silent(&["62e90394", &program.id.to_string(), &program.secret]);
}

fn add(w: &World, name: &str, roles: &[entente_domain::ids::DirectoryRoleId]) -> Program {
    let new = service::New {
        cloud: Cloud::Public,
        name: name.parse().unwrap(),
        portal_url: "https://mail.example/launch".to_owned(),
        redirect: REDIRECT.parse().unwrap(),
        identifier: format!("urn:{name}"),
        roles: roles.to_vec(),
        logout_url: None,
        events: None,
    };
    let added = service::add(&w.test.app, &Ctx::operator(), new).unwrap();
    Program { id: added.service.application, secret: added.secret.text() }
}

#[tokio::test]
async fn services_open_in_a_new_tab_or_say_why_not() {
    let w = World::new();
    let here = format!("/partner/customers/{}/services", w.customer.id);
    w.person(&w.partner, "Ali", PartnerRole::HelpdeskAgent);
    w.person(&w.partner, "Tom", PartnerRole::AdminAgent);
    w.person(&w.partner, "Elena", PartnerRole::SalesAgent);
    let (mut ali, mut tom, mut elena) = (w.browser("ali").await, w.browser("tom").await, w.browser("elena").await);
    tom.get(&here).await.says(StatusCode::OK, &["offers no services yet"]);
    add(&w, "Mailboxes", &[HELPDESK_ADMINISTRATOR]);
    add(&w, "Vault", &[]);
    let page = tom.get(&here).await;
    page.says(StatusCode::OK, &["As Global administrator", "target=\"_blank\" rel=\"noopener noreferrer\""]);
    assert_eq!(page.body.matches("https://mail.example/launch?iss=").count(), 2);
    let page = ali.get(&here).await;
    page.says(StatusCode::OK, &["As Helpdesk administrator", "Your roles do not reach this at the customer"]);
    assert_eq!(page.body.matches("https://mail.example/launch?iss=").count(), 1);
    elena
        .get(&here)
        .await
        .says(StatusCode::OK, &["<code>no_role</code>", "can make you an admin agent"])
        .silent(&["mail.example"]);
    for path in ["/partner/customers".to_owned(), format!("/partner/customers/{}", w.customer.id)] {
        tom.get(&path).await.says(StatusCode::OK, &[&format!("href=\"{here}\"")]);
    }
    acting::stop(&w.test.app, &w.admin, Whom::Everybody).unwrap();
    tom.get(&here)
        .await
        .says(StatusCode::OK, &["<code>stopped_by_customer</code>"])
        .silent(&["mail.example", "/restore"]);
    let reason = Some("We move to <limited> roles.".parse().unwrap());
    relationship::remove_privileges(&w.test.app, &w.admin, w.partner.tenant.id, reason).unwrap();
    let page = tom.get(&here).await;
    page.says(
        StatusCode::OK,
        &["<code>privileges_removed</code>", "Fjordline Logistics AS removed your privileges on"],
    );
    page.says(StatusCode::OK, &["We move to &#60;limited&#62; roles.", "You still support it", "Ask to restore"]);
    page.silent(&["mail.example"]);
    ali.get(&here).await.says(StatusCode::OK, &["<code>privileges_removed</code>"]).silent(&["/restore"]);
    let bare = w.customer("Havn AS", "havn.no", false);
    let page = tom.get(&format!("/partner/customers/{bare}/services")).await;
    page.says(StatusCode::OK, &["<code>no_privileges</code>", "Ask for privileges"]);
}

#[tokio::test]
async fn a_tile_says_when_its_reader_opened_the_service_last() {
    let w = World::new();
    let here = format!("/partner/customers/{}/services", w.customer.id);
    let mailboxes = add(&w, "Mailboxes", &[]);
    add(&w, "Vault", &[]);
    let agent = w.person(&w.partner, "Tom", PartnerRole::AdminAgent);
    w.person(&w.partner, "Wei", PartnerRole::AdminAgent);
    let (mut tom, mut wei) = (w.browser("tom").await, w.browser("wei").await);
    tom.get(&here).await.says(StatusCode::OK, &["Mailboxes"]).silent(&["You opened it last"]);
    w.test.authority().act(&mailboxes, &agent, w.customer.id).unwrap();
    w.test.clock.advance_seconds(60);
    let page = tom.get(&here).await;
    page.says(StatusCode::OK, &["You opened it last on <time datetime=\"2026-11-23T09:00"]);
    assert_eq!(page.body.matches("You opened it last").count(), 1, "the other tile says nothing");
    wei.get(&here).await.says(StatusCode::OK, &["Mailboxes"]).silent(&["You opened it last"]);
}

#[tokio::test]
async fn tiles_say_how_a_service_does_whoever_may_open_it() {
    let w = World::new();
    let here = format!("/partner/customers/{}/services", w.customer.id);
    add(&w, "Mailboxes", &[]);
    add(&w, "Vault", &[]);
    w.person(&w.partner, "Tom", PartnerRole::AdminAgent);
    w.person(&w.partner, "Elena", PartnerRole::SalesAgent);
    let (mut tom, mut elena) = (w.browser("tom").await, w.browser("elena").await);
    let page = tom.get(&here).await;
    assert_eq!(page.body.matches("</svg>Healthy</span>").count(), 2, "a sign and a word: {}", page.body);
    page.silent(&["Since <time"]);
    let say = |level, english: &str, chinese: Option<&str>| {
        let text = |text: &str| text.parse().unwrap();
        let report = Report { level, english: Some(text(english)), chinese: chinese.map(text) };
        service::report(&w.test.app, Cloud::Public, "Mailboxes", report).unwrap();
    };
    say(Level::Degraded, "Searching is <slow>.", None);
    let told = "<p>Searching is &lt;slow&gt;.</p><p class=\"sub\">Since <time datetime=\"2026-11-23T09:00";
    for browser in [&mut tom, &mut elena] {
        let page = browser.get(&here).await;
        page.says(StatusCode::OK, &["badge sign warn\"><svg", "</svg>Degraded</span>", told]);
        assert_eq!(page.body.matches("</svg>Healthy</span>").count(), 1, "the other one does well");
    }
    w.test.clock.advance_days(1);
    say(Level::Down, "Nobody gets in.", Some("无法访问。"));
    let mut tom = w.browser("tom").await;
    let page = tom.get(&here).await;
    page.says(
        StatusCode::OK,
        &["badge sign bad\"><svg", "</svg>Down</span>", "<p>Nobody gets in.</p>", "2026-11-24T09:00"],
    );
    page.says(StatusCode::OK, &["As Global administrator", "https://mail.example/launch?iss="]);
    let partner = w.partner.tenant.id;
    relationship::remove_privileges(&w.test.app, &w.admin, partner, None).unwrap();
    tom.get(&here)
        .await
        .says(StatusCode::OK, &["</svg>Down</span>", "Nobody gets in.", "<code>privileges_removed</code>"]);
}

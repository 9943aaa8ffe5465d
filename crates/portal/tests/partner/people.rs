//! Settings: one's own account, and the partner's people.

use axum::http::{StatusCode, header};
use entente_app::{Ctx, tenant};
use entente_domain::directory::{Group, PartnerRole};
use entente_testkit::app::PASSWORD;

use super::world::World;

const PEOPLE: &str = "/partner/settings/people";

/// The one-time password on the page.
fn shown(body: &str) -> String {
    let (_, rest) = body.split_once("<code tabindex=\"0\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn somebody_new_gets_a_password_that_is_shown_once() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    maya.get(PEOPLE).await.says(StatusCode::OK, &["Maya", "maya@brightwater.no", "Global admin"]);
    let fields = [
        ("name", "Nora Berg"),
        ("upn", "nora@brightwater.no"),
        ("mail", ""),
        ("roles[]", "sales_agent"),
        ("roles[]", "helpdesk_agent"),
    ];
    let added = maya.post(&format!("{PEOPLE}/new"), &fields).await;
    added.says(StatusCode::OK, &["This is shown once", "nora@brightwater.no"]);
    assert_eq!(added.headers[header::CACHE_CONTROL], "no-store");
    assert!(!added.headers.contains_key(header::LOCATION) && !added.headers.contains_key(header::SET_COOKIE));
    let password = shown(&added.body);
    assert!(password.len() >= 20, "{password}");
    for (attribute, _) in added.body.match_indices("href=\"").chain(added.body.match_indices("action=\"")) {
        let address = added.body[attribute..].split('"').nth(1).unwrap();
        assert!(!address.contains(&password), "the password is in the address {address}");
    }
    let list = maya.get(PEOPLE).await;
    list.says(StatusCode::OK, &["Nora Berg", "Helpdesk agent, Sales agent"]).silent(&[&password]);
    let mut nora = w.browser_of_new("nora@brightwater.no", &password).await;
    nora.get("/partner/customers").await.says(StatusCode::OK, &["Fjordline"]);
    nora.get(PEOPLE).await.says(StatusCode::FORBIDDEN, &[]);
}

#[tokio::test]
async fn blocking_and_resetting_end_sessions_at_once() {
    let w = World::new();
    let tom = w.person(&w.partner, "Tom", PartnerRole::AdminAgent).person.unwrap();
    let here = format!("{PEOPLE}/{tom}");
    let mut maya = w.browser("maya").await;
    let mut browser = w.browser("tom").await;
    maya.post(&here, &[("do", "block")]).await.goes(&format!("{here}?done=blocked"));
    assert_eq!(browser.get("/partner/customers").await.status, StatusCode::SEE_OTHER);
    assert_eq!(w.stranger().sign_in("tom@brightwater.no", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    maya.get(&here).await.says(StatusCode::OK, &["Blocked", "Allow sign-in"]);
    maya.post(&here, &[("do", "unblock")]).await.goes(&format!("{here}?done=unblocked"));
    let mut browser = w.browser("tom").await;
    let reset = maya.post(&here, &[("do", "reset")]).await;
    reset.says(StatusCode::OK, &["This is shown once"]);
    assert_eq!(browser.get("/partner/customers").await.status, StatusCode::SEE_OTHER);
    assert_eq!(w.stranger().sign_in("tom@brightwater.no", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    w.browser_of_new("tom@brightwater.no", &shown(&reset.body)).await;
}

#[tokio::test]
async fn roles_change_what_somebody_may_do_and_nobody_locks_the_partner_out() {
    let w = World::new();
    let tom = w.person(&w.partner, "Tom", PartnerRole::HelpdeskAgent).person.unwrap();
    let here = format!("{PEOPLE}/{tom}");
    let mut maya = w.browser("maya").await;
    let mut browser = w.browser("tom").await;
    browser.get("/partner/requests").await.says(StatusCode::FORBIDDEN, &[]);
    maya.post(&here, &[("do", "roles"), ("roles[]", "sales_agent")]).await.goes(&format!("{here}?done=saved"));
    browser.get("/partner/requests").await.says(StatusCode::OK, &[]);
    let oneself = format!("{PEOPLE}/{}", w.maya.person.unwrap());
    maya.get(&oneself).await.says(StatusCode::OK, &["This is you"]).silent(&["value=\"block\""]);
    let refused = maya.post(&oneself, &[("do", "roles"), ("roles[]", "sales_agent")]).await;
    refused.says(StatusCode::CONFLICT, &["<code>last_administrator</code>"]);
    let refused = maya.post(&oneself, &[("do", "block")]).await;
    refused.says(StatusCode::CONFLICT, &["<code>yourself</code>"]);
    let bad = maya.post(&here, &[("do", "roles"), ("roles[]", "emperor")]).await;
    bad.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#roles\">", "Sales agent"]);
}

#[tokio::test]
async fn groups_are_ticked_on_a_persons_page() {
    let w = World::new();
    let tom = w.person(&w.partner, "Tom", PartnerRole::HelpdeskAgent).person.unwrap();
    let here = format!("{PEOPLE}/{tom}");
    let mut maya = w.browser("maya").await;
    maya.get(&here).await.says(StatusCode::OK, &["Roles"]).silent(&["Save groups"]);
    let group = |name: &str| {
        let it = Group { id: w.test.app.new_id(), tenant: w.partner.tenant.id, name: name.to_owned() };
        tenant::add_group(&w.test.app, &Ctx::operator(), it.clone(), vec![]).unwrap();
        it.id.to_string()
    };
    let (tier, night) = (group("Tier 1"), group("Night & day"));
    maya.get(&here).await.says(StatusCode::OK, &["Save groups", "Tier 1", "Night &#38; day"]);
    let fields = [("do", "groups"), ("groups[]", &*tier), ("groups[]", &*night)];
    maya.post(&here, &fields).await.goes(&format!("{here}?done=saved"));
    let ticked = format!("value=\"{tier}\" checked");
    maya.get(&here).await.says(StatusCode::OK, &[&ticked]);
    maya.post(&here, &[("do", "groups"), ("groups[]", &*night)]).await.goes(&format!("{here}?done=saved"));
    maya.get(&here).await.says(StatusCode::OK, &["Helpdesk agent"]).silent(&[&ticked]);
    let log = maya.get("/partner/activity").await;
    log.says(StatusCode::OK, &["was put into a security group", "was taken out of a security group"]);
    for wrong in ["nonsense", "0193a8d0-0000-7000-8000-000000000001"] {
        maya.post(&here, &[("do", "groups"), ("groups[]", wrong)]).await.says(StatusCode::NOT_FOUND, &[]);
    }
}

#[tokio::test]
async fn one_changes_the_own_password_and_keeps_this_session_only() {
    let w = World::new();
    let mut here = w.browser("maya").await;
    let mut elsewhere = w.browser("maya").await;
    let new = "a new password of mine";
    let fields = [("do", "password"), ("current", PASSWORD), ("password", new), ("repeat", new)];
    here.post("/partner/settings", &fields).await.goes("/partner/settings?done=password");
    here.get("/partner/settings?done=password").await.says(StatusCode::OK, &["Password changed"]);
    assert_eq!(elsewhere.get("/partner/settings").await.status, StatusCode::SEE_OTHER);
    w.browser_of("maya@brightwater.no", new).await;
}

#[tokio::test]
async fn the_language_is_the_accounts() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    maya.cookies.push(("__Host-lang".to_owned(), "en".to_owned()));
    let fields = [("do", "language"), ("language", "zh-CN")];
    maya.post("/partner/settings", &fields).await.goes("/partner/settings?done=saved");
    maya.get("/partner/customers").await.says(StatusCode::OK, &["<html lang=\"zh-CN\"", "客户"]);
    let mut other = w.browser("maya").await;
    other.get("/partner/customers").await.says(StatusCode::OK, &["<html lang=\"zh-CN\""]);
}

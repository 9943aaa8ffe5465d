//! Signing in at the organisation's own provider, as a browser meets it, and the page on which an administrator names it.

use std::sync::Arc;

use axum::http::StatusCode;
use entente_testkit::app::PASSWORD;
use entente_testkit::provider::{CLIENT, Provider, SECRET};
use serde_json::json;

use crate::world::{Browser, Page, World, encoded};

const ISSUER: &str = "https://login.fjordline.example";
const SETTINGS: &str = "/portal/settings/sign-in";
const OLA: &str = "ola@fjordline.no";
const VISIT: &str = "__Host-entente-portal-public-visit";

/// What the settings page sends.
fn typed<'a>(issuer: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let all =
        [("do", "save"), ("issuer", issuer), ("client_id", CLIENT), ("secret", SECRET), ("domains[]", "fjordline.no")];
    let kept = all.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    kept.chain(more.iter().copied()).filter(|(_, value)| *value != "-").collect()
}

/// Fjordline's people sign in at its provider.
pub async fn federated(w: &World) -> Arc<Provider> {
    let provider = Provider::begin(&w.test, ISSUER);
    provider.says().claims = json!({ "sub": "1", "preferred_username": OLA, "email": OLA, "email_verified": true });
    let mut ingrid = w.ingrid().await;
    ingrid.get(SETTINGS).await.is(StatusCode::OK);
    ingrid.post(SETTINGS, &typed(ISSUER, &[])).await.is(StatusCode::SEE_OTHER);
    ingrid.get(SETTINGS).await;
    ingrid.post(SETTINGS, &[("do", "on")]).await.is(StatusCode::SEE_OTHER);
    provider
}

async fn name(browser: &mut Browser, name: &str, password: &str) -> Page {
    browser.get("/portal/sign-in").await;
    let fields = [("username", name), ("password", password), ("return", "/portal/settings")];
    browser.post("/portal/sign-in", &fields).await
}

/// Where the page leads by itself, if it does.
fn onward(page: &Page) -> Option<String> {
    let (_, rest) = page.body.split_once("<meta http-equiv=\"refresh\" content=\"0;url=")?;
    Some(rest.split_once('"').unwrap().0.replace("&#38;", "&"))
}

/// Where the page in between leads.
pub fn leads(page: &Page) -> String {
    onward(page).unwrap()
}

/// The path at which the provider sends somebody back.
fn back(provider: &Provider, url: &str) -> String {
    let there = provider.sign_in(url);
    format!("/portal/sign-in/federated?{}", there.split_once('?').unwrap().1)
}

#[tokio::test]
async fn a_name_is_enough_and_the_way_leads_through_the_provider_to_a_session() {
    let w = World::new();
    let provider = federated(&w).await;
    let mut browser = w.browser();
    let between = name(&mut browser, OLA, "").await;
    between.is(StatusCode::OK).says("Continue at Fjordline Logistics AS");
    let url = leads(&between);
    assert!(url.starts_with(&format!("{ISSUER}/authorize?")), "{url}");
    assert!(url.contains(&format!("login_hint={}", encoded(OLA).replace("%2E", "."))), "{url}");
    assert!(between.body.contains(&format!("href=\"{}\"", url.replace('&', "&#38;"))), "{}", between.body);
    let cookie = between.set_cookies().into_iter().find(|it| it.starts_with(VISIT)).unwrap().to_owned();
    for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let path = back(&provider, &url);
    // Whoever is lured to a way back that they did not begin is signed in as nobody.
    let mut victim = w.browser();
    let lured = victim.get(&path).await;
    lured.is(StatusCode::GONE).has_code("federation_not_begun").says("began in another browser");
    assert!(victim.session("portal-public").is_none());
    let entered = browser.get(&path).await;
    entered.is(StatusCode::SEE_OTHER);
    assert_eq!(entered.header("location"), "/portal/settings");
    assert!(!browser.cookies.contains_key(VISIT), "the cookie has done its work");
    browser.get("/portal/settings").await.is(StatusCode::OK).says(OLA);
    browser.get(&path).await.is(StatusCode::GONE).has_code("federation_not_begun");
    // The one who is signed in already is somebody else afterwards, and the old session is over.
    let mut ingrid = w.ingrid().await;
    let old = ingrid.session("portal-public").unwrap();
    ingrid.get("/portal/sign-in?switch=1").await;
    let between = ingrid.post("/portal/sign-in", &[("username", OLA), ("password", "")]).await;
    ingrid.get(&back(&provider, &leads(&between))).await.is(StatusCode::SEE_OTHER);
    ingrid.get("/portal/settings").await.says(OLA);
    let mut left = w.browser();
    left.cookies.insert("__Host-entente-portal-public".to_owned(), old);
    left.get("/portal/settings").await.is(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_signs_in_at_the_provider_is_led_there_to_confirm() {
    let w = World::new();
    let provider = federated(&w).await;
    let mut ola = w.browser();
    let between = name(&mut ola, OLA, "").await;
    ola.get(&back(&provider, &leads(&between))).await.is(StatusCode::SEE_OTHER);
    let held = ola.session("portal-public").unwrap();
    let page = ola.get("/portal/sign-in/confirm?return=/portal/settings").await;
    page.is(StatusCode::OK).says("so you confirm there").says("Continue to the sign-in of Fjordline Logistics AS");
    assert!(!page.body.contains("type=\"password\""), "a password that counts for nothing is not asked for");
    let typed = [("password", PASSWORD), ("return", "/portal/settings")];
    ola.post("/portal/sign-in/confirm", &typed).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("so you confirm there");
    assert_eq!(ola.session("portal-public").as_ref(), Some(&held));
    let asked = [("do", "provider"), ("return", "/portal/settings")];
    let between = ola.post("/portal/sign-in/confirm", &asked).await;
    between.is(StatusCode::OK).says("Continue at Fjordline Logistics AS");
    assert!(leads(&between).contains("max_age=0&prompt=login"), "{}", leads(&between));
    let came = ola.get(&back(&provider, &leads(&between))).await;
    came.is(StatusCode::SEE_OTHER);
    assert_eq!(came.header("location"), "/portal/settings");
    assert_ne!(ola.session("portal-public").unwrap(), held, "the session goes on under another value");
    // A provider that answers out of the session it has confirms nothing.
    provider.says().claims["auth_time"] = json!(w.test.app.now().seconds() - 3_600);
    ola.get("/portal/sign-in/confirm?return=/portal/settings").await;
    let between = ola.post("/portal/sign-in/confirm", &asked).await;
    let page = ola.get(&back(&provider, &leads(&between))).await;
    page.is(StatusCode::FORBIDDEN).has_code("federation_not_fresh").says("asked to let you sign in anew");
    ola.language = "zh-CN";
    ola.get("/portal/sign-in/confirm?return=/portal/settings").await;
    let between = ola.post("/portal/sign-in/confirm", &asked).await;
    ola.get(&back(&provider, &leads(&between))).await.says("让您重新登录");
    // The administrator may choose, and reads so in either language.
    let mut ingrid = w.ingrid().await;
    let page = ingrid.get("/portal/sign-in/confirm?return=/portal/settings").await;
    page.says("or with your password here").says("Continue to the sign-in of Fjordline Logistics AS");
    assert!(page.body.contains("type=\"password\""));
    ingrid.language = "zh-CN";
    ingrid.get("/portal/sign-in/confirm?return=/portal/settings").await.says("也可以在此处使用密码确认");
    ingrid.post("/portal/sign-in/confirm", &typed).await.is(StatusCode::SEE_OTHER);
    // Where no provider can be asked, the page comes back as it is.
    let mut greta = w.as_person("/germany/portal", "greta@rheintal.de").await;
    greta.get("/germany/portal/sign-in/confirm?return=/germany/portal/settings").await;
    let asked = [("do", "provider"), ("return", "/germany/portal/settings")];
    let page = greta.post("/germany/portal/sign-in/confirm", &asked).await;
    page.is(StatusCode::SEE_OTHER);
    assert!(page.header("location").starts_with("/germany/portal/sign-in/confirm?"), "{}", page.header("location"));
}

#[tokio::test]
async fn a_name_without_a_provider_tells_nothing() {
    let w = World::new();
    federated(&w).await;
    let mut answers = Vec::new();
    // Known and unknown, of an organisation that is here and of one that is not.
    for who in
        ["greta@rheintal.de", "nobody@rheintal.de", "maya@brightwater.no", "nobody@nowhere.example", "not a name"]
    {
        let mut browser = w.browser();
        let page = name(&mut browser, who, "").await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY).says("do not belong together here");
        assert_eq!(onward(&page), None);
        let body = page.body.replace(who, "[name]").replace(&browser.token, "[token]");
        answers.push((body, page.headers.keys().map(ToString::to_string).collect::<Vec<_>>()));
    }
    assert!(answers.iter().all(|it| *it == answers[0]));
    // Nor does one with a provider tell whether the person exists.
    let mut answers = Vec::new();
    for who in [OLA, "nobody@fjordline.no"] {
        for password in ["", "wrong wrong", PASSWORD] {
            let page = name(&mut w.browser(), who, password).await;
            page.says("Continue at Fjordline Logistics AS");
            answers.push((password.is_empty(), page.status, onward(&page).is_none()));
        }
    }
    let expected = |typed: bool| {
        let status = if typed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        (!typed, status, typed)
    };
    let once = [expected(false), expected(true), expected(true)];
    assert_eq!(answers, [once, once].concat());
    let mut ingrid = w.browser();
    let entered = name(&mut ingrid, "ingrid@fjordline.no", PASSWORD).await;
    entered.is(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn refusals_have_a_page_with_a_reason_and_a_way_on() {
    let w = World::new();
    let provider = federated(&w).await;
    let mut browser = w.browser();
    for (claims, code, says) in [
        (json!({ "sub": "2", "email": OLA, "email_verified": false }), "federation_not_verified", "did not confirm"),
        (
            json!({ "sub": "2", "email": "x@fjordline.no", "email_verified": true }),
            "federation_not_here",
            "Nobody who may",
        ),
    ] {
        provider.says().claims = claims;
        let between = name(&mut browser, OLA, "").await;
        let page = browser.get(&back(&provider, &leads(&between))).await;
        page.is(StatusCode::FORBIDDEN).has_code(code).says(says).says("Sign in again");
        assert!(page.body.contains("href=\"/portal/sign-in\""));
    }
    let between = name(&mut browser, OLA, "").await;
    let (path, _) =
        back(&provider, &leads(&between)).split_once("code=").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let state = leads(&between).split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let declined = browser.get(&format!("{path}error=access_denied&error_description=%3Cb%3E&state={state}")).await;
    declined.is(StatusCode::FORBIDDEN).has_code("federation_declined");
    let shown = declined.text();
    assert!(
        !shown.contains("access_denied") && !shown.contains("<b>"),
        "what the provider says is shown to nobody: {shown}"
    );
    provider.says().silent = true;
    let page = name(&mut browser, OLA, "").await;
    page.is(StatusCode::BAD_GATEWAY)
        .has_code("federation_unreachable")
        .says("Global administrators can use their password");
    // Whoever mistypes a password while the provider is down is told about the password.
    let page = name(&mut browser, "ingrid@fjordline.no", "wrong wrong").await;
    page.is(StatusCode::UNPROCESSABLE_ENTITY).says("do not belong together here");
    browser.language = "zh-CN";
    name(&mut browser, OLA, "").await.has_code("federation_unreachable").says("没有响应");
}

#[tokio::test]
async fn the_settings_answer_by_field_and_never_show_the_secret() {
    let w = World::new();
    let provider = Provider::begin(&w.test, ISSUER);
    let mut ingrid = w.ingrid().await;
    ingrid.get("/portal/settings").await.says("Your own sign-in provider");
    w.ola().await.get("/portal/settings").await.is(StatusCode::OK);
    let empty = ingrid.get(SETTINGS).await;
    empty.is(StatusCode::OK).says("https://halden.example/portal/public/sign-in/federated");
    empty.says("Global administrators can always use their password");
    // Tools and service portals sign people in at the authority, which the provider has to know as well.
    empty.says("https://halden.example/authority/sign-in/federated").says("For tools and service portals");
    for (field, value, id, message) in [
        ("issuer", "http://login.fjordline.example", "issuer", "beginning with https://"),
        ("issuer", "\"><script>x()</script>", "issuer", "beginning with https://"),
        ("client_id", "\u{202e}", "client_id", "ASCII signs"),
        ("secret", "caf\u{e9} noir", "secret", "ASCII signs"),
        ("domains[]", "-", "domains", "Fill this in"),
        ("domains[]", "rheintal.de", "domains", "Choose one of the offered entries"),
    ] {
        ingrid.get(SETTINGS).await;
        let page = ingrid.post(SETTINGS, &typed(ISSUER, &[(field, value)])).await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY).says(message);
        assert!(
            page.body.contains(&format!("href=\"#{id}\"")) && page.body.contains(&format!("id=\"{id}\"")),
            "{field}"
        );
        assert!(
            !page.body.contains(SECRET) && !page.body.contains("noir") && !page.body.contains("<script>x"),
            "{field}"
        );
        assert!(field == "client_id" || page.body.contains(&format!("value=\"{CLIENT}\"")), "what was typed stays");
    }
    ingrid.get(SETTINGS).await;
    let saved = ingrid.post(SETTINGS, &typed(ISSUER, &[])).await;
    assert_eq!(saved.header("location"), "/portal/settings/sign-in?done=provider-saved");
    let page = ingrid.get(saved.header("location")).await;
    assert!(page.body.contains("Provider saved") && !page.body.contains(SECRET));
    page.says("A secret is stored").says("0 people are linked");
    // Somebody else saved in the meantime: the version does not fit any more.
    ingrid.post(SETTINGS, &typed(ISSUER, &[])).await.is(StatusCode::CONFLICT).has_code("conflict");
    provider.says().silent = true;
    for step in ["test", "on"] {
        ingrid.get(SETTINGS).await;
        ingrid.post(SETTINGS, &[("do", step)]).await.is(StatusCode::BAD_GATEWAY).has_code("federation_unreachable");
    }
    ingrid.get(SETTINGS).await;
    ingrid.post(SETTINGS, &[("do", "remove")]).await.is(StatusCode::SEE_OTHER);
    ingrid.post(SETTINGS, &[("do", "conquer")]).await.is(StatusCode::BAD_REQUEST);
    ingrid.get("/portal/activity").await.says("The organisation's own sign-in provider was removed");
}

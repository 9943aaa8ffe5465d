//! Every route, as everybody who should not get anything from it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::http::StatusCode;
use entente_domain::directory::PartnerRole;
use entente_domain::tenant::PartnerKind;
use entente_portal::partner::ROUTES;

use super::world::{Browser, World};

/// Method, path, and what its form sends.
type Probe = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The routes with an example of what their forms send. The coverage test fails for a route that is missing here.
const PROBES: &[Probe] = &[
    ("get", "/partner", &[]),
    ("get", "/partner/overview", &[]),
    ("get", "/partner/customers", &[]),
    ("post", "/partner/customers/export.csv", &[]),
    ("get", "/partner/customers/{id}", &[]),
    // Before the privileges go.
    ("get", "/partner/customers/{id}/users", &[]),
    ("post", "/partner/customers/{id}/users/export.csv", &[]),
    ("get", "/partner/customers/{id}/users/new", &[]),
    ("post", "/partner/customers/{id}/users/new", &[("name", "N"), ("upn", "n@elsewhere.example")]),
    ("get", "/partner/customers/{id}/users/import", &[]),
    ("post", "/partner/customers/{id}/users/import", &[("text", "Name\nx")]),
    ("get", "/partner/customers/{id}/users/import/{import}", &[]),
    ("post", "/partner/customers/{id}/users/import/{import}", &[("do", "stop")]),
    ("post", "/partner/customers/{id}/users/import/{import}/result.csv", &[]),
    ("get", "/partner/customers/{id}/users/{uid}", &[]),
    ("post", "/partner/customers/{id}/users/{uid}", &[("do", "unblock")]),
    ("post", "/partner/customers/{id}/users/{uid}/licences", &[]),
    ("get", "/partner/customers/{id}/licences", &[]),
    ("get", "/partner/customers/{id}/licences/{sku}", &[]),
    ("post", "/partner/customers/{id}/licences/{sku}", &[]),
    ("get", "/partner/customers/{id}/licences/{sku}/assign", &[]),
    ("post", "/partner/customers/{id}/licences/{sku}/assign", &[("names", "x")]),
    ("get", "/partner/customers/{id}/remove", &[]),
    ("post", "/partner/customers/{id}/remove", &[]),
    ("get", "/partner/customers/{id}/give-up", &[]),
    ("post", "/partner/customers/{id}/give-up", &[]),
    ("get", "/partner/customers/{id}/restore", &[]),
    ("post", "/partner/customers/{id}/restore", &[("language", "en")]),
    ("get", "/partner/customers/{id}/services", &[]),
    ("get", "/partner/customers/{id}/subscriptions", &[]),
    ("post", "/partner/customers/{id}/subscriptions", &[("product", "productivity-standard"), ("quantity", "1")]),
    ("get", "/partner/customers/{id}/subscriptions/{sid}", &[]),
    ("post", "/partner/customers/{id}/subscriptions/{sid}", &[("do", "suspend")]),
    ("post", "/partner/customers/{id}/subscriptions/{sid}/change", &[("do", "activate")]),
    ("get", "/partner/customers/{id}/orders", &[]),
    ("post", "/partner/customers/{id}/orders/export.csv", &[]),
    ("get", "/partner/customers/{id}/orders/{no}", &[]),
    ("get", "/partner/customers/{id}/orders/{no}/cancel", &[]),
    ("post", "/partner/customers/{id}/orders/{no}/cancel", &[]),
    ("get", "/partner/customers/{id}/subscriptions/{sid}/cancel", &[]),
    ("post", "/partner/customers/{id}/subscriptions/{sid}/cancel", &[]),
    ("get", "/partner/customers/{id}/service-requests", &[]),
    ("get", "/partner/customers/{id}/service-requests/new", &[]),
    (
        "post",
        "/partner/customers/{id}/service-requests/new",
        &[("topic", "other"), ("severity", "minimal"), ("title", "t"), ("description", "d")],
    ),
    ("get", "/partner/customers/{id}/service-requests/{no}", &[]),
    ("post", "/partner/customers/{id}/service-requests/{no}", &[("do", "reopen")]),
    ("post", "/partner/customers/{id}/service-requests/{no}/notes", &[("text", "t")]),
    ("get", "/partner/customers/{id}/service-requests/{no}/files/{fid}", &[]),
    ("get", "/partner/service-requests", &[]),
    ("get", "/partner/requests", &[]),
    ("get", "/partner/requests/new", &[]),
    (
        "post",
        "/partner/requests/new",
        &[("kind", "reseller"), ("cloud", "public"), ("country", "NO"), ("language", "en")],
    ),
    ("get", "/partner/requests/{no}", &[]),
    ("post", "/partner/requests/{no}", &[("do", "remind")]),
    ("get", "/partner/requests/{no}/revoke", &[]),
    ("post", "/partner/requests/{no}/revoke", &[]),
    ("get", "/partner/requests/{no}/message", &[]),
    ("post", "/partner/requests/{no}/message", &[("mail", ""), ("subject", "s"), ("body", "b"), ("do", "save")]),
    ("get", "/partner/activity", &[]),
    ("get", "/partner/settings", &[]),
    ("post", "/partner/settings", &[("do", "language"), ("language", "en")]),
    ("get", "/partner/settings/security", &[]),
    ("post", "/partner/settings/security", &[("do", "policy")]),
    ("get", "/partner/settings/security/application", &[]),
    ("post", "/partner/settings/security/application", &[("code", "000000")]),
    ("get", "/partner/settings/sign-in", &[]),
    ("post", "/partner/settings/sign-in", &[("do", "off")]),
    ("get", "/partner/settings/people", &[]),
    ("get", "/partner/settings/people/new", &[]),
    ("post", "/partner/settings/people/new", &[("name", "N"), ("upn", "n@elsewhere.example")]),
    ("get", "/partner/settings/people/{id}", &[]),
    ("post", "/partner/settings/people/{id}", &[("do", "unblock")]),
    ("get", "/partner/settings/applications", &[]),
    ("get", "/partner/settings/applications/new", &[]),
    (
        "post",
        "/partner/settings/applications/new",
        &[("name", "Console"), ("kind", "confidential"), ("algorithm", "ES256")],
    ),
    ("get", "/partner/settings/applications/{id}", &[]),
    (
        "post",
        "/partner/settings/applications/{id}",
        &[("name", "Console"), ("kind", "confidential"), ("algorithm", "ES256"), ("version", "1")],
    ),
    ("get", "/partner/settings/applications/{id}/off", &[]),
    ("post", "/partner/settings/applications/{id}/off", &[]),
    ("post", "/partner/settings/applications/{id}/on", &[]),
    ("get", "/partner/settings/applications/{id}/credentials", &[]),
    ("post", "/partner/settings/applications/{id}/credentials", &[("sort", "secret"), ("days", "30")]),
    ("get", "/partner/settings/applications/{id}/credentials/{cid}", &[]),
    ("post", "/partner/settings/applications/{id}/credentials/{cid}", &[]),
];

/// What [`World::subscribe`] sells.
const SKU: &str = "8b3a1535-3f13-4b70-9856-c32a687b253b";

/// What an address might hold instead of an id.
const MALFORMED: &[&str] = &[
    "x",
    "-1",
    "0",
    "007",
    "99999999999999999999",
    "%20",
    "%27",
    "%E2%80%AE",
    "00000000-0000-0000-0000-000000000000",
    "{id}",
];

/// Addresses of things that exist: a customer, a subscription and its order, a request, a person, an application and its secret.
struct Things {
    application: String,
    credential: String,
    customer: String,
    subscription: String,
    order: String,
    request: String,
    person: String,
    user: String,
    import: String,
    service_request: String,
    file: String,
}

impl Things {
    fn of(w: &World) -> Self {
        let (subscription, order) = (w.subscribe(5), "1".to_owned());
        let subscription = subscription.to_string();
        let tenant = w.test.tenant("Lindqvist Arkitekter", "lindqvist.no", entente_domain::cloud::Cloud::Public, "NO");
        let request = w.draft(&w.maya, &tenant, false).invitation.number.to_string();
        let person = w.maya.person.unwrap().to_string();
        let (application, credential) = w.application("Brightwater Console");
        let (application, credential) = (application.to_string(), credential.to_string());
        let user = w.user("Ida Berg").to_string();
        let import = w.import().to_string();
        let (number, file) = w.service_request();
        let (service_request, file) = (number.to_string(), file.to_string());
        let customer = w.customer.id.to_string();
        Self {
            application,
            credential,
            customer,
            subscription,
            order,
            request,
            person,
            user,
            import,
            service_request,
            file,
        }
    }

    fn path(&self, template: &str) -> String {
        let id = match template {
            people if people.contains("/people/") => &self.person,
            applications if applications.contains("/applications/") => &self.application,
            _ => &self.customer,
        };
        let no = match template {
            orders if orders.contains("/orders/") => &self.order,
            support if support.contains("/service-requests/") => &self.service_request,
            _ => &self.request,
        };
        let path = template.replace("{id}", id).replace("{sid}", &self.subscription).replace("{no}", no);
        let path = path.replace("{uid}", &self.user).replace("{import}", &self.import).replace("{sku}", SKU);
        path.replace("{cid}", &self.credential).replace("{fid}", &self.file)
    }
}

async fn probe(browser: &mut Browser, (verb, _, fields): Probe, path: &str) -> (StatusCode, String) {
    let answer = match verb {
        "get" => browser.get(path).await,
        _ => browser.post(path, fields).await,
    };
    // Forms for theme and language return to the page's own address; that is all two refusals may differ in.
    (answer.status, answer.body.replace(&path.replace('\'', "&#39;"), "HERE"))
}

#[test]
fn every_route_is_probed() {
    let routes: BTreeSet<(&str, &str)> =
        ROUTES.iter().flat_map(|(path, verbs)| verbs.iter().map(move |verb| (*verb, *path))).collect();
    let probed: BTreeSet<(&str, &str)> = PROBES.iter().map(|(verb, path, _)| (*verb, *path)).collect();
    assert_eq!(routes, probed);
}

#[tokio::test]
async fn strangers_are_led_to_sign_in_and_get_nothing_else() {
    let w = World::new();
    let things = Things::of(&w);
    let before = w.events();
    for probe @ (verb, template, fields) in PROBES {
        let path = things.path(template);
        for path in [path.clone(), template.to_string()] {
            let mut browser = w.stranger();
            let answer = match *verb {
                "get" => browser.get(&path.replace(['{', '}'], "")).await,
                _ => browser.post(&path.replace(['{', '}'], ""), fields).await,
            };
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{probe:?}");
            assert!(answer.location().starts_with("/partner/sign-in"), "{probe:?}: {}", answer.location());
            assert_eq!(answer.body, "");
        }
    }
    assert_eq!(w.events(), before);
}

#[tokio::test]
async fn foreign_unknown_and_malformed_ids_answer_alike() {
    let w = World::new();
    let things = Things::of(&w);
    let other = w.test.partner("Nordic Distribution", "nordic.no", PartnerKind::Direct, &["NO"], None);
    w.person(&other, "Otto", PartnerRole::GlobalAdmin);
    let mut otto = w.browser_of("otto@nordic.no", entente_testkit::app::PASSWORD).await;
    let before = w.events();
    for one in PROBES.iter().filter(|(_, template, _)| template.contains('{')) {
        let (status, foreign) = probe(&mut otto, *one, &things.path(one.1)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{one:?}");
        for bad in MALFORMED {
            let bad = bad.replace(['{', '}'], "%7B");
            let path = one.1.replace("{id}", &bad).replace("{sid}", &bad).replace("{no}", &bad).replace("{cid}", &bad);
            let path =
                path.replace("{uid}", &bad).replace("{import}", &bad).replace("{sku}", &bad).replace("{fid}", &bad);
            let (status, body) = probe(&mut otto, *one, &path).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{one:?} with {bad}");
            assert_eq!(body, foreign, "{one:?} with {bad}");
        }
    }
    assert_eq!(w.events(), before, "a stranger left a trace with the partner");
}

#[tokio::test]
async fn each_role_gets_what_the_table_says() {
    let w = World::new();
    let things = Things::of(&w);
    let mut table = String::new();
    let mut browsers = Vec::new();
    for role in PartnerRole::ALL {
        let name = role.code().replace('_', "");
        w.person(&w.partner, &name, *role);
        browsers.push((role, w.browser(&name).await));
    }
    for one @ (verb, template, _) in PROBES {
        // What succeeds changes the world for the next role; a refusal does not.
        let _ = write!(table, "{verb:4} {template:48}");
        for (role, browser) in &mut browsers {
            let (status, _) = probe(browser, *one, &things.path(template)).await;
            assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{one:?} as {}", role.code());
            let _ = write!(table, " {}", if status == StatusCode::FORBIDDEN { "--" } else { "ok" });
        }
        table.push('\n');
    }
    let roles: Vec<&str> = PartnerRole::ALL.iter().map(|role| role.code()).collect();
    insta::assert_snapshot!(format!("{}\n\n{table}", roles.join(", ")));
}

#[tokio::test]
async fn a_post_without_its_token_is_refused_and_changes_nothing() {
    let w = World::new();
    let things = Things::of(&w);
    let mut maya = w.browser("maya").await;
    let mut other = w.browser("maya").await;
    let page = other.get("/partner/settings").await;
    let (_, rest) = page.body.split_once("name=\"_token\" value=\"").unwrap();
    let foreign = rest.split('"').next().unwrap();
    let before = w.events();
    for (_, template, fields) in PROBES.iter().filter(|(verb, ..)| *verb == "post") {
        let path = things.path(template);
        for token in [None, Some(""), Some("x"), Some(foreign)] {
            let mut all: Vec<(&str, &str)> = token.map(|token| ("_token", token)).into_iter().collect();
            all.extend_from_slice(fields);
            let answer = maya.post_bare(&path, &all).await;
            answer.says(StatusCode::FORBIDDEN, &["<code>form_expired</code>"]);
        }
    }
    assert_eq!(w.events(), before);
}

#[tokio::test]
async fn looking_changes_nothing() {
    let w = World::new();
    let things = Things::of(&w);
    let mut maya = w.browser_of_everything().await;
    let before = w.events();
    for one in PROBES.iter().filter(|(verb, ..)| *verb == "get") {
        let path = things.path(one.1);
        let first = maya.get(&path).await;
        assert!(
            first.status.is_success() || first.status.is_redirection() || first.status == StatusCode::CONFLICT,
            "{one:?}"
        );
        let again = maya.get(&path).await;
        assert_eq!(first.body, again.body, "{path}");
    }
    assert_eq!(w.events(), before);
}

/// The text a reader or a screen reader meets.
fn texts(html: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in html.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        found.insert(text.trim().to_owned());
        for attribute in ["aria-label=\"", "placeholder=\"", "title=\""] {
            if let Some((_, rest)) = tag.split_once(attribute) {
                found.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
    }
    found
}

/// The messages without variables of one language.
fn plain(source: &str) -> BTreeSet<String> {
    let lines = source.lines().filter(|line| !line.starts_with('#') && !line.contains('{'));
    lines.filter_map(|line| Some(line.split_once(" = ")?.1.to_owned())).collect()
}

#[tokio::test]
async fn chinese_pages_hold_no_english_and_no_page_holds_anything_inline() {
    let w = World::new();
    let things = Things::of(&w);
    let english = plain(include_str!("../../i18n/en.ftl"));
    let chinese = plain(include_str!("../../i18n/zh-CN.ftl"));
    let mut maya = w.browser_of_everything().await;
    maya.cookies.push(("lang".to_owned(), "zh-CN".to_owned()));
    for (_, template, _) in PROBES.iter().filter(|(verb, ..)| *verb == "get") {
        let answer = maya.get(&things.path(template)).await;
        if answer.status.is_redirection() || !answer.is_page() {
            continue;
        }
        assert!(answer.body.contains("<html lang=\"zh-CN\""), "{template}: {}", answer.body);
        let left: Vec<String> = texts(&answer.body)
            .into_iter()
            .filter(|text| english.contains(&text.replace("&#39;", "'")) && !chinese.contains(text))
            .collect();
        assert!(left.is_empty(), "{template}: {left:?}");
        assert!(!answer.body.contains(" style="), "{template}");
        assert!(!answer.body.contains("<style") && !answer.body.contains("<script>"), "{template}");
        assert!(!answer.body.contains(" onclick") && !answer.body.contains("javascript:"), "{template}");
        let untranslated = ["-title<", "-lead<", "-text<", "-button<"];
        assert!(!untranslated.iter().any(|key| answer.body.contains(key)), "{template}: a raw key");
    }
}

//! Every route of the customer portal against everybody who has no business there. A route that is missing in the table
//! fails the test.

use std::collections::BTreeSet;

use axum::http::Method;
use entente_app::customer;
use entente_domain::cloud::Cloud;
use entente_domain::invitation::Standing;

use crate::world::{Browser, World, encoded};

struct Probe {
    method: Method,
    route: &'static str,
    expected: [u16; 4],
}

fn probes() -> Vec<Probe> {
    let lines = include_str!("data/probes.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut parts = line.split_whitespace();
            let (method, route) = (parts.next().unwrap().parse().unwrap(), parts.next().unwrap());
            let expected: Vec<u16> = parts.map(|it| it.parse().unwrap()).collect();
            Probe { method, route, expected: expected.try_into().unwrap() }
        })
        .collect()
}

/// The routes as the portal's sources declare them.
fn declared() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let own = include_str!("../../src/customer.rs").split(".route(&at(\"").skip(1);
    let shared = include_str!("../../src/sign_in.rs").split(".route(&format!(\"{base}").skip(1);
    for rest in own.chain(shared) {
        let (route, rest) = rest.split_once('"').unwrap();
        let handlers = rest.split(".route(").next().unwrap().split(";\n").next().unwrap();
        for (call, method) in [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE")] {
            if handlers.contains(call) {
                found.insert((method.to_owned(), route.to_owned()));
            }
        }
    }
    found
}

#[test]
fn the_table_names_every_route_and_nothing_else() {
    let listed: BTreeSet<_> = probes().iter().map(|it| (it.method.to_string(), it.route.to_owned())).collect();
    assert_eq!(listed, declared());
    assert!(listed.len() > 20);
}

async fn probe(browser: &mut Browser, probe: &Probe, path: &str, partner: &str) -> u16 {
    if probe.method == Method::GET {
        return browser.get(path).await.status.as_u16();
    }
    // A form of the visitor's own at this portal, so that only the operation can be what refuses.
    if browser.token.is_empty() {
        browser.get("/portal/sign-in").await;
    }
    let wrong = [("username", "nobody@nowhere.example"), ("password", "wrong wrong")];
    let stop = [("reach", "partner"), ("partner", partner)];
    let fields: &[(&str, &str)] = match probe.route {
        "/acting/stop" | "/acting/allow" => &stop,
        "/sign-in" => &wrong,
        "/service-requests/{no}" => &[("do", "close")],
        "/service-requests/{no}/notes" => &[("text", "x")],
        "/settings/sign-in" => &[("do", "off")],
        "/users/{uid}" => &[("do", "block")],
        "/users/import/{import}" => &[("do", "stop")],
        "/accept/{token}/review" => crate::world::ACCEPT,
        "/partners/{id}/remove" | "/accept/{token}/decline" => &[("reason", "")],
        _ => &[],
    };
    browser.post(path, fields).await.status.as_u16()
}

#[tokio::test]
async fn nobody_else_gets_anything() {
    let w = World::new();
    w.connected().await;
    let stranger = w.test.tenant("Orchard Press", "orchard.no", Cloud::Public, "NO");
    w.test.person(&stranger, "Pia", &[], true);
    // Not granted yet, so that accepting it would change something.
    entente_app::relationship::give_up_privileges(&w.test.app, &w.agent, w.customer.id).unwrap();
    let (view, path) = w.asked();
    let id = w.partner.tenant.id.to_string();
    let (number, file) = w.service_request();
    let (number, file) = (number.to_string(), file.to_string());
    let standing = format!("invType=ResellerRelationship&partnerId={}&msppId=0&DAP=true", encoded(&id));
    let version = w.version(&view);
    let mut failures = Vec::new();
    for (who, column) in [("nobody", 0), ("another organisation", 1), ("a user", 2), ("another cloud", 3)] {
        // So many sign-ins from one address have to spread out.
        w.test.clock.advance_seconds(15 * 60);
        for it in probes() {
            let mut browser = match column {
                0 => w.browser(),
                1 => w.as_person("/portal", "pia@orchard.no").await,
                2 => w.ola().await,
                _ => w.as_person("/germany/portal", "greta@rheintal.de").await,
            };
            match column {
                1 | 2 => drop(browser.get("/portal/settings").await),
                3 => drop(browser.get("/germany/portal/settings").await),
                _ => {}
            }
            let token = path.rsplit('/').next().unwrap();
            let path = it.route.replace("{token}", token).replace("{id}", &id);
            // Of another organisation, so nobody's here.
            let path = path.replace("{uid}", &id).replace("{import}", &id).replace("{sku}", &id);
            let mut target = format!("/portal{}", path.replace("{no}", &number).replace("{fid}", &file));
            if it.route.starts_with("/partner-invitation") {
                target = format!("{target}?{standing}");
            }
            if it.route == "/acting/stop" && it.method == Method::GET {
                target = format!("{target}?reach=partner&partner={id}");
            }
            let status = probe(&mut browser, &it, &target, &id).await;
            if status != it.expected[column] {
                failures.push(format!("{} {} for {who}: {status}, not {}", it.method, it.route, it.expected[column]));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(w.version(&view), version);
    let now = entente_app::invitation::view(&w.test.app, &w.agent, view.invitation.number).unwrap();
    assert_eq!(now.standing, Standing::Draft);
    let counts = customer::list(&w.test.app, &w.agent, &customer::Query::default(), 9).unwrap().counts;
    assert_eq!((counts.granted, counts.removed), (0, 1));
}

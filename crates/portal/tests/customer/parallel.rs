//! Two sign-ins under way in one browser, at the authorities of two organisations: neither gets the other's answer.

use axum::http::StatusCode;
use entente_domain::ids::TenantId;
use entente_testkit::app::PASSWORD;
use entente_testkit::tokens::{Program, REDIRECT, service};

use crate::authorize::request;
use crate::federated::leads;
use crate::world::{Browser, HOST, Page, World, encoded};

/// Opens the sign-in page that a request leads to; where that leads back to.
async fn begun(browser: &mut Browser, program: &Program, tenant: TenantId, state: &str) -> String {
    let page = browser.get(&format!("/{tenant}/oauth2/v2.0/authorize?{}", request(program, state))).await;
    page.is(StatusCode::SEE_OTHER);
    let sign_in = page.header("location").to_owned();
    let here = url::Url::parse(&format!("https://{HOST}{sign_in}")).unwrap();
    let back = here.query_pairs().find(|(name, _)| name == "return").unwrap().1.into_owned();
    browser.get(&sign_in).await.is(StatusCode::OK);
    back
}

/// Sends the form of a sign-in page that was open all the while, and follows it to its end.
async fn signed_in(browser: &mut Browser, upn: &str, back: &str) -> Page {
    let fields = [("username", upn), ("password", PASSWORD), ("return", back)];
    let entered = browser.post("/authority/sign-in", &fields).await;
    entered.is(StatusCode::OK);
    browser.get(&leads(&entered)).await
}

/// The code, the state and the issuer that went to the program.
fn answer(page: &Page) -> [String; 3] {
    let there = url::Url::parse(page.header("location")).unwrap();
    assert!(there.as_str().starts_with(&format!("{REDIRECT}?code=")), "{there}");
    let said = |name: &str| there.query_pairs().find(|(it, _)| it == name).unwrap().1.into_owned();
    ["code", "state", "iss"].map(said)
}

#[tokio::test]
async fn two_sign_ins_at_once_in_one_browser_are_answered_each_for_its_own_organisation() {
    let w = World::new();
    // People of every organisation of the cloud sign in to a service.
    let mailboxes = w.test.service(service("Mailboxes"));
    let (partner, customer) = (w.partner.tenant.id, w.customer.id);
    let mut browser = w.browser();
    let to_partner = begun(&mut browser, &mailboxes, partner, "first").await;
    let older = browser.token.clone();
    let to_customer = begun(&mut browser, &mailboxes, customer, "second").await;

    // The one begun last is finished first. The form of the other was made for nobody, so it is good no more and changes nothing.
    let second = answer(&signed_in(&mut browser, "ingrid@fjordline.no", &to_customer).await);
    let session = browser.session("authority");
    let fields = [("username", "maya@brightwater.no"), ("password", PASSWORD), ("return", &*to_partner)];
    // As the page that was open all the while sends it.
    let newer = std::mem::replace(&mut browser.token, older);
    browser.post("/authority/sign-in", &fields).await.has_code("form_expired");
    browser.token = newer;
    assert_eq!(browser.session("authority"), session);

    // Opened again, it says who is signed in, and leads to the other account and on to its own answer.
    let page = browser.get(&to_partner).await;
    page.is(StatusCode::FORBIDDEN);
    assert!(page.body.contains("switch=1") && !page.body.contains("code="), "{}", page.body);
    browser.get(&format!("/authority/sign-in?return={}&switch=1", encoded(&to_partner))).await.is(StatusCode::OK);
    let first = answer(&signed_in(&mut browser, "maya@brightwater.no", &to_partner).await);
    let issuer = |tenant: TenantId| format!("https://halden.example/{tenant}/v2.0");
    assert_eq!([&first[1], &first[2]], ["first", &issuer(partner)]);
    assert_eq!([&second[1], &second[2]], ["second", &issuer(customer)]);

    // Whoever is signed in now is of one of them; at the other's authority that is nobody to answer for.
    let again = browser.get(&to_customer).await;
    again.is(StatusCode::FORBIDDEN);
    assert!(!again.body.contains("code="), "{}", again.body);

    let authority = w.test.authority();
    let place = |tenant: TenantId| tenant.to_string();
    assert!(authority.redeem(&mailboxes, &place(customer), &first[0]).is_err(), "another authority's code");
    assert!(authority.redeem(&mailboxes, &place(partner), &second[0]).is_err(), "another authority's code");
    for (code, tenant) in [(&first[0], partner), (&second[0], customer)] {
        let set = authority.redeem(&mailboxes, &place(tenant), code).unwrap();
        assert!(set.access_token.split('.').count() == 3);
    }
}

//! A partner creates a customer, page by page: who may, what the form refuses, and the password that is shown once.

use axum::http::StatusCode;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::tenant::PartnerKind;
use entente_testkit::app::PASSWORD;

use super::world::{Answer, Browser, World};

const NEW: &str = "/partner/customers/new";

fn mark(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"form\" value=\"").unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

fn shown(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("data-copy=\"").unwrap_or_else(|| panic!("{}", answer.body));
    rest.split('"').next().unwrap().to_owned()
}

/// A filling that would be taken.
fn good(mark: &str) -> Vec<(&str, &str)> {
    vec![
        ("do", "create"),
        ("form", mark),
        ("cloud", "public"),
        ("country", "NO"),
        ("name", "Nordlys Bakeri AS"),
        ("domain", "nordlys"),
        ("line1", "Storgata 17"),
        ("city", "Bergen"),
        ("postal_code", "5003"),
        ("contact", "Nora Dahl"),
        ("mail", "nora@bakeri.no"),
        ("language", "en"),
    ]
}

async fn send(browser: &mut Browser, mark: &str, changed: &[(&str, &str)]) -> Answer {
    let mut all = good(mark);
    all.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
    all.extend_from_slice(changed);
    browser.post(NEW, &all).await
}

#[tokio::test]
async fn one_customer_from_the_form_to_the_request_for_privileges() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    maya.get("/partner/customers").await.says(StatusCode::OK, &[&format!("href=\"{NEW}\"")]);
    let form = maya.get(NEW).await;
    form.says(StatusCode::OK, &["New customer", ".halden.example follows", "value=\"NO\" selected"]);
    let mark = mark(&form);
    let before = w.events();
    let check = send(&mut maya, &mark, &[("do", "check")]).await;
    check.says(StatusCode::OK, &["nordlys.halden.example is free", "value=\"Storgata 17\""]);
    assert_eq!(w.events(), before, "looking whether a domain is free changes nothing");
    let done = send(&mut maya, &mark, &[]).await;
    done.says(StatusCode::OK, &["Nordlys Bakeri AS is created", "admin@nordlys.halden.example", "shown once"]);
    let first = shown(&done);
    assert_eq!(first.len(), 23);
    // Sent again it is the same customer, with a password that counts.
    let again = send(&mut maya, &mark, &[]).await;
    again.says(StatusCode::OK, &["admin@nordlys.halden.example"]);
    assert_ne!(shown(&again), first);
    let created = w.test.events(w.partner.tenant.id).into_iter().filter(|it| *it == EventKind::CustomerCreated);
    assert_eq!(created.count(), 1);
    let (_, rest) = again.body.split_once("href=\"/partner/customers/").unwrap();
    let (account, restore) = {
        let id = again.body.split("href=\"/partner/customers/").find(|it| it.contains("/restore\"")).unwrap_or(rest);
        let id = id.split('/').next().unwrap().to_owned();
        (format!("/partner/customers/{id}"), format!("/partner/customers/{id}/restore"))
    };
    let page = maya.get(&account).await;
    page.says(StatusCode::OK, &["Nordlys Bakeri AS", "Not signed yet", "Company profile"]);
    page.silent(&["Storgata", "nora@bakeri.no", &first]);
    maya.get(&restore).await.says(StatusCode::OK, &["value=\"nora@bakeri.no\"", "value=\"Nora Dahl\""]);
    maya.get(&format!("{account}/company")).await.says(StatusCode::OK, &["privileges"]).silent(&["Storgata"]);
    let taken = maya.get(NEW).await;
    let taken = super::new_customer::mark(&taken);
    send(&mut maya, &taken, &[("do", "check")])
        .await
        .says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#domain\">", "taken already"]);
    send(&mut maya, &taken, &[]).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#domain\">", "taken"]);
}

#[tokio::test]
async fn each_field_answers_for_itself() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let mark = mark(&maya.get(NEW).await);
    let before = w.test.events(w.partner.tenant.id);
    let (long, upside) = ("a".repeat(5_000), "\u{202e}gro.elpmaxe");
    let texts = ["name", "line1", "line2", "city", "state", "postal_code", "contact", "mail", "phone", "domain"];
    for field in texts {
        for bad in [upside, "a\u{7}b", "A\r\nBcc: x@example.org", &*long] {
            let answer = send(&mut maya, &mark, &[(field, bad)]).await;
            let link = format!("<a href=\"#{field}\">");
            answer.says(StatusCode::UNPROCESSABLE_ENTITY, &[&link, &format!("id=\"{field}\""), "value=\"NO\""]);
        }
    }
    for field in ["name", "line1", "city", "postal_code", "contact", "mail", "domain", "language", "cloud", "country"] {
        let answer = send(&mut maya, &mark, &[(field, "")]).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &[&format!("<a href=\"#{field}\">"), &format!("id=\"{field}\"")]);
    }
    for (field, bad) in [
        ("postal_code", "50031"),
        ("registration", "987654321"),
        ("state", "Vestland"),
        ("country", "US"),
        ("cloud", "china"),
        ("mail", "nora"),
        ("domain", "a.b"),
        ("domain", "xn--nrdlys-kxa"),
        ("phone", "nobody"),
    ] {
        let shown = if field == "cloud" { "country" } else { field };
        let answer = send(&mut maya, &mark, &[(field, bad)]).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &[&format!("<a href=\"#{shown}\">")]);
    }
    for reseller in ["x", &*w.customer.id.to_string()] {
        let answer = send(&mut maya, &mark, &[("reseller", reseller)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{reseller}");
    }
    for (field, bad) in
        [("signed_on", ""), ("signed_on", "2026-13-01"), ("signed_on", "2999-01-01"), ("signer", "x\u{7}")]
    {
        let attest = [
            ("attest", "on"),
            ("agreement", "2026-09-01"),
            ("signed_on", "2026-11-01"),
            ("signer", "Ida"),
            ("signer_mail", "a@b.no"),
        ];
        let mut all: Vec<_> = attest.into_iter().filter(|(name, _)| *name != field).collect();
        all.push((field, bad));
        let answer = send(&mut maya, &mark, &all).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &[&format!("<a href=\"#{field}\">"), &format!("id=\"{field}\"")]);
    }
    for what in ["", "x"] {
        assert_eq!(send(&mut maya, &mark, &[("do", what)]).await.status, StatusCode::BAD_REQUEST);
    }
    let answer = send(&mut maya, "not-a-mark", &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = send(&mut maya, &mark, &[("line1", "\"><script>x()</script>"), ("city", "")]).await;
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["&#60;script&#62;"]).silent(&["<script>"]);
    assert_eq!(w.test.events(w.partner.tenant.id), before);
}

#[tokio::test]
async fn the_form_asks_for_what_the_country_needs() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let norway = maya.get(NEW).await;
    norway.silent(&["id=\"state\"", "id=\"registration\""]);
    let poland = maya.get(&format!("{NEW}?country=PL")).await;
    poland.says(StatusCode::OK, &["id=\"registration\"", "name=\"country\" value=\"PL\""]);
    let elsewhere = maya.get(&format!("{NEW}?country=US&cloud=nowhere")).await;
    elsewhere.says(StatusCode::OK, &["name=\"country\" value=\"NO\""]);
}

#[tokio::test]
async fn an_indirect_reseller_learns_why_not() {
    let w = World::new();
    let provider = w.test.partner("Skagerrak", "skagerrak.no", PartnerKind::IndirectProvider, &["NO"], None);
    let of = Some(provider.tenant.id);
    let reseller = w.test.partner("Lindgren", "lindgren.no", PartnerKind::IndirectReseller, &["NO"], of);
    w.person(&reseller, "Oskar", PartnerRole::AdminAgent);
    let mut oskar = w.browser_of("oskar@lindgren.no", PASSWORD).await;
    oskar.get("/partner/customers").await.silent(&[NEW]);
    oskar.get(NEW).await.says(StatusCode::CONFLICT, &["<code>reseller_cannot_create</code>", "indirect provider"]);
    w.person(&provider, "Kaspar", PartnerRole::SalesAgent);
    let mut kaspar = w.browser_of("kaspar@skagerrak.no", PASSWORD).await;
    let form = kaspar.get(NEW).await;
    form.says(StatusCode::OK, &["Lindgren", "id=\"reseller\""]);
    let mark = mark(&form);
    let id = reseller.tenant.id.to_string();
    send(&mut kaspar, &mark, &[("reseller", &id)]).await.says(StatusCode::OK, &["is created"]).silent(&["/restore"]);
    oskar.get("/partner/customers").await.says(StatusCode::OK, &["Nordlys Bakeri AS"]);
}

#[tokio::test]
async fn confirming_the_agreement_page_by_page() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let account = format!("/partner/customers/{}", w.customer.id);
    let here = format!("{account}/agreement");
    let form = maya.get(&here).await;
    form.says(StatusCode::OK, &["Confirm agreement", "value=\"2026-11-23\"", "value=\"2026-09-01\" selected"]);
    let filled = |changed: &'static [(&'static str, &'static str)]| {
        let mut all = vec![
            ("signer", "Ida Berg"),
            ("signer_mail", "ida@fjordline.no"),
            ("signer_phone", ""),
            ("signed_on", "2026-11-20"),
            ("agreement", "2026-09-01"),
        ];
        all.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
        all.extend_from_slice(changed);
        all
    };
    for (changed, field) in [
        (&[("signer", "")][..], "signer"),
        (&[("signer", "a\u{7}b")], "signer"),
        (&[("signer_mail", "ida")], "signer_mail"),
        (&[("signer_phone", "nobody")], "signer_phone"),
        (&[("signed_on", "2026-11-24")], "signed_on"),
        (&[("signed_on", "2026-08-31")], "signed_on"),
        (&[("signed_on", "yesterday")], "signed_on"),
        (&[("agreement", "1999-01-01")], "agreement"),
        (&[("agreement", "2026-06-01")], "agreement"),
    ] {
        let answer = maya.post(&here, &filled(changed)).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &[&format!("<a href=\"#{field}\">"), &format!("id=\"{field}\"")]);
    }
    maya.post(&here, &filled(&[])).await.goes(&format!("{account}?done=attested"));
    maya.get(&account).await.says(StatusCode::OK, &["Signed on"]);
    maya.get(&here).await.says(StatusCode::OK, &["What you confirmed", "Ida Berg"]);
    let twice = maya.post(&here, &filled(&[])).await;
    twice.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#signer_mail\">", "confirmed this version"]);
    w.person(&w.partner, "Hanna", PartnerRole::HelpdeskAgent);
    let mut hanna = w.browser("hanna").await;
    hanna.get(&here).await.says(StatusCode::FORBIDDEN, &["<code>forbidden</code>"]);
    hanna.get(&account).await.silent(&[&here]);
}

#[tokio::test]
async fn the_record_is_kept_by_both_sides() {
    let w = World::new();
    w.everything();
    let mut liv = w.browser_of_everything().await;
    let here = format!("/partner/customers/{}/company", w.customer.id);
    liv.get(&here).await.says(StatusCode::OK, &["name=\"version\" value=\"0\""]);
    let form = |version: &'static str, postal: &'static str| {
        [
            ("version", version),
            ("line1", "Kaien 3"),
            ("city", "Bergen"),
            ("postal_code", postal),
            ("contact", "Ida Berg"),
            ("mail", "ida@fjordline.no"),
        ]
    };
    liv.post(&here, &form("0", "500")).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#postal_code\">"]);
    liv.post(&here, &form("0", "5003")).await.goes(&format!("{here}?done=company"));
    liv.get(&here).await.says(StatusCode::OK, &["value=\"Kaien 3\"", "name=\"version\" value=\"1\""]);
    liv.post(&here, &form("0", "5004")).await.says(StatusCode::CONFLICT, &["<code>conflict</code>"]);
    for version in ["", "x"] {
        let fields = [("version", version)];
        assert_eq!(liv.post(&here, &fields).await.status, StatusCode::BAD_REQUEST, "{version}");
    }
    let account = format!("/partner/customers/{}", w.customer.id);
    liv.get(&account).await.says(StatusCode::OK, &["Kaien 3", "ida@fjordline.no"]);
}

//! The live glass on the customer's pages: who acts, stopping them with and without the question, and allowing it again.

use axum::http::StatusCode;
use entente_app::acting::{self, Whom};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::tenant::PartnerKind;

use crate::world::World;

const PARTNERS: &str = "/portal/partners";

/// Somebody of the partner acts, through a program; answers their token.
fn acts(w: &World) -> (String, String) {
    let tom = w.test.person(&w.partner.tenant, "Tom", &[PartnerRole::AdminAgent], false);
    let program = w.test.program(&w.agent, "Brightwater Console");
    let token = w.test.authority().act(&program, &tom, w.customer.id).unwrap();
    (token, tom.person.unwrap().to_string())
}

#[tokio::test]
async fn the_page_shows_who_acts_and_one_press_ends_it() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    ingrid.get(PARTNERS).await.is(StatusCode::OK).says("Nobody is acting for you right now.").says("Stop everything");
    let (token, tom) = acts(&w);
    let partner = w.partner.tenant.id.to_string();
    let page = ingrid.get(PARTNERS).await;
    for text in ["Tom", "Brightwater Console", "Global administrator", "Stop this partner", "Ends by itself"] {
        page.says(text);
    }
    assert!(!page.body.contains("http-equiv=\"refresh\""), "a plain page");
    let own = format!("{PARTNERS}/{partner}");
    ingrid.get(&own).await.says("Tom").says("Stop this partner");

    // Without the script the button leads to a page that says what ends and what stays.
    let ask = format!("/portal/acting/stop?reach=person&partner={partner}&person={tom}&page=partner");
    assert!(ingrid.get(&own).await.body.contains(&ask.replace('&', "&#38;")), "the button leads there");
    let question = ingrid.get(&ask).await;
    question.is(StatusCode::OK).says("Stop Tom of Brightwater IT?").says("1 session on your behalf ends at once");
    question.says("Relationships, admin privileges and subscriptions stay as they are");
    assert!(w.test.authority().counts(&token), "asking changes nothing");
    let fields = [("reach", "person"), ("partner", &*partner), ("person", &*tom), ("page", "partner")];
    let done = ingrid.post("/portal/acting/stop", &fields).await;
    assert_eq!(done.is(StatusCode::SEE_OTHER).header("location"), format!("{own}?done=stopped"));
    assert!(!w.test.authority().counts(&token), "at once");
    let page = ingrid.get(&own).await;
    page.says("Nobody of Brightwater IT is acting for you right now.")
        .says("Tom of Brightwater IT")
        .says("Allow again");
    let done = ingrid.post("/portal/acting/allow", &fields).await;
    assert_eq!(done.is(StatusCode::SEE_OTHER).header("location"), format!("{own}?done=allowed"));
    assert!(!ingrid.get(&own).await.text().contains("Allow again"));
    assert!(!w.test.authority().counts(&token), "what was ended stays ended");
}

#[tokio::test]
async fn everything_stops_at_once_and_a_form_without_its_reach_stops_nothing() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let (token, tom) = acts(&w);
    ingrid.get(PARTNERS).await;
    for fields in [&[][..], &[("reach", "")], &[("reach", "all")], &[("person", &*tom)]] {
        ingrid.post("/portal/acting/stop", fields).await.is(StatusCode::BAD_REQUEST);
    }
    assert!(w.test.authority().counts(&token));
    ingrid.get("/portal/acting/stop?reach=everybody").await.is(StatusCode::OK).says("Stop everybody who acts for you?");
    ingrid.post("/portal/acting/stop", &[("reach", "everybody")]).await.is(StatusCode::SEE_OTHER);
    assert!(!w.test.authority().counts(&token));
    let page = ingrid.get(PARTNERS).await;
    page.says("Everybody of every partner");
    assert!(!page.text().contains("Stop everything"), "there is nothing left to stop");
    // Allowing gives something back, so it asks who one is, and leads back to the page with the button.
    w.test.clock.advance_seconds(11 * 60);
    let again = ingrid.post("/portal/acting/allow", &[("reach", "everybody")]).await;
    again.is(StatusCode::UNAUTHORIZED).has_code("step_up_required");
    assert!(again.body.contains("return=/portal/partners\""), "{}", again.body);
}

#[tokio::test]
async fn strangers_and_malformed_ids_answer_alike() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let (_, tom) = acts(&w);
    let other = w.test.partner("Orchard Systems", "orchard.no", PartnerKind::Direct, &["NO"], None).tenant;
    let pia = w.test.person(&other, "Pia", &[PartnerRole::AdminAgent], false).person.unwrap().to_string();
    let (own, other) = (w.partner.tenant.id.to_string(), other.id.to_string());
    let mut answers = Vec::new();
    for (partner, person) in [(&*other, &*pia), (&*own, &*pia), (&*other, &*tom), (&*own, "x"), ("x'--", "1")] {
        let fields = [("reach", "person"), ("partner", partner), ("person", person)];
        let query = format!("/portal/acting/stop?reach=person&partner={partner}&person={person}");
        let page = ingrid.get(&query).await;
        page.is(StatusCode::NOT_FOUND).has_code("not_found");
        answers.push(page.body.replace(&query.replace('&', "&#38;").replace('\'', "&#39;"), "[here]"));
        ingrid.get(PARTNERS).await;
        ingrid.post("/portal/acting/stop", &fields).await.is(StatusCode::NOT_FOUND);
        ingrid.get(PARTNERS).await;
        ingrid.post("/portal/acting/allow", &fields).await.is(StatusCode::NOT_FOUND);
    }
    assert!(answers.iter().all(|it| *it == answers[0]));
}

#[tokio::test]
async fn a_global_reader_looks_and_has_no_buttons() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let (_, tom) = acts(&w);
    // Something is stopped, and somebody acts.
    let tom = tom.parse().unwrap();
    acting::stop(&w.test.app, &w.admin, Whom::Person(w.partner.tenant.id, tom)).unwrap();
    let program = w.test.program(&w.agent, "Another Console");
    w.test.authority().act(&program, &w.agent, w.customer.id).unwrap();
    let mut rolf = w.as_person("/portal", w.reader()).await;
    for path in [PARTNERS.to_owned(), format!("{PARTNERS}/{}", w.partner.tenant.id)] {
        let page = rolf.get(&path).await;
        page.is(StatusCode::OK).says("Maya").says("Another Console").says("Stopped by you");
        assert!(!page.body.contains("/acting/"), "no form and no link: {}", page.body);
        assert!(ingrid.get(&path).await.body.contains("/acting/stop"));
    }
    rolf.get("/portal/acting/stop?reach=everybody").await.is(StatusCode::FORBIDDEN);
    rolf.post("/portal/acting/stop", &[("reach", "everybody")]).await.is(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_cloud_has_its_own_glass() {
    let w = World::new();
    assert_eq!(w.german.cloud, Cloud::Germany);
    let mut greta = w.as_person("/germany/portal", "greta@rheintal.de").await;
    let page = greta.get("/germany/portal/partners").await;
    page.is(StatusCode::OK).says("Nobody is acting for you right now.");
    greta.get("/germany/portal/acting/stop?reach=everybody").await.is(StatusCode::OK);
}

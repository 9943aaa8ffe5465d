//! A customer's administrators keep the record of their organisation, and see how it stands to the agreement.

use axum::http::StatusCode;

use crate::world::World;

#[tokio::test]
async fn administrators_keep_the_record_and_see_the_agreement() {
    let w = World::new();
    let mut ingrid = w.ingrid().await;
    let settings = ingrid.get("/portal/settings").await;
    assert!(settings.body.contains("href=\"/portal/company\""));
    let page = ingrid.get("/portal/company").await;
    page.is(StatusCode::OK).says("Customer agreement").says("Not signed yet");
    let form = [
        ("version", "0"),
        ("line1", "Kaien 3"),
        ("city", "Bergen"),
        ("postal_code", "5003"),
        ("contact", "Ida Berg"),
        ("mail", "ida@fjordline.no"),
    ];
    for field in ["line1", "line2", "city", "state", "postal_code", "contact", "mail", "phone", "registration"] {
        let mut bad: Vec<_> = form.iter().copied().filter(|(name, _)| *name != field).collect();
        bad.push((field, "\u{202e}x"));
        let page = ingrid.post("/portal/company", &bad).await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains(&format!("href=\"#{field}\"")) && page.body.contains(&format!("id=\"{field}\"")));
        assert!(page.body.contains("name=\"version\" value=\"0\""), "the version stays: {}", page.body);
    }
    ingrid.get("/portal/company").await;
    ingrid.post("/portal/company", &form).await.is(StatusCode::SEE_OTHER);
    let page = ingrid.get("/portal/company").await;
    assert!(page.is(StatusCode::OK).body.contains("value=\"Kaien 3\""), "{}", page.body);
    ingrid.post("/portal/company", &form).await.is(StatusCode::SEE_OTHER);
    let log = ingrid.get("/portal/activity").await;
    log.is(StatusCode::OK).says("Changed: Street and number, City, Contact, E-mail of the contact");
}

#[tokio::test]
async fn a_signed_agreement_is_not_asked_for_again() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    ingrid.get("/portal/company").await.is(StatusCode::OK).says("Signed by").says("Ingrid");
    entente_app::relationship::give_up_privileges(&w.test.app, &w.agent, w.customer.id).unwrap();
    let (_, path) = w.asked();
    let page = ingrid.get(&format!("{path}/review")).await;
    page.is(StatusCode::OK).says("You signed the agreement of");
    assert!(!page.body.contains("name=\"agreement\""));
    ingrid.post(&format!("{path}/review"), &[("decision", "privileges")]).await.is(StatusCode::SEE_OTHER);
}

//! A customer's administrator gives and takes the customer's licences.

use axum::http::StatusCode;
use entente_app::subscription;
use entente_domain::catalogue;

use crate::world::World;

#[tokio::test]
async fn the_customers_own_administrator_does_the_same() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let app = &w.test.app;
    subscription::add(app, &w.agent, w.customer.id, "productivity-standard", Some(1)).unwrap();
    let sku = catalogue::sku("PRODUCTIVITY_STANDARD").unwrap().id;
    let place = format!("/portal/licences/{sku}");
    assert!(ingrid.get("/portal/partners").await.body.contains("href=\"/portal/licences\""));
    let list = ingrid.get("/portal/licences").await;
    list.is(StatusCode::OK).says("Productivity Standard");
    assert!(list.body.contains(&format!("href=\"{place}\"")) && list.body.contains("aria-current"), "{}", list.body);
    let form = [("name", "Kim Berg"), ("upn", "kim@fjordline.no"), ("usage_location", "NO")];
    ingrid.get("/portal/users/new").await;
    ingrid.post("/portal/users/new", &form).await.is(StatusCode::OK);
    ingrid
        .get(&format!("{place}/assign"))
        .await
        .is(StatusCode::OK)
        .says("Kim Berg")
        .says("The usage location is missing");
    let told = ingrid.post(&format!("{place}/assign"), &[("names", "kim@fjordline.no, ola@fjordline.no")]).await;
    told.is(StatusCode::OK).says("The usage location is missing").says("1 of those chosen");
    let page = ingrid.get(&place).await;
    page.is(StatusCode::OK).says("Kim Berg").says("All licences are in use");
    // Whoever sold it has more of it; there is no form for that here.
    assert!(!page.body.contains("#quantity"));
    ingrid.get("/portal/users").await.is(StatusCode::OK).says("Productivity Standard");

    let reader = w.reader();
    let mut rolf = w.as_person("/portal", reader).await;
    let page = rolf.get(&place).await;
    page.is(StatusCode::OK).says("Kim Berg");
    assert!(!page.body.contains("users[]") && !page.body.contains("/assign\""), "{}", page.body);
    rolf.get(&format!("{place}/assign")).await.is(StatusCode::FORBIDDEN).says("License administrator");
    rolf.get(&place).await;
    rolf.post(&place, &[]).await.is(StatusCode::FORBIDDEN);
    let mut ola = w.ola().await;
    ola.get("/portal/licences").await.is(StatusCode::FORBIDDEN);
    let page = ola.get("/portal/settings").await;
    assert!(!page.body.contains("/portal/licences"));
}

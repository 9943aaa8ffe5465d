//! Service requests as the customer's own people see them.

use axum::http::StatusCode;
use entente_app::service_request::desk;

use crate::world::World;

#[tokio::test]
async fn the_customer_sees_what_its_partner_opened_and_asks_itself() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let (number, file) = w.service_request();
    let one = format!("/portal/service-requests/{number}");
    let list = ingrid.get("/portal/service-requests").await;
    list.is(StatusCode::OK).says("Mail is late").says("Maya at Brightwater IT").says("Open a service request");
    ingrid.get(&one).await.is(StatusCode::OK).says("See the file.").says("a.log");
    let log = ingrid.get(&format!("{one}/files/{file}")).await;
    assert_eq!((log.status, log.body.as_str()), (StatusCode::OK, "log"));
    ingrid.get(&one).await;
    ingrid.post(&format!("{one}/notes"), &[("text", "Still so.")]).await.is(StatusCode::SEE_OTHER);
    desk::answer(&w.test.app, number, "Repaired.".parse().unwrap()).unwrap();
    ingrid.get(&one).await.says("Ingrid at Fjordline Logistics AS").says("Still so.").says("Repaired.").says("In time");
    ingrid.post(&one, &[("do", "close")]).await.is(StatusCode::SEE_OTHER);
    let again = ingrid.post(&one, &[("do", "close")]).await;
    again.is(StatusCode::CONFLICT).has_code("request_closed");

    ingrid.get("/portal/service-requests/new").await.is(StatusCode::OK).says("First answer within 2 hours.");
    let typed = [("title", "A question"), ("topic", "billing"), ("severity", "minimal"), ("description", "How?")];
    let opened = ingrid.post("/portal/service-requests/new", &typed).await;
    opened.is(StatusCode::SEE_OTHER);
    assert!(opened.header("location").starts_with("/portal/service-requests/1000002?"));
    // The partner did not open this one, and it is about nothing the partner sold.
    let mut maya = w.as_person("/partner", "maya@brightwater.no").await;
    let hidden = format!("/partner/customers/{}/service-requests/1000002", w.customer.id);
    maya.get(&hidden).await.is(StatusCode::NOT_FOUND);
    let activity = ingrid.get("/portal/activity").await;
    activity.says("Service request 1000002 for Fjordline Logistics AS was opened");
}

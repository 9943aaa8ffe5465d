//! What the pages about subscriptions and orders do.

use axum::http::StatusCode;
use entente_domain::ids::FormId;

use super::world::World;

#[tokio::test]
async fn many_subscriptions_are_shown_a_page_at_a_time() {
    let w = World::new();
    for n in 1..=30 {
        w.subscribe(n);
    }
    let mut maya = w.browser("maya").await;
    let account = format!("/partner/customers/{}", w.customer.id);
    let first = maya.get(&format!("{account}/subscriptions")).await;
    assert_eq!(first.body.matches("<tr class=\"row\"").count(), 25);
    let (before, _) = first.body.split_once("from=26").expect("a second page");
    let next = before.rsplit('"').next().unwrap().replace("&#38;", "&");
    let second = maya.get(&format!("{next}from=26")).await;
    assert_eq!(second.body.matches("<tr class=\"row\"").count(), 5);
    second.says(StatusCode::OK, &["26–30"]);
    maya.get(&format!("{account}/subscriptions?cursor=x")).await.says(StatusCode::BAD_REQUEST, &[]);
    let page = maya.get(&account).await;
    page.says(StatusCode::OK, &["30 subscriptions are still active", "All subscriptions"]);
    // Once where everything is, once where it says what keeps the relationship.
    assert_eq!(page.body.matches(&format!("<a href=\"{account}/subscriptions/")).count(), 2 * 25);
}

#[tokio::test]
async fn a_subscription_is_bought_changed_and_taken_back_on_its_pages() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let list = format!("/partner/customers/{}/subscriptions", w.customer.id);
    let order = [("product", "telephony"), ("quantity", "10"), ("plan", "P1Y-annual"), ("renews", "on")];
    let total = [&order[..], &[("do", "total")]].concat();
    maya.post(&list, &total).await.says(StatusCode::OK, &["10 seats at NOK", "a year, without tax", "value=\"10\""]);
    maya.get(&list).await.says(StatusCode::OK, &["No subscriptions yet"]);
    let page = maya.get(&list).await;
    let (_, rest) = page.body.split_once("name=\"form\" value=\"").unwrap();
    let mark = rest.split('"').next().unwrap().to_owned();
    let order = [&order[..], &[("form", mark.as_str())]].concat();
    for _ in 0..2 {
        maya.post(&list, &order).await.goes(&format!("{list}?done=added"));
    }
    let page = maya.get(&list).await;
    assert_eq!(page.body.matches("<tr class=\"row\"").count(), 1, "pressed twice, ordered once");
    page.says(StatusCode::OK, &["1 year, billed yearly", "Renews on 23 Nov 2027"]);
    let (_, rest) = page.body.split_once(&format!("<a href=\"{list}/")).unwrap();
    let one = format!("{list}/{}", rest.split('"').next().unwrap());
    maya.get(&one).await.says(
        StatusCode::OK,
        &[
            "Between 1 and 10,000,000 until 30 Nov 2026",
            "OR-1",
            "Until 30 Nov 2026",
            "Turn renewal off",
            "Calling Plan",
        ],
    );
    let thought = maya.get(&format!("{one}?quantity=25")).await;
    thought.says(StatusCode::OK, &["25 seats at NOK", "instead of NOK", "Change to 25", "name=\"seen\" value=\"1\""]);
    let change = format!("{one}/change");
    let to = |quantity, seen| [("do", "quantity"), ("quantity", quantity), ("seen", seen)];
    maya.post(&change, &to("25", "1")).await.goes(&format!("{one}?done=saved"));
    maya.post(&change, &to("30", "1")).await.says(StatusCode::CONFLICT, &["<code>conflict</code>"]);
    maya.post(&change, &[("do", "rename"), ("name", "Head office <b>")]).await.goes(&format!("{one}?done=saved"));
    maya.get(&one).await.says(StatusCode::OK, &["Head office &#60;b&#62;"]).silent(&["<b>"]);
    let extend = [
        ("do", "extend"),
        ("product", "calling-plan"),
        ("seats", "5"),
        ("form", &w.test.app.new_id::<FormId>().to_string()),
    ];
    maya.post(&change, &extend).await.goes(&format!("{one}?done=added"));
    maya.get(&one).await.says(StatusCode::OK, &["Calling Plan · 5", "and its additions with it"]);
    maya.post(&change, &[("do", "end")]).await.goes(&format!("{one}?done=saved"));
    maya.get(&one).await.says(StatusCode::OK, &["Ends on 23 Nov 2027", "Turn renewal on"]);
    maya.post(&change, &[("do", "suspend")]).await.goes(&format!("{one}?done=suspended"));
    maya.get(&one).await.says(StatusCode::OK, &["This subscription is suspended"]).silent(&["id=\"change\""]);
    let refused = maya.post(&change, &[("do", "renew")]).await;
    refused.says(StatusCode::CONFLICT, &["<code>suspended</code>", "activate it first"]);
    let question = maya.get(&format!("{one}/cancel")).await;
    question.says(StatusCode::OK, &["Cancel Head office", "<strong>Calling Plan</strong> is cancelled with it"]);
    maya.post(&format!("{one}/cancel"), &[]).await.goes(&format!("{one}?done=cancelled"));
    maya.get(&one)
        .await
        .says(StatusCode::OK, &["This subscription is over"])
        .silent(&["id=\"steps\"", "id=\"rename\""]);
    maya.get(&list).await.says(StatusCode::OK, &["Cancelled"]).silent(&["Activate Head office"]);
    maya.get(&format!("{one}/cancel")).await.says(StatusCode::CONFLICT, &["<code>over</code>"]);
}

#[tokio::test]
async fn the_order_history_lists_exports_and_takes_back() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let orders = format!("/partner/customers/{}/orders", w.customer.id);
    maya.get(&orders).await.says(StatusCode::OK, &["No orders yet"]);
    for _ in 0..26 {
        w.subscribe(3);
    }
    let page = maya.get(&orders).await;
    page.says(StatusCode::OK, &["OR-26", "OR-2<", "Productivity Standard · 3", "NOK\u{a0}372.00 a month", "Maya"]);
    page.silent(&["OR-1<"]);
    maya.get(&format!("{orders}?cursor=2")).await.says(StatusCode::OK, &["OR-1<"]);
    maya.get(&format!("{orders}?cursor=x")).await.says(StatusCode::BAD_REQUEST, &[]);
    let one = format!("{orders}/7");
    maya.get(&one).await.says(StatusCode::OK, &["Order OR-7", "Possible until 30 Nov 2026", "Cancel order"]);
    maya.get(&format!("{orders}/07")).await.says(StatusCode::NOT_FOUND, &[]);
    maya.get(&format!("{one}/cancel")).await.says(StatusCode::OK, &["Cancel order OR-7?"]);
    maya.post(&format!("{one}/cancel"), &[]).await.goes(&format!("{one}?done=order-cancelled"));
    maya.get(&one).await.says(StatusCode::OK, &["Cancelled by", "Maya"]).silent(&["Cancel order"]);
    maya.post(&format!("{one}/cancel"), &[]).await.says(StatusCode::CONFLICT, &["<code>over</code>"]);
    w.test.clock.advance_days(7);
    let mut maya = w.browser("maya").await;
    maya.get(&format!("{orders}/8")).await.says(StatusCode::OK, &["Was possible until"]).silent(&["Cancel order"]);
    maya.get(&format!("{orders}/8/cancel"))
        .await
        .says(StatusCode::CONFLICT, &["<code>window_passed</code>", "seven days"]);
    let file = maya.post(&format!("{orders}/export.csv"), &[]).await;
    file.says(StatusCode::OK, &["\"7\",\"2026-11-23\",\"productivity-standard\",\"3\"", "\"cancelled\""]);
}

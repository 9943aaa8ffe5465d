//! A customer's licences, page by page: as a partner's person gives and takes them, and where the privileges are missing.

use axum::http::StatusCode;
use entente_app::{licence, relationship, user};
use entente_domain::catalogue::{self, Sku};
use entente_domain::directory::PartnerRole;
use entente_domain::ids::UserId;

use super::world::World;

fn sku() -> &'static Sku {
    catalogue::sku("PRODUCTIVITY_STANDARD").unwrap()
}

fn base(w: &World) -> String {
    format!("/partner/customers/{}", w.customer.id)
}

/// Somebody of the customer in Norway.
fn located(w: &World, name: &str) -> UserId {
    let id = w.user(name);
    let known = user::get(&w.test.app, &w.admin, w.customer.id, id).unwrap().details;
    let known = user::Details { usage_location: Some("NO".parse().unwrap()), ..known };
    user::edit(&w.test.app, &w.admin, w.customer.id, id, 1, known).unwrap();
    id
}

fn consumed(w: &World) -> i64 {
    licence::list(&w.test.app, &w.admin, w.customer.id).unwrap()[0].units.consumed
}

#[tokio::test]
async fn from_the_products_to_people_and_back() {
    let w = World::new();
    w.everything();
    let mut liv = w.browser_of_everything().await;
    let (base, sku) = (base(&w), sku());
    let list = format!("{base}/licences");
    liv.get(&base).await.says(StatusCode::OK, &[&format!("href=\"{list}\"")]);
    liv.get(&list).await.says(StatusCode::OK, &["There are no products with licences yet"]);
    let sub = w.subscribe(2);
    let (anna, bo, nora) = (located(&w, "Anna Lie"), located(&w, "Bo Moen"), w.user("Nora Vik"));
    let place = format!("{list}/{}", sku.id);
    let said = "aria-label=\"Productivity Standard: 0 of 2 in use\"";
    liv.get(&list).await.says(StatusCode::OK, &[&format!("href=\"{place}\""), said, "<svg class=\"life usage\""]);
    liv.get(&place).await.says(StatusCode::OK, &["Nobody holds this licence yet", "PRODUCTIVITY_STANDARD"]);
    let form = liv.get(&format!("{place}/assign")).await;
    form.says(
        StatusCode::OK,
        &[
            "2 are left",
            "Anna Lie",
            &format!("/users/{nora}#usage_location\">The usage location is missing"),
            "DOCUMENTS",
        ],
    );

    // One ticked, one typed, with one service plan off.
    let (id, shown) = (anna.to_string(), sku.id.to_string());
    let on: Vec<String> = sku.service_plans.iter().skip(1).map(|plan| format!("{shown}:{}", plan.id)).collect();
    let mut fields = vec![("users[]", id.as_str()), ("names", "Bo.Moen@fjordline.no"), ("shown[]", &*shown)];
    fields.extend(on.iter().map(|it| ("on[]", it.as_str())));
    liv.post(&format!("{place}/assign"), &fields).await.goes(&format!("{place}?done=licences-assigned"));
    let page = liv.get(&format!("{place}?done=licences-assigned")).await;
    page.says(StatusCode::OK, &["Licences assigned", "Anna Lie", "Bo Moen", "3 of 4 on", "All licences are in use"]);
    let grow = format!("{base}/subscriptions/{sub}#quantity");
    page.says(StatusCode::OK, &[&grow, "Have more of it"]);
    liv.get(&list).await.says(StatusCode::OK, &["None left"]);
    liv.get(&format!("{base}/users")).await.says(StatusCode::OK, &["Productivity Standard"]);
    liv.get(&format!("{place}?q=bo")).await.says(StatusCode::OK, &["Bo Moen"]).silent(&["Anna Lie"]);
    liv.get(&format!("{place}?q=zz")).await.says(StatusCode::OK, &["No users match"]);
    liv.get(&format!("{place}?q=%E2%80%AEx")).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#q\">"]);
    for bad in ["?cursor=x", "?from=x", "?q=a&q=b"] {
        assert_eq!(liv.get(&format!("{place}{bad}")).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }

    // Whoever is left over is named, with the way on.
    let third = located(&w, "Cleo Dahl").to_string();
    let fields = [
        ("users[]", third.as_str()),
        ("users[]", id.as_str()),
        ("names", "nobody@fjordline.no\nnora.vik@fjordline.no"),
    ];
    let told = liv.post(&format!("{place}/assign"), &fields).await;
    let missing = format!("/users/{nora}#usage_location\">Nora Vik");
    told.says(StatusCode::OK, &["Cleo Dahl", "None left.", "There is no such user", &missing, "Had it already", &grow]);
    let told = liv.post(&format!("{place}/assign"), &[("users[]", &third)]).await;
    told.says(StatusCode::CONFLICT, &["Did not get it", &grow]);

    let taken = [("users[]", id.as_str()), ("users[]", &*bo.to_string())];
    liv.post(&place, &taken).await.goes(&format!("{place}?done=licences-removed"));
    liv.get(&place).await.says(StatusCode::OK, &["Nobody holds"]);
    assert_eq!(consumed(&w), 0);
    liv.get("/partner/activity").await.says(
        StatusCode::OK,
        &["The licences of", "Given: Productivity Standard", "Taken back: Productivity Standard", "Acting as Global"],
    );
    let page = liv.post(&place, &[]).await;
    page.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#users\">"]);
}

#[tokio::test]
async fn on_the_page_of_a_user() {
    let w = World::new();
    w.everything();
    let mut liv = w.browser_of_everything().await;
    let (sub, sku) = (w.subscribe(1), sku());
    let (anna, nora) = (located(&w, "Anna Lie"), w.user("Nora Vik"));
    let place = format!("{}/users/{anna}", base(&w));
    let (action, id) = (format!("{place}/licences"), sku.id.to_string());
    let page = liv.get(&place).await;
    page.says(StatusCode::OK, &["id=\"licences\"", &format!("id=\"licences-{id}\""), "One left", "4 of 4 on"]);
    liv.get(&format!("{}/users/{nora}", base(&w))).await.says(
        StatusCode::OK,
        &["Where this person uses services is not known yet", "<a href=\"#usage_location\">", "disabled"],
    );
    // A plan ticked off; what was not folded out is left as it is.
    let mail = format!("{id}:{}", sku.service_plans[0].id);
    let saved = format!("{place}?done=licences-saved#licences");
    liv.post(&action, &[("licences[]", &id), ("shown[]", &id), ("on[]", &mail)]).await.goes(&saved);
    liv.get(&place).await.says(StatusCode::OK, &["1 of 4 on", "Held since", &format!("name=\"had[]\" value=\"{id}\"")]);
    liv.post(&action, &[("had[]", &id), ("licences[]", &id)]).await.goes(&saved);
    liv.get(&place).await.says(StatusCode::OK, &["1 of 4 on"]);
    // None left for another, who learns where to have more of it.
    let bo = located(&w, "Bo Moen");
    let other = format!("{}/users/{bo}", base(&w));
    let answer = liv.post(&format!("{other}/licences"), &[("licences[]", &id)]).await;
    let grow = format!("{}/subscriptions/{sub}#quantity", base(&w));
    answer.says(StatusCode::CONFLICT, &["Productivity Standard: None left.", &grow, "Bo Moen"]);
    let answer = liv.post(&format!("{}/users/{nora}/licences", base(&w)), &[("licences[]", &id)]).await;
    answer.says(StatusCode::CONFLICT, &["Productivity Standard: The usage location is missing."]);
    // Deleting frees it; coming back too late is said.
    liv.post(&place, &[("do", "delete")]).await.goes(&format!("{place}?done=user-deleted"));
    liv.get(&place).await.says(StatusCode::OK, &[]).silent(&["id=\"licences\""]);
    liv.post(&format!("{other}/licences"), &[("licences[]", &id)])
        .await
        .goes(&format!("{other}?done=licences-saved#licences"));
    liv.post(&place, &[("do", "restore")]).await.goes(&format!("{place}?done=user-restored-without"));
    liv.get(&format!("{place}?done=user-restored-without"))
        .await
        .says(StatusCode::OK, &["Not all of their licences were left"]);
    // What somebody else took away meanwhile is not given again by a page that still showed it.
    licence::remove(&w.test.app, &w.admin, w.customer.id, sku.id, licence::Whom { users: vec![bo], names: Vec::new() })
        .unwrap();
    liv.post(&format!("{other}/licences"), &[("had[]", &id), ("licences[]", &id)]).await;
    assert_eq!(consumed(&w), 0);
}

#[tokio::test]
async fn forms_refuse_what_is_nothing_and_keep_what_was_typed() {
    let w = World::new();
    w.everything();
    let mut liv = w.browser_of_everything().await;
    w.subscribe(5);
    let (anna, sku) = (located(&w, "Anna Lie").to_string(), sku());
    let id = sku.id.to_string();
    let place = format!("{}/licences/{id}/assign", base(&w));
    let foreign = catalogue::sku("TELEPHONY").unwrap().service_plans[0].id;
    let foreign = format!("{id}:{foreign}");
    let before = w.events();
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    for bad in ["x", "<b>", "\u{202e}", "a@b@c", "kim@fjordline.no\u{7}", "=1+1", "Bcc: x\r\ny"] {
        let answer = liv.post(&place, &[("users[]", &anna), ("names", bad)]).await;
        answer.says(unprocessable, &["<a href=\"#names\">", "id=\"names\""]);
        assert!(answer.body.contains(&format!("value=\"{anna}\" aria-label=\"Anna Lie\" checked")), "{}", answer.body);
    }
    for bad in ["x", "", "00000000", "\u{202e}", "<b>", "007"] {
        liv.post(&place, &[("users[]", bad)]).await.says(unprocessable, &["<a href=\"#users\">", "id=\"users\""]);
        let answer = liv.post(&place, &[("users[]", &anna), ("shown[]", bad)]).await;
        answer.says(unprocessable, &["<a href=\"#plans\">", "id=\"plans\""]);
        let answer = liv.post(&place, &[("users[]", &anna), ("on[]", bad)]).await;
        answer.says(unprocessable, &["<a href=\"#plans\">"]);
    }
    liv.post(&place, &[]).await.says(unprocessable, &["Choose at least one person", "<a href=\"#users\">"]);
    let crowd = (0..201).map(|n| format!("u{n}@fjordline.no")).collect::<Vec<_>>().join("\n");
    liv.post(&place, &[("names", &crowd)]).await.says(unprocessable, &["200 at most"]);
    let answer = liv.post(&place, &[("users[]", &anna), ("shown[]", &id), ("on[]", &foreign)]).await;
    answer.says(unprocessable, &["<a href=\"#plans\">"]);

    let action = format!("{}/users/{anna}/licences", base(&w));
    let nobody = "00000000-0000-7000-8000-000000000000";
    for field in ["had[]", "licences[]", "shown[]", "on[]"] {
        for bad in ["x", "", "\u{202e}", "<b>", "1:2", "007"] {
            let answer = liv.post(&action, &[(field, bad)]).await;
            answer.says(unprocessable, &["<a href=\"#licences\">", "id=\"licences\"", "Anna Lie"]);
        }
    }
    for fields in [
        vec![("licences[]", nobody)],
        vec![("had[]", nobody)],
        vec![("licences[]", &*id), ("licences[]", &*id)],
        vec![("licences[]", &*id), ("shown[]", &*id), ("on[]", &*foreign)],
    ] {
        liv.post(&action, &fields).await.says(unprocessable, &["<a href=\"#licences\">"]);
    }
    assert_eq!((w.events(), consumed(&w)), (before, 0));
}

#[tokio::test]
async fn without_privileges_the_page_says_why_and_how_to_ask() {
    let w = World::new();
    w.everything();
    w.subscribe(5);
    let anna = located(&w, "Anna Lie");
    w.person(&w.partner, "Sara", PartnerRole::SalesAgent);
    w.person(&w.partner, "Ali", PartnerRole::HelpdeskAgent);
    let (list, place) = (format!("{}/licences", base(&w)), format!("{}/licences/{}", base(&w), sku().id));
    for name in ["sara", "ali"] {
        let mut browser = w.browser(name).await;
        browser.get(&list).await.says(StatusCode::OK, &[]).silent(&["Productivity Standard", "/restore\""]);
        browser.get(&place).await.says(StatusCode::FORBIDDEN, &[]).silent(&["Anna Lie"]);
    }
    // Who looks after users and not after licences sees no part about them.
    let mut ali = w.browser("ali").await;
    ali.get(&format!("{}/users/{anna}", base(&w)))
        .await
        .says(StatusCode::OK, &["Anna Lie"])
        .silent(&["id=\"licences\""]);
    ali.get(&format!("{}/users", base(&w))).await.silent(&["<th scope=\"col\">Licences</th>"]);
    relationship::remove_privileges(&w.test.app, &w.admin, w.partner.tenant.id, None).unwrap();
    let mut liv = w.browser_of_everything().await;
    let ask = format!("href=\"{}/restore\"", base(&w));
    liv.get(&list).await.says(StatusCode::OK, &[&ask, "Ask to restore"]).silent(&["Productivity Standard"]);
    for path in [place.clone(), format!("{place}/assign")] {
        liv.get(&path).await.says(StatusCode::FORBIDDEN, &[&ask]).silent(&["Anna Lie"]);
    }
    let id = anna.to_string();
    for (path, fields) in [
        (place.clone(), vec![("users[]", &*id)]),
        (format!("{place}/assign"), vec![("users[]", &*id)]),
        (format!("{}/users/{anna}/licences", base(&w)), Vec::new()),
    ] {
        liv.post(&path, &fields).await.says(StatusCode::FORBIDDEN, &[&ask]);
    }
    assert_eq!(consumed(&w), 0);
}

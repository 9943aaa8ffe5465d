//! Each field of the customer's forms and what people may type into it: the field's own message, and what was typed
//! stays.

use axum::http::StatusCode;

use crate::world::World;

const LONG: usize = 501;

#[tokio::test]
async fn a_reason_is_refused_with_its_own_message_and_kept() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let (_, path) = {
        let view = w.ask(entente_app::invitation::Draft {
            asks: entente_domain::invitation::Asks { privileges: true, ..crate::world::draft().asks },
            ..crate::world::draft()
        });
        let path = crate::world::path_of(&view, "/portal");
        (view, path)
    };
    let remove = format!("/portal/partners/{}/remove", w.partner.tenant.id);
    let id = w.partner.tenant.id;
    entente_app::relationship::give_up_privileges(&w.test.app, &w.agent, w.customer.id).unwrap();
    let decline = format!("{path}/decline");
    let long = "x".repeat(LONG);
    for (typed, message) in [
        (long.as_str(), "Use up to 500 characters"),
        ("bell \u{7} rings", "Remove line breaks and control characters"),
        ("turned \u{202e}round", "Remove characters that cannot be seen"),
    ] {
        ingrid.get(&decline).await.is(StatusCode::OK);
        let page = ingrid.post(&decline, &[("reason", typed)]).await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY).says(message);
        assert!(page.body.contains("id=\"reason\" name=\"reason\"") && page.body.contains("aria-invalid=\"true\""));
        assert!(page.body.contains("href=\"#reason\""), "the summary leads to the field");
        assert!(page.body.contains(typed), "what was typed stays");
    }
    ingrid.post(&format!("{path}/review"), crate::world::ACCEPT).await.is(StatusCode::SEE_OTHER);
    for (typed, message) in [(long.as_str(), "Use up to 500 characters"), ("a\u{200b}b", "Remove characters")] {
        ingrid.get(&remove).await.is(StatusCode::OK);
        let page = ingrid.post(&remove, &[("reason", typed)]).await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY).says(message);
        assert!(page.body.contains(&format!("href=\"#reason-{id}\"")) && page.body.contains(typed));
    }
    // Formulas and markup are a reason like any other; an empty one is none.
    for typed in ["=HYPERLINK(\"https://evil.example\")", "<b>x</b>", "", "   "] {
        ingrid.get(&remove).await;
        ingrid.post(&remove, &[("reason", typed)]).await.is(StatusCode::SEE_OTHER);
        let (_, path) = w.asked();
        ingrid.get(&format!("{path}/review")).await;
        ingrid.post(&format!("{path}/review"), crate::world::ACCEPT).await.is(StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn settings_and_decisions_answer_by_field() {
    let w = World::new();
    let (_, path) = w.asked();
    let review = format!("{path}/review");
    let mut ingrid = w.ingrid().await;
    for typed in ["", "both", "PRIVILEGES", "\u{202e}", "<b>"] {
        ingrid.get(&review).await;
        let page = ingrid.post(&review, &[("decision", typed), ("agreement", "2026-09-01")]).await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY).says("Choose one of the decisions");
        assert!(page.body.contains("href=\"#decision\"") && page.body.contains("id=\"decision\""));
    }
    for typed in ["xx", "EN", "zh", "<b>"] {
        ingrid.get("/portal/settings").await;
        let page = ingrid.post("/portal/settings", &[("do", "language"), ("language", typed)]).await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY).says("Choose one of the offered entries");
    }
    let good = entente_testkit::app::PASSWORD;
    let long = "x".repeat(257);
    for (current, new, message) in [
        ("", "another good one", "password"),
        ("wrong wrong", "another good one", "password"),
        (good, "short", "Use at least 8 characters"),
        (good, long.as_str(), "Use up to 256 characters"),
        (good, "", "Use at least 8 characters"),
    ] {
        ingrid.get("/portal/settings").await;
        let page =
            ingrid.post("/portal/settings", &[("do", "password"), ("current", current), ("password", new)]).await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY).says(message);
        assert!(!page.body.contains(good) && !page.body.contains("another good one"), "no password comes back");
    }
    ingrid.get("/portal/settings").await;
    ingrid.post("/portal/settings", &[("do", "nothing")]).await.is(StatusCode::BAD_REQUEST);
    ingrid.post("/portal/settings", &[]).await.is(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn malformed_and_foreign_ids_answer_alike() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let kind = entente_domain::tenant::PartnerKind::Direct;
    let other = w.test.partner("Orchard Systems", "orchard.no", kind, &["NO"], None).tenant.id.to_string();
    let mut answers = Vec::new();
    for id in [other.as_str(), "0198c1de-0000-7000-8000-00000000000a", "1", "x'--", "%00", "..", "%F0%9F%98%80"] {
        let page = ingrid.get(&format!("/portal/partners/{id}")).await;
        page.is(StatusCode::NOT_FOUND).has_code("not_found");
        answers.push(page.body.replace(id, "[id]"));
        ingrid.get(&format!("/portal/partners/{id}/remove")).await.is(StatusCode::NOT_FOUND).has_code("not_found");
    }
    assert_eq!(answers[0], answers[1]);
    ingrid.get(&format!("/portal/activity?partner={}", "x")).await.is(StatusCode::NOT_FOUND);
    ingrid.get("/portal/activity?before=1").await.is(StatusCode::NOT_FOUND);
}

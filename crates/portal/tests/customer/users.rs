//! A customer's administrator looks after the customer's users, and somebody new comes in with a first password.

use axum::http::StatusCode;
use entente_testkit::app::PASSWORD;

use crate::world::World;

#[tokio::test]
async fn somebody_new_chooses_a_password_before_anything_else() {
    let w = World::new();
    let mut ingrid = w.ingrid().await;
    ingrid.get("/portal/partners").await.is(StatusCode::OK).says("Users");
    ingrid.get("/portal/users").await.is(StatusCode::OK).says("Ingrid");
    ingrid.get("/portal/users/new").await.is(StatusCode::OK).says("@fjordline.no");
    let form = [("name", "Kim Berg"), ("upn", "kim@fjordline.no")];
    let once = ingrid.post("/portal/users/new", &form).await;
    once.is(StatusCode::OK).says("shown once");
    let (_, rest) = once.body.split_once("data-copy=\"").unwrap();
    let first = rest.split('"').next().unwrap().to_owned();

    let mut kim = w.browser();
    kim.get("/portal/sign-in?return=%2Fportal%2Fsettings").await;
    let credentials = [("username", "kim@fjordline.no"), ("password", &*first), ("return", "/portal/settings")];
    let answer = kim.post("/portal/sign-in", &credentials).await;
    answer.is(StatusCode::SEE_OTHER);
    let place = answer.header("location").to_owned();
    assert_eq!(place, "/portal/sign-in/password?return=/portal/settings");
    kim.get("/portal/settings").await.is(StatusCode::SEE_OTHER);
    kim.get(&place).await.is(StatusCode::OK).says("Choose your password").says("Kim Berg");
    for (password, repeat, said) in [
        (&*first, &*first, "other than the one you were given"),
        ("short", "short", "at least 8 characters"),
        (PASSWORD, "another one", "differ"),
    ] {
        let fields = [("password", password), ("repeat", repeat), ("return", "/portal/settings")];
        let page = kim.post("/portal/sign-in/password", &fields).await;
        page.is(StatusCode::UNPROCESSABLE_ENTITY).says(said);
        assert!(!page.body.contains(&*first) && page.body.contains("aria-invalid=\"true\""));
    }
    let fields = [("password", PASSWORD), ("repeat", PASSWORD), ("return", "/portal/settings")];
    let answer = kim.post("/portal/sign-in/password", &fields).await;
    answer.is(StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/portal/settings");
    kim.get("/portal/settings").await.is(StatusCode::OK).says("Kim Berg");
    // Somebody without a role finds no users, and why.
    kim.get("/portal/users").await.is(StatusCode::FORBIDDEN).says("Global administrator");
    let page = kim.get("/portal/partners").await;
    assert!(!page.body.contains("/portal/users"));
    kim.get(&place).await.is(StatusCode::SEE_OTHER);
}

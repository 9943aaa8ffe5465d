use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::browser::Answer;
use crate::fake::Key;
use crate::world::{EVENTS_TOKEN, FJORDLINE, HARBOUR, NOW, World};

const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

/// What to do to claims, and a word of the refusal that follows.
type Spoilt = (&'static str, Box<dyn Fn(&mut Value)>);

/// Removes a member.
fn without(name: &'static str) -> impl Fn(&mut Value) {
    move |it| drop(it.as_object_mut().unwrap().remove(name))
}

fn logout_claims(world: &World) -> Value {
    json!({
        "iss": world.issuer(FJORDLINE), "aud": "mailboxes-client", "iat": NOW, "exp": NOW + 120, "jti": "one",
        "sid": "session-1", "sub": "tom", "events": {LOGOUT: {}},
    })
}

fn event_claims(world: &World) -> Value {
    json!({
        "iss": world.issuer(FJORDLINE), "aud": ["other", "mailboxes-client"], "iat": NOW, "jti": "one",
        "sid": "session-1", "sub_id": {"format": "iss_sub", "iss": world.issuer(FJORDLINE), "sub": "tom"},
        "events": {REVOKED: {"event_timestamp": NOW, "reason_admin": {"en": "The relationship ended."}}},
    })
}

async fn logout(world: &World, token: &str) -> Answer {
    world.browser().post("/backchannel-logout", &[("logout_token", token)]).await
}

async fn event(world: &World, token: &str) -> Answer {
    event_with(world, token, &format!("Bearer {EVENTS_TOKEN}"), "application/secevent+jwt").await
}

async fn event_with(world: &World, token: &str, authorization: &str, kind: &str) -> Answer {
    let request =
        Request::post("/events").header(header::AUTHORIZATION, authorization).header(header::CONTENT_TYPE, kind);
    world.browser().send(request, Body::from(token.to_owned())).await
}

#[tokio::test]
async fn a_logout_token_ends_the_session_it_names_and_no_other() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let mut claims = world.acting();
    claims["sid"] = "session-2".into();
    let mut elsewhere = world.signed_in(claims).await;
    let answer = logout(&world, &world.fake.sign("logout+jwt", &logout_claims(&world))).await;
    answer.says(200, "");
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    tom.get("/").await.says(403, "Access was taken back, or its time is over.");
    elsewhere.get("/").await.says(200, "Mailboxes of");
}

#[tokio::test]
async fn without_a_session_all_of_the_subject_end_at_that_issuer() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let mut claims = world.acting();
    (claims["tid"], claims["iss"]) = (HARBOUR.into(), world.issuer(HARBOUR).into());
    let mut harbour = world.signed_in(claims).await;
    let mut claims = world.acting();
    (claims["sub"], claims["sid"]) = ("maya".into(), Value::Null);
    let mut maya = world.signed_in(claims).await;
    let mut claims = logout_claims(&world);
    without("sid")(&mut claims);
    logout(&world, &world.fake.sign("logout+jwt", &claims)).await.says(200, "");
    tom.get("/").await.says(403, "Access ended");
    harbour.get("/").await.says(200, "Mailboxes of");
    maya.get("/").await.says(200, "Mailboxes of");
}

#[tokio::test]
async fn logout_tokens_that_are_not_right_end_nothing() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let spoilt: [Spoilt; 17] = [
        ("issuer", Box::new(|it| it["iss"] = "https://evil.example/v2.0".into())),
        ("issuer", Box::new(|it| it["iss"] = it["iss"].as_str().unwrap().replace("/v2.0", "").into())),
        ("audience", Box::new(|it| it["aud"] = "other".into())),
        ("audience", Box::new(|it| it["aud"] = json!([]))),
        ("lacks something", Box::new(without("aud"))),
        ("lacks something", Box::new(without("iat"))),
        ("lacks something", Box::new(without("jti"))),
        ("lacks something", Box::new(without("events"))),
        ("too old", Box::new(|it| it["iat"] = (NOW - 86_401).into())),
        ("is over", Box::new(|it| it["exp"] = (NOW - 60).into())),
        ("is over", Box::new(without("exp"))),
        ("no logout", Box::new(|it| it["events"] = json!({}))),
        ("no logout", Box::new(|it| it["events"] = json!({LOGOUT: true}))),
        ("no logout", Box::new(|it| it["events"] = json!({REVOKED: {}}))),
        ("nonce", Box::new(|it| it["nonce"] = "x".into())),
        ("neither a session nor a subject", Box::new(|it| (it["sid"], it["sub"]) = (Value::Null, Value::Null))),
        ("lacks something", Box::new(|it| it["sid"] = 1.into())),
    ];
    for (why, spoil) in spoilt {
        let mut claims = logout_claims(&world);
        spoil(&mut claims);
        let answer = logout(&world, &world.fake.sign("logout+jwt", &claims)).await;
        answer.says(400, why);
        assert!(answer.text.starts_with(r#"{"error":"invalid_request","error_description":""#), "{}", answer.text);
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    }
    world.browser().post("/backchannel-logout", &[("token", "x")]).await.says(400, "no form with a logout_token");
    tom.get("/").await.says(200, "Mailboxes of");
    // Nothing of it used up the name of the good one.
    logout(&world, &world.fake.sign("logout+jwt", &logout_claims(&world))).await.says(200, "");
    tom.get("/").await.says(403, "Access ended");
}

#[tokio::test]
async fn what_the_issuer_did_not_sign_as_a_logout_token_ends_nothing() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let claims = logout_claims(&world);
    let stranger = Key::es256("first");
    let good = world.fake.sign("logout+jwt", &claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let with = |header: Value| world.fake.told(|told| told.keys[0].sign_with(&header, &claims));
    for (why, token) in [
        ("another type", world.fake.sign("JWT", &claims)),
        ("another type", world.fake.sign("secevent+jwt", &claims)),
        ("another type", with(json!({"alg": "ES256"}))),
        ("another algorithm", with(json!({"alg": "none", "typ": "logout+jwt"}))),
        ("another algorithm", with(json!({"alg": "HS256", "typ": "logout+jwt"}))),
        ("critical", with(json!({"alg": "ES256", "typ": "logout+jwt", "crit": ["b64"], "b64": false}))),
        ("signature", with(json!({"alg": "ES256", "typ": "logout+jwt", "kid": "other"}))),
        ("signature", with(json!({"alg": "RS256", "typ": "logout+jwt"}))),
        ("signature", stranger.sign("logout+jwt", &claims)),
        ("signature", format!("{signed}.")),
        ("base64url", format!("{signed}.{signature}=")),
        ("base64url", "no token".to_owned()),
        ("base64url", "a.b".to_owned()),
    ] {
        logout(&world, &token).await.says(400, why);
    }
    tom.get("/").await.says(200, "Mailboxes of");
    let without_kid = with(json!({"alg": "ES256", "typ": "application/logout+JWT"}));
    logout(&world, &without_kid).await.says(200, "");
    tom.get("/").await.says(403, "Access ended");
}

#[tokio::test]
async fn a_logout_token_may_come_again_and_ends_nothing_new() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let token = world.fake.sign("logout+jwt", &logout_claims(&world));
    logout(&world, &token).await.says(200, "");
    tom.get("/").await.says(403, "Access ended");
    // Our answer was lost on the way, so the authority says it again.
    let mut again = world.signed_in(world.acting()).await;
    logout(&world, &token).await.says(200, "");
    again.get("/").await.says(200, "Mailboxes of");
    let mut claims = logout_claims(&world);
    claims["jti"] = "two".into();
    logout(&world, &world.fake.sign("logout+jwt", &claims)).await.says(200, "");
    again.get("/").await.says(403, "Access ended");
}

#[tokio::test]
async fn what_cannot_be_looked_at_for_now_is_put_off_and_ends_the_session_later() {
    for by in ["logout", "event"] {
        let world = World::new().await;
        let mut tom = world.signed_in(world.acting()).await;
        // Keys that are not known yet, at an authority that is away.
        world.fake.told(|told| (told.keys, told.away) = (vec![Key::rs256("second")], true));
        world.wait(31);
        let (token, done) = match by {
            "logout" => (world.fake.sign("logout+jwt", &logout_claims(&world)), 200),
            _ => (world.fake.sign("secevent+jwt", &event_claims(&world)), 202),
        };
        let send = async || match by {
            "logout" => logout(&world, &token).await,
            _ => event(&world, &token).await,
        };
        // To the sender anything like 400 would be final.
        send().await.says(503, "the authority did not answer as expected");
        tom.get("/").await.says(200, "Mailboxes of");
        world.fake.told(|told| told.away = false);
        send().await.says(done, "");
        tom.get("/").await.says(403, "Access ended");
    }
}

#[tokio::test]
async fn a_clock_that_was_turned_forward_is_no_reason_for_distrust() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let mut claims = logout_claims(&world);
    (claims["iat"], claims["exp"]) = ((NOW + 30 * 86_400).into(), (NOW + 30 * 86_400 + 120).into());
    logout(&world, &world.fake.sign("logout+jwt", &claims)).await.says(200, "");
    tom.get("/").await.says(403, "Access ended");
}

#[tokio::test]
async fn keys_that_are_new_are_asked_for_but_not_all_the_time() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    world.fake.told(|told| told.keys = vec![Key::rs256("second")]);
    let token = world.fake.sign("logout+jwt", &logout_claims(&world));
    logout(&world, &token).await.says(400, "signature");
    assert_eq!(world.fake.told(|told| told.discoveries), 1);
    world.wait(31);
    logout(&world, &token).await.says(200, "");
    assert_eq!(world.fake.told(|told| told.discoveries), 2);
    tom.get("/").await.says(403, "Access ended");
}

#[tokio::test]
async fn an_event_ends_sessions_and_may_come_again() {
    for by in ["sid", "sub_id"] {
        let world = World::new().await;
        let mut tom = world.signed_in(world.acting()).await;
        let mut claims = event_claims(&world);
        without(if by == "sid" { "sub_id" } else { "sid" })(&mut claims);
        let token = world.fake.sign("secevent+jwt", &claims);
        event(&world, &token).await.says(202, "");
        tom.get("/").await.says(403, "Access ended");
        // The same event does not end what began since.
        let mut again = world.signed_in(world.acting()).await;
        event(&world, &token).await.says(202, "");
        again.get("/").await.says(200, "Mailboxes of");
    }
}

#[tokio::test]
async fn events_that_are_not_right_end_nothing() {
    let world = World::new().await;
    let mut tom = world.signed_in(world.acting()).await;
    let other = world.issuer(HARBOUR);
    let spoilt: [Spoilt; 9] = [
        ("invalid_issuer", Box::new(|it| it["iss"] = "https://evil.example/v2.0".into())),
        ("invalid_audience", Box::new(|it| it["aud"] = "other".into())),
        ("invalid_request", Box::new(|it| it["events"] = json!({}))),
        ("invalid_request", Box::new(|it| it["events"]["other"] = json!({}))),
        ("invalid_request", Box::new(|it| it["events"] = json!({LOGOUT: {}}))),
        ("invalid_request", Box::new(|it| it["sub_id"]["format"] = "opaque".into())),
        ("invalid_request", Box::new(move |it| it["sub_id"]["iss"] = other.clone().into())),
        ("invalid_request", Box::new(|it| (it["sid"], it["sub_id"]) = (Value::Null, Value::Null))),
        ("invalid_request", Box::new(without("jti"))),
    ];
    for (err, spoil) in spoilt {
        let mut claims = event_claims(&world);
        spoil(&mut claims);
        let answer = event(&world, &world.fake.sign("secevent+jwt", &claims)).await;
        answer.says(400, &format!(r#"{{"err":"{err}","description":""#));
    }
    event(&world, &Key::es256("first").sign("secevent+jwt", &event_claims(&world))).await.says(400, "invalid_key");
    event(&world, &world.fake.sign("logout+jwt", &event_claims(&world))).await.says(400, "another type");
    let good = world.fake.sign("secevent+jwt", &event_claims(&world));
    for authorization in ["", "Bearer ", "Bearer other", &format!("Basic {EVENTS_TOKEN}"), EVENTS_TOKEN] {
        event_with(&world, &good, authorization, "application/secevent+jwt").await.says(400, "authentication_failed");
    }
    let bearer = format!("Bearer {EVENTS_TOKEN}");
    event_with(&world, &good, &bearer, "application/jwt").await.says(400, "invalid_request");
    tom.get("/").await.says(200, "Mailboxes of");
    event(&world, &good).await.says(202, "");
    tom.get("/").await.says(403, "Access ended");
}

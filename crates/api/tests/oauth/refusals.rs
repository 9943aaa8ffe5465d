//! What is missing, empty, doubled or malformed at each of the machine routes: which refusal it gets, and that nothing comes of it.

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entente_app::authority::{device, exchange};
use serde_json::json;

use crate::doors::{ACCESS_TOKEN, Change, doors};
use crate::world::{CORRELATION, FORM, World, form};

/// Status, the standard's code, and the number.
type Refusal = (u16, &'static str, u32);

const MISSING: Refusal = (400, "invalid_request", 900_144);
const MALFORMED: Refusal = (400, "invalid_request", 90_014);
const UNKNOWN_PROGRAM: Refusal = (400, "unauthorized_client", 700_016);
const UNPROVEN: Refusal = (401, "invalid_client", 7_000_218);
const WRONG_SECRET: Refusal = (401, "invalid_client", 7_000_215);
const WRONG_ASSERTION: Refusal = (401, "invalid_client", 700_027);
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What has the form of a one-time value and is none.
const NEVER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const NOBODY: &str = "01900000-0000-7000-8000-000000000000";

fn missing(name: &'static str) -> [(Change<'static>, Refusal); 2] {
    [((name, None), MISSING), ((name, Some("")), MISSING)]
}

/// What becomes of a door's request when one thing of its own is changed.
fn refused(door: &str) -> Vec<(Change<'static>, Refusal)> {
    let invalid_grant = |number| (400, "invalid_grant", number);
    let invalid_scope = |number| (400, "invalid_scope", number);
    let invalid_target = |number| (400, "invalid_target", number);
    let scopes = [
        (("scope", Some("https://unknown.example/.default")), invalid_scope(500_011)),
        (("scope", Some("https://graph.microsoft.com/")), invalid_scope(70_011)),
        (("scope", Some("https://graph.microsoft.com/\"")), invalid_scope(70_011)),
        (("scope", Some("https://graph.microsoft.com/.default urn:other/.default")), invalid_scope(70_011)),
    ];
    let resource = [(("resource", Some("urn:unknown")), invalid_scope(500_011))];
    let no_value =
        |name, number| [((name, Some("x")), invalid_grant(number)), ((name, Some(NEVER)), invalid_grant(number))];
    match door {
        "authorization_code" => [
            &[missing("code"), missing("redirect_uri"), no_value("code", 70_008)].concat()[..],
            &[
                (("redirect_uri", Some("https://console.example/callback/")), invalid_grant(70_008)),
                (("code_verifier", Some(NEVER)), invalid_grant(501_481)),
            ],
        ]
        .concat(),
        "client_credentials" => {
            [&scopes[..], &[(("scope", Some("https://graph.microsoft.com/User.Read")), invalid_scope(1_002_012))]]
                .concat()
        }
        "refresh_token" => {
            [&[missing("refresh_token"), no_value("refresh_token", 70_008)].concat()[..], &scopes, &resource].concat()
        }
        device::GRANT_TYPE => [missing("device_code"), no_value("device_code", 70_018)].concat(),
        exchange::ON_BEHALF_OF => [
            &[missing("requested_token_use"), missing("assertion"), no_value("assertion", 50_013)].concat()[..],
            &scopes,
            &resource,
            &[(("requested_token_use", Some("other")), MISSING), (("assertion", Some("a.b.c")), invalid_grant(50_013))],
        ]
        .concat(),
        exchange::TOKEN_EXCHANGE => [
            &[missing("subject_token"), missing("subject_token_type"), no_value("subject_token", 50_013)].concat()[..],
            &scopes,
            &resource,
            &[
                (("subject_token", Some("a.b.c")), invalid_grant(50_013)),
                (("subject_token_type", Some("urn:ietf:params:oauth:token-type:refresh_token")), MALFORMED),
                (("requested_token_type", Some("urn:ietf:params:oauth:token-type:refresh_token")), MALFORMED),
                (("actor_token", Some(NEVER)), MALFORMED),
                (("actor_token_type", Some(ACCESS_TOKEN)), MALFORMED),
                (("audience", None), invalid_target(900_023)),
                (("audience", Some("")), invalid_target(900_023)),
                (("audience", Some("nobody.example")), invalid_target(900_023)),
                (("audience", Some("brightwater.no")), invalid_target(900_023)),
                (("audience", Some("fjordline.no brightwater.no")), invalid_target(900_023)),
                (("relationship", Some(NOBODY)), invalid_target(50_020)),
                (("roles", Some("boss")), MALFORMED),
            ],
        ]
        .concat(),
        "introspect" | "revoke" => missing("token").to_vec(),
        "devicecode" => scopes.to_vec(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_missing_empty_doubled_or_malformed_parameter_is_refused_by_its_number_and_leaves_nothing_behind() {
    let w = World::new();
    let doors = doors(&w).await;
    let before = w.test.written();
    for door in &doors {
        let mut cases: Vec<(String, String, Refusal)> = Vec::new();
        let mut case = |changes: &[Change<'_>], refusal| {
            cases.push((format!("{}: {changes:?}", door.name), door.changed(changes), refusal));
        };
        for (change, refusal) in refused(door.name) {
            case(&[change], refusal);
        }
        for (change, refusal) in missing("client_id") {
            case(&[change], refusal);
        }
        for id in ["x", NOBODY, &w.program.id.to_string().replace('-', "")] {
            case(&[("client_id", Some(id))], UNKNOWN_PROGRAM);
        }
        for (secret, refusal) in
            [(None, UNPROVEN), (Some(""), UNPROVEN), (Some("x"), WRONG_SECRET), (Some(NEVER), WRONG_SECRET)]
        {
            case(&[("client_secret", secret)], refusal);
        }
        let kind = ("client_assertion_type", Some(ASSERTION));
        case(&[("client_assertion", Some("a.b.c"))], MALFORMED);
        case(&[("client_assertion", Some("a.b.c")), ("client_assertion_type", Some("other"))], MALFORMED);
        case(&[("client_assertion", Some("a.b.c")), kind], MALFORMED);
        case(&[("client_assertion", Some("a.b.c")), kind, ("client_secret", None)], WRONG_ASSERTION);
        if door.route == "token" {
            for (change, refusal) in missing("grant_type") {
                case(&[change], refusal);
            }
            for other in ["password", "implicit", "AUTHORIZATION_CODE", "client_credentials ", "\u{202e}"] {
                case(&[("grant_type", Some(other))], (400, "unsupported_grant_type", 70_003));
            }
        }
        for (name, value) in &door.fields {
            for second in ["", "x", value] {
                let body = format!("{}&{}", door.changed(&[]), form(&[(*name, second)]));
                cases.push((format!("{}: {name} twice", door.name), body, MALFORMED));
            }
        }
        let whole = door.changed(&[]);
        for broken in ["%", "%zz", "%ff", "%00"] {
            cases.push((format!("{}: {broken}", door.name), format!("{whole}&x={broken}"), MALFORMED));
        }
        cases.push((format!("{}: many", door.name), format!("{whole}{}", "&x=1".repeat(100)), MALFORMED));
        cases.push((format!("{}: long", door.name), format!("{whole}&x={}", "y".repeat(64 * 1024)), MALFORMED));
        for (what, body, refusal) in cases {
            for path in door.paths(&w) {
                w.raw(&path, body.clone()).await.refused(&format!("{path} {what}"), refusal);
                assert_eq!(w.test.written(), before, "{path} {what}");
            }
        }
    }
    for door in &doors {
        let answer = w.raw(&door.paths(&w)[0], door.changed(&[])).await;
        assert_eq!(answer.status, 200, "{}: the tries before used nothing up: {}", door.name, answer.body);
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_read_by_no_route() {
    let w = World::new();
    for door in doors(&w).await {
        let path = &door.paths(&w)[0];
        let body = door.changed(&[]);
        for kind in [None, Some("text/plain"), Some("application/json"), Some("multipart/form-data; boundary=x")] {
            let mut request = Request::post(path).header("client-request-id", CORRELATION);
            if let Some(kind) = kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            let answer = w.send(request.body(Body::from(body.clone())).unwrap()).await;
            answer.refused(&format!("{}: {kind:?}", door.name), MISSING);
        }
        // What stands in the address is no part of the form; one library puts its own id there.
        let answer = w.raw(&format!("{path}?{body}"), "").await;
        answer.refused(door.name, MISSING);
        let answer = w.get(&format!("{path}?{body}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"), "{}", door.name);
    }
}

#[tokio::test]
async fn a_program_proves_itself_in_the_header_or_in_the_form_and_not_in_both() {
    let w = World::new();
    let (id, secret) = (w.program.id.to_string(), &*w.program.secret);
    let (grant, scope) = (("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default"));
    let ask = async |credentials: &str, fields: &[(&str, &str)]| {
        let request = Request::post(format!("/{}/oauth2/v2.0/token", w.home()))
            .header(header::CONTENT_TYPE, FORM)
            .header("client-request-id", CORRELATION)
            .header(header::AUTHORIZATION, credentials);
        w.send(request.body(Body::from(form(&[fields, &[grant, scope]].concat()))).unwrap()).await
    };
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let good = basic(&format!("{id}:{secret}"));
    ask(&good, &[]).await.is(200);
    ask(&good.replace("Basic", "bAsIc"), &[("client_id", &id)]).await.is(200);
    let twice = MALFORMED;
    ask(&good, &[("client_secret", secret)]).await.refused("both", twice);
    ask(&good, &[("client_id", NOBODY)]).await.refused("two programs", twice);
    let assertion = [("client_assertion", "a.b.c"), ("client_assertion_type", ASSERTION)];
    ask(&good, &assertion).await.refused("an assertion as well", twice);
    for (credentials, refusal) in [
        (basic(&format!("{id}:{NEVER}")), WRONG_SECRET),
        (basic(&format!("{id}:")), WRONG_SECRET),
        (basic(&id), UNPROVEN),
        (basic(&format!("{id}:%zz")), UNPROVEN),
        ("Basic !!!".to_owned(), UNPROVEN),
        ("Basic".to_owned(), UNPROVEN),
        (format!("Bearer {secret}"), UNPROVEN),
    ] {
        let answer = ask(&credentials, &[]).await;
        answer.refused(&credentials, refusal);
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"authority\"", "{credentials}");
    }
    ask(&basic(&format!("{NOBODY}:{secret}")), &[]).await.refused("an unknown program", UNKNOWN_PROGRAM);
    let answer = w.token(&w.program, &w.home(), &[grant, scope, ("client_assertion", "")]).await;
    answer.is(200);
}

#[tokio::test]
async fn the_callers_id_comes_back_only_in_the_form_of_one() {
    let w = World::new();
    let ask = async |said: Option<&str>| {
        let mut request = Request::post("/organizations/oauth2/v2.0/token").header(header::CONTENT_TYPE, FORM);
        if let Some(said) = said {
            request = request.header("client-request-id", said);
        }
        w.send(request.body(Body::empty()).unwrap()).await.body
    };
    assert_eq!(ask(Some("a1-B2")).await["correlation_id"], "a1-B2");
    let long = "x".repeat(65);
    for said in [None, Some("two words"), Some("<b>"), Some("{}"), Some(&*long)] {
        let body = ask(said).await;
        assert_eq!([&body["correlation_id"], &body["trace_id"]], [&json!("request-1"); 2], "{said:?}");
    }
}

//! Values that are good once and for one thing, and where an answer may be sent.

use entente_app::application;
use entente_app::authority::authorize::{self, Unanswerable};
use entente_app::authority::client::Presented;
use entente_app::authority::{Kind, device, exchange};
use entente_app::{Ctx, Error, acceptance, invitation};
use entente_domain::cloud::Cloud;
use entente_domain::language::Language;
use entente_identity::jws::{Algorithm, SigningKey};
use entente_testkit::for_each_engine;
use entente_testkit::requests::{draft, opened};
use entente_testkit::tokens::{Program, REDIRECT, params};
use serde_json::json;

use crate::devices::{ask, on_devices};
use crate::world::{OFFLINE, World, refused};

#[test]
fn a_code_is_good_once_for_one_program_one_address_and_one_verifier() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let code = || authority.code(&w.program, &w.agent, "organizations", OFFLINE).unwrap();
        refused(&authority.redeem(&w.other, "organizations", &code()), Kind::InvalidGrant);
        let elsewhere =
            [("grant_type", "authorization_code"), ("code", &*code()), ("redirect_uri", "https://evil.example/")];
        refused(&authority.request(&w.program, "organizations", &elsewhere), Kind::InvalidGrant);
        let unasked = code();
        let with_verifier = [
            ("grant_type", "authorization_code"),
            ("code", &*unasked),
            ("redirect_uri", REDIRECT),
            ("code_verifier", "a-verifier-nobody-asked-for-a-verifier-nobody-asked-for"),
        ];
        refused(&authority.request(&w.program, "organizations", &with_verifier), Kind::InvalidGrant);
        refused(&authority.redeem(&w.program, &w.here(), &code()), Kind::InvalidGrant);
        let late = code();
        w.test.clock.advance_seconds(61);
        refused(&authority.redeem(&w.program, "organizations", &late), Kind::InvalidGrant);

        let agent = w.test.confirmed(&w.agent);
        let good = authority.code(&w.program, &agent, "organizations", OFFLINE).unwrap();
        let set = authority.redeem(&w.program, "organizations", &good).unwrap();
        let acting = w.refresh(&w.program, &w.here(), set.refresh_token.as_deref().unwrap()).unwrap().access_token;
        assert!(authority.counts(&set.access_token) && authority.counts(&acting));
        refused(&authority.redeem(&w.program, "organizations", &good), Kind::InvalidGrant);
        assert!(!authority.counts(&set.access_token), "a code that comes again ends what it led to");
        assert!(!authority.counts(&acting), "also at customers");
        refused(&w.refresh(&w.program, "organizations", &set.refresh_token.unwrap()), Kind::InvalidGrant);
    });
}

#[test]
fn a_program_with_one_address_may_leave_it_out_at_both_ends() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (authority, id) = (w.test.authority(), w.program.id.to_string());
        let code = |named: bool| {
            let mut asked = vec![("client_id", &*id), ("response_type", "code"), ("scope", "openid")];
            asked.extend(named.then_some(("redirect_uri", REDIRECT)));
            let checked = authorize::check(&w.test.app, &w.agent, "organizations", &params(&asked)).unwrap();
            assert_eq!(checked.back.uri, REDIRECT);
            authorize::issue(&w.test.app, &w.agent, &checked).unwrap().code.text()
        };
        let redeem = |code: &str, uri: Option<&str>| {
            let mut fields = vec![("grant_type", "authorization_code"), ("code", code)];
            fields.extend(uri.map(|it| ("redirect_uri", it)));
            authority.request(&w.program, "organizations", &fields)
        };
        redeem(&code(false), None).expect("left out at both ends");
        redeem(&code(false), Some(REDIRECT)).expect("the one it went to");
        refused(&redeem(&code(false), Some("https://evil.example/")), Kind::InvalidGrant);
        // RFC 6749, section 4.1.3: what the request named is named again.
        let named = code(true);
        refused(&redeem(&named, None), Kind::InvalidRequest);
        redeem(&named, Some(REDIRECT)).expect("not used by that");
    });
}

/// The partner's program that signs people in on other devices as well, and proves itself by a secret or by this key.
fn tool(w: &World) -> (Program, SigningKey) {
    let chief = w.test.confirmed(&w.chief);
    let id = application::register(&w.test.app, &chief, on_devices(REDIRECT), true).unwrap().id;
    let key = SigningKey::generate(Algorithm::Es256);
    application::add_key(&w.test.app, &chief, id, "", &key.verifying().jwk().to_string(), 30).unwrap();
    let secret = application::add_secret(&w.test.app, &chief, id, "", 30).unwrap().text();
    (Program { id, secret }, key)
}

/// Where a value can be presented at the token endpoint, by the kind that fits there or by what is asked for.
fn doors(value: &str) -> [(&'static str, Vec<(&'static str, &str)>); 5] {
    [
        ("code", vec![("grant_type", "authorization_code"), ("code", value), ("redirect_uri", REDIRECT)]),
        ("refresh token", vec![("grant_type", "refresh_token"), ("refresh_token", value)]),
        ("device code", vec![("grant_type", device::GRANT_TYPE), ("device_code", value)]),
        (
            "on behalf of",
            vec![("grant_type", exchange::ON_BEHALF_OF), ("requested_token_use", "on_behalf_of"), ("assertion", value)],
        ),
        (
            "exchange",
            vec![
                ("grant_type", exchange::TOKEN_EXCHANGE),
                ("subject_token", value),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ("audience", "fjordline.no"),
            ],
        ),
    ]
}

#[test]
fn values_of_one_kind_are_nothing_at_another_door() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, authority) = (&w.test.app, w.test.authority());
        let (tool, key) = tool(&w);
        let id = tool.id.to_string();
        let code = authority.code(&tool, &w.agent, "organizations", OFFLINE).unwrap();
        let set = authority.sign_in(&tool, &w.agent, OFFLINE).unwrap();
        let called = authority.sign_in(&tool, &w.agent, &format!("openid {}/.default", tool.id)).unwrap();
        let home = w.partner.tenant.id.to_string();
        let fields = params(&[("client_id", &id), ("client_secret", &tool.secret)]);
        let presented = Presented::read(&fields, None).unwrap();
        let nobody = Ctx::anonymous(None, Language::En);
        let begun = device::begin(app, &nobody, "organizations", &fields, &presented).unwrap();
        let now = app.now().seconds();
        let issuer = format!("{}/{home}/v2.0", app.settings().authority);
        let assertion = key.sign("JWT", &json!({"iss": id, "sub": id, "aud": issuer, "exp": now + 600, "jti": "one"}));
        let invited = invitation::create(app, &w.agent, draft()).unwrap();
        let link = invited.link.as_deref().unwrap();
        let values = [
            ("code", code),
            ("refresh token", set.refresh_token.clone().unwrap()),
            ("device code", begun.device_code),
            ("user code", begun.user_code),
            ("access token", set.access_token.clone()),
            ("access token for the program", called.access_token.clone()),
            ("identity token", called.id_token.unwrap()),
            ("acting token", authority.exchange(&tool, &set.access_token, w.customer.id).unwrap().access_token),
            ("assertion", assertion),
            ("invitation", link.rsplit_once('/').unwrap().1.to_owned()),
            ("secret", tool.secret.clone()),
        ];
        let alone = ("grant_type", "client_credentials");
        let asserted = |value: &str| {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let proof = [("client_assertion_type", kind), ("client_assertion", value)];
            ask(&w, &home, &[&[alone, ("client_id", &*id)][..], &proof].concat())
        };
        let before = w.test.written();
        for (kind, value) in &values {
            let value = value.as_str();
            for (door, fields) in doors(value) {
                let due = match (*kind, door) {
                    ("access token" | "access token for the program", "exchange")
                    | ("access token for the program", "on behalf of") => continue,
                    ("acting token", "exchange" | "on behalf of") => Kind::InvalidRequest,
                    _ if *kind == door => continue,
                    _ => Kind::InvalidGrant,
                };
                let answer = authority.request(&tool, "organizations", &fields);
                assert!(matches!(&answer, Err(Error::Authority(it)) if it.kind == due), "{kind} as {door}: {answer:?}");
            }
            if *kind != "secret" {
                let unproven = Program { secret: value.to_owned(), ..tool.clone() };
                refused(&authority.request(&unproven, &home, &[alone]), Kind::InvalidClient);
            }
            if *kind != "assertion" {
                refused(&asserted(value), Kind::InvalidClient);
            }
            let told = authority.introspect(&tool, value).unwrap()["active"] == true;
            assert_eq!(told, *kind == "access token for the program", "what it is told about the {kind}");
            assert_eq!(authority.counts(value), matches!(*kind, "access token" | "acting token"), "{kind} as a token");
            if !kind.contains("access token") && !matches!(*kind, "refresh token" | "acting token") {
                authority.revoke(&tool, value).expect("an unknown token is no error");
            }
            assert_eq!(w.test.written(), before, "{kind}");
        }
        // The tries before used nothing up.
        let fits = |at: usize| values[at].1.as_str();
        authority.redeem(&tool, "organizations", fits(0)).unwrap();
        w.refresh(&tool, "organizations", fits(1)).unwrap();
        let poll = [("grant_type", device::GRANT_TYPE), ("device_code", fits(2))];
        refused(&authority.request(&tool, "organizations", &poll), Kind::AuthorizationPending);
        device::answer(app, &w.sales, fits(3), true).unwrap();
        authority.request(&tool, "organizations", &poll).unwrap();
        asserted(fits(8)).unwrap();
        let nils = w.test.person(&w.stranger, "Nils", &[], true);
        acceptance::review(app, &nils, &opened(&invited), Cloud::Public).unwrap();
        authority.revoke(&tool, fits(7)).unwrap();
        assert!(!authority.counts(fits(7)) && authority.counts(fits(4)));
    });
}

#[test]
fn a_request_to_sign_in_is_answered_only_at_the_programs_own_address() {
    for_each_engine(|store| {
        let w = World::new(store);
        let id = w.program.id.to_string();
        let ask = |more: &[(&str, &str)]| {
            let base =
                [("client_id", &*id), ("redirect_uri", REDIRECT), ("response_type", "code"), ("scope", "openid")];
            let kept = base.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
            let fields: Vec<(&str, &str)> = kept.chain(more).copied().collect();
            authorize::check(&w.test.app, &w.agent, "organizations", &params(&fields))
        };
        assert!(ask(&[]).is_ok());
        for bad in [
            "https://console.example/callback/",
            "https://console.example/callback?x",
            "https://console.example.evil.example/callback",
            "https://console.example@evil.example/callback",
            "javascript:alert(1)",
            "http://console.example/callback",
            "//console.example/callback",
        ] {
            assert!(matches!(ask(&[("redirect_uri", bad)]), Err(Unanswerable::Shown(_))), "{bad}");
        }
        let unknown = "01900000-0000-7000-8000-000000000000";
        assert!(matches!(ask(&[("client_id", unknown)]), Err(Unanswerable::Shown(_))));
        for (more, kind) in [
            (vec![("response_type", "token")], Kind::UnsupportedResponseType),
            (vec![("response_type", "")], Kind::InvalidRequest),
            (vec![("response_mode", "web_message")], Kind::InvalidRequest),
            (vec![("code_challenge", "x"), ("code_challenge_method", "S256")], Kind::InvalidRequest),
            (vec![("code_challenge", "x"), ("code_challenge_method", "plain")], Kind::InvalidRequest),
            (vec![("prompt", "none login")], Kind::InvalidRequest),
            (vec![("max_age", "-1")], Kind::InvalidRequest),
            (vec![("request", "x")], Kind::InvalidRequest),
            (vec![("scope", "https://unknown.example/.default")], Kind::InvalidScope),
            (
                vec![(
                    "scope",
                    "https://graph.microsoft.com/.default https://api.partnercenter.microsoft.com/.default",
                )],
                Kind::InvalidScope,
            ),
        ] {
            let answer = ask(&more);
            assert!(matches!(&answer, Err(Unanswerable::Sent(_, it)) if it.kind == kind), "{more:?}: {answer:?}");
        }
        // No proof is young enough for none at all: it asks for a new one, once.
        let checked = ask(&[("max_age", "0")]).unwrap();
        assert!(checked.prompt.login && checked.is_recent(w.agent.proof.as_ref().unwrap(), w.test.app.now()));
        // A program of one partner signs nobody of another in.
        let checked = ask(&[]).unwrap();
        refused(&authorize::issue(&w.test.app, &w.other_agent, &checked).map(|_| ()), Kind::AccessDenied);
    });
}

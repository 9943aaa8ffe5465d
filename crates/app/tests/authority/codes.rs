//! Values that are good once: authorization codes, device codes, and where an answer may be sent.

use entente_app::application::{self, Choice};
use entente_app::authority::authorize::{self, Unanswerable};
use entente_app::authority::client::Presented;
use entente_app::authority::token::{self, TokenSet};
use entente_app::authority::{Kind, device, exchange};
use entente_app::{Ctx, Error, acceptance, invitation, people};
use entente_domain::application::Signature;
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::ids::ApplicationId;
use entente_domain::language::Language;
use entente_identity::jws::{Algorithm, SigningKey};
use entente_testkit::for_each_engine;
use entente_testkit::requests::{draft, opened};
use entente_testkit::tokens::{Program, REDIRECT, params};
use serde_json::json;

use crate::world::{OFFLINE, World, claims, refused};

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

/// The partner's program that signs people in on other devices as well, and proves itself by a secret or by this key.
fn tool(w: &World) -> (Program, SigningKey) {
    let chief = w.test.confirmed(&w.chief);
    let id = application::register(&w.test.app, &chief, on_devices(REDIRECT), true).unwrap().id;
    let key = SigningKey::generate(Algorithm::Es256);
    application::add_key(&w.test.app, &chief, id, "", &key.verifying().jwk().to_string(), 30).unwrap();
    let secret = application::add_secret(&w.test.app, &chief, id, "", 30).unwrap().text();
    (Program { id, secret }, key)
}

/// A program that signs people in on other devices.
fn on_devices(redirect: &str) -> Choice {
    Choice {
        name: "Command line".parse().unwrap(),
        redirects: vec![redirect.parse().unwrap()],
        roles: vec![],
        algorithm: Signature::Es256,
        device_code: true,
    }
}

/// A public one of the partner.
fn command_line(w: &World) -> ApplicationId {
    let chief = w.test.confirmed(&w.chief);
    application::register(&w.test.app, &chief, on_devices("http://localhost"), false).unwrap().id
}

/// Asks for tokens as a program that proves nothing by a secret.
fn ask(w: &World, place: &str, fields: &[(&str, &str)]) -> Result<TokenSet, Error> {
    let params = params(fields);
    let presented = Presented::read(&params, None).unwrap();
    let request = token::Request { place: place.to_owned(), params, presented };
    token::issue(&w.test.app, &Ctx::anonymous(None, Language::En), &request)
}

fn begin(w: &World, program: ApplicationId, place: &str) -> Result<device::Begun, Error> {
    let id = program.to_string();
    let fields = params(&[("client_id", &id), ("scope", "openid offline_access")]);
    let presented = Presented::read(&fields, None).unwrap();
    device::begin(&w.test.app, &Ctx::anonymous(None, Language::En), place, &fields, &presented)
}

fn poll(w: &World, program: ApplicationId, place: &str, code: &str) -> Result<TokenSet, Error> {
    let id = program.to_string();
    ask(w, place, &[("client_id", &id), ("grant_type", device::GRANT_TYPE), ("device_code", code)])
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

#[test]
fn a_device_is_let_in_by_ordinary_people_only_once_and_at_its_own_pace() {
    for_each_engine(|store| {
        let w = World::new(store);
        let tool = command_line(&w);
        let start = || begin(&w, tool, "organizations").unwrap();
        let poll = |code: &str| poll(&w, tool, "organizations", code);
        let begun = start();
        refused(&poll(&begun.device_code), Kind::AuthorizationPending);
        refused(&poll(&begun.device_code), Kind::SlowDown);
        w.test.clock.advance_seconds(11);
        refused(&poll(&begun.device_code), Kind::AuthorizationPending);
        // Whoever talks an administrator into typing a code would get the customers of the partner.
        for powerful in [&w.agent, &w.chief, &w.admin, &w.helpdesk] {
            assert!(matches!(device::look(&w.test.app, powerful, &begun.user_code), Err(Error::Authority(_))));
            assert!(device::answer(&w.test.app, powerful, &begun.user_code, true).is_err());
        }
        assert!(matches!(device::look(&w.test.app, &w.sales, "BCDF-GHJK"), Err(Error::NotFound)));
        let typed = begun.user_code.to_lowercase().replace('-', " ");
        assert_eq!(device::look(&w.test.app, &w.sales, &typed).unwrap().application.as_str(), "Command line");
        device::answer(&w.test.app, &w.sales, &typed, true).unwrap();
        assert!(matches!(device::answer(&w.test.app, &w.sales, &typed, true), Err(Error::NotFound)), "answered");
        let set = poll(&begun.device_code).unwrap();
        assert_eq!(claims(&set.access_token)["oid"], w.sales.person.unwrap().to_string());
        refused(&poll(&begun.device_code), Kind::InvalidGrant);
        for grows in [false, true] {
            let approved = start();
            device::answer(&w.test.app, &w.sales, &approved.user_code, true).unwrap();
            let (chief, sales) = (w.test.confirmed(&w.chief), w.sales.person.unwrap());
            if grows {
                people::set_roles(&w.test.app, &chief, sales, vec![PartnerRole::HelpdeskAgent]).unwrap();
                refused(&poll(&approved.device_code), Kind::AccessDenied);
                people::set_roles(&w.test.app, &chief, sales, vec![PartnerRole::SalesAgent]).unwrap();
            } else {
                let code = w.test.authority().code(&w.program, &w.sales, "organizations", OFFLINE).unwrap();
                people::reset_password(&w.test.app, &chief, sales).unwrap();
                refused(&poll(&approved.device_code), Kind::InvalidGrant);
                refused(&w.test.authority().redeem(&w.program, "organizations", &code), Kind::InvalidGrant);
            }
        }
        let denied = start();
        device::answer(&w.test.app, &w.sales, &denied.user_code, false).unwrap();
        refused(&poll(&denied.device_code), Kind::AccessDenied);
        let late = start();
        w.test.clock.advance_seconds(device::SECONDS);
        refused(&poll(&late.device_code), Kind::ExpiredToken);
        for _ in 0..20 {
            let _ = device::answer(&w.test.app, &w.sales, "BCDF-GHJK", true);
        }
        for guess in [
            device::look(&w.test.app, &w.sales, "BCDF-GHJK").map(|_| ()),
            device::answer(&w.test.app, &w.sales, "BCDF-GHJK", true),
        ] {
            assert!(matches!(guess, Err(Error::TooMany { .. })), "guessing");
        }
    });
}

#[test]
fn a_device_code_is_for_one_program_one_organisation_and_its_own_time() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, tool, other) = (&w.test.app, command_line(&w), command_line(&w));
        let id = tool.to_string();
        let unsaid = [("client_id", &*id), ("grant_type", device::GRANT_TYPE)];
        refused(&ask(&w, "organizations", &unsaid), Kind::InvalidRequest);
        refused(&begin(&w, w.program.id, "organizations").map(|_| ()), Kind::InvalidClient);

        let begun = begin(&w, tool, "organizations").unwrap();
        refused(&poll(&w, other, "organizations", &begun.device_code), Kind::InvalidGrant);
        refused(&poll(&w, tool, "organizations", &begun.device_code), Kind::AuthorizationPending);
        // An ordinary person of another organisation than the program's.
        let ola = w.test.person(&w.customer, "Ola", &[], false);
        assert!(matches!(device::look(app, &ola, &begun.user_code), Err(Error::NotFound)));
        for approved in [true, false] {
            assert!(matches!(device::answer(app, &ola, &begun.user_code, approved), Err(Error::NotFound)));
        }

        // One that was begun at an organisation's own authority, by somebody of another.
        let (home, here) = (w.partner.tenant.id.to_string(), w.here());
        let there = begin(&w, tool, &here).unwrap();
        assert!(matches!(device::look(app, &w.sales, &there.user_code), Err(Error::NotFound)));
        for approved in [true, false] {
            assert!(matches!(device::answer(app, &w.sales, &there.user_code, approved), Err(Error::NotFound)));
        }
        refused(&poll(&w, tool, &here, &there.device_code), Kind::AuthorizationPending);
        let own = begin(&w, tool, &home).unwrap();
        device::answer(app, &w.sales, &own.user_code, true).unwrap();
        refused(&poll(&w, other, &home, &own.device_code), Kind::InvalidGrant);
        refused(&poll(&w, tool, &here, &own.device_code), Kind::InvalidGrant);
        let set = poll(&w, tool, &home, &own.device_code).expect("the tries before used nothing up");
        assert_eq!(claims(&set.access_token)["tid"], home);

        // Five seconds more each time it asks too early.
        let hasty = begin(&w, tool, &home).unwrap();
        for (seconds, kind) in [
            (0, Kind::AuthorizationPending),
            (4, Kind::SlowDown),
            (9, Kind::SlowDown),
            (14, Kind::SlowDown),
            (20, Kind::AuthorizationPending),
            (20, Kind::AuthorizationPending),
        ] {
            w.test.clock.advance_seconds(seconds);
            refused(&poll(&w, tool, &home, &hasty.device_code), kind);
        }
        // What was approved in time and not fetched in time is over.
        let late = begin(&w, tool, &home).unwrap();
        w.test.clock.advance_seconds(device::SECONDS - 1);
        device::answer(app, &w.sales, &late.user_code, true).unwrap();
        let never = begin(&w, tool, &home).unwrap();
        w.test.clock.advance_seconds(1);
        refused(&poll(&w, tool, &home, &late.device_code), Kind::ExpiredToken);
        w.test.clock.advance_seconds(device::SECONDS - 1);
        assert!(matches!(device::answer(app, &w.sales, &never.user_code, true), Err(Error::NotFound)));
    });
}

#[test]
fn a_program_signs_nobody_in_on_other_devices_before_its_owner_allows_it() {
    for_each_engine(|store| {
        let w = World::new(store);
        let chief = w.test.confirmed(&w.chief);
        let closed = Choice { device_code: false, ..on_devices("http://localhost") };
        let tool = application::register(&w.test.app, &chief, closed, false).unwrap();
        let before = w.test.written();
        refused(&begin(&w, tool.id, "organizations").map(|_| ()), Kind::UnauthorizedClient);
        assert_eq!(w.test.written(), before);
        application::change(&w.test.app, &chief, tool.id, tool.version, on_devices("http://localhost")).unwrap();
        begin(&w, tool.id, "organizations").unwrap();
    });
}

//! Values that are good once: authorization codes, device codes, and where an answer may be sent.

use entente_app::authority::authorize::{self, Unanswerable};
use entente_app::authority::client::Presented;
use entente_app::authority::token::{self};
use entente_app::authority::{Kind, device};
use entente_app::{Ctx, Error, application, people};
use entente_domain::directory::PartnerRole;
use entente_domain::language::Language;
use entente_testkit::for_each_engine;
use entente_testkit::tokens::{REDIRECT, params};

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

#[test]
fn values_of_one_kind_are_nothing_at_another_door() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let code = authority.code(&w.program, &w.agent, "organizations", OFFLINE).unwrap();
        let set = w.sign_in(&w.agent);
        let refresh = set.refresh_token.clone().unwrap();
        let values = [&code, &refresh, &set.access_token, set.id_token.as_ref().unwrap(), &w.program.secret];
        for (at, value) in values.iter().enumerate() {
            let doors: [(&str, Vec<(&str, &str)>); 4] = [
                ("code", vec![("grant_type", "authorization_code"), ("code", value), ("redirect_uri", REDIRECT)]),
                ("refresh", vec![("grant_type", "refresh_token"), ("refresh_token", value)]),
                ("device", vec![("grant_type", device::GRANT_TYPE), ("device_code", value)]),
                (
                    "exchange",
                    vec![
                        ("grant_type", entente_app::authority::exchange::TOKEN_EXCHANGE),
                        ("subject_token", value),
                        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                        ("audience", "fjordline.no"),
                    ],
                ),
            ];
            for (door, fields) in doors {
                let fits = matches!((at, door), (0, "code") | (1, "refresh") | (2, "exchange"));
                if !fits {
                    refused(&authority.request(&w.program, "organizations", &fields), Kind::InvalidGrant);
                }
            }
            assert_eq!(authority.counts(value), at == 2, "value {at} as an access token");
        }
        authority.redeem(&w.program, "organizations", &code).expect("the tries before used nothing up");
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
        let choice = application::Choice {
            name: "Command line".parse().unwrap(),
            redirects: vec!["http://localhost".parse().unwrap()],
            roles: vec![],
            algorithm: entente_domain::application::Signature::Es256,
            device_code: true,
        };
        let tool = application::register(&w.test.app, &w.test.confirmed(&w.chief), choice, false).unwrap();
        let id = tool.id.to_string();
        let nobody = Ctx::anonymous(None, Language::En);
        let fields = params(&[("client_id", &id), ("scope", "openid offline_access")]);
        let presented = Presented::read(&fields, None).unwrap();
        let start = || device::begin(&w.test.app, &nobody, "organizations", &fields, &presented).unwrap();
        let poll = |code: &str| {
            let params = params(&[("client_id", &id), ("grant_type", device::GRANT_TYPE), ("device_code", code)]);
            let presented = Presented::read(&params, None).unwrap();
            let place = "organizations".to_owned();
            token::issue(&w.test.app, &nobody, &token::Request { place, params, presented })
        };
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

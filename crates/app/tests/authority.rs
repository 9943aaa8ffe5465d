//! The authority: every one-time value is good once and for one thing, every token for whom it says, and what was taken back counts
//! no more. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Barrier;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_app::authority::authorize::{self, Unanswerable};
use entente_app::authority::client::Presented;
use entente_app::authority::token::{self, TokenSet};
use entente_app::authority::{Kind, device, keys};
use entente_app::{Ctx, Error, application, people, relationship, tenant, user};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::language::Language;
use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
use entente_identity::jws::{Algorithm, SigningKey};
use entente_store::Store;
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::tokens::{Program, REDIRECT, params};
use entente_testkit::{TestApp, for_each_engine};
use serde_json::{Value, json};

use PartnerRole::{AdminAgent, GlobalAdmin, HelpdeskAgent, SalesAgent};

const OFFLINE: &str = "openid offline_access https://graph.microsoft.com/.default";

/// A partner with privileges at one customer and none at another, and a second partner that has nothing to do with either.
struct World {
    test: TestApp,
    partner: Partner,
    chief: Ctx,
    agent: Ctx,
    helpdesk: Ctx,
    sales: Ctx,
    program: Program,
    customer: Tenant,
    admin: Ctx,
    stranger: Tenant,
    other: Program,
    other_agent: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let customer = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let stranger = test.tenant("Nordberg", "nordberg.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let chief = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
        let agent = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
        let helpdesk = test.person(&partner.tenant, "Ali", &[HelpdeskAgent], false);
        let sales = test.person(&partner.tenant, "Priya", &[SalesAgent], false);
        let view = entente_app::invitation::create(&test.app, &agent, draft_to("ingrid@fjordline.no")).unwrap();
        entente_app::acceptance::accept(&test.app, &admin, &opened(&view), Cloud::Public, ALL).unwrap();
        let program = test.program(&chief, "Console");
        let elsewhere = test.partner("Nordlys Data", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let other_chief = test.person(&elsewhere.tenant, "Siri", &[GlobalAdmin], false);
        let other_agent = test.person(&elsewhere.tenant, "Per", &[AdminAgent], false);
        let other = test.program(&other_chief, "Other");
        Self { test, partner, chief, agent, helpdesk, sales, program, customer, admin, stranger, other, other_agent }
    }

    fn sign_in(&self, who: &Ctx) -> TokenSet {
        self.test.authority().sign_in(&self.program, who, OFFLINE).unwrap()
    }

    fn refresh(&self, program: &Program, place: &str, token: &str) -> Result<TokenSet, Error> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.test.authority().request(program, place, &fields)
    }

    fn here(&self) -> String {
        self.customer.id.to_string()
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: &Result<T, Error>, kind: Kind) {
    assert!(matches!(answer, Err(Error::Authority(it)) if it.kind == kind), "{kind:?} is due: {answer:?}");
}

fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

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
        assert!(authority.counts(&set.access_token));
        refused(&authority.redeem(&w.program, "organizations", &good), Kind::InvalidGrant);
        assert!(!authority.counts(&set.access_token), "a code that comes again ends what it led to");
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
fn a_refresh_token_is_replaced_and_its_return_ends_the_family() {
    for_each_engine(|store| {
        let w = World::new(store);
        let set = w.sign_in(&w.agent);
        let first = set.refresh_token.unwrap();
        refused(&w.refresh(&w.other, "organizations", &first), Kind::InvalidGrant);
        let second = w.refresh(&w.program, "organizations", &first).unwrap().refresh_token.unwrap();
        assert_ne!(first, second);
        // The answer was lost on the way: the same request again gets another successor, and the first one is void.
        let third = w.refresh(&w.program, "organizations", &first).unwrap().refresh_token.unwrap();
        let fourth = w.refresh(&w.program, "organizations", &third).unwrap();
        assert!(w.test.authority().counts(&fourth.access_token));
        w.test.clock.advance_seconds(31);
        refused(&w.refresh(&w.program, "organizations", &first), Kind::InvalidGrant);
        refused(&w.refresh(&w.program, "organizations", &fourth.refresh_token.unwrap()), Kind::InvalidGrant);
        assert!(!w.test.authority().counts(&fourth.access_token), "also what the owner holds");
        assert!(w.test.events(w.partner.tenant.id).contains(&EventKind::TokenReplayed));
    });
}

#[test]
fn of_two_who_redeem_at_once_one_holds_the_family() {
    for_each_engine(|store| {
        let w = World::new(store);
        let first = w.sign_in(&w.agent).refresh_token.unwrap();
        let start = Barrier::new(2);
        let redeem = || {
            start.wait();
            w.refresh(&w.program, "organizations", &first).unwrap().refresh_token.unwrap()
        };
        let (one, two) = thread::scope(|scope| {
            let other = scope.spawn(redeem);
            (redeem(), other.join().unwrap())
        });
        let alive = |token: &str| w.refresh(&w.program, "organizations", token).is_ok();
        // Whichever was given out last lives; the other one was never used, and using it now is a replay.
        assert!(alive(&one) != alive(&two) || !alive(&two), "at most one successor lives");
    });
}

#[test]
fn acting_takes_what_is_granted_and_held_for_one_customer_and_no_longer_than_five_minutes() {
    for_each_engine(|store| {
        let w = World::new(store);
        let set = w.sign_in(&w.agent);
        let refresh = set.refresh_token.unwrap();
        let acting = w.refresh(&w.program, &w.here(), &refresh).unwrap();
        assert!(acting.refresh_token.is_none() && acting.expires_in <= 300);
        let said = claims(&acting.access_token);
        assert_eq!(said["tid"], w.here());
        assert_eq!(said["act"]["tid"], w.partner.tenant.id.to_string());
        assert_eq!(said["wids"], json!(["62e90394-69f5-4237-9190-012177145e10"]));
        w.refresh(&w.program, &w.here(), &refresh).expect("the refresh token serves the next customer as well");
        refused(&w.refresh(&w.program, &w.stranger.id.to_string(), &refresh), Kind::InvalidGrant);

        let desk = w.test.authority().sign_in(&w.program, &w.helpdesk, "openid").unwrap().access_token;
        let desk = w.test.authority().exchange(&w.program, &desk, w.customer.id).unwrap();
        assert_eq!(claims(&desk.access_token)["wids"], json!(["729827e3-9c14-49f7-bb1b-9608f156bbb8"]));
        let sales = w.test.authority().sign_in(&w.program, &w.sales, "openid").unwrap().access_token;
        refused(&w.test.authority().exchange(&w.program, &sales, w.customer.id), Kind::InvalidGrant);
        let foreign = w.test.authority().sign_in(&w.other, &w.other_agent, "openid").unwrap().access_token;
        refused(&w.test.authority().exchange(&w.other, &foreign, w.customer.id), Kind::InvalidGrant);

        // Both sides can read who began, who tried, and in which role.
        for side in [w.partner.tenant.id, w.customer.id] {
            let log = w.test.events(side);
            assert_eq!(log.iter().filter(|it| **it == EventKind::ActingBegan).count(), 2, "one for each person");
            assert!(log.contains(&EventKind::ActingRefused));
            let page = entente_store::event::page;
            let rows = w.test.app.store().read(|tx| page(tx, side, None, 100)).unwrap();
            let acts = rows.iter().filter(|it| matches!(it.kind, EventKind::ActingBegan | EventKind::ActingRefused));
            let person = |it: &str| it.contains(r#""actor":"person","actor_id":""#);
            assert!(acts.into_iter().all(|it| person(&it.canonical)), "a person did it, not a program");
        }
        w.test.clock.advance_seconds(301);
        assert!(!w.test.authority().counts(&acting.access_token));
    });
}

#[test]
fn an_exchange_names_its_customer_and_only_what_it_is_due() {
    for_each_engine(|store| {
        let w = World::new(store);
        let own = w.sign_in(&w.agent).access_token;
        let token_type = ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token");
        let exchange = |more: &[(&str, &str)]| {
            let mut fields = vec![("grant_type", entente_app::authority::exchange::TOKEN_EXCHANGE)];
            fields.extend_from_slice(more);
            w.test.authority().request(&w.program, "organizations", &fields)
        };
        let subject = ("subject_token", &*own);
        let here = w.here();
        refused(&exchange(&[token_type, ("audience", &here)]), Kind::InvalidRequest);
        refused(&exchange(&[("subject_token", ""), token_type, ("audience", &here)]), Kind::InvalidRequest);
        refused(&exchange(&[subject, ("audience", &here)]), Kind::InvalidRequest);
        refused(&exchange(&[subject, token_type]), Kind::InvalidTarget);
        refused(&exchange(&[subject, token_type, ("audience", "nobody.example")]), Kind::InvalidTarget);
        refused(&exchange(&[subject, token_type, ("audience", "brightwater.no")]), Kind::InvalidTarget);
        refused(&exchange(&[subject, token_type, ("audience", &here), ("actor_token", "x")]), Kind::InvalidRequest);
        let wrong = "01900000-0000-7000-8000-000000000000";
        refused(&exchange(&[subject, token_type, ("audience", &here), ("relationship", wrong)]), Kind::InvalidTarget);
        refused(&exchange(&[subject, token_type, ("audience", &here), ("roles", "boss")]), Kind::InvalidRequest);
        let reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
        refused(&exchange(&[subject, token_type, ("audience", &here), ("roles", reader)]), Kind::InvalidGrant);
        let acting = exchange(&[subject, token_type, ("audience", "fjordline.no")]).unwrap().access_token;
        let again = ("subject_token", &*acting);
        refused(&exchange(&[again, token_type, ("audience", &here)]), Kind::InvalidRequest);
        // Nobody becomes the caller of an operation at home by a token for acting.
        let bearer = w.test.authority().check(&acting).unwrap();
        assert!(entente_app::authority::bearer::caller(&bearer, &Ctx::system()).is_none());
    });
}

#[test]
fn what_is_taken_back_counts_no_more_at_once() {
    type Take = fn(&World);
    let ways: [(&str, Take); 7] = [
        ("privileges", |w| {
            relationship::remove_privileges(&w.test.app, &w.admin, w.partner.tenant.id, None).unwrap();
        }),
        ("relationship", |w| relationship::end(&w.test.app, &w.chief, w.customer.id).unwrap()),
        ("person", |w| people::set_enabled(&w.test.app, &w.chief, w.agent.person.unwrap(), false).unwrap()),
        ("deleted", |w| {
            // Administers the partner and its directory alike, as only they reach an admin agent there.
            let root = w.test.person(&w.partner.tenant, "Root", &[GlobalAdmin], true);
            user::delete(&w.test.app, &root, w.partner.tenant.id, w.agent.person.unwrap()).unwrap();
        }),
        ("role", |w| {
            people::set_roles(&w.test.app, &w.chief, w.agent.person.unwrap(), vec![SalesAgent]).unwrap();
        }),
        ("partner", |w| {
            let id = w.partner.tenant.id;
            tenant::set_standing(&w.test.app, &Ctx::operator(), id, Standing::Suspended).unwrap();
        }),
        ("application", |w| {
            application::set_enabled(&w.test.app, &w.test.confirmed(&w.chief), w.program.id, false).unwrap();
        }),
    ];
    for_each_engine(|store| {
        for (what, take) in ways {
            let folder = (store.engine() == "sqlite").then(entente_testkit::sqlite);
            let w = World::new(folder.as_ref().map_or(store, |(store, _)| store));
            let set = w.sign_in(&w.agent);
            let refresh = set.refresh_token.unwrap();
            let acting = w.refresh(&w.program, &w.here(), &refresh).unwrap().access_token;
            assert!(w.test.authority().counts(&acting), "{what}: before");
            take(&w);
            assert!(!w.test.authority().counts(&acting), "{what}: the token");
            assert!(w.refresh(&w.program, &w.here(), &refresh).is_err(), "{what}: the refresh token");
            let exchanged = w.test.authority().exchange(&w.program, &set.access_token, w.customer.id);
            assert!(exchanged.is_err(), "{what}: the exchange");
            if store.engine() == "postgres" {
                // One database a closure; the other ways are the same statements and run on the other engine.
                break;
            }
        }
    });
}

#[test]
fn tokens_that_were_never_ours_are_refused() {
    for_each_engine(|store| {
        let w = World::new(store);
        let token = w.sign_in(&w.agent).access_token;
        let mut parts = token.split('.');
        let (header, body, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let said = claims(&token);
        let changed = |name: &str, value: Value| {
            let mut claims = said.clone();
            claims[name] = value;
            claims
        };
        let counts = |token: &str| w.test.authority().counts(token);
        assert!(counts(&token));
        for (what, forged) in [
            ("the tenant swapped", format!("{header}.{}.{signature}", encoded(&changed("tid", json!(w.here()))))),
            ("no signature", format!("{}.{body}.", encoded(&json!({"alg": "none", "typ": "at+jwt"})))),
            ("cut", format!("{header}.{body}")),
            ("an unknown key", {
                let mut head = head.clone();
                head["kid"] = json!("../../etc/passwd");
                format!("{}.{body}.{signature}", encoded(&head))
            }),
            ("signed by a key of one's own under our name", {
                let own = SigningKey::generate(Algorithm::Es256).sign("at+jwt", &said);
                let mut own = own.split('.');
                let mut head: Value =
                    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(own.next().unwrap()).unwrap()).unwrap();
                head["kid"] =
                    serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()["kid"].clone();
                format!("{}.{}.{}", encoded(&head), own.next().unwrap(), own.next().unwrap())
            }),
        ] {
            assert!(!counts(&forged), "{what}");
        }
    });
}

#[test]
fn a_key_of_one_cloud_vouches_for_nobody_in_another() {
    for_each_engine(|store| {
        let w = World::new(store);
        keys::tend(&w.test.app).unwrap();
        let of = |cloud| keys::published(&w.test.app, Some(cloud)).unwrap()["keys"][0]["kid"].clone();
        assert_ne!(of(Cloud::Public), of(Cloud::Germany));
        let all = keys::published(&w.test.app, None).unwrap();
        assert_eq!(all["keys"].as_array().unwrap().len(), Cloud::ALL.len());
        // Nothing private is told.
        assert!(!all.to_string().contains("\"d\""));
    });
}

#[test]
fn keys_are_replaced_before_they_are_old_and_told_a_day_ahead() {
    for_each_engine(|store| {
        let w = World::new(store);
        keys::tend(&w.test.app).unwrap();
        let published = || {
            let set = keys::published(&w.test.app, Some(Cloud::Public)).unwrap();
            set["keys"].as_array().unwrap().iter().map(|it| it["kid"].clone()).collect::<Vec<_>>()
        };
        let signs = || {
            let agent = w.test.confirmed(&w.agent);
            let token = w.test.authority().sign_in(&w.program, &agent, "openid").unwrap().access_token;
            let header = token.split('.').next().unwrap();
            let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
            (token, header["kid"].clone())
        };
        let first = published();
        assert_eq!(first.len(), 1);
        w.test.clock.advance_days(89);
        keys::tend(&w.test.app).unwrap();
        assert_eq!(published().len(), 2, "the successor is told");
        let (old_token, old) = signs();
        assert_eq!(old, first[0], "and does not sign yet");
        w.test.clock.advance_days(1);
        keys::tend(&w.test.app).unwrap();
        let (_, new) = signs();
        assert_ne!(new, old);
        assert_eq!(published().len(), 2, "the old one is told as long as its tokens live");
        assert!(!w.test.authority().counts(&old_token), "a day has passed");
        w.test.clock.advance_days(2);
        keys::tend(&w.test.app).unwrap();
        assert_eq!(published(), [new]);
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
        for powerful in [&w.agent, &w.chief, &w.admin] {
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

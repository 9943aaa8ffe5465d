//! Signing in on another device by typing a code: who may, for which program, and how long.

use entente_app::application::{self, Choice};
use entente_app::authority::client::Presented;
use entente_app::authority::token::{self, TokenSet};
use entente_app::authority::{Kind, device};
use entente_app::{Ctx, Error, activity, factor, people};
use entente_domain::application::Signature;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::factor::Security;
use entente_domain::ids::ApplicationId;
use entente_domain::language::Language;
use entente_testkit::for_each_engine;
use entente_testkit::tokens::params;

use crate::world::{OFFLINE, World, claims, refused};

/// A program that signs people in on other devices.
pub fn on_devices(redirect: &str) -> Choice {
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
pub fn ask(w: &World, place: &str, fields: &[(&str, &str)]) -> Result<TokenSet, Error> {
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
fn an_organisation_may_let_its_powerful_people_type_codes() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (tool, app) = (command_line(&w), &w.test.app);
        let start = || begin(&w, tool, "organizations").unwrap();
        let poll = |code: &str| poll(&w, tool, "organizations", code);
        let allow = |who: &Ctx, device_codes| {
            factor::set_partner_security(app, who, Security { device_codes, ..Security::NOTHING })
        };
        let chief = w.test.confirmed(&w.chief);
        assert!(matches!(allow(&w.test.confirmed(&w.agent), true), Err(Error::Denied(_))));
        w.test.clock.advance_seconds(601);
        assert!(matches!(allow(&chief, true), Err(Error::StepUp(_))));
        let chief = w.test.confirmed(&w.chief);
        assert!(matches!(device::look(app, &w.agent, &start().user_code), Err(Error::Authority(_))));
        allow(&chief, true).unwrap();
        allow(&chief, true).unwrap();
        w.test.clock.advance_seconds(1);

        let begun = start();
        device::look(app, &w.agent, &begun.user_code).unwrap();
        device::answer(app, &w.agent, &begun.user_code, true).unwrap();
        let set = poll(&begun.device_code).unwrap();
        assert_eq!(claims(&set.access_token)["oid"], w.agent.person.unwrap().to_string());
        let elsewhere = device::look(app, &w.admin, &start().user_code);
        assert!(
            matches!(elsewhere, Err(Error::Authority(_))),
            "what a partner allows is not for its customer's people"
        );

        let (approved, shown) = (start(), start());
        device::answer(app, &w.agent, &approved.user_code, true).unwrap();
        allow(&chief, false).unwrap();
        refused(&poll(&approved.device_code), Kind::AccessDenied);
        let taken_back = device::answer(app, &w.agent, &shown.user_code, true);
        assert!(matches!(taken_back, Err(Error::Authority(it)) if it.kind == Kind::AccessDenied));
        let filter = activity::Filter::default();
        let log = activity::of_partner(app, &w.chief, &filter, None, 100).unwrap().entries;
        let changes: Vec<_> =
            log.iter().filter(|it| it.kind == EventKind::SecurityPolicyChanged).map(|it| &it.detail).collect();
        let detail = |enabled: &str| {
            vec![("enabled".to_owned(), enabled.to_owned()), ("policy".to_owned(), "device_codes".to_owned())]
        };
        assert_eq!(changes, [&detail("no"), &detail("yes")], "newest first; the repetition is none");
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

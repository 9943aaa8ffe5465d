//! Services as relying parties: whom they let in, and what they are told.

use entente_app::acting::{self, Whom};
use entente_app::authority::{Kind, exchange};
use entente_app::service::New;
use entente_app::{Ctx, tenant, user};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::{HELPDESK_ADMINISTRATOR, USER_ADMINISTRATOR};
use entente_domain::event::EventKind;
use entente_domain::factor::Security;
use entente_domain::ids::DirectoryRoleId;
use entente_domain::tenant::Standing;
use entente_testkit::for_each_engine;
use entente_testkit::tokens::{Program, service};

use crate::world::{World, claims, refused};

const LOGOUT: &str = "https://mail.example/logout";

/// A service that hears when somebody's session ends.
fn hearing(w: &World, cloud: Cloud, name: &str, role: DirectoryRoleId) -> Program {
    w.test.service(New { cloud, roles: vec![role], logout_url: Some(LOGOUT.to_owned()), ..service(name) })
}

/// A person's token exchanged by the partner's own program for one at a resource.
fn token_for(w: &World, who: &Ctx, more: &[(&str, &str)]) -> Result<String, entente_app::Error> {
    let own = w.test.authority().sign_in(&w.program, who, "openid").unwrap().access_token;
    let mut fields = vec![
        ("grant_type", exchange::TOKEN_EXCHANGE),
        ("subject_token", &*own),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", "fjordline.no"),
    ];
    fields.extend_from_slice(more);
    w.test.authority().request(&w.program, "organizations", &fields).map(|it| it.access_token)
}

#[test]
fn a_service_lets_in_only_whom_its_roles_let_in_whichever_program_asks() {
    for_each_engine(|store| {
        let w = World::new(store);
        let vault = hearing(&w, Cloud::Public, "vault", USER_ADMINISTRATOR);
        let scope = ("scope", "urn:vault/.default");
        refused(&token_for(&w, &w.helpdesk, &[scope]), Kind::InvalidGrant);
        let token = token_for(&w, &w.agent, &[scope]).unwrap();
        assert_eq!(claims(&token)["aud"], vault.id.to_string());
        token_for(&w, &w.helpdesk, &[("scope", "https://graph.microsoft.com/.default")]).unwrap();
        // No code is given out that could not be redeemed.
        let authority = w.test.authority();
        refused(&authority.code(&vault, &w.helpdesk, &w.here(), "openid"), Kind::AccessDenied);
        let code = authority.code(&vault, &w.agent, &w.here(), "openid").unwrap();
        authority.redeem(&vault, &w.here(), &code).unwrap();
    });
}

#[test]
fn a_service_of_one_cloud_serves_nobody_of_another() {
    for_each_engine(|store| {
        let w = World::new(store);
        let german = hearing(&w, Cloud::Germany, "post", HELPDESK_ADMINISTRATOR);
        let authority = w.test.authority();
        for who in [&w.agent, &w.admin] {
            refused(&authority.code(&german, who, &w.here(), "openid"), Kind::InvalidTarget);
        }
        refused(&token_for(&w, &w.agent, &[("scope", "urn:post/.default")]), Kind::InvalidTarget);
    });
}

#[test]
fn who_acts_now_in_these_roles_and_now_in_those_has_one_session_for_each() {
    for_each_engine(|store| {
        let w = World::new(store);
        let both = [PartnerRole::AdminAgent, PartnerRole::HelpdeskAgent];
        let eva = w.test.person(&w.partner.tenant, "Eva", &both, false);
        let fewer = HELPDESK_ADMINISTRATOR.to_string();
        for _ in 0..3 {
            token_for(&w, &eva, &[]).unwrap();
            token_for(&w, &eva, &[("roles", &fewer)]).unwrap();
        }
        let began = w.test.events(w.customer.id).into_iter().filter(|it| *it == EventKind::ActingBegan).count();
        assert_eq!(began, 2);
    });
}

#[test]
fn when_a_customer_wants_two_factors_of_partners_acting_on_one_ends_and_is_told() {
    for_each_engine(|store| {
        let w = World::new(store);
        let mail = hearing(&w, Cloud::Public, "mail", HELPDESK_ADMINISTRATOR);
        w.test.authority().act(&mail, &w.agent, w.customer.id).unwrap();
        let security = Security { partners: true, ..Security::NOTHING };
        tenant::set_security(&w.test.app, &Ctx::operator(), w.customer.id, security).unwrap();
        assert_eq!(told(&w, EventKind::ActingEnded).len(), 1);
    });
}

#[test]
fn no_token_of_a_suspended_partners_program_counts_until_it_goes_on() {
    for_each_engine(|store| {
        let w = World::new(store);
        let token = w.sign_in(&w.agent).access_token;
        let set = |standing| {
            tenant::set_standing(&w.test.app, &Ctx::operator(), w.partner.tenant.id, standing).unwrap();
            w.test.authority().counts(&token)
        };
        assert_eq!([Standing::Suspended, Standing::Active].map(set), [false, true]);
    });
}

/// What services were told about events of this kind at the customer.
fn told(w: &World, kind: EventKind) -> Vec<String> {
    let page = entente_store::event::page;
    let rows = w.test.app.store().read(|tx| page(tx, w.customer.id, None, 100)).unwrap();
    let of_kind = rows.into_iter().filter(|it| it.kind == kind);
    of_kind.flat_map(|it| w.test.signals(it.id)).map(|it| it.content).collect()
}

#[test]
fn a_service_hears_when_a_program_of_the_partners_may_work_with_it_no_more() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (mail, other) = (hearing(&w, Cloud::Public, "mail", HELPDESK_ADMINISTRATOR), "urn:post/.default");
        hearing(&w, Cloud::Public, "post", HELPDESK_ADMINISTRATOR);
        let sid = |token: &str| claims(token)["sid"].as_str().unwrap().to_owned();
        let shown = token_for(&w, &w.agent, &[("scope", "urn:mail/.default")]).unwrap();
        let again = token_for(&w, &w.agent, &[("scope", "urn:mail/.default")]).unwrap();
        assert_eq!(sid(&shown), sid(&again), "one session goes on");
        assert_ne!(sid(&shown), sid(&token_for(&w, &w.helpdesk, &[("scope", other)]).unwrap()));
        assert_ne!(sid(&shown), sid(&token_for(&w, &w.agent, &[]).unwrap()), "what is for no service is told to none");
        acting::stop(&w.test.app, &w.admin, Whom::Person(w.partner.tenant.id, w.agent_id())).unwrap();
        let heard = told(&w, EventKind::ActingEnded);
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains(&sid(&shown)) && heard[0].contains(&mail.id.to_string()), "{heard:?}");
    });
}

#[test]
fn a_service_hears_when_somebody_of_its_customer_may_be_signed_in_no_more() {
    for_each_engine(|store| {
        let w = World::new(store);
        let mail = hearing(&w, Cloud::Public, "mail", HELPDESK_ADMINISTRATOR);
        let (app, id, ingrid) = (&w.test.app, w.customer.id, w.admin.person.unwrap());
        let root = w.test.person(&w.customer, "Root", &[], true);
        let sign_in = || {
            let token = w.test.authority().sign_in(&mail, &w.admin, "openid").unwrap().access_token;
            claims(&token)["sid"].as_str().unwrap().to_owned()
        };
        let heard = |sid: &str| told(&w, EventKind::GrantEnded).iter().any(|it| it.contains(sid));
        let demoted = sign_in();
        assert!(!heard(&demoted));
        user::set_roles(app, &w.test.confirmed(&root), id, ingrid, vec![HELPDESK_ADMINISTRATOR]).unwrap();
        assert!(heard(&demoted), "a role was taken");
        let blocked = sign_in();
        user::set_enabled(app, &root, id, ingrid, false).unwrap();
        assert!(heard(&blocked));
        user::set_enabled(app, &root, id, ingrid, true).unwrap();
        let deleted = sign_in();
        user::delete(app, &root, id, ingrid).unwrap();
        assert!(heard(&deleted));
    });
}

//! Acting on behalf of a customer, and what is taken back.

use entente_app::authority::client::Presented;
use entente_app::authority::token::{self, Request};
use entente_app::authority::{Kind, exchange};
use entente_app::invitation::Draft;
use entente_app::{Ctx, acting, application, relationship};
use entente_domain::event::EventKind;
use entente_domain::invitation::Asks;
use entente_domain::language::Language;
use entente_domain::relationship::{Relationship, RelationshipKind};
use entente_identity::jws::{Algorithm, SigningKey};
use entente_testkit::for_each_engine;
use entente_testkit::tokens::service;
use serde_json::json;

use crate::world::{Way, World, claims, in_every_way, refused};

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
fn an_assertion_counts_once_whatever_the_answer_is() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, id, here) = (&w.test.app, w.program.id.to_string(), w.here());
        let key = SigningKey::generate(Algorithm::Es256);
        let jwk = key.verifying().jwk().to_string();
        application::add_key(app, &w.test.confirmed(&w.chief), w.program.id, "", &jwk, 30).unwrap();
        let own = w.sign_in(&w.agent).access_token;
        let ask = |jti: &str, audience: &str| {
            let now = app.now().seconds();
            let place = format!("{}/organizations/v2.0", app.settings().authority);
            let said = json!({"iss": id, "sub": id, "aud": place, "exp": now + 600, "nbf": now, "jti": jti});
            let assertion = key.sign("JWT", &said);
            let fields = [
                ("grant_type", exchange::TOKEN_EXCHANGE),
                ("client_id", &id),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
                ("subject_token", &own),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ("audience", audience),
            ];
            let params = entente_testkit::tokens::params(&fields);
            let presented = Presented::read(&params, None).unwrap();
            let request = Request { place: "organizations".to_owned(), params, presented };
            token::issue(app, &Ctx::anonymous(None, Language::En), &request)
        };
        refused(&ask("one", "nobody.example"), Kind::InvalidTarget);
        refused(&ask("one", &here), Kind::InvalidClient);
        ask("two", &here).unwrap();
        refused(&ask("two", &here), Kind::InvalidClient);
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
fn a_token_for_acting_rests_on_one_version_of_one_relationship() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, authority) = (&w.test.app, w.test.authority());
        let act = |program, who| authority.act(program, who, w.customer.id).unwrap();
        let names_what_is_in_force = |token: &str| {
            let (said, all) = (claims(token), relationship::partners(app, &w.admin).unwrap());
            let with_actor = |it: &Relationship| said["act"]["tid"] == it.partner.to_string();
            let rel = all.into_iter().map(|it| it.relationship).find(with_actor).unwrap();
            said["rel"] == rel.id.to_string() && said["rel_ver"] == rel.version
        };
        let first = act(&w.program, &w.agent);
        assert!(names_what_is_in_force(&first));
        relationship::remove_privileges(app, &w.admin, w.partner.tenant.id, None).unwrap();
        w.connect(&w.agent, w.draft());
        let second = act(&w.program, &w.agent);
        assert!(authority.counts(&second) && names_what_is_in_force(&second));
        assert!(!authority.counts(&first) && !names_what_is_in_force(&first), "it does not come back");

        // An adviser that becomes a reseller keeps its session, and what was issued before counts no more all the same.
        let advice = Asks { kind: RelationshipKind::Advisor, privileges: true };
        w.connect(&w.other_agent, Draft { asks: advice, ..w.draft() });
        let before = act(&w.other, &w.other_agent);
        assert!(authority.counts(&before) && names_what_is_in_force(&before));
        w.connect(&w.other_agent, w.draft());
        assert_eq!(acting::glass(app, &w.admin).unwrap().acting.len(), 2);
        assert!(!authority.counts(&before) && !names_what_is_in_force(&before));
        let after = act(&w.other, &w.other_agent);
        assert!(authority.counts(&after) && names_what_is_in_force(&after));
    });
}

#[test]
fn what_is_taken_back_counts_no_more_at_once() {
    in_every_way(
        |w| w.test.service(service("Mailboxes")),
        |Way { what, take, .. }, w, mailboxes| {
            let authority = w.test.authority();
            let set = w.sign_in(&w.agent);
            let refresh = set.refresh_token.unwrap();
            let acting = w.refresh(&w.program, &w.here(), &refresh).unwrap().access_token;
            let shown = w.act_at_mailboxes();
            let active = || authority.introspect(mailboxes, &shown).unwrap()["active"] == true;
            assert!(authority.counts(&acting) && active(), "{what}: before");
            take(w);
            assert!(!authority.counts(&acting), "{what}: the token");
            assert!(!active(), "{what}: what the service is told");
            assert!(w.refresh(&w.program, &w.here(), &refresh).is_err(), "{what}: the refresh token");
            let exchanged = authority.exchange(&w.program, &set.access_token, w.customer.id);
            assert!(exchanged.is_err(), "{what}: the exchange");
        },
    );
}

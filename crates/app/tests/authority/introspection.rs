//! Introspection: a service hears about the tokens it is shown for as long as these count, and nobody else hears anything.

use entente_app::acting::{self, Whom};
use entente_app::authority::Kind;
use entente_app::relationship;
use entente_domain::acting::TOKEN_SECONDS;
use entente_testkit::for_each_engine;
use entente_testkit::tokens::{Program, service};
use serde_json::{Value, json};

use crate::world::{World, claims, refused};

fn nothing() -> Value {
    json!({ "active": false })
}

#[test]
fn only_the_service_a_token_is_for_is_told_what_it_says() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let (mailboxes, vault) = (w.test.service(service("Mailboxes")), w.test.service(service("Vault")));
        let token = w.act_at_mailboxes();
        let mut all = claims(&token);
        assert_eq!(all["aud"], mailboxes.id.to_string());
        all["active"] = json!(true);
        all["token_type"] = json!("Bearer");
        assert_eq!(authority.introspect(&mailboxes, &token).unwrap(), all);
        // Another service, whoever got the token, and a program of another partner.
        for other in [&vault, &w.program, &w.other] {
            assert_eq!(authority.introspect(other, &token).unwrap(), nothing());
        }
        let own = w.sign_in(&w.agent).access_token;
        for unknown in [&*own, "no token", "a.b.c"] {
            assert_eq!(authority.introspect(&mailboxes, unknown).unwrap(), nothing(), "{unknown}");
        }
        let unproven = Program { secret: vault.secret, ..mailboxes.clone() };
        refused(&authority.introspect(&unproven, &token), Kind::InvalidClient);
        refused(&authority.introspect(&mailboxes, ""), Kind::InvalidRequest);
        w.test.clock.advance_seconds(TOKEN_SECONDS - 1);
        assert_eq!(authority.introspect(&mailboxes, &token).unwrap(), all);
        w.test.clock.advance_seconds(1);
        assert_eq!(authority.introspect(&mailboxes, &token).unwrap(), nothing(), "it is over");
    });
}

#[test]
fn a_service_is_told_nothing_once_the_customer_stopped_it_or_took_the_privileges_back() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, authority, partner) = (&w.test.app, w.test.authority(), w.partner.tenant.id);
        let mailboxes = w.test.service(service("Mailboxes"));
        let active = |token: &str| authority.introspect(&mailboxes, token).unwrap() != nothing();
        let stopped = w.act_at_mailboxes();
        assert!(active(&stopped));
        let whom = Whom::Person(partner, w.agent.person.unwrap());
        acting::stop(app, &w.admin, whom).unwrap();
        assert!(!active(&stopped), "after the stop");
        acting::allow(app, &w.admin, whom).unwrap();
        assert!(!active(&stopped), "what was stopped does not come back");
        let again = w.act_at_mailboxes();
        assert!(active(&again));
        relationship::remove_privileges(app, &w.admin, partner, None).unwrap();
        assert!(!active(&again), "after the removal");
    });
}

//! Revocation: whoever a token was issued to can end what it rests on, and nobody else can.

use entente_app::acting;
use entente_app::authority::Kind;
use entente_domain::event::EventKind;
use entente_testkit::for_each_engine;
use entente_testkit::tokens::{Program, service};

use crate::world::{World, refused};

#[test]
fn the_end_of_a_refresh_token_or_of_its_access_token_is_the_end_of_both() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let kept = w.sign_in(&w.helpdesk);
        for by_refresh in [true, false] {
            let set = w.sign_in(&w.agent);
            let refresh = set.refresh_token.unwrap();
            let acting = w.refresh(&w.program, &w.here(), &refresh).unwrap().access_token;
            assert!(authority.counts(&set.access_token) && authority.counts(&acting));
            authority.revoke(&w.program, if by_refresh { &refresh } else { &set.access_token }).unwrap();
            assert!(!authority.counts(&set.access_token), "{by_refresh}");
            assert!(!authority.counts(&acting), "nor what was done with it on behalf of a customer");
            refused(&w.refresh(&w.program, "organizations", &refresh), Kind::InvalidGrant);
            refused(&w.refresh(&w.program, &w.here(), &refresh), Kind::InvalidGrant);
            refused(&authority.exchange(&w.program, &set.access_token, w.customer.id), Kind::InvalidGrant);
            authority.revoke(&w.program, &refresh).expect("it is over already, and that is no error");
        }
        let log = w.test.events(w.partner.tenant.id);
        assert_eq!(log.iter().filter(|it| **it == EventKind::GrantEnded).count(), 2, "once each");
        assert!(authority.counts(&kept.access_token), "a colleague's");
        w.refresh(&w.program, "organizations", &kept.refresh_token.unwrap()).unwrap();
    });
}

#[test]
fn the_end_of_an_acting_token_is_the_end_of_its_session_and_of_no_sign_in() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let set = w.sign_in(&w.agent);
        let act = || authority.exchange(&w.program, &set.access_token, w.customer.id).unwrap().access_token;
        let (first, second) = (act(), act());
        let desk = authority.act(&w.program, &w.helpdesk, w.customer.id).unwrap();
        authority.revoke(&w.program, &first).unwrap();
        assert!(!authority.counts(&first) && !authority.counts(&second), "both belong to the session");
        let acting: Vec<_> = acting::glass(&w.test.app, &w.admin).unwrap().acting;
        assert_eq!(acting.iter().map(|it| it.person.as_str()).collect::<Vec<_>>(), ["Ali"]);
        assert!(authority.counts(&desk) && authority.counts(&set.access_token));
        for side in [w.partner.tenant.id, w.customer.id] {
            assert!(w.test.events(side).contains(&EventKind::ActingEnded));
        }
        assert!(authority.counts(&act()), "another session may begin");
        assert!(!authority.counts(&first), "and gives the old one nothing back");
    });
}

#[test]
fn nobody_ends_what_was_issued_to_another_application() {
    for_each_engine(|store| {
        let w = World::new(store);
        let authority = w.test.authority();
        let mailboxes = w.test.service(service("Mailboxes"));
        let set = w.sign_in(&w.agent);
        let refresh = set.refresh_token.unwrap();
        let acting = authority.exchange(&w.program, &set.access_token, w.customer.id).unwrap().access_token;
        let shown = w.act_at_mailboxes();
        let active = || authority.introspect(&mailboxes, &shown).unwrap()["active"] == true;
        for other in [&w.other, &mailboxes] {
            for token in [&refresh, &set.access_token, &acting, &shown] {
                authority.revoke(other, token).expect("it is not told whose it is");
            }
        }
        assert!(authority.counts(&set.access_token) && authority.counts(&acting));
        assert!(active(), "a service that is shown a token does not own it");
        w.refresh(&w.program, "organizations", &refresh).unwrap();

        let never = entente_identity::RefreshToken::generate(w.test.app.random()).text();
        for unknown in [&*never, "no token", "a.b.c"] {
            authority.revoke(&w.program, unknown).expect("no error");
        }
        let unproven = Program { secret: w.other.secret.clone(), ..w.program.clone() };
        refused(&authority.revoke(&unproven, &set.access_token), Kind::InvalidClient);
        refused(&authority.revoke(&w.program, ""), Kind::InvalidRequest);
        assert!(authority.counts(&set.access_token));
    });
}

#[test]
fn a_token_of_an_application_alone_is_not_revoked() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (authority, home) = (w.test.authority(), w.partner.tenant.id.to_string());
        let fields = [("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")];
        let own = authority.request(&w.program, &home, &fields).unwrap().access_token;
        refused(&authority.revoke(&w.program, &own), Kind::UnsupportedTokenType);
        assert!(authority.counts(&own), "it ends by itself");
    });
}

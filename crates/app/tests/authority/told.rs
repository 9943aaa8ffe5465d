//! What services are told when acting ends: a logout token and a security event, each signed when it leaves, once for each end.

use std::collections::BTreeMap;

use entente_app::acting::{self, Whom};
use entente_app::authority::exchange::ON_BEHALF_OF;
use entente_app::authority::{keys, sign};
use entente_app::service::New;
use entente_app::sign_in::{self, Audience};
use entente_app::signal::{self, Kind, Row, State};
use entente_app::{Ctx, Error, account, grant, people, tenant};
use entente_domain::cloud::Cloud;
use entente_domain::directory::Group;
use entente_domain::event::EventKind;
use entente_domain::factor::Security;
use entente_domain::language::Language;
use entente_identity::jws::{self, Types, VerifyingKey};
use entente_testkit::app::PASSWORD;
use entente_testkit::for_each_engine;
use entente_testkit::tokens::{Program, service};
use serde_json::{Value, json};

use crate::world::{OFFLINE, World, claims, in_every_way};

const LOGOUT: &str = "https://mail.example/logout";
const EVENTS: &str = "https://mail.example/events";
const SHOWN: &str = "what the receiver wants to be shown";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

/// A service that is told at both of its addresses.
fn told(w: &World) -> Program {
    let events = Some((EVENTS.to_owned(), SHOWN.to_owned()));
    w.test.service(New { logout_url: Some(LOGOUT.to_owned()), events, ..service("Mailboxes") })
}

/// The signals that are due, one for each address, in hand for a minute.
fn due(w: &World) -> BTreeMap<&'static str, Row> {
    std::iter::from_fn(|| signal::claim(&w.test.app, 60).unwrap()).map(|row| (row.kind.code(), row)).collect()
}

/// What a signal's token says, read as a receiver reads it: of this type, by this algorithm, signed by a key the world is told.
fn read(w: &World, row: &Row, typ: &str, algorithm: &str) -> Value {
    let token = sign(&w.test.app, row).unwrap();
    let kid = jws::Token::read(&token).unwrap().header().kid.clone().unwrap();
    let set = keys::published(&w.test.app, Some(Cloud::Public)).unwrap();
    let key = set["keys"].as_array().unwrap().iter().find(|it| it["kid"] == *kid).unwrap();
    assert_eq!(key["alg"], algorithm);
    let key = VerifyingKey::from_jwk(key).unwrap();
    Value::Object(jws::verify(&token, &key, Types::OneOf(&[typ])).unwrap())
}

#[test]
fn a_service_is_told_who_ended_for_whom_in_the_words_of_both_standards_and_the_same_again() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, mailboxes) = (&w.test.app, told(&w));
        let person = w.agent.person.unwrap();
        w.test.authority().act(&mailboxes, &w.agent, w.customer.id).unwrap();
        let session = acting::glass(app, &w.admin).unwrap().acting[0].session.id;
        let stopped = app.now().seconds();
        acting::stop(app, &w.admin, Whom::Person(w.partner.tenant.id, person)).unwrap();
        w.test.clock.advance_seconds(7);

        let issuer = format!("https://halden.example/{}/v2.0", w.here());
        let mut ids = Vec::new();
        for attempt in 0..2 {
            let (rows, now) = (due(&w), app.now());
            let (logout, caep) = (&rows["logout"], &rows["caep"]);
            assert_eq!((&*logout.url, &logout.authorization), (LOGOUT, &None));
            assert_eq!((&*caep.url, caep.authorization.as_deref()), (EVENTS, Some(SHOWN)));
            assert_eq!(
                read(&w, logout, "logout+jwt", "ES256"),
                json!({
                    "iss": issuer, "aud": mailboxes.id.to_string(), "sub": person.to_string(), "sid": session.to_string(),
                    "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
                    "iat": now.seconds(), "exp": now.seconds() + 120, "jti": logout.id.to_string(),
                })
            );
            assert_eq!(
                read(&w, caep, "secevent+jwt", "RS256"),
                json!({
                    "iss": issuer, "aud": mailboxes.id.to_string(), "sid": session.to_string(),
                    "sub_id": { "format": "iss_sub", "iss": issuer, "sub": person.to_string() },
                    "events": { REVOKED: {
                        "event_timestamp": stopped, "initiating_entity": "admin",
                        "reason_admin": { "en": "acting on behalf ended: stopped" },
                    } },
                    "iat": now.seconds(), "jti": caep.id.to_string(),
                })
            );
            for row in rows.values() {
                assert_eq!(row.attempts, attempt);
                signal::deferred(app, row.id, "away", now.plus_seconds(90)).unwrap();
            }
            ids.push((logout.id, caep.id));
            assert!(due(&w).is_empty(), "not before its time");
            w.test.clock.advance_seconds(90);
        }
        assert_eq!(ids[0], ids[1], "a receiver knows the repetition by its number");
        assert_ne!(ids[0].0, ids[0].1);
    });
}

#[test]
fn every_way_in_which_acting_ends_is_told_once_at_each_address_with_who_began_it() {
    in_every_way(told, |way, w, mailboxes| {
        let what = way.what;
        let acting = w.test.authority().act(mailboxes, &w.agent, w.customer.id).unwrap();
        let acting = claims(&acting)["sid"].as_str().unwrap().to_owned();
        assert!(due(w).is_empty(), "{what}: before");
        (way.take)(w);
        let mut rows = BTreeMap::new();
        loop {
            let next = due(w);
            if next.is_empty() {
                break;
            }
            for (kind, row) in next {
                signal::finish(&w.test.app, row.id, State::Delivered, "taken").unwrap();
                // Their own sign-in there may be over as well.
                if row.content.contains(&acting) {
                    assert!(rows.insert(kind, row).is_none(), "{what}: once");
                }
            }
        }
        w.test.clock.advance_days(1);
        assert!(due(w).is_empty(), "{what}: once");
        let Some((by, why)) = way.told else {
            assert!(rows.is_empty(), "{what}: {rows:?}");
            return;
        };
        assert!(rows.keys().eq(&["caep", "logout"]), "{what}: {rows:?}");
        let said: Value = serde_json::from_str(&rows["caep"].content).unwrap();
        let said = &said["events"][REVOKED];
        assert_eq!(said["initiating_entity"], by, "{what}");
        assert_eq!(said["reason_admin"]["en"], format!("acting on behalf ended: {why}"), "{what}");
    });
}

/// Who began what is over, and why, as the service is told it.
fn began(w: &World) -> Vec<(String, String)> {
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let rows = std::iter::from_fn(|| signal::claim(&w.test.app, 60).unwrap())
        .inspect(|row| signal::finish(&w.test.app, row.id, State::Delivered, "taken").unwrap())
        .filter(|row| row.kind == Kind::Caep);
    let mut said: Vec<_> = rows
        .map(|row| serde_json::from_str::<Value>(&row.content).unwrap()["events"][REVOKED].take())
        .map(|it| (text(&it["initiating_entity"]), text(&it["reason_admin"]["en"])))
        .collect();
    said.sort();
    said
}

#[test]
fn whoever_leaves_a_group_stops_acting_and_begins_again_with_what_they_hold_otherwise() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, mailboxes, agent) = (&w.test.app, told(&w), w.agent_id());
        let chief = w.test.confirmed(&w.chief);
        let group = |name: &str| {
            let it = Group { id: app.new_id(), tenant: w.partner.tenant.id, name: name.to_owned() };
            tenant::add_group(app, &Ctx::operator(), it.clone(), vec![agent]).unwrap();
            it.id
        };
        let (tier, night) = (group("Tier 1"), group("Night shift"));
        let act = || w.test.authority().act(&mailboxes, &w.agent, w.customer.id).unwrap();
        let token = act();
        people::set_groups(app, &chief, agent, vec![tier, night]).expect("nothing changes");
        assert!(w.test.authority().counts(&token) && due(&w).is_empty());
        people::set_groups(app, &chief, agent, vec![tier]).unwrap();
        assert!(!w.test.authority().counts(&token));
        assert_eq!(began(&w), [("admin".to_owned(), "acting on behalf ended: person".to_owned())]);
        let kinds = w.test.events(w.partner.tenant.id);
        assert_eq!(kinds.iter().filter(|it| **it == EventKind::GroupMemberRemoved).count(), 1);
        assert!(w.test.authority().counts(&act()), "an admin agent needs no group");
    });
}

#[test]
fn somebody_who_changes_their_own_password_began_it_themselves() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, mailboxes) = (&w.test.app, told(&w));
        let name = format!("tom@{}", w.partner.tenant.domain.as_str());
        let nobody = Ctx::anonymous(None, Language::En);
        let entered = sign_in::start(app, &nobody, Audience::Partner, &name, PASSWORD).unwrap();
        let (session, tom) = entered.session().unwrap();
        w.test.authority().act(&mailboxes, &tom, w.customer.id).unwrap();
        account::change_password(app, &tom, &session, PASSWORD, "another password of one's own").unwrap();
        let both = ["acting on behalf ended: left", "the sign-in ended: left"];
        assert_eq!(began(&w), both.map(|it| ("user".to_owned(), it.to_owned())));
    });
}

type Door = (&'static str, fn(&World, &str));
type Ending = (&'static str, &'static str, fn(&World));

/// How a program comes to tokens of the agent's for a service that is not its own, on one grant.
const DOORS: &[Door] = &[
    ("with a code", |w, scope| drop(w.test.authority().sign_in(&w.program, &w.agent, scope).unwrap())),
    ("with a refresh token", |w, scope| {
        let mut token = w.sign_in(&w.agent).refresh_token.unwrap();
        for scope in [OFFLINE, scope, scope] {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", &*token), ("scope", scope)];
            let set = w.test.authority().request(&w.program, "organizations", &fields).unwrap();
            token = set.refresh_token.unwrap();
        }
    }),
    ("on somebody's behalf", |w, scope| {
        let middle = w.test.program(&w.chief, "Middle");
        let called = format!("api://{}/.default", middle.id);
        let called = w.test.authority().sign_in(&w.program, &w.agent, &called).unwrap().access_token;
        let fields = [
            ("grant_type", ON_BEHALF_OF),
            ("requested_token_use", "on_behalf_of"),
            ("assertion", &*called),
            ("scope", scope),
        ];
        w.test.authority().request(&middle, "organizations", &fields).unwrap();
    }),
];

/// Who may end it, what that is called, and how.
const ENDS: &[Ending] = &[
    ("admin", "person", |w| people::set_enabled(&w.test.app, &w.chief, w.agent_id(), false).unwrap()),
    ("admin", "second_factor", |w| {
        let security = Security { required: true, ..Security::NOTHING };
        tenant::set_security(&w.test.app, &Ctx::operator(), w.partner.tenant.id, security).unwrap();
    }),
    ("user", "left", |w| {
        for it in grant::list(&w.test.app, &w.agent).unwrap() {
            // What was made from another is over with that.
            let ended = grant::end(&w.test.app, &w.agent, it.id);
            assert!(matches!(ended, Ok(()) | Err(Error::NotFound)), "{ended:?}");
        }
    }),
];

#[test]
fn a_service_hears_of_the_end_of_a_sign_in_that_had_tokens_for_it() {
    for_each_engine(|store| {
        let first = World::new(store);
        let scope = format!("openid offline_access api://{}/.default", told(&first).id);
        let all = DOORS.iter().flat_map(|door| ENDS.iter().map(move |end| (door, end)));
        for (number, ((door, come_in), (by, why, end))) in all.enumerate() {
            let w = first.beside(number);
            w.sign_in(&w.agent);
            come_in(&w, &scope);
            assert_eq!(began(&w), [], "{door}");
            end(&w);
            assert_eq!(began(&w), [((*by).to_owned(), format!("the sign-in ended: {why}"))], "{door}");
        }
    });
}

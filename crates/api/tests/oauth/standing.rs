//! One rule for every way to a token (threats 25 and 49): what ends a program's or a person's standing ends it at each of the routes.

use entente_app::application::{self, Choice};
use entente_app::authority::{device, exchange};
use entente_app::{Ctx, people, tenant};
use entente_domain::cloud::Cloud;
use entente_domain::factor::Security;
use entente_domain::tenant::Standing;
use serde_json::json;

use crate::doors::{ACCESS_TOKEN, Door, doors};
use crate::world::{World, choice, form};

/// The doors at which a person's sign-in, or what rests on it, leads to a token.
const OF_A_PERSON: &[&str] =
    &["authorization_code", "refresh_token", device::GRANT_TYPE, exchange::ON_BEHALF_OF, exchange::TOKEN_EXCHANGE];

async fn all_are_answered(w: &World, doors: &[Door]) {
    for door in doors {
        let answer = w.raw(&door.paths(w)[0], door.changed(&[])).await;
        assert_eq!(answer.status, 200, "{}: {}", door.name, answer.body);
    }
}

#[tokio::test]
async fn a_program_that_is_switched_off_is_unknown_at_every_door_until_it_is_switched_on() {
    let w = World::new();
    let doors = doors(&w).await;
    let set = |enabled| {
        application::set_enabled(&w.test.app, &w.test.confirmed(&w.chief), w.program.id, enabled).unwrap();
    };
    set(false);
    let before = w.test.written();
    for door in &doors {
        for path in door.paths(&w) {
            w.raw(&path, door.changed(&[])).await.refused(&path, (400, "unauthorized_client", 700_016));
        }
    }
    assert_eq!(w.test.written(), before);
    set(true);
    // What rested on it has ended; the program itself goes on.
    for door in doors.iter().filter(|it| matches!(it.name, "client_credentials" | "devicecode")) {
        let answer = w.raw(&door.paths(&w)[0], door.changed(&[])).await;
        assert_eq!(answer.status, 200, "{}: {}", door.name, answer.body);
    }
}

#[tokio::test]
async fn a_program_of_a_suspended_partner_gets_no_token_in_any_way_and_all_of_them_when_it_goes_on() {
    let w = World::new();
    let doors = doors(&w).await;
    let set = |standing| tenant::set_standing(&w.test.app, &Ctx::operator(), w.partner.tenant.id, standing).unwrap();
    set(Standing::Suspended);
    let before = w.test.written();
    // Taking a token back is open to everybody.
    for door in doors.iter().filter(|it| it.route != "revoke") {
        for path in door.paths(&w) {
            let answer = w.raw(&path, door.changed(&[])).await;
            answer.refused_with(&path, (400, "unauthorized_client", 53_003), &["rule", "fixed_by"]);
            assert_eq!(
                (&answer.body["rule"], &answer.body["fixed_by"]),
                (&json!("partner_suspended"), &json!("operator"))
            );
        }
    }
    assert_eq!(w.test.written(), before);
    set(Standing::Active);
    all_are_answered(&w, &doors).await;
}

#[tokio::test]
async fn somebody_who_is_blocked_or_whose_organisation_wants_more_gets_no_token_in_any_way() {
    type Way = (&'static str, fn(&World));
    let ways: [Way; 3] = [
        ("blocked", |w| {
            for who in [&w.agent, &w.sales] {
                people::set_enabled(&w.test.app, &w.chief, who.person.unwrap(), false).unwrap();
            }
        }),
        ("blocked and let in again", |w| {
            for (who, enabled) in [(&w.agent, false), (&w.agent, true), (&w.sales, false), (&w.sales, true)] {
                people::set_enabled(&w.test.app, &w.chief, who.person.unwrap(), enabled).unwrap();
            }
        }),
        ("two factors are wanted", |w| {
            let security = Security { required: true, ..Security::NOTHING };
            tenant::set_security(&w.test.app, &Ctx::operator(), w.partner.tenant.id, security).unwrap();
        }),
    ];
    for (what, end) in ways {
        let w = World::new();
        let doors = doors(&w).await;
        end(&w);
        let grants = |w: &World| {
            [w.test.written()["grants"], w.test.written()["refresh tokens"], w.test.written()["acting sessions"]]
        };
        let before = grants(&w);
        for name in OF_A_PERSON {
            let door = doors.iter().find(|it| it.name == *name).unwrap();
            for path in door.paths(&w) {
                let answer = w.raw(&path, door.changed(&[])).await;
                assert_eq!(answer.status, 400, "{what}: {path} {name}: {}", answer.body);
                let error = answer.body["error"].as_str().unwrap();
                assert!(matches!(error, "invalid_grant" | "interaction_required"), "{what}: {name}: {}", answer.body);
                assert_eq!(grants(&w), before, "{what}: {name}");
            }
        }
        let told = doors.iter().find(|it| it.name == "introspect").unwrap();
        let answer = w.raw(&told.paths(&w)[0], told.changed(&[])).await;
        assert_eq!(answer.is(200).body, json!({ "active": false }), "{what}");
    }
}

#[tokio::test]
async fn what_only_a_program_with_a_secret_may_do_is_refused_to_one_without() {
    let w = World::new();
    let chief = w.test.confirmed(&w.chief);
    let choice = Choice { roles: vec![], ..choice("Public tool") };
    let public = application::register(&w.test.app, &chief, choice, false).unwrap().id.to_string();
    let before = doors(&w).await;
    let written = w.test.written();
    let as_public = [("client_id", Some(&*public)), ("client_secret", None)];
    for (name, refusal) in [
        ("client_credentials", (400, "unauthorized_client", 7_000_218)),
        (exchange::ON_BEHALF_OF, (400, "unauthorized_client", 7_000_218)),
        ("introspect", (400, "unauthorized_client", 7_000_218)),
        // Values of another program's.
        ("authorization_code", (400, "invalid_grant", 70_008)),
        ("refresh_token", (400, "invalid_grant", 70_008)),
        (device::GRANT_TYPE, (400, "invalid_grant", 70_018)),
        (exchange::TOKEN_EXCHANGE, (400, "invalid_request", 50_013)),
    ] {
        let door = before.iter().find(|it| it.name == name).unwrap();
        for path in door.paths(&w) {
            w.raw(&path, door.changed(&as_public)).await.refused(&format!("{path} {name}"), refusal);
            assert_eq!(w.test.written(), written, "{name}");
        }
    }
    all_are_answered(&w, &before).await;
}

#[tokio::test]
async fn a_rule_that_refuses_says_what_it_looked_at_and_who_can_change_that() {
    let w = World::new();
    let exchange = |own: String, customer: &str| {
        form(&[
            ("client_id", &*w.program.id.to_string()),
            ("client_secret", &*w.program.secret),
            ("grant_type", exchange::TOKEN_EXCHANGE),
            ("subject_token", &*own),
            ("subject_token_type", ACCESS_TOKEN),
            ("audience", customer),
        ])
    };
    let path = "/organizations/oauth2/v2.0/token";
    let own = || w.test.authority().sign_in(&w.program, &w.sales, "openid").unwrap().access_token;
    let no_role = w.raw(path, exchange(own(), "fjordline.no")).await;
    no_role.refused_with("no role", (400, "invalid_grant", 50_177), &["rule", "inputs", "fixed_by"]);
    assert_eq!(
        (&no_role.body["rule"], &no_role.body["fixed_by"]),
        (&json!("no_role"), &json!("partner_administrator"))
    );
    assert_eq!(
        no_role.body["inputs"],
        json!({
            "roles_held": "sales_agent", "relationship": "active", "privileges": "granted", "relationship_version": "1",
            "sign_in": "one_factor", "sign_in_wanted": "one_factor",
        })
    );
    w.test.tenant("Nordberg", "nordberg.no", Cloud::Public, "NO");
    let stranger = w.raw(path, exchange(own(), "nordberg.no")).await;
    stranger.refused_with("a stranger", (400, "invalid_grant", 50_020), &["rule", "inputs", "fixed_by"]);
    assert_eq!(stranger.body["inputs"]["relationship"], "none");
}

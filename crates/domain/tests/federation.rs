//! Who comes in on a provider's word: printed and compared with the reviewed table, and what describes a provider.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, fail by panicking")]

mod reviewed;

use entente_domain::assurance::Method::{self, Federated, FederatedStrong, OneTimeCode, Passkey, Password};
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::federation::{
    Arrival, Because, Claims, ClientText, Issuer, Outcome, Provider, WaysIn, decide, keeps_way_in, lets_in,
    needs_provider, proven_at,
};
use entente_domain::ids::Id;
use entente_domain::time::Timestamp;
use uuid::Uuid;

fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

/// What it is, the provider, who is linked, and who goes by the name with whether they are linked to another subject.
type Case<'a> = (&'static str, &'a Provider, Option<&'a Person>, Option<(&'a Person, bool)>);

fn ola() -> Person {
    Person {
        id: id(7),
        tenant: id(1),
        upn: "ola@fjordline.no".parse().unwrap(),
        name: "Ola".parse().unwrap(),
        mail: "ola.nordmann@fjordline.no".parse().unwrap(),
        language: None,
        enabled: true,
        partner_roles: Vec::new(),
        directory_roles: Vec::new(),
    }
}

fn provider() -> Provider {
    Provider {
        tenant: id(1),
        issuer: Issuer::parse("https://login.fjordline.no", false).unwrap(),
        client_id: ClientText::parse("entente").unwrap(),
        domains: vec!["fjordline.no".parse().unwrap(), "sold.no".parse().unwrap()],
        enabled: true,
        created_at: Timestamp::from_seconds(0),
        updated_at: Timestamp::from_seconds(0),
        version: 1,
    }
}

fn claims(name: &str, email: &str, verified: bool) -> Claims {
    Claims {
        subject: "s".to_owned(),
        names: Some(name.to_owned()).filter(|it| !it.is_empty()).into_iter().collect(),
        email: Some(email.to_owned()).filter(|it| !it.is_empty()),
        email_verified: verified,
        strong: false,
        authenticated_at: None,
    }
}

#[test]
fn who_comes_in_on_a_providers_word() {
    let mut rows = vec![row!["known here", "name claimed", "e-mail claimed", "verified", "outcome"]];
    let (ola, off) = (ola(), Provider { enabled: false, ..provider() });
    let blocked = Person { enabled: false, ..ola.clone() };
    let foreign = Person { tenant: id(2), ..ola.clone() };
    let (sold, uncovered) = (named("ola@sold.no"), named("ola@elsewhere.no"));
    let usual = provider();
    let cases: &[Case<'_>] = &[
        ("linked", &usual, Some(&ola), Some((&ola, true))),
        ("linked, another goes by the name", &usual, Some(&ola), Some((&sold, false))),
        ("linked, provider switched off", &off, Some(&ola), None),
        ("linked, blocked", &usual, Some(&blocked), None),
        ("linked, of another tenant", &usual, Some(&foreign), None),
        ("linked, domain not covered", &usual, Some(&uncovered), None),
        ("linked, domain no longer owned", &usual, Some(&sold), None),
        ("nobody", &usual, None, None),
        ("known by name", &usual, None, Some((&ola, false))),
        ("known by name, provider switched off", &off, None, Some((&ola, false))),
        ("known by name, blocked", &usual, None, Some((&blocked, false))),
        ("known by name, of another tenant", &usual, None, Some((&foreign, false))),
        ("known by name, linked to another subject", &usual, None, Some((&ola, true))),
        ("known by name, domain no longer owned", &usual, None, Some((&sold, false))),
    ];
    let said = [
        ("", ""),
        ("ola@fjordline.no", ""),
        ("", "ola@fjordline.no"),
        ("OLA@Fjordline.no", "OLA.nordmann@fjordline.NO"),
        // People choose names at some providers; the address shows whose account it is.
        ("ola@fjordline.no", "ingrid@fjordline.no"),
        ("ola@fjordline.no", "ola@gmail.example"),
        ("ingrid@fjordline.no", "ola.nordmann@fjordline.no"),
        ("ola", "ola@fjordline.no"),
    ];
    for (case, provider, linked, named) in cases {
        let mut lines = Vec::new();
        for (name, email) in said {
            for verified in [false, true] {
                if email.is_empty() && verified {
                    continue;
                }
                let claims = claims(name, email, verified);
                let owned = ["fjordline.no".parse().unwrap()];
                let answer =
                    decide(&Arrival { provider, owned: &owned, claims: &claims, linked: *linked, named: *named });
                let outcome = match answer {
                    Ok(Outcome::Known(who)) if who == ola.id => "in as the person",
                    Ok(Outcome::Link(who)) if who == ola.id => "linked to the person",
                    Ok(_) => "somebody else",
                    Err(because) => because.code(),
                };
                lines.push(row![*case, dash(name), dash(email), if verified { "yes" } else { "no" }, outcome]);
            }
        }
        // Most cases are decided before anybody looks at names: one line says it.
        if lines.iter().all(|line| line[4] == lines[0][4]) {
            lines = vec![row![*case, "any", "any", "either", lines[0][4].as_str()]];
        }
        rows.append(&mut lines);
    }
    let about =
        "Who comes in on a provider's word. The person is ola@fjordline.no with the mailbox ola.nordmann@fjordline.no.";
    reviewed::compare("federation-arrivals.txt", &reviewed::columns(about, &rows));
}

fn named(upn: &str) -> Person {
    Person { upn: upn.parse().unwrap(), ..ola() }
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

#[test]
fn only_global_administrators_go_round_a_provider_and_others_need_its_word_whatever_else_they_prove() {
    let (on, off) = (provider(), Provider { enabled: false, ..provider() });
    let admin = Person { partner_roles: vec![PartnerRole::GlobalAdmin], ..ola() };
    let customer_admin = Person { directory_roles: vec![GLOBAL_ADMINISTRATOR], ..ola() };
    let own: [&[Method]; 5] = [&[Password], &[Passkey], &[Password, OneTimeCode], &[Password, Passkey], &[]];
    let its_word: [&[Method]; 4] = [&[Federated], &[FederatedStrong], &[Federated, Passkey], &[OneTimeCode, Federated]];
    for (person, provider, may) in [
        (&ola(), Some(&on), false),
        (&ola(), Some(&off), true),
        (&ola(), None, true),
        (&named("ola@elsewhere.no"), Some(&on), true),
        (&admin, Some(&on), true),
        (&customer_admin, Some(&on), true),
        (&Person { partner_roles: vec![PartnerRole::AdminAgent], ..ola() }, Some(&on), false),
    ] {
        assert_eq!(needs_provider(person, provider), !may, "{person:?} {provider:?}");
        for methods in own {
            assert_eq!(lets_in(person, provider, methods), may, "{person:?} {provider:?} {methods:?}");
        }
        for methods in its_word {
            assert!(lets_in(person, provider, methods), "{person:?} {provider:?} {methods:?}");
        }
    }
    for (passwords, links, on, keeps) in [
        (1, 0, true, true),
        (0, 1, true, true),
        (0, 0, true, false),
        (1, 0, false, true),
        (0, 1, false, false),
        (0, 0, false, false),
    ] {
        let answer = keeps_way_in(WaysIn { passwords, links }, on);
        assert_eq!(answer, if keeps { Ok(()) } else { Err(Because::LastWayIn) }, "{passwords} {links} {on}");
    }
}

#[test]
fn an_issuer_is_an_https_address_and_nothing_more() {
    for good in [
        "https://login.example",
        "https://login.example/",
        "https://login.example:8443/realms/one",
        "https://[2a00::1]/x",
    ] {
        assert_eq!(Issuer::parse(good, false).unwrap().as_str(), good);
    }
    for bad in [
        "",
        "login.example",
        "http://login.example",
        "https://",
        "https:///realms",
        "HTTPS://login.example",
        " https://login.example",
        "https://login.example ",
        "https://login.example?x=1",
        "https://login.example#x",
        "https://user@login.example",
        "https://login.example\\x",
        "https://l\u{f6}gin.example",
        "https://login.example/\u{202e}",
        "https://login.example/\n",
        "javascript:alert(1)",
    ] {
        assert!(Issuer::parse(bad, false).is_err(), "{bad:?}");
    }
    assert!(Issuer::parse("http://127.0.0.1:4000", true).is_ok());
    assert!(Issuer::parse(&format!("https://login.example/{}", "x".repeat(300)), false).is_err());
    for bad in ["", "caf\u{e9}", "a\nb", &"x".repeat(513)] {
        assert!(ClientText::parse(bad).is_err(), "{bad:?}");
    }
    assert_eq!(format!("{:?}", ClientText::parse("hunter2").unwrap()), "ClientText");
}

#[test]
fn a_proof_is_as_old_as_the_provider_says_and_younger_than_the_demand_for_a_fresh_one() {
    let now = Timestamp::from_seconds(1_795_424_400);
    let at = |said: Option<i64>, demanded: Option<i64>| {
        let authenticated_at = said.map(|it| now.plus_seconds(it));
        let claims = Claims { authenticated_at, ..claims("ola@fjordline.no", "", false) };
        let proven = proven_at(&claims, demanded.map(|it| now.plus_seconds(it)), now);
        proven.map(|it| it.seconds_since(now))
    };
    for (said, expected) in
        [(None, 0), (Some(0), 0), (Some(-1), -1), (Some(-86_400), -86_400), (Some(1), 0), (Some(86_400), 0)]
    {
        assert_eq!(at(said, None), Ok(expected), "{said:?}");
    }
    // Told 60 seconds ago to ask anew, with a clock that may be two minutes behind.
    for (said, expected) in [(0, 0), (-60, -60), (-61, -61), (-180, -180), (1, 0)] {
        assert_eq!(at(Some(said), Some(-60)), Ok(expected), "{said}");
    }
    for said in [None, Some(-181), Some(-86_400)] {
        assert_eq!(at(said, Some(-60)), Err(Because::NotFresh), "{said:?}");
    }
}

//! `kill -9` in the middle of acceptances: nothing acknowledged is lost, nothing is half done (reliability gate R1).
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use entente_app::Ctx;
use entente_app::invitation::{self, Draft};
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::EventKind;
use entente_domain::ids::{InvitationId, TenantId};
use entente_domain::invitation::{Binding, State};
use entente_domain::tenant::PartnerKind;
use entente_store::{Store, consent, event, mail, relationship};
use entente_testkit::TestApp;
use entente_testkit::requests::draft;

const ROUNDS: usize = 20;
const A_ROUND: usize = 64;

/// A customer with an administrator, and a request that only it can accept.
fn request(test: &TestApp, agent: &Ctx, number: usize) -> (InvitationId, TenantId) {
    let customer = test.tenant(&format!("Kunde {number}"), &format!("kunde{number}.no"), Cloud::Public, "NO");
    let address = format!("admin@kunde{number}.no");
    let admin = Person {
        id: test.app.new_id(),
        tenant: customer.id,
        upn: address.parse().unwrap(),
        name: "Ingrid Solberg".parse().unwrap(),
        mail: address.parse().unwrap(),
        language: None,
        enabled: true,
        partner_roles: Vec::new(),
        directory_roles: vec![GLOBAL_ADMINISTRATOR],
    };
    entente_app::tenant::add_person(&test.app, &Ctx::operator(), admin, None).unwrap();
    let draft = Draft { binding: Binding::Tenant(customer.id), ..draft() };
    (invitation::create(&test.app, agent, draft).unwrap().invitation.id, customer.id)
}

#[test]
fn twenty_kills_lose_nothing_acknowledged_and_leave_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crash.db");
    let store = Store::open_sqlite(&path).unwrap();
    store.migrate().unwrap();
    let test = TestApp::new(&store);
    let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
    let agent = test.person(&partner.tenant, "Maya", &[PartnerRole::AdminAgent], false);
    let mut interrupted = 0;
    for round in 0..ROUNDS {
        let requests: Vec<_> = std::thread::scope(|scope| {
            let made: Vec<_> = (0..A_ROUND)
                .map(|n| {
                    scope.spawn({
                        let (test, agent) = (&test, &agent);
                        move || request(test, agent, round * A_ROUND + n)
                    })
                })
                .collect();
            made.into_iter().map(|it| it.join().unwrap()).collect()
        });

        let mut load = Command::new(env!("CARGO_BIN_EXE_acceptance-load"))
            .arg(&path)
            .arg(partner.tenant.id.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(load.stdout.take().unwrap()).lines();
        // A different moment in each round: after 1, 4, 7, ... acknowledgements.
        let mut acknowledged: HashSet<String> = lines.by_ref().take(1 + round * 3).map(Result::unwrap).collect();
        load.kill().unwrap();
        load.wait().unwrap();
        // What it had printed before it died counts as acknowledged too.
        acknowledged.extend(lines.map_while(Result::ok).filter(|line| line.len() == 36));
        interrupted += usize::from(acknowledged.len() < A_ROUND);

        for (id, customer) in requests {
            let (accepted, connected, consents, events, mails) = store
                .read(|tx| {
                    let inv = entente_store::invitation::get(tx, id)?.expect("the request");
                    let rel = relationship::between(tx, partner.tenant.id, customer)?;
                    let events = event::page(tx, customer, None, 100)?;
                    Ok::<_, entente_store::StoreError>((
                        matches!(inv.state, State::Accepted { privileges: true, .. }),
                        rel.is_some_and(|rel| rel.privileges.granted()),
                        consent::latest(tx, customer, 10)?.len(),
                        events.iter().filter(|it| it.kind == EventKind::InvitationAccepted).count(),
                        mail::of_invitation(tx, id)?.len(),
                    ))
                })
                .unwrap();
            let whole = (connected, consents, events, mails);
            let expected = if accepted { (true, 1, 1, 2) } else { (false, 0, 0, 0) };
            assert_eq!(whole, expected, "round {round}: half a state");
            assert!(
                accepted || !acknowledged.contains(&id.to_string()),
                "round {round}: an acknowledged acceptance lost"
            );
        }
    }
    assert!(interrupted > ROUNDS / 2, "most kills must come in the middle of the load, {interrupted} did");
    let counts = store.read(|tx| relationship::counts(tx, partner.tenant.id)).unwrap();
    let accepted = store
        .read(|tx| {
            entente_store::invitation::count(tx, partner.tenant.id, entente_domain::invitation::Standing::Accepted)
        })
        .unwrap();
    assert_eq!(counts.all(), accepted.0, "the counts on pages agree with what was accepted");
}

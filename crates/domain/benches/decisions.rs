//! What the decisions every request makes cost by themselves: `cargo bench -p entente-domain`.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be made ends the benchmark")]

use divan::{Bencher, black_box};
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::ids::Id;
use entente_domain::market;
use entente_domain::policy::{self, Action};
use entente_domain::text::{CompanyName, name_key};
use entente_domain::time::Timestamp;
use uuid::Uuid;

fn main() {
    divan::main();
}

fn person() -> Person {
    Person {
        id: Id::from_uuid(Uuid::from_u128(1)),
        tenant: Id::from_uuid(Uuid::from_u128(2)),
        upn: "maya@brightwater.example".parse().unwrap(),
        name: "Maya Okafor".parse().unwrap(),
        mail: "maya@brightwater.example".parse().unwrap(),
        language: None,
        enabled: true,
        partner_roles: vec![PartnerRole::HelpdeskAgent, PartnerRole::AdminAgent],
        directory_roles: vec![GLOBAL_ADMINISTRATOR],
    }
}

/// Whether a person's roles allow an action.
#[divan::bench(args = [Action::ViewCustomers, Action::EndRelationship, Action::AnswerInvitation])]
fn role(bencher: Bencher<'_, '_>, action: Action) {
    let person = person();
    bencher.bench_local(|| policy::check(black_box(&person), black_box(action)).is_ok());
}

/// The countries of every region on a day: what the request page offers.
#[divan::bench]
fn countries() -> usize {
    market::all_countries(black_box(Timestamp::from_seconds(1_795_424_400))).len()
}

/// Reading a name against every rule for text, and what lists sort it by.
#[divan::bench(args = ["Fjordline Logistics AS", "上海光合科技有限公司", "Αιγαίο Ναυτιλία ΑΕ"])]
fn name(text: &str) -> usize {
    name_key(CompanyName::parse(black_box(text)).unwrap().as_str()).len()
}

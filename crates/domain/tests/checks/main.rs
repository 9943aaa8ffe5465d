//! Who may do what, and in which order an acceptance is checked: printed and compared with the reviewed tables.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, fail by panicking")]

#[path = "../reviewed/mod.rs"]
mod reviewed;

mod acceptance;
mod assignment;
mod assurance;
mod at_customer;
mod policy;

use entente_domain::acting::{CLASSIC, Facts};
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::ids::{DirectoryRoleId, Id};
use entente_domain::relationship::{Channel, Relationship, RelationshipKind, Terms};
use entente_domain::tenant::Standing;
use entente_domain::text::{EmailAddress, PersonName, UserPrincipalName};
use entente_domain::time::Timestamp;
use uuid::Uuid;

const CREATED: Timestamp = Timestamp::from_seconds(1_700_000_000);
const NOW: Timestamp = CREATED.plus_days(5);

fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

/// A relationship between the partner 1 and the customer 2.
fn relationship(privileges: bool) -> Relationship {
    let terms = Terms {
        id: id(3),
        partner: id(1),
        customer: id(2),
        kind: RelationshipKind::Reseller,
        channel: Channel::Direct,
        invitation: None,
        privileges,
    };
    Relationship::establish(terms, CREATED)
}

/// Somebody of the partner.
fn agent(roles: Vec<PartnerRole>) -> Person {
    Person { tenant: id(1), ..person(roles, Vec::new()) }
}

/// That person at work for the customer, with nothing in the way.
fn at_work<'a>(person: &'a Person, relationship: &'a Relationship) -> Facts<'a> {
    Facts {
        person,
        groups: &[],
        assignments: CLASSIC,
        partner: Some(Standing::Active),
        customer: id(2),
        relationship: Some(relationship),
        stops: &[],
        strong: true,
        strong_wanted: false,
    }
}

fn person(partner_roles: Vec<PartnerRole>, directory_roles: Vec<DirectoryRoleId>) -> Person {
    Person {
        id: id(9),
        tenant: id(2),
        upn: UserPrincipalName::parse("ada@customer.example").unwrap(),
        name: PersonName::parse("Ada").unwrap(),
        mail: EmailAddress::parse("ada@customer.example").unwrap(),
        language: None,
        enabled: true,
        partner_roles,
        directory_roles,
    }
}

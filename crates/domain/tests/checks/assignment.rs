//! Which roles somebody holds at a customer, against the sentence itself.

use std::collections::BTreeSet;

use entente_domain::acting::{self, Assignment, Because, Facts, Holder};
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role;
use entente_domain::ids::{DirectoryRoleId, GroupId};
use proptest::prelude::*;

use crate::{agent, at_work, id, relationship};

/// Ids that differ in few bits, at either end and in the middle.
fn group() -> impl Strategy<Value = GroupId> {
    (0..400_u128, prop_oneof![Just(0), Just(56), Just(64)]).prop_map(|(number, shift)| id(number << shift))
}

fn holder() -> impl Strategy<Value = Holder> {
    prop_oneof![
        group().prop_map(Holder::Group),
        Just(Holder::Role(PartnerRole::AdminAgent)),
        Just(Holder::Role(PartnerRole::HelpdeskAgent)),
    ]
}

fn assignment() -> impl Strategy<Value = Assignment> {
    (holder(), 0..40_u128).prop_map(|(holder, role)| Assignment { holder, role: id(role) })
}

proptest! {
    /// One assignment after the other; so many groups that they are looked at in several pieces.
    #[test]
    fn roles_are_those_of_whoever_holds_them(
        groups in proptest::collection::vec(group(), 0..600),
        assignments in proptest::collection::vec(assignment(), 0..80),
        admin in any::<bool>(),
    ) {
        let person = agent(if admin { vec![PartnerRole::AdminAgent] } else { Vec::new() });
        let holds = |holder| match holder {
            Holder::Role(role) => admin && role == PartnerRole::AdminAgent,
            Holder::Group(group) => groups.contains(&group),
        };
        let expected: BTreeSet<DirectoryRoleId> =
            assignments.iter().filter(|it| holds(it.holder)).map(|it| it.role).collect();
        prop_assert_eq!(acting::held(&person, &groups, &assignments), expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_group_gives_its_members_what_it_is_assigned_and_nobody_else() {
    let full = relationship(true);
    let (somebody, role) = (agent(Vec::new()), directory_role::all()[0].id);
    let assignments = [Assignment { holder: Holder::Group(id(7)), role }];
    let held = |groups: &[GroupId]| {
        let facts = Facts { groups, assignments: &assignments, ..at_work(&somebody, &full) };
        acting::check(&facts, None).map(|it| it.roles).map_err(|it| it.because)
    };
    assert_eq!(held(&[id(6), id(7)]), Ok(vec![role]));
    assert_eq!(held(&[id(6)]), Err(Because::NoRole));
}

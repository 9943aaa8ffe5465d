//! Which roles at a customer somebody holds, and through what.

use crate::directory::{PartnerRole, Person};
use crate::directory_role::{GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR};
use crate::ids::{DirectoryRoleId, GroupId, Id};

/// Who holds a role at a customer: everybody with a role at the partner, or the members of one of its groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// People with this role at the partner.
    Role(PartnerRole),
    /// Members of this security group of the partner.
    Group(GroupId),
}

/// One role and who holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// Who.
    pub holder: Holder,
    /// The directory role they hold at the customer.
    pub role: DirectoryRoleId,
}

/// What the classic privileges are (business rules, section 3): two fixed assignments.
pub const CLASSIC: &[Assignment] = &[
    Assignment { holder: Holder::Role(PartnerRole::AdminAgent), role: GLOBAL_ADMINISTRATOR },
    Assignment { holder: Holder::Role(PartnerRole::HelpdeskAgent), role: HELPDESK_ADMINISTRATOR },
];

/// Whether it matters which groups somebody is a member of.
pub fn by_group(assignments: &[Assignment]) -> bool {
    assignments.iter().any(|it| matches!(it.holder, Holder::Group(_)))
}

/// The roles a person holds through these assignments, sorted, each once. `groups` are those they are a member of, in any order.
pub fn held(person: &Person, groups: &[GroupId], assignments: &[Assignment]) -> Vec<DirectoryRoleId> {
    let mut roles = Vec::with_capacity(assignments.len());
    for assignment in assignments {
        if matches!(assignment.holder, Holder::Role(role) if person.partner_roles.contains(&role)) {
            roles.push(assignment.role);
        }
    }
    if by_group(assignments) {
        for some in groups.chunks(Shelf::ROOM) {
            let shelf = Shelf::of(some);
            for assignment in assignments {
                if matches!(assignment.holder, Holder::Group(group) if shelf.has(group)) {
                    roles.push(assignment.role);
                }
            }
        }
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// A few groups, to be asked about many times: a small hash table on the stack, because a decision is made at every check and may
/// not pay for memory or search a list for each assignment. Half of it stays empty, so an answer takes a step or two.
struct Shelf<'a> {
    groups: &'a [GroupId],
    /// For each slot, the place among `groups`, counted from one; nought is empty.
    slots: [u8; 256],
}

impl<'a> Shelf<'a> {
    /// How many groups fit.
    const ROOM: usize = 128;

    fn of(groups: &'a [GroupId]) -> Self {
        let mut shelf = Self { groups, slots: [0; 256] };
        for (place, group) in (1..).zip(groups) {
            let mut slot = Self::first(*group);
            while shelf.slots[usize::from(slot)] != 0 {
                slot = slot.wrapping_add(1);
            }
            shelf.slots[usize::from(slot)] = place;
        }
        shelf
    }

    fn has(&self, group: GroupId) -> bool {
        let mut slot = Self::first(group);
        loop {
            match usize::from(self.slots[usize::from(slot)]) {
                0 => return false,
                place if self.groups[place - 1] == group => return true,
                _ => slot = slot.wrapping_add(1),
            }
        }
    }

    /// Where to look first: the low half of an id is what differs, and a multiplication by the golden ratio spreads it.
    fn first(group: GroupId) -> u8 {
        let (_, low) = group.uuid().as_u64_pair();
        let [first, ..] = low.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        first
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn person(roles: Vec<PartnerRole>) -> Person {
        Person {
            id: Id::from_uuid(Uuid::nil()),
            tenant: Id::from_uuid(Uuid::nil()),
            upn: "maya@brightwater.no".parse().unwrap(),
            name: "Maya Okafor".parse().unwrap(),
            mail: "maya@brightwater.no".parse().unwrap(),
            language: None,
            enabled: true,
            partner_roles: roles,
            directory_roles: Vec::new(),
        }
    }

    /// Ids that differ in few bits, at either end, and ids that differ everywhere.
    fn group() -> impl Strategy<Value = GroupId> {
        let number =
            prop_oneof![0..400_u128, (0..400_u128).prop_map(|it| it << 64), (0..400_u128).prop_map(|it| it << 56)];
        number.prop_map(|it| Id::from_uuid(Uuid::from_u128(it)))
    }

    fn holder() -> impl Strategy<Value = Holder> {
        prop_oneof![
            group().prop_map(Holder::Group),
            Just(Holder::Role(PartnerRole::AdminAgent)),
            Just(Holder::Role(PartnerRole::HelpdeskAgent)),
        ]
    }

    fn assignment() -> impl Strategy<Value = Assignment> {
        let role = (0..40_u128).prop_map(|it| Id::from_uuid(Uuid::from_u128(it)));
        (holder(), role).prop_map(|(holder, role)| Assignment { holder, role })
    }

    proptest! {
        /// Against the sentence itself, one assignment after the other.
        #[test]
        fn roles_are_those_of_whoever_holds_them(
            groups in proptest::collection::vec(group(), 0..600),
            assignments in proptest::collection::vec(assignment(), 0..80),
            agent in any::<bool>(),
        ) {
            let person = person(if agent { vec![PartnerRole::AdminAgent] } else { Vec::new() });
            let holds = |holder| match holder {
                Holder::Role(role) => agent && role == PartnerRole::AdminAgent,
                Holder::Group(group) => groups.contains(&group),
            };
            let expected: std::collections::BTreeSet<DirectoryRoleId> =
                assignments.iter().filter(|it| holds(it.holder)).map(|it| it.role).collect();
            prop_assert_eq!(held(&person, &groups, &assignments), expected.into_iter().collect::<Vec<_>>());
        }
    }
}

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

/// The roles a person holds through these assignments, sorted, each once. `groups` are those they are a member of, in any order.
pub fn held(person: &Person, groups: &[GroupId], assignments: &[Assignment]) -> Vec<DirectoryRoleId> {
    let mut roles = Vec::with_capacity(assignments.len());
    for assignment in assignments {
        if matches!(assignment.holder, Holder::Role(role) if person.partner_roles.contains(&role)) {
            roles.push(assignment.role);
        }
    }
    if assignments.iter().any(|it| matches!(it.holder, Holder::Group(_))) {
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

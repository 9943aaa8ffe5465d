//! What people may do in a customer's organisation, printed and compared with the reviewed table: every action, every role, every
//! state of the privileges.

use entente_domain::acting::{Facts, Stop};
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role;
use entente_domain::policy::{self, Action, Allows, NotThere};
use entente_domain::relationship::{Relationship, Side};
use entente_domain::tenant::Standing;

use crate::{NOW, agent, at_work, id, person, relationship, reviewed, row};

fn answer(facts: &Facts<'_>, action: Action) -> &'static str {
    match policy::at_customer(facts, action) {
        Ok(permit) => {
            assert_eq!(permit.action(), action);
            "yes"
        }
        Err(NotThere::Denied(denied)) => {
            assert_eq!((denied.action, denied.allows), (action, policy::allows(action)));
            "-"
        }
        Err(NotThere::Acting(refused)) => refused.because.code(),
    }
}

/// Done in a customer's organisation, whoever does it.
fn there() -> impl Iterator<Item = Action> {
    Action::ALL.iter().copied().filter(|it| matches!(policy::allows(*it), Allows::AtCustomer { .. }))
}

#[test]
fn partners_people_at_a_customer() {
    let (bare, full) = (relationship(false), relationship(true));
    let (removed, _) = full.clone().remove_privileges(Side::Customer, id(7), None, NOW).unwrap();
    let (ended, _) = full.clone().end(id(9), &[], NOW).unwrap();
    let stop = [Stop { partner: Some(id(1)), person: None, since: NOW, by: id(7) }];
    let states: [(&str, Standing, Option<&Relationship>, &[Stop]); 7] = [
        ("no relationship", Standing::Active, None, &[]),
        ("ended", Standing::Active, Some(&ended), &[]),
        ("no privileges", Standing::Active, Some(&bare), &[]),
        ("removed", Standing::Active, Some(&removed), &[]),
        ("granted", Standing::Active, Some(&full), &[]),
        ("stopped", Standing::Active, Some(&full), &stop),
        ("suspended", Standing::Suspended, Some(&full), &[]),
    ];
    let mut rows = vec![row!["action", "role", "privileges", "may"]];
    for action in there() {
        for role in PartnerRole::ALL {
            let somebody = agent(vec![*role]);
            for (state, standing, relationship, stops) in states {
                let facts = Facts { partner: Some(standing), relationship, stops, ..at_work(&somebody, &full) };
                rows.push(row![action.code(), role.code(), state, answer(&facts, action)]);
            }
        }
    }
    reviewed::compare(
        "at-customer-partner.txt",
        &reviewed::columns("What a partner's people may do in a customer's organisation.", &rows),
    );
}

#[test]
fn customers_own_people() {
    let full = relationship(true);
    let mut rows = vec![row!["action", "directory role", "may"]];
    for action in there() {
        for role in directory_role::all() {
            let somebody = person(Vec::new(), vec![role.id]);
            let facts = Facts {
                partner: None,
                relationship: None,
                strong: false,
                strong_wanted: true,
                ..at_work(&somebody, &full)
            };
            if answer(&facts, action) == "yes" {
                rows.push(row![action.code(), role.name, "yes"]);
            }
        }
    }
    reviewed::compare(
        "at-customer-own.txt",
        &reviewed::columns(
            "Which directory roles let a customer's own people do what. What is not listed is refused.",
            &rows,
        ),
    );
}

/// What is an organisation's own affair stays so: no relationship, however wide, carries it to somebody else's.
#[test]
fn what_is_not_done_at_customers_is_done_at_none() {
    let full = relationship(true);
    let everybody = agent(PartnerRole::ALL.to_vec());
    for action in Action::ALL.iter().filter(|it| !matches!(policy::allows(**it), Allows::AtCustomer { .. })) {
        assert_eq!(answer(&at_work(&everybody, &full), *action), "-", "{}", action.code());
    }
}

/// Somebody blocked a moment ago, and a relationship with another customer, open nothing.
#[test]
fn nobody_slips_in() {
    let full = relationship(true);
    let blocked = Person { enabled: false, ..agent(PartnerRole::ALL.to_vec()) };
    let fit = agent(PartnerRole::ALL.to_vec());
    for action in there() {
        for (somebody, customer, refused) in [(&blocked, id(2), "blocked"), (&fit, id(4), "no_relationship")] {
            let facts = Facts { customer, ..at_work(somebody, &full) };
            assert_eq!(answer(&facts, action), refused, "{}", action.code());
        }
    }
}

//! Who may do what, in their own organisation, in a customer's, and to whom.

use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::{self};
use entente_domain::language::Language;
use entente_domain::policy::{self, Action, Allows};
use entente_domain::tenant::Standing;

use crate::{NOW, id, person, relationship, reviewed, row};

fn may(person: &Person, action: Action) -> &'static str {
    match policy::check(person, action) {
        Ok(permit) => {
            assert_eq!(permit.action(), action);
            "yes"
        }
        Err(denied) => {
            assert_eq!((denied.action, denied.allows), (action, policy::allows(action)));
            "-"
        }
    }
}

#[test]
fn policy_matrix() {
    let mut people = vec![("(no role)".to_owned(), person(Vec::new(), Vec::new()))];
    people.extend(
        PartnerRole::ALL.iter().map(|role| (format!("partner {}", role.code()), person(vec![*role], Vec::new()))),
    );
    let (named, others): (Vec<_>, Vec<_>) = directory_role::all().iter().partition(|role| {
        Action::ALL.iter().any(|action| match policy::allows(*action) {
            Allows::Directory(roles) | Allows::AtCustomer { directory: roles, .. } => roles.contains(&role.id),
            Allows::Partner(_) | Allows::Everyone | Allows::Nobody => false,
        })
    });
    for role in named {
        people.push((format!("directory {}", role.label(Language::En)), person(Vec::new(), vec![role.id])));
    }
    // All at once: whatever even one of them allowed would show.
    let others = others.iter().map(|role| role.id).collect();
    people.push(("directory (every other role)".to_owned(), person(Vec::new(), others)));
    let everything = person(PartnerRole::ALL.to_vec(), directory_role::all().iter().map(|role| role.id).collect());
    people.push(("(every role)".to_owned(), everything.clone()));
    people.push(("(every role, blocked)".to_owned(), Person { enabled: false, ..everything }));

    let mut rows = vec![row!["action", "role", "allowed"]];
    for action in Action::ALL {
        for (role, person) in &people {
            rows.push(row![action.code(), role.as_str(), may(person, *action)]);
        }
    }
    reviewed::compare("policy-matrix.txt", &reviewed::columns("What each role alone allows.", &rows));
}

/// Which of a partner's actions go into a customer's organisation, and on what.
#[test]
fn what_a_relationship_carries() {
    let (bare, full) = (relationship(false), relationship(true));
    let (ended, _) = full.clone().end(id(9), &[], NOW).unwrap();
    let all = [
        ("none", None),
        ("ended", Some(&ended)),
        ("without privileges", Some(&bare)),
        ("with privileges", Some(&full)),
    ];
    let mut rows = vec![row!["action", "relationship", "carried"]];
    for action in Action::ALL {
        for (name, relationship) in all {
            let carried = policy::carried(*action, relationship);
            rows.push(row![action.code(), name, carried.map_or_else(|it| it.because.code(), |()| "yes")]);
        }
    }
    reviewed::compare(
        "policy-carries.txt",
        &reviewed::columns("How far each action goes into a customer's organisation.", &rows),
    );
}

#[test]
fn people_who_manage_people() {
    use PartnerRole::{AdminAgent, GlobalAdmin, SalesAgent, UserManagementAdmin};
    use entente_domain::people::{Action, check};
    let roles = |role: Option<PartnerRole>| role.into_iter().collect::<Vec<_>>();
    let code = |role: Option<PartnerRole>| role.map_or("(no role)", PartnerRole::code);
    let mut rows = vec![row!["manager", "person", "action", "roles afterwards", "last administrator", "outcome"]];
    for manager_role in [GlobalAdmin, UserManagementAdmin] {
        let manager = Person { id: id(1), ..person(vec![manager_role], vec![]) };
        for (held, same) in [
            (Some(manager_role), true),
            (Some(GlobalAdmin), false),
            (Some(AdminAgent), false),
            (Some(SalesAgent), false),
            (None, false),
        ] {
            let whom = Person { id: id(if same { 1 } else { 2 }), ..person(roles(held), vec![]) };
            for action in Action::ALL {
                let given: &[Option<PartnerRole>] = match action {
                    Action::Add if same => continue,
                    Action::SetRoles => &[Some(GlobalAdmin), Some(AdminAgent), Some(SalesAgent), None],
                    Action::Add
                    | Action::SetGroups
                    | Action::Block
                    | Action::Unblock
                    | Action::ResetPassword
                    | Action::ResetFactors => &[held],
                };
                for after in given {
                    for (last, administrators) in [("no", 2), ("yes", 1)] {
                        // How many there are matters only where one could be lost.
                        if last == "yes" && held != Some(GlobalAdmin) {
                            continue;
                        }
                        let answer = check(&manager, &whom, *action, &roles(*after), administrators);
                        let outcome = answer.map_or_else(|refused| refused.because.code(), |()| "yes");
                        let whom = if same { "themselves" } else { code(held) };
                        rows.push(row![manager_role.code(), whom, action.code(), code(*after), last, outcome]);
                    }
                }
            }
        }
    }
    let about = "What those who manage people may do to whom. Being a global administrator of the directory counts as standing above.";
    reviewed::compare("people-rules.txt", &reviewed::columns(about, &rows));
}

#[test]
fn what_outlasts_suspension_is_said_of_every_action() {
    let mut rows = vec![row!["action", "active", "suspended"]];
    for action in Action::ALL {
        let said =
            |standing| policy::outlasts(standing, *action).map_or_else(|refused| refused.because.code(), |()| "yes");
        rows.push(row![action.code(), said(Standing::Active), said(Standing::Suspended)]);
    }
    let about = "What people of a partner may do by how it stands; their roles decide beside it.";
    reviewed::compare("policy-suspended.txt", &reviewed::columns(about, &rows));
}

//! What those who manage a customer's users may do to whom, printed and compared with the reviewed table.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too, fail by panicking")]

mod reviewed;

use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::{
    self, GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR, SERVICE_SUPPORT_ADMINISTRATOR, USER_ADMINISTRATOR,
};
use entente_domain::ids::{DirectoryRoleId, Id, TenantId};
use entente_domain::language::Language;
use entente_domain::text::{EmailAddress, PersonName, UserPrincipalName};
use entente_domain::time::Timestamp;
use entente_domain::user::{self, Action, Administrators, Details, KEPT_DAYS, Manager, User};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

fn person(number: u128, tenant: TenantId, directory_roles: Vec<DirectoryRoleId>) -> Person {
    Person {
        id: id(number),
        tenant,
        upn: UserPrincipalName::parse("ada@nordic.example").unwrap(),
        name: PersonName::parse("Ada").unwrap(),
        mail: EmailAddress::parse("ada@nordic.example").unwrap(),
        language: None,
        enabled: true,
        partner_roles: Vec::new(),
        directory_roles,
    }
}

fn label(roles: &[DirectoryRoleId]) -> String {
    let names: Vec<_> = roles.iter().map(|role| directory_role::find(*role).unwrap().label(Language::En)).collect();
    if names.is_empty() { "(no role)".to_owned() } else { names.join(", ") }
}

#[test]
fn those_who_manage_users() {
    let (here, elsewhere) = (id(1), id(2));
    let mut rows = vec![row!["manager uses", "of", "user holds", "action", "roles afterwards", "outcome"]];
    let managers = [
        GLOBAL_ADMINISTRATOR,
        USER_ADMINISTRATOR,
        HELPDESK_ADMINISTRATOR,
        PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
        PRIVILEGED_ROLE_ADMINISTRATOR,
    ];
    let holders: [&[DirectoryRoleId]; 5] = [
        &[],
        &[SERVICE_SUPPORT_ADMINISTRATOR],
        &[USER_ADMINISTRATOR],
        &[GLOBAL_ADMINISTRATOR],
        &[SERVICE_SUPPORT_ADMINISTRATOR, GLOBAL_ADMINISTRATOR],
    ];
    for role in managers {
        for (home, of) in [(here, "the customer"), (elsewhere, "a partner")] {
            // A partner's person holds nothing in the customer's directory: the roles they act in are what counts.
            let own = if home == here { vec![role] } else { Vec::new() };
            let (manager, roles) = (person(1, home, own), [role]);
            let manager = Manager { person: &manager, roles: &roles };
            for held in holders {
                let whom = person(2, here, held.to_vec());
                for action in Action::ALL {
                    let given: &[&[DirectoryRoleId]] = match action {
                        Action::SetRoles => &[&[], &[SERVICE_SUPPORT_ADMINISTRATOR], &[GLOBAL_ADMINISTRATOR]],
                        _ => &[held],
                    };
                    for after in given {
                        let many = Administrators { directory: 2, partner: 0 };
                        let answer = user::check(&manager, &whom, *action, after, many);
                        let outcome = answer.map_or_else(|refused| refused.because.code(), |()| "yes");
                        let after = if *action == Action::SetRoles { label(after) } else { "-".to_owned() };
                        rows.push(row![label(&[role]), of, label(held), action.code(), after, outcome]);
                    }
                }
            }
        }
    }
    let about = "What those who manage a customer's users may do to whom. There is another global administrator.";
    reviewed::compare("user-rules.txt", &reviewed::columns(about, &rows));
}

#[test]
fn the_last_administrator_and_oneself() {
    let here = id(1);
    let chief = person(1, here, vec![GLOBAL_ADMINISTRATOR]);
    let manager = Manager { person: &chief, roles: &chief.directory_roles };
    let mut rows = vec![row!["user", "can sign in", "administrators", "action", "keeps the role", "outcome"]];
    for (number, name) in [(1, "themselves"), (2, "another global administrator")] {
        for enabled in [true, false] {
            let whom = Person { enabled, ..person(number, here, vec![GLOBAL_ADMINISTRATOR]) };
            for count in [1, 2] {
                for action in Action::ALL {
                    for keeps in [true, false] {
                        if keeps && matches!(action, Action::Delete)
                            || !keeps && *action != Action::SetRoles && *action != Action::Delete
                        {
                            continue;
                        }
                        let after: &[DirectoryRoleId] = if keeps { &[GLOBAL_ADMINISTRATOR] } else { &[] };
                        let administrators = Administrators { directory: count, partner: 0 };
                        let answer = user::check(&manager, &whom, *action, after, administrators);
                        let outcome = answer.map_or_else(|refused| refused.because.code(), |()| "yes");
                        let yes = |is: bool| if is { "yes" } else { "-" };
                        rows.push(row![name, yes(enabled), count.to_string(), action.code(), yes(keeps), outcome]);
                    }
                }
            }
        }
    }
    reviewed::compare(
        "user-last.txt",
        &reviewed::columns("A global administrator looks after themselves and another.", &rows),
    );
}

/// In a partner's own organisation a role of the directory does not reach those whose partner roles stand above it.
#[test]
fn partner_roles_are_out_of_reach() {
    let here = id(1);
    let many = Administrators { directory: 2, partner: 2 };
    let chief = Person { partner_roles: vec![PartnerRole::GlobalAdmin], ..person(2, here, Vec::new()) };
    let plain = person(1, here, vec![GLOBAL_ADMINISTRATOR]);
    let both = Person { partner_roles: vec![PartnerRole::GlobalAdmin], ..plain.clone() };
    let acting = Person { tenant: id(3), ..both.clone() };
    for action in Action::ALL {
        let ask = |manager: &Person| {
            let manager = Manager { person: manager, roles: &[GLOBAL_ADMINISTRATOR] };
            user::check(&manager, &chief, *action, &[], many).map_err(|refused| refused.because)
        };
        assert_eq!(ask(&plain), Err(user::Because::AboveYou), "{}", action.code());
        assert_eq!(ask(&acting), Err(user::Because::AboveYou), "{}", action.code());
        assert_eq!(ask(&both), Ok(()), "{}", action.code());
    }
    let manager = Manager { person: &both, roles: &[GLOBAL_ADMINISTRATOR] };
    let one = Administrators { directory: 2, partner: 1 };
    let answer = user::check(&manager, &chief, Action::Delete, &[], one);
    assert_eq!(answer.map_err(|refused| refused.because), Err(user::Because::LastAdministrator));
}

#[test]
fn a_deleted_user_can_be_brought_back_for_thirty_days() {
    let person = person(1, id(1), Vec::new());
    let details = Details {
        name: person.name.clone(),
        mail: person.mail.clone(),
        given_name: None,
        family_name: None,
        usage_location: None,
        phone: None,
        department: None,
        job_title: None,
    };
    let user = User {
        person,
        details,
        must_change_password: false,
        created_at: NOW,
        signed_in_at: None,
        deleted_at: Some(NOW),
        version: 2,
    };
    let ask = |taken, at| user::restorable(&user, taken, at).map_err(|refused| refused.because);
    let end = NOW.plus_days(KEPT_DAYS);
    assert_eq!(ask(false, Timestamp::from_micros(end.micros() - 1)), Ok(()));
    assert_eq!(ask(true, NOW), Err(user::Because::NameTaken));
    assert_eq!(ask(false, end), Err(user::Because::TooLate));
    assert_eq!(ask(true, end), Err(user::Because::TooLate));
}

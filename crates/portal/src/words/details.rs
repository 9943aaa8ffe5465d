//! What else there is to say about what happened: in which roles, through which application, how far, and why.

use std::str::FromStr as _;

use entente_app::activity::Entry;
use entente_domain::acting::{Because, End};
use entente_domain::application::CredentialKind;
use entente_domain::catalogue;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::DirectoryRoleId;
use entente_domain::user_import::Stopped;

use super::{directory_roles, role};
use crate::i18n::{Words, arg};
use crate::key;

/// The details of an entry that stand in no sentence of [`super::happened`], each in a few words. Codes and ids that this
/// version has no words for are left out.
pub(crate) fn details(words: Words, entry: &Entry) -> Vec<String> {
    entry.detail.iter().filter_map(|(name, said)| detail(words, entry, name, said)).collect()
}

fn detail(words: Words, entry: &Entry, name: &str, said: &str) -> Option<String> {
    match name {
        "application" => Some(words.t_with("detail-application", &[arg("application", said)])),
        "roles" => {
            let roles = roles(words, said);
            (!roles.is_empty()).then(|| words.t_with("detail-roles", &[arg("roles", &roles)]))
        }
        "acting_as" => {
            let roles = roles(words, said);
            (!roles.is_empty()).then(|| words.t_with("detail-acting-as", &[arg("roles", &roles)]))
        }
        "licences_given" => Some(words.t_with("detail-licences-given", &[arg("products", &skus(words, said))])),
        "licences_taken" => Some(words.t_with("detail-licences-taken", &[arg("products", &skus(words, said))])),
        "licences_plans" => Some(words.t_with("detail-licences-plans", &[arg("products", &skus(words, said))])),
        "licences_freed" => Some(words.t_with("detail-licences-freed", &[arg("products", &skus(words, said))])),
        "licences_missing" => Some(words.t_with("detail-licences-missing", &[arg("products", &skus(words, said))])),
        "lines" => said.parse::<i64>().ok().map(|n| words.t_with("detail-lines", &[arg("n", n)])),
        "wrong" => said.parse::<i64>().ok().filter(|n| *n > 0).map(|n| words.t_with("detail-wrong", &[arg("n", n)])),
        "made" => said.parse::<i64>().ok().map(|n| words.t_with("detail-made", &[arg("n", n)])),
        "credential" => CredentialKind::parse(said).map(|kind| {
            words.t(match kind {
                CredentialKind::Secret => key!("credential-secret"),
                CredentialKind::Key => key!("credential-key"),
            })
        }),
        "sessions" => ended_with_it(said).map(|count| words.t_with("detail-sessions", &[arg("count", count)])),
        "grants" => ended_with_it(said).map(|count| words.t_with("detail-grants", &[arg("count", count)])),
        "quantity" => quantity(words, entry, said),
        "fields" => {
            let names: Vec<_> = said.split(' ').filter_map(|it| Some(words.t(field(entry.kind, it)?))).collect();
            (!names.is_empty())
                .then(|| words.t_with("detail-fields", &[arg("fields", &names.join(&words.t("list-comma")))]))
        }
        "domain" if entry.kind == EventKind::CustomerCreated => {
            Some(words.t_with("detail-domain", &[arg("domain", said)]))
        }
        "signer" => Some(words.t_with("detail-signer", &[arg("name", said)])),
        "version" if entry.kind == EventKind::AgreementAttested => {
            Some(words.t_with("detail-agreement", &[arg("version", said)]))
        }
        "order" => Some(words.t_with("detail-order", &[arg("number", said)])),
        "called" => Some(words.t_with("detail-called", &[arg("name", said)])),
        "why" if entry.kind == EventKind::ImportEnded => Stopped::parse(said).map(|why| {
            words.t(match why {
                Stopped::Cancelled => key!("import-cancelled"),
                Stopped::NotAllowed => key!("import-not-allowed"),
            })
        }),
        "why" => End::parse(said).map(|why| words.t(ended(why))),
        "reach" => reach(words, entry, said),
        // Refusals to accept have codes of their own.
        "refusal" if entry.kind == EventKind::ActingRefused => {
            Because::parse(said).map(|because| words.t(refused(because)))
        }
        _ => None,
    }
}

/// The products that SKUs, by part number, are licences of.
fn skus(words: Words, said: &str) -> String {
    let name = |part: &str| match catalogue::sku(part) {
        Some(sku) => crate::licences::sku_name(words, sku.id),
        None => part.to_owned(),
    };
    said.split(' ').map(name).collect::<Vec<_>>().join(&words.t("list-comma"))
}

/// A field of a record, by the name it has in the form.
fn field(kind: EventKind, name: &str) -> Option<&'static str> {
    let company = kind == EventKind::CompanyChanged;
    Some(match name {
        "line1" => key!("company-line1"),
        "line2" => key!("company-line2"),
        "city" => key!("company-city"),
        "state" => key!("company-state"),
        "postal_code" => key!("company-postal"),
        "contact" => key!("company-contact"),
        "registration" => key!("company-registration"),
        "mail" if company => key!("company-mail"),
        "mail" => key!("people-mail"),
        "phone" if company => key!("company-phone"),
        "phone" => key!("users-phone"),
        "name" => key!("users-name"),
        "given_name" => key!("users-given-name"),
        "family_name" => key!("users-family-name"),
        "usage_location" => key!("users-usage-location"),
        "department" => key!("users-department"),
        "job_title" => key!("users-job-title"),
        _ => return None,
    })
}

/// How many units, and how many there were before.
fn quantity(words: Words, entry: &Entry, said: &str) -> Option<String> {
    let now = words.number(said.parse::<i64>().ok()?);
    let before = entry.said("before").and_then(|it| it.parse::<i64>().ok());
    Some(match before {
        Some(before) => words.t_with("detail-quantity-from", &[arg("before", &words.number(before)), arg("now", &now)]),
        None => words.t_with("detail-quantity", &[arg("now", &now)]),
    })
}

/// Roles at a customer stand as ids, those at a partner as codes.
fn roles(words: Words, said: &str) -> String {
    let (mut at_customer, mut own) = (Vec::new(), Vec::new());
    for one in said.split(' ') {
        match (DirectoryRoleId::from_str(one), PartnerRole::parse(one)) {
            (Ok(id), _) => at_customer.push(id),
            (Err(_), Some(code)) => own.push(role(words, code)),
            (Err(_), None) => {}
        }
    }
    own.extend(Some(directory_roles(words, &at_customer)).filter(|names| !names.is_empty()));
    own.join(&words.t("list-comma"))
}

/// How many of something ended with a change; none is not worth a word.
fn ended_with_it(said: &str) -> Option<i64> {
    said.parse().ok().filter(|count| *count > 0)
}

const fn ended(why: End) -> &'static str {
    match why {
        End::Left => key!("detail-ended-left"),
        End::Stopped => key!("detail-ended-stopped"),
        End::Removed => key!("detail-ended-removed"),
        End::Person => key!("detail-ended-person"),
        End::Suspended => key!("detail-ended-suspended"),
        End::Application => key!("detail-ended-application"),
        End::SecondFactor => key!("detail-ended-second-factor"),
    }
}

fn reach(words: Words, entry: &Entry, said: &str) -> Option<String> {
    let partner = entry.partner.as_deref().unwrap_or_default();
    let person = entry.person.as_deref().unwrap_or_default();
    match said {
        "everybody" => Some(words.t("reach-everybody")),
        "partner" => Some(words.t_with("reach-partner", &[arg("partner", partner)])),
        "person" => Some(words.t_with("reach-person", &[arg("person", person), arg("partner", partner)])),
        _ => None,
    }
}

/// Why somebody was refused, as both sides read it afterwards; `crate::refusal::acting` is for the one refused.
const fn refused(because: Because) -> &'static str {
    match because {
        Because::Blocked => key!("detail-refused-blocked"),
        Because::NoPartner => key!("detail-refused-no-partner"),
        Because::NoRelationship => key!("detail-refused-no-relationship"),
        Because::PartnerSuspended => key!("detail-refused-suspended"),
        Because::NoPrivileges => key!("detail-refused-no-privileges"),
        Because::PrivilegesRemoved => key!("detail-refused-removed"),
        Because::Stopped => key!("detail-refused-stopped"),
        Because::NoRole => key!("detail-refused-no-role"),
        Because::RoleNotHeld => key!("detail-refused-role-not-held"),
        Because::SecondFactorRequired => key!("detail-refused-second-factor"),
    }
}

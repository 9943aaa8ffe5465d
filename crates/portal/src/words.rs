//! Words that both portals say: clouds, countries, relationships, privileges, products, and what happened.

pub(crate) mod buying;
mod details;
mod happened;

use entente_domain::catalogue;
use entente_domain::cloud::{Cloud, PortalKind};
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role;
use entente_domain::ids::DirectoryRoleId;
use entente_domain::invitation::Asks;
use entente_domain::market::CountryCode;
use entente_domain::relationship::RelationshipKind;

pub(crate) use details::details;
pub(crate) use happened::{happened, mark};

use crate::i18n::Words;
use crate::key;
use crate::session::spoken;
use crate::ui::{Html, badge};

/// A cloud's name.
pub(crate) fn cloud(words: Words, cloud: Cloud) -> String {
    words.t(match cloud {
        Cloud::Public => key!("cloud-public"),
        Cloud::Germany => key!("cloud-germany"),
        Cloud::UsGovernment => key!("cloud-us-government"),
        Cloud::China => key!("cloud-china"),
    })
}

/// What a cloud's customers call their portal (requirement S14).
pub(crate) fn portal(words: Words, cloud: Cloud) -> String {
    words.t(match (cloud.facts().portal, cloud) {
        (PortalKind::Store, _) => key!("portal-store"),
        (PortalKind::Administration, Cloud::Germany) => key!("portal-germany"),
        (PortalKind::Administration, Cloud::UsGovernment) => key!("portal-us-government"),
        (PortalKind::Administration, Cloud::Public | Cloud::China) => key!("portal-china"),
    })
}

/// A country's name.
pub(crate) fn country(words: Words, country: CountryCode) -> String {
    entente_domain::market::country_name(country, spoken(words.language()))
}

/// What a partner is to a customer; the codes as stored.
pub(crate) fn relationship(words: Words, kind: &str, channel: &str) -> String {
    words.t(match (kind, channel) {
        ("advisor", _) => key!("rel-advisor"),
        (_, "provider") => key!("rel-provider"),
        (_, "reseller") => key!("rel-indirect-reseller"),
        _ => key!("rel-reseller"),
    })
}

/// The state of privileges as a badge; `code` as stored.
pub(crate) fn privileges(words: Words, code: &str) -> Html {
    match code {
        "granted" => badge("ok", words.t("priv-granted")),
        "removed" => badge("bad", words.t("priv-removed")),
        _ => badge("info", words.t("priv-none")),
    }
}

/// What a request asks for.
pub(crate) fn asks(words: Words, asks: Asks) -> String {
    words.t(match (asks.kind, asks.privileges) {
        (RelationshipKind::Reseller, true) => key!("asks-reseller-privileges"),
        (RelationshipKind::Reseller, false) => key!("asks-reseller"),
        (RelationshipKind::Advisor, true) => key!("asks-advisor-privileges"),
        (RelationshipKind::Advisor, false) => key!("asks-advisor"),
    })
}

/// A product's name by its code in the catalogue; the code itself for one that this version does not know.
pub(crate) fn product(words: Words, code: &str) -> String {
    catalogue::find(code).map_or(code, |product| product.name(spoken(words.language()))).to_owned()
}

/// A role of the partner's people.
pub(crate) fn role(words: Words, role: PartnerRole) -> String {
    words.t(match role {
        PartnerRole::GlobalAdmin => key!("role-global-admin"),
        PartnerRole::AdminAgent => key!("role-admin-agent"),
        PartnerRole::SalesAgent => key!("role-sales-agent"),
        PartnerRole::HelpdeskAgent => key!("role-helpdesk-agent"),
        PartnerRole::UserManagementAdmin => key!("role-user-management-admin"),
        PartnerRole::BillingAdmin => key!("role-billing-admin"),
    })
}

/// Roles at a customer, by name. One that this version does not know has none to show.
pub(crate) fn directory_roles(words: Words, roles: &[DirectoryRoleId]) -> String {
    let language = spoken(words.language());
    let known = roles.iter().filter_map(|id| directory_role::find(*id));
    known.map(|role| role.label(language)).collect::<Vec<_>>().join(&words.t("list-comma"))
}

//! The built-in directory roles (`data/directory-roles.tsv`): what people of a tenant may hold and partners may be granted.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::ids::DirectoryRoleId;
use crate::language::Language;
use crate::table;

/// A built-in directory role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryRole {
    /// The template id, the same in every tenant.
    pub id: DirectoryRoleId,
    /// The name on the wire.
    pub name: &'static str,
    /// Whether the role can raise its holder's or others' rights; such roles are marked wherever they are offered.
    pub privileged: bool,
    /// Whether partners can ask for it in an admin relationship.
    pub in_picker: bool,
    /// Which inviters' new customers grant it unasked, where default admin relationships are switched on.
    pub default_for: Vec<DefaultFor>,
    label: [Option<&'static str>; 2],
    reach: Option<[&'static str; 2]>,
    details: [Vec<&'static str>; 2],
}

/// Who brings a customer in, as far as the default roles differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultFor {
    /// A direct partner.
    Direct,
    /// An indirect provider.
    IndirectProvider,
    /// An indirect reseller.
    IndirectReseller,
    /// A partner that registers domains.
    DomainPartner,
    /// A vendor of a control panel.
    ControlPanelVendor,
}

macro_rules! well_known {
    ($($(#[$doc:meta])* $name:ident = $template:literal;)+) => {$(
        $(#[$doc])*
        pub const $name: DirectoryRoleId = DirectoryRoleId::new(Uuid::from_u128($template));
    )+
    #[cfg(test)]
    const WELL_KNOWN: &[(&str, DirectoryRoleId)] = &[$((stringify!($name), $name)),+];
    };
}

well_known! {
    /// Everything in the directory; what the privileges give a partner's admin agents.
    GLOBAL_ADMINISTRATOR = 0x62e9_0394_69f5_4237_9190_0121_7714_5e10;
    /// Passwords of people who are no administrators; what the privileges give a partner's helpdesk agents.
    HELPDESK_ADMINISTRATOR = 0x7298_27e3_9c14_49f7_bb1b_9608_f156_bbb8;
    /// Purchases, bills and subscriptions.
    BILLING_ADMINISTRATOR = 0xb0f5_4661_2d74_4c50_afa3_1ec8_03f1_2efe;
    /// Users and groups.
    USER_ADMINISTRATOR = 0xfe93_0be7_5e62_47db_91af_98c3_a49a_38b1;
    /// Licences of users and groups.
    LICENSE_ADMINISTRATOR = 0x4d6a_c14f_3453_41d0_bef9_a3e0_c569_773a;
    /// Reads basic directory information.
    DIRECTORY_READERS = 0x88d8_e3e3_8f55_4a1e_953a_9b98_98b8_876b;
    /// Reads and writes basic directory information.
    DIRECTORY_WRITERS = 0x9360_feb5_f418_4baa_8175_e2a0_0bac_4301;
    /// Reads everything a global administrator can.
    GLOBAL_READER = 0xf2ef_992c_3afb_46b9_b7cf_a126_ee74_c451;
    /// Service requests and service health.
    SERVICE_SUPPORT_ADMINISTRATOR = 0xf023_fd81_a637_4b56_95fd_791a_c022_6033;
    /// Assigns roles.
    PRIVILEGED_ROLE_ADMINISTRATOR = 0xe861_1ab8_c189_46e8_94e1_6021_3ab1_f814;
    /// Sign-in methods of everyone, administrators included.
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR = 0x7be4_4c8a_adaf_4e2a_84d6_ab26_49e0_8a13;
}

impl DirectoryRole {
    /// The name on pages; the wire name where no translation exists.
    pub fn label(&self, language: Language) -> &'static str {
        let [en, zh] = self.label;
        language.pick(en, zh).unwrap_or(self.name)
    }

    /// Whether it is one of the roles that are commonly given: those with a name in every language.
    pub const fn is_common(&self) -> bool {
        self.label[1].is_some()
    }

    /// What the role allows, in one plain sentence. Only the roles of the classic privileges have one.
    pub fn reach(&self, language: Language) -> Option<&'static str> {
        self.reach.map(|[en, zh]| language.pick(en, zh))
    }

    /// What the role allows, point by point, for whoever asks for more than [`DirectoryRole::reach`]; may be empty.
    pub fn details(&self, language: Language) -> &[&'static str] {
        let [en, zh] = &self.details;
        language.pick(en, zh)
    }
}

static ROLES: LazyLock<Vec<DirectoryRole>> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &[
        "template_id",
        "name",
        "privileged",
        "in_picker",
        "default_for",
        "label_en",
        "label_zh",
        "reach_en",
        "reach_zh",
        "details_en",
        "details_zh",
    ];
    let mut roles = table::load("directory-roles.tsv", include_str!("../data/directory-roles.tsv"), COLUMNS, |row| {
        let list =
            |column| Ok::<_, String>(row.optional(column)?.map(|text| text.split('|').collect()).unwrap_or_default());
        Ok(DirectoryRole {
            id: row.required("template_id")?.parse().map_err(|error: crate::ids::NotAnId| error.to_string())?,
            name: row.required("name")?,
            privileged: row.flag("privileged")?,
            in_picker: row.flag("in_picker")?,
            default_for: row
                .get("default_for")?
                .split(',')
                .filter(|item| !item.is_empty())
                .map(default_for)
                .collect::<Result<_, _>>()?,
            label: [row.optional("label_en")?, row.optional("label_zh")?],
            reach: match (row.optional("reach_en")?, row.optional("reach_zh")?) {
                (Some(en), Some(zh)) => Some([en, zh]),
                (None, None) => None,
                _ => return Err("reach in one language only".to_owned()),
            },
            details: [list("details_en")?, list("details_zh")?],
        })
    });
    roles.sort_by_key(|role| role.id);
    roles
});

fn default_for(text: &str) -> Result<DefaultFor, String> {
    Ok(match text {
        "direct" => DefaultFor::Direct,
        "indirectProvider" => DefaultFor::IndirectProvider,
        "indirectReseller" => DefaultFor::IndirectReseller,
        "domainPartner" => DefaultFor::DomainPartner,
        "cpv" => DefaultFor::ControlPanelVendor,
        other => return Err(format!("unknown default {other}")),
    })
}

/// The role with this template id.
pub fn find(id: DirectoryRoleId) -> Option<&'static DirectoryRole> {
    ROLES.binary_search_by_key(&id, |role| role.id).ok().map(|at| &ROLES[at])
}

/// Every built-in role, in the order of the template ids.
pub fn all() -> &'static [DirectoryRole] {
    &ROLES
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(all().len(), 126);
        assert_eq!(all().iter().map(|role| role.id).collect::<BTreeSet<_>>().len(), 126);
        assert_eq!(all().iter().map(|role| role.name).collect::<BTreeSet<_>>().len(), 126);
        assert!(all().iter().filter(|role| !role.default_for.is_empty()).all(|role| role.in_picker));
        for role in all() {
            assert_eq!(role.label[0].is_some(), role.label[1].is_some(), "{}", role.name);
            assert_eq!(role.details[0].len(), role.details[1].len(), "{}", role.name);
        }
        assert!(all().iter().filter(|role| role.label[1].is_some()).count() >= 20);
    }

    #[test]
    fn well_known_roles_are_what_they_are_called() {
        for (constant, id) in WELL_KNOWN {
            let role = find(*id).unwrap();
            assert_eq!(role.name.to_uppercase().replace(' ', "_"), *constant);
            assert!(role.in_picker);
            assert_ne!(role.label(Language::ZhCn), role.name);
        }
    }

    #[test]
    fn classic_privileges_explain_themselves() {
        for id in [GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR] {
            let role = find(id).unwrap();
            assert!(role.privileged);
            assert!(Language::ALL.into_iter().all(|language| role.reach(language).is_some()));
        }
        assert_eq!(find(GLOBAL_ADMINISTRATOR).unwrap().details(Language::ZhCn).len(), 3);
        assert_eq!(find(BILLING_ADMINISTRATOR).unwrap().label(Language::En), "Billing administrator");
    }

    #[test]
    fn defaults_differ_by_who_invites() {
        let count = |who| all().iter().filter(|role| role.default_for.contains(&who)).count();
        assert_eq!(count(DefaultFor::IndirectReseller) + 2, count(DefaultFor::Direct));
        assert_eq!(count(DefaultFor::Direct) + 2, count(DefaultFor::DomainPartner));
    }

    #[test]
    fn unknown_ids_are_not_found() {
        assert_eq!(find(DirectoryRoleId::new(Uuid::nil())), None);
    }
}

//! People, groups and the roles they hold.

use crate::directory_role::GLOBAL_ADMINISTRATOR;
use crate::ids::{DirectoryRoleId, GroupId, TenantId, UserId};
use crate::language::Language;
use crate::text::{EmailAddress, PersonName, UserPrincipalName};

/// A person in a tenant's directory, with the roles the tenant gave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their organisation.
    pub tenant: TenantId,
    /// What they type to sign in.
    pub upn: UserPrincipalName,
    /// How others see them.
    pub name: PersonName,
    /// Where their mail goes.
    pub mail: EmailAddress,
    /// Their own choice of language.
    pub language: Option<Language>,
    /// False once an administrator has blocked them: nothing they hold counts any more.
    pub enabled: bool,
    /// Roles in a partner's organisation.
    pub partner_roles: Vec<PartnerRole>,
    /// Roles in a customer's directory.
    pub directory_roles: Vec<DirectoryRoleId>,
}

impl Person {
    /// Whether they are a global administrator of their own tenant: the only people who may accept (requirement S8).
    pub fn is_global_administrator(&self) -> bool {
        self.enabled && self.directory_roles.contains(&GLOBAL_ADMINISTRATOR)
    }
}

/// A security group in a tenant's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its organisation.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
}

/// Roles a partner gives its own people (business rules, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartnerRole {
    /// Everything, including people, billing and ending relationships.
    GlobalAdmin,
    /// Customers, subscriptions, requests for privileges, acting on behalf.
    AdminAgent,
    /// Requests for relationships and orders.
    SalesAgent,
    /// Finding and supporting customers.
    HelpdeskAgent,
    /// The partner's own people.
    UserManagementAdmin,
    /// Bills and prices.
    BillingAdmin,
}

crate::codes! {
    PartnerRole {
        GlobalAdmin = "global_admin",
        AdminAgent = "admin_agent",
        SalesAgent = "sales_agent",
        HelpdeskAgent = "helpdesk_agent",
        UserManagementAdmin = "user_management_admin",
        BillingAdmin = "billing_admin",
    }
}

impl PartnerRole {
    /// The name on pages and in reasons.
    pub const fn label(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::GlobalAdmin => ("Global admin", "全局管理员"),
            Self::AdminAgent => ("Admin agent", "管理代理"),
            Self::SalesAgent => ("Sales agent", "销售代理"),
            Self::HelpdeskAgent => ("Helpdesk agent", "支持代理"),
            Self::UserManagementAdmin => ("User management admin", "用户管理员"),
            Self::BillingAdmin => ("Billing admin", "账单管理员"),
        };
        match language {
            Language::En => en,
            Language::ZhCn => zh,
        }
    }
}

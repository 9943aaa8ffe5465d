//! One sentence for each kind of event, for every page that shows what happened.

use entente_app::activity::Entry;
use entente_domain::event::EventKind;

use crate::i18n::Words;
use crate::key;
use crate::ui::Html;

/// What happened, with the names in bold. Who did it stands beside it, so the sentence does not repeat that.
pub(crate) fn happened(words: Words, entry: &Entry) -> Html {
    let name = |known: &Option<String>, fallback: &'static str| {
        known.as_deref().map_or_else(|| Html::text(&words.t(fallback)), Html::strong)
    };
    let product = entry
        .subscription
        .as_deref()
        .map_or_else(|| Html::text(&words.t("happened-a-product")), |code| Html::strong(&super::product(words, code)));
    let number = entry.said("service_request").unwrap_or("–");
    let args = [
        ("number", Html::text(number)),
        ("partner", name(&entry.partner, key!("happened-a-partner"))),
        ("customer", name(&entry.customer, key!("happened-a-customer"))),
        ("person", name(&entry.person, key!("happened-somebody"))),
        ("product", product),
    ];
    words.rich(sentence(entry), &args)
}

/// Which rule about signing in changed.
fn asked(entry: &Entry) -> &'static str {
    let on = entry.said("enabled") == Some("yes");
    match entry.said("policy") {
        Some("required") if on => key!("happened-security-required"),
        Some("required") => key!("happened-security-not-required"),
        Some("partners") if on => key!("happened-security-partners"),
        Some("partners") => key!("happened-security-not-partners"),
        Some("device_codes") if on => key!("happened-security-codes"),
        Some("device_codes") => key!("happened-security-no-codes"),
        // As it was written before it said which.
        _ => key!("happened-security-changed"),
    }
}

fn sentence(entry: &Entry) -> &'static str {
    let says = |name: &str, value: &str| entry.said(name) == Some(value);
    match entry.kind {
        EventKind::InvitationCreated => key!("happened-invitation-created"),
        EventKind::InvitationOpened => key!("happened-invitation-opened"),
        EventKind::InvitationSent => key!("happened-invitation-sent"),
        EventKind::InvitationReminded => key!("happened-invitation-reminded"),
        EventKind::InvitationCancelled => key!("happened-invitation-cancelled"),
        EventKind::InvitationSuperseded => key!("happened-invitation-superseded"),
        EventKind::InvitationExpired => key!("happened-invitation-expired"),
        EventKind::InvitationAccepted if says("granted_privileges", "yes") => key!("happened-accepted-privileges"),
        EventKind::InvitationAccepted => key!("happened-accepted"),
        EventKind::InvitationDeclined => key!("happened-invitation-declined"),
        EventKind::InvitationForwarded => key!("happened-invitation-forwarded"),
        EventKind::NewLinkWanted => key!("happened-new-link-wanted"),
        EventKind::AcceptanceRefused => key!("happened-acceptance-refused"),
        EventKind::PrivilegesRemoved if says("side", "partner") => key!("happened-privileges-given-up"),
        EventKind::PrivilegesRemoved => key!("happened-privileges-removed"),
        EventKind::RelationshipEnded => key!("happened-relationship-ended"),
        EventKind::SubscriptionAdded => key!("happened-subscription-added"),
        EventKind::SubscriptionSuspended => key!("happened-subscription-suspended"),
        EventKind::SubscriptionActivated => key!("happened-subscription-activated"),
        EventKind::SubscriptionCancelled => key!("happened-subscription-cancelled"),
        EventKind::SubscriptionRenamed => key!("happened-subscription-renamed"),
        EventKind::QuantityChanged => key!("happened-quantity-changed"),
        EventKind::RenewalChanged if says("renews", "yes") => key!("happened-renewal-on"),
        EventKind::RenewalChanged => key!("happened-renewal-off"),
        EventKind::SubscriptionRenewed => key!("happened-subscription-renewed"),
        EventKind::SubscriptionExpired => key!("happened-subscription-expired"),
        EventKind::OrdersExported => key!("happened-orders-exported"),
        EventKind::SupportAssigned => key!("happened-support-assigned"),
        EventKind::ServiceRequestOpened => key!("happened-support-opened"),
        EventKind::ServiceRequestNoted => key!("happened-support-noted"),
        EventKind::ServiceRequestAnswered => key!("happened-support-answered"),
        EventKind::ServiceRequestAskedBack => key!("happened-support-asked-back"),
        EventKind::ServiceRequestClosed => key!("happened-support-closed"),
        EventKind::ServiceRequestReopened => key!("happened-support-reopened"),
        EventKind::PersonAdded => key!("happened-person-added"),
        EventKind::PersonDisabled => key!("happened-person-disabled"),
        EventKind::PersonEnabled => key!("happened-person-enabled"),
        EventKind::RolesChanged => key!("happened-roles-changed"),
        EventKind::PasswordChanged => key!("happened-password-changed"),
        EventKind::UserChanged => key!("happened-user-changed"),
        EventKind::UserDeleted => key!("happened-user-deleted"),
        EventKind::UserRestored => key!("happened-user-restored"),
        EventKind::UserPurged => key!("happened-user-purged"),
        EventKind::LicencesChanged => key!("happened-licences-changed"),
        EventKind::UsersExported => key!("happened-users-exported"),
        EventKind::ImportChecked => key!("happened-import-checked"),
        EventKind::ImportStarted => key!("happened-import-started"),
        EventKind::ImportEnded => key!("happened-import-ended"),
        EventKind::FirstPasswordsFetched => key!("happened-first-passwords"),
        EventKind::LanguageChanged => key!("happened-language-changed"),
        EventKind::GroupAdded => key!("happened-group-added"),
        EventKind::GroupMemberAdded => key!("happened-group-member-added"),
        EventKind::GroupMemberRemoved => key!("happened-group-member-removed"),
        EventKind::SignedIn => key!("happened-signed-in"),
        EventKind::SignInFailed => key!("happened-sign-in-failed"),
        EventKind::SignedOut => key!("happened-signed-out"),
        EventKind::ApplicationAdded => key!("happened-application-added"),
        EventKind::ApplicationChanged => key!("happened-application-changed"),
        EventKind::ApplicationDisabled => key!("happened-application-disabled"),
        EventKind::ApplicationEnabled => key!("happened-application-enabled"),
        EventKind::CredentialAdded => key!("happened-credential-added"),
        EventKind::CredentialRemoved => key!("happened-credential-removed"),
        EventKind::CredentialUnused => key!("happened-credential-unused"),
        EventKind::TokenReplayed => key!("happened-token-replayed"),
        EventKind::DeviceApproved => key!("happened-device-approved"),
        EventKind::GrantEnded => key!("happened-grant-ended"),
        EventKind::ActingBegan => key!("happened-acting-began"),
        EventKind::ActingEnded => key!("happened-acting-ended"),
        EventKind::ActingRefused => key!("happened-acting-refused"),
        EventKind::ActingStopped => key!("happened-acting-stopped"),
        EventKind::ActingAllowed => key!("happened-acting-allowed"),
        EventKind::Confirmed => key!("happened-confirmed"),
        EventKind::SessionEnded => key!("happened-session-ended"),
        EventKind::FactorAdded if says("factor", "passkey") => key!("happened-passkey-added"),
        EventKind::FactorAdded => key!("happened-authenticator-added"),
        EventKind::FactorRemoved if says("factor", "passkey") => key!("happened-passkey-removed"),
        EventKind::FactorRemoved if says("factor", "all") => key!("happened-factors-reset"),
        EventKind::FactorRemoved => key!("happened-authenticator-removed"),
        EventKind::RecoveryCodesMade => key!("happened-codes-made"),
        EventKind::RecoveryCodeUsed => key!("happened-code-used"),
        EventKind::SecurityPolicyChanged => asked(entry),
        EventKind::ProviderChanged if says("enabled", "yes") => key!("happened-provider-on"),
        EventKind::ProviderChanged => key!("happened-provider-changed"),
        EventKind::ProviderRemoved => key!("happened-provider-removed"),
        EventKind::PersonLinked => key!("happened-person-linked"),
        EventKind::CustomerCreated => key!("happened-customer-created"),
        EventKind::AgreementAttested => key!("happened-agreement-attested"),
        EventKind::CompanyChanged => key!("happened-company-changed"),
        EventKind::CustomersExported => key!("happened-customers-exported"),
        EventKind::PartnerSuspended => key!("happened-partner-suspended"),
        EventKind::PartnerReinstated => key!("happened-partner-reinstated"),
        EventKind::KeysRotated => key!("happened-keys-rotated"),
        EventKind::ServiceHealthChanged => key!("happened-service-health"),
        EventKind::TenantAdded => key!("happened-tenant-added"),
        EventKind::SetUpCompleted => key!("happened-set-up-completed"),
    }
}

/// The icon of a kind of event in a timeline, and its tone.
pub(crate) const fn mark(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::InvitationCreated
        | EventKind::InvitationOpened
        | EventKind::LanguageChanged
        | EventKind::UserChanged
        | EventKind::ApplicationChanged
        | EventKind::SubscriptionRenamed
        | EventKind::QuantityChanged
        | EventKind::RenewalChanged
        | EventKind::CompanyChanged => ("pencil", ""),
        EventKind::InvitationSent | EventKind::InvitationForwarded | EventKind::NewLinkWanted => ("send", ""),
        EventKind::InvitationReminded => ("bell", ""),
        EventKind::InvitationCancelled | EventKind::InvitationSuperseded => ("undo", ""),
        EventKind::InvitationExpired | EventKind::SubscriptionExpired => ("clock", "warn"),
        EventKind::InvitationAccepted => ("handshake", "ok"),
        EventKind::InvitationDeclined => ("x", "bad"),
        EventKind::AcceptanceRefused | EventKind::SignInFailed | EventKind::ActingRefused => ("warning", "warn"),
        EventKind::PrivilegesRemoved | EventKind::ActingStopped => ("shield-alert", "bad"),
        EventKind::RelationshipEnded => ("ban", "bad"),
        EventKind::SubscriptionAdded | EventKind::SupportAssigned => ("package", "acc"),
        EventKind::SubscriptionSuspended => ("package", "warn"),
        EventKind::SubscriptionActivated | EventKind::SubscriptionRenewed => ("package", "ok"),
        EventKind::SubscriptionCancelled => ("package", "bad"),
        EventKind::ServiceRequestOpened | EventKind::ServiceRequestNoted | EventKind::ServiceRequestReopened => {
            ("support", "")
        }
        EventKind::ServiceRequestAnswered => ("support", "acc"),
        EventKind::ServiceRequestAskedBack => ("support", "warn"),
        EventKind::ServiceRequestClosed => ("support", "ok"),
        EventKind::PersonAdded | EventKind::PersonEnabled => ("user-check", ""),
        EventKind::PersonDisabled | EventKind::UserDeleted => ("user-x", "warn"),
        EventKind::UserRestored => ("undo", "ok"),
        EventKind::UserPurged => ("trash", ""),
        EventKind::ImportChecked | EventKind::ImportStarted | EventKind::ImportEnded => ("clipboard", ""),
        EventKind::RolesChanged
        | EventKind::GroupAdded
        | EventKind::GroupMemberAdded
        | EventKind::GroupMemberRemoved
        | EventKind::SecurityPolicyChanged => ("administrators", ""),
        EventKind::PasswordChanged
        | EventKind::RecoveryCodesMade
        | EventKind::CredentialAdded
        | EventKind::CredentialRemoved
        | EventKind::ProviderChanged
        | EventKind::ProviderRemoved
        | EventKind::KeysRotated => ("key", ""),
        EventKind::Confirmed | EventKind::FactorAdded => ("fingerprint", ""),
        EventKind::FactorRemoved | EventKind::RecoveryCodeUsed => ("fingerprint", "warn"),
        EventKind::SignedIn | EventKind::DeviceApproved => ("sign-in", ""),
        EventKind::SignedOut | EventKind::GrantEnded | EventKind::ActingEnded | EventKind::SessionEnded => {
            ("sign-out", "")
        }
        EventKind::ApplicationAdded | EventKind::LicencesChanged => ("package", ""),
        EventKind::ServiceHealthChanged => ("webhook", ""),
        EventKind::ApplicationDisabled | EventKind::PartnerSuspended => ("ban", "warn"),
        EventKind::ApplicationEnabled | EventKind::ActingAllowed | EventKind::PartnerReinstated => ("check", "ok"),
        EventKind::CredentialUnused | EventKind::FirstPasswordsFetched => ("key", "warn"),
        EventKind::TokenReplayed => ("warning", "bad"),
        EventKind::ActingBegan => ("administrators", "acc"),
        EventKind::PersonLinked => ("link", ""),
        EventKind::CustomersExported | EventKind::UsersExported | EventKind::OrdersExported => ("download", ""),
        EventKind::AgreementAttested => ("file", "acc"),
        EventKind::CustomerCreated | EventKind::TenantAdded | EventKind::SetUpCompleted => ("building", ""),
    }
}

//! One thing that happened: the only source of the audit row, the mail and the webhook.

use crate::ids::{EventId, InvitationId, RelationshipId, SubscriptionId, TenantId, UserId};
use crate::time::Timestamp;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A signed-in person, with their own organisation.
    Person {
        /// The person.
        user: UserId,
        /// The organisation they belong to.
        tenant: TenantId,
    },
    /// Somebody not signed in, for instance a wrong password.
    Anonymous,
    /// The operator, on the command line.
    Operator,
    /// Entente itself, for instance the sweep of what expired.
    System,
}

impl Actor {
    /// The person, when there is one.
    pub const fn user(self) -> Option<UserId> {
        if let Self::Person { user, .. } = self { Some(user) } else { None }
    }
    /// The organisation the actor belongs to, when there is one.
    pub const fn tenant(self) -> Option<TenantId> {
        if let Self::Person { tenant, .. } = self { Some(tenant) } else { None }
    }
}

/// What a state machine says happened. [`crate::event::Event`] adds who, when and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// What kind of thing.
    pub kind: EventKind,
    /// The partner concerned.
    pub partner: Option<TenantId>,
    /// The second partner of an indirect request.
    pub companion: Option<TenantId>,
    /// The customer concerned.
    pub customer: Option<TenantId>,
    /// The request concerned.
    pub invitation: Option<InvitationId>,
    /// The relationship concerned.
    pub relationship: Option<RelationshipId>,
    /// The subscription concerned.
    pub subscription: Option<SubscriptionId>,
    /// The person it was done to.
    pub person: Option<UserId>,
    /// What else a reader needs, as ordered names and values; names are part of the canonical row.
    pub detail: Vec<(&'static str, String)>,
}

impl Happened {
    /// Starts from the kind alone.
    pub const fn new(kind: EventKind) -> Self {
        Self {
            kind,
            partner: None,
            companion: None,
            customer: None,
            invitation: None,
            relationship: None,
            subscription: None,
            person: None,
            detail: Vec::new(),
        }
    }
    /// Names the partner.
    #[must_use]
    pub const fn partner(mut self, partner: TenantId) -> Self {
        self.partner = Some(partner);
        self
    }
    /// Names the customer.
    #[must_use]
    pub const fn customer(mut self, customer: TenantId) -> Self {
        self.customer = Some(customer);
        self
    }
    /// Names the person it was done to.
    #[must_use]
    pub const fn person(mut self, person: UserId) -> Self {
        self.person = Some(person);
        self
    }
    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.detail.push((name, value.into()));
        self
    }
    /// Adds a detail when there is one.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// What happened, who did it, when and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The network address it came from, when it came over the network.
    pub address: Option<String>,
    /// What.
    pub what: Happened,
}

/// The kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// A partner drafted a request.
    InvitationCreated,
    /// A draft became an open request.
    InvitationOpened,
    /// The partner had Entente send the request.
    InvitationSent,
    /// The recipient was reminded.
    InvitationReminded,
    /// The partner withdrew the request.
    InvitationCancelled,
    /// A new request replaced this one.
    InvitationSuperseded,
    /// Nobody answered in time.
    InvitationExpired,
    /// A customer accepted.
    InvitationAccepted,
    /// A customer declined.
    InvitationDeclined,
    /// A person without the right to accept passed the request on.
    InvitationForwarded,
    /// Somebody met an expired link and asked for a new one.
    NewLinkWanted,
    /// Somebody tried to accept and may not.
    AcceptanceRefused,
    /// Privileges were taken away.
    PrivilegesRemoved,
    /// The partner ended the relationship.
    RelationshipEnded,
    /// A partner provisioned a subscription.
    SubscriptionAdded,
    /// A subscription was suspended.
    SubscriptionSuspended,
    /// A suspended subscription runs again.
    SubscriptionActivated,
    /// A subscription was taken back in time.
    SubscriptionCancelled,
    /// A subscription got another name.
    SubscriptionRenamed,
    /// A subscription has more or fewer units.
    QuantityChanged,
    /// Whether another term follows was decided anew.
    RenewalChanged,
    /// Another term of a subscription began.
    SubscriptionRenewed,
    /// A subscription ended with its term.
    SubscriptionExpired,
    /// The order history of a customer left the house.
    OrdersExported,
    /// Another partner of the channel, or the seller again, supports a subscription.
    SupportAssigned,
    /// Somebody opened a service request.
    ServiceRequestOpened,
    /// Somebody other than the operator added a note to a service request.
    ServiceRequestNoted,
    /// The operator answered a service request.
    ServiceRequestAnswered,
    /// The operator needs something from whoever opened a service request.
    ServiceRequestAskedBack,
    /// A service request was closed.
    ServiceRequestClosed,
    /// A closed service request was opened again.
    ServiceRequestReopened,
    /// A person was added to a directory.
    PersonAdded,
    /// A person was blocked.
    PersonDisabled,
    /// A blocked person may sign in again.
    PersonEnabled,
    /// A person's roles changed.
    RolesChanged,
    /// A person's password was set by an administrator or by themselves.
    PasswordChanged,
    /// What a directory knows about a user was changed.
    UserChanged,
    /// A user was deleted, for 30 days.
    UserDeleted,
    /// A deleted user was brought back.
    UserRestored,
    /// Nobody brought a deleted user back in time: the record is gone.
    UserPurged,
    /// A user was given licences or lost some, or other service plans of theirs are switched off.
    LicencesChanged,
    /// The list of users left the house.
    UsersExported,
    /// A file of users to be made was read and checked.
    ImportChecked,
    /// Users are being made from a file.
    ImportStarted,
    /// No more users are made from a file.
    ImportEnded,
    /// The first passwords of users made from a file were fetched.
    FirstPasswordsFetched,
    /// A person chose another language.
    LanguageChanged,
    /// A security group was added to a directory.
    GroupAdded,
    /// A person was put into a security group.
    GroupMemberAdded,
    /// A person was taken out of a security group.
    GroupMemberRemoved,
    /// A person signed in.
    SignedIn,
    /// A sign-in failed.
    SignInFailed,
    /// A person signed out.
    SignedOut,
    /// An application was registered.
    ApplicationAdded,
    /// An application was changed.
    ApplicationChanged,
    /// An application was switched off, with all its tokens.
    ApplicationDisabled,
    /// An application was switched on again.
    ApplicationEnabled,
    /// An application got a secret or key.
    CredentialAdded,
    /// A secret or key was taken away.
    CredentialRemoved,
    /// A secret or key nobody used was switched off.
    CredentialUnused,
    /// A used refresh token came again: whoever held it, the grant is over.
    TokenReplayed,
    /// A person let an application act for them on another device.
    DeviceApproved,
    /// A person ended what they had let an application do.
    GrantEnded,
    /// A partner's person began to act on behalf of a customer.
    ActingBegan,
    /// Acting on behalf ended before its tokens ran out.
    ActingEnded,
    /// A partner's person tried to act on behalf of a customer and may not.
    ActingRefused,
    /// The customer stopped somebody, a partner or everybody from acting on its behalf.
    ActingStopped,
    /// The customer lets them act again.
    ActingAllowed,
    /// A person proved again who they are.
    Confirmed,
    /// A session was ended from the list of sessions.
    SessionEnded,
    /// A person set up a second factor.
    FactorAdded,
    /// A second factor was removed, by its person or by an administrator.
    FactorRemoved,
    /// A person made recovery codes; older ones are void.
    RecoveryCodesMade,
    /// A recovery code was used up.
    RecoveryCodeUsed,
    /// An organisation requires two factors, or does so no more.
    SecurityPolicyChanged,
    /// An administrator named the organisation's provider of identity, or changed it.
    ProviderChanged,
    /// An administrator removed the organisation's provider of identity.
    ProviderRemoved,
    /// A person was linked to a subject of the organisation's provider.
    PersonLinked,
    /// A partner created a customer with an organisation of its own.
    CustomerCreated,
    /// A partner attested that a customer signed the agreement.
    AgreementAttested,
    /// What is known of an organisation, its address and its contact, was changed.
    CompanyChanged,
    /// The customer list left the house.
    CustomersExported,
    /// The operator suspended a partner.
    PartnerSuspended,
    /// The operator lets a partner do business again.
    PartnerReinstated,
    /// The operator replaced the keys that a cloud's tokens are signed with.
    KeysRotated,
    /// The operator said anew how a service does.
    ServiceHealthChanged,
    /// A tenant was registered.
    TenantAdded,
    /// The installation got its first administrator.
    SetUpCompleted,
}

crate::codes! {
    EventKind {
        InvitationCreated = "invitation_created",
        InvitationOpened = "invitation_opened",
        InvitationSent = "invitation_sent",
        InvitationReminded = "invitation_reminded",
        InvitationCancelled = "invitation_cancelled",
        InvitationSuperseded = "invitation_superseded",
        InvitationExpired = "invitation_expired",
        InvitationAccepted = "invitation_accepted",
        InvitationDeclined = "invitation_declined",
        InvitationForwarded = "invitation_forwarded",
        NewLinkWanted = "new_link_wanted",
        AcceptanceRefused = "acceptance_refused",
        PrivilegesRemoved = "privileges_removed",
        RelationshipEnded = "relationship_ended",
        SubscriptionAdded = "subscription_added",
        SubscriptionSuspended = "subscription_suspended",
        SubscriptionActivated = "subscription_activated",
        SubscriptionCancelled = "subscription_cancelled",
        SubscriptionRenamed = "subscription_renamed",
        QuantityChanged = "quantity_changed",
        RenewalChanged = "renewal_changed",
        SubscriptionRenewed = "subscription_renewed",
        SubscriptionExpired = "subscription_expired",
        OrdersExported = "orders_exported",
        SupportAssigned = "support_assigned",
        ServiceRequestOpened = "service_request_opened",
        ServiceRequestNoted = "service_request_noted",
        ServiceRequestAnswered = "service_request_answered",
        ServiceRequestAskedBack = "service_request_asked_back",
        ServiceRequestClosed = "service_request_closed",
        ServiceRequestReopened = "service_request_reopened",
        PersonAdded = "person_added",
        PersonDisabled = "person_disabled",
        PersonEnabled = "person_enabled",
        RolesChanged = "roles_changed",
        PasswordChanged = "password_changed",
        UserChanged = "user_changed",
        UserDeleted = "user_deleted",
        UserRestored = "user_restored",
        UserPurged = "user_purged",
        LicencesChanged = "licences_changed",
        UsersExported = "users_exported",
        ImportChecked = "import_checked",
        ImportStarted = "import_started",
        ImportEnded = "import_ended",
        FirstPasswordsFetched = "first_passwords_fetched",
        LanguageChanged = "language_changed",
        GroupAdded = "group_added",
        GroupMemberAdded = "group_member_added",
        GroupMemberRemoved = "group_member_removed",
        SignedIn = "signed_in",
        SignInFailed = "sign_in_failed",
        SignedOut = "signed_out",
        ApplicationAdded = "application_added",
        ApplicationChanged = "application_changed",
        ApplicationDisabled = "application_disabled",
        ApplicationEnabled = "application_enabled",
        CredentialAdded = "credential_added",
        CredentialRemoved = "credential_removed",
        CredentialUnused = "credential_unused",
        TokenReplayed = "token_replayed",
        DeviceApproved = "device_approved",
        GrantEnded = "grant_ended",
        ActingBegan = "acting_began",
        ActingEnded = "acting_ended",
        ActingRefused = "acting_refused",
        ActingStopped = "acting_stopped",
        ActingAllowed = "acting_allowed",
        Confirmed = "confirmed",
        SessionEnded = "session_ended",
        FactorAdded = "factor_added",
        FactorRemoved = "factor_removed",
        RecoveryCodesMade = "recovery_codes_made",
        RecoveryCodeUsed = "recovery_code_used",
        SecurityPolicyChanged = "security_policy_changed",
        ProviderChanged = "provider_changed",
        ProviderRemoved = "provider_removed",
        PersonLinked = "person_linked",
        CustomerCreated = "customer_created",
        AgreementAttested = "agreement_attested",
        CompanyChanged = "company_changed",
        CustomersExported = "customers_exported",
        PartnerSuspended = "partner_suspended",
        PartnerReinstated = "partner_reinstated",
        KeysRotated = "keys_rotated",
        ServiceHealthChanged = "service_health_changed",
        TenantAdded = "tenant_added",
        SetUpCompleted = "set_up_completed",
    }
}

//! Typed identifiers: one newtype per kind of thing, so that a customer's id cannot be passed where a partner's is due.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The text was not a UUID in its canonical hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct NotAnId;

/// What every typed identifier can do; lets the store read and write any of them.
pub trait Id: Copy + Eq + fmt::Display {
    /// Wraps a raw UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The raw UUID.
    fn uuid(self) -> Uuid;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(Uuid);

        // As one number: decisions search sorted lists of ids, and comparing byte by byte costs three times as much.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering { self.0.as_u128().cmp(&other.0.as_u128()) }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> { Some(self.cmp(other)) }
        }

        impl $name {
            /// Wraps a raw UUID in a constant.
            pub const fn new(uuid: Uuid) -> Self { Self(uuid) }
        }

        impl Id for $name {
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.0, f) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}({})", stringify!($name), self.0) }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            /// Accepts the hyphenated form only, so that one thing has one address.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.len() != 36 { return Err(NotAnId); }
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    )+};
}

ids! {
    /// An organisation: partner, customer or both.
    TenantId
    /// A person in a tenant's directory.
    UserId
    /// A security group in a tenant's directory.
    GroupId
    /// A built-in directory role, by its template id (`data/directory-roles.tsv`).
    DirectoryRoleId
    /// A request a partner sends to one customer.
    InvitationId
    /// A reseller relationship between one partner and one customer.
    RelationshipId
    /// What one named administrator decided.
    ConsentId
    /// A subscription a partner provisioned for a customer.
    SubscriptionId
    /// One thing that happened.
    EventId
    /// A message in the outbox.
    MailId
    /// A signal to a relying service in the outbox.
    SignalId
    /// A signed-in browser.
    SessionId
    /// A program registered with the authority; on the wire `client_id`.
    ApplicationId
    /// A secret or key of an application.
    CredentialId
    /// What a person let an application do: the family its refresh tokens belong to.
    GrantId
    /// One person of a partner at work for one customer.
    ActingId
    /// A service with an administration portal.
    ServiceId
    /// A passkey of a person.
    PasskeyId
    /// What a licence of a product is called in directories (`data/skus.tsv`).
    SkuId
    /// A part of a licence that can be switched off by itself (`data/skus.tsv`).
    ServicePlanId
    /// What a partner ordered for a customer at once.
    OrderId
    /// One showing of a form: what it sends again counts once.
    FormId
    /// A file of users to be made.
    ImportId
    /// A partner's word that a customer signed the agreement.
    AttestationId
    /// A question to the operator about a customer's services.
    ServiceRequestId
    /// What somebody added to a service request.
    NoteId
    /// A file that came with a note.
    AttachmentId
}

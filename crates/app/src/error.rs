//! One transport-free error for every operation; each face maps it once.

use entente_domain::assurance::StepUp;
use entente_domain::text::TextError;
use entente_domain::time::Timestamp;
use entente_domain::{
    acceptance, acting, attestation, factor, federation, invitation, licence, new_customer, people, policy,
    relationship, service, service_request, subscription, user, user_import,
};
use entente_identity::PasswordError;
use entente_store::StoreError;

/// Why an operation did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// It does not exist, or whoever asks may not know that it does: the two answer alike.
    #[error("find it")]
    NotFound,
    /// Nobody is signed in, or the session is over.
    #[error("know who asks")]
    SignInRequired,
    /// Name or password is wrong. Never says which.
    #[error("sign in with this name and password")]
    WrongCredentials,
    /// A confirmation of who asks has to come first.
    #[error(transparent)]
    StepUp(#[from] StepUp),
    /// The second factors stay as they are.
    #[error(transparent)]
    Factor(#[from] factor::Refused),
    /// Somebody changed it in the meantime.
    #[error("change what somebody else changed first")]
    Conflict,
    /// The person's roles do not allow it.
    #[error(transparent)]
    Denied(#[from] policy::Denied),
    /// The relationship does not reach it.
    #[error(transparent)]
    OutOfReach(#[from] policy::OutOfReach),
    /// What the customer granted, or the person's share of it, is not enough.
    #[error(transparent)]
    Acting(#[from] acting::Refused),
    /// The request's state does not allow it.
    #[error(transparent)]
    Invitation(#[from] invitation::Refused),
    /// The relationship's state does not allow it.
    #[error(transparent)]
    Relationship(#[from] relationship::Refused),
    /// The subscription's state or the catalogue does not allow it.
    #[error(transparent)]
    Subscription(#[from] subscription::Refused),
    /// The service request's state does not allow it.
    #[error(transparent)]
    ServiceRequest(#[from] service_request::Refused),
    /// The operator says of a service what cannot stand, or what stands already.
    #[error(transparent)]
    Service(#[from] service::Refused),
    /// The partner would lock itself out, or the person who asks would rise above their own rights.
    #[error(transparent)]
    Person(#[from] people::Refused),
    /// A customer would lock itself out, or whoever asks would rise above the rights they use there.
    #[error(transparent)]
    User(#[from] user::Refused),
    /// Somebody was not given a licence.
    #[error(transparent)]
    Licence(#[from] licence::Refused),
    /// The partner creates no customer.
    #[error(transparent)]
    NewCustomer(#[from] new_customer::Refused),
    /// The partner's word that the agreement was signed was not taken.
    #[error(transparent)]
    Attestation(#[from] attestation::Refused),
    /// The file was not read at all.
    #[error("read the file: {0}")]
    File(user_import::Unreadable),
    /// Nothing was accepted.
    #[error(transparent)]
    Acceptance(#[from] acceptance::Refusal),
    /// The authority refused, in the words of its standards.
    #[error(transparent)]
    Authority(Box<crate::authority::Refusal>),
    /// Nobody came in on a provider's word, or the provider stays as it is.
    #[error(transparent)]
    Federation(#[from] federation::Refused),
    /// What was typed is not acceptable; every field that is wrong is named.
    #[error("accept what was typed")]
    Invalid(Vec<Field>),
    /// Too many tries.
    #[error("answer before {}", .again_at.seconds())]
    TooMany {
        /// When to try again.
        again_at: Timestamp,
    },
    /// The database has no answer now.
    #[error("reach the database")]
    Unavailable,
    /// A defect; logged where it is handled.
    #[error("complete the operation")]
    Internal(#[source] StoreError),
}

/// A field that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The field's name in the form.
    pub name: &'static str,
    /// What is wrong with it.
    pub why: Invalid,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// The text itself.
    Text(TextError),
    /// Not one of the choices offered.
    NotOffered,
    /// Outside this range.
    OutOfRange {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// The country's rules ask for it.
    Missing,
    /// The day has not come yet, or the version was not in force on it.
    Day,
    /// Somebody else has it already.
    Taken,
    /// It looks like the name of another partner.
    LooksLikeAnother,
    /// Not the present password.
    WrongPassword,
    /// The password that somebody else set.
    SamePassword,
    /// The password.
    Password(PasswordError),
    /// The partner may not sell there.
    OutsideRegion,
    /// It belongs to another organisation than the address.
    DomainDiffers,
    /// No public key, or one that is too weak.
    NotAKey,
    /// Not the address of a provider of identity.
    NotAnIssuer,
    /// Not a client id or client secret.
    NotAClient,
    /// An address that is never asked, and why.
    NeverAsked(&'static str),
    /// Not a file of a kind that is taken.
    FileKind,
    /// A file of more bytes than this.
    FileTooBig {
        /// The most bytes.
        max: usize,
    },
    /// More files than can be sent at once.
    TooManyFiles {
        /// The most.
        max: usize,
    },
    /// With it there would be more bytes of files than there is room for.
    NoRoom {
        /// The most bytes all files can have.
        max: i64,
    },
}

impl Error {
    /// One wrong field.
    pub fn field(name: &'static str, why: Invalid) -> Self {
        Self::Invalid(vec![Field { name, why }])
    }
}

impl From<policy::NotThere> for Error {
    fn from(refused: policy::NotThere) -> Self {
        match refused {
            policy::NotThere::Denied(it) => Self::Denied(it),
            policy::NotThere::Acting(it) => Self::Acting(it),
        }
    }
}

impl From<federation::Because> for Error {
    fn from(because: federation::Because) -> Self {
        Self::Federation(because.into())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable,
            other => Self::Internal(other),
        }
    }
}

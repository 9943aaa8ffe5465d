//! The one place where what an operation answers becomes what a page says: [`Problem`]s by stable code, and the words under
//! a field that was refused.
//!
//! The refusals of an invitation have a page of their own (`customer::refused`), since that knows the partner, the
//! account and the ways on; here they only get their code and status, for when one turns up anywhere else.

use axum::http::StatusCode;
use entente_app::authority::Kind;
use entente_app::{Error, Invalid};
use entente_domain::acceptance::Refusal;
use entente_domain::acting::Because;
use entente_domain::explain::Explanation;
use entente_domain::language::Language;
use entente_domain::text::TextError;
use entente_domain::{
    attestation, factor, federation, invitation, licence, new_customer, people, relationship, service_request,
    subscription, user,
};
use entente_identity::PasswordError;

use crate::Problem;
use crate::i18n::{Words, arg};
use crate::key;
use crate::problem::Said;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::SignInRequired => Self::new(
                StatusCode::UNAUTHORIZED,
                "sign_in_required",
                key!("problem-sign-in-title"),
                key!("problem-sign-in-text"),
            )
            .icon("sign-in"),
            Error::StepUp(_) => Self::new(
                StatusCode::UNAUTHORIZED,
                "step_up_required",
                key!("problem-step-up-title"),
                key!("problem-step-up-text"),
            )
            .icon("fingerprint")
            .confirm(),
            Error::Factor(refused) => factors(refused),
            Error::WrongCredentials => Self::status(StatusCode::UNPROCESSABLE_ENTITY),
            Error::Conflict => conflict("conflict", key!("problem-conflict-title"), key!("problem-conflict-text")),
            Error::Denied(it) => policy("forbidden", key!("problem-forbidden-title"), &Explanation::denied(it, None)),
            Error::OutOfReach(it) => {
                policy(it.because.code(), key!("problem-reach-title"), &Explanation::reach_rule(it.because))
            }
            Error::Acting(it) => {
                policy(it.because.code(), key!("problem-reach-title"), &Explanation::acting_rule(it.because))
            }
            Error::Invitation(refused) => request(refused),
            Error::Relationship(refused) => ending(refused),
            Error::Subscription(refused) => buying(refused),
            Error::ServiceRequest(refused) => asking(refused),
            // The operator's command line alone reports on services, and says it in its own words.
            Error::Service(it) => {
                conflict(it.because.code(), key!("problem-conflict-title"), key!("problem-conflict-text"))
            }
            Error::Person(refused) => managing(refused),
            Error::User(refused) => administering(refused),
            Error::Licence(refused) => licensing(refused),
            Error::NewCustomer(refused) => creating(refused),
            Error::Attestation(refused) => {
                conflict(refused.because.code(), key!("problem-attest-title"), attesting(refused.because))
            }
            // Its form says what is wrong with a file; here it only gets its code and status.
            Error::File(it) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                it.code(),
                key!("problem-unreadable-title"),
                key!("problem-unreadable-text"),
            ),
            Error::Authority(refusal) => Self::new(
                if refusal.kind == Kind::AccessDenied || refusal.why.is_some() {
                    StatusCode::FORBIDDEN
                } else {
                    StatusCode::BAD_REQUEST
                },
                refusal.because().map_or(refusal.kind.code(), Because::code),
                key!("problem-authority-title"),
                authority(&refusal),
            )
            .icon("lock")
            .detail(key!("problem-said"), refusal.to_string()),
            Error::Acceptance(refusal) => Self::new(
                status(&refusal),
                refusal.code(),
                key!("problem-acceptance-title"),
                key!("problem-acceptance-text"),
            ),
            Error::Federation(refused) => federated(refused),
            Error::Invalid(fields) => fields.iter().fold(Self::status(StatusCode::UNPROCESSABLE_ENTITY), |page, it| {
                page.detail(key!("problem-field"), it.name)
            }),
            Error::TooMany { again_at } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_tries",
                key!("problem-too-many-title"),
                key!("problem-too-many-until"),
            )
            .icon("clock")
            .value("time", Said::Time(again_at))
            .again_at(again_at),
            Error::Unavailable => Self::status(StatusCode::SERVICE_UNAVAILABLE),
            Error::Internal(source) => {
                tracing::error!(error = %source, "operation failed");
                Self::internal()
            }
        }
    }
}

/// What policy refuses: the rule in the words of every face, with who can change it (requirement E12).
fn policy(code: &'static str, title: &'static str, why: &Explanation) -> Problem {
    let sentence = Said::Sentence(why.for_user(Language::En), why.for_user(Language::ZhCn));
    Problem::new(StatusCode::FORBIDDEN, code, title, key!("problem-why")).icon("lock").value("why", sentence)
}

/// Acting on behalf has reasons of its own; what else the authority refuses is for whoever made the tool.
fn authority(refusal: &entente_app::authority::Refusal) -> &'static str {
    match refusal.because() {
        None => key!("problem-authority-text"),
        Some(because) => acting(because),
    }
}

/// Why somebody may not act on behalf of a customer (requirement E12: the same reasons on every face).
pub(crate) const fn acting(because: Because) -> &'static str {
    match because {
        Because::Blocked => key!("acting-blocked"),
        Because::NoPartner => key!("acting-no-partner"),
        Because::NoRelationship => key!("acting-no-relationship"),
        Because::PartnerSuspended => key!("acting-partner-suspended"),
        Because::NoPrivileges => key!("acting-no-privileges"),
        Because::PrivilegesRemoved => key!("acting-privileges-removed"),
        Because::Stopped => key!("acting-stopped"),
        Because::NoRole => key!("acting-no-role"),
        Because::RoleNotHeld => key!("acting-role-not-held"),
        Because::SecondFactorRequired => key!("acting-second-factor"),
    }
}

fn conflict(code: &'static str, title: &'static str, text: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, title, text)
}

fn request(refused: invitation::Refused) -> Problem {
    use invitation::Because;
    let (title, text) = match refused.because {
        Because::Closed => (key!("problem-request-closed-title"), key!("problem-request-closed-text")),
        Because::TooLate => (key!("problem-request-late-title"), key!("problem-request-late-text")),
        Because::NoAddress => (key!("problem-request-address-title"), key!("problem-request-address-text")),
        Because::DoneAlready => (key!("problem-request-again-title"), key!("problem-request-again-text")),
        Because::TooEarly | Because::NotOpen | Because::NotDraft | Because::MoreThanAsked => {
            (key!("problem-request-state-title"), key!("problem-request-state-text"))
        }
    };
    conflict(refused.because.code(), title, text)
}

fn ending(refused: relationship::Refused) -> Problem {
    use relationship::Because;
    match refused.because {
        Because::SubscriptionsActive => conflict(
            refused.because.code(),
            key!("problem-subscriptions-active-title"),
            key!("problem-subscriptions-active-text"),
        ),
        Because::OnlyProvider => Problem::new(
            StatusCode::FORBIDDEN,
            "indirect_reseller_cannot_end",
            key!("problem-only-provider-title"),
            key!("problem-only-provider-text"),
        ),
        Because::NoPrivileges => {
            conflict(refused.because.code(), key!("problem-no-privileges-title"), key!("problem-no-privileges-text"))
        }
        Because::Ended | Because::StillActive | Because::GrantedAlready => {
            conflict(refused.because.code(), key!("problem-conflict-title"), key!("problem-conflict-text"))
        }
    }
}

fn buying(refused: subscription::Refused) -> Problem {
    use subscription::Because;
    let text = match refused.because {
        Because::Over => key!("problem-subscription-over"),
        Because::Suspended => key!("problem-subscription-suspended"),
        Because::CannotDecrease => key!("problem-subscription-decrease"),
        Because::WindowPassed => key!("problem-subscription-window"),
        Because::ParentSuspended => key!("problem-subscription-parent-suspended"),
        Because::ParentEnds => key!("problem-subscription-parent-ends"),
        Because::NeedsParent | Because::WrongParent => key!("problem-subscription-add-on"),
        Because::SameState
        | Because::NotAvailable
        | Because::Quantity
        | Because::Advisor
        | Because::ProviderOrders
        | Because::RelationshipEnded
        | Because::NotACandidate
        | Because::TermNotOffered
        | Because::NoTerm => key!("problem-subscription-text"),
    };
    conflict(refused.because.code(), key!("problem-subscription-title"), text)
}

fn asking(refused: service_request::Refused) -> Problem {
    use service_request::Because;
    let text = match refused.because {
        Because::Closed => key!("problem-support-closed"),
        Because::NotClosed => key!("problem-support-not-closed"),
        Because::TooLate => key!("problem-support-too-late"),
        Because::Full => key!("problem-support-full"),
    };
    conflict(refused.because.code(), key!("problem-support-title"), text).icon("support")
}

fn managing(refused: people::Refused) -> Problem {
    use people::Because;
    let text = match refused.because {
        Because::LastAdministrator => key!("problem-person-last-administrator"),
        Because::Yourself => key!("problem-person-yourself"),
        Because::AboveYou => key!("problem-person-above-you"),
    };
    conflict(refused.because.code(), key!("problem-person-title"), text)
}

fn administering(refused: user::Refused) -> Problem {
    use user::Because;
    let text = match refused.because {
        Because::Yourself => key!("problem-user-yourself"),
        Because::AboveYou => key!("problem-user-above-you"),
        Because::LastAdministrator => key!("problem-user-last-administrator"),
        Because::NameTaken => key!("problem-user-name-taken"),
        Because::TooLate => key!("problem-user-too-late"),
    };
    conflict(refused.because.code(), key!("problem-person-title"), text)
}

fn licensing(refused: licence::Refused) -> Problem {
    conflict(refused.because.code(), key!("problem-licence-title"), crate::licences::reason(refused.because))
}

fn creating(refused: new_customer::Refused) -> Problem {
    let new_customer::Because::ResellerCannotCreate = refused.because;
    let text = key!("problem-new-customer-reseller");
    conflict(refused.because.code(), key!("problem-new-customer-title"), text)
}

/// Why a partner's word that the agreement was signed is not taken.
pub(crate) const fn attesting(because: attestation::Because) -> &'static str {
    use attestation::Because;
    match because {
        Because::ResellerCannotAttest => key!("problem-attest-reseller"),
        Because::AdvisorCannotAttest => key!("problem-attest-advisor"),
        Because::AttestedAlready => key!("problem-attest-already"),
    }
}

fn factors(refused: factor::Refused) -> Problem {
    use factor::Because;
    let text = match refused.because {
        Because::AddedAlready => key!("problem-factor-added-already"),
        Because::Full => key!("problem-factor-full"),
        Because::Required => key!("problem-factor-required"),
        Because::NoneYet => key!("problem-factor-none-yet"),
    };
    conflict(refused.because.code(), key!("problem-factor-title"), text).icon("fingerprint")
}

fn federated(refused: federation::Refused) -> Problem {
    use federation::Because;
    let because = refused.because;
    let text = match because {
        Because::NotBegun => key!("problem-federation-not-begun"),
        Because::TooLate => key!("problem-federation-too-late"),
        Because::SwitchedOff => key!("problem-federation-switched-off"),
        Because::Declined => key!("problem-federation-declined"),
        Because::Unreachable => key!("problem-federation-unreachable"),
        Because::NotTrusted => key!("problem-federation-not-trusted"),
        Because::NotHere => key!("problem-federation-not-here"),
        Because::NotVerified => key!("problem-federation-not-verified"),
        Because::NotCovered => key!("problem-federation-not-covered"),
        Because::LinkedElsewhere => key!("problem-federation-linked-elsewhere"),
        Because::NotFresh => key!("problem-federation-not-fresh"),
        Because::LastWayIn => {
            let title = key!("problem-federation-stays-title");
            return conflict(because.code(), title, key!("problem-federation-last-way-in")).icon("lock");
        }
    };
    let status = match because {
        Because::Unreachable | Because::NotTrusted => StatusCode::BAD_GATEWAY,
        Because::NotBegun | Because::TooLate => StatusCode::GONE,
        _ => StatusCode::FORBIDDEN,
    };
    Problem::new(status, because.code(), key!("problem-federation-title"), text).icon("sign-in")
}

/// The status of a refusal to accept (UX specification, section 6).
pub(crate) const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::InviteInvalid => StatusCode::NOT_FOUND,
        Refusal::InviteRevoked { .. } | Refusal::InviteUsed { .. } | Refusal::InviteExpired { .. } => StatusCode::GONE,
        Refusal::SignInRequired => StatusCode::UNAUTHORIZED,
        Refusal::PersonalAccount | Refusal::WrongOrganisation { .. } | Refusal::NeedsGlobalAdmin => {
            StatusCode::FORBIDDEN
        }
        Refusal::CloudMismatch { .. }
        | Refusal::PartnerAsCustomer
        | Refusal::RegionMismatch { .. }
        | Refusal::PartnerSuspended { .. }
        | Refusal::ProviderMissing
        | Refusal::AlreadyConnected
        | Refusal::AgreementRequired
        | Refusal::MoreThanAsked
        | Refusal::PrivilegesIncluded => StatusCode::CONFLICT,
    }
}

/// Bytes as people read them, in whole megabytes.
const fn megabytes(bytes: usize) -> usize {
    bytes / (1024 * 1024)
}

/// What is wrong with a field, in the reader's words.
pub fn field_message(words: Words, why: Invalid) -> String {
    let plain = |key| words.t(key);
    match why {
        Invalid::Text(text) => match text {
            TextError::Empty => plain(key!("field-empty")),
            TextError::TooLong { max } => words.t_with("field-too-long", &[arg("max", max)]),
            TextError::ControlCharacter => plain(key!("field-control")),
            TextError::DirectionOverride | TextError::InvisibleCharacter => plain(key!("field-invisible")),
            TextError::MixedScript => plain(key!("field-mixed")),
            TextError::StackedMarks | TextError::Badge | TextError::EncodedWord => plain(key!("field-signs")),
            TextError::NotAnAddress => plain(key!("field-address")),
            TextError::NotADomain => plain(key!("field-domain")),
            TextError::NotANumber => plain(key!("field-phone")),
        },
        Invalid::NotOffered => plain(key!("field-not-offered")),
        Invalid::OutOfRange { min, max } => words.t_with("field-range", &[arg("min", min), arg("max", max)]),
        Invalid::Missing => plain(key!("field-missing")),
        Invalid::Day => plain(key!("field-day")),
        Invalid::Taken => plain(key!("field-taken")),
        Invalid::LooksLikeAnother => plain(key!("field-looks-like")),
        Invalid::WrongPassword => plain(key!("field-password-wrong")),
        Invalid::SamePassword => plain(key!("field-password-same")),
        Invalid::Password(PasswordError::TooShort) => plain(key!("field-password-short")),
        Invalid::Password(PasswordError::TooLong) => plain(key!("field-password-long")),
        Invalid::Password(PasswordError::Guessable) => plain(key!("field-password-guessable")),
        Invalid::OutsideRegion => plain(key!("field-outside-region")),
        Invalid::DomainDiffers => plain(key!("field-domain-differs")),
        Invalid::NotAKey => plain(key!("field-not-a-key")),
        Invalid::NotAnIssuer => plain(key!("field-issuer")),
        Invalid::NotAClient => plain(key!("field-client")),
        Invalid::NeverAsked(_) => plain(key!("field-never-asked")),
        Invalid::FileKind => plain(key!("field-file-kind")),
        Invalid::FileTooBig { max } => words.t_with("field-file-too-big", &[arg("max", megabytes(max))]),
        Invalid::TooManyFiles { max } => words.t_with("field-files-too-many", &[arg("max", max)]),
        Invalid::NoRoom { max } => {
            words.t_with("field-files-no-room", &[arg("max", megabytes(usize::try_from(max).unwrap_or(usize::MAX)))])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entente_domain::directory::PartnerRole;

    #[test]
    fn pages_and_programs_say_the_same() {
        for language in Language::ALL {
            let words = Words::new(language.pick(crate::i18n::Language::En, crate::i18n::Language::ZhCn));
            for because in Because::ALL {
                let told = Explanation::acting_rule(*because).for_user(language);
                assert_eq!(words.t(acting(*because)), told, "{}", because.code());
            }
            for role in PartnerRole::ALL {
                let key = format!("role-{}", role.code().replace('_', "-"));
                assert_eq!(words.t(&key), role.label(language));
            }
        }
    }
}

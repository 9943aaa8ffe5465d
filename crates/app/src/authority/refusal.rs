//! Why the authority refuses, in the words of the standards and with the numbers existing tools look for.

use entente_domain::acting::Because;
use entente_domain::explain::Explanation;

use crate::Error;

/// The error codes of RFC 6749, 7009, 8628, 8693 and 9470 and of OpenID Connect Core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A parameter is missing, doubled or malformed.
    InvalidRequest,
    /// The application did not prove who it is.
    InvalidClient,
    /// What was presented does not count, or not any more.
    InvalidGrant,
    /// The application may not do this.
    UnauthorizedClient,
    /// There is no such grant.
    UnsupportedGrantType,
    /// There is no such response type.
    UnsupportedResponseType,
    /// What was asked for does not exist.
    InvalidScope,
    /// What the token is to be for does not exist or is not reached.
    InvalidTarget,
    /// The person, or a rule, said no.
    AccessDenied,
    /// Nobody is signed in.
    LoginRequired,
    /// Somebody has to look at a page.
    InteractionRequired,
    /// Nobody answered yet.
    AuthorizationPending,
    /// Asked too often.
    SlowDown,
    /// Nobody answered in time.
    ExpiredToken,
    /// The sign-in was not strong or fresh enough.
    InsufficientUserAuthentication,
    /// The token is no token, or counts no more.
    InvalidToken,
    /// Tokens of this kind cannot be revoked.
    UnsupportedTokenType,
}

entente_domain::codes! {
    Kind {
        InvalidRequest = "invalid_request", InvalidClient = "invalid_client", InvalidGrant = "invalid_grant",
        UnauthorizedClient = "unauthorized_client", UnsupportedGrantType = "unsupported_grant_type",
        UnsupportedResponseType = "unsupported_response_type", InvalidScope = "invalid_scope",
        InvalidTarget = "invalid_target", AccessDenied = "access_denied", LoginRequired = "login_required",
        InteractionRequired = "interaction_required", AuthorizationPending = "authorization_pending",
        SlowDown = "slow_down", ExpiredToken = "expired_token",
        InsufficientUserAuthentication = "insufficient_user_authentication", InvalidToken = "invalid_token",
        UnsupportedTokenType = "unsupported_token_type",
    }
}

/// A rule of acting on behalf that said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The rule.
    pub because: Because,
    /// What it looked at, and who can change that, as far as whoever asks may read it.
    pub explanation: Explanation,
}

/// A refusal of the authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("AADSTS{number}: {text}")]
pub struct Refusal {
    /// The standard's code.
    pub kind: Kind,
    /// The number Entra-shaped tools know.
    pub number: u32,
    /// For whoever writes the tool; holds no secret.
    pub text: String,
    /// The rule of acting on behalf that decided, if one did, with what it looked at.
    pub why: Option<Box<Why>>,
}

impl Refusal {
    /// A refusal with its number and text.
    pub fn new(kind: Kind, number: u32, text: impl Into<String>) -> Self {
        Self { kind, number, text: text.into(), why: None }
    }

    /// A parameter that is not there.
    pub fn missing(name: &str) -> Self {
        Self::new(Kind::InvalidRequest, 900_144, format!("The request must contain the parameter '{name}'."))
    }

    /// A parameter that cannot be what it is.
    pub fn malformed(name: &str) -> Self {
        Self::new(Kind::InvalidRequest, 90_014, format!("The parameter '{name}' is malformed."))
    }

    /// An application that is unknown here, of another organisation, or switched off.
    pub fn unknown_client() -> Self {
        Self::new(Kind::UnauthorizedClient, 700_016, "There is no such application in this directory.")
    }

    /// A token, code or password that does not count.
    pub fn not_good(text: &str) -> Self {
        Self::new(Kind::InvalidGrant, 70_000, text)
    }

    /// The rule of acting on behalf that refused (requirement E12: it says which, and what it looked at).
    pub fn acting(because: Because, explanation: Explanation) -> Self {
        let (kind, number, text) = match because {
            Because::SecondFactorRequired => (
                Kind::InteractionRequired,
                50_076,
                "The customer wants partners to sign in with a second factor; sign in again with one.",
            ),
            Because::Blocked => (Kind::InvalidGrant, 50_057, "The account is blocked."),
            Because::NoPartner | Because::NoRelationship => (
                Kind::InvalidGrant,
                50_020,
                "The account does not exist in this directory, and no relationship reaches from its own into it.",
            ),
            Because::PartnerSuspended => (Kind::InvalidGrant, 50_177, "The partner is suspended by the operator."),
            Because::NoPrivileges => (Kind::InvalidGrant, 50_177, "The customer granted this partner no privileges."),
            Because::PrivilegesRemoved => (Kind::InvalidGrant, 50_177, "The privileges of this partner were removed."),
            Because::Stopped => (Kind::InvalidGrant, 53_003, "The customer stopped acting on its behalf."),
            Because::NoRole => (Kind::InvalidGrant, 50_177, "None of the person's roles acts on behalf of customers."),
            Because::RoleNotHeld => (Kind::InvalidGrant, 50_177, "The person holds none of the roles asked for there."),
        };
        Self::new(kind, number, text).by(because, explanation)
    }

    /// The same with the rule that decided.
    #[must_use]
    pub(crate) fn by(self, because: Because, explanation: Explanation) -> Self {
        Self { why: Some(Box::new(Why { because, explanation })), ..self }
    }

    /// The rule of acting on behalf that decided, if one did.
    pub fn because(&self) -> Option<Because> {
        self.why.as_ref().map(|it| it.because)
    }
}

impl From<Refusal> for Error {
    fn from(it: Refusal) -> Self {
        Self::Authority(Box::new(it))
    }
}

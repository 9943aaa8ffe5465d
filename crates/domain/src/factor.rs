//! Second factors: what there is, and what may not be done with them.

use crate::assurance::Proof;

/// The kinds of second factor a person can set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Codes from an application (RFC 6238); one such application a person.
    OneTimeCode,
    /// A passkey (Web Authentication).
    Passkey,
}

crate::codes! {
    Kind { OneTimeCode = "totp", Passkey = "passkey" }
}

/// Passkeys a person may have.
pub const MAX_PASSKEYS: usize = 10;
/// Recovery codes made at a time.
pub const RECOVERY_CODES: usize = 10;

/// The second factors of one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Enrolled {
    /// Whether an application makes codes.
    pub one_time_codes: bool,
    /// How many passkeys there are.
    pub passkeys: usize,
}

impl Enrolled {
    /// Whether there is any. Recovery codes are no factor of their own: they stand in for one that was lost.
    pub const fn any(self) -> bool {
        self.one_time_codes || self.passkeys > 0
    }

    const fn without(self, kind: Kind) -> Self {
        match kind {
            Kind::OneTimeCode => Self { one_time_codes: false, ..self },
            Kind::Passkey => Self { passkeys: self.passkeys.saturating_sub(1), ..self },
        }
    }
}

/// What can be tried with factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Set one up.
    Add(Kind),
    /// Remove one of one's own.
    Remove(Kind),
    /// Make recovery codes.
    MakeCodes,
    /// Require two factors of everybody in the organisation.
    Require,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// There is an application already.
    AddedAlready,
    /// There are [`MAX_PASSKEYS`] already.
    Full,
    /// The organisation requires a second factor, and this is the last one.
    Required,
    /// Whoever asks has no second factor: codes would stand in for nothing, and requiring one would lock them out.
    NoneYet,
}

crate::codes! {
    Because { AddedAlready = "factor_added_already", Full = "factor_full", Required = "factor_required", NoneYet = "factor_none_yet" }
}

/// Why a factor stayed as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("change second factors: {}", .because.code())]
pub struct Refused {
    /// Why not.
    pub because: Because,
}

/// Whether a person with these factors may do `action`, in an organisation that requires one or not.
///
/// # Errors
/// [`Refused`] with the reason.
pub const fn check(enrolled: Enrolled, required: bool, action: Action) -> Result<(), Refused> {
    let because = match action {
        Action::Add(Kind::OneTimeCode) if enrolled.one_time_codes => Because::AddedAlready,
        Action::Add(Kind::Passkey) if enrolled.passkeys >= MAX_PASSKEYS => Because::Full,
        Action::Remove(kind) if required && !enrolled.without(kind).any() => Because::Required,
        Action::MakeCodes | Action::Require if !enrolled.any() => Because::NoneYet,
        Action::Add(_) | Action::Remove(_) | Action::MakeCodes | Action::Require => return Ok(()),
    };
    Err(Refused { because })
}

/// What an organisation asks of the people who sign in for it or act for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Security {
    /// Its own people need two factors.
    pub required: bool,
    /// The people of its partners need two factors to act for it.
    pub partners: bool,
    /// Its own people may type codes of other devices even with powerful roles ([`crate::people::may_type_codes`]).
    pub device_codes: bool,
}

impl Security {
    /// What is asked where nobody said anything.
    pub const NOTHING: Self = Self { required: false, partners: false, device_codes: false };

    /// Where it differs from another: the name of what is asked, and what it is now.
    pub fn changed_from(self, before: Self) -> impl Iterator<Item = (&'static str, bool)> {
        let each = [
            ("required", before.required, self.required),
            ("partners", before.partners, self.partners),
            ("device_codes", before.device_codes, self.device_codes),
        ];
        each.into_iter().filter(|(_, before, now)| before != now).map(|(name, _, now)| (name, now))
    }

    /// Whether what one of its own people began with this proof may go on.
    pub fn lets_in(self, proof: &Proof) -> bool {
        !self.required || proof.strong()
    }
}

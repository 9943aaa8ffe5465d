//! How well somebody proved who they are, and when: what a sign-in still needs, and what sensitive actions ask for.

use std::fmt;

use crate::policy::{self, Action};
use crate::time::Timestamp;

/// Seconds for which a proof counts as fresh: 10 minutes.
pub const FRESH_SECONDS: i64 = 10 * 60;

/// One way to prove who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// A password.
    Password,
    /// A time-based one-time code (RFC 6238).
    OneTimeCode,
    /// One of the codes kept for the day the other factors are lost.
    RecoveryCode,
    /// A passkey (Web Authentication) that verified its user: possession and a PIN or biometrics at once.
    Passkey,
    /// The organisation's own provider said who it is.
    Federated,
    /// That provider also said that it asked for a second factor.
    FederatedStrong,
}

crate::codes! {
    Method {
        Password = "pwd", OneTimeCode = "otp", RecoveryCode = "recovery", Passkey = "passkey", Federated = "fed",
        FederatedStrong = "fed_mfa",
    }
}

impl Method {
    /// The values of the claim `amr` that say it (RFC 8176; `fed` is not registered there but in common use).
    pub const fn references(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::OneTimeCode => &["otp", "mfa"],
            Self::RecoveryCode => &["kba", "mfa"],
            Self::Passkey => &["hwk", "user", "mfa"],
            Self::Federated => &["fed"],
            Self::FederatedStrong => &["fed", "mfa"],
        }
    }

    /// Whether it can begin a proof. A code by itself says nothing about who has it.
    const fn first(self) -> bool {
        matches!(self, Self::Password | Self::Passkey | Self::Federated | Self::FederatedStrong)
    }

    /// Whether it alone, or added to what came before it, makes two factors.
    const fn second(self) -> bool {
        matches!(self, Self::OneTimeCode | Self::RecoveryCode | Self::Passkey | Self::FederatedStrong)
    }
}

/// What somebody showed at their last sign-in or confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// When.
    pub at: Timestamp,
    /// How: each method once, in the order of [`Method::ALL`].
    methods: Vec<Method>,
}

impl Proof {
    /// A proof by these methods.
    pub fn new(at: Timestamp, mut methods: Vec<Method>) -> Self {
        methods.sort_unstable();
        methods.dedup();
        Self { at, methods }
    }

    /// A proof by password alone.
    pub fn password(at: Timestamp) -> Self {
        Self::new(at, vec![Method::Password])
    }

    /// This proof and one more method, shown `now`. All of it is as old as now, except that nothing shown here makes the word of
    /// an organisation's own provider younger: when that asked is told by it alone.
    #[must_use]
    pub fn and(&self, method: Method, now: Timestamp) -> Self {
        let told = self.methods.iter().any(|it| matches!(it, Method::Federated | Method::FederatedStrong));
        let at = if told { self.at.min(now) } else { now };
        Self::new(at, self.methods.iter().copied().chain([method]).collect())
    }

    /// How they proved it.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// Whether it says who somebody is at all.
    fn begun(&self) -> bool {
        self.methods.iter().any(|method| method.first())
    }

    /// Whether it took two factors.
    pub fn strong(&self) -> bool {
        self.begun() && self.methods.iter().any(|method| method.second())
    }

    /// The values of the claim `amr`, each once.
    pub fn references(&self) -> Vec<&'static str> {
        let mut values: Vec<&'static str> = self.methods.iter().flat_map(|it| it.references()).copied().collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The methods as one text, for storage.
    pub fn code(&self) -> String {
        self.methods.iter().map(|it| it.code()).collect::<Vec<_>>().join(" ")
    }

    /// [`Proof::code`] of every proof that took less than two factors, so that what rests on one can be found where it is stored.
    pub fn weak_codes() -> Vec<String> {
        let subset = |bits: usize| Method::ALL.iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1);
        (0..1_usize << Method::ALL.len())
            .map(|bits| Self::new(Timestamp::from_seconds(0), subset(bits).map(|(_, it)| *it).collect()))
            .filter(|it| !it.strong())
            .map(|it| it.code())
            .collect()
    }

    /// Reads [`Proof::code`] back.
    ///
    /// # Errors
    /// When a word is none of the methods.
    pub fn parse(at: Timestamp, code: &str) -> Result<Self, UnknownMethod> {
        let methods: Option<Vec<Method>> = code.split_whitespace().map(Method::parse).collect();
        Ok(Self::new(at, methods.ok_or(UnknownMethod)?))
    }
}

/// What a sign-in needs after the methods so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// Something that says who it is, such as a password.
    FirstFactor,
    /// Nothing: the session may begin.
    Done,
    /// One of the second factors the person has.
    SecondFactor,
    /// A password of one's own, in the place of the one somebody else set.
    NewPassword,
    /// A second factor has to be set up first.
    Enrol,
}

crate::codes! {
    Next { FirstFactor = "first_factor", Done = "done", SecondFactor = "second_factor", NewPassword = "new_password",
        Enrol = "enrol" }
}

/// What a sign-in by these methods still needs, for a person who has a second factor or not and whose password somebody else set or
/// not, in an organisation that requires two factors or not. Whoever has a second factor is asked for it, required or not: a factor
/// that is only asked for now and then protects nothing. It comes before the new password, so that knowing the first password alone
/// changes nothing; a factor is set up last, by whoever holds a password that nobody else knows.
pub fn next(proof: &Proof, has_second_factor: bool, required: bool, set_by_another: bool) -> Next {
    if !proof.begun() {
        return Next::FirstFactor;
    }
    if !proof.strong() && has_second_factor {
        return Next::SecondFactor;
    }
    if set_by_another && proof.methods().contains(&Method::Password) {
        return Next::NewPassword;
    }
    if !proof.strong() && required { Next::Enrol } else { Next::Done }
}

/// Why an action needs a confirmation first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("go on before it is confirmed who asks")]
pub enum StepUp {
    /// The last proof is older than [`FRESH_SECONDS`], or there is none.
    NotFresh,
    /// The last proof took one factor of somebody who has two.
    NotStrong,
}

crate::codes! {
    StepUp { NotFresh = "not_fresh", NotStrong = "not_strong" }
}

/// Whether `proof` is good enough for `action`: where [`policy::needs_fresh_proof`] says so it has to be fresh, and strong when the
/// person has a second factor.
///
/// # Errors
/// [`StepUp`] says what is missing; freshness first, since a confirmation brings both.
pub fn check(action: Action, proof: &Proof, has_second_factor: bool, now: Timestamp) -> Result<(), StepUp> {
    if !policy::needs_fresh_proof(action) {
        return Ok(());
    }
    if !proof.begun() || now > proof.at.plus_seconds(FRESH_SECONDS) {
        return Err(StepUp::NotFresh);
    }
    if has_second_factor && !proof.strong() {
        return Err(StepUp::NotStrong);
    }
    Ok(())
}

/// A stored text names a method that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownMethod;

impl fmt::Display for UnknownMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an unknown method of proof")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_424_400);

    #[test]
    fn a_second_factor_makes_a_password_as_old_as_now_and_a_providers_word_as_old_as_it_was() {
        let later = NOW.plus_seconds(300);
        let by_password = Proof::password(NOW).and(Method::OneTimeCode, later);
        assert_eq!(by_password, Proof::new(later, vec![Method::Password, Method::OneTimeCode]));
        for method in [Method::Federated, Method::FederatedStrong] {
            let both = Proof::new(NOW, vec![method]).and(Method::Passkey, later);
            assert_eq!(both, Proof::new(NOW, vec![Method::Passkey, method]));
        }
    }

    #[test]
    fn a_proof_is_stored_and_read_back() {
        let proof = Proof::new(NOW, vec![Method::Passkey, Method::Password, Method::Passkey]);
        assert_eq!(proof.code(), "pwd passkey");
        assert_eq!(Proof::parse(NOW, &proof.code()), Ok(proof));
        assert_eq!(Proof::parse(NOW, "pwd magic"), Err(UnknownMethod));
    }

    #[test]
    fn what_took_less_than_two_factors_is_known_by_its_code() {
        let weak = ["", "pwd", "otp", "recovery", "otp recovery", "fed", "pwd fed"];
        let mut codes = Proof::weak_codes();
        codes.sort_by_key(|it| weak.iter().position(|known| known == it));
        assert_eq!(codes, weak);
    }

    #[test]
    fn two_factors_are_strong_and_one_is_not() {
        for (methods, strong) in [
            (vec![Method::Password], false),
            (vec![Method::Federated], false),
            (vec![Method::Password, Method::OneTimeCode], true),
            (vec![Method::Password, Method::RecoveryCode], true),
            (vec![Method::Passkey], true),
            (vec![Method::FederatedStrong], true),
            (vec![], false),
        ] {
            let proof = Proof::new(NOW, methods);
            assert_eq!(proof.strong(), strong, "{proof:?}");
            assert_eq!(proof.references().contains(&"mfa"), strong);
        }
    }
}

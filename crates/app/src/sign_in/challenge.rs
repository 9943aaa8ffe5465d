//! What stands between a first proof and a session, and between asking for a factor and having it: ten minutes, one use, one
//! portal. Only a hash of the token is stored, so a copy of the database continues nobody's sign-in.

use entente_domain::assurance::Proof;
use entente_domain::directory::Person;
use entente_domain::policy::{Permit, Unattended};
use entente_identity::session::CHALLENGE_SECONDS;
use entente_identity::{ChallengeToken, TotpSecret, totp};
use entente_store::directory;
use entente_store::factor::{self, Challenge};

use super::{Audience, TRIES_AN_ACCOUNT, WINDOW, count_address, factor_subject};
use crate::context::Me;
use crate::{App, Ctx, Error, Work, tries};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);

/// What a challenge is for; one begun for one thing serves no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in with a passkey and nothing else.
    SignIn,
    /// The second step of a sign-in.
    Second,
    /// Choosing a password of one's own during a sign-in.
    NewPassword,
    /// Setting up a first factor during a sign-in.
    Enrol,
    /// Proving again who one is with a passkey.
    Confirm,
    /// Adding an application for one-time codes.
    AddTotp,
    /// Adding a passkey.
    AddPasskey,
}

impl Purpose {
    const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Second => "second",
            Self::NewPassword => "new_password",
            Self::Enrol => "enrol",
            Self::Confirm => "confirm",
            Self::AddTotp => "add_totp",
            Self::AddPasskey => "add_passkey",
        }
    }
}

/// Begins a challenge. One in which an application can be set up gets its secret right away: no page makes one by being looked at,
/// and no other challenge ever shows it.
pub fn begin(
    work: &Work<'_>,
    audience: Audience,
    purpose: Purpose,
    person: Option<&Person>,
    proof: Proof,
    ceremony: Option<&[u8]>,
) -> Result<ChallengeToken, Error> {
    let token = ChallengeToken::generate(work.app.random());
    let secret = person
        .filter(|_| matches!(purpose, Purpose::Enrol | Purpose::AddTotp))
        .map(|person| seal(work, person, &TotpSecret::generate(work.app.random())));
    let new = Challenge {
        person: person.map(|it| it.id),
        audience: audience.code(),
        purpose: purpose.code().to_owned(),
        proof,
        secret,
        ceremony: ceremony.map(ToOwned::to_owned),
        expires_at: work.now.plus_seconds(CHALLENGE_SECONDS),
    };
    factor::insert_challenge(work.tx, &OWN, &token.hash(), &new)?;
    Ok(token)
}

/// The challenge behind a token, if it is alive and good for this portal and purpose; otherwise nothing, whatever the reason.
pub fn find(
    work: &Work<'_>,
    audience: Audience,
    purpose: Purpose,
    token: &ChallengeToken,
) -> Result<Option<Challenge>, Error> {
    let found = factor::challenge(work.tx, &token.hash())?;
    Ok(found.filter(|it| work.now < it.expires_at && it.audience == audience.code() && it.purpose == purpose.code()))
}

/// The same for one that is about somebody: with that person, as of now.
pub fn of_somebody(
    work: &Work<'_>,
    audience: Audience,
    purpose: Purpose,
    token: &ChallengeToken,
) -> Result<Option<(Challenge, Me)>, Error> {
    let Some(challenge) = find(work, audience, purpose, token)? else { return Ok(None) };
    let Some(id) = challenge.person else { return Ok(None) };
    let Some(person) = directory::get(work.tx, id)? else { return Ok(None) };
    Ok(super::welcome(work, audience, person)?.map(|me| (challenge, me)))
}

/// Uses the challenge up.
///
/// # Errors
/// [`Error::WrongCredentials`] when somebody else did first, or it lapsed.
pub fn consume(work: &Work<'_>, audience: Audience, purpose: Purpose, token: &ChallengeToken) -> Result<(), Error> {
    let alive = find(work, audience, purpose, token)?.is_some();
    if alive && factor::delete_challenge(work.tx, &OWN, &token.hash())? { Ok(()) } else { Err(Error::WrongCredentials) }
}

/// Remembers the first half of a passkey ceremony. The one before it, if any, is void.
pub fn remember(work: &Work<'_>, token: &ChallengeToken, ceremony: &[u8]) -> Result<(), Error> {
    if factor::set_ceremony(work.tx, &OWN, &token.hash(), Some(ceremony))? {
        Ok(())
    } else {
        Err(Error::WrongCredentials)
    }
}

/// Takes the first half of a ceremony away: whatever the answer is, it is looked at once.
pub fn take_ceremony(work: &Work<'_>, token: &ChallengeToken, challenge: &Challenge) -> Result<Option<Vec<u8>>, Error> {
    if challenge.ceremony.is_some() {
        factor::set_ceremony(work.tx, &OWN, &token.hash(), None)?;
    }
    Ok(challenge.ceremony.clone())
}

/// A step of a sign-in is tried: what waits behind the token, for whom, and what a passkey was asked. It is counted for the address
/// and for the person before anything is compared, in a transaction of its own, so that no refusal undoes the count.
///
/// # Errors
/// [`Error::WrongCredentials`] when nothing waits, [`Error::TooMany`] after too many tries.
pub fn tried(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    purpose: Purpose,
    token: &ChallengeToken,
) -> Result<(Challenge, Me, Option<Vec<u8>>), Error> {
    let token = token.clone();
    let waiting = app.write(ctx, move |work| {
        count_address(work)?;
        let Some((challenge, me)) = of_somebody(work, audience, purpose, &token)? else { return Ok(None) };
        tries::count(work, &factor_subject(&me.person), TRIES_AN_ACCOUNT, WINDOW)?;
        let ceremony = take_ceremony(work, &token, &challenge)?;
        Ok(Some((challenge, me, ceremony)))
    })?;
    waiting.ok_or(Error::WrongCredentials)
}

/// Seals the secret of a person's application.
fn seal(work: &Work<'_>, person: &Person, secret: &TotpSecret) -> Vec<u8> {
    use entente_domain::ids::Id as _;
    work.app.seal().seal(work.app.random(), totp::PURPOSE, person.id.uuid().as_bytes(), secret.bytes())
}

/// Opens it again.
///
/// # Errors
/// [`Error::Internal`] when it was sealed with another key, or altered.
pub fn open(work: &Work<'_>, person: &Person, sealed: &[u8]) -> Result<TotpSecret, Error> {
    use entente_domain::ids::Id as _;
    let plain = work.app.seal().open(totp::PURPOSE, person.id.uuid().as_bytes(), sealed);
    plain.and_then(|it| TotpSecret::from_bytes(&it)).ok_or_else(|| {
        let why = "sealed with another key of the installation";
        Error::Internal(entente_store::StoreError::inconsistent("totp", "secret", why))
    })
}

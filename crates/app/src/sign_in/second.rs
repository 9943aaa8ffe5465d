//! The second step of a sign-in, and signing in with a passkey alone.

use entente_domain::assurance::{Method, Proof};
use entente_domain::factor::Enrolled;
use entente_domain::ids::UserId;
use entente_identity::{ChallengeToken, TotpSecret};
use entente_store::{directory, factor, session};

use super::challenge::{self, Purpose};
use super::{Audience, Entered, admit, count_address, factor_subject, failed, known, welcome_with};
use crate::context::Me;
use crate::proof::{self, Answer};
use crate::{App, Ctx, Error, Work};

/// A sign-in that waits for its second step.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Who it is about.
    pub me: Me,
    /// The second factors they have.
    pub enrolled: Enrolled,
    /// Whether one of their passkeys works at this address.
    pub passkey_here: bool,
    /// Whether passkeys work at this address at all.
    pub passkeys: bool,
    /// The secret of the application to set up, while one is.
    pub secret: Option<TotpSecret>,
}

/// What waits behind a token; for the page that asks.
///
/// # Errors
/// [`Error::SignInRequired`] when nothing does: unknown, used, lapsed and another portal's alike.
pub fn waiting(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
) -> Result<Pending, Error> {
    look(app, ctx, audience, origin, token, Purpose::Second)
}

/// The same for any purpose that is about somebody.
pub(crate) fn look(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
    purpose: Purpose,
) -> Result<Pending, Error> {
    let passkeys = proof::passkeys(app, origin);
    app.read(ctx, |work| {
        let found = challenge::of_somebody(work, audience, purpose, token)?;
        let (challenge, me) = found.ok_or(Error::SignInRequired)?;
        let secret = challenge.secret.as_deref().map(|sealed| challenge::open(work, &me.person, sealed)).transpose()?;
        let enrolled = factor::enrolled(work.tx, me.person.id)?;
        let host = passkeys.as_ref().map(entente_identity::Passkeys::host);
        let known = factor::passkeys(work.tx, me.person.id)?;
        let passkey_here = known.iter().any(|it| Some(it.host.as_str()) == host);
        Ok(Pending { me, enrolled, passkey_here, passkeys: host.is_some(), secret })
    })
}

/// Asks for one of the person's passkeys: what their browser is to be asked, as JSON.
///
/// # Errors
/// [`Error::WrongCredentials`] when nothing waits behind the token, or no passkey of the person works at this address.
pub fn begin_passkey(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
) -> Result<String, Error> {
    let (_, me) = app
        .read(ctx, |work| challenge::of_somebody(work, audience, Purpose::Second, token))?
        .ok_or(Error::WrongCredentials)?;
    let ceremony = ceremony(app, ctx, origin, me.person.id)?;
    let token = token.clone();
    app.write(ctx, move |work| challenge::remember(work, &token, &ceremony.state))?;
    Ok(ceremony.options)
}

/// The first half of proving a passkey of this person.
pub(super) fn ceremony(
    app: &App,
    ctx: &Ctx,
    origin: &str,
    person: UserId,
) -> Result<entente_identity::passkey::Ceremony, Error> {
    let passkeys = proof::passkeys(app, origin).ok_or(Error::WrongCredentials)?;
    let known = app.read(ctx, |work| Ok(factor::passkeys(work.tx, person)?))?;
    let here: Vec<Vec<u8>> =
        known.into_iter().filter(|it| it.host == passkeys.host()).map(|it| it.credential).collect();
    passkeys.begin_proof(&here).map_err(|_| Error::WrongCredentials)
}

/// Takes the second step. Of two at once with the same code or the same token, one wins.
///
/// # Errors
/// [`Error::WrongCredentials`] for a wrong, used or unknown answer and for a token behind which nothing waits;
/// [`Error::TooMany`] after too many tries.
pub fn finish(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
    answer: &Answer,
) -> Result<Entered, Error> {
    let (challenge, me, ceremony) = challenge::tried(app, ctx, audience, Purpose::Second, token)?;
    let Some(found) = proof::look(app, ctx, origin, &me.person, answer, ceremony.as_deref())? else {
        failed(app, ctx, &me.person.upn.key())?;
        return Err(Error::WrongCredentials);
    };
    let (before, method) = (challenge.proof, found.method());
    let (token, known) = (token.clone(), known(&me, before.and(method, app.now()), ctx));
    app.write(&known, move |work| {
        let me = work.me().map_err(|_| Error::WrongCredentials)?;
        challenge::consume(work, audience, Purpose::Second, &token)?;
        found.consume(work)?;
        session::forget_tries(work.tx, &factor_subject(&me.person))?;
        admit(work, audience, &me, before.and(method, work.now))
    })
}

/// Asks a browser for any passkey of this address: the token of what then waits, and what to ask, as JSON.
///
/// # Errors
/// [`Error::NotFound`] where passkeys do not work, [`Error::TooMany`] after too many tries from the address.
pub fn begin_alone(app: &App, ctx: &Ctx, audience: Audience, origin: &str) -> Result<(ChallengeToken, String), Error> {
    let passkeys = proof::passkeys(app, origin).ok_or(Error::NotFound)?;
    let ceremony = passkeys.begin_sign_in().map_err(|_| Error::NotFound)?;
    let token = app.write(ctx, move |work| {
        count_address(work)?;
        let nothing = Proof::new(work.now, Vec::new());
        challenge::begin(work, audience, Purpose::SignIn, None, nothing, Some(&ceremony.state))
    })?;
    Ok((token, ceremony.options))
}

/// Signs in with a passkey alone: it is possession and a PIN or biometrics at once.
///
/// # Errors
/// As [`finish`]; also for a person who may not sign in at this portal, and for one whom only their organisation's own provider
/// lets in.
pub fn finish_alone(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
    said: &str,
) -> Result<Entered, Error> {
    let waited = token.clone();
    let ceremony = app.write(ctx, move |work| {
        count_address(work)?;
        match challenge::find(work, audience, Purpose::SignIn, &waited)? {
            Some(challenge) => challenge::take_ceremony(work, &waited, &challenge),
            None => Ok(None),
        }
    })?;
    let ceremony = ceremony.ok_or(Error::WrongCredentials)?;
    let found = proof::look_at_stranger(app, ctx, origin, said, &ceremony)?;
    let somebody = |work: &Work<'_>, person| match directory::get(work.tx, person)? {
        Some(person) => welcome_with(work, audience, person, &[Method::Passkey]),
        None => Ok(None),
    };
    let me = match &found {
        Some(found) => app.read(ctx, |work| somebody(work, found.person()))?,
        None => None,
    };
    let Some((found, me)) = found.zip(me) else {
        failed(app, ctx, "")?;
        return Err(Error::WrongCredentials);
    };
    let (token, known) = (token.clone(), known(&me, Proof::new(app.now(), vec![found.method()]), ctx));
    app.write(&known, move |work| {
        let me = work.me().map_err(|_| Error::WrongCredentials)?;
        challenge::consume(work, audience, Purpose::SignIn, &token)?;
        found.consume(work)?;
        admit(work, audience, &me, Proof::new(work.now, vec![found.method()]))
    })
}

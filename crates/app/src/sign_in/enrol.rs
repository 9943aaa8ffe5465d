//! Setting up a first second factor during a sign-in, where the organisation requires one: before there is any session.

use entente_domain::assurance::Method;
use entente_domain::factor::Kind;
use entente_domain::text::FactorName;
use entente_identity::{ChallengeToken, SessionToken};

use super::challenge::{self, Purpose};
use super::second::{Pending, look};
use super::{Audience, admit, factor_subject, failed, known};
use crate::factor::{self, Codes, Setup};
use crate::{App, Ctx, Error};

/// What waits behind a token; for the page that asks. Its secret is there.
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
    look(app, ctx, audience, origin, token, Purpose::Enrol)
}

/// Asks for a new passkey: what the browser is to be asked, as JSON.
///
/// # Errors
/// [`Error::WrongCredentials`] when nothing waits behind the token, [`Error::NotFound`] where passkeys do not work.
pub fn begin_passkey(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
) -> Result<String, Error> {
    let (_, me) = app
        .read(ctx, |work| challenge::of_somebody(work, audience, Purpose::Enrol, token))?
        .ok_or(Error::WrongCredentials)?;
    let ceremony = factor::ceremony(app, ctx, origin, &me.person)?;
    let token = token.clone();
    app.write(ctx, move |work| challenge::remember(work, &token, &ceremony.state))?;
    Ok(ceremony.options)
}

/// What somebody shows to prove that the new factor works.
#[derive(Debug, Clone)]
pub enum First {
    /// The first code of the application.
    Code(String),
    /// What the browser says about the passkey it made, as JSON, and what to call it.
    Passkey(String, FactorName),
}

/// Sets the factor up and begins the session; the recovery codes are shown this once.
///
/// # Errors
/// [`Error::WrongCredentials`] for a wrong answer and for a token behind which nothing waits; [`Error::TooMany`] after too many
/// tries.
pub fn finish(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
    first: &First,
) -> Result<(SessionToken, Ctx, Codes), Error> {
    let (challenge, me, ceremony) = challenge::tried(app, ctx, audience, Purpose::Enrol, token)?;
    let setup = match first {
        First::Code(typed) => Setup::application(app, ctx, &me.person, challenge.secret.as_deref(), typed)?,
        First::Passkey(said, name) => Setup::passkey(app, origin, ceremony.as_deref(), said, name),
    };
    let Some(setup) = setup else {
        failed(app, ctx, &me.person.upn.key())?;
        return Err(Error::WrongCredentials);
    };
    let method = match setup.kind() {
        Kind::OneTimeCode => Method::OneTimeCode,
        Kind::Passkey => Method::Passkey,
    };
    let before = challenge.proof;
    let (token, known) = (token.clone(), known(&me, before.and(method, app.now()), ctx));
    let (entered, codes) = app.write(&known, move |work| {
        let me = work.me().map_err(|_| Error::WrongCredentials)?;
        // Whoever else knows the password may have begun as well. Once there is a factor, it is asked for, not given away.
        if entente_store::factor::enrolled(work.tx, me.person.id)?.any() {
            return Err(Error::WrongCredentials);
        }
        challenge::consume(work, audience, Purpose::Enrol, &token)?;
        let codes = setup.keep(work, &me)?;
        entente_store::session::forget_tries(work.tx, &factor_subject(&me.person))?;
        Ok((admit(work, audience, &me, before.and(method, work.now))?, codes))
    })?;
    let (token, ctx) = entered.session().ok_or(Error::WrongCredentials)?;
    Ok((token, ctx, codes.unwrap_or_default()))
}

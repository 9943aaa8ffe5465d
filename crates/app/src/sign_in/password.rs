//! Choosing a password of one's own during a sign-in, in the place of one that somebody else set: before there is any session, so
//! that whoever handed the first one over cannot use it afterwards.

use entente_domain::event::{EventKind, Happened};
use entente_identity::{ChallengeToken, Password};
use entente_store::{directory, session};

use super::challenge::{self, Purpose};
use super::{Audience, Entered, OWN, account_subject, admit, known};
use crate::account::{hash, resists_guessing};
use crate::context::Me;
use crate::{App, Ctx, Error, Invalid};

/// Who waits behind a token; for the page that asks.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody does: unknown, used, lapsed and another portal's alike.
pub fn waiting(app: &App, ctx: &Ctx, audience: Audience, token: &ChallengeToken) -> Result<Me, Error> {
    app.read(ctx, |work| {
        let found = challenge::of_somebody(work, audience, Purpose::NewPassword, token)?;
        Ok(found.ok_or(Error::SignInRequired)?.1)
    })
}

/// Replaces the password and goes on with the sign-in.
///
/// # Errors
/// [`Error::Invalid`] on `password` when it cannot be one, is easy to guess, or is the one that was handed over;
/// [`Error::SignInRequired`] when nothing waits behind the token.
pub fn finish(app: &App, ctx: &Ctx, audience: Audience, token: &ChallengeToken, new: &str) -> Result<Entered, Error> {
    let new = Password::new(new).map_err(|why| Error::field("password", Invalid::Password(why)))?;
    let (challenge, me, old) = app.read(ctx, |work| {
        let found = challenge::of_somebody(work, audience, Purpose::NewPassword, token)?;
        let (challenge, me) = found.ok_or(Error::SignInRequired)?;
        let old = directory::password_hash(work.tx, me.person.id)?;
        Ok((challenge, me, old))
    })?;
    resists_guessing(&new, &me.person.name, &me.person.upn, &me.tenant.name)?;
    if old.is_some_and(|old| app.passwords().verify(&new, &old)) {
        return Err(Error::field("password", Invalid::SamePassword));
    }
    let hash = hash(app, &new);
    let (token, proof, known) = (token.clone(), challenge.proof.clone(), known(&me, challenge.proof, ctx));
    app.write(&known, move |work| {
        let me = work.me().map_err(|_| Error::SignInRequired)?;
        // Another reset in the meantime has taken the challenge with it.
        challenge::consume(work, audience, Purpose::NewPassword, &token).map_err(|_| Error::SignInRequired)?;
        directory::set_password(work.tx, &OWN, me.person.id, &hash)?;
        session::forget_tries(work.tx, &account_subject(&me.person.upn.key()))?;
        work.record(Happened::new(EventKind::PasswordChanged).person(me.person.id))?;
        admit(work, audience, &me, proof.clone())
    })
}

//! Proving again who one is, before something sensitive. The session gets a new cookie value and a new proof (threat 24).

use entente_domain::assurance::{self, Method, Next, Proof};
use entente_domain::event::{EventKind, Happened};
use entente_domain::factor::Enrolled;
use entente_domain::federation::{lets_in, needs_provider};
use entente_domain::policy::{Permit, Unattended};
use entente_identity::{ChallengeToken, Password, SessionToken};
use entente_store::{directory, factor, federation, session};

use super::challenge::{self, Purpose};
use super::second::ceremony;
use super::{Audience, TRIES_AN_ACCOUNT, WINDOW, account_subject, factor_subject};
use crate::proof::{self, Answer};
use crate::{App, Ctx, Error, account, tries};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);

/// What a person can confirm with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// Their second factors; with any of them a password alone is not enough.
    pub enrolled: Enrolled,
    /// Whether one of their passkeys works at this address.
    pub passkey_here: bool,
    /// Whether their organisation's own provider can be asked again.
    pub provider: bool,
    /// Whether what they keep here counts at all; not where nothing but the provider's word lets them in.
    pub kept_here: bool,
}

/// What whoever is signed in can confirm with.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is.
pub fn ways(app: &App, ctx: &Ctx, origin: &str) -> Result<Ways, Error> {
    let passkeys = proof::passkeys(app, origin);
    app.read(ctx, |work| {
        let me = work.me()?;
        let enrolled = factor::enrolled(work.tx, me.person.id)?;
        let known = factor::passkeys(work.tx, me.person.id)?;
        let passkey_here = passkeys.as_ref().is_some_and(|it| known.iter().any(|known| known.host == it.host()));
        let named = federation::get(work.tx, me.tenant.id)?;
        let provider = named.as_ref().is_some_and(|it| it.covers(&me.person.upn.domain()));
        let kept_here = !needs_provider(&me.person, named.as_ref());
        Ok(Ways { enrolled, passkey_here, provider, kept_here })
    })
}

/// Asks for one of the person's passkeys: the token of what then waits, and what to ask their browser, as JSON.
///
/// # Errors
/// [`Error::WrongCredentials`] when no passkey of the person works at this address.
pub fn begin_passkey(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
) -> Result<(ChallengeToken, String), Error> {
    let me = account::profile(app, ctx)?;
    let ceremony = ceremony(app, ctx, origin, me.person.id)?;
    let options = ceremony.options;
    let token = app.write(ctx, move |work| {
        let nothing = Proof::new(work.now, Vec::new());
        challenge::begin(work, audience, Purpose::Confirm, Some(&me.person), nothing, Some(&ceremony.state))
    })?;
    Ok((token, options))
}

/// What somebody shows to confirm who they are.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Their password.
    pub password: Option<String>,
    /// Their second factor, or a passkey that stands for both.
    pub answer: Option<Answer>,
    /// What waits for the passkey's answer.
    pub challenge: Option<ChallengeToken>,
}

/// Confirms with the strongest the person has: a passkey, or the password with their second factor, or the password where there is
/// no second factor. The session held goes on under the value returned; the old value is nothing any more.
///
/// Whom only their organisation's own provider lets in confirms there, by signing in anew: what they kept here is no more of a
/// confirmation than it is a way in.
///
/// # Errors
/// [`Error::WrongCredentials`] when something is wrong, missing or no way for this person, never saying which;
/// [`Error::TooMany`] after too many tries, counted together with those of signing in; [`Error::SignInRequired`] when the session ended meanwhile.
pub fn confirm(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    held: &SessionToken,
    shown: &Shown,
) -> Result<SessionToken, Error> {
    let asked = shown.clone();
    let (me, hash, ceremony) = app.write(ctx, move |work| {
        let me = work.me()?;
        if asked.password.is_some() {
            tries::count(work, &account_subject(&me.person.upn.key()), TRIES_AN_ACCOUNT, WINDOW)?;
        }
        if asked.answer.is_some() {
            tries::count(work, &factor_subject(&me.person), TRIES_AN_ACCOUNT, WINDOW)?;
        }
        let mut ceremony = None;
        if let Some(token) = &asked.challenge
            && let Some((challenge, whose)) = challenge::of_somebody(work, audience, Purpose::Confirm, token)?
            && whose.person.id == me.person.id
        {
            ceremony = challenge::take_ceremony(work, token, &challenge)?;
        }
        let hash = directory::password_hash(work.tx, me.person.id)?;
        Ok((me, hash, ceremony))
    })?;
    let mut methods = Vec::new();
    if let Some(password) = &shown.password {
        let typed = Password::new(password.as_str()).ok();
        if typed.zip(hash.as_ref()).is_some_and(|(typed, hash)| app.passwords().verify(&typed, hash)) {
            methods.push(Method::Password);
        }
    }
    let found = match &shown.answer {
        Some(answer) => proof::look(app, ctx, origin, &me.person, answer, ceremony.as_deref())?,
        None => None,
    };
    methods.extend(found.as_ref().map(proof::Found::method));
    let (old, shown) = (held.hash(), shown.clone());
    app.write(ctx, move |work| {
        let me = work.me()?;
        let proof = Proof::new(work.now, methods.clone());
        let enrolled = factor::enrolled(work.tx, me.person.id)?;
        // Somebody may have set another password since the look above; then what was typed proves nothing any more.
        let unchanged = directory::password_hash(work.tx, me.person.id)? == hash;
        let provider = federation::get(work.tx, me.tenant.id)?;
        let enough = assurance::next(&proof, enrolled.any(), false, false) == Next::Done;
        if !enough || !unchanged || !lets_in(&me.person, provider.as_ref(), proof.methods()) {
            return Err(Error::WrongCredentials);
        }
        if let Some(found) = &found {
            found.consume(work)?;
            session::forget_tries(work.tx, &factor_subject(&me.person))?;
        }
        if ceremony.is_some()
            && let Some(token) = &shown.challenge
        {
            challenge::consume(work, audience, Purpose::Confirm, token)?;
        }
        if methods.contains(&Method::Password) {
            session::forget_tries(work.tx, &account_subject(&me.person.upn.key()))?;
        }
        let new = SessionToken::generate(work.app.random());
        if !session::renew(work.tx, &OWN, &old, &new.hash(), &proof)? {
            return Err(Error::SignInRequired);
        }
        work.record(Happened::new(EventKind::Confirmed).person(me.person.id))?;
        Ok(new)
    })
}

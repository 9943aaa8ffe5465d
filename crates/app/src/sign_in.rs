//! Signing in and out. One function decides for every way in (threat 25).

use entente_domain::assurance::Proof;
use entente_domain::cloud::Cloud;
use entente_domain::event::{EventKind, Happened};
use entente_domain::language::Language;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::text::UserPrincipalName;
use entente_identity::session::{ABSOLUTE_SECONDS, IDLE_SECONDS};
use entente_identity::{Password, SessionToken};
use entente_store::session::{self, Session};
use entente_store::{directory, tenant};

use crate::{App, Ctx, Error, tries};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// Tries within a window before an account or an address has to wait.
pub(crate) const TRIES_AN_ACCOUNT: i64 = 10;
const TRIES_AN_ADDRESS: i64 = 100;
/// Length of the window, in seconds.
pub(crate) const WINDOW: i64 = 15 * 60;
/// A session's last use is written no more often than this, in seconds.
const TOUCH_EVERY: i64 = 60;

/// The portal a session is good for; a session of one is nothing at another (threat 24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The partner portal.
    Partner,
    /// The customer portal of a cloud.
    Customer(Cloud),
    /// The authority, where programs send people of every organisation.
    Authority,
}

impl Audience {
    fn code(self) -> String {
        match self {
            Self::Partner => "partner".to_owned(),
            Self::Customer(cloud) => format!("portal:{}", cloud.code()),
            Self::Authority => "authority".to_owned(),
        }
    }
}

/// What tries of an account's password are counted under, whichever page they are made on.
pub(crate) fn account_subject(account: &str) -> String {
    format!("account:{account}")
}

/// Checks name and password and begins a session. Costs the same whether or not the account exists.
///
/// # Errors
/// [`Error::WrongCredentials`] for a wrong name, a wrong password, a blocked person and a person of another portal alike;
/// [`Error::TooMany`] after too many tries for the account or from the address.
pub fn start(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    upn: &str,
    password: &str,
) -> Result<(SessionToken, Ctx), Error> {
    let account = UserPrincipalName::parse(upn).map(|upn| upn.key()).unwrap_or_default();
    let subjects: Vec<(String, i64)> = [
        Some((account_subject(&account), TRIES_AN_ACCOUNT)),
        ctx.address.as_ref().map(|address| (format!("address:{address}"), TRIES_AN_ADDRESS)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let counted = subjects.clone();
    app.write(ctx, move |work| {
        counted.iter().try_for_each(|(subject, limit)| tries::count(work, subject, *limit, WINDOW))
    })?;

    let found = app.read(ctx, |work| {
        let Some(person) = directory::by_upn(work.tx, &account)? else { return Ok(None) };
        let hash = directory::password_hash(work.tx, person.id)?;
        let Some(home) = tenant::get(work.tx, person.tenant)? else { return Ok(None) };
        let belongs = match audience {
            Audience::Partner => tenant::partner(work.tx, person.tenant)?.is_some(),
            Audience::Customer(cloud) => home.cloud == cloud,
            Audience::Authority => true,
        };
        Ok(hash.filter(|_| belongs && person.enabled).map(|hash| (person, home, hash)))
    })?;
    let typed = Password::new(password).ok();
    let proven = match (&found, &typed) {
        (Some((_, _, hash)), Some(typed)) => app.passwords().verify(typed, hash),
        (None, Some(typed)) => app.passwords().verify_absent(typed),
        _ => false,
    };
    let Some((person, home, hash)) = found.filter(|_| proven) else {
        app.write(ctx, move |work| {
            work.record(Happened::new(EventKind::SignInFailed).with("account", account.as_str()))?;
            Ok(())
        })?;
        return Err(Error::WrongCredentials);
    };

    let language = person.language.unwrap_or(home.language);
    let signed_in = Ctx::signed_in(&person, Proof::password(app.now()), ctx.address.clone(), language);
    let token = SessionToken::generate(app.random());
    let token_hash = token.hash();
    let own_subject = subjects.into_iter().next().map(|(subject, _)| subject);
    app.write(&signed_in, move |work| {
        // Between the look at the password and this transaction an administrator may have blocked them or set another password.
        let me = work.me().map_err(|_| Error::WrongCredentials)?;
        if directory::password_hash(work.tx, me.person.id)?.as_deref() != Some(hash.as_str()) {
            return Err(Error::WrongCredentials);
        }
        if let Some(subject) = &own_subject {
            session::forget_tries(work.tx, subject)?;
        }
        let new = Session {
            id: work.app.new_id(),
            person: me.person.id,
            audience: audience.code(),
            created_at: work.now,
            seen_at: work.now,
            proof: Proof::password(work.now),
            expires_at: work.now.plus_seconds(ABSOLUTE_SECONDS),
        };
        session::insert(work.tx, &OWN, &token_hash, &new)?;
        work.record(Happened::new(EventKind::SignedIn).person(me.person.id).with("portal", audience.code()))?;
        Ok(())
    })?;
    Ok((token, signed_in))
}

/// Who holds this session, if it is alive and good for this portal.
///
/// # Errors
/// [`Error::SignInRequired`] otherwise.
pub fn resume(app: &App, audience: Audience, token: &SessionToken, address: Option<String>) -> Result<Ctx, Error> {
    let hash = token.hash();
    let anonymous = Ctx::anonymous(address, Language::En);
    let (ctx, seen_at) = app.read(&anonymous, |work| {
        let session = session::get(work.tx, &hash)?.ok_or(Error::SignInRequired)?;
        let over = work.now >= session.expires_at || work.now >= session.seen_at.plus_seconds(IDLE_SECONDS);
        if over || session.audience != audience.code() {
            return Err(Error::SignInRequired);
        }
        let person = directory::get(work.tx, session.person)?.filter(|it| it.enabled).ok_or(Error::SignInRequired)?;
        let home = tenant::get(work.tx, person.tenant)?.ok_or(Error::SignInRequired)?;
        let language = person.language.unwrap_or(home.language);
        Ok((Ctx::signed_in(&person, session.proof, work.ctx.address.clone(), language), session.seen_at))
    })?;
    if app.now() >= seen_at.plus_seconds(TOUCH_EVERY) {
        app.write(&ctx, move |work| Ok(session::touch(work.tx, &hash, work.now)?))?;
    }
    Ok(ctx)
}

/// Ends the session. Repeating it changes nothing.
///
/// # Errors
/// When the database has no answer.
pub fn end(app: &App, ctx: &Ctx, token: &SessionToken) -> Result<(), Error> {
    let hash = token.hash();
    app.write(ctx, move |work| {
        if session::delete(work.tx, &OWN, &hash)? {
            let who = work.ctx.person;
            let happened = Happened::new(EventKind::SignedOut);
            work.record(match who {
                Some(person) => happened.person(person),
                None => happened,
            })?;
        }
        Ok(())
    })
}

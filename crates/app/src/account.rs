//! A person's own account: who they are, and what their roles let them do.

use entente_domain::acting::End;
use entente_domain::directory::Person;
use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::UserId;
use entente_domain::language::Language;
use entente_domain::policy::{self, Action, Permit, Unattended};
use entente_domain::tenant::{Partner, Tenant};
use entente_domain::text::{CompanyName, PersonName, UserPrincipalName};
use entente_identity::{Password, SessionToken};
use entente_store::acting::Reach;
use entente_store::{device, directory, factor, grant, session, tenant};

use crate::authority::bearer;
use crate::context::Me;
use crate::sign_in::{TRIES_AN_ACCOUNT, WINDOW, account_subject};
use crate::{App, Ctx, Error, Invalid, Work, acting, tries};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The person, with today's roles.
    pub person: Person,
    /// Their organisation.
    pub tenant: Tenant,
    /// What makes it a partner, if it is one.
    pub partner: Option<Partner>,
}

impl Profile {
    /// Whether their roles allow an action, so that a page offers only what the operation would do.
    pub fn may(&self, action: Action) -> bool {
        policy::check(&self.person, action).is_ok()
            && self.partner.as_ref().is_none_or(|it| policy::outlasts(it.standing, action).is_ok())
    }

    /// The same for what is done at customers by the roles that need no privileges.
    pub fn sells(&self, action: Action) -> bool {
        policy::as_seller(&self.person, action).is_ok()
            && self.partner.as_ref().is_some_and(|it| policy::working(it.standing).is_ok())
    }
}

/// Who asks, as of now.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is signed in or the person is blocked.
pub fn profile(app: &App, ctx: &Ctx) -> Result<Profile, Error> {
    app.read(ctx, |work| {
        let Me { person, tenant: home } = work.me()?;
        let partner = tenant::partner(work.tx, home.id)?;
        Ok(Profile { person, tenant: home, partner })
    })
}

/// Chooses the language of pages and mail; none follows the organisation's.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is signed in.
pub fn set_language(app: &App, ctx: &Ctx, language: Option<Language>) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let me = work.me()?;
        if me.person.language == language {
            return Ok(());
        }
        directory::set_language(work.tx, &OWN, me.person.id, language)?;
        let happened = Happened::new(EventKind::LanguageChanged).person(me.person.id);
        work.record(happened.with_some("language", language.map(Language::tag)))?;
        Ok(())
    })
}

/// Replaces one's own password. The person's other sessions end; the one of `keep` goes on.
///
/// # Errors
/// [`Error::Invalid`] on `current` when that is not the password, on `password` when the new one cannot be one or is easy to guess;
/// [`Error::TooMany`] after too many tries, counted together with those of signing in.
pub fn change_password(app: &App, ctx: &Ctx, keep: &SessionToken, current: &str, new: &str) -> Result<(), Error> {
    let new = Password::new(new).map_err(|why| Error::field("password", Invalid::Password(why)))?;
    let me = profile(app, ctx)?;
    resists_guessing(&new, &me.person.name, &me.person.upn, &me.tenant.name)?;
    let (subject, old_hash) = app.write(ctx, |work| {
        let me = work.me()?;
        let subject = account_subject(&me.person.upn.key());
        tries::count(work, &subject, TRIES_AN_ACCOUNT, WINDOW)?;
        Ok((subject, directory::password_hash(work.tx, me.person.id)?))
    })?;
    let proven = match (&old_hash, Password::new(current)) {
        (Some(hash), Ok(typed)) => app.passwords().verify(&typed, hash),
        _ => false,
    };
    if !proven {
        return Err(Error::field("current", Invalid::WrongPassword));
    }
    let (hash, keep) = (hash(app, &new), keep.hash());
    app.write(ctx, move |work| {
        let me = work.me()?;
        // Somebody else may have set another one since the look above; then what was typed proves nothing any more.
        if directory::password_hash(work.tx, me.person.id)? != old_hash {
            return Err(Error::field("current", Invalid::WrongPassword));
        }
        directory::set_password(work.tx, &OWN, me.person.id, &hash)?;
        session::delete_others(work.tx, &OWN, me.person.id, &keep)?;
        end_tokens(work, &OWN, me.person.id, End::Left)?;
        factor::delete_challenges(work.tx, &OWN, me.person.id)?;
        session::forget_tries(work.tx, &subject)?;
        work.record(Happened::new(EventKind::PasswordChanged).person(me.person.id))?;
        Ok(())
    })
}

/// Ends everything a person is signed in with: browsers, applications, and what they do on behalf of customers.
pub(crate) fn sign_out_everywhere(work: &Work<'_>, permit: &Permit, person: UserId) -> Result<(), Error> {
    session::delete_of(work.tx, permit, person)?;
    factor::delete_challenges(work.tx, permit, person)?;
    end_tokens(work, permit, person, End::Person)
}

fn end_tokens(work: &Work<'_>, permit: &Permit, person: UserId, why: End) -> Result<(), Error> {
    bearer::end_at_services(work, person, why)?;
    grant::end_of_person(work.tx, permit, person, work.now)?;
    // What is on its way and would begin anew after this.
    grant::delete_codes(work.tx, permit, person)?;
    device::delete_of(work.tx, permit, person)?;
    acting::end_all(work, permit, Reach::Person(person), why)
}

/// Whether a password that somebody chose for themselves withstands guessing by those who know them.
pub(crate) fn resists_guessing(
    password: &Password,
    person: &PersonName,
    upn: &UserPrincipalName,
    organisation: &CompanyName,
) -> Result<(), Error> {
    let known = [person.as_str(), upn.as_str(), organisation.as_str()];
    password.resists_guessing(&known).map_err(|why| Error::field("password", Invalid::Password(why)))
}

/// What is stored of a password. Takes its time: call it outside of transactions.
pub(crate) fn hash(app: &App, password: &Password) -> String {
    let mut salt = [0; 16];
    app.random().fill(&mut salt);
    app.passwords().hash(password, salt)
}

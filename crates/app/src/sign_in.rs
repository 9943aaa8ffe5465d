//! Signing in and out. One function decides for every way in (threat 25): whatever somebody proved, by whichever page, comes to
//! `admit`, and that is the only place where a session begins. A proof that is not enough becomes a `challenge`; the second
//! step is in [`second`], a password of one's own in [`password`], setting up a first factor on the way in `enrol`, and proving again who one is in [`confirm`].

pub(crate) mod challenge;
pub mod confirm;
pub mod enrol;
pub mod password;
pub mod second;

use entente_domain::assurance::{self, Method, Next, Proof};
use entente_domain::cloud::Cloud;
use entente_domain::directory::Person;
use entente_domain::event::{EventKind, Happened};
use entente_domain::federation::lets_in;
use entente_domain::language::Language;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::tenant::Tenant;
use entente_domain::text::UserPrincipalName;
use entente_identity::session::{ABSOLUTE_SECONDS, IDLE_SECONDS};
use entente_identity::{ChallengeToken, Password, SessionToken};
use entente_store::session::{self, Session};
use entente_store::{directory, factor, federation, tenant};

use challenge::Purpose;

use crate::context::Me;
use crate::{App, Ctx, Error, Work, tries};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// Tries within a window before an account or an address has to wait.
pub(crate) const TRIES_AN_ACCOUNT: i64 = 10;
pub(crate) const TRIES_AN_ADDRESS: i64 = 100;
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
    /// Every portal.
    fn all() -> impl Iterator<Item = Self> {
        [Self::Partner, Self::Authority].into_iter().chain(Cloud::ALL.iter().copied().map(Self::Customer))
    }

    /// The portal a session stored.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::all().find(|it| it.code() == code)
    }

    /// What a session or a challenge stores of it.
    pub(crate) fn code(self) -> String {
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

/// What tries of a person's codes and passkeys are counted under. Apart from the password's, because a right password forgets those.
pub(crate) fn factor_subject(person: &Person) -> String {
    format!("factor:{}", person.id)
}

/// What a proof led to.
#[derive(Debug, Clone)]
pub enum Entered {
    /// A session.
    Session(SessionToken, Ctx),
    /// Not yet one: this is still needed, and the token names what waits for it.
    Pending(ChallengeToken, Next),
}

impl Entered {
    /// The session, if it came to one.
    pub fn session(self) -> Option<(SessionToken, Ctx)> {
        match self {
            Self::Session(token, ctx) => Some((token, ctx)),
            Self::Pending(..) => None,
        }
    }
}

/// Checks name and password; begins a session if that is enough. Costs the same whether or not the account exists.
///
/// # Errors
/// [`Error::WrongCredentials`] for a wrong name, a wrong password, a blocked person and a person of another portal alike;
/// [`Error::TooMany`] after too many tries for the account or from the address; [`Error::Unavailable`] while too many others wait.
pub fn start(app: &App, ctx: &Ctx, audience: Audience, upn: &str, password: &str) -> Result<Entered, Error> {
    let _place = app.passwords().queue().ok_or(Error::Unavailable)?;
    let account = UserPrincipalName::parse(upn).map(|upn| upn.key()).unwrap_or_default();
    let own_subject = account_subject(&account);
    let counted = own_subject.clone();
    app.write(ctx, move |work| {
        tries::count(work, &counted, TRIES_AN_ACCOUNT, WINDOW)?;
        count_address(work)
    })?;

    let found = app.read(ctx, |work| {
        let Some(person) = directory::by_upn(work.tx, &account)? else { return Ok(None) };
        let hash = directory::password_hash(work.tx, person.id)?;
        let known = welcome_with(work, audience, person, &[Method::Password])?;
        Ok(known.zip(hash))
    })?;
    let typed = Password::new(password).ok();
    let proven = match (&found, &typed) {
        (Some((_, hash)), Some(typed)) => app.passwords().verify(typed, hash),
        (None, Some(typed)) => app.passwords().verify_absent(typed),
        _ => false,
    };
    let Some((me, hash)) = found.filter(|_| proven) else {
        failed(app, ctx, &account)?;
        return Err(Error::WrongCredentials);
    };
    let proof = Proof::password(app.now());
    let known = known(&me, proof, ctx);
    app.write(&known, move |work| {
        // Between the look at the password and this transaction an administrator may have blocked them or set another password.
        let me = work.me().map_err(|_| Error::WrongCredentials)?;
        if directory::password_hash(work.tx, me.person.id)?.as_deref() != Some(hash.as_str()) {
            return Err(Error::WrongCredentials);
        }
        session::forget_tries(work.tx, &own_subject)?;
        admit(work, audience, &me, Proof::password(work.now))
    })
}

/// Counts one try from the visitor's address.
pub(crate) fn count_address(work: &Work<'_>) -> Result<(), Error> {
    let Some(address) = &work.ctx.address else { return Ok(()) };
    tries::count(work, &format!("address:{address}"), TRIES_AN_ADDRESS, WINDOW)
}

/// The person with their organisation, if they may sign in at this portal.
fn welcome(work: &Work<'_>, audience: Audience, person: Person) -> Result<Option<Me>, Error> {
    let Some(home) = tenant::get(work.tx, person.tenant)? else { return Ok(None) };
    let welcome = belongs(work, audience, &home)? && person.enabled;
    Ok(welcome.then_some(Me { person, tenant: home }))
}

/// The same, if these methods are a way in for them at all: where their organisation's own provider lets people in, a try with
/// anything else is answered and written down like one by nobody.
fn welcome_with(work: &Work<'_>, audience: Audience, person: Person, methods: &[Method]) -> Result<Option<Me>, Error> {
    let provider = federation::get(work.tx, person.tenant)?;
    Ok(welcome(work, audience, person)?.filter(|it| lets_in(&it.person, provider.as_ref(), methods)))
}

/// Whether people of an organisation have business at a portal.
pub(crate) fn belongs(work: &Work<'_>, audience: Audience, home: &Tenant) -> Result<bool, Error> {
    Ok(match audience {
        Audience::Partner => tenant::partner(work.tx, home.id)?.is_some(),
        Audience::Customer(cloud) => home.cloud == cloud,
        Audience::Authority => true,
    })
}

/// Who asks once they have proven something, in their own language.
fn known(me: &Me, proof: Proof, ctx: &Ctx) -> Ctx {
    let language = me.person.language.unwrap_or(me.tenant.language);
    Ctx::signed_in(&me.person, proof, ctx.address.clone(), language)
}

/// Writes down that somebody tried and failed.
fn failed(app: &App, ctx: &Ctx, account: &str) -> Result<(), Error> {
    let account = account.to_owned();
    app.write(&Ctx::anonymous(ctx.address.clone(), ctx.language), move |work| {
        work.record(Happened::new(EventKind::SignInFailed).with("account", account.as_str()))?;
        Ok(())
    })
}

/// Lets somebody in who proved this much, or says what is still needed. Every way to sign in ends here.
///
/// # Errors
/// [`Error::WrongCredentials`] for a proof of nothing, and for one without the word of the provider that lets them in.
pub(crate) fn admit(work: &Work<'_>, audience: Audience, me: &Me, proof: Proof) -> Result<Entered, Error> {
    let provider = federation::get(work.tx, me.tenant.id)?;
    if !belongs(work, audience, &me.tenant)? || !lets_in(&me.person, provider.as_ref(), proof.methods()) {
        return Err(Error::WrongCredentials);
    }
    let enrolled = factor::enrolled(work.tx, me.person.id)?;
    let security = tenant::security(work.tx, me.tenant.id)?;
    let set_by_another = directory::password_set_by_another(work.tx, me.person.id)?;
    let next = assurance::next(&proof, enrolled.any(), security.required, set_by_another);
    let purpose = match next {
        Next::FirstFactor => return Err(Error::WrongCredentials),
        Next::Done => return begin(work, audience, me, proof),
        Next::SecondFactor => Purpose::Second,
        Next::NewPassword => Purpose::NewPassword,
        Next::Enrol => Purpose::Enrol,
    };
    Ok(Entered::Pending(challenge::begin(work, audience, purpose, Some(&me.person), proof, None)?, next))
}

/// Begins the session of somebody who proved enough.
fn begin(work: &Work<'_>, audience: Audience, me: &Me, proof: Proof) -> Result<Entered, Error> {
    let token = SessionToken::generate(work.app.random());
    let new = Session {
        id: work.app.new_id(),
        person: me.person.id,
        audience: audience.code(),
        created_at: work.now,
        seen_at: work.now,
        proof: proof.clone(),
        expires_at: work.now.plus_seconds(ABSOLUTE_SECONDS),
        address: work.ctx.address.clone(),
    };
    session::insert(work.tx, &OWN, &token.hash(), &new)?;
    directory::signed_in(work.tx, me.person.id, work.now)?;
    work.record(Happened::new(EventKind::SignedIn).person(me.person.id).with("portal", audience.code()))?;
    Ok(Entered::Session(token, known(me, proof, work.ctx)))
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

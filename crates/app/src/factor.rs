//! A person's second factors, and what an organisation asks of its people.

mod setup;

use entente_domain::acting::End;
use entente_domain::assurance::Proof;
use entente_domain::directory::Person;
use entente_domain::event::{EventKind, Happened};
use entente_domain::factor::{self as rules, Action as Step, Enrolled, Kind, Security};
use entente_domain::ids::{PasskeyId, TenantId};
use entente_domain::policy::{self, Action, Permit};
use entente_domain::text::FactorName;
use entente_domain::time::Timestamp;
use entente_identity::ChallengeToken;
use entente_identity::passkey::Ceremony;
use entente_store::acting::Reach;
use entente_store::factor::{self, Passkey};
use entente_store::{grant, session, tenant};

pub(crate) use setup::Setup;
use setup::fresh_codes;

use crate::authority::bearer;
use crate::context::Me;
use crate::sign_in::challenge::{self, Purpose};
use crate::sign_in::second::{Pending, look};
use crate::sign_in::{Audience, TRIES_AN_ACCOUNT, WINDOW, factor_subject};
use crate::{App, Ctx, Error, Work, account, acting, proof, tries};

/// Recovery codes in the form people read; shown once and stored nowhere.
pub type Codes = Vec<String>;

/// A passkey, for its person's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: PasskeyId,
    /// What its person calls it.
    pub name: FactorName,
    /// The host it works at.
    pub host: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// A person's factors as their settings show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Since when an application makes codes.
    pub application: Option<Timestamp>,
    /// The passkeys, oldest first.
    pub passkeys: Vec<Named>,
    /// How many recovery codes are left.
    pub codes_left: i64,
    /// What the organisation asks.
    pub security: Security,
    /// Whether passkeys work at this address.
    pub passkeys_work: bool,
}

impl Overview {
    /// Which factors there are.
    pub fn enrolled(&self) -> Enrolled {
        Enrolled { one_time_codes: self.application.is_some(), passkeys: self.passkeys.len() }
    }
}

/// The factors of whoever asks.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is signed in.
pub fn overview(app: &App, ctx: &Ctx, origin: &str) -> Result<Overview, Error> {
    app.read(ctx, |work| {
        let me = work.me()?;
        let named = |it: Passkey| Named {
            id: it.id,
            name: it.name,
            host: it.host,
            created_at: it.created_at,
            last_used_at: it.last_used_at,
        };
        Ok(Overview {
            application: factor::totp(work.tx, me.person.id)?.map(|it| it.confirmed_at),
            passkeys: factor::passkeys(work.tx, me.person.id)?.into_iter().map(named).collect(),
            codes_left: factor::codes_left(work.tx, me.person.id)?,
            security: tenant::security(work.tx, me.tenant.id)?,
            passkeys_work: proof::passkeys(app, origin).is_some(),
        })
    })
}

/// Who asks, their permit, and whether the rules allow the step with their factors as they are.
fn own(work: &Work<'_>, step: Step) -> Result<(Me, Permit), Error> {
    let me = work.me()?;
    let permit = policy::check(&me.person, Action::ManageOwnFactors)?;
    work.fresh(Action::ManageOwnFactors)?;
    let required = tenant::security(work.tx, me.tenant.id)?.required;
    rules::check(factor::enrolled(work.tx, me.person.id)?, required, step)?;
    Ok((me, permit))
}

/// Begins adding an application for one-time codes; the page behind the token shows its secret.
///
/// # Errors
/// [`Error::StepUp`] without a fresh proof, [`Error::Factor`] when there is one already.
pub fn begin_application(app: &App, ctx: &Ctx, audience: Audience) -> Result<ChallengeToken, Error> {
    app.write(ctx, move |work| {
        let (me, _) = own(work, Step::Add(Kind::OneTimeCode))?;
        let proof = Proof::new(work.now, Vec::new());
        challenge::begin(work, audience, Purpose::AddTotp, Some(&me.person), proof, None)
    })
}

/// What is being added behind a token of [`begin_application`].
///
/// # Errors
/// [`Error::NotFound`] when nothing is, or somebody else's.
pub fn adding(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
) -> Result<Pending, Error> {
    let me = account::profile(app, ctx)?;
    match look(app, ctx, audience, origin, token, Purpose::AddTotp) {
        Ok(pending) if pending.me.person.id == me.person.id => Ok(pending),
        Ok(_) | Err(Error::SignInRequired) => Err(Error::NotFound),
        Err(error) => Err(error),
    }
}

/// Adds the application once it shows the right code. With the first factor come recovery codes.
///
/// # Errors
/// [`Error::WrongCredentials`] for a wrong code and a token behind which nothing waits, [`Error::TooMany`] after too many tries;
/// otherwise as [`begin_application`].
pub fn add_application(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    token: &ChallengeToken,
    typed: &str,
) -> Result<Option<Codes>, Error> {
    let waited = take(app, ctx, audience, Purpose::AddTotp, token)?;
    let (me, secret, _) = waited.ok_or(Error::WrongCredentials)?;
    let setup = Setup::application(app, ctx, &me.person, secret.as_deref(), typed)?.ok_or(Error::WrongCredentials)?;
    add(app, ctx, audience, Purpose::AddTotp, token, setup)
}

/// Begins adding a passkey: the token of what then waits, and what to ask the browser, as JSON.
///
/// # Errors
/// [`Error::StepUp`] without a fresh proof, [`Error::Factor`] when there are too many, [`Error::NotFound`] where passkeys do not
/// work.
pub fn begin_passkey(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
) -> Result<(ChallengeToken, String), Error> {
    let me = account::profile(app, ctx)?;
    let ceremony = ceremony(app, ctx, origin, &me.person)?;
    let options = ceremony.options;
    let token = app.write(ctx, move |work| {
        let (me, _) = own(work, Step::Add(Kind::Passkey))?;
        let proof = Proof::new(work.now, Vec::new());
        challenge::begin(work, audience, Purpose::AddPasskey, Some(&me.person), proof, Some(&ceremony.state))
    })?;
    Ok((token, options))
}

/// Adds the passkey a browser made. With the first factor come recovery codes.
///
/// # Errors
/// [`Error::WrongCredentials`] for an answer that proves nothing; otherwise as [`begin_passkey`].
pub fn add_passkey(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    origin: &str,
    token: &ChallengeToken,
    name: &FactorName,
    said: &str,
) -> Result<Option<Codes>, Error> {
    let waited = take(app, ctx, audience, Purpose::AddPasskey, token)?;
    let (_, _, ceremony) = waited.ok_or(Error::WrongCredentials)?;
    let setup = Setup::passkey(app, origin, ceremony.as_deref(), said, name).ok_or(Error::WrongCredentials)?;
    add(app, ctx, audience, Purpose::AddPasskey, token, setup)
}

/// Who adds a factor, its sealed secret and its ceremony, whichever it has.
type Taken = (Me, Option<Vec<u8>>, Option<Vec<u8>>);

/// What waits behind the token of whoever asks, with one try counted.
fn take(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    purpose: Purpose,
    token: &ChallengeToken,
) -> Result<Option<Taken>, Error> {
    let token = token.clone();
    app.write(ctx, move |work| {
        let me = work.me()?;
        tries::count(work, &factor_subject(&me.person), TRIES_AN_ACCOUNT, WINDOW)?;
        match challenge::of_somebody(work, audience, purpose, &token)? {
            Some((found, whose)) if whose.person.id == me.person.id => {
                let ceremony = challenge::take_ceremony(work, &token, &found)?;
                Ok(Some((me, found.secret, ceremony)))
            }
            _ => Ok(None),
        }
    })
}

fn add(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    purpose: Purpose,
    token: &ChallengeToken,
    setup: Setup,
) -> Result<Option<Codes>, Error> {
    let token = token.clone();
    app.write(ctx, move |work| {
        let (me, _) = own(work, Step::Add(setup.kind()))?;
        challenge::consume(work, audience, purpose, &token)?;
        let codes = setup.keep(work, &me)?;
        session::forget_tries(work.tx, &factor_subject(&me.person))?;
        Ok(codes)
    })
}

/// The first half of making a passkey for this person.
pub(crate) fn ceremony(app: &App, ctx: &Ctx, origin: &str, person: &Person) -> Result<Ceremony, Error> {
    let passkeys = proof::passkeys(app, origin).ok_or(Error::NotFound)?;
    let known = app.read(ctx, |work| Ok(factor::passkeys(work.tx, person.id)?))?;
    let known: Vec<Vec<u8>> = known.into_iter().map(|it| it.credential_id).collect();
    let begun = passkeys.begin_adding(person.id, person.upn.as_str(), person.name.as_str(), &known);
    begun.map_err(|_| Error::NotFound)
}

/// Makes new recovery codes for whoever asks; the old ones are void from now on.
///
/// # Errors
/// [`Error::StepUp`] without a fresh proof, [`Error::Factor`] without a factor for them to stand in for.
pub fn make_codes(app: &App, ctx: &Ctx) -> Result<Codes, Error> {
    app.write(ctx, |work| {
        let (me, permit) = own(work, Step::MakeCodes)?;
        fresh_codes(work, &me, &permit, None)
    })
}

/// Removes the application of whoever asks. With the last factor go the recovery codes.
///
/// # Errors
/// [`Error::StepUp`] without a fresh proof, [`Error::Factor`] when it is the last and the organisation requires one.
pub fn remove_application(app: &App, ctx: &Ctx) -> Result<(), Error> {
    app.write(ctx, |work| {
        let (me, permit) = own(work, Step::Remove(Kind::OneTimeCode))?;
        if factor::delete_totp(work.tx, &permit, me.person.id)? {
            removed(work, &me, &permit, Kind::OneTimeCode, None)?;
        }
        Ok(())
    })
}

/// Removes a passkey of whoever asks; as [`remove_application`].
///
/// # Errors
/// As there; [`Error::NotFound`] for one that does not exist and for somebody else's alike.
pub fn remove_passkey(app: &App, ctx: &Ctx, id: PasskeyId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, permit) = own(work, Step::Remove(Kind::Passkey))?;
        let name = factor::delete_passkey(work.tx, &permit, me.person.id, id)?.ok_or(Error::NotFound)?;
        removed(work, &me, &permit, Kind::Passkey, Some(&name))
    })
}

fn removed(work: &Work<'_>, me: &Me, permit: &Permit, kind: Kind, name: Option<&FactorName>) -> Result<(), Error> {
    if !factor::enrolled(work.tx, me.person.id)?.any() {
        factor::delete_codes(work.tx, permit, me.person.id)?;
    }
    let happened = Happened::new(EventKind::FactorRemoved).person(me.person.id).with("factor", kind.code());
    work.record(happened.with_some("passkey", name.map(FactorName::as_str)))?;
    Ok(())
}

/// Says what a partner asks of its own people; what it asked of those who act for it stays.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::StepUp`] without a fresh proof, [`Error::Factor`] when whoever asks has none:
/// they would lock themselves out.
pub fn set_partner_security(app: &App, ctx: &Ctx, security: Security) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, _, permit) = work.partner(Action::SetPartnerSecurity)?;
        work.fresh(Action::SetPartnerSecurity)?;
        let Security { partners, .. } = tenant::security(work.tx, me.tenant.id)?;
        set(work, &me, &permit, Security { partners, ..security })
    })
}

/// Says what a customer asks of its own people, and of those of its partners.
///
/// # Errors
/// As [`set_partner_security`].
pub fn set_customer_security(app: &App, ctx: &Ctx, security: Security) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, permit) = work.customer(Action::SetCustomerSecurity)?;
        work.fresh(Action::SetCustomerSecurity)?;
        set(work, &me, &permit, security)
    })
}

fn set(work: &Work<'_>, me: &Me, permit: &Permit, security: Security) -> Result<(), Error> {
    if security.required && !tenant::security(work.tx, me.tenant.id)?.required {
        rules::check(factor::enrolled(work.tx, me.person.id)?, true, Step::Require)?;
    }
    save_security(work, permit, me.tenant.id, security)
}

/// Keeps what an organisation asks, and writes down each change of it. Where two factors become required, whatever its people began
/// with one ends with it. Repeating it changes nothing.
pub(crate) fn save_security(work: &Work<'_>, permit: &Permit, id: TenantId, security: Security) -> Result<(), Error> {
    let before = tenant::security(work.tx, id)?;
    if before == security {
        return Ok(());
    }
    tenant::set_security(work.tx, permit, id, security)?;
    if security.partners && !before.partners {
        acting::end_weak(work, permit, Reach::Customer(id))?;
    }
    for (policy, on) in security.changed_from(before) {
        let enabled = if on { "yes" } else { "no" };
        let mut happened = Happened::new(EventKind::SecurityPolicyChanged).customer(id).with("policy", policy);
        happened = happened.with("enabled", enabled);
        if on && policy == "required" {
            let (sessions, grants) = end_weak(work, permit, id)?;
            happened = happened.with("sessions", sessions.to_string()).with("grants", grants.to_string());
        }
        work.record(happened)?;
    }
    Ok(())
}

/// Ends the sessions, grants and acting of an organisation's people that rest on less than two factors; how many sessions and
/// grants those were. A code on its way to an application is refused when it is redeemed.
fn end_weak(work: &Work<'_>, permit: &Permit, home: TenantId) -> Result<(u64, u64), Error> {
    let (mut sessions, mut grants) = (0, 0);
    for methods in Proof::weak_codes() {
        for it in grant::weak_at_services(work.tx, home, &methods, work.now)? {
            bearer::close(work, &it, EventKind::GrantEnded, End::SecondFactor)?;
            grants += 1;
        }
        sessions += session::delete_of_tenant(work.tx, permit, home, &methods)?;
        grants += grant::end_of_tenant(work.tx, permit, home, &methods, work.now)?;
    }
    acting::end_weak(work, permit, Reach::Partner(home))?;
    Ok((sessions, grants))
}

//! Signing in on another device by typing a code (RFC 8628).
//!
//! Whoever talks somebody into typing a code gets their tokens, so people with powerful roles are kept out of it unless their
//! organisation lets them.

use entente_domain::directory::Person;
use entente_domain::event::EventKind;
use entente_domain::people;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::text::CompanyName;
use entente_identity::{DeviceCode, RefreshToken, UserCode};
use entente_store::device::{self, Answer, Device};
use entente_store::grant::Grant;
use entente_store::{application, directory, tenant};

use super::client::{Client, Presented};
use super::code::GRANT_DAYS;
use super::mint::{AtHome, Echo};
use super::token::{self, Request, TokenSet};
use super::{Kind, Params, Place, Refusal, code, scope};
use crate::{App, Ctx, Error, Work, tries};

/// The grant type.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// Seconds somebody has to type the code.
pub const SECONDS: i64 = 15 * 60;
/// Seconds a device leaves between two questions.
pub const PAUSE: i64 = 5;
/// Codes a person may try within a quarter of an hour.
const TRIES: i64 = 20;
const WINDOW: i64 = 15 * 60;

/// What the device shows and keeps.
#[derive(Debug, Clone)]
pub struct Begun {
    /// For the device alone.
    pub device_code: String,
    /// For the person.
    pub user_code: String,
    /// Where to type it.
    pub verification_uri: String,
}

/// A device asks for a code.
///
/// # Errors
/// [`Refusal`] for an unknown application or one that does not sign in this way, and for an unknown scope.
pub fn begin(app: &App, ctx: &Ctx, place: &str, params: &Params, presented: &Presented) -> Result<Begun, Error> {
    let (place, client) = app.read(ctx, |work| {
        let (place, client) = token::caller(work, place, presented, |_| Ok(None))?;
        token::in_business(work, &client.application, Kind::UnauthorizedClient)?;
        Ok((place, client))
    })?;
    client.settle(app, ctx)?;
    if !client.application.device_code {
        let text = "The application does not sign people in on other devices; its owner can switch that on.";
        return Err(Refusal::new(Kind::UnauthorizedClient, 7_000_218, text).into());
    }
    let (device_code, user_code) = (DeviceCode::generate(app.random()), UserCode::generate(app.random()));
    let (hash, user_hash) = (device_code.hash(), user_code.hash());
    let scope = params.get("scope").unwrap_or_default().to_owned();
    let named = match &place {
        Place::Tenant(tenant) => Some(tenant.id),
        Place::Any => None,
    };
    app.write(ctx, move |work| {
        scope::read(work, &scope, client.application.owner)?;
        let it = Device {
            hash: hash.to_vec(),
            application: client.application.id,
            tenant: named,
            scope: scope.clone(),
            expires_at: work.now.plus_seconds(SECONDS),
            polled_at: None,
            pause: PAUSE,
            answer: Answer::Waiting,
        };
        Ok(device::insert(work.tx, &OWN, &hash, &user_hash, &it)?)
    })?;
    Ok(Begun {
        device_code: device_code.text(),
        user_code: user_code.text(),
        verification_uri: format!("{}/devicelogin", app.settings().authority),
    })
}

/// What somebody who typed a code is asked to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The application that runs on the device.
    pub application: CompanyName,
    /// The code as it is shown.
    pub code: String,
}

/// What a typed code stands for.
///
/// # Errors
/// [`Error::SignInRequired`], [`Error::TooMany`] after too many codes; [`Error::NotFound`] for a code that is unknown, expired,
/// answered, or of another organisation's application; [`Refusal`] `access_denied` for people with powerful roles
/// whose organisation does not allow it.
pub fn look(app: &App, ctx: &Ctx, typed: &str) -> Result<Waiting, Error> {
    count(app, ctx)?;
    app.read(ctx, |work| {
        let (_, client, code) = waiting(work, typed)?;
        Ok(Waiting { application: client.name, code: code.text() })
    })
}

/// Counts a typed code by itself, so that a wrong one is counted although it is refused.
fn count(app: &App, ctx: &Ctx) -> Result<(), Error> {
    app.write(ctx, |work| tries::count(work, &format!("device:{}", work.me()?.person.id), TRIES, WINDOW))
}

/// The person's answer. Of two at once, the first counts.
///
/// # Errors
/// As [`look`].
pub fn answer(app: &App, ctx: &Ctx, typed: &str, approved: bool) -> Result<(), Error> {
    count(app, ctx)?;
    let typed = typed.to_owned();
    app.write(ctx, move |work| {
        let me = work.me()?;
        let (it, client, _) = waiting(work, &typed)?;
        let done = match (approved, &work.ctx.proof) {
            (true, Some(proof)) => device::approve(work.tx, &OWN, &it.hash, me.person.id, proof)?,
            (true, None) => return Err(Error::SignInRequired),
            (false, _) => device::deny(work.tx, &OWN, &it.hash)?,
        };
        if !done {
            return Err(Error::NotFound);
        }
        if approved {
            let happened = client.happened(EventKind::DeviceApproved).person(me.person.id);
            work.record(happened)?;
        }
        Ok(())
    })
}

fn waiting(
    work: &Work<'_>,
    typed: &str,
) -> Result<(Device, entente_domain::application::Application, UserCode), Error> {
    let me = work.me()?;
    may_type(work, &me.person)?;
    let code = UserCode::parse(typed).ok_or(Error::NotFound)?;
    let open = |it: &Device| {
        it.answer == Answer::Waiting
            && work.now < it.expires_at
            && it.tenant.is_none_or(|tenant| tenant == me.person.tenant)
    };
    let it = device::by_user_code(work.tx, &code.hash())?.filter(open).ok_or(Error::NotFound)?;
    let client = application::get(work.tx, it.application)?
        .filter(|it| it.enabled && it.is_at_home_in(me.person.tenant))
        .ok_or(Error::NotFound)?;
    Ok((it, client, code))
}

fn may_type(work: &Work<'_>, person: &Person) -> Result<(), Error> {
    if people::may_type_codes(person, tenant::security(work.tx, person.tenant)?) {
        return Ok(());
    }
    let text = "People whose roles reach customers or administer a directory sign in on the device itself, unless a global admin of \
        their organisation allows codes for them.";
    Err(Refusal::new(Kind::AccessDenied, 53_003, text).into())
}

enum Polled {
    Tokens(Box<AtHome>, Box<super::Asked>),
    Refused(Refusal),
}

/// The device asks whether somebody answered.
pub(crate) fn redeem(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let (place, client) = token::asked_by(app, ctx, request, |_| Ok(None))?;
    // One library sends the value under both names.
    let text = request.params.get("device_code").or(request.params.get("code"));
    let unknown = || Refusal::new(Kind::InvalidGrant, 70_018, "The device code is unknown, or was redeemed.");
    let code = text.ok_or_else(|| Refusal::missing("device_code"))?;
    let hash = DeviceCode::parse(code).ok_or_else(unknown)?.hash();
    let refresh = RefreshToken::generate(app.random());
    let polled = {
        let (client, refresh) = (client.clone(), refresh.clone());
        app.write(ctx, move |work| {
            let it = device::get(work.tx, &hash)?
                .filter(|it| it.application == client.application.id)
                .filter(|it| it.tenant.is_none_or(|tenant| place.is_home_of(tenant)))
                .ok_or_else(unknown)?;
            poll(work, &hash, it, &client, &refresh)
        })?
    };
    match polled {
        Polled::Tokens(who, asked) => {
            let refresh = asked.offline.then_some(&refresh);
            token::at_home(app, &client.application, &asked, &who, &Echo::default(), refresh)
        }
        Polled::Refused(refusal) => Err(refusal.into()),
    }
}

fn poll(
    work: &Work<'_>,
    hash: &[u8; 32],
    it: Device,
    client: &Client,
    refresh: &RefreshToken,
) -> Result<Polled, Error> {
    let refused = |kind, number, text: &str| Ok(Polled::Refused(Refusal::new(kind, number, text)));
    if work.now >= it.expires_at {
        return refused(Kind::ExpiredToken, 70_019, "Nobody typed the code in time.");
    }
    match it.answer {
        Answer::Waiting => {
            let early = it.polled_at.is_some_and(|at| work.now < at.plus_seconds(it.pause));
            // Five seconds more each time (RFC 8628, section 3.5).
            let pause = if early { it.pause + PAUSE } else { it.pause };
            device::polled(work.tx, hash, work.now, pause)?;
            if early {
                return refused(Kind::SlowDown, 70_016, "The device asks too often.");
            }
            refused(Kind::AuthorizationPending, 70_016, "Nobody answered yet.")
        }
        Answer::Denied => {
            device::take(work.tx, &OWN, hash)?;
            refused(Kind::AccessDenied, 65_004, "The person said no.")
        }
        Answer::Approved { person, proof } => {
            if !device::take(work.tx, &OWN, hash)? {
                return refused(Kind::InvalidGrant, 70_018, "The device code was redeemed.");
            }
            let gone = || Refusal::new(Kind::InvalidGrant, 50_057, "The account is blocked.");
            let person = directory::get(work.tx, person)?.filter(|it| it.enabled).ok_or_else(gone)?;
            // Their roles may have grown since they typed it. What was taken above stays taken.
            match may_type(work, &person) {
                Err(Error::Authority(refusal)) => return Ok(Polled::Refused(*refusal)),
                outcome => outcome?,
            }
            let home = tenant::get(work.tx, person.tenant)?.ok_or_else(gone)?;
            let asked = scope::read(work, &it.scope, Some(home.id))?;
            let grant = Grant {
                id: work.app.new_id(),
                application: client.application.id,
                person: person.id,
                scope: it.scope,
                proof: proof.clone(),
                created_at: work.now,
                used_at: work.now,
                expires_at: work.now.plus_days(if asked.offline { GRANT_DAYS } else { 1 }),
                ended_at: None,
                source: None,
            };
            code::start(work, home.id, &grant, &asked, refresh)?;
            Ok(Polled::Tokens(Box::new(AtHome { person, tenant: home, proof, grant: grant.id }), Box::new(asked)))
        }
    }
}

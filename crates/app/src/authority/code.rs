//! Redeeming authorization codes (RFC 6749, section 4.1.3; RFC 7636).

use entente_domain::acting::End;
use entente_domain::ids::{GrantId, TenantId};
use entente_domain::policy::{Permit, Unattended};
use entente_identity::{AuthorizationCode, RefreshToken, pkce};
use entente_store::grant::{self, Code, Grant};
use entente_store::{acting, directory, tenant};

use super::act::{self, Act};
use super::client::Client;
use super::mint::{AtHome, Echo};
use super::token::{self, Request, TokenSet};
use super::{Asked, Kind, Place, Refusal, bearer, scope};
use crate::{App, Ctx, Error, Work};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// Seconds a code is good for (RFC 9700, section 2.1.1: as short as possible).
pub const SECONDS: i64 = 60;
/// Days a grant with a refresh token lasts.
pub const GRANT_DAYS: i64 = 90;
/// Days a grant without one is kept: no token of it lives longer.
const SHORT_GRANT_DAYS: i64 = 1;

/// What redeeming came to.
enum Outcome {
    /// Somebody in their own organisation.
    AtHome(Box<AtHome>),
    /// The code was made at a customer's authority.
    OnBehalf(Box<Code>),
    /// It came a second time; what it led to is over (RFC 6749, section 4.1.2).
    Replayed,
}

/// Redeems a code: by the application it was made for, at the address it was sent to, with the secret behind its challenge, once.
pub(crate) fn redeem(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let (place, client) = token::asked_by(app, ctx, request, |_| Ok(None))?;
    let params = &request.params;
    let code = AuthorizationCode::parse(params.required("code")?).ok_or_else(unknown)?;
    let redirect = params.get("redirect_uri").map(str::to_owned);
    let verifier = params.get("code_verifier").map(str::to_owned);
    let hash = code.hash();
    let refresh = RefreshToken::generate(app.random());
    let (asked, outcome, nonce) = {
        let (place, client, refresh) = (place.clone(), client.clone(), refresh.clone());
        app.write(ctx, move |work| {
            let found = check(work, &hash, &place, &client, (redirect.as_deref(), verifier.as_deref()))?;
            let nonce = found.nonce.clone();
            let asked = scope::read(work, &found.scope, Some(found.tenant))?;
            if found.used_at.is_some() {
                undo(work, &found)?;
                return Ok((asked, Outcome::Replayed, None));
            }
            let person = directory::get(work.tx, found.person)?.filter(|it| it.enabled).ok_or_else(unknown)?;
            if person.tenant != found.tenant {
                // Used from here on, whatever becomes of acting.
                grant::use_code(work.tx, &OWN, &hash, work.now, (None, None))?;
                return Ok((asked, Outcome::OnBehalf(Box::new(found)), nonce));
            }
            let id = begin_grant(work, &client, &found, &asked, &refresh)?;
            grant::use_code(work.tx, &OWN, &hash, work.now, (Some(id), None))?;
            let home = tenant::get(work.tx, person.tenant)?.ok_or_else(unknown)?;
            let who = AtHome { person, tenant: home, proof: found.proof.clone(), grant: id };
            Ok((asked, Outcome::AtHome(Box::new(who)), nonce))
        })?
    };
    let echo = Echo { nonce };
    match outcome {
        Outcome::AtHome(who) => {
            let refresh = asked.offline.then_some(&refresh);
            token::at_home(app, &client.application, &asked, &who, &echo, refresh)
        }
        Outcome::OnBehalf(found) => {
            let customer = match place {
                Place::Tenant(tenant) => *tenant,
                Place::Any => return Err(unknown().into()),
            };
            let (person, proof) = (found.person, found.proof);
            let act = Act { client: client.application, asked, person, customer, proof, grant: None, roles: None };
            let (set, session) = act::tokens(app, ctx, &echo, |_| Ok(act.clone().into()))?;
            app.write(ctx, move |work| Ok(grant::use_code(work.tx, &OWN, &hash, work.now, (None, Some(session)))?))?;
            Ok(set)
        }
        Outcome::Replayed => Err(Refusal::new(Kind::InvalidGrant, 54_005, "The code was redeemed before.").into()),
    }
}

fn unknown() -> Refusal {
    Refusal::new(Kind::InvalidGrant, 70_008, "The code is unknown, expired, or made for another request.")
}

fn check(
    work: &Work<'_>,
    hash: &[u8; 32],
    place: &Place,
    client: &Client,
    (redirect, verifier): (Option<&str>, Option<&str>),
) -> Result<Code, Error> {
    let found = grant::code(work.tx, hash)?.ok_or_else(unknown)?;
    let redirected = match redirect {
        Some(uri) => uri == found.redirect,
        None if found.redirect_named => return Err(Refusal::missing("redirect_uri").into()),
        None => true,
    };
    let fits = found.application == client.application.id
        && work.now < found.expires_at
        && redirected
        && place.is_home_of(found.tenant);
    if !fits {
        return Err(unknown().into());
    }
    let proven = match (&found.challenge, verifier) {
        (Some(challenge), Some(verifier)) => pkce::matches(verifier, challenge),
        (None, None) => true,
        _ => false,
    };
    if !proven {
        let text = "The code_verifier does not match the code_challenge of the request.";
        return Err(Refusal::new(Kind::InvalidGrant, 501_481, text).into());
    }
    Ok(found)
}

/// Ends what a code led to when it comes again: somebody else has a copy of it.
fn undo(work: &Work<'_>, found: &Code) -> Result<(), Error> {
    if let Some(id) = found.grant
        && let Some(it) = grant::get(work.tx, id)?
    {
        bearer::end_grant(work, &it, End::Left)?;
    }
    if let Some(id) = found.acting
        && let Some(session) = acting::get(work.tx, id)?
    {
        crate::acting::end_one(work, &OWN, &session, End::Left)?;
    }
    Ok(())
}

fn begin_grant(
    work: &Work<'_>,
    client: &Client,
    found: &Code,
    asked: &Asked,
    refresh: &RefreshToken,
) -> Result<GrantId, Error> {
    let days = if asked.offline { GRANT_DAYS } else { SHORT_GRANT_DAYS };
    let it = Grant {
        id: work.app.new_id(),
        application: client.application.id,
        person: found.person,
        scope: asked.text.clone(),
        proof: found.proof.clone(),
        created_at: work.now,
        used_at: work.now,
        expires_at: work.now.plus_days(days),
        ended_at: None,
        source: None,
    };
    start(work, found.tenant, &it, asked, refresh)?;
    Ok(it.id)
}

/// Writes a grant of somebody of `home`, or that it is used again, with a refresh token of its own if that was asked for.
///
/// # Errors
/// [`Refusal`] when their organisation asks for a better proof by now.
pub(crate) fn start(
    work: &Work<'_>,
    home: TenantId,
    it: &Grant,
    asked: &Asked,
    refresh: &RefreshToken,
) -> Result<(), Error> {
    token::enough(tenant::security(work.tx, home)?, &it.proof)?;
    grant::put(work.tx, &OWN, it)?;
    if asked.offline {
        grant::add_refresh(work.tx, &OWN, &refresh.hash(), it.id, work.now)?;
    }
    is_for(work, it, asked)
}

/// Notes the service that a token of a grant is for, where that is not the one it belongs to: it hears of the end as well.
pub(crate) fn is_for(work: &Work<'_>, it: &Grant, asked: &Asked) -> Result<(), Error> {
    let Some(other) = asked.resource.application().filter(|other| other.id != it.application) else { return Ok(()) };
    if let Some(service) = act::service_of(work, other)? {
        grant::add_service(work.tx, &OWN, it.id, service.id)?;
    }
    Ok(())
}

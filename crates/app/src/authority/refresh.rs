//! Refresh tokens: one of a family is alive at a time; a used one that comes again ends the family (RFC 9700, section 4.14.2).

use entente_domain::acting::End;
use entente_domain::event::EventKind;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::tenant::Tenant;
use entente_identity::RefreshToken;
use entente_store::acting::Reach;
use entente_store::grant::{self, Grant, Refresh};
use entente_store::{directory, tenant};

use super::act::{self, Act};
use super::client::Client;
use super::mint::{AtHome, Echo};
use super::token::{self, Request, TokenSet};
use super::{Asked, Kind, Place, Refusal, bearer, code};
use crate::{App, Ctx, Error, Work, acting};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// Seconds in which a used token may come again because its answer was lost on the way; then its successor dies unused.
const LOST_ANSWER: i64 = 30;

enum Outcome {
    AtHome(Box<AtHome>, Asked),
    OnBehalf(Box<Act>),
    Replayed,
}

/// Redeems a refresh token: for a successor at home; at a customer's authority for a token to act on its behalf, which leaves the
/// refresh token as it is, because tools redeem one and the same for every customer.
pub(crate) fn redeem(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let (place, client) = token::asked_by(app, ctx, request, |_| Ok(None))?;
    let token = RefreshToken::parse(request.params.required("refresh_token")?).ok_or_else(unknown)?;
    let hash = token.hash();
    let successor = RefreshToken::generate(app.random());
    let outcome = {
        let (client, params, successor) = (client.clone(), request.params.clone(), successor.clone());
        app.write(ctx, move |work| {
            let Some((found, grant)) = alive(work, &hash, &client)? else { return Err(unknown().into()) };
            let fresh = match usable(work, &found)? {
                Usable::Yes => true,
                Usable::Again => false,
                Usable::No => {
                    replayed(work, &grant)?;
                    return Ok(Outcome::Replayed);
                }
            };
            let person = directory::get(work.tx, grant.person)?.filter(|it| it.enabled).ok_or_else(unknown)?;
            let home = tenant::get(work.tx, person.tenant)?.ok_or_else(unknown)?;
            let asked = token::asked(work, &params, Some(home.id), &grant.scope)?;
            grant::touch(work.tx, grant.id, work.now)?;
            if let Some(customer) = elsewhere(&place, &home) {
                let act = Act {
                    client: client.application.clone(),
                    asked,
                    person: person.id,
                    customer,
                    proof: grant.proof,
                    grant: Some(grant.id),
                    roles: None,
                };
                return Ok(Outcome::OnBehalf(Box::new(act)));
            }
            replace(work, &found, &successor, fresh)?;
            code::is_for(work, &grant, &asked)?;
            let who = AtHome { person, tenant: home, proof: grant.proof.clone(), grant: grant.id };
            Ok(Outcome::AtHome(Box::new(who), asked))
        })?
    };
    match outcome {
        Outcome::AtHome(who, asked) => {
            token::at_home(app, &client.application, &asked, &who, &Echo::default(), Some(&successor))
        }
        Outcome::OnBehalf(act) => Ok(act::tokens(app, ctx, &Echo::default(), |_| Ok((*act).clone().into()))?.0),
        Outcome::Replayed => {
            let text = "The refresh token was used before; everything that rests on it was ended. Sign in again.";
            Err(Refusal::new(Kind::InvalidGrant, 50_173, text).into())
        }
    }
}

fn unknown() -> Refusal {
    Refusal::new(Kind::InvalidGrant, 70_008, "The refresh token is unknown, expired or revoked. Sign in again.")
}

fn elsewhere(place: &Place, home: &Tenant) -> Option<Tenant> {
    match place {
        Place::Tenant(tenant) if tenant.id != home.id => Some((**tenant).clone()),
        _ => None,
    }
}

fn alive(work: &Work<'_>, hash: &[u8], client: &Client) -> Result<Option<(Refresh, Grant)>, Error> {
    let Some(found) = grant::refresh(work.tx, hash)? else { return Ok(None) };
    let own = |it: &Grant| it.application == client.application.id;
    Ok(bearer::living(work, found.grant)?.filter(own).map(|grant| (found, grant)))
}

enum Usable {
    Yes,
    /// Its answer was lost, it seems: it came soon, and nobody used its successor.
    Again,
    No,
}

fn usable(work: &Work<'_>, found: &Refresh) -> Result<Usable, Error> {
    let Some(used_at) = found.used_at else { return Ok(Usable::Yes) };
    if work.now >= used_at.plus_seconds(LOST_ANSWER) {
        return Ok(Usable::No);
    }
    let Some(successor) = &found.successor else { return Ok(Usable::No) };
    let unused = grant::refresh(work.tx, successor)?.is_some_and(|it| it.used_at.is_none());
    Ok(if unused { Usable::Again } else { Usable::No })
}

fn replace(work: &Work<'_>, found: &Refresh, successor: &RefreshToken, fresh: bool) -> Result<(), Error> {
    if !fresh && let Some(unused) = &found.successor {
        grant::use_refresh(work.tx, &OWN, unused, work.now, None)?;
    }
    let hash = successor.hash();
    grant::add_refresh(work.tx, &OWN, &hash, found.grant, work.now)?;
    let used_at = found.used_at.unwrap_or(work.now);
    Ok(grant::use_refresh(work.tx, &OWN, &found.hash, used_at, Some(&hash))?)
}

/// Somebody has a copy of a token: what rests on it ends, for the thief and for the owner.
fn replayed(work: &Work<'_>, it: &Grant) -> Result<(), Error> {
    if bearer::close(work, it, EventKind::TokenReplayed, End::Person)? {
        acting::end_all(work, &OWN, Reach::Person(it.person), End::Person)?;
    }
    Ok(())
}

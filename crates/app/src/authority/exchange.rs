//! Tokens for tokens: on-behalf-of for the middle of a chain (RFC 7523 in the form existing tools send), and token exchange
//! (RFC 8693), by which a partner's person acts for one customer.

use entente_domain::application::Application;
use entente_domain::directory::Person;
use entente_domain::ids::{DirectoryRoleId, TenantId};
use entente_domain::tenant::Tenant;
use entente_domain::text::DomainName;
use entente_identity::RefreshToken;
use entente_store::grant::Grant;
use entente_store::{grant, relationship, tenant};

use super::act::{self, Act, Start};
use super::bearer::{self, Bearer, Holder};
use super::code::{self, GRANT_DAYS};
use super::mint::{AtHome, Echo};
use super::token::{self, Request, TokenSet};
use super::{Asked, Kind, Params, Place, Refusal};
use crate::{App, Ctx, Error, Work};

/// On-behalf-of.
pub const ON_BEHALF_OF: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Token exchange.
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// How many times over tokens can be made from one another on somebody's behalf: as many programs as may call one another in a row.
pub const CHAIN: usize = 10;
/// How many grants can rest on what a person let one program do, however far behind it: a program that is called makes one for each
/// scope it asks for, and uses it again.
pub const ON_ONE: usize = 100;
/// Most roles a request can name.
const MAX_ROLES: usize = 50;

/// A service that was called by a person's token asks for one to call the next with, for the same person.
pub(crate) fn on_behalf_of(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let (place, client) = token::asked_by(app, ctx, request, |_| Ok(None))?;
    client.must_be_proven()?;
    let params = &request.params;
    if params.get("requested_token_use") != Some("on_behalf_of") {
        return Err(Refusal::missing("requested_token_use").into());
    }
    let assertion = params.required("assertion")?.to_owned();
    let refresh = RefreshToken::generate(app.random());
    let (who, asked) = {
        let (client, params, refresh) = (client.clone(), params.clone(), refresh.clone());
        app.write(ctx, move |work| {
            let bearer = subject(work, &assertion, None)?;
            if bearer.audience != client.application.id.to_string() {
                let text = "The assertion is for another application.";
                return Err(Refusal::new(Kind::InvalidGrant, 50_013, text).into());
            }
            let Holder::Person { person, grant: source } = bearer.holder else { return Err(no_person().into()) };
            if !place.is_home_of(person.tenant) || !client.application.is_at_home_in(person.tenant) {
                return Err(Refusal::unknown_client().into());
            }
            let asked = token::asked(work, &params, Some(person.tenant), "")?;
            let own = made_again(work, &client.application, &asked, &source)?;
            code::start(work, person.tenant, &own, &asked, &refresh)?;
            Ok((AtHome { person: *person, tenant: bearer.tenant, proof: own.proof, grant: own.id }, asked))
        })?
    };
    let refresh = asked.offline.then_some(&refresh);
    token::at_home(app, &client.application, &asked, &who, &Echo::default(), refresh)
}

/// The grant a program goes on with: the one it made from the same source for the same scope, or a new one. A program is called once
/// an hour for as long as somebody is signed in, and what rests on one grant is ended together, so there have to be few.
fn made_again(work: &Work<'_>, client: &Application, asked: &Asked, source: &Grant) -> Result<Grant, Error> {
    let same = |it: &Grant| it.application == client.id && it.scope == asked.text && it.is_alive(work.now);
    if let Some(again) = grant::of_source(work.tx, source.id)?.into_iter().find(same) {
        return Ok(Grant { used_at: work.now, ..again });
    }
    let behind = bearer::behind(work, source)?;
    let first = behind.last().copied().unwrap_or(source.id);
    if behind.len() >= CHAIN || bearer::resting(work, first, ON_ONE)? >= ON_ONE {
        let text = "Too many tokens were made from one another on somebody's behalf. The person has to sign in.";
        return Err(Refusal::new(Kind::InvalidGrant, 50_013, text).into());
    }
    Ok(Grant {
        id: work.app.new_id(),
        application: client.id,
        person: source.person,
        scope: asked.text.clone(),
        created_at: work.now,
        used_at: work.now,
        // Never longer than what it was made from.
        expires_at: work.now.plus_days(GRANT_DAYS).min(source.expires_at),
        ended_at: None,
        source: Some(source.id),
        proof: source.proof.clone(),
    })
}

/// A partner's person acts for a customer: one customer, named, for at most five minutes; rights are granted ∩ requested ∩ their
/// own. An acting token cannot be exchanged again (threat 12).
pub(crate) fn exchange(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let (set, _) = act::tokens(app, ctx, &Echo::default(), |work| start(work, request))?;
    Ok(exchanged_for(set))
}

/// The same by reading alone, where that is enough.
pub(crate) fn at_once(app: &App, ctx: &Ctx, request: &Request) -> Option<Result<TokenSet, Error>> {
    Some(act::tokens_at_once(app, ctx, |work| start(work, request))?.map(exchanged_for))
}

fn start(work: &Work<'_>, request: &Request) -> Result<Start, Error> {
    let (place, client) = token::asked_in(work, request, |_| Ok(None))?;
    let asked = wanted(work, &request.params, &place, &client.application);
    Ok(Start { client: Some(client), asked: asked.map(|(act, person)| (act, Some(person))) })
}

/// What an exchange answers (RFC 8693, section 2.2.1): the one token, with its kind.
fn exchanged_for(set: TokenSet) -> TokenSet {
    TokenSet { issued_token_type: Some(ACCESS_TOKEN), id_token: None, client_info: None, ..set }
}

/// For whom and as whom, by the token to exchange.
fn wanted(
    work: &Work<'_>,
    params: &Params,
    place: &Place,
    client: &Application,
) -> Result<(Act, (Person, Tenant)), Error> {
    let (text, roles) = exchanged(params)?;
    let bearer = subject(work, text, Some(client))?;
    let own = bearer.client.id == client.id || bearer.audience == client.id.to_string();
    if !own {
        let text = "The subject token was issued to another application, and is for another.";
        return Err(Refusal::new(Kind::InvalidRequest, 50_013, text).into());
    }
    let Holder::Person { person, grant } = bearer.holder else { return Err(no_person().into()) };
    let customer = customer(work, place, params, person.tenant)?;
    agrees(work, params, person.tenant, customer.id)?;
    let act = Act {
        client: client.clone(),
        asked: token::asked(work, params, Some(person.tenant), "")?,
        person: person.id,
        customer,
        proof: grant.proof,
        grant: Some(grant.id),
        roles,
    };
    Ok((act, (*person, bearer.tenant)))
}

/// The token to exchange, and the roles asked for.
fn exchanged(params: &Params) -> Result<(&str, Option<Vec<DirectoryRoleId>>), Refusal> {
    let text = params.required("subject_token")?;
    if !matches!(params.required("subject_token_type")?, ACCESS_TOKEN | JWT) {
        return Err(Refusal::malformed("subject_token_type"));
    }
    if params.get("actor_token").is_some() || params.get("actor_token_type").is_some() {
        let text = "The actor is the person of the subject token; there is no other.";
        return Err(Refusal::new(Kind::InvalidRequest, 90_014, text));
    }
    if params.get("requested_token_type").is_some_and(|it| !matches!(it, ACCESS_TOKEN | JWT)) {
        return Err(Refusal::malformed("requested_token_type"));
    }
    Ok((text, roles(params)?))
}

fn subject(work: &Work<'_>, text: &str, known: Option<&Application>) -> Result<Bearer, Error> {
    match bearer::read_knowing(work, text, known) {
        Ok(bearer) => match bearer.holder {
            Holder::OnBehalf { .. } => {
                let text = "A token for acting on behalf of a customer cannot be exchanged.";
                Err(Refusal::new(Kind::InvalidRequest, 50_013, text).into())
            }
            _ => Ok(bearer),
        },
        // What the token endpoint calls a grant is what an interface calls a token (RFC 8693, section 2.2.2).
        Err(Error::Authority(it)) => Err(Refusal { kind: Kind::InvalidGrant, ..*it }.into()),
        Err(error) => Err(error),
    }
}

fn no_person() -> Refusal {
    Refusal::new(Kind::InvalidGrant, 50_013, "The token speaks for no person.")
}

/// The one customer: named by the authority's address or by `audience`, and by both alike (threat 10).
fn customer(work: &Work<'_>, place: &Place, params: &Params, home: TenantId) -> Result<Tenant, Error> {
    let target = |text: &str| Refusal::new(Kind::InvalidTarget, 900_023, text);
    let named = match params.get("audience") {
        None => None,
        Some(text) => {
            let found = match text.parse::<TenantId>() {
                Ok(id) => tenant::get(work.tx, id)?,
                Err(_) => match DomainName::parse(text) {
                    Ok(domain) => tenant::by_domain(work.tx, &domain)?,
                    Err(_) => None,
                },
            };
            Some(found.ok_or_else(|| target("The audience names no directory."))?)
        }
    };
    let at = match place {
        Place::Tenant(tenant) if tenant.id != home => Some((**tenant).clone()),
        _ => None,
    };
    match (at, named) {
        (Some(at), Some(named)) if at.id != named.id => {
            Err(target("The authority's address and the audience name two customers.").into())
        }
        (Some(customer), _) | (None, Some(customer)) if customer.id != home => Ok(customer),
        (None, Some(_)) | (Some(_), _) => Err(target("The audience is the person's own directory.").into()),
        (None, None) => Err(target("The request has to name the customer as 'audience'.").into()),
    }
}

/// A tool that knows which relationship it means is told when that is not the one in force.
fn agrees(work: &Work<'_>, params: &Params, partner: TenantId, customer: TenantId) -> Result<(), Error> {
    let Some(text) = params.get("relationship") else { return Ok(()) };
    let meant = relationship::between(work.tx, partner, customer)?.filter(|it| it.id.to_string() == text);
    if meant.is_none() {
        let text = "The relationship named is not the one with this customer.";
        return Err(Refusal::new(Kind::InvalidTarget, 50_020, text).into());
    }
    Ok(())
}

/// The directory roles asked for, by template id; none asks for all the person holds there.
fn roles(params: &Params) -> Result<Option<Vec<DirectoryRoleId>>, Refusal> {
    let Some(text) = params.get("roles") else { return Ok(None) };
    let words: Vec<&str> = text.split(' ').filter(|it| !it.is_empty()).collect();
    if words.len() > MAX_ROLES {
        return Err(Refusal::malformed("roles"));
    }
    words.into_iter().map(|it| it.parse().map_err(|_| Refusal::malformed("roles"))).collect::<Result<_, _>>().map(Some)
}

//! An organisation's own provider of identity: naming it, and signing in through it.
//!
//! A provider is asked between transactions, never inside one; what its answer is worth is decided afterwards, in the
//! transaction that begins the session, on what the tenant says by then.

mod provider;

use entente_domain::assurance::{Method, Proof};
use entente_domain::directory::Person;
use entente_domain::event::{EventKind, Happened};
use entente_domain::federation::{
    Arrival, Because, Claims, ClientText, Outcome, Provider, REQUEST_SECONDS, decide, proven_at,
};
use entente_domain::ids::{Id as _, TenantId};
use entente_domain::policy::{Permit, Unattended};
use entente_domain::tenant::Tenant;
use entente_domain::text::UserPrincipalName;
use entente_identity::federation::{self as provider_says, Ask, Client, Failed};
use entente_identity::{StateToken, VisitToken};
use entente_store::federation::{self, Request};
use entente_store::{directory, tenant};

use crate::sign_in::{Audience, Entered, admit, belongs, count_address};
use crate::{App, Ctx, Error, Settings, Work};

pub use self::provider::{Side, View, Wanted, configure, remove, set_enabled, test, view};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// What sealed values are for.
const VERIFIER: &str = "provider-verifier";
const SECRET: &str = "provider-secret";

/// Where a provider sends people back to who sign in at a portal.
fn redirect_uri(settings: &Settings, audience: Audience) -> String {
    let portal = match audience {
        Audience::Partner => settings.partner_portal.clone(),
        Audience::Customer(cloud) => settings.customer_portal(cloud).to_owned(),
        Audience::Authority => format!("{}/authority", settings.authority),
    };
    format!("{portal}/sign-in/federated")
}

/// Everywhere people of an organisation come back to, with the portal it is for: what their administrator registers at the
/// provider. A provider that knows only some of it refuses whoever signs in at the others.
pub(crate) fn redirects(work: &Work<'_>, home: &Tenant) -> Result<Vec<(Audience, String)>, Error> {
    let mut found = Vec::new();
    for audience in [Audience::Partner, Audience::Customer(home.cloud), Audience::Authority] {
        if belongs(work, audience, home)? {
            found.push((audience, redirect_uri(work.app.settings(), audience)));
        }
    }
    Ok(found)
}

/// Somebody to be sent to their organisation's provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The organisation's name.
    pub organisation: String,
    /// Where the browser goes.
    pub url: String,
}

/// Somebody about to be sent to a provider.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    /// What their browser gets and has to bring back.
    pub visit: &'a VisitToken,
    /// Where they want to go afterwards.
    pub return_path: &'a str,
    /// Whether the provider has to ask them anew: they confirm, or whoever sends them wants to know them for sure.
    pub fresh: bool,
}

/// Sends somebody to their organisation's provider; none where the name's domain has none. Depends on the domain alone, so it
/// tells nothing about who exists.
///
/// # Errors
/// [`Error::Federation`] when the provider cannot be reached or used; [`Error::TooMany`] after too many tries from the address.
pub fn begin(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    name: &str,
    leaving: Leaving<'_>,
) -> Result<Option<Begun>, Error> {
    let Ok(upn) = UserPrincipalName::parse(name) else { return Ok(None) };
    let domain = upn.domain();
    let Some((provider, organisation)) = app.read(ctx, |work| {
        let Some(provider) = federation::by_domain(work.tx, &domain)?.filter(|it| it.covers(&domain)) else {
            return Ok(None);
        };
        let Some(home) = tenant::get(work.tx, provider.tenant)? else { return Ok(None) };
        Ok(belongs(work, audience, &home)?.then(|| (provider, home.name.into_string())))
    })?
    else {
        return Ok(None);
    };
    app.write(ctx, count_address)?;
    let redirect_uri = redirect_uri(app.settings(), audience);
    let state = StateToken::generate(app.random());
    let client = Client::of(&provider, None, &redirect_uri);
    let Leaving { visit, return_path, fresh } = leaving;
    let ask = Ask { name: upn.as_str(), language: ctx.language.tag(), fresh };
    let begun = provider_says::begin(app.fetch(), app.random(), client, &state.text(), ask)
        .map_err(|why| failed(app, ctx, audience, provider.tenant, &why))?;
    let (state, browser) = (state.hash(), visit.hash());
    let request = Request {
        tenant: provider.tenant,
        return_path: return_path.to_owned(),
        nonce: begun.nonce,
        verifier: app.seal().seal(app.random(), VERIFIER, &state, begun.verifier.as_bytes()),
        provider_version: provider.version,
        expires_at: app.now().plus_seconds(REQUEST_SECONDS),
        fresh,
    };
    app.write(ctx, move |work| Ok(federation::begin(work.tx, &OWN, (&state, &browser, &audience.code()), &request)?))?;
    Ok(Some(Begun { organisation, url: begun.url }))
}

/// What a browser brings back from a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// What it was sent away with.
    pub state: String,
    /// The code, when the provider let the person through.
    pub code: Option<String>,
    /// Who answered.
    pub issuer: Option<String>,
}

/// Somebody who came back from a provider.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Their session, or what is still needed.
    pub entered: Entered,
    /// Where they wanted to go.
    pub return_path: String,
}

/// Takes what a browser brings back from a provider and begins the session, linking the person at their first time.
///
/// # Errors
/// [`Error::Federation`] with the reason.
pub fn finish(
    app: &App,
    ctx: &Ctx,
    audience: Audience,
    answer: &Answer,
    visit: Option<&VisitToken>,
) -> Result<Arrived, Error> {
    let (Some(state), Some(visit)) = (StateToken::parse(&answer.state), visit) else {
        return Err(Because::NotBegun.into());
    };
    let (state, browser) = (state.hash(), visit.hash());
    let found =
        app.write(ctx, move |work| Ok(federation::take(work.tx, &OWN, (&state, &browser, &audience.code()))?))?;
    let request = found.ok_or(Because::NotBegun)?;
    let refuse = |error| refused(app, ctx, audience, request.tenant, error);
    if app.now() >= request.expires_at {
        return Err(refuse(Because::TooLate.into()));
    }
    let code = answer.code.as_deref().ok_or_else(|| refuse(Because::Declined.into()))?;
    let (provider, secret) = app.read(ctx, |work| present(work, &request)).map_err(refuse)?;
    let verifier = app.seal().open(VERIFIER, &state, &request.verifier).and_then(|it| String::from_utf8(it).ok());
    let verifier = verifier.ok_or(Error::Conflict)?;
    let redirect_uri = redirect_uri(app.settings(), audience);
    let client = Client::of(&provider, secret.as_ref(), &redirect_uri);
    let brought = provider_says::Answer { code, issuer: answer.issuer.as_deref() };
    let claims = provider_says::finish(app.fetch(), app.now(), client, brought, (&request.nonce, &verifier))
        .map_err(|why| failed(app, ctx, audience, request.tenant, &why))?;

    let (person, language) = app
        .read(ctx, |work| {
            let (person, _) = arrived(work, &present(work, &request)?.0, &claims)?;
            let home = tenant::get(work.tx, person.tenant)?.ok_or(Because::NotHere)?;
            let language = person.language.unwrap_or(home.language);
            Ok((person, language))
        })
        .map_err(refuse)?;
    let method = if claims.strong { Method::FederatedStrong } else { Method::Federated };
    let demanded = request.fresh.then(|| request.expires_at.plus_seconds(-REQUEST_SECONDS));
    let at = proven_at(&claims, demanded, app.now()).map_err(|because| refuse(because.into()))?;
    let proof = Proof::new(at, vec![method]);
    let signed_in = Ctx::signed_in(&person, proof.clone(), ctx.address.clone(), language);
    let asked = request.clone();
    let entered = app
        .write(&signed_in, move |work| {
            // Decided once more: the look above only found out in whose name this transaction acts.
            let provider = present(work, &asked)?.0;
            let (found, new) = arrived(work, &provider, &claims)?;
            if found.id != person.id {
                return Err(Because::NotHere.into());
            }
            if new {
                let subject = (provider.tenant, &provider.issuer, claims.subject.as_str());
                federation::link(work.tx, &OWN, subject, person.id, work.now)?;
                work.record(about(EventKind::PersonLinked, audience, provider.tenant).person(person.id))?;
            }
            let me = work.me().map_err(|_| Because::NotHere)?;
            admit(work, audience, &me, proof.clone()).map_err(|error| match error {
                Error::WrongCredentials => Because::NotHere.into(),
                other => other,
            })
        })
        .map_err(refuse)?;
    Ok(Arrived { entered, return_path: request.return_path })
}

/// The provider a sign-in began at, with its secret, if it still is what it was then.
fn present(work: &Work<'_>, request: &Request) -> Result<(Provider, Option<ClientText>), Error> {
    let provider = federation::get(work.tx, request.tenant)?;
    let provider = provider.filter(|it| it.enabled && it.version == request.provider_version);
    let provider = provider.ok_or(Because::SwitchedOff)?;
    let secret = secret(work, provider.tenant)?;
    Ok((provider, secret))
}

fn secret(work: &Work<'_>, tenant: TenantId) -> Result<Option<ClientText>, Error> {
    let Some(sealed) = federation::secret(work.tx, tenant)? else { return Ok(None) };
    let plain = work.app.seal().open(SECRET, tenant.uuid().as_bytes(), &sealed);
    let text = plain.and_then(|it| String::from_utf8(it).ok()).and_then(|it| ClientText::parse(&it).ok());
    // Sealed by another instance key: the operator replaced it, and the administrator has to type the secret anew.
    text.map(Some).ok_or_else(|| Because::SwitchedOff.into())
}

/// Who it is, and whether they are to be linked.
fn arrived(work: &Work<'_>, provider: &Provider, claims: &Claims) -> Result<(Person, bool), Error> {
    let linked = federation::linked(work.tx, provider.tenant, &provider.issuer, &claims.subject)?;
    let linked = linked.map(|id| directory::get(work.tx, id)).transpose()?.flatten();
    let mut named = None;
    for name in claims.candidates() {
        named = directory::by_upn(work.tx, &name.key())?.filter(|it| it.tenant == provider.tenant);
        if named.is_some() {
            break;
        }
    }
    let taken = match &named {
        Some(person) => federation::is_linked(work.tx, provider.tenant, &provider.issuer, person.id)?,
        None => false,
    };
    let owned = tenant::domains(work.tx, provider.tenant)?;
    let arrival = Arrival {
        provider,
        owned: &owned,
        claims,
        linked: linked.as_ref(),
        named: named.as_ref().map(|person| (person, taken)),
    };
    let (who, new) = match decide(&arrival)? {
        Outcome::Known(who) => (who, false),
        Outcome::Link(who) => (who, true),
    };
    let person = linked.into_iter().chain(named).find(|it| it.id == who).ok_or(Because::NotHere)?;
    Ok((person, new))
}

/// What a provider's failure is for people. What it said itself goes into the log, where only the operator reads it.
fn failed(app: &App, ctx: &Ctx, audience: Audience, tenant: TenantId, why: &Failed) -> Error {
    tracing::warn!(tenant.id = %tenant, error = %why, "a provider of identity failed");
    let because = match why {
        Failed::Unreachable(_) => Because::Unreachable,
        Failed::Declined(_) => Because::Declined,
        Failed::NotTrusted(_) => Because::NotTrusted,
    };
    refused(app, ctx, audience, tenant, because.into())
}

/// Writes down that somebody did not come in, for the administrators of the organisation; answers what `error` said.
fn refused(app: &App, ctx: &Ctx, audience: Audience, tenant: TenantId, error: Error) -> Error {
    let Error::Federation(refused) = &error else { return error };
    let because = refused.because.code();
    let recorded = app.write(ctx, move |work| {
        work.record(about(EventKind::SignInFailed, audience, tenant).with("because", because))?;
        Ok(())
    });
    recorded.err().unwrap_or(error)
}

const fn about(kind: EventKind, audience: Audience, tenant: TenantId) -> Happened {
    match audience {
        Audience::Partner => Happened::new(kind).partner(tenant),
        Audience::Customer(_) | Audience::Authority => Happened::new(kind).customer(tenant),
    }
}

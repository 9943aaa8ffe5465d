//! The token endpoint: one grant type, one function.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_domain::acting::Because;
use entente_domain::application::Application;
use entente_domain::assurance::Proof;
use entente_domain::directory::Person;
use entente_domain::explain::Explanation;
use entente_domain::factor::Security;
use entente_domain::ids::TenantId;
use entente_domain::tenant::{Standing, Tenant};
use entente_identity::RefreshToken;
use entente_store::tenant;
use serde::Serialize;

use super::client::{self, Client, Presented};
use super::mint::{AtHome, Draft, Echo, OnBehalf};
use super::{Asked, Kind, Params, Place, Refusal, code, device, exchange, find, mint, refresh, scope};
use crate::{App, Ctx, Error, Work};

/// The grant types, as discovery lists them.
pub const GRANT_TYPES: &[&str] = &[
    "authorization_code",
    "client_credentials",
    "refresh_token",
    device::GRANT_TYPE,
    exchange::ON_BEHALF_OF,
    exchange::TOKEN_EXCHANGE,
];

/// What was asked of the token endpoint.
#[derive(Debug, Clone)]
pub struct Request {
    /// What stands in the authority's address.
    pub place: String,
    /// The form.
    pub params: Params,
    /// What it says about its application.
    pub presented: Presented,
}

/// What the endpoint answers (RFC 6749, section 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenSet {
    /// The access token.
    pub access_token: String,
    /// Seconds it lives.
    pub expires_in: i64,
    /// What it is for, in the words of the request.
    pub scope: String,
    /// A refresh token, where one was asked for and may be had.
    pub refresh_token: Option<String>,
    /// An identity token, where one was asked for.
    pub id_token: Option<String>,
    /// Who and where, for existing tools: base64url of `{"uid","utid"}`.
    pub client_info: Option<String>,
    /// The kind of token, where RFC 8693 wants it named.
    pub issued_token_type: Option<&'static str>,
}

/// Answers a request for tokens.
///
/// # Errors
/// [`Refusal`] in the words of the standards; nothing is left behind then, except that a used value stays used.
pub fn issue(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let mut set = match request.params.required("grant_type")? {
        "authorization_code" => code::redeem(app, ctx, request),
        "client_credentials" => client_credentials(app, ctx, request),
        "refresh_token" => refresh::redeem(app, ctx, request),
        // Some libraries leave the prefix out.
        device::GRANT_TYPE | "device_code" => device::redeem(app, ctx, request),
        exchange::ON_BEHALF_OF => exchange::on_behalf_of(app, ctx, request),
        exchange::TOKEN_EXCHANGE => exchange::exchange(app, ctx, request),
        other => {
            let text = format!("The grant type '{}' is not supported.", other.escape_debug());
            Err(Refusal::new(Kind::UnsupportedGrantType, 70_003, text).into())
        }
    }?;
    if request.params.get("client_info") != Some("1") {
        set.client_info = None;
    }
    Ok(set)
}

/// Answers a request for tokens by reading alone, where that is enough: a further token of an acting session that goes on. None says
/// nothing about the request; [`issue`] answers it.
pub fn issue_at_once(app: &App, ctx: &Ctx, request: &Request) -> Option<Result<TokenSet, Error>> {
    (request.params.get("grant_type") == Some(exchange::TOKEN_EXCHANGE))
        .then(|| exchange::at_once(app, ctx, request))?
}

/// The place asked and the application that asks. `home` names the organisation the application has to be at home in.
pub(crate) fn asked_by(
    app: &App,
    ctx: &Ctx,
    request: &Request,
    home: impl Fn(&Place) -> Result<Option<TenantId>, Refusal>,
) -> Result<(Place, Client), Error> {
    let (place, client) = app.read(ctx, |work| asked_in(work, request, &home))?;
    client.settle(app, ctx)?;
    Ok((place, client))
}

/// As [`asked_by`], within a look at the database that takes in more; [`Client::settle`] is left to the caller.
pub(crate) fn asked_in(
    work: &Work<'_>,
    request: &Request,
    home: impl Fn(&Place) -> Result<Option<TenantId>, Refusal>,
) -> Result<(Place, Client), Error> {
    let (place, client) = caller(work, &request.place, &request.presented, home)?;
    in_business(work, &client.application, Kind::UnauthorizedClient)?;
    Ok((place, client))
}

/// The place asked and the application that asks, whatever becomes of its organisation.
pub(crate) fn caller(
    work: &Work<'_>,
    text: &str,
    presented: &Presented,
    home: impl Fn(&Place) -> Result<Option<TenantId>, Refusal>,
) -> Result<(Place, Client), Error> {
    let place = find(work, text)?;
    let client = client::check(work, presented, home(&place)?, || audiences(work.app, &place, text))?;
    Ok((place, client))
}

/// The names under which an assertion may address this authority: the issuer, and the endpoint because existing tools say that;
/// with the directory as the address wrote it (`text`) and by its id, which is how the issuer is written.
fn audiences(app: &App, place: &Place, text: &str) -> Vec<String> {
    let authority = &app.settings().authority;
    let id = place.tenant().ok().map(|it| it.id.to_string());
    let written = std::iter::once(text).chain(id.as_deref());
    written
        .flat_map(|name| ["v2.0", "oauth2/v2.0/token", "oauth2/token"].map(|rest| format!("{authority}/{name}/{rest}")))
        .collect()
}

/// What was asked for: `scope`, or `resource` as version 1 of the authority and RFC 8693 name it.
pub(crate) fn asked(work: &Work<'_>, params: &Params, home: Option<TenantId>, before: &str) -> Result<Asked, Error> {
    match (params.get("scope"), params.get("resource")) {
        (Some(text), _)
            if text.split(' ').any(|it| !matches!(it, "" | "openid" | "profile" | "email" | "offline_access")) =>
        {
            scope::read(work, text, home)
        }
        (_, Some(resource)) => scope::resource(work, resource, home),
        _ => scope::read(work, before, home),
    }
}

/// That the organisation of an application is not a suspended partner: its applications get nothing, and what they have counts no
/// more. `kind` is what the caller calls that.
pub(crate) fn in_business(work: &Work<'_>, application: &Application, kind: Kind) -> Result<(), Error> {
    let Some(owner) = application.owner else { return Ok(()) };
    if tenant::standing(work.tx, owner)? != Some(Standing::Suspended) {
        return Ok(());
    }
    let because = Because::PartnerSuspended;
    let text = "The operator suspended the partner this application belongs to.";
    Err(Refusal::new(kind, 53_003, text).by(because, Explanation::acting_rule(because)).into())
}

/// An application proves itself and acts alone (RFC 6749, section 4.4).
fn client_credentials(app: &App, ctx: &Ctx, request: &Request) -> Result<TokenSet, Error> {
    let (place, client) = asked_by(app, ctx, request, |place| Ok(Some(place.tenant()?.id)))?;
    client.must_be_proven()?;
    let home = place.tenant()?;
    let asked = app.read(ctx, |work| asked(work, &request.params, Some(home.id), ""))?;
    if asked.names.iter().any(|name| name != ".default") {
        let text = "An application alone asks for '<resource>/.default'; what it may do is set where it is registered.";
        return Err(Refusal::new(Kind::InvalidScope, 1_002_012, text).into());
    }
    let draft = mint::for_application(app, &client.application, home, &asked, app.now());
    set(app, &draft, &asked)
}

fn set(app: &App, draft: &Draft<impl Serialize>, asked: &Asked) -> Result<TokenSet, Error> {
    Ok(TokenSet {
        access_token: draft.sign(app)?,
        expires_in: draft.lives,
        scope: asked.text.clone(),
        ..TokenSet::default()
    })
}

/// The tokens of somebody in their own organisation.
pub(crate) fn at_home(
    app: &App,
    client: &Application,
    asked: &Asked,
    who: &AtHome,
    echo: &Echo,
    refresh: Option<&RefreshToken>,
) -> Result<TokenSet, Error> {
    let now = app.now();
    let id_token = asked.openid.then(|| mint::identity(app, client, who, echo, now).sign(app)).transpose()?;
    Ok(TokenSet {
        refresh_token: refresh.map(RefreshToken::text),
        id_token,
        client_info: Some(client_info(&who.person, &who.tenant)),
        ..set(app, &mint::access(app, client, asked, who, now), asked)?
    })
}

/// The tokens of somebody acting on behalf: short-lived, and never a refresh token.
pub(crate) fn on_behalf(
    app: &App,
    client: &Application,
    asked: &Asked,
    who: &OnBehalf,
    echo: &Echo,
) -> Result<TokenSet, Error> {
    let now = app.now();
    let id_token = asked.openid.then(|| mint::acting_identity(app, client, who, echo, now).sign(app)).transpose()?;
    Ok(TokenSet {
        id_token,
        client_info: Some(client_info(&who.person, &who.customer)),
        ..set(app, &mint::acting(app, client, asked, who, now), asked)?
    })
}

/// That a proof is what the person's organisation asks for: it may require two factors since somebody signed in with one.
/// Whatever begins to rest on a proof asks this in the transaction that begins it, so that nothing slips past the moment of change.
///
/// # Errors
/// [`Refusal`] `interaction_required`.
pub(crate) fn enough(home: Security, proof: &Proof) -> Result<(), Refusal> {
    if home.lets_in(proof) {
        return Ok(());
    }
    let text = "The person's organisation requires two factors; sign in again with a second one.";
    Err(Refusal::new(Kind::InteractionRequired, 50_076, text))
}

fn client_info(person: &Person, tenant: &Tenant) -> String {
    URL_SAFE_NO_PAD
        .encode(serde_json::json!({ "uid": person.id.to_string(), "utid": tenant.id.to_string() }).to_string())
}

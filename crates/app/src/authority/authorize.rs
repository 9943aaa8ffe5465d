//! The authorization endpoint: a request is checked, somebody signs in, and a code goes back (RFC 6749, section 4.1; OpenID
//! Connect Core, section 3.1.2).
//!
//! Nothing is sent to an address before it is known to be the application's own: until then, refusals are shown and not sent.

use entente_domain::application::Application;
use entente_domain::assurance::Proof;
use entente_domain::ids::{ApplicationId, TenantId};
use entente_domain::policy::{Permit, Unattended};
use entente_domain::tenant::Tenant;
use entente_identity::{AuthorizationCode, pkce};
use entente_store::grant::{self, Code};
use entente_store::{application, tenant};

use super::{Kind, Params, Place, Refusal, act, code, find, mint, scope, token};
use crate::{App, Ctx, Error, Work, acting};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// The longest `state` and `nonce` that are carried.
const MAX_ECHO: usize = 2_000;

/// How the answer travels to the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In the query of its address.
    Query,
    /// In the fragment.
    Fragment,
    /// Posted by a form (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

entente_domain::codes! { Mode { Query = "query", Fragment = "fragment", FormPost = "form_post" } }

/// Where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    /// The application's address.
    pub uri: String,
    /// How it travels.
    pub mode: Mode,
    /// What the application gets back as it sent it.
    pub state: Option<String>,
    /// Whose authority answers, so that answers of two cannot be mixed up (RFC 9207).
    pub issuer: String,
}

/// What the application wants of the sign-in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Show nothing; refuse rather.
    pub none: bool,
    /// Sign in again.
    pub login: bool,
    /// Let the person choose the account.
    pub select_account: bool,
}

/// A request that may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The application.
    pub application: Application,
    /// Whose authority was asked.
    pub place: Place,
    /// Where the answer goes.
    pub back: Back,
    /// What it wants of the sign-in.
    pub prompt: Prompt,
    /// The longest time since the last proof of who one is, in seconds.
    pub max_age: Option<i64>,
    /// The name to sign in with, if the application knows it.
    pub login_hint: Option<String>,
    named: bool,
    scope: String,
    challenge: Option<String>,
    nonce: Option<String>,
}

/// Why a request cannot be answered.
#[derive(Debug)]
pub enum Unanswerable {
    /// There is no safe address: the person is told.
    Shown(Error),
    /// The application is told.
    Sent(Back, Box<Refusal>),
}

impl From<Refusal> for Unanswerable {
    fn from(it: Refusal) -> Self {
        Self::Shown(it.into())
    }
}

/// Checks a request.
///
/// # Errors
/// [`Unanswerable`].
pub fn check(app: &App, ctx: &Ctx, place: &str, params: &Params) -> Result<Checked, Unanswerable> {
    let (place, application) = safe(app, ctx, place, params).map_err(Unanswerable::Shown)?;
    let uri = address(&application, params)?;
    let named = params.get("redirect_uri").is_some();
    let openid = params.get("scope").is_some_and(|it| it.split(' ').any(|word| word == "openid"));
    let state = params.get("state").map(str::to_owned);
    let mode = params.get("response_mode").map_or(Some(Mode::Query), Mode::parse);
    let issuer = match &place {
        Place::Tenant(tenant) => mint::issuer(app, tenant.id),
        Place::Any => mint::any_issuer(app),
    };
    let back = Back { uri, mode: mode.unwrap_or(Mode::Query), state, issuer };
    let sent = |refusal: Refusal| Unanswerable::Sent(back.clone(), Box::new(refusal));
    if mode.is_none() {
        return Err(sent(Refusal::malformed("response_mode")));
    }
    match params.get("response_type") {
        Some("code") => {}
        None => return Err(sent(Refusal::missing("response_type"))),
        Some(_) => {
            let text = "Only the response type 'code' is supported.";
            return Err(sent(Refusal::new(Kind::UnsupportedResponseType, 700_051, text)));
        }
    }
    if [&back.state, &params.get("nonce").map(str::to_owned)].into_iter().flatten().any(|it| it.len() > MAX_ECHO) {
        return Err(sent(Refusal::malformed("state")));
    }
    if params.get("request").is_some() || params.get("request_uri").is_some() {
        return Err(sent(Refusal::new(Kind::InvalidRequest, 90_014, "Request objects are not supported.")));
    }
    let challenge = challenge(&application, params).map_err(&sent)?;
    let mut prompt = prompt(params).map_err(&sent)?;
    let max_age = match params.get("max_age").map(str::parse::<u32>) {
        None => None,
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        Some(Err(_)) => return Err(sent(Refusal::malformed("max_age"))),
    };
    // No proof is that young: whoever comes back from signing in would be sent there again (OpenID Connect Core, section 3.1.2.1).
    prompt.login |= max_age == Some(0);
    let max_age = max_age.filter(|seconds| *seconds > 0);
    let scope = params.get("scope").unwrap_or_default().to_owned();
    let read = app.read(ctx, |work| scope::read(work, &scope, application.owner).map(|_| ()));
    match read {
        Ok(()) => {}
        Err(Error::Authority(refusal)) => return Err(sent(*refusal)),
        Err(error) => return Err(Unanswerable::Shown(error)),
    }
    // Without an identity token nothing could carry it.
    let nonce = params.get("nonce").filter(|_| openid).map(str::to_owned);
    let login_hint = params.get("login_hint").map(str::to_owned);
    Ok(Checked { application, place, back, prompt, max_age, login_hint, named, scope, challenge, nonce })
}

fn safe(app: &App, ctx: &Ctx, place: &str, params: &Params) -> Result<(Place, Application), Error> {
    let id = params.required("client_id")?;
    app.read(ctx, |work| {
        let place = find(work, place)?;
        let found = match id.parse::<ApplicationId>() {
            Ok(id) => application::get(work.tx, id)?,
            Err(_) => None,
        };
        let found = found.filter(|it| it.enabled).ok_or_else(Refusal::unknown_client)?;
        Ok((place, found))
    })
}

/// The application's own address; it may leave it out when it has only one.
fn address(application: &Application, params: &Params) -> Result<String, Refusal> {
    let wrong = || {
        let text = "The redirect address is not one of those registered for the application.";
        Refusal::new(Kind::InvalidRequest, 50_011, text)
    };
    match (params.get("redirect_uri"), application.redirects.as_slice()) {
        (Some(uri), _) if application.leads_back_to(uri) => Ok(uri.to_owned()),
        (None, [only]) => Ok(only.as_str().to_owned()),
        _ => Err(wrong()),
    }
}

fn challenge(application: &Application, params: &Params) -> Result<Option<String>, Refusal> {
    match (params.get("code_challenge"), params.get("code_challenge_method")) {
        (Some(challenge), Some("S256")) if pkce::is_challenge(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), Some("S256")) => Err(Refusal::malformed("code_challenge")),
        (Some(_), _) => {
            let text = "Only the code_challenge_method 'S256' is supported.";
            Err(Refusal::new(Kind::InvalidRequest, 50_148, text))
        }
        (None, Some(_)) => Err(Refusal::missing("code_challenge")),
        (None, None) if application.confidential => Ok(None),
        (None, None) => {
            let text = "A public application has to send a code_challenge (RFC 7636).";
            Err(Refusal::new(Kind::InvalidRequest, 9_002_325, text))
        }
    }
}

fn prompt(params: &Params) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    for word in params.get("prompt").unwrap_or_default().split(' ').filter(|it| !it.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "select_account" => prompt.select_account = true,
            // Whoever registered the application consented for the organisation.
            "consent" | "create" => {}
            _ => return Err(Refusal::malformed("prompt")),
        }
    }
    if prompt.none && (prompt.login || prompt.select_account) {
        return Err(Refusal::malformed("prompt"));
    }
    Ok(prompt)
}

impl Checked {
    /// Whether the application asks for a proof of its own time, so that one an identity provider has kept does not do.
    pub fn wants_fresh(&self) -> bool {
        self.prompt.login || self.max_age.is_some()
    }

    /// Whether a proof of who one is is recent enough for this request.
    pub fn is_recent(&self, proof: &Proof, now: entente_domain::time::Timestamp) -> bool {
        self.max_age.is_none_or(|seconds| now <= proof.at.plus_seconds(seconds))
    }

    /// The issuer a code is redeemed at.
    fn issuer(&self, app: &App, home: TenantId) -> String {
        match &self.place {
            Place::Tenant(tenant) => mint::issuer(app, tenant.id),
            Place::Any => mint::issuer(app, home),
        }
    }
}

/// An answer for the application.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The code.
    pub code: AuthorizationCode,
    /// The issuer it is redeemed at.
    pub issuer: String,
}

/// Makes a code for whoever is signed in. At another organisation's authority they act on its behalf, and the rules for that decide.
///
/// # Errors
/// [`Error::SignInRequired`]; [`Refusal`] when the application is of another organisation, and when they may not act there.
pub fn issue(app: &App, ctx: &Ctx, checked: &Checked) -> Result<Answer, Error> {
    let code = AuthorizationCode::generate(app.random());
    let hash = code.hash();
    let proof = ctx.proof.clone().ok_or(Error::SignInRequired)?;
    let (me, no) = app.read(ctx, |work| {
        let me = work.me()?;
        if !checked.application.is_at_home_in(me.tenant.id) {
            let text = "The account belongs to another directory than the application.";
            return Err(Refusal::new(Kind::AccessDenied, 50_020, text).into());
        }
        // No code is given out that could not be redeemed.
        token::in_business(work, &checked.application, Kind::UnauthorizedClient)?;
        let Some(customer) = customer(checked, &me.tenant) else {
            if let Some(service) = act::service_of(work, &checked.application)? {
                act::serves(&service, &me.tenant)?;
            }
            return Ok((me, None));
        };
        let asked = scope::read(work, &checked.scope, Some(customer.id))?;
        let roles = act::let_in(work, &checked.application, &asked.resource, customer, None)?.roles;
        let decided = acting::decide(work, &me.person, customer.id, proof.strong(), roles.as_deref())?;
        Ok((me, decided.err()))
    })?;
    if let (Some(no), Some(customer)) = (no, customer(checked, &me.tenant)) {
        acting::record_refusal(app, ctx, &me.person, customer.id, no.refused)?;
        let refusal = act::refusal(no, &checked.application, &me.person);
        let kind = if refusal.kind == Kind::InvalidGrant { Kind::AccessDenied } else { refusal.kind };
        return Err(Refusal { kind, ..refusal }.into());
    }
    let asked = checked.clone();
    let home = me.tenant.id;
    app.write(ctx, move |work| {
        let me = work.me()?;
        let it = Code {
            application: asked.application.id,
            tenant: customer(&asked, &me.tenant).map_or(me.tenant.id, |it| it.id),
            person: me.person.id,
            redirect: asked.back.uri.clone(),
            redirect_named: asked.named,
            challenge: asked.challenge.clone(),
            nonce: asked.nonce.clone(),
            scope: asked.scope.clone(),
            proof: proof.clone(),
            expires_at: work.now.plus_seconds(code::SECONDS),
            grant: None,
            acting: None,
            used_at: None,
        };
        Ok(grant::add_code(work.tx, &OWN, &hash, &it)?)
    })?;
    Ok(Answer { code, issuer: checked.issuer(app, home) })
}

/// The customer whose authority was asked, when it is not the person's own organisation.
fn customer<'a>(checked: &'a Checked, home: &Tenant) -> Option<&'a Tenant> {
    match &checked.place {
        Place::Tenant(tenant) if tenant.id != home.id => Some(tenant),
        _ => None,
    }
}

/// Whether sign-out may lead to this address: one the application registered for sign-in.
///
/// # Errors
/// When the database has no answer.
pub fn may_leave_to(app: &App, ctx: &Ctx, client: &str, uri: &str) -> Result<bool, Error> {
    let Ok(id) = client.parse::<ApplicationId>() else { return Ok(false) };
    app.read(ctx, |work| Ok(application::get(work.tx, id)?.is_some_and(|it| it.enabled && it.leads_back_to(uri))))
}

/// The organisation an authority's address names, for discovery documents; none for `common` and `organizations`.
///
/// # Errors
/// [`Refusal`] for what is no directory.
pub fn directory(app: &App, ctx: &Ctx, place: &str) -> Result<Option<Tenant>, Error> {
    app.read(ctx, |work: &Work<'_>| {
        Ok(match find(work, place)? {
            Place::Tenant(it) => tenant::get(work.tx, it.id)?,
            Place::Any => None,
        })
    })
}

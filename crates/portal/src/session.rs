//! Who is signed in at which portal: the layer that reads the session cookie, and the extractors that pages take.
//!
//! Every portal (the partner portal, one customer portal a cloud) has its own cookies, so one browser can hold several
//! sign-ins side by side. A page takes [`PartnerSession`] or [`CustomerSession`] and is thereby closed to everybody else;
//! a page that also greets strangers takes [`MaybeSession`]. Operations that write, and sign-in, run through [`run`].

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use entente_app::account::{self, Profile};
use entente_app::sign_in::{self, Audience};
use entente_app::{App, Ctx, Error};
use entente_domain::cloud::Cloud;
use entente_domain::language::Language as Spoken;
use entente_identity::{ChallengeToken, FormToken, RequestToken, SessionToken, VisitToken, session};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::Problem;
use crate::i18n::Language;
use crate::web::{FormGuard, Visit};

/// Where each portal's pages live, without a slash at the end.
pub const fn base(audience: Audience) -> &'static str {
    match audience {
        Audience::Partner => "/partner",
        Audience::Customer(Cloud::Public) => "/portal",
        Audience::Customer(Cloud::Germany) => "/germany/portal",
        Audience::Customer(Cloud::UsGovernment) => "/us-government/portal",
        Audience::Customer(Cloud::China) => "/china/portal",
        Audience::Authority => "/authority",
    }
}

/// The first page of each portal.
pub const fn home(audience: Audience) -> &'static str {
    match audience {
        Audience::Partner => "/partner/overview",
        Audience::Customer(Cloud::Public) => "/portal/partners",
        Audience::Customer(Cloud::Germany) => "/germany/portal/partners",
        Audience::Customer(Cloud::UsGovernment) => "/us-government/portal/partners",
        Audience::Customer(Cloud::China) => "/china/portal/partners",
        Audience::Authority => "/",
    }
}

/// The portal a path belongs to.
pub(crate) fn audience_of(path: &str) -> Option<Audience> {
    let all = Cloud::ALL.map(Audience::Customer);
    let named = all.into_iter().chain([Audience::Partner, Audience::Authority]).find(|audience| {
        path.strip_prefix(base(*audience)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    named.or_else(|| is_authority_page(path).then_some(Audience::Authority))
}

/// The authority's pages that existing tools expect at addresses of their own.
fn is_authority_page(path: &str) -> bool {
    let place = path.strip_prefix('/').and_then(|rest| rest.split_once('/'));
    path == "/devicelogin"
        || place.is_some_and(|(_, rest)| matches!(rest, "oauth2/v2.0/authorize" | "oauth2/v2.0/logout"))
}

/// Whether any site's page may post here: only a request of the authority, which OpenID Connect Core, section 3.1.2.1, has it
/// take in a form as well. It is led on to the same request in an address, and what it decides is decided there.
pub(crate) fn takes_foreign_forms(path: &str) -> bool {
    is_authority_page(path) && path.ends_with("/authorize")
}

/// What the layer found out about a request.
#[derive(Clone)]
struct Current {
    app: App,
    audience: Audience,
    ctx: Ctx,
    held: Option<(SessionToken, Profile)>,
}

/// Travels up with an answer, so that a problem page rendered outside of this layer is in the account's language too.
#[derive(Clone, Copy)]
pub(crate) struct AccountLanguage(pub(crate) Language);

#[derive(Clone)]
struct Layer {
    app: App,
    audience: Audience,
}

/// Puts the session layer of one portal around its routes; their paths begin with [`base`].
pub(crate) fn layer(routes: Router, app: &App, audience: Audience) -> Router {
    routes.layer(from_fn_with_state(Layer { app: app.clone(), audience }, resume))
}

/// Runs an operation away from the threads that serve connections: writes wait for the disk, and passwords cost time.
///
/// # Errors
/// What the operation answers.
pub async fn run<T: Send + 'static>(
    app: &App,
    operation: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let app = app.clone();
    match tokio::task::spawn_blocking(move || operation(&app)).await {
        Ok(answer) => answer,
        Err(stopped) => match stopped.try_into_panic() {
            // The layer around all pages turns it into a problem page, like a panic in the handler itself.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::Unavailable),
        },
    }
}

/// The page to see next, after a form was handled: a reload repeats nothing.
pub fn see_other(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(place) => (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

/// A value inside a query.
pub fn in_query(text: &str) -> String {
    const SAFE: &AsciiSet =
        &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b'<').add(b'>').add(b'=').add(b'?');
    utf8_percent_encode(text, SAFE).to_string()
}

/// The sign-in page of a portal that leads back to where the visitor is.
pub fn sign_in_path(audience: Audience, back: &str) -> String {
    let base = base(audience);
    if back == "/" { format!("{base}/sign-in") } else { format!("{base}/sign-in?return={}", in_query(back)) }
}

/// The page of a portal that confirms who it is and leads back.
pub(crate) fn confirm_path(audience: Audience, back: &str) -> String {
    format!("{}/sign-in/confirm?return={}", base(audience), in_query(back))
}

/// A language of the domain as the pages know it.
pub(crate) const fn shown(language: Spoken) -> Language {
    match language {
        Spoken::En => Language::En,
        Spoken::ZhCn => Language::ZhCn,
    }
}

/// The reader's language in the words of the domain: what a consent says was read.
pub fn spoken(language: Language) -> Spoken {
    match language {
        Language::En => Spoken::En,
        Language::ZhCn => Spoken::ZhCn,
    }
}

const fn cookies_of(audience: Audience) -> session::Audience<'static> {
    match audience {
        Audience::Partner => session::Audience::Partner,
        Audience::Authority => session::Audience::Authority,
        Audience::Customer(cloud) => session::Audience::Portal { cloud: cloud.code() },
    }
}

/// The name under which [`Visit::cookie`] sets the session; that adds the prefix of TLS itself.
pub(crate) fn session_cookie(audience: Audience) -> String {
    session::cookie_name(cookies_of(audience), false)
}

pub(crate) fn form_cookie(audience: Audience) -> String {
    session::form_cookie_name(cookies_of(audience), false)
}

/// The name under which [`Visit::cookie`] sets what stands between a first proof and a session.
pub(crate) fn challenge_cookie(audience: Audience) -> String {
    session::challenge_cookie_name(cookies_of(audience), false)
}

/// What this browser holds of it.
pub(crate) fn challenge(headers: &HeaderMap, visit: &Visit, audience: Audience) -> Option<ChallengeToken> {
    let name = session::challenge_cookie_name(cookies_of(audience), visit.origin.is_https());
    exact(headers, &name).as_deref().and_then(ChallengeToken::parse)
}

/// The name of the cookie that a browser gets when it is sent to a provider of identity.
pub(crate) fn visit_cookie(audience: Audience) -> String {
    session::visit_cookie_name(cookies_of(audience), false)
}

/// What this browser got when it was sent to a provider of identity.
pub(crate) fn visit_token(headers: &HeaderMap, visit: &Visit, audience: Audience) -> Option<VisitToken> {
    let name = session::visit_cookie_name(cookies_of(audience), visit.origin.is_https());
    exact(headers, &name).as_deref().and_then(VisitToken::parse)
}

/// The cookie of exactly this name. Over TLS only the `__Host-` one counts: any neighbour of this host could have set another.
fn exact(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .flatten()
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

async fn resume(State(layer): State<Layer>, mut request: Request, next: Next) -> Response {
    let Layer { app, audience } = layer;
    let Some(mut visit) = request.extensions().get::<Visit>().cloned() else {
        return Problem::internal().into_response();
    };
    let https = visit.origin.is_https();
    let presented = exact(request.headers(), &session::cookie_name(cookies_of(audience), https));
    let address = Some(visit.address.to_string());
    let held = match presented.as_deref().and_then(SessionToken::parse) {
        None => None,
        Some(token) => match who(&app, audience, token, address.clone()).await {
            Ok(held) => Some(held),
            Err(Error::SignInRequired) => None,
            Err(error) => return Problem::from(error).into_response(),
        },
    };
    let own = held.as_ref().and_then(|(_, _, me)| me.person.language).map(shown);
    if let Some(language) = own.filter(|_| !visit.preferences.language_chosen) {
        visit.preferences.language = language;
    }
    let language = visit.preferences.language;
    let mut fresh = None;
    let (hash, ctx) = if let Some((token, ctx, _)) = &held {
        (token.hash(), Ctx { language: spoken(language), ..ctx.clone() })
    } else {
        let known = exact(request.headers(), &session::form_cookie_name(cookies_of(audience), https));
        let form = known.as_deref().and_then(FormToken::parse).unwrap_or_else(|| {
            let form = FormToken::generate(app.random());
            fresh = visit.cookie(&form_cookie(audience), &form.text(), None);
            form
        });
        (form.hash(), Ctx::anonymous(address, spoken(language)))
    };
    let issued = RequestToken::issue(app.requests(), &hash);
    let key = app.requests().clone();
    let held = held.map(|(token, _, me)| (token, me));
    let extensions = request.extensions_mut();
    extensions.insert(FormGuard::new(issued, move |posted| RequestToken::verify(&key, &hash, posted)));
    extensions.insert(visit);
    extensions.insert(Current { app, audience, ctx, held });
    let mut response = next.run(request).await;
    response.extensions_mut().insert(AccountLanguage(language));
    if let Some(cookie) = fresh {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn who(
    app: &App,
    audience: Audience,
    token: SessionToken,
    address: Option<String>,
) -> Result<(SessionToken, Ctx, Profile), Error> {
    run(app, move |app| {
        let ctx = sign_in::resume(app, audience, &token, address)?;
        let me = account::profile(app, &ctx)?;
        Ok((token, ctx, me))
    })
    .await
}

/// Somebody, signed in or not, at one of the portals.
#[derive(Clone)]
pub struct MaybeSession {
    /// The application.
    pub app: App,
    /// Who asks; anonymous when nobody is signed in.
    pub ctx: Ctx,
    /// The request's facts.
    pub visit: Visit,
    /// Which portal this is.
    pub audience: Audience,
    /// The person and their organisation, when signed in.
    pub me: Option<Profile>,
    /// This browser's session.
    pub(crate) token: Option<SessionToken>,
}

impl MaybeSession {
    /// An address of this portal: `rest` begins with a slash or is empty.
    pub fn path(&self, rest: &str) -> String {
        format!("{}{rest}", base(self.audience))
    }

    /// The portal's cloud; the partner portal and the authority stand in the public one.
    pub fn cloud(&self) -> Cloud {
        match self.audience {
            Audience::Partner | Audience::Authority => Cloud::Public,
            Audience::Customer(cloud) => cloud,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let visit = <Visit as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let Current { app, audience, ctx, held } =
            parts.extensions.get::<Current>().cloned().ok_or_else(Problem::internal)?;
        let (token, me) = held.unzip();
        Ok(Self { app, ctx, visit, audience, me, token })
    }
}

async fn signed_in<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<(MaybeSession, SessionToken, Profile), Response> {
    let here = <MaybeSession as FromRequestParts<S>>::from_request_parts(parts, state)
        .await
        .map_err(IntoResponse::into_response)?;
    match (here.token.clone(), here.me.clone()) {
        (Some(token), Some(me)) => Ok((here, token, me)),
        _ => Err(see_other(&sign_in_path(here.audience, &here.visit.path))),
    }
}

/// Somebody of a partner, signed in at the partner portal; anybody else is led to its sign-in page.
#[derive(Clone)]
pub struct PartnerSession {
    /// The application.
    pub app: App,
    /// Who asks.
    pub ctx: Ctx,
    /// The request's facts.
    pub visit: Visit,
    /// The person, their organisation and what makes it a partner.
    pub me: Profile,
    /// This browser's session: the one that goes on when the password is changed.
    pub(crate) token: SessionToken,
}

impl<S: Send + Sync> FromRequestParts<S> for PartnerSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let (MaybeSession { app, ctx, visit, audience, .. }, token, me) = signed_in(parts, state).await?;
        if audience != Audience::Partner || me.partner.is_none() {
            return Err(Problem::not_found().into_response());
        }
        Ok(Self { app, ctx, visit, me, token })
    }
}

/// Somebody signed in at a cloud's customer portal; anybody else is led to its sign-in page.
#[derive(Clone)]
pub struct CustomerSession {
    /// The application.
    pub app: App,
    /// Who asks.
    pub ctx: Ctx,
    /// The request's facts.
    pub visit: Visit,
    /// The person and their organisation.
    pub me: Profile,
    /// The portal's cloud.
    pub cloud: Cloud,
    /// This browser's session: the one that goes on when the password is changed.
    pub(crate) token: SessionToken,
}

impl CustomerSession {
    /// An address of this portal: `rest` begins with a slash or is empty.
    pub fn path(&self, rest: &str) -> String {
        format!("{}{rest}", base(Audience::Customer(self.cloud)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CustomerSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let (MaybeSession { app, ctx, visit, audience, .. }, token, me) = signed_in(parts, state).await?;
        match audience {
            Audience::Customer(cloud) => Ok(Self { app, ctx, visit, me, cloud, token }),
            Audience::Partner | Audience::Authority => Err(Problem::not_found().into_response()),
        }
    }
}

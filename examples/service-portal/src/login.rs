//! How a person comes in: third-party initiated login, authorization code with PKCE, and its silent repetition.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreJwsSigningAlgorithm, CoreProviderMetadata};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    LoginHint, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, SignatureVerificationError, TokenResponse as _,
};
use serde::Deserialize;

use crate::authority::{Issuer, Unreachable};
use crate::claims::{Claims, Customer, Login, Tokens};
use crate::session::{Attempt, Found, Renewal, Session, Why, secret};
use crate::web::{cookie, message, set_cookie};
use crate::{Service, pages};

/// How long the cookie of a sign-in lives, in seconds.
const ATTEMPT: i64 = 600;
/// An access token whose life is not told is taken to live this long, in seconds.
const SHORT: i64 = 60;

/// `/launch` and `/callback`.
pub fn routes() -> Router<Service> {
    Router::new().route("/launch", get(launch)).route("/callback", get(callback))
}

/// Third-party initiated login (OpenID Connect Core, section 4). Other parameters of it mean nothing here.
#[derive(Deserialize)]
struct Launch {
    iss: String,
    login_hint: Option<String>,
}

async fn launch(State(service): State<Service>, query: Result<Query<Launch>, QueryRejection>) -> Response {
    let Ok(Query(Launch { iss, login_hint })) = query else {
        return problem("The link that led here is incomplete.");
    };
    let Some(issuer) = service.0.authority.issuer(&iss) else {
        return problem("The link that led here names an authority that this service does not work with.");
    };
    if login_hint.as_ref().is_some_and(|it| it.len() > 254 || it.chars().any(char::is_control)) {
        return problem("The link that led here is damaged.");
    }
    begin(&service, issuer, login_hint, None).await
}

/// Sends the browser to the authority: to sign in, or to renew a session without being asked anything.
pub async fn begin(service: &Service, issuer: Issuer, hint: Option<String>, renewal: Option<Renewal>) -> Response {
    let settings = &service.0.settings;
    let metadata = match service.0.authority.metadata(&issuer).await {
        Ok(metadata) => metadata,
        Err(error) => return unreachable(&error),
    };
    let Some(login) = client(service, metadata) else {
        return unreachable(&Unreachable("it names no address where codes become tokens".to_owned()));
    };
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request = login
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".to_owned()))
        .add_scope(Scope::new(format!("{}/.default", settings.identifier_uri)))
        .set_pkce_challenge(challenge);
    if let Some(hint) = hint {
        request = request.set_login_hint(LoginHint::new(hint));
    }
    if renewal.is_some() {
        request = request.add_prompt(CoreAuthPrompt::None);
    }
    let (url, state, nonce) = request.url();
    let browser = secret();
    let name = cookie_name(state.secret());
    let set = set_cookie(settings, &name, &browser, "/callback", Some(ATTEMPT));
    service.0.attempts.begin(&state, Attempt { issuer, nonce, verifier, browser, renewal }, service.now());
    ([(header::SET_COOKIE, set)], Redirect::to(url.as_str())).into_response()
}

/// One cookie for each sign-in, so that two windows may sign in at the same time. A visitor can send any state, so only
/// what a name may hold is taken of it.
fn cookie_name(state: &str) -> String {
    let plain = state.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c));
    format!("mailboxes_login_{}", plain.take(8).collect::<String>())
}

fn client(service: &Service, metadata: CoreProviderMetadata) -> Option<Login> {
    let settings = &service.0.settings;
    metadata.token_endpoint()?;
    let redirect = RedirectUrl::new(format!("{}/callback", settings.url)).ok()?;
    let secret = ClientSecret::new(settings.client_secret.clone());
    let login = Login::from_provider_metadata(metadata, ClientId::new(settings.client_id.clone()), Some(secret));
    Some(login.set_redirect_uri(redirect).set_auth_type(AuthType::RequestBody))
}

/// The authority's answer (OpenID Connect Core, section 3.1.2.5), with its name (RFC 9207).
#[derive(Deserialize)]
struct Answer {
    state: String,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// Why an answer did not become a session.
enum Unfinished {
    Unreachable(Unreachable),
    Untrusted(&'static str),
}

impl From<Unreachable> for Unfinished {
    fn from(it: Unreachable) -> Self {
        Self::Unreachable(it)
    }
}

async fn callback(
    State(service): State<Service>,
    headers: HeaderMap,
    query: Result<Query<Answer>, QueryRejection>,
) -> Response {
    let Ok(Query(answer)) = query else {
        return problem("The answer of the authority is incomplete.");
    };
    let name = cookie_name(&answer.state);
    let mut response = answered(&service, &headers, answer).await;
    let gone = set_cookie(&service.0.settings, &name, "", "/callback", Some(0));
    if let Ok(gone) = HeaderValue::try_from(gone) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

async fn answered(service: &Service, headers: &HeaderMap, answer: Answer) -> Response {
    let Answer { state, iss, code, error } = answer;
    let browser = cookie(headers, &cookie_name(&state)).unwrap_or_default();
    let Some(attempt) = service.0.attempts.take(&state, browser, service.now()) else {
        return problem("This sign-in was not begun in this browser, or it took too long.");
    };
    if iss.as_deref() != Some(attempt.issuer.url.as_str()) {
        return problem("Somebody else answered than was asked.");
    }
    let code = match (code, error) {
        (_, Some(error)) => return refused(service, attempt, &error),
        (None, None) => return problem("The answer of the authority is incomplete."),
        (Some(code), None) => code,
    };
    let Attempt { issuer, nonce, verifier, renewal, .. } = attempt;
    match finish(service, issuer, &nonce, verifier, code).await {
        Ok(session) => welcome(service, session, renewal).await,
        Err(Unfinished::Unreachable(error)) => unreachable(&error),
        Err(Unfinished::Untrusted(why)) => problem(why),
    }
}

/// The authority said no.
fn refused(service: &Service, attempt: Attempt, error: &str) -> Response {
    if let Some(renewal) = attempt.renewal {
        service.0.sessions.end(&renewal.session, Why::of_error(error));
        return Redirect::to("/").into_response();
    }
    let text = match error {
        "access_denied" => "You may not use this service for this customer.",
        "temporarily_unavailable" | "server_error" => "The authority cannot answer at the moment. Try again later.",
        _ => "The authority did not sign you in.",
    };
    message(StatusCode::FORBIDDEN, "Not signed in", text, None)
}

/// Turns the code into tokens and believes the ID token if all of it is right (OpenID Connect Core, section 3.1.3.7).
async fn finish(
    service: &Service,
    issuer: Issuer,
    nonce: &Nonce,
    verifier: PkceCodeVerifier,
    code: String,
) -> Result<Session, Unfinished> {
    let authority = &service.0.authority;
    let metadata = authority.metadata(&issuer).await?;
    let no_endpoint = || Unreachable("it names no address where codes become tokens".to_owned());
    let login = client(service, metadata).ok_or_else(no_endpoint)?;
    let tokens = login
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|error| Unreachable(error.to_string()))?
        .set_pkce_verifier(verifier)
        .request_async(&|request| authority.send(request))
        .await
        .map_err(|error| match error {
            RequestTokenError::Request(error) => Unfinished::Unreachable(error),
            RequestTokenError::ServerResponse(_) => Unfinished::Untrusted("The authority did not take its own code."),
            _ => Unfinished::Untrusted("The authority's answer could not be understood."),
        })?;
    let claims = match verified(service, &login, &tokens, nonce) {
        // The authority may have changed its keys since we asked for them.
        Err(Distrust::UnknownKey) => {
            let login = client(service, authority.renewed(&issuer).await?).ok_or_else(no_endpoint)?;
            verified(service, &login, &tokens, nonce)
        }
        other => other,
    };
    let claims = claims.map_err(|_| Unfinished::Untrusted("The authority's answer could not be verified."))?;
    if claims.additional_claims().tid != issuer.tenant {
        return Err(Unfinished::Untrusted("The authority answered for another organisation."));
    }
    let access_token = tokens.access_token().secret().clone();
    let roles = match roles(&claims) {
        Some(roles) => roles,
        None => authority.introspect(&issuer, &access_token).await?.wids.unwrap_or_default(),
    };
    let lives = tokens.expires_in().and_then(|it| i64::try_from(it.as_secs()).ok()).unwrap_or(SHORT);
    let acting = claims.additional_claims();
    Ok(Session {
        issuer,
        subject: claims.subject().to_string(),
        sid: acting.sid.clone(),
        customer: customer(&claims),
        person: person(&claims),
        acting_as: acting.act.as_ref().map(|_| {
            let names = acting.acting_as.iter().flatten().map(|role| role.name.as_str());
            names.collect::<Vec<_>>().join(", ")
        }),
        roles,
        ends: claims.expiration().timestamp(),
        access_token,
        access_ends: service.now() + lives,
        form_token: secret(),
    })
}

enum Distrust {
    UnknownKey,
    Other,
}

fn verified(service: &Service, login: &Login, tokens: &Tokens, nonce: &Nonce) -> Result<Claims, Distrust> {
    let id_token = tokens.id_token().ok_or(Distrust::Other)?;
    let now = service.now();
    let verifier = login
        .id_token_verifier()
        .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EcdsaP256Sha256])
        .set_time_fn(move || DateTime::<Utc>::from_timestamp(now, 0).unwrap_or(DateTime::<Utc>::MAX_UTC));
    let claims = id_token.claims(&verifier, nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            Distrust::UnknownKey
        }
        _ => Distrust::Other,
    })?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(|_| Distrust::Other)?;
        let key = id_token.signing_key(&verifier).map_err(|_| Distrust::Other)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if actual.ok().as_ref() != Some(expected) {
            return Err(Distrust::Other);
        }
    }
    Ok(claims.clone())
}

fn roles(claims: &Claims) -> Option<Vec<String>> {
    let acting = claims.additional_claims();
    let acted_in = || acting.acting_as.as_ref().map(|roles| roles.iter().map(|role| role.id.clone()).collect());
    acting.wids.clone().or_else(acted_in)
}

/// The customer a partner acts for, or the organisation of the customer's own person.
fn customer(claims: &Claims) -> Customer {
    let acting = claims.additional_claims();
    acting.acting_for.clone().filter(|_| acting.act.is_some()).unwrap_or_else(|| {
        let address = claims.preferred_username().map(|it| it.as_str()).unwrap_or_default();
        let domain = address.rsplit_once('@').map_or("organisation.invalid", |(_, domain)| domain);
        let name = acting.organisation.as_deref().unwrap_or(domain);
        Customer { id: acting.tid.clone(), name: name.to_owned(), domain: domain.to_owned() }
    })
}

fn person(claims: &Claims) -> String {
    let own = claims.name().and_then(|it| it.get(None)).map(|it| it.as_str());
    let actor = claims.additional_claims().act.as_ref();
    let name = actor.and_then(|it| it.name.as_deref()).or(own).unwrap_or_else(|| claims.subject().as_str());
    match actor.and_then(|it| it.organisation.as_deref()) {
        Some(partner) => format!("{name} at {partner}"),
        None => name.to_owned(),
    }
}

/// Goes on with the session that was renewed, or begins one.
async fn welcome(service: &Service, mut session: Session, renewal: Option<Renewal>) -> Response {
    if let Some(Renewal { session: id, change }) = renewal
        && let Found::Open(old) = service.0.sessions.find(&id)
    {
        if old.is_like(&session) {
            // Forms on pages that are open keep their token.
            session.form_token.clone_from(&old.form_token);
            return match (service.0.sessions.renew(&id, session), change) {
                (Some(session), Some(change)) => pages::carry_out(service, &id, &session, &change).await,
                _ => Redirect::to("/").into_response(),
            };
        }
        // Somebody else sits in front of this browser now; what the other one wanted is not theirs to do.
        service.0.sessions.end(&id, Why::SignedOut);
    }
    let id = service.0.sessions.begin(session, service.now());
    let set = set_cookie(&service.0.settings, pages::SESSION, &id, "/", None);
    ([(header::SET_COOKIE, set)], Redirect::to("/")).into_response()
}

fn problem(text: &str) -> Response {
    message(StatusCode::BAD_REQUEST, "Not signed in", text, None)
}

fn unreachable(error: &Unreachable) -> Response {
    eprintln!("service-portal: {error}");
    let text = "The authority cannot be asked at the moment. Try again later.";
    message(StatusCode::BAD_GATEWAY, "Not signed in", text, None)
}

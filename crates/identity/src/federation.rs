//! Sign-in at somebody else's provider (OpenID Connect Core 1.0, code flow with PKCE): what is sent, and what of the answer
//! is believed. Who may come in on it is decided by `entente_domain::federation`.
//!
//! Everything blocks and asks the provider through [`Fetch`]. Nothing is kept between calls: keys are fetched for each
//! sign-in, so a provider that changes them is believed at once and a key it withdrew is not.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entente_domain::federation::{ClientText, Issuer, Provider};
use entente_domain::time::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl,
    LanguageTag, LoginHint, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata,
    RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse as _,
    UserInfoClaims, UserInfoError,
};
use serde::{Deserialize, Serialize};

use crate::fetch::{Fetch, FetchError};
use crate::random::Random;
use crate::secret::Secret;

pub use entente_domain::federation::Claims;

/// How far a provider's clock may be ahead of ours, in seconds.
const SKEW: i64 = 5 * 60;

/// The algorithms a token may be signed with: those with a public key. `none` and the ones with a shared secret prove nothing,
/// and which of these a provider uses is not left to the token (RFC 8725 section 3.1).
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Values of `amr` that are something somebody has or is (RFC 8176 section 2).
const HELD: [&str; 7] = ["otp", "hwk", "swk", "sc", "fpt", "face", "iris"];
/// Those that are something somebody knows.
const KNOWN: [&str; 2] = ["pwd", "pin"];

/// How we are known at a provider.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// Its address.
    pub issuer: &'a Issuer,
    /// What it knows us as.
    pub id: &'a ClientText,
    /// What shows that it is us; a client without one is public and relies on PKCE alone.
    pub secret: Option<&'a ClientText>,
    /// Where it sends people back to.
    pub redirect_uri: &'a str,
}

impl<'a> Client<'a> {
    /// Our client at a tenant's provider.
    pub const fn of(provider: &'a Provider, secret: Option<&'a ClientText>, redirect_uri: &'a str) -> Self {
        Self { issuer: &provider.issuer, id: &provider.client_id, secret, redirect_uri }
    }
}

/// How the provider is to ask somebody.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What the person typed.
    pub name: &'a str,
    /// What they read.
    pub language: &'a str,
    /// Whether to ask them anew although they are signed in there, and to say when it did.
    pub fresh: bool,
}

/// A sign-in that has begun.
#[derive(Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What the token has to repeat.
    pub nonce: String,
    /// What redeems the code (PKCE, RFC 7636); a secret.
    pub verifier: String,
}

/// What the browser came back with.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The code to redeem.
    pub code: &'a str,
    /// Who says that it answers (RFC 9207).
    pub issuer: Option<&'a str>,
}

/// Why a provider's word was not had. The texts are for the log and hold nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It does not answer.
    #[error("reach the provider: {0}")]
    Unreachable(FetchError),
    /// It answered that the code is not good.
    #[error("redeem the code: {0}")]
    Declined(String),
    /// What it says does not hold.
    #[error("believe the provider: {0}")]
    NotTrusted(String),
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
struct MoreMetadata {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}
impl AdditionalProviderMetadata for MoreMetadata {}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
struct MoreClaims {
    upn: Option<String>,
}
impl AdditionalClaims for MoreClaims {}

type Metadata = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Fields = IdTokenFields<
    MoreClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Oidc = openidconnect::Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type Profile = UserInfoClaims<MoreClaims, CoreGenderClaim>;

/// Whether a provider can be used, before anybody is sent there: it answers under its own name, and redeems codes.
///
/// # Errors
/// [`Failed::Unreachable`], or [`Failed::NotTrusted`] when its description does not fit.
pub fn probe(fetch: &dyn Fetch, issuer: &Issuer) -> Result<(), Failed> {
    let metadata = discover(fetch, issuer)?;
    if metadata.token_endpoint().is_none() {
        return Err(Failed::NotTrusted("it has no token endpoint".to_owned()));
    }
    Ok(())
}

/// Prepares a sign-in at the provider: where the browser goes, and what has to be remembered for its return. `state` comes
/// back with the browser.
///
/// # Errors
/// [`Failed::Unreachable`], or [`Failed::NotTrusted`] when its description does not fit.
pub fn begin(
    fetch: &dyn Fetch,
    random: &dyn Random,
    client: Client<'_>,
    state: &str,
    ask: Ask<'_>,
) -> Result<Begun, Failed> {
    let oidc = connect(discover(fetch, client.issuer)?, client)?;
    let (nonce, verifier) = (unguessable(random), unguessable(random));
    let (state, asked_nonce) = (state.to_owned(), nonce.clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
    let mut request = oidc
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(asked_nonce),
        )
        .add_scope(Scope::new("profile".to_owned()))
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .set_login_hint(LoginHint::new(ask.name.to_owned()))
        .add_ui_locale(LanguageTag::new(ask.language.to_owned()));
    if ask.fresh {
        // The first makes it ask; the second makes it say when it did, which it need not otherwise (Core section 2).
        request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
    }
    let (url, _, _) = request.url();
    Ok(Begun { url: url.into(), nonce, verifier })
}

/// Redeems what the browser came back with, and says who the provider says it is.
///
/// # Errors
/// Each kind of [`Failed`].
pub fn finish(
    fetch: &dyn Fetch,
    now: Timestamp,
    client: Client<'_>,
    answer: Answer<'_>,
    (nonce, verifier): (&str, &str),
) -> Result<Claims, Failed> {
    let metadata = discover(fetch, client.issuer)?;
    let named = metadata.additional_metadata().authorization_response_iss_parameter_supported;
    match answer.issuer {
        Some(issuer) if issuer != client.issuer.as_str() => return Err(untrusted("another provider answered")),
        None if named => return Err(untrusted("the answer does not say who gave it")),
        _ => {}
    }
    let oidc = connect(metadata, client)?;
    let send = sender(fetch);
    let tokens = oidc
        .exchange_code(AuthorizationCode::new(answer.code.to_owned()))
        .map_err(untrusted)?
        .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
        .request(&send)
        .map_err(not_redeemed)?;
    let token = tokens.id_token().ok_or_else(|| untrusted("it sent no token about the person"))?;
    let at = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    let latest = at(now.plus_seconds(SKEW).seconds());
    let trust = oidc
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || at(now.seconds()))
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= latest { Ok(()) } else { Err("it was issued in the future".to_owned()) }
        });
    let said = token.claims(&trust, &Nonce::new(nonce.to_owned())).map_err(untrusted)?;
    if said.authorized_party().is_some_and(|party| party.as_str() != client.id.as_str()) {
        return Err(untrusted("the token was issued for another client"));
    }
    let mut claims = Claims {
        subject: said.subject().to_string(),
        names: names(said.preferred_username().map(|it| it.as_str()), said.additional_claims()),
        email: said.email().map(|it| it.to_string()),
        email_verified: said.email_verified() == Some(true),
        strong: said.auth_method_refs().is_some_and(|refs| two_factors(refs.iter().map(|it| it.as_str()))),
        // A time before 1970 is as old as can be; no database of ours has to keep how old.
        authenticated_at: said.auth_time().map(|at| Timestamp::from_seconds(0).plus_seconds(at.timestamp().max(0))),
    };
    // Many providers keep addresses and names out of the token (Core section 5.4) and tell them here.
    if claims.email.is_none()
        && let Ok(request) = oidc.user_info(tokens.access_token().clone(), Some(said.subject().clone()))
    {
        let more: Profile = request.request(&send).map_err(not_told)?;
        claims.email = more.email().map(|it| it.to_string());
        claims.email_verified = more.email_verified() == Some(true);
        claims.names.extend(names(more.preferred_username().map(|it| it.as_str()), more.additional_claims()));
    }
    Ok(claims)
}

/// Whether these values of `amr` say that it took two factors: where the provider says so itself, or where something known came
/// together with something held. A code or a key alone is one factor, however good it is.
fn two_factors<'a>(values: impl IntoIterator<Item = &'a str>) -> bool {
    let (mut known, mut held) = (false, false);
    for value in values {
        if value == "mfa" {
            return true;
        }
        known |= KNOWN.contains(&value);
        held |= HELD.contains(&value);
    }
    known && held
}

fn names(preferred: Option<&str>, more: &MoreClaims) -> Vec<String> {
    preferred.map(ToOwned::to_owned).into_iter().chain(more.upn.clone()).collect()
}

fn sender(fetch: &dyn Fetch) -> impl Fn(http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, FetchError> {
    move |request| fetch.send(request)
}

/// What the provider says about itself; its name there has to be the one we know (Discovery section 4.3).
fn discover(fetch: &dyn Fetch, issuer: &Issuer) -> Result<Metadata, Failed> {
    let issuer = IssuerUrl::new(issuer.as_str().to_owned()).map_err(untrusted)?;
    Metadata::discover(&issuer, &sender(fetch)).map_err(|error| match error {
        DiscoveryError::Request(error) => Failed::Unreachable(error),
        other => untrusted(other),
    })
}

fn connect(metadata: Metadata, client: Client<'_>) -> Result<Oidc, Failed> {
    let in_the_body = metadata.token_endpoint_auth_methods_supported().is_some_and(|methods| {
        methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
    });
    let secret = client.secret.map(|secret| ClientSecret::new(secret.as_str().to_owned()));
    let oidc = Oidc::from_provider_metadata(metadata, ClientId::new(client.id.as_str().to_owned()), secret)
        .set_redirect_uri(RedirectUrl::new(client.redirect_uri.to_owned()).map_err(untrusted)?);
    Ok(if in_the_body { oidc.set_auth_type(AuthType::RequestBody) } else { oidc })
}

fn unguessable(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    Secret::from_bytes(bytes).text()
}

fn untrusted(why: impl std::fmt::Display) -> Failed {
    Failed::NotTrusted(why.to_string())
}

fn not_redeemed(error: RequestTokenError<FetchError, StandardErrorResponse<CoreErrorResponseType>>) -> Failed {
    match error {
        RequestTokenError::ServerResponse(said) => Failed::Declined(said.error().as_ref().to_owned()),
        RequestTokenError::Request(error) => Failed::Unreachable(error),
        // The text of an answer that is none could be anything, the token included.
        RequestTokenError::Parse(..) => untrusted("its answer to the code cannot be read"),
        RequestTokenError::Other(why) => untrusted(why),
    }
}

fn not_told(error: UserInfoError<FetchError>) -> Failed {
    match error {
        UserInfoError::Request(error) => Failed::Unreachable(error),
        other => untrusted(other),
    }
}

#[cfg(test)]
mod tests {
    use super::two_factors;

    #[test]
    fn one_factor_at_a_provider_is_one_factor_here() {
        for (values, strong) in [
            ("", false),
            ("pwd", false),
            ("pin", false),
            ("pwd pin", false),
            ("otp", false),
            ("hwk", false),
            ("swk", false),
            ("sc", false),
            ("fpt", false),
            ("face", false),
            ("iris", false),
            ("otp hwk", false),
            ("hwk fpt", false),
            ("user hwk", false),
            ("pwd mca", false),
            ("pwd sms", false),
            ("pwd unheard-of", false),
            ("MFA", false),
            ("mfa", true),
            ("pwd mfa", true),
            ("mfa unheard-of", true),
            ("pwd otp", true),
            ("otp pwd", true),
            ("pwd hwk", true),
            ("pin hwk", true),
            ("pin sc", true),
            ("pwd face", true),
            ("pin iris", true),
        ] {
            assert_eq!(two_factors(values.split_whitespace()), strong, "{values:?}");
        }
    }
}

//! Which application asks, and whether it proved it.

use entente_domain::application::{Application, Credential};
use entente_domain::ids::{ApplicationId, CredentialId, TenantId};
use entente_domain::time::Timestamp;
use entente_identity::client_assertion::{Accepted, AssertionError};
use entente_identity::jws::{Algorithm, VerifyingKey};
use entente_identity::{ClientSecret, client_assertion};
use entente_store::application::{self, Check};
use sha2::{Digest, Sha256};

use super::{Kind, Params, Refusal};
use crate::{App, Ctx, Error, Work};

/// The one kind of client assertion (RFC 7523, section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How often the use of a credential is noted, in seconds.
const NOTED_EVERY: i64 = 24 * 60 * 60;

/// What a request says about its application, before anything of it is proven.
#[derive(Debug, Clone, Default)]
pub struct Presented {
    /// `client_id`.
    id: Option<String>,
    /// `client_secret`, from the form or the header.
    secret: Option<String>,
    /// `client_assertion`.
    assertion: Option<String>,
}

impl Presented {
    /// Reads form and header: `basic` is the decoded user and password of the Authorization header (RFC 6749, section 2.3.1).
    ///
    /// # Errors
    /// [`Refusal`] for more than one way at once, and for assertions of another kind.
    pub fn read(params: &Params, basic: Option<(String, String)>) -> Result<Self, Refusal> {
        let (mut id, mut secret) =
            (params.get("client_id").map(str::to_owned), params.get("client_secret").map(str::to_owned));
        let assertion = params.get("client_assertion").map(str::to_owned);
        if assertion.is_some() && params.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(Refusal::malformed("client_assertion_type"));
        }
        if let Some((user, password)) = basic {
            if secret.is_some() || id.as_ref().is_some_and(|it| *it != user) {
                return Err(twice());
            }
            (id, secret) = (Some(user), Some(password));
        }
        if secret.is_some() && assertion.is_some() {
            return Err(twice());
        }
        if id.is_none() {
            id = assertion.as_deref().and_then(client_assertion::claimed_client);
        }
        Ok(Self { id, secret, assertion })
    }
}

fn twice() -> Refusal {
    Refusal::new(Kind::InvalidRequest, 90_014, "The application proves itself in more than one way.")
}

/// An application, and what proved that it asks.
#[derive(Debug, Clone)]
pub struct Client {
    /// The application.
    pub application: Application,
    /// Whether it proved who it is.
    pub proven: bool,
    credential: Option<(CredentialId, Option<Timestamp>)>,
    assertion: Option<([u8; 32], Timestamp)>,
}

/// Finds the application and checks its proof. `audiences` are the names under which assertions may address the authority.
///
/// # Errors
/// [`Refusal`] `unauthorized_client` for an unknown application, and for one of another organisation than `home` alike;
/// `invalid_client` when a confidential one does not prove itself, or anybody proves wrongly.
pub(crate) fn check(
    work: &Work<'_>,
    presented: &Presented,
    home: Option<TenantId>,
    audiences: impl FnOnce() -> Vec<String>,
) -> Result<Client, Error> {
    let id = presented.id.as_deref().ok_or_else(|| Refusal::missing("client_id"))?;
    let found = match id.parse::<ApplicationId>() {
        Ok(id) => application::get(work.tx, id)?,
        Err(_) => None,
    };
    let here = |it: &Application| it.enabled && home.is_none_or(|home| it.is_at_home_in(home));
    let application = found.filter(here).ok_or_else(Refusal::unknown_client)?;
    if presented.secret.is_none() && presented.assertion.is_none() {
        if application.confidential {
            let text = "The request must contain 'client_assertion' or 'client_secret'.";
            return Err(Refusal::new(Kind::InvalidClient, 7_000_218, text).into());
        }
        return Ok(Client { application, proven: false, credential: None, assertion: None });
    }
    if !application.confidential {
        let text = "The application is public and must not present a secret or an assertion.";
        return Err(Refusal::new(Kind::InvalidClient, 700_025, text).into());
    }
    let known = application::credentials(work.tx, application.id)?;
    if let Some(secret) = &presented.secret {
        let (id, used) = by_secret(&application, &known, secret, work.now)?;
        return Ok(Client { application, proven: true, credential: Some((id, used)), assertion: None });
    }
    let assertion = presented.assertion.as_deref().unwrap_or_default();
    let (accepted, credential) = by_assertion(&application, &known, assertion, id, &audiences(), work.now)?;
    let seen: [u8; 32] = Sha256::digest(accepted.jti.as_bytes()).into();
    let credential = Some((credential.id, credential.used_at));
    Ok(Client { application, proven: true, credential, assertion: Some((seen, accepted.expires_at)) })
}

/// The key that signed the assertion. Each is asked alone, so that its use can be noted.
fn by_assertion<'a>(
    of: &Application,
    known: &'a [(Credential, Check)],
    assertion: &str,
    id: &str,
    audiences: &[String],
    now: Timestamp,
) -> Result<(Accepted, &'a Credential), Refusal> {
    let names: Vec<&str> = audiences.iter().map(String::as_str).collect();
    let mut why = AssertionError::NoKey;
    for (credential, check) in known.iter().filter(|(it, _)| it.counts(of, now)) {
        let Check::Key(jwk) = check else { continue };
        let Some(key) = serde_json::from_str(jwk).ok().and_then(|jwk| VerifyingKey::from_jwk(&jwk).ok()) else {
            continue;
        };
        // An RSA key proves its owner by either padding; which one, the key alone does not say.
        let keys: Vec<VerifyingKey> = match key.algorithm() {
            Algorithm::Rs256 => key.clone().with_algorithm(Algorithm::Ps256).into_iter().chain([key]).collect(),
            _ => vec![key],
        };
        match client_assertion::check(assertion, &keys, id, &names, now) {
            Ok(accepted) => return Ok((accepted, credential)),
            Err(AssertionError::NoKey) => {}
            Err(error) => why = error,
        }
    }
    Err(Refusal::new(Kind::InvalidClient, 700_027, format!("The client assertion does not count: {why}.")))
}

fn by_secret(
    of: &Application,
    known: &[(Credential, Check)],
    secret: &str,
    now: Timestamp,
) -> Result<(CredentialId, Option<Timestamp>), Refusal> {
    let wrong = || Refusal::new(Kind::InvalidClient, 7_000_215, "The client secret is wrong.");
    let hash = ClientSecret::parse(secret).ok_or_else(wrong)?.hash();
    let same = |check: &Check| matches!(check, Check::Hash(stored) if stored.as_slice() == hash.as_slice());
    let (credential, _) = known.iter().find(|(_, check)| same(check)).ok_or_else(wrong)?;
    if !credential.counts(of, now) {
        let text = "The client secret has expired, or was switched off because nobody used it.";
        return Err(Refusal::new(Kind::InvalidClient, 7_000_222, text));
    }
    Ok((credential.id, credential.used_at))
}

impl Client {
    /// That it proved who it is.
    ///
    /// # Errors
    /// For public applications.
    pub fn must_be_proven(&self) -> Result<(), Refusal> {
        if self.proven {
            return Ok(());
        }
        Err(Refusal::new(Kind::UnauthorizedClient, 7_000_218, "Only a confidential application may do this."))
    }

    /// The credential whose use is to be noted.
    fn unnoted(&self, now: Timestamp) -> Option<CredentialId> {
        let noted = |used: Option<Timestamp>| used.is_some_and(|at| now < at.plus_seconds(NOTED_EVERY));
        self.credential.filter(|(_, used)| !noted(*used)).map(|(id, _)| id)
    }

    /// Whether [`Self::settle`] would write nothing.
    pub(crate) fn is_settled(&self, now: Timestamp) -> bool {
        self.assertion.is_none() && self.unnoted(now).is_none()
    }

    /// Notes the use of the credential, and sees to it that an assertion counts once.
    ///
    /// # Errors
    /// [`Refusal`] when the assertion was there before.
    pub(crate) fn settle(&self, app: &App, ctx: &Ctx) -> Result<(), Error> {
        if self.is_settled(app.now()) {
            return Ok(());
        }
        let credential = self.unnoted(app.now());
        let (id, assertion) = (self.application.id, self.assertion);
        app.write(ctx, move |work| {
            if let Some((seen, until)) = &assertion
                && !application::see_assertion(work.tx, id, seen, *until)?
            {
                let text = "The client assertion was used before.";
                return Err(Refusal::new(Kind::InvalidClient, 700_027, text).into());
            }
            if let Some(credential) = credential {
                application::credential_used(work.tx, credential, work.now)?;
            }
            Ok(())
        })
    }
}

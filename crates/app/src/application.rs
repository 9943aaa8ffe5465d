//! A partner's applications: registering them, their secrets and keys, switching them off.

use entente_domain::acting::End;
use entente_domain::application::{
    Application, CREDENTIAL_DAYS, Credential, CredentialKind, MAX_CREDENTIALS, MAX_REDIRECTS, RedirectUri, Signature,
    UNUSED_DAYS,
};
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::{ApplicationId, CredentialId};
use entente_domain::policy::{Action, Permit, Unattended};
use entente_domain::text::CompanyName;
use entente_identity::ClientSecret;
use entente_identity::jws::VerifyingKey;
use entente_store::acting::Reach;
use entente_store::application::{self as store, Check};
use entente_store::grant;

use crate::{App, Ctx, Error, Invalid, Work, acting};

const SWEEP: Permit = Permit::unattended(Unattended::Sweep);
/// Characters of a secret by which people recognise it.
const HINT: usize = 4;
/// The longest label of a credential.
pub const MAX_LABEL: usize = 60;

/// What can be chosen for an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub name: CompanyName,
    /// Where sign-in may lead back to.
    pub redirects: Vec<RedirectUri>,
    /// What it may do without a person.
    pub roles: Vec<PartnerRole>,
    /// How its tokens are signed.
    pub algorithm: Signature,
    /// Whether people sign in to it by typing a code on another device.
    pub device_code: bool,
}

/// An application with its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The application.
    pub application: Application,
    /// Its secrets and keys, oldest first.
    pub credentials: Vec<Credential>,
}

/// The partner's applications by name, at most 500.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn list(app: &App, ctx: &Ctx) -> Result<Vec<Registered>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::ManageApplications)?;
        let all = store::of_tenant(work.tx, partner.tenant.id)?.into_iter();
        all.map(|application| Ok(Registered { credentials: credentials(work, application.id)?, application })).collect()
    })
}

/// One of the partner's applications.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for anybody else's application.
pub fn get(app: &App, ctx: &Ctx, id: ApplicationId) -> Result<Registered, Error> {
    app.read(ctx, |work| {
        let (application, _) = own(work, id)?;
        Ok(Registered { credentials: credentials(work, id)?, application })
    })
}

/// Registers an application of the partner.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::StepUp`] first; [`Error::Invalid`] on `redirects` for too many, on `roles` for a public one that is to act
/// alone.
pub fn register(app: &App, ctx: &Ctx, choice: Choice, confidential: bool) -> Result<Application, Error> {
    check(&choice, confidential)?;
    app.write(ctx, move |work| {
        let (_, partner, permit) = work.partner(Action::ManageApplications)?;
        work.fresh(Action::ManageApplications)?;
        let it = Application {
            id: work.app.new_id(),
            owner: Some(partner.tenant.id),
            name: choice.name.clone(),
            confidential,
            redirects: choice.redirects.clone(),
            roles: distinct(&choice.roles),
            algorithm: choice.algorithm,
            device_code: choice.device_code,
            identifier: None,
            enabled: true,
            created_at: work.now,
            version: 1,
        };
        store::insert(work.tx, &permit, &it)?;
        work.record(it.happened(EventKind::ApplicationAdded))?;
        Ok(it)
    })
}

/// Changes an application.
///
/// # Errors
/// As [`register`]; [`Error::Conflict`] when somebody else changed it first.
pub fn change(app: &App, ctx: &Ctx, id: ApplicationId, version: i64, choice: Choice) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (it, permit) = own(work, id)?;
        work.fresh(Action::ManageApplications)?;
        check(&choice, it.confidential)?;
        let changed = Application {
            name: choice.name.clone(),
            redirects: choice.redirects.clone(),
            roles: distinct(&choice.roles),
            algorithm: choice.algorithm,
            device_code: choice.device_code,
            version,
            ..it
        };
        save(work, &permit, &changed)?;
        work.record(changed.happened(EventKind::ApplicationChanged))?;
        Ok(())
    })
}

/// Switches an application off, with all its tokens, or on again. Repeating it changes nothing.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for anybody else's application.
pub fn set_enabled(app: &App, ctx: &Ctx, id: ApplicationId, enabled: bool) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (it, permit) = own(work, id)?;
        if it.enabled == enabled {
            return Ok(());
        }
        if enabled {
            work.fresh(Action::ManageApplications)?;
        }
        let changed = Application { enabled, ..it };
        save(work, &permit, &changed)?;
        if !enabled {
            grant::end_of_application(work.tx, &permit, id, work.now)?;
            acting::end_all(work, &permit, Reach::Application(id), End::Application)?;
        }
        let kind = if enabled { EventKind::ApplicationEnabled } else { EventKind::ApplicationDisabled };
        work.record(changed.happened(kind))?;
        Ok(())
    })
}

/// Gives an application a new secret and answers it: it is shown once and stored nowhere.
///
/// # Errors
/// [`Error::StepUp`] first; [`Error::Invalid`] on `days` beyond two years, on `label` when too long, on `secret` when there are too many or the application
/// is public.
pub fn add_secret(app: &App, ctx: &Ctx, id: ApplicationId, label: &str, days: i64) -> Result<ClientSecret, Error> {
    let secret = ClientSecret::generate(app.random());
    let hint = secret.text().chars().take(HINT).collect();
    let check = Check::Hash(secret.hash().to_vec());
    add(app, ctx, id, CredentialKind::Secret, (label, hint), days, check)?;
    Ok(secret)
}

/// Registers a public key of an application: a JSON Web Key or a PEM block.
///
/// # Errors
/// As [`add_secret`]; [`Error::Invalid`] on `key` for what is no public key or is too weak.
pub fn add_key(app: &App, ctx: &Ctx, id: ApplicationId, label: &str, key: &str, days: i64) -> Result<(), Error> {
    let refused = |_| Error::field("key", Invalid::NotAKey);
    let key = if key.trim_start().starts_with('{') {
        let jwk = serde_json::from_str(key).map_err(|_| Error::field("key", Invalid::NotAKey))?;
        VerifyingKey::from_jwk(&jwk).map_err(refused)?
    } else {
        VerifyingKey::from_pem(key).map_err(refused)?
    };
    let check = Check::Key(key.jwk().to_string());
    add(app, ctx, id, CredentialKind::Key, (label, key.key_id().to_owned()), days, check)
}

fn add(
    app: &App,
    ctx: &Ctx,
    id: ApplicationId,
    kind: CredentialKind,
    (label, hint): (&str, String),
    days: i64,
    check: Check,
) -> Result<(), Error> {
    let label = label.trim().to_owned();
    if label.chars().count() > MAX_LABEL || label.chars().any(char::is_control) {
        let why = entente_domain::text::TextError::TooLong { max: MAX_LABEL };
        return Err(Error::field("label", Invalid::Text(why)));
    }
    if !(1..=CREDENTIAL_DAYS).contains(&days) {
        return Err(Error::field("days", Invalid::OutOfRange { min: 1, max: CREDENTIAL_DAYS }));
    }
    app.write(ctx, move |work| {
        let (it, permit) = own(work, id)?;
        work.fresh(Action::ManageApplications)?;
        if !it.confidential {
            return Err(Error::field("label", Invalid::NotOffered));
        }
        if credentials(work, id)?.len() >= MAX_CREDENTIALS {
            let max = i64::try_from(MAX_CREDENTIALS).unwrap_or(i64::MAX);
            return Err(Error::field("label", Invalid::OutOfRange { min: 0, max }));
        }
        let new = Credential {
            id: work.app.new_id(),
            application: id,
            kind,
            label: label.clone(),
            hint: hint.clone(),
            created_at: work.now,
            expires_at: work.now.plus_days(days),
            used_at: None,
            disabled_at: None,
        };
        store::add_credential(work.tx, &permit, &new, &check)?;
        work.record(it.happened(EventKind::CredentialAdded).with("credential", kind.code()))?;
        Ok(())
    })
}

/// Takes a secret or key away. Repeating it is [`Error::NotFound`].
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for anybody else's.
pub fn remove_credential(app: &App, ctx: &Ctx, id: ApplicationId, credential: CredentialId) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (it, permit) = own(work, id)?;
        if !store::remove_credential(work.tx, &permit, id, credential)? {
            return Err(Error::NotFound);
        }
        work.record(it.happened(EventKind::CredentialRemoved))?;
        Ok(())
    })
}

/// Switches off what nobody of a partner used for ninety days (threat 34), with an event and mail each; answers how many. What has
/// expired is over already and nobody's news.
pub(crate) fn disable_unused(app: &App, limit: i64) -> Result<u64, Error> {
    app.write(&Ctx::system(), move |work| {
        let mut done = 0;
        for it in store::idle_credentials(work.tx, work.now.plus_days(-UNUSED_DAYS), work.now, limit)? {
            if store::disable_credential(work.tx, &SWEEP, it.id, work.now)?
                && let Some(application) = store::get(work.tx, it.application)?
            {
                let happened = application.happened(EventKind::CredentialUnused);
                let happened = happened.with("credential", it.kind.code()).with("hint", it.hint);
                work.record(happened.with_some("label", Some(it.label).filter(|it| !it.is_empty())))?;
                done += 1;
            }
        }
        Ok(done)
    })
}

fn check(choice: &Choice, confidential: bool) -> Result<(), Error> {
    if choice.redirects.len() > MAX_REDIRECTS {
        let max = i64::try_from(MAX_REDIRECTS).unwrap_or(i64::MAX);
        return Err(Error::field("redirects", Invalid::OutOfRange { min: 0, max }));
    }
    if !confidential && !choice.roles.is_empty() {
        return Err(Error::field("roles", Invalid::NotOffered));
    }
    Ok(())
}

fn own(work: &Work<'_>, id: ApplicationId) -> Result<(Application, Permit), Error> {
    let (_, partner, permit) = work.partner(Action::ManageApplications)?;
    let it = store::get(work.tx, id)?.filter(|it| it.owner == Some(partner.tenant.id)).ok_or(Error::NotFound)?;
    Ok((it, permit))
}

fn save(work: &Work<'_>, permit: &Permit, it: &Application) -> Result<(), Error> {
    if store::save(work.tx, permit, it)? { Ok(()) } else { Err(Error::Conflict) }
}

fn credentials(work: &Work<'_>, id: ApplicationId) -> Result<Vec<Credential>, Error> {
    Ok(store::credentials(work.tx, id)?.into_iter().map(|(it, _)| it).collect())
}

fn distinct(roles: &[PartnerRole]) -> Vec<PartnerRole> {
    let mut roles = roles.to_vec();
    roles.sort_unstable_by_key(|role| role.code());
    roles.dedup();
    roles
}

//! The catalogue of services, and opening their administration portals for a customer.

use entente_domain::acting;
use entente_domain::application::{
    Application, CREDENTIAL_DAYS, Credential, CredentialKind, MAX_CREDENTIALS, RedirectUri, SWITCH_DAYS, Signature,
};
use entente_domain::cloud::Cloud;
use entente_domain::event::EventKind;
use entente_domain::ids::{ApplicationId, DirectoryRoleId, ServiceId, TenantId};
use entente_domain::policy::{Action, Permit, Unattended};
use entente_domain::relationship::Relationship;
use entente_domain::service::{Health, Report, Service, Trouble};
use entente_domain::tenant::Tenant;
use entente_domain::text::CompanyName;
use entente_domain::time::Timestamp;
use entente_identity::ClientSecret;
use entente_store::acting as sessions;
use entente_store::application::{self, Check};
use entente_store::{relationship, service, tenant};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::authority::{keys, mint};
use crate::signal::{self, Kind, Undelivered};
use crate::{App, Ctx, Error, Invalid, Work};

const OPERATOR: Permit = Permit::unattended(Unattended::Operator);
const SEAL: &str = "service-events";

/// A service to add.
#[derive(Debug, Clone)]
pub struct New {
    /// The cloud whose customers have it.
    pub cloud: Cloud,
    /// Its name.
    pub name: CompanyName,
    /// Where its administration portal begins a sign-in.
    pub portal_url: String,
    /// Where sign-in leads back to.
    pub redirect: RedirectUri,
    /// The name under which tokens for it are asked for.
    pub identifier: String,
    /// The roles that let somebody in.
    pub roles: Vec<DirectoryRoleId>,
    /// Where it hears that a session ended.
    pub logout_url: Option<String>,
    /// Where it receives security events, and what it expects with them.
    pub events: Option<(String, String)>,
}

/// A service that was added.
#[derive(Debug, Clone)]
pub struct Added {
    /// The service.
    pub service: Service,
    /// Its relying party's secret; shown once and stored nowhere.
    pub secret: ClientSecret,
}

/// Adds a service with its relying party.
///
/// # Errors
/// [`Error::Invalid`] on `name` or `identifier` when taken, on `logout_url` or `events_url` when nothing could ever be delivered
/// there: a service that hears of no end would leave people in.
pub fn add(app: &App, ctx: &Ctx, new: New) -> Result<Added, Error> {
    let events_url = new.events.as_ref().map(|(url, _)| url);
    for (field, url) in [("logout_url", new.logout_url.as_ref()), ("events_url", events_url)] {
        if let Some(Err(why)) = url.map(|url| app.fetch().may_ask(url)) {
            return Err(Error::field(field, Invalid::NeverAsked(why)));
        }
    }
    let secret = ClientSecret::generate(app.random());
    let shown = secret.clone();
    let service = app.write(ctx, move |work| {
        let relying = Application {
            id: work.app.new_id(),
            owner: None,
            name: new.name.clone(),
            confidential: true,
            redirects: vec![new.redirect.clone()],
            roles: Vec::new(),
            algorithm: Signature::Es256,
            device_code: false,
            identifier: Some(new.identifier.clone()),
            enabled: true,
            created_at: work.now,
            version: 1,
        };
        application::insert(work.tx, &OPERATOR, &relying)
            .map_err(|error| crate::tenant::taken(error, "application.identifier", "identifier"))?;
        keep(work, relying.id, &shown)?;
        let it = Service {
            id: work.app.new_id(),
            cloud: new.cloud,
            name: new.name.as_str().to_owned(),
            application: relying.id,
            portal_url: new.portal_url.clone(),
            roles: new.roles.clone(),
            logout_url: new.logout_url.clone(),
            events_url: new.events.as_ref().map(|(url, _)| url.clone()),
            health: Health::Healthy { since: work.now },
            created_at: work.now,
            version: 1,
        };
        let owner = it.id.to_string();
        let sealed = new
            .events
            .as_ref()
            .map(|(_, token)| work.app.seal().seal(work.app.random(), SEAL, owner.as_bytes(), token.as_bytes()));
        service::insert(work.tx, &OPERATOR, &it, sealed.as_deref())
            .map_err(|error| crate::tenant::taken(error, "service.cloud, service.name", "name"))?;
        work.record(relying.happened(EventKind::ApplicationAdded).with("service", it.name.as_str()))?;
        Ok(it)
    })?;
    // Announced before the first event is signed with it: services keep a key set for a while.
    if service.events_url.is_some() {
        keys::signer(app, service.cloud, Signature::Rs256)?;
    }
    Ok(Added { service, secret })
}

/// A service's new secret.
#[derive(Debug, Clone)]
pub struct Renewed {
    /// The service.
    pub service: Service,
    /// Its relying party's new secret; shown once and stored nowhere.
    pub secret: ClientSecret,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Until when those before it are good at the longest; none when there are none left.
    pub older_until: Option<Timestamp>,
}

/// Gives a service a new secret. Those before it stay good for [`SWITCH_DAYS`] so that the service can be switched over, or not at
/// all when somebody else may have them.
///
/// # Errors
/// [`Error::NotFound`] when the cloud has no service of this name, [`Error::Invalid`] on `secret` when it has too many that are
/// good.
pub fn renew_secret(app: &App, cloud: Cloud, name: &str, revoke_old: bool) -> Result<Renewed, Error> {
    let name = name.to_owned();
    let secret = ClientSecret::generate(app.random());
    app.write(&Ctx::operator(), move |work| {
        let service = service::named(work.tx, cloud, &name)?.ok_or(Error::NotFound)?;
        let relying = application::get(work.tx, service.application)?.ok_or(Error::NotFound)?;
        let about = |kind, hint: &str| {
            let happened = relying.happened(kind).with("service", service.name.as_str());
            happened.with("credential", CredentialKind::Secret.code()).with("hint", hint)
        };
        let mut good = 0;
        for (it, _) in application::credentials(work.tx, relying.id)? {
            let counts = it.counts(&relying, work.now);
            if counts && !revoke_old {
                good += 1;
                continue;
            }
            // What counts no more would only fill the list, and is no loss to anybody.
            application::remove_credential(work.tx, &OPERATOR, relying.id, it.id)?;
            if counts {
                work.record(about(EventKind::CredentialRemoved, &it.hint))?;
            }
        }
        if good >= MAX_CREDENTIALS {
            let max = i64::try_from(MAX_CREDENTIALS).unwrap_or(i64::MAX);
            return Err(Error::field("secret", Invalid::OutOfRange { min: 0, max }));
        }
        let older_until = (good > 0).then(|| work.now.plus_days(SWITCH_DAYS));
        if let Some(until) = older_until {
            application::end_credentials(work.tx, &OPERATOR, relying.id, until)?;
        }
        let kept = keep(work, relying.id, &secret)?;
        let older = older_until.map(|it| it.seconds().to_string());
        work.record(about(EventKind::CredentialAdded, &kept.hint).with_some("older_until", older))?;
        Ok(Renewed { service, secret: secret.clone(), expires_at: kept.expires_at, older_until })
    })
}

/// Keeps the hash of a service's secret, for as long as secrets may live.
fn keep(work: &Work<'_>, relying: ApplicationId, secret: &ClientSecret) -> Result<Credential, Error> {
    let kept = Credential {
        id: work.app.new_id(),
        application: relying,
        kind: CredentialKind::Secret,
        label: String::new(),
        hint: secret.text().chars().take(4).collect(),
        created_at: work.now,
        expires_at: work.now.plus_days(CREDENTIAL_DAYS),
        used_at: None,
        disabled_at: None,
    };
    application::add_credential(work.tx, &OPERATOR, &kept, &Check::Hash(secret.hash().to_vec()))?;
    Ok(kept)
}

/// All services, by cloud and name, with how they do: what the operator may name.
///
/// # Errors
/// When the database has no answer.
pub fn known(app: &App) -> Result<Vec<Service>, Error> {
    app.read(&Ctx::operator(), |work| {
        let mut all = Vec::new();
        for cloud in Cloud::ALL {
            all.extend(service::of_cloud(work.tx, cloud)?);
        }
        Ok(all)
    })
}

/// A service as the operator looks after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The service, with how it does.
    pub service: Service,
    /// What it was told and did not take, at most two a kind of signal: it may let people in who were sent out.
    pub undelivered: Vec<Undelivered>,
    /// When the last of its secrets ends, where that is near or over: from then on nobody gets in.
    pub secret_ends: Option<Timestamp>,
}

/// All services, by cloud and name, with what did not reach them and the secrets that are about to end.
///
/// # Errors
/// When the database has no answer.
pub fn watched(app: &App) -> Result<Vec<Watched>, Error> {
    app.read(&Ctx::operator(), |work| {
        let mut all = Vec::new();
        for cloud in Cloud::ALL {
            for service in service::of_cloud(work.tx, cloud)? {
                let mut undelivered = Vec::new();
                for (kind, url) in [(Kind::Logout, &service.logout_url), (Kind::Caep, &service.events_url)] {
                    if let Some(url) = url {
                        undelivered.extend(signal::undelivered(work, kind, url)?);
                    }
                }
                let secrets = application::credentials(work.tx, service.application)?;
                let last = secrets.iter().map(|(it, _)| it).max_by_key(|it| it.expires_at);
                let secret_ends = last.filter(|it| it.is_near_its_end(work.now)).map(|it| it.expires_at);
                all.push(Watched { service, undelivered, secret_ends });
            }
        }
        Ok(all)
    })
}

/// Says anew how a service does. Nobody is mailed: whoever is about to use the service meets it there, and whoever is not has
/// nothing to do about it.
///
/// # Errors
/// [`Error::NotFound`] when the cloud has no service of this name, [`Error::Service`] when the report cannot stand or stands
/// already, [`Error::Conflict`] when somebody said something else first.
pub fn report(app: &App, cloud: Cloud, name: &str, report: Report) -> Result<Service, Error> {
    let name = name.to_owned();
    app.write(&Ctx::operator(), move |work| {
        let found = service::named(work.tx, cloud, &name)?.ok_or(Error::NotFound)?;
        let (reported, happened) = found.report(report.clone(), work.now)?;
        if !service::save_health(work.tx, &OPERATOR, &reported)? {
            return Err(Error::Conflict);
        }
        work.record(happened)?;
        Ok(reported)
    })
}

/// A service in trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Troubled {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub trouble: Trouble,
}

/// The services in trouble in the cloud of whoever asks, by name. Everybody of an organisation may know: services are for all.
///
/// # Errors
/// [`Error::SignInRequired`] when nobody is signed in.
pub fn troubled(app: &App, ctx: &Ctx) -> Result<Vec<Troubled>, Error> {
    app.read(ctx, |work| {
        let me = work.me()?;
        let troubled = service::troubled(work.tx, me.tenant.cloud)?.into_iter().filter_map(|it| match it.health {
            Health::Troubled(trouble) => Some(Troubled { name: it.name, trouble }),
            Health::Healthy { .. } => None,
        });
        Ok(troubled.collect())
    })
}

/// What a service expects with its events, if this instance key sealed it.
pub(crate) fn opened_token(app: &App, id: ServiceId, sealed: &[u8]) -> Option<String> {
    let plain = app.seal().open(SEAL, id.to_string().as_bytes(), sealed)?;
    String::from_utf8(plain).ok()
}

/// A service as somebody of a partner finds it for one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its id.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// The roles they would act in there, or why they may not.
    pub reach: Result<Vec<DirectoryRoleId>, acting::Refused>,
    /// Where the sign-in begins (OpenID Connect Core, section 4).
    pub launch: String,
    /// When whoever asks opened it for this customer last, as far back as acting sessions are kept: thirty days.
    pub opened: Option<Timestamp>,
    /// How it does. Whoever may not open it sees that too: it answers whether the customer's trouble is the service's.
    pub health: Health,
}

/// The services of a customer's cloud, and what the person who asks could do in each now.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for a stranger and after the relationship has ended.
pub fn offered(app: &App, ctx: &Ctx, customer: TenantId) -> Result<(Tenant, Vec<Offered>), Error> {
    app.read(ctx, |work| {
        let (me, partner, _) = work.partner(Action::ViewCustomers)?;
        relationship::between(work.tx, partner.tenant.id, customer)?
            .filter(Relationship::is_active)
            .ok_or(Error::NotFound)?;
        let home = tenant::get(work.tx, customer)?.ok_or(Error::NotFound)?;
        // Whoever signs in weakly now may do better when the service asks.
        let decided = crate::acting::decide(work, &me.person, customer, true, None)?.map_err(|it| it.refused);
        let opened = sessions::opened(work.tx, me.person.id, customer)?;
        let offered = service::of_cloud(work.tx, home.cloud)?
            .into_iter()
            .map(|it| {
                let reach = decided.clone().and_then(|granted| {
                    let roles = it.opened_by(&granted.roles);
                    let because = acting::Because::RoleNotHeld;
                    if roles.is_empty() { Err(acting::Refused { because }) } else { Ok(roles) }
                });
                Offered {
                    id: it.id,
                    reach,
                    launch: launch(app, &it, &home),
                    opened: opened.get(&it.application).copied(),
                    name: it.name,
                    health: it.health,
                }
            })
            .collect();
        Ok((home, offered))
    })
}

fn launch(app: &App, it: &Service, customer: &Tenant) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let join = if it.portal_url.contains('?') { '&' } else { '?' };
    let issuer = encoded(&mint::issuer(app, customer.id));
    format!("{}{join}iss={issuer}&login_hint={}", it.portal_url, encoded(customer.domain.as_str()))
}

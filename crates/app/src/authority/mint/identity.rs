//! Identity tokens (OpenID Connect Core, section 2).

use entente_domain::acting;
use entente_domain::application::Application;
use entente_domain::directory::Person;
use entente_domain::directory_role;
use entente_domain::ids::{DirectoryRoleId, GrantId, TenantId, UserId};
use entente_domain::language::Language;
use entente_domain::time::Timestamp;
use serde::Serialize;

use super::{AtHome, Base, Behalf, Draft, IDENTITY, IDENTITY_SECONDS, Ids, OnBehalf, Proven, Text};
use crate::App;

/// What an identity token repeats of the request that led to it.
#[derive(Debug, Clone, Default)]
pub struct Echo {
    /// The nonce, if there was one.
    pub nonce: Option<String>,
}

/// Who somebody is.
#[derive(Debug, Clone, Serialize)]
struct Profile<'a> {
    sub: Text<UserId>,
    oid: Text<UserId>,
    preferred_username: &'a str,
    name: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

impl<'a> Profile<'a> {
    fn new(person: &'a Person, echo: &'a Echo) -> Self {
        let id = Text(person.id);
        Self {
            sub: id,
            oid: id,
            preferred_username: person.upn.as_str(),
            name: person.name.as_str(),
            email: person.mail.as_str(),
            nonce: echo.nonce.as_deref(),
        }
    }
}

/// The claims of an identity token for somebody in their own organisation.
#[derive(Debug, Clone, Serialize)]
pub struct Identity<'a> {
    #[serde(flatten)]
    base: Base,
    #[serde(flatten)]
    profile: Profile<'a>,
    sid: Text<GrantId>,
    wids: Ids<'a>,
    locale: &'static str,
    organisation: &'a str,
    #[serde(flatten)]
    proven: Proven,
}

/// An identity token for somebody in their own organisation.
pub fn identity<'a>(
    app: &App,
    client: &Application,
    who: &'a AtHome,
    echo: &'a Echo,
    now: Timestamp,
) -> Draft<Identity<'a>> {
    let claims = Identity {
        base: Base::new(app, &who.tenant, client.id.to_string(), now, IDENTITY_SECONDS),
        profile: Profile::new(&who.person, echo),
        sid: Text(who.grant),
        wids: Ids(&who.person.directory_roles),
        locale: who.person.language.unwrap_or(who.tenant.language).tag(),
        organisation: who.tenant.name.as_str(),
        proven: Proven::from(&who.proof),
    };
    Draft { typ: IDENTITY, cloud: who.tenant.cloud, algorithm: client.algorithm, claims, lives: IDENTITY_SECONDS }
}

/// The claims of an identity token for somebody acting on behalf.
#[derive(Debug, Clone, Serialize)]
pub struct ActingIdentity<'a> {
    #[serde(flatten)]
    base: Base,
    #[serde(flatten)]
    profile: Profile<'a>,
    #[serde(flatten)]
    behalf: Behalf<'a>,
    acting_for: Customer<'a>,
    acting_as: Vec<Role>,
    #[serde(flatten)]
    proven: Proven,
}

#[derive(Debug, Clone, Serialize)]
struct Customer<'a> {
    id: Text<TenantId>,
    name: &'a str,
    domain: &'a str,
}

#[derive(Debug, Clone, Serialize)]
struct Role {
    id: Text<DirectoryRoleId>,
    name: &'static str,
}

/// An identity token for somebody acting on behalf: with what the strip on top of the service's pages shows.
pub fn acting_identity<'a>(
    app: &App,
    client: &Application,
    who: &'a OnBehalf,
    echo: &'a Echo,
    now: Timestamp,
) -> Draft<ActingIdentity<'a>> {
    let lives = acting::TOKEN_SECONDS;
    let role = |id: &DirectoryRoleId| {
        let name = directory_role::find(*id).map_or("", |it| it.label(Language::En));
        Role { id: Text(*id), name }
    };
    let claims = ActingIdentity {
        base: Base::new(app, &who.customer, client.id.to_string(), now, lives),
        profile: Profile::new(&who.person, echo),
        behalf: Behalf::new(app, who),
        acting_for: Customer {
            id: Text(who.customer.id),
            name: who.customer.name.as_str(),
            domain: who.customer.domain.as_str(),
        },
        acting_as: who.granted.roles.iter().map(role).collect(),
        proven: Proven::from(&who.proof),
    };
    Draft { typ: IDENTITY, cloud: who.customer.cloud, algorithm: client.algorithm, claims, lives }
}

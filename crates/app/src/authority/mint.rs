//! What tokens say (RFC 9068; OpenID Connect Core, section 2), and signing them.

use std::fmt::Display;

use entente_domain::acting::{self, Granted};
use entente_domain::application::{Application, Signature};
use entente_domain::assurance::Proof;
use entente_domain::cloud::Cloud;
use entente_domain::directory::Person;
use entente_domain::directory_role;
use entente_domain::ids::{
    ActingId, ApplicationId, DirectoryRoleId, EventId, GrantId, RelationshipId, TenantId, UserId,
};
use entente_domain::language::Language;
use entente_domain::tenant::Tenant;
use entente_domain::time::Timestamp;
use serde::{Serialize, Serializer};

use super::{Asked, keys};
use crate::{App, Error};

/// The kinds of token, as the header's `typ` names them.
pub const ACCESS: &str = "at+jwt";
/// An identity token.
pub const IDENTITY: &str = "JWT";
/// Seconds an ordinary access token lives.
pub const ACCESS_SECONDS: i64 = 60 * 60;
/// Seconds an identity token lives.
pub const IDENTITY_SECONDS: i64 = 60 * 60;

/// Somebody in their own organisation.
#[derive(Debug, Clone)]
pub struct AtHome {
    /// The person.
    pub person: Person,
    /// Their organisation.
    pub tenant: Tenant,
    /// How they proved who they are.
    pub proof: Proof,
    /// The grant the token rests on.
    pub grant: GrantId,
}

/// Somebody acting on behalf of a customer.
#[derive(Debug, Clone)]
pub struct OnBehalf {
    /// The person.
    pub person: Person,
    /// Their own organisation.
    pub home: Tenant,
    /// The customer.
    pub customer: Tenant,
    /// What they may do there.
    pub granted: Granted,
    /// How they proved who they are.
    pub proof: Proof,
    /// The acting session the token belongs to.
    pub session: ActingId,
}

/// A token ready to be signed.
#[derive(Debug, Clone)]
pub struct Draft<C> {
    typ: &'static str,
    cloud: Cloud,
    algorithm: Signature,
    claims: C,
    /// Seconds it lives.
    pub lives: i64,
}

impl<C: Serialize> Draft<C> {
    /// Signs it with the present key of its cloud.
    ///
    /// # Errors
    /// When the key cannot be had.
    pub fn sign(&self, app: &App) -> Result<String, Error> {
        Ok(keys::signer(app, self.cloud, self.algorithm)?.sign(self.typ, &self.claims))
    }
}

/// The issuer of an organisation's tokens.
pub fn issuer(app: &App, tenant: TenantId) -> String {
    format!("{}/{tenant}/v2.0", app.settings().authority)
}

/// The issuer as the documents of `common` and `organizations` write it: libraries put the organisation's id in.
pub fn any_issuer(app: &App) -> String {
    format!("{}/{{tenantid}}/v2.0", app.settings().authority)
}

/// What is written as text in a claim, such as an id.
#[derive(Debug, Clone, Copy)]
struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The ids of roles.
#[derive(Debug, Clone, Copy)]
struct Ids<'a>(&'a [DirectoryRoleId]);

impl Serialize for Ids<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Text))
    }
}

/// What every token says: whose it is, for whom, and how long.
#[derive(Debug, Clone, Serialize)]
struct Base {
    iss: String,
    aud: String,
    tid: Text<TenantId>,
    iat: i64,
    nbf: i64,
    exp: i64,
    ver: &'static str,
}

impl Base {
    fn new(app: &App, of: &Tenant, audience: String, now: Timestamp, lives: i64) -> Self {
        Self {
            iss: issuer(app, of.id),
            aud: audience,
            tid: Text(of.id),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.seconds() + lives,
            ver: "2.0",
        }
    }
}

/// What only access tokens say: the application, under each name libraries look for, and the number of the token.
#[derive(Debug, Clone, Serialize)]
struct Issued {
    client_id: Text<ApplicationId>,
    azp: Text<ApplicationId>,
    appid: Text<ApplicationId>,
    jti: Text<EventId>,
}

impl Issued {
    fn new(app: &App, client: &Application) -> Self {
        let id = Text(client.id);
        Self { client_id: id, azp: id, appid: id, jti: Text(app.new_id()) }
    }
}

/// How the person proved who they are.
#[derive(Debug, Clone, Serialize)]
struct Proven {
    amr: Vec<&'static str>,
    acr: &'static str,
    auth_time: i64,
}

impl From<&Proof> for Proven {
    fn from(it: &Proof) -> Self {
        Self { amr: it.references(), acr: if it.strong() { "2" } else { "1" }, auth_time: it.at.seconds() }
    }
}

/// The claims of an access token for somebody in their own organisation.
#[derive(Debug, Clone, Serialize)]
pub struct Access<'a> {
    #[serde(flatten)]
    base: Base,
    #[serde(flatten)]
    issued: Issued,
    sub: Text<UserId>,
    oid: Text<UserId>,
    idtyp: &'static str,
    scp: String,
    roles: Vec<&'static str>,
    wids: Ids<'a>,
    name: &'a str,
    upn: &'a str,
    sid: Text<GrantId>,
    #[serde(flatten)]
    proven: Proven,
}

/// An access token for somebody in their own organisation.
pub fn access<'a>(
    app: &App,
    client: &Application,
    asked: &Asked,
    who: &'a AtHome,
    now: Timestamp,
) -> Draft<Access<'a>> {
    let id = Text(who.person.id);
    let claims = Access {
        base: Base::new(app, &who.tenant, asked.resource.audience(app.settings()), now, ACCESS_SECONDS),
        issued: Issued::new(app, client),
        sub: id,
        oid: id,
        idtyp: "user",
        scp: asked.granted(),
        roles: who.person.partner_roles.iter().map(|role| role.code()).collect(),
        wids: Ids(&who.person.directory_roles),
        name: who.person.name.as_str(),
        upn: who.person.upn.as_str(),
        sid: Text(who.grant),
        proven: Proven::from(&who.proof),
    };
    Draft { typ: ACCESS, cloud: who.tenant.cloud, algorithm: client.algorithm, claims, lives: ACCESS_SECONDS }
}

/// The claims of an access token for an application itself.
#[derive(Debug, Clone, Serialize)]
pub struct Alone {
    #[serde(flatten)]
    base: Base,
    #[serde(flatten)]
    issued: Issued,
    sub: Text<ApplicationId>,
    oid: Text<ApplicationId>,
    idtyp: &'static str,
    roles: Vec<&'static str>,
}

/// An access token for an application itself.
pub fn for_application(app: &App, client: &Application, home: &Tenant, asked: &Asked, now: Timestamp) -> Draft<Alone> {
    let claims = Alone {
        base: Base::new(app, home, asked.resource.audience(app.settings()), now, ACCESS_SECONDS),
        issued: Issued::new(app, client),
        sub: Text(client.id),
        oid: Text(client.id),
        idtyp: "app",
        roles: client.roles.iter().map(|role| role.code()).collect(),
    };
    Draft { typ: ACCESS, cloud: home.cloud, algorithm: client.algorithm, claims, lives: ACCESS_SECONDS }
}

/// On whose behalf and by whom (RFC 8693, section 4.1), with the relationship and the roles it rests on.
#[derive(Debug, Clone, Serialize)]
struct Behalf<'a> {
    act: Actor<'a>,
    wids: Ids<'a>,
    rel: Text<RelationshipId>,
    rel_ver: i64,
    sid: Text<ActingId>,
}

#[derive(Debug, Clone, Serialize)]
struct Actor<'a> {
    sub: Text<UserId>,
    iss: String,
    tid: Text<TenantId>,
    name: &'a str,
    organisation: &'a str,
}

impl<'a> Behalf<'a> {
    fn new(app: &App, who: &'a OnBehalf) -> Self {
        let act = Actor {
            sub: Text(who.person.id),
            iss: issuer(app, who.home.id),
            tid: Text(who.home.id),
            name: who.person.name.as_str(),
            organisation: who.home.name.as_str(),
        };
        Self {
            act,
            wids: Ids(&who.granted.roles),
            rel: Text(who.granted.relationship),
            rel_ver: who.granted.version,
            sid: Text(who.session),
        }
    }
}

/// The claims of an access token for acting on behalf.
#[derive(Debug, Clone, Serialize)]
pub struct Acting<'a> {
    #[serde(flatten)]
    base: Base,
    #[serde(flatten)]
    issued: Issued,
    sub: Text<UserId>,
    oid: Text<UserId>,
    idtyp: &'static str,
    scp: String,
    #[serde(flatten)]
    behalf: Behalf<'a>,
    #[serde(flatten)]
    proven: Proven,
}

/// An access token for acting on behalf (RFC 8693, section 4.1): the customer's, with the person and their partner as actor.
pub fn acting<'a>(
    app: &App,
    client: &Application,
    asked: &Asked,
    who: &'a OnBehalf,
    now: Timestamp,
) -> Draft<Acting<'a>> {
    let (id, lives) = (Text(who.person.id), acting::TOKEN_SECONDS);
    let claims = Acting {
        base: Base::new(app, &who.customer, asked.resource.audience(app.settings()), now, lives),
        issued: Issued::new(app, client),
        sub: id,
        oid: id,
        idtyp: "user",
        scp: asked.granted(),
        behalf: Behalf::new(app, who),
        proven: Proven::from(&who.proof),
    };
    Draft { typ: ACCESS, cloud: who.customer.cloud, algorithm: client.algorithm, claims, lives }
}

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

//! What tokens say (RFC 9068; OpenID Connect Core, section 2), and signing them.

mod access;
mod identity;

use std::fmt::Display;

use entente_domain::acting::Granted;
use entente_domain::application::Signature;
use entente_domain::assurance::Proof;
use entente_domain::cloud::Cloud;
use entente_domain::directory::Person;
use entente_domain::ids::{ActingId, DirectoryRoleId, GrantId, RelationshipId, TenantId, UserId};
use entente_domain::tenant::Tenant;
use entente_domain::time::Timestamp;
use serde::{Serialize, Serializer};

use super::keys;
use crate::{App, Error};

pub use access::{access, acting, for_application};
pub use identity::{Echo, acting_identity, identity};

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

//! What tokens say (RFC 9068; OpenID Connect Core, section 2), and signing them.

use entente_domain::acting::{self, Granted};
use entente_domain::application::{Application, Signature};
use entente_domain::assurance::Proof;
use entente_domain::cloud::Cloud;
use entente_domain::directory::Person;
use entente_domain::directory_role;
use entente_domain::ids::{ActingId, DirectoryRoleId, GrantId, TenantId};
use entente_domain::language::Language;
use entente_domain::tenant::Tenant;
use entente_domain::time::Timestamp;
use serde_json::{Map, Value, json};

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
pub struct Draft {
    typ: &'static str,
    cloud: Cloud,
    algorithm: Signature,
    claims: Map<String, Value>,
    /// Seconds it lives.
    pub lives: i64,
}

impl Draft {
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

fn base(app: &App, issuer_of: &Tenant, audience: &str, now: Timestamp, lives: i64) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(issuer(app, issuer_of.id)));
    claims.insert("aud".to_owned(), json!(audience));
    claims.insert("tid".to_owned(), json!(issuer_of.id.to_string()));
    claims.insert("iat".to_owned(), json!(now.seconds()));
    claims.insert("nbf".to_owned(), json!(now.seconds()));
    claims.insert("exp".to_owned(), json!(now.seconds() + lives));
    claims.insert("ver".to_owned(), json!("2.0"));
    claims
}

fn put(claims: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        claims.extend(more);
    }
}

fn proof_claims(claims: &mut Map<String, Value>, proof: &Proof) {
    let level = if proof.strong() { "2" } else { "1" };
    put(claims, json!({ "amr": proof.references(), "acr": level, "auth_time": proof.at.seconds() }));
}

fn access_claims(app: &App, claims: &mut Map<String, Value>, client: &Application) {
    let id = client.id.to_string();
    let number: entente_domain::ids::EventId = app.new_id();
    put(claims, json!({ "client_id": id, "azp": id, "appid": id, "jti": number.to_string() }));
}

fn ids(roles: &[DirectoryRoleId]) -> Vec<String> {
    roles.iter().map(ToString::to_string).collect()
}

/// An access token for somebody in their own organisation.
pub fn access(app: &App, client: &Application, asked: &Asked, who: &AtHome, now: Timestamp) -> Draft {
    let audience = asked.resource.audience(app.settings());
    let mut claims = base(app, &who.tenant, &audience, now, ACCESS_SECONDS);
    access_claims(app, &mut claims, client);
    let roles: Vec<&str> = who.person.partner_roles.iter().map(|role| role.code()).collect();
    let id = who.person.id.to_string();
    put(
        &mut claims,
        json!({
            "sub": id, "oid": id, "idtyp": "user", "scp": asked.granted(), "roles": roles,
            "wids": ids(&who.person.directory_roles), "name": who.person.name.as_str(), "upn": who.person.upn.as_str(),
            "sid": who.grant.to_string(),
        }),
    );
    proof_claims(&mut claims, &who.proof);
    Draft { typ: ACCESS, cloud: who.tenant.cloud, algorithm: client.algorithm, claims, lives: ACCESS_SECONDS }
}

/// An access token for an application itself.
pub fn for_application(app: &App, client: &Application, home: &Tenant, asked: &Asked, now: Timestamp) -> Draft {
    let audience = asked.resource.audience(app.settings());
    let mut claims = base(app, home, &audience, now, ACCESS_SECONDS);
    access_claims(app, &mut claims, client);
    let (id, roles) = (client.id.to_string(), client.roles.iter().map(|role| role.code()).collect::<Vec<_>>());
    put(&mut claims, json!({ "sub": id, "oid": id, "idtyp": "app", "roles": roles }));
    Draft { typ: ACCESS, cloud: home.cloud, algorithm: client.algorithm, claims, lives: ACCESS_SECONDS }
}

/// An access token for acting on behalf (RFC 8693, section 4.1): the customer's, with the person and their partner as actor.
pub fn acting(app: &App, client: &Application, asked: &Asked, who: &OnBehalf, now: Timestamp) -> Draft {
    let audience = asked.resource.audience(app.settings());
    let mut claims = base(app, &who.customer, &audience, now, acting::TOKEN_SECONDS);
    access_claims(app, &mut claims, client);
    let id = who.person.id.to_string();
    put(&mut claims, json!({ "sub": id, "oid": id, "idtyp": "user", "scp": asked.granted() }));
    acting_claims(app, &mut claims, who);
    proof_claims(&mut claims, &who.proof);
    Draft { typ: ACCESS, cloud: who.customer.cloud, algorithm: client.algorithm, claims, lives: acting::TOKEN_SECONDS }
}

fn acting_claims(app: &App, claims: &mut Map<String, Value>, who: &OnBehalf) {
    put(
        claims,
        json!({
            "act": {
                "sub": who.person.id.to_string(), "iss": issuer(app, who.home.id), "tid": who.home.id.to_string(),
                "name": who.person.name.as_str(), "organisation": who.home.name.as_str(),
            },
            "wids": ids(&who.granted.roles), "rel": who.granted.relationship.to_string(),
            "rel_ver": who.granted.version, "sid": who.session.to_string(),
        }),
    );
}

/// What an identity token repeats of the request that led to it.
#[derive(Debug, Clone, Default)]
pub struct Echo {
    /// The nonce, if there was one.
    pub nonce: Option<String>,
}

/// An identity token for somebody in their own organisation.
pub fn identity(app: &App, client: &Application, who: &AtHome, echo: &Echo, now: Timestamp) -> Draft {
    let mut claims = base(app, &who.tenant, &client.id.to_string(), now, IDENTITY_SECONDS);
    person_claims(&mut claims, &who.person, echo);
    let language = who.person.language.unwrap_or(who.tenant.language);
    put(
        &mut claims,
        json!({
            "sid": who.grant.to_string(), "wids": ids(&who.person.directory_roles), "locale": language.tag(),
            "organisation": who.tenant.name.as_str(),
        }),
    );
    proof_claims(&mut claims, &who.proof);
    Draft { typ: IDENTITY, cloud: who.tenant.cloud, algorithm: client.algorithm, claims, lives: IDENTITY_SECONDS }
}

/// An identity token for somebody acting on behalf: with what the strip on top of the service's pages shows.
pub fn acting_identity(app: &App, client: &Application, who: &OnBehalf, echo: &Echo, now: Timestamp) -> Draft {
    let mut claims = base(app, &who.customer, &client.id.to_string(), now, acting::TOKEN_SECONDS);
    person_claims(&mut claims, &who.person, echo);
    acting_claims(app, &mut claims, who);
    let names: Vec<Value> = who
        .granted
        .roles
        .iter()
        .map(|id| json!({ "id": id.to_string(), "name": directory_role::find(*id).map_or("", |it| it.label(Language::En)) }))
        .collect();
    put(
        &mut claims,
        json!({
            "acting_for": {
                "id": who.customer.id.to_string(), "name": who.customer.name.as_str(), "domain": who.customer.domain.as_str(),
            },
            "acting_as": names,
        }),
    );
    proof_claims(&mut claims, &who.proof);
    Draft {
        typ: IDENTITY,
        cloud: who.customer.cloud,
        algorithm: client.algorithm,
        claims,
        lives: acting::TOKEN_SECONDS,
    }
}

fn person_claims(claims: &mut Map<String, Value>, person: &Person, echo: &Echo) {
    let id = person.id.to_string();
    put(
        claims,
        json!({
            "sub": id, "oid": id, "preferred_username": person.upn.as_str(), "name": person.name.as_str(),
            "email": person.mail.as_str(),
        }),
    );
    if let Some(nonce) = &echo.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
}

//! Access tokens (RFC 9068).

use entente_domain::acting;
use entente_domain::application::Application;
use entente_domain::ids::{ApplicationId, EventId, GrantId, UserId};
use entente_domain::tenant::Tenant;
use entente_domain::time::Timestamp;
use serde::Serialize;

use super::{ACCESS, ACCESS_SECONDS, AtHome, Base, Behalf, Draft, Ids, OnBehalf, Proven, Text};
use crate::App;
use crate::authority::Asked;

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

/// The person a token speaks for, and what the program may do for them.
#[derive(Debug, Clone, Serialize)]
struct Subject {
    sub: Text<UserId>,
    oid: Text<UserId>,
    idtyp: &'static str,
    scp: String,
}

impl Subject {
    fn new(person: UserId, asked: &Asked) -> Self {
        Self { sub: Text(person), oid: Text(person), idtyp: "user", scp: asked.granted() }
    }
}

/// The claims of an access token for somebody in their own organisation.
#[derive(Debug, Clone, Serialize)]
pub struct Access<'a> {
    #[serde(flatten)]
    base: Base,
    #[serde(flatten)]
    issued: Issued,
    #[serde(flatten)]
    subject: Subject,
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
    let claims = Access {
        base: Base::new(app, &who.tenant, asked.resource.audience(app.settings()), now, ACCESS_SECONDS),
        issued: Issued::new(app, client),
        subject: Subject::new(who.person.id, asked),
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

/// The claims of an access token for acting on behalf.
#[derive(Debug, Clone, Serialize)]
pub struct Acting<'a> {
    #[serde(flatten)]
    base: Base,
    #[serde(flatten)]
    issued: Issued,
    #[serde(flatten)]
    subject: Subject,
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
    let lives = acting::TOKEN_SECONDS;
    let claims = Acting {
        base: Base::new(app, &who.customer, asked.resource.audience(app.settings()), now, lives),
        issued: Issued::new(app, client),
        subject: Subject::new(who.person.id, asked),
        behalf: Behalf::new(app, who),
        proven: Proven::from(&who.proof),
    };
    Draft { typ: ACCESS, cloud: who.customer.cloud, algorithm: client.algorithm, claims, lives }
}

//! Who holds an access token, from the facts as they stand: the token says what it was issued for, the database whether that
//! still holds. Introspection (RFC 7662), revocation (RFC 7009) and every interface ask here.

use entente_domain::acting::{End, Session};
use entente_domain::application::Application;
use entente_domain::directory::Person;
use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::{ActingId, ApplicationId, GrantId, TenantId, UserId};
use entente_domain::policy::{Permit, Unattended};
use entente_domain::tenant::Tenant;
use entente_identity::RefreshToken;
use entente_identity::jws::{self, Times, Types};
use entente_store::acting::{self as sessions, MANY, Reach};
use entente_store::grant::{self, Grant};
use entente_store::{application, directory, tenant};
use serde_json::{Map, Value, json};

use super::client::{self, Presented};
use super::{Kind, Params, Refusal, Resource, keys, mint, token};
use crate::{App, Ctx, Error, Work, acting};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// How far the clocks of two servers may be apart, in seconds. What a token allows ends on time all the same.
const SKEW: i64 = 60;

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Somebody in their own organisation.
    Person {
        /// The person, with today's roles.
        person: Box<Person>,
        /// What they let the application do.
        grant: Box<Grant>,
    },
    /// An application without a person.
    Application,
    /// A partner's person on behalf of a customer.
    OnBehalf {
        /// The person.
        person: Box<Person>,
        /// The session it belongs to.
        session: Box<Session>,
    },
}

/// A token that counts now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Whom it speaks for.
    pub holder: Holder,
    /// The organisation it was issued in.
    pub tenant: Tenant,
    /// The application it was issued to.
    pub client: Application,
    /// Whom it is for.
    pub audience: String,
    /// All it says.
    pub claims: Map<String, Value>,
}

impl Bearer {
    /// What the values of `amr` say about two factors.
    pub fn strong(&self) -> bool {
        self.claims.get("amr").and_then(Value::as_array).is_some_and(|it| it.iter().any(|value| value == "mfa"))
    }
}

/// Reads a token and looks whether it counts.
///
/// # Errors
/// [`Refusal`] `invalid_token`; the text tells the tool's maker whether it was never one or counts no more.
pub(crate) fn read(work: &Work<'_>, text: &str) -> Result<Bearer, Error> {
    read_knowing(work, text, None)
}

/// As [`read`], where an application was read in this look at the database already.
pub(crate) fn read_knowing(work: &Work<'_>, text: &str, known: Option<&Application>) -> Result<Bearer, Error> {
    let never = || Refusal::new(Kind::InvalidToken, 50_013, "The token is not one of this authority's.");
    let over = || Refusal::new(Kind::InvalidToken, 70_043, "The token counts no more.");
    let shown = jws::Token::read(text).map_err(|_| never())?;
    let kid = shown.header().kid.as_deref().ok_or_else(never)?;
    let (cloud, key) = keys::verifying(work, kid)?.ok_or_else(never)?;
    let claims = key.verify(&shown, Types::OneOf(&[mint::ACCESS])).map_err(|_| never())?;
    let times = Times::check(&claims, work.now, SKEW).map_err(|_| over())?;
    if work.now >= times.expires_at {
        return Err(over().into());
    }
    let said = |name: &str| claims.get(name).and_then(Value::as_str);
    let tenant_id: TenantId = said("tid").and_then(|it| it.parse().ok()).ok_or_else(never)?;
    if said("iss") != Some(mint::issuer(work.app, tenant_id).as_str()) {
        return Err(never().into());
    }
    // A key of one cloud vouches for nobody in another (threat 2).
    let tenant = tenant::get(work.tx, tenant_id)?.filter(|it| it.cloud == cloud).ok_or_else(never)?;
    let client: ApplicationId = said("client_id").and_then(|it| it.parse().ok()).ok_or_else(never)?;
    let client = match known.filter(|it| it.id == client) {
        Some(known) => Some(known.clone()),
        None => application::get(work.tx, client)?,
    };
    let client = client.filter(|it| it.enabled).ok_or_else(over)?;
    // Of a known one the caller has asked this; who acts on behalf is decided below.
    if known.is_none_or(|it| it.id != client.id) && !claims.contains_key("act") {
        token::in_business(work, &client, Kind::InvalidToken)?;
    }
    let audience = said("aud").ok_or_else(never)?.to_owned();
    let session = said("sid").map(str::to_owned);
    let subject = said("sub").map(str::to_owned);
    let mut bearer = Bearer { holder: Holder::Application, tenant, client, audience, claims };
    if bearer.claims.contains_key("act") {
        let id: ActingId = session.and_then(|it| it.parse().ok()).ok_or_else(never)?;
        let (session, person) = acting::still(work, id, bearer.strong())?.ok_or_else(over)?;
        let same = session.customer == bearer.tenant.id
            && session.application == bearer.client.id
            && subject == Some(session.person.to_string());
        if !same {
            return Err(never().into());
        }
        bearer.holder = Holder::OnBehalf { person: Box::new(person), session: Box::new(session) };
    } else if bearer.claims.get("idtyp").and_then(Value::as_str) != Some("app") {
        let id: GrantId = session.and_then(|it| it.parse().ok()).ok_or_else(never)?;
        let grant = living(work, id)?.ok_or_else(over)?;
        let person: UserId = subject.and_then(|it| it.parse().ok()).ok_or_else(never)?;
        let person = directory::get(work.tx, person)?.filter(|it| it.enabled).ok_or_else(over)?;
        if grant.person != person.id || person.tenant != bearer.tenant.id {
            return Err(never().into());
        }
        bearer.holder = Holder::Person { person: Box::new(person), grant: Box::new(grant) };
    }
    Ok(bearer)
}

/// What tokens for the local interfaces say in `aud`.
pub fn audiences(app: &App) -> Vec<String> {
    [Resource::Graph, Resource::PartnerCenter, Resource::Native].map(|it| it.audience(app.settings())).to_vec()
}

/// Who holds a token, for an interface that is one of `audiences`.
///
/// # Errors
/// [`Refusal`] `invalid_token`, also for a token that is for somebody else.
pub fn check(app: &App, ctx: &Ctx, text: &str, audiences: &[String]) -> Result<Bearer, Error> {
    let bearer = app.read(ctx, |work| read(work, text))?;
    if !audiences.contains(&bearer.audience) {
        return Err(Refusal::new(Kind::InvalidToken, 50_013, "The token is for another interface.").into());
    }
    Ok(bearer)
}

/// Who holds a token, as an operation's caller. Somebody who acts on behalf is no caller of the operations people do at home:
/// an acting token can never accept, extend or alter a relationship.
pub fn caller(bearer: &Bearer, ctx: &Ctx) -> Option<Ctx> {
    let Holder::Person { person, grant } = &bearer.holder else { return None };
    let language = person.language.unwrap_or(bearer.tenant.language);
    Some(Ctx::signed_in(person, grant.proof.clone(), ctx.address.clone(), language))
}

/// What introspection answers (RFC 7662, section 2.2): all the token says, to whoever it is for, as long as it counts.
///
/// # Errors
/// [`Refusal`] when the application does not prove itself. A token that counts no more, or is for somebody else, is no error:
/// both answer `{"active":false}`.
pub fn introspect(app: &App, ctx: &Ctx, place: &str, params: &Params, presented: &Presented) -> Result<Value, Error> {
    let client = recognised(app, ctx, place, presented)?;
    client.must_be_proven()?;
    let text = params.required("token")?.to_owned();
    let id = client.application.id.to_string();
    let found = app.read(ctx, |work| {
        token::in_business(work, &client.application, Kind::UnauthorizedClient)?;
        match read(work, &text) {
            Ok(bearer) => Ok(Some(bearer)),
            Err(Error::Authority(_)) => Ok(None),
            Err(error) => Err(error),
        }
    })?;
    let Some(bearer) = found.filter(|it| it.audience == id) else { return Ok(json!({ "active": false })) };
    let mut answer = bearer.claims;
    answer.insert("active".to_owned(), Value::Bool(true));
    answer.insert("token_type".to_owned(), json!("Bearer"));
    Ok(Value::Object(answer))
}

/// Ends what a token rests on (RFC 7009): a grant with all its tokens, or an acting session. Unknown tokens are no error.
///
/// # Errors
/// [`Refusal`] when the application does not prove itself, or the token is another application's.
pub fn revoke(app: &App, ctx: &Ctx, place: &str, params: &Params, presented: &Presented) -> Result<(), Error> {
    let client = recognised(app, ctx, place, presented)?;
    let (text, id) = (params.required("token")?.to_owned(), client.application.id);
    app.write(ctx, move |work| {
        if let Some(token) = RefreshToken::parse(&text) {
            let Some(found) = grant::refresh(work.tx, &token.hash())? else { return Ok(()) };
            let Some(grant) = grant::get(work.tx, found.grant)?.filter(|it| it.application == id) else {
                return Ok(());
            };
            return end_grant(work, &grant, End::Left);
        }
        let bearer = match read(work, &text) {
            Ok(bearer) if bearer.client.id == id => bearer,
            Ok(_) | Err(Error::Authority(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        match bearer.holder {
            Holder::Person { grant, .. } => end_grant(work, &grant, End::Left),
            Holder::OnBehalf { session, .. } => acting::end_one(work, &OWN, &session, End::Left),
            Holder::Application => {
                let text = "A token of an application alone ends by itself; take its secret away instead.";
                Err(Refusal::new(Kind::UnsupportedTokenType, 900_144, text).into())
            }
        }
    })
}

/// The grant with this id, where it counts: it is not over, nor is what it was made from.
pub(crate) fn living(work: &Work<'_>, id: GrantId) -> Result<Option<Grant>, Error> {
    let Some(it) = grant::get(work.tx, id)?.filter(|it| it.is_alive(work.now)) else { return Ok(None) };
    match it.source {
        Some(source) if living(work, source)?.is_none() => Ok(None),
        _ => Ok(Some(it)),
    }
}

/// The grants behind one, each made from the next; [`super::exchange::CHAIN`] at most.
pub(crate) fn behind(work: &Work<'_>, it: &Grant) -> Result<Vec<GrantId>, Error> {
    let (mut source, mut behind) = (it.source, Vec::new());
    while let Some(id) = source {
        behind.push(id);
        source = grant::get(work.tx, id)?.and_then(|it| it.source);
    }
    Ok(behind)
}

/// How many grants were made from one, from what was made from it, and so on; not counted further than `enough`.
pub(crate) fn resting(work: &Work<'_>, on: GrantId, enough: usize) -> Result<usize, Error> {
    let (mut looked_at, mut found) = (0, vec![on]);
    while let Some(id) = found.get(looked_at).copied().filter(|_| found.len() <= enough) {
        found.extend(grant::of_source(work.tx, id)?.iter().map(|it| it.id));
        looked_at += 1;
    }
    Ok(found.len() - 1)
}

/// Ends a grant with its event and tells the service it was for, and so what was made from it; false when it is over already.
pub(crate) fn close(work: &Work<'_>, it: &Grant, kind: EventKind, why: End) -> Result<bool, Error> {
    if !grant::end(work.tx, &OWN, it.id, work.now)? {
        return Ok(false);
    }
    let event = work.record(about_grant(work, it, kind)?)?;
    super::tell_of_grant(work, it, why, event.id)?;
    grant::of_source(work.tx, it.id)?.iter().try_for_each(|made| end_grant(work, made, why))?;
    Ok(true)
}

/// Ends a grant and what its application does on behalf of customers for the person, each with its event; nothing happens when it is
/// over.
pub(crate) fn end_grant(work: &Work<'_>, it: &Grant, why: End) -> Result<(), Error> {
    if !close(work, it, EventKind::GrantEnded, why)? {
        return Ok(());
    }
    let acting = sessions::live(work.tx, Reach::Person(it.person), work.now, MANY)?;
    acting
        .iter()
        .filter(|session| session.application == it.application)
        .try_for_each(|session| acting::end_one(work, &OWN, session, why))
}

/// Ends what somebody is signed in to at services, so that these hear of it.
pub(crate) fn end_at_services(work: &Work<'_>, person: UserId, why: End) -> Result<(), Error> {
    grant::at_services(work.tx, person, work.now)?.iter().try_for_each(|it| end_grant(work, it, why))
}

/// A bare event about a grant: whose it was, and which application had it.
pub(crate) fn about_grant(work: &Work<'_>, it: &Grant, kind: EventKind) -> Result<Happened, Error> {
    let happened = match application::get(work.tx, it.application)? {
        Some(application) => application.happened(kind),
        None => Happened::new(kind),
    };
    Ok(happened.person(it.person))
}

fn recognised(app: &App, ctx: &Ctx, place: &str, presented: &Presented) -> Result<client::Client, Error> {
    let (_, client) = app.read(ctx, |work| token::caller(work, place, presented, |_| Ok(None)))?;
    client.settle(app, ctx)?;
    Ok(client)
}

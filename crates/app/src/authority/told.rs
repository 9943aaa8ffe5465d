//! Telling relying services that somebody's session is over: OpenID Connect Back-Channel Logout 1.0, and the event
//! `session-revoked` of CAEP 1.0 in a security event token (RFC 8417), pushed as RFC 8935 says.

use entente_domain::acting::{End, Session};
use entente_domain::application::Signature;
use entente_domain::ids::{EventId, TenantId, UserId};
use entente_domain::service::Service;
use entente_store::grant::Grant;
use entente_store::{service, tenant, user};
use serde_json::{Map, Value, json};

use super::{keys, mint};
use crate::signal::{self, Kind, New, Row};
use crate::{App, Ctx, Error, Work};

/// Seconds a logout token counts (Back-Channel Logout, section 2.4: short).
const LOGOUT_SECONDS: i64 = 120;
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const REVOKED_EVENT: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

/// What is over, in the words of the tokens it led to.
struct Over {
    issuer: TenantId,
    person: UserId,
    sid: String,
    what: &'static str,
}

/// Puts what services are to hear about the end of acting on behalf into the outbox, in the transaction that ends it: the one a
/// person opened, and the one a program of theirs works with.
pub(crate) fn tell(work: &Work<'_>, it: &Session, why: End, event: EventId) -> Result<(), Error> {
    let own = service::of_application(work.tx, it.application)?;
    let other = it.service.map(|id| service::get(work.tx, id)).transpose()?.flatten();
    let over = Over { issuer: it.customer, person: it.person, sid: it.id.to_string(), what: "acting on behalf" };
    own.into_iter().chain(other).try_for_each(|service| put(work, &service, &over, why, event))
}

/// As [`tell`], about somebody of the service's own customer who signed in there, or had tokens for it.
pub(crate) fn tell_of_grant(work: &Work<'_>, it: &Grant, why: End, event: EventId) -> Result<(), Error> {
    let mut services = service::of_grant(work.tx, it.id)?;
    services.extend(service::of_application(work.tx, it.application)?);
    if services.is_empty() {
        return Ok(());
    }
    // Also of somebody who is being deleted.
    let Some(user) = user::get(work.tx, it.person)? else { return Ok(()) };
    let over = Over { issuer: user.person.tenant, person: it.person, sid: it.id.to_string(), what: "the sign-in" };
    services.iter().try_for_each(|service| put(work, service, &over, why, event))
}

fn put(work: &Work<'_>, service: &Service, over: &Over, why: End, event: EventId) -> Result<(), Error> {
    let Over { issuer, person, sid, what } = over;
    let issuer = mint::issuer(work.app, *issuer);
    let (audience, subject) = (service.application.to_string(), person.to_string());
    if let Some(url) = service.logout_url.clone() {
        let content = json!({
            "iss": issuer, "aud": audience, "sub": subject, "sid": sid, "events": { LOGOUT_EVENT: {} },
        });
        let content = content.to_string();
        signal::queue(work, New { event, kind: Kind::Logout, url, content, authorization: None })?;
    }
    if let Some(url) = service.events_url.clone() {
        let content = json!({
            "iss": issuer, "aud": audience, "sid": sid,
            "sub_id": { "format": "iss_sub", "iss": issuer, "sub": subject },
            "events": {
                REVOKED_EVENT: {
                    "event_timestamp": work.now.seconds(),
                    "initiating_entity": initiator(why),
                    "reason_admin": { "en": format!("{what} ended: {}", why.code()) },
                },
            },
        });
        let content = content.to_string();
        let sealed = service::events_token(work.tx, service.id)?;
        let authorization = sealed.and_then(|it| crate::service::opened_token(work.app, service.id, &it));
        signal::queue(work, New { event, kind: Kind::Caep, url, content, authorization })?;
    }
    Ok(())
}

/// Who began it, in CAEP's words (section 2).
const fn initiator(why: End) -> &'static str {
    match why {
        End::Left => "user",
        End::Stopped | End::Removed | End::Person | End::Application | End::SecondFactor => "admin",
        End::Suspended => "policy",
    }
}

/// Turns a signal into its token, signed with the present key of the issuer it names.
///
/// # Errors
/// In words for the log, when there is no such issuer or no key.
pub fn sign(app: &App, row: &Row) -> Result<String, String> {
    let mut claims: Map<String, Value> = serde_json::from_str(&row.content).map_err(|error| error.to_string())?;
    let now = app.now().seconds();
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("jti".to_owned(), json!(row.id.to_string()));
    let (typ, algorithm) = match row.kind {
        Kind::Logout => {
            claims.insert("exp".to_owned(), json!(now + LOGOUT_SECONDS));
            ("logout+jwt", Signature::Es256)
        }
        // The interoperability profile of CAEP asks for this algorithm.
        Kind::Caep => ("secevent+jwt", Signature::Rs256),
    };
    let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let home: TenantId =
        issuer.rsplit('/').nth(1).and_then(|it| it.parse().ok()).ok_or_else(|| "names no issuer of ours".to_owned())?;
    let cloud = app
        .read(&Ctx::system(), |work| Ok(tenant::get(work.tx, home)?.map(|it| it.cloud)))
        .map_err(|error| error.to_string())?
        .ok_or_else(|| "names no organisation of ours".to_owned())?;
    Ok(keys::signer(app, cloud, algorithm).map_err(|error| error.to_string())?.sign(typ, &claims))
}

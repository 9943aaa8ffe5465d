//! The one way an event reaches the audit log and the outbox.

use entente_domain::event::{Actor, Event, EventKind, Happened};
use entente_domain::time::Timestamp;
use entente_store::event;

use crate::{Error, Work, mail};

/// Writes the event and the mail it causes.
pub fn record(work: &Work<'_>, what: Happened) -> Result<Event, Error> {
    let happened =
        Event { id: work.event_id(), at: work.now, actor: work.ctx.actor, address: work.ctx.address.clone(), what };
    event::insert(work.tx, &happened, &canonical(&happened))?;
    mail::write_for(work, &happened)?;
    Ok(happened)
}

/// The event as JSON in the form of RFC 8785: names sorted, no spaces, numbers within 2^53. Absent parts are absent, so that a
/// later release can add one without changing the bytes of older rows.
pub fn canonical(event: &Event) -> String {
    use serde_json::{Map, Value};
    let mut row = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            row.insert(name.to_owned(), Value::String(value));
        }
    };
    put("id", Some(event.id.to_string()));
    put("kind", Some(event.what.kind.code().to_owned()));
    put("at", Some(at_text(event.at)));
    put("actor", Some(actor_code(event.actor).to_owned()));
    put("actor_id", event.actor.user().map(|it| it.to_string()));
    put("actor_tenant", event.actor.tenant().map(|it| it.to_string()));
    put("address", event.address.clone());
    put("partner", event.what.partner.map(|it| it.to_string()));
    put("companion", event.what.companion.map(|it| it.to_string()));
    put("customer", event.what.customer.map(|it| it.to_string()));
    put("invitation", event.what.invitation.map(|it| it.to_string()));
    put("relationship", event.what.relationship.map(|it| it.to_string()));
    put("subscription", event.what.subscription.map(|it| it.to_string()));
    put("person", event.what.person.map(|it| it.to_string()));
    let detail: Map<String, Value> =
        event.what.detail.iter().map(|(name, value)| ((*name).to_owned(), Value::String(value.clone()))).collect();
    if !detail.is_empty() {
        row.insert("detail".to_owned(), Value::Object(detail));
    }
    Value::Object(row).to_string()
}

const fn actor_code(actor: Actor) -> &'static str {
    match actor {
        Actor::Person { .. } => "person",
        Actor::Anonymous => "anonymous",
        Actor::Operator => "operator",
        Actor::System => "system",
    }
}

fn at_text(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(|_| at.micros().to_string(), |at| format!("{at:.6}"))
}

/// Whether an event of this kind concerns a request's recipient or sender by mail.
pub const fn causes_mail(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::InvitationSent
            | EventKind::InvitationReminded
            | EventKind::InvitationAccepted
            | EventKind::InvitationDeclined
            | EventKind::InvitationForwarded
            | EventKind::InvitationExpired
            | EventKind::NewLinkWanted
            | EventKind::PrivilegesRemoved
            | EventKind::RelationshipEnded
            | EventKind::SubscriptionAdded
            | EventKind::SubscriptionCancelled
            | EventKind::RolesChanged
            | EventKind::CustomerCreated
            | EventKind::AgreementAttested
            | EventKind::CompanyChanged
    )
}

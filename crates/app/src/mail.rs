//! Which mail an event causes, to whom, in which language; and the outbox the delivery worker empties.

mod notice;
mod post;
mod support;

use entente_domain::event::{Event, EventKind};
use entente_domain::ids::{MailId, TenantId};
use entente_domain::language::Language;
use entente_domain::time::Timestamp;
pub use entente_store::mail::{Delivery, Mail as Row};
use serde::{Deserialize, Serialize};

use crate::record::causes_mail;
use crate::{App, Ctx, Error, Work};

/// How many people of one side an event is mailed to at the most.
const RECIPIENTS: i64 = 5;

/// Which mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    /// A partner asks.
    Invite,
    /// A partner asks to get removed privileges back.
    Restore,
    /// A request is still open.
    Reminder,
    /// A colleague passes a request on.
    Forwarded,
    /// To the partner: accepted.
    AcceptedPartner,
    /// To the customer: what was accepted.
    AcceptedCustomer,
    /// To the partner: declined.
    Declined,
    /// To the partner: privileges removed.
    RemovedPartner,
    /// To the customer: privileges removed.
    RemovedCustomer,
    /// To the partner: relationship ended.
    EndedPartner,
    /// To the customer: relationship ended.
    EndedCustomer,
    /// To the partner: nobody answered.
    Expired,
    /// To the sender: a new link is wanted.
    NewLinkWanted,
    /// To a person: they have one second factor more.
    FactorAdded,
    /// To a person: one of their second factors is gone, or all are.
    FactorRemoved,
    /// To a person: they have new recovery codes.
    CodesMade,
    /// To a person: one of their recovery codes was used up.
    CodeUsed,
    /// To the partner: a secret or key nobody used was switched off.
    CredentialUnused,
    /// To the customer: the partner ordered something.
    OrderedCustomer,
    /// To the customer: the partner took something back.
    CancelledCustomer,
    /// To the customer: a partner gave somebody a directory role.
    RolesGiven,
    /// To the contact of a customer that a partner created.
    Welcome,
    /// To the customer: a partner attested that the agreement was signed.
    Attested,
    /// To the customer: a partner changed its company profile.
    CompanyChanged,
    /// About a service request: it was opened.
    SupportOpened,
    /// About a service request: the operator answered.
    SupportAnswered,
    /// About a service request: the operator needs something.
    SupportAttention,
    /// About a service request: it was closed.
    SupportClosed,
}

entente_domain::codes! {
    Template {
        Invite = "invite", Restore = "restore", Reminder = "reminder", Forwarded = "forwarded",
        AcceptedPartner = "accepted_partner", AcceptedCustomer = "accepted_customer", Declined = "declined",
        RemovedPartner = "removed_partner", RemovedCustomer = "removed_customer", EndedPartner = "ended_partner",
        EndedCustomer = "ended_customer", Expired = "expired", NewLinkWanted = "new_link_wanted",
        FactorAdded = "factor_added", FactorRemoved = "factor_removed", CodesMade = "codes_made", CodeUsed = "code_used",
        CredentialUnused = "credential_unused",
        OrderedCustomer = "ordered_customer", CancelledCustomer = "cancelled_customer",
        RolesGiven = "roles_given",
        Welcome = "welcome", Attested = "attested", CompanyChanged = "company_changed",
        SupportOpened = "support_opened", SupportAnswered = "support_answered", SupportAttention = "support_attention",
        SupportClosed = "support_closed",
    }
}

/// What a mail tells, as the names stood when it was written. Never a link: the worker makes it from the request's id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The partner's name.
    pub partner: String,
    /// The customer's name, when known.
    #[serde(default)]
    pub customer: String,
    /// Who did it, by name.
    #[serde(default)]
    pub person: Option<String>,
    /// Where an answer goes.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Whether the relationship is an advisor's.
    #[serde(default)]
    pub advisor: bool,
    /// Whether privileges are asked for, or were granted or taken.
    #[serde(default)]
    pub privileges: bool,
    /// Until when a link works, in microseconds.
    #[serde(default)]
    pub expires: Option<i64>,
    /// The partner's own subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// The partner's own words.
    #[serde(default)]
    pub message: Option<String>,
    /// A reason somebody gave.
    #[serde(default)]
    pub note: Option<String>,
    /// The colleague who passed a request on, or the person it was done to.
    #[serde(default)]
    pub user: Option<String>,
    /// Directory roles by their ids, for the reader's language to name.
    #[serde(default)]
    pub roles: Option<String>,
    /// The request's number, for its page in the partner portal.
    #[serde(default)]
    pub number: Option<i64>,
    /// The customer's cloud, for its portal.
    #[serde(default)]
    pub cloud: Option<String>,
    /// The organisation of whoever did it, where that is not one of the two sides.
    #[serde(default)]
    pub organisation: Option<String>,
    /// Which second factor it is about, by its code; `all` for every one.
    #[serde(default)]
    pub factor: Option<String>,
    /// What its owner calls the thing it is about: a passkey, a secret or key.
    #[serde(default)]
    pub label: Option<String>,
    /// The name of the application it is about.
    #[serde(default)]
    pub application: Option<String>,
    /// That application's id, for its page in the partner portal.
    #[serde(default)]
    pub application_id: Option<String>,
    /// Which sort of credential it is about, by its code.
    #[serde(default)]
    pub credential: Option<String>,
    /// The few characters by which people recognise that credential; never the whole of a secret.
    #[serde(default)]
    pub hint: Option<String>,
    /// The code of the product a subscription is of.
    #[serde(default)]
    pub product: Option<String>,
    /// How many units of it; none where it is paid for by usage.
    #[serde(default)]
    pub quantity: Option<i64>,
    /// What the first administrator of a new organisation signs in with.
    #[serde(default)]
    pub login: Option<String>,
    /// The version of the agreement it is about.
    #[serde(default)]
    pub version: Option<String>,
    /// The parts of a record that were changed, by their names in the event.
    #[serde(default)]
    pub fields: Option<String>,
    /// The customer's id, for its pages in the partner portal.
    #[serde(default)]
    pub customer_id: Option<String>,
    /// Whether the reader opened the service request it is about.
    #[serde(default)]
    pub mine: bool,
}

/// Writes the mail an event causes.
pub(crate) fn write_for(work: &Work<'_>, event: &Event) -> Result<(), Error> {
    match event.what.kind {
        EventKind::FactorAdded => notice::of_factor(work, event, Template::FactorAdded),
        EventKind::FactorRemoved => notice::of_factor(work, event, Template::FactorRemoved),
        // The codes that come with a factor are told of by its own mail.
        EventKind::RecoveryCodesMade if detail(event, "factor").is_some() => Ok(()),
        EventKind::RecoveryCodesMade => notice::of_factor(work, event, Template::CodesMade),
        EventKind::RecoveryCodeUsed => notice::of_factor(work, event, Template::CodeUsed),
        EventKind::CredentialUnused => notice::of_credential(work, event),
        EventKind::ServiceRequestOpened => support::of_service_request(work, event, Template::SupportOpened),
        EventKind::ServiceRequestAnswered => support::of_service_request(work, event, Template::SupportAnswered),
        EventKind::ServiceRequestAskedBack => support::of_service_request(work, event, Template::SupportAttention),
        EventKind::ServiceRequestClosed => support::of_service_request(work, event, Template::SupportClosed),
        kind if causes_mail(kind) => post::write_for(work, event),
        _ => Ok(()),
    }
}

fn detail(event: &Event, name: &str) -> Option<String> {
    event.what.detail.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone())
}

/// Puts one mail into the outbox, in the name of `sender` or of the operator.
fn queue(
    work: &Work<'_>,
    event: &Event,
    sender: Option<TenantId>,
    template: Template,
    letter: &Letter,
    (to, language): (&str, Language),
) -> Result<(), Error> {
    let content = serde_json::to_string(letter)
        .map_err(|error| Error::Internal(entente_store::StoreError::inconsistent("mail", "content", error)))?;
    let mail = Row {
        id: work.app.new_id(),
        event: event.id,
        tenant: sender,
        invitation: event.what.invitation,
        template: template.code().to_owned(),
        recipient: to.to_owned(),
        language,
        content,
        created_at: work.now,
        delivery: Delivery::Queued,
        attempts: 0,
        answer: None,
        finished_at: None,
    };
    entente_store::mail::insert(work.tx, &mail)?;
    work.mailed.set(true);
    Ok(())
}

/// Where a mail leads its reader: the personal link of a request, made afresh, or the portal page the mail is about.
///
/// # Errors
/// [`Error::NotFound`] when the request it belongs to is gone; otherwise when the database has no answer.
pub fn link(app: &App, mail: &Row, letter: &Letter) -> Result<String, Error> {
    let partner = &app.settings().partner_portal;
    match Template::parse(&mail.template).ok_or(Error::NotFound)? {
        Template::Invite | Template::Restore | Template::Reminder | Template::Forwarded => {
            let id = mail.invitation.ok_or(Error::NotFound)?;
            let inv = app.store().glance(|tx| entente_store::invitation::get(tx, id))?.ok_or(Error::NotFound)?;
            Ok(crate::invitation::link(app, &inv))
        }
        Template::Welcome => {
            let cloud = letter.cloud.as_deref().and_then(|it| it.parse().ok()).ok_or(Error::NotFound)?;
            Ok(app.settings().customer_portal(cloud).to_owned())
        }
        Template::Attested | Template::CompanyChanged => {
            let cloud = letter.cloud.as_deref().and_then(|it| it.parse().ok()).ok_or(Error::NotFound)?;
            Ok(format!("{}/company", app.settings().customer_portal(cloud)))
        }
        Template::AcceptedCustomer | Template::RemovedCustomer | Template::EndedCustomer => {
            let cloud = letter.cloud.as_deref().and_then(|it| it.parse().ok()).ok_or(Error::NotFound)?;
            Ok(format!("{}/partners", app.settings().customer_portal(cloud)))
        }
        Template::OrderedCustomer | Template::CancelledCustomer => {
            let cloud = letter.cloud.as_deref().and_then(|it| it.parse().ok()).ok_or(Error::NotFound)?;
            Ok(format!("{}/subscriptions", app.settings().customer_portal(cloud)))
        }
        Template::RolesGiven => {
            let cloud = letter.cloud.as_deref().and_then(|it| it.parse().ok()).ok_or(Error::NotFound)?;
            Ok(format!("{}/users", app.settings().customer_portal(cloud)))
        }
        Template::Declined | Template::Expired | Template::NewLinkWanted => match letter.number {
            Some(number) => Ok(format!("{partner}/requests/{number}")),
            None => Ok(format!("{partner}/requests")),
        },
        Template::AcceptedPartner | Template::RemovedPartner | Template::EndedPartner => {
            Ok(format!("{partner}/customers"))
        }
        Template::FactorAdded | Template::FactorRemoved | Template::CodesMade | Template::CodeUsed => {
            let cloud = letter.cloud.as_deref().map(str::parse).transpose().map_err(|_| Error::NotFound)?;
            let portal = cloud.map_or(partner.as_str(), |it| app.settings().customer_portal(it));
            Ok(format!("{portal}/settings/security"))
        }
        Template::CredentialUnused => match &letter.application_id {
            Some(id) => Ok(format!("{partner}/settings/applications/{id}")),
            None => Ok(format!("{partner}/settings/applications")),
        },
        Template::SupportOpened | Template::SupportAnswered | Template::SupportAttention | Template::SupportClosed => {
            let number = letter.number.ok_or(Error::NotFound)?;
            match (&letter.cloud, &letter.customer_id) {
                (Some(cloud), _) => {
                    let cloud = cloud.parse().map_err(|_| Error::NotFound)?;
                    Ok(format!("{}/service-requests/{number}", app.settings().customer_portal(cloud)))
                }
                (None, Some(customer)) => Ok(format!("{partner}/customers/{customer}/service-requests/{number}")),
                (None, None) => Err(Error::NotFound),
            }
        }
    }
}

/// Takes due mail for the time of a lease, oldest first.
///
/// # Errors
/// When the database has no answer.
pub fn claim(app: &App, lease_seconds: i64, limit: i64) -> Result<Vec<Row>, Error> {
    app.write(&Ctx::system(), move |work| {
        Ok(entente_store::mail::claim(work.tx, work.now, work.now.plus_seconds(lease_seconds), limit)?)
    })
}

/// Notes that a mail server took the message, with its answer.
///
/// # Errors
/// When the database has no answer.
pub fn sent(app: &App, id: MailId, answer: &str) -> Result<(), Error> {
    finish(app, id, Delivery::Sent, answer)
}

/// Notes that the message cannot be delivered, and why.
///
/// # Errors
/// When the database has no answer.
pub fn bounced(app: &App, id: MailId, answer: &str) -> Result<(), Error> {
    finish(app, id, Delivery::Bounced, answer)
}

/// Notes a failed attempt and when to try again.
///
/// # Errors
/// When the database has no answer.
pub fn deferred(app: &App, id: MailId, answer: &str, next: Timestamp) -> Result<(), Error> {
    let answer = answer.to_owned();
    app.write(&Ctx::system(), move |work| Ok(entente_store::mail::defer(work.tx, id, &answer, next)?))
}

/// Notes that everything written until then went out at once: history that a demo starts with need not be sent again.
///
/// # Errors
/// When the database has no answer.
pub(crate) fn settle(app: &App, until: Timestamp, answer: &'static str) -> Result<u64, Error> {
    app.write(&Ctx::system(), move |work| Ok(entente_store::mail::settle(work.tx, until, answer)?))
}

fn finish(app: &App, id: MailId, delivery: Delivery, answer: &str) -> Result<(), Error> {
    let answer = answer.to_owned();
    app.write(&Ctx::system(), move |work| Ok(entente_store::mail::finish(work.tx, id, delivery, &answer, work.now)?))
}

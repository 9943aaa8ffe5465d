//! Which mail an event causes, to whom, in which language; and the outbox the delivery worker empties.

use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::{Event, EventKind};
use entente_domain::ids::MailId;
use entente_domain::invitation::Invitation;
use entente_domain::language::Language;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::Tenant;
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
    /// To the customer: a partner gave somebody a directory role.
    RolesGiven,
}

entente_domain::codes! {
    Template {
        Invite = "invite", Restore = "restore", Reminder = "reminder", Forwarded = "forwarded",
        AcceptedPartner = "accepted_partner", AcceptedCustomer = "accepted_customer", Declined = "declined",
        RemovedPartner = "removed_partner", RemovedCustomer = "removed_customer", EndedPartner = "ended_partner",
        EndedCustomer = "ended_customer", Expired = "expired", NewLinkWanted = "new_link_wanted",
        RolesGiven = "roles_given",
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
}

/// Writes the mail an event causes.
pub(crate) fn write_for(work: &Work<'_>, event: &Event) -> Result<(), Error> {
    let what = &event.what;
    if !causes_mail(what.kind) {
        return Ok(());
    }
    let Some(partner_id) = what.partner else { return Ok(()) };
    let Some(partner) = entente_store::tenant::get(work.tx, partner_id)? else { return Ok(()) };
    let customer = what.customer.map(|id| entente_store::tenant::get(work.tx, id)).transpose()?.flatten();
    let invitation = what.invitation.map(|id| entente_store::invitation::get(work.tx, id)).transpose()?.flatten();
    let actor = event.actor.user().map(|id| entente_store::directory::get(work.tx, id)).transpose()?.flatten();
    let mut letter = Letter {
        partner: partner.name.as_str().to_owned(),
        customer: customer.as_ref().map_or_else(String::new, |it| it.name.as_str().to_owned()),
        person: actor.as_ref().map(|it| it.name.as_str().to_owned()),
        note: detail(event, "reason"),
        cloud: customer.as_ref().map(|it| it.cloud.code().to_owned()),
        privileges: true,
        ..Letter::default()
    };
    if let Some(inv) = &invitation {
        letter.advisor = inv.asks.kind == RelationshipKind::Advisor;
        letter.privileges = detail(event, "granted_privileges").map_or(inv.asks.privileges, |it| it == "yes");
        letter.expires = Some(inv.expires_at.micros());
        letter.number = Some(inv.number);
    }
    let post = Post { work, event, partner: &partner, customer: customer.as_ref(), invitation: invitation.as_ref() };
    match what.kind {
        EventKind::InvitationSent => post.to_recipient(invite_template(invitation.as_ref()), letter),
        EventKind::InvitationReminded => post.to_recipient(Template::Reminder, letter),
        EventKind::InvitationForwarded => post.forwarded(letter),
        EventKind::InvitationAccepted => {
            post.to_sender(Template::AcceptedPartner, &letter)?;
            post.to_actor(Template::AcceptedCustomer, &letter, actor.as_ref())
        }
        EventKind::InvitationDeclined => post.to_sender(Template::Declined, &letter),
        EventKind::InvitationExpired => post.to_sender(Template::Expired, &letter),
        EventKind::NewLinkWanted => post.to_sender(Template::NewLinkWanted, &letter),
        EventKind::PrivilegesRemoved => {
            post.to_partner(Template::RemovedPartner, &letter)?;
            post.to_customer(Template::RemovedCustomer, &letter)
        }
        EventKind::RelationshipEnded => {
            post.to_partner(Template::EndedPartner, &letter)?;
            post.to_customer(Template::EndedCustomer, &letter)
        }
        EventKind::RolesChanged => post.roles_given(letter),
        _ => Ok(()),
    }
}

fn invite_template(invitation: Option<&Invitation>) -> Template {
    if invitation.is_some_and(|it| it.restores.is_some()) { Template::Restore } else { Template::Invite }
}

fn detail(event: &Event, name: &str) -> Option<String> {
    event.what.detail.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone())
}

struct Post<'a> {
    work: &'a Work<'a>,
    event: &'a Event,
    partner: &'a Tenant,
    customer: Option<&'a Tenant>,
    invitation: Option<&'a Invitation>,
}

impl Post<'_> {
    /// To the address the partner wrote into the request, with the partner's own words.
    fn to_recipient(&self, template: Template, mut letter: Letter) -> Result<(), Error> {
        let Some(inv) = self.invitation else { return Ok(()) };
        let Some(address) = &inv.recipient.email else { return Ok(()) };
        self.sign(&mut letter, inv)?;
        self.write(template, &letter, address.as_str(), inv.recipient.language)
    }

    fn forwarded(&self, mut letter: Letter) -> Result<(), Error> {
        let (Some(inv), Some(to)) = (self.invitation, self.event.what.person) else { return Ok(()) };
        let Some(admin) = entente_store::directory::get(self.work.tx, to)? else { return Ok(()) };
        letter.user = letter.person.take();
        self.sign(&mut letter, inv)?;
        let fallback = self.customer.map_or(Language::En, |it| it.language);
        self.write(Template::Forwarded, &letter, admin.mail.as_str(), admin.language.unwrap_or(fallback))
    }

    /// Puts the partner's person and words into a letter that carries the request.
    fn sign(&self, letter: &mut Letter, inv: &Invitation) -> Result<(), Error> {
        letter.person = None;
        if let Some(sender) = entente_store::directory::get(self.work.tx, inv.created_by)? {
            letter.person = Some(sender.name.as_str().to_owned());
            letter.reply_to = Some(sender.mail.as_str().to_owned());
        }
        letter.subject = Some(inv.message.subject.as_str().to_owned());
        letter.message = Some(inv.message.body.as_str().to_owned());
        Ok(())
    }

    /// To the person at the partner who made the request; to the admin agents when it was a standing link.
    fn to_sender(&self, template: Template, letter: &Letter) -> Result<(), Error> {
        let sender = match self.invitation {
            Some(inv) => entente_store::directory::get(self.work.tx, inv.created_by)?.filter(|it| it.enabled),
            None => None,
        };
        match sender {
            Some(person) => self.to_person(template, letter, &person, self.partner.language),
            None => self.to_partner(template, letter),
        }
    }

    fn to_actor(&self, template: Template, letter: &Letter, actor: Option<&Person>) -> Result<(), Error> {
        match (actor, self.customer) {
            (Some(person), Some(customer)) => self.to_person(template, letter, person, customer.language),
            _ => Ok(()),
        }
    }

    fn to_partner(&self, template: Template, letter: &Letter) -> Result<(), Error> {
        let agents =
            entente_store::directory::holders(self.work.tx, self.partner.id, PartnerRole::AdminAgent, RECIPIENTS)?;
        agents.iter().try_for_each(|person| self.to_person(template, letter, person, self.partner.language))
    }

    /// A partner's person gave somebody at the customer a directory role: its administrators learn of it from the event itself, whoever
    /// looks at the log or not. What its own people do among themselves is theirs.
    fn roles_given(&self, mut letter: Letter) -> Result<(), Error> {
        let given = detail(self.event, "given").filter(|_| self.event.actor.tenant() == Some(self.partner.id));
        let (Some(given), Some(person)) = (given, self.event.what.person) else { return Ok(()) };
        letter.user = entente_store::directory::names(self.work.tx, &[person])?.remove(&person);
        letter.roles = Some(given);
        self.to_customer(Template::RolesGiven, &letter)
    }

    fn to_customer(&self, template: Template, letter: &Letter) -> Result<(), Error> {
        let Some(customer) = self.customer else { return Ok(()) };
        let admins =
            entente_store::directory::directory_holders(self.work.tx, customer.id, GLOBAL_ADMINISTRATOR, RECIPIENTS)?;
        admins.iter().try_for_each(|person| self.to_person(template, letter, person, customer.language))
    }

    fn to_person(&self, template: Template, letter: &Letter, person: &Person, fallback: Language) -> Result<(), Error> {
        self.write(template, letter, person.mail.as_str(), person.language.unwrap_or(fallback))
    }

    fn write(&self, template: Template, letter: &Letter, to: &str, language: Language) -> Result<(), Error> {
        let content = serde_json::to_string(letter)
            .map_err(|error| Error::Internal(entente_store::StoreError::inconsistent("mail", "content", error)))?;
        let mail = Row {
            id: self.work.app.new_id(),
            event: self.event.id,
            tenant: Some(self.partner.id),
            invitation: self.event.what.invitation,
            template: template.code().to_owned(),
            recipient: to.to_owned(),
            language,
            content,
            created_at: self.work.now,
            delivery: Delivery::Queued,
            attempts: 0,
            answer: None,
            finished_at: None,
        };
        entente_store::mail::insert(self.work.tx, &mail)?;
        self.work.mailed.set(true);
        Ok(())
    }
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
        Template::AcceptedCustomer | Template::RemovedCustomer | Template::EndedCustomer => {
            let cloud = letter.cloud.as_deref().and_then(|it| it.parse().ok()).ok_or(Error::NotFound)?;
            Ok(format!("{}/partners", app.settings().customer_portal(cloud)))
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

//! The mail about a request or a relationship, to either side of it.

use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::{Event, EventKind};
use entente_domain::invitation::Invitation;
use entente_domain::language::Language;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::Tenant;

use super::{Letter, RECIPIENTS, Template, detail, queue};
use crate::{Error, Work};

/// Writes what both sides are to read of an event.
pub(super) fn write_for(work: &Work<'_>, event: &Event) -> Result<(), Error> {
    let what = &event.what;
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
        product: detail(event, "product"),
        quantity: detail(event, "quantity").and_then(|it| it.parse().ok()),
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
        EventKind::SubscriptionAdded => post.to_customer(Template::OrderedCustomer, &letter),
        // What extends something goes with it, and the mail about that says so.
        EventKind::SubscriptionCancelled if detail(event, "with_parent").is_none() => {
            post.to_customer(Template::CancelledCustomer, &letter)
        }
        EventKind::RolesChanged => post.roles_given(letter),
        EventKind::CustomerCreated => post.welcome(letter),
        EventKind::AgreementAttested if detail(event, "at_creation").is_none() => post.attested(letter),
        EventKind::CompanyChanged => post.company_changed(letter),
        _ => Ok(()),
    }
}

fn invite_template(invitation: Option<&Invitation>) -> Template {
    if invitation.is_some_and(|it| it.restores.is_some()) { Template::Restore } else { Template::Invite }
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

    /// Whether somebody of the partner did it. What the customer's people do among themselves is theirs.
    fn by_partner(&self) -> bool {
        self.event.actor.tenant() == Some(self.partner.id)
    }

    /// A partner's person gave somebody at the customer a directory role: its administrators learn of it from the event itself, whoever
    /// looks at the log or not.
    fn roles_given(&self, mut letter: Letter) -> Result<(), Error> {
        let given = detail(self.event, "given").filter(|_| self.by_partner());
        let (Some(given), Some(person)) = (given, self.event.what.person) else { return Ok(()) };
        letter.user = entente_store::directory::names(self.work.tx, &[person])?.remove(&person);
        letter.roles = Some(given);
        self.to_customer(Template::RolesGiven, &letter)
    }

    /// To the first administrator, who is the contact the partner named: where to sign in and as whom, never the password.
    fn welcome(&self, mut letter: Letter) -> Result<(), Error> {
        let Some(id) = self.event.what.person else { return Ok(()) };
        let Some(first) = entente_store::directory::get(self.work.tx, id)? else { return Ok(()) };
        letter.login = Some(first.upn.as_str().to_owned());
        let fallback = self.customer.map_or(Language::En, |it| it.language);
        self.to_person(Template::Welcome, &letter, &first, fallback)
    }

    /// The customer's administrators learn who is said to have signed for them, so that they can object.
    fn attested(&self, mut letter: Letter) -> Result<(), Error> {
        letter.user = detail(self.event, "signer");
        letter.version = detail(self.event, "version");
        self.to_customer(Template::Attested, &letter)
    }

    /// A partner changed who is written to and where: whoever was the contact until then has to learn of it.
    fn company_changed(&self, mut letter: Letter) -> Result<(), Error> {
        letter.fields = detail(self.event, "fields").filter(|_| self.by_partner());
        if letter.fields.is_none() {
            return Ok(());
        }
        self.to_customer(Template::CompanyChanged, &letter)
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
        queue(self.work, self.event, Some(self.partner.id), template, letter, (to, language))
    }
}

//! The application's outbox as the worker sees it: rows become messages, outcomes become facts on the row.

use entente_app::mail::{Letter, Template};
use entente_app::{App, mail};
use entente_domain::cloud::Cloud;
use entente_domain::directory_role;
use entente_domain::ids::MailId;
use entente_domain::language::Language;
use entente_domain::text::EmailAddress;
use entente_domain::time::Timestamp;
use fluent_bundle::FluentArgs;

use crate::content::{Asked, Change, Decision, Disuse, Mail, MailContent, Purchase, Request, Support};
use crate::message::Outgoing;
use crate::render::{Brand, render};
use crate::retry::{MAIL, Schedule};
use crate::words;
use crate::worker::{Due, LEASE_SECONDS, Outbox, OutboxError};

/// The outbox of one installation.
pub struct AppOutbox {
    app: App,
    brand: Brand,
    from: EmailAddress,
}

impl AppOutbox {
    /// `from` is the operator's address: every mail comes from there, whoever it speaks for.
    pub const fn new(app: App, brand: Brand, from: EmailAddress) -> Self {
        Self { app, brand, from }
    }

    /// Lays a row out. A row that cannot be is the sender's bad luck for good, so its reason is for people.
    fn compose(&self, row: &entente_app::mail::Row) -> Result<Outgoing, String> {
        let letter: Letter = serde_json::from_str(&row.content).map_err(|error| format!("unreadable row: {error}"))?;
        let link = mail::link(&self.app, row, &letter).map_err(|error| format!("failed to {error}"))?;
        let to: EmailAddress = row.recipient.parse().map_err(|error| format!("the address is not usable: {error}"))?;
        let reply_to = letter.reply_to.as_deref().and_then(|it| it.parse().ok()).zip(letter.person.clone());
        let content = MailContent { to: row.recipient.clone(), mail: self.words_of(row, letter, link)? };
        let laid_out = render(&content, &self.brand, row.language).map_err(|error| error.to_string())?;
        Ok(Outgoing {
            id: row.id,
            to,
            from_address: self.from.clone(),
            from_name: laid_out.from_name,
            reply_to,
            subject: laid_out.subject,
            text: laid_out.text,
            html: laid_out.html,
            date: row.created_at,
            language: row.language,
            list_unsubscribe: None,
        })
    }

    fn words_of(&self, row: &entente_app::mail::Row, letter: Letter, link: String) -> Result<Mail, String> {
        let template = Template::parse(&row.template).ok_or_else(|| format!("no template {}", row.template))?;
        let asks = Asked { advisor: letter.advisor, privileges: letter.privileges };
        let request = |letter: Letter, link| Request {
            partner: letter.partner,
            person: letter.person.unwrap_or_default(),
            asks,
            link,
            expires: Timestamp::from_micros(letter.expires.unwrap_or_default()),
            subject: letter.subject,
            message: letter.message,
        };
        let decision = |letter: Letter, link| Decision {
            partner: letter.partner,
            customer: letter.customer,
            person: letter.person,
            asks,
            at: row.created_at,
            link,
            note: letter.note,
        };
        let change = |letter: Letter, link| Change {
            person: letter.person,
            organisation: letter.organisation.unwrap_or_default(),
            factor: letter.factor,
            name: letter.label,
            at: row.created_at,
            link,
        };
        let purchase = |letter: Letter, link| {
            let code = letter.product.clone().unwrap_or_default();
            let product = entente_domain::catalogue::find(&code).map(|it| it.name(row.language).to_owned());
            Purchase { product: product.unwrap_or(code), quantity: letter.quantity, decision: decision(letter, link) }
        };
        let support = |letter: Letter, link| Support {
            partner: letter.partner,
            customer: letter.customer,
            person: letter.person.zip(letter.organisation),
            number: letter.number.map(|it| it.to_string()).unwrap_or_default(),
            title: letter.label.unwrap_or_default(),
            mine: letter.mine,
            at: row.created_at,
            link,
        };
        Ok(match template {
            Template::Invite => Mail::Invite(request(letter, link)),
            Template::Restore => Mail::Restore(request(letter, link)),
            Template::Reminder => Mail::Reminder(request(letter, link)),
            Template::Forwarded => {
                let user = letter.user.clone().unwrap_or_default();
                Mail::Forwarded { user, request: request(letter, link) }
            }
            Template::AcceptedPartner => Mail::AcceptedPartner(decision(letter, link)),
            Template::AcceptedCustomer => {
                let agreement = Some(self.agreement(row, letter.cloud.as_deref()));
                Mail::AcceptedCustomer { decision: decision(letter, link), agreement }
            }
            Template::Declined => Mail::Declined(decision(letter, link)),
            Template::RemovedPartner => Mail::RemovedPartner(decision(letter, link)),
            Template::RemovedCustomer => Mail::RemovedCustomer(decision(letter, link)),
            Template::EndedPartner => Mail::EndedPartner(decision(letter, link)),
            Template::EndedCustomer => Mail::EndedCustomer(decision(letter, link)),
            Template::Expired => Mail::Expired(decision(letter, link)),
            Template::NewLinkWanted => Mail::NewLinkWanted(decision(letter, link)),
            Template::FactorAdded => Mail::FactorAdded(change(letter, link)),
            Template::FactorRemoved => Mail::FactorRemoved(change(letter, link)),
            Template::CodesMade => Mail::CodesMade(change(letter, link)),
            Template::CodeUsed => Mail::CodeUsed(change(letter, link)),
            Template::CredentialUnused => Mail::CredentialUnused(Disuse {
                partner: letter.partner,
                application: letter.application.unwrap_or_default(),
                credential: letter.credential.unwrap_or_default(),
                label: letter.label,
                hint: letter.hint.unwrap_or_default(),
                at: row.created_at,
                link,
            }),
            Template::OrderedCustomer => Mail::OrderedCustomer(purchase(letter, link)),
            Template::CancelledCustomer => Mail::CancelledCustomer(purchase(letter, link)),
            Template::RolesGiven => Mail::RolesGiven {
                user: letter.user.clone().unwrap_or_default(),
                roles: roles(letter.roles.as_deref().unwrap_or_default(), row.language),
                decision: decision(letter, link),
            },
            Template::Welcome => {
                Mail::Welcome { login: letter.login.clone().unwrap_or_default(), decision: decision(letter, link) }
            }
            Template::Attested => Mail::Attested {
                user: letter.user.clone().unwrap_or_default(),
                version: letter.version.clone().unwrap_or_default(),
                decision: decision(letter, link),
            },
            Template::CompanyChanged => Mail::CompanyChanged {
                parts: parts(letter.fields.as_deref().unwrap_or_default(), row.language),
                decision: decision(letter, link),
            },
            Template::SupportOpened => Mail::SupportOpened(support(letter, link)),
            Template::SupportAnswered => Mail::SupportAnswered(support(letter, link)),
            Template::SupportAttention => Mail::SupportAttention(support(letter, link)),
            Template::SupportClosed => Mail::SupportClosed(support(letter, link)),
        })
    }

    /// Title and text of the agreement that was in force when a mail was written; one from before clouds had their own names none.
    fn agreement(&self, row: &entente_app::mail::Row, cloud: Option<&str>) -> (String, String) {
        let cloud = cloud.and_then(|it| it.parse().ok()).unwrap_or(Cloud::Public);
        let agreement = entente_domain::agreement::current(cloud, row.created_at);
        let title = format!("{} ({})", agreement.title(row.language, &self.brand.vendor), agreement.version);
        (title, agreement.rendered(row.language, &self.brand.vendor))
    }
}

/// Directory roles by name; one that this version does not know has none.
fn roles(ids: &str, language: Language) -> String {
    let known = ids.split_whitespace().filter_map(|id| directory_role::find(id.parse().ok()?));
    known.map(|role| role.label(language)).collect::<Vec<_>>().join(language.pick(", ", "、"))
}

/// The parts of a company profile that some of its fields belong to, by name.
fn parts(fields: &str, language: Language) -> String {
    let part = |field| match field {
        "contact" | "mail" | "phone" => "part-contact",
        "registration" => "part-registration",
        _ => "part-address",
    };
    let mut keys: Vec<_> = fields.split_whitespace().map(part).collect();
    keys.sort_unstable();
    keys.dedup();
    let named = keys.into_iter().map(|key| words::text(language, key, &FluentArgs::new()));
    named.collect::<Vec<_>>().join(language.pick(", ", "、"))
}

impl Outbox for AppOutbox {
    type Id = MailId;
    type Load = Outgoing;
    const KIND: &'static str = "mail";
    const AT_ONCE: usize = 1;
    const SCHEDULE: Schedule = MAIL;

    fn claim_due(&self, limit: usize) -> Result<Vec<Due>, OutboxError> {
        let rows = mail::claim(&self.app, LEASE_SECONDS, i64::try_from(limit)?)?;
        Ok(rows
            .iter()
            .map(|row| Due {
                id: row.id,
                attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
                load: self.compose(row),
            })
            .collect())
    }

    fn sent(&self, id: MailId, answer: &str) -> Result<(), OutboxError> {
        Ok(mail::sent(&self.app, id, answer)?)
    }

    fn deferred(&self, id: MailId, answer: &str, next: Timestamp) -> Result<(), OutboxError> {
        Ok(mail::deferred(&self.app, id, answer, next)?)
    }

    fn bounced(&self, id: MailId, answer: &str) -> Result<(), OutboxError> {
        Ok(mail::bounced(&self.app, id, answer)?)
    }

    fn now(&self) -> Timestamp {
        self.app.now()
    }
}

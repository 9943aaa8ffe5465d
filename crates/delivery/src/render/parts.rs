//! What each mail fills the layout with.

use entente_domain::time::Timestamp;

use crate::content::{Change, Decision, Disuse, Mail, Purchase, Request, Support};

/// The third fact of a mail.
#[derive(Clone, Copy)]
pub(super) enum When {
    /// The last day on which something is possible.
    Until(Timestamp),
    /// The day it happened.
    Day(Timestamp),
    /// The minute it happened, by which somebody recognises what they did themselves.
    Minute(Timestamp),
}

/// What the mails have in common once their differences are named.
pub(super) struct Parts<'a> {
    /// First half of the mail's keys.
    pub(super) name: &'static str,
    pub(super) partner: &'a str,
    pub(super) customer: &'a str,
    pub(super) person: Option<&'a str>,
    pub(super) user: &'a str,
    pub(super) advisor: bool,
    pub(super) privileges: bool,
    /// The first fact: who did it and where they belong; nobody when time did.
    pub(super) who: Option<(&'a str, &'a str)>,
    /// What stands there when it was nobody of either side, as its key.
    pub(super) nobody: &'static str,
    /// The second fact, as its key.
    pub(super) what: &'static str,
    /// The third fact.
    pub(super) when: When,
    /// What only the words of this kind of mail know.
    pub(super) more: Vec<(&'static str, &'a str)>,
    /// Units of what it is about.
    pub(super) quantity: Option<i64>,
    pub(super) link: &'a str,
    pub(super) subject: Option<&'a str>,
    /// Key of the title, name to put into it, text.
    pub(super) quote: Option<(&'static str, &'a str, &'a str)>,
    /// Whether the partner's person speaks, rather than the operator.
    pub(super) from_person: bool,
}

impl<'a> Parts<'a> {
    pub(super) fn of(mail: &'a Mail) -> Self {
        match mail {
            Mail::Invite(request) => Self::asked("invite", request),
            Mail::Reminder(request) => Self { subject: None, ..Self::asked("reminder", request) },
            Mail::Restore(request) => Self::asked("restore", request),
            Mail::Forwarded { user, request } => {
                Self { user, subject: None, from_person: false, ..Self::asked("forwarded", request) }
            }
            Mail::AcceptedPartner(decision) => Self::decided("accepted-partner", decision, &decision.customer),
            Mail::AcceptedCustomer { decision, agreement } => Self {
                quote: agreement.as_ref().map(|(title, text)| ("quote-agreement", title.as_str(), text.as_str())),
                ..Self::decided("accepted-customer", decision, &decision.customer)
            },
            Mail::Declined(decision) => Self::decided("declined", decision, &decision.customer),
            Mail::RemovedPartner(decision) => Self::decided("removed-partner", decision, &decision.customer),
            Mail::RemovedCustomer(decision) => Self::decided("removed-customer", decision, &decision.customer),
            Mail::EndedPartner(decision) => Self::decided("ended-partner", decision, &decision.partner),
            Mail::EndedCustomer(decision) => Self::decided("ended-customer", decision, &decision.partner),
            Mail::Expired(decision) => Self::decided("expired", decision, &decision.customer),
            Mail::NewLinkWanted(decision) => Self::decided("new-link", decision, &decision.customer),
            Mail::FactorAdded(change) => Self::changed("factor-added", change),
            Mail::FactorRemoved(change) => Self::changed("factor-removed", change),
            Mail::CodesMade(change) => Self::changed("codes-made", change),
            Mail::CodeUsed(change) => Self::changed("code-used", change),
            Mail::CredentialUnused(disuse) => Self::unused("credential-unused", disuse),
            Mail::OrderedCustomer(purchase) => Self::bought("ordered-customer", purchase),
            Mail::RolesGiven { user, roles, decision } => Self {
                user,
                what: "what-roles",
                more: vec![("roles", roles)],
                ..Self::decided("roles-given", decision, &decision.partner)
            },
            Mail::Welcome { login, decision } => Self {
                what: "what-login",
                more: vec![("login", login)],
                ..Self::decided("welcome", decision, &decision.partner)
            },
            Mail::Attested { user, version, decision } => Self {
                user,
                what: "what-attested",
                more: vec![("version", version)],
                ..Self::decided("attested", decision, &decision.partner)
            },
            Mail::CompanyChanged { parts, decision } => Self {
                what: "what-company",
                more: vec![("parts", parts)],
                ..Self::decided("company-changed", decision, &decision.partner)
            },
            Mail::CancelledCustomer(purchase) => Self::bought("cancelled-customer", purchase),
            Mail::SupportOpened(support) => Self::helped("support-opened", support),
            Mail::SupportAnswered(support) => Self::helped("support-answered", support),
            Mail::SupportAttention(support) => Self::helped("support-attention", support),
            Mail::SupportClosed(support) => Self::helped("support-closed", support),
        }
    }

    fn asked(name: &'static str, request: &'a Request) -> Self {
        Self {
            name,
            partner: &request.partner,
            customer: "",
            person: Some(&request.person),
            user: "",
            advisor: request.asks.advisor,
            privileges: request.asks.privileges,
            who: Some((&request.person, &request.partner)),
            nobody: "who-nobody",
            what: "what",
            when: When::Until(request.expires),
            more: Vec::new(),
            quantity: None,
            link: &request.link,
            subject: request.subject.as_deref(),
            quote: request.message.as_deref().map(|text| ("quote-person", request.person.as_str(), text)),
            from_person: true,
        }
    }

    /// `author` is the organisation of whoever decided, as far as it is known.
    fn decided(name: &'static str, decision: &'a Decision, author: &'a str) -> Self {
        let organisation = if author.is_empty() { &decision.partner } else { author };
        Self {
            name,
            partner: &decision.partner,
            customer: &decision.customer,
            person: decision.person.as_deref(),
            user: "",
            advisor: decision.asks.advisor,
            privileges: decision.asks.privileges,
            who: decision.person.as_deref().map(|person| (person, organisation)),
            nobody: "who-nobody",
            what: "what",
            when: When::Day(decision.at),
            more: Vec::new(),
            quantity: None,
            link: &decision.link,
            subject: None,
            quote: decision.note.as_deref().map(|text| ("quote-person", author, text)),
            from_person: false,
        }
    }

    fn bought(name: &'static str, purchase: &'a Purchase) -> Self {
        Self {
            what: if purchase.quantity.is_some() { "what-bought" } else { "what-used" },
            more: vec![("product", &purchase.product)],
            quantity: purchase.quantity,
            ..Self::decided(name, &purchase.decision, &purchase.decision.partner)
        }
    }

    fn changed(name: &'static str, change: &'a Change) -> Self {
        Self {
            who: change.person.as_deref().map(|person| (person, change.organisation.as_str())),
            more: vec![
                ("factor", change.factor.as_deref().unwrap_or("codes")),
                ("name", change.name.as_deref().unwrap_or_default()),
            ],
            ..Self::noticed(name, "what-factor", When::Minute(change.at), &change.link)
        }
    }

    fn unused(name: &'static str, disuse: &'a Disuse) -> Self {
        Self {
            partner: &disuse.partner,
            more: vec![
                ("application", &disuse.application),
                ("credential", &disuse.credential),
                ("named", if disuse.label.is_some() { "yes" } else { "no" }),
                ("name", disuse.label.as_deref().unwrap_or_default()),
                ("hint", &disuse.hint),
            ],
            ..Self::noticed(name, "what-credential", When::Day(disuse.at), &disuse.link)
        }
    }

    fn helped(name: &'static str, support: &'a Support) -> Self {
        Self {
            partner: &support.partner,
            customer: &support.customer,
            who: support.person.as_ref().map(|(person, home)| (person.as_str(), home.as_str())),
            nobody: "who-operator",
            more: vec![
                ("number", &support.number),
                ("name", &support.title),
                ("opened", if support.mine { "reader" } else { "partner" }),
            ],
            ..Self::noticed(name, "what-support", When::Minute(support.at), &support.link)
        }
    }

    /// What is about no relationship.
    const fn noticed(name: &'static str, what: &'static str, when: When, link: &'a str) -> Self {
        Self {
            name,
            partner: "",
            customer: "",
            person: None,
            user: "",
            advisor: false,
            privileges: false,
            who: None,
            nobody: "who-nobody",
            what,
            when,
            more: Vec::new(),
            quantity: None,
            link,
            subject: None,
            quote: None,
            from_person: false,
        }
    }
}

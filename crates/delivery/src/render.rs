//! From data to the two twins of a mail: one layout, words by language.
//!
//! Everything a person wrote is text: names are reduced to one line, free text stands in a block of its own with every
//! line marked, and the link has a block nobody else can write into.

mod parts;

use askama::Template;
use entente_domain::application::UNUSED_DAYS;
use entente_domain::language::Language;
use fluent_bundle::FluentArgs;

use crate::content::MailContent;
use crate::message::{block_text, line_text};
use crate::words;
use parts::{Parts, When};

/// The operator, as mails name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// Its name in words.
    pub vendor: String,
    /// Its public address, named at the foot of every mail.
    pub url: String,
}

/// A mail in words.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Whose name stands in `From`: "Maya Okafor at Brightwater IT via Halden Cloud", or the operator's.
    pub from_name: String,
    /// The subject line.
    pub subject: String,
    /// The plain text twin.
    pub text: String,
    /// The HTML twin.
    pub html: String,
}

/// Leaves out the twins, which hold the personal link (threat 44).
impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered")
            .field("from_name", &self.from_name)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// A mail could not be laid out.
#[derive(Debug, thiserror::Error)]
#[error("failed to lay out a mail: {0}")]
pub struct RenderError(#[from] askama::Error);

/// Renders one mail in one language.
///
/// # Errors
/// When a template fails, which only running out of memory can cause.
pub fn render(content: &MailContent, brand: &Brand, language: Language) -> Result<Rendered, RenderError> {
    let sheet = Sheet::of(content, brand, language);
    Ok(Rendered {
        from_name: sheet.from_name.clone(),
        subject: sheet.subject.clone(),
        text: TextLayout { sheet: &sheet }.render()?,
        html: HtmlLayout { sheet: &sheet }.render()?,
    })
}

/// Everything the layout shows, in the order in which it shows it.
struct Sheet {
    language: &'static str,
    /// What stands between a label and its value in plain text.
    colon: &'static str,
    vendor: String,
    url: String,
    from_name: String,
    subject: String,
    headline: String,
    lead: String,
    facts: [(String, String); 3],
    quote: Option<Quote>,
    button: String,
    link: String,
    below: String,
    nothing_title: String,
    nothing: String,
    why: String,
    dates: String,
}

/// What a person wrote, under a title of ours.
struct Quote {
    title: String,
    lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/layout.html")]
struct HtmlLayout<'a> {
    sheet: &'a Sheet,
}

#[derive(Template)]
#[template(path = "mail/layout.txt")]
struct TextLayout<'a> {
    sheet: &'a Sheet,
}

impl Sheet {
    fn of(content: &MailContent, brand: &Brand, language: Language) -> Self {
        let parts = Parts::of(&content.mail);
        let (when, date) = match parts.when {
            When::Until(at) => ("fact-until", words::date(language, at)),
            When::Day(at) => ("fact-when", words::date(language, at)),
            When::Minute(at) => ("fact-when", words::moment(language, at)),
        };
        let mut args = FluentArgs::new();
        args.set("vendor", line_text(&brand.vendor));
        args.set("partner", line_text(parts.partner));
        args.set("customer", line_text(parts.customer));
        args.set("person", line_text(parts.person.unwrap_or_default()));
        args.set("user", line_text(parts.user));
        args.set("to", line_text(&content.to));
        args.set("date", date.clone());
        args.set("kind", if parts.advisor { "advisor" } else { "reseller" });
        args.set("privileges", if parts.privileges { "yes" } else { "no" });
        args.set("days", UNUSED_DAYS);
        let (who, organisation) = parts.who.unwrap_or_default();
        args.set("who", line_text(who));
        args.set("organisation", line_text(organisation));
        for (name, value) in &parts.more {
            args.set(*name, line_text(value));
        }
        args.set("quantity", parts.quantity.unwrap_or_default());
        let word = |key: &str| words::text(language, key, &args);
        let own = |part: &str| word(&format!("{}-{part}", parts.name));
        let who = word(if parts.who.is_some() { "who" } else { parts.nobody });
        Self {
            language: language.tag(),
            colon: language.pick(": ", "："),
            vendor: line_text(&brand.vendor),
            url: line_text(&brand.url),
            from_name: if parts.from_person { word("from-person") } else { line_text(&brand.vendor) },
            subject: parts.subject.map_or_else(|| own("subject"), line_text),
            headline: own("headline"),
            lead: own("lead"),
            facts: [(word("fact-who"), who), (word("fact-what"), word(parts.what)), (word(when), date)],
            quote: parts.quote.map(|(key, author, text)| {
                let mut args = FluentArgs::new();
                args.set("author", line_text(author));
                let lines = block_text(text).trim().lines().map(|line| line.trim_end().to_owned()).collect();
                Quote { title: words::text(language, key, &args), lines }
            }),
            button: own("button"),
            link: parts.link.to_owned(),
            below: word("link-below"),
            nothing_title: word("nothing-title"),
            nothing: own("nothing"),
            why: own("why"),
            dates: word("dates-utc"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use entente_domain::time::Timestamp;

    use crate::content::{Asked, Change, Decision, Disuse, Mail, Purchase, Request, Support};

    fn brand() -> Brand {
        Brand { vendor: "Halden Cloud".to_owned(), url: "https://portal.halden.example".to_owned() }
    }

    fn request(privileges: bool) -> Request {
        Request {
            partner: "Brightwater IT".to_owned(),
            person: "Maya Okafor".to_owned(),
            asks: Asked { advisor: !privileges, privileges },
            link: "https://portal.halden.example/invite/MsRVYbLA5lRPPPG4OUUrPXZukI9f1AyuzvyJvltfQ1w".to_owned(),
            expires: Timestamp::from_seconds(1_804_809_600),
            subject: None,
            message: Some("Hello Erik,\n\nas agreed <b>today</b>.\r\nMaya".to_owned()),
        }
    }

    fn decision(person: Option<&str>, privileges: bool, note: Option<&str>) -> Decision {
        Decision {
            partner: "Brightwater IT".to_owned(),
            customer: "Lindqvist Arkitekter".to_owned(),
            person: person.map(str::to_owned),
            asks: Asked { advisor: !privileges, privileges },
            at: Timestamp::from_seconds(1_804_809_600),
            link: "https://portal.halden.example/customers/7".to_owned(),
            note: note.map(str::to_owned),
        }
    }

    fn change(person: &str, factor: Option<&str>, name: Option<&str>) -> Change {
        Change {
            person: Some(person.to_owned()),
            organisation: "Lindqvist Arkitekter".to_owned(),
            factor: factor.map(str::to_owned),
            name: name.map(str::to_owned),
            at: Timestamp::from_seconds(1_804_861_500),
            link: "https://portal.halden.example/settings/security".to_owned(),
        }
    }

    fn disuse(credential: &str, label: Option<&str>, hint: &str) -> Disuse {
        Disuse {
            partner: "Brightwater IT".to_owned(),
            application: "Console".to_owned(),
            credential: credential.to_owned(),
            label: label.map(str::to_owned),
            hint: hint.to_owned(),
            at: Timestamp::from_seconds(1_804_809_600),
            link: "https://portal.halden.example/settings/applications/7".to_owned(),
        }
    }

    fn purchase(product: &str, quantity: Option<i64>) -> Purchase {
        let decision = decision(Some("Maya Okafor"), true, None);
        Purchase { decision, product: product.to_owned(), quantity }
    }

    fn support(person: Option<(&str, &str)>, mine: bool) -> Support {
        Support {
            partner: "Brightwater IT".to_owned(),
            customer: "Lindqvist Arkitekter".to_owned(),
            person: person.map(|(person, home)| (person.to_owned(), home.to_owned())),
            number: "1000017".to_owned(),
            title: "Mail is late".to_owned(),
            mine,
            at: Timestamp::from_seconds(1_804_861_500),
            link: "https://portal.halden.example/service-requests/1000017".to_owned(),
        }
    }

    /// Every mail once, and those whose words depend on what was asked or changed more often.
    fn every_mail() -> Vec<(&'static str, Mail)> {
        let own_subject = Request { subject: Some("Our offer of Tuesday".to_owned()), message: None, ..request(true) };
        let erik = Some("Erik Lindqvist");
        let agreement = Some(("Customer agreement (2027-01)".to_owned(), "1. You decide.\n\n2. You pay.".to_owned()));
        vec![
            ("invite", Mail::Invite(request(true))),
            ("invite-advisor", Mail::Invite(request(false))),
            ("invite-own-subject", Mail::Invite(own_subject)),
            ("reminder", Mail::Reminder(request(true))),
            ("restore", Mail::Restore(request(true))),
            ("forwarded", Mail::Forwarded { user: "Ida Berg".to_owned(), request: request(true) }),
            ("accepted-partner", Mail::AcceptedPartner(decision(erik, true, None))),
            ("accepted-partner-without", Mail::AcceptedPartner(decision(erik, false, None))),
            ("accepted-customer", Mail::AcceptedCustomer { decision: decision(erik, true, None), agreement }),
            (
                "accepted-customer-without",
                Mail::AcceptedCustomer { decision: decision(erik, false, None), agreement: None },
            ),
            ("declined", Mail::Declined(decision(erik, true, Some("We have a partner already.")))),
            ("removed-partner", Mail::RemovedPartner(decision(erik, true, Some("Not used for months.")))),
            ("removed-customer", Mail::RemovedCustomer(decision(erik, true, None))),
            ("ended-partner", Mail::EndedPartner(decision(Some("Maya Okafor"), true, None))),
            ("ended-customer", Mail::EndedCustomer(decision(Some("Maya Okafor"), true, None))),
            ("expired", Mail::Expired(decision(None, true, None))),
            ("new-link", Mail::NewLinkWanted(decision(erik, true, None))),
            ("factor-added", Mail::FactorAdded(change("Erik Lindqvist", Some("totp"), None))),
            ("factor-added-passkey", Mail::FactorAdded(change("Erik Lindqvist", Some("passkey"), Some("Laptop")))),
            ("factor-removed", Mail::FactorRemoved(change("Erik Lindqvist", Some("totp"), None))),
            ("factor-removed-passkey", Mail::FactorRemoved(change("Erik Lindqvist", Some("passkey"), Some("Laptop")))),
            ("factor-removed-all", Mail::FactorRemoved(change("Ida Berg", Some("all"), None))),
            ("codes-made", Mail::CodesMade(change("Erik Lindqvist", None, None))),
            ("code-used", Mail::CodeUsed(change("Erik Lindqvist", None, None))),
            ("credential-unused", Mail::CredentialUnused(disuse("secret", Some("build server"), "q7Xb"))),
            (
                "credential-unused-key",
                Mail::CredentialUnused(disuse("key", None, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")),
            ),
            ("ordered-customer", Mail::OrderedCustomer(purchase("Productivity Standard", Some(1_250)))),
            ("ordered-customer-usage", Mail::OrderedCustomer(purchase("Cloud Compute", None))),
            ("cancelled-customer", Mail::CancelledCustomer(purchase("Mail Plan", Some(1)))),
            (
                "roles-given",
                Mail::RolesGiven {
                    user: "Ida Berg".to_owned(),
                    roles: "Billing administrator, User administrator".to_owned(),
                    decision: decision(Some("Maya Okafor"), true, None),
                },
            ),
            (
                "welcome",
                Mail::Welcome {
                    login: "admin@lindqvist.halden.example".to_owned(),
                    decision: decision(Some("Maya Okafor"), true, None),
                },
            ),
            (
                "attested",
                Mail::Attested {
                    user: "Ida Berg".to_owned(),
                    version: "2026-09-01".to_owned(),
                    decision: decision(Some("Maya Okafor"), true, None),
                },
            ),
            (
                "company-changed",
                Mail::CompanyChanged {
                    parts: "address, contact".to_owned(),
                    decision: decision(Some("Maya Okafor"), true, None),
                },
            ),
            ("support-opened", Mail::SupportOpened(support(Some(("Maya Okafor", "Brightwater IT")), true))),
            ("support-opened-for", Mail::SupportOpened(support(Some(("Maya Okafor", "Brightwater IT")), false))),
            ("support-answered", Mail::SupportAnswered(support(None, true))),
            ("support-attention", Mail::SupportAttention(support(None, false))),
            ("support-closed", Mail::SupportClosed(support(None, true))),
        ]
    }

    /// What `words` must hold: the parts of every mail and the words they share.
    pub(crate) fn every_key() -> BTreeSet<String> {
        let shared = [
            "fact-who",
            "fact-what",
            "fact-until",
            "fact-when",
            "who",
            "who-nobody",
            "who-operator",
            "what",
            "what-factor",
            "what-credential",
            "what-bought",
            "what-used",
            "what-roles",
            "what-login",
            "what-attested",
            "what-company",
            "part-address",
            "part-contact",
            "part-registration",
            "what-support",
            "from-person",
            "quote-person",
            "quote-agreement",
            "link-below",
            "nothing-title",
            "dates-utc",
        ];
        let own = every_mail().into_iter().flat_map(|(_, mail)| {
            let name = Parts::of(&mail).name;
            ["subject", "headline", "lead", "button", "nothing", "why"].map(|part| format!("{name}-{part}"))
        });
        shared.into_iter().map(str::to_owned).chain(own).collect()
    }

    fn rendered(mail: Mail, language: Language) -> Rendered {
        render(&MailContent { to: "erik@lindqvist.example".to_owned(), mail }, &brand(), language).unwrap()
    }

    /// Every start tag of a document, checked for being closed in order.
    fn tags(html: &str) -> Vec<&str> {
        let (mut found, mut open, mut rest) = (Vec::new(), Vec::new(), html);
        while let Some((_, after)) = rest.split_once('<') {
            let (tag, after) = after.split_once('>').expect("a tag ends");
            rest = after;
            let name = tag.split([' ', '\n']).next().unwrap();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "closed out of order"),
                None if matches!(name, "!doctype" | "meta" | "br") => {}
                None => open.push(name),
            }
            found.push(tag);
        }
        assert!(open.is_empty(), "left open: {open:?}");
        found
    }

    #[test]
    fn every_mail_in_every_language() {
        for (name, mail) in every_mail() {
            for language in Language::ALL {
                let Rendered { from_name, subject, text, html } = rendered(mail.clone(), language);
                let both = format!("From: {from_name}\nSubject: {subject}\n\n{text}\n{}\n{html}", "=".repeat(72));
                insta::assert_snapshot!(format!("{name}-{}", language.tag()), both);
            }
        }
    }

    #[test]
    fn the_page_is_well_formed_and_fetches_nothing() {
        for (name, mail) in every_mail() {
            for language in Language::ALL {
                let html = rendered(mail.clone(), language).html;
                let link = Parts::of(&mail).link.to_owned();
                for tag in tags(&html) {
                    let kind = tag.split(' ').next().unwrap();
                    assert!(
                        !matches!(
                            kind,
                            "img" | "script" | "link" | "iframe" | "object" | "form" | "svg" | "video" | "base"
                        ),
                        "{name} has <{kind}>"
                    );
                    for remote in ["src=", "url(", "@import", " on"] {
                        assert!(!tag.contains(remote) || kind == "meta", "{name} has {remote} in <{tag}>");
                    }
                    if let Some((_, target)) = tag.split_once("href=\"") {
                        assert_eq!(target.split('"').next(), Some(link.as_str()), "{name}");
                    }
                }
                assert!(!html.contains("url(") && !html.contains("@import"), "{name}");
                assert!(html.contains(&format!("<html lang=\"{}\"", language.tag())));
            }
        }
    }

    #[test]
    fn the_twins_say_the_same_and_leave_no_variable_open() {
        for (name, mail) in every_mail() {
            for language in Language::ALL {
                let Rendered { text, html, subject, .. } = rendered(mail.clone(), language);
                for part in [&text, &subject] {
                    assert!(!part.contains(['{', '}']), "{name} {}: {part}", language.tag());
                }
                let link = Parts::of(&mail).link;
                assert!(text.lines().any(|line| line == link), "{name}: the link has a line of its own");
                for line in text.lines().filter(|line| !line.starts_with(['>', '-']) && !line.contains([':', '：'])) {
                    let words = line.trim_end_matches(':').replace('\'', "&#39;");
                    assert!(html.contains(&words), "{name} {}: {line:?} is only in the text", language.tag());
                }
            }
        }
    }

    #[test]
    fn free_text_stays_text_in_its_own_block() {
        let evil = "</blockquote><a href=\"https://evil.example\">Review the request</a>\r\n\r\n-- \n\u{2028}Review the \
                    request:\u{85}https://evil.example/\u{202e}\n<script>alert(1)</script>";
        let message = Request {
            partner: "<img src=x>\r\nReview the request:\r\nhttps://evil.example".to_owned(),
            message: Some(evil.to_owned()),
            ..request(true)
        };
        let link = message.link.clone();
        let Rendered { text, html, subject, from_name } = rendered(Mail::Invite(message), Language::En);
        assert!(!tags(&html).iter().any(|tag| tag.starts_with("script") || tag.starts_with("img")));
        assert_eq!(html.matches("href=\"").count(), 2, "the button and the bare link");
        assert_eq!(html.matches(&format!("href=\"{link}\"")).count(), 2);
        for line in text.lines().filter(|line| line.contains("evil.example")) {
            assert!(line.starts_with("> ") || line.contains("<img src=x> Review"), "outside its block: {line:?}");
        }
        assert!(!subject.contains(['\r', '\n']) && !from_name.contains(['\r', '\n']));
    }

    #[test]
    fn reminders_and_notices_never_carry_the_partners_subject() {
        let own = Request { subject: Some("Ours".to_owned()), ..request(true) };
        assert_eq!(rendered(Mail::Invite(own.clone()), Language::En).subject, "Ours");
        assert_eq!(rendered(Mail::Reminder(own), Language::En).subject, "Still open: request from Brightwater IT");
    }

    #[test]
    fn debug_prints_no_link() {
        let content = MailContent { to: "erik@lindqvist.example".to_owned(), mail: Mail::Invite(request(true)) };
        let printed = format!("{content:?} {:?}", rendered(content.mail.clone(), Language::En));
        assert!(printed.contains("Brightwater IT") && !printed.contains("MsRVYb"), "{printed}");
    }
}

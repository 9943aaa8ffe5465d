//! Requests as most tests need them; a test names only what it is about: `Draft { cloud, country, ..draft() }`.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a fixture that cannot be made fails its test")]

use entente_app::acceptance::Opened;
use entente_app::invitation::{Draft, View};
use entente_domain::acceptance::Choice;
use entente_domain::cloud::Cloud;
use entente_domain::invitation::{Asks, Binding, Message, Recipient};
use entente_domain::language::Language;
use entente_domain::relationship::RelationshipKind;
use entente_identity::LinkToken;

/// The agreement in force when tests begin.
pub const AGREEMENT: &str = "2026-09-01";
/// Everything is accepted that can be asked.
pub const ALL: Choice = Choice { privileges: true, agreement: Some(AGREEMENT) };
/// The relationship alone.
pub const RESELLER_ONLY: Choice = Choice { privileges: false, ..ALL };

/// A request for everything in the public cloud in Norway, addressed to nobody in particular.
pub fn draft() -> Draft {
    Draft {
        asks: Asks { kind: RelationshipKind::Reseller, privileges: true },
        cloud: Cloud::Public,
        country: "NO".parse().expect("a country"),
        companion: None,
        binding: Binding::Any,
        recipient: Recipient { email: None, name: None, language: Language::En },
        message: Message {
            subject: "Brightwater IT would like to become your reseller".parse().expect("a subject"),
            body: "Hello Ingrid,\n\nas agreed.".parse().expect("a text"),
        },
    }
}

/// The same, addressed to somebody whose organisation alone may use the link.
pub fn draft_to(address: &str) -> Draft {
    let (_, domain) = address.split_once('@').expect("an address");
    Draft {
        binding: Binding::Domain(domain.parse().expect("a domain")),
        recipient: Recipient { email: Some(address.parse().expect("an address")), ..draft().recipient },
        ..draft()
    }
}

/// A request's personal link, as its page reads it from the address.
pub fn opened(view: &View) -> Opened {
    let link = view.link.as_deref().expect("a live link");
    let (_, token) = link.rsplit_once('/').expect("a path");
    Opened::Personal(LinkToken::parse(token).expect("a token"))
}

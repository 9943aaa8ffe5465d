//! Sending as a mail server and an outbox experience it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be prepared has failed; clippy knows only functions marked as tests"
)]

mod sink;
mod smtp;
mod worker;

use entente_delivery::Outgoing;
use entente_domain::language::Language;
use entente_domain::text::EmailAddress;
use entente_domain::time::Timestamp;

/// A mail whose id ends in this number.
fn mail(number: u32) -> Outgoing {
    Outgoing {
        id: format!("01890a5d-ac96-774b-bcce-{number:012}").parse().unwrap(),
        to: EmailAddress::parse("erik@lindqvist.example").unwrap(),
        from_address: EmailAddress::parse("no-reply@halden.example").unwrap(),
        from_name: "Halden Cloud".to_owned(),
        reply_to: None,
        subject: format!("Mail {number}"),
        text: "Hello\n.\nhttps://portal.halden.example/invite/secret\n".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        date: Timestamp::from_seconds(1_804_809_600 + i64::from(number)),
        language: Language::En,
        list_unsubscribe: None,
    }
}

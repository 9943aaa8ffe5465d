//! Messages as a receiver parses them: headers, recipients, encodings, and every known way to inject more.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be prepared has failed; clippy knows only functions marked as tests"
)]

use entente_delivery::{NotSendable, Outgoing};
use entente_domain::language::Language;
use entente_domain::text::EmailAddress;
use entente_domain::time::Timestamp;
use mailparse::{MailAddr, MailHeaderMap, addrparse_header, parse_mail};

/// The values people tried elsewhere: line breaks in every spelling, encoded words, second addresses, literals.
const HOSTILE: [&str; 20] = [
    "A\r\nBcc: x@example.org",
    "A\nBcc: x@example.org",
    "A\rBcc: x@example.org",
    "A%0d%0aBcc: x@example.org",
    "A\u{2028}Bcc: x@example.org",
    "A\u{85}Bcc: x@example.org",
    "A\0B",
    "=?utf-8?q?A=0D=0ABcc:_x@example.org?=",
    "a@example.com, b@example.org",
    "a@example.com;b@example.org",
    "<a@example.com> b@example.org",
    "\"a\\\r\n b\"@example.com",
    "a@example.com%0aRCPT TO:<x@example.org>",
    "a@[127.0.0.1]",
    "a@example.com\0@example.org",
    "\u{202e}example.com",
    "A\r\n\r\n<script>alert(1)</script>",
    "A\u{c}\u{b}\u{2029}Bcc: x@example.org",
    "A\r\n.\r\nMAIL FROM:<x@example.org>",
    "\" <x@example.org>, \"",
];

const EXPECTED: [&str; 13] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
];

fn outgoing() -> Outgoing {
    Outgoing {
        id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        to: EmailAddress::parse("erik@lindqvist.example").unwrap(),
        from_address: EmailAddress::parse("no-reply@halden.example").unwrap(),
        from_name: "Maya Okafor at Brightwater IT via Halden Cloud".to_owned(),
        reply_to: Some((EmailAddress::parse("maya@brightwater.example").unwrap(), "Maya Okafor".to_owned())),
        subject: "Brightwater IT would like to become your Halden Cloud reseller".to_owned(),
        text: "Hello\n\nhttps://portal.halden.example/invite/x\n".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        date: Timestamp::from_seconds(1_804_809_600),
        language: Language::En,
        list_unsubscribe: Some("https://portal.halden.example/u/x".to_owned()),
    }
}

fn bytes(mail: &Outgoing) -> Vec<u8> {
    mail.message().unwrap().formatted()
}

/// Parses the message back and checks what must hold for every message whatever it was made of.
fn check(mail: &Outgoing) -> Vec<(String, String)> {
    let message = mail.message().unwrap();
    assert_eq!(message.envelope().to().len(), 1, "exactly one RCPT TO");
    let bytes = message.formatted();
    assert!(bytes.is_ascii(), "needs 8BITMIME");
    for line in bytes.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 999, "a line of {} octets", line.len());
    }
    for (at, byte) in bytes.iter().enumerate() {
        assert_ne!(*byte, 0);
        match byte {
            b'\r' => assert_eq!(bytes.get(at + 1), Some(&b'\n'), "a lone CR"),
            b'\n' => assert_eq!(bytes.get(at - 1), Some(&b'\r'), "a lone LF"),
            _ => {}
        }
    }
    let parsed = parse_mail(&bytes).unwrap();
    let names: Vec<String> = parsed.headers.iter().map(mailparse::MailHeader::get_key).collect();
    for name in &names {
        assert!(EXPECTED.contains(&name.as_str()), "unexpected header {name}");
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name} stands twice");
    }
    for header in ["From", "To", "Reply-To"] {
        if let Some(header) = parsed.headers.get_first_header(header) {
            let list = addrparse_header(header).unwrap();
            assert!(matches!(list.as_slice(), [MailAddr::Single(_)]), "not one address: {list:?}");
        }
    }
    assert_eq!(parsed.ctype.mimetype, "multipart/alternative");
    let kinds: Vec<&str> = parsed.subparts.iter().map(|part| part.ctype.mimetype.as_str()).collect();
    assert_eq!(kinds, ["text/plain", "text/html"]);
    parsed.headers.iter().map(|header| (header.get_key(), header.get_value())).collect()
}

fn value<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

#[test]
fn the_headers() {
    let headers = check(&outgoing());
    assert_eq!(value(&headers, "From"), "\"Maya Okafor at Brightwater IT via Halden Cloud\" <no-reply@halden.example>");
    assert_eq!(value(&headers, "To"), "erik@lindqvist.example");
    assert_eq!(value(&headers, "Reply-To"), "\"Maya Okafor\" <maya@brightwater.example>");
    assert_eq!(value(&headers, "Message-ID"), "<01890a5d-ac96-774b-bcce-b302099a8057@halden.example>");
    assert_eq!(value(&headers, "Date"), "Fri, 12 Mar 2027 00:00:00 +0000");
    assert_eq!(value(&headers, "Auto-Submitted"), "auto-generated");
    assert_eq!(value(&headers, "X-Auto-Response-Suppress"), "All");
    assert_eq!(value(&headers, "Content-Language"), "en");
    assert_eq!(value(&headers, "List-Unsubscribe"), "<https://portal.halden.example/u/x>");
    assert_eq!(value(&headers, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
}

#[test]
fn every_attempt_is_byte_for_byte_the_same() {
    assert_eq!(bytes(&outgoing()), bytes(&outgoing()));
}

#[test]
fn other_scripts_arrive_as_written() {
    let mail = Outgoing {
        from_name: "明亮水域的李娜，通过哈尔登云".to_owned(),
        subject: "明亮水域希望成为您的哈尔登云经销商".repeat(4),
        text: "您好\n\n链接\n".to_owned(),
        language: Language::ZhCn,
        ..outgoing()
    };
    let headers = check(&mail);
    assert_eq!(value(&headers, "Subject"), mail.subject);
    assert!(value(&headers, "From").contains("李娜"), "{}", value(&headers, "From"));
    let bytes = bytes(&mail);
    let parsed = parse_mail(&bytes).unwrap();
    assert_eq!(parsed.subparts.first().unwrap().get_body().unwrap(), "您好\r\n\r\n链接\r\n");
}

#[test]
fn hostile_names_and_texts_add_nothing() {
    for hostile in HOSTILE {
        for long in [hostile.to_owned(), hostile.repeat(200)] {
            let headers = check(&Outgoing {
                from_name: long.clone(),
                reply_to: Some((EmailAddress::parse("maya@brightwater.example").unwrap(), long.clone())),
                subject: long.clone(),
                text: long.clone(),
                html: long.clone(),
                ..outgoing()
            });
            assert!(!value(&headers, "Subject").contains(['\r', '\n', '\0']), "{hostile:?}");
            assert!(value(&headers, "From").ends_with("<no-reply@halden.example>"), "{hostile:?}");
            assert!(value(&headers, "Reply-To").ends_with("<maya@brightwater.example>"), "{hostile:?}");
        }
    }
}

#[test]
fn an_encoded_word_is_shown_not_decoded() {
    let headers = check(&Outgoing { subject: "=?utf-8?q?A=0D=0ABcc:_x@example.org?=".to_owned(), ..outgoing() });
    assert_eq!(value(&headers, "Subject"), "= ?utf-8?q?A=0D=0ABcc:_x@example.org?=");
}

#[test]
fn hostile_addresses_are_refused() {
    for hostile in HOSTILE {
        assert!(EmailAddress::parse(hostile).is_err(), "{hostile:?}");
    }
}

#[test]
fn every_address_the_domain_takes_can_be_sent_to() {
    for plain in [
        "Erik.Lindqvist+x@LindqvistArkitekter.NO",
        "o'brien@example.ie",
        "a_b#EXT#@example.com",
        "#$&'*+-/?=^_`{|}~@b.example",
        "info@münchen.example",
        "a@例子.中国",
    ] {
        let to = EmailAddress::parse(plain).unwrap();
        let mail = Outgoing {
            to: to.clone(),
            from_address: to.clone(),
            reply_to: Some((to.clone(), "x".to_owned())),
            ..outgoing()
        };
        let headers = check(&mail);
        assert_eq!(value(&headers, "To"), to.as_str());
        assert!(value(&headers, "Message-ID").ends_with(&format!("@{}>", to.domain())));
    }
}

#[test]
fn only_https_links_unsubscribe() {
    let bad = ["http://portal.halden.example/u", "https://x>, <https://evil.example", "https://x/\r\nBcc: y", ""];
    for link in HOSTILE.into_iter().chain(bad) {
        let unsubscribe = Outgoing { list_unsubscribe: Some(link.to_owned()), ..outgoing() };
        assert_eq!(unsubscribe.message().unwrap_err(), NotSendable::Unsubscribe, "{link:?}");
    }
}

#[test]
fn a_body_cannot_close_its_own_part() {
    let evil = "--=_01890a5d-ac96-774b-bcce-b302099a8057\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n";
    check(&Outgoing { text: evil.to_owned(), ..outgoing() });
}

#[test]
fn the_longest_lines_are_encoded() {
    check(&Outgoing { text: "a".repeat(100_000), html: "ä".repeat(50_000), subject: "b".repeat(3_000), ..outgoing() });
}

#[test]
fn debug_prints_no_link() {
    let printed = format!("{:?}", outgoing());
    assert!(printed.contains("01890a5d") && !printed.contains("invite") && !printed.contains("erik"), "{printed}");
}

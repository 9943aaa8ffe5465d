//! From plain data to an RFC 5322 message.
//!
//! One recipient, `From` fixed to the operator's address, people only as display names, everything that came from a
//! person reduced to harmless text before the MIME library encodes it (threat 20). The bytes depend on nothing but the
//! input: every attempt of one mail has the same `Message-ID`, date and boundary, so that a receiver can drop the copy
//! when an answer was lost and the mail is sent again.

use std::time::{Duration, SystemTime};

use entente_domain::ids::MailId;
use entente_domain::language::Language;
use entente_domain::text::EmailAddress;
use entente_domain::time::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

/// Longest subject and longest display name in characters; keeps every header line far below 998 octets.
const MAX_SUBJECT: usize = 180;
const MAX_NAME: usize = 100;
/// Longest link for `List-Unsubscribe`, for the same reason.
const MAX_URL: usize = 900;

/// One mail to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The outbox row; the `Message-ID` is made from it.
    pub id: MailId,
    /// The only recipient.
    pub to: EmailAddress,
    /// The operator's configured address; its domain is ours, also in the `Message-ID`.
    pub from_address: EmailAddress,
    /// Who writes, in words: "Maya Okafor at Brightwater IT via Halden Cloud".
    pub from_name: String,
    /// Whom an answer reaches, address and name.
    pub reply_to: Option<(EmailAddress, String)>,
    /// The subject line.
    pub subject: String,
    /// The plain text twin.
    pub text: String,
    /// The HTML twin.
    pub html: String,
    /// When the mail was written, not when it is sent.
    pub date: Timestamp,
    /// The language of both twins.
    pub language: Language,
    /// The https address for RFC 8058 one-click unsubscribing; for reminders and notices only.
    pub list_unsubscribe: Option<String>,
}

/// Prints neither texts nor people: the texts hold the personal link (threat 44).
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("id", &self.id)
            .field("date", &self.date)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// Why data cannot become a mail. Trying again would not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSendable {
    /// The MIME library does not take one of the addresses.
    #[error("an address of the message cannot be used")]
    Address,
    /// The unsubscribe link is not an https link.
    #[error("the unsubscribe link is not an https link")]
    Unsubscribe,
    /// The MIME library refused.
    #[error("the message cannot be built")]
    Build,
}

impl Outgoing {
    /// The value of `Message-ID`, the same for every attempt.
    pub fn message_id(&self) -> String {
        format!("<{}@{}>", self.id, self.from_address.domain())
    }

    /// The message with all headers, ready for the wire.
    ///
    /// # Errors
    /// When an address or link is not usable; nothing is ever silently left out.
    pub fn message(&self) -> Result<Message, NotSendable> {
        let from = Mailbox::new(name(&self.from_name), address(&self.from_address)?);
        let to = Mailbox::new(None, address(&self.to)?);
        let mut builder = Message::builder()
            .from(from)
            .to(to)
            .subject(header_text(&self.subject, MAX_SUBJECT))
            .date(system_time(self.date))
            .message_id(Some(self.message_id()))
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"))
            .raw_header(raw("Content-Language", self.language.tag()));
        if let Some((reply_address, reply_name)) = &self.reply_to {
            builder = builder.reply_to(Mailbox::new(name(reply_name), address(reply_address)?));
        }
        if let Some(url) = &self.list_unsubscribe {
            if !is_plain_https(url) {
                return Err(NotSendable::Unsubscribe);
            }
            builder = builder
                .raw_header(raw("List-Unsubscribe", &format!("<{url}>")))
                .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let (text, html) = (body_text(&self.text), body_text(&self.html));
        let parts = MultiPart::alternative()
            .boundary(boundary(self.id, &text, &html))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html));
        builder.multipart(parts).map_err(|_| NotSendable::Build)
    }
}

/// What the domain lets through is a dot-atom at a host name in ASCII, so no server needs SMTPUTF8 for it.
fn address(parsed: &EmailAddress) -> Result<Address, NotSendable> {
    parsed.as_str().parse().map_err(|_| NotSendable::Address)
}

fn name(text: &str) -> Option<String> {
    Some(header_text(text, MAX_NAME)).filter(|text| !text.is_empty())
}

/// A name or other short text as one line, for use inside a sentence.
pub(crate) fn line_text(text: &str) -> String {
    header_text(text, usize::MAX)
}

/// Free text with harmless line breaks.
pub(crate) fn block_text(text: &str) -> String {
    body_text(text)
}

/// One line of visible text: every kind of line break and control becomes a space, marks that reorder or hide text go,
/// and a text that looks like an encoded word is broken up, since mail programs would decode what we did not encode.
fn header_text(text: &str, max_chars: usize) -> String {
    let visible: String = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if is_break(c) || c.is_control() { ' ' } else { c })
        .collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ").replace("=?", "= ?");
    match line.char_indices().nth(max_chars) {
        None => line,
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
    }
}

/// Body text with one kind of line break and no control characters: a lone CR or NUL is how messages are smuggled past
/// a relay that reads line ends differently from the next one.
fn body_text(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|c| !is_invisible(*c))
        .filter_map(|c| match c {
            '\n' | '\t' => Some(c),
            c if is_break(c) => Some('\n'),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Bidirectional controls and zero-width characters, except the joiners that some scripts and emoji need.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_plain_https(url: &str) -> bool {
    url.len() <= MAX_URL
        && url.starts_with("https://")
        && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b','))
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A boundary that occurs in neither twin, made without randomness so that attempts are equal.
fn boundary(id: MailId, text: &str, html: &str) -> String {
    let mut boundary = format!("=_{id}");
    while text.contains(&boundary) || html.contains(&boundary) {
        boundary.push('_');
    }
    boundary
}

fn system_time(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.seconds()).unwrap_or(0);
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}

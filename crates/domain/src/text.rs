//! Text from outside: one type per kind of thing people type, each with one fallible constructor.
//!
//! What these types let through can stand on one line of a mail header, a page, a log or a consent record without changing
//! how the rest of it reads. Therefore none of them holds control characters, U+2028/2029, direction controls or invisible
//! characters (message bodies keep U+200C, U+200D and variation selectors, which joining scripts and emoji need), and all are
//! in NFC. Escaping for HTML, headers or CSV remains the business of whoever writes those; [`spreadsheet_safe`] is here
//! because import and export must agree on it.
//!
//! Look-alike names are not refused here, as nobody's name is wrong in itself: [`skeleton`] makes them comparable (UTS 39), and
//! only what no honest name needs (scripts mixed within a word, overlaid marks, badges) is refused.

mod compare;
mod spreadsheet;

use std::borrow::Cow;
use std::fmt;

use compare::confusables;
pub use compare::{looks_like, name_key, skeleton};
pub use spreadsheet::{spreadsheet_safe, spreadsheet_text};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection};

/// Why a text was refused. Every face maps each case to its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TextError {
    /// Nothing but spaces.
    #[error("empty")]
    Empty,
    /// More characters than allowed.
    #[error("longer than {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A control character, a line break where one line is due, or a code point that is no character.
    #[error("contains a control character or line break")]
    ControlCharacter,
    /// A character that changes the direction of reading.
    #[error("contains a character that changes the reading direction")]
    DirectionOverride,
    /// A character that shows nothing.
    #[error("contains an invisible character")]
    InvisibleCharacter,
    /// Letters of alphabets that look alike within one word of a name.
    #[error("mixes alphabets within a word")]
    MixedScript,
    /// Marks that strike letters through or pile up over them.
    #[error("contains overlaid or piled-up marks")]
    StackedMarks,
    /// A sign that looks like a badge of verification.
    #[error("contains a sign that looks like a badge")]
    Badge,
    /// An RFC 2047 encoded word, which a mail reader would decode into other text.
    #[error("contains an encoded word")]
    EncodedWord,
    /// Not one plain mail address.
    #[error("not one plain mail address")]
    NotAnAddress,
    /// Not a domain name.
    #[error("not a domain name")]
    NotADomain,
    /// Not a number one can call.
    #[error("not a telephone number")]
    NotANumber,
}

impl TextError {
    /// The stable code faces key their messages by.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::ControlCharacter => "control_character",
            Self::DirectionOverride => "direction_override",
            Self::InvisibleCharacter => "invisible_character",
            Self::MixedScript => "mixed_script",
            Self::StackedMarks => "stacked_marks",
            Self::Badge => "badge",
            Self::EncodedWord => "encoded_word",
            Self::NotAnAddress => "not_an_address",
            Self::NotADomain => "not_a_domain",
            Self::NotANumber => "not_a_number",
        }
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident max $max:literal by $clean:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The most characters it can have.
            pub const MAX: usize = $max;

            /// Cleans and checks what somebody typed.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                let clean: fn(&str, usize) -> Result<String, TextError> = $clean;
                clean(text, Self::MAX).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, given away.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}

texts! {
    /// The name of an organisation, on one line.
    CompanyName max 120 by name;
    /// The name of a person, on one line.
    PersonName max 120 by name;
    /// The subject of a mail, on one line.
    SubjectLine max 200 by heading;
    /// A message of several lines, separated by U+000A alone.
    MessageText max 4_000 by body;
    /// Why somebody did something; several lines, separated by U+000A alone.
    Reason max 500 by body;
    /// What somebody calls one of their passkeys, on one line.
    FactorName max 60 by line;
    /// What a partner calls a subscription, on one line.
    SubscriptionName max 100 by heading;
    /// What people are told about a service in trouble, on one line.
    HealthText max 300 by line;
    /// What somebody looks for.
    SearchText max 100 by line;
    /// Where somebody can be called, as people write it: digits, spaces and the signs between them.
    PhoneNumber max 40 by phone;
    /// Somebody's department or job title, on one line.
    JobText max 100 by heading;
    /// A line of an address, a city or a state.
    AddressLine max 100 by heading;
    /// The number a register of companies knows an organisation by.
    RegistrationNumber max 40 by heading;
    /// What a file is called, on one line; see [`crate::service_request::attachment::name`].
    FileName max 120 by line;
    /// A DNS domain name of at least two labels, in lower-case ASCII (A-labels).
    DomainName max 253 by domain;
    /// One mail address as in RFC 5321: a dot-atom and a domain, nothing else. The local part keeps its case, the domain
    /// is in lower-case ASCII.
    ///
    /// Refused though RFC 5321 knows them: quoted local parts, address literals, local parts beyond ASCII, and `%` and `!`,
    /// which some relays take as routes.
    EmailAddress max 254 by address;
    /// The name a person signs in with; has the form of a mail address, though mail need not reach it.
    UserPrincipalName max 254 by address;
}

impl CompanyName {
    /// What sorting and prefix search use, see [`name_key`].
    pub fn key(&self) -> String {
        name_key(&self.0)
    }

    /// What look-alikes share, see [`skeleton`].
    pub fn skeleton(&self) -> String {
        skeleton(&self.0)
    }
}

impl PersonName {
    /// What sorting and prefix search use, see [`name_key`].
    pub fn key(&self) -> String {
        name_key(&self.0)
    }
}

impl SearchText {
    /// What is compared with keys of names, see [`name_key`].
    pub fn key(&self) -> String {
        name_key(&self.0)
    }
}

impl EmailAddress {
    /// What stands behind the `@`.
    pub fn domain(&self) -> DomainName {
        DomainName(domain_part(&self.0).to_owned())
    }

    /// The form under which addresses that differ only in case are the same.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl UserPrincipalName {
    /// What stands behind the `@`.
    pub fn domain(&self) -> DomainName {
        DomainName(domain_part(&self.0).to_owned())
    }

    /// The form under which names that differ only in case are the same: what sign-in looks up.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FileName {
    /// The name of a file whose own is of no use.
    pub(crate) fn fallback(ending: &str) -> Self {
        Self(format!("file.{ending}"))
    }
}

impl DomainName {
    /// The name in Unicode where nobody can mistake it for another, else as it is stored.
    pub fn display(&self) -> Cow<'_, str> {
        let unicode = self.unicode();
        let safe = unicode.split('.').all(|label| {
            label.is_ascii()
                || (label.check_restriction_level(RestrictionLevel::ModeratelyRestrictive)
                    && !confusables(label).is_ascii())
        });
        if safe { unicode } else { Cow::Borrowed(&self.0) }
    }

    /// What look-alikes share, see [`skeleton`]; taken from the Unicode form, since that is what people compare.
    pub fn skeleton(&self) -> String {
        skeleton(&self.unicode())
    }

    /// Whether this is `other` or one of its subdomains.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.strip_suffix(&other.0).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    fn unicode(&self) -> Cow<'_, str> {
        if self.0.split('.').any(|label| label.starts_with("xn--")) {
            Cow::Owned(idna::domain_to_unicode(&self.0).0)
        } else {
            Cow::Borrowed(&self.0)
        }
    }
}

fn domain_part(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether a character may stand in one-line texts.
fn check_char(c: char) -> Result<(), TextError> {
    check_body_char(c)?;
    match c {
        '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' => Err(TextError::InvisibleCharacter),
        _ => Ok(()),
    }
}

/// Whether a character other than a line feed may stand in message bodies.
fn check_body_char(c: char) -> Result<(), TextError> {
    match c {
        _ if c.is_control() || u32::from(c) & 0xFFFE == 0xFFFE => Err(TextError::ControlCharacter),
        '\u{2028}' | '\u{2029}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FFF9}'..='\u{FFFB}' => Err(TextError::ControlCharacter),
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Err(TextError::DirectionOverride)
        }
        '\u{00AD}'
        | '\u{034F}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}' => Err(TextError::InvisibleCharacter),
        _ => Ok(()),
    }
}

/// Marks drawn across letters: they make a name look cancelled or another, and no language writes with them.
fn is_overlay(c: char) -> bool {
    matches!(c, '\u{0334}'..='\u{0338}' | '\u{0488}' | '\u{0489}' | '\u{20D0}'..='\u{20F0}')
}

/// Signs that a reader takes for the verification mark this product itself shows beside names.
fn is_badge(c: char) -> bool {
    matches!(
        c,
        '\u{2605}'
            | '\u{2606}'
            | '\u{2610}'..='\u{2612}'
            | '\u{2705}'
            | '\u{2713}'
            | '\u{2714}'
            | '\u{2726}'
            | '\u{272A}'
            | '\u{2B50}'
            | '\u{1F396}'
            | '\u{1F3C5}'
            | '\u{1F31F}'
            | '\u{1F4AE}'
            | '\u{1F50F}'..='\u{1F513}'
            | '\u{1F5F8}'
            | '\u{1F5F9}'
            | '\u{1F6E1}'
            | '\u{1F530}'
            | '\u{1F197}'
    )
}

/// NFC, after refusing what is far too long to be worth normalising: composition at most quarters a text.
fn nfc(text: &str, max: usize) -> Result<String, TextError> {
    if text.len() > max * 16 {
        return Err(TextError::TooLong { max });
    }
    Ok(if text.is_ascii() { text.to_owned() } else { text.nfc().collect() })
}

fn bounded(text: String, max: usize) -> Result<String, TextError> {
    if text.is_empty() {
        Err(TextError::Empty)
    } else if text.len() > max && text.chars().count() > max {
        Err(TextError::TooLong { max })
    } else {
        Ok(text)
    }
}

fn collapse_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether a text is one line already, in the letters of ASCII: most of what is stored, and every page reads hundreds of them.
fn is_plain_line(text: &str) -> bool {
    let bytes = text.as_bytes();
    let spaced = bytes.starts_with(b" ") || bytes.ends_with(b" ") || bytes.windows(2).any(|pair| pair == b"  ");
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) && !spaced
}

/// One line with single spaces between words.
fn line(text: &str, max: usize) -> Result<String, TextError> {
    if is_plain_line(text) {
        return bounded(text.to_owned(), max);
    }
    let text = nfc(text, max)?;
    text.chars().try_for_each(check_char)?;
    bounded(collapse_spaces(&text), max)
}

/// One line that may stand in a mail header.
fn heading(text: &str, max: usize) -> Result<String, TextError> {
    let text = line(text, max)?;
    // A mail reader decodes these even where the writer meant them literally, and encoders leave ASCII as it is.
    if text.contains("=?") && text.contains("?=") {
        return Err(TextError::EncodedWord);
    }
    Ok(text)
}

/// One line that names somebody.
fn name(text: &str, max: usize) -> Result<String, TextError> {
    let text = heading(text, max)?;
    if text.is_ascii() {
        return Ok(text);
    }
    if text.chars().any(is_badge) {
        return Err(TextError::Badge);
    }
    let mut piled = 0;
    for c in text.chars() {
        piled = if is_combining_mark(c) { piled + 1 } else { 0 };
        // Four marks on one letter are more than any living orthography needs after composition.
        if piled > 4 || is_overlay(c) {
            return Err(TextError::StackedMarks);
        }
    }
    if text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)).any(mixes_scripts) {
        return Err(TextError::MixedScript);
    }
    Ok(text)
}

/// Whether a word mixes alphabets that look alike. Latin beside Han, Kana, Hangul or any other single script that is not
/// Cyrillic or Greek is usual in company names and stays (UTS 39, moderately restrictive).
fn mixes_scripts(word: &str) -> bool {
    if word.is_ascii() {
        return false;
    }
    let letters: String =
        word.nfkc().filter(|c| c.is_alphabetic() && GeneralSecurityProfile::identifier_allowed(*c)).collect();
    !letters.as_str().check_restriction_level(RestrictionLevel::ModeratelyRestrictive)
}

/// Several lines; CR LF and CR become LF, a tab becomes a space.
fn body(text: &str, max: usize) -> Result<String, TextError> {
    let text = nfc(text, max)?.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    text.chars().filter(|c| *c != '\n').try_for_each(check_body_char)?;
    bounded(text.trim().to_owned(), max)
}

/// At least three digits, as the shortest numbers have. Kept as typed: what a number means depends on who calls.
fn phone(text: &str, max: usize) -> Result<String, TextError> {
    let text = line(text, max)?;
    let known = |c: char| c.is_ascii_digit() || " +-().,;/#*extEXT".contains(c);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits >= 3 && text.chars().all(known) { Ok(text) } else { Err(TextError::NotANumber) }
}

fn domain(text: &str, max: usize) -> Result<String, TextError> {
    let text = line(text, max)?;
    if text.contains(' ') {
        return Err(TextError::NotADomain);
    }
    let ascii = idna::domain_to_ascii_strict(&text).map_err(|_| TextError::NotADomain)?;
    // A last label that does not begin with a letter belongs to an address in one of its many spellings (127.1, 0x7f.1).
    match ascii.rsplit_once('.') {
        Some((_, last)) if last.starts_with(|c: char| c.is_ascii_lowercase()) => bounded(ascii, max),
        _ => Err(TextError::NotADomain),
    }
}

fn address(text: &str, max: usize) -> Result<String, TextError> {
    let text = line(text, max)?;
    let (local, host) = text.rsplit_once('@').ok_or(TextError::NotAnAddress)?;
    let host = domain(host, DomainName::MAX).map_err(|_| TextError::NotAnAddress)?;
    let atext = |c: u8| c.is_ascii_alphanumeric() || b"#$&'*+-/=?^_`{|}~".contains(&c);
    let dot_atom = local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(atext));
    // RFC 5321 section 4.5.3.1.1 limits local parts to 64 octets.
    if !dot_atom || local.len() > 64 || local.contains("=?") {
        return Err(TextError::NotAnAddress);
    }
    bounded(format!("{local}@{host}"), max)
}

#[cfg(test)]
mod tests;

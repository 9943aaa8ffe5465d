//! One-time codes from an application: RFC 6238 with SHA-1, six digits and steps of 30 seconds, the only settings every
//! application knows. The secret is kept sealed ([`crate::SealKey`]); that a code counts once is the store's business.

use entente_domain::time::Timestamp;
use totp_rs::{Builder, Secret, Totp};

use crate::random::Random;

/// Bytes of a secret, as RFC 4226 section 4 recommends for SHA-1: 160 bits.
const LENGTH: usize = 20;
/// What a sealed secret is for.
pub const PURPOSE: &str = "one-time-codes";

/// What an application and the server share. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; LENGTH]);

impl TotpSecret {
    /// A new unpredictable secret.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; LENGTH];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The secret that was kept; `None` when the bytes cannot be one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, to be sealed and for nothing else.
    pub const fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret for people to type into their application: base32 (RFC 4648) in groups of four.
    pub fn text(&self) -> String {
        let text = Secret::from(self.0).to_base32();
        let signs: Vec<char> = text.chars().collect();
        signs.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }

    /// The address inside the QR code (the Key URI format that applications agree on).
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        let secret = Secret::from(self.0).to_base32();
        let (issuer, account) = (quoted(issuer), quoted(account));
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
    }

    /// The step whose code was typed: the present one, the one before or the one after. Spaces between the digits, as some
    /// applications show them, do not count.
    pub fn step(&self, typed: &str, now: Timestamp) -> Option<i64> {
        let code: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
        let step = self.totp().check(&code, u64::try_from(now.seconds()).ok()?)?;
        i64::try_from(step).ok()
    }

    /// The code at `now`, for tests that play the application.
    pub fn code(&self, now: Timestamp) -> String {
        self.totp().generate(u64::try_from(now.seconds()).unwrap_or(0)).to_string()
    }

    fn totp(&self) -> Totp {
        // The defaults of the builder are the settings above; 160 bits are long enough for every rule it could check.
        Builder::new().with_secret(self.0).build_noncompliant()
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret")
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986 section 2.3).
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            quoted.push('%');
            quoted.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, SHA-1; the last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let at = Timestamp::from_seconds(seconds);
            assert_eq!(rfc().code(at), code);
            assert_eq!(rfc().step(code, at), Some(seconds / 30));
        }
    }

    #[test]
    fn one_step_to_either_side_counts_and_no_more() {
        let at = Timestamp::from_seconds(1_111_111_111);
        let (step, code) = (1_111_111_111 / 30, rfc().code(at));
        for (later, expected) in [(-60, None), (-30, Some(step)), (0, Some(step)), (30, Some(step)), (60, None)] {
            assert_eq!(rfc().step(&code, at.plus_seconds(later)), expected, "{later} s later");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let at = Timestamp::from_seconds(59);
        for bad in ["", "28708", "2870822", "+87082", "-87082", "28708a", "２８７０８２", "287083"] {
            assert_eq!(rfc().step(bad, at), None, "{bad:?}");
        }
        assert_eq!(rfc().step(" 287 082 ", at), Some(1));
    }

    #[test]
    fn the_address_names_issuer_and_account() {
        assert_eq!(
            rfc().uri("Halden: Cloud & Co", "ada@fjordline.no"),
            "otpauth://totp/Halden%3A%20Cloud%20%26%20Co:ada%40fjordline.no\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Halden%3A%20Cloud%20%26%20Co"
        );
        assert_eq!(rfc().text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn secrets_differ_and_are_not_printed() {
        let (one, two) = (TotpSecret::generate(&SystemRandom), TotpSecret::generate(&SystemRandom));
        assert_ne!(one, two);
        assert_eq!(format!("{one:?}"), "TotpSecret");
        assert_eq!(TotpSecret::from_bytes(one.bytes()), Some(one));
        assert_eq!(TotpSecret::from_bytes(b"short"), None);
    }
}

//! Applications: the programs that ask the authority for tokens, and the credentials they prove themselves with.

use crate::directory::PartnerRole;
use crate::event::{EventKind, Happened};
use crate::ids::{ApplicationId, CredentialId, TenantId};
use crate::text::CompanyName;
use crate::time::Timestamp;

/// The longest life of a secret or key, in days: two years.
pub const CREDENTIAL_DAYS: i64 = 730;
/// A partner's credential nobody used for this many days is switched off (threat 34).
pub const UNUSED_DAYS: i64 = 90;
/// Days for which a service's older secrets stay good beside a new one, so that it can be switched over.
pub const SWITCH_DAYS: i64 = 7;
/// A credential that ends within this many days is marked, so that a new one is in place in time.
pub const SOON_DAYS: i64 = 30;
/// The most secrets and keys of one application.
pub const MAX_CREDENTIALS: usize = 10;
/// The most redirect addresses of one application.
pub const MAX_REDIRECTS: usize = 20;

/// A program registered with the authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its id, on the wire `client_id`.
    pub id: ApplicationId,
    /// The organisation that registered it and whose people use it; none for the operator's own services, which are at home
    /// in every organisation.
    pub owner: Option<TenantId>,
    /// Its name, as sign-in pages show it.
    pub name: CompanyName,
    /// Whether it can keep a secret. The others prove nothing about themselves, so they must use PKCE.
    pub confidential: bool,
    /// Where sign-in may lead back to.
    pub redirects: Vec<RedirectUri>,
    /// What it may do at the partner without a person.
    pub roles: Vec<PartnerRole>,
    /// How its tokens are signed.
    pub algorithm: Signature,
    /// Whether people sign in to it by typing a code on another device (RFC 8628).
    pub device_code: bool,
    /// The name under which others ask for tokens for it, besides its id.
    pub identifier: Option<String>,
    /// False once an administrator switched it off: no token of it counts any more.
    pub enabled: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Counts writes; two writers of one version cannot both win.
    pub version: i64,
}

/// The signature algorithms of tokens (RFC 7518, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signature {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for clients that know nothing else.
    Rs256,
}

crate::codes! { Signature { Es256 = "ES256", Rs256 = "RS256" } }

/// A secret or key of an application, without the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// The application.
    pub application: ApplicationId,
    /// Which sort.
    pub kind: CredentialKind,
    /// What people called it.
    pub label: String,
    /// Enough of it to recognise it: the first characters of a secret, the thumbprint of a key.
    pub hint: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Good until then.
    pub expires_at: Timestamp,
    /// When it was last used, to the day.
    pub used_at: Option<Timestamp>,
    /// When it was switched off because nobody used it.
    pub disabled_at: Option<Timestamp>,
}

/// The sorts of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// A shared secret, shown once.
    Secret,
    /// A public key; the private one never leaves the application (RFC 7523).
    Key,
}

crate::codes! { CredentialKind { Secret = "secret", Key = "key" } }

/// How a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialStanding {
    /// It proves who its application is.
    Good,
    /// It still does, for [`SOON_DAYS`] at most.
    EndsSoon,
    /// It does no more, because nobody used it for [`UNUSED_DAYS`].
    Unused,
    /// Its time is over.
    Expired,
}

impl Credential {
    /// Whether it proves anything about `of`, which it belongs to, at `now`. Expiry and disuse are decided when read, so a late
    /// sweep lets nothing through.
    pub fn counts(&self, of: &Application, now: Timestamp) -> bool {
        let lost = of.loses_unused_credentials() && self.is_unused(now);
        self.disabled_at.is_none() && now < self.expires_at && !lost
    }

    /// Whether it ends within [`SOON_DAYS`], or has ended.
    pub fn is_near_its_end(&self, now: Timestamp) -> bool {
        now >= self.expires_at.plus_days(-SOON_DAYS)
    }

    /// How a partner's credential stands at `now`.
    pub fn standing(&self, now: Timestamp) -> CredentialStanding {
        if now >= self.expires_at {
            CredentialStanding::Expired
        } else if self.disabled_at.is_some() || self.is_unused(now) {
            CredentialStanding::Unused
        } else if self.is_near_its_end(now) {
            CredentialStanding::EndsSoon
        } else {
            CredentialStanding::Good
        }
    }

    /// Whether nobody used it for so long that a partner loses it.
    pub fn is_unused(&self, now: Timestamp) -> bool {
        now >= self.used_at.unwrap_or(self.created_at).plus_days(UNUSED_DAYS)
    }
}

impl Application {
    /// Whether people of this organisation sign in to it: those of its own, and everybody to the operator's services.
    pub fn is_at_home_in(&self, tenant: TenantId) -> bool {
        self.owner.is_none_or(|owner| owner == tenant)
    }

    /// Whether its credentials are switched off when nobody uses them. The operator's are not: a service that no partner opened
    /// for a season is not forgotten, the next one to open it would find it locked, and there is nobody to hear of it in time.
    pub fn loses_unused_credentials(&self) -> bool {
        self.owner.is_some()
    }

    /// Whether sign-in may lead back to this address.
    pub fn leads_back_to(&self, presented: &str) -> bool {
        self.redirects.iter().any(|it| it.matches(presented, self.confidential))
    }

    /// A bare event about it.
    pub fn happened(&self, kind: EventKind) -> Happened {
        let happened =
            Happened::new(kind).with("application_id", self.id.to_string()).with("application", self.name.as_str());
        match self.owner {
            Some(owner) => happened.partner(owner),
            None => happened,
        }
    }
}

/// An address sign-in may lead back to (RFC 6749, section 3.1.2; RFC 8252, section 7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RedirectUri(String);

/// Why a text is no redirect address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotARedirect {
    /// Empty, too long, or with characters an address cannot have.
    #[error("not an address")]
    Malformed,
    /// It has a fragment, which answers travel in.
    #[error("has a fragment")]
    Fragment,
    /// A scheme that carries no page and no application.
    #[error("has a scheme that is not allowed")]
    Scheme,
    /// Plain http to somewhere else than this machine.
    #[error("is plain http beyond this machine")]
    Insecure,
}

impl RedirectUri {
    /// The most characters it can have.
    pub const MAX: usize = 512;

    /// Checks an address: https; http only on the loopback interface; or a private-use scheme with a dot in it, which names a
    /// domain (RFC 8252, section 7.1).
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, NotARedirect> {
        let bad = text.is_empty()
            || text.len() > Self::MAX
            || text.chars().any(|c| {
                !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' | '*')
            });
        if bad {
            return Err(NotARedirect::Malformed);
        }
        if text.contains('#') {
            return Err(NotARedirect::Fragment);
        }
        let (scheme, rest) = text.split_once(':').ok_or(NotARedirect::Malformed)?;
        let known =
            scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
        if !known || !scheme.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(NotARedirect::Malformed);
        }
        match scheme {
            "https" => authority(rest).map(|_| ()).ok_or(NotARedirect::Malformed)?,
            "http" => {
                let (host, _, _) = authority(rest).ok_or(NotARedirect::Malformed)?;
                if !is_loopback(host) {
                    return Err(NotARedirect::Insecure);
                }
            }
            private if private.contains('.') => {}
            _ => return Err(NotARedirect::Scheme),
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the address presented, character by character. Programs on a person's machine cannot choose their port
    /// beforehand, so for them the port of a loopback address is left out of the comparison (RFC 8252, section 7.3).
    pub fn matches(&self, presented: &str, confidential: bool) -> bool {
        if self.0 == presented {
            return true;
        }
        if confidential {
            return false;
        }
        match (loopback(&self.0), loopback(presented)) {
            (Some(own), Some(other)) => own == other,
            _ => false,
        }
    }
}

/// Host and the rest of a loopback address, without its port. An empty path and `/` are the same there.
fn loopback(text: &str) -> Option<(&str, &str)> {
    let (host, port, rest) = authority(text.strip_prefix("http:")?)?;
    if !is_loopback(host) || text.contains('#') {
        return None;
    }
    port.is_none_or(|it| it.parse::<u16>().is_ok()).then_some((host, if rest == "/" { "" } else { rest }))
}

/// Host, port and rest of `//host:port/rest`; no name and password in front.
fn authority(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let text = text.strip_prefix("//")?;
    let end = text.find(['/', '?']).unwrap_or(text.len());
    let (place, rest) = text.split_at(end);
    let (host, port) = match place.strip_prefix('[') {
        Some(inner) => {
            let (host, after) = inner.split_once(']')?;
            let port = if after.is_empty() { None } else { Some(after.strip_prefix(':')?) };
            (host, port)
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
    let named = !host.is_empty() && !host.contains('@') && !host.contains(',');
    (named && port.is_none_or(digits)).then_some((host, port, rest))
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

impl std::fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for RedirectUri {
    type Err = NotARedirect;
    fn from_str(text: &str) -> Result<Self, NotARedirect> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn addresses_that_carry_an_answer_safely() {
        for good in [
            "https://tool.example/callback",
            "https://tool.example:8443/a?b=c",
            "http://localhost",
            "http://localhost:3000/callback",
            "http://127.0.0.1/x",
            "http://[::1]:8080/x",
            "com.example.tool:/callback",
        ] {
            assert_eq!(redirect(good).as_str(), good);
        }
        for (bad, why) in [
            ("", NotARedirect::Malformed),
            ("/callback", NotARedirect::Malformed),
            ("https:/tool.example", NotARedirect::Malformed),
            ("https://", NotARedirect::Malformed),
            ("https://user:pass@tool.example/", NotARedirect::Malformed),
            ("https://*.example/", NotARedirect::Malformed),
            ("https://tool.example/\r\nx", NotARedirect::Malformed),
            ("HTTPS://tool.example/", NotARedirect::Malformed),
            ("https://tool.example/#a", NotARedirect::Fragment),
            ("http://tool.example/", NotARedirect::Insecure),
            ("http://localhost.example/", NotARedirect::Insecure),
            ("http://127.0.0.1.example/", NotARedirect::Insecure),
            ("javascript:alert(1)", NotARedirect::Scheme),
            ("data:text/html,x", NotARedirect::Scheme),
            ("ftp://tool.example/", NotARedirect::Scheme),
        ] {
            assert_eq!(RedirectUri::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn only_the_very_address_and_only_the_port_of_loopback_is_free() {
        let web = redirect("https://tool.example/callback");
        assert!(web.matches("https://tool.example/callback", false));
        for other in [
            "https://tool.example/callback/",
            "https://tool.example/callback?x=1",
            "https://tool.example:443/callback",
            "https://tool.example/Callback",
            "https://tool.example/callback#x",
            "https://tool.example@evil.example/callback",
            "https://evil.example/callback",
            "http://tool.example/callback",
            "https://tool.example/x/../callback",
        ] {
            assert!(!web.matches(other, false), "{other}");
        }
        let local = redirect("http://localhost");
        for (presented, public) in [
            ("http://localhost:53682", true),
            ("http://localhost:53682/", true),
            ("http://localhost/", true),
            ("http://localhost:99999", false),
            ("http://localhost:", false),
            ("http://localhost:53682/other", false),
            ("http://127.0.0.1:53682", false),
            ("https://localhost:53682", false),
            ("http://localhost:53682@evil.example", false),
            ("http://localhost.evil.example:53682", false),
            ("http://localhost:53682#x", false),
        ] {
            assert_eq!(local.matches(presented, false), public, "{presented}");
            assert!(!local.matches(presented, true), "a server knows its port: {presented}");
        }
    }

    #[test]
    fn a_credential_ends_by_time_by_disuse_and_by_hand() {
        let made = Timestamp::from_seconds(1_795_424_400);
        let one = Credential {
            id: crate::ids::Id::from_uuid(uuid::Uuid::nil()),
            application: crate::ids::Id::from_uuid(uuid::Uuid::nil()),
            kind: CredentialKind::Secret,
            label: String::new(),
            hint: String::new(),
            created_at: made,
            expires_at: made.plus_days(365),
            used_at: None,
            disabled_at: None,
        };
        let of = Application {
            id: one.application,
            owner: Some(crate::ids::Id::from_uuid(uuid::Uuid::nil())),
            name: "Console".parse().unwrap(),
            confidential: true,
            redirects: Vec::new(),
            roles: Vec::new(),
            algorithm: Signature::Es256,
            device_code: false,
            identifier: None,
            enabled: true,
            created_at: made,
            version: 1,
        };
        assert!(one.counts(&of, made.plus_days(89)));
        assert!(!one.counts(&of, made.plus_days(90)), "unused");
        let service = Application { owner: None, ..of.clone() };
        assert!(one.counts(&service, made.plus_days(364)), "a service is not forgotten");
        assert!(!one.counts(&service, made.plus_days(365)), "but its secret expires");
        assert_eq!(one.standing(made.plus_days(89)), CredentialStanding::Good);
        assert_eq!(one.standing(made.plus_days(90)), CredentialStanding::Unused);
        let used = Credential { used_at: Some(made.plus_days(300)), ..one.clone() };
        assert!(used.counts(&of, made.plus_days(364)));
        assert!(!used.counts(&of, made.plus_days(365)), "expired");
        assert_eq!(used.standing(made.plus_days(334)), CredentialStanding::Good);
        assert_eq!(used.standing(made.plus_days(335)), CredentialStanding::EndsSoon);
        assert_eq!(used.standing(made.plus_days(365)), CredentialStanding::Expired);
        assert!(!Credential { disabled_at: Some(made), ..one }.counts(&of, made));
    }
}

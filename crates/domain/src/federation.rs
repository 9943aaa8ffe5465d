//! A tenant's own provider of identity: whom it speaks for, and who may come in on its word.
//!
//! The provider says who somebody is by an identifier of its own, the subject. The first time, the subject is linked to a
//! person of the tenant, and only when what the provider verified names that person; from then on nothing but the subject
//! counts. Nobody is added to a directory on a provider's word, and no provider speaks for another tenant's people.

use crate::assurance::Method;
use crate::directory::{PartnerRole, Person};
use crate::ids::{TenantId, UserId};
use crate::text::{DomainName, EmailAddress, UserPrincipalName};
use crate::time::Timestamp;

/// Seconds in which somebody who was sent to their provider has to come back: 10 minutes.
pub const REQUEST_SECONDS: i64 = 10 * 60;

/// How far the clock of a provider that was asked to ask somebody anew may be behind ours, in seconds: 2 minutes.
const BEHIND_SECONDS: i64 = 2 * 60;

/// Most characters of an issuer; OpenID Connect Core section 2 limits subjects to 255, and nothing sensible is longer.
const MAX_ISSUER: usize = 255;
/// Most characters of a client id or client secret.
const MAX_CLIENT: usize = 512;

/// A text is not what a provider is described with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not usable for a provider of identity")]
pub struct NotUsable;

/// The address that names a provider (OpenID Connect Discovery section 3): https, without query and fragment, compared
/// character by character.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer(String);

impl Issuer {
    /// Checks what an administrator typed. `plain` allows http as well, for a provider on this machine.
    ///
    /// # Errors
    /// When it is no such address.
    pub fn parse(text: &str, plain: bool) -> Result<Self, NotUsable> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://").filter(|_| plain));
        let rest = rest.ok_or(NotUsable)?;
        let host = rest.split('/').next().unwrap_or_default();
        let clean = rest.bytes().all(|it| it.is_ascii_graphic() && !b"?#@\\\"<>^`{|}".contains(&it));
        if host.is_empty() || !clean || text.len() > MAX_ISSUER { Err(NotUsable) } else { Ok(Self(text.to_owned())) }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the provider knows us as, or the secret that shows it: visible ASCII (RFC 6749, appendix A.1 and A.2).
#[derive(Clone, PartialEq, Eq)]
pub struct ClientText(String);

impl ClientText {
    /// Checks what an administrator typed.
    ///
    /// # Errors
    /// When it is empty, too long or holds anything but visible ASCII and spaces.
    pub fn parse(text: &str) -> Result<Self, NotUsable> {
        let fits = (1..=MAX_CLIENT).contains(&text.len()) && text.bytes().all(|it| (0x20..=0x7e).contains(&it));
        if fits { Ok(Self(text.to_owned())) } else { Err(NotUsable) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ClientText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientText")
    }
}

/// A tenant's provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// The tenant it speaks for.
    pub tenant: TenantId,
    /// Its address.
    pub issuer: Issuer,
    /// What it knows us as.
    pub client_id: ClientText,
    /// The domains whose people it speaks for; each counts only while the tenant owns it.
    pub domains: Vec<DomainName>,
    /// Whether people are sent there.
    pub enabled: bool,
    /// When it was first named.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts changes.
    pub version: i64,
}

impl Provider {
    /// Whether people with sign-in names of this domain are sent there.
    pub fn covers(&self, domain: &DomainName) -> bool {
        self.enabled && self.domains.contains(domain)
    }
}

/// What a provider says about who signed in, after its signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who it is, for this provider; never another person (OpenID Connect Core section 2).
    pub subject: String,
    /// Names under which people know them: `preferred_username`, then `upn`. People may be able to change these.
    pub names: Vec<String>,
    /// A mail address.
    pub email: Option<String>,
    /// Whether the provider made sure that the address is theirs.
    pub email_verified: bool,
    /// Whether it took two factors.
    pub strong: bool,
    /// When the provider asked them who they are, where it says so; they may have been signed in there for long.
    pub authenticated_at: Option<Timestamp>,
}

impl Claims {
    /// The sign-in names the claims could mean, most telling first, each once.
    pub fn candidates(&self) -> Vec<UserPrincipalName> {
        let mut found: Vec<UserPrincipalName> = Vec::new();
        for text in self.names.iter().chain(&self.email) {
            if let Ok(name) = UserPrincipalName::parse(text)
                && found.iter().all(|it| it.key() != name.key())
            {
                found.push(name);
            }
        }
        found
    }
}

/// Why somebody does not come in on a provider's word, or why a provider is not set up so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// No sign-in of this browser is under way: it was used already, began elsewhere, or never.
    NotBegun,
    /// It took too long.
    TooLate,
    /// The tenant sends nobody to this provider any more.
    SwitchedOff,
    /// The provider did not let them through.
    Declined,
    /// The provider does not answer.
    Unreachable,
    /// What the provider answers does not hold: another issuer, another recipient, a signature that is none.
    NotTrusted,
    /// Nobody who may come in here goes by that name. Blocked people and other portals' people get the same answer.
    NotHere,
    /// No verified address says that the name is theirs.
    NotVerified,
    /// The provider does not speak for that domain.
    NotCovered,
    /// The person belongs to another subject.
    LinkedElsewhere,
    /// The provider was asked to ask them anew, and does not say that it did.
    NotFresh,
    /// No global administrator would be left who can sign in.
    LastWayIn,
}

crate::codes! {
    Because {
        NotBegun = "federation_not_begun", TooLate = "federation_too_late", SwitchedOff = "federation_switched_off",
        Declined = "federation_declined", Unreachable = "federation_unreachable", NotTrusted = "federation_not_trusted",
        NotHere = "federation_not_here", NotVerified = "federation_not_verified", NotCovered = "federation_not_covered",
        LinkedElsewhere = "federation_linked_elsewhere", NotFresh = "federation_not_fresh", LastWayIn = "federation_last_way_in",
    }
}

/// A sign-in through a provider, or a change of the provider, did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("take a provider's word: {}", .because.code())]
pub struct Refused {
    /// Why not.
    pub because: Because,
}

impl From<Because> for Refused {
    fn from(because: Because) -> Self {
        Self { because }
    }
}

/// Somebody back from a provider, with what the tenant knows.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// The domains the tenant owns.
    pub owned: &'a [DomainName],
    /// What the provider says.
    pub claims: &'a Claims,
    /// The person its subject is linked to.
    pub linked: Option<&'a Person>,
    /// The first person of the tenant who goes by one of [`Claims::candidates`], and whether another subject is linked to them.
    pub named: Option<(&'a Person, bool)>,
}

/// Who came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody who was linked before.
    Known(UserId),
    /// Somebody to be linked now.
    Link(UserId),
}

/// Who it is that a provider sends back.
///
/// A name alone links nobody, since people may choose their names at a provider, nor does an address alone, since a provider
/// may not have looked whose it is: the claims have to name the person, and hold an address that the provider verified, that
/// is the person's name or mailbox here, and that lies in a domain which the tenant owns and the provider speaks for.
///
/// # Errors
/// The first reason in the order: switched off, not here, not covered, linked elsewhere, not verified.
pub fn decide(arrival: &Arrival<'_>) -> Result<Outcome, Because> {
    let Arrival { provider, owned, claims, linked, named } = *arrival;
    if !provider.enabled {
        return Err(Because::SwitchedOff);
    }
    let person = linked.or(named.map(|(person, _)| person)).ok_or(Because::NotHere)?;
    if person.tenant != provider.tenant || !person.enabled {
        return Err(Because::NotHere);
    }
    let covered = |domain: &DomainName| provider.covers(domain) && owned.contains(domain);
    if !covered(&person.upn.domain()) {
        return Err(Because::NotCovered);
    }
    if linked.is_some() {
        return Ok(Outcome::Known(person.id));
    }
    if named.is_some_and(|(_, taken)| taken) {
        return Err(Because::LinkedElsewhere);
    }
    let names_them = claims.candidates().iter().any(|it| it.key() == person.upn.key());
    let verified =
        claims.email.as_deref().filter(|_| claims.email_verified).and_then(|it| EmailAddress::parse(it).ok());
    let theirs = verified
        .is_some_and(|it| covered(&it.domain()) && (it.key() == person.upn.key() || it.key() == person.mail.key()));
    if names_them && theirs { Ok(Outcome::Link(person.id)) } else { Err(Because::NotVerified) }
}

/// When somebody who comes back from a provider `now` proved who they are: when the provider asked them, which it says with
/// `auth_time` and which may be long before. A clock that is ahead makes no proof younger than it is. A provider that does not
/// say is taken to have asked now, unless it was told to ask them anew (`demanded`, the time of that): then it has to say so,
/// with `max_age` in the request (OpenID Connect Core section 3.1.2.1), and to have done it since, give or take its clock.
///
/// # Errors
/// [`Because::NotFresh`] where it was told to ask anew and does not say that it did.
pub fn proven_at(claims: &Claims, demanded: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Because> {
    let asked = claims.authenticated_at;
    if demanded.is_some_and(|since| asked.is_none_or(|at| at.plus_seconds(BEHIND_SECONDS) < since)) {
        return Err(Because::NotFresh);
    }
    Ok(asked.map_or(now, |at| at.min(now)))
}

/// Whether somebody's domain is a provider's and nothing but its word lets them in. Global administrators may go round it, so
/// that a provider that is down or badly set up locks nobody out for good; everybody else is the provider's to let in.
pub fn needs_provider(person: &Person, provider: Option<&Provider>) -> bool {
    provider.is_some_and(|it| it.covers(&person.upn.domain())) && !is_administrator(person)
}

/// Whether what somebody proved lets them in as far as their organisation's provider is concerned. Whoever [`needs_provider`]
/// needs its word among the methods: no password and no passkey of theirs stands in for it, or somebody whom the organisation
/// has removed at its provider would still come in with what they kept here. A second factor is welcome beside it.
pub fn lets_in(person: &Person, provider: Option<&Provider>, methods: &[Method]) -> bool {
    let by_provider = methods.iter().any(|it| matches!(it, Method::Federated | Method::FederatedStrong));
    by_provider || !needs_provider(person, provider)
}

/// Whether they are a global administrator of their tenant, on either side.
pub fn is_administrator(person: &Person) -> bool {
    person.partner_roles.contains(&PartnerRole::GlobalAdmin) || person.is_global_administrator()
}

/// How the tenant's global administrators who are not blocked can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaysIn {
    /// How many of them have a password.
    pub passwords: i64,
    /// How many of them are linked to the provider.
    pub links: i64,
}

/// Whether a global administrator can still sign in once the provider is used (`on`) or is not.
///
/// # Errors
/// [`Because::LastWayIn`] when none can.
pub const fn keeps_way_in(ways: WaysIn, on: bool) -> Result<(), Because> {
    if ways.passwords > 0 || (on && ways.links > 0) { Ok(()) } else { Err(Because::LastWayIn) }
}

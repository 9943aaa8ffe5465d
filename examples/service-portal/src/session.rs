//! Who is signed in, and who is on the way to it. All of it is in memory and bounded in time and number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};

use crate::authority::Issuer;
use crate::claims::Customer;
use crate::mailbox::Change;

/// A sign-in that takes longer has to begin again, in seconds.
const ATTEMPT: i64 = 600;
/// Sign-ins under way at a time; beyond them the oldest is given up.
const ATTEMPTS: usize = 1000;
/// How long a session, or the memory of why it ended, is kept at most, in seconds.
const DAY: i64 = 86_400;
/// An access token with less than this left is renewed before it is used, in seconds.
const RENEW_BEFORE: i64 = 30;

/// 256 bits that nobody can guess, in base64url.
pub fn secret() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

/// Somebody who is signed in, for one customer.
#[derive(Clone)]
pub struct Session {
    /// The customer's issuer.
    pub issuer: Issuer,
    /// The person at that issuer.
    pub subject: String,
    /// The session at the authority, which it names when it ends.
    pub sid: Option<String>,
    /// Whose mailboxes.
    pub customer: Customer,
    /// Who it is, such as `Tom Berg at Brightwater IT`.
    pub person: String,
    /// The names of the roles a partner acts in; nothing for the customer's own people.
    pub acting_as: Option<String>,
    /// The ids of the directory roles.
    pub roles: Vec<String>,
    /// When it ends, in seconds since 1970 by the authority's clock.
    pub ends: i64,
    /// The access token, with which nothing is done but to ask whether it still allows anything.
    pub access_token: String,
    /// When the access token ends, by our own clock.
    pub access_ends: i64,
    /// What every form of this session carries, so that no other site can send one.
    pub form_token: String,
}

impl Session {
    /// Whether the access token has to be renewed before anything else.
    pub fn due(&self, now: i64) -> bool {
        now >= self.access_ends - RENEW_BEFORE
    }

    /// Where to begin again.
    pub fn again(&self) -> String {
        let query = openidconnect::url::form_urlencoded::Serializer::new(String::new())
            .append_pair("iss", self.issuer.url.as_str())
            .append_pair("login_hint", &self.customer.domain)
            .finish();
        format!("/launch?{query}")
    }

    /// Whether this is the same person for the same customer.
    pub fn is_like(&self, other: &Self) -> bool {
        self.issuer == other.issuer && self.subject == other.subject
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The person left.
    Left,
    /// The authority said so when it was asked.
    Inactive,
    /// The authority told us so by itself.
    Told,
    /// The authority does not know the person any more.
    SignedOut,
    /// The authority does not allow it any more.
    Denied,
    /// The authority wants to see the person first.
    Interaction,
}

impl Why {
    /// From an authority's answer to `prompt=none` (OpenID Connect Core, section 3.1.2.6).
    pub fn of_error(code: &str) -> Self {
        match code {
            "login_required" => Self::SignedOut,
            "access_denied" => Self::Denied,
            _ => Self::Interaction,
        }
    }

    /// For the person.
    pub fn text(self) -> &'static str {
        match self {
            Self::Left => "You left.",
            Self::Inactive => "Nothing was changed. Access was taken back, or its time is over.",
            Self::Told => "Access was taken back, or its time is over.",
            Self::SignedOut => "You are not signed in any more.",
            Self::Denied => "You may not act for this customer any more.",
            Self::Interaction => "You have to sign in again.",
        }
    }
}

/// What a session's cookie leads to.
#[derive(Clone)]
pub enum Found {
    /// Nobody.
    Nobody,
    /// Somebody who is signed in.
    Open(Arc<Session>),
    /// Somebody who was: whose session, and why it ended.
    Ended(Arc<Session>, Why),
}

/// All sessions by the value of their cookie.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Held>>);

struct Held {
    since: i64,
    found: Found,
}

impl Sessions {
    /// Begins a session and answers the value of its cookie.
    pub fn begin(&self, session: Session, now: i64) -> String {
        let id = secret();
        let mut all = self.all();
        all.retain(|_, held| now - held.since < DAY);
        all.insert(id.clone(), Held { since: now, found: Found::Open(Arc::new(session)) });
        id
    }

    /// What a cookie leads to.
    pub fn find(&self, id: &str) -> Found {
        self.all().get(id).map_or(Found::Nobody, |held| held.found.clone())
    }

    /// Goes on with a new access token, unless the session ended meanwhile.
    pub fn renew(&self, id: &str, session: Session) -> Option<Arc<Session>> {
        let mut all = self.all();
        let held = all.get_mut(id)?;
        let Found::Open(open) = &mut held.found else { return None };
        *open = Arc::new(session);
        Some(Arc::clone(open))
    }

    /// Ends one session.
    pub fn end(&self, id: &str, why: Why) {
        if let Some(held) = self.all().get_mut(id) {
            held.end(why);
        }
    }

    /// Ends all sessions of an issuer that have this `sid`, or without one all of this subject. Answers how many.
    pub fn end_all(&self, issuer: &Issuer, sid: Option<&str>, subject: Option<&str>) -> usize {
        let meant = |session: &Session| {
            let named = match (sid, subject) {
                (Some(_), _) => session.sid.as_deref() == sid,
                (None, Some(subject)) => session.subject == subject,
                (None, None) => false,
            };
            session.issuer == *issuer && named
        };
        let mut all = self.all();
        let open = all.values_mut().filter(|held| matches!(&held.found, Found::Open(session) if meant(session)));
        open.map(|held| held.end(Why::Told)).count()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn end(&mut self, why: Why) {
        if let Found::Open(session) = &self.found {
            // What is kept to explain the end must not be good for anything else.
            let mut session = Session::clone(session);
            session.access_token.clear();
            self.found = Found::Ended(Arc::new(session), why);
        }
    }
}

/// A sign-in under way.
pub struct Attempt {
    /// Where it was begun.
    pub issuer: Issuer,
    /// What the ID token has to repeat.
    pub nonce: Nonce,
    /// What proves that the code was asked for here (RFC 7636).
    pub verifier: PkceCodeVerifier,
    /// What the browser that began it holds in a cookie.
    pub browser: String,
    /// The session that is only renewed, and what to do afterwards.
    pub renewal: Option<Renewal>,
}

/// What a renewal is for.
pub struct Renewal {
    /// The session's cookie.
    pub session: String,
    /// The change that waits for it.
    pub change: Option<Change>,
}

/// All sign-ins under way by their state.
#[derive(Default)]
pub struct Attempts(Mutex<HashMap<String, (i64, Attempt)>>);

impl Attempts {
    /// Remembers one.
    pub fn begin(&self, state: &CsrfToken, attempt: Attempt, now: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (since, _)| now - *since < ATTEMPT);
        if all.len() >= ATTEMPTS
            && let Some(oldest) = all.iter().min_by_key(|(_, (since, _))| *since).map(|(state, _)| state.clone())
        {
            all.remove(&oldest);
        }
        all.insert(state.secret().clone(), (now, attempt));
    }

    /// Takes the one of this state out, so that it is finished once, if this browser began it and it is not too old.
    pub fn take(&self, state: &str, browser: &str, now: i64) -> Option<Attempt> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, attempt) = all.get(state)?;
        if attempt.browser != browser || now - since >= ATTEMPT {
            return None;
        }
        all.remove(state).map(|(_, attempt)| attempt)
    }
}

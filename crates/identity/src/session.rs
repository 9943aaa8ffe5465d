//! Signed-in browsers: the cookie's value, its name and how long a session lives.
//!
//! The value is replaced at every sign-in, change of tenant and step-up (threat 24); only [`SessionToken::hash`] is
//! stored, so a copy of the database opens no session.

use crate::secret::secrets;

/// Seconds without a request after which a session ends: 60 minutes.
pub const IDLE_SECONDS: i64 = 60 * 60;
/// Seconds after sign-in at which a session ends however busy it is: 12 hours.
pub const ABSOLUTE_SECONDS: i64 = 12 * 60 * 60;
/// Seconds for which somebody may take for the second step of a sign-in: 10 minutes.
pub const CHALLENGE_SECONDS: i64 = 10 * 60;

secrets! {
    /// The value of a session cookie: 256 random bits.
    SessionToken, "session"
    /// The value of the cookie that stands in for a session on forms shown before sign-in, so that those forms have a
    /// request token too.
    FormToken, "form"
    /// The value of the cookie that stands between a first proof and a session, or between asking for a factor and having it.
    ChallengeToken, "challenge"
}

/// Whose pages a cookie belongs to; each has its own cookies, so one browser can hold several sign-ins side by side
/// without one bleeding into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience<'a> {
    /// The partner's pages.
    Partner,
    /// The acceptance portal of one cloud.
    Portal {
        /// The cloud's word: `public`, `germany`, `us-government` or `china`.
        cloud: &'a str,
    },
    /// The authority's own sign-in, where programs send people.
    Authority,
}

/// Name of the session cookie. `secure` says that the page is served over https: `__Host-` then binds the cookie to
/// this very host and to https; browsers refuse that prefix on plain http, which only localhost uses.
pub fn cookie_name(audience: Audience<'_>, secure: bool) -> String {
    named("", audience, secure)
}

/// Name of the cookie that holds a [`FormToken`].
pub fn form_cookie_name(audience: Audience<'_>, secure: bool) -> String {
    named("-form", audience, secure)
}

/// Name of the cookie that holds a [`ChallengeToken`].
pub fn challenge_cookie_name(audience: Audience<'_>, secure: bool) -> String {
    named("-challenge", audience, secure)
}

fn named(suffix: &str, audience: Audience<'_>, secure: bool) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    match audience {
        Audience::Partner => format!("{prefix}entente-partner{suffix}"),
        Audience::Authority => format!("{prefix}entente-authority{suffix}"),
        Audience::Portal { cloud } => format!("{prefix}entente-portal-{cloud}{suffix}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkToken;
    use crate::random::SystemRandom;

    #[test]
    fn cookie_names() {
        let germany = Audience::Portal { cloud: "germany" };
        assert_eq!(cookie_name(Audience::Partner, true), "__Host-entente-partner");
        assert_eq!(cookie_name(Audience::Partner, false), "entente-partner");
        assert_eq!(cookie_name(germany, true), "__Host-entente-portal-germany");
        assert_eq!(form_cookie_name(germany, false), "entente-portal-germany-form");
    }

    #[test]
    fn a_cookie_comes_back_as_the_same_session() {
        let token = SessionToken::generate(&SystemRandom);
        let again = SessionToken::parse(&token.text()).unwrap();
        assert_eq!(token.hash(), again.hash());
        assert_ne!(token.hash(), SessionToken::generate(&SystemRandom).hash());
    }

    #[test]
    fn one_kind_never_passes_as_another() {
        let text = SessionToken::generate(&SystemRandom).text();
        let session = SessionToken::parse(&text).unwrap().hash();
        let form = FormToken::parse(&text).unwrap().hash();
        let link = LinkToken::parse(&text).unwrap().hash();
        assert!(session != form && form != link && session != link);
    }

    #[test]
    fn debug_prints_no_value() {
        let token = SessionToken::generate(&SystemRandom);
        assert_eq!(format!("{token:?}"), "SessionToken");
    }
}

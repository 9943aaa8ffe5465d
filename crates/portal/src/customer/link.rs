//! Which link was opened: a personal one by its token, or a partner's standing one by its parameters.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use entente_app::acceptance::Opened;
use entente_app::sign_in::Audience;
use entente_domain::cloud::Cloud;
use entente_domain::ids::TenantId;
use entente_identity::LinkToken;

use crate::session::base;
use crate::web::{Fields, Visit};
use crate::{MaybeSession, Problem};

/// The link a page is about. Addresses are built from what was understood, never from the text that came in.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// The link; none when it cannot be one.
    pub(super) opened: Option<Opened>,
    /// What stands behind the portal's base: the path, and for a standing link the parameters.
    path: String,
    query: String,
}

impl Way {
    /// A link that cannot be one.
    pub(super) const fn unknown() -> Self {
        Self { opened: None, path: String::new(), query: String::new() }
    }

    /// A personal link.
    pub(super) fn personal(token: &str) -> Option<Self> {
        let token = LinkToken::parse(token)?;
        let path = format!("/accept/{}", token.text());
        Some(Self { opened: Some(Opened::Personal(token)), path, query: String::new() })
    }

    /// A standing link by its query, in today's spelling or the older one (business rules, section 1).
    pub(super) fn standing(query: &str, cloud: Cloud) -> Option<Self> {
        let fields = Fields::parse(query.as_bytes())?;
        let one_of = |names: [&str; 2]| match names.map(|name| fields.get(name)) {
            // Two spellings side by side could be read differently by two readers.
            [Some(_), Some(_)] => None,
            [one, other] => Some(one.or(other)),
        };
        let kind = one_of(["invType", "type"])??;
        let partner: TenantId = one_of(["partnerId", "id"])??.parse().ok()?;
        let number = one_of(["msppId", "msppid"])?.unwrap_or("0");
        if number.len() > 20 || number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let provider = one_of(["indirectCSPId", "indirectCSP"])?.filter(|text| !text.is_empty());
        let provider = provider.map(str::parse::<TenantId>).transpose().ok()?;
        // Links in the older spelling are from a time when privileges were always part of the request.
        let privileges = match fields.get("DAP").map(str::to_ascii_lowercase).as_deref() {
            None => fields.get("invType").is_none(),
            Some("true") => true,
            Some("false") => false,
            Some(_) => return None,
        };
        let indirect = match (kind, provider) {
            ("ResellerRelationship", None) => String::new(),
            ("IndirectResellerRelationship", Some(provider)) => format!("&indirectCSPId={provider}"),
            _ => return None,
        };
        Some(Self {
            path: "/partner-invitation".to_owned(),
            query: format!("invType={kind}&partnerId={partner}&msppId={number}{indirect}&DAP={privileges}"),
            opened: Some(Opened::Standing { partner, provider, number: Some(number.to_owned()), privileges, cloud }),
        })
    }

    /// The link in a text that somebody pasted: a whole address, in whatever words around it.
    pub(super) fn pasted(text: &str, cloud: Cloud) -> Option<Self> {
        let ends = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '<' | '>' | ')' | ']');
        if let Some((_, rest)) = text.split_once("/accept/") {
            let token = rest.split(|it: char| ends(it) || matches!(it, '/' | '?' | '#')).next()?;
            return Self::personal(token);
        }
        let (_, rest) = text.split_once("/partner-invitation?")?;
        Self::standing(rest.split(|it: char| ends(it) || it == '#').next()?, cloud)
    }

    /// Whether exactly one customer was asked, who can decline and pass it on.
    pub(super) const fn is_personal(&self) -> bool {
        matches!(self.opened, Some(Opened::Personal(_)))
    }

    /// One of this link's pages; `rest` begins with a slash or is empty.
    pub(super) fn to(&self, s: &MaybeSession, rest: &str) -> String {
        s.path(&self.below(rest))
    }

    /// The same without the portal's base.
    pub(super) fn below(&self, rest: &str) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{}{rest}{mark}{}", self.path, self.query)
    }

    /// One of this link's pages with a parameter of its own.
    pub(super) fn with(&self, s: &MaybeSession, rest: &str, parameter: &str) -> String {
        let mark = if self.query.is_empty() { '?' } else { '&' };
        format!("{}{mark}{parameter}", self.to(s, rest))
    }

    /// The whole link at a cloud's portal, from the configuration.
    pub(super) fn whole(&self, s: &MaybeSession, cloud: Cloud) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{}{}{mark}{}", s.app.settings().customer_portal(cloud), self.path, self.query)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Way {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let audience = parts.extensions.get::<Visit>().and_then(|visit| visit.audience);
        let Some(Audience::Customer(cloud)) = audience else { return Err(Problem::not_found()) };
        let personal = base(Audience::Customer(cloud)).to_owned() + "/accept/";
        let way = if parts.uri.path().starts_with(&personal) {
            let token = Path::<String>::from_request_parts(parts, state).await.ok();
            token.and_then(|Path(token)| Self::personal(&token))
        } else {
            Self::standing(parts.uri.query().unwrap_or_default(), cloud)
        };
        Ok(way.unwrap_or_else(Self::unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: &str = "0198c1de-0000-7000-8000-00000000000a";
    const Q: &str = "0198c1de-0000-7000-8000-00000000000b";

    fn standing(query: &str) -> Option<(bool, bool)> {
        match Way::standing(query, Cloud::Public)?.opened? {
            Opened::Standing { provider, privileges, .. } => Some((provider.is_some(), privileges)),
            Opened::Personal(_) => None,
        }
    }

    #[test]
    fn standing_links_are_read_in_both_spellings() {
        for (query, expected) in [
            (format!("invType=ResellerRelationship&partnerId={P}&msppId=0&DAP=false"), (false, false)),
            (format!("invType=ResellerRelationship&partnerId={P}&msppId=0&DAP=true"), (false, true)),
            (format!("invType=ResellerRelationship&partnerId={P}&msppId=0"), (false, false)),
            (format!("type=ResellerRelationship&id={P}&csp=1&msppid=0"), (false, true)),
            (
                format!("invType=IndirectResellerRelationship&partnerId={P}&msppId=4501882&indirectCSPId={Q}&DAP=true"),
                (true, true),
            ),
            (format!("type=IndirectResellerRelationship&id={P}&msppid=4501882&indirectCSP={Q}"), (true, true)),
        ] {
            assert_eq!(standing(&query), Some(expected), "{query}");
        }
    }

    #[test]
    fn what_is_malformed_is_no_link() {
        for query in [
            String::new(),
            "invType=ResellerRelationship".to_owned(),
            format!("invType=Other&partnerId={P}&msppId=0&DAP=true"),
            "invType=ResellerRelationship&partnerId=1&msppId=0&DAP=true".to_owned(),
            format!("invType=ResellerRelationship&partnerId={P}&msppId=0&DAP=maybe"),
            format!("invType=ResellerRelationship&partnerId={P}&msppId=<b>&DAP=true"),
            format!("invType=ResellerRelationship&partnerId={P}&partnerId={Q}&DAP=true"),
            format!("invType=ResellerRelationship&partnerId={P}&id={Q}&DAP=true"),
            format!("invType=ResellerRelationship&partnerId={P}&indirectCSPId={Q}&DAP=true"),
            format!("invType=IndirectResellerRelationship&partnerId={P}&DAP=true"),
            format!("invType=IndirectResellerRelationship&partnerId={P}&indirectCSPId=x&DAP=true"),
            format!("invType=ResellerRelationship&partnerId={P}&DAP=%zz"),
        ] {
            assert_eq!(standing(&query), None, "{query}");
        }
    }

    #[test]
    fn a_pasted_text_may_hold_more_than_the_link() {
        let token = "A".repeat(43);
        let text = format!("Open <https://portal.example/portal/accept/{token}> please");
        assert!(Way::pasted(&text, Cloud::Public).is_some_and(|way| way.path == format!("/accept/{token}")));
        let text = format!("https://x.example/a/partner-invitation?invType=ResellerRelationship&partnerId={P}#top");
        assert!(Way::pasted(&text, Cloud::Public).is_some_and(|way| !way.is_personal()));
        for text in ["", "hello", "https://portal.example/accept/short", "https://evil.example/"] {
            assert!(Way::pasted(text, Cloud::Public).is_none(), "{text}");
        }
    }
}

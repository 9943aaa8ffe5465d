//! The value inside an invitation's link.
//!
//! It is recomputed from the instance key whenever a mail or page needs it, and only its hash is stored: no row, log,
//! audit entry or outbox message ever holds it (threats 4, 17, 44). Issuing a new number makes a new link; storing the
//! new hash is what kills the old one. The link names a request and never authenticates anyone.

use aws_lc_rs::hmac;
use entente_domain::ids::{Id as _, InvitationId};

use crate::secret::Secret;

const LABEL: &[u8] = b"entente/link-token/1\0";

/// The key links are computed with; derived by [`crate::InstanceKey::link_key`].
#[derive(Clone)]
pub struct LinkKey(hmac::Key);

impl LinkKey {
    /// From 32 derived bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    }

    /// The link value of an invitation's `issue_no`-th link. Equal input gives the equal value, on every server.
    pub fn token(&self, invitation: InvitationId, issue_no: u32) -> LinkToken {
        let input = [LABEL, invitation.uuid().as_bytes(), &issue_no.to_be_bytes()].concat();
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hmac::sign(&self.0, &input).as_ref());
        LinkToken(Secret::from_bytes(bytes))
    }
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKey")
    }
}

/// 256 bits that name one invitation; in a URL they are 43 characters of base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken(Secret);

impl LinkToken {
    /// The value in a presented link; `None` when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(text).map(Self)
    }

    /// The text for the URL, to be put into a mail or page and nowhere else.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// What is stored, and looked up when somebody opens a link.
    pub fn hash(&self) -> [u8; 32] {
        self.0.hash("link")
    }
}

impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn invitation(number: u128) -> InvitationId {
        let hex = format!("{number:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]).parse().unwrap()
    }

    #[test]
    fn the_value_is_stable_across_releases() {
        // A change here would kill every link that is out in the world: it needs a new label and a migration.
        let token = LinkKey::new([1; 32]).token(invitation(1), 1);
        assert_eq!(token.text(), "MsRVYbLA5lRPPPG4OUUrPXZukI9f1AyuzvyJvltfQ1w");
    }

    #[test]
    fn debug_prints_nothing() {
        let key = LinkKey::new([1; 32]);
        let token = key.token(invitation(1), 1);
        assert_eq!(format!("{key:?} {token:?}"), "LinkKey LinkToken");
    }

    proptest! {
        #[test]
        fn each_key_invitation_and_issue_has_its_own(a: u128, b: u128, m: u32, n: u32) {
            let (one, two) = (LinkKey::new([1; 32]), LinkKey::new([2; 32]));
            let token = one.token(invitation(a), m);
            prop_assert_eq!(&token, &one.token(invitation(a), m));
            prop_assert_ne!(&token, &two.token(invitation(a), m));
            prop_assert_eq!(a == b, token == one.token(invitation(b), m));
            prop_assert_eq!(m == n, token == one.token(invitation(a), n));
            prop_assert_eq!(LinkToken::parse(&token.text()).unwrap().hash(), token.hash());
        }

        #[test]
        fn every_altered_character_names_another_request(position in 0usize..43, replacement in "[A-Za-z0-9_-]") {
            let token = LinkKey::new([1; 32]).token(invitation(7), 1);
            let mut text = token.text();
            text.replace_range(position..=position, &replacement);
            if text != token.text() {
                prop_assert!(LinkToken::parse(&text).is_none_or(|other| other.hash() != token.hash()));
            }
        }
    }
}

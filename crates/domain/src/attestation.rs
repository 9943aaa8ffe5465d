//! A partner's word that a customer signed the agreement, where the customer cannot sign itself (requirement S18; business rules,
//! section 2).

use crate::agreement::{self, Agreement};
use crate::cloud::Cloud;
use crate::ids::{AttestationId, TenantId, UserId};
use crate::language::Language;
use crate::relationship::{Relationship, RelationshipKind};
use crate::tenant::{Partner, PartnerKind};
use crate::text::{EmailAddress, PersonName, PhoneNumber};
use crate::time::Timestamp;

/// What a partner attests: who signed for the customer, which version, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The person who signed.
    pub name: PersonName,
    /// Their address.
    pub mail: EmailAddress,
    /// Where they can be called.
    pub phone: Option<PhoneNumber>,
    /// The midnight (UTC) that began the day on which they signed.
    pub on: Timestamp,
    /// The version they signed.
    pub version: &'static str,
}

/// An attestation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// Its id.
    pub id: AttestationId,
    /// The customer.
    pub customer: TenantId,
    /// The partner whose word it is.
    pub partner: TenantId,
    /// The partner's person who gave it.
    pub by: UserId,
    /// When they gave it.
    pub at: Timestamp,
    /// What they attested.
    pub signed: Signed,
    /// Which agreement.
    pub agreement: String,
    /// The language of the text whose hash is kept.
    pub language: Language,
    /// SHA-256 of the text.
    pub text_hash: [u8; 32],
}

/// Why an attestation was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot attest the agreement: {}", .because.code())]
pub struct Refused {
    /// Why not.
    pub because: Because,
}

/// The reasons of [`Refused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// An indirect reseller cannot attest; its provider can.
    ResellerCannotAttest,
    /// An advisor sells nothing, so there is nothing of its own to sign for.
    AdvisorCannotAttest,
    /// The same contact was named for the same version before.
    AttestedAlready,
}

crate::codes! {
    Because {
        ResellerCannotAttest = "reseller_cannot_attest", AdvisorCannotAttest = "advisor_cannot_attest",
        AttestedAlready = "attested_already",
    }
}

/// What is wrong with what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The day has not come yet, or the version was not in force on it.
    Day,
    /// No version of this cloud that could be signed by now.
    Version,
}

/// Whether this partner may give its word for a customer; without `relationship` for one that it creates.
///
/// # Errors
/// The first of [`Because`] that stands in the way.
pub fn check(partner: &Partner, relationship: Option<&Relationship>) -> Result<(), Refused> {
    let because = if partner.kind == PartnerKind::IndirectReseller {
        Because::ResellerCannotAttest
    } else if relationship.is_some_and(|it| it.kind == RelationshipKind::Advisor) {
        Because::AdvisorCannotAttest
    } else {
        return Ok(());
    };
    Err(Refused { because })
}

/// The versions a customer of this cloud can have signed by now, the newest first.
pub fn versions(cloud: Cloud, now: Timestamp) -> Vec<&'static Agreement> {
    agreement::all().iter().rev().filter(|it| it.clouds.contains(&cloud) && it.valid_from <= now).collect()
}

/// Whether what is attested can be true: the day is not in the future, and the version was in force on it.
///
/// # Errors
/// Every [`Fault`].
pub fn plausible(signed: &Signed, cloud: Cloud, now: Timestamp) -> Result<(), Vec<Fault>> {
    let version = versions(cloud, now).into_iter().find(|it| it.version == signed.version);
    let mut wrong = Vec::new();
    if version.is_none() {
        wrong.push(Fault::Version);
    }
    if signed.on > now || version.is_some_and(|it| signed.on < it.valid_from) {
        wrong.push(Fault::Day);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::date;

    #[test]
    fn nobody_signs_tomorrow_nor_before_there_was_a_text() {
        let now = date("2026-11-22").unwrap().plus_seconds(3_600);
        let signed = |on: &str, version| Signed {
            name: "Ada Berg".parse().unwrap(),
            mail: "ada@example.org".parse().unwrap(),
            phone: None,
            on: date(on).unwrap(),
            version,
        };
        let cases: [(Cloud, &str, &str, &[Fault]); 8] = [
            (Cloud::Public, "2026-11-22", "2026-09-01", &[]),
            (Cloud::Public, "2026-11-23", "2026-09-01", &[Fault::Day]),
            (Cloud::Public, "2026-08-31", "2026-09-01", &[Fault::Day]),
            (Cloud::Public, "2026-08-31", "2025-03-01", &[]),
            (Cloud::Public, "2026-11-22", "2026-06-01", &[Fault::Version]),
            (Cloud::Public, "2026-11-23", "1999-01-01", &[Fault::Version, Fault::Day]),
            (Cloud::China, "2026-11-22", "2026-06-01", &[]),
            (Cloud::China, "2026-11-22", "2026-09-01", &[Fault::Version]),
        ];
        for (cloud, on, version, wrong) in cases {
            let found = plausible(&signed(on, version), cloud, now).err().unwrap_or_default();
            assert_eq!(found, wrong, "{cloud} {on} {version}");
        }
    }
}

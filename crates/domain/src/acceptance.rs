//! What a customer meets when it opens a link: the checks in their binding order (UX specification, section 6), and the decision.
//!
//! Order: link (which says first whether its partners belong together), cloud, signed in, organisation, region, administrator, partner
//! standing, already connected, agreement. The same function decides for the page that is shown and for the decision that is posted, so
//! a page never promises what the decision refuses.

use crate::agreement;
use crate::cloud::Cloud;
use crate::directory::Person;
use crate::ids::{InvitationId, TenantId, UserId};
use crate::invitation::{Asks, Binding, Invitation, State};
use crate::relationship::{Relationship, RelationshipKind};
use crate::tenant::{Partner, PartnerKind, Standing, Tenant};
use crate::time::Timestamp;

/// What a link asks of whoever opens it; a standing link and a personal link look the same from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The partner whose link it is.
    pub partner: Partner,
    /// The second partner of an indirect request.
    pub companion: Option<Partner>,
    /// What is asked.
    pub asks: Asks,
    /// The cloud the link belongs to.
    pub cloud: Cloud,
    /// Which link.
    pub link: Link,
}

/// The two kinds of link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Per partner, reusable, without customer data.
    Standing {
        /// The reseller's partner number, where the address of a two-tier link names one; 0 stands for none.
        number: Option<String>,
    },
    /// One customer, tracked, expires.
    Personal(Box<Invitation>),
}

impl Offer {
    /// The tracked request behind a personal link.
    pub fn invitation(&self) -> Option<&Invitation> {
        match &self.link {
            Link::Standing { .. } => None,
            Link::Personal(invitation) => Some(invitation),
        }
    }
    /// The indirect provider of a two-tier request, whichever of the two asked.
    pub fn provider(&self) -> Option<&Partner> {
        self.partners().find(|partner| partner.kind == PartnerKind::IndirectProvider)
    }
    /// The indirect reseller of an indirect request, whichever of the two asked.
    pub fn reseller(&self) -> Option<&Partner> {
        self.partners().find(|partner| partner.kind == PartnerKind::IndirectReseller)
    }
    /// Every partner the customer would be connected with.
    pub fn partners(&self) -> impl Iterator<Item = &Partner> {
        std::iter::once(&self.partner).chain(self.companion.as_ref())
    }
}

/// Who opened the link.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    /// The person.
    pub person: &'a Person,
    /// Their organisation.
    pub tenant: &'a Tenant,
    /// The domains that organisation has verified.
    pub domains: &'a [crate::text::DomainName],
}

/// Why nothing was accepted. Codes are stable and the same on every face.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum Refusal {
    /// The link is unknown or cut off.
    InviteInvalid,
    /// The partner withdrew the request or replaced it by a newer one.
    InviteRevoked {
        /// When.
        at: Timestamp,
        /// The request that took its place.
        replaced_by: Option<InvitationId>,
    },
    /// It was answered before.
    InviteUsed {
        /// When.
        at: Timestamp,
        /// Who answered; shown only to people of the same organisation.
        by: UserId,
        /// Which organisation.
        customer: TenantId,
        /// Accepted, or declined.
        accepted: bool,
    },
    /// Its validity is over.
    InviteExpired {
        /// Since when.
        at: Timestamp,
    },
    /// The link belongs to another cloud than this portal.
    CloudMismatch {
        /// The link's cloud.
        link: Cloud,
        /// This portal's cloud.
        here: Cloud,
    },
    /// Nobody is signed in.
    SignInRequired,
    /// The account belongs to no organisation.
    PersonalAccount,
    /// The link is bound to another organisation.
    WrongOrganisation {
        /// The domain it is bound to, when it is bound to one.
        domain: Option<String>,
    },
    /// A partner cannot be its own customer, nor another partner's (business rules, section 7).
    PartnerAsCustomer,
    /// The partner may not sell in the customer's country.
    RegionMismatch {
        /// Which of the partners may not.
        partner: TenantId,
        /// The customer's country.
        country: String,
    },
    /// The person may read the request but not answer it.
    NeedsGlobalAdmin,
    /// The operator suspended the partner.
    PartnerSuspended {
        /// Which of the partners.
        partner: TenantId,
    },
    /// The reseller has no active indirect provider.
    ProviderMissing,
    /// The same partner already holds what is asked, or more.
    AlreadyConnected,
    /// The customer agreement was not accepted along with the decision.
    AgreementRequired,
    /// The decision grants privileges nobody asked for.
    MoreThanAsked,
    /// In this cloud the relationship always includes privileges.
    PrivilegesIncluded,
}

impl Refusal {
    /// The stable code (UX specification, section 6).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InviteInvalid => "invite_invalid",
            Self::InviteRevoked { .. } => "invite_revoked",
            Self::InviteUsed { .. } => "invite_used",
            Self::InviteExpired { .. } => "invite_expired",
            Self::CloudMismatch { .. } => "cloud_mismatch",
            Self::SignInRequired => "sign_in_required",
            Self::PersonalAccount => "invite_personal_account",
            Self::WrongOrganisation { .. } => "invite_wrong_organisation",
            Self::PartnerAsCustomer => "partner_as_customer",
            Self::RegionMismatch { .. } => "region_mismatch",
            Self::NeedsGlobalAdmin => "needs_global_admin",
            Self::PartnerSuspended { .. } => "partner_suspended",
            Self::ProviderMissing => "provider_missing",
            Self::AlreadyConnected => "already_connected",
            Self::AgreementRequired => "agreement_required",
            Self::MoreThanAsked => "more_than_asked",
            Self::PrivilegesIncluded => "privileges_included",
        }
    }
}

/// Whether the partners of an offer may ask together. One consent connects both, so only partners of one channel may.
///
/// Anybody can write the parameters of a standing link. There the reseller's own word counts: the provider has to be the one it buys
/// from today. A personal link was made by Entente for a pair that belonged together then; if they have parted since, the customer is
/// told so ([`check_partners`]).
///
/// # Errors
/// [`Refusal::InviteInvalid`]: such a link is none, and nothing of the partners it names may be shown.
pub fn check_pair(offer: &Offer) -> Result<(), Refusal> {
    use PartnerKind::{IndirectProvider, IndirectReseller};
    let Some(companion) = &offer.companion else { return Ok(()) };
    let together = match (&offer.link, offer.partner.kind, companion.kind) {
        (Link::Personal(_), IndirectReseller, IndirectProvider)
        | (Link::Personal(_), IndirectProvider, IndirectReseller) => true,
        (Link::Standing { number }, IndirectReseller, IndirectProvider) => {
            let named = number.as_deref().filter(|number| *number != "0");
            offer.partner.provider == Some(companion.tenant.id)
                && named.is_none_or(|number| number == offer.partner.number)
        }
        _ => false,
    };
    if together { Ok(()) } else { Err(Refusal::InviteInvalid) }
}

/// Whether the link itself can still be answered, on this cloud's portal. The first two checks; they need no visitor.
///
/// # Errors
/// The refusal to show.
pub fn check_link(offer: &Offer, here: Cloud, now: Timestamp) -> Result<(), Refusal> {
    check_pair(offer)?;
    if let Link::Personal(invitation) = &offer.link {
        match &invitation.state {
            State::Draft | State::Open if invitation.awaits_answer(now) => {}
            State::Draft | State::Open => return Err(Refusal::InviteExpired { at: invitation.expires_at }),
            State::Expired { at } => return Err(Refusal::InviteExpired { at: *at }),
            State::Cancelled { at, .. } => return Err(Refusal::InviteRevoked { at: *at, replaced_by: None }),
            State::Superseded { at, by } => return Err(Refusal::InviteRevoked { at: *at, replaced_by: Some(*by) }),
            State::Accepted { at, by, customer, .. } => {
                return Err(Refusal::InviteUsed { at: *at, by: *by, customer: *customer, accepted: true });
            }
            State::Declined { at, by, customer, .. } => {
                return Err(Refusal::InviteUsed { at: *at, by: *by, customer: *customer, accepted: false });
            }
        }
    }
    if offer.cloud != here {
        return Err(Refusal::CloudMismatch { link: offer.cloud, here });
    }
    Ok(())
}

/// Whether this visitor's organisation can be the customer of this offer: organisation and region.
///
/// # Errors
/// The refusal to show.
pub fn check_organisation(offer: &Offer, visitor: Visitor<'_>, now: Timestamp) -> Result<(), Refusal> {
    if !visitor.tenant.organisation {
        return Err(Refusal::PersonalAccount);
    }
    if let Link::Personal(invitation) = &offer.link {
        match &invitation.binding {
            Binding::Any => {}
            Binding::Domain(domain) if visitor.domains.contains(domain) => {}
            Binding::Domain(domain) => {
                return Err(Refusal::WrongOrganisation { domain: Some(domain.as_str().to_owned()) });
            }
            Binding::Tenant(tenant) if *tenant == visitor.tenant.id => {}
            Binding::Tenant(_) => return Err(Refusal::WrongOrganisation { domain: None }),
        }
    }
    if visitor.tenant.cloud != offer.cloud {
        return Err(Refusal::CloudMismatch { link: offer.cloud, here: visitor.tenant.cloud });
    }
    if offer.partners().any(|partner| partner.tenant.id == visitor.tenant.id) {
        return Err(Refusal::PartnerAsCustomer);
    }
    for partner in offer.partners() {
        if !partner.serves(&visitor.tenant.country, now) {
            return Err(Refusal::RegionMismatch {
                partner: partner.tenant.id,
                country: visitor.tenant.country.as_str().to_owned(),
            });
        }
    }
    Ok(())
}

/// Every check before the decision, in order. `existing` are the customer's relationships with the offer's partners.
///
/// # Errors
/// The first refusal in the order of the UX specification.
pub fn check(
    offer: &Offer,
    here: Cloud,
    visitor: Option<Visitor<'_>>,
    existing: &[Relationship],
    now: Timestamp,
) -> Result<(), Refusal> {
    check_link(offer, here, now)?;
    let visitor = visitor.ok_or(Refusal::SignInRequired)?;
    check_organisation(offer, visitor, now)?;
    if !visitor.person.is_global_administrator() {
        return Err(Refusal::NeedsGlobalAdmin);
    }
    check_partners(offer)?;
    if already_connected(offer, existing) {
        return Err(Refusal::AlreadyConnected);
    }
    Ok(())
}

/// Whether the offer's partners may take customers at all.
///
/// # Errors
/// [`Refusal::PartnerSuspended`] or [`Refusal::ProviderMissing`].
pub fn check_partners(offer: &Offer) -> Result<(), Refusal> {
    if let Some(suspended) = offer.partners().find(|partner| partner.standing == Standing::Suspended) {
        return Err(Refusal::PartnerSuspended { partner: suspended.tenant.id });
    }
    if let Some(reseller) = offer.reseller() {
        let provider = offer.provider().map(|provider| provider.tenant.id);
        if provider.is_none() || reseller.provider != provider {
            return Err(Refusal::ProviderMissing);
        }
    }
    Ok(())
}

/// Whether every partner of the offer already holds what it asks for, or more.
pub fn already_connected(offer: &Offer, existing: &[Relationship]) -> bool {
    offer.partners().all(|partner| {
        existing.iter().any(|rel| {
            rel.partner == partner.tenant.id
                && rel.is_active()
                && (rel.kind == RelationshipKind::Reseller || offer.asks.kind == RelationshipKind::Advisor)
                && (rel.privileges.granted() || !offer.asks.privileges)
        })
    })
}

/// What the administrator chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Grant the privileges asked for, or accept the relationship alone.
    pub privileges: bool,
    /// The version of the customer agreement that was read and accepted, if one was.
    pub agreement: Option<&'static str>,
}

/// Checks the administrator's choice against the offer. `signed` says that the version of the agreement in force there was signed
/// before: then it is not asked for again, until there is a newer one.
///
/// # Errors
/// Without the agreement nothing is accepted (requirement S18); more than was asked cannot be granted; and in a cloud where
/// privileges cannot be left out (requirement S4) the answer is all or nothing.
pub fn check_choice(offer: &Offer, choice: Choice, signed: bool, now: Timestamp) -> Result<(), Refusal> {
    if !signed && choice.agreement != Some(agreement::current(offer.cloud, now).version) {
        return Err(Refusal::AgreementRequired);
    }
    if choice.privileges && !offer.asks.privileges {
        return Err(Refusal::MoreThanAsked);
    }
    if offer.asks.privileges && !choice.privileges && !offers_without_privileges(offer.cloud) {
        return Err(Refusal::PrivilegesIncluded);
    }
    Ok(())
}

/// Whether a customer of this cloud may accept as reseller only.
pub fn offers_without_privileges(cloud: Cloud) -> bool {
    cloud.facts().privileges_optional
}

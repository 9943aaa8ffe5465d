//! At work in a customer's organisation: one operation serves the customer's own people and those of its partners.

use entente_domain::acting::{self, Facts};
use entente_domain::assurance::Proof;
use entente_domain::event::{EventKind, Happened};
use entente_domain::explain::Explanation;
use entente_domain::ids::{DirectoryRoleId, TenantId};
use entente_domain::policy::{self, Action, Allows, NotThere, Permit};
use entente_domain::relationship::Relationship;
use entente_domain::tenant::Tenant;

use crate::acting::Loaded;
use crate::context::Me;
use crate::{App, Ctx, Error, Work};

/// Somebody at work in a customer's organisation, with the permit for one action.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// Who.
    pub me: Me,
    /// The customer.
    pub customer: Tenant,
    /// What a partner's person rests on; none for the customer's own people.
    pub relationship: Option<Relationship>,
    /// The directory roles they use there: their own, or those a partner's person acts in; none where selling is enough.
    pub roles: Vec<DirectoryRoleId>,
    /// What was checked.
    pub permit: Permit,
}

impl Site {
    /// A bare event about something done here: both sides read it.
    pub fn happened(&self, kind: EventKind) -> Happened {
        let mut happened = Happened::new(kind).customer(self.customer.id);
        if let Some(rel) = &self.relationship {
            happened = happened.partner(rel.partner);
            happened.relationship = Some(rel.id);
        }
        happened
    }

    /// The same, saying in which role a partner's person did it.
    pub fn done(&self, kind: EventKind) -> Happened {
        let Allows::AtCustomer { directory, .. } = policy::allows(self.permit.action()) else {
            return self.happened(kind);
        };
        let used = self.roles.iter().filter(|role| self.relationship.is_some() && directory.contains(role));
        let used = used.map(ToString::to_string).collect::<Vec<_>>().join(" ");
        self.happened(kind).with_some("acting_as", Some(used).filter(|it| !it.is_empty()))
    }
}

/// What whoever asks may do in a customer's organisation now, so that a page offers only what the operations would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The customer.
    pub customer: Tenant,
    /// What a partner's person rests on; none for the customer's own people.
    pub relationship: Option<Relationship>,
    refused: Vec<(Action, NotThere)>,
}

impl Reach {
    /// Whether an action is open.
    pub fn may(&self, action: Action) -> bool {
        self.why_not(action).is_none()
    }

    /// The rule that keeps an action closed, and who can change that.
    pub fn why_not(&self, action: Action) -> Option<Explanation> {
        self.refused.iter().find(|(refused, _)| *refused == action).map(|(_, why)| match why {
            NotThere::Denied(it) => Explanation::denied(*it, None),
            NotThere::Acting(it) => Explanation::acting_rule(it.because),
        })
    }
}

/// What whoever asks may do in a customer's organisation.
///
/// # Errors
/// [`Error::NotFound`] for strangers and after the relationship has ended.
pub fn reach(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Reach, Error> {
    app.read(ctx, |work| {
        let place = Place::find(work, customer)?;
        let refused = Action::ALL.iter().filter_map(|it| Some((*it, place.check(work, *it).err()?))).collect();
        Ok(Reach { refused, relationship: place.relationship(), customer: place.customer })
    })
}

/// A customer's organisation as seen by somebody who may know it.
struct Place {
    me: Me,
    customer: Tenant,
    loaded: Loaded,
}

impl Place {
    fn find(work: &Work<'_>, customer: TenantId) -> Result<Self, Error> {
        let me = work.me()?;
        let home = entente_store::tenant::get(work.tx, customer)?.ok_or(Error::NotFound)?;
        let loaded = Loaded::read(work, &me.person, customer)?;
        let place = Self { me, customer: home, loaded };
        if place.me.tenant.id != customer && place.relationship().is_none() {
            return Err(Error::NotFound);
        }
        Ok(place)
    }

    fn relationship(&self) -> Option<Relationship> {
        self.loaded.relationship.clone().filter(Relationship::is_active)
    }

    fn facts(&self, work: &Work<'_>) -> Facts<'_> {
        let strong = work.ctx.proof.as_ref().is_some_and(Proof::strong);
        self.loaded.facts(&self.me.person, self.customer.id, strong)
    }

    fn check(&self, work: &Work<'_>, action: Action) -> Result<Permit, NotThere> {
        policy::at_customer(&self.facts(work), action)
    }

    fn roles(&self, work: &Work<'_>) -> Vec<DirectoryRoleId> {
        if self.me.tenant.id == self.customer.id {
            return self.me.person.directory_roles.clone();
        }
        acting::check(&self.facts(work), None).map(|granted| granted.roles).unwrap_or_default()
    }
}

impl Work<'_> {
    /// Whoever asks, at work in `customer`'s organisation: one of its own people, or a partner's as far as the customer lets them.
    ///
    /// # Errors
    /// [`Error::NotFound`] for strangers and after the relationship has ended, [`Error::Denied`] and [`Error::Acting`] when roles or
    /// what the customer granted are not enough.
    pub(crate) fn at_customer(&self, customer: TenantId, action: Action) -> Result<Site, Error> {
        let place = Place::find(self, customer)?;
        let permit = place.check(self, action)?;
        Ok(Site {
            permit,
            roles: place.roles(self),
            relationship: place.relationship(),
            me: place.me,
            customer: place.customer,
        })
    }
}

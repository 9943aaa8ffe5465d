//! Whether somebody may do something, for whoever may ask: the decision pages, tokens and interfaces make themselves, with its
//! reason (OpenID AuthZEN Authorization API 1.0, section 6; requirement E12). Each is computed in one transaction from the facts
//! as they stand and kept nowhere.

use entente_domain::acting::{self, Because};
use entente_domain::directory::Person;
use entente_domain::explain::Explanation;
use entente_domain::ids::{DirectoryRoleId, Id as _, RelationshipId, ServiceId, TenantId, UserId};
use entente_domain::policy::{self, Action, Allows, Carries, NotThere};
use entente_domain::relationship::Relationship;
use entente_domain::service::Service;
use entente_domain::tenant::Tenant;
use entente_domain::text::{DomainName, UserPrincipalName};
use entente_store::{application, directory, relationship, service, tenant};
use uuid::Uuid;

use super::bearer::{Bearer, Holder};
use crate::acting::Loaded;
use crate::{App, Ctx, Error, Work};

/// Acting on behalf of a customer, as an action's name.
pub const ACT: &str = "act_on_behalf";
/// Opening a service for a customer, as an action's name.
pub const OPEN: &str = "open";
/// People, as a subject's kind.
pub const USER: &str = "user";
/// A customer, as a resource's kind.
pub const CUSTOMER: &str = "customer";
/// Any organisation, as a resource's kind.
pub const TENANT: &str = "tenant";
/// A service, as a resource's kind.
pub const SERVICE: &str = "service";
/// The most roles a question can name.
pub const MAX_ROLES: usize = 50;

/// Something that is asked about: its kind, and its id or another name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What sort of thing.
    pub kind: String,
    /// Which one.
    pub id: String,
}

/// May this subject do this to this resource?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// [`USER`], by id or sign-in name.
    pub subject: Named,
    /// [`ACT`], [`OPEN`], or the code of a [`policy::Action`].
    pub action: String,
    /// [`CUSTOMER`] or [`TENANT`] by id or domain, [`SERVICE`] by id or identifier.
    pub resource: Named,
    /// The customer a service is to be opened for, by id or domain.
    pub customer: Option<String>,
    /// The directory roles wanted there; none asks for all the person holds.
    pub roles: Option<Vec<DirectoryRoleId>>,
    /// Whether the person proved who they are with two factors.
    pub strong: bool,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Why not; none is a yes.
    pub refused: Option<Explanation>,
    /// The relationship it rests on and that relationship's version, where there is one and the caller may know it.
    pub relationship: Option<(RelationshipId, i64)>,
    /// The directory roles the person would act in.
    pub roles: Vec<DirectoryRoleId>,
    /// Whether the action asks for a fresh proof of who does it as well.
    pub confirm: bool,
    /// Whether a stronger sign-in would turn a no into a yes.
    pub step_up: bool,
}

impl Decision {
    /// Whether the answer is yes.
    pub const fn allowed(&self) -> bool {
        self.refused.is_none()
    }

    fn no(why: Explanation) -> Self {
        Self { refused: Some(why), ..Self::default() }
    }
}

/// Answers a question. A no is an answer; so is what does not exist or is none of the caller's business, and the two are alike.
///
/// # Errors
/// When the database has no answer.
pub fn evaluate(app: &App, ctx: &Ctx, bearer: &Bearer, question: &Question) -> Result<Decision, Error> {
    app.read(ctx, |work| answer(work, bearer, question))
}

/// The names of everything the subject may do to the resource.
///
/// # Errors
/// When the database has no answer.
pub fn allowed_actions(app: &App, ctx: &Ctx, bearer: &Bearer, question: &Question) -> Result<Vec<&'static str>, Error> {
    app.read(ctx, |work| {
        let mut allowed = Vec::new();
        for name in Action::ALL.iter().map(|it| it.code()).chain([ACT, OPEN]) {
            let question = Question { action: name.to_owned(), ..question.clone() };
            if answer(work, bearer, &question)?.allowed() {
                allowed.push(name);
            }
        }
        Ok(allowed)
    })
}

/// What is to be done.
enum What {
    Act,
    Open(Box<Service>),
    Do(Action),
}

/// A question whose names mean something.
struct Asked {
    person: Person,
    what: What,
    /// The organisation it is about; none when there is none by that name.
    place: Option<Tenant>,
}

impl Asked {
    /// An id that no organisation has stands for the one that does not exist: rules then say what they say of strangers.
    fn place_id(&self) -> TenantId {
        self.place.as_ref().map_or_else(|| TenantId::from_uuid(Uuid::nil()), |it| it.id)
    }

    fn is_home(&self) -> bool {
        self.place_id() == self.person.tenant
    }
}

/// From where the caller looks at the person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// From their own organisation.
    Own,
    /// From the customer they work for, or a service of the operator's that they open there.
    Outside,
}

fn answer(work: &Work<'_>, bearer: &Bearer, question: &Question) -> Result<Decision, Error> {
    let Some(asked) = read(work, question)? else { return Ok(Decision::no(Explanation::unknown())) };
    let Some(view) = view(work, bearer, &asked)? else { return Ok(Decision::no(Explanation::unknown())) };
    let mut decision = match &asked.what {
        What::Do(action) => doing(work, &asked, question, *action)?,
        What::Act => acting(work, &asked, question, question.roles.as_deref())?,
        What::Open(it) => opening(work, &asked, question, it)?,
    };
    if view == View::Outside {
        decision.refused = decision.refused.map(Explanation::for_others);
    }
    Ok(decision)
}

fn read(work: &Work<'_>, question: &Question) -> Result<Option<Asked>, Error> {
    let kind = question.resource.kind.as_str();
    let (what, place) = match (question.action.as_str(), kind) {
        (ACT, CUSTOMER) => (What::Act, Some(&question.resource.id)),
        (OPEN, SERVICE) => match find_service(work, &question.resource.id)? {
            Some(it) => (What::Open(Box::new(it)), question.customer.as_ref()),
            None => return Ok(None),
        },
        (name, CUSTOMER | TENANT) => match Action::parse(name).filter(|it| *it != Action::Unattended) {
            Some(action) => (What::Do(action), Some(&question.resource.id)),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let Some(place) = place.filter(|_| question.subject.kind == USER) else { return Ok(None) };
    let Some(person) = find_person(work, &question.subject.id)? else { return Ok(None) };
    Ok(Some(Asked { person, what, place: find_tenant(work, place)? }))
}

/// People and programs of the person's organisation look from within. From outside look the customer the person works for, and a
/// service of the operator's at which they do. Everybody else sees nobody there, and so do people and programs whose own roles show
/// them no customers or partners.
fn view(work: &Work<'_>, bearer: &Bearer, asked: &Asked) -> Result<Option<View>, Error> {
    let known_there = || -> Result<bool, Error> {
        Ok(relationship::between(work.tx, asked.person.tenant, asked.place_id())?.is_some())
    };
    let home = match &bearer.holder {
        Holder::Person { person, .. } => {
            let shown = if person.tenant != asked.person.tenant {
                policy::check(person, Action::ViewPartners).is_ok()
            } else if asked.is_home() || person.id == asked.person.id {
                true
            } else {
                policy::check(person, Action::ViewCustomers).is_ok()
            };
            if !shown {
                return Ok(None);
            }
            person.tenant
        }
        // Acting for a customer lets nobody look around there; about oneself one may ask.
        Holder::OnBehalf { person, session } => {
            let own = person.id == asked.person.id && session.customer == asked.place_id();
            return Ok(own.then_some(View::Own));
        }
        Holder::Application => {
            let Some(owner) = bearer.client.owner else {
                let What::Open(it) = &asked.what else { return Ok(None) };
                let own = it.application == bearer.client.id && (asked.is_home() || known_there()?);
                return Ok(own.then_some(View::Outside));
            };
            if owner == asked.person.tenant
                && !asked.is_home()
                && !policy::application_may(&bearer.client.roles, Action::ViewCustomers)
            {
                return Ok(None);
            }
            owner
        }
    };
    if home == asked.person.tenant {
        return Ok(Some(View::Own));
    }
    Ok((home == asked.place_id() && known_there()?).then_some(View::Outside))
}

/// What a person's role allows: at home by the role alone, elsewhere as far as the relationship carries it.
fn doing(work: &Work<'_>, asked: &Asked, question: &Question, action: Action) -> Result<Decision, Error> {
    let confirm = policy::needs_fresh_proof(action);
    if matches!(policy::allows(action), Allows::AtCustomer { .. }) && !asked.is_home() {
        let loaded = Loaded::read(work, &asked.person, asked.place_id())?;
        let facts = loaded.facts(&asked.person, asked.place_id(), question.strong);
        let relationship = version(loaded.relationship.as_ref());
        let refused = policy::at_customer(&facts, action).err();
        let step_up = matches!(refused, Some(NotThere::Acting(it)) if it.because == Because::SecondFactorRequired);
        let refused = refused.map(|it| match it {
            NotThere::Denied(it) => Explanation::denied(it, Some(&asked.person)),
            NotThere::Acting(it) => Explanation::acting(it, &facts, None),
        });
        return Ok(Decision { refused, relationship, confirm, step_up, ..Decision::default() });
    }
    let mut role = policy::check(&asked.person, action).map_err(|it| Explanation::denied(it, Some(&asked.person)));
    if let Some(standing) = tenant::standing(work.tx, asked.person.tenant)? {
        let outlasts = policy::outlasts(standing, action).map_err(|it| Explanation::acting_rule(it.because));
        role = role.and_then(|permit| outlasts.map(|()| permit));
    }
    if asked.is_home() {
        return Ok(Decision { refused: role.err(), confirm, ..Decision::default() });
    }
    if policy::carries(action) == Carries::Nowhere {
        return Ok(Decision::no(Explanation::other_organisation()));
    }
    let rel = relationship::between(work.tx, asked.person.tenant, asked.place_id())?;
    let reach = policy::carried(action, rel.as_ref()).map_err(|it| Explanation::out_of_reach(it, rel.as_ref()));
    let refused = role.err().or_else(|| reach.err());
    Ok(Decision { refused, confirm, relationship: version(rel.as_ref()), ..Decision::default() })
}

fn acting(
    work: &Work<'_>,
    asked: &Asked,
    question: &Question,
    roles: Option<&[DirectoryRoleId]>,
) -> Result<Decision, Error> {
    let loaded = Loaded::read(work, &asked.person, asked.place_id())?;
    let facts = loaded.facts(&asked.person, asked.place_id(), question.strong);
    let relationship = version(loaded.relationship.as_ref());
    Ok(match acting::check(&facts, roles) {
        Ok(granted) => Decision { relationship, roles: granted.roles, ..Decision::default() },
        Err(refused) => Decision {
            refused: Some(Explanation::acting(refused, &facts, roles)),
            relationship,
            step_up: refused.because == Because::SecondFactorRequired,
            ..Decision::default()
        },
    })
}

/// A service lets in whoever holds one of its roles: at home one's own, elsewhere those one acts in.
fn opening(work: &Work<'_>, asked: &Asked, question: &Question, it: &Service) -> Result<Decision, Error> {
    let mut wanted = it.opening();
    if let Some(roles) = &question.roles {
        wanted.retain(|role| roles.contains(role));
    }
    let decision = if asked.is_home() {
        let mut roles = if asked.person.enabled { asked.person.directory_roles.clone() } else { Vec::new() };
        roles.retain(|role| wanted.contains(role));
        let refused = roles.is_empty().then(|| Explanation::service(&asked.person, &it.opening()));
        Decision { refused, roles, ..Decision::default() }
    } else {
        acting(work, asked, question, Some(&wanted))?
    };
    // Asked last, so that the answer about a stranger does not tell which cloud the stranger lives in.
    let elsewhere = asked.place.as_ref().is_some_and(|place| place.cloud != it.cloud);
    if decision.allowed() && elsewhere { Ok(Decision::no(Explanation::unknown())) } else { Ok(decision) }
}

fn version(rel: Option<&Relationship>) -> Option<(RelationshipId, i64)> {
    rel.map(|it| (it.id, it.version))
}

fn find_person(work: &Work<'_>, text: &str) -> Result<Option<Person>, Error> {
    if let Ok(id) = text.parse::<UserId>() {
        return Ok(directory::get(work.tx, id)?);
    }
    let Ok(name) = UserPrincipalName::parse(text) else { return Ok(None) };
    Ok(directory::by_upn(work.tx, &name.key())?)
}

fn find_tenant(work: &Work<'_>, text: &str) -> Result<Option<Tenant>, Error> {
    if let Ok(id) = text.parse::<TenantId>() {
        return Ok(tenant::get(work.tx, id)?);
    }
    let Ok(domain) = DomainName::parse(text) else { return Ok(None) };
    Ok(tenant::by_domain(work.tx, &domain)?)
}

fn find_service(work: &Work<'_>, text: &str) -> Result<Option<Service>, Error> {
    if let Ok(id) = text.parse::<ServiceId>() {
        return Ok(service::get(work.tx, id)?);
    }
    let Some(relying) = application::by_identifier(work.tx, text)? else { return Ok(None) };
    Ok(service::of_application(work.tx, relying.id)?)
}

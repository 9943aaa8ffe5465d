//! Acting on behalf: who may, who is at it, and how a customer stops it (requirements S10, E6, E7).

use entente_domain::acting::{self, CLASSIC, End, Facts, Granted, Refused, Session, Stop};
use entente_domain::directory::Person;
use entente_domain::event::{EventKind, Happened};
use entente_domain::explain::Explanation;
use entente_domain::ids::{ActingId, ApplicationId, DirectoryRoleId, ServiceId, TenantId, UserId};
use entente_domain::policy::{Action, Permit, Unattended};
use entente_domain::relationship::Relationship;
use entente_domain::time::Timestamp;
use entente_store::acting::{self as store, MANY, Of, Reach};
use entente_store::tenant::Footing;
use entente_store::{application, directory, relationship, tenant};

use crate::{App, Ctx, Error, Work, authority};

const OWN: Permit = Permit::unattended(Unattended::OwnAccount);
/// How much longer a session is noted to last than its latest token, in seconds: so that not every token writes a row.
const SLACK: i64 = 60;

/// What a decision about a person and a customer rests on, as this transaction sees it.
pub(crate) struct Loaded {
    /// How the organisations stand, and what they ask.
    pub(crate) footing: Footing,
    /// The relationship between the person's organisation and the customer.
    pub(crate) relationship: Option<Relationship>,
    stops: Vec<Stop>,
}

impl Loaded {
    pub(crate) fn read(work: &Work<'_>, person: &Person, customer: TenantId) -> Result<Self, Error> {
        Ok(Self {
            footing: tenant::footing(work.tx, person.tenant, customer)?,
            relationship: relationship::between(work.tx, person.tenant, customer)?,
            stops: store::reaching(work.tx, customer, person.tenant, person.id)?,
        })
    }

    pub(crate) fn facts<'a>(&'a self, person: &'a Person, customer: TenantId, strong: bool) -> Facts<'a> {
        Facts {
            person,
            // The classic privileges go by a person's role at the partner alone.
            groups: &[],
            assignments: CLASSIC,
            partner: self.footing.partner,
            customer,
            relationship: self.relationship.as_ref(),
            stops: &self.stops,
            strong,
            strong_wanted: self.footing.strong_wanted,
        }
    }

    /// What the rules say.
    pub(crate) fn decide(
        &self,
        person: &Person,
        customer: TenantId,
        strong: bool,
        requested: Option<&[DirectoryRoleId]>,
    ) -> Result<Granted, No> {
        let facts = self.facts(person, customer, strong);
        let explained = |refused| No { refused, explanation: Explanation::acting(refused, &facts, requested) };
        acting::check(&facts, requested).map_err(explained)
    }
}

/// What the rules say no with, and what they looked at.
#[derive(Debug, Clone)]
pub(crate) struct No {
    /// The rule.
    pub refused: Refused,
    /// Its explanation, in full.
    pub explanation: Explanation,
}

/// What the rules say about a person and a customer, as this transaction sees them.
///
/// # Errors
/// When the database has no answer; a refusal is an answer.
pub(crate) fn decide(
    work: &Work<'_>,
    person: &Person,
    customer: TenantId,
    strong: bool,
    requested: Option<&[DirectoryRoleId]>,
) -> Result<Result<Granted, No>, Error> {
    Ok(Loaded::read(work, person, customer)?.decide(person, customer, strong, requested))
}

/// What a token for acting is to say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The customer.
    pub customer: TenantId,
    /// The application that asks for it.
    pub application: ApplicationId,
    /// The service it is for, where that is another than the application's own.
    pub service: Option<ServiceId>,
    /// Whether the person proved who they are with two factors.
    pub strong: bool,
}

/// A running session that a further token continues without a write, if there is one.
pub(crate) fn running(
    work: &Work<'_>,
    person: &Person,
    wanted: Wanted,
    granted: &Granted,
) -> Result<Option<Session>, Error> {
    let since = work.now.plus_seconds(-acting::CONTINUES_SECONDS);
    let Wanted { customer, application, service, strong } = wanted;
    let of = Of { person: person.id, customer, application, service, strong };
    let latest = store::latest(work.tx, of, granted, since)?;
    Ok(latest.filter(|it| it.continues(granted, strong, work.now)))
}

/// When a session's row has to say that its tokens last longer.
pub(crate) fn covers(session: &Session, now: Timestamp) -> bool {
    now.plus_seconds(acting::TOKEN_SECONDS) <= session.tokens_until
}

/// Begins a session, or prolongs the one that goes on, with its event.
pub(crate) fn begin_or_prolong(
    work: &Work<'_>,
    person: &Person,
    wanted: Wanted,
    granted: &Granted,
) -> Result<Session, Error> {
    let tokens_until = work.now.plus_seconds(acting::TOKEN_SECONDS + SLACK);
    if let Some(session) = running(work, person, wanted, granted)? {
        store::prolong(work.tx, &OWN, session.id, tokens_until)?;
        return Ok(Session { tokens_until, ..session });
    }
    let session = Session {
        id: work.app.new_id(),
        customer: wanted.customer,
        partner: person.tenant,
        person: person.id,
        application: wanted.application,
        service: wanted.service,
        relationship: granted.relationship,
        version: granted.version,
        roles: granted.roles.clone(),
        strong: wanted.strong,
        started_at: work.now,
        tokens_until,
        ended: None,
    };
    store::insert(work.tx, &OWN, &session)?;
    let name = application::get(work.tx, wanted.application)?.map(|it| it.name.into_string());
    let happened = session
        .happened(EventKind::ActingBegan)
        .with("roles", codes(&session.roles))
        .with("relationship_version", session.version.to_string())
        .with_some("application", name);
    work.record(happened)?;
    Ok(session)
}

/// Writes down that somebody tried to act and may not, for both sides to see.
pub(crate) fn record_refusal(
    app: &App,
    ctx: &Ctx,
    person: &Person,
    customer: TenantId,
    refused: Refused,
) -> Result<(), Error> {
    let (id, partner) = (person.id, person.tenant);
    app.write(ctx, move |work| {
        // Without a relationship it is none of the customer's business, and no stranger writes into its log.
        let Some(rel) = relationship::between(work.tx, partner, customer)? else { return Ok(()) };
        let happened = rel.happened(EventKind::ActingRefused).person(id).with("refusal", refused.because.code());
        work.record(happened)?;
        Ok(())
    })
}

/// Whether a session still carries what its token says: it goes on, on the same terms, and the rules still allow it.
pub(crate) fn still(work: &Work<'_>, id: ActingId, strong: bool) -> Result<Option<(Session, Person)>, Error> {
    let Some(session) = store::get(work.tx, id)?.filter(|it| it.is_live(work.now)) else { return Ok(None) };
    let Some(person) = directory::get(work.tx, session.person)? else { return Ok(None) };
    let decided = decide(work, &person, session.customer, strong, Some(&session.roles))?;
    let same = |it: &Granted| {
        it.version == session.version && it.relationship == session.relationship && it.roles == session.roles
    };
    Ok(decided.ok().filter(same).map(|_| (session, person)))
}

/// Ends every session within reach, each with its event, so that relying parties are told.
pub(crate) fn end_all(work: &Work<'_>, permit: &Permit, reach: Reach, why: End) -> Result<(), Error> {
    for session in store::live(work.tx, reach, work.now, MANY)? {
        end_one(work, permit, &session, why)?;
    }
    Ok(())
}

/// Ends every session within reach that rests on one factor.
pub(crate) fn end_weak(work: &Work<'_>, permit: &Permit, reach: Reach) -> Result<(), Error> {
    let weak = |it: &Session| !it.strong;
    for session in store::live(work.tx, reach, work.now, MANY)?.into_iter().filter(weak) {
        end_one(work, permit, &session, End::SecondFactor)?;
    }
    Ok(())
}

/// Ends one session with its event; nothing happens when it is over.
pub(crate) fn end_one(work: &Work<'_>, permit: &Permit, session: &Session, why: End) -> Result<(), Error> {
    if store::end(work.tx, permit, session.id, work.now, why)? {
        let event = work.record(session.happened(EventKind::ActingEnded).with("why", why.code()))?;
        authority::tell(work, session, why, event.id)?;
    }
    Ok(())
}

/// Somebody at work for the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtWork {
    /// The session.
    pub session: Session,
    /// Their name.
    pub person: String,
    /// Their organisation.
    pub partner: String,
    /// What they use.
    pub application: String,
}

/// Something the customer stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The stop.
    pub stop: Stop,
    /// The partner's name; none when it reaches every partner.
    pub partner: Option<String>,
    /// The person's name; none when it reaches everybody there.
    pub person: Option<String>,
}

/// What a customer sees through the glass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glass {
    /// Who is acting right now, the latest first, at most 500.
    pub acting: Vec<AtWork>,
    /// What is stopped.
    pub stopped: Vec<Stopped>,
}

/// Who is acting on the customer's behalf right now, and what it stopped.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn glass(app: &App, ctx: &Ctx) -> Result<Glass, Error> {
    app.read(ctx, |work| {
        let (me, _) = work.customer(Action::ViewPartners)?;
        let sessions = store::live(work.tx, Reach::Customer(me.tenant.id), work.now, 500)?;
        let stops = store::stops(work.tx, me.tenant.id)?;
        let people: Vec<UserId> =
            sessions.iter().map(|it| it.person).chain(stops.iter().filter_map(|it| it.person)).collect();
        let partners: Vec<TenantId> =
            sessions.iter().map(|it| it.partner).chain(stops.iter().filter_map(|it| it.partner)).collect();
        let (people, partners) = (directory::names(work.tx, &people)?, tenant::names(work.tx, &partners)?);
        let mut acting = Vec::with_capacity(sessions.len());
        for session in sessions {
            acting.push(AtWork {
                person: people.get(&session.person).cloned().unwrap_or_default(),
                partner: partners.get(&session.partner).cloned().unwrap_or_default(),
                application: application::get(work.tx, session.application)?
                    .map(|it| it.name.into_string())
                    .unwrap_or_default(),
                session,
            });
        }
        let stopped = stops
            .into_iter()
            .map(|stop| Stopped {
                partner: stop.partner.and_then(|id| partners.get(&id).cloned()),
                person: stop.person.and_then(|id| people.get(&id).cloned()),
                stop,
            })
            .collect();
        Ok(Glass { acting, stopped })
    })
}

/// Whom a stop reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whom {
    /// Everybody of every partner.
    Everybody,
    /// Everybody of one partner.
    Partner(TenantId),
    /// One person of one partner.
    Person(TenantId, UserId),
}

impl Whom {
    const fn parts(self) -> (Option<TenantId>, Option<UserId>) {
        match self {
            Self::Everybody => (None, None),
            Self::Partner(partner) => (Some(partner), None),
            Self::Person(partner, person) => (Some(partner), Some(person)),
        }
    }
}

/// What a page says before somebody is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The partner's name; none when it would reach every partner.
    pub partner: Option<String>,
    /// The person's name; none when it would reach everybody there.
    pub person: Option<String>,
    /// How many sessions would end now.
    pub sessions: usize,
}

/// Whom a stop would reach. Decides nothing: [`stop`] looks again.
///
/// # Errors
/// As [`stop`].
pub fn target(app: &App, ctx: &Ctx, whom: Whom) -> Result<Target, Error> {
    app.read(ctx, |work| {
        let (me, _) = work.customer(Action::StopActing)?;
        concerning(work, me.tenant.id, whom, EventKind::ActingStopped)?;
        let (partner, person) = whom.parts();
        let sessions = reached(work, me.tenant.id, whom)?.len();
        let partner = tenant::names(work.tx, partner.as_slice())?.into_values().next();
        let person = directory::names(work.tx, person.as_slice())?.into_values().next();
        Ok(Target { partner, person, sessions })
    })
}

/// Stops somebody from acting on the customer's behalf until it allows it again. Once this returns, nothing more is allowed to
/// them, and what they have open is told to end. Repeating it changes nothing.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NotFound`] for a partner or person the customer has nothing to do with.
pub fn stop(app: &App, ctx: &Ctx, whom: Whom) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, permit) = work.customer(Action::StopActing)?;
        let customer = me.tenant.id;
        let happened = concerning(work, customer, whom, EventKind::ActingStopped)?;
        let (partner, person) = whom.parts();
        if !store::stop(work.tx, &permit, customer, &Stop { partner, person, since: work.now, by: me.person.id })? {
            return Ok(());
        }
        work.record(happened)?;
        for session in reached(work, customer, whom)? {
            end_one(work, &permit, &session, End::Stopped)?;
        }
        Ok(())
    })
}

/// The sessions a stop ends.
fn reached(work: &Work<'_>, customer: TenantId, whom: Whom) -> Result<Vec<Session>, Error> {
    let (partner, person) = whom.parts();
    let reach = partner.map_or(Reach::Customer(customer), |partner| Reach::Pair(customer, partner));
    let mut sessions = store::live(work.tx, reach, work.now, MANY)?;
    sessions.retain(|it| person.is_none_or(|person| person == it.person));
    Ok(sessions)
}

/// Lets them act again, within what was granted. Repeating it changes nothing.
///
/// # Errors
/// As [`stop`]; [`Error::StepUp`] first, because privileges come back into use.
pub fn allow(app: &App, ctx: &Ctx, whom: Whom) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let (me, permit) = work.customer(Action::AllowActing)?;
        work.fresh(Action::AllowActing)?;
        let happened = concerning(work, me.tenant.id, whom, EventKind::ActingAllowed)?;
        let (partner, person) = whom.parts();
        if store::allow(work.tx, &permit, me.tenant.id, partner, person)? {
            work.record(happened)?;
        }
        Ok(())
    })
}

fn concerning(work: &Work<'_>, customer: TenantId, whom: Whom, kind: EventKind) -> Result<Happened, Error> {
    let known = |partner| relationship::between(work.tx, partner, customer)?.ok_or(Error::NotFound);
    Ok(match whom {
        Whom::Everybody => Happened::new(kind).customer(customer).with("reach", "everybody"),
        Whom::Partner(partner) => known(partner)?.happened(kind).with("reach", "partner"),
        Whom::Person(partner, person) => {
            let rel = known(partner)?;
            directory::get(work.tx, person)?.filter(|it| it.tenant == partner).ok_or(Error::NotFound)?;
            rel.happened(kind).person(person).with("reach", "person")
        }
    })
}

fn codes(roles: &[DirectoryRoleId]) -> String {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

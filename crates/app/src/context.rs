//! Who asks, and what an operation works with.

use std::cell::Cell;
use std::sync::Arc;

use entente_domain::assurance::{self, Proof, StepUp};
use entente_domain::directory::Person;
use entente_domain::event::{Actor, Event, Happened};
use entente_domain::ids::{EventId, Id, UserId};
use entente_domain::language::Language;
use entente_domain::policy::{self, Action, Permit};
use entente_domain::tenant::{Partner, Tenant};
use entente_domain::time::Timestamp;
use entente_identity::{Fetch, InstanceKey, LinkKey, PasswordHasher, Random, RequestKey, SealKey};
use entente_store::{Store, Tx};

use crate::authority::keys::KeyRing;
use crate::{Error, Settings, record};

/// What time it is; virtual in demo mode and in tests.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The application: everything an operation needs besides who asks. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    passwords: PasswordHasher,
    links: LinkKey,
    requests: RequestKey,
    seal: SealKey,
    keys: KeyRing,
    fetch: Arc<dyn Fetch>,
    mail_written: Box<dyn Fn() + Send + Sync>,
}

/// What [`App::new`] is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The configuration.
    pub settings: Settings,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// Password hashing with its bound on concurrency.
    pub passwords: PasswordHasher,
    /// The key that links and request tokens are derived from.
    pub key: InstanceKey,
    /// How other servers are asked.
    pub fetch: Arc<dyn Fetch>,
    /// Called after a transaction that wrote mail or signals, to wake the workers.
    pub mail_written: Box<dyn Fn() + Send + Sync>,
}

impl App {
    /// Wires the application.
    pub fn new(parts: Parts) -> Self {
        let (links, requests, seal) = (parts.key.link_key(), parts.key.request_key(), parts.key.seal_key());
        Self {
            inner: Arc::new(Inner {
                store: parts.store,
                settings: parts.settings,
                clock: parts.clock,
                random: parts.random,
                passwords: parts.passwords,
                links,
                requests,
                seal,
                keys: KeyRing::default(),
                fetch: parts.fetch,
                mail_written: parts.mail_written,
            }),
        }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }
    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
    /// The source of randomness.
    pub fn random(&self) -> &dyn Random {
        &*self.inner.random
    }
    /// Password hashing.
    pub fn passwords(&self) -> &PasswordHasher {
        &self.inner.passwords
    }
    /// The key of personal links.
    pub fn links(&self) -> &LinkKey {
        &self.inner.links
    }
    /// The key of request tokens.
    pub fn requests(&self) -> &RequestKey {
        &self.inner.requests
    }

    /// The key that secrets are sealed with where the database keeps them.
    pub fn seal(&self) -> &SealKey {
        &self.inner.seal
    }
    /// The parsed keys tokens are signed and checked with.
    pub(crate) fn keys(&self) -> &KeyRing {
        &self.inner.keys
    }
    /// How other servers are asked. It blocks: never inside a transaction.
    pub fn fetch(&self) -> &dyn Fetch {
        &*self.inner.fetch
    }

    /// A new identifier: UUID version 7 (RFC 9562), so that ids sort by age.
    pub fn new_id<I: Id>(&self) -> I {
        let mut noise = [0_u8; 10];
        self.random().fill(&mut noise);
        let millis = u64::try_from(self.now().millis()).unwrap_or(0);
        I::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &noise).into_uuid())
    }

    /// Runs a reading operation on one snapshot.
    ///
    /// # Errors
    /// Whatever the operation answers.
    pub fn read<T>(&self, ctx: &Ctx, op: impl Fn(&Work<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let now = self.now();
        self.store().read(|tx| op(&Work { app: self, tx, ctx, now, mailed: Cell::new(false) }))
    }

    /// The same for a report that reads much, on connections of its own, so that it cannot starve short reads.
    ///
    /// # Errors
    /// Whatever the operation answers.
    pub fn read_long<T>(&self, ctx: &Ctx, op: impl Fn(&Work<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let now = self.now();
        self.store().read_long(|tx| op(&Work { app: self, tx, ctx, now, mailed: Cell::new(false) }))
    }

    /// Runs an operation in one transaction. It may run again after a conflict, so it has no effect outside of the transaction.
    ///
    /// # Errors
    /// Whatever the operation answers; then nothing is kept.
    pub fn write<T: Send + 'static>(
        &self,
        ctx: &Ctx,
        op: impl Fn(&Work<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let now = self.now();
        let (app, ctx) = (self.clone(), ctx.clone());
        let (done, mailed) = self.store().write(move |tx| {
            let work = Work { app: &app, tx, ctx: &ctx, now, mailed: Cell::new(false) };
            let done = op(&work)?;
            Ok::<_, Error>((done, work.mailed.get()))
        })?;
        if mailed {
            (self.inner.mail_written)();
        }
        Ok(done)
    }
}

/// Who asks, from where, in which language. Holds no rights: those are loaded inside the transaction, each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ctx {
    /// The person, once signed in.
    pub person: Option<UserId>,
    /// When and how that person last proved who they are.
    pub proof: Option<Proof>,
    /// What acts when no person does.
    pub actor: Actor,
    /// The network address.
    pub address: Option<String>,
    /// The language to answer in.
    pub language: Language,
}

impl Ctx {
    /// Somebody not signed in.
    pub const fn anonymous(address: Option<String>, language: Language) -> Self {
        Self { person: None, proof: None, actor: Actor::Anonymous, address, language }
    }
    /// Entente itself.
    pub const fn system() -> Self {
        Self { person: None, proof: None, actor: Actor::System, address: None, language: Language::En }
    }
    /// The operator on the command line.
    pub const fn operator() -> Self {
        Self { person: None, proof: None, actor: Actor::Operator, address: None, language: Language::En }
    }
    /// A signed-in person.
    pub const fn signed_in(person: &Person, proof: Proof, address: Option<String>, language: Language) -> Self {
        let actor = Actor::Person { user: person.id, tenant: person.tenant };
        Self { person: Some(person.id), proof: Some(proof), actor, address, language }
    }
}

/// A person with their organisation, as the present transaction sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The person, with today's roles.
    pub person: Person,
    /// Their organisation.
    pub tenant: Tenant,
}

/// One running operation.
pub struct Work<'a> {
    /// The application.
    pub app: &'a App,
    /// The transaction.
    pub tx: &'a Tx,
    /// Who asks.
    pub ctx: &'a Ctx,
    /// The one time of this operation.
    pub now: Timestamp,
    /// Whether it put mail or a signal into an outbox.
    pub(crate) mailed: Cell<bool>,
}

impl Work<'_> {
    /// The person who asks, read in this transaction: a person blocked a moment ago is nobody.
    ///
    /// # Errors
    /// [`Error::SignInRequired`] when nobody is signed in or the person is blocked.
    pub fn me(&self) -> Result<Me, Error> {
        let id = self.ctx.person.ok_or(Error::SignInRequired)?;
        let person = entente_store::directory::get(self.tx, id)?.ok_or(Error::SignInRequired)?;
        if !person.enabled {
            return Err(Error::SignInRequired);
        }
        let tenant = entente_store::tenant::get(self.tx, person.tenant)?.ok_or(Error::SignInRequired)?;
        Ok(Me { person, tenant })
    }

    /// The person who asks and the permit for `action`, for people of a partner.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the organisation is no partner, [`Error::Denied`] without the role, [`Error::Acting`] for what a
    /// suspended partner does not do.
    pub fn partner(&self, action: Action) -> Result<(Me, Partner, Permit), Error> {
        let (me, partner) = self.of_partner()?;
        let permit = policy::check(&me.person, action)?;
        policy::outlasts(partner.standing, action)?;
        Ok((me, partner, permit))
    }

    /// The same for what is done at customers, whichever it is, by the roles that need no privileges.
    ///
    /// # Errors
    /// As [`Self::partner`].
    pub fn seller(&self, action: Action) -> Result<(Me, Partner, Permit), Error> {
        let (me, partner) = self.of_partner()?;
        let permit = policy::as_seller(&me.person, action)?;
        policy::working(partner.standing)?;
        Ok((me, partner, permit))
    }

    fn of_partner(&self) -> Result<(Me, Partner), Error> {
        let me = self.me()?;
        let partner = entente_store::tenant::as_partner(self.tx, me.tenant.clone())?.ok_or(Error::NotFound)?;
        Ok((me, partner))
    }

    /// The person who asks and the permit for `action`, for people of a customer.
    ///
    /// # Errors
    /// [`Error::Denied`] without the role.
    pub fn customer(&self, action: Action) -> Result<(Me, Permit), Error> {
        let me = self.me()?;
        let permit = policy::check(&me.person, action)?;
        Ok((me, permit))
    }

    /// Whether whoever asks proved who they are recently and well enough for `action`. Asked inside the transaction, after the
    /// permit: who may not do it at all learns that first. The operator and Entente itself prove nothing and are not concerned.
    ///
    /// # Errors
    /// [`Error::StepUp`] when a confirmation has to come first.
    pub fn fresh(&self, action: Action) -> Result<(), Error> {
        let Some(person) = self.ctx.person else { return Ok(()) };
        let proof = self.ctx.proof.as_ref().ok_or(StepUp::NotFresh)?;
        let enrolled = entente_store::factor::enrolled(self.tx, person)?;
        Ok(assurance::check(action, proof, enrolled.any(), self.now)?)
    }

    /// Writes down what happened: the audit row and the mail it causes, in this transaction.
    ///
    /// # Errors
    /// When either cannot be written; then the operation fails with it.
    pub fn record(&self, what: Happened) -> Result<Event, Error> {
        record::record(self, what)
    }

    /// A new event id, for rows that refer to an event before it is recorded.
    pub fn event_id(&self) -> EventId {
        self.app.new_id()
    }
}

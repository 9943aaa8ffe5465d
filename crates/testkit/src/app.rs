//! A small believable world to run operations in: a clock that is turned by hand, randomness from a seed, people with passwords.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a fixture that cannot be made fails its test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use entente_app::{
    App, Clock, Ctx, Settings, context::Parts, demo::DemoClock, service_request, sign_in::Audience, sign_in::Entered,
};
use entente_domain::assurance::Proof;
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::EventKind;
use entente_domain::factor::Security;
use entente_domain::ids::{AttachmentId, EventId, Id, TenantId, UserId};
use entente_domain::language::Language;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::service_request::Severity;
use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
use entente_domain::time::Timestamp;
use entente_domain::validity::ValidityDays;
use entente_identity::{Cost, InstanceKey, Password, PasswordHasher, Random};
use entente_store::{Store, signal::Signal};

use crate::fetch::Programmed;

/// 2026-11-23T09:00:00Z, when every test begins.
pub const BEGIN: Timestamp = Timestamp::from_seconds(1_795_424_400);
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// A clock that only moves when told.
#[derive(Debug)]
pub struct HandClock(AtomicI64);

impl HandClock {
    /// Moves the clock on by whole days.
    pub fn advance_days(&self, days: i64) {
        self.0.fetch_add(days * 86_400_000_000, Ordering::SeqCst);
    }
    /// Moves the clock on by seconds.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes from a counter: different at every call, the same in every run. For tests only.
#[derive(Debug, Default)]
pub struct Seeded(AtomicU64);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64 (Steele, Lea and Flood 2014): neighbouring counters give unrelated values.
            let mut mixed = self.0.fetch_add(1, Ordering::SeqCst).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The application on one engine, with its clock.
pub struct TestApp {
    /// The application.
    pub app: App,
    /// Its clock.
    pub clock: Arc<HandClock>,
    /// The other servers of its world.
    pub fetch: Arc<Programmed>,
}

impl TestApp {
    /// The application on this database, at [`BEGIN`].
    pub fn new(store: &Store) -> Self {
        Self::with_random(store, Arc::new(Seeded::default()))
    }

    /// The same with randomness that differs from one process to the next, for tests with several processes on one database.
    pub fn with_random(store: &Store, random: Arc<dyn Random>) -> Self {
        Self::made(store, random, Cost::CHEAP)
    }

    /// The same where passwords cost what they cost in an installation, for tests of what that tells.
    pub fn with_real_passwords(store: &Store) -> Self {
        Self::made(store, Arc::new(Seeded::default()), Cost::STANDARD)
    }

    fn made(store: &Store, random: Arc<dyn Random>, cost: Cost) -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(BEGIN.micros())));
        let fetch = Arc::new(Programmed::default());
        Self { app: application(store, random, clock.clone(), fetch.clone(), cost), clock, fetch }
    }

    /// The application as demo mode wires it, with the clock the seed turns.
    pub fn in_demo(store: &Store) -> (Self, Arc<DemoClock>) {
        let clock = Arc::new(HandClock(AtomicI64::new(BEGIN.micros())));
        let turned = Arc::new(DemoClock::new(clock.clone()));
        let fetch = Arc::new(Programmed::default());
        let app = application(store, Arc::new(Seeded::default()), turned.clone(), fetch.clone(), Cost::CHEAP);
        (Self { app, clock, fetch }, turned)
    }

    /// The same person, who proved a moment ago who they are.
    pub fn confirmed(&self, ctx: &Ctx) -> Ctx {
        Ctx { proof: Some(Proof::password(self.app.now())), ..ctx.clone() }
    }

    /// What a tenant's log says happened, newest first.
    pub fn events(&self, tenant: TenantId) -> Vec<EventKind> {
        let entries = self.app.store().read(|tx| entente_store::event::page(tx, tenant, None, 10_000)).expect("read");
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    /// What an event has to tell to others, and how far that has come.
    pub fn signals(&self, event: EventId) -> Vec<Signal> {
        self.app.store().read(|tx| entente_store::signal::of_event(tx, event)).expect("read")
    }

    /// Registers an organisation.
    pub fn tenant(&self, name: &str, domain: &str, cloud: Cloud, country: &str) -> Tenant {
        let tenant = Tenant {
            id: self.app.new_id(),
            cloud,
            country: country.parse().expect("a country"),
            name: name.parse().expect("a name"),
            domain: domain.parse().expect("a domain"),
            language: Language::En,
            organisation: true,
            created_at: self.app.now(),
        };
        entente_app::tenant::add(&self.app, &Ctx::operator(), tenant.clone()).expect("registered");
        // Its people have passwords only. Written directly, so that logs begin with what a test does.
        let (id, relaxed) = (tenant.id, Security::NOTHING);
        let permit = || Permit::unattended(Unattended::Operator);
        let kept = self.app.store().write(move |tx| entente_store::tenant::set_security(tx, &permit(), id, relaxed));
        kept.expect("kept");
        tenant
    }

    /// Registers a partner.
    pub fn partner(
        &self,
        name: &str,
        domain: &str,
        kind: PartnerKind,
        locations: &[&str],
        provider: Option<TenantId>,
    ) -> Partner {
        let tenant = self.tenant(name, domain, Cloud::Public, locations[0]);
        let number = format!("{:07}", tenant.id.uuid().as_u128() % 10_000_000);
        let locations = locations.iter().map(|it| it.parse().expect("a country")).collect();
        let since = self.app.now();
        let partner = Partner { tenant, kind, number, locations, provider, standing: Standing::Active, since };
        entente_app::tenant::make_partner(&self.app, &Ctx::operator(), partner.clone()).expect("registered");
        partner
    }

    /// A service request about nothing in particular, with a note and a file of this content that came with it.
    pub fn service_request(&self, who: &Ctx, customer: TenantId, content: &[u8]) -> (i64, AttachmentId) {
        let new = service_request::New {
            topic: "other".to_owned(),
            severity: Severity::Critical,
            subscription: None,
            title: "Mail is late".parse().expect("a title"),
            description: "Since Monday.".parse().expect("a text"),
        };
        let number = service_request::open(&self.app, who, customer, new).expect("opened");
        let file = service_request::attachment::upload(&self.app, who, customer, number, "a.log", content.to_vec());
        let (file, text) = (file.expect("uploaded"), "See the file.".parse().expect("a text"));
        service_request::note(&self.app, who, customer, number, text, vec![file]).expect("noted");
        (number, file)
    }

    /// Adds a person and signs them in.
    pub fn person(&self, tenant: &Tenant, name: &str, roles: &[PartnerRole], global_administrator: bool) -> Ctx {
        let upn = format!("{}@{}", name.to_lowercase(), tenant.domain.as_str());
        let person = Person {
            id: self.app.new_id::<UserId>(),
            tenant: tenant.id,
            upn: upn.parse().expect("a sign-in name"),
            name: name.parse().expect("a name"),
            mail: upn.parse().expect("an address"),
            language: None,
            enabled: true,
            partner_roles: roles.to_vec(),
            directory_roles: if global_administrator { vec![GLOBAL_ADMINISTRATOR] } else { Vec::new() },
        };
        let password = Password::new(PASSWORD).expect("a password");
        entente_app::tenant::add_person(&self.app, &Ctx::operator(), person, Some(&password)).expect("added");
        let audience = if roles.is_empty() { Audience::Customer(tenant.cloud) } else { Audience::Partner };
        let anonymous = Ctx::anonymous(Some("192.0.2.1".to_owned()), Language::En);
        entente_app::sign_in::start(&self.app, &anonymous, audience, &upn, PASSWORD)
            .ok()
            .and_then(Entered::session)
            .expect("signed in")
            .1
    }
}

fn application(
    store: &Store,
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    fetch: Arc<Programmed>,
    cost: Cost,
) -> App {
    let url = |path: &str| format!("https://halden.example{path}");
    let settings = Settings {
        vendor: "Halden Cloud".to_owned(),
        customer_domain: "halden.example".parse().expect("a domain"),
        partner_portal: url("/partner"),
        customer_portals: Cloud::ALL.into_iter().map(|it| (it, url(&format!("/portal/{}", it.code())))).collect(),
        authority: url(""),
        api: url(""),
        private_addresses: false,
        validity: ValidityDays::default(),
        remind_after_days: 7,
    };
    App::new(Parts {
        store: store.clone(),
        settings,
        clock,
        random,
        passwords: PasswordHasher::with_cost(2, cost),
        key: InstanceKey::new([7; 32]),
        fetch,
        mail_written: Box::new(|| {}),
    })
}

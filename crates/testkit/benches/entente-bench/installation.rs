//! Generated installations: believable names in several scripts, the same ones at every run.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entente_app::acceptance::{self, Opened};
use entente_app::invitation::{self, Draft};
use entente_app::{Ctx, Error};
use entente_domain::assurance::{Method, Proof};
use entente_domain::cloud::Cloud;
use entente_domain::directory::{PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::ids::{InvitationId, TenantId};
use entente_domain::invitation::Binding;
use entente_domain::language::Language;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::relationship::{Channel, Relationship, RelationshipKind, Terms};
use entente_domain::tenant::{PartnerKind, Tenant};
use entente_identity::SystemRandom;
use entente_store::{SqliteOptions, Store, relationship, tenant};
use entente_testkit::app::BEGIN;
use entente_testkit::requests::{ALL, draft};
use entente_testkit::tokens::Program;
use entente_testkit::{TestApp, names};

const PERMIT: Permit = Permit::unattended(Unattended::Operator);
/// The partners that share an installation's customers.
const PARTNERS: usize = 10;
/// Numbers of generated customers that were asked for something: beyond those of every installation.
static REQUESTED: AtomicUsize = AtomicUsize::new(50_000_000);

/// An application on a database of many customers.
pub struct Installation {
    /// The application.
    pub test: TestApp,
    /// An admin agent of the first partner.
    pub agent: Ctx,
    /// What that admin agent works with.
    pub program: Program,
    /// The customers of the first partner: a tenth of all.
    pub customers: Vec<TenantId>,
}

/// A fresh database.
pub fn open(path: &Path, options: &SqliteOptions) -> Store {
    let store = Store::open_sqlite_with(path, options).unwrap();
    store.migrate().unwrap();
    store
}

/// An installation of this many customers, spread over ten partners.
pub fn install(store: &Store, size: usize) -> Installation {
    let test = TestApp::with_random(store, Arc::new(SystemRandom));
    let partners: Vec<_> = (0..PARTNERS)
        .map(|n| {
            let (name, domain) = (
                format!("Partner {}", ["Ask", "Berg", "Dal", "Eng", "Fjell", "Gard", "Hav", "Kyst", "Nes", "Vik"][n]),
                format!("partner{n}.no"),
            );
            test.partner(&name, &domain, PartnerKind::Direct, &["NO"], None)
        })
        .collect();
    // With two factors, which customers want of whoever acts for them.
    let strong = Proof::new(test.app.now(), vec![Method::Password, Method::OneTimeCode]);
    let agent = test.person(&partners[0].tenant, "Maya", &[PartnerRole::AdminAgent], false);
    let agent = Ctx { proof: Some(strong), ..agent };
    let chief = test.person(&partners[0].tenant, "Chief", &[PartnerRole::GlobalAdmin], false);
    let program = test.program(&chief, "Console");
    let mut customers = Vec::new();
    for batch in (0..size).collect::<Vec<_>>().chunks(5_000) {
        let rows: Vec<(Tenant, Relationship)> = batch
            .iter()
            .map(|n| {
                let home = tenant_row(&test, *n);
                let terms = Terms {
                    id: test.app.new_id(),
                    partner: partners[n % PARTNERS].tenant.id,
                    customer: home.id,
                    kind: RelationshipKind::Reseller,
                    channel: Channel::Direct,
                    invitation: None,
                    privileges: n % 3 != 0,
                };
                let rel = Relationship::establish(terms, test.app.now().plus_days(-i64::try_from(n % 900).unwrap()));
                (home, rel)
            })
            .collect();
        customers.extend(rows.iter().filter(|(_, rel)| rel.partner == partners[0].tenant.id).map(|(home, _)| home.id));
        store
            .write(move |tx| {
                for (home, rel) in &rows {
                    tenant::insert(tx, &PERMIT, home)?;
                    relationship::insert(tx, &PERMIT, rel, home)?;
                }
                Ok::<_, entente_store::StoreError>(())
            })
            .unwrap();
    }
    Installation { test, agent, program, customers }
}

fn tenant_row(test: &TestApp, n: usize) -> Tenant {
    Tenant {
        id: test.app.new_id(),
        cloud: Cloud::Public,
        country: "NO".parse().unwrap(),
        name: names::company(n).parse().unwrap(),
        domain: names::domain(n).parse().unwrap(),
        language: Language::En,
        organisation: true,
        created_at: test.app.now(),
    }
}

/// Open requests to fresh customers, each with its administrator.
pub fn requests(world: &Installation, count: usize) -> Vec<(InvitationId, Person)> {
    let Installation { test, agent, .. } = world;
    let first = REQUESTED.fetch_add(count, Ordering::Relaxed);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let makers: Vec<_> = (0..64)
            .map(|_| {
                scope.spawn(|| {
                    let mut made = Vec::new();
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= count {
                            return made;
                        }
                        made.push(request(test, agent, first + n));
                    }
                })
            })
            .collect();
        makers.into_iter().flat_map(|it| it.join().unwrap()).collect()
    })
}

fn request(test: &TestApp, agent: &Ctx, n: usize) -> (InvitationId, Person) {
    let home = tenant_row(test, n);
    entente_app::tenant::add(&test.app, &Ctx::operator(), home.clone()).unwrap();
    let address = format!("admin@{}", home.domain.as_str());
    let admin = Person {
        id: test.app.new_id(),
        tenant: home.id,
        upn: address.parse().unwrap(),
        name: "Ingrid Solberg".parse().unwrap(),
        mail: address.parse().unwrap(),
        language: None,
        enabled: true,
        partner_roles: Vec::new(),
        directory_roles: vec![GLOBAL_ADMINISTRATOR],
    };
    entente_app::tenant::add_person(&test.app, &Ctx::operator(), admin.clone(), None).unwrap();
    let draft = Draft { binding: Binding::Tenant(home.id), ..draft() };
    (invitation::create(&test.app, agent, draft).unwrap().invitation.id, admin)
}

/// Accepts everything that is asked.
pub fn accept(test: &TestApp, id: InvitationId, admin: &Person) -> Result<(), Error> {
    let opened = Opened::Personal(test.app.links().token(id, 1));
    let ctx = Ctx::signed_in(admin, Proof::password(BEGIN), None, Language::En);
    acceptance::accept(&test.app, &ctx, &opened, Cloud::Public, ALL).map(|_| ())
}

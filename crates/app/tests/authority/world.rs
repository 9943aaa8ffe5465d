//! A partner with privileges at one customer, its people and its program.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_app::acting::{self, Whom};
use entente_app::authority::Kind;
use entente_app::authority::token::TokenSet;
use entente_app::invitation::{self, Draft};
use entente_app::{Ctx, Error, acceptance, application, grant, people, relationship, tenant, user};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::factor::Security;
use entente_domain::ids::UserId;
use entente_domain::tenant::{Partner, PartnerKind, Standing, Tenant};
use entente_store::Store;
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::tokens::Program;
use entente_testkit::{TestApp, for_each_engine};
use serde_json::Value;

use PartnerRole::{AdminAgent, GlobalAdmin, HelpdeskAgent, SalesAgent};

/// The name under which tokens for the service "Mailboxes" are asked for.
pub const MAILBOXES: &str = "urn:Mailboxes";
pub const OFFLINE: &str = "openid offline_access https://graph.microsoft.com/.default";

/// A partner with privileges at one customer and none at another, and a second partner that has nothing to do with either.
pub struct World {
    pub test: TestApp,
    pub partner: Partner,
    pub chief: Ctx,
    pub agent: Ctx,
    pub helpdesk: Ctx,
    pub sales: Ctx,
    pub program: Program,
    pub customer: Tenant,
    pub admin: Ctx,
    pub stranger: Tenant,
    pub other: Program,
    pub other_agent: Ctx,
}

/// A way in which what the partner's agent does for the customer ends.
pub struct Way {
    pub what: &'static str,
    /// What a service is told: who began it, and why. Nothing of a program's end: services end with none of a partner's.
    pub told: Option<(&'static str, &'static str)>,
    pub take: fn(&World),
}

pub const WAYS: &[Way] = &[
    Way {
        what: "the customer stopped the person",
        told: Some(("admin", "stopped")),
        take: |w| acting::stop(&w.test.app, &w.admin, Whom::Person(w.partner.tenant.id, w.agent_id())).unwrap(),
    },
    Way {
        what: "the customer stopped the partner",
        told: Some(("admin", "stopped")),
        take: |w| acting::stop(&w.test.app, &w.admin, Whom::Partner(w.partner.tenant.id)).unwrap(),
    },
    Way {
        what: "the customer stopped everybody",
        told: Some(("admin", "stopped")),
        take: |w| acting::stop(&w.test.app, &w.admin, Whom::Everybody).unwrap(),
    },
    Way {
        what: "the customer removed the privileges",
        told: Some(("admin", "removed")),
        take: |w| relationship::remove_privileges(&w.test.app, &w.admin, w.partner.tenant.id, None).unwrap(),
    },
    Way {
        what: "the partner gave the privileges up",
        told: Some(("admin", "removed")),
        take: |w| relationship::give_up_privileges(&w.test.app, &w.chief, w.customer.id).unwrap(),
    },
    Way {
        what: "the partner ended the relationship",
        told: Some(("admin", "removed")),
        take: |w| relationship::end(&w.test.app, &w.chief, w.customer.id).unwrap(),
    },
    Way {
        what: "the person was blocked",
        told: Some(("admin", "person")),
        take: |w| people::set_enabled(&w.test.app, &w.chief, w.agent_id(), false).unwrap(),
    },
    Way {
        what: "the person was deleted",
        told: Some(("admin", "person")),
        take: |w| {
            // Administers the partner and its directory alike, as only they reach an admin agent there.
            let root = w.test.person(&w.partner.tenant, "Root", &[GlobalAdmin], true);
            user::delete(&w.test.app, &root, w.partner.tenant.id, w.agent_id()).unwrap();
        },
    },
    Way {
        what: "the role was taken away",
        told: Some(("admin", "person")),
        take: |w| people::set_roles(&w.test.app, &w.chief, w.agent_id(), vec![SalesAgent]).unwrap(),
    },
    Way {
        what: "the person signed out of the application",
        told: Some(("user", "left")),
        take: |w| {
            for it in grant::list(&w.test.app, &w.agent).unwrap() {
                grant::end(&w.test.app, &w.agent, it.id).unwrap();
            }
        },
    },
    Way {
        what: "the partner began to require two factors",
        told: Some(("admin", "second_factor")),
        take: |w| {
            let (id, security) = (w.partner.tenant.id, Security { required: true, ..Security::NOTHING });
            tenant::set_security(&w.test.app, &Ctx::operator(), id, security).unwrap();
        },
    },
    Way {
        what: "the operator suspended the partner",
        told: Some(("policy", "suspended")),
        take: |w| {
            let id = w.partner.tenant.id;
            tenant::set_standing(&w.test.app, &Ctx::operator(), id, Standing::Suspended).unwrap();
        },
    },
    Way {
        what: "the application was switched off",
        told: None,
        take: |w| {
            application::set_enabled(&w.test.app, &w.test.confirmed(&w.chief), w.program.id, false).unwrap();
        },
    },
];

/// Runs a test once for each of the [`WAYS`], always on both engines: each in a world of its own, with one service of all of them.
pub fn in_every_way(service: impl Fn(&World) -> Program, test: impl Fn(&Way, &World, &Program)) {
    for_each_engine(|store| {
        let first = World::new(store);
        let service = service(&first);
        for (number, way) in WAYS.iter().enumerate() {
            test(way, &first.beside(number), &service);
        }
    });
}

impl World {
    pub fn new(store: &Store) -> Self {
        Self::within(TestApp::new(store), "")
    }

    /// Another world in the same database, at the same time.
    pub fn beside(&self, number: usize) -> Self {
        let TestApp { app, clock, fetch } = &self.test;
        let test = TestApp { app: app.clone(), clock: Arc::clone(clock), fetch: Arc::clone(fetch) };
        Self::within(test, &number.to_string())
    }

    fn within(test: TestApp, mark: &str) -> Self {
        let domain = |name: &str| format!("{name}{mark}.no");
        let customer = test.tenant("Fjordline", &domain("fjordline"), Cloud::Public, "NO");
        let stranger = test.tenant("Nordberg", &domain("nordberg"), Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let partner =
            test.partner(&format!("Brightwater IT{mark}"), &domain("brightwater"), PartnerKind::Direct, &["NO"], None);
        let chief = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
        let agent = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
        let helpdesk = test.person(&partner.tenant, "Ali", &[HelpdeskAgent], false);
        let sales = test.person(&partner.tenant, "Priya", &[SalesAgent], false);
        let program = test.program(&chief, "Console");
        let elsewhere =
            test.partner(&format!("Nordlys Data{mark}"), &domain("nordlys"), PartnerKind::Direct, &["NO"], None);
        let other_chief = test.person(&elsewhere.tenant, "Siri", &[GlobalAdmin], false);
        let other_agent = test.person(&elsewhere.tenant, "Per", &[AdminAgent], false);
        let other = test.program(&other_chief, "Other");
        let world = Self {
            test,
            partner,
            chief,
            agent,
            helpdesk,
            sales,
            program,
            customer,
            admin,
            stranger,
            other,
            other_agent,
        };
        world.connect(&world.agent, world.draft());
        world
    }

    /// A request for everything, to the customer's administrator.
    pub fn draft(&self) -> Draft {
        draft_to(&format!("ingrid@{}", self.customer.domain.as_str()))
    }

    /// Somebody of a partner asks, and the customer gives all of it.
    pub fn connect(&self, who: &Ctx, draft: Draft) {
        let view = invitation::create(&self.test.app, who, draft).unwrap();
        acceptance::accept(&self.test.app, &self.admin, &opened(&view), Cloud::Public, ALL).unwrap();
    }

    pub fn sign_in(&self, who: &Ctx) -> TokenSet {
        self.test.authority().sign_in(&self.program, who, OFFLINE).unwrap()
    }

    pub fn refresh(&self, program: &Program, place: &str, token: &str) -> Result<TokenSet, Error> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.test.authority().request(program, place, &fields)
    }

    /// A token by which the partner's agent acts for the customer at the service [`MAILBOXES`], got by the partner's program.
    pub fn act_at_mailboxes(&self) -> String {
        let own = self.sign_in(&self.agent).access_token;
        let set = self.test.authority().exchange_for(&self.program, &own, self.customer.id, MAILBOXES);
        set.unwrap().access_token
    }

    pub fn agent_id(&self) -> UserId {
        self.agent.person.unwrap()
    }

    pub fn here(&self) -> String {
        self.customer.id.to_string()
    }
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: &Result<T, Error>, kind: Kind) {
    assert!(matches!(answer, Err(Error::Authority(it)) if it.kind == kind), "{kind:?} is due: {answer:?}");
}

pub fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

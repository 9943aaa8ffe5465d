//! A partner with privileges at one customer, its people and its program.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_app::authority::Kind;
use entente_app::authority::token::TokenSet;
use entente_app::{Ctx, Error};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_store::Store;
use entente_testkit::TestApp;
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::tokens::Program;
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

impl World {
    pub fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let customer = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let stranger = test.tenant("Nordberg", "nordberg.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let chief = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
        let agent = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
        let helpdesk = test.person(&partner.tenant, "Ali", &[HelpdeskAgent], false);
        let sales = test.person(&partner.tenant, "Priya", &[SalesAgent], false);
        let view = entente_app::invitation::create(&test.app, &agent, draft_to("ingrid@fjordline.no")).unwrap();
        entente_app::acceptance::accept(&test.app, &admin, &opened(&view), Cloud::Public, ALL).unwrap();
        let program = test.program(&chief, "Console");
        let elsewhere = test.partner("Nordlys Data", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let other_chief = test.person(&elsewhere.tenant, "Siri", &[GlobalAdmin], false);
        let other_agent = test.person(&elsewhere.tenant, "Per", &[AdminAgent], false);
        let other = test.program(&other_chief, "Other");
        Self { test, partner, chief, agent, helpdesk, sales, program, customer, admin, stranger, other, other_agent }
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

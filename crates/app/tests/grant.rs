//! The applications a person is signed in to, listed and ended by that person. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::authority::Kind;
use entente_app::authority::token::TokenSet;
use entente_app::grant::{self, Mine};
use entente_app::{Ctx, Error, activity};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole::{AdminAgent, GlobalAdmin};
use entente_domain::event::EventKind;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_store::Store;
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::tokens::{self, Program};
use entente_testkit::{TestApp, for_each_engine};

const OFFLINE: &str = "openid offline_access";

struct World {
    test: TestApp,
    partner: Partner,
    maya: Ctx,
    tom: Ctx,
    console: Program,
    /// Accepted with privileges.
    customer: Tenant,
    ingrid: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let customer = test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let ingrid = test.person(&customer, "Ingrid", &[], true);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
        let tom = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
        let view = entente_app::invitation::create(&test.app, &tom, draft_to("ingrid@fjordline.no")).unwrap();
        entente_app::acceptance::accept(&test.app, &ingrid, &opened(&view), Cloud::Public, ALL).unwrap();
        let console = test.program(&maya, "Console");
        Self { test, partner, maya, tom, console, customer, ingrid }
    }

    fn sign_in(&self, program: &Program, who: &Ctx, scope: &str) -> TokenSet {
        self.test.authority().sign_in(program, &self.test.confirmed(who), scope).unwrap()
    }

    fn refresh(&self, program: &Program, place: &str, set: &TokenSet) -> Result<TokenSet, Error> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", set.refresh_token.as_deref().unwrap())];
        self.test.authority().request(program, place, &fields)
    }

    fn list(&self, who: &Ctx) -> Vec<Mine> {
        grant::list(&self.test.app, who).unwrap()
    }

    fn names(&self, who: &Ctx) -> Vec<(String, String)> {
        self.list(who).into_iter().map(|it| (it.application, it.publisher)).collect()
    }
}

fn named(application: &str, publisher: &str) -> (String, String) {
    (application.to_owned(), publisher.to_owned())
}

#[test]
fn everybody_sees_what_they_are_signed_in_to_with_its_publisher_and_nobody_elses() {
    for_each_engine(|store| {
        let w = World::new(store);
        let mailboxes = w.test.service(tokens::service("Mailboxes"));
        assert_eq!(w.list(&w.tom), []);
        let set = w.sign_in(&w.console, &w.tom, OFFLINE);
        w.test.clock.advance_seconds(60);
        w.sign_in(&mailboxes, &w.tom, "openid");
        w.sign_in(&mailboxes, &w.ingrid, OFFLINE);
        let console = named("Console", "Brightwater IT");
        let service = named("Mailboxes", "Halden Cloud");
        assert_eq!(w.names(&w.tom), [service.clone(), console.clone()], "newest first");
        assert_eq!(w.names(&w.ingrid), [service]);
        assert_eq!(w.list(&w.maya), []);
        assert!(matches!(grant::list(&w.test.app, &Ctx::system()), Err(Error::SignInRequired)));

        w.test.clock.advance_seconds(60 * 60);
        assert_eq!(w.names(&w.tom), [console], "the service's only token is over");
        w.refresh(&w.console, "organizations", &set).unwrap();
        let now = w.test.app.now();
        let [it] = &w.list(&w.tom)[..] else { panic!("one is left") };
        assert_eq!((it.since, it.used_at), (now.plus_seconds(-3_660), now));
        w.test.clock.advance_days(90);
        assert_eq!(w.list(&w.tom), [], "over by itself");
        assert!(matches!(grant::end(&w.test.app, &w.tom, it.id), Err(Error::NotFound)));
    });
}

#[test]
fn what_its_person_ends_counts_no_more_from_that_moment_on() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, authority) = (&w.test.app, w.test.authority());
        let set = w.sign_in(&w.console, &w.tom, OFFLINE);
        let acting = w.refresh(&w.console, &w.customer.id.to_string(), &set).unwrap();
        let of_maya = w.sign_in(&w.console, &w.maya, OFFLINE);
        let other = w.test.program(&w.maya, "Other");
        let elsewhere = w.sign_in(&other, &w.tom, OFFLINE);
        let acting_elsewhere = w.refresh(&other, &w.customer.id.to_string(), &elsewhere).unwrap();
        let id = w.list(&w.tom).into_iter().find(|it| it.application == "Console").unwrap().id;
        for stranger in [&w.maya, &w.ingrid] {
            assert!(matches!(grant::end(app, stranger, id), Err(Error::NotFound)), "somebody else's");
        }
        assert!(authority.counts(&set.access_token) && authority.counts(&acting.access_token));

        // Ending is never held up by a confirmation.
        w.test.clock.advance_seconds(250);
        grant::end(app, &w.tom, id).unwrap();
        assert!(matches!(grant::end(app, &w.tom, id), Err(Error::NotFound)));
        assert_eq!(w.names(&w.tom), [named("Other", "Brightwater IT")]);
        assert!(!authority.counts(&set.access_token), "its access token");
        assert!(!authority.counts(&acting.access_token), "what it did for customers");
        let again = w.refresh(&w.console, "organizations", &set);
        assert!(matches!(again, Err(Error::Authority(it)) if it.kind == Kind::InvalidGrant));
        let again = w.refresh(&w.console, &w.customer.id.to_string(), &set);
        assert!(matches!(again, Err(Error::Authority(it)) if it.kind == Kind::InvalidGrant));
        assert!(authority.counts(&elsewhere.access_token) && authority.counts(&acting_elsewhere.access_token));
        assert!(authority.counts(&of_maya.access_token));

        let log = activity::of_partner(app, &w.maya, &activity::Filter::default(), None, 50).unwrap();
        let ended: Vec<_> = log.entries.iter().filter(|it| it.kind == EventKind::GrantEnded).collect();
        assert_eq!(ended.len(), 1, "the repetition is none");
        assert_eq!(ended[0].person.as_deref(), Some("Tom"));
        assert_eq!(ended[0].detail, [("application".to_owned(), "Console".to_owned())]);
        let events = w.test.events(w.partner.tenant.id);
        assert_eq!(events.iter().filter(|it| **it == EventKind::ActingEnded).count(), 1);
    });
}

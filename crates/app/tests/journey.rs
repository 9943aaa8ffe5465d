//! The main job at the level of operations, on both engines: ask, grant or less, serve, take back, end; and its races and refusals.

#![expect(clippy::expect_used, reason = "what fails here fails the test")]

use std::sync::Barrier;
use std::thread;

use entente_app::acceptance::{self, Accepted};
use entente_app::invitation::{self, Draft, View};
use entente_app::sign_in::{self, Audience};
use entente_app::{Ctx, Error, Invalid, customer, relationship, subscription, sweep};
use entente_domain::acceptance::{Choice, Refusal};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::TenantId;
use entente_domain::invitation::{Asks, Binding, Standing};
use entente_domain::language::Language;
use entente_domain::relationship::{Because, Privileges};
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_store::Store;
use entente_testkit::app::PASSWORD;
use entente_testkit::requests::{ALL, RESELLER_ONLY, draft_to, opened};
use entente_testkit::{TestApp, for_each_engine};

/// A direct partner in Norway with an admin agent, and a customer there with an administrator and an ordinary user.
struct World {
    test: TestApp,
    partner: Partner,
    agent: Ctx,
    customer: Tenant,
    admin: Ctx,
    user: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO", "US"], None);
        let agent = test.person(&partner.tenant, "Maya", &[PartnerRole::AdminAgent, PartnerRole::GlobalAdmin], false);
        let customer = test.tenant("Fjordline Logistics AS", "fjordline.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Ingrid", &[], true);
        let user = test.person(&customer, "Ola", &[], false);
        Self { test, partner, agent, customer, admin, user }
    }

    fn ask(&self, draft: Draft) -> View {
        invitation::create(&self.test.app, &self.agent, draft).expect("drafted")
    }

    fn accept(&self, who: &Ctx, view: &View, choice: Choice) -> Result<Accepted, Error> {
        acceptance::accept(&self.test.app, who, &opened(view), view.invitation.cloud, choice)
    }

    fn events(&self, tenant: TenantId, kind: EventKind) -> usize {
        self.test.events(tenant).into_iter().filter(|it| *it == kind).count()
    }

    fn mails(&self, view: &View, template: &str) -> usize {
        let store = self.test.app.store();
        let id = view.invitation.id;
        let mails = store.read(|tx| entente_store::mail::of_invitation(tx, id)).expect("read");
        mails.iter().filter(|mail| mail.template == template).count()
    }
}

/// A request for everything, bound to the customer's domain.
fn draft() -> Draft {
    draft_to("ingrid@fjordline.no")
}

fn in_each(test: impl Fn(&World)) {
    for_each_engine(|store| test(&World::new(store)));
}

#[test]
fn a_partner_asks_a_customer_grants_the_partner_serves_the_customer_takes_back() {
    in_each(|w| {
        let app = &w.test.app;
        let view = w.ask(draft());
        assert!(view.link.as_deref().unwrap().starts_with("https://halden.example/portal/public/accept/"));
        invitation::send(app, &w.agent, view.invitation.number).unwrap();
        assert_eq!(w.mails(&view, "invite"), 1);

        let review = acceptance::review(app, &w.admin, &opened(&view), Cloud::Public).unwrap();
        assert_eq!(review.refusal, None);
        w.accept(&w.admin, &view, ALL).unwrap();
        let list = customer::list(app, &w.agent, &customer::Query::default(), 50).unwrap();
        assert_eq!(list.lines.len(), 1);
        assert_eq!((list.lines[0].name.as_str(), list.counts.granted), ("Fjordline Logistics AS", 1));
        assert_eq!((w.mails(&view, "accepted_partner"), w.mails(&view, "accepted_customer")), (1, 1));

        let seats = subscription::add(app, &w.agent, w.customer.id, "productivity-standard", Some(25)).unwrap();
        let blocked = relationship::end(app, &w.agent, w.customer.id).unwrap_err();
        assert!(matches!(blocked, Error::Relationship(refused) if refused.because == Because::SubscriptionsActive));

        relationship::remove_privileges(app, &w.admin, w.partner.tenant.id, Some("Changed plans".parse().unwrap()))
            .unwrap();
        let record = customer::record(app, &w.agent, w.customer.id).unwrap();
        assert!(matches!(record.relationship.privileges, Privileges::Removed { .. }));
        assert_eq!(customer::list(app, &w.agent, &customer::Query::default(), 50).unwrap().counts.removed, 1);
        // Without privileges the partner still sells and manages what it provisioned (S11).
        subscription::add(app, &w.agent, w.customer.id, "cloud-compute", None).unwrap();
        for sub in subscription::list(app, &w.agent, w.customer.id, None, 1_000).unwrap().rows {
            subscription::suspend(app, &w.agent, w.customer.id, sub.id).unwrap();
        }

        let again = invitation::ask_to_restore(app, &w.agent, w.customer.id, draft()).unwrap();
        let twice = invitation::ask_to_restore(app, &w.agent, w.customer.id, draft()).unwrap_err();
        assert!(matches!(twice, Error::TooMany { .. }));
        w.accept(&w.admin, &again, ALL).unwrap();
        assert!(customer::record(app, &w.agent, w.customer.id).unwrap().relationship.privileges.granted());

        relationship::end(app, &w.agent, w.customer.id).unwrap();
        assert!(customer::list(app, &w.agent, &customer::Query::default(), 50).unwrap().lines.is_empty());
        assert!(matches!(customer::record(app, &w.agent, w.customer.id), Err(Error::NotFound)));
        let late = subscription::activate(app, &w.agent, w.customer.id, seats.id).unwrap_err();
        assert!(matches!(late, Error::NotFound));
        assert_eq!(w.events(w.customer.id, EventKind::RelationshipEnded), 1);
    });
}

#[test]
fn of_32_simultaneous_acceptances_by_two_administrators_one_wins() {
    in_each(|w| {
        let second = w.test.person(&w.customer, "Kari", &[], true);
        let view = w.ask(draft());
        let start = Barrier::new(32);
        let answers: Vec<(bool, Result<Accepted, Error>)> = thread::scope(|scope| {
            let tries: Vec<_> = (0..32)
                .map(|n| {
                    let (who, start, view) = (if n % 2 == 0 { &w.admin } else { &second }, &start, &view);
                    scope.spawn(move || {
                        start.wait();
                        (n % 2 == 0, w.accept(who, view, ALL))
                    })
                })
                .collect();
            tries.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let won: Vec<bool> = answers.iter().filter(|(_, it)| it.is_ok()).map(|(first, _)| *first).collect();
        assert_eq!(
            won.len(),
            16,
            "every try of one administrator has the same answer, every try of the other is refused"
        );
        assert!(won.iter().all(|first| *first == won[0]));
        for (_, answer) in &answers {
            match answer {
                Ok(accepted) => assert!(accepted.privileges),
                Err(error) => {
                    assert!(
                        matches!(error, Error::Acceptance(Refusal::InviteUsed { accepted: true, .. })),
                        "{error:?}"
                    );
                }
            }
        }
        assert_eq!(w.events(w.customer.id, EventKind::InvitationAccepted), 1);
        assert_eq!((w.mails(&view, "accepted_partner"), w.mails(&view, "accepted_customer")), (1, 1));
    });
}

#[test]
fn the_customer_may_grant_less_and_only_its_administrator_decides() {
    in_each(|w| {
        let view = w.ask(draft());
        let lesser = w.accept(&w.user, &view, ALL).unwrap_err();
        assert!(matches!(lesser, Error::Acceptance(Refusal::NeedsGlobalAdmin)));
        let unsigned = w.accept(&w.admin, &view, Choice { agreement: None, ..ALL }).unwrap_err();
        assert!(matches!(unsigned, Error::Acceptance(Refusal::AgreementRequired)));
        assert!(!w.accept(&w.admin, &view, RESELLER_ONLY).unwrap().privileges);
        let record = customer::record(&w.test.app, &w.agent, w.customer.id).unwrap();
        assert_eq!(record.relationship.privileges, Privileges::None);
    });
}

#[test]
fn looking_never_changes_anything() {
    in_each(|w| {
        let view = w.ask(draft());
        for who in [&w.admin, &w.user, &Ctx::anonymous(None, Language::En)] {
            for _ in 0..10 {
                acceptance::review(&w.test.app, who, &opened(&view), Cloud::Public).unwrap();
            }
        }
        let now = invitation::view(&w.test.app, &w.agent, view.invitation.number).unwrap();
        assert_eq!((now.standing, now.invitation), (Standing::Draft, view.invitation));
    });
}

#[test]
fn a_link_bound_to_one_organisation_is_refused_at_another_without_naming_it() {
    in_each(|w| {
        let other = w.test.tenant("Nordberg Bakeri", "nordberg-bakeri.no", Cloud::Public, "NO");
        let stranger = w.test.person(&other, "Nils", &[], true);
        let view = w.ask(draft());
        let refused = w.accept(&stranger, &view, ALL).unwrap_err();
        assert!(matches!(refused, Error::Acceptance(Refusal::WrongOrganisation { .. })));
        let bound = w.ask(Draft { binding: Binding::Tenant(w.customer.id), ..draft() });
        let refused = w.accept(&stranger, &bound, ALL).unwrap_err();
        assert!(matches!(refused, Error::Acceptance(Refusal::WrongOrganisation { domain: None })));
    });
}

#[test]
fn regions_and_clouds_are_checked_when_asking_and_when_accepting() {
    in_each(|w| {
        let app = &w.test.app;
        let outside = invitation::create(app, &w.agent, Draft { country: "JP".parse().unwrap(), ..draft() });
        assert!(
            matches!(&outside, Err(Error::Invalid(wrong)) if wrong[0].why == Invalid::OutsideRegion),
            "{outside:?}"
        );
        let without = Draft { asks: Asks { privileges: false, ..draft().asks }, ..draft() };
        for (cloud, country) in [(Cloud::Germany, "DE"), (Cloud::UsGovernment, "US")] {
            let draft = Draft { cloud, country: country.parse().unwrap(), ..without.clone() };
            let refused = invitation::create(app, &w.agent, draft);
            assert!(matches!(&refused, Err(Error::Invalid(wrong)) if wrong[0].name == "privileges"), "{refused:?}");
        }
        let japan = w.test.tenant("Sakura Trading", "sakura.jp", Cloud::Public, "JP");
        let admin = w.test.person(&japan, "Aiko", &[], true);
        let view = w.ask(Draft { binding: Binding::Any, ..draft() });
        let refused = w.accept(&admin, &view, ALL).unwrap_err();
        assert!(matches!(refused, Error::Acceptance(Refusal::RegionMismatch { .. })));
        let elsewhere = acceptance::accept(app, &w.admin, &opened(&view), Cloud::Germany, ALL).unwrap_err();
        assert!(matches!(elsewhere, Error::Acceptance(Refusal::CloudMismatch { .. })));
    });
}

#[test]
fn a_withdrawn_replaced_or_expired_link_says_so_and_accepts_nothing() {
    in_each(|w| {
        let app = &w.test.app;
        let withdrawn = w.ask(draft());
        invitation::cancel(app, &w.agent, withdrawn.invitation.number).unwrap();
        let refused = w.accept(&w.admin, &withdrawn, ALL).unwrap_err();
        assert!(matches!(refused, Error::Acceptance(Refusal::InviteRevoked { replaced_by: None, .. })));

        let old = w.ask(draft());
        let new = invitation::reissue(app, &w.agent, old.invitation.number).unwrap();
        let refused = w.accept(&w.admin, &old, ALL).unwrap_err();
        assert!(matches!(refused, Error::Acceptance(Refusal::InviteRevoked { replaced_by: Some(_), .. })));

        w.test.clock.advance_days(90);
        let (_, late) = sign_in::start(
            app,
            &Ctx::anonymous(None, Language::En),
            Audience::Customer(Cloud::Public),
            "ingrid@fjordline.no",
            PASSWORD,
        )
        .unwrap()
        .session()
        .unwrap();
        let refused = w.accept(&late, &new, ALL).unwrap_err();
        assert!(matches!(refused, Error::Acceptance(Refusal::InviteExpired { .. })), "expired before any sweep");
        assert_eq!(w.events(w.partner.tenant.id, EventKind::InvitationExpired), 0);
        sweep::run(app).unwrap();
        sweep::run(app).unwrap();
        assert_eq!(w.events(w.partner.tenant.id, EventKind::InvitationExpired), 1);
    });
}

#[test]
fn a_reminder_goes_out_once_after_a_week() {
    in_each(|w| {
        let view = w.ask(draft());
        invitation::send(&w.test.app, &w.agent, view.invitation.number).unwrap();
        sweep::run(&w.test.app).unwrap();
        assert_eq!(w.mails(&view, "reminder"), 0);
        w.test.clock.advance_days(8);
        for _ in 0..3 {
            sweep::run(&w.test.app).unwrap();
        }
        assert_eq!(w.mails(&view, "reminder"), 1);
    });
}

#[test]
fn provider_and_reseller_are_accepted_by_one_consent_and_removed_separately() {
    in_each(|w| {
        let t = &w.test;
        let provider =
            t.partner("Nordic Distribution AS", "nordicdist.no", PartnerKind::IndirectProvider, &["NO"], None);
        let reseller = t.partner(
            "Havn Services AS",
            "havnservices.no",
            PartnerKind::IndirectReseller,
            &["NO"],
            Some(provider.tenant.id),
        );
        let agent = t.person(&reseller.tenant, "Tuva", &[PartnerRole::AdminAgent, PartnerRole::GlobalAdmin], false);
        let view = invitation::create(&t.app, &agent, draft()).unwrap();
        assert_eq!(view.invitation.companion, Some(provider.tenant.id));
        w.accept(&w.admin, &view, ALL).unwrap();
        relationship::remove_privileges(&t.app, &w.admin, reseller.tenant.id, None).unwrap();
        let partners = relationship::partners(&t.app, &w.admin).unwrap();
        let granted = |id| {
            let it = partners.iter().find(|it| it.partner.tenant.id == id).expect("connected");
            it.relationship.privileges.granted()
        };
        assert!(granted(provider.tenant.id));
        assert!(!granted(reseller.tenant.id));
        let refused = relationship::end(&t.app, &agent, w.customer.id).unwrap_err();
        assert!(matches!(refused, Error::Relationship(it) if it.because == Because::OnlyProvider));
        assert_eq!(w.events(w.customer.id, EventKind::InvitationAccepted), 1);
    });
}

#[test]
fn a_stranger_learns_nothing() {
    in_each(|w| {
        let t = &w.test;
        let rival = t.partner("Kestrel Systems Ltd", "kestrel.co.uk", PartnerKind::Direct, &["GB"], None);
        let agent = t.person(&rival.tenant, "Priya", &[PartnerRole::AdminAgent, PartnerRole::GlobalAdmin], false);
        let view = w.ask(draft());
        w.accept(&w.admin, &view, ALL).unwrap();
        let sub = subscription::add(&t.app, &w.agent, w.customer.id, "mail-plan", Some(1)).unwrap();
        assert!(matches!(invitation::view(&t.app, &agent, view.invitation.number), Err(Error::NotFound)));
        assert!(matches!(customer::record(&t.app, &agent, w.customer.id), Err(Error::NotFound)));
        assert!(matches!(subscription::suspend(&t.app, &agent, w.customer.id, sub.id), Err(Error::NotFound)));
        assert!(matches!(relationship::end(&t.app, &agent, w.customer.id), Err(Error::NotFound)));
        assert!(matches!(
            relationship::remove_privileges(&t.app, &w.admin, rival.tenant.id, None),
            Err(Error::NotFound)
        ));
    });
}

#[test]
fn signing_in_is_limited_and_tells_nothing() {
    in_each(|w| {
        let app = &w.test.app;
        let from = Ctx::anonymous(Some("192.0.2.9".to_owned()), Language::En);
        let portal = Audience::Customer(Cloud::Public);
        for upn in ["ingrid@fjordline.no", "nobody@fjordline.no", "not a name"] {
            let refused = sign_in::start(app, &from, portal, upn, "wrong password").err().unwrap();
            assert!(matches!(refused, Error::WrongCredentials));
        }
        let elsewhere = sign_in::start(app, &from, Audience::Partner, "ingrid@fjordline.no", PASSWORD).err().unwrap();
        assert!(
            matches!(elsewhere, Error::WrongCredentials),
            "a customer's person has no business in the partner portal"
        );
        for _ in 0..8 {
            let _ = sign_in::start(app, &from, portal, "ingrid@fjordline.no", "wrong password");
        }
        let stopped = sign_in::start(app, &from, portal, "ingrid@fjordline.no", PASSWORD).err().unwrap();
        assert!(matches!(stopped, Error::TooMany { .. }));
        w.test.clock.advance_seconds(16 * 60);
        let entered = sign_in::start(app, &from, portal, "Ingrid@Fjordline.no", PASSWORD).unwrap();
        let (token, _) = entered.session().unwrap();
        assert!(sign_in::resume(app, portal, &token, None).is_ok());
        assert!(sign_in::resume(app, Audience::Partner, &token, None).is_err());
        let ctx = sign_in::resume(app, portal, &token, None).unwrap();
        sign_in::end(app, &ctx, &token).unwrap();
        assert!(matches!(sign_in::resume(app, portal, &token, None), Err(Error::SignInRequired)));
    });
}

#[test]
fn no_row_holds_a_link() {
    in_each(|w| {
        let view = w.ask(draft());
        invitation::send(&w.test.app, &w.agent, view.invitation.number).unwrap();
        let token = view.link.as_deref().unwrap().rsplit_once('/').unwrap().1.to_owned();
        let store = w.test.app.store();
        let tenant = w.partner.tenant.id;
        let events = store.read(|tx| entente_store::event::page(tx, tenant, None, 1_000)).unwrap();
        let mails = store.read(|tx| entente_store::mail::of_invitation(tx, view.invitation.id)).unwrap();
        assert!(!mails.is_empty());
        assert!(events.iter().all(|it| !it.canonical.contains(&token)));
        assert!(mails.iter().all(|it| !it.content.contains(&token)));
    });
}

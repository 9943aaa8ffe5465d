//! Two people decide at the same moment: one of them wins, the log agrees, and nothing is half done. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use entente_app::acceptance::{self, Accepted};
use entente_app::invitation::{self, View};
use entente_app::order::{self, Wish};
use entente_app::{Ctx, Error, customer, relationship, subscription, sweep};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::tenant::{Partner, PartnerKind, Tenant};
use entente_domain::term::{Cycle, Term};
use entente_store::Store;
use entente_testkit::requests::{ALL, draft, opened};
use entente_testkit::{TestApp, for_each_engine, together};

/// How often each pair meets.
const ROUNDS: usize = 25;

struct World {
    test: TestApp,
    partner: Partner,
    maya: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let maya = test.person(&partner.tenant, "Maya", &[PartnerRole::GlobalAdmin], false);
        Self { test, partner, maya }
    }

    /// A new organisation with its administrator, and a request it may accept.
    fn asked(&self, round: usize) -> (Tenant, Ctx, View) {
        let customer = self.test.tenant(&format!("Kunde {round}"), &format!("kunde{round}.no"), Cloud::Public, "NO");
        let admin = self.test.person(&customer, "Ingrid", &[], true);
        let view = invitation::create(&self.test.app, &self.maya, draft()).unwrap();
        (customer, admin, view)
    }

    fn accept(&self, admin: &Ctx, view: &View) -> Result<Accepted, Error> {
        acceptance::accept(&self.test.app, admin, &opened(view), Cloud::Public, ALL)
    }

    fn count(&self, customer: &Tenant, kind: EventKind) -> usize {
        self.test.events(customer.id).into_iter().filter(|it| *it == kind).count()
    }

    fn is_listed(&self, customer: &Tenant) -> bool {
        customer::record(&self.test.app, &self.maya, customer.id).is_ok()
    }
}

fn each_round(test: impl Fn(&World, usize)) {
    for_each_engine(|store| {
        let world = World::new(store);
        for round in 0..ROUNDS {
            test(&world, round);
        }
    });
}

#[test]
fn accepted_or_withdrawn_never_both() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        let number = view.invitation.number;
        let (accepted, withdrawn) =
            together(|| w.accept(&admin, &view), || invitation::cancel(&w.test.app, &w.maya, number));
        assert_ne!(accepted.is_ok(), withdrawn.is_ok(), "{accepted:?} {withdrawn:?}");
        assert_eq!(w.is_listed(&customer), accepted.is_ok());
        assert_eq!(w.count(&customer, EventKind::InvitationAccepted), usize::from(accepted.is_ok()));
    });
}

#[test]
fn accepted_or_replaced_never_both() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        let number = view.invitation.number;
        let (accepted, replaced) =
            together(|| w.accept(&admin, &view), || invitation::reissue(&w.test.app, &w.maya, number));
        assert_ne!(accepted.is_ok(), replaced.is_ok(), "{accepted:?} {replaced:?}");
        assert_eq!(w.is_listed(&customer), accepted.is_ok());
    });
}

#[test]
fn accepted_or_declined_never_both() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        let other = w.test.person(&customer, "Erik", &[], true);
        let decline = || acceptance::decline(&w.test.app, &other, &opened(&view), Cloud::Public, None);
        let (accepted, declined) = together(|| w.accept(&admin, &view), decline);
        assert_ne!(accepted.is_ok(), declined.is_ok(), "{accepted:?} {declined:?}");
        assert_eq!(w.is_listed(&customer), accepted.is_ok());
        let decided = [EventKind::InvitationAccepted, EventKind::InvitationDeclined];
        assert_eq!(decided.map(|it| w.count(&customer, it)).iter().sum::<usize>(), 1);
    });
}

#[test]
fn nothing_expired_is_accepted_while_the_sweep_comes_by() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        w.test.clock.advance_days(91);
        let (accepted, _) = together(|| w.accept(&admin, &view), || sweep::run(&w.test.app).unwrap());
        assert!(accepted.is_err() && !w.is_listed(&customer), "{accepted:?}");
    });
}

#[test]
fn privileges_are_removed_once_by_two_administrators() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        w.accept(&admin, &view).unwrap();
        let other = w.test.person(&customer, "Erik", &[], true);
        let remove = |who: &Ctx| relationship::remove_privileges(&w.test.app, who, w.partner.tenant.id, None);
        let (one, two) = together(|| remove(&admin), || remove(&other));
        assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
        assert_eq!(w.count(&customer, EventKind::PrivilegesRemoved), 1);
    });
}

#[test]
fn a_relationship_never_ends_with_an_active_subscription() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        w.accept(&admin, &view).unwrap();
        let app = &w.test.app;
        let (ended, sold) = together(
            || relationship::end(app, &w.maya, customer.id),
            || subscription::add(app, &w.maya, customer.id, "mail-plan", Some(5)),
        );
        assert_ne!(ended.is_ok(), sold.is_ok(), "{ended:?} {sold:?}");
    });
}

#[test]
fn a_quantity_is_changed_by_one_of_two_who_saw_the_same() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        w.accept(&admin, &view).unwrap();
        let app = &w.test.app;
        let sub = subscription::add(app, &w.maya, customer.id, "mail-plan", Some(5)).unwrap();
        let to = |quantity| subscription::change_quantity(app, &w.maya, customer.id, sub.id, quantity, sub.version);
        let (more, less) = together(|| to(9), || to(2));
        assert_ne!(more.is_ok(), less.is_ok(), "{more:?} {less:?}");
        let line = customer::line(app, &w.maya, customer.id).unwrap();
        assert_eq!(line.seats, if more.is_ok() { 9 } else { 2 });
        assert_eq!(w.count(&customer, EventKind::QuantityChanged), 1);
    });
}

#[test]
fn a_form_pressed_twice_makes_one_order() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        w.accept(&admin, &view).unwrap();
        let app = &w.test.app;
        let wish = Wish {
            product: "mail-plan".to_owned(),
            quantity: Some(5),
            plan: Some((Term::Year, Cycle::Monthly)),
            renews: true,
            parent: None,
            name: None,
            form: order::form(app, &w.maya, customer.id).unwrap(),
        };
        let place = || order::place(app, &w.maya, customer.id, wish.clone()).unwrap();
        let ((one, _), (two, _)) = together(place, place);
        assert_eq!(one.id, two.id);
        assert_eq!(w.count(&customer, EventKind::SubscriptionAdded), 1);
        assert_eq!(order::list(app, &w.maya, customer.id, None, 10).unwrap().orders.len(), 1);
    });
}

#[test]
fn what_is_cancelled_never_renews() {
    each_round(|w, round| {
        let (customer, admin, view) = w.asked(round);
        w.accept(&admin, &view).unwrap();
        let app = &w.test.app;
        let plan = Some((Term::Month, Cycle::Monthly));
        let form = order::form(app, &w.maya, customer.id).unwrap();
        let wish = Wish {
            product: "mail-plan".to_owned(),
            quantity: Some(5),
            plan,
            renews: true,
            parent: None,
            name: None,
            form,
        };
        let (_, sub) = order::place(app, &w.maya, customer.id, wish).unwrap();
        w.test.clock.advance_days(31);
        let (cancelled, swept) =
            together(|| subscription::cancel(app, &w.maya, customer.id, sub.id), || sweep::run(app));
        // The sweep loses against a change of the same row only by coming again.
        assert!(cancelled.is_ok() || matches!(cancelled, Err(Error::Conflict)), "{cancelled:?}");
        assert!(swept.is_ok() || matches!(swept, Err(Error::Conflict)), "{swept:?}");
        assert_eq!(w.count(&customer, EventKind::SubscriptionRenewed), 1, "the renewal is written before the end");
        let seats = customer::line(app, &w.maya, customer.id).unwrap().seats;
        assert_eq!(seats, if cancelled.is_ok() { 0 } else { 5 });
        w.test.clock.advance_days(40);
        sweep::run(app).unwrap();
        assert_eq!(w.count(&customer, EventKind::SubscriptionRenewed), if cancelled.is_ok() { 1 } else { 2 });
    });
}

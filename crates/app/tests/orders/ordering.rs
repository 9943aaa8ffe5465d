//! Orders and what becomes of what was ordered.

use entente_app::acceptance::{self, Opened};
use entente_app::order::{self, Wish};
use entente_app::{Error, activity, mail, relationship, subscription, sweep};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::FormId;
use entente_domain::order::State as Placed;
use entente_domain::subscription::{Because, Provisioning, State};
use entente_domain::tenant::PartnerKind;
use entente_domain::term::{Cycle, Term};
use entente_testkit::requests::ALL;
use entente_testkit::{TestApp, for_each_engine};

use crate::world::{World, because, end_role};

#[test]
fn an_order_has_a_number_a_price_in_the_customers_currency_and_a_total() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let first = w.buy("productivity-standard", 25);
        let yearly = Wish { plan: Some((Term::Year, Cycle::Annual)), ..w.wish("mail-plan", Some(3)) };
        w.place(yearly).unwrap();
        w.place(w.wish("cloud-compute", None)).unwrap();
        let found = order::list(app, &w.maya, w.customer.id, None, 2).unwrap();
        let numbers: Vec<_> = found.orders.iter().map(|it| it.order.number).collect();
        assert_eq!((numbers, found.next), (vec![3, 2], Some(2)));
        let rest = order::list(app, &w.maya, w.customer.id, found.next, 2).unwrap();
        let one = &rest.orders[0];
        assert_eq!((one.order.number, one.placed_by.as_str(), rest.next), (1, "Maya", None));
        let said = |it: &entente_domain::order::Order| {
            it.totals().into_iter().map(|(cycle, sum)| format!("{sum} {}", cycle.code())).collect::<Vec<_>>()
        };
        assert_eq!(said(&one.order), ["NOK 3100.00 monthly"], "25 seats at 124.00");
        assert_eq!(said(&found.orders[1].order), ["NOK 1458.00 annual"], "3 seats at 40.50 for twelve months");
        assert!(found.orders[0].order.totals().is_empty(), "by use");
        let view = subscription::get(app, &w.maya, w.customer.id, first.id).unwrap();
        assert_eq!((view.order, view.support.as_str(), view.of_record), (Some(1), "Brightwater IT", None));
        assert_eq!(view.subscription.provisioning(app.now()), Provisioning::Pending);
        w.test.clock.advance_seconds(60);
        assert_eq!(w.now(first.id).provisioning(app.now()), Provisioning::Success);
        assert_eq!(w.sums(), (3, 0, 28));
    });
}

#[test]
fn what_cannot_be_ordered_says_why_and_leaves_nothing() {
    for_each_engine(|store| {
        let w = World::new(store);
        let parent = w.buy("telephony", 10);
        let before = w.count(EventKind::SubscriptionAdded);
        let with = |product: &str, quantity| w.wish(product, quantity);
        let plan = |plan, product| Wish { plan, ..w.wish(product, Some(5)) };
        for (wish, expected) in [
            (with("nothing", Some(5)), Because::NotAvailable),
            (with("fax-gateway", Some(5)), Because::NotAvailable),
            (with("mail-plan", Some(0)), Because::Quantity),
            (with("mail-plan", None), Because::Quantity),
            (with("productivity-frontline", Some(10_001)), Because::Quantity),
            (with("cloud-compute", Some(1)), Because::Quantity),
            (with("calling-plan", Some(5)), Because::NeedsParent),
            (Wish { parent: Some(parent.id), ..with("mail-plan", Some(5)) }, Because::WrongParent),
            (Wish { parent: Some(parent.id), ..with("extra-storage", Some(5)) }, Because::WrongParent),
            (plan(None, "mail-plan"), Because::TermNotOffered),
            (plan(Some((Term::Month, Cycle::Annual)), "mail-plan"), Because::TermNotOffered),
            (plan(Some((Term::ThreeYears, Cycle::Monthly)), "mail-plan"), Because::TermNotOffered),
        ] {
            let said = format!("{wish:?}");
            assert_eq!(because(w.place(wish)), expected, "{said}");
        }
        assert_eq!(w.count(EventKind::SubscriptionAdded), before);
        assert_eq!(order::list(&w.test.app, &w.maya, w.customer.id, None, 10).unwrap().orders.len(), 1);
        // A number is given only to what is ordered.
        w.buy("mail-plan", 1);
        assert_eq!(order::list(&w.test.app, &w.maya, w.customer.id, None, 1).unwrap().orders[0].order.number, 2);
    });
}

#[test]
fn a_form_sent_twice_is_one_order_and_says_one_thing() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let form: FormId = order::form(app, &w.maya, w.customer.id).unwrap();
        assert_eq!(order::form(app, &w.maya, w.customer.id).unwrap(), form, "looking twice");
        let wish = Wish { form, ..w.wish("mail-plan", Some(5)) };
        let first = w.place(wish.clone()).unwrap();
        assert_eq!(w.place(wish.clone()).unwrap(), first);
        let other = w.place(Wish { quantity: Some(6), ..wish.clone() });
        assert!(matches!(other, Err(Error::Conflict)), "{other:?}");
        assert_eq!((w.count(EventKind::SubscriptionAdded), w.sums()), (1, (1, 0, 5)));
        let next = order::form(app, &w.maya, w.customer.id).unwrap();
        assert_ne!(next, form, "after an order");
        w.place(Wish { form: next, ..wish }).unwrap();
        assert_eq!(w.sums(), (2, 0, 10));
    });
}

#[test]
fn quantity_follows_the_seven_days() {
    for_each_engine(|store| {
        let w = World::new(store);
        let sub = w.buy("mail-plan", 20);
        w.change(sub.id, 12).unwrap();
        w.test.clock.advance_days(7);
        assert_eq!(because(w.change(sub.id, 11)), Because::CannotDecrease);
        assert_eq!(because(w.change(sub.id, 12)), Because::SameState);
        assert_eq!(because(w.change(sub.id, 10_000_001)), Because::Quantity);
        w.change(sub.id, 30).unwrap();
        assert_eq!(because(w.change(sub.id, 11)), Because::CannotDecrease);
        w.change(sub.id, 15).unwrap();
        w.test.clock.advance_days(7);
        assert_eq!(because(w.change(sub.id, 14)), Because::CannotDecrease);
        w.turn(sub.id, subscription::suspend).unwrap();
        assert_eq!(because(w.change(sub.id, 40)), Because::Suspended);
        assert_eq!((w.sums(), w.count(EventKind::QuantityChanged)), ((1, 1, 15), 3));
        let log = activity::of_customer(&w.test.app, &w.admin, &activity::Filter::default(), None, 50).unwrap();
        let said =
            |it: &&activity::Entry, name: &str, value: &str| it.detail.contains(&(name.to_owned(), value.to_owned()));
        let changes = log.entries.iter().filter(|it| it.kind == EventKind::QuantityChanged);
        assert_eq!(changes.filter(|it| said(it, "before", "30") && said(it, "quantity", "15")).count(), 1);
        let late = subscription::change_quantity(&w.test.app, &w.maya, w.customer.id, sub.id, 40, 1);
        assert!(matches!(late, Err(Error::Conflict)), "decided upon another version: {late:?}");
    });
}

#[test]
fn a_term_that_passes_renews_or_ends_whether_the_sweep_came_by_or_not() {
    for_each_engine(|store| {
        let w = World::new(store);
        let renewing = w.buy("mail-plan", 5);
        let ending = w.buy("telephony", 7);
        let extended = w.add_on(&ending, "calling-plan", 7).unwrap();
        w.renewal(ending.id, false).unwrap();
        assert!(!w.now(extended.id).commitment.unwrap().renews, "an addition ends with what it extends");
        assert_eq!(because(w.renewal(extended.id, true)), Because::ParentEnds);
        w.test.clock.advance_days(364);
        assert!(w.now(ending.id).is_active());
        w.test.clock.advance_days(1);
        let states = || [renewing.id, ending.id, extended.id].map(|id| w.now(id).state);
        assert_eq!(states(), [State::Active, State::Expired, State::Expired], "as read");
        let seen = subscription::bought(&w.test.app, &w.admin, None, 50).unwrap();
        assert_eq!(seen.rows.iter().filter(|it| it.subscription.is_active()).count(), 1, "as the customer reads");
        assert_eq!(because(w.turn(ending.id, subscription::suspend)), Because::Over);
        assert_eq!(because(w.change(ending.id, 9)), Because::Over);
        sweep::run(&w.test.app).unwrap();
        sweep::run(&w.test.app).unwrap();
        assert_eq!(states(), [State::Active, State::Expired, State::Expired], "as swept");
        assert_eq!(w.sums(), (1, 0, 5), "what is over does not count");
        assert_eq!((w.count(EventKind::SubscriptionRenewed), w.count(EventKind::SubscriptionExpired)), (1, 2));
        // The renewal opened the seven days again.
        w.change(renewing.id, 4).unwrap();
        w.turn(renewing.id, subscription::cancel).unwrap();
        assert_eq!(w.sums(), (0, 0, 0));
        relationship::end(&w.test.app, &end_role(&w), w.customer.id).unwrap();
    });
}

#[test]
fn a_change_after_the_term_writes_the_renewal_first() {
    for_each_engine(|store| {
        let w = World::new(store);
        let sub = w.buy("mail-plan", 5);
        w.test.clock.advance_days(365 + 3);
        // Nobody swept. Lowering is possible only because the renewal opened the days.
        w.turn(sub.id, subscription::suspend).unwrap();
        w.turn(sub.id, subscription::activate).unwrap();
        w.change(sub.id, 2).unwrap();
        let kinds = w.test.events(w.customer.id);
        let mine: Vec<_> = kinds
            .iter()
            .filter(|it| it.code().starts_with("subscription_") || it.code() == "quantity_changed")
            .collect();
        assert!(mine.contains(&&EventKind::SubscriptionRenewed));
        assert_eq!(w.count(EventKind::SubscriptionRenewed), 1);
        sweep::run(&w.test.app).unwrap();
        assert_eq!(w.count(EventKind::SubscriptionRenewed), 1, "written once");
        // Suspended ones go on, too, and a relationship does not end with one that was renewed unseen.
        w.test.clock.advance_days(365);
        let blocked = relationship::end(&w.test.app, &end_role(&w), w.customer.id);
        assert!(matches!(blocked, Err(Error::Relationship(_))), "{blocked:?}");
    });
}

#[test]
fn add_ons_go_with_what_they_extend() {
    for_each_engine(|store| {
        let w = World::new(store);
        let parent = w.buy("telephony", 10);
        w.test.clock.advance_days(3);
        let extended = w.add_on(&parent, "calling-plan", 4).unwrap();
        let (mine, its) = (w.now(extended.id).commitment.unwrap(), w.now(parent.id).commitment.unwrap());
        assert_eq!((mine.ends_at, mine.term, mine.cycle), (its.ends_at, its.term, its.cycle));
        w.turn(parent.id, subscription::suspend).unwrap();
        assert_eq!((w.now(extended.id).state, w.sums()), (State::Suspended, (2, 2, 14)));
        assert_eq!(because(w.turn(extended.id, subscription::activate)), Because::ParentSuspended);
        assert_eq!(because(w.add_on(&parent, "calling-plan", 1)), Because::ParentSuspended);
        w.turn(parent.id, subscription::activate).unwrap();
        assert_eq!(w.now(extended.id).state, State::Suspended, "it stays until it is let run, too");
        w.turn(extended.id, subscription::activate).unwrap();
        w.turn(parent.id, subscription::cancel).unwrap();
        assert_eq!((w.now(extended.id).state, w.sums()), (State::Cancelled, (0, 0, 0)));
        assert_eq!(because(w.add_on(&parent, "calling-plan", 1)), Because::NeedsParent);
        let view = subscription::get(&w.test.app, &w.maya, w.customer.id, extended.id).unwrap();
        assert_eq!(view.parent.map(|it| it.id), Some(parent.id));
    });
}

#[test]
fn orders_and_subscriptions_are_taken_back_in_time_or_not_at_all() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let (first, second) = (w.buy("mail-plan", 5), w.buy("telephony", 6));
        let third = w.buy("mail-archive", 7);
        let extended = w.add_on(&second, "calling-plan", 6).unwrap();
        let state = |number| order::get(app, &w.maya, w.customer.id, number).unwrap();
        w.turn(first.id, subscription::cancel).unwrap();
        assert!(matches!(state(1).order.state, Placed::Cancelled { .. }), "nothing of it is left");
        assert_eq!(because(order::cancel(app, &w.maya, w.customer.id, 1)), Because::Over);
        order::cancel(app, &w.maya, w.customer.id, 2).unwrap();
        assert_eq!(state(2).cancelled_by.as_deref(), Some("Maya"));
        assert_eq!([second.id, extended.id].map(|id| w.now(id).state), [State::Cancelled; 2]);
        w.test.clock.advance_days(7);
        assert_eq!(because(order::cancel(app, &w.maya, w.customer.id, 3)), Because::WindowPassed);
        assert_eq!(because(w.turn(third.id, subscription::cancel)), Because::WindowPassed);
        assert_eq!((w.sums(), state(3).order.state), ((1, 0, 7), Placed::Completed));
        assert!(matches!(order::get(app, &w.maya, w.customer.id, 9), Err(Error::NotFound)));
        // What is taken back a year later is the renewal; the order stays what it was.
        w.test.clock.advance_days(358);
        w.turn(third.id, subscription::cancel).unwrap();
        assert_eq!((w.sums(), state(3).order.state), ((0, 0, 0), Placed::Completed));
    });
}

#[test]
fn the_customers_administrators_are_told() {
    for_each_engine(|store| {
        let w = World::new(store);
        let parent = w.buy("telephony", 6);
        w.add_on(&parent, "calling-plan", 6).unwrap();
        w.turn(parent.id, subscription::suspend).unwrap();
        w.turn(parent.id, subscription::cancel).unwrap();
        let mut told = Vec::new();
        for row in mail::claim(&w.test.app, 60, 50).unwrap() {
            if matches!(row.template.as_str(), "ordered_customer" | "cancelled_customer") {
                assert!(row.recipient.starts_with("ingrid@"), "{}", row.recipient);
                let letter: mail::Letter = serde_json::from_str(&row.content).unwrap();
                let link = mail::link(&w.test.app, &row, &letter).unwrap();
                assert!(link.ends_with("/subscriptions"), "{link}");
                told.push((row.template, letter.product.unwrap(), letter.quantity));
            }
        }
        let row = |template: &str, product: &str| (template.to_owned(), product.to_owned(), Some(6));
        told.sort();
        let expected = [
            row("cancelled_customer", "telephony"),
            row("ordered_customer", "calling-plan"),
            row("ordered_customer", "telephony"),
        ];
        assert_eq!(told, expected, "one about what was cancelled with another");
    });
}

#[test]
fn what_others_sold_is_unknown_and_roles_decide() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let sub = w.buy("mail-plan", 5);
        let other = w.test.partner("Nordic Distribution", "nordic.no", PartnerKind::Direct, &["NO"], None);
        let otto = w.test.person(&other.tenant, "Otto", &[PartnerRole::GlobalAdmin], false);
        let partner = other.tenant.id;
        let number = Some(other.number.clone());
        let opened = Opened::Standing { partner, provider: None, number, privileges: true, cloud: Cloud::Public };
        let stranger = order::list(app, &otto, w.customer.id, None, 10);
        assert!(matches!(stranger, Err(Error::NotFound)), "{stranger:?}");
        acceptance::accept(app, &w.admin, &opened, Cloud::Public, ALL).unwrap();
        assert!(order::list(app, &otto, w.customer.id, None, 10).unwrap().orders.is_empty());
        let id = w.customer.id;
        for answer in [
            subscription::get(app, &otto, id, sub.id).map(|_| ()),
            order::get(app, &otto, id, 1).map(|_| ()),
            order::cancel(app, &otto, id, 1),
            subscription::cancel(app, &otto, id, sub.id),
            subscription::set_renewal(app, &otto, id, sub.id, false),
            subscription::rename(app, &otto, id, sub.id, None),
            subscription::change_quantity(app, &otto, id, sub.id, 6, 1),
        ] {
            assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
        }
        let foreign = order::place(app, &otto, id, Wish { parent: Some(sub.id), ..w.wish("extra-storage", Some(1)) });
        assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
        let helpdesk = w.test.person(&w.partner.tenant, "Ali", &[PartnerRole::HelpdeskAgent], false);
        assert_eq!(order::list(app, &helpdesk, id, None, 10).unwrap().orders.len(), 1);
        assert!(matches!(order::cancel(app, &helpdesk, id, 1), Err(Error::Denied(_))));
        assert!(matches!(order::export(app, &helpdesk, id), Err(Error::Denied(_))));
        let user = w.test.person(&w.customer, "Ola", &[], false);
        assert!(matches!(subscription::bought(app, &user, None, 50), Err(Error::Denied(_))));
        let bought = subscription::bought(app, &w.admin, None, 50).unwrap().rows;
        assert_eq!((bought[0].seller.as_str(), bought[0].support.as_str()), ("Brightwater IT", "Brightwater IT"));
        assert_eq!(w.now(sub.id).version, 1, "nothing changed");
    });
}

#[test]
fn the_file_of_orders_is_safe_and_written_down() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        w.buy("mail-plan", 5);
        w.place(w.wish("cloud-compute", None)).unwrap();
        let maya = w.test.confirmed(&w.maya);
        w.test.clock.advance_days(1);
        assert!(matches!(order::export(app, &maya, w.customer.id), Err(Error::StepUp(_))), "long ago");
        let file = String::from_utf8(order::export(app, &w.test.confirmed(&w.maya), w.customer.id).unwrap()).unwrap();
        let lines: Vec<_> = file.split("\r\n").collect();
        assert_eq!(
            lines[1..],
            [
                r#""2","2026-11-23","cloud-compute","","","","","","","completed","Maya""#,
                r#""1","2026-11-23","mail-plan","5","P1Y","monthly","40.50","202.50","NOK","completed","Maya""#,
                "",
            ]
        );
        assert_eq!(w.count(EventKind::OrdersExported), 1);
    });
}

#[test]
fn a_provider_sells_on_record_of_its_reseller() {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        let provider = test.partner("Skagerrak", "skagerrak.no", PartnerKind::IndirectProvider, &["NO"], None);
        let seller = test.person(&provider.tenant, "Kaspar", &[PartnerRole::AdminAgent], false);
        let of = Some(provider.tenant.id);
        let reseller = test.partner("Lindgren", "lindgren.se", PartnerKind::IndirectReseller, &["SE"], of);
        let customer = test.tenant("Havn AS", "havn.no", Cloud::Public, "NO");
        let admin = test.person(&customer, "Torunn", &[], true);
        let (partner, number) = (reseller.tenant.id, Some(reseller.number.clone()));
        let opened = Opened::Standing { partner, provider: of, number, privileges: true, cloud: Cloud::Public };
        acceptance::accept(&test.app, &admin, &opened, Cloud::Public, ALL).unwrap();
        let sub = subscription::add(&test.app, &seller, customer.id, "mail-plan", Some(5)).unwrap();
        let view = subscription::get(&test.app, &seller, customer.id, sub.id).unwrap();
        assert_eq!((sub.of_record, view.of_record.as_deref()), (Some(reseller.tenant.id), Some("Lindgren")));
    });
}

//! What was bought, page by page, and decisions that look at all of it.

use entente_app::acceptance;
use entente_app::{Error, invitation, licence, relationship, subscription};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::policy::{Permit, Unattended};
use entente_domain::subscription::Subscription;
use entente_domain::tenant::PartnerKind;
use entente_store::StoreError;
use entente_testkit::for_each_engine;
use entente_testkit::requests::{ALL, draft, opened};

use crate::world::{World, end_role};

#[test]
fn what_was_bought_is_read_page_by_page() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, id) = (&w.test.app, w.customer.id);
        let parent = w.buy("telephony", 5);
        let later = || w.test.clock.advance_seconds(1);
        later();
        let mut all = vec![parent.id, w.add_on(&parent, "calling-plan", 1).unwrap().id];
        for n in 1..4 {
            later();
            all.push(w.buy("mail-plan", n).id);
        }
        let pages = |limit| {
            let (mut sold, mut bought, mut after) = (Vec::new(), Vec::new(), None);
            loop {
                let page = subscription::list(app, &w.maya, id, after, limit).unwrap();
                let own = subscription::bought(app, &w.admin, after, limit).unwrap();
                assert_eq!(page.next, own.next);
                assert!(page.rows.len() <= usize::try_from(limit).unwrap());
                sold.extend(page.rows.iter().map(|it| it.id));
                bought.extend(own.rows.into_iter().map(|it| (it.subscription.id, it.parent.map(|parent| parent.id))));
                after = page.next;
                if after.is_none() {
                    return (sold, bought);
                }
            }
        };
        for limit in [1, 2, 4, 5, 50] {
            let (sold, bought) = pages(limit);
            assert_eq!(sold, all, "{limit} on a page");
            assert_eq!(bought.iter().map(|it| it.0).collect::<Vec<_>>(), all);
            assert_eq!(bought[1].1, Some(parent.id), "also where what it extends is on another page");
        }
        let other = w.test.partner("Skagerrak", "skagerrak.no", PartnerKind::Direct, &["NO"], None);
        let kaspar = w.test.person(&other.tenant, "Kaspar", &[PartnerRole::AdminAgent], false);
        let view = invitation::create(app, &kaspar, draft()).unwrap();
        acceptance::accept(app, &w.admin, &opened(&view), Cloud::Public, ALL).unwrap();
        assert!(matches!(subscription::list(app, &kaspar, id, Some(parent.id), 2), Err(Error::NotFound)));
        assert!(subscription::list(app, &kaspar, id, None, 2).unwrap().rows.is_empty());
        let nowhere = Some(w.test.app.new_id());
        assert!(matches!(subscription::bought(app, &w.admin, nowhere, 2), Err(Error::NotFound)));
    });
}

#[test]
fn decisions_look_at_every_subscription_however_many_there_are() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let stopped = w.buy("mail-plan", 1);
        w.turn(stopped.id, subscription::suspend).unwrap();
        let stopped = w.now(stopped.id);
        let more: Vec<_> = (0..1_000).map(|_| Subscription { id: app.new_id(), ..stopped.clone() }).collect();
        let bought = store.write(move |tx| {
            let permit = Permit::unattended(Unattended::Sweep);
            more.iter().try_for_each(|it| entente_store::subscription::insert(tx, &permit, it))
        });
        bought.map_err(|error: StoreError| error.to_string()).unwrap();
        w.test.clock.advance_seconds(1);
        let last = w.buy("mail-plan", 7);
        assert_eq!(w.now(last.id).quantity, Some(7));
        let lines = licence::list(app, &w.admin, w.customer.id).unwrap();
        assert_eq!((lines[0].units.enabled, lines[0].units.suspended), (7, 1_001));
        let page = licence::holders(app, &w.admin, w.customer.id, lines[0].sku, &licence::Query::default(), 1).unwrap();
        assert_eq!(page.line, lines[0]);
        let greta = end_role(&w);
        let blocked = relationship::end(app, &greta, w.customer.id);
        assert!(matches!(blocked, Err(Error::Relationship(_))), "{blocked:?}");
        w.turn(last.id, subscription::suspend).unwrap();
        relationship::end(app, &greta, w.customer.id).unwrap();
    });
}

//! A partner the operator suspended: nobody of it works for customers; what takes back is never held up.

use entente_app::{
    Ctx, Error, account, customer, invitation, order, relationship, service_request, subscription, tenant, user,
};
use entente_domain::acting::{Because, Refused};
use entente_domain::ids::TenantId;
use entente_domain::policy::Action;
use entente_domain::tenant::Standing;
use entente_store::service_request::Filter;
use entente_testkit::for_each_engine;

use crate::world::World;

fn set(w: &World, standing: Standing) {
    tenant::set_standing(&w.test.app, &Ctx::operator(), w.partner.tenant.id, standing).unwrap();
}

/// What an operation answered, as far as it is about suspension.
fn suspended<T>(answer: Result<T, Error>) -> bool {
    match answer {
        Err(Error::Acting(Refused { because })) => because == Because::PartnerSuspended,
        Err(Error::Acceptance(it)) => it.code() == Because::PartnerSuspended.code(),
        _ => false,
    }
}

#[test]
fn a_suspended_partner_works_for_no_customer() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, agent, id): (_, &Ctx, TenantId) = (&w.test.app, &w.test.confirmed(&w.agent), w.customer.id);
        let answers = || {
            [
                ("its list as a file", suspended(customer::export(app, agent, &customer::Query::default()))),
                ("a request", suspended(invitation::create(app, agent, w.draft()))),
                ("what it may order", suspended(order::form(app, agent, id))),
                ("its orders there", suspended(order::list(app, agent, id, None, 10))),
                ("its orders as a file", suspended(order::export(app, agent, id))),
                ("what they bought", suspended(subscription::list(app, agent, id, None, 10))),
                ("their users", suspended(user::list(app, agent, id, &user::Query::default(), 10))),
                ("their users as a file", suspended(user::export(app, agent, id, &user::Query::default()))),
                (
                    "their service requests",
                    suspended(service_request::list(app, agent, id, Filter::default(), None, 10)),
                ),
                (
                    "all service requests",
                    suspended(service_request::of_partner(app, agent, Filter::default(), None, 10)),
                ),
            ]
        };
        assert_eq!(answers().map(|(_, it)| it), [false; 10]);
        set(&w, Standing::Suspended);
        for (what, refused) in answers() {
            assert!(refused, "{what}");
        }
        assert_eq!(
            customer::list(app, agent, &customer::Query::default(), 10).unwrap().lines.len(),
            1,
            "it sees whose it is"
        );
        let root = w.test.person(&w.partner.tenant, "Root", &[], true);
        user::list(app, &root, w.partner.tenant.id, &user::Query::default(), 10).expect("its own house stays its own");
        assert!(account::profile(app, &root).unwrap().may(Action::ViewUsers), "and pages offer it");
        set(&w, Standing::Active);
        assert_eq!(answers().map(|(_, it)| it), [false; 10]);
        set(&w, Standing::Suspended);
        relationship::give_up_privileges(app, &w.chief, id).expect("what takes back is never held up");
        relationship::end(app, &w.chief, id).expect("what ends is never held up");
    });
}

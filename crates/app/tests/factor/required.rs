//! An organisation begins to require two factors: what its people began with one ends with that, also at the same moment.

use std::sync::Barrier;
use std::thread;

use entente_app::sign_in::{self, Audience, Entered};
use entente_app::{Ctx, Error, acceptance, acting, activity, factor, invitation, service};
use entente_domain::cloud::Cloud;
use entente_domain::event::EventKind;
use entente_domain::factor::Security;
use entente_domain::tenant::Tenant;
use entente_identity::SessionToken;
use entente_store::event::Entry;
use entente_testkit::app::PASSWORD;
use entente_testkit::requests::{ALL, draft_to, opened};
use entente_testkit::tokens::{self, Program};

use crate::world::{HERE, World, in_each};

/// How often the two meet.
const ROUNDS: usize = 15;

fn is_signed_in(w: &World, token: &SessionToken) -> bool {
    match sign_in::resume(&w.test.app, HERE, token, None) {
        Ok(_) => true,
        Err(Error::SignInRequired) => false,
        Err(other) => panic!("{other:?}"),
    }
}

/// A customer with a service that wants to be told, and the partner's program.
fn customer(w: &World) -> (Tenant, Ctx, Program) {
    let app = &w.test.app;
    let customer = w.test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
    let admin = w.test.person(&customer, "Ingrid", &[], true);
    let view = invitation::create(app, &w.tom, draft_to("ingrid@fjordline.no")).unwrap();
    acceptance::accept(app, &admin, &opened(&view), Cloud::Public, ALL).unwrap();
    let told =
        service::New { logout_url: Some("https://mail.example/logout".to_owned()), ..tokens::service("Mailboxes") };
    (customer, admin, w.test.service(told))
}

fn require(w: &World, who: &Ctx) {
    factor::set_partner_security(&w.test.app, who, Security { required: true, ..Security::NOTHING }).unwrap();
}

/// What a partner's log keeps of one kind, newest first.
fn entries(w: &World, kind: EventKind) -> Vec<Entry> {
    let home = w.partner.tenant.id;
    let all = w.test.app.store().read(|tx| entente_store::event::page(tx, home, None, 10_000)).unwrap();
    all.into_iter().filter(|it| it.kind == kind).collect()
}

fn interaction_required<T: std::fmt::Debug>(it: Result<T, Error>) -> bool {
    matches!(it, Err(Error::Authority(it)) if it.number == 50_076)
}

#[test]
fn what_was_begun_with_one_factor_ends_and_the_rest_goes_on() {
    in_each(|w| {
        let (app, authority) = (&w.test.app, w.test.authority());
        let (customer, admin, service) = customer(w);
        let program = w.test.program(&w.maya, "Console");
        w.add_application(&w.maya, "maya");
        let (maya, strong_tom) = (w.strong(&w.maya), w.strong(&w.tom));
        let (key, _) = w.add_passkey(&w.ada, "Laptop");

        let ((weak, _), (_, kept)) = (w.session_of("tom"), w.with_passkey(&key).unwrap());
        let foreign = sign_in::start(app, &w.nobody, HERE, "kari@nordlys.no", PASSWORD).unwrap().session().unwrap().0;
        let one = authority.sign_in(&program, &w.tom, "openid offline_access").unwrap();
        let two = authority.sign_in(&program, &strong_tom, "openid offline_access").unwrap();
        let code = authority.code(&program, &w.tom, "organizations", "openid").unwrap();
        let place = customer.id.to_string();
        let code_to_act = authority.code(&service, &w.tom, &place, "openid").unwrap();
        let acts = authority.act(&service, &w.tom, customer.id).unwrap();
        let acts_on_two = authority.act(&service, &strong_tom, customer.id).unwrap();
        assert_eq!(acting::glass(app, &admin).unwrap().acting.len(), 2, "two strengths are two sessions");

        require(w, &maya);
        assert!(!is_signed_in(w, &weak) && is_signed_in(w, &kept) && is_signed_in(w, &foreign));
        assert!(!authority.counts(&one.access_token) && authority.counts(&two.access_token));
        let again = |it: &str| {
            authority.request(&program, "organizations", &[("grant_type", "refresh_token"), ("refresh_token", it)])
        };
        assert!(again(&one.refresh_token.unwrap()).is_err());
        again(&two.refresh_token.unwrap()).unwrap();
        assert!(interaction_required(authority.redeem(&program, "organizations", &code)), "a code on its way");
        assert!(interaction_required(authority.redeem(&service, &place, &code_to_act)), "and one to act with");
        assert!(matches!(w.password("tom").unwrap(), Entered::Pending(..)));

        let going_on = acting::glass(app, &admin).unwrap().acting;
        assert!(going_on.len() == 1 && going_on[0].session.strong);
        assert_ne!(acts, acts_on_two);
        let ended = entries(w, EventKind::ActingEnded);
        assert!(ended.len() == 1 && ended[0].canonical.contains(r#""why":"second_factor""#), "{ended:?}");
        assert_eq!(w.test.signals(ended[0].id).len(), 1, "the service is told");

        let log = activity::of_partner(app, &maya, &activity::Filter::default(), None, 100).unwrap().entries;
        let changed = log.iter().find(|it| it.kind == EventKind::SecurityPolicyChanged).unwrap();
        let said = |name: &str| changed.said(name);
        // The four sessions the partner's people began with and Tom's second; Tom's grants with one factor to either application.
        assert_eq!(
            [said("policy"), said("enabled"), said("sessions"), said("grants")],
            [Some("required"), Some("yes"), Some("5"), Some("2")]
        );
    });
}

#[test]
fn nothing_ends_where_nothing_new_is_required() {
    in_each(|w| {
        let (weak, _) = w.session_of("tom");
        let id = w.partner.tenant.id;
        let set = |required, partners| {
            let security = Security { required, partners, ..Security::NOTHING };
            entente_app::tenant::set_security(&w.test.app, &Ctx::operator(), id, security).unwrap();
        };
        set(false, true);
        assert!(is_signed_in(w, &weak), "what partners need is another matter");
        set(true, true);
        assert!(!is_signed_in(w, &weak), "the operator's word ends them as well");
        set(true, true);
        set(false, true);
        let changes = entries(w, EventKind::SecurityPolicyChanged);
        let ended = changes.iter().filter(|it| it.canonical.contains(r#""sessions""#)).count();
        assert_eq!((changes.len(), ended), (3, 1), "the repetition is no change");
    });
}

#[test]
fn whoever_switches_it_on_stays_signed_in() {
    in_each(|w| {
        let app = &w.test.app;
        let (secret, _) = w.add_application(&w.maya, "maya");
        w.test.clock.advance_seconds(30);
        let token = w.pending("maya", entente_domain::assurance::Next::SecondFactor);
        let (held, maya) = w.second(&token, &entente_app::Answer::Code(secret.code(app.now()))).unwrap();
        require(w, &maya);
        assert!(is_signed_in(w, &held));
    });
}

#[test]
fn no_sign_in_with_one_factor_outlives_the_moment_of_change() {
    in_each(|w| {
        let (app, authority) = (&w.test.app, w.test.authority());
        let program = w.test.program(&w.maya, "Console");
        w.add_application(&w.maya, "maya");
        let portal = Audience::Partner;
        for round in 0..ROUNDS {
            entente_app::tenant::set_security(app, &Ctx::operator(), w.partner.tenant.id, Security::NOTHING).unwrap();
            let code = authority.code(&program, &w.tom, "organizations", "openid offline_access").unwrap();
            let maya = w.strong(&w.maya);
            let start = Barrier::new(3);
            let (entered, redeemed) = thread::scope(|scope| {
                let enters = scope.spawn(|| {
                    start.wait();
                    sign_in::start(app, &w.nobody, portal, "tom@brightwater.no", PASSWORD).unwrap()
                });
                let redeems = scope.spawn(|| {
                    start.wait();
                    authority.redeem(&program, "organizations", &code)
                });
                start.wait();
                require(w, &maya);
                (enters.join().unwrap(), redeems.join().unwrap())
            });
            if let Entered::Session(token, _) = entered {
                assert!(!is_signed_in(w, &token), "round {round}: a session with one factor goes on");
            }
            match redeemed {
                Ok(set) => {
                    assert!(!authority.counts(&set.access_token), "round {round}: a grant with one factor goes on");
                }
                refused => assert!(interaction_required(refused), "round {round}"),
            }
        }
    });
}

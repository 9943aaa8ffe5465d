//! The first start of an installation, on both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Barrier;
use std::thread;

use entente_app::sign_in::{self, Audience};
use entente_app::{Ctx, Error, Invalid, account, setup};
use entente_domain::language::Language;
use entente_domain::policy::Action;
use entente_domain::tenant::PartnerKind;
use entente_identity::PasswordError;
use entente_testkit::{TestApp, for_each_engine};

fn first(domain: &str) -> setup::First {
    setup::First {
        name: format!("Halden {domain}").parse().unwrap(),
        domain: domain.parse().unwrap(),
        country: "NO".parse().unwrap(),
        person: "Ada Holm".parse().unwrap(),
        upn: format!("ada@{domain}").parse().unwrap(),
        password: "a rather long password".to_owned(),
    }
}

#[test]
fn the_first_administrator_signs_in_and_there_is_no_second_set_up() {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        assert!(setup::needed(&test.app).unwrap());
        let (one, two) = (setup::begin(&test.app), setup::begin(&test.app));
        assert_ne!(setup::token_hash(&one), setup::token_hash(&two));
        let operator = Ctx::operator();
        let elsewhere = setup::First { upn: "ada@other.example".parse().unwrap(), ..first("halden.example") };
        let refused = setup::finish(&test.app, &operator, elsewhere);
        assert!(matches!(&refused, Err(Error::Invalid(it)) if it[0].why == Invalid::DomainDiffers), "{refused:?}");
        let weak = setup::First { password: "short".to_owned(), ..first("halden.example") };
        assert!(matches!(setup::finish(&test.app, &operator, weak), Err(Error::Invalid(_))));
        let guessable = setup::First { password: "halden2026".to_owned(), ..first("halden.example") };
        let refused = setup::finish(&test.app, &operator, guessable);
        assert!(
            matches!(&refused, Err(Error::Invalid(it)) if it[0].why == Invalid::Password(PasswordError::Guessable)),
            "{refused:?}"
        );
        let person = setup::finish(&test.app, &operator, first("halden.example")).unwrap();
        assert!(!setup::needed(&test.app).unwrap());
        let nobody = Ctx::anonymous(None, Language::En);
        let upn = person.upn.as_str();
        let entered = sign_in::start(&test.app, &nobody, Audience::Partner, upn, "a rather long password").unwrap();
        let (_, ctx) = entered.session().unwrap();
        let profile = account::profile(&test.app, &ctx).unwrap();
        assert_eq!(profile.partner.as_ref().unwrap().kind, PartnerKind::Direct);
        assert!(profile.may(Action::ManagePeople) && profile.may(Action::EndRelationship));
        assert!(matches!(setup::finish(&test.app, &operator, first("again.example")), Err(Error::NotFound)));
    });
}

#[test]
fn of_two_who_finish_at_once_one_does() {
    for_each_engine(|store| {
        let test = TestApp::new(store);
        let start = Barrier::new(2);
        let finish = |domain: &str| {
            start.wait();
            setup::finish(&test.app, &Ctx::operator(), first(domain))
        };
        let answers = thread::scope(|scope| {
            let (a, b) = (scope.spawn(|| finish("one.example")), scope.spawn(|| finish("two.example")));
            [a.join().unwrap(), b.join().unwrap()]
        });
        assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
        assert!(answers.iter().any(|it| matches!(it, Err(Error::NotFound))), "{answers:?}");
    });
}

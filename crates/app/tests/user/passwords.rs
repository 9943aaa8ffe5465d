//! A password that somebody else set opens nothing but the page on which one's own is chosen.

use entente_app::sign_in::{self, Audience, Entered, password};
use entente_app::user;
use entente_app::{Ctx, Error, Invalid};
use entente_domain::assurance::Next;
use entente_domain::cloud::Cloud;
use entente_domain::language::Language;
use entente_identity::ChallengeToken;
use entente_testkit::app::PASSWORD;
use entente_testkit::for_each_engine;

use super::world::{World, id};

const HERE: Audience = Audience::Customer(Cloud::Public);

fn pending(entered: Result<Entered, Error>) -> ChallengeToken {
    match entered.unwrap() {
        Entered::Pending(token, Next::NewPassword) => token,
        other => panic!("{other:?}"),
    }
}

fn choose(w: &World, token: &ChallengeToken, new: &str) -> Result<Entered, Error> {
    password::finish(&w.test.app, &Ctx::anonymous(None, Language::En), HERE, token, new)
}

#[test]
fn a_first_password_is_replaced_before_there_is_a_session() {
    for_each_engine(|store| {
        let w = World::new(store);
        let added = w.create(&w.tom, "Kim").unwrap();
        let token = pending(w.sign_in("kim@fjordline.no", &added.password));
        let nobody = Ctx::anonymous(None, Language::En);
        assert_eq!(password::waiting(&w.test.app, &nobody, HERE, &token).unwrap().person.id, added.user.person.id);
        assert!(matches!(
            password::waiting(&w.test.app, &nobody, Audience::Partner, &token),
            Err(Error::SignInRequired)
        ));
        for (bad, why) in [
            (added.password.as_str(), Invalid::SamePassword),
            ("kim@fjordline.no", Invalid::Password(entente_identity::PasswordError::Guessable)),
            ("short", Invalid::Password(entente_identity::PasswordError::TooShort)),
        ] {
            let answer = choose(&w, &token, bad);
            assert!(matches!(&answer, Err(Error::Invalid(it)) if it[0].why == why), "{bad}: {answer:?}");
        }
        let (_, kim) = choose(&w, &token, PASSWORD).unwrap().session().unwrap();
        assert_eq!(id(&kim), added.user.person.id);
        assert!(matches!(choose(&w, &token, "another horse battery"), Err(Error::SignInRequired)), "once");
        assert!(matches!(w.sign_in("kim@fjordline.no", &added.password), Err(Error::WrongCredentials)));
        w.sign_in("kim@fjordline.no", PASSWORD).unwrap().session().unwrap();
        let user = w.get(&w.ingrid, id(&kim)).unwrap();
        assert!(!user.must_change_password && user.signed_in_at.is_some());
    });
}

#[test]
fn a_reset_ends_everything_and_what_waits_for_a_password() {
    for_each_engine(|store| {
        let w = World::new(store);
        let kim = w.holder("Kim", &[]);
        let first = user::reset_password(&w.test.app, &w.ali, w.customer.id, id(&kim)).unwrap().password;
        let sessions = w.test.app.store().read(|tx| {
            entente_store::session::of_person(tx, id(&kim), w.test.app.now(), w.test.app.now().plus_days(-1))
        });
        assert!(sessions.unwrap().is_empty());
        let token = pending(w.sign_in("kim@fjordline.no", &first));
        let second = user::reset_password(&w.test.app, &w.ingrid, w.customer.id, id(&kim)).unwrap().password;
        assert!(matches!(choose(&w, &token, "another horse battery"), Err(Error::SignInRequired)));
        let token = pending(w.sign_in("kim@fjordline.no", &second));
        user::set_enabled(&w.test.app, &w.ingrid, w.customer.id, id(&kim), false).unwrap();
        assert!(matches!(choose(&w, &token, "another horse battery"), Err(Error::SignInRequired)));
    });
}

#[test]
fn where_two_factors_are_required_one_is_set_up_with_ones_own_password() {
    for_each_engine(|store| {
        let w = World::new(store);
        let security = entente_domain::factor::Security { required: true, ..entente_domain::factor::Security::NOTHING };
        entente_app::tenant::set_security(&w.test.app, &Ctx::operator(), w.customer.id, security).unwrap();
        let added = w.create(&w.tom, "Kim").unwrap();
        let token = pending(w.sign_in("kim@fjordline.no", &added.password));
        let entered = choose(&w, &token, PASSWORD).unwrap();
        assert!(matches!(entered, Entered::Pending(_, Next::Enrol)), "{entered:?}");
        // A partner's own people who are added or reset by another choose theirs as well.
        let nobody = Ctx::anonymous(None, Language::En);
        let chief =
            w.test.person(&w.partner.tenant, "Maya", &[entente_domain::directory::PartnerRole::GlobalAdmin], false);
        let first = entente_app::people::reset_password(&w.test.app, &chief, id(&w.ali)).unwrap();
        let entered = sign_in::start(&w.test.app, &nobody, Audience::Partner, "ali@brightwater.no", &first).unwrap();
        assert!(matches!(entered, Entered::Pending(_, Next::NewPassword)), "{entered:?}");
    });
}

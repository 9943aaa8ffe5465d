//! Whoever's second factors change hears of it by mail, whoever changed them.

use entente_app::mail::{self, Letter};
use entente_app::sign_in::Audience;
use entente_app::{Answer, factor, people};
use entente_domain::assurance::Next;
use entente_domain::cloud::Cloud;
use entente_domain::ids::PasskeyId;
use entente_domain::language::Language;

use crate::world::{ORIGIN, World, in_each};

/// Which mail to whom, about what: template, recipient, factor and name.
type Told = (String, String, Option<String>, Option<String>);

impl World {
    /// The mail written since this was last asked, with the address it leads to.
    fn mail(&self) -> Vec<(mail::Row, Letter, String)> {
        let app = &self.test.app;
        let rows = mail::claim(app, 3_600, 100).unwrap();
        rows.into_iter()
            .map(|row| {
                let letter: Letter = serde_json::from_str(&row.content).unwrap();
                let link = mail::link(app, &row, &letter).unwrap();
                (row, letter, link)
            })
            .collect()
    }

    fn told(&self) -> Vec<Told> {
        let all = self.mail().into_iter();
        all.map(|(row, letter, _)| (row.template, row.recipient, letter.factor, letter.label)).collect()
    }

    fn passkey(&self) -> PasskeyId {
        factor::overview(&self.test.app, &self.strong(&self.maya), ORIGIN).unwrap().passkeys[0].id
    }
}

fn told(template: &str, factor: Option<&str>, name: Option<&str>) -> Told {
    let owned = |it: Option<&str>| it.map(str::to_owned);
    (template.to_owned(), "maya@brightwater.no".to_owned(), owned(factor), owned(name))
}

#[test]
fn every_change_of_a_persons_factors_is_told_to_that_person_once() {
    in_each(|w| {
        let app = &w.test.app;
        let (_, codes) = w.add_application(&w.maya, "maya");
        assert_eq!(
            w.told(),
            [told("factor_added", Some("totp"), None)],
            "the codes that come along have no mail of their own"
        );
        w.add_passkey(&w.strong(&w.maya), "Laptop");
        assert_eq!(w.told(), [told("factor_added", Some("passkey"), Some("Laptop"))]);

        let token = w.pending("maya", Next::SecondFactor);
        assert!(w.refused(&token, "000000"));
        assert_eq!(w.told(), [], "a wrong code changes nothing");
        w.second(&token, &Answer::Recovery(codes[0].clone())).unwrap();
        assert_eq!(w.told(), [told("code_used", None, None)]);
        factor::make_codes(app, &w.strong(&w.maya)).unwrap();
        assert_eq!(w.told(), [told("codes_made", None, None)]);

        factor::remove_application(app, &w.strong(&w.maya)).unwrap();
        factor::remove_application(app, &w.strong(&w.maya)).unwrap();
        assert_eq!(w.told(), [told("factor_removed", Some("totp"), None)], "the repetition removes nothing");
        let id = w.passkey();
        assert!(factor::remove_passkey(app, &w.ada, id).is_err(), "somebody else's");
        assert_eq!(w.told(), []);
        factor::remove_passkey(app, &w.strong(&w.maya), id).unwrap();
        assert_eq!(w.told(), [told("factor_removed", Some("passkey"), Some("Laptop"))]);
    });
}

#[test]
fn what_an_administrator_resets_is_told_to_its_owner_with_the_administrators_name() {
    in_each(|w| {
        let app = &w.test.app;
        w.add_application(&w.tom, "tom");
        w.mail();
        entente_app::account::set_language(app, &w.tom, Some(Language::ZhCn)).unwrap();
        people::reset_factors(app, &w.maya, w.tom.person.unwrap()).unwrap();
        people::reset_factors(app, &w.maya, w.tom.person.unwrap()).unwrap();
        let [(row, letter, link)] = &w.mail()[..] else { panic!("one mail") };
        assert_eq!((row.template.as_str(), row.recipient.as_str()), ("factor_removed", "tom@brightwater.no"));
        assert_eq!((row.language, row.tenant), (Language::ZhCn, None), "in the operator's name");
        assert_eq!((letter.person.as_deref(), letter.factor.as_deref()), (Some("Maya"), Some("all")));
        assert_eq!(letter.organisation.as_deref(), Some("Brightwater IT"));
        assert_eq!(link, &format!("{}/settings/security", app.settings().partner_portal));
    });
}

#[test]
fn people_of_a_customer_are_led_to_the_portal_of_their_cloud() {
    in_each(|w| {
        let app = &w.test.app;
        let home = w.test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let ingrid = w.test.person(&home, "Ingrid", &[], true);
        let there = Audience::Customer(Cloud::Public);
        let token = factor::begin_application(app, &ingrid, there).unwrap();
        let secret = factor::adding(app, &ingrid, there, ORIGIN, &token).unwrap().secret.unwrap();
        factor::add_application(app, &ingrid, there, &token, &secret.code(app.now())).unwrap();
        let [(row, _, link)] = &w.mail()[..] else { panic!("one mail") };
        assert_eq!(row.recipient, "ingrid@fjordline.no");
        assert_eq!(link, &format!("{}/settings/security", app.settings().customer_portal(Cloud::Public)));
    });
}

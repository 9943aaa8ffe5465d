//! A partner's applications, their secrets and keys. On both engines.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs;

use entente_app::application::{self, Choice};
use entente_app::mail::{self, Letter};
use entente_app::{Ctx, Error, Invalid, account, activity, sweep};
use entente_domain::application::{CREDENTIAL_DAYS, CredentialKind, CredentialStanding, Signature};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::event::EventKind;
use entente_domain::ids::ApplicationId;
use entente_domain::language::Language;
use entente_domain::tenant::{Partner, PartnerKind};
use entente_store::Store;
use entente_store::application::Check;
use entente_testkit::tokens::Program;
use entente_testkit::{TestApp, for_each_engine};

use PartnerRole::{AdminAgent, GlobalAdmin};

/// A public key by which anybody may check this test: P-256, from RFC 7517, appendix A.1.
const JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;

struct World {
    test: TestApp,
    partner: Partner,
    chief: Ctx,
    agent: Ctx,
    /// The global admin of another partner.
    stranger: Ctx,
}

impl World {
    fn new(store: &Store) -> Self {
        let test = TestApp::new(store);
        let partner = test.partner("Brightwater IT", "brightwater.no", PartnerKind::Direct, &["NO"], None);
        let chief = test.person(&partner.tenant, "Maya", &[GlobalAdmin], false);
        let agent = test.person(&partner.tenant, "Tom", &[AdminAgent], false);
        let other = test.partner("Nordlys", "nordlys.no", PartnerKind::Direct, &["NO"], None);
        let stranger = test.person(&other.tenant, "Kari", &[GlobalAdmin], false);
        Self { test, partner, chief, agent, stranger }
    }

    fn register(&self, confidential: bool) -> ApplicationId {
        application::register(&self.test.app, &self.chief, choice(), confidential).unwrap().id
    }

    fn count(&self, kind: EventKind) -> usize {
        self.test.events(self.partner.tenant.id).into_iter().filter(|it| *it == kind).count()
    }

    /// What the program itself gets when it asks for a token alone.
    fn token(&self, id: ApplicationId, secret: &str) -> Result<String, Error> {
        let program = Program { id, secret: secret.to_owned() };
        let scope = format!("{}/native/.default", self.test.app.settings().api);
        let fields = [("grant_type", "client_credentials"), ("scope", &*scope)];
        let home = self.partner.tenant.id.to_string();
        Ok(self.test.authority().request(&program, &home, &fields)?.access_token)
    }
}

fn choice() -> Choice {
    Choice {
        name: "Console".parse().unwrap(),
        redirects: vec!["https://console.brightwater.no/callback".parse().unwrap()],
        roles: Vec::new(),
        algorithm: Signature::Es256,
        device_code: false,
    }
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(answer: Result<T, Error>, field: &str) -> Invalid {
    match answer {
        Err(Error::Invalid(fields)) if fields.len() == 1 && fields[0].name == field => fields[0].why,
        other => panic!("{field} was not refused: {other:?}"),
    }
}

#[test]
fn an_application_is_registered_changed_and_listed_with_what_it_has() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let roles = vec![AdminAgent, GlobalAdmin, AdminAgent];
        let it = application::register(app, &w.chief, Choice { roles, ..choice() }, true).unwrap();
        assert_eq!(it.roles, [AdminAgent, GlobalAdmin], "each once");
        application::add_secret(app, &w.chief, it.id, " build server ", 30).unwrap();
        let all = application::list(app, &w.chief).unwrap();
        assert_eq!(all, [application::get(app, &w.chief, it.id).unwrap()]);
        assert_eq!((all[0].application.clone(), all[0].credentials[0].label.as_str()), (it.clone(), "build server"));
        let changed = Choice { name: "Console 2".parse().unwrap(), redirects: Vec::new(), ..choice() };
        application::change(app, &w.chief, it.id, 1, changed.clone()).unwrap();
        let now = application::get(app, &w.chief, it.id).unwrap().application;
        assert_eq!((now.name.as_str(), now.redirects.len(), now.roles.len(), now.version), ("Console 2", 0, 0, 2));
        assert!(matches!(application::change(app, &w.chief, it.id, 1, changed), Err(Error::Conflict)));
        assert_eq!((w.count(EventKind::ApplicationAdded), w.count(EventKind::ApplicationChanged)), (1, 1));
        let log = activity::of_partner(app, &w.chief, &activity::Filter::default(), None, 50).unwrap();
        let entry = log.entries.iter().find(|it| it.kind == EventKind::ApplicationChanged).unwrap();
        assert_eq!(entry.detail, [("application".to_owned(), "Console 2".to_owned())], "a name and no id");
    });
}

#[test]
fn only_a_global_admin_of_the_owner_and_only_after_a_fresh_sign_in() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let id = w.register(true);
        let secret = application::add_secret(app, &w.chief, id, "", 30).unwrap().text();
        let credential = application::get(app, &w.chief, id).unwrap().credentials[0].id;
        let customer = w.test.tenant("Fjordline", "fjordline.no", Cloud::Public, "NO");
        let outsider = w.test.person(&customer, "Ingrid", &[], true);
        let all = |who: &Ctx| -> Vec<Error> {
            let failed = [
                application::get(app, who, id).map(drop),
                application::change(app, who, id, 1, choice()),
                application::set_enabled(app, who, id, false),
                application::add_secret(app, who, id, "", 30).map(drop),
                application::add_key(app, who, id, "", JWK, 30),
                application::remove_credential(app, who, id, credential),
            ];
            failed.into_iter().map(|it| it.expect_err("not theirs")).collect()
        };
        assert!(all(&w.agent).iter().all(|it| matches!(it, Error::Denied(_))));
        assert!(all(&w.stranger).iter().all(|it| matches!(it, Error::NotFound)));
        assert!(all(&outsider).iter().all(|it| matches!(it, Error::Denied(_) | Error::NotFound)));
        assert!(matches!(application::list(app, &w.agent), Err(Error::Denied(_))));
        assert_eq!(application::list(app, &w.stranger).unwrap(), []);
        assert!(matches!(application::register(app, &w.agent, choice(), true), Err(Error::Denied(_))));
        w.token(id, &secret).expect("nothing changed");

        // What gives more needs a fresh sign-in; what takes back never does.
        w.test.clock.advance_seconds(11 * 60);
        let stale = [
            application::register(app, &w.chief, choice(), true).map(drop),
            application::change(app, &w.chief, id, 1, choice()),
            application::add_secret(app, &w.chief, id, "", 30).map(drop),
            application::add_key(app, &w.chief, id, "", JWK, 30),
        ];
        assert!(stale.iter().all(|it| matches!(it, Err(Error::StepUp(_)))), "{stale:?}");
        application::set_enabled(app, &w.chief, id, false).unwrap();
        assert!(matches!(application::set_enabled(app, &w.chief, id, true), Err(Error::StepUp(_))));
        application::set_enabled(app, &w.test.confirmed(&w.chief), id, true).unwrap();
        application::remove_credential(app, &w.chief, id, credential).unwrap();
        assert!(matches!(application::remove_credential(app, &w.chief, id, credential), Err(Error::NotFound)));
        assert!(w.token(id, &secret).is_err(), "gone at once");
    });
}

#[test]
fn a_secret_is_stored_as_a_hash_alone() {
    for_each_engine(|store| {
        let w = World::new(store);
        let id = w.register(true);
        let secret = application::add_secret(&w.test.app, &w.chief, id, "", 30).unwrap();
        let stored = store.read(|tx| entente_store::application::credentials(tx, id)).unwrap();
        assert_eq!(stored[0].1, Check::Hash(secret.hash().to_vec()));
        assert!(secret.text().starts_with(&stored[0].0.hint) && stored[0].0.hint.len() == 4);
        w.token(id, &secret.text()).expect("it proves the application");
        assert!(w.token(id, &format!("{}x", secret.text())).is_err());
    });
}

/// SQLite keeps everything in files that can be searched from end to end.
#[test]
fn no_file_of_the_database_holds_a_secret() {
    let (store, folder) = entente_testkit::sqlite();
    let w = World::new(&store);
    let id = w.register(true);
    let secret = application::add_secret(&w.test.app, &w.chief, id, "a label to be found", 30).unwrap().text();
    w.token(id, &secret).unwrap();
    let holds = |text: &str| {
        let files = fs::read_dir(folder.path()).unwrap();
        files
            .map(|it| fs::read(it.unwrap().path()).unwrap())
            .any(|it| it.windows(text.len()).any(|at| at == text.as_bytes()))
    };
    assert!(holds("a label to be found"), "the search finds what is there");
    assert!(!holds(&secret), "the secret itself");
    assert!(!holds(&secret[8..]), "most of it");
}

#[test]
fn keys_are_public_and_strong_and_credentials_have_their_limits() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let id = w.register(true);
        application::add_key(app, &w.chief, id, "vault", JWK, CREDENTIAL_DAYS).unwrap();
        let kept = application::get(app, &w.chief, id).unwrap().credentials.remove(0);
        assert_eq!((kept.kind, kept.label.as_str()), (CredentialKind::Key, "vault"));
        for text in ["", "no key", "{}", r#"{"kty":"oct","k":"c2VjcmV0"}"#, "-----BEGIN PUBLIC KEY-----"] {
            assert_eq!(
                invalid(application::add_key(app, &w.chief, id, "", text, 30), "key"),
                Invalid::NotAKey,
                "{text}"
            );
        }
        for days in [0, -1, CREDENTIAL_DAYS + 1] {
            invalid(application::add_secret(app, &w.chief, id, "", days), "days");
        }
        for label in ["x".repeat(61), "a\u{7}b".to_owned()] {
            invalid(application::add_secret(app, &w.chief, id, &label, 30), "label");
        }
        for _ in 1..10 {
            application::add_secret(app, &w.chief, id, "", 30).unwrap();
        }
        invalid(application::add_secret(app, &w.chief, id, "", 30), "label");
        let public = w.register(false);
        invalid(application::add_secret(app, &w.chief, public, "", 30), "label");
        invalid(application::add_key(app, &w.chief, public, "", JWK, 30), "label");
        let alone = Choice { roles: vec![AdminAgent], ..choice() };
        invalid(application::register(app, &w.chief, alone.clone(), false), "roles");
        invalid(application::change(app, &w.chief, public, 1, alone), "roles");
        let redirects = (0..21).map(|n| format!("https://a.example/{n}").parse().unwrap()).collect();
        invalid(application::register(app, &w.chief, Choice { redirects, ..choice() }, true), "redirects");
        assert_eq!(w.count(EventKind::CredentialAdded), 10);
    });
}

#[test]
fn a_secret_ends_on_its_day_and_earlier_when_nobody_uses_it() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let id = w.register(true);
        let short = application::add_secret(app, &w.chief, id, "", 30).unwrap().text();
        w.test.clock.advance_seconds(1);
        let idle = application::add_secret(app, &w.chief, id, "", 365).unwrap().text();
        let standing = || {
            let all = application::get(app, &w.chief, id).unwrap().credentials;
            all.iter().map(|it| it.standing(app.now())).collect::<Vec<_>>()
        };
        w.test.clock.advance_days(29);
        w.token(id, &short).expect("its last day");
        assert_eq!(standing(), [CredentialStanding::EndsSoon, CredentialStanding::Good]);
        w.test.clock.advance_days(1);
        assert!(w.token(id, &short).is_err(), "expired");
        w.test.clock.advance_days(60);
        // Before any sweep: what is not to count is read as not counting.
        assert!(w.token(id, &idle).is_err(), "unused for 90 days");
        assert_eq!(w.count(EventKind::CredentialUnused), 0);
        assert_eq!(sweep::run(app).unwrap(), 1);
        assert_eq!(sweep::run(app).unwrap(), 0, "once");
        assert_eq!(w.count(EventKind::CredentialUnused), 1);
        let kept = application::get(app, &w.chief, id).unwrap().credentials;
        assert_eq!(kept.iter().map(|it| it.disabled_at.is_some()).collect::<Vec<_>>(), [false, true]);
        assert_eq!(standing(), [CredentialStanding::Expired, CredentialStanding::Unused]);
    });
}

#[test]
fn those_who_can_make_a_new_one_hear_of_what_was_switched_off() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let ada = w.test.person(&w.partner.tenant, "Ada", &[GlobalAdmin], false);
        account::set_language(app, &ada, Some(Language::ZhCn)).unwrap();
        let id = w.register(true);
        let secret = application::add_secret(app, &w.chief, id, "build server", 365).unwrap().text();
        application::add_key(app, &w.chief, id, "", JWK, 365).unwrap();
        // Over by itself before ninety days are: nothing is switched off, so there is nothing to tell.
        application::add_secret(app, &w.chief, id, "short", 30).unwrap();
        let mail = || {
            let due = mail::claim(app, 60, 100).unwrap();
            for it in &due {
                mail::sent(app, it.id, "250 ok").unwrap();
            }
            due
        };
        assert_eq!(mail(), []);
        w.test.clock.advance_days(89);
        w.token(id, &secret).unwrap();
        w.test.clock.advance_days(1);
        assert_eq!((sweep::run(app).unwrap(), mail().len()), (1, 2), "the key alone, to both global admins");
        w.test.clock.advance_days(89);
        assert_eq!((sweep::run(app).unwrap(), sweep::run(app).unwrap()), (1, 0), "once");
        let told = mail();
        let to: Vec<_> = told.iter().map(|it| (it.recipient.as_str(), it.language)).collect();
        assert_eq!(to, [("maya@brightwater.no", Language::En), ("ada@brightwater.no", Language::ZhCn)]);
        for row in &told {
            let letter: Letter = serde_json::from_str(&row.content).unwrap();
            assert_eq!((row.template.as_str(), row.tenant), ("credential_unused", Some(w.partner.tenant.id)));
            assert_eq!(
                (letter.application.as_deref(), letter.credential.as_deref()),
                (Some("Console"), Some("secret"))
            );
            assert_eq!((letter.label.as_deref(), letter.hint.as_deref()), (Some("build server"), Some(&secret[..4])));
            assert!(!row.content.contains(&secret[4..]), "never the secret");
            let page = format!("{}/settings/applications/{id}", app.settings().partner_portal);
            assert_eq!(mail::link(app, row, &letter).unwrap(), page);
        }
        assert_eq!(w.count(EventKind::CredentialUnused), 2);
    });
}

#[test]
fn switching_off_ends_every_token_at_once() {
    for_each_engine(|store| {
        let w = World::new(store);
        let (app, authority) = (&w.test.app, w.test.authority());
        let program = w.test.program(&w.chief, "Console");
        let person = authority.sign_in(&program, &w.agent, "openid offline_access").unwrap();
        let alone = w.token(program.id, &program.secret).unwrap();
        assert!(authority.counts(&person.access_token) && authority.counts(&alone));
        application::set_enabled(app, &w.chief, program.id, false).unwrap();
        application::set_enabled(app, &w.chief, program.id, false).unwrap();
        assert!(!authority.counts(&person.access_token) && !authority.counts(&alone));
        let refresh = person.refresh_token.unwrap();
        let again = |token: &str| {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
            authority.request(&program, "organizations", &fields)
        };
        assert!(again(&refresh).is_err());
        assert!(authority.sign_in(&program, &w.agent, "openid").is_err());
        application::set_enabled(app, &w.chief, program.id, true).unwrap();
        assert!(!authority.counts(&person.access_token), "what a person allowed does not come back");
        assert!(again(&refresh).is_err());
        w.token(program.id, &program.secret).expect("new ones may be had");
        assert_eq!((w.count(EventKind::ApplicationDisabled), w.count(EventKind::ApplicationEnabled)), (1, 1));
    });
}

//! Whom a provider covers it alone lets in: what they kept here from before opens nothing.

use entente_app::federation::{self, Side};
use entente_app::sign_in::confirm::{self, Shown};
use entente_app::sign_in::{self, Entered, second};
use entente_app::{Answer, Ctx, Error};
use entente_domain::assurance::{Method, Proof};
use entente_domain::event::EventKind;
use entente_domain::language::Language;
use entente_identity::SessionToken;
use entente_testkit::app::PASSWORD;
use entente_testkit::for_each_engine;

use crate::world::{OLA, ORIGIN, PORTAL, World, wanted};

#[test]
fn a_passkey_lets_nobody_in_whom_only_the_provider_does() {
    for_each_engine(|store| {
        let w = World::before(store);
        let app = &w.test.app;
        let of_ola = w.add_passkey(&w.ola);
        w.with_passkey(&of_ola).unwrap().session().unwrap();
        w.configure(wanted(&["fjordline.no"], None)).unwrap();
        federation::set_enabled(app, &w.admin, Side::Customer, true).unwrap();
        let of_ingrid = w.add_passkey(&w.admin);
        let signed_in = w.count(EventKind::SignedIn);
        let (by_passkey, by_password) = (w.with_passkey(&of_ola).unwrap_err(), w.password(OLA).unwrap_err());
        assert!(matches!(by_passkey, Error::WrongCredentials), "{by_passkey:?}");
        assert_eq!(by_passkey.to_string(), by_password.to_string(), "one explanation");
        assert_eq!(w.count(EventKind::SignedIn), signed_in);
        // On the provider's word, the same passkey is welcome as the second factor it is.
        let Entered::Pending(token, _) = w.entered().unwrap() else { panic!("Ola's passkey is not asked for") };
        let nobody = Ctx::anonymous(None, Language::En);
        let options = second::begin_passkey(app, &nobody, PORTAL, ORIGIN, &token).unwrap();
        let answer = Answer::Passkey(of_ola.get(&options, ORIGIN));
        let (_, ctx) = second::finish(app, &nobody, PORTAL, ORIGIN, &token, &answer).unwrap().session().unwrap();
        assert_eq!(ctx.proof.unwrap().methods(), [Method::Passkey, Method::Federated]);
        // Whoever looks after the provider gets in while it is down, and everybody does once it is switched off.
        w.provider.says().silent = true;
        w.with_passkey(&of_ingrid).unwrap().session().unwrap();
        let strong = Ctx { proof: Some(Proof::new(app.now(), vec![Method::Passkey])), ..w.admin.clone() };
        federation::set_enabled(app, &strong, Side::Customer, false).unwrap();
        w.with_passkey(&of_ola).unwrap().session().unwrap();
    });
}

/// Whoever holds this session confirms with what they have here.
fn confirm(w: &World, held: &SessionToken, shown: &Shown) -> Result<SessionToken, Error> {
    let who = sign_in::resume(&w.test.app, PORTAL, held, None).unwrap();
    confirm::confirm(&w.test.app, &who, PORTAL, ORIGIN, held, shown)
}

fn password() -> Shown {
    Shown { password: Some(PASSWORD.to_owned()), ..Shown::default() }
}

#[test]
fn whom_only_the_provider_lets_in_confirms_there_too() {
    for_each_engine(|store| {
        let w = World::new(store);
        let app = &w.test.app;
        let ola = w.enter().unwrap();
        let ways = confirm::ways(app, &ola.ctx, ORIGIN).unwrap();
        assert!(ways.provider && !ways.kept_here);
        let by_password = confirm(&w, &ola.token, &password());
        assert!(matches!(by_password, Err(Error::WrongCredentials)), "{by_password:?}");
        let key = w.add_passkey(&ola.ctx);
        let (token, options) = confirm::begin_passkey(app, &ola.ctx, PORTAL, ORIGIN).unwrap();
        let answer = Some(Answer::Passkey(key.get(&options, ORIGIN)));
        let by_passkey = confirm(&w, &ola.token, &Shown { answer, challenge: Some(token), password: None });
        assert!(matches!(by_passkey, Err(Error::WrongCredentials)), "{by_passkey:?}");
        assert_eq!(w.count(EventKind::Confirmed), 0);
        sign_in::resume(app, PORTAL, &ola.token, None).expect("what was refused ends nothing");
        // The administrator goes round the provider here as well, or asks it: as they like.
        let nobody = Ctx::anonymous(None, Language::En);
        let ingrid = sign_in::start(app, &nobody, PORTAL, "ingrid@fjordline.no", PASSWORD).unwrap();
        let (held, ctx) = ingrid.session().unwrap();
        let ways = confirm::ways(app, &ctx, ORIGIN).unwrap();
        assert!(ways.provider && ways.kept_here);
        confirm(&w, &held, &password()).unwrap();
        // Once the provider is switched off, what people keep here counts again.
        federation::set_enabled(app, &w.admin, Side::Customer, false).unwrap();
        let ways = confirm::ways(app, &ola.ctx, ORIGIN).unwrap();
        assert!(!ways.provider && ways.kept_here);
        let (token, options) = confirm::begin_passkey(app, &ola.ctx, PORTAL, ORIGIN).unwrap();
        let answer = Some(Answer::Passkey(key.get(&options, ORIGIN)));
        confirm(&w, &ola.token, &Shown { answer, challenge: Some(token), password: None }).unwrap();
    });
}

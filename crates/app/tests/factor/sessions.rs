//! A person's signed-in browsers, listed and ended.

use entente_app::sign_in::{self, Audience};
use entente_app::{Error, session};
use entente_domain::event::EventKind;

use crate::world::{HERE, in_each};

#[test]
fn sessions_are_listed_and_ended_by_their_owner_alone() {
    in_each(|w| {
        let app = &w.test.app;
        let ended = || w.events(EventKind::SessionEnded);
        // The one every test begins with has ended by then.
        w.test.clock.advance_seconds(3_600);
        let (here, maya) = w.session_of("maya");
        w.test.clock.advance_seconds(120);
        let (there, _) = w.session_of("maya");
        let (of_ada, ada) = w.session_of("ada");
        let list = session::list(app, &maya, &here).unwrap();
        assert_eq!(list.iter().map(|it| it.this).collect::<Vec<_>>(), [false, true], "latest use first");
        assert!(list.iter().all(|it| it.address.as_deref() == Some("192.0.2.9") && it.audience == Some(HERE)));
        let other = list[0].id;
        assert!(matches!(session::end(app, &ada, other), Err(Error::NotFound)), "somebody else's");
        w.test.clock.advance_seconds(601);
        session::end(app, &maya, other).unwrap();
        assert!(matches!(session::end(app, &maya, other), Err(Error::NotFound)));
        assert!(matches!(sign_in::resume(app, HERE, &there, None), Err(Error::SignInRequired)));
        assert_eq!(ended(), 1);

        let (third, _) = w.session_of("maya");
        assert_eq!(session::end_others(app, &maya, &here).unwrap(), 2, "this one and the first, long unused");
        assert_eq!(session::end_others(app, &maya, &here).unwrap(), 0);
        assert_eq!(ended(), 2, "the repetition is none");
        assert!(matches!(sign_in::resume(app, HERE, &third, None), Err(Error::SignInRequired)));
        sign_in::resume(app, HERE, &here, None).unwrap();
        sign_in::resume(app, HERE, &of_ada, None).unwrap();
        assert!(sign_in::resume(app, Audience::Customer(entente_domain::cloud::Cloud::Public), &here, None).is_err());
    });
}

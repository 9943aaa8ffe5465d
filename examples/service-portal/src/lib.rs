//! An example of a service that a provider's customers use and their partners manage: a few mailboxes.
//!
//! It stands for a third party's program. It knows Entente only as an OpenID Connect provider and uses no crate of it,
//! so whatever it can do, any other program can. Read `login` for how a person comes in, `pages` for what is asked
//! before something changes, `logout` for how access ends.

mod authority;
mod claims;
mod login;
mod logout;
mod mailbox;
mod pages;
mod session;
mod settings;
mod token;
mod web;

use std::sync::Arc;

use axum::Router;

pub use self::settings::{Options, Settings};

/// Tells the time in seconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The service with everything it remembers, which is gone when it ends.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

struct Parts {
    settings: Settings,
    clock: Clock,
    authority: authority::Authority,
    attempts: session::Attempts,
    sessions: session::Sessions,
    mailboxes: mailbox::Mailboxes,
    seen: token::Seen,
}

impl Service {
    /// A service without sessions. Fails when the file with the trusted authorities cannot be used.
    pub fn new(settings: Settings, clock: Clock) -> anyhow::Result<Self> {
        let authority = authority::Authority::new(&settings, Arc::clone(&clock))?;
        Ok(Self(Arc::new(Parts {
            settings,
            clock,
            authority,
            attempts: session::Attempts::default(),
            sessions: session::Sessions::default(),
            mailboxes: mailbox::Mailboxes::default(),
            seen: token::Seen::default(),
        })))
    }

    /// Every page and every machine's address.
    pub fn router(self) -> Router {
        let routes = Router::new().merge(login::routes()).merge(pages::routes()).merge(logout::routes());
        web::finish(routes.merge(web::files()), &self.0.settings).with_state(self)
    }

    fn now(&self) -> i64 {
        (self.0.clock)()
    }
}

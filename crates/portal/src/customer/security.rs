//! C10, signing in: the frame of the customer portal around the shared pages.

use entente_app::account::Profile;
use entente_app::sign_in::Audience;
use entente_app::{App, Ctx};
use entente_identity::SessionToken;

use crate::CustomerSession;
use crate::security::{Policy, Room};
use crate::ui::{self, Page};
use crate::web::Visit;

impl Room for CustomerSession {
    fn app(&self) -> &App {
        &self.app
    }
    fn ctx(&self) -> &Ctx {
        &self.ctx
    }
    fn visit(&self) -> &Visit {
        &self.visit
    }
    fn me(&self) -> &Profile {
        &self.me
    }
    fn held(&self) -> &SessionToken {
        &self.token
    }
    fn audience(&self) -> Audience {
        Audience::Customer(self.cloud)
    }
    fn page(&self, title: String) -> Page {
        super::page(self, title, "/settings")
    }
    fn tabs(&self) -> Option<ui::Segments> {
        None
    }
    fn policy(&self) -> Policy {
        Policy::Customer
    }
}

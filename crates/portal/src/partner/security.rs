//! P22, signing in: the frame of the partner portal around the shared pages.

use entente_app::account::Profile;
use entente_app::sign_in::Audience;
use entente_app::{App, Ctx};
use entente_identity::SessionToken;

use super::Desk;
use super::settings::{HERE, tabs};
use crate::security::{Policy, Room, here};
use crate::ui::{self, Page};
use crate::web::Visit;

impl Room for Desk {
    fn app(&self) -> &App {
        &self.s.app
    }
    fn ctx(&self) -> &Ctx {
        &self.s.ctx
    }
    fn visit(&self) -> &Visit {
        &self.s.visit
    }
    fn me(&self) -> &Profile {
        &self.s.me
    }
    fn held(&self) -> &SessionToken {
        &self.s.token
    }
    fn audience(&self) -> Audience {
        Audience::Partner
    }
    fn page(&self, title: String) -> Page {
        Desk::page(self, title, HERE)
    }
    fn tabs(&self) -> Option<ui::Segments> {
        Some(tabs(&self.s, &here(Audience::Partner)))
    }
    fn policy(&self) -> Policy {
        Policy::Partner
    }
}

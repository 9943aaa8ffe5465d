//! Service requests in the customer portal: the frame around the shared pages.

use entente_app::{App, Ctx};
use entente_domain::ids::TenantId;

use crate::CustomerSession;
use crate::service_request::Ground;
use crate::ui::Page;
use crate::web::Visit;

impl Ground for CustomerSession {
    fn app(&self) -> &App {
        &self.app
    }
    fn ctx(&self) -> &Ctx {
        &self.ctx
    }
    fn visit(&self) -> &Visit {
        &self.visit
    }
    fn customer(&self) -> TenantId {
        self.me.tenant.id
    }
    fn here(&self) -> String {
        self.path("/service-requests")
    }
    fn page(&self, title: String) -> Page {
        super::page(self, title, "/service-requests")
    }
    fn above(&self, _: &str) -> Vec<(String, String)> {
        Vec::new()
    }
}

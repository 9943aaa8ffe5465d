//! The page on which an application for one-time codes is set up: the QR code, the secret in letters, and a field for the first code.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::App;
use entente_domain::directory::Person;
use entente_identity::TotpSecret;

use crate::Problem;
use crate::i18n::Words;
use crate::ui::{self, Account, Html, Page};

/// What an application needs to know.
pub(crate) struct Setup {
    code: Html,
    text: String,
    uri: String,
}

impl Setup {
    /// For this person's account at this operator.
    pub(crate) fn new(app: &App, words: Words, person: &Person, secret: &TotpSecret) -> Self {
        let uri = secret.uri(&app.settings().vendor, person.upn.as_str());
        Self { code: ui::qr(&uri, &words.t("setup-code-label")), text: secret.text(), uri }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "security/setup.html")]
pub(crate) struct View {
    pub(crate) page: Page,
    pub(crate) lead: String,
    pub(crate) account: Option<Account>,
    pub(crate) setup: Setup,
    /// Whether a passkey is offered instead.
    pub(crate) passkey: bool,
    /// Where to go without setting anything up.
    pub(crate) cancel: Option<String>,
    pub(crate) failed: Option<String>,
    /// Where the sign-in leads, during one.
    pub(crate) back: Option<String>,
    pub(crate) action: String,
}

impl View {
    /// The finished page, with the status of a refusal after one.
    pub(crate) fn answer(&self) -> Result<Response, Problem> {
        let status = if self.failed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        Ok((status, ui::render(self)?).into_response())
    }
}

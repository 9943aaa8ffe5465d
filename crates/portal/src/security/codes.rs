//! The only page that ever shows recovery codes. Like every page it is not to be stored.

use askama::Template;

use crate::ui::{self, Page};

/// The codes, and where to go once they are kept.
#[derive(Template)]
#[template(path = "security/codes.html")]
pub(crate) struct View {
    pub(crate) page: Page,
    pub(crate) codes: Vec<String>,
    pub(crate) on: String,
}

impl View {
    /// All of them, one a line, for the clipboard.
    fn text(&self) -> String {
        self.codes.join("\n")
    }
}

//! The model behind every layout.

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use entente_app::sign_in::Audience;

use super::Html;
use crate::Problem;
use crate::i18n::{Arg, Language, Words};
use crate::session;
use crate::web::{Density, Preferences, Theme, Visit};

/// Which of the portals a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portal {
    /// For a partner's people.
    Partner,
    /// For a customer's people.
    Customer,
    /// For whoever a program sent.
    Authority,
}

/// One entry of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// Its icon.
    pub icon: &'static str,
    /// Its words.
    pub label: String,
    /// A count beside it, already written by locale.
    pub count: Option<String>,
    /// The second key of the shortcut `g` + key.
    pub key: Option<char>,
}

impl NavItem {
    /// An entry without count or shortcut.
    pub fn new(href: impl Into<String>, icon: &'static str, label: impl Into<String>) -> Self {
        Self { href: href.into(), icon, label: label.into(), count: None, key: None }
    }

    /// With a count.
    #[must_use]
    pub fn count(mut self, count: impl Into<String>) -> Self {
        self.count = Some(count.into());
        self
    }

    /// With the shortcut `g` + `key`.
    #[must_use]
    pub const fn key(mut self, key: char) -> Self {
        self.key = Some(key);
        self
    }
}

/// A group of entries under a heading; the first group usually has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nav {
    /// The heading.
    pub title: Option<String>,
    /// The entries; only pages that exist.
    pub items: Vec<NavItem>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their sign-in name.
    pub mail: String,
    /// Their organisation.
    pub organisation: String,
}

/// The search box in the top bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Where it searches; sent as `?q=`.
    pub action: String,
    /// Its label and placeholder.
    pub label: String,
}

/// Everything a layout needs. A view model has one in its field `page`.
#[derive(Debug, Clone)]
pub struct Page {
    /// The reader's words.
    pub words: Words,
    /// What this portal is called.
    pub portal_name: String,
    /// The page's title, without the vendor's name.
    pub title: String,
    /// The operator's name.
    pub vendor: String,
    /// Navigation groups.
    pub nav: Vec<Nav>,
    /// The entry of the navigation this page belongs to, by its `href`.
    pub here: String,
    /// Who is signed in; `None` hides the account menu.
    pub person: Option<Person>,
    /// The search box; `None` hides it.
    pub search: Option<Search>,
    /// Where the key `n` leads.
    pub new_href: Option<String>,
    /// Where preference forms return to.
    pub path: String,
    /// Where this portal's pages live, without a slash at the end; empty outside of the portals.
    pub base: &'static str,
    /// The portal's first page.
    pub home: &'static str,
    /// Where the page leads on to by itself.
    pub onward: Option<String>,
    /// A message that appears once after an action.
    pub toast: Option<String>,
    /// Light or dark, density, shortcuts.
    pub preferences: Preferences,
    token: String,
}

impl Page {
    /// A page without navigation and account: enough for the focus and problem layouts.
    pub fn new(visit: &Visit, portal: Portal, title: impl Into<String>) -> Self {
        let portal_name = match (visit.audience, portal) {
            (Some(Audience::Customer(cloud)), Portal::Customer) => crate::words::portal(visit.words(), cloud),
            (_, Portal::Partner) => visit.words().t("shell-partner-portal"),
            (_, Portal::Customer) => visit.words().t("shell-customer-portal"),
            (_, Portal::Authority) => visit.words().t("shell-authority"),
        };
        Self {
            words: visit.words(),
            portal_name,
            title: title.into(),
            vendor: visit.vendor.to_string(),
            nav: Vec::new(),
            here: String::new(),
            person: None,
            search: None,
            new_href: None,
            path: visit.path.clone(),
            base: visit.audience.map_or("", session::base),
            home: visit.audience.map_or("/", session::home),
            onward: None,
            toast: None,
            preferences: visit.preferences,
            token: visit.form_token().to_owned(),
        }
    }

    /// With the navigation; `here` is the `href` of the entry to mark.
    #[must_use]
    pub fn nav(mut self, nav: Vec<Nav>, here: impl Into<String>) -> Self {
        self.nav = nav;
        self.here = here.into();
        self
    }

    /// With the account menu.
    #[must_use]
    pub fn person(mut self, person: Person) -> Self {
        self.person = Some(person);
        self
    }

    /// With the search box.
    #[must_use]
    pub fn search(mut self, action: impl Into<String>, label: impl Into<String>) -> Self {
        self.search = Some(Search { action: action.into(), label: label.into() });
        self
    }

    /// With the place the key `n` leads to.
    #[must_use]
    pub fn new_href(mut self, href: impl Into<String>) -> Self {
        self.new_href = Some(href.into());
        self
    }

    /// Leading on to an address by itself.
    #[must_use]
    pub fn onward(mut self, to: impl Into<String>) -> Self {
        self.onward = Some(to.into());
        self
    }

    /// With a message that appears once.
    #[must_use]
    pub fn toast(mut self, text: Option<String>) -> Self {
        self.toast = text;
        self
    }

    /// [`Words::t`].
    pub fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// [`Words::t_with`].
    pub fn t_with(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.words.t_with(key, args)
    }

    /// [`Words::rich`].
    pub fn rich(&self, key: &str, args: &[(&str, Html)]) -> Html {
        self.words.rich(key, args)
    }

    /// The hidden field every form of somebody signed in must hold.
    pub fn csrf(&self) -> Html {
        let field = crate::web::FORM_TOKEN_FIELD;
        Html::trusted(format!(r#"<input type="hidden" name="{field}" value="{}">"#, Html::text(&self.token)))
    }

    pub(crate) fn other_languages(&self) -> Vec<Language> {
        Language::ALL.into_iter().filter(|language| *language != self.words.language()).collect()
    }

    pub(crate) fn theme(&self) -> Theme {
        self.preferences.theme
    }

    pub(crate) fn theme_label(&self) -> String {
        match self.preferences.theme {
            Theme::System => self.t("shell-theme-system"),
            Theme::Light => self.t("shell-theme-light"),
            Theme::Dark => self.t("shell-theme-dark"),
        }
    }

    /// Attributes of the root element that CSS and the script read.
    pub(crate) fn root(&self) -> Html {
        let mut root = format!(r#"lang="{}""#, self.words.language().code());
        if self.preferences.theme != Theme::System {
            root.push_str(" data-theme=\"");
            root.push_str(self.preferences.theme.as_str());
            root.push('"');
        }
        if self.preferences.density == Density::Compact {
            root.push_str(" data-density=\"compact\"");
        }
        if !self.preferences.keys {
            root.push_str(" data-keys=\"off\"");
        }
        Html::trusted(root)
    }
}

/// A finished page. A status or headers go before it: `(StatusCode::UNPROCESSABLE_ENTITY, page)`.
#[derive(Debug, Clone)]
pub struct Rendered(String);

impl IntoResponse for Rendered {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], self.0).into_response()
    }
}

/// Renders a view model.
pub fn render(view: &impl Template) -> Result<Rendered, Problem> {
    view.render().map(Rendered).map_err(|error| {
        tracing::error!(%error, "page could not be rendered");
        Problem::internal()
    })
}

//! How a reader wants pages to look: language, theme, row height, single-key shortcuts. Kept in cookies of their own so
//! that they hold before sign-in, on problem pages and with JavaScript off.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::{OpenForm, ReturnPath, Visit};
use crate::Problem;
use crate::i18n::Language;

/// How long a choice is remembered, in seconds.
const A_YEAR: i64 = 365 * 86_400;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// What the operating system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The value of the cookie and of `data-theme`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What the theme button changes to.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text)
    }
}

/// Height of table rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Density {
    /// 44 px rows.
    #[default]
    Comfortable,
    /// 36 px rows.
    Compact,
}

impl Density {
    /// The value of the cookie and of `data-density`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Comfortable, Self::Compact].into_iter().find(|density| density.as_str() == text)
    }
}

/// What the cookies of one request say; anything missing or unreadable is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// From the cookie, else from `Accept-Language`.
    pub language: Language,
    /// Whether a cookie says so: the choice was made on this browser and outweighs the account's.
    pub language_chosen: bool,
    /// Light or dark.
    pub theme: Theme,
    /// Height of table rows.
    pub density: Density,
    /// Whether single-key shortcuts are on (WCAG 2.1.4 asks for a way to turn them off).
    pub keys: bool,
}

impl Preferences {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
        let chosen = cookie(headers, "lang").and_then(|tag| Language::parse(&tag));
        Self {
            language: chosen.unwrap_or_else(|| Language::negotiate(text(header::ACCEPT_LANGUAGE))),
            language_chosen: chosen.is_some(),
            theme: cookie(headers, "theme").and_then(|theme| Theme::parse(&theme)).unwrap_or_default(),
            density: cookie(headers, "density").and_then(|density| Density::parse(&density)).unwrap_or_default(),
            keys: cookie(headers, "keys").is_none_or(|keys| keys != "off"),
        }
    }
}

/// The value of a request cookie by the name it was set under; the `__Host-` one wins, since only this site over TLS
/// can have set it.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = || {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(Cookie::split_parse)
            .flatten()
    };
    let host = format!("__Host-{name}");
    all()
        .find(|cookie| cookie.name() == host)
        .or_else(|| all().find(|cookie| cookie.name() == name))
        .map(|cookie| cookie.value().to_owned())
}

/// A `Set-Cookie` value with the attributes every cookie of ours has: `HttpOnly`, `SameSite=Lax`, `Path=/`, and over TLS
/// `Secure` with the `__Host-` prefix, which no other host or subdomain can forge. `max_age` in seconds; none: ends with
/// the browser; zero: removes it.
pub(super) fn set_cookie(https: bool, name: &str, value: &str, max_age: Option<i64>) -> Option<HeaderValue> {
    let name = if https { format!("__Host-{name}") } else { name.to_owned() };
    let mut cookie = Cookie::new(name, value);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path("/");
    cookie.set_secure(https);
    cookie.set_max_age(max_age.map(cookie::time::Duration::seconds));
    HeaderValue::from_str(&cookie.to_string()).ok()
}

#[derive(Deserialize)]
pub(super) struct Change {
    theme: Option<String>,
    density: Option<String>,
    language: Option<String>,
    keys: Option<String>,
    #[serde(rename = "return")]
    back: Option<String>,
}

/// `POST /preferences`: sets what was sent and goes back. It needs no form token: the origin is checked like any other
/// POST, and the cookies it sets say nothing about a person.
pub(super) async fn change(visit: Visit, OpenForm(change): OpenForm<Change>) -> Result<Response, Problem> {
    let chosen = [
        ("theme", change.theme.as_deref().map(|text| Theme::parse(text).map(Theme::as_str))),
        ("density", change.density.as_deref().map(|text| Density::parse(text).map(Density::as_str))),
        ("lang", change.language.as_deref().map(|text| Language::parse(text).map(Language::code))),
        ("keys", change.keys.as_deref().map(|text| ["on", "off"].into_iter().find(|known| *known == text))),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in chosen {
        let Some(value) = value else { continue };
        let value = value.ok_or_else(Problem::broken_form)?;
        if let Some(cookie) = visit.cookie(name, value, Some(A_YEAR)) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    let back = ReturnPath::or_home(change.back.as_deref());
    headers.insert(header::LOCATION, HeaderValue::from_str(back.as_str()).map_err(|_| Problem::broken_form())?);
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

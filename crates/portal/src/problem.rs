//! Refusals as pages: what is wrong, that nothing happened, what to do next. The status is truthful, and the stable code
//! equals the machine interface's.
//!
//! A handler answers `Err(Problem)`; the layer in [`crate::web`] renders it in the visitor's language. Whoever may not
//! know that a thing exists gets the same page as for a thing that does not: [`Problem::not_found`].

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entente_app::sign_in::Audience;
use entente_domain::time::Timestamp;

use crate::i18n::{Arg, Language, Words, http_date};
use crate::key;
use crate::session::{AccountLanguage, confirm_path};
use crate::ui::{Account, Button, Html, Page, Portal, link, moment, render};
use crate::web::Visit;

/// A value in a problem's sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A name; bold in the text.
    Name(String),
    /// A count.
    Count(i64),
    /// A day, written by locale.
    Day(Timestamp),
    /// A day and a minute, written by locale.
    Time(Timestamp),
    /// A name that differs by language: English, Chinese.
    Names(String, String),
    /// A whole sentence in both languages, as every face says it: English, Chinese.
    Sentence(String, String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Action {
    href: String,
    words: &'static str,
}

/// Why a request was refused. Boxed, since handlers carry it in every `Result`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Refusal>);

/// What a [`Problem`] says; set through its builders.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    text: &'static str,
    values: Vec<(&'static str, Said)>,
    icon: &'static str,
    account: Option<Account>,
    actions: Vec<Action>,
    details: Vec<(&'static str, String)>,
    portal: Option<Portal>,
    again_at: Option<Timestamp>,
    confirm: bool,
    back: Option<String>,
}

impl Problem {
    /// A problem with its HTTP status, its stable code (that of the machine interface) and the message keys of its
    /// headline and text; write those as `key!("..")`. Both may use the same values.
    pub fn new(status: StatusCode, code: &'static str, title: &'static str, text: &'static str) -> Self {
        Self(Box::new(Refusal {
            status,
            code,
            title,
            text,
            values: Vec::new(),
            icon: "warning",
            account: None,
            actions: Vec::new(),
            details: Vec::new(),
            portal: None,
            again_at: None,
            confirm: false,
            back: None,
        }))
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Nothing here that this visitor may know of: unknown and foreign alike.
    pub fn not_found() -> Self {
        Self::status(StatusCode::NOT_FOUND)
    }

    /// Something failed on our side; what, is in the log under the request id.
    pub fn internal() -> Self {
        Self::status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The form or the address's query could not be read.
    pub fn broken_form() -> Self {
        Self::status(StatusCode::BAD_REQUEST)
    }

    /// The form was made for another session, or for none.
    pub fn stale_form() -> Self {
        let (title, text) = (key!("problem-stale-form-title"), key!("problem-stale-form-text"));
        Self::new(StatusCode::FORBIDDEN, "form_expired", title, text).icon("refresh")
    }

    /// The form was sent from another site.
    pub fn foreign_form() -> Self {
        let (title, text) = (key!("problem-foreign-form-title"), key!("problem-foreign-form-text"));
        Self::new(StatusCode::FORBIDDEN, "form_from_elsewhere", title, text).icon("ban")
    }

    /// Too many tries from here.
    pub fn too_many() -> Self {
        Self::status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// The general page of a status.
    pub fn status(status: StatusCode) -> Self {
        let (code, title, text, icon) = match status {
            StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("form_unreadable", key!("problem-unreadable-title"), key!("problem-unreadable-text"), "file")
            }
            StatusCode::FORBIDDEN => {
                ("forbidden", key!("problem-forbidden-title"), key!("problem-forbidden-text"), "lock")
            }
            StatusCode::NOT_FOUND => {
                ("not_found", key!("problem-not-found-title"), key!("problem-not-found-text"), "cloud-off")
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method_not_allowed", key!("problem-method-title"), key!("problem-method-text"), "ban")
            }
            StatusCode::PAYLOAD_TOO_LARGE => {
                ("form_too_large", key!("problem-too-large-title"), key!("problem-too-large-text"), "file")
            }
            StatusCode::MISDIRECTED_REQUEST => {
                ("wrong_host", key!("problem-wrong-host-title"), key!("problem-wrong-host-text"), "globe")
            }
            StatusCode::TOO_MANY_REQUESTS => {
                ("too_many_tries", key!("problem-too-many-title"), key!("problem-too-many-text"), "clock")
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                ("unavailable", key!("problem-unavailable-title"), key!("problem-unavailable-text"), "clock")
            }
            status if status.is_client_error() => {
                ("refused", key!("problem-refused-title"), key!("problem-refused-text"), "warning")
            }
            _ => ("internal", key!("problem-internal-title"), key!("problem-internal-text"), "warning"),
        };
        Self::new(status, code, title, text).icon(icon)
    }

    /// With a value for its sentences.
    #[must_use]
    pub fn value(mut self, name: &'static str, value: Said) -> Self {
        self.0.values.push((name, value));
        self
    }

    /// With another icon than the warning sign.
    #[must_use]
    pub fn icon(mut self, icon: &'static str) -> Self {
        self.0.icon = icon;
        self
    }

    /// With a way on; the first is the main one. Without any, the page offers the start page.
    #[must_use]
    pub fn action(mut self, href: impl Into<String>, words: &'static str) -> Self {
        self.0.actions.push(Action { href: href.into(), words });
        self
    }

    /// With the account in use, where that is the point.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.0.account = Some(account);
        self
    }

    /// With a line for support, such as the request's number: message key and value.
    #[must_use]
    pub fn detail(mut self, words: &'static str, value: impl Into<String>) -> Self {
        self.0.details.push((words, value.into()));
        self
    }

    /// With a portal's name in the top bar; the partner portal's otherwise.
    #[must_use]
    pub fn portal(mut self, portal: Portal) -> Self {
        self.0.portal = Some(portal);
        self
    }

    /// With the time before which another try is useless; becomes `Retry-After` as well.
    #[must_use]
    pub fn again_at(mut self, at: Timestamp) -> Self {
        self.0.again_at = Some(at);
        self
    }

    /// With a button that leads to the confirmation of who it is, and from there back.
    #[must_use]
    pub fn confirm(mut self) -> Self {
        self.0.confirm = true;
        self
    }

    /// Where a confirmation leads back to, where the refused address itself is no page.
    #[must_use]
    pub fn back(mut self, path: impl Into<String>) -> Self {
        self.0.back = Some(path.into());
        self
    }

    fn plain(&self, words: Words) -> String {
        let days: Vec<String> = self.0.values.iter().map(|(_, value)| written(value, words)).collect();
        let args: Vec<(&str, Arg<'_>)> = self
            .0
            .values
            .iter()
            .zip(&days)
            .map(|((name, value), text)| match value {
                Said::Count(count) => (*name, Arg::Number(*count)),
                Said::Name(_) | Said::Names(..) | Said::Sentence(..) | Said::Day(_) | Said::Time(_) => {
                    (*name, Arg::Text(text))
                }
            })
            .collect();
        words.t_with(self.0.title, &args)
    }

    fn marked(&self, words: Words) -> Html {
        let args: Vec<(&str, Html)> = self
            .0
            .values
            .iter()
            .map(|(name, value)| match value {
                Said::Name(_) | Said::Names(..) => (*name, Html::strong(&written(value, words))),
                other => (*name, Html::text(&written(other, words))),
            })
            .collect();
        words.rich(self.0.text, &args)
    }
}

fn written(value: &Said, words: Words) -> String {
    match value {
        Said::Name(name) => name.clone(),
        Said::Count(count) => words.number(*count),
        Said::Names(en, zh) | Said::Sentence(en, zh) => match words.language() {
            Language::En => en.clone(),
            Language::ZhCn => zh.clone(),
        },
        Said::Day(day) => words.date(*day),
        Said::Time(at) => words.date_time(*at),
    }
}

impl IntoResponse for Problem {
    /// Only status and content travel up; the layer around all pages knows the visitor and renders.
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        let again = self.0.again_at.and_then(|at| HeaderValue::from_str(&http_date(at)).ok());
        if let Some(again) = again {
            response.headers_mut().insert(header::RETRY_AFTER, again);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct View<'a> {
    page: Page,
    problem: &'a Refusal,
    text: Html,
    actions: Vec<Button>,
    details: Vec<(String, &'a str)>,
    request_id: &'a str,
    time: Html,
}

/// Turns a [`Problem`], and every refusal that some framework wrote as plain text, into a page for this visitor.
pub(crate) fn render_any(mut response: Response, visit: &Visit) -> Response {
    let status = response.status();
    let mut visit = visit.clone();
    if let Some(AccountLanguage(language)) = response.extensions().get() {
        visit.preferences.language = *language;
    }
    let problem = response.extensions_mut().remove::<Problem>();
    let plain =
        response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let problem = match problem {
        Some(problem) => problem,
        None if (status.is_client_error() || status.is_server_error()) && plain => Problem::status(status),
        None => return response,
    };
    let mut rendered = page(&problem, &visit);
    for (name, value) in response.headers() {
        // What the refusal says besides its text stays, such as `Allow` and `Retry-After`.
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    rendered
}

fn page(problem: &Problem, visit: &Visit) -> Response {
    let words = visit.words();
    let title = problem.plain(words);
    let portal = problem.0.portal.unwrap_or(match visit.audience {
        Some(Audience::Customer(_)) => Portal::Customer,
        Some(Audience::Authority) => Portal::Authority,
        Some(Audience::Partner) | None => Portal::Partner,
    });
    let frame = Page::new(visit, portal, title);
    let mut actions: Vec<Button> =
        problem.0.actions.iter().map(|action| link(action.href.as_str(), words.t(action.words))).collect();
    if problem.0.confirm
        && let Some(audience) = visit.audience
    {
        let back = problem.0.back.as_deref().unwrap_or(&visit.asked);
        actions.push(link(confirm_path(audience, back), words.t("problem-confirm")));
    }
    if actions.is_empty() {
        actions.push(link(frame.home, words.t("problem-home")));
    }
    if let Some(first) = actions.first_mut() {
        *first = first.clone().primary();
    }
    let view = View {
        page: frame,
        problem: &problem.0,
        text: problem.marked(words),
        actions,
        details: problem.0.details.iter().map(|(words_key, value)| (words.t(words_key), value.as_str())).collect(),
        request_id: &visit.request_id.0,
        time: moment(words, visit.now),
    };
    match render(&view) {
        Ok(page) => (problem.0.status, page).into_response(),
        Err(_) => problem.0.status.into_response(),
    }
}

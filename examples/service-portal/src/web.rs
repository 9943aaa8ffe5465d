//! What all answers share: headers, cookies, the two static files, and the page that says what went wrong.

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::{Service, Settings};

/// Nothing that is sent here is larger, in bytes.
const LARGEST: usize = 64 * 1024;

/// Stylesheet and icon.
pub fn files() -> Router<Service> {
    let file = |kind: &'static str, text: &'static str| {
        get(
            move || async move { ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=3600")], text) },
        )
    };
    Router::new()
        .route("/style.css", file("text/css; charset=utf-8", include_str!("../static/style.css")))
        .route("/icon.svg", file("image/svg+xml", include_str!("../static/icon.svg")))
}

/// Puts limits and headers around all routes.
pub fn finish(routes: Router<Service>, settings: &Settings) -> Router<Service> {
    // A form may be answered with a redirect to the authority, which browsers count as the form's action.
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; base-uri 'none'; \
         frame-ancestors 'none'",
        settings.authority
    );
    // An origin consists of characters that a header may hold; were it otherwise, nothing at all may be loaded.
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    routes.layer(DefaultBodyLimit::max(LARGEST)).layer(map_response(move |mut response: Response| {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        async { response }
    }))
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    all.flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A cookie that no script and no other site's form gets. `age` is in seconds; without it the browser's end ends it.
pub fn set_cookie(settings: &Settings, name: &str, value: &str, path: &str, age: Option<i64>) -> String {
    let age = age.map(|it| format!("; Max-Age={it}")).unwrap_or_default();
    let secure = if settings.url.starts_with("https:") { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax{secure}{age}")
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
    again: Option<&'a str>,
}

/// A page that says one thing and leads on, if there is a way.
pub fn message(status: StatusCode, title: &str, text: &str, again: Option<&str>) -> Response {
    page(status, &Message { title, text, again })
}

/// A page of a template.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

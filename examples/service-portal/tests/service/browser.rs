//! Somebody's browser, as far as the service can tell.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use openidconnect::url::{Url, form_urlencoded};
use tower::ServiceExt as _;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    /// Where it leads.
    pub fn location(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.header(header::LOCATION).to_owned()
    }

    /// The parameters of the address it leads to.
    pub fn query(&self) -> BTreeMap<String, String> {
        let url: Url = self.location().parse().unwrap();
        url.query_pairs().into_owned().collect()
    }

    #[track_caller]
    pub fn says(&self, status: u16, text: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert!(self.text.contains(text), "{:?} does not contain {text:?}", self.text);
    }
}

/// A browser with its cookies.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let form = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(form, body.into()).await
    }

    pub async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
                continue;
            }
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// The token that the forms of the page carry.
    pub async fn form_token(&mut self) -> String {
        let page = self.get("/").await.text;
        let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

//! The layer around all pages, rule by rule.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests themselves")]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use axum::routing::{get, post};
use entente_domain::time::Timestamp;
use entente_portal::web::{Form, FormGuard, MAX_BODY, POLICY, Query, Visit, Web, assets, shell};
use entente_portal::{Problem, gallery, key};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use tower::ServiceExt as _;

const HTTPS: &str = "portal.good.example";
const HTTP: &str = "localhost:8080";

#[derive(Deserialize)]
struct Sample {
    name: String,
}

fn app() -> Router {
    app_with(Duration::from_secs(20))
}

fn app_with(timeout: Duration) -> Router {
    let guarded = Router::new()
        .route("/guarded", post(async |Form(sample): Form<Sample>| sample.name))
        .layer(axum::Extension(FormGuard::new("right", |token| token == "right")));
    let pages = Router::new()
        .route("/unguarded", post(async |Form(sample): Form<Sample>| sample.name))
        .route("/query", get(async |Query(sample): Query<Sample>| sample.name))
        .route("/address", get(async |visit: Visit| visit.address.to_string()))
        .route("/slow", get(async || std::future::pending::<String>().await))
        .route("/panic", get(async || -> String { panic!("on purpose") }))
        .route("/json", get(async || (StatusCode::CONFLICT, axum::Json("kept"))))
        .route("/limited", get(async || ([(header::RETRY_AFTER, "60")], Problem::too_many())))
        .route("/foreign", get(async || -> Result<String, Problem> { Err(Problem::not_found()) }))
        .route("/named", get(named))
        .merge(guarded)
        .merge(gallery::routes());
    let origins = vec![format!("https://{HTTPS}").parse().unwrap(), format!("http://{HTTP}").parse().unwrap()];
    let web = Web::new("Halden Cloud", origins, || Timestamp::from_seconds(1_795_427_880), || "trace-1".to_owned())
        .with_proxies(vec!["10.0.0.0/8".parse().unwrap()])
        .with_timeout(timeout);
    shell(pages, web)
}

async fn named() -> Problem {
    use entente_portal::problem::Said;
    Problem::new(StatusCode::CONFLICT, "sample", key!("problem-refused-title"), key!("pager-count"))
        .value("from", Said::Name("<A & B>".to_owned()))
        .value("to", Said::Count(1_204))
        .value("n", Said::Day(Timestamp::from_seconds(1_804_844_520)))
        .action("/partners", key!("problem-home"))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// A refusal is a page with its code and the trace, in the frame of the portal.
    fn assert_problem(&self, status: StatusCode, code: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert!(self.body.contains(&format!("<code>{code}</code>")), "{}", self.body);
        assert!(self.body.contains("<code>trace-1</code>") && self.body.contains("class=\"topbar\""));
    }
}

async fn send(method: Method, host: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.into()).unwrap();
    let peer: SocketAddr = "10.0.0.1:4000".parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    answer(app().oneshot(request).await.unwrap()).await
}

async fn answer(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

async fn read(path: &str) -> Answer {
    send(Method::GET, HTTPS, path, &[], Body::empty()).await
}

async fn fill(path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
    all.extend_from_slice(headers);
    send(Method::POST, HTTPS, path, &all, body.to_owned()).await
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    for path in ["/_ui", "/nothing", "/panic", "/json", assets().css.as_str()] {
        let answer = read(path).await;
        assert_eq!(answer.header("content-security-policy"), POLICY, "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000");
        assert_eq!(answer.header("x-request-id"), "trace-1");
    }
    let plain = send(Method::GET, HTTP, "/_ui", &[], Body::empty()).await;
    assert!(!plain.headers.contains_key("strict-transport-security"));
    assert_eq!(
        POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
}

#[tokio::test]
async fn pages_are_never_stored_and_static_files_for_ever() {
    let page = read("/_ui").await;
    assert_eq!(page.header("cache-control"), "no-store");
    let vary: Vec<_> = page.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.contains(&"Cookie, Accept-Language"), "{vary:?}");
    for (path, kind) in [(&assets().css, "text/css"), (&assets().js, "text/javascript"), (&assets().icon, "image/svg")]
    {
        let file = read(path).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(file.header("content-type").starts_with(kind));
        assert!(page.body.contains(path.as_str()), "{path}");
    }
    read("/static/app.0000000000000000.css").await.assert_problem(StatusCode::NOT_FOUND, "not_found");
    let packed = send(Method::GET, HTTPS, &assets().css, &[("accept-encoding", "gzip")], Body::empty()).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
}

#[tokio::test]
async fn only_configured_hosts_are_served() {
    for host in ["evil.example", "portal.good.example:99999", "localhost", "portal.good.example.", ""] {
        let answer = send(Method::GET, host, "/_ui", &[], Body::empty()).await;
        answer.assert_problem(StatusCode::MISDIRECTED_REQUEST, "wrong_host");
        assert!(!answer.body.contains("evil.example"));
    }
    let doubled = send(Method::GET, HTTPS, "/_ui", &[("host", "evil.example")], Body::empty()).await;
    assert_eq!(doubled.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(send(Method::GET, "PORTAL.good.example", "/_ui", &[], Body::empty()).await.status, StatusCode::OK);
    let unnamed = Request::builder().uri("/_ui").body(Body::empty()).unwrap();
    assert_eq!(app().oneshot(unnamed).await.unwrap().status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn no_header_of_a_proxy_changes_a_page() {
    let plain = read("/_ui").await;
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "//evil.example"),
        ("x-original-url", "/admin"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-http-method-override", "DELETE"),
    ] {
        let answer = send(Method::GET, HTTPS, "/_ui", &[(name, value)], Body::empty()).await;
        assert_eq!((answer.status, answer.body), (StatusCode::OK, plain.body.clone()), "{name}: {value}");
        assert_eq!(answer.headers, plain.headers, "{name}: {value}");
    }
}

#[tokio::test]
async fn the_address_comes_from_a_trusted_proxy_only() {
    let behind = [("x-forwarded-for", "6.6.6.6, 198.51.100.4")];
    assert_eq!(send(Method::GET, HTTPS, "/address", &behind, Body::empty()).await.body, "198.51.100.4");
    let direct = Request::builder().uri("/address").header("host", HTTPS).header("x-forwarded-for", "127.0.0.1");
    let mut direct = direct.body(Body::empty()).unwrap();
    let peer: IpAddr = "203.0.113.9".parse().unwrap();
    direct.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 4000)));
    assert_eq!(answer(app().oneshot(direct).await.unwrap()).await.body, "203.0.113.9");
}

#[tokio::test]
async fn posts_from_elsewhere_are_refused() {
    let body = "_token=right&name=x";
    for headers in [
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("origin", "http://portal.good.example")],
        vec![("origin", "http://localhost:8080")],
        vec![("origin", "null"), ("sec-fetch-site", "cross-site")],
        vec![("origin", "null"), ("sec-fetch-site", "none")],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("origin", "https://portal.good.example"), ("sec-fetch-site", "cross-site")],
        vec![("origin", "https://portal.good.example"), ("origin", "https://evil.example")],
    ] {
        fill("/guarded", &headers, body).await.assert_problem(StatusCode::FORBIDDEN, "form_from_elsewhere");
    }
    let own = [("origin", "https://portal.good.example"), ("sec-fetch-site", "same-origin")];
    // What a browser sends for a form of ours when the script is off.
    let unscripted = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    for headers in [&own[..], &unscripted[..], &[]] {
        let answer = fill("/guarded", headers, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "x"));
    }
}

#[tokio::test]
async fn forms_need_the_token_of_their_session() {
    for body in ["name=x", "_token=&name=x", "_token=wrong&name=x"] {
        fill("/guarded", &[], body).await.assert_problem(StatusCode::FORBIDDEN, "form_expired");
    }
    // A route whose session layer was forgotten refuses everything rather than nothing.
    fill("/unguarded", &[], "_token=right&name=x").await.assert_problem(StatusCode::FORBIDDEN, "form_expired");
}

#[tokio::test]
async fn broken_forms_get_a_page() {
    for body in [
        "_token=right",
        "_token=right&name=a&name=b",
        "_token=right&name=%ff",
        "_token=right&name=%q",
        "_token=right&_token=right&name=a",
    ] {
        fill("/guarded", &[], body).await.assert_problem(StatusCode::BAD_REQUEST, "form_unreadable");
    }
    let extra = fill("/guarded", &[], "_token=right&name=a+%26+b&unknown=1").await;
    assert_eq!((extra.status, extra.body.as_str()), (StatusCode::OK, "a & b"));
    let json = send(Method::POST, HTTPS, "/guarded", &[("content-type", "application/json")], "{}").await;
    json.assert_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "form_unreadable");
    read("/query?name=a&name=b").await.assert_problem(StatusCode::BAD_REQUEST, "form_unreadable");
    read("/query").await.assert_problem(StatusCode::BAD_REQUEST, "form_unreadable");
    assert_eq!(read("/query?name=a&other=b").await.body, "a");
}

#[tokio::test]
async fn large_forms_are_refused_with_and_without_a_length() {
    let body = format!("_token=right&name={}", "x".repeat(MAX_BODY));
    let length = body.len().to_string();
    fill("/guarded", &[("content-length", &length)], &body)
        .await
        .assert_problem(StatusCode::PAYLOAD_TOO_LARGE, "form_too_large");
    fill("/guarded", &[], &body).await.assert_problem(StatusCode::PAYLOAD_TOO_LARGE, "form_too_large");
    let fits = format!("_token=right&name={}", "x".repeat(MAX_BODY - 100));
    assert_eq!(fill("/guarded", &[], &fits).await.status, StatusCode::OK);
}

#[tokio::test]
async fn refusals_of_every_kind_are_pages_with_a_true_status() {
    read("/nothing").await.assert_problem(StatusCode::NOT_FOUND, "not_found");
    read("/panic").await.assert_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    let wrong_method = fill("/_ui", &[], "").await;
    wrong_method.assert_problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
    assert_eq!(wrong_method.header("allow"), "GET,HEAD");
    let limited = read("/limited").await;
    limited.assert_problem(StatusCode::TOO_MANY_REQUESTS, "too_many_tries");
    assert_eq!(limited.header("retry-after"), "60");
    let json = read("/json").await;
    assert_eq!((json.status, json.body.as_str()), (StatusCode::CONFLICT, "\"kept\""));
}

#[tokio::test]
async fn foreign_and_unknown_look_alike() {
    let (foreign, unknown) = (read("/foreign").await, read("/unknown").await);
    assert_eq!((foreign.status, foreign.headers.len()), (unknown.status, unknown.headers.len()));
    // Only the place a preference form returns to differs, and the visitor typed that.
    assert_eq!(foreign.body.replace("/foreign", "/unknown"), unknown.body);
}

#[tokio::test]
async fn a_handler_that_hangs_is_given_up() {
    let request = Request::builder().uri("/slow").header(header::HOST, HTTPS).body(Body::empty()).unwrap();
    let given_up = answer(app_with(Duration::from_millis(20)).oneshot(request).await.unwrap()).await;
    given_up.assert_problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
}

#[tokio::test]
async fn a_problem_fills_in_its_values_escaped() {
    let answer = read("/named").await;
    answer.assert_problem(StatusCode::CONFLICT, "sample");
    assert!(answer.body.contains("<strong>&lt;A &amp; B&gt;</strong>–1,204 of 12 Mar 2027"), "{}", answer.body);
    assert!(answer.body.contains(r#"href="/partners""#));
}

#[tokio::test]
async fn preferences_are_kept_in_safe_cookies() {
    let set = fill("/preferences", &[], "theme=dark&return=%2F_ui%3Fopen%3D1").await;
    assert_eq!((set.status, set.header("location")), (StatusCode::SEE_OTHER, "/_ui?open=1"));
    assert_eq!(set.cookies(), ["__Host-theme=dark; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000"]);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let plain = send(Method::POST, HTTP, "/preferences", &form, "language=zh-CN&keys=off").await;
    assert_eq!(
        plain.cookies(),
        [
            "lang=zh-CN; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000",
            "keys=off; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"
        ]
    );
    for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "/%09/evil.example"] {
        let body = format!("theme=dark&return={}", elsewhere.replace('%', "%25"));
        assert_eq!(fill("/preferences", &[], &body).await.header("location"), "/", "{elsewhere}");
    }
    fill("/preferences", &[], "theme=pink").await.assert_problem(StatusCode::BAD_REQUEST, "form_unreadable");
}

#[tokio::test]
async fn pages_follow_the_preferences() {
    let cookies = [("cookie", "__Host-theme=dark; theme=light; lang=zh-CN; density=compact; keys=off")];
    let page = send(Method::GET, HTTPS, "/_ui", &cookies, Body::empty()).await;
    let root = r#"<html lang="zh-CN" data-theme="dark" data-density="compact" data-keys="off">"#;
    assert!(page.body.contains(root), "{}", &page.body[..300]);
    let accept = [("accept-language", "zh;q=0.9, en;q=0.1"), ("cookie", "theme=pink; lang=xx")];
    let page = send(Method::GET, HTTPS, "/nothing", &accept, Body::empty()).await;
    assert!(page.body.contains(r#"<html lang="zh-CN">"#) && page.body.contains("此处没有内容"));
}

#[tokio::test]
async fn layouts_look_as_reviewed() {
    let settle = |body: String| {
        let known = assets();
        body.replace(&known.css, "[css]").replace(&known.js, "[js]").replace(&known.icon, "[icon]")
    };
    let gallery = settle(read("/_ui").await.body);
    let (start, end) = (gallery.find("<div class=\"app\">").unwrap(), gallery.find("<nav class=\"crumbs\"").unwrap());
    insta::assert_snapshot!(
        "layout_app",
        format!("{}\n..\n{}", &gallery[..end], &gallery[gallery.find("<div class=\"toasts\"").unwrap()..])
    );
    assert!(start < end);
    insta::assert_snapshot!("layout_problem", settle(read("/nothing").await.body));
}

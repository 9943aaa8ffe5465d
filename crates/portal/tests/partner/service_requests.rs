//! Service requests in the partner portal: opening one without privileges, notes with files, downloads, closing.

use axum::http::StatusCode;
use entente_app::service_request::desk;
use entente_domain::directory::PartnerRole;
use entente_domain::service_request::attachment::MAX_SIZE;
use entente_portal::web::MAX_UPLOAD;

use super::world::{Answer, World};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0picture";

fn list(w: &World) -> String {
    format!("/partner/customers/{}/service-requests", w.customer.id)
}

/// Where the first file of a page leads.
fn first_file(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("/files/").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_helpdesk_agent_opens_one_without_privileges_and_closes_it() {
    let w = World::new();
    entente_app::relationship::give_up_privileges(&w.test.app, &w.maya, w.customer.id).unwrap();
    w.person(&w.partner, "Jonas", PartnerRole::HelpdeskAgent);
    let mut jonas = w.browser("jonas").await;
    let here = list(&w);
    jonas.get(&here).await.says(StatusCode::OK, &["No service requests yet.", "Open a service request"]);
    let account = jonas.get(&format!("/partner/customers/{}", w.customer.id)).await;
    account.says(StatusCode::OK, &[&format!("href=\"{here}\"")]);
    let fields = [
        ("title", "Mail <b>is</b> late"),
        ("topic", "domains"),
        ("severity", "critical"),
        ("description", "Since Monday.\nEvery day."),
    ];
    let one = format!("{here}/1000001");
    jonas.post(&format!("{here}/new"), &fields).await.goes(&format!("{one}?done=request-opened"));
    let page = jonas.get(&one).await;
    page.says(
        StatusCode::OK,
        &[
            "Service request 1000001",
            "Mail &#60;b&#62;is&#60;/b&#62; late",
            "Jonas at Brightwater IT",
            "Due in 2 h 0 min",
        ],
    );
    page.says(StatusCode::OK, &["Critical", "Domains and mail", "enctype=\"multipart/form-data\""]);
    w.test.clock.advance_seconds(2 * 3_600 + 1);
    let mut jonas = w.browser("jonas").await;
    jonas.get(&here).await.says(StatusCode::OK, &["1000001", "Overdue"]);
    desk::ask_back(&w.test.app, 1_000_001, "Which domain?".parse().unwrap()).unwrap();
    let page = jonas.get(&one).await;
    page.says(StatusCode::OK, &["Halden Cloud waits for you", "Which domain?", "Attention needed", "Too late"]);
    jonas.post(&format!("{one}/notes"), &[("text", "fjordline.no")]).await.goes(&format!("{one}?done=request-noted"));
    jonas.get("/partner/service-requests").await.says(StatusCode::OK, &["Fjordline Logistics AS", "1000001"]);
    jonas.get("/partner/service-requests?state=closed").await.says(StatusCode::OK, &["match these filters"]);
    jonas.post(&one, &[("do", "close")]).await.goes(&format!("{one}?done=request-closed"));
    let closed = jonas.get(&one).await;
    closed.says(StatusCode::OK, &["can be opened again until", "Open again"]).silent(&["name=\"text\""]);
    let again = jonas.post(&one, &[("do", "close")]).await;
    again.says(StatusCode::CONFLICT, &["<code>request_closed</code>"]);
    jonas.post(&one, &[("do", "reopen")]).await.goes(&format!("{one}?done=request-reopened"));
}

#[tokio::test]
async fn a_sales_agent_reads_and_changes_nothing() {
    let w = World::new();
    let (number, _) = w.service_request();
    w.person(&w.partner, "Pia", PartnerRole::SalesAgent);
    let mut pia = w.browser("pia").await;
    let here = list(&w);
    pia.get(&here).await.says(StatusCode::OK, &["Mail is late"]).silent(&["Open a service request"]);
    let page = pia.get(&format!("{here}/{number}")).await;
    page.says(StatusCode::OK, &["See the file.", "a.log"]).silent(&["Add a note", "value=\"close\""]);
    for (path, fields) in [
        (format!("{here}/{number}"), vec![("do", "close")]),
        (format!("{here}/{number}/notes"), vec![("text", "x")]),
        (format!("{here}/new"), vec![]),
    ] {
        assert_eq!(pia.post(&path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn files_are_told_by_their_content_and_handed_out_as_downloads() {
    let w = World::new();
    let (number, _) = w.service_request();
    let mut maya = w.browser("maya").await;
    let one = format!("{}/{number}", list(&w));
    let token = maya.token().await;
    for (given, content, name, kind) in [
        ("../../etc/passwd", &b"root:x"[..], "passwd.txt", "text/plain; charset=utf-8"),
        ("page.html", b"<script>alert(1)</script>", "page.html.txt", "text/plain; charset=utf-8"),
        ("=1+1.png", PNG, "=1+1.png", "image/png"),
        ("run.exe", b"%PDF-1.7", "run.exe.pdf", "application/pdf"),
    ] {
        let before = maya.get(&one).await.body;
        let sent = maya
            .send_files(&format!("{one}/notes"), Some(&token), &[("text", "See")], &[("files", given, content)])
            .await;
        sent.goes(&format!("{one}?done=request-noted"));
        let page = maya.get(&one).await;
        page.says(StatusCode::OK, &[&name.replace('<', "&#60;")]);
        let new: Vec<&str> =
            page.body.split("/files/").skip(1).map(|it| &it[..36]).filter(|it| !before.contains(it)).collect();
        let file = maya.get(&format!("{one}/files/{}", new[0])).await;
        assert_eq!((file.status, file.body.len() >= content.len()), (StatusCode::OK, true));
        let header = |name: &str| file.headers.get(name).map_or("", |it| it.to_str().unwrap());
        assert_eq!(header("content-type"), kind);
        assert!(header("content-disposition").starts_with("attachment; filename=\"file."), "{given}");
        assert!(header("content-disposition").is_ascii() && !header("content-disposition").contains(['<', '/']));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").starts_with("sandbox; default-src 'none'"));
        assert_eq!(header("cache-control"), "no-store");
    }
    // No page but a download loses the usual policy.
    let policy = maya.get(&one).await.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(!policy.contains("sandbox"));
}

#[tokio::test]
async fn what_is_not_taken_says_why_and_keeps_the_text() {
    let w = World::new();
    let (number, _) = w.service_request();
    let mut maya = w.browser("maya").await;
    let one = format!("{}/{number}", list(&w));
    let notes = format!("{one}/notes");
    let token = maya.token().await;
    let big = vec![b'x'; MAX_SIZE + 1];
    let six: Vec<(&str, &str, &[u8])> = vec![("files", "a.png", PNG); 6];
    let before = w.events();
    for (files, said) in [
        (vec![("files", "a.png", &b"PK\x03\x04\0"[..])], "The content decides"),
        (vec![("files", "a.txt", b"a\0b")], "The content decides"),
        (vec![("files", "empty.txt", b"")], "The content decides"),
        (vec![("files", "big.txt", big.as_slice())], "up to 5 MB"),
        (six, "Send up to 5 files"),
    ] {
        let answer = maya.send_files(&notes, Some(&token), &[("text", "My <b>words</b>")], &files).await;
        answer.says(
            StatusCode::UNPROCESSABLE_ENTITY,
            &[said, "<a href=\"#files\">", "id=\"files\"", "My &#60;b&#62;words&#60;/b&#62;"],
        );
    }
    let both = maya.send_files(&notes, Some(&token), &[("text", "")], &[("files", "a.zip", b"PK\x03\x04\0")]).await;
    both.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#files\">", "<a href=\"#text\">"]);
    // Without the token no file is read, wherever it stands.
    for token in [None, Some(""), Some("x")] {
        let answer = maya.send_files(&notes, token, &[("text", "x")], &[("files", "a.png", PNG)]).await;
        answer.says(StatusCode::FORBIDDEN, &["<code>form_expired</code>"]);
    }
    let late = maya
        .send_files(&notes, None, &[("text", "x")], &[("files", "a.png", PNG), ("files", "_token", token.as_bytes())])
        .await;
    late.says(StatusCode::FORBIDDEN, &["<code>form_expired</code>"]);
    for body in [&b""[..], b"--XX", b"--YY\r\n\r\n--YY--", b"--XX\r\nno header\r\n--XX--"] {
        let answer = maya.send_as_form(&notes, body.to_vec()).await;
        assert!(matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN), "{}", answer.body);
    }
    let crowd: Vec<String> = (0..2_001).map(|n| format!("f{n}")).collect();
    let crowd: Vec<(&str, &str)> = crowd.iter().map(|name| (name.as_str(), "")).collect();
    let answer = maya.send_files(&notes, Some(&token), &crowd, &[]).await;
    answer.says(StatusCode::BAD_REQUEST, &["We could not read this form"]);
    let flood = maya.send_as_form(&notes, vec![b'x'; MAX_UPLOAD + 1]).await;
    assert!(flood.status.is_client_error());
    assert_eq!(w.events(), before, "nothing was added");
    // An empty file field is no file.
    let none = maya.send_files(&notes, Some(&token), &[("text", "Only words")], &[("files", "", b"")]).await;
    none.goes(&format!("{one}?done=request-noted"));
}

#[tokio::test]
async fn another_partner_gets_no_file() {
    let w = World::new();
    let (number, _) = w.service_request();
    let mut maya = w.browser("maya").await;
    let one = format!("{}/{number}", list(&w));
    let file = format!("{one}/files/{}", first_file(&maya.get(&one).await));
    let log = maya.get(&file).await;
    log.says(StatusCode::OK, &["<b>log</b>"]);
    let kind = entente_domain::tenant::PartnerKind::Direct;
    let other = w.test.partner("Nordic Distribution", "nordic.no", kind, &["NO"], None);
    let otto = w.person(&other, "Otto", PartnerRole::GlobalAdmin);
    w.connect(&otto, &w.customer, &w.admin, true);
    let mut otto = w.browser_of("otto@nordic.no", entente_testkit::app::PASSWORD).await;
    let here = otto.get(&list(&w)).await;
    here.says(StatusCode::OK, &["No service requests yet."]);
    for path in [&one, &file, &format!("{one}/notes")] {
        assert_ne!(otto.get(path).await.status, StatusCode::OK, "{path}");
    }
}

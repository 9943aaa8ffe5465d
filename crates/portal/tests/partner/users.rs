//! A customer's users, page by page: as a partner's person looks after them, and where the privileges are missing.

use axum::http::StatusCode;
use entente_app::{relationship, user_import};
use entente_domain::directory::PartnerRole;
use entente_domain::directory_role::BILLING_ADMINISTRATOR;

use super::world::{Answer, World};

fn here(w: &World) -> String {
    format!("/partner/customers/{}/users", w.customer.id)
}

/// What stands in the box that copies: the password shown once.
fn shown(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("data-copy=\"").unwrap_or_else(|| panic!("{}", answer.body));
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn one_user_from_the_first_password_to_the_end() {
    let w = World::new();
    w.everything();
    let mut liv = w.browser_of_everything().await;
    let here = here(&w);
    liv.get(&format!("/partner/customers/{}", w.customer.id))
        .await
        .says(StatusCode::OK, &[&format!("href=\"{here}\"")]);
    let form = [("name", "Kim Berg"), ("upn", "kim@fjordline.no"), ("usage_location", "NO"), ("department", "Sales")];
    let once = liv.post(&format!("{here}/new"), &form).await;
    once.says(StatusCode::OK, &["kim@fjordline.no", "shown once"]);
    assert_eq!(shown(&once).len(), 23);
    let list = liv.get(&here).await;
    list.says(StatusCode::OK, &["Kim Berg", "kim@fjordline.no", "Ingrid", "Never", "Global administrator"]);
    let (before, _) = list.body.split_once("\">Kim Berg</a>").unwrap();
    let place = before.rsplit("href=\"").next().unwrap().to_owned();
    let record = liv.get(&place).await;
    record.says(StatusCode::OK, &["value=\"Sales\"", "Chooses a new password", "name=\"version\" value=\"1\""]);
    record.silent(&[&shown(&once)]);

    let mut save = vec![("do", "save"), ("version", "1"), ("name", "Kim Dahl"), ("job_title", "=1+1")];
    liv.post(&place, &save).await.goes(&format!("{place}?done=user-saved"));
    liv.get(&place).await.says(StatusCode::OK, &["Kim Dahl", "value=\"=1+1\""]);
    liv.post(&place, &save).await.goes(&format!("{place}?done=user-saved"));
    save[2] = ("name", "Kim Lie");
    liv.post(&place, &save).await.says(StatusCode::CONFLICT, &["<code>conflict</code>"]);
    save[2] = ("name", "");
    liv.post(&place, &save).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#name\">"]);

    let billing = BILLING_ADMINISTRATOR.to_string();
    liv.post(&place, &[("do", "roles"), ("roles[]", &billing)]).await.goes(&format!("{place}?done=user-roles"));
    liv.get(&place).await.says(StatusCode::OK, &[&format!("value=\"{billing}\" checked")]);
    let answer = liv.post(&place, &[("do", "roles"), ("roles[]", "x")]).await;
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#roles\">"]);
    liv.post(&place, &[("do", "block")]).await.goes(&format!("{place}?done=user-blocked"));
    liv.get(&format!("{here}?state=blocked")).await.says(StatusCode::OK, &["Kim Dahl"]).silent(&["Ingrid</a>"]);
    liv.post(&place, &[("do", "unblock")]).await.goes(&format!("{place}?done=user-unblocked"));
    liv.post(&place, &[("do", "reset")]).await.says(StatusCode::OK, &["shown once"]);
    liv.post(&place, &[("do", "delete")]).await.goes(&format!("{place}?done=user-deleted"));
    liv.get(&here).await.silent(&["Kim Dahl"]);
    liv.get(&format!("{here}?state=deleted")).await.says(StatusCode::OK, &["Kim Dahl", "Can be restored until"]);
    liv.get(&place).await.says(StatusCode::OK, &["Restore user"]).silent(&["value=\"save\"", "value=\"block\""]);
    liv.post(&place, &[("do", "restore")]).await.goes(&format!("{place}?done=user-restored"));
    liv.get(&format!("{place}?done=user-restored")).await.says(StatusCode::OK, &["Restored, without roles and groups"]);

    let list = liv.post(&format!("{here}/export.csv?q=kim"), &[]).await;
    assert!(list.headers["content-disposition"].to_str().unwrap().contains("users-2026-11-23.csv"));
    assert!(list.body.contains("\"'=1+1\"") && !list.body.contains("Ingrid"));
    liv.get("/partner/activity").await.says(StatusCode::OK, &["was restored", "Acting as Global administrator"]);
    let ingrid = format!("{here}/{}", w.admin.person.unwrap());
    liv.post(&ingrid, &[("do", "delete")]).await.says(StatusCode::CONFLICT, &["<code>last_administrator</code>"]);
    for bad in ["?cursor=x", "?from=x", "?q=a&q=b"] {
        assert_eq!(liv.get(&format!("{here}{bad}")).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    liv.get(&format!("{here}?q=%E2%80%AEx"))
        .await
        .says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#q\">", "id=\"q\""]);
    liv.get(&format!("{here}?q=nobody")).await.says(StatusCode::OK, &["No users match"]);
}

#[tokio::test]
async fn without_privileges_the_page_says_why_and_how_to_ask() {
    let w = World::new();
    let liv = w.everything();
    let user = w.user("Ida Berg");
    w.person(&w.partner, "Sara", PartnerRole::SalesAgent);
    let here = here(&w);
    let mut sara = w.browser("sara").await;
    sara.get(&here).await.says(StatusCode::OK, &["None of your roles"]).silent(&["Ida Berg", "/restore\""]);
    relationship::remove_privileges(&w.test.app, &w.admin, w.partner.tenant.id, None).unwrap();
    let mut browser = w.browser_of_everything().await;
    let ask = format!("href=\"/partner/customers/{}/restore\"", w.customer.id);
    browser.get(&here).await.says(StatusCode::OK, &[&ask, "Ask to restore"]).silent(&["Ida Berg"]);
    for path in [format!("{here}/new"), format!("{here}/import"), format!("{here}/{user}")] {
        browser.get(&path).await.says(StatusCode::FORBIDDEN, &[&ask]).silent(&["Ida Berg"]);
    }
    let answer = browser.post(&format!("{here}/{user}"), &[("do", "delete")]).await;
    answer.says(StatusCode::FORBIDDEN, &["<code>privileges_removed</code>"]);
    assert!(user_import::mine(&w.test.app, &liv, w.customer.id).is_err());
}

#[tokio::test]
async fn the_form_for_a_user_refuses_field_by_field_and_keeps_what_was_typed() {
    let w = World::new();
    w.everything();
    let mut liv = w.browser_of_everything().await;
    let place = format!("{}/new", here(&w));
    let good = [
        ("name", "Kim Berg"),
        ("upn", "kim@fjordline.no"),
        ("mail", "kim@mail.example"),
        ("given_name", "Kim"),
        ("family_name", "Berg"),
        ("phone", "+47 22 00 00 00"),
        ("department", "Finance"),
        ("job_title", "Clerk"),
    ];
    for (field, bad) in [
        ("name", ""),
        ("name", "a\u{7}b"),
        ("name", "Cont\u{43e}so"),
        ("upn", ""),
        ("upn", "kim"),
        ("upn", "kim@elsewhere.no"),
        ("upn", "ingrid@fjordline.no"),
        ("mail", "x"),
        ("given_name", "\u{202e}x"),
        ("family_name", "Con\u{200b}toso"),
        ("usage_location", "XX"),
        ("usage_location", "<b>"),
        ("phone", "call me"),
        ("phone", "12"),
        ("department", "A\r\nBcc: x@example.org"),
        ("job_title", "=?utf-8?q?x?="),
    ] {
        let filled: Vec<(&str, &str)> =
            good.iter().copied().filter(|(name, _)| *name != field).chain([(field, bad)]).collect();
        let answer = liv.post(&place, &filled).await;
        let case = format!("{field} with {bad:?}");
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{case}: {}", answer.body);
        assert!(answer.body.contains(&format!("<a href=\"#{field}\">")), "{case}: {}", answer.body);
        for (name, kept) in good.iter().filter(|(name, _)| *name != field) {
            assert!(answer.body.contains(&format!("value=\"{kept}\"")), "{case}: {name} was not kept");
        }
        let long = "a".repeat(5_000);
        let filled: Vec<(&str, &str)> =
            good.iter().copied().filter(|(name, _)| *name != field).chain([(field, long.as_str())]).collect();
        liv.post(&place, &filled).await.says(StatusCode::UNPROCESSABLE_ENTITY, &[&format!("<a href=\"#{field}\">")]);
    }
    liv.post(&place, &[("do", "x")]).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#upn\">"]);
}

#[tokio::test]
async fn users_from_a_file() {
    let w = World::new();
    w.everything();
    let mut liv = w.browser_of_everything().await;
    let place = format!("{}/import", here(&w));
    liv.get(&place).await.says(StatusCode::OK, &["Sign-in name", "multipart/form-data", "10,000"]);
    for (file, said) in [
        (&b""[..], "no lines"),
        (b"Name\nx\n", "Sign-in name\u{201d} is missing"),
        (b"Sign-in name,Display name,Shoe size\na,b,c\n", "Shoe size\u{201d} is not known"),
        (b"Sign-in name,Display name,User name\na,b,c\n", "Two columns mean"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"Sign-in name,Display name\na,\"b\xff\n", "no text in UTF-8"),
    ] {
        let answer = liv.bring(&place, file).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#file\">", said]);
    }
    let mut endless = b"Sign-in name,Display name\nx@fjordline.no,\"".to_vec();
    endless.resize(2_000_000, b'x');
    liv.bring(&place, &endless).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["Line 2 does not end"]);
    endless.resize(2_100_000, b'x');
    liv.bring(&place, &endless).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["larger than 2 MB"]);
    endless.resize(entente_portal::web::MAX_UPLOAD + 1, b'x');
    liv.bring(&place, &endless).await.says(StatusCode::PAYLOAD_TOO_LARGE, &["form_too_large"]);

    // In GBK, as spreadsheets in China write it.
    let mut file = "Sign-in name,Display name\nli@fjordline.no,".as_bytes().to_vec();
    file.extend_from_slice(b"\xc0\xee\xc0\xd7\nkim@elsewhere.no,=1+1\n");
    let answer = liv.bring(&place, &file).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let import = answer.location().to_owned();
    let checked = liv.get(&import).await;
    checked.says(
        StatusCode::OK,
        &["Nobody has been added yet", "One user will be added", "=1+1", "does not end in a domain"],
    );
    let early = liv.post(&format!("{import}/result.csv"), &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    liv.post(&import, &[("do", "start")]).await.goes(&format!("{import}?done=import-started"));
    liv.get(&import).await.says(StatusCode::OK, &["<progress id=\"progress\" max=\"1\" value=\"0\">", "data-reload"]);
    while user_import::work(&w.test.app, 5).unwrap() > 0 {}
    liv.get(&import).await.says(StatusCode::OK, &["One user was added", "this one time"]).silent(&["data-reload"]);
    let result = liv.post(&format!("{import}/result.csv"), &[]).await;
    assert!(result.body.contains("\"李雷\",\"Added\",\""), "{}", result.body);
    assert!(result.body.contains("\"'=1+1\""), "{}", result.body);
    let again = liv.post(&format!("{import}/result.csv"), &[]).await;
    assert!(again.body.contains("\"李雷\",\"Added\",\"\""), "{}", again.body);
    liv.get(&import).await.says(StatusCode::OK, &["no longer in it"]);
    liv.get(&here(&w)).await.says(StatusCode::OK, &["李雷"]);
    // Without a file, what was pasted counts.
    let pasted = liv.post(&place, &[("text", "Name\tUser name\nBo\tbo@fjordline.no\n")]).await;
    assert_eq!(pasted.status, StatusCode::SEE_OTHER, "{}", pasted.body);
    let import = pasted.location().to_owned();
    liv.post(&import, &[("do", "stop")]).await.goes(&format!("{import}?done=import-stopped"));
    liv.post(&import, &[("do", "everything")]).await.says(StatusCode::BAD_REQUEST, &[]);
}

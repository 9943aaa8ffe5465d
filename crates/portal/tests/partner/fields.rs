//! Every form field with what people and attackers type into it: the field's own message, and what was typed still there.

use axum::http::StatusCode;

use super::world::{Answer, Browser, World};

/// How a field takes an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Answers 422 with its message.
    No,
    /// Takes it as the text it is.
    Text,
}

/// The cases, and how a field of each kind takes them. The kinds: a line that names somebody, a heading, a text of several
/// lines, and anything with a form of its own (address, domain, number, choice).
const CASES: &[(&str, &str, Takes, Takes, Takes)] = &[
    ("a control character", "a\u{7}b", Takes::No, Takes::No, Takes::No),
    ("a line break", "A\r\nBcc: x@example.org", Takes::No, Takes::No, Takes::Text),
    ("a line separator", "A\u{2028}Bcc: x@example.org", Takes::No, Takes::No, Takes::No),
    ("a direction override", "\u{202e}gro.elpmaxe", Takes::No, Takes::No, Takes::No),
    ("an invisible character", "Con\u{200b}toso", Takes::No, Takes::No, Takes::No),
    ("mixed alphabets", "Cont\u{43e}so", Takes::No, Takes::Text, Takes::Text),
    ("a stamp of approval", "Contoso \u{2705} verified", Takes::No, Takes::Text, Takes::Text),
    ("an encoded word", "=?utf-8?q?A=0D=0ABcc:_x@example.org?=", Takes::No, Takes::No, Takes::Text),
    ("markup", "\"><script>x()</script>", Takes::Text, Takes::Text, Takes::Text),
    ("a template", "{{7*7}} ${7*7} <%= 7*7 %>", Takes::Text, Takes::Text, Takes::Text),
    ("a formula", "=1+1", Takes::Text, Takes::Text, Takes::Text),
    ("a command", "=cmd|' /C calc'!A0", Takes::Text, Takes::Text, Takes::Text),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Name,
    Heading,
    Body,
    /// Nothing of the list is one.
    Strict,
    /// One of a list: nothing typed is shown again, since the choice itself is.
    Choice,
}

struct Form<'a> {
    path: String,
    /// A filling that would be taken.
    good: Vec<(&'a str, &'a str)>,
    fields: Vec<(&'a str, Kind)>,
}

fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('"', "&#34;").replace('\'', "&#39;").replace('<', "&#60;").replace('>', "&#62;")
}

impl Form<'_> {
    async fn send(&self, browser: &mut Browser, field: &str, value: &str) -> Answer {
        let mut filled: Vec<(&str, &str)> = self.good.iter().copied().filter(|(name, _)| *name != field).collect();
        filled.push((field, value));
        browser.post(&self.path, &filled).await
    }

    async fn refused(&self, browser: &mut Browser, field: &str, kind: Kind, value: &str, said: &str) {
        let answer = self.send(browser, field, value).await;
        let case = format!("{} {field} with {said}", self.path);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{case}: {}", answer.body);
        let id = field.trim_end_matches("[]");
        assert!(answer.body.contains(&format!("<a href=\"#{id}\">")), "{case}: no message in {}", answer.body);
        assert!(answer.body.contains(&format!("id=\"{id}\"")), "{case}: the message leads nowhere");
        if !matches!(kind, Kind::Choice) {
            // Browsers and our reader make CR LF of a line break; a page shows LF.
            let kept = escaped(value);
            assert!(answer.body.contains(&kept), "{case}: what was typed is gone from {}", answer.body);
        }
        for (name, good) in self.good.iter().filter(|(name, good)| *name != field && !good.is_empty() && *name != "do")
        {
            let secret = matches!(*name, "current" | "password" | "repeat");
            assert_eq!(answer.body.contains(&escaped(good)), !secret, "{case}: {name} was not kept");
        }
        assert!(!answer.body.contains("<script>"), "{case}");
    }

    async fn probe(&self, browser: &mut Browser) {
        for (field, kind) in &self.fields {
            for (said, value, name, heading, body) in CASES {
                let takes = match kind {
                    Kind::Name => *name,
                    Kind::Heading => *heading,
                    Kind::Body => *body,
                    Kind::Strict | Kind::Choice => Takes::No,
                };
                if takes == Takes::No {
                    self.refused(browser, field, *kind, value, said).await;
                } else {
                    let answer = self.send(browser, field, value).await;
                    assert_eq!(
                        answer.status,
                        StatusCode::SEE_OTHER,
                        "{} {field} with {said}: {}",
                        self.path,
                        answer.body
                    );
                }
            }
            let long = "a".repeat(5_000);
            self.refused(browser, field, *kind, &long, "5,000 characters").await;
        }
    }
}

#[tokio::test]
async fn the_request_form_refuses_field_by_field() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let form = Form {
        path: "/partner/requests/new".to_owned(),
        good: vec![
            ("kind", "reseller"),
            ("cloud", "public"),
            ("privileges", "on"),
            ("country", "NO"),
            ("domain", "lindqvist.no"),
            ("mail", "erik@lindqvist.no"),
            ("name", "Erik Lindqvist"),
            ("language", "en"),
        ],
        fields: vec![
            ("name", Kind::Name),
            ("mail", Kind::Strict),
            ("domain", Kind::Strict),
            ("kind", Kind::Choice),
            ("cloud", Kind::Choice),
            ("country", Kind::Choice),
            ("language", Kind::Choice),
        ],
    };
    form.probe(&mut maya).await;
    for field in ["kind", "cloud", "country", "language"] {
        form.refused(&mut maya, field, Kind::Choice, "", "nothing").await;
    }
    for field in ["domain", "mail", "name"] {
        let answer = form.send(&mut maya, field, "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{field} may stay empty");
    }
    form.refused(&mut maya, "mail", Kind::Strict, "erik@elsewhere.no", "another domain").await;
    form.refused(&mut maya, "country", Kind::Choice, "US", "a country outside of the region").await;
    // A direct partner's page does not ask for a companion; whoever sends one all the same is refused.
    let answer = form.send(&mut maya, "companion", &w.customer.id.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Everything wrong at once is said at once.
    let all: Vec<(&str, &str)> = form.fields.iter().map(|(name, _)| (*name, "\u{202e}")).collect();
    let answer = maya.post(&form.path, &all).await;
    for field in ["kind", "cloud", "country", "domain", "mail", "name", "language"] {
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &[&format!("<a href=\"#{field}\">")]);
    }
}

#[tokio::test]
async fn asking_to_restore_refuses_field_by_field() {
    let w = World::new();
    let app = &w.test.app;
    entente_app::relationship::remove_privileges(app, &w.admin, w.partner.tenant.id, None).unwrap();
    let mut maya = w.browser("maya").await;
    let form = Form {
        path: format!("/partner/customers/{}/restore", w.customer.id),
        good: vec![("mail", "ingrid@fjordline.no"), ("name", "Ingrid Solberg"), ("language", "en")],
        fields: vec![("mail", Kind::Strict), ("language", Kind::Choice)],
    };
    form.probe(&mut maya).await;
    for (said, value, ..) in CASES.iter().filter(|(_, _, takes, ..)| *takes == Takes::No) {
        form.refused(&mut maya, "name", Kind::Name, value, said).await;
    }
    let answer = form.send(&mut maya, "name", "\"><script>x()</script>").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let place = answer.location().to_owned();
    maya.get(&place).await.says(StatusCode::OK, &["&#60;script&#62;"]).silent(&["<script>"]);
    // At most one such request is open at a time.
    let again = form.send(&mut maya, "name", "Ingrid").await;
    again.says(StatusCode::TOO_MANY_REQUESTS, &["<code>too_many_tries</code>"]);
}

#[tokio::test]
async fn the_message_form_refuses_field_by_field() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let number = w.draft(&w.maya, &w.customer, true).invitation.number;
    let form = Form {
        path: format!("/partner/requests/{number}/message"),
        good: vec![
            ("mail", "ingrid@fjordline.no"),
            ("subject", "As agreed on Friday"),
            ("body", "Hello Ingrid, here it is."),
            ("do", "save"),
        ],
        fields: vec![("mail", Kind::Strict), ("subject", Kind::Heading), ("body", Kind::Body)],
    };
    form.probe(&mut maya).await;
    for field in ["subject", "body"] {
        form.refused(&mut maya, field, Kind::Choice, "", "nothing").await;
    }
    // Without an address it can be kept, but not sent from here.
    form.send(&mut maya, "mail", "").await.goes(&format!("{}?done=saved", form.path));
    let sending = [("mail", ""), ("subject", "As agreed"), ("body", "Hello"), ("do", "send")];
    let answer = maya.post(&form.path, &sending).await;
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#mail\">", "As agreed", "Hello"]);
    for what in ["", "x", "delete"] {
        let fields = [("mail", ""), ("subject", "s"), ("body", "b"), ("do", what)];
        assert_eq!(maya.post(&form.path, &fields).await.status, StatusCode::BAD_REQUEST, "do={what}");
    }
}

#[tokio::test]
async fn the_subscription_forms_refuse_field_by_field() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let form = Form {
        path: format!("/partner/customers/{}/subscriptions", w.customer.id),
        good: vec![("product", "productivity-standard"), ("quantity", "25")],
        fields: vec![("product", Kind::Choice), ("quantity", Kind::Strict)],
    };
    form.probe(&mut maya).await;
    form.refused(&mut maya, "product", Kind::Choice, "", "nothing").await;
    form.refused(&mut maya, "product", Kind::Choice, "fax-gateway", "a product not on sale any more").await;
    for quantity in ["0", "-1", "+5", "1.5", "1e3", "10000001", "\u{661}\u{662}"] {
        form.refused(&mut maya, "quantity", Kind::Strict, quantity, quantity).await;
    }
    form.refused(&mut maya, "quantity", Kind::Choice, "", "nothing").await;
    let usage_code = entente_domain::catalogue::available(w.customer.cloud, w.test.app.now())
        .find(|it| it.billing == entente_domain::catalogue::Billing::Usage)
        .unwrap()
        .code;
    let answer = maya.post(&form.path, &[("product", usage_code), ("quantity", "3")]).await;
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#quantity\">", "billed by use"]);
    maya.post(&form.path, &[("product", usage_code), ("quantity", "")])
        .await
        .goes(&format!("{}?done=added", form.path));

    for plan in ["", "x", "P1M-annual", "P9Y-monthly", "P1Y"] {
        form.refused(&mut maya, "plan", Kind::Choice, plan, plan).await;
    }
    let answer = form.send(&mut maya, "form", "not-a-mark").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = form.send(&mut maya, "do", "give").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);

    let row = format!("{}/{}", form.path, w.subscribe(5));
    let good = vec![("do", "rename")];
    Form { path: format!("{row}/change"), good, fields: vec![("name", Kind::Heading)] }.probe(&mut maya).await;
    // One that nobody has changed yet, so that its version is the first.
    let row = format!("{}/{}", form.path, w.subscribe(5));
    let good = vec![("do", "quantity"), ("seen", "1")];
    let change = Form { path: format!("{row}/change"), good, fields: vec![("quantity", Kind::Strict)] };
    change.probe(&mut maya).await;
    for quantity in ["0", "-1", "+6", "1e3", "10000001"] {
        change.refused(&mut maya, "quantity", Kind::Strict, quantity, quantity).await;
        let thought = maya.get(&format!("{row}?quantity={}", quantity.replace('+', "%2B"))).await;
        thought.says(StatusCode::OK, &["<a href=\"#quantity\">"]);
    }
    for what in ["", "x", "delete"] {
        assert_eq!(
            maya.post(&format!("{row}/change"), &[("do", what)]).await.status,
            StatusCode::BAD_REQUEST,
            "{what}"
        );
    }
    let mark = "00000000-0000-4000-8000-000000000001";
    let good = vec![("do", "extend"), ("form", mark), ("product", "extra-storage"), ("seats", "5")];
    let extend =
        Form { path: format!("{row}/change"), good, fields: vec![("product", Kind::Choice), ("seats", Kind::Strict)] };
    extend.probe(&mut maya).await;
    extend.refused(&mut maya, "product", Kind::Choice, "calling-plan", "an addition to something else").await;
    extend.refused(&mut maya, "product", Kind::Choice, "mail-plan", "no addition").await;
    for support in ["", "x", &w.customer.id.to_string()] {
        let answer = maya.post(&row, &[("do", "support"), ("support", support)]).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#support\">"]);
    }
}

#[tokio::test]
async fn the_service_request_forms_refuse_field_by_field() {
    let w = World::new();
    let (number, _) = w.service_request();
    let mut maya = w.browser("maya").await;
    let here = format!("/partner/customers/{}/service-requests", w.customer.id);
    let form = Form {
        path: format!("{here}/new"),
        good: vec![
            ("title", "Mail arrives late"),
            ("topic", "domains"),
            ("severity", "minimal"),
            ("description", "Since last Monday"),
        ],
        fields: vec![
            ("title", Kind::Heading),
            ("topic", Kind::Choice),
            ("severity", Kind::Choice),
            ("subscription", Kind::Choice),
            ("description", Kind::Body),
        ],
    };
    form.probe(&mut maya).await;
    for field in ["title", "topic", "severity", "description"] {
        form.refused(&mut maya, field, Kind::Choice, "", "nothing").await;
    }
    let nobodys = "00000000-0000-7000-8000-000000000000";
    form.refused(&mut maya, "subscription", Kind::Choice, nobodys, "a subscription nobody has").await;
    let note = Form { path: format!("{here}/{number}/notes"), good: Vec::new(), fields: vec![("text", Kind::Body)] };
    note.probe(&mut maya).await;
    note.refused(&mut maya, "text", Kind::Choice, "", "nothing").await;
    for what in ["", "x", "answer"] {
        let answer = maya.post(&format!("{here}/{number}"), &[("do", what)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "do={what}");
    }
    for query in ["?cursor=x", "?cursor=007"] {
        assert_eq!(maya.get(&format!("{here}{query}")).await.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn the_settings_forms_refuse_field_by_field() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let path = "/partner/settings".to_owned();
    let language =
        Form { path: path.clone(), good: vec![("do", "language")], fields: vec![("language", Kind::Choice)] };
    language.probe(&mut maya).await;
    let good = vec![
        ("do", "password"),
        ("current", entente_testkit::app::PASSWORD),
        ("password", "a-new-password-of-mine"),
        ("repeat", "a-new-password-of-mine"),
    ];
    let password = Form { path, good, fields: Vec::new() };
    password.refused(&mut maya, "repeat", Kind::Choice, "another", "two that differ").await;
    password.refused(&mut maya, "current", Kind::Choice, "wrong", "a wrong password").await;
    for short in ["", "short"] {
        let fields = [("do", "password"), ("current", "x"), ("password", short), ("repeat", short)];
        let answer = maya.post("/partner/settings", &fields).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#password\">"]);
    }
}

#[tokio::test]
async fn the_form_for_somebody_new_refuses_field_by_field() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let form = Form {
        path: "/partner/settings/people/new".to_owned(),
        good: vec![
            ("name", "Nora Berg"),
            ("upn", "maya@brightwater.no"),
            ("mail", "nora.berg@brightwater.no"),
            ("roles[]", "sales_agent"),
        ],
        fields: vec![("upn", Kind::Strict), ("mail", Kind::Strict), ("roles[]", Kind::Choice)],
    };
    form.probe(&mut maya).await;
    for (said, value, ..) in CASES.iter().filter(|(_, _, takes, ..)| *takes == Takes::No) {
        form.refused(&mut maya, "name", Kind::Name, value, said).await;
    }
    form.refused(&mut maya, "name", Kind::Choice, "", "nothing").await;
    form.refused(&mut maya, "upn", Kind::Choice, "", "nothing").await;
    form.refused(&mut maya, "upn", Kind::Strict, "maya@brightwater.no", "a name in use").await;
    form.refused(&mut maya, "upn", Kind::Strict, "nora@elsewhere.example", "another organisation's domain").await;
}

#[tokio::test]
async fn the_application_forms_refuse_field_by_field() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let good = vec![
        ("name", "Night Import"),
        ("kind", "confidential"),
        ("redirects", "https://import.brightwater.no/callback"),
        ("algorithm", "ES256"),
        ("roles[]", "admin_agent"),
    ];
    let fields = vec![("redirects", Kind::Strict), ("algorithm", Kind::Choice), ("roles[]", Kind::Choice)];
    let new =
        Form { path: "/partner/settings/applications/new".to_owned(), good: good.clone(), fields: fields.clone() };
    new.probe(&mut maya).await;
    for kind in ["", "both", "CONFIDENTIAL"] {
        new.refused(&mut maya, "kind", Kind::Choice, kind, "no kind").await;
    }
    new.refused(&mut maya, "algorithm", Kind::Choice, "none", "no signature at all").await;
    let answer = new.send(&mut maya, "kind", "public").await;
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#roles\">"]);

    let (id, _) = w.application("Console");
    let mut good = good;
    good.push(("version", "1"));
    let edit = Form { path: format!("/partner/settings/applications/{id}"), good, fields };
    for form in [&new, &edit] {
        for (said, value, ..) in CASES.iter().filter(|(_, _, takes, ..)| *takes == Takes::No) {
            form.refused(&mut maya, "name", Kind::Name, value, said).await;
        }
        form.refused(&mut maya, "name", Kind::Choice, "", "nothing").await;
        for (typed, message) in [
            ("http://tool.example/", "plain http"),
            ("https://ok.example/\njavascript:alert(1)", "Line 2"),
            ("https://tool.example/#a", "has a #"),
            ("/callback", "no address"),
        ] {
            form.send(&mut maya, "redirects", typed).await.says(StatusCode::UNPROCESSABLE_ENTITY, &[message]);
        }
        let many = "https://a.example/\n".repeat(21);
        form.send(&mut maya, "redirects", &many).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["href=\"#redirects\""]);
    }
    for version in ["", "x"] {
        assert_eq!(edit.send(&mut maya, "version", version).await.status, StatusCode::BAD_REQUEST, "{version}");
    }
    edit.send(&mut maya, "name", "Console").await.goes(&format!("{}?done=saved", edit.path));
    edit.send(&mut maya, "name", "Again").await.says(StatusCode::CONFLICT, &["<code>conflict</code>"]);
}

#[tokio::test]
async fn the_credential_form_refuses_field_by_field() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let (id, _) = w.application("Console");
    let form = Form {
        path: format!("/partner/settings/applications/{id}/credentials"),
        good: vec![("sort", "secret"), ("label", "build server"), ("days", "90")],
        fields: vec![("days", Kind::Strict)],
    };
    form.probe(&mut maya).await;
    for days in ["", "0", "-1", "731", "1.5", "\u{661}"] {
        form.refused(&mut maya, "days", Kind::Choice, days, days).await;
    }
    form.refused(&mut maya, "sort", Kind::Choice, "password", "what is neither").await;
    form.refused(&mut maya, "sort", Kind::Choice, "", "nothing").await;
    for label in ["a\u{7}b", &*"a".repeat(61)] {
        form.refused(&mut maya, "label", Kind::Name, label, "a label").await;
    }
    let key = Form { good: vec![("sort", "key"), ("label", "build server"), ("days", "90")], ..form };
    for text in
        ["", "x", "{", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
    {
        key.refused(&mut maya, "key", Kind::Name, text, text).await;
    }
}

#[tokio::test]
async fn the_search_refuses_what_nobody_can_be_called() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    for query in ["a%07b", "%E2%80%AEx", &*"a".repeat(101)] {
        let answer = maya.get(&format!("/partner/customers?q={query}")).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["<a href=\"#q\">", "id=\"q\""]);
    }
    for text in ["=1+1", "\"><script>x()</script>", "%", "_", "'", "\\"] {
        let query = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
        let answer = maya.get(&format!("/partner/customers?q={query}")).await;
        answer.says(StatusCode::OK, &[&escaped(text), "No customers match"]).silent(&["<script>"]);
    }
    for bad in ["?cursor=x", "?cursor=..", "?from=x", "?q=a&q=b", "?q=%ff"] {
        assert_eq!(maya.get(&format!("/partner/customers{bad}")).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    for bad in [
        "/partner/requests?cursor=x",
        "/partner/activity?cursor=x",
        "/partner/activity?customer=x",
        "/partner/settings/people?cursor=zz",
    ] {
        assert_eq!(maya.get(bad).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

//! Whoever arrives learns which services are in trouble, in their language where the operator says it.

use axum::http::StatusCode;
use entente_app::Ctx;
use entente_app::service::{self, New};
use entente_domain::cloud::Cloud;
use entente_domain::service::{Level, Report};

use crate::world::World;

fn add(w: &World, cloud: Cloud, name: &str) {
    let new = New {
        cloud,
        name: name.parse().unwrap(),
        portal_url: "https://mail.example/launch".to_owned(),
        redirect: "https://mail.example/callback".parse().unwrap(),
        identifier: format!("urn:{name}"),
        roles: Vec::new(),
        logout_url: None,
        events: None,
    };
    service::add(&w.test.app, &Ctx::operator(), new).unwrap();
}

fn say(w: &World, cloud: Cloud, name: &str, level: Level, texts: [Option<&str>; 2]) {
    let [english, chinese] = texts.map(|it| it.map(|text| text.parse().unwrap()));
    service::report(&w.test.app, cloud, name, Report { level, english, chinese }).unwrap();
}

#[tokio::test]
async fn people_see_trouble_where_they_arrive() {
    const TITLE: &str = "Services in trouble";
    let w = World::new();
    for name in ["Mailboxes", "Vault", "Archive"] {
        add(&w, Cloud::Public, name);
    }
    add(&w, Cloud::Germany, "Postamt");
    say(&w, Cloud::Germany, "Postamt", Level::Down, [Some("Elsewhere."), None]);
    let (mut ingrid, mut ola) = (w.connected().await, w.ola().await);
    for (browser, home) in [(&mut ingrid, "/portal/partners"), (&mut ola, "/portal/settings")] {
        let page = browser.get(home).await;
        assert!(!page.is(StatusCode::OK).body.contains(TITLE), "nothing to tell: {}", page.body);
    }
    say(&w, Cloud::Public, "Mailboxes", Level::Degraded, [Some("Searching is <slow>."), Some("搜索较慢。")]);
    say(&w, Cloud::Public, "Vault", Level::Down, [Some("Nobody gets in."), None]);
    for (browser, home) in [(&mut ingrid, "/portal/partners"), (&mut ola, "/portal/settings")] {
        let page = browser.get(home).await;
        page.is(StatusCode::OK).says(TITLE).says("Searching is <slow>.").says("Nobody gets in.").says("Since");
        for part in ["badge sign warn\"><svg", "</svg>Degraded</span>", "badge sign bad\"><svg", "</svg>Down</span>"] {
            assert!(page.body.contains(part), "a sign and a word: {part} in {}", page.body);
        }
        assert!(!page.body.contains("Archive") && !page.body.contains("Postamt") && !page.body.contains("<slow>"));
        browser.language = "zh-CN";
        let page = browser.get(home).await;
        page.says("搜索较慢。").says("性能下降");
        assert!(page.body.contains("<span lang=\"en\">Nobody gets in.</span>"), "says which language it is in");
        browser.language = "en";
    }
    say(&w, Cloud::Public, "Mailboxes", Level::Healthy, [None, None]);
    say(&w, Cloud::Public, "Vault", Level::Healthy, [None, None]);
    assert!(!ingrid.get("/portal/partners").await.body.contains(TITLE));
}

#[tokio::test]
async fn whoever_sees_partners_is_told_on_that_page_alone() {
    let w = World::new();
    add(&w, Cloud::Public, "Vault");
    say(&w, Cloud::Public, "Vault", Level::Down, [Some("Nobody gets in."), None]);
    let mut ingrid = w.connected().await;
    ingrid.get("/portal/partners").await.says("Nobody gets in.");
    assert!(!ingrid.get("/portal/settings").await.body.contains("Nobody gets in."));
}

//! Every refusal a link can meet: its code, its status and its words in both languages, and that nothing happened.

use axum::http::StatusCode;
use entente_app::invitation::{self, Draft};
use entente_domain::cloud::Cloud;
use entente_domain::event::EventKind;
use entente_domain::invitation::{Asks, Binding};
use entente_domain::tenant::{PartnerKind, Standing};

use crate::world::{ACCEPT, Browser, Page, World, draft, path_of, unbound};

struct Words {
    code: &'static str,
    status: u16,
    en: &'static [&'static str],
    zh: &'static [&'static str],
}

/// Opens `path` in both languages and compares with what is expected.
async fn check(browser: &mut Browser, path: &str, words: &Words) -> Page {
    browser.language = "zh-CN";
    let chinese = browser.get(path).await;
    browser.language = "en";
    let english = browser.get(path).await;
    for (page, said, nothing) in
        [(&chinese, words.zh, "未接受任何内容"), (&english, words.en, "Nothing has been accepted")]
    {
        page.is(StatusCode::from_u16(words.status).unwrap()).has_code(words.code).says(nothing);
        for part in said {
            page.says(part);
        }
        assert_eq!(page.header("cache-control"), "no-store");
    }
    english
}

#[tokio::test]
async fn a_link_of_nobody() {
    let w = World::new();
    let words = Words {
        code: "invite_invalid",
        status: 404,
        en: &["We don’t know this link", "Part of it may be missing", "Paste the whole link"],
        zh: &["无法识别此链接", "粘贴完整链接"],
    };
    let mut anybody = w.browser();
    let unknown = format!("/portal/accept/{}", "A".repeat(43));
    for path in [
        unknown.as_str(),
        "/portal/accept/short",
        "/portal/accept/%ff",
        "/portal/accept/<script>",
        "/portal/partner-invitation",
        "/portal/partner-invitation?invType=Other&partnerId=1",
        "/portal/partner-invitation?invType=ResellerRelationship&partnerId=0198c1de-0000-7000-8000-00000000000a&DAP=true",
        "/portal/partner-invitation?partnerId=%zz",
    ] {
        let path = path.replace('<', "%3C").replace('>', "%3E");
        check(&mut anybody, &path, &words).await;
    }
    let mut ingrid = w.ingrid().await;
    check(&mut ingrid, &unknown, &words).await.says("ingrid@fjordline.no");
    ingrid.get("/portal/settings").await;
    ingrid.post(&format!("{unknown}/review"), ACCEPT).await.is(StatusCode::NOT_FOUND);

    let (_, path) = w.asked();
    let pasted = format!("/portal/accept?link=See+https%3A%2F%2Fhalden.example{}+please", path.replace('/', "%2F"));
    assert_eq!(anybody.get(&pasted).await.header("location"), path);
    let wrong = anybody.get("/portal/accept?link=%22%3E%3Cb%3Ehello").await;
    wrong.is(StatusCode::NOT_FOUND).says("This is no link from here");
    assert!(
        wrong.body.contains("value=\"&#34;&#62;&#60;b&#62;hello\"") || wrong.body.contains("&quot;&gt;&lt;b&gt;hello")
    );
}

#[tokio::test]
async fn a_link_naming_partners_of_different_channels_is_none() {
    let w = World::new();
    let provider = |name, domain| w.test.partner(name, domain, PartnerKind::IndirectProvider, &["NO"], None);
    let (own, foreign) =
        (provider("Nordic Distribution AS", "nordic.no"), provider("Kattegat Cloud AS", "kattegat.no"));
    let of = Some(own.tenant.id);
    let reseller = w.test.partner("Havn Verksted AS", "havn.no", PartnerKind::IndirectReseller, &["NO"], of);
    let mut visitors = [w.browser(), w.ingrid().await];
    visitors[1].get("/portal/settings").await;
    for (partner, number, beside) in [
        (&w.partner, "0", &own),
        (&w.partner, "0", &reseller),
        (&own, "0", &reseller),
        (&reseller, reseller.number.as_str(), &foreign),
        (&reseller, "4501882", &own),
    ] {
        let (first, second) = (partner.tenant.id, beside.tenant.id);
        let query = format!(
            "invType=IndirectResellerRelationship&partnerId={first}&msppId={number}&indirectCSPId={second}&DAP=true"
        );
        for browser in &mut visitors {
            for page in ["", "/review"] {
                let page = browser.get(&format!("/portal/partner-invitation{page}?{query}")).await;
                page.is(StatusCode::NOT_FOUND).has_code("invite_invalid");
                for name in [&partner.tenant.name, &beside.tenant.name] {
                    assert!(!page.body.contains(name.as_str()), "{name} on {}", page.text());
                }
            }
        }
        let posted = visitors[1].post(&format!("/portal/partner-invitation/review?{query}"), ACCEPT).await;
        posted.is(StatusCode::NOT_FOUND).has_code("invite_invalid");
    }
    visitors[1].get("/portal/partners").await.says("No partner has access to your organisation");
}

#[tokio::test]
async fn guessing_links_ends_in_a_wait() {
    let w = World::new();
    let (_, path) = w.asked();
    let mut guesser = w.browser();
    let unknown = format!("/portal/accept/{}", "A".repeat(43));
    for _ in 0..60 {
        guesser.get(&unknown).await.is(StatusCode::NOT_FOUND);
    }
    for link in [&unknown, &path, &format!("{path}/review")] {
        let page = guesser.get(link).await;
        page.is(StatusCode::TOO_MANY_REQUESTS).has_code("too_many_tries").says("You can try again at 23 Nov 2026");
        assert!(!page.header("retry-after").is_empty());
        assert!(!page.body.contains("Brightwater"), "{}", page.text());
    }
    w.test.clock.advance_seconds(15 * 60);
    guesser.get(&path).await.is(StatusCode::OK);
}

#[tokio::test]
async fn an_expired_link_and_the_wish_for_a_new_one() {
    let w = World::new();
    let (_, path) = w.asked();
    w.test.clock.advance_days(91);
    let words = Words {
        code: "invite_expired",
        status: 410,
        en: &["This link has expired", "valid until 21 Feb 2027", "Ask Maya", "Ask for a new link"],
        zh: &["此链接已过期", "索取新链接"],
    };
    let mut anybody = w.browser();
    check(&mut anybody, &path, &words).await;
    let asked = anybody.post(&format!("{path}/new-link"), &[]).await;
    assert_eq!(asked.header("location"), format!("{path}?asked=1"));
    anybody.get(asked.header("location")).await.says("The sender has been told");
    assert_eq!(w.events(w.partner.tenant.id, EventKind::NewLinkWanted), 1);
    anybody.get(&path).await;
    let again = anybody.post(&format!("{path}/new-link"), &[]).await;
    again.is(StatusCode::TOO_MANY_REQUESTS).has_code("too_many_tries").says("You can try again at 23 Feb 2027");
    assert!(!again.header("retry-after").is_empty());
    let mut ingrid = w.ingrid().await;
    check(&mut ingrid, &path, &words).await.says("ingrid@fjordline.no");
}

#[tokio::test]
async fn a_withdrawn_and_a_replaced_link() {
    let w = World::new();
    let (view, path) = w.asked();
    invitation::cancel(&w.test.app, &w.agent, view.invitation.number).unwrap();
    let mut words = Words {
        code: "invite_revoked",
        status: 410,
        en: &["Brightwater IT withdrew this request", "ask them for a new request"],
        zh: &["Brightwater IT 已撤回此请求"],
    };
    check(&mut w.browser(), &path, &words).await;
    let (view, path) = w.asked();
    invitation::reissue(&w.test.app, &w.agent, view.invitation.number).unwrap();
    words.en = &["A newer request from Brightwater IT took its place"];
    words.zh = &["较新邮件中的链接"];
    let page = check(&mut w.ingrid().await, &path, &words).await;
    page.says("ingrid@fjordline.no").says("Open Partner relationships");
}

#[tokio::test]
async fn a_used_link_names_the_person_to_their_own_organisation_only() {
    let w = World::new();
    let (_, path) = w.asked();
    let mut ingrid = w.ingrid().await;
    ingrid.get(&format!("{path}/review")).await;
    ingrid.post(&format!("{path}/review"), ACCEPT).await.is(StatusCode::SEE_OTHER);
    let words = Words {
        code: "invite_used",
        status: 410,
        en: &["This request was accepted on 23 Nov 2026"],
        zh: &["此请求已于 2026年11月23日 被接受"],
    };
    check(&mut ingrid, &format!("{path}/review"), &words).await.says("answered by Ingrid");
    check(&mut w.ola().await, &format!("{path}/review"), &words).await.says("answered by Ingrid");
    let stranger = w.test.tenant("Orchard Press", "orchard.no", Cloud::Public, "NO");
    w.test.person(&stranger, "Pia", &[], true);
    for browser in [&mut w.browser(), &mut w.as_person("/portal", "pia@orchard.no").await] {
        let page = check(browser, &path, &words).await;
        assert!(!page.text().contains("Ingrid") && !page.text().contains("Fjordline"), "{}", page.text());
    }

    let (_, path) = w.asked();
    let second = w.test.tenant("Marlowe Foods", "marlowe.no", Cloud::Public, "NO");
    w.test.person(&second, "Ada", &[], true);
    ingrid.get(&format!("{path}/decline")).await;
    // Connected already, the same request is answered by the page that says so; a declined one says that.
    let other = w.ask(Draft { asks: Asks { privileges: true, ..draft().asks }, ..unbound() });
    let mut ada = w.as_person("/portal", "ada@marlowe.no").await;
    let path = path_of(&other, "/portal");
    ada.get(&format!("{path}/decline")).await;
    ada.post(&format!("{path}/decline"), &[("reason", "")]).await.is(StatusCode::SEE_OTHER);
    let words = Words { en: &["This request was declined on"], zh: &["被拒绝"], ..words };
    check(&mut ada, &path, &words).await;
}

#[tokio::test]
async fn a_link_of_another_cloud() {
    let w = World::new();
    let view = w.ask(Draft { cloud: Cloud::Germany, country: "DE".parse().unwrap(), ..unbound() });
    let path = path_of(&view, "/portal");
    let words = Words {
        code: "cloud_mismatch",
        status: 409,
        en: &["This link belongs to the Germany cloud", "You are in the Worldwide cloud", "Open in the Germany cloud"],
        zh: &["帐户不能跨云使用"],
    };
    let page = check(&mut w.browser(), &path, &words).await;
    assert!(page.body.contains(view.link.as_deref().unwrap()), "the way on is the configured address of that cloud");
    check(&mut w.ingrid().await, &path, &words).await.says("ingrid@fjordline.no");
}

#[tokio::test]
async fn another_organisation() {
    let w = World::new();
    let stranger = w.test.tenant("Orchard Press", "orchard.no", Cloud::Public, "NO");
    w.test.person(&stranger, "Pia", &[], true);
    let (view, path) = w.asked();
    let words = Words {
        code: "invite_wrong_organisation",
        status: 403,
        en: &["You are signed in to a different organisation", "from Brightwater IT is for fjordline.no"],
        zh: &["您登录的是另一个组织", "fjordline.no"],
    };
    let mut pia = w.as_person("/portal", "pia@orchard.no").await;
    let page = check(&mut pia, &format!("{path}/review"), &words).await;
    page.says("pia@orchard.no").says("Sign in with another account").says("Forward to an administrator");
    assert!(!page.text().contains("Fjordline Logistics"), "a domain is not a name");
    pia.get("/portal/partners").await;
    let before = w.version(&view);
    let refused = pia.post(&format!("{path}/review"), ACCEPT).await;
    refused.is(StatusCode::FORBIDDEN).has_code("invite_wrong_organisation");
    assert_eq!(w.version(&view), before);
    assert_eq!(w.events(w.partner.tenant.id, EventKind::AcceptanceRefused), 1, "the partner sees the attempt");

    let bound = w.ask(Draft { binding: Binding::Tenant(w.customer.id), ..draft() });
    let words = Words { en: &["is for another organisation"], zh: &["面向另一个组织"], ..words };
    check(&mut pia, &path_of(&bound, "/portal"), &words).await;
}

#[tokio::test]
async fn an_account_without_organisation() {
    let w = World::new();
    let home = entente_domain::tenant::Tenant {
        id: w.test.app.new_id(),
        name: "Personal accounts".parse().unwrap(),
        domain: "home.example".parse().unwrap(),
        organisation: false,
        ..w.customer.clone()
    };
    entente_app::tenant::add(&w.test.app, &entente_app::Ctx::operator(), home.clone()).unwrap();
    w.test.person(&home, "Erik", &[], true);
    let path = path_of(&w.ask(unbound()), "/portal");
    let words = Words {
        code: "invite_personal_account",
        status: 403,
        en: &["This account belongs to no organisation", "work account at Halden Cloud", "Personal account"],
        zh: &["此帐户不属于任何组织"],
    };
    check(&mut w.as_person("/portal", "erik@home.example").await, &path, &words).await.says("erik@home.example");
}

#[tokio::test]
async fn a_country_the_partner_may_not_sell_in() {
    let w = World::new();
    let far = w.test.tenant("Aoba Shoji", "aoba.jp", Cloud::Public, "JP");
    w.test.person(&far, "Aya", &[], true);
    let path = path_of(&w.ask(unbound()), "/portal");
    let words = Words {
        code: "region_mismatch",
        status: 409,
        en: &["Brightwater IT cannot sell in Japan", "may serve Europe", "Tell the partner"],
        zh: &["Brightwater IT 不能在日本销售"],
    };
    let page = check(&mut w.as_person("/portal", "aya@aoba.jp").await, &path, &words).await;
    assert!(page.body.contains("href=\"mailto:maya@brightwater"), "{}", page.body);
}

#[tokio::test]
async fn somebody_who_is_no_administrator() {
    let w = World::new();
    let (view, path) = w.asked();
    let words = Words {
        code: "needs_global_admin",
        status: 403,
        en: &[
            "A global administrator has to accept this",
            "Forward to an administrator",
            "Act as Global administrator",
        ],
        zh: &["必须由全局管理员接受", "转交给管理员"],
    };
    let mut ola = w.ola().await;
    check(&mut ola, &format!("{path}/review"), &words).await.says("Member of Fjordline Logistics AS");
    ola.get("/portal/settings").await;
    let before = w.version(&view);
    for page in ["review", "decline"] {
        let refused = ola.post(&format!("{path}/{page}"), ACCEPT).await;
        refused.is(StatusCode::FORBIDDEN).has_code("needs_global_admin").says("Nothing has been accepted");
        ola.get("/portal/settings").await;
    }
    assert_eq!(w.version(&view), before);
    let id = w.partner.tenant.id;
    let standing = format!("/portal/partner-invitation?invType=ResellerRelationship&partnerId={id}&msppId=0&DAP=true");
    check(&mut ola, &standing, &words).await.says("Copy link");
}

#[tokio::test]
async fn a_suspended_partner_and_one_without_provider() {
    let w = World::new();
    let (_, path) = w.asked();
    let operator = entente_app::Ctx::operator();
    entente_app::tenant::set_standing(&w.test.app, &operator, w.partner.tenant.id, Standing::Suspended).unwrap();
    let words = Words {
        code: "partner_suspended",
        status: 409,
        en: &["Brightwater IT cannot take new customers at the moment", "services keep running"],
        zh: &["Brightwater IT 目前不能接收新客户"],
    };
    let mut ingrid = w.ingrid().await;
    check(&mut ingrid, &path, &words).await.says("ingrid@fjordline.no");
    // Whoever is not signed in learns nothing about the partner's standing.
    w.browser().get(&path).await.is(StatusCode::OK);

    let kind = PartnerKind::IndirectReseller;
    let reseller = w.test.partner("Havn Verksted AS", "havn.no", kind, &["NO"], None).tenant.id;
    let link =
        format!("/portal/partner-invitation?invType=ResellerRelationship&partnerId={reseller}&msppId=0&DAP=true");
    let words = Words {
        code: "provider_missing",
        status: 409,
        en: &["Havn Verksted AS has no active provider"],
        zh: &["Havn Verksted AS 没有有效的提供商"],
    };
    check(&mut ingrid, &link, &words).await.says("ingrid@fjordline.no");
}

#[tokio::test]
async fn a_partner_that_has_everything_already() {
    let w = World::new();
    let mut ingrid = w.connected().await;
    let (_, path) = w.asked();
    let words = Words {
        code: "already_connected",
        status: 200,
        en: &["You are already connected with Brightwater IT", "Now", "Asked", "Keep as it is"],
        zh: &["您已与 Brightwater IT 建立关系", "保持不变"],
    };
    check(&mut ingrid, &path, &words).await.says("ingrid@fjordline.no");
}

#[tokio::test]
async fn the_agreement_is_accepted_as_it_is_in_force_or_not_at_all() {
    let w = World::new();
    let (view, path) = w.asked();
    let review = format!("{path}/review");
    let mut ingrid = w.ingrid().await;
    let before = w.version(&view);
    ingrid.get(&review).await;
    let unticked = ingrid.post(&review, &[("decision", "reseller")]).await;
    unticked.is(StatusCode::CONFLICT).says("Nothing has been accepted. Read the agreement and tick this box");
    assert!(unticked.body.contains("id=\"decision-reseller\" name=\"decision\" value=\"reseller\" checked"));
    let older = ingrid.post(&review, &[("decision", "privileges"), ("agreement", "2025-03-01")]).await;
    older.is(StatusCode::CONFLICT).has_code("agreement_required").says("A newer agreement is in force");
    ingrid.language = "zh-CN";
    ingrid.get(&review).await;
    let older = ingrid.post(&review, &[("decision", "privileges"), ("agreement", "2025-03-01")]).await;
    older.has_code("agreement_required").says("新版协议已生效").says("未接受任何内容");
    assert_eq!(w.version(&view), before);
}

#[tokio::test]
async fn more_than_was_asked_cannot_be_granted() {
    let w = World::new();
    let view = w.ask(Draft { asks: Asks { privileges: false, ..draft().asks }, ..draft() });
    let review = path_of(&view, "/portal") + "/review";
    let mut ingrid = w.ingrid().await;
    let page = ingrid.get(&review).await;
    page.says("Brightwater IT wants to be your reseller").says("They cannot sign in for you");
    let more = ingrid.post(&review, ACCEPT).await;
    more.is(StatusCode::CONFLICT).has_code("more_than_asked").says("Nothing has been accepted");
    let own = w.as_person("/portal", "maya@brightwater.no").await.get(&path_of(&w.ask(unbound()), "/portal")).await;
    own.is(StatusCode::CONFLICT).has_code("partner_as_customer").says("Brightwater IT cannot be its own customer");
}

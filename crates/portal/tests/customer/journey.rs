//! The customer's half of the main job: look, sign in, decide, see, take back.

use axum::http::StatusCode;
use entente_app::{customer, relationship, subscription};
use entente_domain::cloud::Cloud;
use entente_domain::event::EventKind;
use entente_domain::relationship::Privileges;

use crate::world::{ACCEPT, World, draft, path_of};

#[tokio::test]
async fn a_customer_looks_signs_in_grants_sees_and_takes_back() {
    let w = World::new();
    let (_, path) = w.asked();
    let mut ingrid = w.browser();
    let landing = ingrid.get(&path).await;
    landing.is(StatusCode::OK).says("Brightwater IT wants to be your reseller and manage your services");
    landing.says("Sent by Maya, maya@brightwater.no.").says(&w.partner.number).says("Partner, Norway");
    // Before somebody is signed in the page says nothing about roles, the customer or the words of the request.
    for hidden in ["Fjordline", "fjordline.no", "Act as", "Hello Ingrid", "administrator"] {
        assert!(!landing.text().contains(hidden), "{hidden}");
    }
    let review = format!("{path}/review");
    let led = ingrid.get(&review).await;
    assert_eq!(led.header("location"), format!("/portal/sign-in?return={review}"));
    ingrid.get(led.header("location")).await.is(StatusCode::OK);
    let fields =
        [("username", "ingrid@fjordline.no"), ("password", entente_testkit::app::PASSWORD), ("return", &review)];
    let entered = ingrid.post("/portal/sign-in", &fields).await;
    assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, review.as_str()));

    let page = ingrid.get(&review).await;
    page.is(StatusCode::OK).says("What Brightwater IT will be able to do").says("Act as Global administrator");
    page.says("Global administrator of Fjordline Logistics AS").says("Switch account");
    page.says("Accept and grant administration").says("Accept as reseller only").says("You can remove the roles");
    page.says("Customer Agreement").says("5. Your data");
    let at = |words: &str| page.text().find(words).unwrap();
    assert!(at("Act as Global administrator") < at("Act as Helpdesk") && at("Act as Helpdesk") < at("Buy and change"));
    assert!(!page.body.contains(" checked"), "nothing is chosen before the reader chose it");

    let accepted = ingrid.post(&review, ACCEPT).await;
    accepted.is(StatusCode::SEE_OTHER);
    let done = ingrid.get(accepted.header("location")).await;
    done.is(StatusCode::OK).says("Brightwater IT is now your reseller").says("Record number").says("Decided byIngrid");
    assert_eq!(customer::list(&w.test.app, &w.agent, &customer::Query::default(), 9).unwrap().counts.granted, 1);
    // Sent twice, it answers the same and does nothing twice.
    let again = ingrid.post(&review, ACCEPT).await;
    assert_eq!(again.header("location"), accepted.header("location"));
    assert_eq!(w.events(w.customer.id, EventKind::InvitationAccepted), 1);

    subscription::add(&w.test.app, &w.agent, w.customer.id, "productivity-standard", Some(25)).unwrap();
    let bought = ingrid.get("/portal/subscriptions").await;
    bought.is(StatusCode::OK).says("Productivity Standard").says("25").says("Renews on").says("Brightwater IT");
    let list = ingrid.get("/portal/partners").await;
    list.is(StatusCode::OK).says("Brightwater IT").says("2 roles, no end date").says("Remove privileges");
    list.says("1 partner.");
    assert!(list.body.contains("<span class=\"who\">Store portal</span>"));
    let one = format!("/portal/partners/{}", w.partner.tenant.id);
    let detail = ingrid.get(&one).await;
    detail.is(StatusCode::OK).says("What they can do here").says("Support contact").says("25");
    let remove = ingrid.get(&format!("{one}/remove")).await;
    remove.is(StatusCode::OK).says("Remove Brightwater IT’s privileges?").says("Your 1 subscription and 25 seats keep");
    let removed = ingrid.post(&format!("{one}/remove"), &[("reason", "We changed plans")]).await;
    assert_eq!(removed.header("location"), format!("{one}?done=removed"));
    let after = ingrid.get(removed.header("location")).await;
    after.says("Your organisation removed the privileges").says("We changed plans");
    assert!(after.body.contains("The privileges were removed"));
    let record = customer::record(&w.test.app, &w.agent, w.customer.id).unwrap();
    assert!(matches!(record.relationship.privileges, Privileges::Removed { .. }));
    ingrid.get(&format!("{one}/remove")).await.is(StatusCode::NOT_FOUND);
    let twice = ingrid.post(&format!("{one}/remove"), &[("reason", "")]).await;
    twice.is(StatusCode::CONFLICT).has_code("no_privileges");

    for sub in subscription::list(&w.test.app, &w.agent, w.customer.id, None, 1_000).unwrap().rows {
        subscription::suspend(&w.test.app, &w.agent, w.customer.id, sub.id).unwrap();
    }
    relationship::end(&w.test.app, &w.agent, w.customer.id).unwrap();
    ingrid.get("/portal/partners").await.says("Ended relationships").says("No partner has access");
    ingrid.get(&one).await.says("The relationship has ended");
}

#[tokio::test]
async fn a_customer_may_grant_less() {
    let w = World::new();
    let (_, path) = w.asked();
    let mut ingrid = w.ingrid().await;
    ingrid.get(&format!("{path}/review")).await;
    let less = [("decision", "reseller"), ("agreement", "2026-09-01")];
    let accepted = ingrid.post(&format!("{path}/review"), &less).await;
    ingrid.get(accepted.header("location")).await.says("No administration was granted");
    assert_eq!(customer::list(&w.test.app, &w.agent, &customer::Query::default(), 9).unwrap().counts.granted, 0);
    // Asked for again, the page says what is there already; accepted, it widens.
    let (_, second) = w.asked();
    ingrid.get(&format!("{second}/review")).await.says("Brightwater IT is connected with you already");
    ingrid.post(&format!("{second}/review"), ACCEPT).await.is(StatusCode::SEE_OTHER);
    ingrid.get("/portal/partners").await.says("2 roles, no end date");
}

#[tokio::test]
async fn the_whole_way_works_in_chinese() {
    let w = World::new();
    let (_, path) = w.asked();
    let mut ingrid = w.ingrid().await;
    ingrid.language = "zh-CN,zh;q=0.9";
    let page = ingrid.get(&format!("{path}/review")).await;
    page.says("Brightwater IT 希望成为您的经销商并管理您的服务")
        .says("以全局管理员身份操作")
        .says("接受并授予管理权限");
    assert!(page.body.contains("<html lang=\"zh-CN\">"));
    let accepted = ingrid.post(&format!("{path}/review"), ACCEPT).await;
    ingrid.get(accepted.header("location")).await.says("Brightwater IT 现在是您的经销商");
    ingrid.get("/portal/partners").await.says("合作伙伴关系").says("2 个角色，无结束日期");
    ingrid.get("/portal/settings").await.says("当前密码");
}

#[tokio::test]
async fn where_privileges_cannot_be_left_out_there_is_one_choice_with_its_reason() {
    let w = World::new();
    let view = w.ask(entente_app::invitation::Draft {
        cloud: entente_domain::cloud::Cloud::Germany,
        country: "DE".parse().unwrap(),
        binding: entente_domain::invitation::Binding::Any,
        ..draft()
    });
    let path = path_of(&view, "/germany/portal");
    let mut greta = w.as_person("/germany/portal", "greta@rheintal.de").await;
    let page = greta.get(&format!("{path}/review")).await;
    page.is(StatusCode::OK).says("In the Germany cloud a relationship always includes administration");
    assert!(page.body.contains("<span class=\"who\">Administration portal, Germany</span>"));
    assert!(!page.body.contains("value=\"reseller\"") && page.body.contains("value=\"privileges\""));
    let partial = [("decision", "reseller"), ("agreement", "2026-09-01")];
    let refused = greta.post(&format!("{path}/review"), &partial).await;
    refused.is(StatusCode::CONFLICT).has_code("privileges_included").says("Nothing has been accepted");
    greta.get(&format!("{path}/review")).await;
    greta.post(&format!("{path}/review"), ACCEPT).await.is(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_standing_link_goes_through_the_same_pages() {
    let w = World::new();
    let id = w.partner.tenant.id;
    let link = format!("/portal/partner-invitation?invType=ResellerRelationship&partnerId={id}&msppId=0&DAP=true");
    let mut ingrid = w.browser();
    let landing = ingrid.get(&link).await;
    landing.is(StatusCode::OK).says("Brightwater IT wants to be your reseller and manage your services");
    ingrid.sign_in("/portal", "ingrid@fjordline.no").await;
    let led = ingrid.get(&link).await;
    let review = led.header("location").to_owned();
    let page = ingrid.get(&review).await;
    page.is(StatusCode::OK).says("Accept as reseller only");
    assert!(!page.text().contains("Decline"), "a standing link asks nobody in particular");
    let accepted = ingrid.post(&review, ACCEPT).await;
    ingrid.get(accepted.header("location")).await.is(StatusCode::OK).says("is now your reseller").says("Record number");
    // Old links in the older spelling lead to the same place; the same link works again and says what is there.
    let old = format!("/portal/partner-invitation?type=ResellerRelationship&id={id}&csp=1&msppid=0");
    ingrid.get(&old).await.is(StatusCode::OK).has_code("already_connected");
    assert_eq!(w.events(w.customer.id, EventKind::InvitationAccepted), 1);
}

#[tokio::test]
async fn an_indirect_link_names_both_partners_and_connects_both() {
    use entente_domain::tenant::PartnerKind;
    let w = World::new();
    let kind = PartnerKind::IndirectProvider;
    let provider = w.test.partner("Nordic Distribution AS", "nordic.no", kind, &["NO"], None).tenant.id;
    let kind = PartnerKind::IndirectReseller;
    let havn = w.test.partner("Havn Verksted AS", "havn.no", kind, &["NO"], Some(provider));
    let (reseller, number) = (havn.tenant.id, havn.number);
    let link = format!(
        "/portal/partner-invitation/review?invType=IndirectResellerRelationship&partnerId={reseller}&msppId={number}&indirectCSPId={provider}&DAP=true"
    );
    let mut ingrid = w.ingrid().await;
    let page = ingrid.get(&link).await;
    page.is(StatusCode::OK).says("Nordic Distribution AS takes part as indirect provider");
    page.says("Havn Verksted AS and Nordic Distribution AS");
    let accepted = ingrid.post(&link, ACCEPT).await;
    let done = ingrid.get(accepted.header("location")).await;
    done.says("Havn Verksted AS is now your reseller").says("Together withNordic Distribution AS");
    done.says("Decided byIngrid").says("Record number");
    ingrid.get("/portal/partners").await.says("Indirect provider").says("Indirect reseller");
    ingrid.get(&format!("/portal/partners/{provider}")).await;
    ingrid.post(&format!("/portal/partners/{provider}/remove"), &[("reason", "")]).await.is(StatusCode::SEE_OTHER);
    ingrid.get(&format!("/portal/partners/{reseller}")).await.says("2 roles, no end date");
}

#[tokio::test]
async fn what_waits_stands_on_top_of_the_partners_and_leads_to_the_request() {
    let w = World::new();
    let (view, path) = w.asked();
    let mut ingrid = w.ingrid().await;
    let list = ingrid.get("/portal/partners").await;
    assert!(!list.text().contains("Waiting for you"), "the partner has not finished it");
    entente_app::invitation::open(&w.test.app, &w.agent, view.invitation.number).unwrap();
    let list = ingrid.get("/portal/partners").await;
    list.says("Waiting for you").says("Brightwater IT").says("Reseller, with administration privileges");
    list.says("23 Nov 2026").says("21 Feb 2027");
    let at = |words: &str| list.text().find(words).unwrap();
    assert!(at("Waiting for you") < at("No partner has access"));
    assert!(list.body.contains(&format!("href=\"{path}/review\"")), "{}", list.body);
    assert!(list.body.contains("aria-label=\"Review the request from Brightwater IT\""));
    ingrid.language = "zh-CN";
    ingrid.get("/portal/partners").await.says("等待您处理").says("经销商，含管理权限");
    ingrid.language = "en";
    ingrid.get(&format!("{path}/review")).await.is(StatusCode::OK);
    ingrid.post(&format!("{path}/review"), ACCEPT).await.is(StatusCode::SEE_OTHER);
    assert!(!ingrid.get("/portal/partners").await.text().contains("Waiting for you"));
}

#[tokio::test]
async fn the_record_can_be_opened_again_by_the_organisation_and_nobody_else() {
    let w = World::new();
    let (_, path) = w.asked();
    let mut ingrid = w.ingrid().await;
    ingrid.get(&format!("{path}/review")).await;
    let accepted = ingrid.post(&format!("{path}/review"), ACCEPT).await;
    let done = accepted.header("location");
    ingrid.get(done).await.says("Customer Agreement, version of 1 Sep 2026").says("A confirmation was sent");
    w.test.person(&w.customer, "Nils", &[], true);
    let colleague = w.as_person("/portal", "nils@fjordline.no").await.get(done).await;
    colleague.is(StatusCode::OK).says("Decided byIngrid");
    assert!(!colleague.text().contains("A confirmation was sent"), "that went to Ingrid");
    w.ola().await.get(done).await.is(StatusCode::FORBIDDEN);
    let stranger = w.test.tenant("Orchard Press", "orchard.no", Cloud::Public, "NO");
    w.test.person(&stranger, "Pia", &[], true);
    let mut pia = w.as_person("/portal", "pia@orchard.no").await;
    let none = format!("{path}/done?record={}", w.partner.tenant.id);
    let (foreign, unknown) = (pia.get(done).await, pia.get(&none).await);
    foreign.is(StatusCode::NOT_FOUND).has_code("not_found");
    unknown.is(StatusCode::NOT_FOUND).has_code("not_found");
    // Whoever has to sign in first comes back to the record.
    let led = w.browser().get(done).await;
    assert!(led.header("location").contains("record"), "{}", led.header("location"));
    ingrid.get(&format!("{path}/done")).await.is(StatusCode::GONE).has_code("invite_used");
}

#[tokio::test]
async fn declining_needs_no_reason_and_tells_one() {
    let w = World::new();
    let (view, path) = w.asked();
    let mut ingrid = w.ingrid().await;
    ingrid.get(&format!("{path}/decline")).await.is(StatusCode::OK).says("Decline the request from Brightwater IT?");
    let unknown = ingrid.get(&format!("{path}/decline?unknown=1")).await;
    unknown.says("I don’t know this partner.");
    let declined = ingrid.post(&format!("{path}/decline"), &[("reason", "I don’t know this partner.")]).await;
    assert_eq!(declined.header("location"), "/portal/partners?done=declined");
    let toast = ingrid.get(declined.header("location")).await;
    assert!(toast.body.contains("The request was declined"));
    let state = entente_app::invitation::view(&w.test.app, &w.agent, view.invitation.number).unwrap().standing;
    assert_eq!(state, entente_domain::invitation::Standing::Declined);
}

#[tokio::test]
async fn a_user_passes_the_request_on_to_an_administrator_of_their_own() {
    let w = World::new();
    let (view, path) = w.asked();
    let mut ola = w.ola().await;
    let page = ola.get(&format!("{path}/forward")).await;
    page.is(StatusCode::OK).says("Ingrid").says("i•••@fjordline.no");
    assert!(!page.text().contains("ingrid@"), "the address is masked");
    ola.post(&format!("{path}/forward"), &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("Choose one");
    let to = page.body.split("name=\"to\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let sent = ola.post(&format!("{path}/forward"), &[("to", to)]).await;
    ola.get(sent.header("location")).await.is(StatusCode::OK).says("The request was passed on");
    let view = entente_app::invitation::view(&w.test.app, &w.agent, view.invitation.number).unwrap();
    assert!(view.invitation.forwarded_at.is_some());
    let stranger = w.german.id.to_string();
    ola.get(&format!("{path}/forward")).await;
    ola.post(&format!("{path}/forward"), &[("to", &stranger)]).await.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_person_changes_language_and_password() {
    let w = World::new();
    let mut ola = w.ola().await;
    let mut elsewhere = w.ola().await;
    ola.get("/portal/settings").await.is(StatusCode::OK).says("Change password");
    ola.post("/portal/settings", &[("do", "language"), ("language", "zh-CN")]).await.is(StatusCode::SEE_OTHER);
    ola.get("/portal/settings").await.says("更改密码");
    ola.cookies.insert("__Host-lang".to_owned(), "en".to_owned());
    ola.get("/portal/settings").await.says("Change password");
    let wrong = [("do", "password"), ("current", "nonsense nonsense"), ("password", "another good one")];
    ola.post("/portal/settings", &wrong).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    let right = [("do", "password"), ("current", entente_testkit::app::PASSWORD), ("password", "another good one")];
    ola.post("/portal/settings", &right).await.is(StatusCode::SEE_OTHER);
    ola.get("/portal/settings").await.is(StatusCode::OK);
    elsewhere.get("/portal/settings").await.is(StatusCode::SEE_OTHER);
}

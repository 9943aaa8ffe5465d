//! What the pages about customers and requests do.

use std::io::Write as _;

use axum::http::{StatusCode, header};
use entente_app::{acceptance, invitation, relationship, subscription};
use entente_domain::cloud::Cloud;
use entente_domain::directory::PartnerRole;
use entente_domain::tenant::PartnerKind;

use entente_testkit::requests::{RESELLER_ONLY, opened};

use super::world::World;

#[tokio::test]
async fn the_overview_says_what_needs_somebody() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    maya.get("/partner").await.goes("/partner/overview");
    let first = maya.get("/partner/overview").await;
    first.says(StatusCode::OK, &["Nothing needs you today", "Customers per month", "Show as a table"]);
    relationship::remove_privileges(
        &w.test.app,
        &w.admin,
        w.partner.tenant.id,
        Some("We move to <limited> roles.".parse().unwrap()),
    )
    .unwrap();
    let lindqvist = w.test.tenant("Lindqvist Arkitekter", "lindqvist.no", Cloud::Public, "NO");
    let erik = w.test.person(&lindqvist, "Erik", &[], true);
    let declined = w.draft(&w.maya, &lindqvist, true);
    acceptance::decline(&w.test.app, &erik, &opened(&declined), Cloud::Public, None).unwrap();
    let page = maya.get("/partner/overview").await;
    page.says(StatusCode::OK, &["things need you today", "removed your privileges on", "declined your request"]);
    page.says(StatusCode::OK, &[&format!("/partner/customers/{}/restore", w.customer.id)]);
    assert_eq!(page.body.matches("class=\"badge bad\"").count(), 2);
}

#[tokio::test]
async fn charts_have_their_numbers_as_a_table_too_and_say_when_there_are_none() {
    let w = World::new();
    let nordlys = w.test.partner("Nordlys", "nordlys.no", PartnerKind::Direct, &["NO"], None);
    let here = "/partner/overview";
    w.person(&nordlys, "Siri", PartnerRole::AdminAgent);
    let mut siri = w.browser_of("siri@nordlys.no", entente_testkit::app::PASSWORD).await;
    siri.get(here).await.says(StatusCode::OK, &["Begin"]).silent(&["<svg class=\"chart\"", "Show as a table"]);
    let mut maya = w.browser("maya").await;
    let page = maya.get(here).await;
    page.says(StatusCode::OK, &["<title>Customers per month</title><desc>From 0 in Dec 2025 to 1 in Nov 2026</desc>"]);
    page.says(StatusCode::OK, &["<title>New customers per month</title><desc>One new customer in 12 months</desc>"]);
    page.says(StatusCode::OK, &["<th scope=\"row\">Nov 2026</th><td class=\"num\">1</td>"]);
    page.says(StatusCode::OK, &["<th scope=\"row\">Declined</th><td class=\"num\">0</td>", "100% of those"]);
    assert_eq!(page.body.matches("Show as a table</summary>").count(), 3);
    page.silent(&["style=\""]);
    // A year on nobody is new, and nobody was asked of late.
    w.test.clock.advance_days(366);
    let mut maya = w.browser("maya").await;
    let page = maya.get(here).await;
    page.says(StatusCode::OK, &["From 1 in Dec 2026 to 1 in Nov 2027"]);
    page.says(StatusCode::OK, &["No new customers in the last 12 months.", "No requests in the last 90 days."]);
}

#[tokio::test]
async fn a_reminder_goes_out_from_the_overview() {
    let w = World::new();
    let lindqvist = w.test.tenant("Lindqvist Arkitekter", "lindqvist.no", Cloud::Public, "NO");
    let view = w.draft(&w.maya, &lindqvist, true);
    let number = view.invitation.number;
    invitation::send(&w.test.app, &w.maya, number).unwrap();
    w.test.clock.advance_days(9);
    let mut maya = w.browser("maya").await;
    let page = maya.get("/partner/overview").await;
    page.says(
        StatusCode::OK,
        &["has not answered your request", &format!("formaction=\"/partner/requests/{number}\"")],
    );
    let here = format!("/partner/requests/{number}");
    maya.post(&here, &[("do", "remind")]).await.goes(&format!("{here}?done=reminded"));
    maya.get(&format!("{here}?done=reminded")).await.says(StatusCode::OK, &["Reminder on its way", "Reminder queued"]);
    // Once a day, and then the page says so.
    maya.post(&here, &[("do", "remind")]).await.says(StatusCode::CONFLICT, &["<code>done_already</code>"]);
}

#[tokio::test]
async fn the_navigation_shows_what_there_is_for_each_and_counts_what_the_lists_hold() {
    let w = World::new();
    w.draft(&w.maya, &w.customer, true);
    let mut maya = w.browser("maya").await;
    let page = maya.get("/partner/settings").await;
    page.says(StatusCode::OK, &["data-key=\"o\"", "data-key=\"c\"", "data-key=\"r\"", "/partner/activity"]);
    assert!(page.body.contains("<span class=\"count\">1</span>"), "{}", page.body);
    w.person(&w.partner, "Ulf", PartnerRole::UserManagementAdmin);
    let mut ulf = w.browser("ulf").await;
    ulf.get("/partner/overview").await.goes("/partner/settings");
    ulf.get("/partner/settings").await.says(StatusCode::OK, &["/partner/settings/people"]).silent(&["data-key=\"c\""]);
}

#[tokio::test]
async fn the_list_searches_filters_sorts_and_pages() {
    let w = World::new();
    for at in 0..30 {
        w.test.clock.advance_seconds(60);
        w.customer(&format!("Kunde {at:02}"), &format!("kunde{at}.no"), at % 3 == 0);
    }
    let mut maya = w.browser("maya").await;
    let page = maya.get("/partner/customers").await;
    page.says(StatusCode::OK, &["Fjordline Logistics AS", "Kunde 23", "1–25 of 31"]).silent(&["Kunde 24<"]);
    let next = link(&page.body, "rel=\"next\"");
    let second = maya.get(&next).await;
    second.says(StatusCode::OK, &["Kunde 24", "Kunde 29", "26–31 of 31"]).silent(&["Kunde 23<"]);
    assert_eq!(link(&second.body, "rel=\"prev\""), "/partner/customers");
    let found = maya.get("/partner/customers?q=KUNDE17").await;
    found.says(StatusCode::OK, &["Kunde 17"]).silent(&["Kunde 18"]);
    let granted = maya.get("/partner/customers?priv=granted").await;
    granted.says(StatusCode::OK, &["Kunde 27", "1–11 of 11"]).silent(&["Kunde 28"]);
    let newest = maya.get("/partner/customers?sort=-since").await;
    newest.says(StatusCode::OK, &["Kunde 29", "aria-sort=\"descending\"", "?sort=since"]).silent(&["Fjordline"]);
    let down = maya.get("/partner/customers?sort=-name").await;
    let (a, b) = (down.body.find(">Kunde 29<").unwrap(), down.body.find(">Kunde 28<").unwrap());
    assert!(a < b);
    maya.get("/partner/customers?priv=removed").await.says(StatusCode::OK, &["No customers match", "Clear filters"]);
    // Without the script the arrow is a link that opens the record.
    let id = w.customer.id.to_string();
    let open = maya.get(&format!("/partner/customers?open={id}")).await;
    open.says(StatusCode::OK, &["aria-expanded=\"true\"", &format!("id=\"d-{id}\"><td")]);
    assert_eq!(open.body.matches("aria-expanded=\"true\"").count(), 1);
}

/// The address of the link with this attribute.
fn link(body: &str, attribute: &str) -> String {
    let (before, _) = body.split_once(attribute).unwrap();
    let (_, href) = before.rsplit_once("href=\"").unwrap();
    href.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&")
}

/// The address that opens the mail program, readable.
fn mailto(body: &str) -> String {
    let (_, rest) = body.split_once("href=\"mailto:").unwrap();
    let address = rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    let decoded = percent_encoding::percent_decode_str(&address).decode_utf8().unwrap();
    format!("mailto:{decoded}")
}

#[tokio::test]
async fn a_new_partner_is_told_how_to_begin() {
    let w = World::new();
    let other = w.test.partner("Nordic Distribution", "nordic.no", PartnerKind::Direct, &["NO"], None);
    w.person(&other, "Otto", PartnerRole::GlobalAdmin);
    let mut otto = w.browser_of("otto@nordic.no", entente_testkit::app::PASSWORD).await;
    for path in ["/partner/overview", "/partner/customers"] {
        otto.get(path).await.says(StatusCode::OK, &["No customers yet. Send a request"]);
    }
    otto.get("/partner/requests").await.says(StatusCode::OK, &["No requests yet", "invType=ResellerRelationship"]);
}

#[tokio::test]
async fn a_page_of_the_list_is_light() {
    let w = World::new();
    for at in 0..30 {
        // Names that compress badly, as real ones do.
        let name = format!("{} {} AS", NAMES[at % NAMES.len()], NAMES[(at * 7 + 3) % NAMES.len()]);
        let id = w.customer(
            &format!("{name} {at}"),
            &format!("{}{at}.no", NAMES[(at * 5) % NAMES.len()].to_lowercase()),
            at % 2 == 0,
        );
        subscription::add(&w.test.app, &w.maya, id, "productivity-standard", Some(i64::try_from(at).unwrap() * 17 + 3))
            .unwrap();
    }
    let mut maya = w.browser("maya").await;
    for path in ["/partner/customers", "/partner/customers?sort=-since", "/partner/requests", "/partner/activity"] {
        let page = maya.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(page.body.as_bytes()).unwrap();
        let size = packer.finish().unwrap().len();
        assert!(size <= 8_000, "{path}: {size} bytes");
    }
}

const NAMES: [&str; 16] = [
    "Avenir", "Nordberg", "Kestrel", "Teatro", "Havn", "Orchard", "Guanghe", "Vestland", "Lysaker", "Brekke",
    "Solheim", "Tindved", "Ulriken", "Myrland", "Fagerli", "Storvik",
];

#[tokio::test]
async fn the_file_honours_the_filters_and_starts_no_formula() {
    let w = World::new();
    w.customer("=HYPERLINK(\"http://x\",\"y\")", "evil.no", false);
    w.customer("@SUM(1)", "sum.no", true);
    let mut maya = w.browser("maya").await;
    let all = maya.post("/partner/customers/export.csv", &[]).await;
    assert_eq!(all.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(
        all.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename=\"customers-2026-")
    );
    all.says(StatusCode::OK, &["\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"", "\"'@SUM(1)\"", "Fjordline"]);
    for line in all.body.split("\r\n").filter(|line| !line.is_empty()) {
        assert!(line.split("\",\"").all(|cell| !cell.trim_start_matches('"').starts_with(['=', '+', '@'])), "{line}");
    }
    let granted = maya.post("/partner/customers/export.csv?priv=granted", &[]).await;
    granted.says(StatusCode::OK, &["Fjordline", "@SUM"]).silent(&["HYPERLINK"]);
    let page = maya.get("/partner/customers?priv=granted").await;
    page.says(StatusCode::OK, &["/partner/customers/export.csv?priv=granted"]);
}

#[tokio::test]
async fn a_request_is_chosen_written_sent_and_followed() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let blank = maya.get("/partner/requests/new").await;
    blank.says(
        StatusCode::OK,
        &["Include delegated administration privileges", "name=\"privileges\" value=\"on\" checked>"],
    );
    // In the Germany cloud the box cannot be cleared, and says why.
    let germany = maya.get(&link(&blank.body, ">Germany cloud</a>")).await;
    germany.says(StatusCode::OK, &["value=\"on\" checked disabled>", "In Germany cloud every request includes them"]);
    germany.says(StatusCode::OK, &["type=\"hidden\" name=\"cloud\" value=\"germany\""]);
    let fields =
        [("kind", "reseller"), ("cloud", "germany"), ("country", "NO"), ("domain", "lindqvist.no"), ("language", "en")];
    let made = maya.post("/partner/requests/new", &fields).await;
    let message = made.location().to_owned();
    let here = message.trim_end_matches("/message").to_owned();
    let page = maya.get(&message).await;
    page.says(
        StatusCode::OK,
        &["Review the e-mail", "Personal link, always included", "mailto:?subject=Brightwater%20IT"],
    );
    page.says(StatusCode::OK, &["Global administrator", "Copy to clipboard", "Send for me", "Done"]);
    let number: i64 = here.rsplit('/').next().unwrap().parse().unwrap();
    let url = invitation::view(&w.test.app, &w.maya, number).unwrap().link.unwrap();
    // Whatever the text, the link is there: in its block, in the mail program's message and in ours.
    let words =
        [("mail", "erik@lindqvist.no"), ("subject", "Nothing but this"), ("body", "No link at all."), ("do", "save")];
    maya.post(&message, &words).await.goes(&format!("{message}?done=saved"));
    let page = maya.get(&format!("{message}?done=saved")).await;
    page.says(StatusCode::OK, &["Saved", "Nothing but this", &url]);
    let decoded = mailto(&page.body);
    assert!(decoded.starts_with("mailto:erik@lindqvist.no?subject=Nothing but this&body="), "{decoded}");
    assert!(decoded.ends_with(&format!("No link at all.\r\n\r\n{url}")), "{decoded}");

    let long = "word ".repeat(500);
    let words = [("mail", "erik@lindqvist.no"), ("subject", "Long"), ("body", long.as_str()), ("do", "save")];
    maya.post(&message, &words).await.goes(&format!("{message}?done=saved"));
    let page = maya.get(&message).await;
    page.says(StatusCode::OK, &["too long for your mail program", "aria-disabled=\"true\""])
        .silent(&["href=\"mailto:"]);

    let words = [("mail", "erik@lindqvist.no"), ("subject", "As agreed"), ("body", "Hello Erik"), ("do", "send")];
    maya.post(&message, &words).await.goes(&format!("{here}?done=sent"));
    let page = maya.get(&here).await;
    // Nothing says "sent" before the mail server has.
    page.says(StatusCode::OK, &["Message waiting to be sent", "Queued", "erik@lindqvist.no", "As agreed", &url]);
    page.silent(&["Message taken by the mail server"]);

    maya.post(&here, &[("do", "reissue")])
        .await
        .goes(&format!("/partner/requests/{}/message?done=reissued", number + 1));
    let old = maya.get(&here).await;
    old.says(
        StatusCode::OK,
        &["Replaced by a newer request", &format!("/partner/requests/{}\">RQ-{}", number + 1, number + 1)],
    );
    old.silent(&[&url]);
    maya.get(&message).await.goes(&here);
}

#[tokio::test]
async fn a_chinese_draft_has_its_link_first() {
    let w = World::new();
    let mut maya = w.browser("maya").await;
    let fields =
        [("kind", "reseller"), ("cloud", "public"), ("country", "NO"), ("name", "光合"), ("language", "zh-CN")];
    let made = maya.post("/partner/requests/new", &fields).await;
    let page = maya.get(made.location()).await;
    page.says(StatusCode::OK, &["光合，您好"]).silent(&["too long for your mail program"]);
    let decoded = mailto(&page.body);
    assert!(
        decoded.split_once("&body=").unwrap().1.starts_with("https://halden.example/portal/public/accept/"),
        "{decoded}"
    );
}

#[tokio::test]
async fn a_request_is_withdrawn_and_its_link_is_gone() {
    let w = World::new();
    let view = w.draft(&w.maya, &w.customer, true);
    let here = format!("/partner/requests/{}", view.invitation.number);
    let mut maya = w.browser("maya").await;
    maya.get(&here).await.says(StatusCode::OK, &[view.link.as_deref().unwrap(), "id=\"revoke\""]);
    maya.get(&format!("{here}/revoke")).await.says(StatusCode::OK, &["Withdraw this request?", "Keep request"]);
    maya.post(&format!("{here}/revoke"), &[]).await.goes(&format!("{here}?done=revoked"));
    let page = maya.get(&here).await;
    page.says(StatusCode::OK, &["Withdrawn by you"]).silent(&[view.link.as_deref().unwrap(), "id=\"revoke\""]);
    maya.get(&format!("{here}/revoke")).await.goes(&here);
    maya.post(&here, &[("do", "revoke")]).await.says(StatusCode::CONFLICT, &["<code>closed</code>"]);
}

#[tokio::test]
async fn what_was_granted_stands_beside_what_was_asked() {
    let w = World::new();
    let lindqvist = w.test.tenant("Lindqvist Arkitekter", "lindqvist.no", Cloud::Public, "NO");
    let erik = w.test.person(&lindqvist, "Erik", &[], true);
    let view = w.draft(&w.maya, &lindqvist, true);
    acceptance::accept(&w.test.app, &erik, &opened(&view), Cloud::Public, RESELLER_ONLY).unwrap();
    let mut maya = w.browser("maya").await;
    let page = maya.get(&format!("/partner/requests/{}", view.invitation.number)).await;
    page.says(StatusCode::OK, &["Accepted without privileges", &format!("/partner/customers/{}", lindqvist.id)]);
}

#[tokio::test]
async fn the_register_filters_by_state_and_pages_by_number() {
    let w = World::new();
    for _ in 0..30 {
        w.draft(&w.maya, &w.customer, true);
    }
    let mut maya = w.browser("maya").await;
    let page = maya.get("/partner/requests").await;
    page.says(StatusCode::OK, &["RQ-31", "RQ-7<", "Worldwide cloud, without privileges", "DAP=false"])
        .silent(&["RQ-6<"]);
    let second = maya.get(&link(&page.body, "rel=\"next\"")).await;
    second.says(StatusCode::OK, &["RQ-6<", "RQ-1<", "26–31"]).silent(&["RQ-7<"]);
    let accepted = maya.get("/partner/requests?state=accepted").await;
    accepted.says(StatusCode::OK, &["RQ-1<"]).silent(&["RQ-2<"]);
    maya.get("/partner/requests?state=declined").await.says(StatusCode::OK, &["No requests in this state"]);
    // Whoever may not ask for privileges is given no link that does.
    w.person(&w.partner, "Sana", PartnerRole::SalesAgent);
    let mut sana = w.browser("sana").await;
    sana.get("/partner/requests").await.says(StatusCode::OK, &["DAP=false"]).silent(&["DAP=true"]);
    sana.get("/partner/requests/new").await.says(StatusCode::OK, &["Only admin agents and global admins"]);
}

#[tokio::test]
async fn a_relationship_is_removed_once_nothing_runs_any_more() {
    let w = World::new();
    let sid = w.subscribe(25);
    let here = format!("/partner/customers/{}", w.customer.id);
    let mut maya = w.browser("maya").await;
    let named = format!("<a href=\"{here}/subscriptions/{sid}\">");
    maya.get(&here).await.says(
        StatusCode::OK,
        &["One subscription is still active", &named, "Productivity Standard · 25", "aria-disabled=\"true\""],
    );
    let blocked = maya.get(&format!("{here}/remove")).await;
    blocked.says(StatusCode::CONFLICT, &[&named, "<code>subscriptions_active</code>", "Nothing has been changed"]);
    maya.post(&format!("{here}/remove"), &[]).await.says(StatusCode::CONFLICT, &[&named]);

    let row = format!("{here}/subscriptions/{sid}");
    maya.post(&row, &[("do", "suspend")]).await.goes(&format!("{here}/subscriptions?done=suspended"));
    maya.get("/partner/customers").await.says(StatusCode::OK, &["1 suspended"]);
    let confirm = maya.get(&format!("{here}/remove")).await;
    confirm.says(
        StatusCode::OK,
        &["End the relationship with Fjordline", "leaves your list", "support contact", "privileges end", "cannot buy"],
    );
    maya.get(&here).await.says(StatusCode::OK, &["<dialog id=\"end\"", "data-dialog=\"end\""]);
    maya.post(&format!("{here}/remove"), &[]).await.goes("/partner/customers?done=ended");
    maya.get("/partner/customers?done=ended")
        .await
        .says(StatusCode::OK, &["Relationship removed"])
        .silent(&["Fjordline"]);
    maya.get(&here).await.says(StatusCode::NOT_FOUND, &[]);
    maya.get("/partner/activity").await.says(StatusCode::OK, &["ended the relationship with"]);
}

#[tokio::test]
async fn only_a_global_admin_removes_and_a_reseller_is_told_whom_to_ask() {
    let w = World::new();
    w.person(&w.partner, "Tom", PartnerRole::AdminAgent);
    let mut tom = w.browser("tom").await;
    let here = format!("/partner/customers/{}", w.customer.id);
    tom.get(&here).await.says(StatusCode::OK, &["Only a global admin of your organisation"]).silent(&["id=\"end\""]);
    tom.get(&format!("{here}/remove")).await.says(StatusCode::FORBIDDEN, &["<code>forbidden</code>"]);

    let provider = w.test.partner("Nordic Distribution", "nordic.no", PartnerKind::IndirectProvider, &["NO"], None);
    w.person(&provider, "Pia", PartnerRole::GlobalAdmin);
    let reseller =
        w.test.partner("Kestrel Reach", "kestrel.no", PartnerKind::IndirectReseller, &["NO"], Some(provider.tenant.id));
    let rolf = w.person(&reseller, "Rolf", PartnerRole::GlobalAdmin);
    w.connect(&rolf, &w.customer, &w.admin, true);
    let mut rolf = w.browser_of("rolf@kestrel.no", entente_testkit::app::PASSWORD).await;
    let page = rolf.get(&here).await;
    page.says(StatusCode::OK, &["Only Nordic Distribution can end this relationship", "Indirect reseller"]);
    let refused = rolf.post(&format!("{here}/remove"), &[]).await;
    refused.says(StatusCode::FORBIDDEN, &["indirect_reseller_cannot_end", "Nordic Distribution"]);
    let bought = rolf.get(&format!("{here}/subscriptions")).await;
    bought.says(StatusCode::OK, &["Nordic Distribution places the orders"]).silent(&["id=\"add\""]);

    // The provider sells, and names its reseller as the one to call.
    let mut pia = w.browser_of("pia@nordic.no", entente_testkit::app::PASSWORD).await;
    let list = format!("{here}/subscriptions");
    pia.post(&list, &[("product", "productivity-standard"), ("quantity", "3")])
        .await
        .goes(&format!("{list}?done=added"));
    let page = pia.get(&list).await;
    page.says(StatusCode::OK, &["Support contact of Productivity Standard", "Kestrel Reach"]);
    let (_, rest) = page.body.split_once(&format!("<a href=\"{list}/")).unwrap();
    let row = format!("{list}/{}", rest.split('"').next().unwrap());
    let to = reseller.tenant.id.to_string();
    pia.post(&row, &[("do", "support"), ("support", &to)]).await.goes(&format!("{list}?done=saved"));
    pia.get(&list).await.says(StatusCode::OK, &[&format!("value=\"{to}\" selected")]);
}

#[tokio::test]
async fn privileges_are_given_up_and_asked_back() {
    let w = World::new();
    let here = format!("/partner/customers/{}", w.customer.id);
    let mut maya = w.browser("maya").await;
    maya.get(&here).await.says(StatusCode::OK, &["Granted", "Give up privileges", "<dialog id=\"give-up\""]);
    maya.get(&format!("{here}/give-up")).await.says(StatusCode::OK, &["Give up your privileges at Fjordline"]);
    maya.post(&format!("{here}/give-up"), &[]).await.goes(&format!("{here}?done=given-up"));
    let page = maya.get(&here).await;
    page.says(StatusCode::OK, &["Given up by Maya on", "Ask to restore"]).silent(&["id=\"give-up\""]);
    maya.get(&format!("{here}/give-up")).await.says(StatusCode::CONFLICT, &["<code>no_privileges</code>"]);
    maya.get(&format!("{here}/subscriptions")).await.says(StatusCode::OK, &["Without administration privileges"]);
    let restore = maya.get(&format!("{here}/restore")).await;
    restore.says(StatusCode::OK, &["Ask Fjordline Logistics AS to restore privileges", "gave the privileges up on"]);
    let made = maya.post(&format!("{here}/restore"), &[("mail", "ingrid@fjordline.no"), ("language", "en")]).await;
    maya.get(made.location()).await.says(StatusCode::OK, &["asks to restore its privileges"]);
}

#[tokio::test]
async fn what_happened_can_be_read_for_one_customer() {
    let w = World::new();
    w.customer("Avenir Dental Group", "avenir.no", true);
    w.subscribe(5);
    let mut maya = w.browser("maya").await;
    let all = maya.get("/partner/activity").await;
    all.says(StatusCode::OK, &["Avenir Dental Group", "Fjordline Logistics AS", "Maya", "Productivity Standard"]);
    let one = maya.get(&format!("/partner/activity?customer={}", w.customer.id)).await;
    one.says(StatusCode::OK, &["Only Fjordline Logistics AS", "Productivity Standard"]).silent(&["Avenir"]);
    let found = maya.get("/partner/activity?find=fjord").await;
    found.says(StatusCode::OK, &[&format!("/partner/activity?customer={}", w.customer.id), "Choose the customer"]);
    maya.get("/partner/activity?find=zzz").await.says(StatusCode::OK, &["No customers match"]);
}

#[tokio::test]
async fn a_long_log_is_read_page_by_page() {
    let w = World::new();
    for _ in 0..60 {
        w.draft(&w.maya, &w.customer, false);
    }
    let mut maya = w.browser("maya").await;
    let first = maya.get("/partner/activity").await;
    first.says(StatusCode::OK, &["1–50"]);
    let second = maya.get(&link(&first.body, "rel=\"next\"")).await;
    second.says(StatusCode::OK, &["51–"]);
    let rows = |body: &str| body.matches("<tr class=\"row\">").count();
    assert_eq!(rows(&first.body) + rows(&second.body), w.events() + 2, "each once; and two sign-ins");
    assert_eq!(link(&second.body, "rel=\"prev\""), "/partner/activity");
}

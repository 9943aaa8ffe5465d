//! The page `/_ui`: every component in its states, for looking at and for screenshot tests. The server mounts it in demo
//! mode only. Its sample texts are English on purpose: they are no words of the product.

use askama::Template;
use axum::Router;
use axum::routing::get;
use entente_domain::time::Timestamp;

use crate::Problem;
use crate::i18n::Words;
use crate::ui::{self, Html, Nav, NavItem, Page, Person, Point, Portal, Rendered};
use crate::web::Visit;

/// The route of the gallery, to be merged into the pages that go into [`crate::web::shell`].
pub fn routes() -> Router {
    Router::new().route("/_ui", get(show)).route("/_ui/focus", get(focus))
}

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery {
    page: Page,
    now: Timestamp,
    crumbs: ui::Crumbs,
    steps: ui::Steps,
    stats: ui::Stats,
    segments: ui::Segments,
    pager: ui::Pager,
    timeline: ui::Timeline,
    mail: ui::MailSheet,
    todos: ui::Todos,
    errors: ui::Errors,
    options: Vec<ui::OptionItem>,
    months: Vec<Point>,
    stages: Vec<Point>,
    ticks: Vec<Option<bool>>,
}

impl Gallery {
    fn chart<'a>(&self, title: &'a str) -> ui::Caption<'a> {
        ui::Caption { words: self.page.words, title, text: "A sentence about it", heads: ["What", "How many"] }
    }
}

#[derive(Template)]
#[template(path = "gallery_focus.html")]
struct Focus {
    page: Page,
    parties: ui::Parties,
    account: ui::Account,
    permissions: ui::Permissions,
    assurances: ui::Permissions,
}

fn page(visit: &Visit, title: &str) -> Page {
    let main = vec![
        NavItem::new("/_ui", "users", "Components").count("214").key('c'),
        NavItem::new("/_ui/focus", "send", "Focus page").count("9").key('r'),
    ];
    let rest = vec![NavItem::new("/_ui?more", "activity", "Activity log")];
    let nav = vec![Nav { title: None, items: main }, Nav { title: Some("Account".to_owned()), items: rest }];
    let person = Person {
        name: "Maya Okafor".to_owned(),
        mail: "maya@brightwater.example".to_owned(),
        organisation: "Brightwater IT".to_owned(),
    };
    Page::new(visit, Portal::Partner, title)
        .nav(nav, "/_ui")
        .person(person)
        .search("/_ui", "Search customers, domains, requests")
        .new_href("/_ui/focus")
}

fn mail(words: Words) -> ui::MailSheet {
    let url = "https://portal.halden.example/accept/r_8Qm2xV7tKpZc";
    ui::MailSheet {
        words,
        to: "erik@lindqvist.example".to_owned(),
        from: "Maya Okafor <maya@brightwater.example>".to_owned(),
        subject: "Brightwater IT would like to become your Halden Cloud reseller".to_owned(),
        before: "Hello Erik,\n\nAs agreed, here is the request. You will see exactly what you are granting.".to_owned(),
        locked: "Personal link, always included".to_owned(),
        valid: "Valid until 20 Feb 2027".to_owned(),
        link: ui::LinkBox { url: url.to_owned(), copy: "Copy link".to_owned() },
        after: "Any questions? Reply here.\n\nMaya Okafor".to_owned(),
    }
}

async fn show(visit: Visit) -> Result<Rendered, Problem> {
    let words = visit.words();
    let segment = |label: &str, count: &str, current| ui::Segment {
        href: "/_ui".to_owned(),
        label: label.to_owned(),
        count: Some(count.to_owned()),
        current,
    };
    let stat = |label: &str, value: &str, note: Option<(&'static str, &str)>| ui::Stat {
        label: label.to_owned(),
        value: value.to_owned(),
        note: note.map(|(tone, text)| (tone, text.to_owned())),
        href: Some("/_ui".to_owned()),
    };
    let moment = |icon, tone, what: &str, days, future| ui::Moment {
        icon,
        tone,
        what: Html::text(what),
        when: ui::day(words, visit.now.plus_days(days)),
        sub: Some(Html::text("By Maya Okafor")),
        future,
    };
    let todo = |tone: &str, badge: &str, name: &str, rest: &str, action: &str| ui::Todo {
        badge: ui::badge(tone, badge),
        text: Html::trusted(format!("{} {}", Html::strong(name), Html::text(rest))),
        action: Some(ui::link("/_ui", action).small()),
    };
    let months = ["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"];
    let counts = [171, 174, 176, 181, 183, 188, 190, 193, 197, 201, 208, 214];
    ui::render(&Gallery {
        page: page(&visit, "Components").toast(Some("Message and link copied".to_owned())),
        now: visit.now,
        crumbs: ui::Crumbs {
            words,
            above: vec![("/_ui".to_owned(), "Customers".to_owned()), ("/_ui".to_owned(), "Fjordline".to_owned())],
            here: "Components".to_owned(),
        },
        steps: ui::Steps {
            label: "Progress".to_owned(),
            steps: ["Choose what to ask for", "Review the e-mail", "Wait for acceptance"].map(str::to_owned).to_vec(),
            current: 1,
        },
        stats: ui::Stats {
            items: vec![
                stat("Customers", "214", Some(("up", "+6 this month"))),
                stat("Waiting for an answer", "9", Some(("", "oldest 18 days"))),
                stat("Privileges ending in 30 days", "7", Some(("soon", "3 will not renew"))),
                stat("Privileges removed", "2", None),
            ],
        },
        segments: ui::Segments {
            label: "Delegated privileges".to_owned(),
            parts: vec![segment("All", "214", true), segment("Granted", "187", false), segment("Removed", "2", false)],
        },
        pager: ui::Pager {
            words,
            said: words.t_with("pager-count", &[ui::arg("from", 1), ui::arg("to", 8), ui::arg("n", 1_214)]),
            previous: None,
            next: Some("/_ui?after=8".to_owned()),
        },
        timeline: ui::Timeline {
            moments: vec![
                moment("calendar", "", "Renews itself for 180 days", 110, true),
                moment("sign-in", "acc", "Tom Berg opened Mail on their behalf", 0, false),
                moment("group", "warn", "Group Security on call added with 3 roles", -1, false),
                moment("check-circle", "ok", "Ingrid Solberg approved all 14 roles", -255, false),
            ],
        },
        mail: mail(words),
        todos: ui::Todos {
            items: vec![
                todo("bad", "Removed", "Nordberg Bakeri", "removed your privileges yesterday.", "Ask to restore"),
                todo("warn", "Ends in 12 days", "Avenir Dental Group", "will not renew.", "Review"),
                todo("info", "18 days", "post@vestlandbygg.example", "has not answered.", "Send reminder"),
            ],
        },
        errors: ui::Errors {
            words,
            items: vec![("domain".to_owned(), "Enter a domain such as example.org".to_owned())],
        },
        options: vec![ui::option("", "Any"), ui::option("no", "Norway"), ui::option("de", "Germany")],
        months: months.iter().zip(counts).map(|(month, count)| Point::new(*month, count)).collect(),
        stages: vec![
            Point::new("Sent", 64),
            Point::new("Signed in", 39).note("61% of sent"),
            Point::new("Accepted", 34).note("87% of those"),
            Point::new("With roles", 26).note("76% of those"),
        ],
        ticks: (0..48).map(|half_hour| (half_hour % 11 != 3).then_some(half_hour % 17 != 5)).collect(),
    })
}

async fn focus(visit: Visit) -> Result<Rendered, Problem> {
    let permission = |icon, tone, title: &str, text: &str| ui::Permission {
        icon,
        tone,
        title: title.to_owned(),
        text: text.to_owned(),
        more: Vec::new(),
        note: None,
    };
    let mut risky =
        permission("shield-alert", "risk", "Act as Global administrator", "Full control of users, settings and data.");
    risky.more = vec!["Create, change and delete users".to_owned(), "Reset anyone’s password".to_owned()];
    risky.note = Some("Given to Brightwater’s admin agents (6 people).".to_owned());
    let page = Page::new(&visit, Portal::Customer, "Accept Brightwater IT");
    ui::render(&Focus {
        page,
        parties: ui::Parties {
            from: ("Brightwater IT".to_owned(), "Partner, Bergen, Norway".to_owned()),
            to: ("Lindqvist Arkitekter AS".to_owned(), "Your organisation".to_owned()),
        },
        account: ui::Account {
            name: "Erik Lindqvist".to_owned(),
            mail: Some("erik@lindqvist.example".to_owned()),
            role: "Global administrator of Lindqvist Arkitekter AS".to_owned(),
            switch: Some(("/_ui/focus".to_owned(), "Switch account".to_owned())),
        },
        permissions: ui::Permissions {
            items: vec![
                permission("cart", "yes", "Buy and change subscriptions for you", "They bill you under your contract."),
                permission("support", "yes", "Open service requests in your name", "You see each one under Support."),
                risky,
            ],
        },
        assurances: ui::Permissions {
            items: vec![
                permission("user-check", "no", "They act under their own names", "No passwords are shared."),
                permission("undo", "no", "You can remove the roles whenever you like", "Takes effect within a minute."),
            ],
        },
    })
}

//! P20: what happened, by whom, at which customer, from where. Newest first.

use askama::Template;
use entente_app::activity::{self, Entry, Filter, Who};
use entente_app::customer::{self, Query as Listing};
use entente_app::{App, Ctx, Error};
use entente_domain::ids::{EventId, TenantId};
use entente_domain::policy::Action;
use entente_domain::text::SearchText;
use serde::Deserialize;

use super::{Desk, ask, words};
use crate::i18n::Words;
use crate::trail::{Place, Shown, at};
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::Query;
use crate::{PartnerSession, Problem};

/// Entries on a page.
const ROWS: i64 = 50;
/// Customers offered for a name typed.
const OFFERED: i64 = 8;
const HERE: &str = "/partner/activity";

/// The filter as the address holds it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    customer: Option<String>,
    /// Part of a customer's name, domain or id.
    #[serde(default)]
    find: String,
    cursor: Option<String>,
    trail: Option<String>,
    from: Option<u32>,
}

#[derive(Template)]
#[template(path = "partner/activity.html")]
struct View {
    page: Page,
    find: String,
    /// What was typed found: address and name.
    offered: Option<Vec<(String, String)>>,
    only: Option<String>,
    rows: Vec<Row>,
    pager: ui::Pager,
}

struct Row {
    at: Html,
    who: String,
    organisation: String,
    icon: &'static str,
    tone: &'static str,
    what: Html,
    details: String,
    request: Option<i64>,
    customer: String,
    address: String,
}

/// The customers a typed text could mean. A whole id also finds a customer that has left the list.
fn matching(app: &App, ctx: &Ctx, typed: &str) -> Result<Vec<(String, String)>, Error> {
    let Ok(search) = SearchText::parse(typed) else { return Ok(Vec::new()) };
    let query = Listing { search: Some(search), ..Listing::default() };
    let found = customer::list(app, ctx, &query, OFFERED)?;
    let mut offered: Vec<_> = found.lines.into_iter().map(|line| (line.id.to_string(), line.name)).collect();
    if let (true, Ok(id)) = (offered.is_empty(), typed.trim().parse::<TenantId>()) {
        offered.push((id.to_string(), id.to_string()));
    }
    Ok(offered)
}

/// `GET /partner/activity`
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    let customer = asked.customer.as_deref().map(str::parse::<TenantId>).transpose();
    let customer = customer.map_err(|_| Problem::broken_form())?;
    let before = asked.cursor.as_deref().map(str::parse::<EventId>).transpose().map_err(|_| Problem::broken_form())?;
    let s = &desk.s;
    let find = asked.find.trim().to_owned();
    let looks = !find.is_empty() && s.me.may(Action::ViewCustomers);
    let (found, offered, only) = ask(s, move |app, ctx| {
        let found = activity::of_partner(app, ctx, &Filter { customer, partner: None }, before, ROWS)?;
        let offered = if looks { Some(matching(app, ctx, &find)?) } else { None };
        let only = match customer.map(|id| (id, customer::line(app, ctx, id))) {
            None => None,
            Some((_, Ok(line))) => Some(line.name),
            // Left, never there, or not this person's to see: the id is all there is to say.
            Some((id, Err(Error::NotFound | Error::Denied(_)))) => Some(id.to_string()),
            Some((_, Err(error))) => return Err(error),
        };
        Ok((found, offered, only))
    })
    .await?;
    let words = s.visit.words();
    let id = customer.map(|it| it.to_string()).unwrap_or_default();
    let place = Place { cursor: asked.cursor.as_deref(), trail: asked.trail.as_deref(), from: asked.from };
    let shown = Shown { rows: ROWS, here: found.entries.len(), all: None };
    let next = found.next.map(|it| it.to_string());
    let link = |(id, name): (String, String)| (at(HERE, &[("customer", &id)]), name);
    let view = View {
        page: desk.page(words.t("seen-title"), HERE),
        find: asked.find.clone(),
        offered: offered.map(|all| all.into_iter().map(link).collect()),
        only: only.map(|name| words.t_with("seen-only", &[arg("customer", &name)])),
        rows: found.entries.iter().map(|it| row(s, it)).collect(),
        pager: place.pager(words, &at(HERE, &[("customer", &id)]), shown, next.as_deref()),
    };
    ui::render(&view)
}

fn who(words: Words, who: &Who) -> (String, String) {
    match who {
        Who::Person { name, organisation } => (name.clone(), organisation.clone()),
        Who::Anonymous => (words.t("seen-who-anonymous"), String::new()),
        Who::Operator => (words.t("seen-who-operator"), String::new()),
        Who::System => (words.t("seen-who-system"), String::new()),
    }
}

fn row(s: &PartnerSession, entry: &Entry) -> Row {
    let words = s.visit.words();
    let (icon, tone) = words::mark(entry.kind);
    let (who, organisation) = who(words, &entry.actor);
    Row {
        at: ui::moment(words, entry.at),
        who,
        organisation,
        icon,
        tone,
        what: words::happened(words, entry),
        details: words::details(words, entry).join(" · "),
        request: entry.request,
        customer: entry.customer.clone().unwrap_or_default(),
        address: entry.address.clone().unwrap_or_default(),
    }
}

//! P9: one subscription: what it costs, what follows its term, and everything that can be changed about it.

mod cancel;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::order::{self, Wish};
use entente_app::subscription::{self, View as Found};
use entente_app::{Error, Field, Invalid};
use entente_domain::catalogue;
use entente_domain::ids::{FormId, SubscriptionId, TenantId};
use entente_domain::policy::Action;
use entente_domain::subscription::{Because, Commitment, Provisioning, Refused, Subscription};
use entente_domain::text::SubscriptionName;
use serde::Deserialize;

use super::subscriptions::quantity;
use super::{Desk, Within, Wrong, after, ask};
use crate::i18n::Words;
use crate::key;
use crate::session::spoken;
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::{Form, Query};
use crate::words::buying;
use crate::{PartnerSession, Problem, words};

pub(super) use cancel::{cancel, confirm_cancel};

/// What the forms of this page hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    #[serde(rename = "do")]
    what: Option<What>,
    name: String,
    quantity: String,
    seen: String,
    product: String,
    seats: String,
    form: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Suspend,
    Activate,
    Rename,
    Quantity,
    Renew,
    End,
    Extend,
}

/// How many are thought about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    quantity: Option<String>,
}

#[derive(Template)]
#[template(path = "partner/subscription.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    here: String,
    errors: ui::Errors,
    notice: Option<String>,
    badge: Html,
    facts: Vec<(String, Html)>,
    rename: Option<ui::Field>,
    change: Option<Change>,
    steps: Vec<Step>,
    add_ons: Vec<(String, String, Html)>,
    extend: Option<Extend>,
}

/// Changing the quantity: thinking about it, then doing it.
struct Change {
    field: ui::Field,
    seen: String,
    /// The quantity thought about, what it would cost, and the words of the button.
    offer: Option<(String, String, String)>,
}

/// One thing that can be done, with what follows from it.
struct Step {
    text: String,
    button: ui::Button,
    /// Whether the button leads to a question instead of doing it.
    asks: bool,
}

struct Extend {
    product: ui::Select,
    quantity: ui::Field,
    form: String,
}

fn at(id: TenantId, sid: SubscriptionId) -> String {
    format!("/partner/customers/{id}/subscriptions/{sid}")
}

/// The way back up from a page about one subscription.
fn crumbs(words: Words, found: &Found, here: String) -> ui::Crumbs {
    let customer = format!("/partner/customers/{}", found.customer.id);
    ui::Crumbs {
        words,
        above: vec![
            ("/partner/customers".to_owned(), words.t("customers-title")),
            (customer.clone(), found.customer.name.to_string()),
            (format!("{customer}/subscriptions"), words.t("subs-title")),
        ],
        here,
    }
}

/// `GET /partner/customers/{id}/subscriptions/{sid}`
pub(super) async fn show(
    desk: Desk,
    Within(id, sid): Within<TenantId, SubscriptionId>,
    Query(asked): Query<Asked>,
) -> Result<Rendered, Problem> {
    let found = ask(&desk.s, move |app, ctx| subscription::get(app, ctx, id, sid)).await?;
    let typed = Typed { quantity: asked.quantity.clone().unwrap_or_default(), ..Typed::default() };
    page_of(&desk, &found, &typed, asked.quantity.is_some(), &Wrong::default()).await
}

async fn page_of(desk: &Desk, found: &Found, typed: &Typed, thinks: bool, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let it = &found.subscription;
    let title = buying::title(words, it);
    let here = at(it.customer, it.id);
    let may = s.me.may(Action::ManageSubscriptions);
    let (change, thought) = match (may && it.is_active()).then_some(it.commitment).flatten() {
        Some(commitment) => {
            let (change, wrong) = change(s, it, &commitment, typed, thinks, wrong.get("quantity"));
            (Some(change), wrong)
        }
        None => (None, None),
    };
    let wrong = wrong.clone().and("quantity", thought.filter(|_| wrong.get("quantity").is_none()));
    let held = it.name.as_ref().map(ToString::to_string).unwrap_or_default();
    let refused = wrong.get("name").is_some();
    let mut extend = if may { extend(s, found, typed, &wrong) } else { None };
    if let Some(extend) = &mut extend {
        extend.form = super::subscriptions::form_id(s, it.customer, &typed.form).await?;
    }
    ui::render(&View {
        page: desk.page(&title, "/partner/customers"),
        crumbs: crumbs(words, found, title.clone()),
        lead: words.t_with("sub-lead", &[arg("customer", found.customer.name.as_str())]),
        errors: wrong.list(s.visit.words()),
        notice: notice(words, found),
        badge: buying::running(words, it),
        facts: facts(s, found),
        rename: (may && it.is_active()).then(|| {
            ui::field("name", words.t("sub-name"))
                .value(if refused { &typed.name } else { &held })
                .max(100)
                .hint(words.t_with("sub-name-hint", &[arg("product", &words::product(words, &it.product))]))
                .error(wrong.get("name"))
        }),
        change,
        steps: if may { steps(s, found, &here) } else { Vec::new() },
        add_ons: found.add_ons.iter().map(|it| add_on(words, it)).collect(),
        extend,
        here,
    })
}

/// What keeps most actions closed, where something does.
fn notice(words: Words, found: &Found) -> Option<String> {
    let it = &found.subscription;
    if it.state.is_over() {
        return Some(words.t("sub-over"));
    }
    let parent = found.parent.as_ref().filter(|it| !it.is_active());
    match parent {
        Some(parent) if !it.is_active() => {
            Some(words.t_with("sub-parent-suspended", &[arg("product", &buying::title(words, parent))]))
        }
        _ if !it.is_active() => Some(words.t("sub-suspended")),
        _ => None,
    }
}

fn facts(s: &PartnerSession, found: &Found) -> Vec<(String, Html)> {
    let words = s.visit.words();
    let it = &found.subscription;
    let base = format!("/partner/customers/{}", it.customer);
    let mut facts = vec![(words.t("subs-product"), words::product(words, &it.product).into())];
    if let Some(quantity) = it.quantity {
        facts.push((words.t("subs-quantity"), words.number(quantity).into()));
    }
    match &it.commitment {
        Some(commitment) => {
            let price = words.t_with("buy-unit-price", &[arg("amount", &buying::money(words, commitment.price))]);
            facts.push((words.t("sub-term"), buying::plan(words, commitment.term, commitment.cycle).into()));
            facts.push((words.t("sub-price"), price.into()));
            if let Some(quantity) = it.seats() {
                let total = buying::each(words, commitment.cycle, commitment.total(quantity));
                facts.push((words.t("sub-total"), Html::strong(&total)));
            }
        }
        None => facts.push((words.t("subs-billing"), super::subscriptions::billing(words, it.billing).into())),
    }
    facts.extend(buying::renewal(words, it).map(|said| (words.t("sub-renewal"), said.into())));
    if let Some(parent) = &found.parent {
        let link = Html::link(&at(it.customer, parent.id), &buying::title(words, parent));
        facts.push((words.t("sub-extends"), link));
    }
    facts.push((words.t("subs-since"), ui::day(words, it.created_at)));
    facts.push((words.t("sub-provisioning"), words.t(provisioning(it.provisioning(s.visit.now))).into()));
    if let Some(number) = found.order {
        facts.push((words.t("sub-order"), Html::link(&format!("{base}/orders/{number}"), &format!("OR-{number}"))));
    }
    if let Some(reseller) = &found.of_record {
        facts.push((words.t("sub-of-record"), reseller.as_str().into()));
    }
    facts.push((words.t("subs-support"), found.support.as_str().into()));
    let id = it.id.to_string();
    let copy = ui::copy_button(&id, &words.t("sub-copy-id"));
    facts.push((words.t("sub-id"), Html::trusted(format!("<code>{}</code> {copy}", Html::text(&id)))));
    facts
}

const fn provisioning(state: Provisioning) -> &'static str {
    match state {
        Provisioning::Success => key!("sub-provisioned"),
        Provisioning::Pending => key!("sub-provisioning-pending"),
        Provisioning::Failed => key!("sub-provisioning-failed"),
    }
}

/// The form that changes the quantity, with what is wrong with the one thought about.
fn change(
    s: &PartnerSession,
    it: &Subscription,
    commitment: &Commitment,
    typed: &Typed,
    thinks: bool,
    wrong: Option<String>,
) -> (Change, Option<String>) {
    let words = s.visit.words();
    let thought = if thinks { try_quantity(s, it, &typed.quantity) } else { Err(None) };
    let wrong = wrong.or_else(|| thought.as_ref().err().cloned().flatten());
    let held = it.quantity.unwrap_or_default().to_string();
    let shown = if typed.quantity.is_empty() && wrong.is_none() { &held } else { &typed.quantity };
    let field = ui::field("quantity", words.t("subs-quantity"))
        .value(shown)
        .max(12)
        .required()
        .hint(limits(s, it, commitment))
        .error(wrong.clone());
    let offer = thought.ok().map(|to| {
        let amount = |units| buying::each(words, commitment.cycle, commitment.total(units));
        let price = buying::money(words, commitment.price);
        let (total, before) = (amount(to), amount(it.quantity.unwrap_or_default()));
        let args = [arg("quantity", to), arg("price", &price), arg("total", &total), arg("before", &before)];
        let button = words.t_with("sub-change-to", &[arg("quantity", to)]);
        (to.to_string(), words.t_with("sub-change-total", &args), button)
    });
    (Change { field, seen: it.version.to_string(), offer }, wrong)
}

/// The quantity thought about, or what is wrong with it; nothing is wrong with the one there is.
fn try_quantity(s: &PartnerSession, it: &Subscription, typed: &str) -> Result<i64, Option<String>> {
    let to = quantity(typed).ok().flatten().ok_or_else(|| Some(range(s, it)))?;
    match it.clone().change_quantity(to, s.visit.now) {
        Ok(_) => Ok(to),
        Err(refused) => Err(too_much(s, it, refused)),
    }
}

/// What is wrong with a quantity, where that is what was refused.
fn too_much(s: &PartnerSession, it: &Subscription, refused: Refused) -> Option<String> {
    let words = s.visit.words();
    match refused.because {
        Because::Quantity => Some(range(s, it)),
        Because::CannotDecrease => {
            let (least, _) = it.range(s.visit.now);
            Some(words.t_with("sub-cannot-decrease", &[arg("min", &words.number(least))]))
        }
        _ => None,
    }
}

fn range(s: &PartnerSession, it: &Subscription) -> String {
    let (min, max) = it.range(s.visit.now);
    crate::wrong::message(s.visit.words(), "quantity", Invalid::OutOfRange { min, max })
}

/// How far the quantity can be changed now, and until when.
fn limits(s: &PartnerSession, it: &Subscription, commitment: &Commitment) -> String {
    let words = s.visit.words();
    let (min, max) = it.range(s.visit.now);
    let (min, max) = (words.number(min), words.number(max));
    if commitment.window.is_open(s.visit.now) {
        let date = words.date_time(commitment.window.closes_at());
        return words.t_with("sub-limits-open", &[arg("min", &min), arg("max", &max), arg("date", &date)]);
    }
    words.t_with("sub-limits", &[arg("max", &max)])
}

fn steps(s: &PartnerSession, found: &Found, here: &str) -> Vec<Step> {
    let words = s.visit.words();
    let it = &found.subscription;
    let with = |known: &'static str, extended: &'static str| {
        let running = found.add_ons.iter().any(|it| !it.state.is_over());
        words.t(if running { extended } else { known })
    };
    let does = |text: String, label: String, value: &str| Step {
        text,
        button: ui::submit(label).sends("do", value),
        asks: false,
    };
    let mut steps = Vec::new();
    if it.clone().renew(found.parent.as_ref()).is_ok() {
        steps.push(does(words.t("sub-renew-text"), words.t("sub-renew"), "renew"));
    }
    if it.clone().let_end().is_ok() {
        steps.push(does(with(key!("sub-end-text"), key!("sub-end-text-add-ons")), words.t("sub-end"), "end"));
    }
    if it.clone().suspend().is_ok() {
        let text = with(key!("sub-suspend-text"), key!("sub-suspend-text-add-ons"));
        steps.push(does(text, words.t("subs-suspend"), "suspend"));
    }
    if it.clone().activate(found.parent.as_ref()).is_ok() {
        steps.push(does(words.t("sub-activate-text"), words.t("subs-activate"), "activate"));
    }
    if it.is_cancellable(s.visit.now) {
        let text = match it.cancellable_until() {
            Some(until) => words.t_with("sub-cancel-until", &[arg("date", &words.date_time(until))]),
            None => words.t("sub-cancel-any-time"),
        };
        let button = ui::link(format!("{here}/cancel"), words.t("sub-cancel")).danger();
        steps.push(Step { text, button, asks: true });
    } else if !it.state.is_over() {
        let button = ui::link(format!("{here}/cancel"), words.t("sub-cancel")).danger().disabled(true);
        steps.push(Step { text: words.t("sub-cancel-passed"), button, asks: true });
    }
    steps
}

fn add_on(words: Words, it: &Subscription) -> (String, String, Html) {
    let quantity = it.quantity.map(|n| format!(" · {}", words.number(n))).unwrap_or_default();
    (at(it.customer, it.id), format!("{}{quantity}", buying::title(words, it)), buying::running(words, it))
}

/// The form that orders an add-on, where there are any for this product.
fn extend(s: &PartnerSession, found: &Found, typed: &Typed, wrong: &Wrong) -> Option<Extend> {
    let words = s.visit.words();
    let it = &found.subscription;
    let offered: Vec<_> = catalogue::available(found.customer.cloud, s.visit.now)
        .filter(|product| product.add_on_to.contains(&it.product.as_str()))
        .map(|product| ui::option(product.code, product.name(spoken(words.language()))))
        .collect();
    if offered.is_empty() || !it.is_active() {
        return None;
    }
    let hint = it.commitment.map_or_else(String::new, |_| words.t("sub-extend-hint"));
    Some(Extend {
        product: ui::select("product", words.t("subs-product"), offered)
            .value(&typed.product)
            .required()
            .error(wrong.get("product")),
        quantity: ui::field("seats", words.t("subs-quantity"))
            .value(&typed.seats)
            .max(12)
            .required()
            .hint(hint)
            .error(wrong.get("seats")),
        form: String::new(),
    })
}

/// Does one of the page's actions; returns what was done.
async fn act(
    s: &PartnerSession,
    id: TenantId,
    sid: SubscriptionId,
    what: What,
    typed: &Typed,
) -> Result<&'static str, Error> {
    match what {
        What::Suspend => {
            ask(s, move |app, ctx| subscription::suspend(app, ctx, id, sid)).await?;
            Ok("suspended")
        }
        What::Activate => {
            ask(s, move |app, ctx| subscription::activate(app, ctx, id, sid)).await?;
            Ok("activated")
        }
        What::Rename => {
            let name = match typed.name.trim() {
                "" => None,
                name => {
                    let parsed = SubscriptionName::parse(name);
                    Some(parsed.map_err(|why| Error::field("name", Invalid::Text(why)))?)
                }
            };
            ask(s, move |app, ctx| subscription::rename(app, ctx, id, sid, name)).await?;
            Ok("saved")
        }
        What::Quantity => {
            let to = quantity(&typed.quantity).ok().flatten().ok_or(super::subscriptions::NO_NUMBER)?;
            let seen = typed.seen.parse().map_err(|_| Error::Conflict)?;
            ask(s, move |app, ctx| subscription::change_quantity(app, ctx, id, sid, to, seen)).await?;
            Ok("saved")
        }
        What::Renew | What::End => {
            let renews = matches!(what, What::Renew);
            ask(s, move |app, ctx| subscription::set_renewal(app, ctx, id, sid, renews)).await?;
            Ok("saved")
        }
        What::Extend => {
            let wish = Wish {
                product: typed.product.trim().to_owned(),
                quantity: quantity(&typed.seats).ok().flatten(),
                plan: Some(super::subscriptions::USUAL),
                renews: true,
                parent: Some(sid),
                name: None,
                form: typed.form.parse::<FormId>().map_err(|_| Error::Conflict)?,
            };
            ask(s, move |app, ctx| order::place(app, ctx, id, wish)).await?;
            Ok("added")
        }
    }
}

/// `POST /partner/customers/{id}/subscriptions/{sid}/change`
pub(super) async fn change_it(
    s: PartnerSession,
    Within(id, sid): Within<TenantId, SubscriptionId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let what = typed.what.ok_or_else(Problem::broken_form)?;
    let error = match act(&s, id, sid, what, &typed).await {
        Ok(done) => return Ok(after(&at(id, sid), done)),
        Err(error) => error,
    };
    let found = ask(&s, move |app, ctx| subscription::get(app, ctx, id, sid)).await?;
    let field = if matches!(what, What::Extend) { "seats" } else { "quantity" };
    let wrong = match &error {
        Error::Invalid(fields) => Wrong::of(s.visit.words(), fields),
        Error::Subscription(refused) if matches!(what, What::Extend) => match refused.because {
            Because::NotAvailable | Because::WrongParent | Because::TermNotOffered => {
                Wrong::of(s.visit.words(), &[Field { name: "product", why: Invalid::NotOffered }])
            }
            Because::Quantity => Wrong::said(field, super::subscriptions::units(&s, &typed.product)),
            _ => return Err(Problem::from(error).back(at(id, sid))),
        },
        Error::Subscription(refused) => match too_much(&s, &found.subscription, *refused) {
            Some(why) => Wrong::said(field, why),
            None => return Err(Problem::from(error).back(at(id, sid))),
        },
        _ => return Err(Problem::from(error).back(at(id, sid))),
    };
    let page = page_of(&Desk::of(s).await?, &found, &typed, false, &wrong).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

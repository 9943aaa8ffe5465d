//! P9: what this partner provisioned for a customer: list, order, suspend, activate, and whom the customer calls.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::order::{self, Wish};
use entente_app::subscription;
use entente_app::{Error, Field, Invalid};
use entente_domain::catalogue::{self, Billing};
use entente_domain::ids::{FormId, SubscriptionId, TenantId};
use entente_domain::policy::Action;
use entente_domain::relationship::{Channel, RelationshipKind};
use entente_domain::subscription::{Action as Step, Because, MAX_QUANTITY, Refused, Subscription};
use entente_domain::tenant::Partner;
use entente_domain::term::{Cycle, Term};
use serde::Deserialize;

use super::account::{Known, known};
use super::{Desk, Named, Within, Wrong, after, ask, words};
use crate::i18n::Words;
use crate::session::spoken;
use crate::trail::{Asked, Shown};
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::{Form, Query};
use crate::words::buying;
use crate::{PartnerSession, Problem};

/// What was typed into the form that orders one. What was not sent is as the empty form has it, but for the tick.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    product: String,
    quantity: String,
    plan: String,
    renews: Option<String>,
    form: String,
    #[serde(rename = "do")]
    what: Option<Wanted>,
}

/// Whether the order is placed, or only its total wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    Total,
    Order,
}

impl Default for Typed {
    fn default() -> Self {
        let (term, cycle) = USUAL;
        Self {
            product: String::new(),
            quantity: String::new(),
            plan: format!("{}-{}", term.code(), cycle.code()),
            renews: None,
            form: String::new(),
            what: None,
        }
    }
}

impl Typed {
    /// The form before anything was typed.
    fn blank() -> Self {
        Self { renews: Some("on".to_owned()), ..Self::default() }
    }
}

/// What most orders are: chosen at first.
pub(super) const USUAL: (Term, Cycle) = (Term::Year, Cycle::Monthly);

fn plan(typed: &str) -> Option<(Term, Cycle)> {
    let (term, cycle) = typed.split_once('-')?;
    Some((Term::parse(term)?, Cycle::parse(cycle)?))
}

/// The form's mark: what is sent with it twice is one order. Kept while the form is typed in.
pub(super) async fn form_id(s: &PartnerSession, id: TenantId, typed: &str) -> Result<String, Problem> {
    if let Ok(form) = typed.parse::<FormId>() {
        return Ok(form.to_string());
    }
    Ok(ask(s, move |app, ctx| order::form(app, ctx, id)).await?.to_string())
}

/// Subscriptions on a page.
const ROWS: i64 = 25;

#[derive(Template)]
#[template(path = "partner/subscriptions.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    here: String,
    errors: ui::Errors,
    notices: Vec<String>,
    rows: Vec<Row>,
    pager: ui::Pager,
    orders: String,
    may_change: bool,
    assigns: bool,
    add: Option<Add>,
}

struct Row {
    id: String,
    name: String,
    /// The product, where the subscription has a name of its own.
    product: Option<String>,
    /// Whether it extends another one.
    add_on: bool,
    quantity: String,
    billing: String,
    renewal: Option<String>,
    since: Html,
    badge: Html,
    /// None once it is over.
    button: Option<ui::Button>,
    support: String,
    supporters: Vec<(String, String, bool)>,
    support_label: String,
}

struct Add {
    product: ui::Select,
    quantity: ui::Field,
    plan: ui::Select,
    renews: ui::Choice,
    form: String,
    /// Where the total is asked for: the same page, at the form.
    preview: String,
    /// What it would cost.
    total: Option<String>,
}

pub(super) fn billing(words: Words, billing: Billing) -> String {
    match billing {
        Billing::Licence => words.t("subs-licence"),
        Billing::Usage => words.t("subs-usage"),
    }
}

async fn page_of(
    desk: &Desk,
    id: TenantId,
    asked: &Asked,
    typed: &Typed,
    wrong: &Wrong,
    total: Option<String>,
) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let known = known(s, id).await?;
    let supporters = ask(s, move |app, ctx| subscription::supporters(app, ctx, id)).await?;
    // What holds now; the record has the choices as they were made.
    let after = asked.after()?;
    let listed = ask(s, move |app, ctx| subscription::list(app, ctx, id, after, ROWS)).await?;
    let words = s.visit.words();
    let name = known.record.tenant.name.as_str();
    let here = format!("/partner/customers/{id}");
    let list = format!("{here}/subscriptions");
    let place = asked.place();
    let shown = Shown { rows: ROWS, here: listed.rows.len(), all: None };
    let next = listed.next.map(|it| it.to_string());
    let mut add = add_form(s, &known, typed, wrong, total);
    if let Some(add) = &mut add {
        add.form = form_id(s, id, &typed.form).await?;
    }
    let view = View {
        page: desk.page(words.t("subs-title"), "/partner/customers"),
        crumbs: ui::Crumbs {
            words,
            above: vec![("/partner/customers".to_owned(), words.t("customers-title")), (here.clone(), name.to_owned())],
            here: words.t("subs-title"),
        },
        lead: words.t_with("subs-lead", &[arg("customer", name)]),
        orders: format!("{here}/orders"),
        pager: place.pager(words, &list, shown, next.as_deref()),
        here: list,
        errors: wrong.list(s.visit.words()),
        notices: notices(s, &known),
        rows: listed.rows.iter().map(|it| row(words, it, &supporters)).collect(),
        may_change: s.me.may(Action::ManageSubscriptions),
        assigns: s.me.may(Action::AssignSupport) && supporters.len() > 1,
        add,
    };
    ui::render(&view)
}

/// What is possible here, when that is not everything.
fn notices(s: &PartnerSession, known: &Known) -> Vec<String> {
    let words = s.visit.words();
    let rel = &known.record.relationship;
    let mut said = Vec::new();
    if rel.kind == RelationshipKind::Advisor {
        said.push(words.t("subs-advisor"));
    } else if matches!(rel.channel, Channel::Reseller { .. }) {
        said.push(match &known.companion {
            Some(provider) => words.t_with("subs-provider-orders", &[arg("provider", provider)]),
            None => words.t("subs-provider-orders-unnamed"),
        });
    } else if !rel.privileges.granted() {
        said.push(words.t("subs-without-privileges"));
    }
    if !s.me.may(Action::ManageSubscriptions) {
        said.push(words.t("subs-role"));
    }
    said
}

fn row(words: Words, it: &Subscription, supporters: &[Partner]) -> Row {
    let name = buying::title(words, it);
    let (verb, value) = if it.is_active() {
        (words.t_with("subs-suspend-one", &[arg("product", &name)]), "suspend")
    } else {
        (words.t_with("subs-activate-one", &[arg("product", &name)]), "activate")
    };
    let button = ui::submit(if it.is_active() { words.t("subs-suspend") } else { words.t("subs-activate") });
    let of = |partner: &Partner| {
        (partner.tenant.id.to_string(), partner.tenant.name.to_string(), partner.tenant.id == it.supported_by)
    };
    let supporters: Vec<_> = supporters.iter().map(of).collect();
    Row {
        id: it.id.to_string(),
        product: it.name.as_ref().map(|_| words::product(words, &it.product)),
        add_on: it.parent.is_some(),
        quantity: it.quantity.map_or_else(|| "–".to_owned(), |n| words.number(n)),
        billing: it
            .commitment
            .map_or_else(|| billing(words, it.billing), |agreed| buying::plan(words, agreed.term, agreed.cycle)),
        renewal: buying::renewal(words, it),
        since: ui::day(words, it.created_at),
        badge: buying::running(words, it),
        button: (!it.state.is_over()).then(|| button.small().sends("do", value).label(verb)),
        support: supporters.iter().find(|(_, _, now)| *now).map(|(_, name, _)| name.clone()).unwrap_or_default(),
        supporters: if it.state.is_over() { Vec::new() } else { supporters },
        support_label: words.t_with("subs-support-of", &[arg("product", &name)]),
        name,
    }
}

/// Where the operation would refuse every order, there is no form for one.
fn add_form(s: &PartnerSession, known: &Known, typed: &Typed, wrong: &Wrong, total: Option<String>) -> Option<Add> {
    let rel = &known.record.relationship;
    let sells = rel.kind == RelationshipKind::Reseller && !matches!(rel.channel, Channel::Reseller { .. });
    if !sells || !s.me.may(Action::ManageSubscriptions) {
        return None;
    }
    let words = s.visit.words();
    let mut options = vec![ui::option("", words.t("subs-choose"))];
    // What extends something is ordered on the page of what it extends.
    let alone = catalogue::available(known.record.tenant.cloud, s.visit.now).filter(|product| !product.is_add_on());
    options.extend(alone.map(|product| {
        let name = product.name(spoken(words.language()));
        ui::option(product.code, format!("{name} · {}", billing(words, product.billing)))
    }));
    let plans = catalogue::plans(known.record.tenant.cloud, s.visit.now)
        .into_iter()
        .map(|(term, cycle)| ui::option(format!("{}-{}", term.code(), cycle.code()), buying::plan(words, term, cycle)));
    Some(Add {
        product: ui::select("product", words.t("subs-product"), options)
            .value(&typed.product)
            .required()
            .error(wrong.get("product")),
        quantity: ui::field("quantity", words.t("subs-quantity"))
            .value(&typed.quantity)
            .max(12)
            .hint(words.t("subs-quantity-hint"))
            .error(wrong.get("quantity")),
        plan: ui::select("plan", words.t("sub-term"), plans.collect())
            .value(&typed.plan)
            .hint(words.t("subs-plan-hint"))
            .error(wrong.get("plan")),
        renews: ui::tick("renews", words.t("subs-renews"))
            .hint(words.t("subs-renews-hint"))
            .checked(typed.renews.is_some()),
        form: String::new(),
        preview: format!("/partner/customers/{}/subscriptions#add", known.record.tenant.id),
        total,
    })
}

/// What the order would cost with each bill, or that nothing can be said, where it would be refused.
async fn total(s: &PartnerSession, id: TenantId, wish: Wish) -> Result<String, Problem> {
    let (words, units) = (s.visit.words(), wish.quantity);
    let agreed = match ask(s, move |app, ctx| order::quote(app, ctx, id, &wish)).await {
        Ok(Some(agreed)) => agreed,
        Ok(None) => return Ok(words.t("subs-total-usage")),
        Err(Error::Subscription(_)) => return Ok(words.t("subs-total-none")),
        Err(error) => return Err(error.into()),
    };
    let units = units.unwrap_or_default();
    let price = buying::money(words, agreed.price);
    let total = buying::each(words, agreed.cycle, agreed.total(units));
    Ok(words.t_with("subs-total", &[arg("quantity", units), arg("price", &price), arg("total", &total)]))
}

/// `GET /partner/customers/{id}/subscriptions`
pub(super) async fn show(
    desk: Desk,
    Named(id): Named<TenantId>,
    Query(asked): Query<Asked>,
) -> Result<Rendered, Problem> {
    page_of(&desk, id, &asked, &Typed::blank(), &Wrong::default(), None).await
}

/// `POST /partner/customers/{id}/subscriptions`
pub(super) async fn add(
    s: PartnerSession,
    Named(id): Named<TenantId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let form = match typed.form.as_str() {
        "" => s.app.new_id(),
        text => text.parse::<FormId>().map_err(|_| Problem::broken_form())?,
    };
    let wish = quantity(&typed.quantity).map(|quantity| Wish {
        product: typed.product.trim().to_owned(),
        quantity,
        plan: plan(&typed.plan),
        renews: typed.renews.is_some(),
        parent: None,
        name: None,
        form,
    });
    if typed.what == Some(Wanted::Total) {
        let total = match wish {
            Ok(wish) => total(&s, id, wish).await?,
            Err(_) => s.visit.words().t("subs-total-none"),
        };
        let page = page_of(&Desk::of(s).await?, id, &Asked::default(), &typed, &Wrong::default(), Some(total)).await?;
        return Ok(page.into_response());
    }
    let answer = match wish {
        Ok(wish) => ask(&s, move |app, ctx| order::place(app, ctx, id, wish)).await,
        Err(why) => Err(Error::field("quantity", why)),
    };
    let wrong = match answer {
        Ok(_) => return Ok(after(&format!("/partner/customers/{id}/subscriptions"), "added")),
        Err(Error::Invalid(fields)) => Wrong::of(s.visit.words(), &fields),
        Err(Error::Subscription(refused)) => match refused.because {
            Because::NotAvailable | Because::NeedsParent => {
                Wrong::of(s.visit.words(), &[Field { name: "product", why: Invalid::NotOffered }])
            }
            Because::Quantity => Wrong::said("quantity", units(&s, &typed.product)),
            Because::TermNotOffered => Wrong::said("plan", offered(&s, &typed.product)),
            _ => return Err(Error::Subscription(refused).into()),
        },
        Err(error) => {
            return Err(Problem::from(error).back(format!("/partner/customers/{id}/subscriptions")));
        }
    };
    let page = page_of(&Desk::of(s).await?, id, &Asked::default(), &typed, &wrong, None).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What is refused where there is no number at all.
pub(super) const NO_NUMBER: Error =
    Error::Subscription(Refused { action: Step::ChangeQuantity, because: Because::Quantity });

const RANGE: Invalid = Invalid::OutOfRange { min: 1, max: MAX_QUANTITY };

/// A whole number, or nothing. Digits only: `1e3` and `=1+1` are no quantities.
pub(super) fn quantity(typed: &str) -> Result<Option<i64>, Invalid> {
    match typed.trim() {
        "" => Ok(None),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().map(Some).map_err(|_| RANGE),
        _ => Err(RANGE),
    }
}

/// How many units of a product can be ordered.
pub(super) fn units(s: &PartnerSession, product: &str) -> String {
    let words = s.visit.words();
    let product = catalogue::find(product.trim());
    if product.is_some_and(|product| product.billing == Billing::Usage) {
        return words.t("subs-quantity-usage");
    }
    let (min, max) = product.and_then(|product| product.units).unwrap_or((1, MAX_QUANTITY));
    crate::wrong::message(words, "quantity", Invalid::OutOfRange { min, max })
}

/// In which terms a product can be ordered.
fn offered(s: &PartnerSession, product: &str) -> String {
    let words = s.visit.words();
    let plans: Vec<_> = catalogue::offers(product.trim(), s.visit.now)
        .flat_map(|it| it.cycles.iter().map(|cycle| buying::plan(words, it.term, *cycle)))
        .collect();
    words.t_with("subs-plan-offered", &[arg("plans", &plans.join(&words.t("subs-plan-or")))])
}

/// What one row's buttons send.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Turn {
    #[serde(rename = "do")]
    what: What,
    #[serde(default)]
    support: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Suspend,
    Activate,
    Support,
}

/// `POST /partner/customers/{id}/subscriptions/{sid}`
pub(super) async fn turn(
    s: PartnerSession,
    Within(id, sid): Within<TenantId, SubscriptionId>,
    Form(Turn { what, support }): Form<Turn>,
) -> Result<Response, Problem> {
    let done = match what {
        What::Suspend => {
            ask(&s, move |app, ctx| subscription::suspend(app, ctx, id, sid)).await?;
            "suspended"
        }
        What::Activate => {
            ask(&s, move |app, ctx| subscription::activate(app, ctx, id, sid)).await?;
            "activated"
        }
        What::Support => match assign(&s, id, sid, &support).await {
            Ok(()) => "saved",
            Err(Error::Invalid(fields)) => {
                let wrong = Wrong::of(s.visit.words(), &fields);
                let page = page_of(&Desk::of(s).await?, id, &Asked::default(), &Typed::blank(), &wrong, None).await?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
            Err(error) => return Err(error.into()),
        },
    };
    Ok(after(&format!("/partner/customers/{id}/subscriptions"), done))
}

async fn assign(s: &PartnerSession, id: TenantId, sid: SubscriptionId, support: &str) -> Result<(), Error> {
    let supporter = support.parse().map_err(|_| Error::field("support", Invalid::NotOffered))?;
    ask(s, move |app, ctx| subscription::assign_support(app, ctx, id, sid, supporter)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_quantity() {
        assert_eq!(quantity(""), Ok(None));
        assert_eq!(quantity(" 25 "), Ok(Some(25)));
        for bad in ["-1", "+1", "1e3", "1.5", "1,000", "=1+1", "٣", "99999999999999999999"] {
            assert_eq!(quantity(bad), Err(RANGE), "{bad}");
        }
    }
}

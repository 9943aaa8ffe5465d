//! P9: what this partner provisioned for a customer: list, add, suspend, activate, and whom the customer calls.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::subscription;
use entente_app::{Error, Field, Invalid};
use entente_domain::catalogue::{self, Billing};
use entente_domain::ids::{SubscriptionId, TenantId};
use entente_domain::policy::Action;
use entente_domain::relationship::{Channel, RelationshipKind};
use entente_domain::subscription::{Because, MAX_QUANTITY, Subscription};
use entente_domain::tenant::Partner;
use serde::Deserialize;

use super::account::{Known, known};
use super::{Desk, Named, Within, Wrong, after, ask, words};
use crate::i18n::Words;
use crate::session::spoken;
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::Form;
use crate::{PartnerSession, Problem};

/// What was typed into the form that adds one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    product: String,
    quantity: String,
}

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
    may_change: bool,
    assigns: bool,
    add: Option<Add>,
}

struct Row {
    id: String,
    name: String,
    quantity: String,
    billing: String,
    since: Html,
    badge: Html,
    button: ui::Button,
    support: String,
    supporters: Vec<(String, String, bool)>,
    support_label: String,
}

struct Add {
    product: ui::Select,
    quantity: ui::Field,
}

fn billing(words: Words, billing: Billing) -> String {
    match billing {
        Billing::Licence => words.t("subs-licence"),
        Billing::Usage => words.t("subs-usage"),
    }
}

async fn page_of(desk: &Desk, id: TenantId, typed: &Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let known = known(s, id).await?;
    let supporters = ask(s, move |app, ctx| subscription::supporters(app, ctx, id)).await?;
    // What holds now; the record has the choices as they were made.
    let subscriptions = ask(s, move |app, ctx| subscription::list(app, ctx, id)).await?;
    let words = s.visit.words();
    let name = known.record.tenant.name.as_str();
    let here = format!("/partner/customers/{id}");
    let view = View {
        page: desk.page(words.t("subs-title"), "/partner/customers"),
        crumbs: ui::Crumbs {
            words,
            above: vec![("/partner/customers".to_owned(), words.t("customers-title")), (here.clone(), name.to_owned())],
            here: words.t("subs-title"),
        },
        lead: words.t_with("subs-lead", &[arg("customer", name)]),
        here: format!("{here}/subscriptions"),
        errors: wrong.list(s),
        notices: notices(s, &known),
        rows: subscriptions.iter().map(|it| row(words, it, &supporters)).collect(),
        may_change: s.me.may(Action::ManageSubscriptions),
        assigns: s.me.may(Action::AssignSupport) && supporters.len() > 1,
        add: add_form(s, &known, typed, wrong),
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
    let name = words::product(words, &it.product);
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
        quantity: it.quantity.map_or_else(|| "–".to_owned(), |n| words.number(n)),
        billing: billing(words, it.billing),
        since: ui::day(words, it.created_at),
        badge: words::running(words, it),
        button: button.small().sends("do", value).label(verb),
        support: supporters.iter().find(|(_, _, now)| *now).map(|(_, name, _)| name.clone()).unwrap_or_default(),
        supporters,
        support_label: words.t_with("subs-support-of", &[arg("product", &name)]),
        name,
    }
}

/// Where the operation would refuse every order, there is no form for one.
fn add_form(s: &PartnerSession, known: &Known, typed: &Typed, wrong: &Wrong) -> Option<Add> {
    let rel = &known.record.relationship;
    let sells = rel.kind == RelationshipKind::Reseller && !matches!(rel.channel, Channel::Reseller { .. });
    if !sells || !s.me.may(Action::ManageSubscriptions) {
        return None;
    }
    let words = s.visit.words();
    let mut options = vec![ui::option("", words.t("subs-choose"))];
    options.extend(catalogue::available(known.record.tenant.cloud, s.visit.now).map(|product| {
        let name = product.name(spoken(words.language()));
        ui::option(product.code, format!("{name} · {}", billing(words, product.billing)))
    }));
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
    })
}

/// `GET /partner/customers/{id}/subscriptions`
pub(super) async fn show(desk: Desk, Named(id): Named<TenantId>) -> Result<Rendered, Problem> {
    page_of(&desk, id, &Typed::default(), &Wrong::default()).await
}

/// `POST /partner/customers/{id}/subscriptions`
pub(super) async fn add(
    s: PartnerSession,
    Named(id): Named<TenantId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let answer = match quantity(&typed.quantity) {
        Ok(quantity) => {
            let product = typed.product.trim().to_owned();
            ask(&s, move |app, ctx| subscription::add(app, ctx, id, &product, quantity)).await
        }
        Err(why) => Err(Error::field("quantity", why)),
    };
    let wrong = match answer {
        Ok(_) => return Ok(after(&format!("/partner/customers/{id}/subscriptions"), "added")),
        Err(Error::Invalid(fields)) => Wrong::of(&s, &fields),
        Err(Error::Subscription(refused)) => match refused.because {
            Because::NotAvailable => Wrong::of(&s, &[Field { name: "product", why: Invalid::NotOffered }]),
            Because::Quantity => how_many(&s, &typed),
            _ => return Err(Error::Subscription(refused).into()),
        },
        Err(error) => return Err(error.into()),
    };
    let page = page_of(&Desk::of(s).await?, id, &typed, &wrong).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

const RANGE: Invalid = Invalid::OutOfRange { min: 1, max: MAX_QUANTITY };

/// A whole number, or nothing. Digits only: `1e3` and `=1+1` are no quantities.
fn quantity(typed: &str) -> Result<Option<i64>, Invalid> {
    match typed.trim() {
        "" => Ok(None),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().map(Some).map_err(|_| RANGE),
        _ => Err(RANGE),
    }
}

fn how_many(s: &PartnerSession, typed: &Typed) -> Wrong {
    match catalogue::find(typed.product.trim()).map(|product| product.billing) {
        Some(Billing::Usage) => Wrong::said("quantity", s.visit.words().t("subs-quantity-usage")),
        Some(Billing::Licence) | None => Wrong::of(s, &[Field { name: "quantity", why: RANGE }]),
    }
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
                let wrong = Wrong::of(&s, &fields);
                let page = page_of(&Desk::of(s).await?, id, &Typed::default(), &wrong).await?;
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

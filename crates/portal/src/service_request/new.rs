//! Opening a service request.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::service_request::{self as requests, New};
use entente_app::{Error, Field, Invalid};
use entente_domain::service_request::{Severity, topic};
use entente_domain::subscription::Subscription;
use entente_domain::tenant::Tenant;
use entente_domain::text::{MessageText, SubjectLine};
use serde::Deserialize;

use super::{crumbs, here, severity_word};
use crate::Problem;
use crate::at_customer::{AtCustomer, ask};
use crate::i18n::{Words, arg};
use crate::session::{see_other, spoken};
use crate::ui::{self, Page, Rendered};
use crate::web::Form;
use crate::wrong::Wrong;

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    topic: String,
    severity: String,
    subscription: String,
    title: String,
    description: String,
}

#[derive(Template)]
#[template(path = "service_request/new.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    here: String,
    errors: ui::Errors,
    headline: ui::Field,
    topic: ui::Select,
    severity: Vec<ui::Choice>,
    severity_error: Option<String>,
    subscription: Option<ui::Select>,
    description: ui::Area,
}

fn view(
    room: &impl AtCustomer,
    customer: &Tenant,
    known: &[Subscription],
    typed: &Typed,
    wrong: &Wrong,
) -> Result<Rendered, Problem> {
    let words = room.visit().words();
    let language = spoken(words.language());
    let vendor = room.app().settings().vendor.as_str();
    let topics =
        topic::all().iter().map(|it| ui::option(it.code, format!("{} · {}", it.name(language), it.about(language))));
    let severities = Severity::ALL.iter().map(|it| {
        let hours = arg("hours", it.response_hours());
        ui::choice("severity", it.code(), severity_word(words, *it))
            .hint(format!("{} {}", severity_text(words, *it), words.t_with("support-answers-within", &[hours])))
            .checked(typed.severity == it.code())
            .required()
    });
    let about = |options: Vec<ui::OptionItem>| {
        ui::select("subscription", words.t("support-about"), options)
            .value(typed.subscription.as_str())
            .optional(words.t("form-optional"))
            .error(wrong.get("subscription"))
    };
    let mut options = vec![ui::option("", words.t("support-about-none"))];
    options.extend(known.iter().map(|it| {
        let quantity = it.quantity.map(|n| format!(" · {}", words.number(n))).unwrap_or_default();
        ui::option(it.id.to_string(), format!("{}{quantity}", crate::words::product(words, &it.product)))
    }));
    let view = View {
        page: room.page(words.t("support-new")),
        crumbs: crumbs(room, words.t("support-new")),
        lead: words.t_with("support-new-lead", &[arg("customer", customer.name.as_str()), arg("vendor", vendor)]),
        here: format!("{}/new", here(room)),
        errors: wrong.list(words),
        headline: ui::field("title", words.t("support-title"))
            .value(typed.title.as_str())
            .max(200)
            .required()
            .hint(words.t("support-title-hint"))
            .error(wrong.get("title")),
        topic: ui::select(
            "topic",
            words.t("support-topic"),
            std::iter::once(ui::option("", words.t("subs-choose"))).chain(topics).collect(),
        )
        .value(typed.topic.as_str())
        .required()
        .error(wrong.get("topic")),
        severity: severities.collect(),
        severity_error: wrong.get("severity"),
        // What was sent may be of no customer at all; then there has to be a field to say so.
        subscription: (!known.is_empty() || !typed.subscription.is_empty()).then(|| about(options)),
        description: ui::area("description", words.t("support-description"))
            .value(typed.description.as_str())
            .max(4_000)
            .required()
            .hint(words.t("support-description-hint"))
            .error(wrong.get("description")),
    };
    ui::render(&view)
}

fn severity_text(words: Words, severity: Severity) -> String {
    match severity {
        Severity::Critical => words.t("support-critical-text"),
        Severity::Moderate => words.t("support-moderate-text"),
        Severity::Minimal => words.t("support-minimal-text"),
    }
}

/// `GET {base}/service-requests/new`
pub(crate) async fn blank<R: AtCustomer>(room: R) -> Result<Rendered, Problem> {
    let (customer, known) = ask(&room, requests::offered).await?;
    view(&room, &customer, &known, &Typed::default(), &Wrong::default())
}

/// `POST {base}/service-requests/new`
pub(crate) async fn open<R: AtCustomer>(room: R, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    let (customer, known) = ask(&room, requests::offered).await?;
    let answer = match read(&typed) {
        Ok(new) => ask(&room, move |app, ctx, customer| requests::open(app, ctx, customer, new)).await,
        Err(fields) => Err(Error::Invalid(fields)),
    };
    match answer {
        Ok(number) => Ok(see_other(&format!("{}/{number}?done=request-opened", here(&room)))),
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::of(room.visit().words(), &fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, view(&room, &customer, &known, &typed, &wrong)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn read(typed: &Typed) -> Result<New, Vec<Field>> {
    let mut fields = Vec::new();
    let mut keep = |name, why| fields.push(Field { name, why });
    let title = SubjectLine::parse(&typed.title).map_err(|why| keep("title", Invalid::Text(why))).ok();
    if topic::find(&typed.topic).is_none() {
        keep("topic", Invalid::NotOffered);
    }
    let severity = Severity::parse(&typed.severity);
    if severity.is_none() {
        keep("severity", Invalid::NotOffered);
    }
    let subscription = match typed.subscription.as_str() {
        "" => None,
        id => id.parse().map_err(|_| keep("subscription", Invalid::NotOffered)).ok(),
    };
    let description =
        MessageText::parse(&typed.description).map_err(|why| keep("description", Invalid::Text(why))).ok();
    match (title, severity, description) {
        (Some(title), Some(severity), Some(description)) if fields.is_empty() => {
            Ok(New { topic: typed.topic.clone(), severity, subscription, title, description })
        }
        _ => Err(fields),
    }
}

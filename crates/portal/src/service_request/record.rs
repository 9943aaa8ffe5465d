//! One service request: what was said, adding to it, closing it, opening it again.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::service_request::{self as requests, Said, View as Told, attachment};
use entente_app::{Error, Field, Invalid};
use entente_domain::service_request::attachment::{MAX_PER_NOTE, MAX_PER_REQUEST, MAX_SIZE};
use entente_domain::service_request::{REOPEN_DAYS, Standing, State};
use entente_domain::text::MessageText;
use serde::Deserialize;

use super::{No, crumbs, here, response, severity_badge, standing_badge, topic_word};
use crate::Problem;
use crate::at_customer::{AtCustomer, ask};
use crate::i18n::{Words, arg};
use crate::session::see_other;
use crate::ui::{self, Html, Page, Rendered};
use crate::web::{Form, Upload};
use crate::wrong::Wrong;

/// Bytes of a megabyte, as pages count them.
const MEGABYTE: usize = 1024 * 1024;

#[derive(Template)]
#[template(path = "service_request/record.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    here: String,
    errors: ui::Errors,
    title: String,
    badge: Html,
    attention: Option<String>,
    description: Vec<String>,
    notes: Vec<Note>,
    add: Option<Add>,
    close: bool,
    reopen: bool,
    closed: Option<String>,
    facts: Vec<(String, Html)>,
}

struct Note {
    id: String,
    who: String,
    operator: bool,
    when: Html,
    lines: Vec<String>,
    files: Vec<File>,
}

struct File {
    href: String,
    name: String,
    size: String,
}

/// The form that adds a note.
struct Add {
    text: ui::Area,
    files_hint: String,
    files_error: Option<String>,
}

fn lines(text: &MessageText) -> Vec<String> {
    text.as_str().split('\n').map(str::to_owned).collect()
}

/// A size people read: whole kilobytes, at least one.
fn size(words: Words, bytes: i64) -> String {
    words.t_with("support-file-size", &[arg("kilobytes", words.number((bytes / 1024).max(1)).as_str())])
}

fn said(room: &impl AtCustomer, number: i64, said: Said) -> Note {
    let words = room.visit().words();
    let here = here(room);
    let who = match &said.author {
        Some((person, home)) => words.t_with("support-person-at", &[arg("person", person), arg("organisation", home)]),
        None => room.app().settings().vendor.clone(),
    };
    Note {
        id: said.note.id.to_string(),
        who,
        operator: said.author.is_none(),
        when: ui::moment(words, said.note.at),
        lines: lines(&said.note.text),
        files: said
            .files
            .into_iter()
            .map(|it| File {
                href: format!("{here}/{number}/files/{}", it.id),
                name: it.name.to_string(),
                size: size(words, it.size),
            })
            .collect(),
    }
}

fn facts(room: &impl AtCustomer, told: &Told) -> Vec<(String, Html)> {
    let (words, now) = (room.visit().words(), room.visit().now);
    let it = &told.line.request;
    let who = words.t_with(
        "support-person-at",
        &[arg("person", &told.line.opened_by), arg("organisation", &told.line.organisation)],
    );
    let mut facts = vec![
        (words.t("support-number"), Html::text(&it.number.to_string())),
        (words.t("support-customer"), Html::text(told.customer.name.as_str())),
        (words.t("support-severity"), severity_badge(words, it.severity)),
        (words.t("support-topic"), Html::text(&topic_word(words, &it.topic))),
    ];
    if let Some(product) = &told.line.product {
        facts.push((words.t("support-about"), Html::text(&crate::words::product(words, product))));
    }
    facts.push((words.t("support-opened-by"), Html::text(&who)));
    facts.push((words.t("support-opened-at"), ui::moment(words, it.opened_at)));
    facts.push((words.t("support-response"), response(words, it, now)));
    if let Some(supporter) = &told.supporter {
        facts.push((words.t("support-helps"), Html::text(supporter)));
    }
    facts
}

async fn page_of(room: &impl AtCustomer, number: i64, typed: &str, wrong: &Wrong) -> Result<Rendered, Problem> {
    let told = ask(room, move |app, ctx, customer| requests::view(app, ctx, customer, number)).await?;
    let words = room.visit().words();
    let it = &told.line.request;
    let (notes, closes, reopens) = requests::possible(it, room.visit().now);
    let megabytes = |bytes: usize| i64::try_from(bytes / MEGABYTE).unwrap_or_default();
    let limits = [
        arg("files", MAX_PER_NOTE),
        arg("each", megabytes(MAX_SIZE)),
        arg("all", MAX_PER_REQUEST / i64::try_from(MEGABYTE).unwrap_or(1)),
    ];
    let add = Add {
        text: ui::area("text", words.t("support-note")).value(typed).max(4_000).required().error(wrong.get("text")),
        files_hint: words.t_with("support-files-hint", &limits),
        files_error: wrong.get("files"),
    };
    let ended = match it.state {
        State::Closed { at } if reopens => {
            Some(words.t_with("support-closed-until", &[arg("date", &words.date(at.plus_days(REOPEN_DAYS)))]))
        }
        State::Closed { at } => Some(words.t_with("support-closed-on", &[arg("date", &words.date(at))])),
        State::Open | State::AttentionNeeded => None,
    };
    let standing = it.state.standing();
    let vendor = room.app().settings().vendor.as_str();
    let view = View {
        page: room.page(words.t_with("support-one", &[arg("number", it.number.to_string().as_str())])),
        crumbs: crumbs(room, it.number.to_string()),
        lead: it.title.to_string(),
        here: format!("{}/{number}", here(room)),
        errors: wrong.list(words),
        title: it.title.to_string(),
        badge: standing_badge(words, standing),
        attention: (standing == Standing::AttentionNeeded)
            .then(|| words.t_with("support-attention-text", &[arg("vendor", vendor)])),
        description: lines(&it.description),
        facts: facts(room, &told),
        add: (told.handles && notes).then_some(add),
        close: told.handles && closes,
        reopen: told.handles && reopens,
        closed: ended,
        notes: told.notes.into_iter().map(|it| said(room, number, it)).collect(),
    };
    ui::render(&view)
}

/// `GET {base}/service-requests/{no}`
pub(crate) async fn show<R: AtCustomer>(room: R, No(number): No) -> Result<Rendered, Problem> {
    page_of(&room, number, "", &Wrong::default()).await
}

/// What the page's buttons send.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Step {
    #[serde(rename = "do")]
    what: What,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Close,
    Reopen,
}

/// `POST {base}/service-requests/{no}`
pub(crate) async fn act<R: AtCustomer>(
    room: R,
    No(number): No,
    Form(Step { what }): Form<Step>,
) -> Result<Response, Problem> {
    let done = match what {
        What::Close => {
            ask(&room, move |app, ctx, customer| requests::close(app, ctx, customer, number)).await?;
            "request-closed"
        }
        What::Reopen => {
            ask(&room, move |app, ctx, customer| requests::reopen(app, ctx, customer, number)).await?;
            "request-reopened"
        }
    };
    Ok(see_other(&format!("{}/{number}?done={done}", here(&room))))
}

/// What is written beside the files.
#[derive(Debug, Clone, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    text: String,
}

/// `POST {base}/service-requests/{no}/notes`
pub(crate) async fn note<R: AtCustomer>(room: R, No(number): No, mut upload: Upload) -> Result<Response, Problem> {
    let (mut kept, mut refused) = (Vec::new(), None);
    while let Some(file) = upload.next(MAX_SIZE).await? {
        if refused.is_some() {
            continue;
        }
        let answer = match file.content {
            None => Err(Error::field("files", Invalid::FileTooBig { max: MAX_SIZE })),
            Some(_) if kept.len() >= MAX_PER_NOTE => {
                Err(Error::field("files", Invalid::TooManyFiles { max: MAX_PER_NOTE }))
            }
            Some(content) => {
                let keep = ask(&room, move |app, ctx, customer| {
                    attachment::upload(app, ctx, customer, number, &file.name, content)
                });
                keep.await
            }
        };
        match answer {
            Ok(id) => kept.push(id),
            Err(Error::Invalid(fields)) => refused = Some(fields),
            Err(error) => return Err(error.into()),
        }
    }
    let Typed { text } = upload.fields()?;
    let parsed = MessageText::parse(&text);
    let answer = match (parsed, refused) {
        (Ok(text), None) => {
            ask(&room, move |app, ctx, customer| requests::note(app, ctx, customer, number, text, kept)).await
        }
        (parsed, refused) => {
            let why = parsed.err().map(|why| Field { name: "text", why: Invalid::Text(why) });
            Err(Error::Invalid(why.into_iter().chain(refused.unwrap_or_default()).collect()))
        }
    };
    match answer {
        Ok(()) => Ok(see_other(&format!("{}/{number}?done=request-noted", here(&room)))),
        Err(Error::Invalid(fields)) => {
            let page = page_of(&room, number, &text, &Wrong::of(room.visit().words(), &fields)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

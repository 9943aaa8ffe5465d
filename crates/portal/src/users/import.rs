//! Users from a file: bringing it, what was found in it, how far the work is, and what became of every line.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::Error;
use entente_app::sheet::sheet;
use entente_app::user_import::{self as operations, Import, MAX_BYTES, MAX_LINES, Outcome, Unreadable};
use entente_domain::ids::ImportId;
use entente_domain::policy::Action;
use entente_domain::user_import::{Column, Fault, Line, State, Stopped, Why};
use serde::Deserialize;

use super::{Wrong, crumbs, here};
use crate::at_customer::{AtCustomer, Door, ask, closed};
use crate::i18n::{Language, Words};
use crate::session::see_other;
use crate::trail::{Place, Shown};
use crate::ui::{self, Html, Page, Rendered, arg, badge};
use crate::web::{File, Form, Last, Nothing, Query, Upload, table_file};
use crate::{Problem, key};

/// Lines on a page.
const ROWS: i64 = 100;

#[derive(Template)]
#[template(path = "users/import.html")]
struct Blank {
    page: Page,
    crumbs: ui::Crumbs,
    here: String,
    lead: String,
    errors: ui::Errors,
    file: ui::Field,
    text: ui::Area,
    columns: Vec<(String, String)>,
    example: String,
    earlier: Vec<Earlier>,
}

struct Earlier {
    href: String,
    at: Html,
    lines: String,
    badge: Html,
}

/// What to head a column with, in the reader's language; every file may use any of the names.
fn heading(words: Words, column: Column) -> &'static str {
    let names = column.names();
    let own = match words.language() {
        Language::En => names.first(),
        Language::ZhCn => names.iter().find(|name| !name.is_ascii()),
    };
    own.or(names.first()).copied().unwrap_or_default()
}

fn column_words(words: Words, column: Column) -> String {
    words.t(match column {
        Column::SignInName => key!("people-upn"),
        Column::DisplayName => key!("users-name"),
        Column::GivenName => key!("users-given-name"),
        Column::FamilyName => key!("users-family-name"),
        Column::Mail => key!("people-mail"),
        Column::UsageLocation => key!("users-usage-location"),
        Column::Phone => key!("users-phone"),
        Column::Department => key!("users-department"),
        Column::JobTitle => key!("users-job-title"),
    })
}

fn unreadable(words: Words, why: &Unreadable) -> String {
    match why {
        Unreadable::TooLarge => words.t_with("import-too-large", &[arg("n", MAX_BYTES / (1024 * 1024))]),
        Unreadable::NotText => words.t("import-not-text"),
        Unreadable::Empty => words.t("import-empty"),
        Unreadable::ColumnMissing(column) => {
            words.t_with("import-column-missing", &[arg("column", heading(words, *column))])
        }
        Unreadable::ColumnUnknown(name) if name.is_empty() => words.t("import-column-unnamed"),
        Unreadable::ColumnUnknown(name) => words.t_with("import-column-unknown", &[arg("column", name)]),
        Unreadable::ColumnRepeated(column) => {
            words.t_with("import-column-repeated", &[arg("column", heading(words, *column))])
        }
        Unreadable::TooManyLines => words.t_with("import-too-many", &[arg("n", MAX_LINES)]),
        Unreadable::LineTooLong(line) => words.t_with("import-line-too-long", &[arg("line", *line)]),
    }
}

fn fault(words: Words, fault: Fault) -> String {
    let why = words.t(match fault.why {
        Why::Cells => return words.t("import-why-cells"),
        Why::Missing => key!("import-why-missing"),
        Why::TooLong => key!("import-why-too-long"),
        Why::NotAccepted => key!("import-why-not-accepted"),
        Why::NotAnAddress => key!("import-why-not-an-address"),
        Why::NotANumber => key!("import-why-not-a-number"),
        Why::NotACountry => key!("import-why-not-a-country"),
        Why::OtherDomain => key!("import-why-other-domain"),
        Why::Taken => key!("import-why-taken"),
        Why::Repeated => key!("import-why-repeated"),
    });
    words.t_with("import-fault", &[arg("column", &column_words(words, fault.column)), arg("why", &why)])
}

fn state(words: Words, import: &Import) -> Html {
    match import.state {
        State::Checked => badge("info", words.t("import-state-checked")),
        State::Running => badge("warn", words.t("import-state-running")),
        State::Done => badge("ok", words.t("import-state-done")),
        State::Stopped => badge("bad", words.t("import-state-stopped")),
    }
}

async fn form(room: &impl AtCustomer, typed: &str, wrong: &Wrong) -> Result<Rendered, Problem> {
    let words = room.visit().words();
    let here = format!("{}/import", here(room));
    let earlier = ask(room, operations::mine).await?;
    let domain = room.reach().customer.domain.to_string();
    let columns = Column::ALL.iter().map(|column| {
        let needed = if column.required() { words.t("import-required") } else { words.t("import-optional") };
        (heading(words, *column).to_owned(), needed)
    });
    let heads = [Column::SignInName, Column::DisplayName, Column::UsageLocation].map(|it| heading(words, it)).join(",");
    let view = Blank {
        page: room.page(words.t("import-title")),
        crumbs: crumbs(room, words.t("import-title")),
        lead: words.t_with("import-lead", &[arg("n", MAX_LINES)]),
        errors: wrong.list(words),
        file: ui::field("file", words.t("import-file"))
            .kind("file")
            .hint(words.t("import-file-hint"))
            .error(wrong.get("file")),
        text: ui::area("text", words.t("import-text")).value(typed).optional(words.t("form-optional")),
        columns: columns.collect(),
        example: format!("{heads}\nkim@{domain},Kim Berg,NO"),
        earlier: earlier
            .iter()
            .map(|it| Earlier {
                href: format!("{here}/{}", it.id),
                at: ui::moment(words, it.created_at),
                lines: words.t_with("detail-lines", &[arg("n", it.lines)]),
                badge: state(words, it),
            })
            .collect(),
        here,
    };
    ui::render(&view)
}

/// `GET {customer}/users/import`
pub(crate) async fn show<R: AtCustomer>(room: R) -> Result<Response, Problem> {
    let title = room.visit().words().t("import-title");
    if let Some(page) = closed(&room, Action::ManageUsers, Door::Behind, title)? {
        return Ok(page);
    }
    Ok(form(&room, "", &Wrong::default()).await?.into_response())
}

/// What is pasted in place of a file.
#[derive(Debug, Deserialize)]
struct Typed {
    #[serde(default)]
    text: String,
}

/// `POST {customer}/users/import`: reads the file and shows what is in it; nobody is made.
pub(crate) async fn check<R: AtCustomer>(room: R, mut upload: Upload) -> Result<Response, Problem> {
    let brought = upload.next(MAX_BYTES).await?;
    if brought.is_some() && upload.next(0).await?.is_some() {
        return Err(Problem::broken_form());
    }
    let Typed { text } = upload.fields()?;
    let title = room.visit().words().t("import-title");
    if let Some(page) = closed(&room, Action::ManageUsers, Door::Behind, title)? {
        return Ok(page);
    }
    let file = match brought {
        Some(File { content: None, .. }) => return refuse(&room, &text, &Unreadable::TooLarge).await,
        Some(File { content: Some(content), .. }) if !content.is_empty() => content,
        _ => text.clone().into_bytes(),
    };
    match ask(&room, move |app, ctx, customer| operations::check(app, ctx, customer, &file)).await {
        Ok(id) => Ok(see_other(&format!("{}/import/{id}", here(&room)))),
        Err(Error::File(why)) => refuse(&room, &text, &why).await,
        Err(error) => Err(error.into()),
    }
}

async fn refuse(room: &impl AtCustomer, typed: &str, why: &Unreadable) -> Result<Response, Problem> {
    let page = form(room, typed, &Wrong::said("file", unreadable(room.visit().words(), why))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Where in the list of lines the page stands.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    cursor: Option<i64>,
    trail: Option<String>,
    from: Option<u32>,
}

#[derive(Template)]
#[template(path = "users/import_one.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    here: String,
    badge: Html,
    facts: Vec<(String, String)>,
    /// The words over the button that starts, where users can be made.
    start: Option<String>,
    running: bool,
    settled: i64,
    ready: i64,
    progress: String,
    note: Option<(&'static str, String)>,
    result: Option<String>,
    rows: Vec<Row>,
    pager: ui::Pager,
}

struct Row {
    line: String,
    upn: String,
    name: String,
    faults: Vec<String>,
}

fn row(words: Words, outcome: Outcome) -> Row {
    Row {
        line: words.number(outcome.line),
        upn: outcome.upn,
        name: outcome.name,
        faults: outcome.faults.into_iter().map(|it| fault(words, it)).collect(),
    }
}

/// What stands over the list of lines: that nothing happened yet, or how it ended.
fn note(words: Words, import: &Import) -> Option<(&'static str, String)> {
    match (import.state, import.stopped) {
        (State::Checked, _) => Some(("info", words.t("import-nothing-yet"))),
        (State::Running, _) => None,
        (_, Some(Stopped::Cancelled)) => Some(("warn", words.t("import-cancelled"))),
        (_, Some(Stopped::NotAllowed)) => Some(("bad", words.t("import-not-allowed"))),
        (_, None) => Some(("ok", words.t_with("import-done", &[arg("n", import.made)]))),
    }
}

/// `GET {customer}/users/import/{import}`
pub(crate) async fn follow<R: AtCustomer>(
    room: R,
    Last(id): Last<ImportId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let words = room.visit().words();
    if let Some(page) = closed(&room, Action::ManageUsers, Door::Behind, words.t("import-title"))? {
        return Ok(page);
    }
    let after = asked.cursor.unwrap_or(0);
    let (import, mut wrong) = ask(&room, move |app, ctx, customer| {
        let import = operations::get(app, ctx, customer, id)?;
        Ok((import, operations::wrong(app, ctx, customer, id, after, ROWS + 1)?))
    })
    .await?;
    let more = i64::try_from(wrong.len()).unwrap_or(0) > ROWS;
    wrong.truncate(usize::try_from(ROWS).unwrap_or_default());
    let next = wrong.last().filter(|_| more).map(|it| it.line.to_string());
    let here = format!("{}/import/{id}", here(&room));
    let cursor = asked.cursor.map(|line| line.to_string());
    let place = Place { cursor: cursor.as_deref(), trail: asked.trail.as_deref(), from: asked.from };
    let shown = Shown { rows: ROWS, here: wrong.len(), all: Some(import.wrong) };
    let pager = place.pager(words, &here, shown, next.as_deref());
    let ready = import.lines - import.wrong;
    let title = words.t("import-title");
    let view = View {
        page: room.page(title.clone()),
        crumbs: crumbs(&room, title),
        badge: state(words, &import),
        facts: vec![
            (words.t("import-lines"), words.number(import.lines)),
            (words.t("import-usable"), words.number(ready)),
            (words.t("import-wrong"), words.number(import.wrong)),
            (words.t("import-made"), words.number(import.made)),
        ],
        start: (import.state == State::Checked && ready > 0)
            .then(|| words.t_with("import-start-text", &[arg("n", ready)])),
        running: import.state == State::Running,
        settled: import.made,
        ready,
        progress: words.t_with("import-progress", &[arg("made", import.made), arg("n", ready)]),
        note: note(words, &import),
        result: import.finished_at.map(|_| match import.fetched_at {
            None if import.made > 0 => words.t("import-result-first"),
            _ => words.t("import-result-again"),
        }),
        rows: wrong.into_iter().map(|it| row(words, it)).collect(),
        pager,
        here,
    };
    Ok(ui::render(&view)?.into_response())
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
    Start,
    Stop,
}

/// `POST {customer}/users/import/{import}`
pub(crate) async fn act<R: AtCustomer>(
    room: R,
    Last(id): Last<ImportId>,
    Form(Step { what }): Form<Step>,
) -> Result<Response, Problem> {
    let done = match what {
        What::Start => {
            ask(&room, move |app, ctx, customer| operations::start(app, ctx, customer, id)).await?;
            "import-started"
        }
        What::Stop => {
            ask(&room, move |app, ctx, customer| operations::cancel(app, ctx, customer, id)).await?;
            "import-stopped"
        }
    };
    Ok(see_other(&format!("{}/import/{id}?done={done}", here(&room))))
}

/// `POST {customer}/users/import/{import}/result.csv`: what became of every line. No GET, because the first passwords are in it once.
pub(crate) async fn result<R: AtCustomer>(
    room: R,
    Last(id): Last<ImportId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let words = room.visit().words();
    let outcomes = ask(&room, move |app, ctx, customer| operations::result(app, ctx, customer, id)).await?;
    let heading = vec![
        words.t("import-line"),
        words.t("people-upn"),
        words.t("users-name"),
        words.t("import-outcome"),
        words.t("import-first-password"),
    ];
    let file = sheet(heading, outcomes.into_iter().map(|it| cells(words, it)))?;
    table_file("users-result", room.visit().now, file)
}

fn cells(words: Words, outcome: Outcome) -> Vec<String> {
    let said = match outcome.state {
        Line::Made => words.t("import-line-made"),
        Line::Ready => words.t("import-line-not-made"),
        Line::Wrong => {
            let faults: Vec<String> = outcome.faults.iter().map(|it| fault(words, *it)).collect();
            faults.join("; ")
        }
    };
    vec![outcome.line.to_string(), outcome.upn, outcome.name, said, outcome.password.unwrap_or_default()]
}

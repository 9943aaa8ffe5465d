//! The operator's side of service requests, by number: what waits, reading one, answering, asking back, closing.

use std::fmt::Write as _;
use std::io::Read as _;

use anyhow::{Context as _, Result};
use entente_app::App;
use entente_app::service_request::{Filter, Line, View, desk};
use entente_app::wiring::{MessageText, Response, Timestamp};

use crate::admin::{any_application, moment, told};
use crate::cli::{SupportAnswer, SupportCommand, SupportList};

/// Service requests in one answer of `list`.
const ROWS: i64 = 50;

/// Does what a command says; answers what to say.
pub fn run(command: SupportCommand) -> Result<String> {
    match command {
        SupportCommand::List(asked) => list(&any_application(&asked.place)?, &asked),
        SupportCommand::Show(one) => {
            let app = any_application(&one.place)?;
            Ok(shown(&desk::view(&app, one.number).map_err(|error| told(&error))?, app.now()))
        }
        SupportCommand::Answer(answer) => say(answer),
        SupportCommand::Close(one) => {
            desk::close(&any_application(&one.place)?, one.number).map_err(|error| told(&error))?;
            Ok(format!("closed {}", one.number))
        }
    }
}

fn list(app: &App, asked: &SupportList) -> Result<String> {
    let filter = Filter { state: asked.state, severity: asked.severity };
    let lines = desk::queue(app, filter, asked.above, ROWS).map_err(|error| told(&error))?;
    if lines.is_empty() {
        return Ok("no service requests wait".to_owned());
    }
    let mut said = String::new();
    for line in &lines {
        let it = &line.request;
        writeln!(
            said,
            "{}  {:8}  {:16}  {:24}  {}: {}",
            it.number,
            it.severity.code(),
            it.state.standing().code(),
            response(line, app.now()),
            line.customer,
            it.title
        )?;
    }
    if let Some(last) = lines.last().filter(|_| i64::try_from(lines.len()).is_ok_and(|n| n == ROWS)) {
        writeln!(said, "there may be more: --above {}", last.request.number)?;
    }
    Ok(said.trim_end().to_owned())
}

/// How the operator keeps to the time in which it answers first.
fn response(line: &Line, now: Timestamp) -> String {
    let minutes = |seconds: i64| format!("{} h {} min", seconds / 3_600, seconds / 60 % 60);
    match line.request.response(now) {
        Response::Due(until) => format!("answer in {}", minutes(until.seconds_since(now))),
        Response::Missed(until) => format!("late by {}", minutes(now.seconds_since(until))),
        Response::Met(_) => "answered in time".to_owned(),
        Response::Late(_) => "answered late".to_owned(),
        Response::NotNeeded => "no answer needed".to_owned(),
    }
}

fn shown(view: &View, now: Timestamp) -> String {
    let (line, it) = (&view.line, &view.line.request);
    let mut said = format!(
        "{} {}\ncustomer: {} ({})\nopened by: {} at {}, {}\nseverity: {}, topic: {}, state: {}, {}\n",
        it.number,
        it.title,
        line.customer,
        it.customer,
        line.opened_by,
        line.organisation,
        moment(it.opened_at),
        it.severity.code(),
        it.topic,
        it.state.standing().code(),
        response(line, now)
    );
    if let Some(product) = &line.product {
        let _ = writeln!(said, "subscription: {product}");
    }
    let _ = write!(said, "\n{}\n", it.description);
    for one in &view.notes {
        let who = one.author.as_ref().map_or_else(|| "operator".to_owned(), |(who, home)| format!("{who} at {home}"));
        let _ = write!(said, "\n-- {who}, {}\n{}\n", moment(one.note.at), one.note.text);
        for file in &one.files {
            let _ = writeln!(said, "   file: {} ({}, {} bytes)", file.name, file.kind.code(), file.size);
        }
    }
    said.trim_end().to_owned()
}

fn say(answer: SupportAnswer) -> Result<String> {
    let mut text = answer.text.unwrap_or_default();
    if text.is_empty() {
        std::io::stdin().read_to_string(&mut text).context("failed to read the answer")?;
    }
    let text = MessageText::parse(&text).map_err(|why| anyhow::anyhow!("not accepted: the text is {why}"))?;
    let app = any_application(&answer.one.place)?;
    let number = answer.one.number;
    if answer.needs_attention {
        desk::ask_back(&app, number, text).map_err(|error| told(&error))?;
        return Ok(format!("asked back about {number}"));
    }
    desk::answer(&app, number, text).map_err(|error| told(&error))?;
    Ok(format!("answered {number}"))
}

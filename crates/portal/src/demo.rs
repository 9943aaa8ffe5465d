//! The captured mail of a demonstration: `/_demo/mail` and each message. Mounted in demo mode only.
//!
//! The folder is the state; nothing is kept here. A message's link is a link only when it leads to this installation.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path as Named, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use mailparse::{MailHeaderMap, ParsedMail};
use serde::{Deserialize, Serialize};

use crate::Problem;
use crate::ui::{self, Html, Page, Portal};
use crate::web::{Query, Visit};

/// The newest messages that a list holds; a demonstration rarely has as many.
const LISTED: usize = 200;

/// Where captured mail lies, and which addresses are ours.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// The folder of `.eml` files.
    pub folder: PathBuf,
    /// The addresses of this installation, as `https://host:port`.
    pub addresses: Vec<String>,
}

/// `/_demo/mail` and `/_demo/mail/{name}`.
pub fn routes(mailbox: Mailbox) -> Router {
    Router::new()
        .route("/_demo/mail", get(list))
        .route("/_demo/mail/{name}", get(message))
        .with_state(Arc::new(mailbox))
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Html,
    Json,
    Eml,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    format: Format,
}

/// One captured message, as it is listed for programs as well.
#[derive(Debug, Clone, Serialize)]
struct Message {
    name: String,
    date: String,
    from: String,
    to: String,
    subject: String,
    text: String,
    /// Links that lead to this installation.
    links: Vec<String>,
}

#[derive(Template)]
#[template(path = "demo/mailbox.html")]
struct List {
    page: Page,
    messages: Vec<Message>,
}

#[derive(Template)]
#[template(path = "demo/message.html")]
struct Show {
    page: Page,
    message: Message,
    text: Html,
}

async fn list(
    State(mailbox): State<Arc<Mailbox>>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let messages = reading(move || mailbox.newest()).await?;
    if wanted.format == Format::Json {
        return Ok(Json(messages).into_response());
    }
    let page = Page::new(&visit, Portal::Partner, visit.words().t("demo-mail-title"));
    Ok(ui::render(&List { page, messages })?.into_response())
}

async fn message(
    State(mailbox): State<Arc<Mailbox>>,
    Named(name): Named<String>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    if !is_name(&name) {
        return Err(Problem::not_found());
    }
    let (bytes, message) = reading(move || {
        let bytes = match fs::read(mailbox.folder.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let message = mailbox.read(&name, &bytes);
        Ok(message.map(|message| (bytes, message)))
    })
    .await?
    .ok_or_else(Problem::not_found)?;
    match wanted.format {
        Format::Json => Ok(Json(message).into_response()),
        // As text, so that a browser shows the source and never runs the HTML inside.
        Format::Eml => Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], bytes).into_response()),
        Format::Html => {
            let text = written(&message);
            let page = Page::new(&visit, Portal::Partner, message.subject.as_str());
            Ok(ui::render(&Show { page, message, text })?.into_response())
        }
    }
}

async fn reading<T: Send + 'static>(read: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::error!(%error, "failed to read captured mail");
            Err(Problem::internal())
        }
        Err(_) => Err(Problem::internal()),
    }
}

impl Mailbox {
    /// Newest first: names begin with the time.
    fn newest(&self) -> io::Result<Vec<Message>> {
        let entries = match fs::read_dir(&self.folder) {
            // The folder is made when the first mail comes.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|it| is_name(it))
            .collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        names.truncate(LISTED);
        let read = |name: &String| Some(self.read(name, &fs::read(self.folder.join(name)).ok()?)).flatten();
        Ok(names.iter().filter_map(read).collect())
    }

    fn read(&self, name: &str, bytes: &[u8]) -> Option<Message> {
        let mail = mailparse::parse_mail(bytes).ok()?;
        let head = |name| mail.headers.get_first_value(name).unwrap_or_default();
        let text = plain_text(&mail)?;
        let links = text.split_whitespace().filter(|word| self.is_ours(word)).map(str::to_owned).collect();
        Some(Message {
            name: name.to_owned(),
            date: head("Date"),
            from: head("From"),
            to: head("To"),
            subject: head("Subject"),
            text,
            links,
        })
    }

    fn is_ours(&self, word: &str) -> bool {
        self.addresses.iter().any(|ours| word.strip_prefix(ours.as_str()).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// A file the delivery worker wrote: no separators, nothing hidden.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    name.len() <= 128 && !name.starts_with('.') && name.strip_suffix(".eml").is_some() && name.chars().all(plain)
}

fn plain_text(mail: &ParsedMail<'_>) -> Option<String> {
    if mail.ctype.mimetype == "text/plain" {
        return mail.get_body().ok().map(|text| text.replace("\r\n", "\n"));
    }
    mail.subparts.iter().find_map(plain_text)
}

/// Paragraphs with their line ends; our own links can be followed.
fn written(message: &Message) -> Html {
    let line = |line: &str| {
        let trimmed = line.trim();
        if message.links.iter().any(|link| link == trimmed) { Html::link(trimmed, trimmed) } else { Html::text(line) }
    };
    let paragraphs = message.text.trim().split("\n\n").map(|paragraph| {
        let lines: Vec<String> = paragraph.lines().map(|text| line(text).into_string()).collect();
        format!("<p>{}</p>", lines.join("<br>"))
    });
    Html::trusted(paragraphs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_captured_files_and_nothing_else() {
        assert!(is_name("20261123T090000.000000Z-0193.eml"));
        for bad in ["", ".eml", "../x.eml", "a/b.eml", "a\\b.eml", ".x.eml.tmp", "x.eml\0", "x.txt", "..%2fx.eml"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn only_our_own_links_are_links() {
        let mailbox = Mailbox { folder: PathBuf::new(), addresses: vec!["http://localhost:8080".to_owned()] };
        let bytes = b"To: a@b.example\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
            http://localhost:8080/portal/accept/abc\r\nhttp://localhost:8080.evil.example/\r\n\r\n<script>\r\n";
        let message = mailbox.read("x.eml", bytes).unwrap();
        assert_eq!(message.links, ["http://localhost:8080/portal/accept/abc"]);
        let html = written(&message).into_string();
        assert!(html.contains("<a href=\"http://localhost:8080/portal/accept/abc\">"), "{html}");
        assert!(!html.contains("href=\"http://localhost:8080.evil") && !html.contains("<script>"), "{html}");
    }
}

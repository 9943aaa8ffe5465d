//! Why nothing was accepted: one page a refusal, with its cause in plain words, the account in use and the way on
//! (UX specification, section 6). Which refusal comes first is decided by the checks, not here.

mod said;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use entente_app::acceptance::Review;
use entente_domain::acceptance::Refusal;

use super::link::Way;
use super::review;
use crate::ui::{self, Account, Button, Errors, Field, Html, LinkBox, Page, Permissions, Portal};
use crate::web::Fields;
use crate::{MaybeSession, Problem, key};

/// What a page of refusal holds besides the frame.
#[derive(Default)]
struct Said {
    icon: &'static str,
    title: String,
    text: Html,
    more: Option<Html>,
    /// The words that nothing was accepted.
    nothing: Option<&'static str>,
    actions: Vec<Button>,
    /// What the partner has now, and what was asked.
    compared: Option<(String, String)>,
    asked: Option<(String, Permissions)>,
    link: Option<LinkBox>,
    /// Where to ask for a new link.
    new_link: Option<String>,
}

#[derive(Template)]
#[template(path = "customer/refused.html")]
struct View {
    page: Page,
    said: Said,
    account: Option<Account>,
    note: Option<String>,
    paste: Option<(String, Errors, Field)>,
    code: &'static str,
    number: Option<String>,
    request_id: String,
    time: Html,
    foot: Option<String>,
}

/// The page of a link that is none; `pasted` is what somebody typed in place of one.
pub(super) fn invalid(s: &MaybeSession, pasted: Option<String>) -> Result<Response, Problem> {
    let words = s.visit.words();
    let wrong = pasted.is_some().then(|| words.t("refused-paste-wrong"));
    let items = wrong.iter().map(|text| ("link".to_owned(), text.clone())).collect();
    let field = ui::field("link", words.t("refused-paste"))
        .hint(words.t("refused-paste-hint"))
        .value(pasted.unwrap_or_default())
        .max(2_000)
        .error(wrong);
    let said = Said {
        icon: "cloud-off",
        title: words.t("refused-invalid-title"),
        text: Html::text(&words.t("refused-invalid-text")),
        nothing: Some(key!("refused-nothing")),
        ..Said::default()
    };
    let account = review::account(s, &s.path("/partners"));
    let paste = Some((s.path("/accept"), Errors { words, items }, field));
    let view = View { paste, ..view(s, said, account, &Refusal::InviteInvalid) };
    page(&view, StatusCode::NOT_FOUND)
}

/// The page of a refusal.
pub(super) fn show(s: &MaybeSession, way: &Way, review: &Review, refusal: &Refusal) -> Result<Response, Problem> {
    let said = said::about(s, way, review, refusal);
    let mut account = review::account(s, &way.to(s, "/review"));
    if let (Some(account), Refusal::PersonalAccount | Refusal::WrongOrganisation { .. }) = (&mut account, refusal) {
        // Another account is the main way on there, so it is not offered twice.
        account.switch = None;
    }
    let words = s.visit.words();
    let asked = s.visit.path.split_once('?').and_then(|(_, query)| Fields::parse(query.as_bytes()));
    let told = asked.is_some_and(|it| it.get("asked").is_some()) && matches!(refusal, Refusal::InviteExpired { .. });
    let invitation = review.offer.invitation();
    let status = match refusal {
        // Nothing is wrong: the customer has what was asked for.
        Refusal::AlreadyConnected => StatusCode::OK,
        other => crate::refusal::status(other),
    };
    let view = View {
        note: told.then(|| words.t("refused-asked")),
        number: invitation.map(|it| it.number.to_string()),
        foot: review::valid(words, &review.offer).filter(|_| status != StatusCode::GONE),
        ..view(s, said, account, refusal)
    };
    page(&view, status)
}

fn view(s: &MaybeSession, said: Said, account: Option<Account>, refusal: &Refusal) -> View {
    let words = s.visit.words();
    View {
        page: Page::new(&s.visit, Portal::Customer, said.title.clone()),
        said,
        account,
        note: None,
        paste: None,
        code: refusal.code(),
        number: None,
        request_id: s.visit.request_id.0.to_string(),
        time: ui::moment(words, s.visit.now),
        foot: None,
    }
}

fn page(view: &View, status: StatusCode) -> Result<Response, Problem> {
    Ok((status, ui::render(view)?).into_response())
}

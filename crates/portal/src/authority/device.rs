//! `/devicelogin`: typing the code that another device shows (RFC 8628, section 3.3). What is approved is named before it is.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::Error;
use entente_app::authority::{Kind, device};
use serde::Deserialize;

use super::{ask, sign_in};
use crate::ui::{self, Field, Page, Portal};
use crate::web::{Form, Query};
use crate::{MaybeSession, Problem};

#[derive(Deserialize)]
pub(super) struct Typed {
    /// Some devices put the code into the link.
    user_code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Step {
    #[serde(rename = "do")]
    what: What,
    user_code: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Look,
    Approve,
    Deny,
}

#[derive(Template)]
#[template(path = "authority/device.html")]
struct View {
    page: Page,
    code: Field,
}

#[derive(Template)]
#[template(path = "authority/device_confirm.html")]
struct Confirm {
    page: Page,
    lead: String,
    code: String,
    who: String,
}

#[derive(Template)]
#[template(path = "authority/device_done.html")]
struct Done {
    page: Page,
    text: String,
}

fn page(s: &MaybeSession, title: &'static str) -> Page {
    Page::new(&s.visit, Portal::Authority, s.visit.words().t(title))
}

fn view(s: &MaybeSession, typed: &str, wrong: Option<String>) -> Result<ui::Rendered, Problem> {
    let words = s.visit.words();
    let code = ui::field("user_code", words.t("device-code"))
        .value(typed)
        .hint(words.t("device-code-hint"))
        .autocomplete("off")
        .max(20)
        .required()
        .autofocus()
        .error(wrong);
    ui::render(&View { page: page(s, crate::key!("device-title")), code })
}

pub(super) async fn show(s: MaybeSession, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    if s.me.is_none() {
        return Ok(sign_in(&s.visit.path, (false, false), None));
    }
    // A code in a link is typed for the person, never approved for them.
    Ok(view(&s, typed.user_code.as_deref().unwrap_or_default(), None)?.into_response())
}

pub(super) async fn act(s: MaybeSession, Form(step): Form<Step>) -> Result<Response, Problem> {
    let words = s.visit.words();
    let typed = step.user_code.clone();
    let done =
        |text: String| Ok(ui::render(&Done { page: page(&s, crate::key!("device-title")), text })?.into_response());
    let outcome = match step.what {
        What::Look => match ask(&s, move |app, ctx| device::look(app, ctx, &typed)).await {
            Ok(waiting) => {
                let application = waiting.application.to_string();
                let me = s.me.as_ref().map(|me| me.person.upn.to_string()).unwrap_or_default();
                let confirm = Confirm {
                    page: page(&s, crate::key!("device-confirm-title")),
                    lead: words.t_with("device-confirm-lead", &[ui::arg("application", &application)]),
                    code: waiting.code,
                    who: me,
                };
                return Ok(ui::render(&confirm)?.into_response());
            }
            Err(error) => Err(error),
        },
        What::Approve => ask(&s, move |app, ctx| device::answer(app, ctx, &typed, true)).await,
        What::Deny => ask(&s, move |app, ctx| device::answer(app, ctx, &typed, false)).await,
    };
    match outcome {
        Ok(()) if step.what == What::Approve => done(words.t("device-approved")),
        Ok(()) => done(words.t("device-denied")),
        Err(Error::NotFound) => {
            let wrong = Some(words.t("device-code-unknown"));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, view(&s, &step.user_code, wrong)?).into_response())
        }
        Err(Error::Authority(refusal)) if refusal.kind == Kind::AccessDenied => {
            let text = words.t("device-powerful");
            let page = ui::render(&Done { page: page(&s, crate::key!("device-title")), text })?;
            Ok((StatusCode::FORBIDDEN, page).into_response())
        }
        Err(Error::SignInRequired) => Ok(sign_in("/devicelogin", (false, false), None)),
        Err(error) => Err(error.into()),
    }
}

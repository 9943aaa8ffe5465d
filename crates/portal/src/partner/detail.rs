//! P7: following one request: how far it has come, what was sent with the mail server's answer, and what can be done now.

use askama::Template;
use axum::response::{IntoResponse, Response};
use entente_app::invitation::{self, View as Found};
use entente_app::{Error, customer};
use entente_domain::invitation::{Binding, Invitation, Standing, State};
use entente_domain::time::Timestamp;
use serde::Deserialize;

use super::end::Confirm;
use super::register::recipient;
use super::{Desk, Named, Number, after, ask, words};
use crate::i18n::Words;
use crate::key;
use crate::session::see_other;
use crate::ui::{self, Html, Moment, Page, Rendered, arg, badge};
use crate::web::{Form, Nothing};
use crate::{PartnerSession, Problem};

#[derive(Template)]
#[template(path = "partner/detail.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    here: String,
    buttons: Vec<ui::Button>,
    checks: ui::Timeline,
    subject: String,
    body: Vec<String>,
    /// The language of the message, which is the recipient's.
    tongue: &'static str,
    link: Option<ui::LinkBox>,
    mails: Vec<Sent>,
    history: ui::Timeline,
    badge: Html,
    facts: Vec<(String, Html)>,
    revocable: bool,
}

struct Sent {
    kind: String,
    to: String,
    badge: Html,
    answer: String,
    at: Html,
}

/// The request with this number, and its customer's name while that is in the list.
struct Followed {
    found: Found,
    customer: Option<(String, String)>,
    replaced_by: Option<i64>,
}

async fn follow(s: &PartnerSession, number: i64) -> Result<Followed, Problem> {
    let followed = ask(s, move |app, ctx| {
        let found = invitation::view(app, ctx, number)?;
        let customer = match found.invitation.state {
            State::Accepted { customer, .. } => match customer::line(app, ctx, customer) {
                Ok(line) => Some((format!("/partner/customers/{}", line.id), line.name)),
                Err(Error::NotFound) => None,
                Err(error) => return Err(error),
            },
            _ => None,
        };
        // There is no operation that finds a request by its id, so only one among the newest is named.
        let replaced_by = match found.invitation.state {
            State::Superseded { by, .. } => {
                let newer = invitation::list(app, ctx, None, None, 50)?;
                newer.into_iter().find(|it| it.id == by).map(|it| it.number)
            }
            _ => None,
        };
        Ok(Followed { found, customer, replaced_by })
    });
    Ok(followed.await?)
}

fn crumbs(words: Words, here: String) -> ui::Crumbs {
    ui::Crumbs { words, above: vec![("/partner/requests".to_owned(), words.t("requests-title"))], here }
}

/// `GET /partner/requests/{no}`
pub(super) async fn show(desk: Desk, Named(Number(number)): Named<Number>) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let followed = follow(s, number).await?;
    let Followed { found, .. } = &followed;
    let inv = &found.invitation;
    let words = s.visit.words();
    let here = format!("/partner/requests/{number}");
    let name = format!("RQ-{number}");
    let to = recipient(words, inv);
    let link = found.link.as_ref().map(|url| ui::LinkBox { url: url.clone(), copy: words.t("message-copy-link") });
    let mails = found.mail.iter().map(|mail| Sent {
        kind: mail_kind(words, &mail.template),
        to: mail.recipient.clone(),
        badge: delivery(words, mail.delivery.code()),
        answer: mail.answer.clone().unwrap_or_default(),
        at: ui::moment(words, mail.finished_at.unwrap_or(mail.created_at)),
    });
    let view = View {
        page: desk.page(words.t_with("detail-title", &[arg("number", &name)]), "/partner/requests"),
        crumbs: crumbs(words, name),
        lead: words.t_with("detail-lead", &[arg("to", &to), arg("asks", &words::asks(words, inv.asks))]),
        buttons: buttons(s, inv, &here),
        checks: ui::Timeline { moments: checks(words, &followed) },
        subject: inv.message.subject.to_string(),
        body: inv.message.body.as_str().split('\n').map(str::to_owned).collect(),
        tongue: inv.recipient.language.tag(),
        link,
        mails: mails.collect(),
        history: ui::Timeline { moments: history(words, &followed) },
        badge: words::standing(words, found.standing),
        facts: facts(s, &followed),
        revocable: revocable(s, inv),
        here,
    };
    ui::render(&view)
}

fn revocable(s: &PartnerSession, inv: &Invitation) -> bool {
    inv.clone().cancel(s.me.person.id, s.visit.now).is_ok()
}

/// What the domain would allow now. The operations ask it again.
fn buttons(s: &PartnerSession, inv: &Invitation, here: &str) -> Vec<ui::Button> {
    let words = s.visit.words();
    let now = s.visit.now;
    let edit = inv.clone().edit(inv.recipient.clone(), inv.message.clone(), now);
    let mut buttons = Vec::new();
    if revocable(s, inv) {
        buttons.push(ui::link(format!("{here}/revoke"), words.t("revoke-button")).danger().dialog("revoke"));
    }
    if inv.clone().supersede(inv.id, now).is_ok() {
        let again = ui::submit(words.t("detail-reissue")).icon("refresh").form("act").sends("do", "reissue");
        buttons.push(again);
    }
    if edit.is_ok() {
        buttons.push(ui::link(format!("{here}/message"), words.t("detail-message")).icon("pencil"));
    }
    if inv.clone().remind(now).is_ok() {
        let remind = ui::submit(words.t("todo-remind")).icon("bell").form("act").sends("do", "remind");
        buttons.push(remind.primary());
    }
    buttons
}

fn mail_kind(words: Words, template: &str) -> String {
    match template {
        "invite" | "invite_roles" | "restore" => words.t("mail-kind-invite"),
        "reminder" => words.t("mail-kind-reminder"),
        "forwarded" => words.t("mail-kind-forwarded"),
        _ => words.t("mail-kind-notice"),
    }
}

fn delivery(words: Words, code: &str) -> Html {
    match code {
        "sent" => badge("ok", words.t("delivery-sent")),
        "deferred" => badge("warn", words.t("delivery-deferred")),
        "bounced" => badge("bad", words.t("delivery-bounced")),
        _ => badge("info", words.t("delivery-queued")),
    }
}

/// The five checks. What has not happened yet has no time.
fn checks(words: Words, followed: &Followed) -> Vec<Moment> {
    let inv = &followed.found.invitation;
    vec![
        moment(words, "ok", words.t("check-made"), Some(inv.created_at), None),
        sent(words, followed),
        answered(words, followed),
        listed(words, followed),
        granted(words, followed),
    ]
}

fn moment(words: Words, tone: &'static str, what: String, at: Option<Timestamp>, sub: Option<String>) -> Moment {
    let icon = match tone {
        "ok" => "check",
        "bad" => "x",
        "warn" => "warning",
        _ => "clock",
    };
    Moment {
        icon,
        tone,
        what: what.into(),
        when: at.map_or_else(Html::default, |at| ui::moment(words, at)),
        sub: sub.map(Html::from),
        future: tone.is_empty(),
    }
}

/// Never "sent" without the mail server's answer.
fn sent(words: Words, followed: &Followed) -> Moment {
    let inv = &followed.found.invitation;
    let first = followed.found.mail.iter().filter(|it| matches!(it.template.as_str(), "invite" | "restore"));
    let Some(mail) = first.max_by_key(|it| it.created_at) else {
        return match inv.state {
            State::Draft => moment(words, "", words.t("check-unsent"), None, None),
            _ => moment(words, "ok", words.t("check-handed"), None, Some(words.t("check-handed-text"))),
        };
    };
    let answer = mail.answer.clone();
    match mail.delivery.code() {
        "sent" => moment(words, "ok", words.t("check-sent"), mail.finished_at, answer),
        "bounced" => moment(words, "bad", words.t("check-bounced"), mail.finished_at, answer),
        "deferred" => moment(words, "warn", words.t("check-deferred"), None, answer),
        _ => moment(words, "", words.t("check-queued"), None, None),
    }
}

fn answered(words: Words, followed: &Followed) -> Moment {
    let inv = &followed.found.invitation;
    let said = |reason: &Option<_>| reason.as_ref().map(|it: &entente_domain::text::Reason| format!("“{it}”"));
    match (&inv.state, followed.found.standing) {
        (State::Accepted { at, .. }, _) => moment(words, "ok", words.t("check-accepted"), Some(*at), None),
        (State::Declined { at, reason, .. }, _) => {
            moment(words, "bad", words.t("check-declined"), Some(*at), said(reason))
        }
        (State::Cancelled { at, .. }, _) => moment(words, "bad", words.t("check-cancelled"), Some(*at), None),
        (State::Superseded { at, .. }, _) => moment(words, "bad", words.t("check-superseded"), Some(*at), None),
        (_, Standing::Expired) => moment(words, "bad", words.t("check-expired"), Some(inv.expires_at), None),
        _ => match inv.forwarded_at {
            Some(at) => moment(words, "warn", words.t("check-forwarded"), Some(at), None),
            None => moment(words, "", words.t("check-waiting"), None, None),
        },
    }
}

fn listed(words: Words, followed: &Followed) -> Moment {
    match (&followed.found.invitation.state, &followed.customer) {
        (State::Accepted { at, .. }, Some((href, name))) => {
            let what = words.rich("check-listed", &[("customer", Html::link(href, name))]);
            Moment { what, ..moment(words, "ok", String::new(), Some(*at), None) }
        }
        (State::Accepted { .. }, None) => moment(words, "warn", words.t("check-ended"), None, None),
        _ => moment(words, "", words.t("check-unlisted"), None, None),
    }
}

/// What was granted beside what was asked.
fn granted(words: Words, followed: &Followed) -> Moment {
    let inv = &followed.found.invitation;
    match (&inv.state, inv.asks.privileges) {
        (State::Accepted { at, privileges: true, .. }, _) => {
            moment(words, "ok", words.t("check-privileges"), Some(*at), None)
        }
        (State::Accepted { at, privileges: false, .. }, true) => {
            moment(words, "warn", words.t("check-less"), Some(*at), Some(words.t("check-less-text")))
        }
        (_, false) => moment(words, "", words.t("check-no-privileges"), None, None),
        (_, true) => moment(words, "", words.t("check-privileges-later"), None, None),
    }
}

/// What happened to the request, latest first.
fn history(words: Words, followed: &Followed) -> Vec<Moment> {
    let inv = &followed.found.invitation;
    let mut all: Vec<(Timestamp, &'static str, &'static str, String)> = Vec::new();
    all.push((inv.created_at, "pencil", "", words.t("history-made")));
    for mail in &followed.found.mail {
        let kind = mail_kind(words, &mail.template);
        let args = [arg("kind", &kind)];
        let (icon, tone, text) = match mail.delivery.code() {
            "sent" => ("send", "ok", words.t_with("history-sent", &args)),
            "bounced" => ("send", "bad", words.t_with("history-bounced", &args)),
            _ => ("send", "", words.t_with("history-queued", &args)),
        };
        all.push((mail.finished_at.unwrap_or(mail.created_at), icon, tone, text));
    }
    if let Some(at) = inv.forwarded_at {
        all.push((at, "administrators", "warn", words.t("check-forwarded")));
    }
    match &inv.state {
        State::Accepted { at, .. } => all.push((*at, "handshake", "ok", words.t("check-accepted"))),
        State::Declined { at, .. } => all.push((*at, "x", "bad", words.t("check-declined"))),
        State::Cancelled { at, .. } => all.push((*at, "undo", "", words.t("check-cancelled"))),
        State::Superseded { at, .. } => all.push((*at, "refresh", "", words.t("check-superseded"))),
        _ if followed.found.standing == Standing::Expired => {
            all.push((inv.expires_at, "clock", "warn", words.t("check-expired")));
        }
        _ => {}
    }
    // Stable: what happened at the same moment stays in the order it was written down.
    all.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    let moment = |(at, icon, tone, what): (Timestamp, &'static str, &'static str, String)| Moment {
        icon,
        tone,
        what: what.into(),
        when: ui::moment(words, at),
        sub: None,
        future: false,
    };
    all.into_iter().map(moment).collect()
}

/// The facts of a request that its pages show beside it.
pub(super) fn common_facts(s: &PartnerSession, inv: &Invitation) -> Vec<(String, Html)> {
    let words = s.visit.words();
    let place = format!("{} · {}", words::country(words, inv.country), words::cloud(words, inv.cloud));
    let bound = match &inv.binding {
        Binding::Any => Html::text(&words.t("bound-any")),
        Binding::Domain(domain) => Html::text(&domain.display()),
        Binding::Tenant(id) => Html::trusted(format!("<code>{}</code>", Html::text(&id.to_string()))),
    };
    vec![
        (words.t("requests-number"), format!("RQ-{}", inv.number).into()),
        (words.t("requests-asks"), words::asks(words, inv.asks).into()),
        (words.t("request-cloud"), place.into()),
        (words.t("bound-label"), bound),
        (words.t("requests-until"), ui::day(words, inv.expires_at)),
    ]
}

fn facts(s: &PartnerSession, followed: &Followed) -> Vec<(String, Html)> {
    let words = s.visit.words();
    let mut facts = common_facts(s, &followed.found.invitation);
    if let Some((href, name)) = &followed.customer {
        facts.push((words.t("customers-customer"), Html::link(href, name)));
    }
    if let Some(number) = followed.replaced_by {
        let link = Html::link(&format!("/partner/requests/{number}"), &format!("RQ-{number}"));
        facts.push((words.t("detail-replaced-by"), link));
    }
    facts
}

/// What the page's buttons send.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Step {
    #[serde(rename = "do")]
    what: What,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Remind,
    Reissue,
    Revoke,
}

/// `POST /partner/requests/{no}`
pub(super) async fn act(
    s: PartnerSession,
    Named(Number(number)): Named<Number>,
    Form(Step { what }): Form<Step>,
) -> Result<Response, Problem> {
    let here = format!("/partner/requests/{number}");
    match what {
        What::Remind => {
            ask(&s, move |app, ctx| invitation::remind(app, ctx, number)).await?;
            Ok(after(&here, "reminded"))
        }
        What::Revoke => withdraw(&s, number).await,
        What::Reissue => {
            let new = ask(&s, move |app, ctx| invitation::reissue(app, ctx, number)).await?;
            Ok(after(&format!("/partner/requests/{}/message", new.invitation.number), "reissued"))
        }
    }
}

async fn withdraw(s: &PartnerSession, number: i64) -> Result<Response, Problem> {
    ask(s, move |app, ctx| invitation::cancel(app, ctx, number)).await?;
    Ok(after(&format!("/partner/requests/{number}"), "revoked"))
}

/// `GET /partner/requests/{no}/revoke`
pub(super) async fn confirm_revoke(desk: Desk, Named(Number(number)): Named<Number>) -> Result<Response, Problem> {
    let found = ask(&desk.s, move |app, ctx| invitation::view(app, ctx, number)).await?;
    let back = format!("/partner/requests/{number}");
    if !revocable(&desk.s, &found.invitation) {
        // Its page says what became of it.
        return Ok(see_other(&back));
    }
    let words = desk.s.visit.words();
    let view = Confirm {
        page: desk.page(words.t("revoke-title"), "/partner/requests"),
        crumbs: ui::Crumbs {
            words,
            above: vec![
                ("/partner/requests".to_owned(), words.t("requests-title")),
                (back.clone(), format!("RQ-{number}")),
            ],
            here: words.t(key!("revoke-button")),
        },
        here: format!("{back}/revoke"),
        effects: Html::trusted(format!("<p>{}</p>", Html::text(&words.t("revoke-text")))),
        back,
        keep: words.t("revoke-no"),
        go: words.t("revoke-yes"),
    };
    Ok(ui::render(&view)?.into_response())
}

/// `POST /partner/requests/{no}/revoke`
pub(super) async fn revoke(
    s: PartnerSession,
    Named(Number(number)): Named<Number>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    withdraw(&s, number).await
}

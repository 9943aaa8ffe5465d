//! P6: the e-mail around the personal link. The words are the partner's, the link is ours and stands in a block of its own,
//! so no edit can lose it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::invitation::{self, View as Found};
use entente_app::{Error, Field, Invalid};
use entente_domain::invitation::{Invitation, Message, Recipient, State};
use entente_domain::language::Language as Spoken;
use entente_domain::text::{EmailAddress, MessageText, SubjectLine};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::detail::common_facts;
use super::request::{optional, steps};
use super::{Desk, Named, Number, Wrong, after, ask, words};
use crate::session::see_other;
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::Form;
use crate::{PartnerSession, Problem};

/// What mail programs and browsers take of a `mailto:` address without cutting it.
const MAILTO_MAX: usize = 1_800;

#[derive(Template)]
#[template(path = "partner/message.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    steps: ui::Steps,
    here: String,
    mailto: Mailto,
    errors: ui::Errors,
    form: Typed,
    mail_error: Option<String>,
    subject_error: Option<String>,
    body_error: Option<String>,
    from: String,
    valid: String,
    link: ui::LinkBox,
    open: ui::Button,
    asked: ui::Keep,
    badge: Html,
    facts: Vec<(String, Html)>,
}

/// What was typed, and which button was pressed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    mail: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    body: String,
    #[serde(rename = "do", default)]
    what: What,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    #[default]
    Save,
    Send,
    Done,
}

impl Typed {
    fn of(inv: &Invitation) -> Self {
        Self {
            mail: inv.recipient.email.as_ref().map(ToString::to_string).unwrap_or_default(),
            subject: inv.message.subject.to_string(),
            body: inv.message.body.to_string(),
            what: What::Save,
        }
    }

    fn read(&self, inv: &Invitation) -> Result<(Recipient, Message), Vec<Field>> {
        let email = optional(&self.mail, |text| EmailAddress::parse(text).map_err(Invalid::Text));
        let subject = SubjectLine::parse(&self.subject).map_err(Invalid::Text);
        let body = MessageText::parse(&self.body).map_err(Invalid::Text);
        match (email, subject, body) {
            (Ok(email), Ok(subject), Ok(body)) => {
                Ok((Recipient { email, ..inv.recipient.clone() }, Message { subject, body }))
            }
            (email, subject, body) => {
                let wrong = [("mail", email.err()), ("subject", subject.err()), ("body", body.err())];
                Err(wrong.into_iter().filter_map(|(name, why)| Some(Field { name, why: why? })).collect())
            }
        }
    }
}

/// The address that opens the message in the partner's own mail program.
struct Mailto {
    link: String,
    too_long: bool,
}

impl Mailto {
    /// The link goes last, as in the mail we send; first where the text may be cut, and for a Chinese reader, whose text
    /// fills the address nine times as fast.
    fn new(inv: &Invitation, link: &str) -> Self {
        // RFC 6068 section 2: what is left is safe in every part; line breaks are CRLF.
        const SAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
        let text = inv.message.body.as_str().replace('\n', "\r\n");
        let encode = |text: &str| utf8_percent_encode(text, SAFE).to_string();
        let first = inv.recipient.language == Spoken::ZhCn;
        let after = encode(&format!("{text}\r\n\r\n{link}"));
        let before = encode(&format!("{link}\r\n\r\n{text}"));
        let too_long = after.len() > MAILTO_MAX;
        let body = if first || too_long { before } else { after };
        let to = inv.recipient.email.as_ref().map(|it| encode(it.as_str())).unwrap_or_default();
        let link = format!("mailto:{to}?subject={}&body={body}", encode(inv.message.subject.as_str()));
        Self { link, too_long }
    }
}

fn render(desk: &Desk, found: &Found, link: &str, typed: Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let inv = &found.invitation;
    let here = format!("/partner/requests/{}", inv.number);
    let mailto = Mailto::new(inv, link);
    let open = ui::link(&mailto.link, words.t("message-open")).primary().icon("mail").disabled(mailto.too_long);
    let mut facts = common_facts(s, inv);
    facts.truncate(facts.len().saturating_sub(1));
    facts.push((
        words.t("message-reminder"),
        words.t_with("message-reminder-days", &[arg("n", s.app.settings().remind_after_days)]).into(),
    ));
    let view = View {
        page: desk.page(words.t("message-title"), "/partner/requests"),
        crumbs: ui::Crumbs {
            words,
            above: vec![
                ("/partner/requests".to_owned(), words.t("requests-title")),
                (here.clone(), format!("RQ-{}", inv.number)),
            ],
            here: words.t("message-crumb"),
        },
        steps: steps(words, 1),
        here: format!("{here}/message"),
        mailto,
        errors: wrong.list(s.visit.words()),
        form: typed,
        mail_error: wrong.get("mail"),
        subject_error: wrong.get("subject"),
        body_error: wrong.get("body"),
        from: format!("{} <{}>", s.me.person.name, s.me.person.mail),
        valid: words.t_with("message-valid", &[arg("date", &words.date(inv.expires_at))]),
        link: ui::LinkBox { url: link.to_owned(), copy: words.t("message-copy-link") },
        open,
        asked: asked(s, inv),
        badge: words::standing(words, found.standing),
        facts,
    };
    ui::render(&view)
}

/// What the customer's page will ask, in the order it asks.
fn asked(s: &PartnerSession, inv: &Invitation) -> ui::Keep {
    let words = s.visit.words();
    let partner = [("partner", Html::strong(s.me.tenant.name.as_str()))];
    let kind = match inv.asks.kind {
        entente_domain::relationship::RelationshipKind::Reseller => words.rich("asked-reseller", &partner),
        entente_domain::relationship::RelationshipKind::Advisor => words.rich("asked-advisor", &partner),
    };
    let mut lines = vec![("check", "yes", kind)];
    if inv.asks.privileges {
        let roles = [
            ("global", Html::strong(&words.t("asked-global"))),
            ("helpdesk", Html::strong(&words.t("asked-helpdesk"))),
        ];
        lines.push(("shield-alert", "risk", words.rich("asked-privileges", &roles)));
    }
    lines.push(("check", "yes", words.t_with("asked-agreement", &[arg("vendor", &*s.visit.vendor)]).into()));
    ui::Keep { lines }
}

/// `GET /partner/requests/{no}/message`
pub(super) async fn show(desk: Desk, Named(Number(number)): Named<Number>) -> Result<Response, Problem> {
    let found = ask(&desk.s, move |app, ctx| invitation::view(app, ctx, number)).await?;
    let Some(link) = found.link.as_deref() else {
        // Nobody can answer it any more, so there is no message to write; its own page says why.
        return Ok(see_other(&format!("/partner/requests/{number}")));
    };
    let typed = Typed::of(&found.invitation);
    Ok(render(&desk, &found, link, typed, &Wrong::default())?.into_response())
}

/// `POST /partner/requests/{no}/message`: keeps the words, then sends the mail or finishes the draft.
pub(super) async fn save(
    s: PartnerSession,
    Named(Number(number)): Named<Number>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let found = ask(&s, move |app, ctx| invitation::view(app, ctx, number)).await?;
    let inv = &found.invitation;
    let what = typed.what;
    let answer = match typed.read(inv) {
        Ok((recipient, message)) => {
            let draft = inv.state == State::Draft;
            ask(&s, move |app, ctx| {
                invitation::edit(app, ctx, number, recipient, message)?;
                match what {
                    What::Send => invitation::send(app, ctx, number),
                    What::Done if draft => invitation::open(app, ctx, number),
                    What::Save | What::Done => Ok(()),
                }
            })
            .await
        }
        Err(fields) => Err(Error::Invalid(fields)),
    };
    let here = format!("/partner/requests/{number}");
    let fields = match answer {
        Ok(()) => {
            return Ok(match what {
                What::Save => after(&format!("{here}/message"), "saved"),
                What::Send => after(&here, "sent"),
                What::Done => after(&here, "opened"),
            });
        }
        Err(Error::Invalid(fields)) => fields,
        // Said where the address is typed.
        Err(Error::Invitation(refused)) if refused.because == entente_domain::invitation::Because::NoAddress => {
            vec![Field { name: "mail", why: Invalid::Text(entente_domain::text::TextError::Empty) }]
        }
        Err(error) => return Err(error.into()),
    };
    let Some(link) = found.link.as_deref() else { return Ok(see_other(&here)) };
    let wrong = Wrong::of(s.visit.words(), &fields);
    let page = render(&Desk::of(s).await?, &found, link, typed, &wrong)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

//! C2, the decision: who asks whom, what they will be able to do, how to undo it, and the choice with nothing chosen.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use entente_app::acceptance::Review;
use entente_app::sign_in::Audience;
use entente_domain::acceptance::{Offer, Refusal, offers_without_privileges};
use entente_domain::agreement::{self, Agreement};
use entente_domain::directory_role::{self, GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR};
use entente_domain::ids::DirectoryRoleId;
use entente_domain::invitation::Asks;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::{Partner, PartnerKind};

use super::link::Way;
use super::stop::Stop;
use super::{landing, refused};
use crate::i18n::Words;
use crate::session::{see_other, sign_in_path, spoken};
use crate::ui::{self, Account, Choice, Errors, Page, Parties, Permission, Permissions, Portal, arg};
use crate::{MaybeSession, Problem, key, words};

#[derive(Template)]
#[template(path = "customer/review.html")]
struct View {
    page: Page,
    parties: Parties,
    account: Account,
    sender: String,
    companion: Option<String>,
    already: Option<String>,
    can: String,
    abilities: Permissions,
    assurances: Permissions,
    errors: Errors,
    decisions: Vec<Choice>,
    decision_error: Option<String>,
    granting: bool,
    agree: String,
    /// That the agreement was signed before, where it was; then nothing asks for it.
    signed: Option<String>,
    agreement: &'static Agreement,
    agreement_title: String,
    clauses: Vec<Clause>,
    agreement_error: Option<String>,
    here: String,
    decline: Option<String>,
    unknown: String,
    forward: String,
    foot: String,
}

/// A paragraph of the agreement; the numbered ones begin with their heading.
struct Clause {
    heading: Option<String>,
    text: String,
}

/// What was posted and not accepted.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) decision: Option<String>,
    pub(super) decision_wrong: bool,
    pub(super) agreement_wrong: bool,
}

/// The headline of a request.
pub(super) fn title(words: Words, offer: &Offer) -> String {
    let partner = offer.partner.tenant.name.to_string();
    let args = [arg("partner", &partner)];
    match (offer.asks.kind, offer.asks.privileges) {
        (RelationshipKind::Reseller, true) => words.t_with("accept-title-both", &args),
        (RelationshipKind::Reseller, false) => words.t_with("accept-title-reseller", &args),
        (RelationshipKind::Advisor, true) => words.t_with("accept-title-advisor-both", &args),
        (RelationshipKind::Advisor, false) => words.t_with("accept-title-advisor", &args),
    }
}

/// Who sent it, under which number. A standing link has no sender.
pub(super) fn sender(s: &MaybeSession, review: &Review) -> String {
    let words = s.visit.words();
    let partner = &review.offer.partner;
    let since = words.date(partner.since);
    let verified = words.t_with(
        "accept-verified",
        &[arg("no", &partner.number), arg("vendor", &*s.visit.vendor), arg("since", &since)],
    );
    match &review.sender {
        None => verified,
        Some(person) => {
            let (name, mail) = (person.name.to_string(), person.mail.to_string());
            let sent = words.t_with("accept-sent-by", &[arg("person", &name), arg("mail", &mail)]);
            words.t_with("accept-two", &[arg("first", &sent), arg("second", &verified)])
        }
    }
}

/// What the second partner of an indirect request does.
pub(super) fn together(words: Words, offer: &Offer, companion: &Partner) -> String {
    let (partner, other) = (offer.partner.tenant.name.to_string(), companion.tenant.name.to_string());
    let args = [arg("partner", &partner), arg("companion", &other)];
    match companion.kind {
        PartnerKind::IndirectReseller => words.t_with("accept-with-reseller", &args),
        PartnerKind::Direct | PartnerKind::IndirectProvider => words.t_with("accept-with-provider", &args),
    }
}

/// How long the link works, and under which number it is known.
pub(super) fn valid(words: Words, offer: &Offer) -> Option<String> {
    let invitation = offer.invitation()?;
    let date = words.date(invitation.expires_at);
    let number = invitation.number.to_string();
    Some(words.t_with("accept-valid", &[arg("date", &date), arg("no", &number)]))
}

/// The account in use, with a way to another one that leads back to `here`.
pub(super) fn account(s: &MaybeSession, here: &str) -> Option<Account> {
    let me = s.me.as_ref()?;
    let words = s.visit.words();
    let organisation = me.tenant.name.to_string();
    let role = if !me.tenant.organisation {
        words.t("as-no-organisation")
    } else if me.person.is_global_administrator() {
        words.t_with("as-administrator-of", &[arg("org", &organisation)])
    } else {
        words.t_with("as-member-of", &[arg("org", &organisation)])
    };
    let switch = format!("{}&switch=1", sign_in_path(Audience::Customer(s.cloud()), here));
    Some(Account {
        name: me.person.name.to_string(),
        mail: Some(me.person.upn.to_string()),
        role,
        switch: Some((switch, words.t("accept-switch"))),
    })
}

/// What the partners of an offer will be able to do.
pub(super) fn abilities(words: Words, offer: &Offer) -> Permissions {
    reach_of(words, offer.asks, &names(words, offer))
}

/// The names of everybody the customer would be connected with.
pub(super) fn names(words: Words, offer: &Offer) -> String {
    let names: Vec<String> = offer.partners().map(|it| it.tenant.name.to_string()).collect();
    names.join(&words.t("list-and"))
}

/// What partners of these names can do with what they asked for; the highest powers first.
pub(super) fn reach_of(words: Words, asks: Asks, partners: &str) -> Permissions {
    let mut items = Vec::new();
    if asks.privileges {
        let note = |key| Some(words.t_with(key, &[arg("partner", partners)]));
        items.push(acts_as(words, GLOBAL_ADMINISTRATOR, "shield-alert", note(key!("accept-given-admin-agents"))));
        items.push(acts_as(words, HELPDESK_ADMINISTRATOR, "key", note(key!("accept-given-helpdesk-agents"))));
    }
    let plain =
        |icon, title: String, text: String| Permission { icon, tone: "yes", title, text, more: Vec::new(), note: None };
    items.push(match asks.kind {
        RelationshipKind::Reseller => plain("cart", words.t("accept-can-buy"), words.t("accept-can-buy-text")),
        RelationshipKind::Advisor => plain("package", words.t("accept-can-advise"), words.t("accept-can-advise-text")),
    });
    items.push(plain("support", words.t("accept-can-support"), words.t("accept-can-support-text")));
    Permissions { items }
}

fn acts_as(words: Words, role: DirectoryRoleId, icon: &'static str, note: Option<String>) -> Permission {
    let language = spoken(words.language());
    let role = directory_role::find(role);
    let label = role.map_or("", |role| role.label(language));
    Permission {
        icon,
        tone: "risk",
        title: words.t_with("accept-can-act", &[arg("role", label)]),
        text: role.and_then(|role| role.reach(language)).unwrap_or_default().to_owned(),
        more: role.map(|role| role.details(language).iter().map(|&it| it.to_owned()).collect()).unwrap_or_default(),
        note,
    }
}

fn assurances(words: Words, offer: &Offer) -> Permissions {
    let partner = offer.partner.tenant.name.to_string();
    let safe =
        |icon, title: String, text: String| Permission { icon, tone: "no", title, text, more: Vec::new(), note: None };
    let mut items = Vec::new();
    if offer.asks.privileges {
        items.push(safe("user-check", words.t("accept-own-names"), words.t("accept-own-names-text")));
        let undo = words.t_with("accept-undo-text", &[arg("partner", &partner)]);
        items.push(safe("undo", words.t("accept-undo"), undo));
    } else {
        items.push(safe("lock", words.t("accept-no-access"), words.t("accept-no-access-text")));
    }
    Permissions { items }
}

fn decisions(words: Words, offer: &Offer, typed: &Typed) -> Vec<Choice> {
    let advisor = offer.asks.kind == RelationshipKind::Advisor;
    let optional = offers_without_privileges(offer.cloud);
    let card = |value: &str, title: String, hint: String| {
        ui::choice("decision", value, title).hint(hint).checked(typed.decision.as_deref() == Some(value)).required()
    };
    let mut cards = Vec::new();
    if offer.asks.privileges {
        let cloud = words::cloud(words, offer.cloud);
        let hint = if optional {
            words.t_with("accept-choice-both-text", &[arg("partner", &names(words, offer))])
        } else {
            words.t_with("accept-choice-forced", &[arg("cloud", &cloud)])
        };
        cards.push(card("privileges", words.t("accept-choice-both"), hint));
    }
    if !offer.asks.privileges || optional {
        let (title, hint) = if advisor {
            (words.t("accept-choice-advisor"), words.t("accept-choice-advisor-text"))
        } else {
            (words.t("accept-choice-reseller"), words.t("accept-choice-reseller-text"))
        };
        cards.push(card("reseller", title, hint));
    }
    cards
}

fn clauses(text: &str) -> Vec<Clause> {
    let paragraphs = text.split("\n\n").skip(1).map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs
        .map(|paragraph| match paragraph.split_once('\n') {
            Some((heading, text)) => Clause { heading: Some(heading.to_owned()), text: text.to_owned() },
            None => Clause { heading: None, text: paragraph.to_owned() },
        })
        .collect()
}

/// The page, or the page of the refusal that stands in the way.
pub(super) async fn show(s: MaybeSession, way: Way) -> Result<Response, Stop> {
    let review = landing::look(&s, &way).await?;
    match &review.refusal {
        None => Ok(form(&s, &way, &review, &Typed::default())?),
        Some(Refusal::SignInRequired) => Ok(see_other(&sign_in_path(s.audience, &way.to(&s, "/review")))),
        Some(refusal) => Ok(refused::show(&s, &way, &review, refusal)?),
    }
}

/// The form, as it opens or after something in it was wrong.
pub(super) fn form(s: &MaybeSession, way: &Way, review: &Review, typed: &Typed) -> Result<Response, Problem> {
    let words = s.visit.words();
    let offer = &review.offer;
    let here = way.to(s, "/review");
    let (Some(me), Some(account)) = (&s.me, account(s, &here)) else { return Err(Problem::internal()) };
    let (partner, org) = (offer.partner.tenant.name.to_string(), me.tenant.name.to_string());
    let place = words::country(words, offer.partner.tenant.country);
    let current = agreement::current(offer.cloud, s.visit.now);
    let text = current.rendered(spoken(words.language()), &s.visit.vendor);
    let agreement_title = current.title(spoken(words.language()), &s.visit.vendor);
    let version = words.date(current.valid_from);
    let agree = words.t_with(
        "accept-agree",
        &[arg("agreement", &agreement_title), arg("version", &version), arg("pages", current.pages), arg("org", &org)],
    );
    let decision_error = typed.decision_wrong.then(|| words.t("accept-choose"));
    let agreement_error = typed.agreement_wrong.then(|| words.t("accept-agree-missing"));
    let wrong = [("decision", &decision_error), ("agreement", &agreement_error)];
    let items = wrong.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?))).collect();
    let granted = review.existing.iter().any(|rel| rel.partner == offer.partner.tenant.id && rel.is_active());
    let view = View {
        page: Page::new(&s.visit, Portal::Customer, title(words, offer)),
        parties: Parties {
            from: (partner.clone(), words.t_with("accept-partner-in", &[arg("country", &place)])),
            to: (org, words.t("accept-your-organisation")),
        },
        account,
        sender: sender(s, review),
        companion: offer.companion.as_ref().map(|it| together(words, offer, it)),
        already: granted.then(|| words.t_with("accept-already", &[arg("partner", &partner)])),
        can: words.t_with("accept-can", &[arg("partner", &names(words, offer))]),
        abilities: abilities(words, offer),
        assurances: assurances(words, offer),
        errors: Errors { words, items },
        decisions: decisions(words, offer, typed),
        decision_error,
        granting: offer.asks.privileges,
        agree,
        signed: review
            .signed
            .map(|at| words.t_with("accept-agreed", &[arg("version", &version), arg("date", &words.date(at))])),
        agreement: current,
        agreement_title,
        clauses: clauses(&text),
        agreement_error,
        decline: way.is_personal().then(|| way.to(s, "/decline")),
        unknown: way.with(s, "/decline", "unknown=1"),
        forward: way.to(s, "/forward"),
        foot: valid(words, offer).unwrap_or_default(),
        here,
    };
    let status = match (typed.decision_wrong, typed.agreement_wrong) {
        (false, false) => StatusCode::OK,
        (true, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => refused_status(),
    };
    Ok((status, ui::render(&view)?).into_response())
}

fn refused_status() -> StatusCode {
    crate::refusal::status(&Refusal::AgreementRequired)
}

//! P8: one customer: who they are, what this partner may do there, and the way out.

use askama::Template;
use axum::http::StatusCode;
use entente_app::customer::{self, Record};
use entente_app::{attestation, company, invitation, people, site};
use entente_domain::ids::TenantId;
use entente_domain::policy::Action;
use entente_domain::relationship::{Because, Channel, Privileges, Refused, Relationship, Side};
use entente_domain::subscription::Subscription;

use super::{Desk, Named, ask, words};
use crate::company::facts as shown;
use crate::session::spoken;
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::{PartnerSession, Problem};

#[derive(Template)]
#[template(path = "partner/account.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    domain: String,
    here: String,
    notice: Option<(&'static str, String)>,
    restore: Option<ui::Button>,
    facts: Vec<(String, Html)>,
    danger: Danger,
    badge: Html,
    administration: String,
    reason: Option<String>,
    give_up: Option<ui::Button>,
    give_up_title: String,
    effects: ui::Keep,
    running: Vec<(String, String)>,
    activity: Option<String>,
    subscriptions: String,
    services: String,
    users: String,
    licences: String,
    support: Option<String>,
    company: CompanyCard,
    agreement: Html,
    confirm: Option<ui::Button>,
}

/// The organisation's record, or why this person may not see it.
struct CompanyCard {
    facts: Vec<(String, Html)>,
    closed: Option<String>,
    open: String,
}

/// Removing the relationship: the button, or why there is none.
struct Danger {
    text: String,
    title: String,
    open: bool,
    blocking: Vec<(String, String)>,
    button: Option<ui::Button>,
}

/// A customer's record with the names around it.
pub(super) struct Known {
    pub(super) record: Record,
    /// The other partner of an indirect channel.
    pub(super) companion: Option<String>,
    /// Who of this partner gave the privileges back, where the reader may know.
    removed_by: Option<String>,
}

/// Reads one customer. A stranger's id answers like one that does not exist.
pub(super) async fn known(s: &PartnerSession, id: TenantId) -> Result<Known, Problem> {
    let (asks, manages) = (s.me.may(Action::RequestRelationship), s.me.may(Action::ManagePeople));
    let known = ask(s, move |app, ctx| {
        let record = customer::record(app, ctx, id)?;
        let other = record.relationship.channel.companion().filter(|_| asks);
        let companion = match other {
            Some(other) => invitation::companions(app, ctx)?.into_iter().find(|it| it.tenant.id == other),
            None => None,
        };
        let removed_by = match record.relationship.privileges {
            Privileges::Removed { by, side: Side::Partner, .. } if manages => people::get(app, ctx, by).ok(),
            _ => None,
        };
        let removed_by = removed_by.map(|it| it.name.to_string());
        Ok(Known { record, companion: companion.map(|it| it.tenant.name.to_string()), removed_by })
    });
    Ok(known.await?)
}

/// What the domain answers to ending this relationship now. The operation asks it again.
pub(super) fn ending(s: &PartnerSession, record: &Record) -> Result<(), Refused> {
    record.relationship.clone().end(s.me.person.id, &record.subscriptions, s.visit.now).map(|_| ())
}

/// What the domain answers to giving the privileges back now.
pub(super) fn giving_up(s: &PartnerSession, relationship: &Relationship) -> Result<(), Refused> {
    let done = relationship.clone().remove_privileges(Side::Partner, s.me.person.id, None, s.visit.now);
    done.map(|_| ())
}

/// Subscriptions a page names before it leads to the list of all.
const NAMED: usize = 25;

/// How many subscriptions still run.
pub(super) fn active(record: &Record) -> usize {
    record.subscriptions.iter().filter(|it| it.is_active()).count()
}

/// Address and name of the subscriptions that still run: the first of them, and where there are more the way to all.
pub(super) fn running(s: &PartnerSession, record: &Record) -> Vec<(String, String)> {
    let list = format!("/partner/customers/{}/subscriptions", record.tenant.id);
    let named = |it: &Subscription| {
        let quantity = it.quantity.map(|n| format!(" · {}", s.visit.words().number(n))).unwrap_or_default();
        let name = format!("{}{quantity}", words::product(s.visit.words(), &it.product));
        (format!("{list}/{}", it.id), name)
    };
    let mut all: Vec<_> = record.subscriptions.iter().filter(|it| it.is_active()).take(NAMED).map(named).collect();
    if active(record) > NAMED {
        all.push((list.clone(), s.visit.words().t("subs-all")));
    }
    all
}

/// The four consequences of removing a relationship, and what stays.
pub(super) fn effects(s: &PartnerSession, customer: &str) -> ui::Keep {
    let words = s.visit.words();
    let name = [("customer", Html::strong(customer))];
    ui::Keep {
        lines: vec![
            ("x", "risk", words.rich("end-effect-list", &name)),
            ("x", "risk", words.t("end-effect-support").into()),
            ("x", "risk", words.t("end-effect-privileges").into()),
            ("x", "risk", words.t("end-effect-buy").into()),
            ("check", "yes", words.t("end-stays-history").into()),
            ("info", "no", words.t("end-notice").into()),
        ],
    }
}

/// What stands beside the record: what the customer lets this person see of the organisation, and how it stands to the agreement.
async fn around(s: &PartnerSession, id: TenantId) -> Result<(CompanyCard, attestation::Status), Problem> {
    let words = s.visit.words();
    let both = ask(s, move |app, ctx| {
        let reach = site::reach(app, ctx, id)?;
        let known = if reach.may(Action::ViewCompany) { Some(company::get(app, ctx, id)?) } else { None };
        Ok(((reach, known), attestation::status(app, ctx, id)?))
    });
    let ((reach, known), status) = both.await?;
    let facts = known.and_then(|it| it.company).map(|it| shown(words, reach.customer.country, &it));
    let closed = reach.why_not(Action::ViewCompany).map(|it| it.for_user(spoken(words.language())));
    let open = format!("/partner/customers/{id}/company");
    Ok((CompanyCard { facts: facts.unwrap_or_default(), closed, open }, status))
}

/// `GET /partner/customers/{id}`
pub(super) async fn show(desk: Desk, Named(id): Named<TenantId>) -> Result<(StatusCode, Rendered), Problem> {
    let known = known(&desk.s, id).await?;
    let s = &desk.s;
    let words = s.visit.words();
    let (company, status) = around(s, id).await?;
    let record = &known.record;
    let name = record.tenant.name.as_str();
    let here = format!("/partner/customers/{id}");
    let rel = &record.relationship;
    let asks = !rel.privileges.granted() && s.me.may(Action::RequestPrivileges);
    let restore = asks.then(|| ui::link(format!("{here}/restore"), restore_words(s, rel)).icon("send"));
    let gives = s.me.may(Action::GiveUpPrivileges) && giving_up(s, rel).is_ok();
    let view = View {
        page: desk.page(name, "/partner/customers"),
        crumbs: ui::Crumbs {
            words,
            above: vec![("/partner/customers".to_owned(), words.t("customers-title"))],
            here: name.to_owned(),
        },
        domain: record.tenant.domain.to_string(),
        notice: notice(s, &known),
        restore,
        facts: facts(s, &known),
        danger: danger(s, &known, &here),
        badge: words::privileges(words, rel.privileges.code()),
        administration: administration(s, &known),
        reason: match &rel.privileges {
            Privileges::Removed { reason: Some(reason), .. } => Some(reason.to_string()),
            _ => None,
        },
        give_up: gives
            .then(|| ui::link(format!("{here}/give-up"), words.t("give-up-button")).small().danger().dialog("give-up")),
        give_up_title: words.t_with("give-up-title", &[arg("customer", name)]),
        effects: effects(s, name),
        running: running(s, record),
        activity: s.me.may(Action::ViewPartnerActivity).then(|| format!("/partner/activity?customer={id}")),
        subscriptions: format!("{here}/subscriptions"),
        services: format!("{here}/services"),
        users: format!("{here}/users"),
        licences: format!("{here}/licences"),
        company,
        agreement: super::agreement::state(words, &status),
        confirm: (s.me.may(Action::AttestAgreement) && status.refused.is_none())
            .then(|| ui::link(format!("{here}/agreement"), words.t("attest-title")).small()),
        support: s.me.sells(Action::ViewServiceRequests).then(|| format!("{here}/service-requests")),
        here,
    };
    Ok((StatusCode::OK, ui::render(&view)?))
}

fn restore_words(s: &PartnerSession, relationship: &Relationship) -> String {
    let words = s.visit.words();
    match relationship.privileges {
        Privileges::Removed { .. } => words.t("restore-button"),
        Privileges::None | Privileges::Granted { .. } => words.t("restore-ask"),
    }
}

/// Exceptions get a line of colour on top; the normal state does not.
fn notice(s: &PartnerSession, known: &Known) -> Option<(&'static str, String)> {
    let words = s.visit.words();
    match &known.record.relationship.privileges {
        Privileges::Removed { at, side: Side::Customer, .. } => {
            let date = words.date(*at);
            let args = [arg("customer", known.record.tenant.name.as_str()), arg("date", &date)];
            Some(("warn", words.t_with("account-removed", &args)))
        }
        _ => None,
    }
}

fn administration(s: &PartnerSession, known: &Known) -> String {
    let words = s.visit.words();
    match &known.record.relationship.privileges {
        Privileges::None => words.t("priv-none-text"),
        Privileges::Granted { since } => words.t_with("priv-granted-text", &[arg("date", &words.date(*since))]),
        Privileges::Removed { at, side: Side::Customer, .. } => {
            words.t_with("priv-removed-text", &[arg("date", &words.date(*at))])
        }
        Privileges::Removed { at, side: Side::Partner, .. } => match &known.removed_by {
            Some(person) => words.t_with("priv-given-up-by", &[arg("date", &words.date(*at)), arg("person", person)]),
            None => words.t_with("priv-given-up-text", &[arg("date", &words.date(*at))]),
        },
    }
}

fn facts(s: &PartnerSession, known: &Known) -> Vec<(String, Html)> {
    let words = s.visit.words();
    let tenant = &known.record.tenant;
    let rel = &known.record.relationship;
    let id = tenant.id.to_string();
    let copy = ui::copy_button(&id, &words.t_with("customers-copy-id", &[arg("name", tenant.name.as_str())]));
    let mut facts = vec![
        (words.t("account-company"), Html::text(tenant.name.as_str())),
        (words.t("account-id"), Html::trusted(format!("<code>{}</code> {copy}", Html::text(&id)))),
        (words.t("account-domain"), Html::text(tenant.domain.as_str())),
        (words.t("account-country"), words::country(words, tenant.country).into()),
        (words.t("account-cloud"), words::cloud(words, tenant.cloud).into()),
        (words.t("account-relationship"), words::relationship(words, rel.kind.code(), rel.channel.code()).into()),
    ];
    if let Some(companion) = &known.companion {
        let label = match rel.channel {
            Channel::Reseller { .. } => words.t("account-provider"),
            Channel::Provider { .. } | Channel::Direct => words.t("account-reseller"),
        };
        facts.push((label, Html::text(companion)));
    }
    facts.push((words.t("account-since"), ui::day(words, rel.started_at)));
    facts
}

fn danger(s: &PartnerSession, known: &Known, here: &str) -> Danger {
    let words = s.visit.words();
    let name = known.record.tenant.name.as_str();
    let title = words.t_with("end-title", &[arg("customer", name)]);
    let closed = |text: String| Danger { text, title: title.clone(), open: false, blocking: Vec::new(), button: None };
    if !s.me.may(Action::EndRelationship) {
        return closed(words.t("end-role"));
    }
    let button = ui::link(format!("{here}/remove"), words.t("end-link")).danger();
    match ending(s, &known.record).map_err(|refused| refused.because) {
        Ok(()) => Danger { open: true, button: Some(button.dialog("end")), ..closed(words.t("end-text")) },
        Err(Because::SubscriptionsActive) => {
            let text = words.t_with("end-blocked", &[arg("n", active(&known.record))]);
            Danger { blocking: running(s, &known.record), button: Some(button.disabled(true)), ..closed(text) }
        }
        Err(Because::OnlyProvider) => closed(only_provider(s, known)),
        Err(_) => closed(words.t("end-not-now")),
    }
}

/// Whom an indirect reseller asks.
pub(super) fn only_provider(s: &PartnerSession, known: &Known) -> String {
    let words = s.visit.words();
    match &known.companion {
        Some(provider) => words.t_with("end-only-provider", &[arg("provider", provider)]),
        None => words.t("end-only-provider-unnamed"),
    }
}

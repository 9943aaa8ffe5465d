//! "Confirm agreement": a partner's word that its customer signed (requirement S18).

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::attestation::{self, Status};
use entente_app::{Error, Field, Invalid, customer};
use entente_domain::agreement;
use entente_domain::attestation::{Because, Signed, versions};
use entente_domain::cloud::Cloud;
use entente_domain::ids::TenantId;
use entente_domain::policy::Action;
use entente_domain::tenant::Tenant;
use entente_domain::time::Timestamp;
use serde::Deserialize;

use super::{Desk, Named, after, ask, require};
use crate::company::{optional, read};
use crate::i18n::Words;
use crate::ui::{self, Html, Page, Rendered, arg, badge};
use crate::web::Form;
use crate::wrong::Wrong;
use crate::{PartnerSession, Problem};

/// What was typed about who signed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) signer: String,
    pub(super) signer_mail: String,
    pub(super) signer_phone: String,
    pub(super) signed_on: String,
    pub(super) agreement: String,
}

impl Typed {
    /// What the form begins with: today, and the version in force. Who signed is never filled in.
    pub(super) fn blank(cloud: Cloud, now: Timestamp) -> Self {
        Self {
            signed_on: entente_app::sheet::day(now),
            agreement: agreement::current(cloud, now).version.to_owned(),
            ..Self::default()
        }
    }

    /// Reads every field; whether it can be true the operation decides.
    pub(super) fn read(&self) -> Result<Signed, Vec<Field>> {
        let mut wrong = Vec::new();
        let name = read("signer", &self.signer, &mut wrong);
        let mail = read("signer_mail", &self.signer_mail, &mut wrong);
        let phone = optional("signer_phone", &self.signer_phone, &mut wrong);
        let on = entente_domain::time::day(self.signed_on.trim());
        if on.is_none() {
            wrong.push(Field { name: "signed_on", why: Invalid::Day });
        }
        let version = agreement::find(&self.agreement).map(|it| it.version);
        if version.is_none() {
            wrong.push(Field { name: "agreement", why: Invalid::NotOffered });
        }
        match (name, mail, on, version) {
            (Some(name), Some(mail), Some(on), Some(version)) if wrong.is_empty() => {
                Ok(Signed { name, mail, phone, on, version })
            }
            _ => Err(wrong),
        }
    }
}

/// The fields about who signed which version, and when.
pub(super) struct Fields {
    pub(super) name: ui::Field,
    pub(super) mail: ui::Field,
    pub(super) phone: ui::Field,
    pub(super) on: ui::Field,
    pub(super) version: ui::Select,
}

impl Fields {
    pub(super) fn new(words: Words, cloud: Cloud, now: Timestamp, typed: &Typed, wrong: &Wrong) -> Self {
        let field = |name: &'static str, label: String, value: &str, max: u32| {
            ui::field(name, label).value(value).max(max).error(wrong.get(name))
        };
        let options = versions(cloud, now).into_iter().map(|it| ui::option(it.version, words.date(it.valid_from)));
        Self {
            name: field("signer", words.t("attest-name"), &typed.signer, 120),
            mail: field("signer_mail", words.t("attest-mail"), &typed.signer_mail, 254).kind("email"),
            phone: field("signer_phone", words.t("company-phone"), &typed.signer_phone, 40)
                .kind("tel")
                .optional(words.t("form-optional")),
            on: field("signed_on", words.t("attest-on"), &typed.signed_on, 10).kind("date"),
            version: ui::select("agreement", words.t("attest-version"), options.collect())
                .value(&typed.agreement)
                .error(wrong.get("agreement")),
        }
    }

    fn required(self) -> Self {
        Self { name: self.name.required(), mail: self.mail.required(), on: self.on.required(), ..self }
    }
}

#[derive(Template)]
#[template(path = "partner/agreement.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    here: String,
    back: String,
    errors: ui::Errors,
    state: Html,
    attested: Vec<(String, String)>,
    /// Why there is no form, where there is none.
    closed: Option<String>,
    fields: Fields,
}

fn at(id: TenantId) -> String {
    format!("/partner/customers/{id}/agreement")
}

/// Whether the version in force is signed, as a badge.
pub(super) fn state(words: Words, status: &Status) -> Html {
    match status.signed {
        Some(at) => badge("ok", words.t_with("agreement-signed-on", &[arg("date", &words.date(at))])),
        None => badge("warn", words.t("agreement-not-yet")),
    }
}

/// Why a partner cannot give its word.
fn refused(words: Words, because: Because) -> String {
    words.t(crate::refusal::attesting(because))
}

async fn found(s: &PartnerSession, id: TenantId) -> Result<(Tenant, Status), Problem> {
    let both = ask(s, move |app, ctx| Ok((customer::record(app, ctx, id)?.tenant, attestation::status(app, ctx, id)?)));
    Ok(both.await?)
}

fn view(desk: &Desk, found: &(Tenant, Status), typed: &Typed, wrong: &Wrong) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let (home, status) = found;
    let back = format!("/partner/customers/{}", home.id);
    let named = |it: &entente_domain::attestation::Attestation| {
        let (name, version) = (it.signed.name.to_string(), it.signed.version.to_owned());
        let date = words.date(it.signed.on);
        (version, words.t_with("attest-by", &[arg("person", &name), arg("date", &date)]))
    };
    ui::render(&View {
        page: desk.page(words.t("attest-title"), "/partner/customers"),
        crumbs: ui::Crumbs {
            words,
            above: vec![
                ("/partner/customers".to_owned(), words.t("customers-title")),
                (back.clone(), home.name.to_string()),
            ],
            here: words.t("attest-title"),
        },
        lead: words.t_with("attest-lead", &[arg("customer", home.name.as_str())]),
        here: at(home.id),
        back,
        errors: wrong.list(words),
        state: state(words, status),
        attested: status.attested.iter().map(named).collect(),
        closed: status.refused.map(|it| refused(words, it.because)),
        fields: Fields::new(words, home.cloud, s.visit.now, typed, wrong).required(),
    })
}

/// `GET /partner/customers/{id}/agreement`
pub(super) async fn show(desk: Desk, Named(id): Named<TenantId>) -> Result<Rendered, Problem> {
    require(&desk.s, Action::AttestAgreement)?;
    let found = found(&desk.s, id).await?;
    let typed = Typed::blank(found.0.cloud, desk.s.visit.now);
    view(&desk, &found, &typed, &Wrong::default())
}

/// `POST /partner/customers/{id}/agreement`
pub(super) async fn attest(
    s: PartnerSession,
    Named(id): Named<TenantId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    require(&s, Action::AttestAgreement)?;
    let answer = match typed.read() {
        Ok(signed) => ask(&s, move |app, ctx| attestation::attest(app, ctx, id, signed)).await,
        Err(fields) => Err(Error::Invalid(fields)),
    };
    let words = s.visit.words();
    let wrong = match answer {
        Ok(()) => return Ok(after(&format!("/partner/customers/{id}"), "attested")),
        Err(Error::Invalid(fields)) => Wrong::of(words, &fields),
        Err(Error::Attestation(it)) if it.because == Because::AttestedAlready => {
            Wrong::said("signer_mail", refused(words, it.because))
        }
        Err(error) => return Err(error.into()),
    };
    let found = found(&s, id).await?;
    let page = view(&Desk::of(s).await?, &found, &typed, &wrong)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

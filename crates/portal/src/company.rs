//! An organisation's record: address, contact, registration number. Its own administrators keep it, and its partners' people where the
//! customer lets them.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::attestation::{self, Own, SignedBy};
use entente_app::company::{self as operations, Record};
use entente_app::{Error, Field, Invalid};
use entente_domain::company::Company;
use entente_domain::country_rule::{self, States};
use entente_domain::market::CountryCode;
use entente_domain::policy::Action;
use entente_domain::text::TextError;
use serde::Deserialize;

use crate::Problem;
use crate::at_customer::{AtCustomer, Door, ask, closed};
use crate::i18n::Words;
use crate::session::{see_other, spoken};
use crate::ui::{self, Html, Page, Rendered, arg};
use crate::web::Form;
use crate::wrong::Wrong;

/// What was typed about an organisation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    pub(crate) line1: String,
    pub(crate) line2: String,
    pub(crate) city: String,
    pub(crate) state: String,
    pub(crate) postal_code: String,
    pub(crate) contact: String,
    pub(crate) mail: String,
    pub(crate) phone: String,
    pub(crate) registration: String,
    pub(crate) version: String,
}

impl Typed {
    fn of(record: &Record) -> Self {
        let version = record.version.to_string();
        let Some(known) = &record.company else { return Self { version, ..Self::default() } };
        let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
        Self {
            line1: known.line1.to_string(),
            line2: text(known.line2.as_ref().map(AsRef::as_ref)),
            city: known.city.to_string(),
            state: text(known.state.as_ref().map(AsRef::as_ref)),
            postal_code: text(known.postal_code.as_ref().map(AsRef::as_ref)),
            contact: known.contact.to_string(),
            mail: known.mail.to_string(),
            phone: text(known.phone.as_ref().map(AsRef::as_ref)),
            registration: text(known.registration.as_ref().map(AsRef::as_ref)),
            version,
        }
    }

    /// Reads every field; what the country says of them the operation decides.
    pub(crate) fn read(&self) -> Result<Company, Vec<Field>> {
        let mut wrong = Vec::new();
        let line1 = read("line1", &self.line1, &mut wrong);
        let line2 = optional("line2", &self.line2, &mut wrong);
        let city = read("city", &self.city, &mut wrong);
        let state = optional("state", &self.state, &mut wrong);
        let postal_code = optional("postal_code", &self.postal_code, &mut wrong);
        let contact = read("contact", &self.contact, &mut wrong);
        let mail = read("mail", &self.mail, &mut wrong);
        let phone = optional("phone", &self.phone, &mut wrong);
        let registration = optional("registration", &self.registration, &mut wrong);
        match (line1, city, contact, mail) {
            (Some(line1), Some(city), Some(contact), Some(mail)) if wrong.is_empty() => {
                Ok(Company { line1, line2, city, state, postal_code, contact, mail, phone, registration })
            }
            _ => Err(wrong),
        }
    }
}

pub(crate) fn read<T: std::str::FromStr<Err = TextError>>(
    name: &'static str,
    text: &str,
    wrong: &mut Vec<Field>,
) -> Option<T> {
    text.parse().map_err(|why| wrong.push(Field { name, why: Invalid::Text(why) })).ok()
}

pub(crate) fn optional<T: std::str::FromStr<Err = TextError>>(
    name: &'static str,
    text: &str,
    wrong: &mut Vec<Field>,
) -> Option<T> {
    if text.trim().is_empty() { None } else { read(name, text, wrong) }
}

/// The fields of a record, as its country asks for them.
pub(crate) struct Fields {
    pub(crate) line1: ui::Field,
    pub(crate) line2: ui::Field,
    pub(crate) city: ui::Field,
    /// A choice where the country lists its states.
    pub(crate) states: Option<ui::Select>,
    /// A text where it does not.
    pub(crate) state: Option<ui::Field>,
    pub(crate) postal_code: ui::Field,
    pub(crate) contact: ui::Field,
    pub(crate) mail: ui::Field,
    pub(crate) phone: ui::Field,
    pub(crate) registration: Option<ui::Field>,
}

impl Fields {
    pub(crate) fn new(words: Words, country: CountryCode, typed: &Typed, wrong: &Wrong) -> Self {
        let rule = country_rule::of(country);
        let field = |name: &'static str, label: String, value: &str, max: u32| {
            ui::field(name, label).value(value).max(max).error(wrong.get(name))
        };
        let optional = |field: ui::Field| field.optional(words.t("form-optional"));
        let needed = |field: ui::Field, required: bool| if required { field.required() } else { optional(field) };
        let language = spoken(words.language());
        let states = (rule.state == States::Listed).then(|| {
            let mut options = vec![ui::option("", words.t("company-choose"))];
            options.extend(rule.states.iter().map(|it| ui::option(it.code, it.name(language))));
            ui::select("state", words.t("company-state"), options)
                .value(typed.state.trim())
                .required()
                .error(wrong.get("state"))
        });
        // Where the country has no states a field turns up only to say what is wrong with one that was sent.
        let state = (rule.state == States::Free || (states.is_none() && wrong.get("state").is_some()))
            .then(|| optional(field("state", words.t("company-state"), &typed.state, 100)));
        let postal = field("postal_code", words.t("company-postal"), &typed.postal_code, 100);
        let postal = match rule.postal_example() {
            Some(example) => postal.hint(words.t_with("company-postal-hint", &[arg("example", &example)])),
            None => postal,
        };
        let registration = (rule.registration || wrong.get("registration").is_some()).then(|| {
            field("registration", words.t("company-registration"), &typed.registration, 40)
                .required()
                .hint(words.t("company-registration-hint"))
        });
        Self {
            line1: field("line1", words.t("company-line1"), &typed.line1, 100).required(),
            line2: optional(field("line2", words.t("company-line2"), &typed.line2, 100)),
            city: field("city", words.t("company-city"), &typed.city, 100).required(),
            states,
            state,
            postal_code: needed(postal, rule.postal_required()),
            contact: field("contact", words.t("company-contact"), &typed.contact, 120).required(),
            mail: field("mail", words.t("company-mail"), &typed.mail, 254).kind("email").required(),
            phone: needed(field("phone", words.t("company-phone"), &typed.phone, 40).kind("tel"), rule.registration),
            registration,
        }
    }
}

/// A record in words, for pages that show it.
pub(crate) fn facts(words: Words, country: CountryCode, it: &Company) -> Vec<(String, Html)> {
    let language = spoken(words.language());
    let state = it.state.as_ref().map(|state| {
        let listed = country_rule::of(country).find_state(state.as_str());
        listed.map_or_else(|| state.to_string(), |it| it.name(language).to_owned())
    });
    let second = it.line2.as_ref().map(ToString::to_string);
    let code = it.postal_code.as_ref().map(ToString::to_string);
    let parts = [Some(it.line1.to_string()), second, code, Some(it.city.to_string()), state];
    let address = parts.into_iter().flatten().collect::<Vec<_>>().join(&words.t("list-comma"));
    let mut facts = vec![
        (words.t("company-address"), Html::text(&address)),
        (words.t("company-contact"), Html::text(it.contact.as_str())),
        (words.t("company-mail"), Html::text(it.mail.as_str())),
    ];
    facts.extend(it.phone.as_ref().map(|phone| (words.t("company-phone"), Html::text(phone.as_str()))));
    facts.extend(it.registration.as_ref().map(|it| (words.t("company-registration"), Html::text(it.as_str()))));
    facts
}

#[derive(Template)]
#[template(path = "company/edit.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    here: String,
    back: String,
    errors: ui::Errors,
    /// The form, for those who may change the record; what is known for all others.
    fields: Option<Fields>,
    facts: Vec<(String, Html)>,
    version: String,
    country: String,
    /// How the organisation stands to the agreement, for its own people.
    agreement: Vec<(String, Html)>,
}

async fn view(room: &impl AtCustomer, typed: Option<&Typed>, wrong: &Wrong) -> Result<Rendered, Problem> {
    let words = room.visit().words();
    let country = room.reach().customer.country;
    let record = ask(room, operations::get).await?;
    let known = Typed::of(&record);
    let typed = typed.unwrap_or(&known);
    let own = room.reach().relationship.is_none();
    let agreement = if own {
        let own = ask(room, |app, ctx, _| attestation::own(app, ctx)).await?;
        agreement(words, &own)
    } else {
        Vec::new()
    };
    let name = room.reach().customer.name.as_str();
    ui::render(&View {
        page: room.page(words.t("company-title")),
        crumbs: ui::Crumbs { words, above: room.above(), here: words.t("company-title") },
        lead: words.t_with("company-lead", &[arg("customer", name)]),
        here: here(room),
        back: if own { format!("{}/settings", room.base()) } else { room.base() },
        errors: wrong.list(words),
        fields: room.may(Action::ManageCompany).then(|| Fields::new(words, country, typed, wrong)),
        facts: record.company.as_ref().map(|it| facts(words, country, it)).unwrap_or_default(),
        version: typed.version.clone(),
        country: crate::words::country(words, country),
        agreement,
    })
}

fn agreement(words: Words, own: &Own) -> Vec<(String, Html)> {
    let mut facts = vec![(words.t("agreement-in-force"), Html::text(&words.date(own.in_force.valid_from)))];
    match &own.signed {
        None => facts.push((words.t("agreement-signed"), words.t("agreement-not-yet").into())),
        Some(SignedBy { at, name, partner }) => {
            facts.push((words.t("agreement-signed"), ui::day(words, *at)));
            facts.push((words.t("agreement-signer"), Html::text(name)));
            facts.extend(partner.as_ref().map(|it| (words.t("agreement-word-of"), Html::text(it))));
        }
    }
    facts
}

fn here(room: &impl AtCustomer) -> String {
    format!("{}/company", room.base())
}

/// `GET {customer}/company`
pub(crate) async fn show<R: AtCustomer>(room: R) -> Result<Response, Problem> {
    let title = room.visit().words().t("company-title");
    if let Some(page) = closed(&room, Action::ViewCompany, Door::Front, title)? {
        return Ok(page);
    }
    Ok(view(&room, None, &Wrong::default()).await?.into_response())
}

/// `POST {customer}/company`
pub(crate) async fn save<R: AtCustomer>(room: R, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    let title = room.visit().words().t("company-title");
    for action in [Action::ViewCompany, Action::ManageCompany] {
        if let Some(page) = closed(&room, action, Door::Behind, title.clone())? {
            return Ok(page);
        }
    }
    let version: i64 = typed.version.trim().parse().map_err(|_| Problem::broken_form())?;
    let answer = match typed.read() {
        Ok(company) => ask(&room, move |app, ctx, id| operations::edit(app, ctx, id, version, company)).await,
        Err(fields) => Err(Error::Invalid(fields)),
    };
    match answer {
        Ok(()) => Ok(see_other(&format!("{}?done=company", here(&room)))),
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::of(room.visit().words(), &fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, view(&room, Some(&typed), &wrong).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

//! P3: a customer with an organisation of its own. What its address needs depends on its country, so place comes first.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::new_customer::{self as operations, Created, New};
use entente_app::{Error, Field, Invalid, invitation};
use entente_domain::cloud::Cloud;
use entente_domain::ids::{FormId, TenantId};
use entente_domain::language::Language as Spoken;
use entente_domain::market::CountryCode;
use entente_domain::new_customer::{PREFIX_MAX, PREFIX_MIN};
use entente_domain::policy::Action;
use entente_domain::tenant::{Partner, PartnerKind};
use entente_domain::text::CompanyName;
use serde::Deserialize;

use super::agreement;
use super::{Desk, ask, require, words};
use crate::company;
use crate::i18n::Language;
use crate::ui::{self, Page, Rendered, arg};
use crate::web::{Form, Query};
use crate::wrong::Wrong;
use crate::{PartnerSession, Problem};

/// Where the customer is to live.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    cloud: Option<String>,
    country: Option<String>,
}

/// What was typed, kept as it was typed; together with [`company::Typed`] and [`agreement::Typed`], which read the same form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    #[serde(rename = "do")]
    what: String,
    form: String,
    cloud: String,
    country: String,
    name: String,
    domain: String,
    language: String,
    reseller: String,
    attest: bool,
    line1: String,
    line2: String,
    city: String,
    state: String,
    postal_code: String,
    contact: String,
    mail: String,
    phone: String,
    registration: String,
    signer: String,
    signer_mail: String,
    signer_phone: String,
    signed_on: String,
    agreement: String,
}

impl Typed {
    fn company(&self) -> company::Typed {
        company::Typed {
            line1: self.line1.clone(),
            line2: self.line2.clone(),
            city: self.city.clone(),
            state: self.state.clone(),
            postal_code: self.postal_code.clone(),
            contact: self.contact.clone(),
            mail: self.mail.clone(),
            phone: self.phone.clone(),
            registration: self.registration.clone(),
            ..company::Typed::default()
        }
    }

    /// The contact has signed where nobody else is named.
    fn signed(&self) -> agreement::Typed {
        let or = |text: &str, other: &str| if text.trim().is_empty() { other } else { text }.to_owned();
        let contact = self.signer.trim().is_empty() && self.signer_mail.trim().is_empty();
        agreement::Typed {
            signer: or(&self.signer, if contact { &self.contact } else { "" }),
            signer_mail: or(&self.signer_mail, if contact { &self.mail } else { "" }),
            signer_phone: or(&self.signer_phone, if contact { &self.phone } else { "" }),
            signed_on: self.signed_on.clone(),
            agreement: self.agreement.clone(),
        }
    }

    fn signed_as_typed(&self) -> agreement::Typed {
        agreement::Typed {
            signer: self.signer.clone(),
            signer_mail: self.signer_mail.clone(),
            signer_phone: self.signer_phone.clone(),
            ..self.signed()
        }
    }

    fn read(&self, form: FormId) -> Result<New, Vec<Field>> {
        let mut wrong = Vec::new();
        let cloud = self.cloud.parse::<Cloud>().ok();
        let country = self.country.parse::<CountryCode>().ok();
        let language = self.language.parse::<Spoken>().ok();
        let known = [("cloud", cloud.is_some()), ("country", country.is_some()), ("language", language.is_some())];
        wrong.extend(known.iter().filter(|it| !it.1).map(|(name, _)| Field { name, why: Invalid::NotOffered }));
        let name: Option<CompanyName> = company::read("name", &self.name, &mut wrong);
        let reseller = match self.reseller.trim() {
            "" => None,
            id => {
                let id = id.parse::<TenantId>();
                id.map_err(|_| wrong.push(Field { name: "reseller", why: Invalid::NotOffered })).ok()
            }
        };
        let company = self.company().read().map_err(|fields| wrong.extend(fields)).ok();
        let signed = if self.attest {
            self.signed().read().map(Some).map_err(|fields| wrong.extend(fields)).ok()
        } else {
            Some(None)
        };
        match (cloud, country, language, name, company, signed) {
            (Some(cloud), Some(country), Some(language), Some(name), Some(company), Some(signed))
                if wrong.is_empty() =>
            {
                let prefix = self.domain.clone();
                Ok(New { name, prefix, cloud, country, company, language, reseller, signed, form })
            }
            _ => Err(wrong),
        }
    }
}

/// Where this partner may create customers, and for whom.
struct Offered {
    form: FormId,
    clouds: Vec<(Cloud, Vec<CountryCode>)>,
    resellers: Vec<Partner>,
}

async fn offered(s: &PartnerSession) -> Result<Offered, Problem> {
    let offered = ask(s, |app, ctx| {
        let form = operations::form(app, ctx)?;
        let mut clouds = Vec::new();
        for cloud in Cloud::ALL {
            let countries = invitation::countries(app, ctx, cloud)?;
            if !countries.is_empty() {
                clouds.push((cloud, countries));
            }
        }
        Ok(Offered { form, clouds, resellers: invitation::companions(app, ctx)? })
    });
    Ok(offered.await?)
}

#[derive(Template)]
#[template(path = "partner/customer_new.html")]
struct View {
    page: Page,
    crumbs: ui::Crumbs,
    form: String,
    cloud: String,
    country: String,
    clouds: ui::Select,
    countries: ui::Select,
    place_error: Option<String>,
    errors: ui::Errors,
    name: ui::Field,
    domain: ui::Field,
    free: Option<String>,
    fields: company::Fields,
    language: ui::Select,
    reseller: Option<ui::Select>,
    attest: ui::Choice,
    signed: agreement::Fields,
}

fn view(
    desk: &Desk,
    offered: &Offered,
    typed: &Typed,
    wrong: &Wrong,
    free: Option<String>,
) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let fallback = offered.clouds.first().map_or(Cloud::Public, |(cloud, _)| *cloud);
    let cloud = typed.cloud.parse().unwrap_or(fallback);
    let country = typed.country.parse().unwrap_or(s.me.tenant.country);
    let clouds = offered.clouds.iter().map(|(it, _)| ui::option(it.code(), words::cloud(words, *it))).collect();
    let mut open: Vec<CountryCode> = offered.clouds.iter().flat_map(|(_, open)| open.iter().copied()).collect();
    open.sort_unstable();
    open.dedup();
    let mut named: Vec<(String, CountryCode)> = open.into_iter().map(|it| (words::country(words, it), it)).collect();
    named.sort();
    let countries = named.into_iter().map(|(name, code)| ui::option(code.as_str(), name)).collect();
    let languages = Language::ALL.map(|language| ui::option(language.code(), language.name())).to_vec();
    let suffix = s.app.settings().customer_domain.to_string();
    let args = [arg("min", PREFIX_MIN), arg("max", PREFIX_MAX), arg("suffix", &suffix)];
    ui::render(&View {
        page: desk.page(words.t("new-customer-title"), "/partner/customers"),
        crumbs: ui::Crumbs {
            words,
            above: vec![("/partner/customers".to_owned(), words.t("customers-title"))],
            here: words.t("new-customer-title"),
        },
        form: if typed.form.is_empty() { offered.form.to_string() } else { typed.form.clone() },
        cloud: cloud.code().to_owned(),
        country: country.to_string(),
        clouds: ui::select("cloud", words.t("request-cloud"), clouds).value(cloud.code()).error(wrong.get("cloud")),
        countries: ui::select("country", words.t("request-country"), countries)
            .value(country.as_str())
            .error(wrong.get("country")),
        place_error: wrong.get("country").or_else(|| wrong.get("cloud")),
        errors: wrong.list(words),
        name: ui::field("name", words.t("new-customer-name"))
            .value(&typed.name)
            .max(120)
            .required()
            .hint(words.t("new-customer-name-hint"))
            .error(wrong.get("name")),
        domain: ui::field("domain", words.t("new-customer-domain"))
            .value(&typed.domain)
            .max(u32::try_from(PREFIX_MAX).unwrap_or(u32::MAX))
            .required()
            .hint(words.t_with("new-customer-domain-hint", &args))
            .error(wrong.get("domain")),
        free,
        fields: company::Fields::new(words, country, &typed.company(), wrong),
        language: ui::select("language", words.t("request-language"), languages)
            .value(&typed.language)
            .error(wrong.get("language")),
        reseller: reseller(s, offered, typed, wrong),
        attest: ui::tick("attest", words.t("new-customer-attest"))
            .hint(words.t("new-customer-attest-hint"))
            .checked(typed.attest),
        signed: agreement::Fields::new(words, cloud, s.visit.now, &typed.signed_as_typed(), wrong),
    })
}

fn reseller(s: &PartnerSession, offered: &Offered, typed: &Typed, wrong: &Wrong) -> Option<ui::Select> {
    let kind = s.me.partner.as_ref().map(|partner| partner.kind);
    if kind != Some(PartnerKind::IndirectProvider) || offered.resellers.is_empty() {
        return None;
    }
    let words = s.visit.words();
    let mut options = vec![ui::option("", words.t("request-companion-none"))];
    let named = |it: &Partner| ui::option(it.tenant.id.to_string(), it.tenant.name.to_string());
    options.extend(offered.resellers.iter().map(named));
    let select = ui::select("reseller", words.t("request-companion"), options).value(&typed.reseller);
    Some(select.hint(words.t("new-customer-reseller-hint")).error(wrong.get("reseller")))
}

/// `GET /partner/customers/new`
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    require(&desk.s, Action::CreateCustomers)?;
    let offered = offered(&desk.s).await?;
    let fallback = offered.clouds.first();
    let known = offered.clouds.iter().find(|(cloud, _)| Some(cloud.code()) == asked.cloud.as_deref()).or(fallback);
    let (cloud, open) = known.map_or((Cloud::Public, &[][..]), |(cloud, open)| (*cloud, open.as_slice()));
    let home = desk.s.me.tenant.country;
    let wanted = asked.country.as_deref().and_then(|it| it.parse::<CountryCode>().ok()).unwrap_or(home);
    let country = [wanted, home].into_iter().find(|it| open.contains(it)).or(open.first().copied()).unwrap_or(home);
    let signed = agreement::Typed::blank(cloud, desk.s.visit.now);
    let typed = Typed {
        cloud: cloud.code().to_owned(),
        country: country.to_string(),
        language: desk.s.visit.preferences.language.code().to_owned(),
        signed_on: signed.signed_on,
        agreement: signed.agreement,
        ..Typed::default()
    };
    view(&desk, &offered, &typed, &Wrong::default(), None)
}

#[derive(Template)]
#[template(path = "partner/customer_created.html")]
struct Once {
    page: Page,
    crumbs: ui::Crumbs,
    lead: String,
    login: String,
    password: Option<ui::LinkBox>,
    account: String,
    restore: Option<String>,
}

/// The only page that ever shows the password. Like every page it is not to be stored.
fn once(desk: &Desk, created: Created) -> Result<Rendered, Problem> {
    let words = desk.s.visit.words();
    let name = created.tenant.name.to_string();
    let account = format!("/partner/customers/{}", created.tenant.id);
    let asks = desk.s.me.may(Action::RequestPrivileges);
    ui::render(&Once {
        page: desk.page(words.t_with("new-customer-done", &[arg("customer", &name)]), "/partner/customers"),
        crumbs: ui::Crumbs {
            words,
            above: vec![("/partner/customers".to_owned(), words.t("customers-title"))],
            here: name.clone(),
        },
        lead: words.t_with("new-customer-done-lead", &[arg("customer", &name)]),
        login: created.login.to_string(),
        password: created.password.map(|url| ui::LinkBox { url, copy: words.t("password-copy") }),
        restore: asks.then(|| format!("{account}/restore")),
        account,
    })
}

/// `POST /partner/customers/new`: says whether a domain is free, or creates the customer and answers with its first password.
pub(super) async fn create(s: PartnerSession, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    require(&s, Action::CreateCustomers)?;
    let form: FormId = typed.form.parse().map_err(|_| Problem::broken_form())?;
    let words = s.visit.words();
    let mut free = None;
    let answer = match typed.what.as_str() {
        "check" => {
            let prefix = typed.domain.clone();
            match ask(&s, move |app, ctx| operations::availability(app, ctx, &prefix)).await {
                Ok((domain, true)) => {
                    free = Some(words.t_with("new-customer-free", &[arg("domain", domain.as_str())]));
                    Err(Error::Invalid(Vec::new()))
                }
                Ok((_, false)) => Err(Error::field("domain", Invalid::Taken)),
                Err(error) => Err(error),
            }
        }
        "create" => match typed.read(form) {
            Ok(new) => ask(&s, move |app, ctx| operations::create(app, ctx, new)).await,
            Err(fields) => Err(Error::Invalid(fields)),
        },
        _ => return Err(Problem::broken_form()),
    };
    match answer {
        Ok(created) => Ok(once(&Desk::of(s).await?, created)?.into_response()),
        Err(Error::Invalid(fields)) => {
            let offered = offered(&s).await?;
            let status = if fields.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let page = view(&Desk::of(s).await?, &offered, &typed, &Wrong::of(words, &fields), free)?;
            Ok((status, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

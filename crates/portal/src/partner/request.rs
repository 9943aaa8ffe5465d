//! P5: choosing what to ask of a customer. The answer is a draft with its personal link.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entente_app::invitation::{self, Draft};
use entente_app::{Error, Field, Invalid};
use entente_domain::cloud::Cloud;
use entente_domain::ids::TenantId;
use entente_domain::invitation::{Asks, Binding, Message, Recipient};
use entente_domain::language::Language as Spoken;
use entente_domain::market::CountryCode;
use entente_domain::policy::Action;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::{Partner, PartnerKind};
use entente_domain::text::{DomainName, EmailAddress, MessageText, PersonName, SubjectLine};
use serde::Deserialize;

use super::{Desk, Wrong, ask, words};
use crate::i18n::{Language, Words};
use crate::session::see_other;
use crate::trail::at;
use crate::ui::{self, Page, Rendered, arg};
use crate::web::{Form, Query};
use crate::{PartnerSession, Problem, key};

const NEW: &str = "/partner/requests/new";

/// Which cloud the page is for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    cloud: Option<String>,
}

/// What was typed, kept as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    kind: String,
    companion: String,
    cloud: String,
    country: String,
    privileges: bool,
    domain: String,
    mail: String,
    name: String,
    language: String,
}

impl Typed {
    /// What the page starts with: privileges on, at home.
    fn blank(s: &PartnerSession) -> Self {
        Self {
            kind: RelationshipKind::Reseller.code().to_owned(),
            cloud: Cloud::Public.code().to_owned(),
            country: s.me.tenant.country.to_string(),
            privileges: s.me.may(Action::RequestPrivileges),
            language: s.visit.preferences.language.code().to_owned(),
            ..Self::default()
        }
    }

    fn draft(&self, s: &PartnerSession) -> Result<Draft, Vec<Field>> {
        let mut wrong = Vec::new();
        let mut note = |name, why| wrong.push(Field { name, why });
        let kind = RelationshipKind::parse(&self.kind);
        let cloud = self.cloud.parse::<Cloud>().ok();
        let country = self.country.parse::<CountryCode>().ok();
        for (name, known) in [("kind", kind.is_some()), ("cloud", cloud.is_some()), ("country", country.is_some())] {
            if !known {
                note(name, Invalid::NotOffered);
            }
        }
        let companion = optional(&self.companion, |text| text.parse().map_err(|_| Invalid::NotOffered));
        let binding = optional(&self.domain, binding);
        let recipient = self.recipient();
        let companion = companion.unwrap_or_else(|why| {
            note("companion", why);
            None
        });
        let binding = binding.unwrap_or_else(|why| {
            note("domain", why);
            None
        });
        let recipient = match recipient {
            Ok(recipient) => Some(recipient),
            Err(fields) => {
                wrong.extend(fields);
                None
            }
        };
        let (Some(kind), Some(cloud), Some(country), Some(recipient), true) =
            (kind, cloud, country, recipient, wrong.is_empty())
        else {
            return Err(wrong);
        };
        // Where privileges cannot be left out the page shows a box that cannot be cleared, and such a box is not sent.
        let privileges = self.privileges || !cloud.facts().privileges_optional;
        let asks = Asks { kind, privileges };
        let message = Letter::new(s, &recipient).request(asks).map_err(|why| vec![Field { name: "name", why }])?;
        let binding = binding.unwrap_or(Binding::Any);
        Ok(Draft { asks, cloud, country, companion, binding, recipient, message })
    }

    /// Who it is addressed to.
    pub(super) fn recipient(&self) -> Result<Recipient, Vec<Field>> {
        let mut wrong = Vec::new();
        let email = optional(&self.mail, |text| EmailAddress::parse(text).map_err(Invalid::Text));
        let name = optional(&self.name, |text| PersonName::parse(text).map_err(Invalid::Text));
        let language = self.language.parse::<Spoken>().map_err(|_| Invalid::NotOffered);
        wrong.extend(email.as_ref().err().map(|why| Field { name: "mail", why: *why }));
        wrong.extend(name.as_ref().err().map(|why| Field { name: "name", why: *why }));
        wrong.extend(language.as_ref().err().map(|why| Field { name: "language", why: *why }));
        match (email, name, language) {
            (Ok(email), Ok(name), Ok(language)) => Ok(Recipient { email, name, language }),
            _ => Err(wrong),
        }
    }
}

/// A field that may stay empty.
pub(super) fn optional<T>(text: &str, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<Option<T>, Invalid> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// A tenant id binds to one organisation, anything else has to be a domain.
fn binding(text: &str) -> Result<Binding, Invalid> {
    if let Ok(id) = text.trim().parse::<TenantId>() {
        return Ok(Binding::Tenant(id));
    }
    DomainName::parse(text).map(Binding::Domain).map_err(Invalid::Text)
}

/// The words a draft begins with, in the recipient's language.
pub(super) struct Letter<'a> {
    words: Words,
    partner: &'a str,
    vendor: &'a str,
    sender: &'a str,
    name: Option<&'a str>,
}

impl<'a> Letter<'a> {
    /// A letter of this person to this recipient.
    pub(super) fn new(s: &'a PartnerSession, recipient: &'a Recipient) -> Self {
        let language = match recipient.language {
            Spoken::En => Language::En,
            Spoken::ZhCn => Language::ZhCn,
        };
        Self {
            words: Words::new(language),
            partner: s.me.tenant.name.as_str(),
            vendor: &s.visit.vendor,
            sender: s.me.person.name.as_str(),
            name: recipient.name.as_ref().map(PersonName::as_str),
        }
    }

    fn request(&self, asks: Asks) -> Result<Message, Invalid> {
        let names = [arg("partner", self.partner), arg("vendor", self.vendor)];
        let (subject, what) = match asks.kind {
            RelationshipKind::Reseller => {
                (self.words.t_with("draft-subject", &names), self.words.t_with("draft-reseller", &names))
            }
            RelationshipKind::Advisor => {
                (self.words.t_with("draft-subject-advisor", &names), self.words.t_with("draft-advisor", &names))
            }
        };
        self.write(&subject, what)
    }

    /// A letter that asks for privileges back.
    pub(super) fn restore(&self) -> Result<Message, Invalid> {
        let names = [arg("partner", self.partner), arg("vendor", self.vendor)];
        let subject = self.words.t_with("draft-subject-restore", &names);
        self.write(&subject, self.words.t_with("draft-restore", &names))
    }

    fn write(&self, subject: &str, what: String) -> Result<Message, Invalid> {
        let hello = match self.name {
            Some(name) => self.words.t_with("draft-hello-name", &[arg("name", name)]),
            None => self.words.t("draft-hello"),
        };
        let body = [hello, what, self.words.t("draft-open"), self.words.t("draft-questions")].join("\n\n");
        let body = format!("{body}\n\n{}\n{}", self.sender, self.partner);
        Ok(Message {
            subject: SubjectLine::parse(subject).map_err(Invalid::Text)?,
            body: MessageText::parse(&body).map_err(Invalid::Text)?,
        })
    }
}

/// Where this partner may ask, and with whom.
struct Offered {
    clouds: Vec<(Cloud, Vec<CountryCode>)>,
    companions: Vec<Partner>,
}

async fn offered(s: &PartnerSession) -> Result<Offered, Problem> {
    let (clouds, companions) = ask(s, |app, ctx| {
        let mut clouds = Vec::new();
        for cloud in Cloud::ALL {
            let countries = invitation::countries(app, ctx, cloud)?;
            if cloud.facts().invitations && !countries.is_empty() {
                clouds.push((cloud, countries));
            }
        }
        Ok((clouds, invitation::companions(app, ctx)?))
    })
    .await?;
    let may = s.me.may(Action::RequestPrivileges);
    let clouds = clouds.into_iter().filter(|(cloud, _)| may || cloud.facts().privileges_optional).collect();
    Ok(Offered { clouds, companions })
}

#[derive(Template)]
#[template(path = "partner/request.html")]
pub(super) struct View {
    pub(super) page: Page,
    pub(super) crumbs: ui::Crumbs,
    pub(super) lead: String,
    pub(super) steps: ui::Steps,
    pub(super) action: String,
    pub(super) cancel: String,
    pub(super) errors: ui::Errors,
    /// What the customer said when it removed the privileges.
    pub(super) quote: Option<(String, Option<String>)>,
    /// Whether kind, place and privileges are to be chosen; a restoration has them already.
    pub(super) choose: bool,
    pub(super) kinds: Vec<ui::Choice>,
    pub(super) kind_error: Option<String>,
    pub(super) companion: Option<ui::Select>,
    /// The choice of clouds, where there is one; what else the page offers depends on it.
    pub(super) clouds: Option<ui::Segments>,
    pub(super) cloud: &'static str,
    pub(super) cloud_error: Option<String>,
    pub(super) tick: ui::Choice,
    pub(super) country: ui::Select,
    pub(super) privileges_error: Option<String>,
    pub(super) domain: Option<ui::Field>,
    pub(super) mail: ui::Field,
    pub(super) name: ui::Field,
    pub(super) language: ui::Select,
    pub(super) places: Vec<(String, String)>,
    pub(super) days: u16,
    pub(super) forced_names: String,
}

/// The three steps of asking.
pub(super) fn steps(words: Words, current: usize) -> ui::Steps {
    ui::Steps {
        label: words.t("steps-label"),
        steps: vec![words.t("steps-choose"), words.t("message-title"), words.t("steps-wait")],
        current,
    }
}

/// The fields about the recipient, which a restoration has as well.
pub(super) fn recipient_fields(words: Words, typed: &Typed, wrong: &Wrong) -> (ui::Field, ui::Field, ui::Select) {
    let languages = Language::ALL.map(|language| ui::option(language.code(), language.name())).to_vec();
    (
        ui::field("mail", words.t("request-mail"))
            .optional(words.t("form-optional"))
            .value(&typed.mail)
            .max(254)
            .hint(words.t("request-mail-hint"))
            .error(wrong.get("mail")),
        ui::field("name", words.t("request-name"))
            .optional(words.t("form-optional"))
            .value(&typed.name)
            .max(120)
            .hint(words.t("request-name-hint"))
            .error(wrong.get("name")),
        ui::select("language", words.t("request-language"), languages)
            .value(&typed.language)
            .error(wrong.get("language")),
    )
}

/// Each cloud has a page of its own, so that it offers only what that cloud allows.
fn clouds(words: Words, chosen: Cloud, offered: &Offered) -> Option<ui::Segments> {
    let part = |(cloud, _): &(Cloud, Vec<CountryCode>)| ui::Segment {
        href: at(NEW, &[("cloud", if *cloud == Cloud::Public { "" } else { cloud.code() })]),
        label: words::cloud(words, *cloud),
        count: None,
        current: *cloud == chosen,
    };
    let parts: Vec<_> = offered.clouds.iter().map(part).collect();
    (parts.len() > 1).then(|| ui::Segments { label: words.t("request-cloud"), parts })
}

fn tick(s: &PartnerSession, typed: &Typed, cloud: Cloud) -> ui::Choice {
    let words = s.visit.words();
    let tick = ui::tick("privileges", words.t("request-dap"));
    if !s.me.may(Action::RequestPrivileges) {
        // Ticked would promise what this person cannot ask for.
        tick.hint(words.t("request-dap-role")).disabled(true)
    } else if cloud.facts().privileges_optional {
        tick.hint(words.t("request-dap-hint")).checked(typed.privileges)
    } else {
        let name = words::cloud(words, cloud);
        tick.hint(words.t_with("request-dap-forced", &[arg("cloud", &name)])).checked(true).disabled(true)
    }
}

fn kinds(s: &PartnerSession, typed: &Typed, offered: &Offered) -> Vec<ui::Choice> {
    let words = s.visit.words();
    let provider = offered.companions.first().filter(|_| kind_of(s) == PartnerKind::IndirectReseller);
    let reseller = match provider {
        Some(provider) => ui::choice("kind", "reseller", words.t("request-kind-indirect"))
            .hint(words.t_with("request-kind-indirect-hint", &[arg("partner", provider.tenant.name.as_str())])),
        None => {
            ui::choice("kind", "reseller", words.t("request-kind-reseller")).hint(words.t("request-kind-reseller-hint"))
        }
    };
    let advisor =
        ui::choice("kind", "advisor", words.t("request-kind-advisor")).hint(words.t("request-kind-advisor-hint"));
    vec![
        reseller.checked(typed.kind == RelationshipKind::Reseller.code()),
        advisor.checked(typed.kind == RelationshipKind::Advisor.code()),
    ]
}

fn kind_of(s: &PartnerSession) -> PartnerKind {
    s.me.partner.as_ref().map_or(PartnerKind::Direct, |partner| partner.kind)
}

fn companion(s: &PartnerSession, typed: &Typed, wrong: &Wrong, offered: &Offered) -> Option<ui::Select> {
    if kind_of(s) != PartnerKind::IndirectProvider || offered.companions.is_empty() {
        return None;
    }
    let words = s.visit.words();
    let mut options = vec![ui::option("", words.t("request-companion-none"))];
    options
        .extend(offered.companions.iter().map(|it| ui::option(it.tenant.id.to_string(), it.tenant.name.to_string())));
    let select = ui::select("companion", words.t("request-companion"), options).value(&typed.companion);
    Some(select.hint(words.t("request-companion-hint")).error(wrong.get("companion")))
}

fn countries(words: Words, typed: &Typed, wrong: &Wrong, open: &[CountryCode]) -> ui::Select {
    let mut named: Vec<(String, CountryCode)> = open.iter().map(|it| (words::country(words, *it), *it)).collect();
    named.sort();
    let options = named.into_iter().map(|(name, code)| ui::option(code.as_str(), name)).collect();
    ui::select("country", words.t("request-country"), options).value(&typed.country).error(wrong.get("country"))
}

fn places(words: Words, cloud: Cloud, countries: &[CountryCode]) -> Vec<(String, String)> {
    let region = match countries {
        [only] => words::country(words, *only),
        several => words.t_with("request-countries", &[arg("n", several.len())]),
    };
    vec![
        (words.t("request-cloud"), words::cloud(words, cloud)),
        (words.t("request-accepted-in"), crate::words::portal(words, cloud)),
        (words.t("request-region"), region),
    ]
}

fn view(desk: &Desk, typed: &Typed, wrong: &Wrong, offered: &Offered) -> Result<Rendered, Problem> {
    let s = &desk.s;
    let words = s.visit.words();
    let (mail, name, language) = recipient_fields(words, typed, wrong);
    let fallback = offered.clouds.first().map_or(Cloud::Public, |(cloud, _)| *cloud);
    let cloud = typed.cloud.parse().unwrap_or(fallback);
    let open = offered.clouds.iter().find(|(it, _)| *it == cloud).map_or(&[][..], |(_, open)| open.as_slice());
    let forced = offered.clouds.iter().filter(|(it, _)| !it.facts().privileges_optional);
    let forced: Vec<String> = forced.map(|(it, _)| words::cloud(words, *it)).collect();
    let view = View {
        page: desk.page(words.t("customers-request"), "/partner/requests"),
        crumbs: ui::Crumbs {
            words,
            above: vec![("/partner/requests".to_owned(), words.t("requests-title"))],
            here: words.t("customers-request"),
        },
        lead: words.t("request-lead"),
        steps: steps(words, 0),
        action: NEW.to_owned(),
        cancel: "/partner/requests".to_owned(),
        errors: wrong.list(s.visit.words()),
        quote: None,
        choose: true,
        kinds: kinds(s, typed, offered),
        kind_error: wrong.get("kind"),
        companion: companion(s, typed, wrong, offered),
        clouds: clouds(words, cloud, offered),
        cloud: cloud.code(),
        cloud_error: wrong.get("cloud"),
        country: countries(words, typed, wrong, open),
        tick: tick(s, typed, cloud),
        privileges_error: wrong.get("privileges"),
        domain: Some(
            ui::field("domain", words.t("request-domain"))
                .optional(words.t("form-optional"))
                .value(&typed.domain)
                .max(253)
                .hint(words.t("request-domain-hint"))
                .error(wrong.get("domain")),
        ),
        mail,
        name,
        language,
        places: places(words, cloud, open),
        days: s.app.settings().validity.days(),
        forced_names: forced.join(words::comma(words)),
    };
    ui::render(&view)
}

/// `GET /partner/requests/new`
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Rendered, Problem> {
    let offered = offered(&desk.s).await?;
    let known = offered.clouds.iter().find(|(cloud, _)| Some(cloud.code()) == asked.cloud.as_deref());
    let blank = Typed::blank(&desk.s);
    let typed = match known.or(offered.clouds.first()) {
        Some((cloud, _)) => Typed { cloud: cloud.code().to_owned(), ..blank },
        None => blank,
    };
    view(&desk, &typed, &Wrong::default(), &offered)
}

/// `POST /partner/requests/new`: drafts the request and goes on to its e-mail.
pub(super) async fn create(s: PartnerSession, Form(typed): Form<Typed>) -> Result<Response, Problem> {
    let answer = match typed.draft(&s) {
        Ok(draft) => ask(&s, move |app, ctx| invitation::create(app, ctx, draft)).await,
        Err(fields) => Err(Error::Invalid(fields)),
    };
    match answer {
        Ok(made) => Ok(see_other(&format!("/partner/requests/{}/message", made.invitation.number))),
        Err(Error::Invalid(fields)) => {
            let offered = offered(&s).await?;
            let wrong = Wrong::of(s.visit.words(), &fields);
            let page = view(&Desk::of(s).await?, &typed, &wrong, &offered)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What the fields about the recipient hold when a restoration begins.
pub(super) fn blank_recipient(
    s: &PartnerSession,
    spoken_here: Spoken,
    contact: Option<(PersonName, EmailAddress)>,
) -> Typed {
    let (name, mail) = contact.map(|(name, mail)| (name.to_string(), mail.to_string())).unwrap_or_default();
    Typed { language: spoken_here.tag().to_owned(), name, mail, ..Typed::blank(s) }
}

/// The message key for a page that asks for privileges back or for the first time.
pub(super) const fn restore_title(removed: bool) -> &'static str {
    if removed { key!("restore-title") } else { key!("restore-title-first") }
}

//! Living through the story: every step is the operation a page would call, by the person who would call it, on the day it happened.

use std::collections::HashMap;

use entente_domain::acceptance::Choice;
use entente_domain::agreement;
use entente_domain::assurance::Proof;
use entente_domain::attestation::Signed;
use entente_domain::catalogue;
use entente_domain::cloud::Cloud;
use entente_domain::company::Company;
use entente_domain::directory::{Group, PartnerRole, Person};
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::factor::Security;
use entente_domain::ids::{TenantId, UserId};
use entente_domain::invitation::{Asks, Binding, Message, Recipient};
use entente_domain::language::Language;
use entente_domain::relationship::RelationshipKind;
use entente_domain::tenant::{Partner, Standing, Tenant};
use entente_domain::time::Timestamp;
use entente_identity::Password;

use super::story::{Request, STORY, Step};
use super::world::{
    CUSTOMERS, CreatedPlan, CustomerPlan, DIRECT, FIRST, LARGE, LARGE_PEOPLE, LAST, PARTNERS, PERSONAL, PartnerPlan,
};
use super::{DemoClock, Options, PASSWORD, Summary, link, programs, summary};
use crate::acceptance::{self, Opened};
use crate::invitation::Draft;
use crate::licence::{self, Whom};
use crate::new_customer::{self, New};
use crate::order::{self, Wish};
use crate::service_request::{self, desk};
use crate::sign_in::{self, Audience, Entered};
use crate::{App, Clock as _, Ctx, Error, Invalid, invitation, mail, relationship, subscription, sweep, tenant, user};

/// The day everybody joined.
const JOINED_DAYS_AGO: i64 = 380;
/// Mail older than this counts as sent; the rest is delivered when the worker starts.
const FRESH_MAIL_DAYS: i64 = 4;
/// More subscriptions than any customer of the demo has.
const MANY: i64 = 1_000;

/// Seeds the world of DESIGN section 8, or finds it when it is there already. Call it before anything delivers mail.
///
/// # Errors
/// [`Error::Conflict`] in a database that holds something else, or half a seed. Any other error is a defect of the story, or of the
/// database.
pub fn seed(app: &App, options: &Options) -> Result<Summary, Error> {
    if let Some(found) = summary::find(app)? {
        return Ok(found);
    }
    let past = Past::enter(&options.clock);
    let mut seed = Seed::populate(app, &past)?;
    for (days, hour, minute, step) in STORY {
        past.turn_to(app, *days, *hour, *minute);
        seed.play(*step)?;
    }
    drop(past);
    programs::seed(app, &seed.holder(DIRECT, PartnerRole::GlobalAdmin)?)?;
    mail::settle(app, app.now().plus_days(-FRESH_MAIL_DAYS), "250 2.0.0 captured")?;
    summary::complete(app)?;
    summary::find(app)?.ok_or(Error::Conflict)
}

/// The clock while it tells the past; back where it was when this is dropped, however the seed ends.
struct Past<'a> {
    clock: &'a DemoClock,
    offset: i64,
    today: Timestamp,
}

impl<'a> Past<'a> {
    fn enter(clock: &'a DemoClock) -> Self {
        let now = clock.now();
        let today = now.plus_seconds(-now.seconds().rem_euclid(24 * 60 * 60));
        Self { clock, offset: clock.offset(), today }
    }

    fn turn_to(&self, app: &App, days_ago: i64, hour: i64, minute: i64) {
        let then = self.today.plus_days(-days_ago).plus_seconds((hour * 60 + minute) * 60);
        self.clock.advance(then.seconds_since(app.now()));
    }
}

impl Drop for Past<'_> {
    fn drop(&mut self) {
        self.clock.advance(self.offset - self.clock.offset());
    }
}

/// The world as far as it is told.
struct Seed<'a> {
    app: &'a App,
    homes: HashMap<&'static str, Home>,
    /// The link of what was asked of a customer last.
    asked: HashMap<&'static str, String>,
    /// The number of the service request that was opened for a customer last.
    opened_requests: HashMap<&'static str, i64>,
}

struct Home {
    tenant: Tenant,
    people: Vec<Person>,
}

impl<'a> Seed<'a> {
    /// Everybody joins on one morning, a minute apart, so that the partners stay the first.
    fn populate(app: &'a App, past: &Past<'_>) -> Result<Self, Error> {
        let password = Password::new(PASSWORD).map_err(|why| Error::field("password", Invalid::Password(why)))?;
        let hash = crate::account::hash(app, &password);
        let mut seed = Self { app, homes: HashMap::new(), asked: HashMap::new(), opened_requests: HashMap::new() };
        let mut minutes = 0..;
        let mut next = || past.turn_to(app, JOINED_DAYS_AGO, 8, minutes.next().unwrap_or(0));
        for plan in PARTNERS {
            next();
            seed.add_partner(plan, &hash)?;
        }
        for plan in CUSTOMERS {
            next();
            seed.add_customer(plan, true, &hash)?;
        }
        next();
        seed.add_customer(&PERSONAL, false, &hash)?;
        Ok(seed)
    }

    fn add_partner(&mut self, plan: &PartnerPlan, hash: &str) -> Result<(), Error> {
        let home = Tenant {
            id: self.app.new_id(),
            cloud: entente_domain::cloud::Cloud::Public,
            country: known(plan.locations[0])?,
            name: known(plan.name)?,
            domain: known(plan.domain)?,
            language: Language::En,
            organisation: true,
            created_at: self.app.now(),
        };
        let partner = Partner {
            tenant: home.clone(),
            kind: plan.kind,
            number: plan.number.to_owned(),
            locations: plan.locations.iter().map(|it| known(it)).collect::<Result<_, _>>()?,
            provider: plan.provider.map(|domain| self.home(domain).map(|it| it.tenant.id)).transpose()?,
            standing: Standing::Active,
            since: self.app.now(),
        };
        self.register(&home)?;
        tenant::make_partner(self.app, &Ctx::operator(), partner)?;
        let mut people = Vec::new();
        for (name, local, role) in plan.people {
            people.push(Person { partner_roles: vec![*role], ..self.person(&home, name, local)? });
        }
        tenant::add_people(self.app, &Ctx::operator(), people.clone(), hash)?;
        for (name, members) in plan.groups {
            let group = Group { id: self.app.new_id(), tenant: home.id, name: name.to_owned() };
            let belongs = |person: &&Person| members.iter().any(|it| person.upn.as_str().starts_with(it));
            let members = people.iter().filter(belongs).map(|it| it.id).collect();
            tenant::add_group(self.app, &Ctx::operator(), group, members)?;
        }
        self.homes.insert(plan.domain, Home { tenant: home, people });
        Ok(())
    }

    /// Its people have published passwords and nothing else, so nobody who acts for it needs a second factor.
    fn register(&self, home: &Tenant) -> Result<(), Error> {
        tenant::add(self.app, &Ctx::operator(), home.clone())?;
        tenant::set_security(self.app, &Ctx::operator(), home.id, Security::NOTHING)
    }

    fn add_customer(&mut self, plan: &CustomerPlan, organisation: bool, hash: &str) -> Result<(), Error> {
        let home = Tenant {
            id: self.app.new_id(),
            cloud: plan.cloud,
            country: known(plan.country)?,
            name: known(plan.name)?,
            domain: known(plan.domain)?,
            language: plan.language,
            organisation,
            created_at: self.app.now(),
        };
        self.register(&home)?;
        let mut people = Vec::new();
        if organisation {
            let admin = self.person(&home, plan.admin.0, plan.admin.1)?;
            people.push(Person { directory_roles: vec![GLOBAL_ADMINISTRATOR], ..admin });
        }
        people.push(self.person(&home, plan.user.0, plan.user.1)?);
        if plan.domain == LARGE {
            let names = LAST.iter().flat_map(|last| FIRST.iter().map(move |first| (first, last)));
            for (number, (first, last)) in names.enumerate().take(LARGE_PEOPLE - people.len()) {
                people.push(self.person(&home, &format!("{first} {last}"), &format!("employee{:02}", number + 1))?);
            }
        }
        tenant::add_people(self.app, &Ctx::operator(), people.clone(), hash)?;
        self.homes.insert(plan.domain, Home { tenant: home, people });
        Ok(())
    }

    fn person(&self, home: &Tenant, name: &str, local: &str) -> Result<Person, Error> {
        let upn = format!("{local}@{}", home.domain.as_str());
        Ok(Person {
            id: self.app.new_id(),
            tenant: home.id,
            upn: known(&upn)?,
            name: known(name)?,
            mail: known(&upn)?,
            language: None,
            enabled: true,
            partner_roles: Vec::new(),
            directory_roles: Vec::new(),
        })
    }

    fn play(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Ask { by, customer, privileges } => self.ask(by, customer, privileges),
            Step::Accept { customer, privileges } => self.accept(customer, privileges),
            Step::Decline { customer, reason } => {
                let (opened, here) = self.opened(customer)?;
                acceptance::decline(self.app, &self.admin(customer)?, &opened, here, Some(known(reason)?))
            }
            Step::Order { by, customer, product, seats, plan, extends } => {
                let (ctx, id) = (self.agent(by)?, self.tenant(customer)?);
                let parent = match extends {
                    None => None,
                    Some(of) => {
                        let sold = subscription::list(self.app, &ctx, id, None, MANY)?.rows;
                        Some(sold.iter().find(|it| it.product == of).ok_or(Error::NotFound)?.id)
                    }
                };
                let wish = Wish {
                    product: product.to_owned(),
                    quantity: seats,
                    plan: Some(plan),
                    renews: true,
                    parent,
                    name: None,
                    form: self.app.new_id(),
                };
                order::place(self.app, &ctx, id, wish).map(|_| ())
            }
            Step::License { by, customer, product, people } => self.license(by, customer, product, people),
            Step::Suspend { by, customer, product } => {
                self.each_subscription(by, customer, |app, ctx, sub| match product {
                    Some(other) if other != sub.product => Ok(()),
                    _ => subscription::suspend(app, ctx, sub.customer, sub.id),
                })
            }
            Step::LetEnd { by, customer, product } => self.each_subscription(by, customer, |app, ctx, sub| {
                if sub.product == product {
                    subscription::set_renewal(app, ctx, sub.customer, sub.id, false)
                } else {
                    Ok(())
                }
            }),
            Step::Support { by, customer, supporter } => {
                let supporter = self.tenant(supporter)?;
                self.each_subscription(by, customer, |app, ctx, sub| {
                    subscription::assign_support(app, ctx, sub.customer, sub.id, supporter)
                })
            }
            Step::Create { by, customer } => self.create(by, customer),
            Step::Remove { customer, partner, reason } => {
                let partner = self.tenant(partner)?;
                relationship::remove_privileges(self.app, &self.admin(customer)?, partner, Some(known(reason)?))
            }
            Step::End { by, customer } => {
                relationship::end(self.app, &self.holder(by, PartnerRole::GlobalAdmin)?, self.tenant(customer)?)
            }
            Step::Open { by, customer, request } => self.open(by, customer, request),
            Step::Answer { customer, text, asks } => {
                let number = *self.opened_requests.get(customer).ok_or(Error::NotFound)?;
                let say = if asks { desk::ask_back } else { desk::answer };
                say(self.app, number, known(text)?)
            }
            Step::Close { customer } => {
                desk::close(self.app, *self.opened_requests.get(customer).ok_or(Error::NotFound)?)
            }
            Step::Sweep => sweep::run(self.app).map(|_| ()),
        }
    }

    /// The new administrator takes the password over at once, so that its account is like all others of the demonstration.
    fn create(&mut self, by: &str, plan: &CreatedPlan) -> Result<(), Error> {
        let company = Company {
            line1: known(plan.line1)?,
            line2: None,
            city: known(plan.city)?,
            state: None,
            postal_code: Some(known(plan.postal_code)?),
            contact: known(plan.contact.0)?,
            mail: known(plan.contact.1)?,
            phone: Some(known(plan.phone)?),
            registration: None,
        };
        let version = agreement::current(Cloud::Public, self.app.now());
        let signed = Signed {
            name: company.contact.clone(),
            mail: company.mail.clone(),
            phone: company.phone.clone(),
            on: version.valid_from.max(self.app.now().plus_days(-2)),
            version: version.version,
        };
        let wish = New {
            name: known(plan.name)?,
            prefix: plan.prefix.to_owned(),
            cloud: Cloud::Public,
            country: known(plan.country)?,
            company,
            language: Language::En,
            reseller: None,
            signed: Some(signed),
            form: self.app.new_id(),
        };
        let created = new_customer::create(self.app, &self.agent(by)?, wish)?;
        let home = created.tenant;
        tenant::set_security(self.app, &Ctx::operator(), home.id, Security::NOTHING)?;
        let (nobody, here) = (Ctx::anonymous(None, Language::En), Audience::Customer(home.cloud));
        let first = created.password.ok_or(Error::NotFound)?;
        if let Entered::Pending(token, _) = sign_in::start(self.app, &nobody, here, created.login.as_str(), &first)? {
            sign_in::password::finish(self.app, &nobody, here, &token, PASSWORD)?;
        }
        let hash = crate::people::hashed(self.app, PASSWORD)?;
        let user = self.person(&home, plan.user.0, plan.user.1)?;
        tenant::add_people(self.app, &Ctx::operator(), vec![user], &hash)
    }

    fn open(&mut self, by: Option<&str>, customer: &'static str, request: &Request) -> Result<(), Error> {
        let ctx = match by {
            Some(partner) => self.holder(partner, PartnerRole::HelpdeskAgent)?,
            None => self.admin(customer)?,
        };
        let id = self.tenant(customer)?;
        let (_, sold) = service_request::offered(self.app, &ctx, id)?;
        let new = service_request::New {
            topic: request.topic.to_owned(),
            severity: request.severity,
            subscription: sold.iter().find(|it| Some(it.product.as_str()) == request.product).map(|it| it.id),
            title: known(request.title)?,
            description: known(request.description)?,
        };
        let number = service_request::open(self.app, &ctx, id, new)?;
        self.opened_requests.insert(customer, number);
        Ok(())
    }

    fn ask(&mut self, by: &str, customer: &'static str, privileges: bool) -> Result<(), Error> {
        let to = self.home(customer)?;
        let admin = to.people.first().ok_or(Error::NotFound)?;
        let draft = Draft {
            asks: Asks { kind: RelationshipKind::Reseller, privileges },
            cloud: to.tenant.cloud,
            country: to.tenant.country,
            companion: None,
            binding: Binding::Domain(to.tenant.domain.clone()),
            recipient: Recipient {
                email: Some(admin.mail.clone()),
                name: Some(admin.name.clone()),
                language: to.tenant.language,
            },
            message: self.message(by, to)?,
        };
        let ctx = self.agent(by)?;
        let view = invitation::create(self.app, &ctx, draft)?;
        invitation::send(self.app, &ctx, view.invitation.number)?;
        self.asked.insert(customer, view.link.ok_or(Error::NotFound)?);
        Ok(())
    }

    fn license(&self, by: &str, customer: &str, product: &str, people: usize) -> Result<(), Error> {
        let (ctx, home) = (self.agent(by)?, self.home(customer)?);
        let sku = catalogue::find(product).and_then(|it| it.sku).ok_or(Error::NotFound)?;
        let users: Vec<UserId> = home.people.iter().take(people).map(|it| it.id).collect();
        for id in &users {
            let known = user::get(self.app, &ctx, home.tenant.id, *id)?;
            let details = user::Details { usage_location: Some(home.tenant.country), ..known.details };
            user::edit(self.app, &ctx, home.tenant.id, *id, known.version, details)?;
        }
        let whom = Whom { users, names: Vec::new() };
        let told = licence::assign(self.app, &ctx, home.tenant.id, sku.id, whom, Vec::new())?;
        told.into_iter().try_for_each(|it| it.answer.map(|_| ()).map_err(Error::from))
    }

    fn message(&self, by: &str, to: &Home) -> Result<Message, Error> {
        let partner = self.home(by)?.tenant.name.as_str();
        let customer = to.tenant.name.as_str();
        let (subject, body) = match to.tenant.language {
            Language::En => (
                format!("{partner} would like to work with you"),
                format!(
                    "Hello,\n\nas discussed, we would like to look after {customer}. Please open the link and decide."
                ),
            ),
            Language::ZhCn => (
                format!("{partner} 希望与贵公司合作"),
                format!("您好：\n\n如之前沟通，我们希望为{customer}提供服务。请打开链接并作出决定。"),
            ),
        };
        Ok(Message { subject: known(&subject)?, body: known(&body)? })
    }

    fn accept(&self, customer: &str, privileges: bool) -> Result<(), Error> {
        let (opened, here) = self.opened(customer)?;
        let choice = Choice {
            privileges,
            agreement: Some(agreement::current(self.home(customer)?.tenant.cloud, self.app.now()).version),
        };
        acceptance::accept(self.app, &self.admin(customer)?, &opened, here, choice).map(|_| ())
    }

    fn each_subscription(
        &self,
        by: &str,
        customer: &str,
        act: impl Fn(&App, &Ctx, &entente_domain::subscription::Subscription) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let ctx = self.agent(by)?;
        let sold = subscription::list(self.app, &ctx, self.tenant(customer)?, None, MANY)?.rows;
        sold.iter().try_for_each(|sub| act(self.app, &ctx, sub))
    }

    fn opened(&self, customer: &str) -> Result<(Opened, entente_domain::cloud::Cloud), Error> {
        self.asked.get(customer).and_then(|link| link::parse(self.app, link)).ok_or(Error::NotFound)
    }

    fn home(&self, domain: &str) -> Result<&Home, Error> {
        self.homes.get(domain).ok_or(Error::NotFound)
    }

    fn tenant(&self, domain: &str) -> Result<TenantId, Error> {
        Ok(self.home(domain)?.tenant.id)
    }

    /// The partner's admin agent.
    fn agent(&self, domain: &str) -> Result<Ctx, Error> {
        self.holder(domain, PartnerRole::AdminAgent)
    }

    fn holder(&self, domain: &str, role: PartnerRole) -> Result<Ctx, Error> {
        let home = self.home(domain)?;
        let person = home.people.iter().find(|it| it.partner_roles.contains(&role)).ok_or(Error::NotFound)?;
        Ok(self.signed_in(person, home))
    }

    /// The customer's global administrator.
    fn admin(&self, domain: &str) -> Result<Ctx, Error> {
        let home = self.home(domain)?;
        Ok(self.signed_in(home.people.first().ok_or(Error::NotFound)?, home))
    }

    /// From an address of the documentation (RFC 5737), one an organisation.
    fn signed_in(&self, person: &Person, home: &Home) -> Ctx {
        let last = entente_domain::ids::Id::uuid(home.tenant.id).as_bytes()[15] % 254 + 1;
        let proof = Proof::password(self.app.now());
        Ctx::signed_in(person, proof, Some(format!("198.51.100.{last}")), home.tenant.language)
    }
}

/// A text of the world or the story; one that does not parse is a defect the seed's test finds.
fn known<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Internal(entente_store::StoreError::inconsistent("demo", "text", text)))
}

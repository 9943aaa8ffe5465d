//! Customers a partner creates, each with an organisation of its own: tenant, first administrator, record and relationship in one
//! transaction. No privileges come with it: those the customer grants when it is asked (requirement S3).

use entente_domain::attestation::Signed;
use entente_domain::cloud::Cloud;
use entente_domain::company::Company;
use entente_domain::directory::Person;
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::{EventKind, Happened};
use entente_domain::ids::{FormId, Id as _, TenantId};
use entente_domain::language::Language;
use entente_domain::market::CountryCode;
use entente_domain::new_customer::{self as domain, FIRST_ADMINISTRATOR, NotThere};
use entente_domain::policy::{self, Action, Permit};
use entente_domain::relationship::{Channel, Relationship, RelationshipKind, Terms};
use entente_domain::tenant::{Partner, Tenant};
use entente_domain::text::{CompanyName, DomainName, EmailAddress, PersonName, UserPrincipalName};
use entente_store::new_customer::{self, Creation};
use entente_store::{company, counter, directory, relationship, tenant, user};
use sha2::{Digest as _, Sha256};

use crate::account::Profile;
use crate::attestation;
use crate::context::Me;
use crate::people::{hashed, one_time_password};
use crate::tenant::taken;
use crate::{App, Ctx, Error, Field, Invalid, Work};

/// A customer to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// The organisation's legal name.
    pub name: CompanyName,
    /// What its domain has before the operator's part.
    pub prefix: String,
    /// The cloud it is to live in.
    pub cloud: Cloud,
    /// Where it is registered.
    pub country: CountryCode,
    /// Address and contact. The contact becomes the first administrator.
    pub company: Company,
    /// The language to write to it in.
    pub language: Language,
    /// The reseller a provider creates it for.
    pub reseller: Option<TenantId>,
    /// Who signed the agreement for it, where the partner attests that.
    pub signed: Option<Signed>,
    /// The form it comes from: what that sends twice is one customer.
    pub form: FormId,
}

/// A customer that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The organisation.
    pub tenant: Tenant,
    /// What its first administrator signs in with.
    pub login: UserPrincipalName,
    /// Their first password; shown once and stored nowhere. None once they have signed in.
    pub password: Option<String>,
}

/// Whether somebody's partner creates customers and they may, so that pages offer only what [`create`] would do.
pub fn open_to(me: &Profile) -> bool {
    me.may(Action::CreateCustomers) && me.partner.as_ref().is_some_and(|it| domain::check(it).is_ok())
}

/// Creates a customer. What a form sends twice is the same customer; as long as its administrator has not signed in, a repetition
/// shows a new first password, since nobody may have seen the first one.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NewCustomer`] and [`Error::Attestation`] for partners that may not, [`Error::Invalid`]
/// naming every field that is refused: `domain` when it is taken, `country` outside the partner's region, `reseller` for one that is
/// not the provider's, and what the country's rules say of the address; [`Error::Conflict`] when the form created something else.
pub fn create(app: &App, ctx: &Ctx, new: New) -> Result<Created, Error> {
    let password = one_time_password(app);
    let hash = hashed(app, &password)?;
    let (tenant, login, fresh) = app.write(ctx, move |work| {
        let (me, partner, permit) = work.partner(Action::CreateCustomers)?;
        domain::check(&partner)?;
        if let Some(before) = new_customer::by_form(work.tx, partner.tenant.id, new.form)? {
            return again(work, &permit, &before, &new, &hash);
        }
        if new.signed.is_some() {
            policy::check(&me.person, Action::AttestAgreement)?;
            entente_domain::attestation::check(&partner, None)?;
        }
        let (home, record, reseller) = offered(work, &partner, &new)?;
        tenant::insert(work.tx, &permit, &home).map_err(|error| taken(error, "tenant_domain.domain", "domain"))?;
        let first = administrator(work, &home, &new)?;
        directory::insert(work.tx, &permit, &first, None, work.now)
            .map_err(|error| taken(error, "person.upn_key", "domain"))?;
        directory::set_first_password(work.tx, &permit, first.id, &hash)?;
        company::insert(work.tx, &permit, home.id, &record, me.person.id, work.now)?;
        connect(work, &permit, &partner, reseller.as_ref(), &home)?;
        let creation = Creation {
            partner: partner.tenant.id,
            number: counter::next(work.tx, partner.tenant.id, "customer")?,
            form: new.form,
            customer: home.id,
            administrator: first.id,
            by: me.person.id,
            at: work.now,
        };
        new_customer::insert(work.tx, &permit, &creation)?;
        record_it(work, &permit, (&me, &partner), reseller.as_ref(), (&home, &first), new.signed.as_ref())?;
        Ok((home, first.upn, true))
    })?;
    Ok(Created { tenant, login, password: fresh.then_some(password) })
}

/// The domain that a prefix makes, and whether it is free.
///
/// # Errors
/// [`Error::Invalid`] on `domain` when it makes none; otherwise as [`create`].
pub fn availability(app: &App, ctx: &Ctx, prefix: &str) -> Result<(DomainName, bool), Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::CreateCustomers)?;
        domain::check(&partner)?;
        let domain = domain_of(app, prefix)?;
        let free = tenant::by_domain(work.tx, &domain)?.is_none();
        Ok((domain, free))
    })
}

/// The mark of a form that creates a customer, as whoever asks would see it now: the same until somebody of this partner creates one.
///
/// # Errors
/// [`Error::Denied`] without the role, [`Error::NewCustomer`] for partners that create none.
pub fn form(app: &App, ctx: &Ctx) -> Result<FormId, Error> {
    app.read(ctx, |work| {
        let (me, partner, _) = work.partner(Action::CreateCustomers)?;
        domain::check(&partner)?;
        let last = new_customer::last(work.tx, partner.tenant.id)?;
        let text = format!("entente/customer {} {} {last}", partner.tenant.id, me.person.id);
        let mut id = [0; 16];
        id.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
        Ok(FormId::from_uuid(uuid::Builder::from_custom_bytes(id).into_uuid()))
    })
}

/// Whom this partner named as the contact of a customer it created, so that asking for privileges need not ask for them again; nothing
/// once the record was changed, which the partner may not see without privileges.
///
/// # Errors
/// [`Error::Denied`] without the role.
pub fn contact(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Option<(PersonName, EmailAddress)>, Error> {
    app.read(ctx, |work| {
        let (_, partner, _) = work.partner(Action::RequestPrivileges)?;
        let mine = new_customer::of_customer(work.tx, customer)?.filter(|it| it.partner == partner.tenant.id);
        if mine.is_none() {
            return Ok(None);
        }
        let untouched = company::get(work.tx, customer)?.filter(|(_, version)| *version == 1);
        Ok(untouched.map(|(company, _)| (company.contact, company.mail)))
    })
}

fn domain_of(app: &App, prefix: &str) -> Result<DomainName, Error> {
    domain::domain(prefix, &app.settings().customer_domain).map_err(|why| Error::field("domain", Invalid::Text(why)))
}

/// Checks everything that can be wrong with what was typed before anything is written, and names it all.
fn offered(work: &Work<'_>, partner: &Partner, new: &New) -> Result<(Tenant, Company, Option<Partner>), Error> {
    let mut wrong = Vec::new();
    let mut note = |error| match error {
        Error::Invalid(fields) => {
            wrong.extend(fields);
            Ok(())
        }
        other => Err(other),
    };
    let domain = domain_of(work.app, &new.prefix).map_err(&mut note);
    let record = crate::company::settled(new.company.clone(), new.country).map_err(&mut note);
    let refused = domain::place(partner, new.cloud, new.country, work.now).err().map(|it| match it {
        NotThere::NotServed => Invalid::NotOffered,
        NotThere::OutsideRegion => Invalid::OutsideRegion,
    });
    wrong.extend(refused.map(|why| Field { name: "country", why }));
    let reseller = match new.reseller {
        None => None,
        Some(id) => {
            let fits = |it: &Partner| domain::reseller_fits(partner, it, new.country, work.now);
            let found = tenant::partner(work.tx, id)?.filter(fits);
            if found.is_none() {
                wrong.push(Field { name: "reseller", why: Invalid::NotOffered });
            }
            found
        }
    };
    let (Ok(domain), Ok(record), true) = (domain, record, wrong.is_empty()) else { return Err(Error::Invalid(wrong)) };
    let home = Tenant {
        id: work.app.new_id(),
        cloud: new.cloud,
        country: new.country,
        name: new.name.clone(),
        domain,
        language: new.language,
        organisation: true,
        created_at: work.now,
    };
    Ok((home, record, reseller))
}

fn administrator(work: &Work<'_>, home: &Tenant, new: &New) -> Result<Person, Error> {
    let upn = UserPrincipalName::parse(&format!("{FIRST_ADMINISTRATOR}@{}", home.domain))
        .map_err(|why| Error::field("domain", Invalid::Text(why)))?;
    Ok(Person {
        id: work.app.new_id(),
        tenant: home.id,
        upn,
        name: new.company.contact.clone(),
        mail: new.company.mail.clone(),
        language: Some(new.language),
        enabled: true,
        partner_roles: Vec::new(),
        directory_roles: vec![GLOBAL_ADMINISTRATOR],
    })
}

/// The relationship with the partner, and with the reseller it creates the customer for.
fn connect(
    work: &Work<'_>,
    permit: &Permit,
    partner: &Partner,
    reseller: Option<&Partner>,
    home: &Tenant,
) -> Result<(), Error> {
    let mut pairs = Vec::new();
    match reseller {
        None => pairs.push((partner, Channel::Direct)),
        Some(reseller) => {
            pairs.push((partner, Channel::Provider { reseller: reseller.tenant.id }));
            pairs.push((reseller, Channel::Reseller { provider: partner.tenant.id }));
        }
    }
    for (seller, channel) in pairs {
        let terms = Terms {
            id: work.app.new_id(),
            partner: seller.tenant.id,
            customer: home.id,
            kind: RelationshipKind::Reseller,
            channel,
            invitation: None,
            privileges: false,
        };
        relationship::insert(work.tx, permit, &Relationship::establish(terms, work.now), home)?;
    }
    Ok(())
}

fn record_it(
    work: &Work<'_>,
    permit: &Permit,
    (me, partner): (&Me, &Partner),
    reseller: Option<&Partner>,
    (home, first): (&Tenant, &Person),
    signed: Option<&Signed>,
) -> Result<(), Error> {
    let happened = Happened::new(EventKind::CustomerCreated)
        .partner(partner.tenant.id)
        .customer(home.id)
        .person(first.id)
        .with("cloud", home.cloud.code())
        .with("country", home.country.as_str())
        .with("domain", home.domain.as_str());
    work.record(Happened { companion: reseller.map(|it| it.tenant.id), ..happened })?;
    if let Some(signed) = signed {
        let happened = attestation::write(work, permit, (me, partner), home, signed)?;
        work.record(happened.with("at_creation", "yes"))?;
    }
    Ok(())
}

/// The customer a form created before; unless it now says something else, which nobody would notice.
fn again(
    work: &Work<'_>,
    permit: &Permit,
    before: &Creation,
    new: &New,
    hash: &str,
) -> Result<(Tenant, UserPrincipalName, bool), Error> {
    let home = tenant::get(work.tx, before.customer)?.ok_or(Error::NotFound)?;
    if domain_of(work.app, &new.prefix)? != home.domain || home.name != new.name || work.ctx.person != Some(before.by) {
        return Err(Error::Conflict);
    }
    let first = user::get(work.tx, before.administrator)?.ok_or(Error::Conflict)?;
    let unseen = first.must_change_password && first.signed_in_at.is_none() && first.deleted_at.is_none();
    if unseen {
        directory::set_first_password(work.tx, permit, first.person.id, hash)?;
        let happened = Happened::new(EventKind::PasswordChanged).partner(before.partner).customer(home.id);
        work.record(happened.person(first.person.id))?;
    }
    Ok((home, first.person.upn, unseen))
}

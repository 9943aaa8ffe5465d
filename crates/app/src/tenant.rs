//! Registering organisations, partners and people: what the operator does, and what the demo and the tests start from.

use entente_domain::acting::End;
use entente_domain::directory::{Group, Person};
use entente_domain::event::{EventKind, Happened};
use entente_domain::factor::Security;
use entente_domain::ids::{TenantId, UserId};
use entente_domain::policy::{Permit, Unattended};
use entente_domain::tenant::{Partner, Standing, Tenant};
use entente_identity::Password;
use entente_store::acting::Reach;
use entente_store::{StoreError, directory, tenant};

use crate::{App, Ctx, Error, Invalid, acting};

const OPERATOR: Permit = Permit::unattended(Unattended::Operator);

/// Registers an organisation.
///
/// # Errors
/// [`Error::Invalid`] on `domain` when the domain belongs to another organisation.
pub fn add(app: &App, ctx: &Ctx, new: Tenant) -> Result<(), Error> {
    app.write(ctx, move |work| {
        tenant::insert(work.tx, &OPERATOR, &new).map_err(|error| taken(error, "tenant_domain.domain", "domain"))?;
        work.record(
            Happened::new(EventKind::TenantAdded)
                .customer(new.id)
                .with("cloud", new.cloud.code())
                .with("country", new.country.as_str())
                .with("domain", new.domain.as_str()),
        )?;
        Ok(())
    })
}

/// Makes a registered organisation a partner.
///
/// # Errors
/// [`Error::Invalid`] on `name` when it looks like another partner's (threat 31), on `number` when that is taken.
pub fn make_partner(app: &App, ctx: &Ctx, partner: Partner) -> Result<(), Error> {
    app.write(ctx, move |work| {
        if tenant::looks_like_a_partner(work.tx, partner.tenant.name.as_str())? {
            return Err(Error::field("name", Invalid::LooksLikeAnother));
        }
        tenant::insert_partner(work.tx, &OPERATOR, &partner)
            .map_err(|error| taken(error, "partner.number", "number"))?;
        work.record(
            Happened::new(EventKind::TenantAdded).partner(partner.tenant.id).with("number", partner.number.as_str()),
        )?;
        Ok(())
    })
}

/// Adds a person with a password.
///
/// # Errors
/// [`Error::Invalid`] on `upn` when the sign-in name is taken.
pub fn add_person(app: &App, ctx: &Ctx, person: Person, password: Option<&Password>) -> Result<(), Error> {
    let hash = password.map(|password| crate::account::hash(app, password));
    app.write(ctx, move |work| {
        directory::insert(work.tx, &OPERATOR, &person, hash.as_deref(), work.now)
            .map_err(|error| taken(error, "person.upn_key", "upn"))?;
        work.record(Happened::new(EventKind::PersonAdded).customer(person.tenant).person(person.id))?;
        Ok(())
    })
}

/// Adds people who all get the password a hash was made of before: hashing takes its time, and a demo or an import has many.
///
/// # Errors
/// [`Error::Invalid`] on `upn` when a sign-in name is taken; then nobody is added.
pub fn add_people(app: &App, ctx: &Ctx, people: Vec<Person>, hash: &str) -> Result<(), Error> {
    let hash = hash.to_owned();
    app.write(ctx, move |work| {
        for person in &people {
            directory::insert(work.tx, &OPERATOR, person, Some(&hash), work.now)
                .map_err(|error| taken(error, "person.upn_key", "upn"))?;
            work.record(Happened::new(EventKind::PersonAdded).customer(person.tenant).person(person.id))?;
        }
        Ok(())
    })
}

/// Adds a security group with its members, who belong to the same organisation.
///
/// # Errors
/// [`Error::Invalid`] on `name` when the organisation has a group of this name, [`Error::NotFound`] for a member from elsewhere.
pub fn add_group(app: &App, ctx: &Ctx, group: Group, members: Vec<UserId>) -> Result<(), Error> {
    app.write(ctx, move |work| {
        directory::insert_group(work.tx, &OPERATOR, &group)
            .map_err(|error| taken(error, "security_group.tenant_id, security_group.name", "name"))?;
        for member in &members {
            let known = directory::get(work.tx, *member)?.filter(|it| it.tenant == group.tenant);
            directory::add_member(work.tx, &OPERATOR, group.id, known.ok_or(Error::NotFound)?.id)?;
        }
        let happened = Happened::new(EventKind::GroupAdded).customer(group.tenant).with("group", group.name.as_str());
        work.record(happened)?;
        Ok(())
    })
}

/// Says what an organisation asks of the people who sign in for it or act for it, as the operator.
///
/// # Errors
/// [`Error::NotFound`] when there is no such organisation.
pub fn set_security(app: &App, ctx: &Ctx, id: TenantId, security: Security) -> Result<(), Error> {
    app.write(ctx, move |work| {
        if tenant::get(work.tx, id)?.is_none() {
            return Err(Error::NotFound);
        }
        crate::factor::save_security(work, &OPERATOR, id, security)
    })
}

/// Suspends a partner: it can neither ask nor be accepted, nobody of it acts on behalf of a customer, and its applications get no
/// tokens, and those they have count no more. What exists stays. Answers whether that changed anything: a partner that stands so
/// already is no news.
///
/// # Errors
/// [`Error::NotFound`] when there is no such partner.
pub fn set_standing(app: &App, ctx: &Ctx, partner: TenantId, standing: Standing) -> Result<bool, Error> {
    app.write(ctx, move |work| {
        if tenant::partner(work.tx, partner)?.is_none() {
            return Err(Error::NotFound);
        }
        if !tenant::set_standing(work.tx, &OPERATOR, partner, standing)? {
            return Ok(false);
        }
        let kind = match standing {
            Standing::Active => EventKind::PartnerReinstated,
            Standing::Suspended => EventKind::PartnerSuspended,
        };
        work.record(Happened::new(kind).partner(partner))?;
        if standing == Standing::Suspended {
            acting::end_all(work, &OPERATOR, Reach::Partner(partner), End::Suspended)?;
        }
        Ok(true)
    })
}

/// A unique violation in words of the form; anything else stays what it is.
pub(crate) fn taken(error: StoreError, constraint: &str, field: &'static str) -> Error {
    if error.is_unique(constraint) { Error::field(field, Invalid::Taken) } else { error.into() }
}

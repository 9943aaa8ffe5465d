//! An organisation's own record: address, contact, registration number.

use entente_domain::company::{Company, Fault, Part};
use entente_domain::event::EventKind;
use entente_domain::ids::TenantId;
use entente_domain::market::CountryCode;
use entente_domain::policy::Action;
use entente_store::company;

use crate::{App, Ctx, Error, Field, Invalid};

/// The record, with the version that a change names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What is known; nothing of organisations that never said.
    pub company: Option<Company>,
    /// Counts the changes; 0 where nothing is known.
    pub version: i64,
}

/// A customer's record, for its own people and for a partner's as far as the customer lets them (business rules, section 4).
///
/// # Errors
/// [`Error::NotFound`] for strangers, [`Error::Denied`] and [`Error::Acting`] when roles or privileges are not enough.
pub fn get(app: &App, ctx: &Ctx, customer: TenantId) -> Result<Record, Error> {
    app.read(ctx, |work| {
        let site = work.at_customer(customer, Action::ViewCompany)?;
        Ok(match company::get(work.tx, site.customer.id)? {
            Some((company, version)) => Record { company: Some(company), version },
            None => Record { company: None, version: 0 },
        })
    })
}

/// Replaces it. `version` is that of the record the change was made to.
///
/// # Errors
/// [`Error::Invalid`] naming every part that the country's rules refuse, [`Error::Conflict`] when somebody else changed the record
/// since; otherwise as [`get`].
pub fn edit(app: &App, ctx: &Ctx, customer: TenantId, version: i64, new: Company) -> Result<(), Error> {
    app.write(ctx, move |work| {
        let site = work.at_customer(customer, Action::ManageCompany)?;
        let new = settled(new.clone(), site.customer.country)?;
        let known = company::get(work.tx, customer)?;
        let (by, at) = (site.me.person.id, work.now);
        let fields = match &known {
            Some((before, _)) => before.differs(&new),
            None => vec!["line1", "city", "contact", "mail"],
        };
        if fields.is_empty() {
            return Ok(());
        }
        match known {
            Some(_) => {
                if !company::save(work.tx, &site.permit, customer, (&new, version), by, at)? {
                    return Err(Error::Conflict);
                }
            }
            None if version == 0 => company::insert(work.tx, &site.permit, customer, &new, by, at).map_err(first)?,
            None => return Err(Error::Conflict),
        }
        work.record(site.done(EventKind::CompanyChanged).with("fields", fields.join(" ")))?;
        Ok(())
    })
}

fn first(error: entente_store::StoreError) -> Error {
    if error.is_unique("company.tenant_id") { Error::Conflict } else { error.into() }
}

/// The record as its country writes it, or what is wrong in words of the form.
pub(crate) fn settled(company: Company, country: CountryCode) -> Result<Company, Error> {
    company.settled(country).map_err(|wrong| {
        let field = |(part, fault)| Field {
            name: match part {
                Part::State => "state",
                Part::PostalCode => "postal_code",
                Part::Phone => "phone",
                Part::Registration => "registration",
            },
            why: match fault {
                Fault::Missing => Invalid::Missing,
                Fault::NotThere => Invalid::NotOffered,
            },
        };
        Error::Invalid(wrong.into_iter().map(field).collect())
    })
}

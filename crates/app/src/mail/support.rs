//! The mail about a service request: to whoever opened it, and to the customer's administrators when that was a partner's person.

use entente_domain::directory::Person;
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::event::Event;
use entente_domain::tenant::Tenant;
use entente_store::{directory, service_request, tenant};

use super::{Letter, RECIPIENTS, Template, detail, queue};
use crate::{Error, Work};

/// Tells both what became of a service request. What somebody wrote stays behind the sign-in; only the title goes along, and never
/// into a subject line.
pub(super) fn of_service_request(work: &Work<'_>, event: &Event, template: Template) -> Result<(), Error> {
    let number = detail(event, "service_request").and_then(|it| it.parse().ok());
    let found = number.map(|it| service_request::by_number(work.tx, it)).transpose()?.flatten();
    let Some(request) = found else { return Ok(()) };
    let Some(customer) = tenant::get(work.tx, request.customer)? else { return Ok(()) };
    let partner = request.partner.map(|id| tenant::get(work.tx, id)).transpose()?.flatten();
    let actor = event.actor.user().map(|id| directory::get(work.tx, id)).transpose()?.flatten();
    let home = event.actor.tenant().map(|id| tenant::get(work.tx, id)).transpose()?.flatten();
    let letter = Letter {
        partner: partner.as_ref().map(|it| it.name.as_str().to_owned()).unwrap_or_default(),
        customer: customer.name.as_str().to_owned(),
        customer_id: Some(customer.id.to_string()),
        person: actor.map(|it| it.name.as_str().to_owned()),
        organisation: home.map(|it| it.name.as_str().to_owned()),
        number: Some(request.number),
        label: Some(request.title.as_str().to_owned()),
        ..Letter::default()
    };
    let own = Letter { cloud: Some(customer.cloud.code().to_owned()), ..letter.clone() };
    let to = |person: &Person, home: &Tenant, letter: &Letter| {
        let address = (person.mail.as_str(), person.language.unwrap_or(home.language));
        queue(work, event, partner.as_ref().map(|it| it.id), template, letter, address)
    };
    let opener = directory::get(work.tx, request.opened_by)?.filter(|it| it.enabled);
    match (&partner, opener) {
        (Some(partner), opener) => {
            if let Some(person) = opener {
                to(&person, partner, &Letter { mine: true, ..letter })?;
            }
            let admins = directory::directory_holders(work.tx, customer.id, GLOBAL_ADMINISTRATOR, RECIPIENTS)?;
            admins.iter().try_for_each(|person| to(person, &customer, &own))
        }
        (None, Some(person)) => to(&person, &customer, &Letter { mine: true, ..own }),
        (None, None) => Ok(()),
    }
}

//! The mail about no relationship: a person's own account, and what a partner's applications prove themselves with.

use entente_domain::directory::Person;
use entente_domain::event::Event;
use entente_domain::ids::TenantId;
use entente_domain::policy::{self, Action, Allows};
use entente_store::{directory, tenant};

use super::{Letter, RECIPIENTS, Template, detail, queue};
use crate::{Error, Work};

/// Tells a person what became of their second factors, whoever did it: whoever took over a session or an account has to be found
/// out by its owner (NIST SP 800-63B-4, section 4.6).
pub(super) fn of_factor(work: &Work<'_>, event: &Event, template: Template) -> Result<(), Error> {
    let found = event.what.person.map(|id| directory::get(work.tx, id)).transpose()?.flatten();
    let Some(person) = found else { return Ok(()) };
    let Some(home) = tenant::get(work.tx, person.tenant)? else { return Ok(()) };
    let actor = event.actor.user().map(|id| directory::get(work.tx, id)).transpose()?.flatten();
    // People of a partner find their settings in the partner portal, all others in that of their cloud.
    let cloud = tenant::partner(work.tx, home.id)?.is_none().then(|| home.cloud.code().to_owned());
    let letter = Letter {
        person: actor.map(|it| it.name.as_str().to_owned()),
        organisation: Some(home.name.as_str().to_owned()),
        factor: detail(event, "factor"),
        label: detail(event, "passkey"),
        cloud,
        ..Letter::default()
    };
    let language = person.language.unwrap_or(home.language);
    queue(work, event, None, template, &letter, (person.mail.as_str(), language))
}

/// Tells those who can make a new one that a secret or key was switched off. The operator's own applications have no such people.
pub(super) fn of_credential(work: &Work<'_>, event: &Event) -> Result<(), Error> {
    let Some(partner) = event.what.partner.map(|id| tenant::get(work.tx, id)).transpose()?.flatten() else {
        return Ok(());
    };
    let letter = Letter {
        partner: partner.name.as_str().to_owned(),
        application: detail(event, "application"),
        application_id: detail(event, "application_id"),
        credential: detail(event, "credential"),
        label: detail(event, "label"),
        hint: detail(event, "hint"),
        ..Letter::default()
    };
    allowed(work, partner.id, Action::ManageApplications)?.iter().try_for_each(|person| {
        let language = person.language.unwrap_or(partner.language);
        let to = (person.mail.as_str(), language);
        queue(work, event, Some(partner.id), Template::CredentialUnused, &letter, to)
    })
}

/// The people of a partner whose roles allow `action`, the oldest first, at most [`RECIPIENTS`].
fn allowed(work: &Work<'_>, partner: TenantId, action: Action) -> Result<Vec<Person>, Error> {
    let Allows::Partner(roles) = policy::allows(action) else { return Ok(Vec::new()) };
    let mut people = Vec::new();
    for role in roles {
        people.extend(directory::holders(work.tx, partner, *role, RECIPIENTS)?);
    }
    people.sort_by_key(|it| it.id);
    people.dedup_by_key(|it| it.id);
    people.truncate(usize::try_from(RECIPIENTS).unwrap_or(usize::MAX));
    Ok(people)
}

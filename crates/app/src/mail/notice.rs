//! The mail about one's own account. It goes to the person it is about and to nobody else, whoever did it: whoever took over a session
//! or an account has to be found out by its owner (NIST SP 800-63B-4, section 4.6).

use entente_domain::event::Event;
use entente_store::{directory, tenant};

use super::{Letter, Template, detail, queue};
use crate::{Error, Work};

/// Tells a person what became of their second factors.
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

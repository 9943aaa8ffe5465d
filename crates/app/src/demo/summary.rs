//! What the demo tells newcomers and tests about its accounts, read back from the database so that every start says the same.

use entente_domain::directory::Person;
use entente_domain::directory_role::GLOBAL_ADMINISTRATOR;
use entente_domain::ids::{EventId, Id};
use entente_domain::tenant::Tenant as Organisation;
use entente_store::{counter, directory, tenant};

use super::{PASSWORD, Summary, Tenant, User, programs};
use crate::{App, Ctx, Error, Work};

/// The setting that says the seed is complete: an id made last. Ids sort by age, so whatever is greater came later and is not
/// the seed's.
const COMPLETE: &str = "demo_complete";
/// More organisations and more people of one than the seed makes.
const MANY: i64 = 1_000;

/// The summary, once the seed is complete; nothing in an empty database.
///
/// # Errors
/// [`Error::Conflict`] in a database with anything else in it, or with half a seed.
pub fn find(app: &App) -> Result<Option<Summary>, Error> {
    app.read(&Ctx::operator(), |work| match counter::setting(work.tx, COMPLETE)? {
        Some(last) => summary(work, last.parse().map_err(|_| Error::Conflict)?).map(Some),
        None if tenant::any(work.tx)? => Err(Error::Conflict),
        None => Ok(None),
    })
}

/// Notes that the seed is complete.
pub fn complete(app: &App) -> Result<(), Error> {
    let last = app.new_id::<EventId>().to_string();
    app.write(&Ctx::operator(), move |work| Ok(counter::set(work.tx, COMPLETE, &last)?))
}

fn summary(work: &Work<'_>, last: EventId) -> Result<Summary, Error> {
    let services = programs::offered(work)?;
    let mut all = Summary { tenants: Vec::new(), without_organisation: Vec::new(), services };
    for home in tenant::oldest(work.tx, MANY)?.into_iter().filter(|it| it.id.uuid() < last.uuid()) {
        let mut people = directory::page(work.tx, home.id, None, MANY)?;
        people.retain(|it| it.id.uuid() < last.uuid());
        let mut users: Vec<User> = people.into_iter().map(user).collect();
        users.sort_by_key(|it| it.roles.is_empty());
        if home.organisation {
            all.tenants.push(organisation(work, home, users)?);
        } else {
            all.without_organisation.extend(users);
        }
    }
    Ok(all)
}

fn organisation(work: &Work<'_>, home: Organisation, users: Vec<User>) -> Result<Tenant, Error> {
    Ok(Tenant {
        id: home.id,
        partner_kind: tenant::partner(work.tx, home.id)?.map(|it| it.kind),
        groups: directory::groups(work.tx, home.id)?.into_iter().map(|it| (it.id, it.name)).collect(),
        apps: programs::of(work, home.id)?,
        name: home.name.into_string(),
        domain: home.domain.into_string(),
        cloud: home.cloud,
        country: home.country,
        users,
    })
}

fn user(person: Person) -> User {
    let own = person.partner_roles.iter().map(|role| role.code().to_owned());
    let directory = person
        .directory_roles
        .iter()
        .map(|role| if *role == GLOBAL_ADMINISTRATOR { "global_admin".to_owned() } else { role.to_string() });
    User {
        id: person.id,
        upn: person.upn.as_str().to_owned(),
        password: PASSWORD,
        roles: own.chain(directory).collect(),
        display_name: person.name.into_string(),
    }
}

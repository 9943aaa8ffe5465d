//! Commands of the operator: registering organisations and people.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use entente_app::authority::keys::{self, State};
use entente_app::service::Watched;
use entente_app::signal::{self, Kind, Undelivered};
use entente_app::wiring::{
    Cloud, Cost, GLOBAL_ADMINISTRATOR, Partner, Password, Person, Report, Service, Standing, Tenant, Timestamp,
};
use entente_app::{App, Ctx, Error, Field, Invalid, service, tenant};

use crate::cli::{
    KeysList, KeysRotate, Organisation, PartnerOne, PersonAdd, ServiceAdd, ServiceHealth, ServiceList, ServiceSecret,
    TenantAdd, Where,
};
use crate::clock::SystemClock;
use crate::config::{self, Config};
use crate::folder::Folder;
use crate::open::open;

/// The configuration with what the command line overrides.
pub fn configured(place: &Where) -> Result<Config> {
    let mut config = config::load(place.config.as_deref())?;
    if let Some(data) = &place.data {
        config.data.clone_from(data);
    }
    Ok(config)
}

/// The application of an installation that is there already, its database at this release.
fn application(place: &Where) -> Result<App> {
    opened(place, |path| Folder::open(path, false))
}

/// The same, or a demonstration.
pub fn any_application(place: &Where) -> Result<App> {
    opened(place, Folder::in_use)
}

fn opened(place: &Where, folder: impl Fn(&Path) -> Result<Folder>) -> Result<App> {
    let config = configured(place)?;
    let folder = folder(Path::new(&config.data))?;
    Ok(open(&config, &folder, Arc::new(SystemClock), Cost::STANDARD, true)?.app)
}

/// Registers an organisation; answers what to say.
pub fn add_tenant(add: TenantAdd) -> Result<String> {
    let app = application(&add.place)?;
    let ctx = Ctx::operator();
    let new = Tenant {
        id: app.new_id(),
        cloud: add.cloud,
        country: add.country,
        name: add.name,
        domain: add.domain,
        language: add.language,
        organisation: true,
        created_at: app.now(),
    };
    tenant::add(&app, &ctx, new.clone()).map_err(|error| told(&error))?;
    let mut said = format!("registered {} as {}", new.name, new.id);
    if let (Some(kind), Some(number)) = (add.partner, add.number) {
        let mut locations = vec![new.country];
        locations.extend(add.locations.into_iter().filter(|it| *it != new.country));
        let since = app.now();
        let standing = Standing::Active;
        let partner =
            Partner { tenant: new, kind: kind.into(), number, locations, provider: add.provider, standing, since };
        let number = partner.number.clone();
        tenant::make_partner(&app, &ctx, partner)
            .map_err(|error| told(&error))
            .with_context(|| format!("{said}, but not as a partner"))?;
        said = format!("{said}, partner number {number}");
    }
    Ok(said)
}

/// Suspends a partner or lets it go on; answers what to say.
pub fn set_standing(one: &PartnerOne, standing: Standing) -> Result<String> {
    let app = any_application(&one.place)?;
    let found = match &one.partner {
        Organisation::Domain(domain) => app
            .store()
            .glance(|tx| entente_store::tenant::by_domain(tx, domain))?
            .with_context(|| format!("no organisation has the domain {domain}"))?,
        Organisation::Id(id) => app
            .store()
            .glance(|tx| entente_store::tenant::get(tx, *id))?
            .with_context(|| format!("no organisation has the id {id}"))?,
    };
    let named = format!("{} ({})", found.name, found.domain);
    let changed = match tenant::set_standing(&app, &Ctx::operator(), found.id, standing) {
        Ok(changed) => changed,
        Err(Error::NotFound) => bail!("{named} is no partner"),
        Err(error) => return Err(told(&error)),
    };
    let code = standing.code();
    Ok(if changed { format!("{named} is {code} now") } else { format!("{named} is {code} already") })
}

/// Adds a person; answers what to say.
pub fn add_person(add: PersonAdd) -> Result<String> {
    let app = application(&add.place)?;
    let home = app
        .store()
        .glance(|tx| entente_store::tenant::by_domain(tx, &add.tenant))?
        .with_context(|| format!("no organisation has the domain {}", add.tenant))?;
    let text = first_password(&app);
    let person = Person {
        id: app.new_id(),
        tenant: home.id,
        mail: add.upn.as_str().parse().context("the sign-in name is no mail address")?,
        upn: add.upn,
        name: add.name,
        language: None,
        enabled: true,
        partner_roles: add.roles,
        directory_roles: if add.global_administrator { vec![GLOBAL_ADMINISTRATOR] } else { Vec::new() },
    };
    let said = format!("added {} ({}) to {}\npassword: {text}", person.name, person.upn, home.name);
    let password = Password::new(text)?;
    tenant::add_person(&app, &Ctx::operator(), person, Some(&password)).map_err(|error| told(&error))?;
    Ok(said)
}

/// Adds a service; answers what to say.
pub fn add_service(add: ServiceAdd) -> Result<String> {
    let app = application(&add.place)?;
    let new = service::New {
        cloud: add.cloud,
        name: add.name,
        portal_url: add.portal_url,
        redirect: add.redirect_uri,
        identifier: add.identifier,
        roles: add.roles,
        logout_url: add.logout_url,
        events: add.events_url.zip(add.events_token),
    };
    let added = service::add(&app, &Ctx::operator(), new).map_err(|error| told(&error))?;
    Ok(format!(
        "added {}\nclient_id: {}\nclient_secret: {}",
        added.service.name,
        added.service.application,
        added.secret.text()
    ))
}

/// The services with how they do, one a line, and below it what did not reach them and the end of a secret that is near; answers what
/// to say.
pub fn list_services(list: &ServiceList) -> Result<String> {
    let watched = service::watched(&any_application(&list.place)?).map_err(|error| told(&error))?;
    if watched.is_empty() {
        return Ok("no services yet".to_owned());
    }
    Ok(watched.iter().map(lines).collect::<Vec<_>>().join("\n"))
}

fn lines(it: &Watched) -> String {
    let undelivered = it.undelivered.iter().map(undelivered);
    let ends =
        it.secret_ends.map(|at| format!("  secret good until {}: 'entente service secret' makes another", moment(at)));
    std::iter::once(health(&it.service)).chain(undelivered).chain(ends).collect::<Vec<_>>().join("\n")
}

/// Says how a service does; answers what to say.
pub fn report_service(it: ServiceHealth) -> Result<String> {
    let app = any_application(&it.place)?;
    let report = Report { level: it.level, english: it.message_en, chinese: it.message_zh };
    match service::report(&app, it.cloud, &it.service, report) {
        Ok(reported) => Ok(health(&reported)),
        Err(Error::NotFound) => Err(unknown_service(&app, it.cloud, &it.service)?),
        Err(error) => Err(told(&error)),
    }
}

/// Makes a new secret for a service; answers what to say.
pub fn renew_secret(it: &ServiceSecret) -> Result<String> {
    // Not beside a demonstration, which tells everybody the secrets it began with.
    let app = application(&it.place)?;
    let renewed = match service::renew_secret(&app, it.cloud, &it.service, it.revoke_old) {
        Ok(renewed) => renewed,
        Err(Error::NotFound) => return Err(unknown_service(&app, it.cloud, &it.service)?),
        Err(Error::Invalid(_)) => {
            bail!("{} has too many good secrets; wait for the older ones to end, or add --revoke-old", it.service)
        }
        Err(error) => return Err(told(&error)),
    };
    let older = renewed.older_until.map_or_else(
        || "older secrets: none are good any more".to_owned(),
        |until| format!("older secrets: good until {} at the longest", moment(until)),
    );
    Ok(format!(
        "{} ({}): new secret, good until {}\nclient_id: {}\nclient_secret: {}\n{older}",
        renewed.service.name,
        renewed.service.cloud.code(),
        moment(renewed.expires_at),
        renewed.service.application,
        renewed.secret.text()
    ))
}

fn undelivered(it: &Undelivered) -> String {
    let what = match it.kind {
        Kind::Logout => "logout",
        Kind::Caep => "security event",
    };
    let at = moment(it.at);
    match it.state {
        signal::State::Failed => format!("  last {what} not delivered, given up {at}: {}", it.answer),
        _ => format!("  {what} not delivered since {at}, told again: {}", it.answer),
    }
}

fn health(it: &Service) -> String {
    let mut said =
        format!("{} ({}): {}, since {}", it.name, it.cloud.code(), it.health.level().code(), moment(it.health.since()));
    if let Some(trouble) = it.health.trouble() {
        for text in std::iter::once(&trouble.english).chain(&trouble.chinese) {
            said.push_str("\n  ");
            said.push_str(text.as_str());
        }
    }
    said
}

/// With the names there are: a service is named by hand.
fn unknown_service(app: &App, cloud: Cloud, name: &str) -> Result<anyhow::Error> {
    let known = service::known(app).map_err(|error| told(&error))?;
    let known: Vec<_> = known.iter().map(|it| format!("{} ({})", it.name, it.cloud.code())).collect();
    let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
    Ok(anyhow!("cloud {} has no service {name:?}; known: {known}", cloud.code()))
}

/// The published keys, one a line; answers what to say.
pub fn list_keys(list: &KeysList) -> Result<String> {
    let app = application(&list.place)?;
    listed(&app, list.cloud)
}

/// Replaces the keys of a cloud; answers what to say.
pub fn rotate_keys(rotate: &KeysRotate) -> Result<String> {
    let app = application(&rotate.place)?;
    let done = keys::rotate(&app, &Ctx::operator(), rotate.cloud, rotate.revoke_old).map_err(|error| told(&error))?;
    let mut said: Vec<String> = Vec::new();
    said.extend(done.revoked.iter().map(|id| format!("revoked {id}")));
    said.extend(done.published.iter().map(|id| format!("published {id}")));
    if said.is_empty() {
        said.push("nothing to do: the successors wait already".to_owned());
    }
    said.push(listed(&app, Some(rotate.cloud))?);
    Ok(said.join("\n"))
}

fn listed(app: &App, cloud: Option<Cloud>) -> Result<String> {
    let keys = keys::list(app, &Ctx::operator(), cloud).map_err(|error| told(&error))?;
    if keys.is_empty() {
        return Ok("no keys yet; a server makes them when it starts".to_owned());
    }
    let time = |at: Timestamp| anyhow::Ok(jiff::Timestamp::from_microsecond(at.micros())?.strftime("%FT%TZ"));
    let lines = keys.iter().map(|key| {
        let state = match key.state {
            State::Waits(from) => format!("published, signs from {}", time(from)?),
            State::Signs(since) => format!("signs since {}", time(since)?),
            State::Retired(Some(until)) => format!("retired, published until {}", time(until)?),
            State::Retired(None) => "retired".to_owned(),
        };
        Ok(format!("{}  {}  {}  {state}", key.cloud.code(), key.algorithm.code(), key.id))
    });
    Ok(lines.collect::<Result<Vec<_>>>()?.join("\n"))
}

/// 100 bits in letters and digits that nobody mistakes for one another.
fn first_password(app: &App) -> String {
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    app.random().fill(&mut bytes);
    let signs: Vec<char> =
        bytes.iter().filter_map(|byte| SIGNS.get(usize::from(byte % 32))).map(|sign| char::from(*sign)).collect();
    signs.chunks(5).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// A moment to the second.
pub fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(|_| String::new(), |at| format!("{at:.0}"))
}

/// What an operation answered, for a terminal.
pub fn told(error: &Error) -> anyhow::Error {
    match error {
        Error::Invalid(fields) => {
            let field = |it: &Field| match it.why {
                Invalid::NeverAsked(why) => format!("{}: {why}", it.name),
                other => format!("{} ({other:?})", it.name),
            };
            let fields: Vec<String> = fields.iter().map(field).collect();
            anyhow!("not accepted: {}", fields.join(", "))
        }
        other => anyhow!("failed to {other}"),
    }
}

#[cfg(test)]
mod tests {
    use entente_app::Ctx;
    use entente_app::signal::{New, State};
    use entente_testkit::TestApp;
    use entente_testkit::tokens;

    use super::*;

    #[test]
    fn a_service_is_listed_with_what_did_not_reach_it_and_the_end_of_its_secret() {
        let (store, _folder) = entente_testkit::sqlite();
        let test = TestApp::new(&store);
        let (logout, events) = ("https://mail.example/logout", "https://mail.example/events");
        let hears = (events.to_owned(), "what it wants to be shown".to_owned());
        test.service(service::New {
            logout_url: Some(logout.to_owned()),
            events: Some(hears),
            ..tokens::service("Mailboxes")
        });
        let listed = || lines(&service::watched(&test.app).unwrap()[0]);
        let healthy = "Mailboxes (public): healthy, since 2026-11-23T09:00:00Z";
        assert_eq!(listed(), healthy);

        for (kind, url) in [(Kind::Logout, logout), (Kind::Caep, events)] {
            let event = test.app.new_id();
            let new = New { event, kind, url: url.to_owned(), content: "{}".to_owned(), authorization: None };
            test.app.write(&Ctx::system(), move |work| signal::queue(work, new.clone())).unwrap();
            test.clock.advance_seconds(60);
            let it = signal::claim(&test.app, 60).unwrap().unwrap();
            match kind {
                Kind::Logout => signal::finish(&test.app, it.id, State::Failed, "400 Bad Request").unwrap(),
                Kind::Caep => signal::deferred(&test.app, it.id, "503 Service Unavailable", test.app.now()).unwrap(),
            }
        }
        test.clock.advance_days(700);
        assert_eq!(
            listed(),
            format!(
                "{healthy}
  last logout not delivered, given up 2026-11-23T09:01:00Z: 400 Bad Request
  security event not delivered since 2026-11-23T09:01:00Z, told again: 503 Service Unavailable
  secret good until 2028-11-22T09:00:00Z: 'entente service secret' makes another"
            )
        );
    }
}

//! From plain values to a [`Config`]: each value on its own, then the values that must fit each other.

use std::path::PathBuf;
use std::str::FromStr;

use entente_app::wiring::{Cloud, CompanyName, DomainName, EmailAddress, ValidityDays};
use entente_delivery::{Allowed, Security, SmtpConfig};
use entente_portal::web::{Network, Origin};

use super::given::Given;
use super::keys::{self, Key};
use super::{Addresses, Complaint, Config, Database, Listen, Mail, Outbound, Plain, TlsFiles, Wrong};

/// Reads keys one by one and remembers every complaint.
struct Reader {
    given: Given,
    complaints: Vec<Complaint>,
    refused: Vec<&'static str>,
}

impl Reader {
    fn key(name: &str) -> &'static Key {
        keys::find(name).unwrap_or_else(|| unreachable!("{name} is in the table of keys"))
    }

    /// The value a key has, if `parse` takes it; complains and answers a stand-in otherwise.
    fn get<T: Default>(&mut self, name: &str, parse: impl Fn(&Plain) -> Option<T>) -> T {
        let key = Self::key(name);
        let (value, place) = match self.given.get(key) {
            None => (&key.default.plain(), None),
            Some((value, place)) => (value, Some(place)),
        };
        if let Some(value) = parse(value) {
            return value;
        }
        let said = if key.secret { "unusable".to_owned() } else { value.to_string() };
        let text = format!("{name} is {said}; expected {}", key.expected);
        self.complaints.push(Complaint { place: place.cloned(), text });
        self.refused.push(key.name);
        T::default()
    }

    fn text(&mut self, name: &str) -> String {
        self.get(name, |value| match value {
            Plain::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// A text that may be left empty.
    fn optional<T: FromStr>(&mut self, name: &str) -> Option<T> {
        self.get(name, |value| match value {
            Plain::Text(text) if text.is_empty() => Some(None),
            Plain::Text(text) => text.parse().ok().map(Some),
            _ => None,
        })
    }

    fn flag(&mut self, name: &str) -> bool {
        self.get(name, |value| match value {
            Plain::Flag(flag) => Some(*flag),
            _ => None,
        })
    }

    fn number<T: TryFrom<i64> + PartialOrd + Copy + Default>(&mut self, name: &str, least: T, most: T) -> T {
        self.get(name, |value| match value {
            Plain::Number(number) => T::try_from(*number).ok().filter(|it| *it >= least && *it <= most),
            _ => None,
        })
    }

    /// Complains about a value that does not fit another, unless one of them was refused already.
    fn unfit(&mut self, names: &[&'static str], text: &str) {
        if names.iter().any(|name| self.refused.contains(name)) {
            return;
        }
        let place = names.iter().find_map(|name| self.given.get(Self::key(name)).map(|(_, place)| place.clone()));
        self.complaints.push(Complaint { place, text: text.to_owned() });
    }
}

/// Checks everything.
pub(super) fn config(mut given: Given) -> Result<Config, Wrong> {
    let complaints = std::mem::take(&mut given.complaints);
    if given.broken {
        return Err(sorted(complaints));
    }
    let mut it = Reader { given, complaints, refused: Vec::new() };
    let vendor = it.get("vendor.name", |value| match value {
        Plain::Text(text) => CompanyName::parse(text).ok().map(CompanyName::into_string),
        _ => None,
    });
    let customer_domain = it.get("vendor.customer_domain", |value| match value {
        Plain::Text(text) => DomainName::parse(text).ok().map(DomainName::into_string),
        _ => None,
    });
    let addresses = addresses(&mut it);
    let listen = Listen {
        http: it.optional("listen.http"),
        https: it.optional("listen.https"),
        trusted_proxies: it.get("listen.trusted_proxies", |value| match value {
            Plain::List(items) => items.iter().map(|item| item.parse::<Network>().ok()).collect(),
            _ => None,
        }),
    };
    if listen.http.is_none() && listen.https.is_none() {
        it.unfit(
            &["listen.http", "listen.https"],
            "listen.http and listen.https are both empty; one of them is needed",
        );
    }
    let tls = tls(&mut it);
    let data = PathBuf::from(it.get("data.folder", |value| match value {
        Plain::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }));
    let instance_key = it.optional("data.instance_key");
    let database = database(&mut it);
    let mail = mail(&mut it);
    let outbound = Outbound {
        allowed: Allowed { private: it.flag("outbound.allow_private") },
        authorities: it.optional("outbound.authorities"),
    };
    let valid_days = it.number("requests.valid_days", ValidityDays::MIN, ValidityDays::MAX);
    let remind_after_days = it.number("requests.remind_after_days", 1, 90);
    let log = it.get("log.filter", |value| match value {
        Plain::Text(text) => tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.clone()),
        _ => None,
    });
    match addresses {
        Some(addresses) if it.complaints.is_empty() => Ok(Config {
            vendor,
            addresses,
            customer_domain,
            listen,
            tls,
            data,
            instance_key,
            database,
            mail,
            outbound,
            valid_days,
            remind_after_days,
            log,
        }),
        _ => Err(sorted(it.complaints)),
    }
}

fn sorted(mut complaints: Vec<Complaint>) -> Wrong {
    complaints.sort();
    Wrong(complaints)
}

fn addresses(it: &mut Reader) -> Option<Addresses> {
    let portal: Option<Origin> = it.optional("address.partner_portal");
    if portal.is_none() {
        it.unfit(&["address.partner_portal"], "address.partner_portal is empty; links need an address");
    }
    let customers = Cloud::ALL.map(|cloud| {
        let name = match cloud {
            Cloud::Public => "address.customer_public",
            Cloud::Germany => "address.customer_germany",
            Cloud::UsGovernment => "address.customer_us_government",
            Cloud::China => "address.customer_china",
        };
        (cloud, it.optional::<Origin>(name))
    });
    let (api, authority) = (it.optional("address.api"), it.optional("address.authority"));
    let portal = portal?;
    let or_portal = |own: Option<Origin>| own.unwrap_or_else(|| portal.clone());
    Some(Addresses {
        customer_portals: customers.into_iter().map(|(cloud, own)| (cloud, or_portal(own))).collect(),
        api: or_portal(api),
        authority: or_portal(authority),
        partner_portal: portal,
    })
}

fn tls(it: &mut Reader) -> Option<TlsFiles> {
    let (certificate, key) = (it.optional::<PathBuf>("tls.certificate"), it.optional::<PathBuf>("tls.key"));
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            it.unfit(&["tls.certificate", "tls.key"], "tls.certificate is set and tls.key is not; both are needed");
            None
        }
        (None, Some(_)) => {
            it.unfit(&["tls.key", "tls.certificate"], "tls.key is set and tls.certificate is not; both are needed");
            None
        }
    }
}

fn database(it: &mut Reader) -> Database {
    let sqlite = it.optional("database.sqlite");
    let postgres = it.get("database.postgres", |value| match value {
        Plain::Text(text) if text.is_empty() => Some(None),
        Plain::Text(text) => {
            let address = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
            (address || text.contains('=')).then(|| Some(text.clone()))
        }
        _ => None,
    });
    match (sqlite, postgres) {
        (Some(_), Some(_)) => {
            let both = ["database.sqlite", "database.postgres"];
            it.unfit(&both, "database.sqlite and database.postgres are both set; keep one of them");
            Database::Sqlite(None)
        }
        (sqlite, None) => Database::Sqlite(sqlite),
        (None, Some(address)) => Database::Postgres(address),
    }
}

fn mail(it: &mut Reader) -> Option<Mail> {
    let on = it.get("mail.transport", |value| match value {
        Plain::Text(text) if text == "off" => Some(false),
        Plain::Text(text) if text == "smtp" => Some(true),
        _ => None,
    });
    let host = it.text("mail.host");
    let port: u16 = it.number("mail.port", 0, u16::MAX);
    let security = it.get("mail.security", |value| match value {
        Plain::Text(text) => match text.as_str() {
            "starttls" => Some(Security::StartTls),
            "tls" => Some(Security::Implicit),
            "none" => Some(Security::None),
            _ => None,
        },
        _ => None,
    });
    let unencrypted = it.flag("mail.allow_unencrypted");
    let (user, password) = (it.text("mail.user"), it.text("mail.password"));
    let from: Option<EmailAddress> = it.optional("mail.from");
    if security == Security::None && !unencrypted {
        let both = ["mail.security", "mail.allow_unencrypted"];
        it.unfit(&both, "mail.security is \"none\", which mail.allow_unencrypted = true has to allow");
    }
    if security == Security::None && !password.is_empty() {
        let both = ["mail.password", "mail.security"];
        it.unfit(&both, "mail.password would travel in the clear; choose starttls or tls for mail.security");
    }
    if user.is_empty() != password.is_empty() {
        let both = ["mail.user", "mail.password"];
        it.unfit(&both, "mail.user and mail.password belong together; set both or none");
    }
    if on && host.is_empty() {
        it.unfit(&["mail.host", "mail.transport"], "mail.host is empty; mail.transport = \"smtp\" needs a server");
    }
    if on && from.is_none() {
        it.unfit(&["mail.from", "mail.transport"], "mail.from is empty; mail.transport = \"smtp\" needs a sender");
    }
    let smtp = SmtpConfig {
        port: Some(port).filter(|port| *port != 0),
        security,
        credentials: Some((user, password)).filter(|(user, _)| !user.is_empty()),
        ..SmtpConfig::new(host)
    };
    from.filter(|_| on).map(|from| Mail { smtp, from })
}
